/* Who is called: what there is to change. */
#include <string.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/out.h"
#include "client/when.h"
#include "ghostfleet/v1/oncall.pb-c.h"
#include "proto/json.h"
#include "store/base/turn.h"

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__on_call_service__descriptor;

enum { FILE_MAX = 64 << 10, EVERY_MAX = 52 };

/* One line, or the answer as JSON. */
static enum err show(struct turn *t, struct cli *c, const ProtobufCMessage *answer,
		     const char *name, bool dry, const char *done)
{
	enum err e;

	if (out_json(t, c, answer, &e))
		return e;
	(void)printf("%s %s\n", clean(t, name), dry ? "would be so; nothing was changed" : done);
	return OK;
}

/* ---- people ---- */

/* "pager:high" */
static enum err read_channel(struct turn *t, struct cli *c, const char *said,
			     Ghostfleet__V1__PersonChannel *m)
{
	char *name = turn_strdup(t, said), *least = strchr(name, ':');
	int severity = 0;

	ghostfleet__v1__person_channel__init(m);
	if (least) {
		*least++ = 0;
		if (enum_read(t, &ghostfleet__v1__incident_severity__descriptor, least,
			      &severity) != OK)
			return usage(t, c, "--channels: %s", t->why);
	}
	m->channel = resource(t, "channels", name);
	m->least_severity = (Ghostfleet__V1__IncidentSeverity)severity;
	return OK;
}

static enum err read_channels(struct turn *t, struct cli *c, Ghostfleet__V1__Person *p)
{
	char **said = args_split(t, cli_opt(t, c, OPT_CHANNELS), &p->n_channels);
	Ghostfleet__V1__PersonChannel *all = turn_array(t, p->n_channels + 1, sizeof(*all));

	p->channels = turn_array(t, p->n_channels + 1, sizeof(*p->channels));
	for (size_t i = 0; i < p->n_channels; i++) {
		p->channels[i] = &all[i];
		TRY(read_channel(t, c, said[i], &all[i]));
	}
	return OK;
}

enum err cmd_oncall_people_set(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__SavePersonRequest q = GHOSTFLEET__V1__SAVE_PERSON_REQUEST__INIT;
	Ghostfleet__V1__Person p = GHOSTFLEET__V1__PERSON__INIT;
	int kind = 0;
	void *answer;

	if (cli_has(c, OPT_KIND) && enum_read(t, &ghostfleet__v1__person_kind__descriptor,
					      c->args.opt[OPT_KIND], &kind) != OK)
		return usage(t, c, "--kind: %s", t->why);
	p.name = resource(t, "people", c->args.word[0]);
	p.kind = (Ghostfleet__V1__PersonKind)kind;
	p.full_name = cli_opt(t, c, OPT_LABEL);
	p.email = cli_opt(t, c, OPT_EMAIL);
	p.phone = cli_opt(t, c, OPT_PHONE);
	p.time_zone = cli_opt(t, c, OPT_ZONE);
	p.note = cli_opt(t, c, OPT_REASON);
	TRY(read_channels(t, c, &p));
	q.person = &p;
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "SavePerson", &q, &answer));
	const Ghostfleet__V1__SavePersonResponse *r = answer;

	return show(t, c, &r->base, p.name, q.validate_only,
		    p.n_channels ? "is known" : "is known, and reached by no channel");
}

enum err cmd_oncall_people_remove(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__DeletePersonRequest q = GHOSTFLEET__V1__DELETE_PERSON_REQUEST__INIT;
	void *answer;

	q.name = resource(t, "people", c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "DeletePerson", &q, &answer));
	const Ghostfleet__V1__DeletePersonResponse *r = answer;

	return show(t, c, &r->base, q.name, q.validate_only, "is removed");
}

/* ---- schedules ---- */

static void *take(void *turn, size_t size)
{
	return turn_alloc(turn, size);
}

/* The turn's memory goes as a whole. */
static void leave(void *turn, void *p)
{
	(void)turn;
	(void)p;
}

static enum err read_file(struct turn *t, struct cli *c, const ProtobufCMessageDescriptor *d,
			  ProtobufCMessage **out)
{
	char why[160];
	struct file f;

	TRY(file_read(t, cli_opt(t, c, OPT_FILE), FILE_MAX, &f));
	ProtobufCAllocator in_turn = { take, leave, t };

	if (!json_read(d, f.text, strlen(f.text), &in_turn, out, why, sizeof(why)))
		return usage(t, c, "--file: %s", why);
	return OK;
}

static enum err read_rotation(struct turn *t, struct cli *c, Ghostfleet__V1__Schedule *s)
{
	Ghostfleet__V1__ScheduleLayer *l = turn_alloc(t, sizeof(*l));
	int kind = GHOSTFLEET__V1__LAYER_KIND__LAYER_KIND_WEEKLY;
	uint64_t every = 1;

	ghostfleet__v1__schedule_layer__init(l);
	if (cli_has(c, OPT_KIND) && enum_read(t, &ghostfleet__v1__layer_kind__descriptor,
					      c->args.opt[OPT_KIND], &kind) != OK)
		return usage(t, c, "--kind: %s", t->why);
	if (cli_has(c, OPT_EVERY))
		TRY(args_count(t, c->args.opt[OPT_EVERY], OPT_EVERY, EVERY_MAX, &every));
	l->name = turn_strdup(t, "rotation");
	l->kind = (Ghostfleet__V1__LayerKind)kind;
	l->every = (int32_t)every;
	l->start = cli_opt(t, c, OPT_START);
	l->people = args_split(t, cli_opt(t, c, OPT_PEOPLE), &l->n_people);
	l->handoffs = args_split(t, cli_opt(t, c, OPT_HANDOFFS), &l->n_handoffs);
	s->layers = turn_array(t, 1, sizeof(*s->layers));
	s->layers[s->n_layers++] = l;
	return OK;
}

enum err cmd_oncall_schedule_set(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__SaveScheduleRequest q = GHOSTFLEET__V1__SAVE_SCHEDULE_REQUEST__INIT;
	Ghostfleet__V1__Schedule s = GHOSTFLEET__V1__SCHEDULE__INIT;
	ProtobufCMessage *m;
	void *answer;

	q.schedule = &s;
	if (cli_has(c, OPT_FILE)) {
		TRY(read_file(t, c, &ghostfleet__v1__schedule__descriptor, &m));
		q.schedule = (Ghostfleet__V1__Schedule *)m;
	} else {
		s.time_zone = cli_opt(t, c, OPT_ZONE);
		TRY(read_rotation(t, c, &s));
	}
	q.schedule->name = resource(t, "schedules", c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "SaveSchedule", &q, &answer));
	const Ghostfleet__V1__SaveScheduleResponse *r = answer;

	return show(t, c, &r->base, q.schedule->name, q.validate_only,
		    turn_printf(t, "is set; look: ghostctl oncall schedule %s",
				clean(t, short_name(q.schedule->name))));
}

enum err cmd_oncall_schedule_remove(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__DeleteScheduleRequest q = GHOSTFLEET__V1__DELETE_SCHEDULE_REQUEST__INIT;
	void *answer;

	q.name = resource(t, "schedules", c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "DeleteSchedule", &q, &answer));
	const Ghostfleet__V1__DeleteScheduleResponse *r = answer;

	return show(t, c, &r->base, q.name, q.validate_only, "is removed");
}

/* ---- overrides ---- */

enum err cmd_oncall_override(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__CreateOverrideRequest q = GHOSTFLEET__V1__CREATE_OVERRIDE_REQUEST__INIT;
	Ghostfleet__V1__Override o = GHOSTFLEET__V1__OVERRIDE__INIT;
	ProtobufCMessage *m;
	void *answer;

	q.override = &o;
	if (cli_has(c, OPT_FILE)) {
		TRY(read_file(t, c, &ghostfleet__v1__override__descriptor, &m));
		q.override = (Ghostfleet__V1__Override *)m;
	} else {
		if (c->args.n_words < 2)
			return usage(t, c, "say who: ghostctl oncall override SCHEDULE PERSON");
		o.person = resource(t, "people", c->args.word[1]);
		if (cli_has(c, OPT_INSTEAD))
			o.instead = resource(t, "people", cli_opt(t, c, OPT_INSTEAD));
		o.reason = cli_opt(t, c, OPT_REASON);
		TRY(when_read(t, c, OPT_SINCE, &o.start_time));
		TRY(when_read(t, c, OPT_UNTIL, &o.end_time));
		if (!o.end_time)
			return usage(t, c, "say how long: --until 8h");
	}
	q.override->schedule = resource(t, "schedules", c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "CreateOverride", &q, &answer));
	const Ghostfleet__V1__CreateOverrideResponse *r = answer;

	return show(t, c, &r->base, r->override ? r->override->name : "", q.validate_only,
		    "is set");
}

enum err cmd_oncall_override_end(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__DeleteOverrideRequest q = GHOSTFLEET__V1__DELETE_OVERRIDE_REQUEST__INIT;
	void *answer;

	q.name = resource(t, "overrides", c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "DeleteOverride", &q, &answer));
	const Ghostfleet__V1__DeleteOverrideResponse *r = answer;

	return show(t, c, &r->base, q.name, q.validate_only, "is ended");
}

enum err cmd_oncall_take(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__TakeShiftRequest q = GHOSTFLEET__V1__TAKE_SHIFT_REQUEST__INIT;
	void *answer;

	q.schedule = resource(t, "schedules", c->args.word[0]);
	if (c->args.n_words > 1)
		q.person = resource(t, "people", c->args.word[1]);
	TRY(when_read(t, c, OPT_UNTIL, &q.end_time));
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "TakeShift", &q, &answer));
	const Ghostfleet__V1__TakeShiftResponse *r = answer;

	return show(t, c, &r->base, r->override ? r->override->person : "", q.validate_only,
		    turn_printf(t, "has %s; it ends %s", clean(t, q.schedule),
				until(t, r->override ? r->override->end_time : NULL)));
}

/* ---- levels ---- */

enum err cmd_oncall_policy_set(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__SetLevelRequest q = GHOSTFLEET__V1__SET_LEVEL_REQUEST__INIT;
	Ghostfleet__V1__Level l = GHOSTFLEET__V1__LEVEL__INIT;
	int level;
	void *answer;

	if (enum_read(t, &ghostfleet__v1__call_level__descriptor, c->args.word[0], &level) != OK)
		return usage(t, c, "LEVEL: %s", t->why);
	l.level = (Ghostfleet__V1__CallLevel)level;
	l.n_targets = c->args.n_words - 1;
	l.targets = turn_array(t, c->args.n_words, sizeof(char *));
	for (size_t i = 1; i < c->args.n_words; i++)
		l.targets[i - 1] = turn_strdup(t, c->args.word[i]);
	q.level = &l;
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "SetLevel", &q, &answer));
	const Ghostfleet__V1__SetLevelResponse *r = answer;

	return show(t, c, &r->base, c->args.word[0], q.validate_only,
		    l.n_targets ? "is set" : "is not used any more");
}
