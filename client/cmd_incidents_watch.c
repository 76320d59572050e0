/* Incidents as they happen, in 40 columns. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/call.h"
#include "client/commands.h"
#include "client/incident_view.h"
#include "client/out.h"
#include "client/stop.h"
#include "store/base/clock.h"
#include "store/base/turn.h"

enum { QUIET_MS = 45000, AWAY_MS = 120000, AGAIN_MS = 500, OPEN_SHOWN = 50 };

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__incident_service__descriptor;

struct watching {
	struct cli *c;
	int64_t after, heard_ms, due_ms;
};

static enum err show_change(struct turn *t, const struct cli *c,
			    const Ghostfleet__V1__WatchIncidentsResponse *r)
{
	static const char prefix[] = "incident.";
	const Ghostfleet__V1__Event *v = r->event;
	char when[CLOCK_TEXT];

	if (c->format != FORMAT_TABLE) {
		struct cli lines = *c;

		lines.format = FORMAT_JSONL;
		return out_message(t, &lines, &r->base);
	}
	const char *kind = strncmp(v->kind, prefix, sizeof(prefix) - 1) == 0
				   ? v->kind + sizeof(prefix) - 1
				   : v->kind;

	clock_text(v->time ? stamp_ms(v->time) : 0, when);
	(void)printf("%.5s ", when + 11);
	(void)printf("%s%s\n",
		     r->incident ? turn_printf(t, "#%s ", short_name(r->incident->name)) : "",
		     clean(t, kind));
	narrow_text(t, "  ", v->text);
	return OK;
}

static enum err on_change(struct turn *t, const void *message, void *arg, bool *stop)
{
	const Ghostfleet__V1__WatchIncidentsResponse *r = message;
	struct watching *w = arg;
	enum err e = OK;

	w->heard_ms = clock_mono_ms();
	if (r->kind_case == GHOSTFLEET__V1__WATCH_INCIDENTS_RESPONSE__KIND_EVENT) {
		w->after = r->event->id;
		e = show_change(t, w->c, r);
	} else if (r->kind_case == GHOSTFLEET__V1__WATCH_INCIDENTS_RESPONSE__KIND_HEARTBEAT) {
		w->after = r->heartbeat->last_event_id;
	}
	*stop = fflush(stdout) != 0; /* whoever read us is gone */
	return e;
}

/* What is open now, the worst last: it is what one sees on a small screen. */
static enum err show_open(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ListIncidentsRequest q = GHOSTFLEET__V1__LIST_INCIDENTS_REQUEST__INIT;
	Ghostfleet__V1__IncidentState open[] = {
		GHOSTFLEET__V1__INCIDENT_STATE__INCIDENT_STATE_TRIGGERED,
		GHOSTFLEET__V1__INCIDENT_STATE__INCIDENT_STATE_ACKNOWLEDGED,
	};
	void *answer;

	q.states = open;
	q.n_states = sizeof(open) / sizeof(open[0]);
	q.page_size = OPEN_SHOWN;
	TRY(cli_call(t, c, service, "ListIncidents", &q, &answer));
	const Ghostfleet__V1__ListIncidentsResponse *r = answer;

	if (c->format != FORMAT_TABLE)
		return OK;
	for (int s = GHOSTFLEET__V1__INCIDENT_SEVERITY__INCIDENT_SEVERITY_LOW;
	     s <= GHOSTFLEET__V1__INCIDENT_SEVERITY__INCIDENT_SEVERITY_CRITICAL; s++)
		for (size_t k = 0; k < r->n_incidents; k++)
			if ((int)r->incidents[k]->severity == s)
				narrow_incident(t, r->incidents[k]);
	(void)printf("%s\n", r->n_incidents ? "--" : "no incident is open\n--");
	(void)fflush(stdout);
	return OK;
}

/* The newest event, so that nothing is lost should the first stream break. */
static enum err start_from(struct turn *t, struct cli *c, int64_t *after)
{
	Ghostfleet__V1__GetFleetRequest q = GHOSTFLEET__V1__GET_FLEET_REQUEST__INIT;
	uint64_t id;
	void *answer;

	if (cli_has(c, OPT_AFTER)) {
		if (args_count(t, c->args.opt[OPT_AFTER], OPT_AFTER, 1000000000000000, &id) != OK)
			return usage(t, c, "%s", t->why);
		*after = (int64_t)id;
		return OK;
	}
	TRY(cli_call(t, c, &ghostfleet__v1__fleet_service__descriptor, "GetFleet", &q, &answer));
	const Ghostfleet__V1__GetFleetResponse *r = answer;

	*after = r->fleet ? r->fleet->last_event_id : 0;
	return OK;
}

static int64_t quiet_ms(const struct watching *w)
{
	int64_t left = w->due_ms - clock_mono_ms();

	if (!w->due_ms || left > QUIET_MS)
		return QUIET_MS;
	return left > 0 ? left : 1;
}

enum err cmd_incidents_watch(struct turn *t, struct cli *c)
{
	int64_t now = clock_mono_ms();
	struct watching w = { .c = c,
			      .heard_ms = now,
			      .due_ms = c->timeout_ms ? now + c->timeout_ms : 0 };

	TRY(start_from(t, c, &w.after));
	TRY(show_open(t, c));
	while (!stop_asked() && !ferror(stdout)) {
		Ghostfleet__V1__WatchIncidentsRequest q =
			GHOSTFLEET__V1__WATCH_INCIDENTS_REQUEST__INIT;

		q.after_event_id = w.after;
		enum err e = call_stream(t, c->channel, service, "WatchIncidents", &q, quiet_ms(&w),
					 on_change, &w);

		now = clock_mono_ms();
		if (stop_asked() || (w.due_ms && now >= w.due_ms))
			break;
		if (e != OK && e != ERR_AWAY && e != ERR_LATE)
			return e;
		if (now - w.heard_ms > AWAY_MS)
			return fail(t, ERR_AWAY,
				    "the server is not heard of for 2 minutes; go on with: "
				    "ghostctl incidents watch --after %" PRId64,
				    w.after);
		(void)stop_sleep(AGAIN_MS);
	}
	return OK;
}
