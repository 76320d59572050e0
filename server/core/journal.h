/* server/core/journal.h - write down before you speak: how an intent becomes a signed, stored
 * transaction, and what is made of what the chain says of it.
 *
 * PREPARED (nonce and unsigned fields) → SIGNED (bytes and hash stored) → sent. A local signer
 * does both in one lane turn. A send without a clear answer is UNKNOWN: only the same bytes are
 * sent again; the intent never gets a second nonce. What was sent and does not get mined may be
 * replaced by another attempt on the same nonce: of all of them one happens. The states and their
 * moves are the table in journal_states.c. All of this is for the lane.
 */
#ifndef SERVER_CORE_JOURNAL_H
#define SERVER_CORE_JOURNAL_H

#include "server/core/fees.h"
#include "server/core/stop.h"
#include "store/attempts.h"
#include "store/wallets.h"

/* ---- states ---- */

bool tx_may_move(enum tx_state from, enum tx_state to);
bool tx_may_go_back(enum tx_state from); /* to UNKNOWN, though it was final */
bool tx_is_final(enum tx_state s);
const char *tx_state_name(enum tx_state s); /* "in-pool" */
const char *purpose_name(enum purpose p);   /* "gas-loan" */
bool journal_comes_home(enum purpose p); /* money of the wallet, to itself or to a safe address */

/* Move and store. A move the table does not have is a bug: `broken` in the log, ERR_BROKEN;
 * with faults built in the process ends. */
enum err intent_move(struct turn *t, struct intent *i, enum tx_state to, const char *text) MUST_USE;
/* A state that nobody sees, as the same turn stores the next: checked, not stored. */
enum err intent_pass(struct turn *t, struct intent *i, enum tx_state through) MUST_USE;

/* One attempt's own table. */
bool attempt_may_move(enum tx_state from, enum tx_state to);
enum err attempt_move(struct turn *t, struct attempt *a, enum tx_state to) MUST_USE;
/* Out of what was final, to where the table says: only for journal_undo(). */
enum err intent_back(struct turn *t, struct intent *i, const char *text) MUST_USE;
/* What was final is not: its blocks are gone, or its nonce is free again. */
enum err journal_undo(struct turn *t, struct intent *i, const char *why) MUST_USE;

/* For a person: where it is, what that means, what happens next or what to do. Reading only. */
enum err journal_explain(struct turn *t, const struct intent *i, const char ***lines_out,
			 size_t *n_out) MUST_USE;

/* ---- ordering ---- */

/* One wallet's money and nonce for the length of one lane turn: read once, spent from by each
 * order. */
struct purse {
	struct wallet wallet;
	uint64_t next_nonce;
	uint64_t last_block;  /* of its last transaction, or of the last one to it */
	int64_t live;         /* its live intents */
	struct wei available; /* at least: what live intents, and later blocks, take is not in it */
	bool cannot_sign;     /* out: its key is damaged, or the transaction is none */
	bool day_known;
	struct wei day; /* what funding has taken in the last 24 hours */
};

/* STATE_STALE: its balance and nonce were seen too long ago. Blocks since then may have brought
 * transactions of it to their end (on a fast chain they always have): what those took is counted,
 * and who needs the whole balance looks at last_block. WATCH_ONLY: no key. ERR_REFUSED: one of its
 * transactions waits for lower fees, or needs review and holds the nonce: nothing behind it would
 * be mined. (One that needs review because its nonce was spent by a stranger does not stand in the
 * way, and is not counted as live.) */
enum err purse_open(struct turn *t, int64_t wallet, struct purse *out) MUST_USE;

struct order {
	int64_t operation, step; /* 0: none */
	enum purpose purpose;
	struct eth_addr dest;
	struct wei value;
	struct bytes data;
	uint64_t gas;
	struct fees fees;
	bool urgent; /* up to the ceiling for emergencies */
	struct errand errand;
	const char *trace; /* of the operation; NULL: none */
};

/* Checks pause, limits, caps, safe list and funds; takes the nonce, signs, stores, audits.
 * FLEET_PAUSED, LIMIT_REACHED (in flight), CAP_EXCEEDED, NOT_SAFE_LISTED, FUNDS_SHORT,
 * KEYS_LOCKED; ERR_REFUSED with p->cannot_sign: signer_sign said no for another reason. */
enum err journal_order(struct turn *t, struct purse *p, const struct order *o,
		       struct intent *out) MUST_USE;

/* ---- sending ---- */

/* What goes out now, at most `limit`, in order. The first broadcast of each is authorised here:
 * in the transaction that writes down that it was handed to the network, and only when no pause
 * holds it and nothing of the wallet with a lower nonce is held back. Those have first_ms 0 in
 * the list. *more_out: there is more at once. */
enum err journal_hand_out(struct turn *t, size_t limit, struct attempt **out, size_t *n_out,
			  bool *more_out) MUST_USE;

/* A pause holds what it would newly send. */
enum err journal_is_held(struct turn *t, const struct intent *i, bool *out) MUST_USE;

/* What was signed with the wallet's highest nonces and never handed to the network is given up:
 * CANCELLED, its nonce free again, its step as before. _held: as far as a pause holds it, with
 * what stands behind that; _of: as far as the operation ordered it; without a suffix: this one,
 * which the caller knows to be such. */
enum err journal_withdraw(struct turn *t, struct intent *i) MUST_USE;
enum err journal_withdraw_held(struct turn *t, int64_t wallet) MUST_USE;
enum err journal_withdraw_of(struct turn *t, int64_t wallet, int64_t operation) MUST_USE;

/* ---- replacing ---- */

/* Ids from `after` on, 0 first: those that a person wants replaced or cancelled, and those that
 * were sent policy.raise_after_ms ago and are not mined. */
enum err journal_stuck(struct turn *t, int64_t after, size_t limit, struct intent **out,
		       size_t *n_out) MUST_USE;

/* What was just asked of the chain for one of them. */
struct rival {
	int64_t intent;
	bool known;         /* nonce and balance */
	uint64_t nonce;     /* of the wallet, mined only */
	struct wei balance; /* of the wallet */
	struct wei l1_fee;  /* what the chain takes on top of gas for a transaction, at most */
	uint64_t self_gas;  /* what a transfer of nothing to itself takes; 0: unknown */
};

/* Signs and stores a better attempt where that helps: a tenth more at least, up to the ceiling,
 * the same thing on the same nonce (a sweep carries less by what the fee takes), or the cancel
 * that was wished for. Above the ceiling it is parked as FEE_WAIT and comes back by itself. OK and
 * nothing done: not now. */
enum err journal_replace(struct turn *t, const struct rival *r) MUST_USE;

/* A person's wish for a live transaction. What never left this machine is withdrawn at once where
 * its nonce is the wallet's last; the rest is done within seconds. ERR_REFUSED: it is mined, final,
 * or (RAISE) was never sent. */
enum err journal_wish(struct turn *t, int64_t intent, enum wish wish, bool urgent,
		      const char *reason, struct intent *out) MUST_USE;

/* How a person ends REVIEW. */
enum resolution {
	RESOLVE_RESEND = 1,  /* the same bytes again */
	RESOLVE_CANCEL = 2,  /* its nonce is spent by a cancel */
	RESOLVE_GIVE_UP = 3, /* a stranger's transaction has its nonce: it can never happen */
};

/* ERR_REFUSED: it is not in REVIEW; GIVE_UP: its nonce is not spent, as far as we know. */
enum err journal_resolve(struct turn *t, int64_t intent, enum resolution how, const char *reason,
			 struct intent *out) MUST_USE;

/* ---- hearing ---- */

/* What hearing it made of the transaction: for those who count, after COMMIT. */
struct upshot {
	bool ended;          /* it became CONFIRMED, REVERTED or REVIEW by it, */
	enum tx_state state; /* namely this */
	enum purpose purpose;
	bool opened; /* its wallet's breaker opened by it */
};

enum heard { HEARD_NOT_SENT, HEARD_UNKNOWN, HEARD_REFUSED, HEARD_ACCEPTED };

struct answer {
	int64_t attempt;
	enum heard heard;
	bool first;   /* it was handed out for this send and never before */
	int64_t code; /* REFUSED */
	const char *message;
	const char *endpoint;
	const char *others;   /* what other endpoints said to the same bytes, "; NAME: ..."; NULL */
	struct upshot upshot; /* out */
};

/* What a node answered to a send; of several the answer that counts (answers.h). */
enum err journal_answer(struct turn *t, struct answer *a) MUST_USE;

struct sighting {
	int64_t attempt;
	bool mined;    /* else: no receipt at this endpoint, which proves little */
	uint64_t head; /* the head the answer is at least as new as */
	uint64_t block;
	struct eth_hash block_hash;
	bool succeeded;
	const char *reason; /* not succeeded: why, as far as it was found out; NULL: not yet */
	uint64_t gas_used;
	struct wei fee;   /* all of it, in wei */
	bool nonce_known; /* the wallet's latest nonce was asked along */
	uint64_t nonce;
	uint64_t nonce_block; /* the block that answer is at least as new as */
	struct upshot upshot; /* out */
};

/* What a receipt, or the lack of one, means. */
enum err journal_sighting(struct turn *t, struct sighting *s) MUST_USE;

#endif
