/* tests/sim/sim.h - a fleet in a world that does its worst, from one seed.
 *
 * The real core, its jobs and a real store, the lane inline. Time, chance, the chain, the
 * endpoints, the disk, death, the people and a thief are played by the files beside this one; what
 * must hold after every step is in watch.c, what takes a look at everything in books.c.
 *
 * A step is one act: a job's turn, a block, late bytes, some time, a fault, a death, a person. Acts
 * are drawn in life.c; every choice is one number of sim.state, so that a seed is a life.
 */
#ifndef TESTS_SIM_SIM_H
#define TESTS_SIM_SIM_H

#include <setjmp.h>

#include "server/core/journal.h"
#include "tests/support/stage.h"

enum {
	SIM_WALLETS = 6,
	SIM_KEYS = SIM_WALLETS + 1, /* the funder is the last */
	SIM_OPS = 400,
	SIM_INTENTS = 8192,
	SIM_NONCES = 4096,
	SIM_ENDPOINTS = 3,
	SIM_ASKED = 16,
	SIM_TRAIL = 60,
};

/* What one endpoint is like. */
struct sim_endpoint {
	bool away;
	uint64_t lag;        /* it is honestly so many blocks behind */
	uint64_t stale;      /* it says a fresh head, and tells of accounts of so many before */
	bool boasts;         /* now and then it tells nonces far too high */
	bool denies;         /* it knows of no receipt, at whatever head */
	bool invents;        /* it follows another branch: what is in the pool was mined long ago */
	unsigned mute_every; /* every k-th item of an answer is missing */
};

/* A client's call that may be said again. */
struct sim_asked {
	bool extract, native_only;
	struct wei target;
	unsigned number;  /* of the request id */
	int64_t answered; /* the operation; 0: nobody answered yet */
};

/* What the store said of an intent when we looked last. */
struct sim_intent {
	bool there, done, final_once;
	enum tx_state state;
	enum purpose purpose;
	int64_t operation, step;
	size_t key;
	bool has_nonce;
	uint64_t nonce;
	unsigned mined, paid; /* as the chain stands: by any of its attempts */
};

struct sim {
	struct stage w;
	uint64_t seed, state, keys; /* of chance, and of the turns' chance */
	size_t step, calm_steps;
	uint64_t fingerprint; /* of all that happened */

	/* the chain */
	uint64_t highest; /* head */
	struct wei supply;
	struct eth_addr stranger;
	size_t chain_seen; /* transactions that watch.c has looked at */
	uint64_t head_seen, forks_seen;

	/* the network */
	struct sim_endpoint ends[SIM_ENDPOINTS];
	uint64_t boasted; /* the head when an endpoint told a nonce far too high */
	bool honest;      /* endpoints lag and are silent in this life, and do not lie */
	size_t chosen;
	unsigned faults; /* of a hundred sends, so many go wrong */

	/* death and the disk */
	jmp_buf way_out;
	bool in_job;
	int64_t died_ms;   /* when it did last */
	unsigned die_in;   /* questions or answers until the process ends; 0: it lives */
	bool disk_is_full; /* until somebody makes room */
	bool has_copy;     /* an older store is kept */
	int64_t copy_ms;
	bool restored; /* what a lost life sent is nobody's */

	/* people */
	struct sim_asked asked[SIM_ASKED];
	unsigned requests, evacuations, deaths, restores;
	int64_t ops[SIM_OPS];
	size_t n_ops;

	/* what watch.c knows */
	uint64_t tx_version, op_version;
	struct sim_intent intents[SIM_INTENTS];
	int64_t last_intent;
	/* A block that counted as final lost it: its figures may be of another. Kept over a
	 * restore: the chain forgets nothing by it. */
	bool shaken[SIM_INTENTS];
	int64_t owner[SIM_KEYS][SIM_NONCES]; /* of a nonce: the intent */
	int64_t wallet_ids[SIM_KEYS];
	int64_t tx_intent[FAKE_TXS]; /* of the chain's transactions; 0: a stranger's */
	bool thief_came;

	struct {
		size_t step;
		int64_t ms;
		const char *what;
		int64_t a, b;
	} trail[SIM_TRAIL];
	size_t n_trail;
};

/* The life that is being lived, for those whom the chain calls back. */
extern struct sim *sim_now;

/* ---- chance.c ---- */

uint64_t sim_chance(struct sim *s, uint64_t below);
void sim_fill(void *state, void *out, size_t n); /* a turn's chance: its state is sim.keys */
void sim_note(struct sim *s, const char *what, int64_t a, int64_t b);
void sim_say_trail(const struct sim *s);
void sim_say(const char *fmt, ...) PRINTF(1, 2); /* and fails the test */
/* Ends the test with the trail. */
#define sim_fail(s, ...)                                                                           \
	do {                                                                                       \
		sim_say_trail(s);                                                                  \
		sim_say(__VA_ARGS__);                                                              \
	} while (0)
/* What was refused was refused: the state, and the disk, may be any. */
void sim_may_fail(struct sim *s, enum err e);

/* ---- acts ---- */

typedef void sim_act(struct sim *s);

/* world.c */
sim_act a_block_comes, time_passes, a_night_passes, fees_move, the_pool_forgets, a_block_never_was,
	late_bytes_arrive, dust_falls, somebody_sends_gas, the_contracts_change, sim_world_open,
	sim_world_calm;
/* endpoints.c */
sim_act an_endpoint_sickens, another_endpoint_is_chosen, the_wire_worsens, sim_endpoints_open,
	sim_endpoints_calm;
void sim_hear_chain(struct sim *s);
/* death.c */
sim_act the_process_dies, it_dies_soon, the_disk_fills, the_disk_has_room, the_disk_fails,
	a_copy_is_made, an_older_copy_is_restored, sim_death_calm;
void sim_step_towards_death(struct sim *s);
enum err sim_job(struct sim *s, enum job_id job); /* ends in death where it was to */
/* people.c */
sim_act somebody_funds, somebody_extracts, somebody_asks_again, somebody_runs, somebody_cancels,
	somebody_pauses, somebody_resumes, somebody_wishes, somebody_reviews, somebody_evacuates,
	somebody_resyncs, somebody_resets_a_breaker, somebody_locks_the_keys,
	somebody_unlocks_the_keys, sim_people_calm;
void sim_review_all(struct sim *s);
void sim_cancel_all(struct sim *s);
size_t sim_intents(struct sim *s, unsigned states, struct intent **out);
/* thief.c */
sim_act a_nonce_is_spent_elsewhere, a_thief_comes;

/* ---- watch.c: after every step, by what changed ---- */

void sim_watch_open(struct sim *s);
void sim_watch(struct sim *s);
void sim_watch_send(struct sim *s, struct turn *t, struct bytes raw);
void sim_watch_forget(struct sim *s); /* the store is another */
/* The blocks after this one never were: what counted as final in them may be of another now. */
void sim_watch_shake(struct sim *s, uint64_t to);
size_t sim_key_of(struct sim *s, struct eth_addr a); /* SIM_KEYS: none of ours */

/* ---- books.c: everything, now and then and at the end ---- */

void sim_books(struct sim *s);
void sim_books_closed(struct sim *s);

/* ---- life.c ---- */

/* What lives were made of: a simulation in which nothing happens proves nothing. */
struct sim_sum {
	size_t lives, steps, calm, commits, ops, done, intents, attempts, mined, confirmed,
		reverted, cancelled, superseded, deaths, restores, thefts, deep, questions;
	double seconds, calm_seconds; /* of the processor */
};

/* Of the processor, in this process: a loaded machine says the same as a quiet one. */
double sim_seconds(void);

/* A life from beginning to end; what it was made of is added. Its fingerprint. */
uint64_t sim_live(uint64_t seed, size_t steps, struct sim_sum *sum);

#endif
