/* tests/support/stage.h - a fleet on a fresh store beside a fake chain, in time that the test
 * moves: jobs run here and now, one turn after the other.
 *
 *     struct stage w;
 *     stage_open(&w, 10);
 *     int64_t op = stage_fund(&w, wei_u64(5), NULL);      planned and run
 *     assert_int_equal(stage_until(&w, op, 60), OP_DONE);
 *     stage_check(&w);                                    what must hold whatever happened
 *     stage_close(&w);
 *
 * Link it with the fake el (tests/support/fake): programs named jobs_* and core_flow_*.
 */
#ifndef TESTS_SUPPORT_STAGE_H
#define TESTS_SUPPORT_STAGE_H

#include "server/core/operation.h"
#include "server/core/shared.h"
#include "server/jobs/jobs.h"
#include "store/intents.h"
#include "tests/support/fake_chain.h"
#include "tests/support/store.h"

struct stage {
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
	struct chance chance; /* of every turn, when it is set */
	bool crash_often;     /* close and open the store after every turn of a job */
	unsigned dead_jobs;   /* bits 1 << enum job_id: these never run */
};

/* `n` wallets "w-000" ..., a funder "funder" of 1,000 ether, an ACTIVE safe address. */
void stage_open(struct stage *w, size_t n);
/* The same, and all chance comes from here; the lane is inline whatever `o` says. */
void stage_open_by(struct stage *w, size_t n, struct chance chance, struct store_options o);
void stage_close(struct stage *w);
/* As after a crash: everything that is not in the store is new. */
void stage_crash(struct stage *w);

/* A turn at the stage's time, by "tester". */
struct turn *stage_turn(struct stage *w);
enum err stage_lane(struct stage *w, store_fn *fn, void *arg);

/* One job until it says that there is no more; fails the test when it goes on for ever. */
enum err stage_job(struct stage *w, enum job_id job);
/* One turn of it, whether there is more or not. */
enum err stage_job_once(struct stage *w, enum job_id job);
/* So much time passes, and what the probe would tell; nothing else. */
void stage_pass(struct stage *w, int64_t ms);
/* So much time passes: a block, what the probe would tell, and every job once. */
void stage_tick(struct stage *w, int64_t ms);
/* Ticks of a second until the operation ends or `most` have passed: its state. */
enum op_state stage_until(struct stage *w, int64_t op, int most);
/* The same until the jobs have nothing in flight. */
void stage_settle(struct stage *w, int most);

/* Asked for; planned by the job when its turn comes. */
int64_t stage_order_fund(struct stage *w, struct wei target);
int64_t stage_order_extract(struct stage *w, bool native_only);
/* Plan, tick until PLANNED. `source` NULL: the funder. */
int64_t stage_plan_fund(struct stage *w, struct wei target, const char *const *names, size_t n);
int64_t stage_plan_extract(struct stage *w, bool native_only);
enum err stage_run(struct stage *w, int64_t op, bool accept_tax);
int64_t stage_fund(struct stage *w, struct wei target); /* all wallets, run */
int64_t stage_extract(struct stage *w);                 /* all wallets, run */
enum err stage_cancel(struct stage *w, int64_t op);
enum err stage_pause(struct stage *w, const char *scope, bool lockdown);
enum err stage_resume(struct stage *w, const char *scope);

struct operation stage_op(struct stage *w, int64_t op);
struct step_counts stage_steps(struct stage *w, int64_t op);
struct step stage_step(struct stage *w, int64_t op, size_t nth);
struct wallet stage_wallet(struct stage *w, const char *name);

/* What must hold whatever happened: one nonce has one live fate, nothing is on chain that the
 * store does not hold, no intent was mined twice, attempts and intents agree, texts are there. */
void stage_check(struct stage *w);

#endif
