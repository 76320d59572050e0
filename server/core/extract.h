/* server/core/extract.h - bringing one wallet's money home, one transaction after the other.
 *
 * The rule is a function of what the chain shows: look, decide one move, order it, wait until it
 * is final, look again. So a crash at any point changes nothing: what is next is always computed
 * from what is there. Stake and rewards first, then tokens, ETH last, then a last look.
 */
#ifndef SERVER_CORE_EXTRACT_H
#define SERVER_CORE_EXTRACT_H

#include "server/core/fees.h"
#include "server/core/journal.h"
#include "server/core/shared.h"
#include "store/operations.h"

/* On what a call of extract() told us. */
enum stake_view {
	STAKE_NONE = 0,  /* no position, or no contract configured */
	STAKE_OPEN,      /* extract() would pay `stake` now */
	STAKE_EMERGENCY, /* the contract is paused: emergencyWithdraw() would pay */
	STAKE_LOCKED,    /* not before locked_until_ms */
	STAKE_DEAD,      /* the position is lost */
	STAKE_UNKNOWN,   /* nobody answered, or it reverts for another reason: `stake_why` */
};

struct token_view {
	struct eth_addr token;
	struct wei amount;
	unsigned tax_bps;   /* that this transfer would pay */
	uint64_t gas;       /* estimated for transferring it; 0: the transfer reverts */
	const char *unread; /* why nobody told the amount; NULL: it was told */
	bool left;          /* it is not moved, although it could be */
	const char *why;    /* when gas is 0 or it is left */
};

struct holding {
	bool known; /* account and all amounts below were told */
	struct account account;
	enum stake_view stake_view;
	struct wei stake; /* principal and rewards */
	uint64_t stake_gas;
	int64_t locked_until_ms;
	const char *stake_why;
	struct token_view tokens[TOKENS_MAX];
	size_t n_tokens;
	uint64_t sweep_gas; /* for a plain transfer to the safe address; 0: it refuses */
	const char *sweep_why;
	struct wei l1_fee; /* what the chain takes on top of gas for a transaction, at most */
};

struct extract_fees {
	struct fees call, sweep;
};

/* As fees_choose, for both; an evacuation pays more and has a ceiling of its own. */
enum err extract_fees_choose(struct turn *t, const struct operation *o, const struct chain *c,
			     struct extract_fees *out) MUST_USE;

enum move_kind { MOVE_ORDER, MOVE_WAIT, MOVE_DONE, MOVE_SKIP, MOVE_FAIL };

struct move {
	enum move_kind kind;
	enum purpose purpose; /* ORDER */
	bool from_funder;     /* ORDER: a gas loan, */
	struct wei had;       /* to a wallet that holds this */
	struct eth_addr dest;
	struct wei value;
	struct bytes data;
	uint64_t gas;
	struct fees fees;
	int64_t until_ms; /* WAIT */
	bool unreadable;  /* WAIT: for an answer, and not for ever */
	const char *text;
};

/* Pure (t for memory only): the next move. `moved`: something of this step arrived already. */
void extract_next(struct turn *t, const struct operation *o, const struct holding *h,
		  const struct extract_fees *fees, bool moved, struct move *out);

/* Pure: what the whole way home costs in calls, and the loan it needs. */
struct wei extract_call_fees(const struct operation *o, const struct holding *h,
			     const struct extract_fees *fees);

/* Who lends for gas. Its purse is opened when the first loan is asked for. */
struct lender {
	int64_t wallet; /* 0: no funder is configured */
	bool opened;
	enum err open;   /* of purse_open */
	const char *why; /* when that is not OK */
	struct purse purse;
};

/* In the lane: fills the step and its tokens from what was seen. */
enum err extract_plan_step(struct turn *t, const struct operation *o, const struct holding *h,
			   const struct extract_fees *fees, struct step *s) MUST_USE;

/* In the lane: decides and orders. KEYS_LOCKED and what the store says concern more than this
 * step; all else becomes its state, and OK is returned: one wallet stops no other. */
enum err extract_advance(struct turn *t, const struct operation *o, const struct holding *h,
			 const struct extract_fees *fees, struct lender *lender,
			 struct step *s) MUST_USE;

#endif
