/* server/core/fees.h - what a transaction offers per gas, from the chain's own last word. */
#ifndef SERVER_CORE_FEES_H
#define SERVER_CORE_FEES_H

#include "store/base/turn.h"
#include "store/chain.h"

enum fee_class {
	FEE_NORMAL, /* EIP-1559: twice the base fee and the tip as the ceiling */
	FEE_SWEEP,  /* one price for fee and tip, so that what is left over is known to the wei */
	FEE_URGENT, /* as normal, with twice the tip: where money comes home in an emergency */
	FEE_URGENT_SWEEP, /* one price, good for several full blocks, with twice the tip */
};

struct fees {
	struct wei max_fee, max_tip; /* wei per gas */
};

/* Pure. STATE_STALE: the chain was heard of more than `old_ms` before now. ERR_REFUSED: the base
 * fee alone is above `ceiling`: wait, or raise the ceiling. */
enum err fees_choose(struct turn *t, const struct chain *c, enum fee_class class,
		     struct wei ceiling, int64_t old_ms, struct fees *out) MUST_USE;

/* Pure. What replaces a transaction that offered `last`: what the chain wants now, and at least a
 * tenth more on both, rounded up: less than that no node takes for the same nonce. */
struct fees fees_raised(struct fees last, struct fees wanted);

/* Pure. Against somebody who outbids, for whom a third more in a tenth of a second is nothing: four
 * times `last` on both or what the chain wants, up to the ceiling. */
struct fees fees_outbidding(struct fees last, struct fees wanted, struct wei ceiling);

/* gas * price, saturating. */
struct wei fee_of(uint64_t gas, struct wei price);

#endif
