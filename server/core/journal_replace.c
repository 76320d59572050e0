/* A better attempt on the same nonce, where the one that was sent does not get mined. */
#include <assert.h>
#include <string.h>

#include "server/core/journal_inside.h"
#include "server/core/progress.h"
#include "server/core/shared.h"
#include "server/eth/signer.h"
#include "store/audit.h"
#include "store/base/crash.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "store/events.h"
#include "store/operations.h"

/* So many attempts an intent: a fee that was raised as often and did not help is not what is
 * wrong. Each is a tenth above the last, so the ceiling comes long before. */
enum { ATTEMPTS_MOST = 24, URGENT_MS = 3000, ROBBED_MS = 10000 };

/* One intent that may be replaced, with all that decides it. */
struct replacing {
	struct intent i;
	struct wallet w;
	struct chain chain;
	struct attempt *a; /* all of them, the newest last */
	size_t n;
	const struct attempt *last; /* the newest that does not rest */
	struct fees offered;        /* the most that was handed to the network */
	bool cancel;
	struct fees fees; /* what the next one offers */
	struct wei value; /* and carries */
	uint64_t gas;
};

/* How long the pool has before a better offer is made. */
static int64_t raise_after(bool urgent)
{
	int64_t usual = policy()->raise_after_ms;

	return urgent && usual > URGENT_MS ? URGENT_MS : usual;
}

enum err journal_stuck(struct turn *t, int64_t after, size_t limit, struct intent **out,
		       size_t *n_out)
{
	struct intent *wished, *stuck;
	size_t n, m;

	TRY(intent_wished(t, after, limit, &wished, &n));
	TRY(intent_stuck(t, after, t->now_ms - raise_after(true), t->now_ms - raise_after(false),
			 limit, &stuck, &m));
	struct intent *all = turn_array(t, n + m + 1, sizeof(*all));

	*n_out = 0;
	for (size_t k = 0; k < n; k++)
		all[(*n_out)++] = wished[k];
	for (size_t k = 0; k < m; k++)
		if (stuck[k].wish == WISH_NONE)
			all[(*n_out)++] = stuck[k];
	*out = all;
	return OK;
}

static bool is_live_on_chain(enum tx_state s)
{
	return s == TX_SIGNED || s == TX_UNKNOWN || s == TX_IN_POOL || s == TX_FEE_WAIT ||
	       s == TX_REVIEW;
}

static enum err load(struct turn *t, int64_t intent, struct replacing *x)
{
	*x = (struct replacing){ 0 };
	TRY(intent_get(t, intent, &x->i));
	TRY(wallet_by_id(t, x->i.wallet, &x->w));
	TRY(chain_get(t, &x->chain));
	TRY(attempt_list(t, intent, ATTEMPTS_MOST, &x->a, &x->n));
	if (x->n == 0)
		return fail(t, ERR_BROKEN, "transaction %lld has no bytes", (long long)intent);
	x->last = &x->a[x->n - 1];
	for (size_t k = x->n; k > 0 && x->last->next_ms == ATTEMPT_RESTS; k--)
		if (x->a[k - 1].next_ms != ATTEMPT_RESTS)
			x->last = &x->a[k - 1];
	for (size_t k = 0; k < x->n; k++)
		if (x->a[k].first_ms > 0) {
			x->offered.max_fee = wei_max(x->offered.max_fee, x->a[k].max_fee);
			x->offered.max_tip = wei_max(x->offered.max_tip, x->a[k].max_tip);
		}
	x->cancel = x->i.wish == WISH_CANCEL || x->last->kind == ATTEMPT_CANCEL;
	return OK;
}

/* The chain asks for more than was offered. */
static bool too_cheap(const struct replacing *x)
{
	struct wei floor = wei_add_sat(x->chain.base_fee, x->chain.tip);

	return wei_cmp(x->last->max_fee, floor) < 0;
}

/* Blocks came that it might have been in. */
static bool passed_by(const struct replacing *x)
{
	return x->chain.head_ms - x->last->first_ms >= raise_after(x->i.urgent);
}

/* Is a new attempt wanted, beside what the fees allow? */
static bool wanted(struct turn *t, const struct replacing *x)
{
	if (x->i.wish == WISH_CANCEL && x->last->kind != ATTEMPT_CANCEL)
		return true;
	if (x->last->first_ms == 0)
		return false; /* the newest has not gone out yet */
	if (x->i.wish == WISH_RAISE || x->i.state == TX_FEE_WAIT)
		return true;
	return t->now_ms - x->last->first_ms >= raise_after(x->i.urgent) &&
	       (too_cheap(x) || passed_by(x));
}

/* A cancel has to beat what was offered, which may be the ceiling itself. */
static struct wei ceiling_of(const struct replacing *x)
{
	return policy_ceiling(policy(), x->i.urgent || x->cancel);
}

static enum err say(struct turn *t, struct replacing *x, const char *text)
{
	/* Said once: every write wakes the jobs that read transactions, this one too. */
	if (x->i.state == TX_REVIEW || strcmp(x->i.text, text) == 0)
		return OK;
	return intent_move(t, &x->i, x->i.state, text);
}

/* The chain wants more than may be paid. Visible, and back by itself. */
static enum err park(struct turn *t, struct replacing *x)
{
	const char *text = turn_printf(
		t, "the chain asks %s wei per gas and the ceiling is %s: waits, or raise %s",
		wei_str(t, wei_add_sat(x->chain.base_fee, x->chain.tip)), wei_str(t, ceiling_of(x)),
		x->i.urgent || x->cancel ? "chain.max_fee_urgent" : "chain.max_fee");

	if (x->i.state != TX_UNKNOWN && x->i.state != TX_IN_POOL)
		return say(t, x, text);
	TRY(intent_move(t, &x->i, TX_FEE_WAIT, text));
	return event_add(t, TOPIC_TX, turn_printf(t, "transactions/%lld", (long long)x->i.id),
			 "transaction.fee_wait", text);
}

static enum err unpark(struct turn *t, struct replacing *x)
{
	if (x->i.state != TX_FEE_WAIT)
		return OK;
	return intent_move(t, &x->i, x->last->state == TX_IN_POOL ? TX_IN_POOL : TX_UNKNOWN,
			   "the fees fell");
}

/* What the next attempt offers. *go_out false: nothing that helps may be paid. */
static enum err price(struct turn *t, struct replacing *x, bool *go_out)
{
	const struct policy *pol = policy();
	bool sweep = x->i.purpose == PURPOSE_SWEEP && !x->cancel;
	enum fee_class class = sweep && x->i.urgent ? FEE_URGENT_SWEEP
			       : sweep              ? FEE_SWEEP
			       : x->i.urgent        ? FEE_URGENT
						    : FEE_NORMAL;
	struct fees want;

	*go_out = false;
	enum err e = fees_choose(t, &x->chain, class, ceiling_of(x), pol->fees_old_ms, &want);

	if (e == ERR_AWAY)
		return OK;
	if (e == ERR_REFUSED)
		return park(t, x);
	if (e != OK)
		return e;
	if (x->last->outbid) {
		want = fees_outbidding(x->offered, want, ceiling_of(x));
		/* He answers within the block: a quarter of it for the fee brings the rest home. */
		if (sweep && x->n > 1)
			want.max_fee = wei_max(
				want.max_fee, wei_min(ceiling_of(x),
						      wei_div_u64(x->i.value, 4 * x->i.gas, NULL)));
	}
	x->fees = fees_raised(x->offered, want);
	if (sweep)
		x->fees.max_tip = x->fees.max_fee;
	if (wei_cmp(x->fees.max_fee, ceiling_of(x)) <= 0) {
		*go_out = true;
		return OK;
	}
	if (too_cheap(x) || x->cancel)
		return park(t, x);
	return unpark(t, x); /* what was offered is enough, and more may not be */
}

/* The intent's own may be that of another attempt whose block is gone. */
static struct wei ordered_value(const struct replacing *x)
{
	return x->a[0].has_value ? x->a[0].value : x->i.value;
}

/* What it carries. A sweep gives up what the fee takes, so that it still can be paid. */
static enum err carry(struct turn *t, struct replacing *x, const struct rival *r, bool *go_out)
{
	struct wei cost, fee;

	x->gas = x->cancel ? r->self_gas : x->i.gas;
	*go_out = x->gas > 0;
	if (!*go_out)
		return OK; /* the node did not tell what a cancel takes */
	fee = fee_of(x->gas, x->fees.max_fee);
	x->value = x->cancel ? (struct wei){ 0 } : ordered_value(x);
	if (x->i.purpose == PURPOSE_SWEEP && !x->cancel) {
		/* As it was ordered: the intent's own fee is that of the attempt before. */
		struct wei all = wei_add_sat(ordered_value(x), fee_of(x->i.gas, x->a[0].max_fee));

		/* Somebody else may have taken some of it, or of what was kept back for the L1. */
		x->value = wei_sub_sat(wei_min(all, wei_sub_sat(r->balance, r->l1_fee)), fee);
		*go_out = !wei_is_zero(x->value);
	}
	cost = wei_add_sat(x->value, fee);
	if (wei_cmp(cost, r->balance) > 0)
		*go_out = false;
	return *go_out ? OK : say(t, x, "a higher fee is more than the wallet holds");
}

/* A sweep of what somebody else has taken meanwhile: no fee makes that happen. */
static bool is_robbed(const struct turn *t, const struct replacing *x, const struct rival *r)
{
	return x->i.purpose == PURPOSE_SWEEP && !x->cancel &&
	       (x->i.state == TX_UNKNOWN || x->i.state == TX_IN_POOL) &&
	       t->now_ms - x->i.created_ms >= ROBBED_MS &&
	       wei_cmp(r->balance, wei_add_sat(fee_of(x->i.gas, x->offered.max_fee), r->l1_fee)) <=
		       0;
}

static enum err set_aside(struct turn *t, struct replacing *x)
{
	struct attempt a = *x->last;
	bool opened;

	TRY(attempt_move(t, &a, TX_REVIEW));
	TRY(intent_move(t, &x->i, TX_REVIEW,
			"the wallet holds less than the fee: somebody else took what was there"));
	TRY(event_add(t, TOPIC_TX, turn_printf(t, "transactions/%lld", (long long)x->i.id),
		      "transaction.review", x->i.text));
	return progress_review(t, &x->i, &opened);
}

static enum err sign(struct turn *t, const struct replacing *x, struct raw_tx *raw)
{
	struct eth_tx tx = {
		.type = ETH_TX_FEE_MARKET,
		.chain_id = x->i.chain_id,
		.nonce = x->i.nonce,
		.gas = x->gas,
		.has_to = true,
		.to = x->cancel ? x->w.addr : x->i.dest,
		.value = x->value,
		.max_fee = x->fees.max_fee,
		.max_tip = x->fees.max_tip,
	};
	struct grant g = {
		.chain_id = policy()->chain_id,
		.max_value = x->value,
		.max_fee_total = fee_of(x->gas, ceiling_of(x)),
		.to = tx.to,
	};

	if (!x->cancel) {
		tx.data = x->i.data;
		g.may_call = tx.data.n > 0;
	}
	return signer_sign(t, shared()->keyring, x->w.sealed, x->w.addr, &g, &tx, raw);
}

static enum err store(struct turn *t, struct replacing *x, const struct raw_tx *raw)
{
	struct attempt a = {
		.intent = x->i.id,
		.state = TX_SIGNED,
		.hash = raw->hash,
		.raw = raw->raw,
		.max_fee = x->fees.max_fee,
		.max_tip = x->fees.max_tip,
		.signed_ms = t->now_ms,
		.next_ms = t->now_ms,
		.said = "",
		.kind = x->cancel ? ATTEMPT_CANCEL : ATTEMPT_RAISED,
		.has_value = true,
		.value = x->value,
	};
	const char *text =
		turn_printf(t, "%s with %s wei per gas", x->cancel ? "cancel" : "replaced",
			    wei_str(t, x->fees.max_fee));
	const char *name = turn_printf(t, "transactions/%lld", (long long)x->i.id);

	/* What never left this machine need not be beaten. */
	if (x->last->first_ms == 0)
		TRY(attempt_drop(t, x->i.id));
	TRY(attempt_add(t, &a));
	x->i.max_fee = x->fees.max_fee;
	if (x->i.wish == WISH_RAISE)
		x->i.wish = WISH_NONE;
	enum tx_state back = x->last->state == TX_IN_POOL ? TX_IN_POOL : TX_UNKNOWN;

	TRY(intent_move(t, &x->i, x->i.state == TX_FEE_WAIT ? back : x->i.state, text));
	TRY(event_add(t, TOPIC_TX, name,
		      x->cancel ? "transaction.cancelling" : "transaction.replaced", text));
	TRY(audit_add(t, x->cancel ? "transaction.cancel_signed" : "transaction.replaced", name,
		      turn_printf(t, "nonce %llu of %s: %s", (unsigned long long)x->i.nonce,
				  x->w.name, text)));
	crash_point(CRASH_REPLACED, t->what);
	return OK;
}

/* To stop something is free; to pay more for it is an order like any other. */
static enum err held(struct turn *t, const struct replacing *x, bool *out)
{
	struct errand errand = { .home = false };
	struct operation o;

	*out = false;
	if (x->cancel)
		return OK;
	if (x->i.operation) {
		TRY(operation_get(t, x->i.operation, &o));
		errand = errand_of(&o);
	}
	if (errand.run_epoch < x->i.wish_epoch)
		errand.run_epoch = x->i.wish_epoch;
	enum err e = stop_check(t, &errand, x->w.name);

	*out = e == ERR_REFUSED;
	return *out ? OK : e;
}

/* The chain wants a nonce below all that are live: somebody else spent it and the chain took that
 * back, or blocks of ours are gone that were final. What we have stored for it goes out again; else
 * a transaction that moves nothing takes its place, so that what is behind it can happen. */
static enum err fill_gap(struct turn *t, const struct replacing *x, const struct rival *r)
{
	struct order o = {
		.purpose = PURPOSE_ACTION,
		.dest = x->w.addr,
		.gas = r->self_gas,
		.urgent = x->i.urgent,
	};
	struct purse p = { .wallet = x->w, .next_nonce = r->nonce, .available = r->balance };
	struct intent at;
	enum err e = intent_at_nonce(t, x->w.id, x->i.chain_id, r->nonce, &at);

	if (e == OK)
		return tx_is_final(at.state) ? journal_undo(t, &at, "its nonce is free again") : OK;
	if (e != ERR_MISSING || r->self_gas == 0)
		return e == ERR_MISSING ? OK : e;
	e = fees_choose(t, &x->chain, FEE_NORMAL, ceiling_of(x), policy()->fees_old_ms, &o.fees);
	if (e == OK)
		e = journal_order(t, &p, &o, &at);
	if (e == ERR_REFUSED || e == ERR_AWAY || e == ERR_FULL)
		return OK; /* paused, too dear, or too poor: tried again */
	TRY(e);
	return event_add(t, TOPIC_TX, turn_printf(t, "transactions/%lld", (long long)at.id),
			 "transaction.fills_gap",
			 turn_printf(t, "nonce %llu of %s was free before %llu",
				     (unsigned long long)r->nonce, x->w.name,
				     (unsigned long long)x->i.nonce));
}

enum err journal_replace(struct turn *t, const struct rival *r)
{
	struct replacing x;
	struct raw_tx raw;
	bool go, stopped;

	assert(t->in_lane);
	TRY(load(t, r->intent, &x));
	/* A spent nonce is a matter for the receipts. */
	if (!is_live_on_chain(x.i.state) || !r->known || r->nonce > x.i.nonce)
		return OK;
	if (r->nonce < x.i.nonce)
		return fill_gap(t, &x, r);
	if (x.i.state == TX_REVIEW && !x.cancel)
		return OK;
	if (!wanted(t, &x))
		return OK;
	TRY(held(t, &x, &stopped));
	if (stopped)
		return OK;
	if (x.n >= ATTEMPTS_MOST)
		return say(t, &x, "its fee was raised many times and did not help: look at it");
	if (is_robbed(t, &x, r))
		return set_aside(t, &x);
	if (!x.cancel) { /* the address may have been taken off the list since it was ordered */
		enum err e = journal_check_home(t, x.i.purpose, x.i.dest, x.i.data);

		if (e == ERR_REFUSED)
			return say(t, &x,
				   turn_printf(t, "not replaced, cancel it: %.300s", t->why));
		TRY(e);
	}
	TRY(price(t, &x, &go));
	if (!go)
		return OK;
	TRY(carry(t, &x, r, &go));
	if (!go)
		return OK;
	enum err e = sign(t, &x, &raw);

	if (e != OK) /* the key is locked or damaged: said, and tried again */
		return say(t, &x, turn_printf(t, "not replaced: %.300s", t->why));
	return store(t, &x, &raw);
}
