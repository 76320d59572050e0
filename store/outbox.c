#include "store/outbox.h"

#include <assert.h>
#include <string.h>

#include "store/base/hex.h"
#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

enum { UID_BYTES = 16 };

static const char *new_uid(struct turn *t)
{
	uint8_t bytes[UID_BYTES];
	char hex[2 * UID_BYTES + 1];

	turn_random(t, bytes, sizeof(bytes));
	hex_put(bytes, sizeof(bytes), hex);
	return turn_printf(t, "msg_%s", hex);
}

static void bind_ref(struct row *r, int64_t ref)
{
	if (ref)
		bind_i64(r, ref);
	else
		bind_null(r);
}

enum err notice_add(struct turn *t, struct notice *n)
{
	struct row *r = db_query(t, Q_NOTICE_ADD);

	assert(strlen(n->data) <= NOTICE_DATA_MAX);
	if (!n->uid)
		n->uid = new_uid(t);
	bind_text(r, n->uid);
	bind_i64(r, n->source);
	bind_ref(r, n->ref);
	bind_text(r, cut(t, n->kind, 64));
	bind_text(r, cut(t, n->subject, 200));
	bind_i64(r, n->severity);
	bind_i64(r, n->at_ms);
	bind_text(r, cut(t, n->text, 1000));
	bind_text(r, cut(t, n->actor, 200));
	bind_text(r, n->data);
	enum err e = db_one(r);

	if (e == OK)
		n->id = get_i64(r);
	if (e != ERR_MISSING)
		return e;
	r = db_query(t, Q_NOTICE_FIND);
	bind_i64(r, n->source);
	bind_ref(r, n->ref);
	TRY(db_one(r));
	n->id = get_i64(r);
	n->uid = get_text(r);
	return ERR_EXISTS;
}

enum err delivery_add(struct turn *t, struct delivery *d)
{
	struct row *r = db_query(t, Q_DELIVERY_ADD);

	bind_i64(r, d->notice);
	bind_i64(r, d->channel);
	bind_i64(r, d->state);
	bind_i64(r, d->attempts);
	bind_i64(r, d->replays);
	bind_i64(r, d->queued_ms);
	bind_i64(r, d->next_ms);
	bind_i64(r, d->last_ms);
	bind_i64(r, d->end_ms);
	bind_i64(r, d->took_ms);
	bind_i64(r, d->status);
	bind_text(r, cut(t, d->said, 400));
	enum err e = db_one(r);

	if (e != OK)
		return e == ERR_MISSING ? ERR_EXISTS : e;
	d->id = get_i64(r);
	lane_touch(t, TOPIC_NOTIFY);
	return OK;
}

enum err delivery_save(struct turn *t, const struct delivery *d)
{
	struct row *r = db_query(t, Q_DELIVERY_SAVE);

	bind_i64(r, d->state);
	bind_i64(r, d->attempts);
	bind_i64(r, d->replays);
	bind_i64(r, d->queued_ms);
	bind_i64(r, d->next_ms);
	bind_i64(r, d->last_ms);
	bind_i64(r, d->end_ms);
	bind_i64(r, d->took_ms);
	bind_i64(r, d->status);
	bind_text(r, cut(t, d->said, 400));
	bind_i64(r, d->id);
	if (d->state == DELIVERY_QUEUED)
		lane_touch(t, TOPIC_NOTIFY);
	return db_exec(r, NULL);
}

/* The one place that knows the order of DELIVERY_COLS. */
static void read_delivery(struct turn *t, struct row *r, void *item)
{
	struct delivery *d = item;

	(void)t;
	*d = (struct delivery){ .id = get_i64(r) };
	d->notice = get_i64(r);
	d->channel = get_i64(r);
	d->state = (enum delivery_state)get_i64(r);
	d->attempts = get_i64(r);
	d->replays = get_i64(r);
	d->queued_ms = get_i64(r);
	d->next_ms = get_i64(r);
	d->last_ms = get_i64(r);
	d->end_ms = get_i64(r);
	d->took_ms = get_i64(r);
	d->status = get_i64(r);
	d->said = get_text(r);
	d->channel_name = get_text(r);
	d->what.id = d->notice;
	d->what.uid = get_text(r);
	d->what.source = (enum notice_source)get_i64(r);
	d->what.ref = get_i64(r);
	d->what.kind = get_text(r);
	d->what.subject = get_text(r);
	d->what.severity = (enum severity)get_i64(r);
	d->what.at_ms = get_i64(r);
	d->what.text = get_text(r);
	d->what.actor = get_text(r);
	d->what.data = get_text(r);
}

static enum err read_many(struct row *r, struct delivery **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_delivery, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err delivery_get(struct turn *t, int64_t id, struct delivery *out)
{
	struct row *r = db_query(t, Q_DELIVERY_GET);

	bind_i64(r, id);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e,
			    "no delivery %lld: those that ended are kept 7 days, see `ghostctl "
			    "notify deliveries`",
			    (long long)id);
	if (e == OK)
		read_delivery(t, r, out);
	return e;
}

enum err delivery_due(struct turn *t, int64_t channel, struct delivery *out)
{
	struct row *r = db_query(t, Q_DELIVERY_DUE);

	bind_i64(r, channel);
	bind_i64(r, t->now_ms);
	enum err e = db_one(r);

	if (e == OK)
		read_delivery(t, r, out);
	return e;
}

enum err delivery_sending(struct turn *t, int64_t channel, bool *out)
{
	struct row *r = db_query(t, Q_DELIVERY_SENDING);

	bind_i64(r, channel);
	TRY(db_one(r));
	*out = get_i64(r) > 0;
	return OK;
}

enum err delivery_waiting(struct turn *t, int64_t channel, int64_t most, int64_t *out)
{
	struct row *r = db_query(t, Q_DELIVERY_WAITING);

	bind_i64(r, channel);
	bind_i64(r, most);
	TRY(db_one(r));
	*out = get_i64(r);
	return OK;
}

enum err delivery_list(struct turn *t, const struct delivery_filter *f, size_t limit,
		       struct delivery **out, size_t *n_out)
{
	struct row *r = db_query(t, f->after > 0 ? Q_DELIVERY_AFTER : Q_DELIVERY_LIST);

	bind_i64(r, f->channel);
	bind_i64(r, f->states);
	bind_i64(r, f->after > 0 ? f->after : f->before);
	bind_u64(r, limit);
	return read_many(r, out, n_out);
}

enum err delivery_ended(struct turn *t, int64_t channel, bool sent, int64_t from_ms, int64_t to_ms,
			int64_t after, size_t limit, struct delivery **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_DELIVERY_ENDED);

	bind_i64(r, channel);
	bind_i64(r, sent);
	bind_i64(r, from_ms);
	bind_i64(r, to_ms);
	bind_i64(r, after);
	bind_u64(r, limit);
	return read_many(r, out, n_out);
}

enum err delivery_old(struct turn *t, int64_t queued_before, size_t limit, struct delivery **out,
		      size_t *n_out)
{
	struct row *r = db_query(t, Q_DELIVERY_OLD);

	bind_i64(r, queued_before);
	bind_u64(r, limit);
	return read_many(r, out, n_out);
}

enum err delivery_recover(struct turn *t)
{
	return db_exec(db_query(t, Q_DELIVERY_RECOVER), NULL);
}

enum err delivery_unstick(struct turn *t, int64_t last_before)
{
	struct row *r = db_query(t, Q_DELIVERY_STUCK);

	bind_i64(r, last_before);
	return db_exec(r, NULL);
}

static enum err drop(struct turn *t, enum query q, int64_t before_ms, size_t limit, size_t *n_out)
{
	struct row *r = db_query(t, q);
	int64_t changed;

	bind_i64(r, before_ms);
	bind_u64(r, limit);
	TRY(db_exec(r, &changed));
	*n_out = (size_t)changed;
	return OK;
}

enum err outbox_prune(struct turn *t, int64_t ended_before, size_t limit, size_t *n_out)
{
	size_t deliveries, notices;

	TRY(drop(t, Q_DELIVERY_PRUNE, ended_before, limit, &deliveries));
	TRY(drop(t, Q_NOTICE_PRUNE, ended_before, limit, &notices));
	*n_out = deliveries > notices ? deliveries : notices;
	return OK;
}
