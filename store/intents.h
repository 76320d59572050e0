/* store/intents.h - the journal: what must happen on chain exactly once.
 *
 * Table: intents. UNIQUE(wallet, chain, nonce), at most one live intent a step. The signed
 * transactions for them: store/attempts.h. The states and who may move where:
 * server/core/journal.h.
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

/* On disk as these numbers. */
enum wish {
	WISH_NONE = 0,
	WISH_RAISE = 1,  /* a higher fee, now */
	WISH_CANCEL = 2, /* its nonce spent by a transaction that moves nothing */
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
	enum wish wish;          /* a person's, until it is fulfilled */
	int64_t wish_epoch;      /* the newest pause when it was spoken; 0: none */
	bool urgent;             /* its fee may go up to the ceiling for emergencies */
	enum tx_state undone;    /* the final state that the chain took back; 0: never */
	const char *wallet_name; /* read along */
};

/* max(chain's high-water mark, highest row + 1). ERR_AWAY (STATE_STALE): the wallet's nonce was
 * never heard. */
enum err intent_next_nonce(struct turn *t, int64_t wallet, uint64_t chain_id,
			   uint64_t *nonce_out) MUST_USE;

/* Sets id. ERR_EXISTS: the step has a live intent, or the nonce is spent. */
enum err intent_add(struct turn *t, struct intent *i) MUST_USE;
enum err intent_get(struct turn *t, int64_t id, struct intent *out) MUST_USE;
/* state, block, block_hash, past_block, fee_paid, text, final_ms, value, max_fee, wish, wish_epoch,
 * urgent, undone. */
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
/* The lowest live one of each wallet whose attempts were all handed to the network before
 * `since_ms` (`urgent_ms`: an urgent one) and that is neither mined nor in REVIEW, id > after. */
enum err intent_stuck(struct turn *t, int64_t after, int64_t urgent_ms, int64_t since_ms,
		      size_t limit, struct intent **out, size_t *n_out) MUST_USE;
/* Those with a wish, id > after. */
enum err intent_wished(struct turn *t, int64_t after, size_t limit, struct intent **out,
		       size_t *n_out) MUST_USE;
/* ERR_MISSING: no row holds the nonce. */
enum err intent_at_nonce(struct turn *t, int64_t wallet, uint64_t chain_id, uint64_t nonce,
			 struct intent *out) MUST_USE;
/* Those that are final on the nonces from..below, by nonce. */
enum err intent_final_from(struct turn *t, int64_t wallet, uint64_t chain_id, uint64_t from,
			   uint64_t below, size_t limit, struct intent **out,
			   size_t *n_out) MUST_USE;
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
/* What the wallet's intents that are final took in blocks above this one, fees included: a balance
 * that was read there still holds it. */
enum err intent_late(struct turn *t, int64_t wallet, uint64_t block, struct wei *sum_out) MUST_USE;
/* Value of FUND intents created since, but for those that were reverted or cancelled and of which
 * the chain is not asked any more. */
enum err intent_spent_since(struct turn *t, int64_t since_ms, struct wei *sum_out) MUST_USE;
/* How many rows are in each live state. */
enum err intent_count(struct turn *t, int64_t counts_out[TX_REVIEW + 1]) MUST_USE;

#endif
