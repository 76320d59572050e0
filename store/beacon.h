/* store/beacon.h - the Beacon nodes, the chain as they tell it, how far we have asked, and the
 * blocks that watched validators are to propose. Tables: beacon_sources, beacon, proposals. */
#ifndef STORE_BEACON_H
#define STORE_BEACON_H

#include "store/base/turn.h"

/* On disk as these numbers; the same as the contract's. */
enum source_state {
	SOURCE_UNTRIED = 1,
	SOURCE_OK = 2,
	SOURCE_WARMING = 3,
	SOURCE_LAGGING = 4,
	SOURCE_AWAY = 5,
	SOURCE_DISABLED = 6,
};
const char *source_state_name(enum source_state s); /* "ok" */

enum { SOURCES_MOST = 8 };

struct beacon_source {
	const char *name, *url; /* url as shown */
	int64_t place;          /* order in the configuration */
	enum source_state state;
	int64_t good_ms; /* in good standing since; 0: it is not */
	int64_t head_slot, behind;
	int64_t peers; /* -1: unknown */
	int64_t latency_ms, errors_ppm, seen_ms;
	int64_t outvoted; /* answers of the last epoch in which the others outvoted it */
	const char *text, *client;
};

enum err source_list(struct turn *t, struct beacon_source **out, size_t *n_out) MUST_USE;
/* In the lane: adds or replaces by name. */
enum err source_put(struct turn *t, const struct beacon_source *s) MUST_USE;
enum err source_remove(struct turn *t, const char *name) MUST_USE;

struct beacon {
	int64_t genesis_ms;
	struct eth_hash genesis_root; /* genesis_validators_root */
	int64_t slot_ms, slots;       /* slots of an epoch */
	const char *network;
	int64_t head_slot, finalized;
	int64_t participation; /* parts per million; -1: nobody told */
	int64_t participation_epoch;
	const char *participation_source;
	/* The last epoch that is done, of each question; -1: none. */
	int64_t states_epoch, live_epoch, duties_epoch, rewards_epoch;
	int64_t seen_ms;
};

/* ERR_MISSING (without a word): no node has told anything of the chain yet. */
enum err beacon_get(struct turn *t, struct beacon *out) MUST_USE;
/* In the lane. */
enum err beacon_set(struct turn *t, const struct beacon *b) MUST_USE;

/* By the clock of the chain; before genesis -1. */
int64_t beacon_slot_at(const struct beacon *b, int64_t ms);
int64_t beacon_epoch_at(const struct beacon *b, int64_t ms);
int64_t beacon_slot_ms(const struct beacon *b, int64_t slot);   /* when it begins */
int64_t beacon_epoch_ms(const struct beacon *b, int64_t epoch); /* when it begins */

/* On disk as these numbers. */
enum proposal_state {
	PROPOSAL_DUE = 1,
	PROPOSAL_DONE = 2,
	PROPOSAL_MISSED = 3,
	PROPOSAL_UNKNOWN = 4, /* nobody could tell */
};

struct proposal {
	int64_t slot, validator;
	enum proposal_state state;
	int64_t reason; /* enum miss_reason of server/core/validator.h */
	int64_t at_ms;
	const char *text;
};

/* In the lane. Known already: nothing happens. */
enum err proposal_add(struct turn *t, int64_t slot, int64_t validator, int64_t at_ms) MUST_USE;
/* In the lane. Only one that is due changes. */
enum err proposal_end(struct turn *t, const struct proposal *p) MUST_USE;
/* Due, and of a slot up to this one. */
enum err proposal_due(struct turn *t, int64_t slot, size_t limit, struct proposal **out,
		      size_t *n_out) MUST_USE;
/* How many of each state in [from_ms, to_ms), of one validator, or of all with 0. */
enum err proposal_count(struct turn *t, int64_t validator, int64_t from_ms, int64_t to_ms,
			int64_t out[PROPOSAL_UNKNOWN + 1]) MUST_USE;
/* Of one validator since then, the newest first. */
enum err proposal_list(struct turn *t, int64_t validator, int64_t from_ms, size_t limit,
		       struct proposal **out, size_t *n_out) MUST_USE;

#endif
