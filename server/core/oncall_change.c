/* Changing who is called: every name that is written down must be somebody, every time readable. */
#include <assert.h>
#include <string.h>

#include "server/core/calendar.h"
#include "server/core/oncall.h"
#include "store/audit.h"
#include "store/channels.h"
#include "store/events.h"

enum { TAKE_MOST_MS = 7 * 86400000, SHIFT_LOOK_DAYS = 60 };

static enum err told(struct turn *t, const char *kind, const char *subject, const char *text)
{
	TRY(event_add(t, TOPIC_FLEET, subject, kind, text));
	return audit_add(t, kind, subject, text);
}

static enum err check_name(struct turn *t, const char *field, const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > ONCALL_NAME_MAX ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != n)
		return fail(t, ERR_INVALID,
			    "%s: '%.60s', want small letters, digits, - and _, at most %d", field,
			    name, ONCALL_NAME_MAX);
	return OK;
}

static enum err check_text(struct turn *t, const char *field, const char *s, size_t most)
{
	if (strlen(s) > most)
		return fail(t, ERR_INVALID, "%s: longer than %zu bytes", field, most);
	return OK;
}

static enum err at_version(struct turn *t, int64_t given, int64_t has, const char *name)
{
	if (given && given != has)
		return fail(t, ERR_STALE, "etag: '%s' changed since you read it: read it again",
			    name);
	return OK;
}

/* ---- people ---- */

static enum err check_channels(struct turn *t, const char *lines)
{
	char *rest = turn_strdup(t, lines), *line;
	struct channel c;
	int n = 0;

	while ((line = strsep(&rest, "\n")) != NULL) {
		char *least = strchr(line, ' ');

		if (!*line)
			continue;
		if (++n > PERSON_CHANNELS)
			return fail(t, ERR_INVALID, "person.channels: %d are the most",
				    PERSON_CHANNELS);
		assert(least); /* whoever asks writes it */
		*least = 0;
		TRY(channel_get(t, line, &c));
	}
	return OK;
}

enum err oncall_save_person(struct turn *t, int64_t version, struct person *p)
{
	struct person is, *all;
	size_t n;

	assert(t->in_lane);
	TRY(check_name(t, "person.name", p->name));
	TRY(check_text(t, "person.full_name", p->full_name, 200));
	TRY(check_text(t, "person.email", p->email, 320));
	TRY(check_text(t, "person.phone", p->phone, 60));
	TRY(check_text(t, "person.note", p->note, 2000));
	TRY(check_channels(t, p->channels));
	if (*p->zone)
		TRY(zone_check(t, "person.time_zone", p->zone));
	enum err e = person_get(t, p->name, &is);

	if (e != OK && e != ERR_MISSING)
		return e;
	p->id = e == OK ? is.id : 0;
	p->created_ms = e == OK ? is.created_ms : 0;
	p->version = e == OK ? is.version : 0;
	TRY(at_version(t, version, p->version, p->name));
	TRY(person_list(t, &all, &n));
	if (e != OK && n >= PEOPLE_MAX)
		return fail(t, ERR_FULL, "%d people are the most: remove some first", PEOPLE_MAX);
	TRY(person_put(t, p));
	return told(t, "oncall.changed", turn_printf(t, "people/%s", p->name),
		    e == OK ? "changed" : "added");
}

/* Who or what would miss it: fails with ERR_REFUSED. */
static enum err refuse_if_named(struct turn *t, const char *target)
{
	for (int level = 1; level <= ONCALL_LEVELS; level++) {
		const char *targets;

		TRY(call_level(t, level, &targets));
		if (rota_names(targets, target))
			return fail(t, ERR_REFUSED, "level %s calls %s: set the level first",
				    oncall_level_name(level), target);
	}
	return OK;
}

static enum err refuse_if_scheduled(struct turn *t, const char *name)
{
	struct schedule *all;
	size_t n, n_o;

	TRY(schedule_list(t, &all, &n));
	for (size_t i = 0; i < n; i++) {
		struct override *o;

		for (size_t j = 0; j < all[i].n_layers; j++)
			if (rota_names(all[i].layers[j].people, name))
				return fail(t, ERR_REFUSED,
					    "schedule '%s' has '%s' in layer '%s': change it first",
					    all[i].name, name, all[i].layers[j].name);
		TRY(override_list(t, all[i].id, t->now_ms, INT64_MAX, &o, &n_o));
		for (size_t j = 0; j < n_o; j++)
			if (strcmp(o[j].person, name) == 0)
				return fail(t, ERR_REFUSED,
					    "override %lld of schedule '%s' has '%s': end it first",
					    (long long)o[j].id, all[i].name, name);
	}
	return OK;
}

enum err oncall_remove_person(struct turn *t, const char *name, int64_t version, struct person *out)
{
	assert(t->in_lane);
	TRY(person_get(t, name, out));
	TRY(at_version(t, version, out->version, name));
	TRY(refuse_if_named(t, turn_printf(t, "people/%s", name)));
	TRY(refuse_if_scheduled(t, name));
	TRY(person_remove(t, out));
	return told(t, "oncall.changed", turn_printf(t, "people/%s", name), "removed");
}

/* ---- schedules ---- */

static enum err check_people(struct turn *t, const struct schedule *s)
{
	for (size_t i = 0; i < s->n_layers; i++) {
		char *rest = turn_strdup(t, s->layers[i].people), *line;
		struct person p;

		TRY(check_text(t, "layers.name", s->layers[i].name, 80));
		while ((line = strsep(&rest, "\n")) != NULL)
			if (*line)
				TRY(person_get(t, line, &p));
	}
	return OK;
}

enum err oncall_save_schedule(struct turn *t, int64_t version, struct schedule *s)
{
	struct schedule is, *all;
	struct rota *r;
	size_t n;

	assert(t->in_lane);
	TRY(check_name(t, "schedule.name", s->name));
	TRY(check_text(t, "schedule.note", s->note, 2000));
	TRY(rota_read(t, s, NULL, 0, &r));
	TRY(check_people(t, s));
	enum err e = schedule_get(t, s->name, &is);

	if (e != OK && e != ERR_MISSING)
		return e;
	s->id = e == OK ? is.id : 0;
	s->created_ms = e == OK ? is.created_ms : 0;
	s->version = e == OK ? is.version : 0;
	TRY(at_version(t, version, s->version, s->name));
	TRY(schedule_list(t, &all, &n));
	if (e != OK && n >= SCHEDULES_MAX)
		return fail(t, ERR_FULL, "%d schedules are the most: remove one first",
			    SCHEDULES_MAX);
	TRY(schedule_put(t, s));
	return told(t, "oncall.changed", turn_printf(t, "schedules/%s", s->name),
		    e == OK ? "changed" : "added");
}

enum err oncall_remove_schedule(struct turn *t, const char *name, int64_t version,
				struct schedule *out)
{
	assert(t->in_lane);
	TRY(schedule_get(t, name, out));
	TRY(at_version(t, version, out->version, name));
	TRY(refuse_if_named(t, turn_printf(t, "schedules/%s", name)));
	TRY(schedule_remove(t, out));
	return told(t, "oncall.changed", turn_printf(t, "schedules/%s", name), "removed");
}

/* ---- levels ---- */

static enum err check_target(struct turn *t, const char *target)
{
	struct schedule s;
	struct person p;
	struct channel c;

	if (strncmp(target, "schedules/", 10) == 0)
		return schedule_get(t, target + 10, &s);
	if (strncmp(target, "people/", 7) == 0)
		return person_get(t, target + 7, &p);
	if (strncmp(target, "channels/", 9) == 0)
		return channel_get(t, target + 9, &c);
	return fail(t, ERR_INVALID,
		    "targets: '%.60s', want schedules/NAME, people/NAME or channels/NAME", target);
}

enum err oncall_set_level(struct turn *t, int level, const char *targets)
{
	char *rest = turn_strdup(t, targets), *line;
	int n = 0;

	assert(t->in_lane);
	if (level < 1 || level > ONCALL_LEVELS)
		return fail(t, ERR_INVALID, "level: want primary, secondary or lead");
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (!*line)
			continue;
		if (++n > ONCALL_TARGETS)
			return fail(t, ERR_INVALID, "targets: %d are the most", ONCALL_TARGETS);
		TRY(check_target(t, line));
	}
	TRY(call_level_set(t, level, targets));
	return told(t, "oncall.changed", turn_printf(t, "levels/%s", oncall_level_name(level)),
		    *targets ? "set" : "not used any more");
}

/* ---- overrides ---- */

static enum err check_span(struct turn *t, const struct override *o)
{
	if (o->to_ms <= o->from_ms)
		return fail(t, ERR_INVALID, "end_time: not after start_time");
	if (o->to_ms <= t->now_ms)
		return fail(t, ERR_INVALID, "end_time: is past");
	if (o->to_ms - o->from_ms > ONCALL_LOOK_DAYS * INT64_C(86400000))
		return fail(t, ERR_INVALID, "end_time: a year is the most");
	return OK;
}

static enum err check_person(struct turn *t, const char *name)
{
	struct person p;

	return *name ? person_get(t, name, &p) : OK;
}

static enum err add_shifts(struct turn *t, const struct override *frame, struct override *shifts,
			   size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct override *s = &shifts[i];

		s->schedule = frame->schedule;
		s->kind = OVERRIDE_SHIFT;
		s->of_frame = frame->id;
		s->instead = "";
		s->reason = frame->reason;
		s->author = frame->author;
		if (!*s->person || s->to_ms <= s->from_ms || s->from_ms < frame->from_ms ||
		    s->to_ms > frame->to_ms)
			return fail(t, ERR_INVALID,
				    "shifts: each needs a person, and a time within the whole");
		TRY(check_person(t, s->person));
		TRY(override_add(t, s));
	}
	return OK;
}

enum err oncall_override(struct turn *t, const char *schedule, struct override *o,
			 struct override *shifts, size_t n)
{
	struct override *all;
	struct schedule s;
	size_t n_all;

	assert(t->in_lane);
	TRY(schedule_get(t, schedule, &s));
	TRY(check_span(t, o));
	TRY(check_person(t, o->person));
	TRY(check_person(t, o->instead));
	TRY(check_text(t, "reason", o->reason, 400));
	TRY(override_list(t, s.id, t->now_ms, INT64_MAX, &all, &n_all));
	if (n_all + n + 1 > OVERRIDES_MAX)
		return fail(t, ERR_FULL, "schedule '%s' has %zu overrides ahead: %d are the most",
			    s.name, n_all, OVERRIDES_MAX);
	o->schedule = s.id;
	o->author = t->actor;
	TRY(override_add(t, o));
	TRY(add_shifts(t, o, shifts, n));
	return told(t, "oncall.overridden", turn_printf(t, "schedules/%s", s.name),
		    *o->person ? turn_printf(t, "%s has it for a time", o->person)
			       : "a temporary schedule");
}

enum err oncall_end_override(struct turn *t, int64_t id, struct override *out)
{
	assert(t->in_lane);
	TRY(override_get(t, id, out));
	TRY(override_remove(t, id));
	return told(t, "oncall.overridden", turn_printf(t, "overrides/%lld", (long long)id),
		    "ended");
}

/* Where somebody else would have come. */
static enum err shift_end(struct turn *t, const struct schedule *s, int64_t *out)
{
	int64_t to_ms = t->now_ms + SHIFT_LOOK_DAYS * INT64_C(86400000);
	struct shift *shifts;
	struct rota *r;

	TRY(oncall_rota(t, s, t->now_ms, to_ms, &r));
	size_t n = rota_shifts(t, r, t->now_ms, to_ms, 2, &shifts);

	*out = n > 0 ? shifts[0].to_ms : to_ms;
	if (*out > t->now_ms + TAKE_MOST_MS)
		*out = t->now_ms + TAKE_MOST_MS;
	return OK;
}

enum err oncall_take(struct turn *t, const char *schedule, const char *person, int64_t until_ms,
		     const char *reason, struct override *out)
{
	struct schedule s;
	struct person p;

	assert(t->in_lane);
	if (!*person)
		person = t->actor;
	enum err e = person_get(t, person, &p);

	if (e == ERR_MISSING)
		return fail(t, ERR_INVALID,
			    "person: nobody on call is called '%.60s': say who takes it", person);
	if (e != OK)
		return e;
	TRY(schedule_get(t, schedule, &s));
	*out = (struct override){ .schedule = s.id,
				  .kind = OVERRIDE_TAKE,
				  .person = p.name,
				  .instead = "",
				  .from_ms = t->now_ms,
				  .to_ms = until_ms,
				  .reason = reason,
				  .author = t->actor };
	if (until_ms == 0)
		TRY(shift_end(t, &s, &out->to_ms));
	TRY(check_span(t, out));
	TRY(check_text(t, "reason", reason, 400));
	TRY(override_add(t, out));
	return told(t, "oncall.taken", turn_printf(t, "schedules/%s", s.name),
		    turn_printf(t, "%s has it", p.name));
}
