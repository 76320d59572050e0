#include "store/incident_notes.h"

#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

enum { VERSIONS_MAX = 200 };

static void read_note(struct turn *t, struct row *r, void *item)
{
	struct note *n = item;

	(void)t;
	*n = (struct note){ .id = get_i64(r) };
	n->incident = get_i64(r);
	n->author = get_text(r);
	n->at_ms = get_i64(r);
	n->text = get_text(r);
	n->edits = get_i64(r);
	n->edited_ms = get_i64(r);
	n->edited_by = get_text(r);
}

enum err note_list(struct turn *t, int64_t incident, struct note **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_NOTE_LIST);
	struct rows all;

	bind_i64(r, incident);
	bind_i64(r, NOTES_MAX);
	TRY(db_all(r, sizeof(**out), read_note, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err note_get(struct turn *t, int64_t id, struct note *out)
{
	struct row *r = db_query(t, Q_NOTE_GET);

	bind_i64(r, id);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "no note %lld: see `ghostctl incidents get`", (long long)id);
	if (e == OK)
		read_note(t, r, out);
	return e;
}

enum err note_add(struct turn *t, struct note *n)
{
	struct row *r = db_query(t, Q_NOTE_COUNT);

	bind_i64(r, n->incident);
	TRY(db_one(r));
	if (get_i64(r) >= NOTES_MAX)
		return fail(t, ERR_FULL, "an incident has at most %d notes: edit one of them",
			    NOTES_MAX);
	n->at_ms = t->now_ms;
	r = db_query(t, Q_NOTE_ADD);
	bind_i64(r, n->incident);
	bind_text(r, cut(t, n->author, 200));
	bind_i64(r, n->at_ms);
	bind_text(r, n->text);
	TRY(db_one(r));
	n->id = get_i64(r);
	lane_touch(t, TOPIC_INCIDENT);
	return OK;
}

enum err note_edit(struct turn *t, struct note *n, const char *author, const char *text)
{
	struct row *r = db_query(t, Q_NOTE_KEEP);

	if (n->edits >= VERSIONS_MAX)
		return fail(t, ERR_FULL, "a note is edited at most %d times: write another",
			    VERSIONS_MAX);
	bind_i64(r, n->id);
	bind_i64(r, n->edits);
	bind_i64(r, n->edits ? n->edited_ms : n->at_ms);
	bind_text(r, n->edits ? n->edited_by : n->author);
	bind_text(r, n->text);
	TRY(db_exec(r, NULL));
	n->text = text;
	n->edits++;
	n->edited_ms = t->now_ms;
	n->edited_by = author;
	r = db_query(t, Q_NOTE_EDIT);
	bind_text(r, n->text);
	bind_i64(r, n->edits);
	bind_i64(r, n->edited_ms);
	bind_text(r, cut(t, n->edited_by, 200));
	bind_i64(r, n->id);
	lane_touch(t, TOPIC_INCIDENT);
	return db_exec(r, NULL);
}

static void read_version(struct turn *t, struct row *r, void *item)
{
	struct note_version *v = item;

	(void)t;
	v->edit = get_i64(r);
	v->at_ms = get_i64(r);
	v->author = get_text(r);
	v->text = get_text(r);
}

enum err note_history(struct turn *t, int64_t note, struct note_version **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_NOTE_HISTORY);
	struct rows all;

	bind_i64(r, note);
	bind_i64(r, VERSIONS_MAX);
	TRY(db_all(r, sizeof(**out), read_version, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}
