#include "server/core/fees.h"

#include "store/base/units.h"
#include "store/base/wei.h"

struct wei fee_of(uint64_t gas, struct wei price)
{
	return wei_mul_sat(price, gas);
}

/* MegaETH's never moves; its ids as in config_check.c. */
static bool base_fee_is_fixed(const struct chain *c)
{
	return c->chain_id == 4326 || c->chain_id == 6343;
}

/* A block may raise the base fee by an eighth; a sweep's price holds for a few of them. */
static struct wei sweep_price(const struct chain *c)
{
	if (base_fee_is_fixed(c))
		return wei_add_sat(c->base_fee, c->tip);
	struct wei half = wei_div_u64(c->base_fee, 2, NULL);

	return wei_add_sat(wei_add_sat(c->base_fee, half), c->tip);
}

static struct wei tenth_more(struct wei price)
{
	uint64_t rest;
	struct wei tenth = wei_div_u64(price, 10, &rest);

	if (rest || wei_is_zero(tenth))
		tenth = wei_add_sat(tenth, wei_u64(1));
	return wei_add_sat(price, tenth);
}

struct fees fees_raised(struct fees last, struct fees wanted)
{
	struct fees f = {
		.max_fee = wei_max(wanted.max_fee, tenth_more(last.max_fee)),
		.max_tip = wei_max(wanted.max_tip, tenth_more(last.max_tip)),
	};

	f.max_fee = wei_max(f.max_fee, f.max_tip); /* a tip above the fee is no transaction */
	return f;
}

struct fees fees_outbidding(struct fees last, struct fees wanted, struct wei ceiling)
{
	return (struct fees){
		.max_fee = wei_min(wei_max(wanted.max_fee, wei_mul_sat(last.max_fee, 4)), ceiling),
		.max_tip = wei_min(wei_max(wanted.max_tip, wei_mul_sat(last.max_tip, 4)), ceiling),
	};
}

enum err fees_choose(struct turn *t, const struct chain *c, enum fee_class class,
		     struct wei ceiling, int64_t old_ms, struct fees *out)
{
	if (c->seen_ms == 0)
		return fail_reason(t, REASON_CHAIN_UNKNOWN, "no endpoint has told the fees yet");
	if (t->now_ms - c->seen_ms > old_ms)
		return fail_reason(t, REASON_STATE_STALE, "the fees were heard %s ago",
				   duration_str(t, t->now_ms - c->seen_ms));
	struct wei floor = wei_add_sat(c->base_fee, c->tip);

	if (wei_cmp(floor, ceiling) > 0)
		return fail(t, ERR_REFUSED,
			    "the chain wants %s wei per gas and the ceiling is %s: wait, or raise "
			    "chain.max_fee",
			    wei_str(t, floor), wei_str(t, ceiling));
	switch (class) {
	case FEE_NORMAL:
		out->max_tip = c->tip;
		out->max_fee = wei_min(wei_add_sat(wei_mul_sat(c->base_fee, 2), c->tip), ceiling);
		break;
	case FEE_SWEEP:
		out->max_fee = wei_min(sweep_price(c), ceiling);
		out->max_tip = out->max_fee;
		break;
	case FEE_URGENT:
		out->max_fee = wei_min(wei_mul_sat(floor, 2), ceiling);
		out->max_tip = wei_min(wei_mul_sat(c->tip, 2), out->max_fee);
		break;
	case FEE_URGENT_SWEEP:
		out->max_fee = wei_min(wei_mul_sat(floor, 2), ceiling);
		out->max_tip = out->max_fee;
		break;
	}
	return OK;
}
