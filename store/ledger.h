/* store/ledger.h - values and fees: one line for every transaction that had a nonce and is final.
 *
 * Table: ledger. UNIQUE(wallet, chain, nonce): a nonce has one fate. What changes something is for
 * the lane.
 */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include "store/intents.h"

struct ledger_line {
	int64_t intent, wallet, operation; /* operation 0: none */
	uint64_t chain_id, nonce, block;
	enum purpose purpose;
	enum tx_state state;
	bool has_hash;
	struct eth_hash hash; /* of the attempt that happened */
	struct eth_addr dest;
	struct wei value; /* that moved */
	struct wei fee;
	int64_t at_ms;
	const char *wallet_name; /* read along */
};

/* Of an intent that is final and has a nonce; `hash` NULL: nothing of it happened. Again: the line
 * as it is now. */
enum err ledger_put(struct turn *t, const struct intent *i, const struct eth_hash *hash) MUST_USE;
/* The chain took it back. */
enum err ledger_drop(struct turn *t, int64_t intent) MUST_USE;
/* ERR_MISSING: it has no line. */
enum err ledger_get(struct turn *t, int64_t intent, struct ledger_line *out) MUST_USE;
enum err ledger_by_hash(struct turn *t, const struct eth_hash *hash,
			struct ledger_line *out) MUST_USE;

/* Zero: any. Times: from <= at < to. */
struct ledger_filter {
	int64_t wallet, operation, from_ms, to_ms;
};
/* The newest first, intent < before (0: from the newest). */
enum err ledger_list(struct turn *t, const struct ledger_filter *f, int64_t before, size_t limit,
		     struct ledger_line **out, size_t *n_out) MUST_USE;

/* Attempts of what was final before that are forgotten, and its data: at most `limit` intents. What
 * is watched, and what the chain's nonce has not passed, stays. */
enum err ledger_prune(struct turn *t, int64_t before_ms, size_t limit, size_t *n_out) MUST_USE;

#endif
