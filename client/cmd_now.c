/* One screen of 80 by 24, for someone who was just woken up. */
#include <inttypes.h>
#include <string.h>

#include "client/commands.h"
#include "client/fleet_view.h"
#include "client/follow.h"
#include "client/out.h"
#include "ghostfleet/v1/incident.pb-c.h"
#include "store/base/turn.h"

/* Rows of each part; with the heads they fill the screen. */
enum { PROBLEMS = 5, OPERATIONS = 3, CHANGES = 5, WIDTH = 80, SUBJECT = 20, TITLE = 36 };

static void line(struct turn *t, const char *text)
{
	(void)printf("%s\n", clip(t, text, WIDTH));
}

static void show_problems(struct turn *t, const Ghostfleet__V1__Fleet *f,
			  const Ghostfleet__V1__ListIncidentsResponse *r)
{
	/* An incident takes the line of a problem: the screen has no more. */
	size_t most = r->n_incidents ? PROBLEMS - 1 : PROBLEMS;
	bool wrong = f->n_problems + r->n_incidents > 0;

	line(t, wrong ? "WRONG" : "WRONG       nothing known");
	if (r->n_incidents) {
		const Ghostfleet__V1__Incident *i = r->incidents[0];

		line(t, turn_printf(t, "  ! %s, %s: %s%s", clean(t, i->name),
				    enum_text(t, &ghostfleet__v1__incident_severity__descriptor,
					      (int)i->severity),
				    clip(t, clean(t, i->title), TITLE),
				    r->n_incidents > 1 ? "; and others" : ""));
	}
	for (size_t i = 0; i < f->n_problems && i < most; i++)
		line(t, turn_printf(t, "  ! %s", clean(t, f->problems[i])));
	if (f->n_problems > most)
		line(t, turn_printf(t, "  and %zu more: ghostctl status", f->n_problems - most));
}

static void show_money(struct turn *t, const Ghostfleet__V1__Fleet *f)
{
	const Ghostfleet__V1__TransactionCounts *x = f->transactions;
	const Ghostfleet__V1__WalletCounts *w = f->wallets;

	line(t, turn_printf(t, "AT RISK     %s in %" PRId64 " wallets, %s%s",
			    ether_of(t, f->total_balance), w ? w->total : 0,
			    f->oldest_observe_time ? "the oldest seen " : "not looked at yet",
			    f->oldest_observe_time ? age(t, f->oldest_observe_time) : ""));
	if (x && in_the_air(x) > 0)
		line(t,
		     turn_printf(t,
				 "  in the air: %" PRId64 " signed, %" PRId64 " in pool, %" PRId64
				 " mined, %" PRId64 " unknown, %" PRId64 " in review",
				 x->signed_, x->in_pool, x->mined, x->unknown, x->review));
	if (w && w->tripped + w->paused > 0)
		line(t, turn_printf(t, "  wallets: %" PRId64 " tripped, %" PRId64 " paused",
				    w->tripped, w->paused));
}

static void show_operations(struct turn *t, const Ghostfleet__V1__ListOperationsResponse *r)
{
	line(t, r->n_operations ? "WORK" : "WORK        no operation is planned or running");
	for (size_t i = 0; i < r->n_operations && i < OPERATIONS; i++) {
		const Ghostfleet__V1__Operation *o = r->operations[i];

		line(t, turn_printf(t, "  %s %s: %s%s, %" PRId64 " of %" PRId64 " steps, moved %s",
				    clean(t, o->name),
				    enum_text(t, &ghostfleet__v1__operation_kind__descriptor,
					      (int)o->kind),
				    enum_text(t, &ghostfleet__v1__operation_state__descriptor,
					      (int)o->state),
				    o->held ? " (held)" : "", o->steps_done + o->steps_skipped,
				    o->steps_total, ether_of(t, *o->moved ? o->moved : "0")));
	}
}

static const char *subject_of(struct turn *t, const Ghostfleet__V1__Event *v)
{
	bool wallet = strncmp(v->subject, "wallets/", 8) == 0;

	return clip(t, clean(t, wallet ? short_name(v->subject) : v->subject), SUBJECT);
}

static void show_changes(struct turn *t, const Ghostfleet__V1__Fleet *f)
{
	line(t, f->n_recent ? "LAST CHANGES" : "LAST CHANGES none within the hour");
	for (size_t i = 0; i < f->n_recent && i < CHANGES; i++) {
		const Ghostfleet__V1__Event *v = f->recent[i];

		line(t, turn_printf(t, "  %-8s %s %s%s%s%s%s", age(t, v->time), subject_of(t, v),
				    clean(t, v->kind), *v->text ? ": " : "", clean(t, v->text),
				    *v->actor ? ", by " : "", clean(t, v->actor)));
	}
}

static const Ghostfleet__V1__Operation *first_planned(
	const Ghostfleet__V1__ListOperationsResponse *r)
{
	for (size_t i = 0; i < r->n_operations; i++)
		if (r->operations[i]->state ==
		    GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_PLANNED)
			return r->operations[i];
	return NULL;
}

static enum err open_operations(struct turn *t, struct cli *c,
				Ghostfleet__V1__ListOperationsResponse **out)
{
	Ghostfleet__V1__ListOperationsRequest q = GHOSTFLEET__V1__LIST_OPERATIONS_REQUEST__INIT;
	Ghostfleet__V1__OperationState states[] = {
		GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_PLANNING,
		GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_PLANNED,
		GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_RUNNING,
	};
	void *answer;

	q.states = states;
	q.n_states = sizeof(states) / sizeof(states[0]);
	q.page_size = 10;
	TRY(cli_call(t, c, &ghostfleet__v1__operation_service__descriptor, "ListOperations", &q,
		     &answer));
	*out = answer;
	return OK;
}

/* The newest first; one more than is shown says that there are others. A server of before them has
 * none. */
static enum err open_incidents(struct turn *t, struct cli *c,
			       Ghostfleet__V1__ListIncidentsResponse **out)
{
	Ghostfleet__V1__ListIncidentsRequest q = GHOSTFLEET__V1__LIST_INCIDENTS_REQUEST__INIT;
	Ghostfleet__V1__IncidentState states[] = {
		GHOSTFLEET__V1__INCIDENT_STATE__INCIDENT_STATE_TRIGGERED,
		GHOSTFLEET__V1__INCIDENT_STATE__INCIDENT_STATE_ACKNOWLEDGED,
	};
	void *answer;

	q.states = states;
	q.n_states = sizeof(states) / sizeof(states[0]);
	q.page_size = 2;
	enum err e = cli_call(t, c, &ghostfleet__v1__incident_service__descriptor, "ListIncidents",
			      &q, &answer);

	if (e == ERR_NEVER) {
		*out = turn_alloc(t, sizeof(**out));
		ghostfleet__v1__list_incidents_response__init(*out);
		return OK;
	}
	*out = answer;
	return e;
}

enum err cmd_now(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ListIncidentsResponse *incidents;
	Ghostfleet__V1__GetFleetRequest q = GHOSTFLEET__V1__GET_FLEET_REQUEST__INIT;
	Ghostfleet__V1__ListOperationsResponse *open;
	void *answer;
	enum err e;

	TRY(cli_call(t, c, &ghostfleet__v1__fleet_service__descriptor, "GetFleet", &q, &answer));
	const Ghostfleet__V1__GetFleetResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (!r->fleet)
		return fail(t, ERR_BROKEN, "the server's answer holds no fleet");
	TRY(open_operations(t, c, &open));
	TRY(open_incidents(t, c, &incidents));
	const Ghostfleet__V1__Fleet *f = r->fleet;
	struct next_step next = next_step(t, f, first_planned(open), incidents->n_incidents > 0);

	line(t, turn_printf(t, "FLEET       %s", fleet_headline(t, f)));
	if (f->chain)
		line(t, turn_printf(t,
				    "CHAIN       %" PRIu64 ", block %" PRIu64 " seen %s, %" PRId32
				    " of %" PRId32 " endpoints answer",
				    f->chain->chain_id, f->chain->head_block,
				    age(t, f->chain->observe_time), f->chain->endpoints_ok,
				    f->chain->endpoints));
	show_problems(t, f, incidents);
	show_money(t, f);
	show_operations(t, open);
	show_changes(t, f);
	line(t, turn_printf(t, "NEXT        %s", next.type));
	line(t, turn_printf(t, "            %s", next.why));
	return OK;
}
