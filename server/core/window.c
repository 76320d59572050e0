#include "server/core/window.h"

#include <assert.h>
#include <string.h>

#include "server/core/calendar.h"
#include "server/core/incident.h"
#include "server/core/mute.h"
#include "store/audit.h"
#include "store/base/buf.h"
#include "store/events.h"

enum {
	TITLE_MOST = 120,
	TASK_MOST = 200,
	REASON_MOST = 500,
	TASKS_TEXT = 8000,
	TEXT_MOST = 900,
	ROUTINES_MOST = 100
};
/* The windows of routines are laid out so far ahead. */
#define HOUR_MS  ((int64_t)3600 * 1000)
#define AHEAD_MS (35 * 24 * HOUR_MS)

static const char *name_of_window(struct turn *t, int64_t id)
{
	return turn_printf(t, "windows/%lld", (long long)id);
}

static enum err tell(struct turn *t, const struct window *w, const char *kind, const char *text)
{
	return event_add(t, TOPIC_NOTIFY, name_of_window(t, w->id), kind,
			 turn_printf(t, "%.120s%s%.600s", w->title, *text ? ": " : "", text));
}

static enum err record(struct turn *t, const struct window *w, const char *kind, const char *text)
{
	TRY(tell(t, w, kind, text));
	return audit_add(t, kind, name_of_window(t, w->id), text);
}

/* ---- planning ---- */

static enum err one_line(struct turn *t, const char *field, const char *s, size_t most)
{
	size_t n = strlen(s);

	if (n == 0 || n > most)
		return fail(t, ERR_INVALID, "%s: want 1 to %zu bytes", field, most);
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < 0x20)
			return fail(t, ERR_INVALID, "%s: one line", field);
	return OK;
}

static enum err task_lines(struct turn *t, const struct window_ask *ask, const char **out)
{
	struct buf b = buf_in(t->mem, TASKS_TEXT);

	if (ask->n_tasks > WINDOW_TASKS)
		return fail(t, ERR_INVALID, "tasks: %d are the most", WINDOW_TASKS);
	for (size_t i = 0; i < ask->n_tasks; i++) {
		TRY(one_line(t, "tasks", ask->tasks[i], TASK_MOST));
		buf_printf(&b, "%s\n", ask->tasks[i]);
	}
	*out = ask->n_tasks ? buf_text(&b) : "";
	return OK;
}

static enum err check(struct turn *t, const struct window_ask *ask, const char **tasks_out)
{
	TRY(one_line(t, "title", ask->title, TITLE_MOST));
	TRY(mute_check(t, ask->rule, ask->subject));
	TRY(zone_check(t, "zone", ask->zone));
	if (strlen(ask->reason) > REASON_MOST)
		return fail(t, ERR_INVALID, "reason: %d bytes are the most", REASON_MOST);
	if (ask->length_ms < 60000 || ask->length_ms > WINDOW_MOST_MS)
		return fail(t, ERR_INVALID, "duration: want a minute to 24 hours");
	if (ask->gates & ~(unsigned)GATE_ALL)
		return fail(t, ERR_INVALID, "gates: there is no such gate");
	return task_lines(t, ask, tasks_out);
}

enum err window_plan(struct turn *t, const struct window_ask *ask, struct window *out)
{
	struct window *open;
	const char *tasks;
	size_t n;

	assert(t->in_lane);
	TRY(check(t, ask, &tasks));
	if (ask->start_ms < t->now_ms - 60000)
		return fail(t, ERR_INVALID, "start_time: it is past");
	TRY(window_open(t, WINDOWS_OPEN, &open, &n));
	if (n == WINDOWS_OPEN)
		return fail(t, ERR_FULL, "%d windows are planned: cancel some first", WINDOWS_OPEN);
	*out = (struct window){
		.title = ask->title,
		.rule = ask->rule,
		.subject = ask->subject,
		.reason = ask->reason,
		.zone = ask->zone,
		.start_ms = ask->start_ms,
		.end_ms = ask->start_ms + ask->length_ms,
		.gates = ask->gates,
	};
	TRY(window_add(t, out));
	TRY(window_tasks_set(t, out->id, tasks));
	return record(t, out, "window.planned",
		      turn_printf(t, "from %s to %s; %s of %s pages nobody",
				  local_words(t, out->zone, out->start_ms),
				  local_words(t, out->zone, out->end_ms), out->rule, out->subject));
}

enum err routine_plan(struct turn *t, const struct routine_ask *ask, struct routine *out)
{
	const struct window_ask *w = &ask->window;
	struct recurrence r = { w->zone, ask->first, ask->recurrence };

	assert(t->in_lane);
	*out = (struct routine){
		.title = w->title,
		.rule = w->rule,
		.subject = w->subject,
		.reason = w->reason,
		.zone = w->zone,
		.first = ask->first,
		.recurrence = ask->recurrence,
		.length_ms = w->length_ms,
		.gates = w->gates,
	};
	TRY(check(t, w, &out->tasks));
	TRY(recurrence_check(t, &r));
	if (!*ask->recurrence)
		return fail(t, ERR_INVALID, "recurrence: want a rule as FREQ=WEEKLY;BYDAY=SU");
	TRY(routine_add(t, out));
	const char *text = turn_printf(t, "%s: %s from %s, %s", out->title, out->recurrence,
				       out->first, out->zone);

	TRY(event_add(t, TOPIC_NOTIFY, turn_printf(t, "routines/%lld", (long long)out->id),
		      "routine.planned", text));
	return audit_add(t, "routine.planned", turn_printf(t, "routines/%lld", (long long)out->id),
			 text);
}

enum err routine_end(struct turn *t, int64_t id, struct routine *out)
{
	struct window *open;
	size_t n;

	assert(t->in_lane);
	TRY(routine_get(t, id, out));
	if (out->removed_ms)
		return OK;
	out->removed_ms = t->now_ms;
	TRY(routine_save(t, out));
	TRY(window_open(t, WINDOWS_OPEN, &open, &n));
	for (size_t i = 0; i < n; i++) {
		if (open[i].routine != id || open[i].state != WINDOW_PLANNED)
			continue;
		open[i].state = WINDOW_CANCELLED;
		open[i].ended_ms = t->now_ms;
		open[i].ended_by = t->actor;
		open[i].text = "its routine ended";
		TRY(window_save(t, &open[i]));
	}
	const char *subject = turn_printf(t, "routines/%lld", (long long)id);

	TRY(event_add(t, TOPIC_NOTIFY, subject, "routine.ended", out->title));
	return audit_add(t, "routine.ended", subject, out->title);
}

/* ---- the states ---- */

static enum err opened(struct turn *t, struct window *w, const char *text)
{
	w->state = WINDOW_ACTIVE;
	w->started_ms = t->now_ms;
	w->started_by = t->actor;
	w->text = text;
	TRY(window_save(t, w));
	return record(t, w, "window.started",
		      turn_printf(t, "until %s%s%.400s", local_words(t, w->zone, w->end_ms),
				  *text ? "; " : "", text));
}

static const char *joined(struct turn *t, const char *const *lines, size_t n)
{
	struct buf b = buf_in(t->mem, TEXT_MOST);

	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%.200s", i ? "; " : "", lines[i]);
	return n ? buf_text(&b) : "";
}

enum err window_start(struct turn *t, int64_t id, bool force, const char *reason,
		      struct window *out)
{
	const char **shut, *text;
	size_t n;

	assert(t->in_lane);
	TRY(window_get(t, id, out));
	if (out->state == WINDOW_ACTIVE)
		return OK;
	if (out->state != WINDOW_PLANNED || t->now_ms >= out->end_ms)
		return fail(t, ERR_REFUSED, "window %lld is over", (long long)id);
	TRY(window_gates(t, out, &shut, &n));
	text = joined(t, shut, n);
	/* Begun early it lasts as long as planned: else it would keep pages back until the planned
	 * end, days away. */
	if (t->now_ms < out->start_ms) {
		out->end_ms -= out->start_ms - t->now_ms;
		out->start_ms = t->now_ms;
	}
	if (n > 0 && !force)
		return fail(t, ERR_REFUSED, "not yet: %.220s", text);
	if (n > 0 && !*reason)
		return fail(t, ERR_INVALID, "reason: say why it starts although: %.200s", text);
	return opened(t, out,
		      n ? turn_printf(t, "forced (%.200s) although: %.500s", reason, text) : "");
}

static const char *open_tasks(struct turn *t, const struct window_task *k, size_t n)
{
	struct buf b = buf_in(t->mem, TEXT_MOST);

	for (size_t i = 0; i < n && b.n < TEXT_MOST / 2; i++)
		if (!k[i].done_ms)
			buf_printf(&b, "%s%.60s", b.n ? ", " : "not done: ", k[i].text);
	return b.n ? buf_text(&b) : "";
}

/* Work that was not finished is somebody's to finish. */
static enum err left_open(struct turn *t, const struct window *w, const char *missing)
{
	struct trigger g = {
		.key = turn_printf(t, "window-unfinished:%lld", (long long)w->id),
		.rule = "window-unfinished",
		.subject = name_of_window(t, w->id),
		.title = turn_printf(t, "planned work ended unfinished: %s", w->title),
		.text = missing,
		.severity = INCIDENT_MEDIUM,
	};
	struct incident i;
	bool fresh;

	return incident_trigger(t, &g, &i, &fresh);
}

static enum err closed(struct turn *t, struct window *w, const char *said)
{
	struct window_task *k;
	size_t n;

	TRY(window_tasks(t, w->id, &k, &n));
	const char *missing = open_tasks(t, k, n);

	w->state = WINDOW_ENDED;
	w->ended_ms = t->now_ms;
	w->ended_by = t->actor;
	w->text = turn_printf(t, "%.300s%s%.400s", said, *said && *missing ? "; " : "", missing);
	TRY(window_save(t, w));
	TRY(record(t, w, "window.ended",
		   turn_printf(t, "%.700s%sit kept back %lld pages", w->text, *w->text ? "; " : "",
			       (long long)w->muted)));
	if (*missing)
		TRY(left_open(t, w, missing));
	return mute_over(t, w->rule, w->subject, w->started_ms);
}

enum err window_end(struct turn *t, int64_t id, const char *text, struct window *out)
{
	assert(t->in_lane);
	TRY(window_get(t, id, out));
	if (out->state == WINDOW_ENDED)
		return OK;
	if (out->state != WINDOW_ACTIVE)
		return fail(t, ERR_REFUSED, "window %lld has not begun, or is over", (long long)id);
	return closed(t, out, text);
}

enum err window_cancel(struct turn *t, int64_t id, const char *reason, struct window *out)
{
	assert(t->in_lane);
	TRY(window_get(t, id, out));
	if (out->state == WINDOW_CANCELLED)
		return OK;
	if (out->state != WINDOW_PLANNED)
		return fail(t, ERR_REFUSED, "window %lld has begun: end it instead", (long long)id);
	out->state = WINDOW_CANCELLED;
	out->ended_ms = t->now_ms;
	out->ended_by = t->actor;
	out->text = reason;
	TRY(window_save(t, out));
	return record(t, out, "window.cancelled", reason);
}

enum err window_extend(struct turn *t, int64_t id, int64_t end_ms, struct window *out)
{
	assert(t->in_lane);
	TRY(window_get(t, id, out));
	if (out->state != WINDOW_PLANNED && out->state != WINDOW_ACTIVE)
		return fail(t, ERR_REFUSED, "window %lld is over", (long long)id);
	int64_t begins = out->started_ms ? out->started_ms : out->start_ms;

	if (end_ms <= begins || end_ms <= t->now_ms || end_ms - begins > WINDOW_MOST_MS)
		return fail(t, ERR_INVALID,
			    "end_time: want 24 hours after its %s at most, and not past",
			    out->started_ms ? "start" : "planned start");
	out->end_ms = end_ms;
	TRY(window_save(t, out));
	return record(t, out, "window.extended",
		      turn_printf(t, "until %s", local_words(t, out->zone, end_ms)));
}

enum err window_noticed(struct turn *t, int64_t id, struct window *out)
{
	assert(t->in_lane);
	TRY(window_get(t, id, out));
	if (out->notice_ms)
		return OK;
	out->notice_ms = t->now_ms;
	TRY(window_save(t, out));
	return record(t, out, "window.noticed", "those concerned were told");
}

enum err window_tick(struct turn *t, int64_t id, int64_t place, bool is_done, struct window *out)
{
	struct window_task *k;
	size_t n;

	assert(t->in_lane);
	TRY(window_get(t, id, out));
	TRY(window_tasks(t, id, &k, &n));
	if (place < 1 || (size_t)place > n)
		return fail(t, ERR_MISSING, "window %lld has no task %lld", (long long)id,
			    (long long)place);
	struct window_task *one = &k[place - 1];

	if ((one->done_ms != 0) == is_done)
		return OK;
	one->done_ms = is_done ? t->now_ms : 0;
	one->done_by = is_done ? t->actor : "";
	TRY(window_task_save(t, id, one));
	return audit_add(t, is_done ? "window.task_done" : "window.task_undone",
			 name_of_window(t, id), one->text);
}

/* ---- by the clock ---- */

static enum err at_its_time(struct turn *t, struct window *w)
{
	const char **shut, *text;
	size_t n;

	TRY(window_gates(t, w, &shut, &n));
	if (n == 0)
		return opened(t, w, "");
	text = turn_printf(t, "waits: %.800s", joined(t, shut, n));
	if (strcmp(text, w->text) == 0)
		return OK;
	bool first = !*w->text;

	w->text = text;
	TRY(window_save(t, w));
	return first ? tell(t, w, "window.waits", text) : OK;
}

static enum err passed(struct turn *t, struct window *w)
{
	const char *why = *w->text ? w->text : "nothing was running at its time";

	w->state = WINDOW_MISSED;
	w->ended_ms = t->now_ms;
	w->ended_by = t->actor;
	w->text = why;
	TRY(window_save(t, w));
	return tell(t, w, "window.missed", why);
}

/* What would have begun while nothing was running is not laid out any more. */
static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static enum err lay_one(struct turn *t, const struct routine *s, int64_t start_ms)
{
	struct window w = {
		.routine = s->id,
		.title = s->title,
		.rule = s->rule,
		.subject = s->subject,
		.reason = s->reason,
		.zone = s->zone,
		.start_ms = start_ms,
		.end_ms = start_ms + s->length_ms,
		.gates = s->gates,
	};
	enum err e = window_add(t, &w);

	if (e == ERR_EXISTS)
		return OK;
	TRY(e);
	return window_tasks_set(t, w.id, s->tasks);
}

/* A few at once; the rest with the next turn. */
static enum err lay_out(struct turn *t, struct routine *s)
{
	enum { AT_ONCE = 8 };
	struct recurrence r = { s->zone, s->first, s->recurrence };
	int64_t until = t->now_ms + AHEAD_MS, start;

	s->laid_ms = later(t->now_ms, s->laid_ms);
	for (int i = 0; i < AT_ONCE && s->laid_ms < until; i++) {
		enum err e = recurrence_next(t, &r, s->laid_ms, &start);

		if (e == ERR_MISSING || (e == OK && start > until)) {
			s->laid_ms = until;
			break;
		}
		TRY(e);
		TRY(lay_one(t, s, start));
		s->laid_ms = start;
	}
	return routine_save(t, s);
}

/* An hour's slack, so that counting the calendar through is not each second's work. */
static bool lay_out_due(const struct turn *t, const struct routine *s)
{
	return s->laid_ms < t->now_ms + AHEAD_MS - HOUR_MS;
}

static enum err routines_turn(struct turn *t)
{
	struct routine *all;
	size_t n;

	TRY(routine_list(t, 0, ROUTINES_MOST, &all, &n));
	for (size_t i = 0; i < n; i++)
		if (lay_out_due(t, &all[i]))
			TRY(lay_out(t, &all[i]));
	return OK;
}

enum err windows_due(struct turn *t, bool *out)
{
	struct window *open;
	struct routine *all;
	size_t n;

	TRY(window_open(t, WINDOWS_OPEN, &open, &n));
	*out = false;
	for (size_t i = 0; i < n; i++)
		*out = *out || t->now_ms >= open[i].end_ms ||
		       (open[i].state == WINDOW_PLANNED && t->now_ms >= open[i].start_ms);
	if (*out)
		return OK;
	TRY(routine_list(t, 0, ROUTINES_MOST, &all, &n));
	for (size_t i = 0; i < n; i++)
		*out = *out || lay_out_due(t, &all[i]);
	return OK;
}

enum err windows_turn(struct turn *t)
{
	struct window *open;
	size_t n;

	assert(t->in_lane);
	TRY(routines_turn(t));
	TRY(window_open(t, WINDOWS_OPEN, &open, &n));
	for (size_t i = 0; i < n; i++) {
		struct window *w = &open[i];

		if (w->state == WINDOW_ACTIVE && t->now_ms >= w->end_ms)
			TRY(closed(t, w, "its time is over"));
		else if (w->state == WINDOW_PLANNED && t->now_ms >= w->end_ms)
			TRY(passed(t, w));
		else if (w->state == WINDOW_PLANNED && t->now_ms >= w->start_ms)
			TRY(at_its_time(t, w));
	}
	return OK;
}
