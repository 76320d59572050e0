#include <string.h>

#include "server/api/convert.h"
#include "server/core/operation.h"
#include "server/core/shared.h"
#include "server/eth/addr.h"
#include "store/base/hex.h"
#include "store/base/wei.h"

enum { WARNINGS_MAX = 32 };

static void plan_tokens(struct turn *t, const struct operation *o, Ghostfleet__V1__PlanTotals *m)
{
	struct step_token *k;
	size_t n;

	if (operation_tokens(t, o->id, TOKENS_MAX, &k, &n) != OK)
		return;
	m->tokens = turn_array(t, n ? n : 1, sizeof(*m->tokens));
	for (size_t i = 0; i < n; i++) {
		Ghostfleet__V1__TokenMove *v = msg_new(t, &ghostfleet__v1__token_move__descriptor);
		const struct token *known = policy_token(policy(), k[i].token);

		v->token = msg_text(t, addr_str(t, k[i].token));
		v->symbol = msg_text(t, known ? known->symbol : "");
		v->amount = msg_wei(t, k[i].amount);
		v->tax = msg_wei(t, k[i].tax);
		m->tokens[m->n_tokens++] = v;
	}
}

static Ghostfleet__V1__PlanTotals *plan(struct turn *t, const struct operation *o,
					const struct step_counts *c)
{
	Ghostfleet__V1__PlanTotals *m = msg_new(t, &ghostfleet__v1__plan_totals__descriptor);
	bool fund = o->kind == OP_FUND;

	m->act = c->total - c->skipped - c->failed;
	m->skip = c->skipped;
	m->value = msg_wei(t, o->total_value);
	m->max_fees = msg_wei(t, o->total_fee);
	m->gas_loans = msg_wei(t, o->total_loan);
	m->funder_total =
		msg_wei(t, fund ? wei_add_sat(o->total_value, o->total_fee) : o->total_loan);
	m->funder_balance = msg_wei(t, o->funds);
	plan_tokens(t, o, m);
	return m;
}

static void warnings(struct turn *t, const char *lines, Ghostfleet__V1__Operation *m)
{
	char *rest = turn_strdup(t, lines), *line;

	m->warnings = turn_array(t, WARNINGS_MAX, sizeof(*m->warnings));
	while ((line = strsep(&rest, "\n")) != NULL && m->n_warnings < WARNINGS_MAX)
		if (*line)
			m->warnings[m->n_warnings++] = line;
}

Ghostfleet__V1__Operation *msg_operation(struct turn *t, const struct operation *o)
{
	Ghostfleet__V1__Operation *m = msg_new(t, &ghostfleet__v1__operation__descriptor);
	struct step_counts c = { 0 };
	struct wallet w;
	bool held = false;

	m->name = turn_printf(t, "operations/%lld", (long long)o->id);
	m->kind = (Ghostfleet__V1__OperationKind)o->kind;
	m->state = (Ghostfleet__V1__OperationState)o->state;
	m->actor = msg_text(t, o->actor);
	if (o->has_hash)
		m->plan_hash = msg_text(t, hash_str(t, o->plan_hash));
	if (o->has_dest)
		m->destination = msg_text(t, addr_str(t, o->dest));
	if (o->source && wallet_by_id(t, o->source, &w) == OK)
		m->source = turn_printf(t, "wallets/%s", w.name);
	if (o->kind == OP_FUND)
		m->target = msg_wei(t, o->target);
	m->expire_time = msg_time(t, o->expires_ms);
	m->create_time = msg_time(t, o->created_ms);
	m->run_time = msg_time(t, o->run_ms);
	m->end_time = msg_time(t, o->end_ms);
	if (step_count(t, o->id, &c) == OK && o->has_hash)
		m->plan = plan(t, o, &c);
	m->steps_total = c.total;
	m->steps_done = c.done;
	m->steps_skipped = c.skipped;
	m->steps_failed = c.failed;
	m->steps_blocked = c.blocked;
	m->moved = msg_wei(t, o->moved);
	m->fees_paid = msg_wei(t, o->fees_paid);
	if (operation_held(t, o, &held) == OK)
		m->held = held;
	m->cancelling = o->cancelling;
	m->text = msg_text(t, o->text);
	warnings(t, o->warnings, m);
	m->trace_parent = msg_text(t, o->trace);
	return m;
}
