#include "store/events.h"

#include "store/cut.h"
#include "store/db.h"

static const int64_t KEEP_MS = 7 * INT64_C(86400000);
static const int64_t KEEP_ROWS = 1000000;

enum err event_add(struct turn *t, enum topic topic, const char *subject, const char *kind,
		   const char *text)
{
	struct row *r = db_query(t, Q_EVENT_ADD);

	lane_touch(t, topic);
	bind_i64(r, t->now_ms);
	bind_i64(r, topic);
	bind_text(r, cut(t, subject, 200));
	bind_text(r, cut(t, kind, 64));
	bind_text(r, cut(t, text, 1000));
	bind_text(r, cut(t, t->actor, 200));
	return db_exec(r, NULL);
}

static enum err id_of(struct turn *t, enum query q, int64_t *id_out)
{
	struct row *r = db_query(t, q);
	enum err e = db_one(r);

	*id_out = e == OK ? get_i64(r) : 0;
	return e == ERR_MISSING ? OK : e;
}

enum err event_last(struct turn *t, int64_t *id_out)
{
	return id_of(t, Q_EVENT_LAST, id_out);
}

/* Ids have no gaps: what is missing right behind `after` was pruned. An id above the newest comes
 * from another store, or from before a restore. */
static enum err check_cursor(struct turn *t, int64_t after)
{
	int64_t first, last;

	TRY(id_of(t, Q_EVENT_FIRST, &first));
	TRY(event_last(t, &last));
	if (after + 1 < first)
		return fail(t, ERR_RANGE,
			    "events after %lld are no longer kept (the oldest is %lld); list again",
			    (long long)after, (long long)first);
	if (after > last)
		return fail(t, ERR_RANGE,
			    "there is no event %lld yet (the newest is %lld): it is from another "
			    "store, or from before a restore; list again",
			    (long long)after, (long long)last);
	return OK;
}

static struct event get_event(struct row *r)
{
	struct event e = { 0 };

	e.id = get_i64(r);
	e.at_ms = get_i64(r);
	e.topic = (unsigned)get_i64(r);
	e.subject = get_text(r);
	e.kind = get_text(r);
	e.text = get_text(r);
	e.actor = get_text(r);
	return e;
}

enum err event_list(struct turn *t, int64_t after, unsigned topics, const char *subject,
		    size_t limit, struct event **out, size_t *n_out)
{
	struct row *r;
	size_t room = 0;
	enum err e;

	if (after > 0)
		TRY(check_cursor(t, after));
	*out = NULL;
	*n_out = 0;
	r = db_query(t, subject ? Q_EVENT_LIST_SUBJECT : Q_EVENT_LIST);
	if (subject)
		bind_text(r, subject);
	bind_i64(r, after);
	bind_i64(r, topics);
	bind_u64(r, limit);
	while ((e = db_next(r)) == OK) {
		*out = turn_grow(t, *out, *n_out, &room, sizeof(**out));
		(*out)[(*n_out)++] = get_event(r);
	}
	return e == ERR_MISSING ? OK : e;
}

enum err event_prune(struct turn *t, size_t limit, size_t *n_out)
{
	int64_t last, keep_from = 0;
	enum err e;

	*n_out = 0;
	TRY(event_last(t, &last));
	struct row *r = db_query(t, Q_EVENT_OLDEST);

	bind_u64(r, limit);
	while ((e = db_next(r)) == OK) {
		int64_t id = get_i64(r), at_ms = get_i64(r);

		/* The newest stays whatever its age: the next id follows it. */
		if (id == last || (at_ms > t->now_ms - KEEP_MS && id > last - KEEP_ROWS)) {
			db_done(r);
			break;
		}
		keep_from = id + 1;
		(*n_out)++;
	}
	if (e != OK && e != ERR_MISSING)
		return e;
	if (*n_out == 0)
		return OK;
	r = db_query(t, Q_EVENT_DROP);
	bind_i64(r, keep_from);
	return db_exec(r, NULL);
}
