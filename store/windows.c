#include "store/windows.h"

#include <string.h>

#include "store/db.h"
#include "store/store.h"

static void read_window(struct turn *t, struct row *r, void *item)
{
	struct window *w = item;

	(void)t;
	w->id = get_i64(r);
	w->routine = get_i64(r);
	w->state = (enum window_state)get_i64(r);
	w->title = get_text(r);
	w->rule = get_text(r);
	w->subject = get_text(r);
	w->reason = get_text(r);
	w->zone = get_text(r);
	w->start_ms = get_i64(r);
	w->end_ms = get_i64(r);
	w->gates = (unsigned)get_i64(r);
	w->author = get_text(r);
	w->created_ms = get_i64(r);
	w->notice_ms = get_i64(r);
	w->started_ms = get_i64(r);
	w->started_by = get_text(r);
	w->ended_ms = get_i64(r);
	w->ended_by = get_text(r);
	w->muted = get_i64(r);
	w->text = get_text(r);
	w->version = get_i64(r);
}

enum err window_add(struct turn *t, struct window *w)
{
	struct row *r = db_query(t, Q_WINDOW_ADD);

	w->author = t->actor;
	w->created_ms = t->now_ms;
	w->started_by = w->ended_by = w->text = "";
	w->state = WINDOW_PLANNED;
	w->version = 1;
	if (w->routine)
		bind_i64(r, w->routine);
	else
		bind_null(r);
	bind_text(r, w->title);
	bind_text(r, w->rule);
	bind_text(r, w->subject);
	bind_text(r, w->reason);
	bind_text(r, w->zone);
	bind_i64(r, w->start_ms);
	bind_i64(r, w->end_ms);
	bind_i64(r, w->gates);
	bind_text(r, w->author);
	bind_i64(r, w->created_ms);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return ERR_EXISTS;
	TRY(e);
	w->id = get_i64(r);
	lane_touch(t, TOPIC_NOTIFY);
	return OK;
}

enum err window_get(struct turn *t, int64_t id, struct window *out)
{
	struct row *r = db_query(t, Q_WINDOW_GET);

	bind_i64(r, id);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, ERR_MISSING,
			    "there is no window %lld: see `ghostctl maintenance list`",
			    (long long)id);
	if (e == OK)
		read_window(t, r, out);
	return e;
}

enum err window_save(struct turn *t, struct window *w)
{
	struct row *r = db_query(t, Q_WINDOW_SAVE);

	w->version++;
	bind_i64(r, w->state);
	bind_i64(r, w->start_ms);
	bind_i64(r, w->end_ms);
	bind_i64(r, w->notice_ms);
	bind_i64(r, w->started_ms);
	bind_text(r, w->started_by);
	bind_i64(r, w->ended_ms);
	bind_text(r, w->ended_by);
	bind_i64(r, w->muted);
	bind_text(r, w->text);
	bind_i64(r, w->version);
	bind_i64(r, w->id);
	lane_touch(t, TOPIC_NOTIFY);
	return db_exec(r, NULL);
}

static enum err windows_of(struct row *r, struct window **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_window, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err window_open(struct turn *t, size_t limit, struct window **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_WINDOW_OPEN);

	bind_u64(r, limit);
	return windows_of(r, out, n_out);
}

enum err window_list(struct turn *t, int64_t before, size_t limit, struct window **out,
		     size_t *n_out)
{
	struct row *r = db_query(t, Q_WINDOW_LIST);

	bind_i64(r, before ? before : INT64_MAX);
	bind_u64(r, limit);
	return windows_of(r, out, n_out);
}

enum err window_tasks_set(struct turn *t, int64_t window, const char *lines)
{
	int64_t place = 0;

	for (const char *at = lines; *at && place < WINDOW_TASKS;) {
		size_t n = strcspn(at, "\n");
		struct row *r = db_query(t, Q_WINDOW_TASK_ADD);

		bind_i64(r, window);
		bind_i64(r, ++place);
		bind_text(r, turn_printf(t, "%.*s", (int)n, at));
		TRY(db_exec(r, NULL));
		at += n + (at[n] == '\n');
	}
	return OK;
}

static void read_task(struct turn *t, struct row *r, void *item)
{
	struct window_task *k = item;

	(void)t;
	k->place = get_i64(r);
	k->text = get_text(r);
	k->done_ms = get_i64(r);
	k->done_by = get_text(r);
}

enum err window_tasks(struct turn *t, int64_t window, struct window_task **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_WINDOW_TASKS);
	struct rows all;

	bind_i64(r, window);
	TRY(db_all(r, sizeof(**out), read_task, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err window_task_save(struct turn *t, int64_t window, const struct window_task *k)
{
	struct row *r = db_query(t, Q_WINDOW_TASK_SAVE);
	int64_t changed;

	bind_i64(r, k->done_ms);
	bind_text(r, k->done_by);
	bind_i64(r, window);
	bind_i64(r, k->place);
	TRY(db_exec(r, &changed));
	if (changed == 0)
		return fail(t, ERR_MISSING, "window %lld has no task %lld", (long long)window,
			    (long long)k->place);
	lane_touch(t, TOPIC_NOTIFY);
	return OK;
}

static void read_routine(struct turn *t, struct row *r, void *item)
{
	struct routine *s = item;

	(void)t;
	s->id = get_i64(r);
	s->title = get_text(r);
	s->rule = get_text(r);
	s->subject = get_text(r);
	s->reason = get_text(r);
	s->zone = get_text(r);
	s->first = get_text(r);
	s->recurrence = get_text(r);
	s->length_ms = get_i64(r);
	s->gates = (unsigned)get_i64(r);
	s->tasks = get_text(r);
	s->author = get_text(r);
	s->created_ms = get_i64(r);
	s->laid_ms = get_i64(r);
	s->removed_ms = get_i64(r);
}

enum err routine_add(struct turn *t, struct routine *s)
{
	struct row *r = db_query(t, Q_ROUTINE_ADD);

	s->author = t->actor;
	s->created_ms = t->now_ms;
	bind_text(r, s->title);
	bind_text(r, s->rule);
	bind_text(r, s->subject);
	bind_text(r, s->reason);
	bind_text(r, s->zone);
	bind_text(r, s->first);
	bind_text(r, s->recurrence);
	bind_i64(r, s->length_ms);
	bind_i64(r, s->gates);
	bind_text(r, s->tasks);
	bind_text(r, s->author);
	bind_i64(r, s->created_ms);
	TRY(db_one(r));
	s->id = get_i64(r);
	lane_touch(t, TOPIC_NOTIFY);
	return OK;
}

enum err routine_get(struct turn *t, int64_t id, struct routine *out)
{
	struct row *r = db_query(t, Q_ROUTINE_GET);

	bind_i64(r, id);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, ERR_MISSING,
			    "there is no routine %lld: see `ghostctl maintenance routines`",
			    (long long)id);
	if (e == OK)
		read_routine(t, r, out);
	return e;
}

enum err routine_save(struct turn *t, const struct routine *s)
{
	struct row *r = db_query(t, Q_ROUTINE_SAVE);

	bind_i64(r, s->laid_ms);
	bind_i64(r, s->removed_ms);
	bind_i64(r, s->id);
	lane_touch(t, TOPIC_NOTIFY);
	return db_exec(r, NULL);
}

enum err routine_list(struct turn *t, int64_t after, size_t limit, struct routine **out,
		      size_t *n_out)
{
	struct row *r = db_query(t, Q_ROUTINE_LIST);
	struct rows all;

	bind_i64(r, after);
	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_routine, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}
