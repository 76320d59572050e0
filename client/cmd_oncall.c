/* Who is called: what there is to see. */
#include <inttypes.h>
#include <string.h>

#include "client/commands.h"
#include "client/list.h"
#include "client/when.h"
#include "ghostfleet/v1/oncall.pb-c.h"
#include "store/base/clock.h"
#include "store/base/turn.h"

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__on_call_service__descriptor;

enum { DAYS_MOST = 366, USUAL_DAYS = 14 };

static const int64_t DAY_MS = 86400000;

static const char *level_text(struct turn *t, Ghostfleet__V1__CallLevel level)
{
	return enum_text(t, &ghostfleet__v1__call_level__descriptor, (int)level);
}

static const char *utc_text(struct turn *t, const Google__Protobuf__Timestamp *at)
{
	char when[CLOCK_TEXT];

	if (!at)
		return "-";
	clock_text(stamp_ms(at), when);
	return turn_printf(t, "%.10s %.5s UTC", when, when + 11);
}

/* ---- who ---- */

static void duty_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Duty *d = item;
	bool channel = strncmp(d->target, "channels/", 9) == 0;

	table_row(tb, level_text(t, d->level),
		  *d->person ? short_name(d->person)
		  : channel  ? d->target
			     : "NOBODY",
		  d->end_time ? turn_printf(t, "%s, %s", utc_text(t, d->end_time),
					    until(t, d->end_time))
			      : "always",
		  d->target, d->source, NULL);
}

enum err cmd_oncall_who(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "LEVEL", "WHO", "UNTIL", "TARGET", "BY", NULL };
	Ghostfleet__V1__GetOnCallRequest q = GHOSTFLEET__V1__GET_ON_CALL_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "GetOnCall",
		.request = &q,
		.heads = heads,
		.row = duty_row,
		.none = "no level is used: all channels that take pages are told; see: ghostctl "
			"help oncall policy set",
	};

	TRY(when_read(t, c, OPT_AT, &q.at));
	return list_show(t, c, &l);
}

/* ---- people ---- */

static const char *channels_text(struct turn *t, const Ghostfleet__V1__Person *p)
{
	const char *all = "";

	for (size_t i = 0; i < p->n_channels; i++) {
		const Ghostfleet__V1__PersonChannel *ch = p->channels[i];
		bool any = ch->least_severity <=
			   GHOSTFLEET__V1__INCIDENT_SEVERITY__INCIDENT_SEVERITY_LOW;

		all = turn_printf(t, "%s%s%s%s%s", all, *all ? "," : "", short_name(ch->channel),
				  any ? "" : ":",
				  any ? ""
				      : enum_text(t, &ghostfleet__v1__incident_severity__descriptor,
						  (int)ch->least_severity));
	}
	return all;
}

static void person_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Person *p = item;

	table_row(tb, short_name(p->name),
		  enum_text(t, &ghostfleet__v1__person_kind__descriptor, (int)p->kind),
		  p->full_name, channels_text(t, p), p->email, p->phone, p->time_zone, p->note,
		  NULL);
}

enum err cmd_oncall_people(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "NAME",  "KIND", "WHO",  "CHANNELS", "EMAIL",
					     "PHONE", "ZONE", "NOTE", NULL };
	Ghostfleet__V1__ListPeopleRequest q = GHOSTFLEET__V1__LIST_PEOPLE_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "ListPeople",
		.request = &q,
		.heads = heads,
		.row = person_row,
		.none = "nobody; add somebody: ghostctl oncall people set NAME --channels ...",
	};

	return list_show(t, c, &l);
}

/* ---- schedules and shifts ---- */

static const char *joined(struct turn *t, char *const *v, size_t n, bool names)
{
	const char *all = "";

	for (size_t i = 0; i < n; i++)
		all = turn_printf(t, "%s%s%s", all, *all ? "," : "",
				  names ? short_name(v[i]) : v[i]);
	return all;
}

static void schedule_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Schedule *s = item;

	for (size_t i = 0; i < s->n_layers; i++) {
		const Ghostfleet__V1__ScheduleLayer *l = s->layers[i];
		const char *kind =
			enum_text(t, &ghostfleet__v1__layer_kind__descriptor, (int)l->kind);

		table_row(tb, i ? "" : short_name(s->name), i ? "" : s->time_zone, l->name,
			  l->every > 1 ? turn_printf(t, "%s, every %" PRId32, kind, l->every)
				       : kind,
			  l->start, joined(t, l->people, l->n_people, true),
			  joined(t, l->handoffs, l->n_handoffs, false),
			  l->n_active ? joined(t, l->active, l->n_active, false) : "always", NULL);
	}
	if (s->n_layers == 0)
		table_row(tb, short_name(s->name), s->time_zone, "(no layer)", "", "", "", "", "",
			  NULL);
}

enum err cmd_oncall_schedules(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "SCHEDULE", "ZONE",     "LAYER",  "KIND", "START",
					     "PEOPLE",   "HANDOFFS", "ACTIVE", NULL };
	Ghostfleet__V1__ListSchedulesRequest q = GHOSTFLEET__V1__LIST_SCHEDULES_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "ListSchedules",
		.request = &q,
		.heads = heads,
		.row = schedule_row,
		.none = "no schedule; add one: ghostctl help oncall schedule set",
	};

	return list_show(t, c, &l);
}

static void shift_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Shift *s = item;

	(void)t;
	table_row(tb, *s->person ? short_name(s->person) : "NOBODY", s->start_text, s->end_text,
		  s->source, NULL);
}

static enum err days_of(struct turn *t, struct cli *c, uint64_t usual, uint64_t *out)
{
	*out = usual;
	if (!cli_has(c, OPT_DAYS))
		return OK;
	return args_count(t, c->args.opt[OPT_DAYS], OPT_DAYS, DAYS_MOST, out);
}

enum err cmd_oncall_schedule(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "WHO", "FROM", "TO", "BY", NULL };
	Ghostfleet__V1__ListShiftsRequest q = GHOSTFLEET__V1__LIST_SHIFTS_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "ListShifts",
		.request = &q,
		.heads = heads,
		.row = shift_row,
		.none = "nothing",
	};
	uint64_t days;

	q.schedule = resource(t, "schedules", c->args.word[0]);
	TRY(days_of(t, c, USUAL_DAYS, &days));
	TRY(when_read(t, c, OPT_AT, &q.start_time));
	q.end_time = when_stamp(t, (q.start_time ? stamp_ms(q.start_time) : t->now_ms) +
					   (int64_t)days * DAY_MS);
	return list_show(t, c, &l);
}

static void override_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Override *o = item;

	table_row(tb, short_name(o->name), short_name(o->schedule),
		  enum_text(t, &ghostfleet__v1__override_kind__descriptor, (int)o->kind),
		  short_name(o->person), short_name(o->instead), utc_text(t, o->start_time),
		  utc_text(t, o->end_time), o->author, o->reason, NULL);
}

enum err cmd_oncall_overrides(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "N",    "SCHEDULE", "KIND",   "WHO", "INSTEAD OF",
					     "FROM", "TO",       "AUTHOR", "WHY", NULL };
	Ghostfleet__V1__ListOverridesRequest q = GHOSTFLEET__V1__LIST_OVERRIDES_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "ListOverrides",
		.request = &q,
		.heads = heads,
		.row = override_row,
		.none = "the rotations hold as they are",
	};

	if (c->args.n_words > 0)
		q.schedule = resource(t, "schedules", c->args.word[0]);
	return list_show(t, c, &l);
}

/* ---- gaps and levels ---- */

static void gap_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Gap *g = item;

	table_row(tb, level_text(t, g->level), utc_text(t, g->start_time), utc_text(t, g->end_time),
		  until(t, g->start_time), NULL);
}

enum err cmd_oncall_gaps(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "LEVEL", "FROM", "TO", "BEGINS", NULL };
	Ghostfleet__V1__ListGapsRequest q = GHOSTFLEET__V1__LIST_GAPS_REQUEST__INIT;
	const Ghostfleet__V1__ListGapsResponse *r;
	void *answer;
	uint64_t days;
	enum err e;

	TRY(days_of(t, c, 0, &days));
	q.days = (int32_t)days;
	TRY(cli_call(t, c, service, "ListGaps", &q, &answer));
	r = answer;
	if (r->n_gaps > 0)
		c->exit = EXIT_UNHEALTHY;
	if (out_json(t, c, &r->base, &e))
		return e;
	struct table tb = table_new(t, heads);

	for (size_t i = 0; i < r->n_gaps; i++)
		gap_row(t, &tb, r->gaps[i]);
	if (r->n_gaps == 0)
		(void)printf("somebody is always there\n");
	else
		table_print(&tb, stdout, "");
	return OK;
}

static void level_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Level *l = item;

	table_row(tb, level_text(t, l->level), joined(t, l->targets, l->n_targets, false), NULL);
}

enum err cmd_oncall_policy(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "LEVEL", "CALLS", NULL };
	Ghostfleet__V1__GetPolicyRequest q = GHOSTFLEET__V1__GET_POLICY_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "GetPolicy",
		.request = &q,
		.heads = heads,
		.row = level_row,
		.none = "no level is used: all channels that take pages are told",
	};

	return list_show(t, c, &l);
}
