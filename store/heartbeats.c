#include "store/heartbeats.h"

#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

/* The one place that knows the order of HEARTBEAT_COLS. */
static void read_heartbeat(struct turn *t, struct row *r, void *item)
{
	struct heartbeat *h = item;

	(void)t;
	*h = (struct heartbeat){ .id = get_i64(r) };
	h->name = get_text(r);
	h->kind = (enum heartbeat_kind)get_i64(r);
	h->token = get_hash(r);
	h->period_ms = get_i64(r);
	h->grace_ms = get_i64(r);
	h->severity = (enum incident_severity)get_i64(r);
	h->note = get_text(r);
	h->state = (enum heartbeat_state)get_i64(r);
	h->beat_ms = get_i64(r);
	h->heard_ms = get_i64(r);
	h->start_ms = get_i64(r);
	h->due_ms = get_i64(r);
	h->took_ms = get_i64(r);
	h->said = get_text(r);
	h->created_ms = get_i64(r);
	h->version = get_i64(r);
}

static enum err many(struct row *r, struct heartbeat **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_heartbeat, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err heartbeat_list(struct turn *t, struct heartbeat **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_HEARTBEAT_LIST);

	bind_i64(r, HEARTBEATS_MAX);
	return many(r, out, n_out);
}

enum err heartbeat_get(struct turn *t, const char *name, struct heartbeat *out)
{
	struct row *r = db_query(t, Q_HEARTBEAT_GET);

	bind_text(r, name);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "no heartbeat '%.60s': see `ghostctl heartbeats list`", name);
	if (e == OK)
		read_heartbeat(t, r, out);
	return e;
}

enum err heartbeat_of_token(struct turn *t, struct eth_hash token, struct heartbeat *out)
{
	struct row *r = db_query(t, Q_HEARTBEAT_OF_TOKEN);

	bind_hash(r, &token);
	TRY(db_one(r));
	read_heartbeat(t, r, out);
	return OK;
}

enum err heartbeat_add(struct turn *t, struct heartbeat *h)
{
	struct row *r = db_query(t, Q_HEARTBEAT_ADD);

	h->created_ms = t->now_ms;
	bind_text(r, h->name);
	bind_i64(r, h->kind);
	bind_hash(r, &h->token);
	bind_i64(r, h->period_ms);
	bind_i64(r, h->grace_ms);
	bind_i64(r, h->severity);
	bind_text(r, h->note);
	bind_i64(r, h->state);
	bind_i64(r, h->created_ms);
	enum err e = db_one(r);

	if (e != OK)
		return e == ERR_MISSING ? ERR_EXISTS : e;
	h->id = get_i64(r);
	h->version = get_i64(r);
	lane_touch(t, TOPIC_NOTIFY);
	return OK;
}

enum err heartbeat_heard(struct turn *t, const struct heartbeat *h)
{
	struct row *r = db_query(t, Q_HEARTBEAT_HEARD);

	bind_i64(r, h->state);
	bind_i64(r, h->beat_ms);
	bind_i64(r, h->heard_ms);
	bind_i64(r, h->start_ms);
	bind_i64(r, h->due_ms);
	bind_i64(r, h->took_ms);
	bind_text(r, cut(t, h->said, 400));
	bind_i64(r, h->id);
	return db_exec(r, NULL);
}

enum err heartbeat_remove(struct turn *t, const struct heartbeat *h)
{
	struct row *r = db_query(t, Q_HEARTBEAT_REMOVE);
	uint8_t nobody[32];
	int64_t changed;

	/* Its token is of no more use; the column wants one. */
	turn_random(t, nobody, sizeof(nobody));
	bind_i64(r, t->now_ms);
	bind_blob(r, nobody, sizeof(nobody));
	bind_i64(r, h->id);
	bind_i64(r, h->version);
	TRY(db_exec(r, &changed));
	if (changed != 1)
		return fail(t, ERR_STALE, "heartbeat '%s' changed meanwhile: read it again",
			    h->name);
	lane_touch(t, TOPIC_NOTIFY);
	return OK;
}

enum err heartbeat_late(struct turn *t, size_t limit, struct heartbeat **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_HEARTBEAT_LATE);

	bind_i64(r, t->now_ms);
	bind_u64(r, limit);
	return many(r, out, n_out);
}
