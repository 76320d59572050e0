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

static void hash_token(struct keccak *k, const struct step_token *s)
{
	keccak_update(k, s->token.b, sizeof(s->token.b));
	keccak_update(k, s->amount.be, sizeof(s->amount.be));
	keccak_update(k, s->tax.be, sizeof(s->tax.be));
}

static void hash_step(struct keccak *k, const struct step_plan *s)
{
	hash_u64(k, (uint64_t)s->wallet);
	keccak_update(k, s->addr.b, sizeof(s->addr.b));
	hash_u64(k, (uint64_t)s->state);
	keccak_update(k, s->value.be, sizeof(s->value.be));
	keccak_update(k, s->max_fee.be, sizeof(s->max_fee.be));
	keccak_update(k, s->loan.be, sizeof(s->loan.be));
}

static void count_token(struct survey *v, const struct step_token *s)
{
	size_t i = 0;

	while (i < v->n_tokens && !addr_eq(v->tokens[i].token, s->token))
		i++;
	if (i == TOKENS_MAX)
		return;
	if (i == v->n_tokens)
		v->tokens[v->n_tokens++] = (struct step_token){ .token = s->token };
	v->tokens[i].amount = wei_add_sat(v->tokens[i].amount, s->amount);
	v->tokens[i].tax = wei_add_sat(v->tokens[i].tax, s->tax);
}

static void count_step(struct survey *v, const struct step_plan *s)
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

/* A page of steps, each with its tokens behind it. */
static enum err survey_page(struct turn *t, struct keccak *k, struct survey *v, int64_t operation,
			    int64_t after, const struct step_plan *s, size_t n)
{
	struct step_token *tokens;
	size_t n_tokens, at = 0;

	TRY(step_token_range(t, operation, after, s[n - 1].id, &tokens, &n_tokens));
	for (size_t i = 0; i < n; i++) {
		hash_step(k, &s[i]);
		count_step(v, &s[i]);
		for (; at < n_tokens && tokens[at].step == s[i].id; at++) {
			hash_token(k, &tokens[at]);
			count_token(v, &tokens[at]);
		}
	}
	return OK;
}

enum err operation_survey(struct turn *t, const struct operation *o, struct survey *v)
{
	struct step_plan *s = turn_array(t, STEPS_PAGE, sizeof(*s));
	struct keccak k;
	int64_t after = 0;
	size_t n = STEPS_PAGE;

	*v = (struct survey){ .version = o->version };
	keccak_init(&k);
	hash_u64(&k, (uint64_t)o->id);
	hash_u64(&k, (uint64_t)o->kind);
	hash_u64(&k, (uint64_t)o->source);
	keccak_update(&k, o->dest.b, sizeof(o->dest.b));
	keccak_update(&k, o->target.be, sizeof(o->target.be));
	while (n == STEPS_PAGE) {
		TRY(step_plans(t, o->id, after, STEPS_PAGE, s, &n));
		if (n > 0)
			TRY(survey_page(t, &k, v, o->id, after, s, n));
		after = n > 0 ? s[n - 1].id : after;
	}
	keccak_final(&k, &v->hash);
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
	struct wei all = wei_add_sat(o->total_value, o->total_fee), day;

	if (o->kind != OP_FUND)
		return OK;
	if (!wei_is_zero(pol->cap_operation) && wei_cmp(all, pol->cap_operation) > 0)
		return fail_reason(t, REASON_CAP_EXCEEDED,
				   "%s in all, fees included, is above the cap of %s an operation",
				   ether_str(t, all), ether_str(t, pol->cap_operation));
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
	const struct step_token *k = v->tokens;

	TRY(warn_of_loans(t, o, &b));
	if (!wei_is_zero(v->l1_fee))
		buf_printf(&b, "the chain takes an L1 fee on top of gas: %s a transaction is %s\n",
			   ether_str(t, v->l1_fee),
			   o->kind == OP_FUND ? "part of the fees"
					      : "kept back for it; what is not taken of a sweep's "
						"stays in its wallet");
	for (size_t i = 0; i < v->n_tokens; i++) {
		TRY(operation_token_set(t, o->id, &k[i]));
		if (wei_is_zero(k[i].tax))
			continue;
		buf_printf(&b, "a tax takes %s of %s on the way\n",
			   token_str(t, k[i].token, k[i].tax),
			   token_str(t, k[i].token, k[i].amount));
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

enum err operation_planned(struct turn *t, int64_t id, const struct survey *v)
{
	struct operation o;

	assert(t->in_lane);
	TRY(operation_get(t, id, &o));
	if (o.state != OP_PLANNING)
		return OK;
	if (o.version != v->version)
		return fail(t, ERR_STALE, "operation %lld changed while it was planned",
			    (long long)id);
	o.total_value = v->value;
	o.total_fee = v->fee;
	o.total_loan = v->loan;
	TRY(warn(t, &o, v));
	enum err e = operation_caps(t, &o);

	if (e == OK && o.kind == OP_FUND)
		e = check_source(t, &o);
	if (e == ERR_REFUSED)
		return refuse(t, &o, turn_strdup(t, t->why));
	if (e != OK)
		return e;
	o.plan_hash = v->hash;
	o.has_hash = true;
	o.text = turn_printf(t, "%lld to do, %lld with nothing to do, %lld that cannot be served",
			     (long long)v->act, (long long)v->skip, (long long)v->broken);
	if (v->act == 0)
		return nothing_to_do(t, &o, v->broken > 0);
	o.state = OP_PLANNED;
	o.expires_ms = t->now_ms + policy()->plan_ttl_ms;
	TRY(operation_save(t, &o));
	return event_add(t, TOPIC_OPERATION, turn_printf(t, "operations/%lld", (long long)id),
			 "operation.planned", o.text);
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
