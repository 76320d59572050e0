/* server/core/validator.h - how validators come to be watched, and how they are judged.
 *
 * Unknown is a state: what nobody tells, or what those who tell do not agree on, neither makes a
 * validator ill nor well. One missed epoch is DEGRADED; by the chain alone DOWN takes
 * `down_after` epochs in a row, as an epoch is 6.4 minutes and one miss is no outage. Where a
 * client or a process of ours is asked too, its end counts at once, and a client that runs while
 * the chain does not see it is ISOLATED.
 */
#ifndef SERVER_CORE_VALIDATOR_H
#define SERVER_CORE_VALIDATOR_H

#include "store/beacon.h"
#include "store/validators.h"

enum { VALIDATORS_A_CALL = 1000, VALIDATORS_MOST = 20000 };

/* ---- the registry ---- */

struct validator_ask {
	struct pubkey pubkey;
	const char *label;
};

/* 0x and 96 hex digits. ERR_INVALID names `field`, and the runbook's 32 bytes by name. */
enum err pubkey_of(struct turn *t, const char *field, const char *text,
		   struct pubkey *out) MUST_USE;
const char *pubkey_str(struct turn *t, const struct pubkey *k); /* "0x..." */

/* In the lane. out: n, in order. */
enum err validators_add(struct turn *t, const struct validator_ask *asks, size_t n,
			struct validator *out, size_t *added_out) MUST_USE;
enum err validator_unwatch(struct turn *t, struct validator *v, int64_t version,
			   const char *reason) MUST_USE;
/* By key, index or label. */
enum err validator_named(struct turn *t, const char *name, struct validator *out) MUST_USE;

/* ---- what is told, after the votes ---- */

/* The status of a Beacon node; STATUS_UNTOLD: no word of the API. */
enum validator_status status_of(const char *word);
enum validator_life life_of(enum validator_status status, bool slashed);
/* It has duties in this epoch. */
bool validator_on_duty(const struct validator *v, int64_t epoch);

enum live_verdict { LIVE_UNTOLD, LIVE_YES, LIVE_NO, LIVE_SPLIT };

struct state_told {
	int64_t validator;
	bool absent;
	int64_t place;
	enum validator_status status;
	bool slashed;
	int64_t balance, effective;
	int64_t activation, exit, withdrawable;
};

struct live_told {
	int64_t validator;
	enum live_verdict verdict;
};

/* What a client, keymanager or process of ours says of all validators it runs. */
enum client_word { CLIENT_NOT_ASKED, CLIENT_UNTOLD, CLIENT_RUNS, CLIENT_GONE };

struct judging {
	int64_t now_ms;
	struct beacon chain;
	int64_t down_after; /* epochs missed in a row */
	enum client_word client;
	bool client_lists; /* it told its keys: only `listed` ones are its */
	int64_t client_since_ms;
	unsigned client_evidence;
};

/* Pure. A finished epoch is judged: its bits, the miss count. Told late or twice, nothing changes
 * but that it was live. */
void validator_epoch(struct validator *v, int64_t epoch, enum live_verdict verdict);
/* Pure. The health that follows, with since, evidence and text. */
void validator_judge(struct turn *t, struct validator *v, const struct judging *j);

/* In the lane, at most 500 at once: states of this epoch; then the health is judged anew. */
enum err validators_told_states(struct turn *t, const struct judging *j, int64_t epoch,
				const struct state_told *told, size_t n) MUST_USE;
/* In the lane, at most 250 at once: whether they were live in a finished epoch. */
enum err validators_told_live(struct turn *t, const struct judging *j, int64_t epoch,
			      const struct live_told *told, size_t n) MUST_USE;
/* In the lane, at most 250 at once: what the attestations of an epoch brought. */
struct reward_told {
	int64_t validator;
	bool source, target, head; /* in time */
	int64_t gwei;              /* below 0: what it cost */
};
enum err validators_told_rewards(struct turn *t, const struct judging *j, int64_t epoch,
				 const struct reward_told *told, size_t n) MUST_USE;
/* In the lane, at most 250 at once: seen in the present epoch, which is good news only. */
enum err validators_seen(struct turn *t, const struct judging *j, int64_t epoch, const int64_t *ids,
			 size_t n) MUST_USE;
/* Why a block did not come. On disk as these numbers: add at the end. */
enum miss_reason {
	MISS_NONE = 0,
	MISS_DOWN = 1,     /* the validator was down */
	MISS_ISOLATED = 2, /* its client runs and the chain does not see it */
	MISS_ALONE = 3,    /* it attests; the block was late, orphaned or never made */
	MISS_UNTOLD = 4,   /* nobody told how the validator was */
};
const char *miss_reason_text(enum miss_reason r); /* one line, with what to look at */

/* In the lane: whether the block of a due proposal came. What nobody can tell for two epochs ends
 * as unknown. */
enum err validator_proposed(struct turn *t, const struct judging *j, struct proposal *p,
			    enum live_verdict there) MUST_USE;

/* In the lane: drops what is beyond its time, at most `limit` rows of a kind. */
enum err validators_upkeep(struct turn *t, size_t limit, bool *more_out) MUST_USE;

/* In the lane, at most 500 at once: nothing was told; those of whom nothing was told for long are
 * unknown. `after`: of id above; *after_out 0: there are no more. */
enum err validators_untold(struct turn *t, const struct judging *j, int64_t after,
			   int64_t *after_out) MUST_USE;

#endif
