#include "server/core/oncall.h"

#include <assert.h>
#include <string.h>

#include "store/channels.h"

static const char *const level_names[] = { "", "primary", "secondary", "lead" };

const char *oncall_level_name(int level)
{
	assert(level >= 0 && level <= ONCALL_LEVELS);
	return level_names[level];
}

enum err oncall_rota(struct turn *t, const struct schedule *s, int64_t from_ms, int64_t to_ms,
		     struct rota **out)
{
	struct override *o;
	size_t n;

	TRY(override_list(t, s->id, from_ms, to_ms, &o, &n));
	return rota_read(t, s, o, n, out);
}

static const char *tail_of(const char *target, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(target, prefix, n) == 0 ? target + n : NULL;
}

static enum err duty_of(struct turn *t, int64_t at_ms, struct on_duty *d)
{
	const char *name = tail_of(d->target, "schedules/");
	struct schedule s;
	struct rota *r;

	d->person = d->source = "";
	if (!name) {
		name = tail_of(d->target, "people/");
		d->person = name ? name : "";
		return OK;
	}
	TRY(schedule_get(t, name, &s));
	TRY(oncall_rota(t, &s, at_ms, at_ms + 1, &r));
	struct shift shift = rota_at(t, r, at_ms);

	d->person = shift.person;
	d->source = shift.source;
	d->until_ms = shift.to_ms == INT64_MAX ? 0 : shift.to_ms;
	return OK;
}

/* The end of the shift: where somebody else comes, not merely the next thing to look at. */
static enum err until_other(struct turn *t, int64_t at_ms, struct on_duty *d)
{
	const char *name = tail_of(d->target, "schedules/");
	int64_t to_ms = at_ms + INT64_C(60) * 86400000;
	struct schedule s;
	struct shift *shifts;
	struct rota *r;

	if (!name)
		return OK;
	TRY(schedule_get(t, name, &s));
	TRY(oncall_rota(t, &s, at_ms, to_ms, &r));
	size_t n = rota_shifts(t, r, at_ms, to_ms, 50, &shifts);

	d->until_ms = 0;
	for (size_t i = 0; i < n && strcmp(shifts[i].person, d->person) == 0; i++)
		d->until_ms = shifts[i].to_ms < to_ms ? shifts[i].to_ms : 0;
	return OK;
}

enum err oncall_duties(struct turn *t, int64_t at_ms, struct on_duty **out, size_t *n_out)
{
	*out = turn_array(t, (size_t)ONCALL_LEVELS * ONCALL_TARGETS, sizeof(**out));
	*n_out = 0;
	for (int level = 1; level <= ONCALL_LEVELS; level++) {
		const char *targets;

		TRY(call_level(t, level, &targets));
		char *rest = turn_strdup(t, targets), *line;

		for (int i = 0; i < ONCALL_TARGETS && (line = strsep(&rest, "\n")) != NULL; i++) {
			struct on_duty *d = &(*out)[*n_out];

			if (!*line)
				continue;
			*d = (struct on_duty){ .level = level, .target = line };
			TRY(duty_of(t, at_ms, d));
			TRY(until_other(t, at_ms, d));
			(*n_out)++;
		}
	}
	return OK;
}

/* ---- gaps ---- */

enum { GAP_LEAST_MS = 60000, GAPS_MAX = 500 };

struct holes {
	int64_t *from, *to;
	size_t n;
};

/* Where the schedule has nobody. */
static enum err holes_of(struct turn *t, const char *name, int64_t from_ms, int64_t to_ms,
			 struct holes *out)
{
	struct schedule s;
	struct shift *shifts;
	struct rota *r;

	TRY(schedule_get(t, name, &s));
	TRY(oncall_rota(t, &s, from_ms, to_ms, &r));
	size_t n = rota_shifts(t, r, from_ms, to_ms, ROTA_SHIFTS_MAX, &shifts);

	*out = (struct holes){ turn_array(t, n + 1, sizeof(int64_t)),
			       turn_array(t, n + 1, sizeof(int64_t)), 0 };
	for (size_t i = 0; i < n; i++) {
		if (*shifts[i].person)
			continue;
		if (out->n > 0 && out->to[out->n - 1] == shifts[i].from_ms) {
			out->to[out->n - 1] = shifts[i].to_ms;
			continue;
		}
		out->from[out->n] = shifts[i].from_ms;
		out->to[out->n++] = shifts[i].to_ms;
	}
	return OK;
}

/* What both lack. */
static struct holes both(struct turn *t, const struct holes *a, const struct holes *b)
{
	struct holes out = { turn_array(t, a->n + b->n + 1, sizeof(int64_t)),
			     turn_array(t, a->n + b->n + 1, sizeof(int64_t)), 0 };

	for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
		int64_t from = a->from[i] > b->from[j] ? a->from[i] : b->from[j];
		int64_t to = a->to[i] < b->to[j] ? a->to[i] : b->to[j];

		if (from < to) {
			out.from[out.n] = from;
			out.to[out.n++] = to;
		}
		if (a->to[i] < b->to[j])
			i++;
		else
			j++;
	}
	return out;
}

static enum err level_holes(struct turn *t, int level, int64_t from_ms, int64_t to_ms,
			    struct holes *out)
{
	const char *targets;
	bool first = true;

	*out = (struct holes){ 0 };
	TRY(call_level(t, level, &targets));
	char *rest = turn_strdup(t, targets), *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		const char *name = tail_of(line, "schedules/");
		struct holes h;

		if (!*line)
			continue;
		if (!name) { /* always there */
			*out = (struct holes){ 0 };
			return OK;
		}
		TRY(holes_of(t, name, from_ms, to_ms, &h));
		*out = first ? h : both(t, out, &h);
		first = false;
	}
	return OK;
}

enum err oncall_gaps(struct turn *t, int64_t from_ms, int64_t to_ms, struct gap **out,
		     size_t *n_out)
{
	*out = turn_array(t, GAPS_MAX, sizeof(**out));
	*n_out = 0;
	for (int level = 1; level <= ONCALL_LEVELS; level++) {
		struct holes h;

		TRY(level_holes(t, level, from_ms, to_ms, &h));
		for (size_t i = 0; i < h.n && *n_out < GAPS_MAX; i++)
			if (h.to[i] - h.from[i] >= GAP_LEAST_MS)
				(*out)[(*n_out)++] = (struct gap){ level, h.from[i], h.to[i] };
	}
	return OK;
}
