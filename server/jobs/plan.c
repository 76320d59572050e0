/* Operations in PLANNING: their wallets are found, looked at and given their steps. */
#include "server/core/account.h"
#include "server/core/operation.h"
#include "server/core/shared.h"
#include "server/jobs/jobs.h"
#include "server/jobs/look.h"
#include "store/chain.h"

enum { OPERATIONS = 8, EXPAND = 500, LOOK = 128, WRITE = 64, TOO_LONG_MS = 120000 };

struct planning {
	struct operation *o;
	const char *why; /* it waits */
	size_t done;     /* steps planned in this turn */
	struct step *steps;
	size_t from, n;
	struct holding *holdings; /* extract */
	struct fund_view *views;  /* fund */
	struct account source;
	bool source_known;
	struct survey survey;
	struct l1_oracle *oracle;
};

static enum err expand(struct turn *t, void *arg)
{
	struct planning *p = arg;

	return operation_expand(t, p->o, EXPAND);
}

static enum err fund_chunk(struct turn *t, struct planning *p, const struct chain *c)
{
	const struct policy *pol = policy();
	struct fees fees;

	TRY(fees_choose(t, c, FEE_NORMAL, pol->max_fee, pol->fees_old_ms, &fees));
	for (size_t i = p->from; i < p->from + p->n; i++) {
		if (!p->views[i].known)
			continue;
		TRY(account_heard(t, p->steps[i].wallet, &p->views[i].account));
		TRY(fund_plan_step(t, p->o, &p->views[i], &fees, &p->steps[i]));
		p->done++;
	}
	return OK;
}

static enum err extract_chunk(struct turn *t, struct planning *p, const struct chain *c)
{
	struct extract_fees fees;

	TRY(extract_fees_choose(t, p->o, c, &fees));
	for (size_t i = p->from; i < p->from + p->n; i++) {
		if (!p->holdings[i].known)
			continue;
		TRY(account_heard(t, p->steps[i].wallet, &p->holdings[i].account));
		TRY(extract_plan_step(t, p->o, &p->holdings[i], &fees, &p->steps[i]));
		p->done++;
	}
	return OK;
}

static enum err keep_chunk(struct turn *t, void *arg)
{
	struct planning *p = arg;
	struct chain c;

	TRY(chain_get(t, &c));
	return p->o->kind == OP_FUND ? fund_chunk(t, p, &c) : extract_chunk(t, p, &c);
}

static enum err finish(struct turn *t, void *arg)
{
	struct planning *p = arg;

	if (p->source_known)
		TRY(account_heard(t, p->o->source, &p->source));
	return operation_planned(t, p->o->id, &p->survey);
}

static enum err wait(struct turn *t, void *arg)
{
	struct planning *p = arg;

	if (t->now_ms - p->o->created_ms > TOO_LONG_MS)
		return operation_plan_failed(t, p->o->id, p->why);
	return operation_plan_waits(t, p->o->id, p->why);
}

static enum err look(struct turn *t, struct el *el, struct planning *p)
{
	struct wallet payer;
	struct wei l1_fee;

	TRY(l1_fee_ask(t, el, p->oracle, &l1_fee));
	if (p->o->kind != OP_FUND)
		return look_holdings(t, el, p->o, p->steps, p->n, l1_fee, &p->holdings);
	TRY(wallet_by_id(t, p->o->source, &payer));
	return look_recipients(t, el, p->steps, p->n, &payer.addr, true, l1_fee, &p->views);
}

static enum err plan_steps(struct turn *t, struct el *el, struct planning *p)
{
	size_t all = p->n;

	TRY(look(t, el, p));
	for (p->from = 0; p->from < all; p->from += WRITE) {
		p->n = all - p->from < WRITE ? all - p->from : WRITE;
		TRY(lane_run(t, keep_chunk, p));
	}
	if (p->done == 0)
		return fail_reason(t, REASON_STATE_STALE, "no endpoint tells what %zu wallets hold",
				   all);
	return OK;
}

static enum err look_source(struct turn *t, struct el *el, struct planning *p)
{
	struct wallet w;

	if (!p->o->source)
		return OK;
	TRY(wallet_by_id(t, p->o->source, &w));
	TRY(look_account(t, el, w.addr, &p->source));
	p->source_known = true;
	return OK;
}

/* One operation, one slice of work. */
static enum err plan_one(struct turn *t, struct el *el, struct planning *p, bool *more)
{
	if (p->o->expand >= 0) {
		*more = true;
		return lane_run(t, expand, p);
	}
	TRY(step_unplanned(t, p->o->id, LOOK, &p->steps, &p->n));
	if (p->n > 0) {
		TRY(plan_steps(t, el, p));
		*more = true;
		return OK;
	}
	TRY(look_source(t, el, p));
	TRY(operation_survey(t, p->o, &p->survey));
	TRY(l1_fee_ask(t, el, p->oracle, &p->survey.l1_fee));
	return lane_run(t, finish, p);
}

enum err job_plan(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;
	struct operation *o;
	enum err first = OK;
	size_t n;

	/* In turns, so that those that wait hold up no other. */
	*more_out = false;
	TRY(operation_live(t, OP_PLANNING, j->plan_after, OPERATIONS, &o, &n));
	for (size_t i = 0; i < n; i++) {
		struct planning p = { .o = &o[i], .oracle = &j->plan_oracle };
		enum err e = plan_one(t, j->el[JOB_PLAN], &p, more_out);

		if (e == ERR_AWAY || e == ERR_REFUSED) {
			p.why = turn_printf(t, "planning: %.350s", t->why);
			e = lane_run(t, wait, &p);
		}
		if (e == ERR_STALE) /* cancelled meanwhile: the next turn sees it */
			e = OK;
		first = first == OK ? e : first;
	}
	*more_out = *more_out || n == OPERATIONS;
	j->plan_after = n == OPERATIONS ? o[n - 1].id : 0;
	return first;
}
