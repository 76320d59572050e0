/* Incidents: what is open, and what a person does about one. */
#include <inttypes.h>
#include <string.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/incident_view.h"
#include "client/list.h"
#include "client/when.h"
#include "store/base/turn.h"

enum { NOTE_MAX = 16384 };

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__incident_service__descriptor;

static const char *const heads[] = { ">INCIDENT", "SEVERITY", "STATE", "WHO",   "OPENED",
				     "NEXT",      "ABOUT",    ">N",    "TITLE", NULL };

static void incident_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Incident *i = item;

	table_row(tb, short_name(i->name), severity_text(t, i),
		  enum_text(t, &ghostfleet__v1__incident_state__descriptor, (int)i->state),
		  holder_text(t, i), age(t, i->open_time), due_text(t, i), clip(t, i->subject, 24),
		  turn_printf(t, "%" PRId64, i->occurrences), i->title, NULL);
}

/* Words of an enum, with commas. */
static enum err read_enums(struct turn *t, struct cli *c, enum opt_id id,
			   const ProtobufCEnumDescriptor *d, int **out, size_t *n_out)
{
	char **words = args_split(t, cli_opt(t, c, id), n_out);

	*out = turn_array(t, *n_out + 2, sizeof(**out));
	for (size_t k = 0; k < *n_out; k++)
		if (enum_read(t, d, words[k], &(*out)[k]) != OK)
			return usage(t, c, "--%s: %s", option_table[id].name, t->why);
	return OK;
}

enum err cmd_incidents_list(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ListIncidentsRequest q = GHOSTFLEET__V1__LIST_INCIDENTS_REQUEST__INIT;
	int *states, *severities;
	struct list l = {
		.service = service,
		.method = "ListIncidents",
		.request = &q,
		.page_token = &q.page_token,
		.page_size = &q.page_size,
		.heads = heads,
		.row = incident_row,
		.none = "no incident is open",
	};

	TRY(read_enums(t, c, OPT_STATE, &ghostfleet__v1__incident_state__descriptor, &states,
		       &q.n_states));
	TRY(read_enums(t, c, OPT_SEVERITY, &ghostfleet__v1__incident_severity__descriptor,
		       &severities, &q.n_severities));
	if (q.n_states == 0 && !cli_has(c, OPT_ALL)) {
		states[q.n_states++] = GHOSTFLEET__V1__INCIDENT_STATE__INCIDENT_STATE_TRIGGERED;
		states[q.n_states++] = GHOSTFLEET__V1__INCIDENT_STATE__INCIDENT_STATE_ACKNOWLEDGED;
	}
	q.states = turn_array(t, q.n_states + 1, sizeof(*q.states));
	for (size_t k = 0; k < q.n_states; k++)
		q.states[k] = (Ghostfleet__V1__IncidentState)states[k];
	q.severities = turn_array(t, q.n_severities + 1, sizeof(*q.severities));
	for (size_t k = 0; k < q.n_severities; k++)
		q.severities[k] = (Ghostfleet__V1__IncidentSeverity)severities[k];
	q.subject = cli_opt(t, c, OPT_SUBJECT);
	q.rule = cli_opt(t, c, OPT_RULE);
	TRY(when_past(t, c, OPT_SINCE, &q.start_time));
	TRY(when_past(t, c, OPT_UNTIL, &q.end_time));
	return list_show(t, c, &l);
}

enum err cmd_incidents_get(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__GetIncidentRequest q = GHOSTFLEET__V1__GET_INCIDENT_REQUEST__INIT;
	uint64_t after = 0;
	void *answer;
	enum err e;

	q.name = resource(t, "incidents", c->args.word[0]);
	if (cli_has(c, OPT_AFTER) &&
	    args_count(t, c->args.opt[OPT_AFTER], OPT_AFTER, INT32_MAX, &after) != OK)
		return usage(t, c, "%s", t->why);
	q.after_seq = (int64_t)after;
	TRY(cli_call(t, c, service, "GetIncident", &q, &answer));
	const Ghostfleet__V1__GetIncidentResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	show_incident(t, r);
	return OK;
}

/* ---- acts ---- */

static enum err read_one(struct turn *t, struct cli *c, enum opt_id id,
			 const ProtobufCEnumDescriptor *d, int *out)
{
	*out = 0;
	if (cli_has(c, id) && enum_read(t, d, c->args.opt[id], out) != OK)
		return usage(t, c, "--%s: %s", option_table[id].name, t->why);
	return OK;
}

static void say_result(struct turn *t, const struct cli *c, const Ghostfleet__V1__Incident *i,
		       bool applied, const char *done)
{
	if (cli_has(c, OPT_DRY_RUN))
		(void)printf("%s would be %s; nothing was changed\n", clean(t, i->name), done);
	else if (!applied)
		(void)printf(
			"%s is not open any more (%s); nothing was changed\n", clean(t, i->name),
			enum_text(t, &ghostfleet__v1__incident_state__descriptor, (int)i->state));
	else
		(void)printf("%s %s\n", clean(t, i->name), done);
}

enum err cmd_incidents_open(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__OpenIncidentRequest q = GHOSTFLEET__V1__OPEN_INCIDENT_REQUEST__INIT;
	int severity, kind;
	void *answer;
	enum err e;

	if (!cli_has(c, OPT_SEVERITY))
		return usage(t, c, "say how bad: --severity critical, high, medium or low");
	TRY(read_one(t, c, OPT_SEVERITY, &ghostfleet__v1__incident_severity__descriptor,
		     &severity));
	TRY(read_one(t, c, OPT_KIND, &ghostfleet__v1__incident_kind__descriptor, &kind));
	q.title = args_text(t, &c->args, 0);
	q.severity = (Ghostfleet__V1__IncidentSeverity)severity;
	q.kind = (Ghostfleet__V1__IncidentKind)kind;
	q.text = cli_opt(t, c, OPT_TEXT);
	q.subject = cli_opt(t, c, OPT_SUBJECT);
	q.key = cli_opt(t, c, OPT_DEDUP);
	q.ticket = cli_has(c, OPT_TICKET);
	TRY(when_past(t, c, OPT_SINCE, &q.since_time));
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "OpenIncident", &q, &answer));
	const Ghostfleet__V1__OpenIncidentResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (r->incident)
		say_result(t, c, r->incident, true,
			   r->opened ? "is open" : "was open: it is counted there");
	return OK;
}

/* The four acts that have the same fields. */
#define ACT(fn, Request, REQUEST, Response, method, field, done)                                   \
	enum err fn(struct turn *t, struct cli *c)                                                 \
	{                                                                                          \
		Ghostfleet__V1__##Request q = GHOSTFLEET__V1__##REQUEST##__INIT;                   \
		void *answer;                                                                      \
		enum err e;                                                                        \
                                                                                                   \
		q.name = resource(t, "incidents", c->args.word[0]);                                \
		q.field = args_text(t, &c->args, 1);                                               \
		q.validate_only = cli_has(c, OPT_DRY_RUN);                                         \
		q.request_id = cli_request_id(t, c);                                               \
		TRY(cli_call(t, c, service, method, &q, &answer));                                 \
		const Ghostfleet__V1__##Response *r = answer;                                      \
                                                                                                   \
		if (out_json(t, c, &r->base, &e))                                                  \
			return e;                                                                  \
		if (r->incident)                                                                   \
			say_result(t, c, r->incident, r->applied, done);                           \
		return OK;                                                                         \
	}

ACT(cmd_incidents_ack, AcknowledgeIncidentRequest, ACKNOWLEDGE_INCIDENT_REQUEST,
    AcknowledgeIncidentResponse, "AcknowledgeIncident", comment, "is yours")
ACT(cmd_incidents_unack, UnacknowledgeIncidentRequest, UNACKNOWLEDGE_INCIDENT_REQUEST,
    UnacknowledgeIncidentResponse, "UnacknowledgeIncident", comment, "is nobody's now")
ACT(cmd_incidents_resolve, ResolveIncidentRequest, RESOLVE_INCIDENT_REQUEST,
    ResolveIncidentResponse, "ResolveIncident", text, "is resolved")

enum err cmd_incidents_escalate(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__EscalateIncidentRequest q = GHOSTFLEET__V1__ESCALATE_INCIDENT_REQUEST__INIT;
	void *answer;
	int level;
	enum err e;

	q.name = resource(t, "incidents", c->args.word[0]);
	TRY(read_one(t, c, OPT_LEVEL, &ghostfleet__v1__call_level__descriptor, &level));
	q.level = (Ghostfleet__V1__CallLevel)level;
	q.comment = args_text(t, &c->args, 1);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "EscalateIncident", &q, &answer));
	const Ghostfleet__V1__EscalateIncidentResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (r->incident)
		say_result(t, c, r->incident, r->applied,
			   turn_printf(t, "is told to the %s",
				       enum_text(t, &ghostfleet__v1__call_level__descriptor,
						 (int)r->incident->level)));
	return OK;
}

enum err cmd_incidents_severity(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__SetIncidentSeverityRequest q =
		GHOSTFLEET__V1__SET_INCIDENT_SEVERITY_REQUEST__INIT;
	void *answer;
	int severity;
	enum err e;

	q.name = resource(t, "incidents", c->args.word[0]);
	if (enum_read(t, &ghostfleet__v1__incident_severity__descriptor, c->args.word[1],
		      &severity) != OK)
		return usage(t, c, "%s", t->why);
	q.severity = (Ghostfleet__V1__IncidentSeverity)severity;
	q.comment = args_text(t, &c->args, 2);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "SetIncidentSeverity", &q, &answer));
	const Ghostfleet__V1__SetIncidentSeverityResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (r->incident)
		say_result(t, c, r->incident, r->applied,
			   turn_printf(t, "is %s", severity_text(t, r->incident)));
	return OK;
}

/* ---- notes ---- */

static enum err read_note(struct turn *t, struct cli *c, size_t from, char **out)
{
	struct file f;

	*out = args_text(t, &c->args, from);
	if (**out && cli_has(c, OPT_FILE))
		return usage(t, c, "a text or --file, not both");
	if (cli_has(c, OPT_FILE)) {
		TRY(file_read(t, c->args.opt[OPT_FILE], NOTE_MAX, &f));
		*out = f.text;
	}
	return **out ? OK : usage(t, c, "say what: a text, or --file FILE");
}

static enum err show_note(struct turn *t, struct cli *c, const ProtobufCMessage *answer,
			  const Ghostfleet__V1__IncidentNote *n)
{
	enum err e;

	if (out_json(t, c, answer, &e))
		return e;
	if (n)
		(void)printf("%s%s\n", clean(t, n->name),
			     cli_has(c, OPT_DRY_RUN) ? " would be written; nothing was changed"
						     : "");
	return OK;
}

enum err cmd_incidents_note(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__AddIncidentNoteRequest q = GHOSTFLEET__V1__ADD_INCIDENT_NOTE_REQUEST__INIT;
	void *answer;

	q.parent = resource(t, "incidents", c->args.word[0]);
	TRY(read_note(t, c, 1, &q.text));
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "AddIncidentNote", &q, &answer));
	const Ghostfleet__V1__AddIncidentNoteResponse *r = answer;

	return show_note(t, c, &r->base, r->note);
}

enum err cmd_incidents_note_edit(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__EditIncidentNoteRequest q =
		GHOSTFLEET__V1__EDIT_INCIDENT_NOTE_REQUEST__INIT;
	void *answer;

	q.name = turn_strdup(t, c->args.word[0]);
	TRY(read_note(t, c, 1, &q.text));
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "EditIncidentNote", &q, &answer));
	const Ghostfleet__V1__EditIncidentNoteResponse *r = answer;

	return show_note(t, c, &r->base, r->note);
}
