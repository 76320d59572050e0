/* ghostfleet.v1.IncidentService: exports, the report, and the stream. */
#include "server/api/incidents.h"

#include "proto/json.h"
#include "server/api/msg_incident.h"
#include "server/core/incident_export.h"
#include "store/events.h"

enum { NAMES_MOST = 100, LIST_MOST = 1000, WHOLE_MOST = 100, REPORT_RULES = 50, OVERDUE = 50 };
static const int64_t MONTH = 30 * INT64_C(86400000);

/* ---- exports ---- */

/* Those that were named, or of the times. */
static enum err chosen(struct turn *t, const Ghostfleet__V1__ExportIncidentsRequest *in,
		       size_t most, struct incident **out, size_t *n_out, bool *more_out)
{
	struct incident_filter f = { 0 };

	*more_out = false;
	if (in->n_names > NAMES_MOST)
		return fail(t, ERR_INVALID, "names: at most %d", NAMES_MOST);
	*n_out = in->n_names;
	*out = turn_array(t, in->n_names + 1, sizeof(**out));
	for (size_t k = 0; k < in->n_names; k++) {
		int64_t id;

		TRY(incident_named(t, "names", in->names[k], &id));
		TRY(incident_get(t, id, &(*out)[k]));
	}
	if (in->n_names > 0)
		return OK;
	TRY(time_of(t, "start_time", in->start_time, &f.opened_from_ms));
	TRY(time_of(t, "end_time", in->end_time, &f.opened_to_ms));
	TRY(incident_list(t, &f, most + 1, out, n_out));
	*more_out = *n_out > most;
	*n_out = *more_out ? most : *n_out;
	return OK;
}

static enum err as_json(struct turn *t, const struct incident *i, size_t n, struct buf *b)
{
	buf_str(b, "{\"incidents\":[");
	for (size_t k = 0; k < n; k++) {
		Ghostfleet__V1__GetIncidentResponse *m =
			msg_new(t, &ghostfleet__v1__get_incident_response__descriptor);
		char *text;
		size_t length;

		TRY(msg_whole_incident(t, i[k].id, 0, EXPORT_ROWS, m));
		if (!json_print(&m->base, 0, &text, &length))
			return fail(t, ERR_BROKEN, "incident %lld cannot be written as JSON",
				    (long long)i[k].id);
		buf_str(b, k ? "," : "");
		buf_add(b, text, length);
		json_text_free(text);
	}
	buf_str(b, "]}\n");
	return OK;
}

static enum err as_csv(struct turn *t, const struct incident *i, size_t n, struct buf *b)
{
	incidents_csv_head(b);
	for (size_t k = 0; k < n; k++)
		TRY(incident_csv(t, &i[k], b));
	return OK;
}

enum err export_incidents(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ExportIncidentsRequest *in = vin;
	Ghostfleet__V1__ExportIncidentsResponse *out = vout;
	bool csv = in->format == GHOSTFLEET__V1__EXPORT_FORMAT__EXPORT_FORMAT_CSV;
	struct buf b = buf_in(t->mem, EXPORT_MAX);
	const char *type = "application/json";
	struct incident *i;
	bool more;
	size_t n;

	TRY(chosen(t, in, csv ? LIST_MOST : WHOLE_MOST, &i, &n, &more));
	if (csv) {
		type = "text/csv";
		TRY(as_csv(t, i, n, &b));
	} else if (in->format == GHOSTFLEET__V1__EXPORT_FORMAT__EXPORT_FORMAT_JSON) {
		TRY(as_json(t, i, n, &b));
	} else if (in->format == GHOSTFLEET__V1__EXPORT_FORMAT__EXPORT_FORMAT_MARKDOWN) {
		if (in->n_names != 1)
			return fail(t, ERR_INVALID, "names: a postmortem is of one incident");
		type = "text/markdown";
		TRY(incident_markdown(t, i[0].id, &b));
	} else {
		return fail(t, ERR_INVALID, "format: markdown, json or csv");
	}
	if (b.full)
		return fail(t, ERR_FULL, "more than %d bytes: export fewer at a time", EXPORT_MAX);
	out->text = msg_text(t, buf_text(&b));
	out->media_type = msg_text(t, type);
	out->more = more;
	return OK;
}

/* ---- the report ---- */

static void severities(struct turn *t, const struct incident_counts *c,
		       Ghostfleet__V1__GetIncidentReportResponse *out)
{
	out->severities = turn_array(t, INCIDENT_CRITICAL, sizeof(*out->severities));
	for (int s = INCIDENT_CRITICAL; s >= INCIDENT_LOW; s--) {
		Ghostfleet__V1__SeverityReport *m =
			msg_new(t, &ghostfleet__v1__severity_report__descriptor);

		m->severity = (Ghostfleet__V1__IncidentSeverity)s;
		m->opened = c->opened[s];
		m->open = c->open[s];
		m->acknowledge_missed = c->ack_missed[s];
		m->resolve_missed = c->resolve_missed[s];
		out->severities[out->n_severities++] = m;
	}
}

static enum err rules(struct turn *t, int64_t since_ms,
		      Ghostfleet__V1__GetIncidentReportResponse *out)
{
	struct incident_rule *r;
	size_t n;

	TRY(incident_rules(t, since_ms, REPORT_RULES, &r, &n));
	out->rules = turn_array(t, n + 1, sizeof(*out->rules));
	for (size_t k = 0; k < n; k++) {
		Ghostfleet__V1__RuleReport *m =
			msg_new(t, &ghostfleet__v1__rule_report__descriptor);

		m->rule = msg_text(t, r[k].rule);
		m->incidents = r[k].incidents;
		m->pages = r[k].pages;
		m->noise = r[k].noise;
		m->actionable = r[k].actionable;
		out->rules[out->n_rules++] = m;
	}
	return OK;
}

static enum err overdue(struct turn *t, Ghostfleet__V1__GetIncidentReportResponse *out)
{
	struct action_item *a;
	size_t n;

	TRY(action_list(t, 0, OVERDUE, &a, &n));
	out->overdue = turn_array(t, n + 1, sizeof(*out->overdue));
	for (size_t k = 0; k < n && a[k].due_ms > 0 && a[k].due_ms < t->now_ms; k++)
		out->overdue[out->n_overdue++] = msg_action(t, &a[k]);
	return OK;
}

enum err incident_report(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GetIncidentReportRequest *in = vin;
	Ghostfleet__V1__GetIncidentReportResponse *out = vout;
	int64_t since_ms = t->now_ms - MONTH;
	struct incident_counts c;

	if (in->start_time)
		TRY(time_of(t, "start_time", in->start_time, &since_ms));
	TRY(incident_count(t, since_ms, &c));
	severities(t, &c, out);
	out->open = c.open[0];
	out->unacknowledged = c.unacknowledged;
	if (c.acked)
		out->mean_time_to_acknowledge = msg_duration(t, c.ack_sum_ms / c.acked);
	if (c.resolved)
		out->mean_time_to_resolve = msg_duration(t, c.resolve_sum_ms / c.resolved);
	TRY(rules(t, since_ms, out));
	return overdue(t, out);
}

/* ---- the stream ---- */

static enum err with_incident(struct turn *t, const struct event *e,
			      Ghostfleet__V1__WatchIncidentsResponse *out)
{
	struct incident i;
	int64_t id;

	out->kind_case = GHOSTFLEET__V1__WATCH_INCIDENTS_RESPONSE__KIND_EVENT;
	out->event = msg_event(t, e);
	if (id_of(t, "subject", "incidents", e->subject, &id) != OK)
		return OK;
	TRY(incident_get(t, id, &i));
	out->incident = msg_incident(t, &i);
	return OK;
}

enum err watch_incidents(struct turn *t, struct watch *w, void *vout, bool *have)
{
	const Ghostfleet__V1__WatchIncidentsRequest *in = w->in;
	Ghostfleet__V1__WatchIncidentsResponse *out = vout;
	struct event *e;
	size_t n;

	if (!w->state) { /* the first turn of the stream */
		w->state = w;
		w->after = in->after_event_id;
		if (in->after_event_id < 0)
			return fail(t, ERR_INVALID, "after_event_id: below zero");
		if (in->after_event_id == 0)
			TRY(event_last(t, &w->after));
	}
	TRY(event_list(t, w->after, TOPIC_INCIDENT, NULL, 1, &e, &n));
	*have = n > 0 || w->heartbeat;
	if (n > 0) {
		w->after = e->id;
		return with_incident(t, e, out);
	}
	if (w->heartbeat) {
		out->kind_case = GHOSTFLEET__V1__WATCH_INCIDENTS_RESPONSE__KIND_HEARTBEAT;
		out->heartbeat = msg_new(t, &ghostfleet__v1__heartbeat__descriptor);
		out->heartbeat->last_event_id = w->after;
		out->heartbeat->time = msg_time(t, t->now_ms);
	}
	return OK;
}
