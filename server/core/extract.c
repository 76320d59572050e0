#include "server/core/extract.h"

#include "server/eth/abi.h"
#include "server/eth/addr.h"
#include "store/base/units.h"
#include "store/base/wei.h"

/* An estimate is of the state now; the transaction runs in the next block. */
static uint64_t with_margin(uint64_t gas)
{
	return gas + gas / 4;
}

enum err extract_fees_choose(struct turn *t, const struct operation *o, const struct chain *c,
			     struct extract_fees *out)
{
	bool urgent = o->kind == OP_EVACUATE;
	int64_t old_ms = policy()->fees_old_ms;
	struct wei ceiling = policy_ceiling(policy(), urgent);

	TRY(fees_choose(t, c, urgent ? FEE_URGENT : FEE_NORMAL, ceiling, old_ms, &out->call));
	return fees_choose(t, c, urgent ? FEE_URGENT_SWEEP : FEE_SWEEP, ceiling, old_ms,
			   &out->sweep);
}

static bool has_stake(const struct operation *o, const struct holding *h)
{
	return !o->native_only && (h->stake_view == STAKE_OPEN || h->stake_view == STAKE_EMERGENCY);
}

static bool takes_token(const struct operation *o, const struct token_view *v)
{
	return !o->native_only && !wei_is_zero(v->amount) && v->gas > 0 && !v->left;
}

/* The first token that stays behind; NULL: none does. */
static const struct token_view *left_behind(const struct operation *o, const struct holding *h)
{
	for (size_t i = 0; i < h->n_tokens; i++) {
		const struct token_view *v = &h->tokens[i];

		if (!o->native_only && !wei_is_zero(v->amount) && !takes_token(o, v))
			return v;
	}
	return NULL;
}

/* Its ether must not go first: the token would need a loan then. NULL: all were told. */
static const struct token_view *first_unread(const struct holding *h)
{
	for (size_t i = 0; i < h->n_tokens; i++)
		if (h->tokens[i].unread)
			return &h->tokens[i];
	return NULL;
}

/* Tokens that only arrive with the stake need gas as well: their first transfer is counted. */
struct wei extract_call_fees(const struct operation *o, const struct holding *h,
			     const struct extract_fees *fees)
{
	uint64_t gas = 0, calls = 0;

	if (has_stake(o, h)) {
		gas += with_margin(h->stake_gas);
		calls++;
	}
	for (size_t i = 0; i < h->n_tokens; i++)
		if (!o->native_only && h->tokens[i].gas > 0 && !h->tokens[i].left &&
		    (!wei_is_zero(h->tokens[i].amount) || has_stake(o, h))) {
			gas += with_margin(h->tokens[i].gas);
			calls++;
		}
	return wei_add_sat(fee_of(gas, fees->call.max_fee), wei_mul_sat(h->l1_fee, calls));
}

static struct move order_call(enum purpose purpose, struct eth_addr to, struct bytes data,
			      uint64_t gas, const struct extract_fees *fees)
{
	return (struct move){
		.kind = MOVE_ORDER,
		.purpose = purpose,
		.dest = to,
		.data = data,
		.gas = with_margin(gas),
		.fees = fees->call,
	};
}

/* The first call that is worth making; false: none. */
static bool next_call(struct turn *t, const struct operation *o, const struct holding *h,
		      const struct extract_fees *fees, struct move *out)
{
	if (has_stake(o, h)) {
		bool emergency = h->stake_view == STAKE_EMERGENCY;

		*out = order_call(
			emergency ? PURPOSE_EMERGENCY : PURPOSE_EXTRACT, policy()->ghost_core,
			abi_call(t, emergency ? "emergencyWithdraw()" : "extract()", NULL, 0),
			h->stake_gas, fees);
		return true;
	}
	for (size_t i = 0; i < h->n_tokens; i++) {
		const struct token_view *v = &h->tokens[i];

		if (!takes_token(o, v))
			continue;
		struct abi_value args[] = { abi_addr(o->dest), abi_number(v->amount) };

		*out = order_call(PURPOSE_TOKEN, v->token,
				  abi_call(t, "transfer(address,uint256)", args, 2), v->gas, fees);
		return true;
	}
	return false;
}

static void loan_move(struct turn *t, const struct holding *h, struct wei need, uint64_t gas,
		      const struct extract_fees *fees, struct move *out)
{
	*out = (struct move){
		.kind = MOVE_ORDER,
		.purpose = PURPOSE_GAS_LOAN,
		.from_funder = true,
		.had = h->account.balance,
		.value = wei_sub_sat(need, h->account.balance),
		.gas = gas,
		.fees = fees->call,
		.text = turn_printf(t, "a gas loan of %s from the funder",
				    ether_str(t, wei_sub_sat(need, h->account.balance))),
	};
}

/* Nothing more can be moved. Done is only what left nothing of worth behind. */
static struct move last_move(struct turn *t, const struct operation *o, const struct holding *h,
			     bool moved, const char *text)
{
	const struct token_view *v = left_behind(o, h);

	if (!v)
		return (struct move){ .kind = moved ? MOVE_DONE : MOVE_SKIP, .text = text };
	return (struct move){
		.kind = MOVE_FAIL,
		.text = turn_printf(t, "%s of token %s stay behind: %.200s", wei_str(t, v->amount),
				    addr_str(t, v->token), v->why ? v->why : ""),
	};
}

static void sweep_move(struct turn *t, const struct operation *o, const struct holding *h,
		       const struct extract_fees *fees, bool moved, struct move *out)
{
	struct wei fee = wei_add_sat(fee_of(h->sweep_gas, fees->sweep.max_fee), h->l1_fee);
	struct wei balance = h->account.balance;

	if (wei_is_zero(balance)) {
		*out = last_move(t, o, h, moved, "empty");
		return;
	}
	if (h->sweep_gas == 0) {
		*out = (struct move){
			.kind = MOVE_FAIL,
			.text = turn_printf(t, "the safe address takes no ether: %.200s",
					    h->sweep_why ? h->sweep_why : ""),
		};
		return;
	}
	if (wei_cmp(balance, fee) <= 0) {
		*out = last_move(t, o, h, moved,
				 turn_printf(t, "dust: %s wei stay, moving them costs %s wei",
					     wei_str(t, balance), wei_str(t, fee)));
		return;
	}
	*out = (struct move){
		.kind = MOVE_ORDER,
		.purpose = PURPOSE_SWEEP,
		.dest = o->dest,
		.value = wei_sub_sat(balance, fee),
		.gas = h->sweep_gas,
		.fees = fees->sweep,
	};
}

void extract_next(struct turn *t, const struct operation *o, const struct holding *h,
		  const struct extract_fees *fees, bool moved, struct move *out)
{
	struct wei need = extract_call_fees(o, h, fees);

	if (next_call(t, o, h, fees, out)) {
		if (wei_cmp(h->account.balance, need) < 0)
			loan_move(t, h, need, h->sweep_gas ? h->sweep_gas : 21000, fees, out);
		return;
	}
	if (!o->native_only && h->stake_view == STAKE_LOCKED) {
		*out = (struct move){
			.kind = MOVE_WAIT,
			.until_ms = h->locked_until_ms,
			.text = "the stake is locked until the next scan",
		};
		return;
	}
	if (!o->native_only && h->stake_view == STAKE_UNKNOWN) {
		*out = (struct move){
			.kind = MOVE_WAIT,
			.unreadable = true,
			.text = turn_printf(t, "the stake cannot be read: %.200s", h->stake_why),
		};
		return;
	}
	const struct token_view *unread = first_unread(h);

	if (unread) {
		*out = (struct move){
			.kind = MOVE_WAIT,
			.unreadable = true,
			.text = turn_printf(t, "token %s cannot be read: %.200s",
					    addr_str(t, unread->token), unread->unread),
		};
		return;
	}
	sweep_move(t, o, h, fees, moved, out);
}

static enum err plan_tokens(struct turn *t, const struct operation *o, const struct holding *h,
			    struct step *s)
{
	for (size_t i = 0; i < h->n_tokens; i++) {
		const struct token_view *v = &h->tokens[i];
		struct wei amount = v->amount;

		/* The stake is paid out in the first token of the configuration. */
		if (i == 0 && has_stake(o, h))
			amount = wei_add_sat(amount, h->stake);
		if (o->native_only || wei_is_zero(amount))
			continue;
		struct step_token k = {
			.step = s->id,
			.token = v->token,
			.amount = amount,
			.tax = wei_div_u64(wei_mul_sat(amount, v->tax_bps), 10000, NULL),
		};

		TRY(step_token_set(t, &k));
	}
	return OK;
}

/* The stake is paid out in the first token of the configuration. */
static const char *staked_str(struct turn *t, struct wei a)
{
	const struct policy *pol = policy();

	return pol->n_tokens > 0 ? token_str(t, pol->tokens[0].addr, a) : wei_str(t, a);
}

static const char *plan_text(struct turn *t, const struct operation *o, const struct holding *h)
{
	if (o->native_only)
		return "ether only";
	switch (h->stake_view) {
	case STAKE_NONE:
		return "no stake";
	case STAKE_OPEN:
		return turn_printf(t, "stake and rewards of %s", staked_str(t, h->stake));
	case STAKE_EMERGENCY:
		return "the contract is paused: emergencyWithdraw pays the principal only";
	case STAKE_LOCKED:
		return "the stake is locked until the next scan: it waits";
	case STAKE_DEAD:
		return "the position is dead: its stake is lost";
	case STAKE_UNKNOWN:
		return turn_printf(t, "the stake cannot be read: %.200s", h->stake_why);
	}
	return "";
}

/* Said in the plan; when it comes to it no loan is sent. */
static enum err doubt_loan(struct turn *t, struct step *s)
{
	struct foreign_use f;

	TRY(foreign_use_get(t, s->wallet, &f));
	if (f.times == 0)
		return OK;
	s->loan = (struct wei){ 0 };
	s->text = turn_printf(t,
			      "%s; it needs a gas loan and gets none, as somebody else sends with "
			      "its key and would take it",
			      s->text);
	return OK;
}

enum err extract_plan_step(struct turn *t, const struct operation *o, const struct holding *h,
			   const struct extract_fees *fees, struct step *s)
{
	struct wei calls = extract_call_fees(o, h, fees);
	struct wei sweep = wei_add_sat(fee_of(h->sweep_gas, fees->sweep.max_fee), h->l1_fee);
	struct move first;

	s->planned = true;
	s->loan = wei_sub_sat(calls, h->account.balance);
	s->max_fee = wei_add_sat(calls, wei_is_zero(h->account.balance) ? calls : sweep);
	s->value = wei_sub_sat(h->account.balance, wei_add_sat(calls, sweep));
	s->gas = h->sweep_gas;
	s->text = plan_text(t, o, h);
	if (!wei_is_zero(s->loan))
		TRY(doubt_loan(t, s));
	if (addr_eq(s->addr, o->dest))
		first = (struct move){ .kind = MOVE_SKIP, .text = "it is the safe address itself" };
	else
		extract_next(t, o, h, fees, false, &first);
	switch (first.kind) {
	case MOVE_ORDER:
	case MOVE_WAIT:
		break;
	case MOVE_DONE:
	case MOVE_SKIP:
		s->state = STEP_SKIPPED;
		s->value = s->max_fee = s->loan = (struct wei){ 0 };
		s->text = first.text;
		break;
	case MOVE_FAIL:
		s->state = STEP_FAILED;
		s->text = first.text;
		break;
	}
	TRY(plan_tokens(t, o, h, s));
	return step_save(t, s);
}
