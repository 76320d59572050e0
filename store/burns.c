#include "store/burns.h"

#include "store/db.h"

static void read_burn(struct turn *t, struct row *r, void *item)
{
	struct burn *b = item;

	(void)t;
	b->wallet = get_i64(r);
	b->balance = get_real(r);
	b->at_ms = get_i64(r);
	b->since_ms = get_i64(r);
	b->burnt = get_real(r);
}

enum err burn_get(struct turn *t, int64_t wallet, struct burn *out)
{
	struct row *r = db_query(t, Q_BURN_GET);

	bind_i64(r, wallet);
	TRY(db_one(r));
	read_burn(t, r, out);
	return OK;
}

enum err burn_list(struct turn *t, int64_t after, size_t limit, struct burn **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_BURN_LIST);
	struct rows all;

	bind_i64(r, after);
	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_burn, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err burn_put(struct turn *t, const struct burn *b)
{
	struct row *r = db_query(t, Q_BURN_PUT);

	bind_i64(r, b->wallet);
	bind_real(r, b->balance);
	bind_i64(r, b->at_ms);
	bind_i64(r, b->since_ms);
	bind_real(r, b->burnt);
	return db_exec(r, NULL);
}

static void read_waiting(struct turn *t, struct row *r, void *item)
{
	struct waiting *w = item;

	(void)t;
	w->wallet = get_i64(r);
	w->since_ms = get_i64(r);
}

enum err waiting_oldest(struct turn *t, size_t limit, struct waiting **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_WAITING_OLDEST);
	struct rows all;

	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_waiting, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err pace_span(struct turn *t, const char *profile, struct pace_span *out)
{
	struct row *r = db_query(t, Q_PACE_SPAN);

	bind_text(r, profile);
	TRY(db_one(r));
	out->n = get_i64(r);
	out->newest_ms = get_i64(r);
	out->oldest_ms = get_i64(r);
	return OK;
}
