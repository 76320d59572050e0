/* store/validators.h - validators that are watched, what Beacon nodes told of them, and how they
 * are.
 *
 * Tables: validators, validator_spells, duties, duty_sums, proposals. A validator is never deleted,
 * only removed: history points at it. Amounts are gwei, epochs and slots the chain's, -1 is none.
 * Threads: a turn's own. What changes something is for the lane.
 */
#ifndef STORE_VALIDATORS_H
#define STORE_VALIDATORS_H

#include "store/base/turn.h"

/* On disk as these numbers, the same as the contract's: add at the end, never renumber. */
enum validator_life {
	LIFE_UNTOLD = 0,
	LIFE_ABSENT = 1,
	LIFE_PENDING = 2,
	LIFE_ACTIVE = 3,
	LIFE_EXITING = 4,
	LIFE_EXITED = 5,
	LIFE_SLASHED = 6,
};

/* As the Beacon API has them. */
enum validator_status {
	STATUS_UNTOLD = 0,
	STATUS_PENDING_INITIALIZED = 1,
	STATUS_PENDING_QUEUED = 2,
	STATUS_ACTIVE_ONGOING = 3,
	STATUS_ACTIVE_EXITING = 4,
	STATUS_ACTIVE_SLASHED = 5,
	STATUS_EXITED_UNSLASHED = 6,
	STATUS_EXITED_SLASHED = 7,
	STATUS_WITHDRAWAL_POSSIBLE = 8,
	STATUS_WITHDRAWAL_DONE = 9,
};
const char *validator_status_name(enum validator_status s); /* "active_ongoing"; "" untold */

enum validator_health {
	VALIDATOR_UP = 1,
	VALIDATOR_DEGRADED = 2,
	VALIDATOR_ISOLATED = 3,
	VALIDATOR_DOWN = 4,
	VALIDATOR_UNKNOWN = 5,
	VALIDATOR_IDLE = 6,
	VALIDATOR_HEALTHS = 7,
};
const char *validator_health_name(enum validator_health h); /* "up" */

/* Bits: 1 << the contract's number. */
enum evidence {
	EVIDENCE_CHAIN = 1 << 1,
	EVIDENCE_CLIENT = 1 << 2,
	EVIDENCE_KEYMANAGER = 1 << 3,
	EVIDENCE_PROCESS = 1 << 4,
};

struct validator {
	int64_t id;
	struct pubkey pubkey;
	const char *label;
	int64_t removed_ms; /* 0: it is watched */
	int64_t created_ms;
	int64_t place; /* the chain's index */
	enum validator_life life;
	enum validator_status status;
	int64_t balance, change, effective;
	bool slashed;
	int64_t activation, exit, withdrawable;
	int64_t heard_epoch, heard_ms;
	int64_t declines;
	enum validator_health health;
	int64_t since_ms;
	enum validator_health announced; /* what an event told last: up, isolated or down */
	unsigned evidence;
	int64_t live_epoch, judged_epoch;
	int64_t missed_row;
	uint64_t missed_bits, known_bits;
	const char *text;
	int64_t slashed_ms; /* when that was heard of */
	bool listed;        /* our client's keymanager listed the key last (store/clients.h) */
	int64_t version;
};

/* Adds it, health UNKNOWN with an open spell, and sets *v to the row. *added false: it is there
 * already and watched, *v is that row. One that was removed is watched again, with a new label. */
enum err validator_add(struct turn *t, const struct pubkey *key, const char *label,
		       struct validator *v, bool *added) MUST_USE;

/* ERR_MISSING: none of that key, index, label. A label that two have is ERR_INVALID. */
enum err validator_by_key(struct turn *t, const struct pubkey *key, struct validator *out) MUST_USE;
enum err validator_by_place(struct turn *t, int64_t place, struct validator *out) MUST_USE;
enum err validator_by_label(struct turn *t, const char *label, struct validator *out) MUST_USE;
enum err validator_by_id(struct turn *t, int64_t id, struct validator *out) MUST_USE;

/* Bits 1 << life, 1 << health; 0: all. */
struct validator_filter {
	unsigned lives, healths;
	bool removed; /* also those */
};
enum err validator_list(struct turn *t, const struct validator_filter *f, int64_t after,
			size_t limit, struct validator **out, size_t *n_out) MUST_USE;

/* In the lane. What is told and what follows from it: every field but key, label, removed and
 * created; version + 1. Does not touch the topic: the caller knows whether anybody would see it. */
enum err validator_save(struct turn *t, const struct validator *v) MUST_USE;
/* In the lane. version 0: whatever it is. ERR_STALE. Ends its spell. */
enum err validator_remove(struct turn *t, const struct validator *v, int64_t version) MUST_USE;

struct validator_counts {
	int64_t all;
	int64_t health[VALIDATOR_HEALTHS];
};
enum err validator_count(struct turn *t, struct validator_counts *out) MUST_USE;

/* Of the watched ones that have duties. */
struct validator_signs {
	int64_t active;
	int64_t silent;              /* missed two finished epochs or more in a row */
	int64_t last_id, last_epoch; /* who was seen live last, and when; 0, -1: nobody */
};
enum err validator_signs(struct turn *t, struct validator_signs *out) MUST_USE;

/* ---- spells ---- */

struct spell {
	int64_t id, validator;
	enum validator_health health;
	int64_t from_ms, to_ms; /* to_ms 0: it lasts */
	unsigned evidence;
	const char *text;
};
/* In the lane. Ends the open one at from_ms and begins another. from_ms before the open one's own
 * beginning is moved up to it, and the open one replaced; with the same health it goes on. */
enum err spell_begin(struct turn *t, struct spell *s) MUST_USE;
/* Those that reach into [from_ms, to_ms), by time. */
enum err spell_list(struct turn *t, int64_t validator, int64_t from_ms, int64_t to_ms, size_t limit,
		    struct spell **out, size_t *n_out) MUST_USE;
/* The downtimes that reach into it, of one validator, or of all with 0; by time. */
enum err spell_down(struct turn *t, int64_t validator, int64_t from_ms, int64_t to_ms, size_t limit,
		    struct spell **out, size_t *n_out) MUST_USE;
/* Those of any validator that were isolated, down or unknown, by time. */
enum err spell_ill(struct turn *t, int64_t from_ms, int64_t to_ms, size_t limit, struct spell **out,
		   size_t *n_out) MUST_USE;
/* The newest first. */
enum err spell_last(struct turn *t, int64_t validator, size_t limit, struct spell **out,
		    size_t *n_out) MUST_USE;

/* ---- duties ---- */

/* On disk as these bits. */
enum duty_flag {
	DUTY_ACTIVE = 1 << 0, /* it had duties */
	DUTY_KNOWN = 1 << 1,  /* somebody told whether it did them */
	DUTY_LIVE = 1 << 2,
	DUTY_REWARDED = 1 << 3, /* the next three and `reward` are known */
	DUTY_SOURCE = 1 << 4,
	DUTY_TARGET = 1 << 5,
	DUTY_HEAD = 1 << 6,
};

struct duty {
	int64_t epoch, validator;
	unsigned flags;
	int64_t balance, reward;
};

/* In the lane. The row, and its part in the sums of its hour and its day. Told again, it may only
 * learn more: flags are added, a reward that was unknown is set. at_ms: when the epoch began. */
enum err duty_put(struct turn *t, const struct duty *d, int64_t at_ms) MUST_USE;
enum err duty_get(struct turn *t, int64_t epoch, int64_t validator, struct duty *out) MUST_USE;
/* Raw ones behind (epoch, validator) and before epoch `end`, in that order. */
enum err duty_range(struct turn *t, int64_t epoch, int64_t validator, int64_t end, size_t limit,
		    struct duty **out, size_t *n_out) MUST_USE;

enum { SUM_HOUR = 1, SUM_DAY = 2 };
struct duty_sum {
	int64_t start_ms, validator;
	int64_t epochs, known, live, rewarded, source, target, head, earned, lost, first, last;
};
/* By start, of one validator; or of all of them, added up, with validator 0. */
enum err duty_sums(struct turn *t, int span, int64_t validator, int64_t from_ms, int64_t to_ms,
		   size_t limit, struct duty_sum **out, size_t *n_out) MUST_USE;

/* One row a validator with what was since then; by validator. */
enum err duty_totals(struct turn *t, int span, int64_t from_ms, size_t limit, struct duty_sum **out,
		     size_t *n_out) MUST_USE;

/* The oldest epoch whose raw rows are kept: 30 days, and about DUTIES_MOST rows in all. */
enum { DUTIES_MOST = 5000000 };
enum err duty_oldest_kept(struct turn *t, int64_t epoch_now, int64_t epoch_ms,
			  int64_t *out) MUST_USE;
/* In the lane. Drops at most `limit` rows of each kind: raw duties of epochs before that one, sums
 * by hour after 35 days, days, spells and proposals after 400. */
enum err validator_prune(struct turn *t, int64_t raw_before_epoch, size_t limit,
			 size_t *n_out) MUST_USE;

#endif
