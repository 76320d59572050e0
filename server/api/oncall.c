/* ghostfleet.v1.OnCallService */
#include "ghostfleet/v1/oncall.pb-c.h"

#include <string.h>

#include "server/api/api.h"
#include "server/api/msg_oncall.h"
#include "server/api/rows.h"

enum { GAP_DAYS = 30, SHIFT_DAYS = 14 };

static const int64_t DAY_MS = 86400000;

static enum err get_on_call(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GetOnCallRequest *in = vin;
	Ghostfleet__V1__GetOnCallResponse *out = vout;
	int64_t at = t->now_ms;
	struct on_duty *d;
	size_t n;

	if (in->at)
		TRY(time_of(t, "at", in->at, &at));
	TRY(oncall_duties(t, at, &d, &n));
	out->duties = turn_array(t, n + 1, sizeof(*out->duties));
	for (size_t i = 0; i < n; i++) {
		Ghostfleet__V1__Duty *m = msg_new(t, &ghostfleet__v1__duty__descriptor);

		m->level = (Ghostfleet__V1__CallLevel)d[i].level;
		m->target = msg_text(t, d[i].target);
		m->person =
			msg_text(t, *d[i].person ? turn_printf(t, "people/%s", d[i].person) : "");
		m->source = msg_text(t, d[i].source);
		m->end_time = msg_time(t, d[i].until_ms);
		out->duties[out->n_duties++] = m;
	}
	return OK;
}

static enum err list_people(struct turn *t, const void *in, void *vout)
{
	Ghostfleet__V1__ListPeopleResponse *out = vout;
	struct person *p;
	size_t n;

	(void)in;
	TRY(person_list(t, &p, &n));
	out->people = turn_array(t, n + 1, sizeof(*out->people));
	for (size_t i = 0; i < n; i++)
		out->people[out->n_people++] = msg_person(t, &p[i]);
	return OK;
}

static enum err save_person(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__SavePersonRequest *in = vin;
	Ghostfleet__V1__SavePersonResponse *out = vout;
	struct person p;
	int64_t version;

	TRY(person_of(t, in->person, &p, &version));
	TRY(oncall_save_person(t, version, &p));
	out->person = msg_person(t, &p);
	return OK;
}

static enum err etag_of(struct turn *t, const char *etag, int64_t *out)
{
	*out = 0;
	return *etag ? id_of(t, "etag", "etag", etag, out) : OK;
}

static enum err delete_person(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__DeletePersonRequest *in = vin;
	Ghostfleet__V1__DeletePersonResponse *out = vout;
	struct person p;
	const char *name;
	int64_t version;

	TRY(name_of(t, "name", "people", in->name, &name));
	TRY(etag_of(t, in->etag, &version));
	TRY(oncall_remove_person(t, name, version, &p));
	out->person = msg_person(t, &p);
	return OK;
}

static enum err list_schedules(struct turn *t, const void *in, void *vout)
{
	Ghostfleet__V1__ListSchedulesResponse *out = vout;
	struct schedule *s;
	size_t n;

	(void)in;
	TRY(schedule_list(t, &s, &n));
	out->schedules = turn_array(t, n + 1, sizeof(*out->schedules));
	for (size_t i = 0; i < n; i++)
		out->schedules[out->n_schedules++] = msg_schedule(t, &s[i]);
	return OK;
}

static enum err save_schedule(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__SaveScheduleRequest *in = vin;
	Ghostfleet__V1__SaveScheduleResponse *out = vout;
	struct schedule s;
	int64_t version;

	TRY(schedule_of(t, in->schedule, &s, &version));
	TRY(oncall_save_schedule(t, version, &s));
	out->schedule = msg_schedule(t, &s);
	return OK;
}

static enum err delete_schedule(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__DeleteScheduleRequest *in = vin;
	Ghostfleet__V1__DeleteScheduleResponse *out = vout;
	struct schedule s;
	const char *name;
	int64_t version;

	TRY(name_of(t, "name", "schedules", in->name, &name));
	TRY(etag_of(t, in->etag, &version));
	TRY(oncall_remove_schedule(t, name, version, &s));
	out->schedule = msg_schedule(t, &s);
	return OK;
}

static enum err list_shifts(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListShiftsRequest *in = vin;
	Ghostfleet__V1__ListShiftsResponse *out = vout;
	int64_t from = t->now_ms, to;
	struct schedule s;
	struct shift *shifts;
	struct rota *r;
	const char *name;

	TRY(name_of(t, "schedule", "schedules", in->schedule, &name));
	if (in->start_time)
		TRY(time_of(t, "start_time", in->start_time, &from));
	to = from + SHIFT_DAYS * DAY_MS;
	if (in->end_time)
		TRY(time_of(t, "end_time", in->end_time, &to));
	if (to <= from || to - from > ONCALL_LOOK_DAYS * DAY_MS)
		return fail(t, ERR_INVALID, "end_time: after start_time, and by a year at most");
	TRY(schedule_get(t, name, &s));
	TRY(oncall_rota(t, &s, from, to, &r));
	size_t n = rota_shifts(t, r, from, to, ROTA_SHIFTS_MAX, &shifts);

	out->time_zone = msg_text(t, s.zone);
	out->shifts = turn_array(t, n + 1, sizeof(*out->shifts));
	for (size_t i = 0; i < n; i++)
		out->shifts[out->n_shifts++] = msg_shift(t, &shifts[i], s.zone);
	return OK;
}

static enum err add_overrides(struct turn *t, const struct schedule *s,
			      Ghostfleet__V1__ListOverridesResponse *out, size_t *room)
{
	struct override *o;
	size_t n;

	TRY(override_list(t, s->id, t->now_ms, INT64_MAX, &o, &n));
	for (size_t i = 0; i < n; i++) {
		out->overrides = turn_grow(t, out->overrides, out->n_overrides, room,
					   sizeof(*out->overrides));
		out->overrides[out->n_overrides++] = msg_override(t, &o[i], s->name);
	}
	return OK;
}

static enum err list_overrides(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListOverridesRequest *in = vin;
	Ghostfleet__V1__ListOverridesResponse *out = vout;
	const char *name = "";
	struct schedule *s;
	size_t n, room = 0;

	if (*in->schedule)
		TRY(name_of(t, "schedule", "schedules", in->schedule, &name));
	TRY(schedule_list(t, &s, &n));
	for (size_t i = 0; i < n; i++)
		if (!*name || strcmp(name, s[i].name) == 0)
			TRY(add_overrides(t, &s[i], out, &room));
	return OK;
}

static enum err shifts_of(struct turn *t, const Ghostfleet__V1__Override *m, struct override *out)
{
	for (size_t i = 0; i < m->n_shifts; i++) {
		const Ghostfleet__V1__Shift *s = m->shifts[i];

		TRY(person_name_of(t, "shifts.person", s->person, &out[i].person));
		TRY(time_of(t, "shifts.start_time", s->start_time, &out[i].from_ms));
		TRY(time_of(t, "shifts.end_time", s->end_time, &out[i].to_ms));
	}
	return OK;
}

static enum err create_override(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__CreateOverrideRequest *in = vin;
	Ghostfleet__V1__CreateOverrideResponse *out = vout;
	const Ghostfleet__V1__Override *m = in->override;
	struct override o = { .kind = OVERRIDE_PLAIN };
	const char *schedule;

	if (!m)
		return fail(t, ERR_INVALID, "override: is missing");
	if (m->n_shifts > OVERRIDES_MAX)
		return fail(t, ERR_INVALID, "shifts: %d are the most", OVERRIDES_MAX);
	struct override *shifts = turn_array(t, m->n_shifts + 1, sizeof(*shifts));

	TRY(name_of(t, "schedule", "schedules", m->schedule, &schedule));
	TRY(person_name_of(t, "person", m->person, &o.person));
	TRY(person_name_of(t, "instead", m->instead, &o.instead));
	if (m->kind == GHOSTFLEET__V1__OVERRIDE_KIND__OVERRIDE_KIND_TEMPORARY)
		o.kind = OVERRIDE_FRAME;
	if ((o.kind == OVERRIDE_FRAME) == (*o.person != 0))
		return fail(t, ERR_INVALID,
			    "person: an override has one; a temporary schedule has shifts");
	if (o.kind == OVERRIDE_PLAIN && m->n_shifts > 0)
		return fail(t, ERR_INVALID, "shifts: only a temporary schedule has them");
	o.reason = m->reason;
	o.from_ms = t->now_ms;
	if (m->start_time)
		TRY(time_of(t, "start_time", m->start_time, &o.from_ms));
	TRY(time_of(t, "end_time", m->end_time, &o.to_ms));
	TRY(shifts_of(t, m, shifts));
	TRY(oncall_override(t, schedule, &o, shifts, m->n_shifts));
	out->override = msg_override(t, &o, schedule);
	return OK;
}

static enum err delete_override(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__DeleteOverrideRequest *in = vin;
	Ghostfleet__V1__DeleteOverrideResponse *out = vout;
	struct override o;
	struct schedule *s;
	size_t n;
	int64_t id;

	TRY(id_of(t, "name", "overrides", in->name, &id));
	TRY(oncall_end_override(t, id, &o));
	TRY(schedule_list(t, &s, &n));
	for (size_t i = 0; i < n; i++)
		if (s[i].id == o.schedule)
			out->override = msg_override(t, &o, s[i].name);
	return OK;
}

static enum err take_shift(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__TakeShiftRequest *in = vin;
	Ghostfleet__V1__TakeShiftResponse *out = vout;
	const char *schedule, *person;
	struct override o;
	int64_t until;

	TRY(name_of(t, "schedule", "schedules", in->schedule, &schedule));
	TRY(person_name_of(t, "person", in->person, &person));
	TRY(time_of(t, "end_time", in->end_time, &until));
	TRY(oncall_take(t, schedule, person, until, in->reason, &o));
	out->override = msg_override(t, &o, schedule);
	return OK;
}

static enum err list_gaps(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListGapsRequest *in = vin;
	Ghostfleet__V1__ListGapsResponse *out = vout;
	int64_t days = in->days ? in->days : GAP_DAYS;
	struct gap *g;
	size_t n;

	if (days < 1 || days > ONCALL_LOOK_DAYS)
		return fail(t, ERR_INVALID, "days: want 1 to %d", ONCALL_LOOK_DAYS);
	TRY(oncall_gaps(t, t->now_ms, t->now_ms + days * DAY_MS, &g, &n));
	out->gaps = turn_array(t, n + 1, sizeof(*out->gaps));
	for (size_t i = 0; i < n; i++) {
		Ghostfleet__V1__Gap *m = msg_new(t, &ghostfleet__v1__gap__descriptor);

		m->level = (Ghostfleet__V1__CallLevel)g[i].level;
		m->start_time = msg_time(t, g[i].from_ms);
		m->end_time = msg_time(t, g[i].to_ms);
		out->gaps[out->n_gaps++] = m;
	}
	return OK;
}

static enum err level_now(struct turn *t, int level, Ghostfleet__V1__Level **out)
{
	Ghostfleet__V1__Level *m = msg_new(t, &ghostfleet__v1__level__descriptor);
	const char *targets;

	TRY(call_level(t, level, &targets));
	m->level = (Ghostfleet__V1__CallLevel)level;
	m->targets = msg_lines(t, targets, "", &m->n_targets);
	*out = m;
	return OK;
}

static enum err get_policy(struct turn *t, const void *in, void *vout)
{
	Ghostfleet__V1__GetPolicyResponse *out = vout;

	(void)in;
	out->levels = turn_array(t, ONCALL_LEVELS, sizeof(*out->levels));
	for (int level = 1; level <= ONCALL_LEVELS; level++) {
		TRY(level_now(t, level, &out->levels[out->n_levels]));
		if (out->levels[out->n_levels]->n_targets > 0)
			out->n_levels++;
	}
	return OK;
}

static enum err set_level(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__SetLevelRequest *in = vin;
	Ghostfleet__V1__SetLevelResponse *out = vout;
	const char *targets;

	if (!in->level)
		return fail(t, ERR_INVALID, "level: is missing");
	TRY(lines_of(t, "targets", in->level->targets, in->level->n_targets, &targets));
	TRY(oncall_set_level(t, (int)in->level->level, targets));
	return level_now(t, (int)in->level->level, &out->level);
}

#define S "ghostfleet.v1.OnCallService"

const struct method oncall_rows[] = {
	{ S, "GetOnCall", METHOD_READ, ANY_READER, 0, 0, get_on_call, NULL },
	{ S, "ListPeople", METHOD_READ, ANY_READER, 0, 0, list_people, NULL },
	{ S, "SavePerson", METHOD_WRITE, ROLE_ADMIN, 0, 0, save_person, NULL },
	{ S, "DeletePerson", METHOD_WRITE, ROLE_ADMIN, 0, 0, delete_person, NULL },
	{ S, "ListSchedules", METHOD_READ, ANY_READER, 0, 0, list_schedules, NULL },
	{ S, "SaveSchedule", METHOD_WRITE, ROLE_ADMIN, 0, 0, save_schedule, NULL },
	{ S, "DeleteSchedule", METHOD_WRITE, ROLE_ADMIN, 0, 0, delete_schedule, NULL },
	{ S, "ListShifts", METHOD_READ, ANY_READER, 0, 0, list_shifts, NULL },
	{ S, "ListOverrides", METHOD_READ, ANY_READER, 0, 0, list_overrides, NULL },
	{ S, "CreateOverride", METHOD_WRITE, ROLE_OPERATOR, 0, 0, create_override, NULL },
	{ S, "DeleteOverride", METHOD_WRITE, ROLE_OPERATOR, 0, 0, delete_override, NULL },
	{ S, "TakeShift", METHOD_WRITE, ROLE_OPERATOR, 0, 0, take_shift, NULL },
	{ S, "ListGaps", METHOD_READ, ANY_READER, 0, 0, list_gaps, NULL },
	{ S, "GetPolicy", METHOD_READ, ANY_READER, 0, 0, get_policy, NULL },
	{ S, "SetLevel", METHOD_WRITE, ROLE_ADMIN, 0, 0, set_level, NULL },
};
const size_t n_oncall_rows = sizeof(oncall_rows) / sizeof(oncall_rows[0]);
