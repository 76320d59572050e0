#include "store/incident_work.h"

#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

enum { ANSWERS_READ = 100, LINKS_READ = 100 };

/* ---- answers ---- */

static void read_answer(struct turn *t, struct row *r, void *item)
{
	struct incident_answer *a = item;

	(void)t;
	a->field = get_text(r);
	a->text = get_text(r);
	a->author = get_text(r);
	a->at_ms = get_i64(r);
}

enum err answer_list(struct turn *t, int64_t incident, struct incident_answer **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_ANSWER_LIST);
	struct rows all;

	bind_i64(r, incident);
	bind_i64(r, ANSWERS_READ);
	TRY(db_all(r, sizeof(**out), read_answer, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err answer_put(struct turn *t, int64_t incident, const struct incident_answer *a)
{
	struct row *r = db_query(t, Q_ANSWER_PUT);

	bind_i64(r, incident);
	bind_text(r, a->field);
	bind_text(r, a->text);
	bind_text(r, cut(t, a->author, 200));
	bind_i64(r, a->at_ms);
	lane_touch(t, TOPIC_INCIDENT);
	return db_exec(r, NULL);
}

/* ---- action items ---- */

static void read_action(struct turn *t, struct row *r, void *item)
{
	struct action_item *a = item;

	(void)t;
	a->id = get_i64(r);
	a->incident = get_i64(r);
	a->kind = (enum action_kind)get_i64(r);
	a->text = get_text(r);
	a->owner = get_text(r);
	a->due_ms = get_i64(r);
	a->done_ms = get_i64(r);
	a->done_by = get_text(r);
}

enum err action_list(struct turn *t, int64_t incident, size_t limit, struct action_item **out,
		     size_t *n_out)
{
	struct row *r = db_query(t, incident ? Q_ACTION_LIST : Q_ACTION_OPEN);
	struct rows all;

	if (incident)
		bind_i64(r, incident);
	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_action, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err action_get(struct turn *t, int64_t id, struct action_item *out)
{
	struct row *r = db_query(t, Q_ACTION_GET);

	bind_i64(r, id);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "no action item %lld: see `ghostctl incidents actions`",
			    (long long)id);
	if (e == OK)
		read_action(t, r, out);
	return e;
}

enum err action_add(struct turn *t, struct action_item *a)
{
	struct row *r = db_query(t, Q_ACTION_COUNT);

	bind_i64(r, a->incident);
	TRY(db_one(r));
	if (get_i64(r) >= ACTIONS_MAX)
		return fail(t, ERR_FULL, "an incident has at most %d action items", ACTIONS_MAX);
	r = db_query(t, Q_ACTION_ADD);
	bind_i64(r, a->incident);
	bind_i64(r, a->kind);
	bind_text(r, a->text);
	bind_text(r, cut(t, a->owner, 200));
	bind_i64(r, a->due_ms);
	TRY(db_one(r));
	a->id = get_i64(r);
	lane_touch(t, TOPIC_INCIDENT);
	return OK;
}

enum err action_save(struct turn *t, const struct action_item *a)
{
	struct row *r = db_query(t, Q_ACTION_SAVE);

	bind_i64(r, a->kind);
	bind_text(r, a->text);
	bind_text(r, cut(t, a->owner, 200));
	bind_i64(r, a->due_ms);
	bind_i64(r, a->done_ms);
	bind_text(r, cut(t, a->done_by, 200));
	bind_i64(r, a->id);
	lane_touch(t, TOPIC_INCIDENT);
	return db_exec(r, NULL);
}

/* ---- links ---- */

enum err incident_link_put(struct turn *t, int64_t a, int64_t b, const char *author,
			   bool *added_out)
{
	struct row *r = db_query(t, Q_LINK_PUT);
	int64_t changed;

	bind_i64(r, a < b ? a : b);
	bind_i64(r, a < b ? b : a);
	bind_text(r, cut(t, author, 200));
	bind_i64(r, t->now_ms);
	TRY(db_exec(r, &changed));
	*added_out = changed == 1;
	lane_touch(t, TOPIC_INCIDENT);
	return OK;
}

static void read_id(struct turn *t, struct row *r, void *item)
{
	(void)t;
	*(int64_t *)item = get_i64(r);
}

enum err incident_link_list(struct turn *t, int64_t incident, int64_t **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_LINK_LIST);
	struct rows all;

	bind_i64(r, incident);
	bind_i64(r, LINKS_READ);
	TRY(db_all(r, sizeof(**out), read_id, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

/* ---- announcements ---- */

static void read_announcement(struct turn *t, struct row *r, void *item)
{
	struct announcement *a = item;

	(void)t;
	a->id = get_i64(r);
	a->incident = get_i64(r);
	a->at_ms = get_i64(r);
	a->author = get_text(r);
	a->state = (enum announce_state)get_i64(r);
	a->title = get_text(r);
	a->text = get_text(r);
}

enum err announcement_add(struct turn *t, struct announcement *a)
{
	struct row *r = db_query(t, Q_ANNOUNCEMENT_ADD);

	a->at_ms = t->now_ms;
	if (a->incident)
		bind_i64(r, a->incident);
	else
		bind_null(r);
	bind_i64(r, a->at_ms);
	bind_text(r, cut(t, a->author, 200));
	bind_i64(r, a->state);
	bind_text(r, a->title);
	bind_text(r, a->text);
	TRY(db_one(r));
	a->id = get_i64(r);
	lane_touch(t, TOPIC_INCIDENT);
	return OK;
}

enum err announcement_list(struct turn *t, int64_t incident, int64_t since_ms, size_t limit,
			   struct announcement **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_ANNOUNCEMENT_LIST);
	struct rows all;

	bind_i64(r, incident);
	bind_i64(r, since_ms);
	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_announcement, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}
