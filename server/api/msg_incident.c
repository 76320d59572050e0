#include "server/api/msg_incident.h"

#include <string.h>

#include "server/core/incident_template.h"

enum { EARLIER = 3, ANNOUNCEMENTS = 100 };

enum err incident_named(struct turn *t, const char *field, const char *name, int64_t *out)
{
	static const char folder[] = "incidents/";
	bool full = strncmp(name, folder, sizeof(folder) - 1) == 0;
	const char *plain = full ? name + sizeof(folder) - 1 : name;
	struct incident i;

	if (strspn(plain, "0123456789") == strlen(plain) ||
	    strnlen(plain, INCIDENT_KEY_MAX + 1) > INCIDENT_KEY_MAX)
		return id_of(t, field, "incidents", name, out);
	enum err e = incident_last_of(t, plain, &i);

	if (e == ERR_MISSING)
		return fail(t, e, "no incident of the key '%.100s'", plain);
	*out = i.id;
	return e;
}

static char *name_or_none(struct turn *t, const char *folder, int64_t id)
{
	return id ? turn_printf(t, "%s/%lld", folder, (long long)id) : turn_strdup(t, "");
}

static Ghostfleet__V1__IncidentImpact *msg_impact(struct turn *t, const struct incident *i)
{
	Ghostfleet__V1__IncidentImpact *m =
		msg_new(t, &ghostfleet__v1__incident_impact__descriptor);

	if (i->downtime_ms >= 0)
		m->downtime = msg_duration(t, i->downtime_ms);
	if (i->missed >= 0) {
		m->_missed_duties_case =
			GHOSTFLEET__V1__INCIDENT_IMPACT___MISSED_DUTIES_MISSED_DUTIES;
		m->missed_duties = i->missed;
	}
	if (i->balance_known) {
		m->_balance_change_gwei_case =
			GHOSTFLEET__V1__INCIDENT_IMPACT___BALANCE_CHANGE_GWEI_BALANCE_CHANGE_GWEI;
		m->balance_change_gwei = i->balance_gwei;
	}
	if (i->wallets >= 0) {
		m->_wallets_case = GHOSTFLEET__V1__INCIDENT_IMPACT___WALLETS_WALLETS;
		m->wallets = i->wallets;
	}
	return m;
}

Ghostfleet__V1__Incident *msg_incident(struct turn *t, const struct incident *i)
{
	Ghostfleet__V1__Incident *m = msg_new(t, &ghostfleet__v1__incident__descriptor);

	m->name = turn_strdup(t, incident_subject(t, i->id));
	m->etag = turn_printf(t, "%lld", (long long)i->version);
	m->key = msg_text(t, i->key);
	m->rule = msg_text(t, i->rule);
	m->kind = (Ghostfleet__V1__IncidentKind)i->kind;
	m->subject = msg_text(t, i->subject);
	m->title = msg_text(t, i->title);
	m->text = msg_text(t, i->text);
	m->severity = (Ghostfleet__V1__IncidentSeverity)i->severity;
	m->state = (Ghostfleet__V1__IncidentState)i->state;
	m->resolution = (Ghostfleet__V1__IncidentResolution)i->resolution;
	m->page = i->page;
	m->never_suppress = i->never_suppress;
	m->flapping = i->flapping;
	m->occurrences = i->occurrences;
	m->since_time = msg_time(t, i->since_ms);
	m->open_time = msg_time(t, i->opened_ms);
	m->last_time = msg_time(t, i->seen_ms);
	m->level = (Ghostfleet__V1__CallLevel)i->level;
	m->pages = i->pages;
	m->acknowledged_by = msg_text(t, i->ack_by);
	m->acknowledge_time = *i->ack_by ? msg_time(t, i->ack_ms) : NULL;
	m->acknowledge_deadline = msg_time(t, i->ack_due_ms);
	m->resolve_deadline = msg_time(t, i->resolve_due_ms);
	m->acknowledge_expire_time = msg_time(t, i->lapse_due_ms);
	m->acknowledge_missed = i->ack_missed;
	m->resolve_missed = i->resolve_missed;
	m->resolved_by = msg_text(t, i->resolved_by);
	m->resolve_time = msg_time(t, i->resolved_ms);
	m->recurrence_of = name_or_none(t, "incidents", i->recurrence_of);
	m->merged_into = name_or_none(t, "incidents", i->merged_into);
	m->impact = msg_impact(t, i);
	m->feedback = (Ghostfleet__V1__IncidentFeedback)i->feedback;
	m->feedback_text = msg_text(t, i->feedback_text);
	return m;
}

Ghostfleet__V1__TimelineRow *msg_row(struct turn *t, const struct incident_row *r)
{
	Ghostfleet__V1__TimelineRow *m = msg_new(t, &ghostfleet__v1__timeline_row__descriptor);

	m->seq = r->seq;
	m->time = msg_time(t, r->at_ms);
	m->kind = (Ghostfleet__V1__TimelineKind)r->kind;
	m->actor = msg_text(t, r->actor);
	m->text = msg_text(t, r->text);
	m->count = r->n;
	m->audit_id = r->audit;
	return m;
}

Ghostfleet__V1__IncidentNote *msg_note(struct turn *t, const struct note *n)
{
	Ghostfleet__V1__IncidentNote *m = msg_new(t, &ghostfleet__v1__incident_note__descriptor);

	m->name = turn_printf(t, "incidents/%lld/notes/%lld", (long long)n->incident,
			      (long long)n->id);
	m->author = msg_text(t, n->author);
	m->create_time = msg_time(t, n->at_ms);
	m->text = msg_text(t, n->text);
	m->edits = n->edits;
	m->edited_by = msg_text(t, n->edited_by);
	m->edit_time = msg_time(t, n->edited_ms);
	return m;
}

Ghostfleet__V1__ActionItem *msg_action(struct turn *t, const struct action_item *a)
{
	Ghostfleet__V1__ActionItem *m = msg_new(t, &ghostfleet__v1__action_item__descriptor);

	m->name = name_or_none(t, "actionItems", a->id);
	m->incident = name_or_none(t, "incidents", a->incident);
	m->kind = (Ghostfleet__V1__ActionItemKind)a->kind;
	m->text = msg_text(t, a->text);
	m->owner = msg_text(t, a->owner);
	m->due_time = msg_time(t, a->due_ms);
	m->done_time = msg_time(t, a->done_ms);
	m->done_by = msg_text(t, a->done_by);
	return m;
}

Ghostfleet__V1__Announcement *msg_announcement(struct turn *t, const struct announcement *a)
{
	Ghostfleet__V1__Announcement *m = msg_new(t, &ghostfleet__v1__announcement__descriptor);

	m->name = name_or_none(t, "announcements", a->id);
	m->incident = name_or_none(t, "incidents", a->incident);
	m->time = msg_time(t, a->at_ms);
	m->author = msg_text(t, a->author);
	m->state = (Ghostfleet__V1__AnnouncementState)a->state;
	m->title = msg_text(t, a->title);
	m->text = msg_text(t, a->text);
	return m;
}

static void fill_answer(struct turn *t, const struct incident_answer *a, size_t n,
			Ghostfleet__V1__TemplateField *m)
{
	for (size_t k = 0; k < n; k++) {
		if (strcmp(a[k].field, m->field) != 0)
			continue;
		m->text = msg_text(t, a[k].text);
		m->author = msg_text(t, a[k].author);
		m->time = msg_time(t, a[k].at_ms);
	}
}

enum err msg_fields(struct turn *t, const struct incident *i, Ghostfleet__V1__TemplateField ***out,
		    size_t *n_out)
{
	struct incident_answer *a;
	size_t n, n_answers;
	const struct template_field *f = incident_template(i->kind, &n);

	TRY(answer_list(t, i->id, &a, &n_answers));
	*out = turn_array(t, n + 1, sizeof(**out));
	for (*n_out = 0; *n_out < n; (*n_out)++) {
		Ghostfleet__V1__TemplateField *m =
			msg_new(t, &ghostfleet__v1__template_field__descriptor);

		m->field = msg_text(t, f[*n_out].name);
		m->question = msg_text(t, f[*n_out].question);
		fill_answer(t, a, n_answers, m);
		(*out)[*n_out] = m;
	}
	return OK;
}

static enum err notes(struct turn *t, int64_t id, Ghostfleet__V1__GetIncidentResponse *out)
{
	struct note *list;
	size_t n;

	TRY(note_list(t, id, &list, &n));
	out->notes = turn_array(t, n + 1, sizeof(*out->notes));
	for (size_t k = 0; k < n; k++)
		out->notes[out->n_notes++] = msg_note(t, &list[k]);
	return OK;
}

static enum err actions(struct turn *t, int64_t id, Ghostfleet__V1__GetIncidentResponse *out)
{
	struct action_item *list;
	size_t n;

	TRY(action_list(t, id, ACTIONS_MAX, &list, &n));
	out->action_items = turn_array(t, n + 1, sizeof(*out->action_items));
	for (size_t k = 0; k < n; k++)
		out->action_items[out->n_action_items++] = msg_action(t, &list[k]);
	return OK;
}

static enum err links(struct turn *t, int64_t id, Ghostfleet__V1__GetIncidentResponse *out)
{
	int64_t *list;
	size_t n;

	TRY(incident_link_list(t, id, &list, &n));
	out->linked = turn_array(t, n + 1, sizeof(*out->linked));
	for (size_t k = 0; k < n; k++)
		out->linked[out->n_linked++] = name_or_none(t, "incidents", list[k]);
	return OK;
}

static enum err announcements(struct turn *t, int64_t id, Ghostfleet__V1__GetIncidentResponse *out)
{
	struct announcement *list;
	size_t n;

	TRY(announcement_list(t, id, 0, ANNOUNCEMENTS, &list, &n));
	out->announcements = turn_array(t, n + 1, sizeof(*out->announcements));
	for (size_t k = 0; k < n; k++)
		out->announcements[out->n_announcements++] = msg_announcement(t, &list[k]);
	return OK;
}

static enum err earlier(struct turn *t, const struct incident *i,
			Ghostfleet__V1__GetIncidentResponse *out)
{
	struct incident *list;
	size_t n;

	TRY(incident_earlier(t, i, EARLIER, &list, &n));
	out->earlier = turn_array(t, n + 1, sizeof(*out->earlier));
	for (size_t k = 0; k < n; k++)
		out->earlier[out->n_earlier++] = msg_incident(t, &list[k]);
	return OK;
}

enum err msg_whole_incident(struct turn *t, int64_t id, int64_t after, size_t rows,
			    Ghostfleet__V1__GetIncidentResponse *out)
{
	struct incident i;
	struct incident_row *r;
	size_t n;

	TRY(incident_get(t, id, &i));
	out->incident = msg_incident(t, &i);
	TRY(notes(t, id, out));
	TRY(msg_fields(t, &i, &out->fields, &out->n_fields));
	TRY(actions(t, id, out));
	TRY(links(t, id, out));
	TRY(announcements(t, id, out));
	TRY(earlier(t, &i, out));
	TRY(incident_timeline(t, id, after, rows + 1, &r, &n));
	out->more = n > rows;
	out->timeline = turn_array(t, n + 1, sizeof(*out->timeline));
	for (size_t k = 0; k < n && k < rows; k++)
		out->timeline[out->n_timeline++] = msg_row(t, &r[k]);
	return OK;
}
