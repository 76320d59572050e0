#include <assert.h>
#include <string.h>

#include "server/core/journal_inside.h"
#include "server/core/safe.h"
#include "server/core/shared.h"
#include "server/eth/addr.h"
#include "server/eth/signer.h"
#include "server/eth/tx.h"
#include "store/audit.h"
#include "store/base/crash.h"
#include "store/base/units.h"
#include "store/base/wei.h"

enum { LIVE_READ = 4096, DAY_MS = 86400000 };

/* transfer(address,uint256): selector, recipient in a word, amount. */
enum { TRANSFER_DATA = 68, TRANSFER_TO = 16 };

/* What live intents may still take. Those mined at or below the block that the balance was read
 * at are in the balance already; those whose nonce a stranger spent take nothing any more. */
static enum err still_out(struct turn *t, const struct wallet *w, struct wei *out, int64_t *live)
{
	struct intent *i;
	size_t n;
	struct wei sum = { 0 };

	*live = 0;
	TRY(intent_live(t, w->id, LIVE_READ, &i, &n));
	for (size_t k = 0; k < n; k++) {
		if (i[k].state == TX_REVIEW && i[k].nonce < w->account.nonce)
			continue;
		if (i[k].state == TX_FEE_WAIT)
			return fail(t, ERR_REFUSED,
				    "transaction %lld of '%s' waits for lower fees: nothing "
				    "overtakes it",
				    (long long)i[k].id, w->name);
		if (i[k].state == TX_REVIEW)
			return fail(t, ERR_REFUSED,
				    "transaction %lld of '%s' needs review and holds nonce %llu: "
				    "nothing behind it would be mined",
				    (long long)i[k].id, w->name, (unsigned long long)i[k].nonce);
		++*live;
		if (i[k].state == TX_MINED && i[k].block <= w->account.seen_block)
			continue;
		sum = wei_add_sat(sum, wei_add_sat(i[k].value, fee_of(i[k].gas, i[k].max_fee)));
	}
	*out = sum;
	return OK;
}

enum err purse_open(struct turn *t, int64_t wallet, struct purse *out)
{
	const struct policy *pol = policy();
	struct wallet *w = &out->wallet;
	struct wei taken, late;

	assert(t->in_lane);
	*out = (struct purse){ 0 };
	TRY(wallet_by_id(t, wallet, w));
	if (w->key_kind == KEY_WATCH_ONLY)
		return fail_reason(t, REASON_WATCH_ONLY, "no key is held for '%s'", w->name);
	if (t->now_ms - w->account.seen_ms > pol->account_old_ms)
		return fail_reason(t, REASON_STATE_STALE, "the balance of '%s' is %s old", w->name,
				   w->account.seen_ms
					   ? duration_str(t, t->now_ms - w->account.seen_ms)
					   : "unknown");
	TRY(intent_last_block(t, w->id, w->addr, &out->last_block));
	TRY(intent_next_nonce(t, w->id, pol->chain_id, &out->next_nonce));
	if (w->claim.looks > 0 && w->claim.nonce > out->next_nonce)
		return fail_reason(t, REASON_STATE_STALE,
				   "the chain may have a higher nonce of '%s': asking again",
				   w->name);
	TRY(still_out(t, w, &taken, &out->live));
	/* On a fast chain there is always a block since the look: what it took is known. */
	TRY(intent_late(t, w->id, w->account.seen_block, &late));
	taken = wei_add_sat(taken, late);
	if (w->role == WALLET_FUNDER)
		taken = wei_add_sat(taken, pol->reserve);
	out->available = wei_sub_sat(w->account.balance, taken);
	return OK;
}

enum err journal_check_home(struct turn *t, enum purpose purpose, struct eth_addr dest,
			    struct bytes data)
{
	struct eth_addr to = dest;
	struct safe_address s;

	switch (purpose) {
	case PURPOSE_SWEEP:
		break;
	case PURPOSE_TOKEN:
		assert(data.n == TRANSFER_DATA);
		memcpy(to.b, data.p + TRANSFER_TO, sizeof(to.b));
		break;
	case PURPOSE_FUND:
	case PURPOSE_GAS_LOAN:
	case PURPOSE_EXTRACT:
	case PURPOSE_EMERGENCY:
	case PURPOSE_APPROVE:
	case PURPOSE_ACTION:
		return OK;
	}
	enum err e = safe_get(t, policy()->chain_id, to, &s);

	if (e == ERR_MISSING || (e == OK && !safe_takes(&s)))
		return fail_reason(t, REASON_NOT_SAFE_LISTED,
				   "%s is not an ACTIVE safe address of chain %llu",
				   addr_str(t, to), (unsigned long long)policy()->chain_id);
	return e;
}

/* What funding has taken today is read once a turn and then counted on. */
static enum err check_day(struct turn *t, struct purse *p, const struct order *o)
{
	const struct policy *pol = policy();

	if (o->purpose != PURPOSE_FUND || wei_is_zero(pol->cap_day))
		return OK;
	if (!p->day_known)
		TRY(intent_spent_since(t, t->now_ms - DAY_MS, &p->day));
	p->day_known = true;
	struct wei after = wei_add_sat(p->day, o->value);

	if (wei_cmp(after, pol->cap_day) > 0)
		return fail_reason(t, REASON_CAP_EXCEEDED,
				   "%s today already: %s more is above the cap of %s a day",
				   ether_str(t, p->day), ether_str(t, o->value),
				   ether_str(t, pol->cap_day));
	p->day = after;
	return OK;
}

/* What this one signature may do, from the caps as they are now. */
static enum err grant_take(struct turn *t, const struct order *o, struct wei fee, struct grant *out)
{
	const struct policy *pol = policy();
	struct wei none = { 0 };

	*out = (struct grant){
		.chain_id = pol->chain_id,
		.max_value = o->value,
		.max_fee_total = fee_of(o->gas, policy_ceiling(pol, o->urgent)),
		.to = o->dest,
		.may_call = o->data.n > 0,
	};
	if (wei_cmp(fee, out->max_fee_total) > 0)
		return fail_reason(t, REASON_CAP_EXCEEDED,
				   "the fee of %s wei per gas is above chain.max_fee%s",
				   wei_str(t, o->fees.max_fee), o->urgent ? "_urgent" : "");
	if (o->purpose == PURPOSE_FUND && wei_cmp(pol->cap_tx, none) > 0 &&
	    wei_cmp(o->value, pol->cap_tx) > 0)
		return fail_reason(t, REASON_CAP_EXCEEDED,
				   "%s is above the cap of %s a transaction",
				   ether_str(t, o->value), ether_str(t, pol->cap_tx));
	if (o->purpose == PURPOSE_GAS_LOAN && wei_cmp(o->value, pol->cap_loan) > 0)
		return fail_reason(t, REASON_CAP_EXCEEDED,
				   "a gas loan of %s is above the cap of %s",
				   ether_str(t, o->value), ether_str(t, pol->cap_loan));
	return OK;
}

static enum err check_purse(struct turn *t, const struct purse *p, const struct order *o,
			    struct wei *fee_out, struct wei *cost_out)
{
	const struct policy *pol = policy();

	if (p->live >= pol->in_flight)
		return fail(t, ERR_FULL, "'%s' has %lld transactions in flight", p->wallet.name,
			    (long long)p->live);
	*fee_out = fee_of(o->gas, o->fees.max_fee);
	*cost_out = wei_add_sat(o->value, *fee_out);
	if (wei_cmp(*cost_out, p->available) > 0)
		return fail_reason(t, REASON_FUNDS_SHORT, "'%s' can spend %s and this needs %s",
				   p->wallet.name, ether_str(t, p->available),
				   ether_str(t, *cost_out));
	return OK;
}

static struct eth_tx unsigned_tx(const struct purse *p, const struct order *o)
{
	return (struct eth_tx){
		.type = ETH_TX_FEE_MARKET,
		.chain_id = policy()->chain_id,
		.nonce = p->next_nonce,
		.gas = o->gas,
		.has_to = true,
		.to = o->dest,
		.value = o->value,
		.max_fee = o->fees.max_fee,
		.max_tip = o->fees.max_tip,
		.data = o->data,
	};
}

static enum err store_signed(struct turn *t, const struct purse *p, const struct order *o,
			     const struct raw_tx *raw, struct intent *out)
{
	struct attempt a = {
		.state = TX_SIGNED,
		.hash = raw->hash,
		.raw = raw->raw,
		.max_fee = o->fees.max_fee,
		.max_tip = o->fees.max_tip,
		.signed_ms = t->now_ms,
		.next_ms = t->now_ms,
		.said = "",
		.kind = ATTEMPT_ORDER,
		.has_value = true,
		.value = o->value,
	};

	*out = (struct intent){
		.operation = o->operation,
		.step = o->step,
		.wallet = p->wallet.id,
		.chain_id = policy()->chain_id,
		.purpose = o->purpose,
		.dest = o->dest,
		.value = o->value,
		.data = o->data,
		.gas = o->gas,
		.max_fee = o->fees.max_fee,
		.has_nonce = true,
		.nonce = p->next_nonce,
		.state = TX_PLANNED,
		.text = "signed, not sent yet",
		.urgent = o->urgent,
		.wallet_name = p->wallet.name,
	};
	/* Checked, given its nonce, and signed, in this one turn: nobody sees the first two. */
	TRY(intent_pass(t, out, TX_PREPARED));
	TRY(intent_pass(t, out, TX_SIGNED));
	TRY(intent_add(t, out));
	a.intent = out->id;
	return attempt_add(t, &a);
}

/* What the signer says of one key or one transaction stops no other. */
static enum err sign(struct turn *t, struct purse *p, const struct grant *g,
		     const struct eth_tx *tx, struct raw_tx *raw)
{
	enum err e =
		signer_sign(t, shared()->keyring, p->wallet.sealed, p->wallet.addr, g, tx, raw);

	if (e == OK || t->reason == REASON_KEYS_LOCKED)
		return e;
	p->cannot_sign = true;
	return fail(t, ERR_REFUSED, "'%s' cannot sign: %s", p->wallet.name, turn_strdup(t, t->why));
}

/* An automatic decision that spends: on the record, for whom and how much. */
static enum err audit(struct turn *t, const struct purse *p, const struct order *o,
		      const struct intent *i)
{
	const char *was = t->trace;

	t->trace = o->trace; /* the tick's turn, for which it is another's */
	enum err e = audit_add(
		t, "transaction.signed", turn_printf(t, "transactions/%lld", (long long)i->id),
		turn_printf(t, "%s of %s wei from %s to %s, nonce %llu, operation %lld",
			    purpose_name(o->purpose), wei_str(t, o->value), p->wallet.name,
			    addr_str(t, o->dest), (unsigned long long)i->nonce,
			    (long long)o->operation));

	t->trace = was;
	return e;
}

enum err journal_order(struct turn *t, struct purse *p, const struct order *o, struct intent *out)
{
	struct eth_tx tx = unsigned_tx(p, o);
	struct wei fee, cost;
	struct grant grant;
	struct raw_tx raw;

	assert(t->in_lane);
	TRY(stop_check(t, &o->errand, p->wallet.name));
	TRY(check_purse(t, p, o, &fee, &cost));
	TRY(journal_check_home(t, o->purpose, o->dest, o->data));
	TRY(grant_take(t, o, fee, &grant));
	TRY(check_day(t, p, o));
	TRY(sign(t, p, &grant, &tx, &raw));

	/* Stored before anyone hears of it: a crash from here on loses nothing. */
	TRY(store_signed(t, p, o, &raw, out));
	TRY(audit(t, p, o, out));
	crash_point(CRASH_ORDERED, t->what);
	p->next_nonce++;
	p->live++;
	p->available = wei_sub_sat(p->available, cost);
	return OK;
}
