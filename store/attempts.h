/* store/attempts.h - the signed transactions for an intent: the order, and what replaced it on the
 * same nonce.
 *
 * Table: attempts, append-only but for what was heard of them. UNIQUE(hash).
 * What changes something is for the lane.
 */
#ifndef STORE_ATTEMPTS_H
#define STORE_ATTEMPTS_H

#include "store/intents.h"

/* next_ms of what is not sent again, and waited for all the same. */
#define ATTEMPT_RESTS INT64_MAX

/* On disk as these numbers. */
enum attempt_kind {
	ATTEMPT_ORDER = 1,
	ATTEMPT_RAISED = 2, /* the same with a higher fee */
	ATTEMPT_CANCEL = 3, /* from the wallet to itself, nothing */
};

struct attempt {
	int64_t id, intent;
	enum tx_state state;
	struct eth_hash hash;
	struct bytes raw;
	struct wei max_fee, max_tip;
	int64_t signed_ms;
	int64_t first_ms; /* handed to the network, written before it is; 0: never, provably */
	int64_t last_ms, next_ms, sends; /* answers heard */
	const char *said;
	enum attempt_kind kind;
	bool has_value;   /* it carries another value than the intent says: */
	struct wei value; /* this one */
	int64_t watch_ms; /* final, and its receipt is asked again then; 0: not any more */
	bool outbid;      /* who answered last has another on its nonce, which offers more */
	bool newest;      /* of its intent */
	/* of its intent, read along by attempt_due and attempt_open */
	int64_t wallet, operation;
	uint64_t nonce;
};

enum err attempt_add(struct turn *t, struct attempt *a) MUST_USE;
enum err attempt_get(struct turn *t, int64_t id, struct attempt *out) MUST_USE;
/* ERR_MISSING: no attempt has this hash. */
enum err attempt_by_hash(struct turn *t, const struct eth_hash *hash, struct attempt *out) MUST_USE;
/* state, first_ms, last_ms, next_ms, sends, said, watch_ms, outbid. */
enum err attempt_save(struct turn *t, const struct attempt *a) MUST_USE;
enum err attempt_list(struct turn *t, int64_t intent, size_t limit, struct attempt **out,
		      size_t *n_out) MUST_USE;
/* SIGNED, UNKNOWN or IN_POOL whose time to be sent has come, in the order they were signed. A
 * first broadcast is left out while a pause holds it (the rule of core/stop.h, as SQL, so that
 * held ones do not stand before the others), and with `firsts` false always. */
enum err attempt_due(struct turn *t, bool firsts, size_t limit, struct attempt **out,
		     size_t *n_out) MUST_USE;
/* In the lane: those of an intent that were never handed out are forgotten; signing the same again
 * gives the same bytes. */
enum err attempt_drop(struct turn *t, int64_t intent) MUST_USE;
/* In the lane: handed to the network from now on; older ones of its intent are not sent again. */
enum err attempt_hand(struct turn *t, const struct attempt *a) MUST_USE;
/* In the lane: none of the intent is sent again; they are waited for. */
enum err attempt_rest(struct turn *t, int64_t intent) MUST_USE;
/* In the lane: all others of the intent that are not final are SUPERSEDED; those that somebody has
 * heard of are watched from watch_ms on. */
enum err attempt_supersede_others(struct turn *t, int64_t intent, int64_t but,
				  int64_t watch_ms) MUST_USE;
/* In the lane: what was final of the intent is UNKNOWN again; the one that was mined is sent. */
enum err attempt_reopen(struct turn *t, int64_t intent) MUST_USE;
/* Signed before that, never handed out, and no pause holds them. Without their bytes. */
enum err attempt_unsent(struct turn *t, int64_t before_ms, size_t limit, struct attempt **out,
			size_t *n_out) MUST_USE;
/* Those that are final and whose time to be looked at has come. Without their bytes. */
enum err attempt_watched(struct turn *t, size_t limit, struct attempt **out,
			 size_t *n_out) MUST_USE;
/* In the lane: the newest of the intent is sent again at once. */
enum err attempt_soon(struct turn *t, int64_t intent) MUST_USE;
/* The nonces of a wallet's attempts that were never handed out, the lowest first. */
enum err attempt_waiting_nonces(struct turn *t, int64_t wallet, size_t limit, uint64_t **out,
				size_t *n_out) MUST_USE;
/* Those that were handed out and are not final, REVIEW too, with id > after: whose receipts are
 * asked. Without their bytes. */
enum err attempt_open(struct turn *t, int64_t after, size_t limit, struct attempt **out,
		      size_t *n_out) MUST_USE;

#endif
