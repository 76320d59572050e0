/* Incidents: what follows from them, and what others get to see. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/incident_view.h"
#include "client/list.h"
#include "client/when.h"
#include "store/base/turn.h"
#include "store/base/units.h"

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__incident_service__descriptor;

static const char *dry(const struct cli *c, const char *done)
{
	return cli_has(c, OPT_DRY_RUN) ? "would be so; nothing was changed" : done;
}

enum err cmd_incidents_answer(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__AnswerIncidentRequest q = GHOSTFLEET__V1__ANSWER_INCIDENT_REQUEST__INIT;
	size_t left = 0;
	void *answer;
	enum err e;

	q.name = resource(t, "incidents", c->args.word[0]);
	q.field = turn_strdup(t, c->args.word[1]);
	q.text = args_text(t, &c->args, 2);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "AnswerIncident", &q, &answer));
	const Ghostfleet__V1__AnswerIncidentResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	for (size_t k = 0; k < r->n_fields; k++)
		left += *r->fields[k]->text == 0;
	(void)printf("%s; %zu of %zu fields lack an answer\n", dry(c, "written"), left,
		     r->n_fields);
	return OK;
}

/* ---- action items ---- */

static void action_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__ActionItem *a = item;

	table_row(tb, short_name(a->name), short_name(a->incident),
		  enum_text(t, &ghostfleet__v1__action_item_kind__descriptor, (int)a->kind),
		  a->owner, a->due_time ? until(t, a->due_time) : "", a->text, NULL);
}

enum err cmd_incidents_actions(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { ">ITEM", ">INCIDENT", "KIND", "OWNER",
					     "DUE",   "TEXT",      NULL };
	Ghostfleet__V1__ListActionItemsRequest q = GHOSTFLEET__V1__LIST_ACTION_ITEMS_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "ListActionItems",
		.request = &q,
		.page_size = &q.page_size,
		.heads = heads,
		.row = action_row,
		.none = "nothing is left to do",
	};

	return list_show(t, c, &l);
}

enum err cmd_incidents_action_add(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__AddActionItemRequest q = GHOSTFLEET__V1__ADD_ACTION_ITEM_REQUEST__INIT;
	int kind = GHOSTFLEET__V1__ACTION_ITEM_KIND__ACTION_ITEM_KIND_PREVENT;
	void *answer;
	enum err e;

	q.parent = resource(t, "incidents", c->args.word[0]);
	q.text = args_text(t, &c->args, 1);
	if (cli_has(c, OPT_KIND) && enum_read(t, &ghostfleet__v1__action_item_kind__descriptor,
					      c->args.opt[OPT_KIND], &kind) != OK)
		return usage(t, c, "--kind: %s", t->why);
	q.kind = (Ghostfleet__V1__ActionItemKind)kind;
	q.owner = cli_opt(t, c, OPT_OWNER);
	TRY(when_read(t, c, OPT_DUE, &q.due_time));
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "AddActionItem", &q, &answer));
	const Ghostfleet__V1__AddActionItemResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (r->action_item)
		(void)printf("%s %s\n", clean(t, r->action_item->name), dry(c, "is to be done"));
	return OK;
}

enum err cmd_incidents_action_done(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__FinishActionItemRequest q =
		GHOSTFLEET__V1__FINISH_ACTION_ITEM_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "actionItems", c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "FinishActionItem", &q, &answer));
	const Ghostfleet__V1__FinishActionItemResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (r->action_item)
		(void)printf("%s %s\n", clean(t, r->action_item->name),
			     r->changed ? dry(c, "is done") : "was done already");
	return OK;
}

/* ---- links, ratings ---- */

enum err cmd_incidents_link(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__LinkIncidentsRequest q = GHOSTFLEET__V1__LINK_INCIDENTS_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "incidents", c->args.word[0]);
	q.other = resource(t, "incidents", c->args.word[1]);
	q.merge = cli_has(c, OPT_MERGE);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "LinkIncidents", &q, &answer));
	const Ghostfleet__V1__LinkIncidentsResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (r->incident)
		(void)printf("%s %s\n", clean(t, r->incident->name),
			     !r->changed ? "was linked already"
			     : q.merge   ? dry(c, "is merged into the other and over")
					 : dry(c, "is linked"));
	return OK;
}

enum err cmd_incidents_rate(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__RateIncidentsRequest q = GHOSTFLEET__V1__RATE_INCIDENTS_REQUEST__INIT;
	void *answer;
	int said;
	enum err e;

	if (enum_read(t, &ghostfleet__v1__incident_feedback__descriptor, c->args.word[0], &said) !=
	    OK)
		return usage(t, c, "%s", t->why);
	q.feedback = (Ghostfleet__V1__IncidentFeedback)said;
	q.n_names = c->args.n_words - 1;
	q.names = turn_array(t, c->args.n_words, sizeof(*q.names));
	for (size_t k = 0; k < q.n_names; k++)
		q.names[k] = resource(t, "incidents", c->args.word[k + 1]);
	q.text = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "RateIncidents", &q, &answer));
	const Ghostfleet__V1__RateIncidentsResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%zu %s\n", r->n_incidents, dry(c, "rated"));
	return OK;
}

/* ---- the public ---- */

enum err cmd_incidents_announce(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__AnnounceIncidentRequest q = GHOSTFLEET__V1__ANNOUNCE_INCIDENT_REQUEST__INIT;
	int state = GHOSTFLEET__V1__ANNOUNCEMENT_STATE__ANNOUNCEMENT_STATE_INVESTIGATING;
	void *answer;
	enum err e;

	if (cli_has(c, OPT_STATE) && enum_read(t, &ghostfleet__v1__announcement_state__descriptor,
					       c->args.opt[OPT_STATE], &state) != OK)
		return usage(t, c, "--state: %s", t->why);
	if (!cli_has(c, OPT_TITLE))
		return usage(t, c, "say what the public reads first: --title TEXT");
	if (strcmp(c->args.word[0], "-") != 0)
		q.name = resource(t, "incidents", c->args.word[0]);
	q.state = (Ghostfleet__V1__AnnouncementState)state;
	q.title = cli_opt(t, c, OPT_TITLE);
	q.text = args_text(t, &c->args, 1);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "AnnounceIncident", &q, &answer));
	const Ghostfleet__V1__AnnounceIncidentResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s: the status page", dry(c, "announced"));
	for (size_t k = 0; k < r->n_channels; k++)
		(void)printf(", %s", clean(t, r->channels[k]));
	(void)printf("%s\n", r->n_channels ? ""
					   : "; no channel takes incident.announced: ghostctl "
					     "notify channels update NAME --events "
					     "incident.announced");
	return OK;
}

/* ---- exports ---- */

static enum err write_out(struct turn *t, struct cli *c, const char *text)
{
	struct new_file f;

	if (!cli_has(c, OPT_OUT)) {
		(void)fputs(text, stdout);
		return OK;
	}
	TRY(file_claim(t, c->args.opt[OPT_OUT], 0600, &f));
	enum err e = file_fill(t, &f, text, strlen(text));

	if (e != OK)
		file_give_up(&f);
	return e;
}

enum err cmd_incidents_export(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ExportIncidentsRequest q = GHOSTFLEET__V1__EXPORT_INCIDENTS_REQUEST__INIT;
	int format = c->args.n_words == 1 ? GHOSTFLEET__V1__EXPORT_FORMAT__EXPORT_FORMAT_MARKDOWN
					  : GHOSTFLEET__V1__EXPORT_FORMAT__EXPORT_FORMAT_CSV;
	void *answer;

	if (cli_has(c, OPT_FORMAT) && enum_read(t, &ghostfleet__v1__export_format__descriptor,
						c->args.opt[OPT_FORMAT], &format) != OK)
		return usage(t, c, "--format: %s", t->why);
	q.format = (Ghostfleet__V1__ExportFormat)format;
	q.n_names = c->args.n_words;
	q.names = turn_array(t, q.n_names + 1, sizeof(*q.names));
	for (size_t k = 0; k < q.n_names; k++)
		q.names[k] = resource(t, "incidents", c->args.word[k]);
	TRY(when_past(t, c, OPT_SINCE, &q.start_time));
	TRY(when_past(t, c, OPT_UNTIL, &q.end_time));
	TRY(cli_call(t, c, service, "ExportIncidents", &q, &answer));
	const Ghostfleet__V1__ExportIncidentsResponse *r = answer;

	TRY(write_out(t, c, r->text));
	if (r->more)
		(void)fprintf(stderr, "ghostctl: there are more; ask for shorter times\n");
	return OK;
}

/* ---- the report ---- */

static const char *mean(struct turn *t, const Google__Protobuf__Duration *d)
{
	return d ? duration_str(t, d->seconds * 1000 + d->nanos / 1000000) : "-";
}

static void report_severities(struct turn *t, const Ghostfleet__V1__GetIncidentReportResponse *r)
{
	static const char *const heads[] = { "SEVERITY",    ">OPENED",         ">OPEN NOW",
					     ">ACK MISSED", ">RESOLVE MISSED", NULL };
	struct table tb = table_new(t, heads);

	for (size_t k = 0; k < r->n_severities; k++) {
		const Ghostfleet__V1__SeverityReport *s = r->severities[k];

		table_row(&tb,
			  enum_text(t, &ghostfleet__v1__incident_severity__descriptor,
				    (int)s->severity),
			  turn_printf(t, "%" PRId64, s->opened),
			  turn_printf(t, "%" PRId64, s->open),
			  turn_printf(t, "%" PRId64, s->acknowledge_missed),
			  turn_printf(t, "%" PRId64, s->resolve_missed), NULL);
	}
	table_print(&tb, stdout, "");
	(void)printf("\nmean time to acknowledge %s, to resolve %s\n\n",
		     mean(t, r->mean_time_to_acknowledge), mean(t, r->mean_time_to_resolve));
}

static void report_rules(struct turn *t, const Ghostfleet__V1__GetIncidentReportResponse *r)
{
	static const char *const heads[] = { "RULE",   ">INCIDENTS",  ">PAGES",
					     ">NOISE", ">ACTIONABLE", NULL };
	struct table tb = table_new(t, heads);

	for (size_t k = 0; k < r->n_rules; k++) {
		const Ghostfleet__V1__RuleReport *u = r->rules[k];

		table_row(&tb, *u->rule ? u->rule : "(by hand)",
			  turn_printf(t, "%" PRId64, u->incidents),
			  turn_printf(t, "%" PRId64, u->pages),
			  turn_printf(t, "%" PRId64, u->noise),
			  turn_printf(t, "%" PRId64, u->actionable), NULL);
	}
	table_print(&tb, stdout, "");
	for (size_t k = 0; k < r->n_overdue; k++)
		(void)printf("%soverdue: %s %s (%s)\n", k ? "" : "\n",
			     short_name(r->overdue[k]->name), clean(t, r->overdue[k]->text),
			     *r->overdue[k]->owner ? clean(t, r->overdue[k]->owner) : "nobody's");
}

enum err cmd_incidents_report(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__GetIncidentReportRequest q =
		GHOSTFLEET__V1__GET_INCIDENT_REPORT_REQUEST__INIT;
	void *answer;
	enum err e;

	TRY(when_past(t, c, OPT_SINCE, &q.start_time));
	TRY(cli_call(t, c, service, "GetIncidentReport", &q, &answer));
	const Ghostfleet__V1__GetIncidentReportResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	report_severities(t, r);
	report_rules(t, r);
	return OK;
}
