#include <assert.h>
#include <string.h>

#include "server/core/operation.h"
#include "server/core/shared.h"
#include "server/eth/addr.h"
#include "server/eth/keccak.h"
#include "store/base/buf.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "store/events.h"
#include "store/intents.h"
#include "store/wallets.h"

enum { STEPS_PAGE = 1000, DAY_MS = 86400000 };

static void hash_u64(struct keccak *k, uint64_t v)
{
	struct wei w = wei_u64(v);

	keccak_update(k, w.be, sizeof(w.be));
}

/* What one pass over the steps finds. */
struct survey {
	struct keccak keccak;
	int64_t act, skip, broken;
	struct wei value, fee, loan;
};

static enum err hash_step(struct turn *t, struct survey *v, const struct step *s)
{
	struct step_token *k;
	size_t n;

	hash_u64(&v->keccak, (uint64_t)s->wallet);
	keccak_update(&v->keccak, s->addr.b, sizeof(s->addr.b));
	hash_u64(&v->keccak, (uint64_t)s->state);
	keccak_update(&v->keccak, s->value.be, sizeof(s->value.be));
	keccak_update(&v->keccak, s->max_fee.be, sizeof(s->max_fee.be));
	keccak_update(&v->keccak, s->loan.be, sizeof(s->loan.be));
	TRY(step_token_list(t, s->id, TOKENS_MAX, &k, &n));
	for (size_t i = 0; i < n; i++) {
		keccak_update(&v->keccak, k[i].token.b, sizeof(k[i].token.b));
		keccak_update(&v->keccak, k[i].amount.be, sizeof(k[i].amount.be));
		keccak_update(&v->keccak, k[i].tax.be, sizeof(k[i].tax.be));
	}
	return OK;
}

static void count_step(struct survey *v, const struct step *s)
{
	switch (s->state) {
	case STEP_PLANNED:
	case STEP_RUNNING:
	case STEP_BLOCKED:
		v->act++;
		v->value = wei_add_sat(v->value, s->value);
		v->fee = wei_add_sat(v->fee, s->max_fee);
		v->loan = wei_add_sat(v->loan, s->loan);
		break;
	case STEP_DONE:
	case STEP_SKIPPED:
	case STEP_CANCELLED:
		v->skip++;
		break;
	case STEP_FAILED:
		v->broken++;
		break;
	}
}

static enum err survey(struct turn *t, const struct operation *o, struct survey *v)
{
	int64_t after = 0;
	size_t n = STEPS_PAGE;

	*v = (struct survey){ 0 };
	keccak_init(&v->keccak);
	hash_u64(&v->keccak, (uint64_t)o->id);
	hash_u64(&v->keccak, (uint64_t)o->kind);
	hash_u64(&v->keccak, (uint64_t)o->source);
	keccak_update(&v->keccak, o->dest.b, sizeof(o->dest.b));
	keccak_update(&v->keccak, o->target.be, sizeof(o->target.be));
	while (n == STEPS_PAGE) {
		struct step *s;

		TRY(step_list(t, o->id, 0, after, STEPS_PAGE, &s, &n));
		for (size_t i = 0; i < n; i++) {
			TRY(hash_step(t, v, &s[i]));
			count_step(v, &s[i]);
			after = s[i].id;
		}
	}
	return OK;
}

enum err operation_hash(struct turn *t, const struct operation *o, struct eth_hash *out)
{
	struct survey v;

	TRY(survey(t, o, &v));
	keccak_final(&v.keccak, out);
	return OK;
}

static struct wei leaves_funder(const struct operation *o)
{
	struct wei loans = o->total_loan;

	return o->kind == OP_FUND ? wei_add_sat(o->total_value, o->total_fee) : loans;
}

enum err operation_caps(struct turn *t, const struct operation *o)
{
	const struct policy *pol = policy();
	struct wei none = { 0 }, day;

	if (o->kind != OP_FUND)
		return OK;
	if (wei_cmp(pol->cap_operation, none) > 0 &&
	    wei_cmp(o->total_value, pol->cap_operation) > 0)
		return fail_reason(t, REASON_CAP_EXCEEDED,
				   "%s in all is above the cap of %s an operation",
				   ether_str(t, o->total_value), ether_str(t, pol->cap_operation));
	if (wei_is_zero(pol->cap_day))
		return OK;
	TRY(intent_spent_since(t, t->now_ms - DAY_MS, &day));
	if (wei_cmp(wei_add_sat(day, o->total_value), pol->cap_day) > 0)
		return fail_reason(t, REASON_CAP_EXCEEDED,
				   "%s today already: %s more is above the cap of %s a day",
				   ether_str(t, day), ether_str(t, o->total_value),
				   ether_str(t, pol->cap_day));
	return OK;
}

static enum err check_source(struct turn *t, struct operation *o)
{
	struct wei need = leaves_funder(o);
	struct wallet w;

	if (!o->source || wei_is_zero(need))
		return OK;
	TRY(wallet_by_id(t, o->source, &w));
	o->funds = w.account.balance;
	need = wei_add_sat(need, policy()->reserve);
	if (wei_cmp(need, w.account.balance) > 0)
		return fail_reason(t, REASON_FUNDS_SHORT,
				   "'%s' holds %s and this needs %s (values, fees and reserve)",
				   w.name, ether_str(t, w.account.balance), ether_str(t, need));
	return OK;
}

/* A funder that cannot lend stops no wallet that needs no loan. */
static enum err warn_of_loans(struct turn *t, struct operation *o, struct buf *b)
{
	if (o->kind == OP_FUND || wei_is_zero(o->total_loan))
		return OK;
	if (!o->source) {
		buf_str(b, "some wallets need a gas loan and no funder is configured\n");
		return OK;
	}
	enum err e = check_source(t, o);

	if (e != ERR_REFUSED)
		return e;
	buf_printf(b, "gas loans: %s\n", t->why);
	return OK;
}

static enum err warn(struct turn *t, struct operation *o, const struct survey *v)
{
	struct buf b = buf_in(t->mem, 4000);
	struct step_token *k;
	size_t n;

	TRY(warn_of_loans(t, o, &b));
	TRY(step_token_sums(t, o->id, TOKENS_MAX, &k, &n));
	for (size_t i = 0; i < n; i++) {
		if (wei_is_zero(k[i].tax))
			continue;
		const struct token *known = policy_token(policy(), k[i].token);

		buf_printf(&b, "token %s takes %s of %s on the way\n",
			   known ? known->symbol : addr_str(t, k[i].token), wei_str(t, k[i].tax),
			   wei_str(t, k[i].amount));
	}
	if (v->broken)
		buf_printf(&b, "%lld wallets cannot be served: see their steps\n",
			   (long long)v->broken);
	o->warnings = buf_text(&b);
	return OK;
}

static enum err refuse(struct turn *t, struct operation *o, const char *why)
{
	o->state = OP_FAILED;
	o->end_ms = t->now_ms;
	o->text = why;
	TRY(operation_save(t, o));
	return event_add(t, TOPIC_OPERATION, turn_printf(t, "operations/%lld", (long long)o->id),
			 "operation.failed", why);
}

/* A plan that would do nothing needs nobody to run it. */
static enum err nothing_to_do(struct turn *t, struct operation *o, bool broken)
{
	o->state = broken ? OP_FAILED : OP_DONE;
	o->end_ms = t->now_ms;
	TRY(operation_save(t, o));
	return event_add(t, TOPIC_OPERATION, turn_printf(t, "operations/%lld", (long long)o->id),
			 broken ? "operation.failed" : "operation.done", o->text);
}

enum err operation_planned(struct turn *t, int64_t id)
{
	struct operation o;
	struct survey v;

	assert(t->in_lane);
	TRY(operation_get(t, id, &o));
	if (o.state != OP_PLANNING)
		return OK;
	TRY(survey(t, &o, &v));
	o.total_value = v.value;
	o.total_fee = v.fee;
	o.total_loan = v.loan;
	TRY(warn(t, &o, &v));
	enum err e = operation_caps(t, &o);

	if (e == OK && o.kind == OP_FUND)
		e = check_source(t, &o);
	if (e == ERR_REFUSED)
		return refuse(t, &o, turn_strdup(t, t->why));
	if (e != OK)
		return e;
	keccak_final(&v.keccak, &o.plan_hash);
	o.has_hash = true;
	o.text = turn_printf(t, "%lld to do, %lld with nothing to do, %lld that cannot be served",
			     (long long)v.act, (long long)v.skip, (long long)v.broken);
	if (v.act == 0)
		return nothing_to_do(t, &o, v.broken > 0);
	o.state = OP_PLANNED;
	o.expires_ms = t->now_ms + policy()->plan_ttl_ms;
	TRY(operation_save(t, &o));
	TRY(event_add(t, TOPIC_OPERATION, turn_printf(t, "operations/%lld", (long long)id),
		      "operation.planned", o.text));
	/* An evacuation waits for nobody: who asked for it has said all there is to say. */
	return o.kind == OP_EVACUATE ? operation_run(t, id, &o.plan_hash, true, &o) : OK;
}

enum err operation_plan_waits(struct turn *t, int64_t id, const char *text)
{
	struct operation o;

	assert(t->in_lane);
	TRY(operation_get(t, id, &o));
	if (o.state != OP_PLANNING || strcmp(o.text, text) == 0)
		return OK;
	o.text = text;
	return operation_save(t, &o);
}

enum err operation_plan_failed(struct turn *t, int64_t id, const char *text)
{
	struct operation o;

	assert(t->in_lane);
	TRY(operation_get(t, id, &o));
	return o.state == OP_PLANNING ? refuse(t, &o, text) : OK;
}
