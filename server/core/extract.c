#include "server/core/extract.h"

#include <assert.h>

#include "server/eth/abi.h"
#include "server/eth/addr.h"
#include "store/base/units.h"
#include "store/base/wei.h"

/* An estimate is of the state now; the transaction runs in the next block. */
static uint64_t with_margin(uint64_t gas)
{
	return gas + gas / 4;
}

enum {
	LOCK_AGAIN_MS = 15000,
	PENDING_AGAIN_MS = 1000,
	LOOK_AGAIN_MS = 1000,
	HELD_AGAIN_MS = 5000,
	UNDER_WAY_MS = 60000, /* as in fund.c */
};

/* What one wallet's way home may take, so that no contract keeps us paying gas for ever. */
enum { CALLS_MOST = 3, ORDERS_MOST = 24, UNREADABLE_MOST = 20, ORDERS_READ = 64 };

enum { TAX_FREE_BPS = 100 };

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
	uint64_t gas = 0;

	if (has_stake(o, h))
		gas += with_margin(h->stake_gas);
	for (size_t i = 0; i < h->n_tokens; i++)
		if (!o->native_only && h->tokens[i].gas > 0 && !h->tokens[i].left &&
		    (!wei_is_zero(h->tokens[i].amount) || has_stake(o, h)))
			gas += with_margin(h->tokens[i].gas);
	return gas ? wei_add_sat(fee_of(gas, fees->call.max_fee), h->l1_fee) : wei_u64(0);
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

enum err extract_plan_step(struct turn *t, const struct operation *o, const struct holding *h,
			   const struct extract_fees *fees, struct step *s)
{
	struct wei calls = extract_call_fees(o, h, fees);
	struct wei sweep = fee_of(h->sweep_gas, fees->sweep.max_fee);
	struct move first;

	s->planned = true;
	s->loan = wei_sub_sat(calls, h->account.balance);
	s->max_fee = wei_add_sat(calls, wei_is_zero(h->account.balance) ? calls : sweep);
	s->value = wei_sub_sat(h->account.balance, wei_add_sat(calls, sweep));
	s->gas = h->sweep_gas;
	s->text = plan_text(t, o, h);
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

static enum err wait_until(struct turn *t, struct step *s, int64_t until_ms, const char *text)
{
	s->state = STEP_BLOCKED;
	s->next_ms = until_ms > t->now_ms ? until_ms : t->now_ms + LOCK_AGAIN_MS;
	s->text = text;
	return step_save(t, s);
}

static enum err finish(struct turn *t, struct step *s, enum step_state state, const char *text)
{
	s->state = state;
	s->text = text;
	return step_save(t, s);
}

static enum err place(struct turn *t, const struct operation *o, const struct move *m,
		      struct purse *purse, struct step *s)
{
	struct intent i;
	struct order order = {
		.operation = o->id,
		.trace = o->trace,
		.step = s->id,
		.purpose = m->purpose,
		.dest = m->from_funder ? s->addr : m->dest,
		.value = m->value,
		.data = m->data,
		.gas = m->gas,
		.fees = m->fees,
		.urgent = o->kind == OP_EVACUATE,
		.errand = errand_of(o),
	};

	TRY(journal_order(t, purse, &order, &i));
	s->state = STEP_RUNNING;
	s->next_ms = t->now_ms + UNDER_WAY_MS;
	s->text =
		turn_printf(t, "%s in transaction %lld", purpose_name(m->purpose), (long long)i.id);
	return step_save(t, s);
}

/* What only this wallet suffers from must stop no other: it waits, or it has failed. */
static enum err of_this_step(struct turn *t, struct step *s, bool cannot_sign, enum err e)
{
	const char *why = turn_strdup(t, t->why);

	if (e == OK || t->reason == REASON_KEYS_LOCKED)
		return e;
	if (cannot_sign || t->reason == REASON_WATCH_ONLY || t->reason == REASON_CAP_EXCEEDED ||
	    t->reason == REASON_FAILED_PRECONDITION)
		return finish(t, s, STEP_FAILED, why);
	if (e == ERR_AWAY) {
		s->next_ms = t->now_ms + LOOK_AGAIN_MS;
		s->text = why;
		return step_save(t, s);
	}
	if (e == ERR_REFUSED || e == ERR_FULL)
		return wait_until(t, s, t->now_ms + HELD_AGAIN_MS, why);
	return e;
}

/* What the funder signed and a pause holds would stand before the loan: it is withdrawn first. */
static enum err lender_open(struct turn *t, struct lender *l)
{
	if (l->opened)
		return OK;
	l->opened = true;
	TRY(journal_withdraw_held(t, l->wallet));
	l->open = purse_open(t, l->wallet, &l->purse);
	l->why = turn_strdup(t, t->why);
	return OK;
}

static enum err lend(struct turn *t, const struct operation *o, const struct move *m,
		     struct lender *l, struct step *s)
{
	if (!l->wallet)
		return finish(t, s, STEP_FAILED,
			      "it has no ether for gas and no funder is configured to lend it");
	TRY(lender_open(t, l));
	enum err e = l->open == OK ? place(t, o, m, &l->purse, s) : l->open;

	if (e == OK || t->reason == REASON_KEYS_LOCKED)
		return e;
	if (l->open == OK && t->reason == REASON_CAP_EXCEEDED)
		return finish(t, s, STEP_FAILED, turn_strdup(t, t->why));
	if (e != ERR_REFUSED && e != ERR_FULL && e != ERR_AWAY)
		return e;
	return wait_until(
		t, s, t->now_ms + LOOK_AGAIN_MS,
		turn_printf(t, "needs a gas loan: %.300s", l->open == OK ? t->why : l->why));
}

/* What was tried often enough, or was not accepted, is left where it is. */
static enum err leave_out(struct turn *t, const struct operation *o, const struct step *s,
			  struct holding *h, int64_t *orders_out)
{
	struct step_orders *done;
	int64_t withdrawals = 0;
	size_t n;

	TRY(intent_of_step(t, s->id, ORDERS_READ, &done, &n));
	for (size_t i = 0; i < h->n_tokens; i++)
		if (h->tokens[i].tax_bps > TAX_FREE_BPS && !o->accept_tax) {
			h->tokens[i].left = true;
			h->tokens[i].why = "it takes more than 1 % on the way, which was not "
					   "accepted";
		}
	*orders_out = 0;
	for (size_t k = 0; k < n; k++) {
		*orders_out += done[k].count;
		if (done[k].purpose == PURPOSE_EXTRACT || done[k].purpose == PURPOSE_EMERGENCY)
			withdrawals += done[k].count;
		for (size_t i = 0; i < h->n_tokens && done[k].count >= CALLS_MOST; i++)
			if (done[k].purpose == PURPOSE_TOKEN &&
			    addr_eq(done[k].dest, h->tokens[i].token)) {
				h->tokens[i].left = true;
				h->tokens[i].why = "transfers were made and some of it stays";
			}
	}
	if (withdrawals >= CALLS_MOST &&
	    (h->stake_view == STAKE_OPEN || h->stake_view == STAKE_EMERGENCY)) {
		h->stake_view = STAKE_UNKNOWN;
		h->stake_why = "withdrawals were made and the contract still shows a stake";
	}
	return OK;
}

/* The wallet's purse, once nothing of it is under way. *ready_out false: the step says why. */
static enum err own_purse(struct turn *t, struct step *s, struct purse *own, bool *ready_out)
{
	*ready_out = false;
	enum err e = purse_open(t, s->wallet, own);

	if (e == OK && own->live > 0) {
		TRY(journal_withdraw_held(t, s->wallet));
		e = purse_open(t, s->wallet, own);
	}
	if (e != OK)
		return of_this_step(t, s, false, e);
	if (own->live > 0)
		return wait_until(t, s, t->now_ms + PENDING_AGAIN_MS,
				  "earlier transactions of the wallet must be settled first");
	*ready_out = true;
	return OK;
}

static enum err take_move(struct turn *t, const struct operation *o, const struct move *m,
			  struct purse *own, struct lender *lender, struct step *s)
{
	switch (m->kind) {
	case MOVE_WAIT:
		if (m->unreadable && ++s->tries >= UNREADABLE_MOST)
			return finish(
				t, s, STEP_FAILED,
				turn_printf(t, "%.300s; its ether alone: --native-only", m->text));
		return wait_until(t, s, m->until_ms, m->text);
	case MOVE_DONE:
		return finish(t, s, STEP_DONE, m->text);
	case MOVE_SKIP:
		return finish(t, s, STEP_SKIPPED, m->text);
	case MOVE_FAIL:
		return finish(t, s, STEP_FAILED, m->text);
	case MOVE_ORDER:
		if (m->from_funder)
			return lend(t, o, m, lender, s);
		enum err e = place(t, o, m, own, s);

		return of_this_step(t, s, own->cannot_sign, e);
	}
	return fail(t, ERR_BROKEN, "no such move");
}

enum err extract_advance(struct turn *t, const struct operation *o, const struct holding *seen,
			 const struct extract_fees *fees, struct lender *lender, struct step *s)
{
	struct holding h = *seen;
	struct purse own;
	struct move m;
	int64_t orders;
	bool ready;

	assert(t->in_lane);
	if (addr_eq(s->addr, o->dest))
		return finish(t, s, STEP_SKIPPED, "it is the safe address itself");
	TRY(own_purse(t, s, &own, &ready));
	if (!ready)
		return OK;
	/* The purse knows the wallet's last word; what was looked at must not be older than that,
	 * or a loan that arrived would be lent again. */
	if (h.account.seen_block < own.last_block) {
		s->next_ms = t->now_ms + LOOK_AGAIN_MS;
		s->text = "waits: the endpoint that told what it holds lags behind";
		return step_save(t, s);
	}
	TRY(leave_out(t, o, s, &h, &orders));
	extract_next(t, o, &h, fees, !wei_is_zero(s->moved) || !wei_is_zero(s->fees_paid), &m);
	if (m.kind == MOVE_ORDER && orders >= ORDERS_MOST)
		return finish(t, s, STEP_FAILED,
			      turn_printf(t,
					  "%lld transactions and it is not empty yet: look at "
					  "them before you go on",
					  (long long)orders));
	return take_move(t, o, &m, &own, lender, s);
}
