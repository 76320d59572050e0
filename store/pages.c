#include "store/pages.h"

#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

enum { PAGES_SHOWN = 200, PARTS_MOST = 64, FORGET_MOST = 100 };

/* The one place that knows the order of PAGE_COLS. */
static void read_page(struct turn *t, struct row *r, void *item)
{
	struct page *p = item;

	(void)t;
	*p = (struct page){ .id = get_i64(r) };
	p->incident = get_i64(r);
	p->level = get_i64(r);
	p->reason = get_i64(r);
	p->severity = get_i64(r);
	p->person = get_text(r);
	p->at_ms = get_i64(r);
	p->expires_ms = get_i64(r);
	p->ack_ms = get_i64(r);
	p->line = get_text(r);
}

enum err page_add(struct turn *t, struct page *p)
{
	struct row *r = db_query(t, Q_PAGE_ADD);

	bind_i64(r, p->incident);
	bind_i64(r, p->level);
	bind_i64(r, p->reason);
	bind_i64(r, p->severity);
	bind_text(r, p->person);
	bind_i64(r, p->at_ms);
	bind_i64(r, p->expires_ms);
	bind_text(r, cut(t, p->line, 400));
	TRY(db_one(r));
	p->id = get_i64(r);
	return OK;
}

enum err page_get(struct turn *t, int64_t id, struct page *out)
{
	struct row *r = db_query(t, Q_PAGE_GET);

	bind_i64(r, id);
	TRY(db_one(r));
	read_page(t, r, out);
	return OK;
}

enum err page_used(struct turn *t, int64_t id)
{
	struct row *r = db_query(t, Q_PAGE_USED);

	bind_i64(r, t->now_ms);
	bind_i64(r, id);
	return db_exec(r, NULL);
}

enum err page_list(struct turn *t, int64_t incident, struct page **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_PAGE_LIST);
	struct rows all;

	bind_i64(r, incident);
	bind_i64(r, PAGES_SHOWN);
	TRY(db_all(r, sizeof(**out), read_page, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

static void read_part(struct turn *t, struct row *r, void *item)
{
	struct page_part *p = item;

	(void)t;
	*p = (struct page_part){ .page = get_i64(r) };
	p->channel = get_i64(r);
	p->state = (enum part_state)get_i64(r);
	p->at_ms = get_i64(r);
	p->rerouted = get_bool(r);
}

static enum err many_parts(struct row *r, struct page_part **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_part, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err part_add(struct turn *t, const struct page_part *p)
{
	struct row *r = db_query(t, Q_PART_ADD);

	bind_i64(r, p->page);
	bind_i64(r, p->channel);
	bind_i64(r, p->state);
	bind_i64(r, p->at_ms);
	return db_exec(r, NULL);
}

enum err part_set(struct turn *t, const struct page_part *p)
{
	struct row *r = db_query(t, Q_PART_SET);

	bind_i64(r, p->state);
	bind_i64(r, p->at_ms);
	bind_bool(r, p->rerouted);
	bind_i64(r, p->page);
	bind_i64(r, p->channel);
	return db_exec(r, NULL);
}

enum err part_list(struct turn *t, int64_t page, struct page_part **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_PART_LIST);

	bind_i64(r, page);
	bind_i64(r, PARTS_MOST);
	return many_parts(r, out, n_out);
}

static void read_number(struct turn *t, struct row *r, void *item)
{
	(void)t;
	*(int64_t *)item = get_i64(r);
}

static enum err many_numbers(struct row *r, int64_t **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_number, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err part_channels(struct turn *t, int64_t incident, int64_t **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_PART_CHANNELS);

	bind_i64(r, incident);
	bind_i64(r, PARTS_MOST);
	return many_numbers(r, out, n_out);
}

enum err part_times(struct turn *t, int64_t channel, int64_t after_ms, size_t most, int64_t **out,
		    size_t *n_out)
{
	struct row *r = db_query(t, Q_PART_TIMES);

	bind_i64(r, channel);
	bind_i64(r, after_ms);
	bind_u64(r, most);
	return many_numbers(r, out, n_out);
}

enum err part_forget(struct turn *t, int64_t incident)
{
	struct row *r = db_query(t, Q_PART_FORGET);

	bind_i64(r, incident);
	return db_exec(r, NULL);
}

enum err part_due(struct turn *t, int64_t *channel_out)
{
	struct row *r = db_query(t, Q_PART_DUE);

	bind_i64(r, t->now_ms);
	TRY(db_one(r));
	*channel_out = get_i64(r);
	return OK;
}

enum err part_held(struct turn *t, int64_t channel, size_t most, struct page_part **out,
		   size_t *n_out)
{
	struct row *r = db_query(t, Q_PART_HELD);

	bind_i64(r, channel);
	bind_u64(r, most);
	return many_parts(r, out, n_out);
}

enum err part_late(struct turn *t, int64_t queued_before, size_t most, struct page_part **out,
		   size_t *n_out)
{
	struct row *r = db_query(t, Q_PART_LATE);

	bind_i64(r, queued_before);
	bind_u64(r, most);
	return many_parts(r, out, n_out);
}

enum err page_notice(struct turn *t, int64_t page, int64_t *out)
{
	struct row *r = db_query(t, Q_PAGE_NOTICE);

	bind_i64(r, page);
	enum err e = db_one(r);

	*out = e == OK ? get_i64(r) : 0;
	return e == ERR_MISSING ? OK : e;
}

enum err page_prune(struct turn *t, int64_t before_ms, size_t limit, size_t *n_out)
{
	struct row *r = db_query(t, Q_PART_PRUNE);
	int64_t changed;

	bind_i64(r, before_ms);
	bind_u64(r, limit);
	TRY(db_exec(r, NULL));
	r = db_query(t, Q_PAGE_PRUNE);
	bind_i64(r, before_ms);
	bind_u64(r, limit);
	TRY(db_exec(r, &changed));
	*n_out = (size_t)changed;
	return OK;
}

enum err inbound_take(struct turn *t, const char *source, const char *uid, int64_t keep_ms)
{
	struct row *r = db_query(t, Q_INBOUND_DROP);
	int64_t changed;

	bind_i64(r, t->now_ms - keep_ms);
	bind_i64(r, FORGET_MOST);
	TRY(db_exec(r, NULL));
	r = db_query(t, Q_INBOUND_ADD);
	bind_text(r, source);
	bind_text(r, uid);
	bind_i64(r, t->now_ms);
	TRY(db_exec(r, &changed));
	return changed == 1 ? OK : ERR_EXISTS;
}
