#include "store/chain.h"

#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

enum err chain_get(struct turn *t, struct chain *out)
{
	struct row *r = db_query(t, Q_CHAIN_GET);
	enum err e = db_one(r);

	*out = (struct chain){ 0 };
	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	out->chain_id = get_u64(r);
	out->genesis = get_hash(r);
	out->head = get_u64(r);
	out->head_ms = get_i64(r);
	out->base_fee = get_wei(r);
	out->tip = get_wei(r);
	out->seen_ms = get_i64(r);
	return OK;
}

enum err chain_set(struct turn *t, const struct chain *c)
{
	struct row *r = db_query(t, Q_CHAIN_SET);

	bind_u64(r, c->chain_id);
	bind_hash(r, &c->genesis);
	bind_u64(r, c->head);
	bind_i64(r, c->head_ms);
	bind_wei(r, &c->base_fee);
	bind_wei(r, &c->tip);
	bind_i64(r, c->seen_ms);
	lane_touch(t, TOPIC_CHAIN);
	return db_exec(r, NULL);
}

static void read_endpoint(struct turn *t, struct row *r, void *item)
{
	struct endpoint_row *e = item;

	(void)t;
	e->name = get_text(r);
	e->url = get_text(r);
	e->state = (enum endpoint_row_state)get_i64(r);
	e->preferred = get_bool(r);
	e->place = get_i64(r);
	e->chain_id = get_u64(r);
	e->head = get_u64(r);
	e->head_ms = get_i64(r);
	e->latency_ms = get_i64(r);
	e->errors_ppm = get_i64(r);
	e->seen_ms = get_i64(r);
	e->hold_ms = get_i64(r);
	e->text = get_text(r);
	e->client = get_text(r);
}

enum err endpoint_list(struct turn *t, size_t limit, struct endpoint_row **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_ENDPOINT_LIST);
	struct rows all;

	bind_i64(r, (int64_t)limit);
	TRY(db_all(r, sizeof(**out), read_endpoint, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err endpoint_put(struct turn *t, const struct endpoint_row *e)
{
	struct row *r = db_query(t, Q_ENDPOINT_PUT);

	bind_text(r, e->name);
	bind_text(r, e->url);
	bind_i64(r, e->state);
	bind_bool(r, e->preferred);
	bind_i64(r, e->place);
	bind_u64(r, e->chain_id);
	bind_u64(r, e->head);
	bind_i64(r, e->head_ms);
	bind_i64(r, e->latency_ms);
	bind_i64(r, e->errors_ppm);
	bind_i64(r, e->seen_ms);
	bind_i64(r, e->hold_ms);
	bind_text(r, cut(t, e->text, 400));
	bind_text(r, cut(t, e->client, 200));
	lane_touch(t, TOPIC_ENDPOINT);
	return db_exec(r, NULL);
}

enum err endpoint_prefer(struct turn *t, const char *name)
{
	struct row *r = db_query(t, Q_ENDPOINT_NAMED);

	bind_text(r, name);
	TRY(db_one(r));
	if (get_i64(r) != 1)
		return fail(t, ERR_MISSING, "no endpoint '%s': see `ghostctl endpoints list`",
			    name);
	r = db_query(t, Q_ENDPOINT_PREFER);
	bind_text(r, name);
	lane_touch(t, TOPIC_ENDPOINT);
	return db_exec(r, NULL);
}

enum err endpoint_remove(struct turn *t, const char *name)
{
	struct row *r = db_query(t, Q_ENDPOINT_REMOVE);

	bind_text(r, name);
	lane_touch(t, TOPIC_ENDPOINT);
	return db_exec(r, NULL);
}
