/* Others that must be heard of. */
#include <string.h>

#include "client/commands.h"
#include "client/list.h"
#include "ghostfleet/v1/heartbeat.pb-c.h"
#include "store/base/turn.h"
#include "store/base/units.h"

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__heartbeat_service__descriptor;

static const char *span(struct turn *t, const Google__Protobuf__Duration *d)
{
	return d ? duration_str(t, d->seconds * 1000 + d->nanos / 1000000) : "-";
}

static void heartbeat_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__AwaitedHeartbeat *h = item;

	table_row(tb, short_name(h->name),
		  enum_text(t, &ghostfleet__v1__heartbeat_kind__descriptor, (int)h->kind),
		  enum_text(t, &ghostfleet__v1__heartbeat_state__descriptor, (int)h->state),
		  span(t, h->period), span(t, h->grace), age(t, h->beat_time),
		  h->due_time ? until(t, h->due_time) : "-", h->start_time ? "yes" : "", h->said,
		  h->note, NULL);
}

enum err cmd_heartbeats_list(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "HEARTBEAT", "KIND", "STATE", "EVERY",
					     "GRACE",     "LAST", "LATE",  "UNDER WAY",
					     "SAID",      "NOTE", NULL };
	Ghostfleet__V1__ListHeartbeatsRequest q = GHOSTFLEET__V1__LIST_HEARTBEATS_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "ListHeartbeats",
		.request = &q,
		.heads = heads,
		.row = heartbeat_row,
		.none = "none is awaited; add one: ghostctl help heartbeats add",
	};

	return list_show(t, c, &l);
}

static enum err read_span(struct turn *t, struct cli *c, enum opt_id id,
			  Google__Protobuf__Duration *d, Google__Protobuf__Duration **out)
{
	const char *said = c->args.opt[id];
	int64_t ms;

	if (!said)
		return OK;
	if (!duration_parse(said, &ms))
		return usage(t, c, "--%s %s: write 30s, 10m or 1d", option_table[id].name, said);
	google__protobuf__duration__init(d);
	d->seconds = ms / 1000;
	d->nanos = (int32_t)(ms % 1000) * 1000000;
	*out = d;
	return OK;
}

enum err cmd_heartbeats_add(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__CreateHeartbeatRequest q = GHOSTFLEET__V1__CREATE_HEARTBEAT_REQUEST__INIT;
	Ghostfleet__V1__AwaitedHeartbeat h = GHOSTFLEET__V1__AWAITED_HEARTBEAT__INIT;
	Google__Protobuf__Duration period, grace;
	int kind = 0, severity = 0;
	void *answer;
	enum err e;

	if (cli_has(c, OPT_KIND) && enum_read(t, &ghostfleet__v1__heartbeat_kind__descriptor,
					      c->args.opt[OPT_KIND], &kind) != OK)
		return usage(t, c, "--kind: %s", t->why);
	if (cli_has(c, OPT_SEVERITY) && enum_read(t, &ghostfleet__v1__incident_severity__descriptor,
						  c->args.opt[OPT_SEVERITY], &severity) != OK)
		return usage(t, c, "--severity: %s", t->why);
	h.name = resource(t, "heartbeats", c->args.word[0]);
	h.kind = (Ghostfleet__V1__HeartbeatKind)kind;
	h.severity = (Ghostfleet__V1__IncidentSeverity)severity;
	h.note = cli_opt(t, c, OPT_REASON);
	TRY(read_span(t, c, OPT_PERIOD, &period, &h.period));
	TRY(read_span(t, c, OPT_GRACE, &grace, &h.grace));
	if (!h.period)
		return usage(t, c, "say how often: --period 1d");
	q.heartbeat = &h;
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "CreateHeartbeat", &q, &answer));
	const Ghostfleet__V1__CreateHeartbeatResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s %s\n", h.name,
		     q.validate_only ? "would be awaited; nothing was changed" : "is awaited");
	if (!q.validate_only)
		(void)printf("its address, shown this once: /hb/%s\n", clean(t, r->token));
	return OK;
}

enum err cmd_heartbeats_remove(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__DeleteHeartbeatRequest q = GHOSTFLEET__V1__DELETE_HEARTBEAT_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "heartbeats", c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "DeleteHeartbeat", &q, &answer));
	const Ghostfleet__V1__DeleteHeartbeatResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s %s\n", q.name,
		     q.validate_only ? "would be removed; nothing was changed"
				     : "is not awaited any more");
	return OK;
}
