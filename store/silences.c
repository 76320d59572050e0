#include "store/silences.h"

#include "store/db.h"
#include "store/store.h"

static void read_silence(struct turn *t, struct row *r, void *item)
{
	struct silence *s = item;

	(void)t;
	s->id = get_i64(r);
	s->rule = get_text(r);
	s->subject = get_text(r);
	s->reason = get_text(r);
	s->author = get_text(r);
	s->created_ms = get_i64(r);
	s->start_ms = get_i64(r);
	s->end_ms = get_i64(r);
	s->until_resolved = get_bool(r);
	s->matched = get_i64(r);
	s->matched_ms = get_i64(r);
	s->told_ms = get_i64(r);
	s->ended_ms = get_i64(r);
	s->ended_by = get_text(r);
}

enum err silence_add(struct turn *t, struct silence *s)
{
	struct row *r = db_query(t, Q_SILENCE_ADD);

	s->author = t->actor;
	s->created_ms = t->now_ms;
	s->ended_by = "";
	bind_text(r, s->rule);
	bind_text(r, s->subject);
	bind_text(r, s->reason);
	bind_text(r, s->author);
	bind_i64(r, s->created_ms);
	bind_i64(r, s->start_ms);
	bind_i64(r, s->end_ms);
	bind_bool(r, s->until_resolved);
	TRY(db_one(r));
	s->id = get_i64(r);
	lane_touch(t, TOPIC_NOTIFY);
	return OK;
}

enum err silence_get(struct turn *t, int64_t id, struct silence *out)
{
	struct row *r = db_query(t, Q_SILENCE_GET);

	bind_i64(r, id);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, ERR_MISSING,
			    "there is no silence %lld: see `ghostctl silences list`",
			    (long long)id);
	if (e == OK)
		read_silence(t, r, out);
	return e;
}

enum err silence_save(struct turn *t, const struct silence *s)
{
	struct row *r = db_query(t, Q_SILENCE_SAVE);

	bind_i64(r, s->matched);
	bind_i64(r, s->matched_ms);
	bind_i64(r, s->told_ms);
	bind_i64(r, s->ended_ms);
	bind_text(r, s->ended_by);
	bind_i64(r, s->id);
	lane_touch(t, TOPIC_NOTIFY);
	return db_exec(r, NULL);
}

static enum err many(struct row *r, struct silence **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_silence, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err silence_open(struct turn *t, size_t limit, struct silence **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_SILENCE_OPEN);

	bind_i64(r, t->now_ms);
	bind_u64(r, limit);
	return many(r, out, n_out);
}

enum err silence_over(struct turn *t, size_t limit, struct silence **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_SILENCE_OVER);

	bind_i64(r, t->now_ms);
	bind_u64(r, limit);
	return many(r, out, n_out);
}

enum err silence_list(struct turn *t, int64_t before, size_t limit, struct silence **out,
		      size_t *n_out)
{
	struct row *r = db_query(t, Q_SILENCE_LIST);

	bind_i64(r, before ? before : INT64_MAX);
	bind_u64(r, limit);
	return many(r, out, n_out);
}
