#include "server/core/fund.h"

#include "server/core/shared.h"
#include "store/base/units.h"
#include "store/base/wei.h"

/* A step whose transaction is under way is looked at again when that ends; this is for a store
 * that somebody repaired by hand. */
enum { SOON_MS = 500, FEE_AGAIN_MS = 3000, UNDER_WAY_MS = 60000 };

struct wei fund_missing(struct wei target, struct wei balance, struct wei incoming)
{
	return wei_sub_sat(target, wei_add_sat(balance, incoming));
}

static void skip(struct step *s, const char *text)
{
	s->state = STEP_SKIPPED;
	s->value = (struct wei){ 0 };
	s->max_fee = (struct wei){ 0 };
	s->text = text;
}

static bool above_cap(const struct policy *pol, struct wei value)
{
	return !wei_is_zero(pol->cap_tx) && wei_cmp(value, pol->cap_tx) > 0;
}

enum err fund_plan_step(struct turn *t, const struct operation *o, const struct fund_view *v,
			const struct fees *fees, struct step *s)
{
	const struct policy *pol = policy();
	struct incoming incoming;

	TRY(intent_incoming(t, s->addr, v->account.seen_block, &incoming));
	s->planned = true;
	s->gas = v->gas;
	s->value = fund_missing(o->target, v->account.balance, incoming.sum);
	s->max_fee = wei_add_sat(fee_of(v->gas, fees->max_fee), v->l1_fee);
	s->text = turn_printf(t, "holds %s", ether_str(t, v->account.balance));
	if (wei_is_zero(s->value)) {
		skip(s, turn_printf(t, "at target: holds %s, %s on its way",
				    ether_str(t, v->account.balance), ether_str(t, incoming.sum)));
	} else if (v->gas == 0) {
		skip(s, turn_printf(t, "takes no transfer: %.200s", v->why ? v->why : ""));
		s->state = STEP_FAILED;
	} else if (above_cap(pol, s->value)) {
		skip(s, turn_printf(t,
				    "needs %s: above the cap of %s a transaction "
				    "(funding.cap_per_transaction)",
				    ether_str(t, s->value), ether_str(t, pol->cap_tx)));
		s->state = STEP_FAILED;
	}
	return step_save(t, s);
}

/* What is on its way from elsewhere is waited for: then the balance alone tells what is missing.
 * What waits for a person counts as if it came. */
static enum err still_missing(struct turn *t, const struct operation *o,
			      const struct account *recipient, const struct step *s,
			      struct wei *out)
{
	struct incoming incoming;
	uint64_t last_block;

	TRY(intent_last_block(t, s->wallet, s->addr, &last_block));
	if (recipient->seen_ms == 0 || recipient->seen_block < last_block ||
	    t->now_ms - recipient->seen_ms > policy()->account_old_ms)
		return fail_reason(t, REASON_STATE_STALE, "the balance of '%s' must be read again",
				   s->wallet_name);
	TRY(intent_incoming(t, s->addr, recipient->seen_block, &incoming));
	if (incoming.moving > 0)
		return fail_reason(t, REASON_STATE_STALE, "%s is on its way to '%s' already",
				   ether_str(t, incoming.sum), s->wallet_name);
	*out = wei_min(s->value, fund_missing(o->target, recipient->balance, incoming.sum));
	return OK;
}

/* A person agreed to the plan's fee: no more is offered, and what the chain takes on top of gas is
 * part of it. False: the chain wants more by now. */
static bool within_plan(const struct step *s, struct wei l1_fee, const struct fees *now,
			struct fees *out)
{
	struct wei planned = wei_div_u64(wei_sub_sat(s->max_fee, l1_fee), s->gas, NULL);
	struct wei base = wei_div_u64(wei_sub_sat(now->max_fee, now->max_tip), 2, NULL);

	*out = *now;
	out->max_fee = wei_min(now->max_fee, planned);
	return wei_cmp(out->max_fee, wei_add_sat(base, now->max_tip)) >= 0;
}

enum err fund_pay_step(struct turn *t, const struct operation *o, struct purse *funder,
		       const struct fund_view *v, const struct fees *fees, struct step *s)
{
	struct intent i;
	struct fees own;
	struct wei value;
	enum err e = still_missing(t, o, &v->account, s, &value);

	if (e == ERR_AWAY) {
		s->next_ms = t->now_ms + SOON_MS;
		s->text = turn_strdup(t, t->why);
		return step_save(t, s);
	}
	if (e != OK)
		return e;
	if (wei_is_zero(value)) {
		skip(s, "at target meanwhile");
		return step_save(t, s);
	}
	if (above_cap(policy(), value)) { /* it was lowered since the plan was made */
		s->state = STEP_FAILED;
		s->text = turn_printf(
			t,
			"needs %s: above the cap of %s a transaction (funding.cap_per_transaction)",
			ether_str(t, value), ether_str(t, policy()->cap_tx));
		return step_save(t, s);
	}
	if (!within_plan(s, v->l1_fee, fees, &own)) {
		s->next_ms = t->now_ms + FEE_AGAIN_MS;
		s->text = turn_printf(t,
				      "waits: the chain wants more than the planned fee of %s; "
				      "or cancel and plan again",
				      ether_str(t, s->max_fee));
		return step_save(t, s);
	}
	struct order order = {
		.operation = o->id,
		.trace = o->trace,
		.step = s->id,
		.purpose = PURPOSE_FUND,
		.dest = s->addr,
		.value = value,
		.gas = s->gas,
		.fees = own,
		.errand = errand_of(o),
	};

	TRY(journal_order(t, funder, &order, &i));
	s->state = STEP_RUNNING;
	s->next_ms = t->now_ms + UNDER_WAY_MS;
	s->text = turn_printf(t, "paying %s in transaction %lld", ether_str(t, value),
			      (long long)i.id);
	return step_save(t, s);
}
