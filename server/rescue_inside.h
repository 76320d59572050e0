/* server/rescue_inside.h - the parts of a rescue, for rescue*.c only: what is opened, who is found,
 * what is run. */
#ifndef SERVER_RESCUE_INSIDE_H
#define SERVER_RESCUE_INSIDE_H

#include "server/core/shared.h"
#include "server/eth/kit.h"
#include "server/jobs/jobs.h"
#include "server/rescue.h"
#include "store/operations.h"
#include "store/store.h"

enum { RESCUE_FOLDER = 64 };

struct rescue {
	const struct rescue_input *in;
	struct turn *kept; /* whose memory stays until the end */
	struct kit kit;
	struct eth_addr to;
	char folder[RESCUE_FOLDER]; /* of the store; goes with the process */
	struct store *store;
	struct db *db;
	struct keyring *keyring;
	struct policy policy, alone; /* `alone`: without a funder */
	struct shared shared, shared_alone;
	struct endpoints *pool;
	struct el *el;
	struct jobs *jobs;
	struct job rows[JOB_COUNT];
	struct sched *sched;
	const char *names[RESCUE_URLS];
	struct eth_addr *addrs; /* of every wallet that was added */
	size_t n, room;
	size_t fresh; /* of the seed, behind the kit's own indices */
};

/* ---- rescue_open.c: the daemon's machinery without its doors ---- */

/* A store in memory where there is such a place (/dev/shm), sealed keys, endpoints, jobs. On
 * failure rescue_close cleans up. */
enum err rescue_open(struct turn *t, struct rescue *r) MUST_USE;
void rescue_close(struct rescue *r);
/* Until the chain was heard. ERR_AWAY: nobody answers. */
enum err rescue_await_chain(struct turn *t, struct rescue *r) MUST_USE;

/* A rescue goes on for as long as it takes: the turn's clock and deadline are set anew, and what
 * was in its memory goes. */
void rescue_turn(struct turn *t, struct rescue *r);

/* False: a signal asked us to end. Waits at most so long. */
bool rescue_wait(int64_t ms);

/* ---- rescue_find.c: whose money ---- */

/* Every key of the kit, and of the seed what was used behind its range, into the store. */
enum err rescue_find(struct turn *t, struct rescue *r) MUST_USE;
/* Waits, at most a minute, until nothing of these wallets is in the pool: what an earlier run sent
 * comes to its end first. */
enum err rescue_settle(struct turn *t, struct rescue *r) MUST_USE;

/* ---- rescue_run.c: one operation from plan to end ---- */

struct rescue_outcome {
	bool nothing; /* there was nothing to move */
	bool stopped; /* a signal, or everything that is left is locked for long */
	struct step_counts counts;
	struct wei moved, fees;
};

/* `name` NULL: every wallet; else this one. Shows the plan, asks unless told not to, runs and
 * follows it. ERR_GONE: the person said no. */
enum err rescue_run(struct turn *t, struct rescue *r, const char *name,
		    struct rescue_outcome *out) MUST_USE;

#endif
