/* tests/support/world.h - a fleet on a fresh store beside a fake chain, in time that the test
 * moves: jobs run here and now, one turn after the other.
 *
 *     struct world w;
 *     world_open(&w, 10);
 *     int64_t op = world_fund(&w, wei_u64(5), NULL);      planned and run
 *     assert_int_equal(world_until(&w, op, 60), OP_DONE);
 *     world_check(&w);                                    what must hold whatever happened
 *     world_close(&w);
 *
 * Link it with the fake el (tests/support/fake): programs named jobs_* and core_flow_*.
 */
#ifndef TESTS_SUPPORT_WORLD_H
#define TESTS_SUPPORT_WORLD_H

#include "server/core/operation.h"
#include "server/core/shared.h"
#include "server/jobs/jobs.h"
#include "store/intents.h"
#include "tests/support/fake_chain.h"
#include "tests/support/store.h"

struct world {
	struct fixture f;
	struct fake_chain *chain;
	struct policy policy;
	struct shared shared;
	struct keyring *keyring;
	struct jobs *jobs;
	int64_t now_ms;
	struct eth_addr funder, safe;
	size_t n_wallets;
	struct eth_addr *wallets;
	bool crash_often;   /* close and open the store after every turn of a job */
	unsigned dead_jobs; /* bits 1 << enum job_id: these never run */
};

/* `n` wallets "w-000" ..., a funder "funder" of 1,000 ether, an ACTIVE safe address. */
void world_open(struct world *w, size_t n);
void world_close(struct world *w);
/* As after a crash: everything that is not in the store is new. */
void world_crash(struct world *w);

/* A turn at the world's time, by "tester". */
struct turn *world_turn(struct world *w);
enum err world_lane(struct world *w, store_fn *fn, void *arg);

/* One job until it says that there is no more; fails the test when it goes on for ever. */
enum err world_job(struct world *w, enum job_id job);
/* So much time passes: a block, what the probe would tell, and every job once. */
void world_tick(struct world *w, int64_t ms);
/* Ticks of a second until the operation ends or `most` have passed: its state. */
enum op_state world_until(struct world *w, int64_t op, int most);
/* The same until the jobs have nothing in flight. */
void world_settle(struct world *w, int most);

/* Plan, tick until PLANNED. `source` NULL: the funder. */
int64_t world_plan_fund(struct world *w, struct wei target, const char *const *names, size_t n);
int64_t world_plan_extract(struct world *w, bool native_only);
enum err world_run(struct world *w, int64_t op, bool accept_tax);
int64_t world_fund(struct world *w, struct wei target); /* all wallets, run */
int64_t world_extract(struct world *w);                 /* all wallets, run */
enum err world_cancel(struct world *w, int64_t op);
enum err world_pause(struct world *w, const char *scope, bool lockdown);
enum err world_resume(struct world *w, const char *scope);

struct operation world_op(struct world *w, int64_t op);
struct step_counts world_steps(struct world *w, int64_t op);
struct step world_step(struct world *w, int64_t op, size_t nth);
struct wallet world_wallet(struct world *w, const char *name);

/* What must hold whatever happened: one nonce has one live fate, nothing is on chain that the
 * store does not hold, no intent was mined twice, attempts and intents agree, texts are there. */
void world_check(struct world *w);

#endif
