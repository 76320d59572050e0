#include "client/plan.h"

#include <inttypes.h>
#include <string.h>

#include "client/out.h"
#include "store/base/turn.h"

enum { SHOW_STEPS = 20, SHOW_SKIPPED = 10, SHOW_FAILED = 10 };

static enum err steps(struct turn *t, struct cli *c, const char *parent, int limit,
		      Ghostfleet__V1__StepState state, Ghostfleet__V1__ListStepsResponse **out)
{
	Ghostfleet__V1__ListStepsRequest q = GHOSTFLEET__V1__LIST_STEPS_REQUEST__INIT;
	void *answer;

	q.parent = turn_strdup(t, parent);
	q.page_size = limit;
	q.states = &state;
	q.n_states = 1;
	TRY(cli_call(t, c, &ghostfleet__v1__operation_service__descriptor, "ListSteps", &q,
		     &answer));
	*out = answer;
	return OK;
}

static bool some(const char *wei)
{
	return *wei && strcmp(wei, "0") != 0;
}

static void show_head(struct turn *t, FILE *f, const Ghostfleet__V1__Operation *o)
{
	const Ghostfleet__V1__PlanTotals *p = o->plan;
	const char *kind = enum_text(t, &ghostfleet__v1__operation_kind__descriptor, (int)o->kind);

	(void)fprintf(f, "%s: %s %" PRId64 " wallet%s", o->name, kind, p->act,
		      p->act == 1 ? "" : "s");
	if (*o->target)
		(void)fprintf(f, " to %s each", ether_of(t, o->target));
	if (*o->source && o->kind == GHOSTFLEET__V1__OPERATION_KIND__OPERATION_KIND_FUND)
		(void)fprintf(f, " from %s", clean(t, short_name(o->source)));
	if (*o->destination)
		(void)fprintf(f, " to %s", clean(t, o->destination));
	(void)fprintf(f, "%s\n", p->skip ? turn_printf(t, "; %" PRId64 " skipped", p->skip) : "");
	(void)fprintf(f, "  moves              %s\n", ether_of(t, p->value));
	(void)fprintf(f, "  fees at most       %s\n", ether_of(t, p->max_fees));
	if (some(p->gas_loans))
		(void)fprintf(f, "  gas loans          %s\n", ether_of(t, p->gas_loans));
	if (some(p->funder_total))
		(void)fprintf(f, "  the funder pays    %s at most, of %s\n",
			      ether_of(t, p->funder_total), ether_of(t, p->funder_balance));
	for (size_t i = 0; i < p->n_tokens; i++) {
		const Ghostfleet__V1__TokenMove *m = p->tokens[i];

		(void)fprintf(
			f, "  token %-12s %s units%s\n",
			clean(t, *m->symbol ? m->symbol : m->token), clean(t, m->amount),
			some(m->tax) ? turn_printf(t, ", of which a tax takes %s", clean(t, m->tax))
				     : "");
	}
}

enum err plan_failures(struct turn *t, struct cli *c, FILE *f, const Ghostfleet__V1__Operation *o)
{
	static const char *const heads[] = { "FAILED", ">MOVED", "WHY", NULL };
	struct table tb = table_new(t, heads);
	Ghostfleet__V1__ListStepsResponse *r;

	TRY(steps(t, c, o->name, SHOW_FAILED, GHOSTFLEET__V1__STEP_STATE__STEP_STATE_FAILED, &r));
	for (size_t i = 0; i < r->n_steps; i++)
		table_row(&tb, short_name(r->steps[i]->wallet),
			  ether_short(t, *r->steps[i]->moved ? r->steps[i]->moved : "0"),
			  r->steps[i]->text, NULL);
	table_print(&tb, f, "  ");
	if ((int64_t)r->n_steps < o->steps_failed)
		(void)fprintf(
			f, "  and %" PRId64 " more: ghostctl operations steps %s --state failed\n",
			o->steps_failed - (int64_t)r->n_steps, short_name(o->name));
	return OK;
}

static enum err show_work(struct turn *t, struct cli *c, FILE *f,
			  const Ghostfleet__V1__Operation *o)
{
	static const char *const heads[] = { "WALLET",    ">ETHER", ">FEE AT MOST",
					     ">GAS LOAN", "WHAT",   NULL };
	struct table tb = table_new(t, heads);
	Ghostfleet__V1__ListStepsResponse *r;

	TRY(steps(t, c, o->name, SHOW_STEPS, GHOSTFLEET__V1__STEP_STATE__STEP_STATE_PLANNED, &r));
	for (size_t i = 0; i < r->n_steps; i++) {
		const Ghostfleet__V1__Step *s = r->steps[i];

		table_row(&tb, short_name(s->wallet), ether_short(t, s->value),
			  ether_short(t, s->max_fee),
			  some(s->gas_loan) ? ether_short(t, s->gas_loan) : "", s->text, NULL);
	}
	table_print(&tb, f, "  ");
	if ((int64_t)r->n_steps < o->plan->act)
		(void)fprintf(f, "  and %" PRId64 " more: ghostctl operations steps %s\n",
			      o->plan->act - (int64_t)r->n_steps, short_name(o->name));
	return OK;
}

static enum err show_skipped(struct turn *t, struct cli *c, FILE *f,
			     const Ghostfleet__V1__Operation *o)
{
	static const char *const heads[] = { "SKIPPED", "WHY", NULL };
	struct table tb = table_new(t, heads);
	Ghostfleet__V1__ListStepsResponse *r;

	TRY(steps(t, c, o->name, SHOW_SKIPPED, GHOSTFLEET__V1__STEP_STATE__STEP_STATE_SKIPPED, &r));
	for (size_t i = 0; i < r->n_steps; i++)
		table_row(&tb, short_name(r->steps[i]->wallet), r->steps[i]->text, NULL);
	table_print(&tb, f, "  ");
	if ((int64_t)r->n_steps < o->plan->skip)
		(void)fprintf(
			f, "  and %" PRId64 " more: ghostctl operations steps %s --state skipped\n",
			o->plan->skip - (int64_t)r->n_steps, short_name(o->name));
	return OK;
}

enum err plan_show(struct turn *t, struct cli *c, FILE *f, const Ghostfleet__V1__Operation *o)
{
	if (!o->plan)
		return fail(t, ERR_BROKEN, "%s is planned, but the server's answer holds no plan",
			    o->name);
	/* Never run: it waits for that, or there was nothing to run. */
	bool fresh = !o->run_time &&
		     o->state != GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_CANCELLED;

	show_head(t, f, o);
	if (fresh && o->plan->act > 0)
		TRY(show_work(t, c, f, o));
	if (fresh && o->plan->skip > 0)
		TRY(show_skipped(t, c, f, o));
	if (fresh && o->steps_failed > 0)
		TRY(plan_failures(t, c, f, o));
	for (size_t i = 0; i < o->n_warnings; i++)
		(void)fprintf(f, "! %s\n", clean(t, o->warnings[i]));
	return OK;
}
