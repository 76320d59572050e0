/* server/core/fund.h - topping wallets up to a target: running it twice pays once. */
#ifndef SERVER_CORE_FUND_H
#define SERVER_CORE_FUND_H

#include "server/core/fees.h"
#include "server/core/journal.h"
#include "store/operations.h"

/* What was seen of one recipient. */
struct fund_view {
	bool known;
	struct account account;
	uint64_t gas;      /* estimated for a transfer to it; 0: it refuses */
	struct wei l1_fee; /* what the chain takes on top of gas, at most */
	const char *why;   /* when gas is 0 */
};

/* Pure: what is still missing: target less what it holds and what is on its way. */
struct wei fund_missing(struct wei target, struct wei balance, struct wei incoming);

/* In the lane: fills the step (value, max_fee, gas, state, text). */
enum err fund_plan_step(struct turn *t, const struct operation *o, const struct fund_view *v,
			const struct fees *fees, struct step *s) MUST_USE;

/* In the lane: pays one step, if it is still missing, at the plan's fee and gas at most. Errors as
 * journal_order; what concerns this one step only becomes its state, and OK is returned. */
enum err fund_pay_step(struct turn *t, const struct operation *o, struct purse *funder,
		       const struct fund_view *v, const struct fees *fees, struct step *s) MUST_USE;

#endif
