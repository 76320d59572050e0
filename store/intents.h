/* store/intents.h - the journal: what must happen on chain exactly once, and the signed
 * transactions for it.
 *
 * Tables: intents, attempts. UNIQUE(wallet, chain, nonce) on intents, UNIQUE(hash) on attempts,
 * at most one live intent a step. The states and who may move where: server/core/journal.h.
 * What changes something is for the lane.
 */
#ifndef STORE_INTENTS_H
#define STORE_INTENTS_H

#include "store/base/turn.h"

/* On disk as these numbers; the same as the contract's TransactionState. Never renumber. */
enum tx_state {
	TX_PLANNED = 1,
	TX_PREPARED = 2,
	TX_SIGNED = 3,
	TX_UNKNOWN = 4,
	TX_IN_POOL = 5,
	TX_MINED = 6,
	TX_CONFIRMED = 7,
	TX_REVERTED = 8,
	TX_SUPERSEDED = 9,
	TX_CANCELLED = 10,
	TX_FEE_WAIT = 11,
	TX_SKIPPED_DUST = 12,
	TX_BLOCKED = 13,
	TX_REVIEW = 14,
};
enum { TX_STATE_LAST = TX_REVIEW };

enum purpose {
	PURPOSE_FUND = 1,
	PURPOSE_GAS_LOAN = 2,
	PURPOSE_EXTRACT = 3,
	PURPOSE_EMERGENCY = 4, /* emergencyWithdraw */
	PURPOSE_TOKEN = 5,
	PURPOSE_SWEEP = 6,
	PURPOSE_APPROVE = 7,
	PURPOSE_ACTION = 8,
};

struct intent {
	int64_t id;
	int64_t operation, step; /* 0: none (the engine's) */
	int64_t wallet;          /* whose nonce */
	uint64_t chain_id;
	enum purpose purpose;
	struct eth_addr dest;
	struct wei value;
	struct bytes data;
	uint64_t gas;
	struct wei max_fee; /* per gas, of the newest attempt */
	bool has_nonce;
	uint64_t nonce;
	enum tx_state state;
	uint64_t block; /* 0: not mined */
	struct eth_hash block_hash;
	uint64_t past_block; /* the head when the chain's nonce was first past ours without a
			      * receipt; 0: never */
	struct wei fee_paid;
	const char *text;
	int64_t created_ms, final_ms;
	const char *wallet_name; /* read along */
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
	/* of its intent, read along by attempt_due and attempt_open */
	int64_t wallet, operation;
	uint64_t nonce;
};

/* max(chain's high-water mark, highest row + 1). ERR_AWAY (STATE_STALE): the wallet's nonce was
 * never heard. */
enum err intent_next_nonce(struct turn *t, int64_t wallet, uint64_t chain_id,
			   uint64_t *nonce_out) MUST_USE;

/* Sets id. ERR_EXISTS: the step has a live intent, or the nonce is spent. */
enum err intent_add(struct turn *t, struct intent *i) MUST_USE;
enum err intent_get(struct turn *t, int64_t id, struct intent *out) MUST_USE;
/* state, block, block_hash, past_block, fee_paid, text, final_ms. */
enum err intent_save(struct turn *t, const struct intent *i) MUST_USE;

/* Zero: any. The newest first, id < before (0: from the newest). */
struct intent_filter {
	int64_t wallet, operation;
	unsigned states; /* bits 1 << enum tx_state */
};
enum err intent_list(struct turn *t, const struct intent_filter *f, int64_t before, size_t limit,
		     struct intent **out, size_t *n_out) MUST_USE;
/* The live ones of a wallet, by nonce; without their data. */
enum err intent_live(struct turn *t, int64_t wallet, size_t limit, struct intent **out,
		     size_t *n_out) MUST_USE;
/* Without those in REVIEW. */
enum err intent_live_count(struct turn *t, int64_t wallet, int64_t *out) MUST_USE;
/* Those of the highest nonces, from the top down, that were never handed to the network: nobody
 * but this store knows their bytes. */
enum err intent_unsent(struct turn *t, int64_t wallet, uint64_t chain_id, size_t limit,
		       struct intent **out, size_t *n_out) MUST_USE;
/* Its nonce may be given to another: only for one that intent_unsent has named. */
enum err intent_free_nonce(struct turn *t, struct intent *i) MUST_USE;

/* What is on its way to an address by live FUND and GAS_LOAN intents. */
struct incoming {
	struct wei sum;
	int64_t moving; /* how many of them will settle by themselves: all but those in REVIEW */
};
/* Those mined at or below seen_block are in the balance of that block already. */
enum err intent_incoming(struct turn *t, struct eth_addr to, uint64_t seen_block,
			 struct incoming *out) MUST_USE;

/* What was ordered for a step so far, whatever came of it. */
struct step_orders {
	enum purpose purpose;
	struct eth_addr dest;
	int64_t count;
};
enum err intent_of_step(struct turn *t, int64_t step, size_t limit, struct step_orders **out,
			size_t *n_out) MUST_USE;
/* The highest block that any intent of the step, from the wallet or to its address was seen in:
 * an observation older than that is stale. */
enum err intent_last_block(struct turn *t, int64_t wallet, struct eth_addr addr,
			   uint64_t *block_out) MUST_USE;
/* Value of FUND intents that were not reverted or cancelled, created since. */
enum err intent_spent_since(struct turn *t, int64_t since_ms, struct wei *sum_out) MUST_USE;
/* How many rows are in each live state. */
enum err intent_count(struct turn *t, int64_t counts_out[TX_REVIEW + 1]) MUST_USE;

enum err attempt_add(struct turn *t, struct attempt *a) MUST_USE;
enum err attempt_get(struct turn *t, int64_t id, struct attempt *out) MUST_USE;
/* ERR_MISSING: no attempt has this hash. */
enum err attempt_by_hash(struct turn *t, const struct eth_hash *hash, struct attempt *out) MUST_USE;
/* state, first_ms, last_ms, next_ms, sends, said. */
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
/* In the lane: handed to the network from now on. */
enum err attempt_hand(struct turn *t, int64_t id) MUST_USE;
/* The nonces of a wallet's attempts that were never handed out, the lowest first. */
enum err attempt_waiting_nonces(struct turn *t, int64_t wallet, size_t limit, uint64_t **out,
				size_t *n_out) MUST_USE;
/* Those that were handed out and are not final, REVIEW too, with id > after: whose receipts are
 * asked. Without their bytes. */
enum err attempt_open(struct turn *t, int64_t after, size_t limit, struct attempt **out,
		      size_t *n_out) MUST_USE;

#endif
