#include "store/channels.h"

#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

/* The one place that knows the order of CHANNEL_COLS. */
static void read_channel(struct turn *t, struct row *r, void *item)
{
	struct channel *c = item;

	(void)t;
	*c = (struct channel){ .id = get_i64(r) };
	c->name = get_text(r);
	c->kind = (enum channel_kind)get_i64(r);
	c->enabled = get_bool(r);
	c->events = get_text(r);
	c->target = get_text(r);
	c->username = get_text(r);
	c->sender = get_text(r);
	c->recipients = get_text(r);
	c->secret = get_blob(r);
	c->old_secret = get_blob(r);
	c->old_until_ms = get_i64(r);
	c->since_event = get_i64(r);
	c->state = (enum channel_state)get_i64(r);
	c->failures = get_i64(r);
	c->hold_ms = get_i64(r);
	c->took_ms = get_i64(r);
	c->ok_ms = get_i64(r);
	c->fail_ms = get_i64(r);
	c->said = get_text(r);
	c->sent = get_i64(r);
	c->dead = get_i64(r);
	c->dropped = get_i64(r);
	c->told_ms = get_i64(r);
	c->created_ms = get_i64(r);
	c->version = get_i64(r);
}

enum err channel_list(struct turn *t, struct channel **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_CHANNEL_LIST);
	struct rows all;

	bind_i64(r, CHANNELS_MAX);
	TRY(db_all(r, sizeof(**out), read_channel, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err channel_get(struct turn *t, const char *name, struct channel *out)
{
	struct row *r = db_query(t, Q_CHANNEL_GET);

	bind_text(r, name);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "no channel '%.60s': see `ghostctl notify channels list`", name);
	if (e == OK)
		read_channel(t, r, out);
	return e;
}

enum err channel_by_id(struct turn *t, int64_t id, struct channel *out)
{
	struct row *r = db_query(t, Q_CHANNEL_BY_ID);

	bind_i64(r, id);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "channel %lld is removed", (long long)id);
	if (e == OK)
		read_channel(t, r, out);
	return e;
}

/* The columns that CHANNEL_ADD and CHANNEL_SAVE share, in their order. */
static void bind_edited(struct row *r, const struct channel *c)
{
	bind_bool(r, c->enabled);
	bind_text(r, c->events);
	bind_text(r, c->target);
	bind_text(r, c->username);
	bind_text(r, c->sender);
	bind_text(r, c->recipients);
	bind_blob(r, c->secret.p, c->secret.n);
	bind_blob(r, c->old_secret.p, c->old_secret.n);
	bind_i64(r, c->old_until_ms);
	bind_i64(r, c->since_event);
	bind_i64(r, c->state);
}

enum err channel_add(struct turn *t, struct channel *c)
{
	struct row *r = db_query(t, Q_CHANNEL_ADD);

	c->created_ms = t->now_ms;
	bind_text(r, c->name);
	bind_i64(r, c->kind);
	bind_edited(r, c);
	bind_i64(r, c->created_ms);
	enum err e = db_one(r);

	if (e != OK)
		return e == ERR_MISSING ? ERR_EXISTS : e;
	c->id = get_i64(r);
	c->version = get_i64(r);
	lane_touch(t, TOPIC_NOTIFY);
	return OK;
}

enum err channel_save(struct turn *t, struct channel *c)
{
	struct row *r = db_query(t, Q_CHANNEL_SAVE);
	int64_t changed;

	bind_edited(r, c);
	bind_i64(r, c->failures);
	bind_i64(r, c->hold_ms);
	bind_i64(r, c->took_ms);
	bind_text(r, cut(t, c->said, 400));
	bind_i64(r, c->id);
	bind_i64(r, c->version);
	TRY(db_exec(r, &changed));
	if (changed != 1)
		return fail(t, ERR_STALE, "channel '%s' changed meanwhile: read it again", c->name);
	c->version++;
	lane_touch(t, TOPIC_NOTIFY);
	return OK;
}

enum err channel_heard(struct turn *t, const struct channel *c)
{
	struct row *r = db_query(t, Q_CHANNEL_HEARD);

	bind_i64(r, c->state);
	bind_bool(r, c->enabled);
	bind_i64(r, c->failures);
	bind_i64(r, c->hold_ms);
	bind_i64(r, c->took_ms);
	bind_i64(r, c->ok_ms);
	bind_i64(r, c->fail_ms);
	bind_text(r, cut(t, c->said, 400));
	bind_i64(r, c->sent);
	bind_i64(r, c->dead);
	bind_i64(r, c->dropped);
	bind_i64(r, c->told_ms);
	bind_i64(r, c->id);
	return db_exec(r, NULL);
}

enum err channel_remove(struct turn *t, struct channel *c)
{
	struct row *r = db_query(t, Q_CHANNEL_REMOVE);
	int64_t changed;

	bind_i64(r, t->now_ms);
	bind_i64(r, c->id);
	bind_i64(r, c->version);
	TRY(db_exec(r, &changed));
	if (changed != 1)
		return fail(t, ERR_STALE, "channel '%s' changed meanwhile: read it again", c->name);
	lane_touch(t, TOPIC_NOTIFY);
	return OK;
}

enum err channel_prune(struct turn *t, size_t limit, size_t *n_out)
{
	struct row *r = db_query(t, Q_CHANNEL_PRUNE);
	int64_t changed;

	bind_u64(r, limit);
	TRY(db_exec(r, &changed));
	*n_out = (size_t)changed;
	return OK;
}
