#include "store/standing.h"

#include "store/db.h"
#include "store/store.h"

static enum err add(struct turn *t, int64_t place, const struct standing_place *p)
{
	struct row *r = db_query(t, Q_STANDING_ADD);

	bind_i64(r, place);
	bind_i64(r, p->wallet);
	bind_wei(r, &p->value);
	return db_exec(r, NULL);
}

enum err standing_set(struct turn *t, const struct standing *s)
{
	TRY(db_exec(db_query(t, Q_STANDING_CLEAR), NULL));
	for (size_t i = 0; i < s->n; i++)
		TRY(add(t, (int64_t)i + 1, &s->places[i]));
	struct row *r = db_query(t, Q_STANDING_SUM_SET);

	bind_i64(r, s->wallets);
	bind_wei(r, &s->value);
	bind_i64(r, s->made_ms);
	return db_exec(r, NULL);
}

static void read_place(struct turn *t, struct row *r, void *item)
{
	struct standing_place *p = item;

	(void)t;
	p->wallet = get_i64(r);
	p->value = get_wei(r);
}

enum err standing_get(struct turn *t, struct standing *out)
{
	struct rows all;

	*out = (struct standing){ 0 };
	TRY(db_all(db_query(t, Q_STANDING_LIST), sizeof(*out->places), read_place, &all));
	out->places = all.items;
	out->n = all.n;
	struct row *r = db_query(t, Q_STANDING_SUM);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return OK;
	TRY(e);
	out->wallets = get_i64(r);
	out->value = get_wei(r);
	out->made_ms = get_i64(r);
	return OK;
}

static void read_wealth(struct turn *t, struct row *r, void *item)
{
	struct wealth *w = item;

	(void)t;
	w->wallet = get_i64(r);
	w->ether = get_wei(r);
	w->stake = get_wei(r);
}

enum err wealth_list(struct turn *t, int64_t after, size_t limit, struct wealth **out,
		     size_t *n_out)
{
	struct row *r = db_query(t, Q_WEALTH_LIST);
	struct rows all;

	bind_i64(r, after);
	bind_i64(r, (int64_t)limit);
	TRY(db_all(r, sizeof(**out), read_wealth, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

static void read_token(struct turn *t, struct row *r, void *item)
{
	struct wealth_token *k = item;

	(void)t;
	k->wallet = get_i64(r);
	k->token = get_addr(r);
	k->amount = get_wei(r);
}

enum err wealth_tokens(struct turn *t, int64_t after, int64_t last, struct wealth_token **out,
		       size_t *n_out)
{
	struct row *r = db_query(t, Q_WEALTH_TOKENS);
	struct rows all;

	bind_i64(r, after);
	bind_i64(r, last);
	TRY(db_all(r, sizeof(**out), read_token, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}
