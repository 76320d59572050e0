#include "store/wallets.h"

#include "store/base/wei.h"
#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

/* The one place that knows the order of WALLET_COLS. */
static void read_wallet(struct turn *t, struct row *r, void *item)
{
	struct wallet *w = item;

	(void)t;
	*w = (struct wallet){ .id = get_i64(r) };
	w->name = get_text(r);
	w->addr = get_addr(r);
	w->profile = get_text(r);
	w->role = (enum wallet_role)get_i64(r);
	w->key_kind = (enum key_kind)get_i64(r);
	w->hd_index = get_null(r) ? (get_i64(r), -1) : get_i64(r);
	w->sealed = get_blob(r);
	w->state = (enum wallet_state)get_i64(r);
	w->enabled = get_bool(r);
	w->created_ms = get_i64(r);
	w->version = get_i64(r);
	w->account.balance = get_wei(r);
	w->account.nonce = get_u64(r);
	w->account.seen_ms = get_i64(r);
	w->account.seen_block = get_u64(r);
	w->claim.nonce = get_u64(r);
	w->claim.block = get_u64(r);
	w->claim.looks = get_i64(r);
	w->breaker = (struct breaker){ .wallet = w->id, .state = BREAKER_CLOSED, .cause = "" };
	if (get_null(r)) {
		for (int i = 0; i < 7; i++)
			(void)get_i64(r);
	} else {
		w->breaker.state = (enum breaker_state)get_i64(r);
		w->breaker.failures = get_i64(r);
		w->breaker.trips = get_i64(r);
		w->breaker.cause = get_text(r);
		w->breaker.tripped_ms = get_i64(r);
		w->breaker.probe_ms = get_i64(r);
		w->breaker.version = get_i64(r);
	}
	w->in_flight = get_i64(r);
	w->has_stake = !get_null(r);
	w->stake = get_wei(r);
}

static enum err read_many(struct row *r, struct wallet **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_wallet, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

/* Every wallet has its rows from the first moment, never seen and due: so what is next is found by
 * an index. */
static enum err add_beside(struct turn *t, int64_t wallet)
{
	struct wei none = { 0 };
	struct row *r = db_query(t, Q_ACCOUNT_ADD);

	bind_i64(r, wallet);
	bind_wei(r, &none);
	TRY(db_exec(r, NULL));
	r = db_query(t, Q_PACE_ADD);
	bind_i64(r, wallet);
	return db_exec(r, NULL);
}

/* Not INSERT ... RETURNING: SQLite keeps a statement journal for it, which it walks from its start
 * after each row; in a turn of 1,000 rows that is most of the time. */
enum err wallet_add(struct turn *t, struct wallet *w)
{
	struct row *r = db_query(t, Q_WALLET_ADD);
	int64_t added;

	bind_text(r, w->name);
	bind_addr(r, &w->addr);
	bind_text(r, w->profile);
	bind_i64(r, w->role);
	bind_i64(r, w->key_kind);
	if (w->hd_index < 0)
		bind_null(r);
	else
		bind_i64(r, w->hd_index);
	bind_blob(r, w->sealed.p, w->sealed.n);
	bind_i64(r, w->state);
	bind_bool(r, w->enabled);
	bind_i64(r, t->now_ms);
	TRY(db_exec(r, &added));
	if (added == 0)
		return fail(t, ERR_EXISTS, "wallet '%s' or its address is here already", w->name);
	r = db_query(t, Q_WALLET_ADDED);
	bind_addr(r, &w->addr);
	TRY(db_one(r));
	w->id = get_i64(r);
	w->version = get_i64(r);
	w->created_ms = t->now_ms;
	TRY(add_beside(t, w->id));
	lane_touch(t, TOPIC_WALLET);
	return OK;
}

static enum err one_wallet(struct turn *t, struct row *r, const char *shown, struct wallet *out)
{
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "no wallet '%s': see `ghostctl wallets list`", shown);
	if (e == OK)
		read_wallet(t, r, out);
	return e;
}

enum err wallet_get(struct turn *t, const char *name, struct wallet *out)
{
	struct row *r = db_query(t, Q_WALLET_GET);

	bind_text(r, name);
	return one_wallet(t, r, name, out);
}

enum err wallet_by_id(struct turn *t, int64_t id, struct wallet *out)
{
	struct row *r = db_query(t, Q_WALLET_BY_ID);

	bind_i64(r, id);
	return one_wallet(t, r, turn_printf(t, "#%lld", (long long)id), out);
}

enum err wallet_by_addr(struct turn *t, struct eth_addr a, struct wallet *out)
{
	struct row *r = db_query(t, Q_WALLET_BY_ADDR);

	bind_addr(r, &a);
	return one_wallet(t, r, "of that address", out);
}

enum err wallet_list(struct turn *t, const struct wallet_filter *f, int64_t after, size_t limit,
		     struct wallet **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_WALLET_LIST);

	bind_i64(r, after);
	bind_i64(r, f->states);
	bind_i64(r, f->role);
	bind_text(r, f->profile ? f->profile : "");
	bind_bool(r, f->tripped);
	bind_bool(r, f->with_key);
	bind_i64(r, (int64_t)limit);
	return read_many(r, out, n_out);
}

enum err wallet_imported(struct turn *t, int64_t after, size_t limit, struct wallet **out,
			 size_t *n_out)
{
	struct row *r = db_query(t, Q_WALLET_IMPORTED);

	bind_i64(r, after);
	bind_i64(r, (int64_t)limit);
	return read_many(r, out, n_out);
}

enum err wallet_update(struct turn *t, int64_t id, int64_t version, const char *profile,
		       bool enabled, enum wallet_state state)
{
	struct row *r = db_query(t, Q_WALLET_UPDATE);
	int64_t changed;

	bind_text(r, profile);
	bind_bool(r, enabled);
	bind_i64(r, state);
	bind_i64(r, id);
	bind_i64(r, version);
	TRY(db_exec(r, &changed));
	if (changed != 1)
		return fail(t, ERR_STALE, "the wallet changed since you read it: read it again");
	lane_touch(t, TOPIC_WALLET);
	return OK;
}

enum err wallet_forget_key(struct turn *t, int64_t id, int64_t version)
{
	struct row *r = db_query(t, Q_WALLET_FORGET_KEY);
	int64_t changed;

	bind_i64(r, id);
	bind_i64(r, version);
	TRY(db_exec(r, &changed));
	if (changed != 1)
		return fail(t, ERR_STALE, "the wallet changed meanwhile: read it again");
	lane_touch(t, TOPIC_WALLET);
	return OK;
}

enum err wallet_highest(struct turn *t, const char *prefix, int64_t *number_out, int64_t *index_out)
{
	struct row *r = db_query(t, Q_WALLET_HIGHEST_NAME);

	bind_text(r, prefix);
	TRY(db_one(r));
	*number_out = get_i64(r);
	r = db_query(t, Q_WALLET_HIGHEST_INDEX);
	TRY(db_one(r));
	*index_out = get_i64(r);
	return OK;
}

enum err wallet_count(struct turn *t, struct wallet_counts *out)
{
	struct row *r = db_query(t, Q_WALLET_COUNT);

	TRY(db_one(r));
	out->total = get_i64(r);
	out->active = get_i64(r);
	out->watch_only = get_i64(r);
	out->retired = get_i64(r);
	r = db_query(t, Q_WALLET_TRIPPED);
	TRY(db_one(r));
	out->tripped = get_i64(r);
	return OK;
}

enum err wallet_money(struct turn *t, struct wei *sum_out, int64_t *oldest_ms_out)
{
	struct row *r = db_query(t, Q_WALLET_BALANCES);
	struct wei sum = { 0 };
	int64_t oldest = 0;
	enum err e;

	while ((e = db_next(r)) == OK) {
		sum = wei_add_sat(sum, get_wei(r));
		int64_t seen = get_i64(r);

		if (oldest == 0 || seen < oldest)
			oldest = seen;
	}
	if (e != ERR_MISSING)
		return e;
	*sum_out = sum;
	*oldest_ms_out = oldest;
	return OK;
}

enum err account_set(struct turn *t, int64_t wallet, const struct account *a)
{
	struct row *r = db_query(t, Q_ACCOUNT_SET);

	bind_i64(r, wallet);
	bind_wei(r, &a->balance);
	bind_u64(r, a->nonce);
	bind_i64(r, a->seen_ms);
	bind_u64(r, a->seen_block);
	return db_exec(r, NULL);
}

enum err account_claim(struct turn *t, int64_t wallet, const struct nonce_claim *c, bool again)
{
	struct row *r = db_query(t, Q_ACCOUNT_CLAIM);

	bind_u64(r, c->nonce);
	bind_u64(r, c->block);
	bind_i64(r, c->looks);
	bind_bool(r, again);
	bind_i64(r, wallet);
	return db_exec(r, NULL);
}

enum err account_changed(struct turn *t, int64_t wallet, struct eth_addr dest, uint64_t block)
{
	struct row *r = db_query(t, Q_ACCOUNT_DUE);

	bind_u64(r, block);
	bind_i64(r, wallet);
	bind_addr(r, &dest);
	lane_touch(t, TOPIC_WALLET);
	return db_exec(r, NULL);
}

enum err account_stale(struct turn *t, int64_t before_ms, size_t limit, struct wallet **out,
		       size_t *n_out)
{
	struct row *r = db_query(t, Q_ACCOUNT_STALE);

	bind_i64(r, (int64_t)limit);
	bind_i64(r, before_ms);
	return read_many(r, out, n_out);
}

enum err token_balance_set(struct turn *t, const struct token_balance *b)
{
	struct row *r = db_query(t, Q_TOKEN_SET);

	bind_i64(r, b->wallet);
	bind_addr(r, &b->token);
	bind_wei(r, &b->amount);
	bind_i64(r, b->seen_ms);
	return db_exec(r, NULL);
}

static void read_token_balance(struct turn *t, struct row *r, void *item)
{
	struct token_balance *b = item;

	(void)t;
	b->wallet = get_i64(r);
	b->token = get_addr(r);
	b->amount = get_wei(r);
	b->seen_ms = get_i64(r);
}

enum err token_balance_list(struct turn *t, int64_t wallet, size_t limit,
			    struct token_balance **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_TOKEN_LIST);
	struct rows all;

	bind_i64(r, wallet);
	bind_i64(r, (int64_t)limit);
	TRY(db_all(r, sizeof(**out), read_token_balance, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err stake_set(struct turn *t, int64_t wallet, struct wei amount)
{
	struct row *r = db_query(t, Q_STAKE_SET);

	bind_i64(r, wallet);
	bind_wei(r, &amount);
	bind_i64(r, t->now_ms);
	return db_exec(r, NULL);
}

enum err stake_seen(struct turn *t, int64_t wallet, int64_t *at_ms_out)
{
	struct row *r = db_query(t, Q_STAKE_SEEN);

	*at_ms_out = 0;
	bind_i64(r, wallet);
	enum err e = db_one(r);

	if (e == OK)
		*at_ms_out = get_i64(r);
	return e == ERR_MISSING ? OK : e;
}

enum err breaker_get(struct turn *t, int64_t wallet, struct breaker *out)
{
	struct row *r = db_query(t, Q_BREAKER_GET);

	*out = (struct breaker){ .wallet = wallet, .state = BREAKER_CLOSED, .cause = "" };
	bind_i64(r, wallet);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return OK;
	if (e != OK)
		return e;
	out->wallet = get_i64(r);
	out->state = (enum breaker_state)get_i64(r);
	out->failures = get_i64(r);
	out->trips = get_i64(r);
	out->cause = get_text(r);
	out->tripped_ms = get_i64(r);
	out->probe_ms = get_i64(r);
	out->version = get_i64(r);
	return OK;
}

enum err breaker_set(struct turn *t, const struct breaker *b)
{
	bool fresh = b->version == 0;
	struct row *r = db_query(t, fresh ? Q_BREAKER_ADD : Q_BREAKER_UPDATE);
	int64_t changed;

	if (fresh)
		bind_i64(r, b->wallet);
	bind_i64(r, b->state);
	bind_i64(r, b->failures);
	bind_i64(r, b->trips);
	bind_text(r, cut(t, b->cause, 400));
	bind_i64(r, b->tripped_ms);
	bind_i64(r, b->probe_ms);
	if (!fresh) {
		bind_i64(r, b->wallet);
		bind_i64(r, b->version);
	}
	TRY(db_exec(r, &changed));
	if (changed != 1)
		return fail(t, ERR_STALE, "the breaker changed meanwhile: read it again");
	lane_touch(t, TOPIC_WALLET);
	return OK;
}

enum err pace_get(struct turn *t, int64_t wallet, struct pace *out)
{
	struct row *r = db_query(t, Q_PACE_GET);

	*out = (struct pace){ .wallet = wallet };
	bind_i64(r, wallet);
	enum err e = db_one(r);

	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	out->wallet = get_i64(r);
	out->due_ms = get_i64(r);
	out->acted_ms = get_i64(r);
	out->actions = get_i64(r);
	return OK;
}

enum err pace_set(struct turn *t, const struct pace *p)
{
	struct row *r = db_query(t, Q_PACE_SET);

	bind_i64(r, p->wallet);
	bind_i64(r, p->due_ms);
	bind_i64(r, p->acted_ms);
	bind_i64(r, p->actions);
	return db_exec(r, NULL);
}

enum err pace_due(struct turn *t, size_t limit, struct wallet **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_PACE_DUE);

	bind_i64(r, t->now_ms);
	bind_i64(r, (int64_t)limit);
	return read_many(r, out, n_out);
}

/* ---- keys that others use too ---- */

enum err foreign_use_note(struct turn *t, int64_t wallet)
{
	struct row *r = db_query(t, Q_FOREIGN_NOTE);

	bind_i64(r, wallet);
	bind_i64(r, t->now_ms);
	return db_exec(r, NULL);
}

enum err foreign_use_get(struct turn *t, int64_t wallet, struct foreign_use *out)
{
	struct row *r = db_query(t, Q_FOREIGN_GET);

	*out = (struct foreign_use){ 0 };
	bind_i64(r, wallet);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return OK;
	TRY(e);
	out->times = get_i64(r);
	out->first_ms = get_i64(r);
	out->last_ms = get_i64(r);
	return OK;
}

enum err foreign_use_clear(struct turn *t, int64_t wallet)
{
	struct row *r = db_query(t, Q_FOREIGN_CLEAR);

	bind_i64(r, wallet);
	return db_exec(r, NULL);
}
