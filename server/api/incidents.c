/* ghostfleet.v1.IncidentService: what is asked, and what is done to an incident. */
#include "server/api/msg_incident.h"

#include <string.h>

#include "server/api/incidents.h"
#include "server/api/rows.h"
#include "store/base/hex.h"

enum { PAGE = 100, PAGE_MOST = 1000, TIMELINE_ROWS = 500, RATE_MOST = 100 };

static enum err severity_of(struct turn *t, int said, enum incident_severity *out)
{
	if (said < INCIDENT_LOW || said > INCIDENT_CRITICAL)
		return fail(t, ERR_INVALID, "severity: low, medium, high or critical");
	*out = (enum incident_severity)said;
	return OK;
}

static enum err list_incidents(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListIncidentsRequest *in = vin;
	Ghostfleet__V1__ListIncidentsResponse *out = vout;
	struct incident_filter f = { .rule = in->rule, .subject = in->subject };
	struct incident *i;
	size_t limit, n;

	TRY(page_of(t, in->page_size, in->page_token, PAGE, PAGE_MOST, &limit, &f.before));
	TRY(bits_of(t, "states", in->states, in->n_states, INCIDENT_RESOLVED, &f.states));
	TRY(bits_of(t, "severities", in->severities, in->n_severities, INCIDENT_CRITICAL,
		    &f.severities));
	TRY(time_of(t, "start_time", in->start_time, &f.opened_from_ms));
	TRY(time_of(t, "end_time", in->end_time, &f.opened_to_ms));
	TRY(incident_list(t, &f, limit, &i, &n));
	out->incidents = turn_array(t, n + 1, sizeof(*out->incidents));
	for (size_t k = 0; k < n; k++)
		out->incidents[out->n_incidents++] = msg_incident(t, &i[k]);
	if (n == limit)
		out->next_page_token = page_next(t, i[n - 1].id);
	return OK;
}

static enum err get_incident(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GetIncidentRequest *in = vin;
	int64_t id;

	TRY(incident_named(t, "name", in->name, &id));
	if (in->after_seq < 0)
		return fail(t, ERR_INVALID, "after_seq: below zero");
	return msg_whole_incident(t, id, in->after_seq, TIMELINE_ROWS, vout);
}

/* ---- by hand ---- */

static const char *own_key(struct turn *t)
{
	uint8_t bytes[8];
	char hex[2 * sizeof(bytes) + 1];

	turn_random(t, bytes, sizeof(bytes));
	hex_put(bytes, sizeof(bytes), hex);
	return turn_printf(t, "by-hand/%s", hex);
}

static enum err open_incident(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__OpenIncidentRequest *in = vin;
	Ghostfleet__V1__OpenIncidentResponse *out = vout;
	struct trigger g = { .key = *in->key ? in->key : own_key(t),
			     .rule = "",
			     .subject = *in->subject ? in->subject : "fleet",
			     .title = in->title,
			     .text = in->text,
			     .page = !in->ticket,
			     .kind = in->kind ? (enum incident_kind)in->kind : KIND_PLAIN };
	struct incident i;
	bool opened;

	TRY(severity_of(t, (int)in->severity, &g.severity));
	if (g.kind < KIND_PLAIN || g.kind > KIND_RPC_LOSS)
		return fail(t, ERR_INVALID,
			    "kind: plain, slashing, compromise, partition, "
			    "rpc-loss");
	if (strnlen(in->title, INCIDENT_TITLE_MAX + 1) > INCIDENT_TITLE_MAX ||
	    strnlen(in->text, INCIDENT_TEXT_MAX + 1) > INCIDENT_TEXT_MAX ||
	    strnlen(g.subject, 201) > 200)
		return fail(t, ERR_INVALID, "title, text, subject: at most %d, %d and 200 bytes",
			    INCIDENT_TITLE_MAX, INCIDENT_TEXT_MAX);
	TRY(time_of(t, "since_time", in->since_time, &g.since_ms));
	if (g.since_ms > t->now_ms)
		return fail(t, ERR_INVALID, "since_time: in the future");
	TRY(incident_trigger(t, &g, &i, &opened));
	out->opened = opened;
	out->incident = msg_incident(t, &i);
	return OK;
}

/* ---- acts: each of these answers has the same three fields ---- */

static char *not_open(struct turn *t, bool applied)
{
	return turn_strdup(t, applied ? "" : "INCIDENT_NOT_OPEN");
}

#define ANSWER(i, did)                                                                             \
	do {                                                                                       \
		out->incident = msg_incident(t, &(i));                                             \
		out->applied = (did);                                                              \
		out->reason = not_open(t, (did));                                                  \
	} while (0)

/* At three in the night a word is much; but what is HIGH is somebody else's morning. */
static enum err check_comment(struct turn *t, int64_t id, const char *comment)
{
	struct incident i;

	if (strnlen(comment, 1001) > 1000)
		return fail(t, ERR_INVALID, "comment: at most 1000 bytes");
	TRY(incident_get(t, id, &i));
	if (!*comment && i.severity >= INCIDENT_HIGH && i.state != INCIDENT_RESOLVED)
		return fail(t, ERR_INVALID, "comment: say what you are about to do, as it is %s",
			    severity_word(i.severity));
	return OK;
}

static enum err acknowledge_incident(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__AcknowledgeIncidentRequest *in = vin;
	Ghostfleet__V1__AcknowledgeIncidentResponse *out = vout;
	struct incident i;
	bool applied;
	int64_t id;

	TRY(incident_named(t, "name", in->name, &id));
	TRY(check_comment(t, id, in->comment));
	TRY(incident_ack(t, id, t->actor, in->comment, &i, &applied));
	ANSWER(i, applied);
	return OK;
}

static enum err unacknowledge_incident(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__UnacknowledgeIncidentRequest *in = vin;
	Ghostfleet__V1__UnacknowledgeIncidentResponse *out = vout;
	struct incident i;
	bool applied;
	int64_t id;

	TRY(incident_named(t, "name", in->name, &id));
	TRY(incident_unack(t, id, t->actor, in->comment, &i, &applied));
	ANSWER(i, applied);
	if (!applied && i.state == INCIDENT_TRIGGERED)
		out->reason = turn_strdup(t, "INCIDENT_NOT_ACKNOWLEDGED");
	return OK;
}

static enum err resolve_incident(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ResolveIncidentRequest *in = vin;
	Ghostfleet__V1__ResolveIncidentResponse *out = vout;
	struct incident i;
	bool applied;
	int64_t id;

	TRY(incident_named(t, "name", in->name, &id));
	TRY(incident_resolve(t, id, t->actor, in->text, RESOLVED_MANUAL, &i, &applied));
	ANSWER(i, applied);
	return OK;
}

static enum err escalate_incident(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__EscalateIncidentRequest *in = vin;
	Ghostfleet__V1__EscalateIncidentResponse *out = vout;
	struct incident i;
	bool applied;
	int64_t id;

	TRY(incident_named(t, "name", in->name, &id));
	if ((int)in->level < 0 || (int)in->level > LEVEL_LEAD)
		return fail(t, ERR_INVALID, "level: primary, secondary or lead");
	TRY(incident_escalate(t, id, t->actor, (enum page_level)in->level, in->comment, &i,
			      &applied));
	ANSWER(i, applied);
	return OK;
}

static enum err set_severity(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__SetIncidentSeverityRequest *in = vin;
	Ghostfleet__V1__SetIncidentSeverityResponse *out = vout;
	enum incident_severity to = INCIDENT_LOW;
	struct incident i;
	bool applied;
	int64_t id;

	TRY(incident_named(t, "name", in->name, &id));
	TRY(severity_of(t, (int)in->severity, &to));
	TRY(incident_set_severity(t, id, to, t->actor, in->comment, &i, &applied));
	ANSWER(i, applied || i.state != INCIDENT_RESOLVED);
	return OK;
}

/* ---- what people write ---- */

static enum err add_note(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__AddIncidentNoteRequest *in = vin;
	Ghostfleet__V1__AddIncidentNoteResponse *out = vout;
	struct note n;
	int64_t id;

	TRY(incident_named(t, "parent", in->parent, &id));
	TRY(incident_note(t, id, t->actor, in->text, &n));
	out->note = msg_note(t, &n);
	return OK;
}

/* "incidents/12/notes/3", or the 3 alone. */
static enum err note_id(struct turn *t, const char *name, int64_t *out)
{
	const char *last = strrchr(name, '/');

	return id_of(t, "name", "notes", last ? last + 1 : name, out);
}

static enum err edit_note(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__EditIncidentNoteRequest *in = vin;
	Ghostfleet__V1__EditIncidentNoteResponse *out = vout;
	struct note n;
	int64_t id;

	TRY(note_id(t, in->name, &id));
	TRY(incident_note_edit(t, id, t->actor, in->text, &n));
	out->note = msg_note(t, &n);
	return OK;
}

static enum err list_versions(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListIncidentNoteVersionsRequest *in = vin;
	Ghostfleet__V1__ListIncidentNoteVersionsResponse *out = vout;
	struct note_version *v;
	struct note now;
	int64_t id;
	size_t n;

	TRY(note_id(t, in->name, &id));
	TRY(note_get(t, id, &now));
	TRY(note_history(t, id, &v, &n));
	out->versions = turn_array(t, n + 1, sizeof(*out->versions));
	for (size_t k = 0; k < n; k++) {
		struct note old = { .id = id,
				    .incident = now.incident,
				    .author = v[k].author,
				    .at_ms = v[k].at_ms,
				    .text = v[k].text,
				    .edits = v[k].edit,
				    .edited_by = "" };

		out->versions[out->n_versions++] = msg_note(t, &old);
	}
	return OK;
}

static enum err answer_incident(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__AnswerIncidentRequest *in = vin;
	Ghostfleet__V1__AnswerIncidentResponse *out = vout;
	struct incident i;
	int64_t id;

	TRY(incident_named(t, "name", in->name, &id));
	TRY(incident_answer_put(t, id, t->actor, in->field, in->text, &i));
	return msg_fields(t, &i, &out->fields, &out->n_fields);
}

static enum err add_action(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__AddActionItemRequest *in = vin;
	Ghostfleet__V1__AddActionItemResponse *out = vout;
	struct action_item a = { .kind = (enum action_kind)in->kind,
				 .text = in->text,
				 .owner = in->owner,
				 .done_by = "" };

	TRY(incident_named(t, "parent", in->parent, &a.incident));
	TRY(time_of(t, "due_time", in->due_time, &a.due_ms));
	TRY(incident_action_add(t, &a));
	out->action_item = msg_action(t, &a);
	return OK;
}

static enum err finish_action(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__FinishActionItemRequest *in = vin;
	Ghostfleet__V1__FinishActionItemResponse *out = vout;
	struct action_item a;
	bool changed;
	int64_t id;

	TRY(id_of(t, "name", "actionItems", in->name, &id));
	TRY(incident_action_done(t, id, t->actor, !in->reopen, &a, &changed));
	out->changed = changed;
	out->action_item = msg_action(t, &a);
	return OK;
}

static enum err list_actions(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListActionItemsRequest *in = vin;
	Ghostfleet__V1__ListActionItemsResponse *out = vout;
	struct action_item *a;
	size_t limit, n;
	int64_t after;

	TRY(page_of(t, in->page_size, "", PAGE, PAGE_MOST, &limit, &after));
	TRY(action_list(t, 0, limit, &a, &n));
	out->action_items = turn_array(t, n + 1, sizeof(*out->action_items));
	for (size_t k = 0; k < n; k++)
		out->action_items[out->n_action_items++] = msg_action(t, &a[k]);
	return OK;
}

static enum err link_incidents(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__LinkIncidentsRequest *in = vin;
	Ghostfleet__V1__LinkIncidentsResponse *out = vout;
	struct incident i;
	int64_t id, other;
	bool changed;

	TRY(incident_named(t, "name", in->name, &id));
	TRY(incident_named(t, "other", in->other, &other));
	TRY(incident_link(t, id, other, t->actor, in->merge, &i, &changed));
	out->changed = changed;
	out->incident = msg_incident(t, &i);
	return OK;
}

static enum err rate_incidents(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__RateIncidentsRequest *in = vin;
	Ghostfleet__V1__RateIncidentsResponse *out = vout;

	if (in->n_names == 0 || in->n_names > RATE_MOST)
		return fail(t, ERR_INVALID, "names: 1 to %d incidents", RATE_MOST);
	out->incidents = turn_array(t, in->n_names, sizeof(*out->incidents));
	for (size_t k = 0; k < in->n_names; k++) {
		struct incident i;
		int64_t id;

		TRY(incident_named(t, "names", in->names[k], &id));
		TRY(incident_rate(t, id, t->actor, (enum incident_feedback)in->feedback, in->text,
				  &i));
		out->incidents[out->n_incidents++] = msg_incident(t, &i);
	}
	return OK;
}

static enum err set_impact(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__SetIncidentImpactRequest *in = vin;
	Ghostfleet__V1__SetIncidentImpactResponse *out = vout;
	struct incident_impact to = { .downtime_ms = -1, .missed = -1, .wallets = -1 };
	const Ghostfleet__V1__IncidentImpact *m = in->impact;
	struct incident i;
	int64_t id;

	TRY(incident_named(t, "name", in->name, &id));
	if (!m)
		return fail(t, ERR_INVALID, "impact: which numbers?");
	if (m->downtime)
		TRY(duration_of(t, "impact.downtime", m->downtime, 0, INT64_MAX / 2,
				&to.downtime_ms));
	if (m->_missed_duties_case)
		to.missed = m->missed_duties;
	if (m->_wallets_case)
		to.wallets = m->wallets;
	if ((m->_missed_duties_case && to.missed < 0) || (m->_wallets_case && to.wallets < 0))
		return fail(t, ERR_INVALID, "impact: below zero");
	to.balance_known = m->_balance_change_gwei_case != 0;
	to.balance_gwei = m->balance_change_gwei;
	TRY(incident_set_impact(t, id, t->actor, &to, in->comment, &i));
	out->incident = msg_incident(t, &i);
	return OK;
}

static enum err announce_incident(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__AnnounceIncidentRequest *in = vin;
	Ghostfleet__V1__AnnounceIncidentResponse *out = vout;
	struct announcement a = { .author = t->actor,
				  .state = (enum announce_state)in->state,
				  .title = in->title,
				  .text = in->text };
	const char **told;
	size_t n;

	if (*in->name)
		TRY(incident_named(t, "name", in->name, &a.incident));
	TRY(incident_announce(t, &a, &told, &n));
	out->announcement = msg_announcement(t, &a);
	out->channels = turn_array(t, n + 1, sizeof(*out->channels));
	for (size_t k = 0; k < n; k++)
		out->channels[out->n_channels++] = turn_printf(t, "channels/%s", told[k]);
	return OK;
}

#define S "ghostfleet.v1.IncidentService"
#define ACT(name, fn)                                                                              \
	{                                                                                          \
		S, name, METHOD_WRITE, ROLE_OPERATOR, 0, 0, fn, NULL                               \
	}
/* An acknowledgement must get through when the disk is full and the lane is busy. */
#define NOW(name, fn)                                                                              \
	{                                                                                          \
		S, name, METHOD_WRITE, ROLE_OPERATOR, METHOD_URGENT | METHOD_EMERGENCY, 0, fn,     \
			NULL                                                                       \
	}
const struct method incident_rows[] = {
	{ S, "ListIncidents", METHOD_READ, ANY_READER, METHOD_CACHED, TOPIC_INCIDENT,
	  list_incidents, NULL },
	{ S, "GetIncident", METHOD_READ, ANY_READER, METHOD_CACHED, TOPIC_INCIDENT, get_incident,
	  NULL },
	NOW("OpenIncident", open_incident),
	NOW("AcknowledgeIncident", acknowledge_incident),
	NOW("UnacknowledgeIncident", unacknowledge_incident),
	NOW("ResolveIncident", resolve_incident),
	NOW("EscalateIncident", escalate_incident),
	ACT("SetIncidentSeverity", set_severity),
	ACT("AddIncidentNote", add_note),
	ACT("EditIncidentNote", edit_note),
	{ S, "ListIncidentNoteVersions", METHOD_READ, ANY_READER, 0, 0, list_versions, NULL },
	ACT("AnswerIncident", answer_incident),
	ACT("AddActionItem", add_action),
	ACT("FinishActionItem", finish_action),
	{ S, "ListActionItems", METHOD_READ, ANY_READER, 0, 0, list_actions, NULL },
	ACT("LinkIncidents", link_incidents),
	ACT("RateIncidents", rate_incidents),
	ACT("SetIncidentImpact", set_impact),
	ACT("AnnounceIncident", announce_incident),
	{ S, "ExportIncidents", METHOD_SLOW, ANY_READER, 0, 0, export_incidents, NULL },
	{ S, "GetIncidentReport", METHOD_SLOW, ANY_READER, 0, 0, incident_report, NULL },
	{ S, "WatchIncidents", METHOD_STREAM, ANY_READER, 0, TOPIC_INCIDENT, NULL,
	  watch_incidents },
};
const size_t n_incident_rows = sizeof(incident_rows) / sizeof(incident_rows[0]);
