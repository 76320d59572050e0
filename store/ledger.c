#include "store/ledger.h"

#include "store/db.h"
#include "store/store.h"

enum err ledger_put(struct turn *t, const struct intent *i, const struct eth_hash *hash)
{
	struct row *r = db_query(t, Q_LEDGER_PUT);
	struct wei none = { 0 };

	bind_i64(r, i->id);
	bind_i64(r, i->wallet);
	bind_i64(r, i->operation);
	bind_u64(r, i->chain_id);
	bind_i64(r, i->purpose);
	bind_i64(r, i->state);
	bind_u64(r, i->nonce);
	if (hash)
		bind_hash(r, hash);
	else
		bind_null(r);
	bind_u64(r, i->block);
	bind_addr(r, &i->dest);
	bind_wei(r, i->state == TX_CONFIRMED ? &i->value : &none);
	bind_wei(r, &i->fee_paid);
	bind_i64(r, i->final_ms);
	return db_exec(r, NULL);
}

enum err ledger_drop(struct turn *t, int64_t intent)
{
	struct row *r = db_query(t, Q_LEDGER_DROP);

	bind_i64(r, intent);
	return db_exec(r, NULL);
}

/* The one place that knows the order of LEDGER_COLS. */
static void read_line(struct turn *t, struct row *r, void *item)
{
	struct ledger_line *l = item;

	(void)t;
	l->intent = get_i64(r);
	l->wallet = get_i64(r);
	l->operation = get_i64(r);
	l->chain_id = get_u64(r);
	l->purpose = (enum purpose)get_i64(r);
	l->state = (enum tx_state)get_i64(r);
	l->nonce = get_u64(r);
	l->has_hash = !get_null(r);
	l->hash = get_hash(r);
	l->block = get_u64(r);
	l->dest = get_addr(r);
	l->value = get_wei(r);
	l->fee = get_wei(r);
	l->at_ms = get_i64(r);
	l->wallet_name = get_text(r);
}

static enum err one_line(struct turn *t, struct row *r, struct ledger_line *out)
{
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "the ledger has no such line: see `ghostctl ledger`");
	if (e == OK)
		read_line(t, r, out);
	return e;
}

enum err ledger_get(struct turn *t, int64_t intent, struct ledger_line *out)
{
	struct row *r = db_query(t, Q_LEDGER_GET);

	bind_i64(r, intent);
	return one_line(t, r, out);
}

enum err ledger_by_hash(struct turn *t, const struct eth_hash *hash, struct ledger_line *out)
{
	struct row *r = db_query(t, Q_LEDGER_BY_HASH);

	bind_hash(r, hash);
	return one_line(t, r, out);
}

/* One statement for each way in, so that each walks an index. */
enum err ledger_list(struct turn *t, const struct ledger_filter *f, int64_t before, size_t limit,
		     struct ledger_line **out, size_t *n_out)
{
	bool by_wallet = f->wallet != 0, by_operation = !by_wallet && f->operation != 0;
	struct row *r = db_query(t, by_wallet      ? Q_LEDGER_LIST_WALLET
				    : by_operation ? Q_LEDGER_LIST_OPERATION
						   : Q_LEDGER_LIST);
	struct rows all;

	if (by_wallet)
		bind_i64(r, f->wallet);
	if (by_wallet || by_operation)
		bind_i64(r, f->operation);
	bind_i64(r, f->from_ms);
	bind_i64(r, f->to_ms ? f->to_ms : INT64_MAX);
	bind_i64(r, before > 0 ? before : INT64_MAX);
	bind_i64(r, (int64_t)limit);
	TRY(db_all(r, sizeof(**out), read_line, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

static void read_id(struct turn *t, struct row *r, void *item)
{
	(void)t;
	*(int64_t *)item = get_i64(r);
}

enum err ledger_prune(struct turn *t, int64_t before_ms, size_t limit, size_t *n_out)
{
	struct row *r = db_query(t, Q_LEDGER_OLD);
	struct rows all;

	bind_i64(r, before_ms);
	bind_i64(r, (int64_t)limit);
	TRY(db_all(r, sizeof(int64_t), read_id, &all));
	const int64_t *ids = all.items;

	for (size_t k = 0; k < all.n; k++) {
		r = db_query(t, Q_LEDGER_FORGET_ATTEMPTS);
		bind_i64(r, ids[k]);
		TRY(db_exec(r, NULL));
		r = db_query(t, Q_LEDGER_FORGET_DATA);
		bind_i64(r, ids[k]);
		TRY(db_exec(r, NULL));
	}
	*n_out = all.n;
	return OK;
}
