#include "server/core/rota.h"

#include <stdio.h>
#include <string.h>

#include "server/core/calendar.h"

enum { WINDOWS = 14, DAYS = 7 };

/* Minutes of the week; `to` may be in the next one. */
struct window {
	int64_t from, to;
};

struct rota_layer {
	const char *name;
	enum layer_kind kind;
	int64_t every, start_min;
	const char *people[ROTA_PEOPLE];
	size_t n_people;
	int64_t points[ROTA_POINTS];
	size_t n_points;
	struct window windows[WINDOWS];
	size_t n_windows;
};

struct rota {
	const struct zone *zone;
	struct rota_layer layers[LAYERS_MAX];
	size_t n_layers;
	const struct override *o;
	size_t n_o;
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

bool rota_names(const char *lines, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = lines; n > 0 && (at = strstr(at, name)) != NULL; at += n)
		if ((at == lines || at[-1] == '\n') && (at[n] == 0 || at[n] == '\n'))
			return true;
	return false;
}

/* ---- reading ---- */

static const char *const day_names[DAYS] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static int day_of(const char *s)
{
	for (int i = 0; i < DAYS; i++)
		if (strncmp(s, day_names[i], 3) == 0)
			return i;
	return -1;
}

/* "HH:MM", up to 24:00; the rest in *end. */
static bool clock_of(const char *s, int64_t *min_out, const char **end)
{
	unsigned h, m;
	int n = 0;

	if (sscanf(s, "%2u:%2u%n", &h, &m, &n) != 2 || n != 5 || m > 59 || h * 60 + m > 1440)
		return false;
	*min_out = h * 60 + m;
	*end = s + n;
	return true;
}

/* "mon ", "mon-fri " or nothing: a set of days, and what follows. */
static bool days_of(const char *s, bool days[DAYS], const char **end)
{
	int from = day_of(s), to = from;

	for (int i = 0; i < DAYS; i++)
		days[i] = from < 0;
	*end = s;
	if (from < 0)
		return true;
	s += 3;
	if (*s == '-') {
		to = day_of(s + 1);
		s += 4;
	}
	if (to < 0 || *s != ' ')
		return false;
	for (int i = from;; i = (i + 1) % DAYS) {
		days[i] = true;
		if (i == to)
			break;
	}
	*end = s + 1;
	return true;
}

static enum err read_point(struct turn *t, const char *line, struct rota_layer *l)
{
	bool days[DAYS];
	const char *rest;
	int64_t min;

	if (!days_of(line, days, &rest) || !clock_of(rest, &min, &rest) || *rest || min == 1440)
		return fail(t, ERR_INVALID,
			    "layers.handoffs: '%.40s', want \"09:00\" or \"mon 09:00\"", line);
	for (int i = 0; i < DAYS; i++) {
		if (!days[i])
			continue;
		if (l->n_points >= ROTA_POINTS)
			return fail(t, ERR_INVALID, "layers.handoffs: %d a week are the most",
				    ROTA_POINTS);
		size_t at = l->n_points++;

		for (; at > 0 && l->points[at - 1] > i * DAY_MINUTES + min; at--)
			l->points[at] = l->points[at - 1];
		l->points[at] = i * DAY_MINUTES + min;
	}
	return OK;
}

static enum err read_window(struct turn *t, const char *line, struct rota_layer *l)
{
	bool days[DAYS];
	const char *rest;
	int64_t from, to;

	if (!days_of(line, days, &rest) || !clock_of(rest, &from, &rest) || *rest != '-' ||
	    !clock_of(rest + 1, &to, &rest) || *rest || from == to)
		return fail(t, ERR_INVALID,
			    "layers.active: '%.40s', want \"mon-fri 09:00-17:00\" or "
			    "\"22:00-06:00\"",
			    line);
	for (int i = 0; i < DAYS; i++) {
		if (!days[i])
			continue;
		if (l->n_windows >= WINDOWS)
			return fail(t, ERR_INVALID, "layers.active: %d spans a week are the most",
				    WINDOWS);
		l->windows[l->n_windows++] =
			(struct window){ i * DAY_MINUTES + from,
					 i * DAY_MINUTES + to + (to < from ? DAY_MINUTES : 0) };
	}
	return OK;
}

static enum err read_people(struct turn *t, const char *lines, struct rota_layer *l)
{
	char *rest = turn_strdup(t, lines), *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (!*line)
			continue;
		if (l->n_people >= ROTA_PEOPLE)
			return fail(t, ERR_INVALID, "layers.people: %d are the most", ROTA_PEOPLE);
		l->people[l->n_people++] = line;
	}
	if (l->n_people == 0)
		return fail(t, ERR_INVALID, "layers.people: nobody is named");
	return OK;
}

static enum err read_layer(struct turn *t, const struct layer *from, struct rota_layer *l)
{
	char *rest, *line;

	*l = (struct rota_layer){ .name = from->name,
				  .kind = from->kind,
				  .every = from->every,
				  .start_min = from->start_min };
	if (l->every < 1 || l->every > 52)
		return fail(t, ERR_INVALID, "layers.every: want 1 to 52");
	TRY(read_people(t, from->people, l));
	for (rest = turn_strdup(t, from->handoffs); (line = strsep(&rest, "\n")) != NULL;)
		if (*line)
			TRY(read_point(t, line, l));
	for (rest = turn_strdup(t, from->active); (line = strsep(&rest, "\n")) != NULL;)
		if (*line)
			TRY(read_window(t, line, l));
	if ((l->kind == LAYER_CUSTOM) != (l->n_points > 0))
		return fail(t, ERR_INVALID,
			    "layers.handoffs: a custom rotation has them, a daily or weekly one "
			    "has not");
	return OK;
}

enum err rota_read(struct turn *t, const struct schedule *s, const struct override *o, size_t n,
		   struct rota **out)
{
	struct rota *r = turn_alloc(t, sizeof(*r));

	TRY(zone_check(t, "schedule.time_zone", s->zone));
	r->zone = zone_named(s->zone);
	for (size_t i = 0; i < s->n_layers; i++)
		TRY(read_layer(t, &s->layers[i], &r->layers[i]));
	r->n_layers = s->n_layers;
	r->o = o;
	r->n_o = n;
	*out = r;
	return OK;
}

/* ---- one layer ---- */

/* The k-th handoff on the wall clock; 0 is the start. Of a custom rotation the first is the first
 * point after the start. */
static int64_t handoff(const struct rota_layer *l, int64_t k)
{
	int64_t monday, at = week_minutes(l->start_min, &monday), first = 0;
	int64_t n = (int64_t)l->n_points;

	if (l->kind == LAYER_DAILY)
		return l->start_min + k * l->every * DAY_MINUTES;
	if (l->kind == LAYER_WEEKLY)
		return l->start_min + k * l->every * WEEK_MINUTES;
	if (k <= 0)
		return k < 0 ? l->start_min - 1 : l->start_min;
	while (first < n && l->points[first] <= at)
		first++;
	first += k - 1;
	return monday + first / n * WEEK_MINUTES + l->points[first % n];
}

/* About how many handoffs were up to then; exact to one or two. */
static int64_t guess(const struct rota_layer *l, int64_t local)
{
	int64_t since = local - l->start_min;

	if (l->kind == LAYER_DAILY)
		return floor_div(since, l->every * DAY_MINUTES);
	if (l->kind == LAYER_WEEKLY)
		return floor_div(since, l->every * WEEK_MINUTES);
	return floor_div(since * (int64_t)l->n_points, WEEK_MINUTES);
}

static bool is_active(const struct rota_layer *l, const struct zone *z, int64_t at_ms,
		      int64_t *next_ms)
{
	bool active = l->n_windows == 0;
	int64_t monday;

	(void)week_minutes(zone_minutes(z, at_ms), &monday);
	for (size_t i = 0; i < l->n_windows; i++)
		for (int w = -1; w <= 1; w++) {
			int64_t base = monday + w * WEEK_MINUTES;
			int64_t from = zone_ms(z, base + l->windows[i].from);
			int64_t to = zone_ms(z, base + l->windows[i].to);

			active = active || (from <= at_ms && at_ms < to);
			if (from > at_ms && from < *next_ms)
				*next_ms = from;
			if (to > at_ms && to < *next_ms)
				*next_ms = to;
		}
	return active;
}

/* "" while it has nobody; *next_ms becomes no later than its next change. */
static const char *layer_at(const struct rota_layer *l, const struct zone *z, int64_t at_ms,
			    int64_t *next_ms)
{
	int64_t k = guess(l, zone_minutes(z, at_ms)), next;

	if (k < -1)
		k = -1;
	while (k >= 0 && zone_ms(z, handoff(l, k)) > at_ms)
		k--;
	while ((next = zone_ms(z, handoff(l, k + 1))) <= at_ms)
		k++;
	if (next < *next_ms)
		*next_ms = next;
	bool active = is_active(l, z, at_ms, next_ms);

	return k >= 0 && active ? l->people[k % (int64_t)l->n_people] : "";
}

/* ---- the whole ---- */

static bool holds(const struct override *o, int64_t at_ms)
{
	return o->from_ms <= at_ms && at_ms < o->to_ms;
}

static void edges(const struct rota *r, int64_t at_ms, int64_t *next_ms)
{
	for (size_t i = 0; i < r->n_o; i++) {
		if (r->o[i].from_ms > at_ms && r->o[i].from_ms < *next_ms)
			*next_ms = r->o[i].from_ms;
		if (r->o[i].to_ms > at_ms && r->o[i].to_ms < *next_ms)
			*next_ms = r->o[i].to_ms;
	}
}

static struct shift by_layers(struct turn *t, const struct rota *r, int64_t at_ms, int64_t *next_ms)
{
	struct shift s = { .person = "", .source = "" };

	for (size_t i = r->n_layers; i-- > 0;) {
		const char *who = layer_at(&r->layers[i], r->zone, at_ms, next_ms);

		if (*who && !*s.person)
			s = (struct shift){ .person = who,
					    .source =
						    turn_printf(t, "layer %s", r->layers[i].name) };
	}
	return s;
}

/* In a frame: its shift, or nobody. */
static struct shift by_frame(struct turn *t, const struct rota *r, const struct override *frame,
			     int64_t at_ms)
{
	struct shift s = { .person = "",
			   .source = turn_printf(t, "temporary %lld", (long long)frame->id),
			   .override = frame->id };

	for (size_t i = 0; i < r->n_o; i++)
		if (r->o[i].kind == OVERRIDE_SHIFT && r->o[i].of_frame == frame->id &&
		    holds(&r->o[i], at_ms))
			s.person = r->o[i].person;
	return s;
}

struct shift rota_at(struct turn *t, const struct rota *r, int64_t at_ms)
{
	int64_t next_ms = INT64_MAX;
	const struct override *frame = NULL;
	struct shift s = by_layers(t, r, at_ms, &next_ms);

	edges(r, at_ms, &next_ms);
	for (size_t i = 0; i < r->n_o; i++)
		if (r->o[i].kind == OVERRIDE_FRAME && holds(&r->o[i], at_ms))
			frame = &r->o[i];
	if (frame)
		s = by_frame(t, r, frame, at_ms);
	for (size_t i = 0; i < r->n_o; i++) {
		const struct override *o = &r->o[i];

		if ((o->kind != OVERRIDE_PLAIN && o->kind != OVERRIDE_TAKE) || !holds(o, at_ms) ||
		    (*o->instead && strcmp(o->instead, s.person) != 0))
			continue;
		s.person = o->person;
		s.override = o->id;
		s.source =
			turn_printf(t, "%s %lld", o->kind == OVERRIDE_TAKE ? "taken," : "override",
				    (long long)o->id);
	}
	s.from_ms = at_ms;
	s.to_ms = next_ms;
	return s;
}

size_t rota_shifts(struct turn *t, const struct rota *r, int64_t from_ms, int64_t to_ms, size_t max,
		   struct shift **out)
{
	size_t n = 0, room = 0;

	*out = NULL;
	while (from_ms < to_ms && n <= max && n <= ROTA_SHIFTS_MAX) {
		struct shift s = rota_at(t, r, from_ms);

		if (s.to_ms > to_ms)
			s.to_ms = to_ms;
		from_ms = s.to_ms;
		if (n > 0 && strcmp((*out)[n - 1].person, s.person) == 0 &&
		    strcmp((*out)[n - 1].source, s.source) == 0) {
			(*out)[n - 1].to_ms = s.to_ms;
			continue;
		}
		*out = turn_grow(t, *out, n, &room, sizeof(**out));
		(*out)[n++] = s;
	}
	return n > max ? max : n;
}
