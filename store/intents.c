#include "store/intents.h"

#include <string.h>

#include "store/base/wei.h"
#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

enum err intent_next_nonce(struct turn *t, int64_t wallet, uint64_t chain_id, uint64_t *nonce_out)
{
	struct row *r = db_query(t, Q_INTENT_NONCE);

	bind_i64(r, wallet);
	bind_u64(r, chain_id);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail_reason(t, REASON_STATE_STALE,
				   "the nonce of wallet #%lld was never heard from the chain",
				   (long long)wallet);
	if (e != OK)
		return e;
	uint64_t chain = get_u64(r);

	*nonce_out = chain;
	if (!get_null(r)) {
		uint64_t next = get_u64(r) + 1;

		if (next > chain)
			*nonce_out = next;
	}
	return OK;
}

static void bind_id(struct row *r, int64_t id)
{
	if (id)
		bind_i64(r, id);
	else
		bind_null(r);
}

enum err intent_add(struct turn *t, struct intent *i)
{
	struct row *r = db_query(t, Q_INTENT_ADD);

	i->created_ms = t->now_ms;
	bind_id(r, i->operation);
	bind_id(r, i->step);
	bind_i64(r, i->wallet);
	bind_u64(r, i->chain_id);
	bind_i64(r, i->purpose);
	bind_addr(r, &i->dest);
	bind_wei(r, &i->value);
	bind_blob(r, i->data.p ? i->data.p : (const uint8_t *)"", i->data.n);
	bind_u64(r, i->gas);
	bind_wei(r, &i->max_fee);
	if (i->has_nonce)
		bind_u64(r, i->nonce);
	else
		bind_null(r);
	bind_i64(r, i->state);
	bind_u64(r, i->block);
	bind_null(r);
	bind_u64(r, i->past_block);
	bind_wei(r, &i->fee_paid);
	bind_text(r, cut(t, i->text, 400));
	bind_i64(r, i->created_ms);
	bind_i64(r, i->final_ms);
	bind_bool(r, i->urgent);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, ERR_EXISTS, "step %lld has a live transaction already",
			    (long long)i->step);
	if (e != OK)
		return e;
	i->id = get_i64(r);
	lane_touch(t, TOPIC_TX);
	return OK;
}

/* The one place that knows the order of INTENT_COLS. */
static void read_intent(struct turn *t, struct row *r, void *item)
{
	struct intent *i = item;

	(void)t;
	i->id = get_i64(r);
	i->operation = get_i64(r);
	i->step = get_i64(r);
	i->wallet = get_i64(r);
	i->chain_id = get_u64(r);
	i->purpose = (enum purpose)get_i64(r);
	i->dest = get_addr(r);
	i->value = get_wei(r);
	i->data = get_blob(r);
	i->gas = get_u64(r);
	i->max_fee = get_wei(r);
	i->has_nonce = !get_null(r);
	i->nonce = get_u64(r);
	i->state = (enum tx_state)get_i64(r);
	i->block = get_u64(r);
	i->block_hash = get_hash(r);
	i->past_block = get_u64(r);
	i->fee_paid = get_wei(r);
	i->text = get_text(r);
	i->created_ms = get_i64(r);
	i->final_ms = get_i64(r);
	i->wish = (enum wish)get_i64(r);
	i->wish_epoch = get_i64(r);
	i->urgent = get_i64(r) != 0;
	i->undone = (enum tx_state)get_i64(r);
	i->wallet_name = get_text(r);
}

static enum err read_intents(struct row *r, struct intent **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_intent, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err intent_get(struct turn *t, int64_t id, struct intent *out)
{
	struct row *r = db_query(t, Q_INTENT_GET);

	bind_i64(r, id);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "no transaction %lld: see `ghostctl tx list`", (long long)id);
	if (e == OK)
		read_intent(t, r, out);
	return e;
}

enum err intent_save(struct turn *t, const struct intent *i)
{
	struct row *r = db_query(t, Q_INTENT_SAVE);

	bind_i64(r, i->state);
	bind_u64(r, i->block);
	bind_hash(r, &i->block_hash);
	bind_u64(r, i->past_block);
	bind_wei(r, &i->fee_paid);
	bind_text(r, cut(t, i->text, 400));
	bind_i64(r, i->final_ms);
	bind_wei(r, &i->value);
	bind_wei(r, &i->max_fee);
	bind_i64(r, i->wish);
	bind_i64(r, i->wish_epoch);
	bind_bool(r, i->urgent);
	bind_i64(r, i->undone);
	bind_i64(r, i->id);
	lane_touch(t, TOPIC_TX);
	return db_exec(r, NULL);
}

/* One statement for each way in, so that each walks an index. */
enum err intent_list(struct turn *t, const struct intent_filter *f, int64_t before, size_t limit,
		     struct intent **out, size_t *n_out)
{
	bool by_wallet = f->wallet != 0, by_operation = !by_wallet && f->operation != 0;
	struct row *r = db_query(t, by_wallet      ? Q_INTENT_LIST_WALLET
				    : by_operation ? Q_INTENT_LIST_OPERATION
						   : Q_INTENT_LIST);

	if (by_wallet)
		bind_i64(r, f->wallet);
	if (by_wallet || by_operation)
		bind_i64(r, f->operation);
	bind_i64(r, f->states);
	bind_i64(r, before > 0 ? before : INT64_MAX);
	bind_i64(r, (int64_t)limit);
	return read_intents(r, out, n_out);
}

enum err intent_live(struct turn *t, int64_t wallet, size_t limit, struct intent **out,
		     size_t *n_out)
{
	struct row *r = db_query(t, Q_INTENT_LIVE);

	bind_i64(r, wallet);
	bind_i64(r, (int64_t)limit);
	return read_intents(r, out, n_out);
}

enum err intent_live_count(struct turn *t, int64_t wallet, int64_t *out)
{
	struct row *r = db_query(t, Q_INTENT_LIVE_COUNT);

	bind_i64(r, wallet);
	TRY(db_one(r));
	*out = get_i64(r);
	return OK;
}

enum err intent_unsent(struct turn *t, int64_t wallet, uint64_t chain_id, size_t limit,
		       struct intent **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_INTENT_TOP);
	struct intent *i = NULL;
	size_t n = 0, room = 0;
	enum err e;

	bind_i64(r, wallet);
	bind_u64(r, chain_id);
	bind_i64(r, (int64_t)limit);
	while ((e = db_next(r)) == OK) {
		i = turn_grow(t, i, n, &room, sizeof(*i));
		read_intent(t, r, &i[n]);
		if (i[n].state != TX_SIGNED || get_i64(r) != 0) {
			db_done(r);
			break;
		}
		n++;
	}
	if (e != OK && e != ERR_MISSING)
		return e;
	*out = i;
	*n_out = n;
	return OK;
}

enum err intent_stuck(struct turn *t, int64_t after, int64_t urgent_ms, int64_t since_ms,
		      size_t limit, struct intent **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_INTENT_STUCK);

	bind_i64(r, after);
	bind_i64(r, urgent_ms);
	bind_i64(r, since_ms);
	bind_i64(r, (int64_t)limit);
	return read_intents(r, out, n_out);
}

enum err intent_wished(struct turn *t, int64_t after, size_t limit, struct intent **out,
		       size_t *n_out)
{
	struct row *r = db_query(t, Q_INTENT_WISHED);

	bind_i64(r, after);
	bind_i64(r, (int64_t)limit);
	return read_intents(r, out, n_out);
}

enum err intent_at_nonce(struct turn *t, int64_t wallet, uint64_t chain_id, uint64_t nonce,
			 struct intent *out)
{
	struct row *r = db_query(t, Q_INTENT_AT_NONCE);

	bind_i64(r, wallet);
	bind_u64(r, chain_id);
	bind_u64(r, nonce);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "none of our transactions holds nonce %llu of this wallet",
			    (unsigned long long)nonce);
	if (e == OK)
		read_intent(t, r, out);
	return e;
}

enum err intent_final_from(struct turn *t, int64_t wallet, uint64_t chain_id, uint64_t from,
			   uint64_t below, size_t limit, struct intent **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_INTENT_FINAL_FROM);

	bind_i64(r, wallet);
	bind_u64(r, chain_id);
	bind_u64(r, from);
	bind_u64(r, below);
	bind_i64(r, (int64_t)limit);
	return read_intents(r, out, n_out);
}

enum err intent_free_nonce(struct turn *t, struct intent *i)
{
	struct row *r = db_query(t, Q_INTENT_FREE);

	bind_i64(r, i->id);
	i->has_nonce = false;
	i->nonce = 0;
	return db_exec(r, NULL);
}

enum err intent_incoming(struct turn *t, struct eth_addr to, uint64_t seen_block,
			 struct incoming *out)
{
	struct row *r = db_query(t, Q_INTENT_INCOMING);
	enum err e;

	*out = (struct incoming){ 0 };
	bind_addr(r, &to);
	while ((e = db_next(r)) == OK) {
		struct wei value = get_wei(r);
		enum tx_state state = (enum tx_state)get_i64(r);
		uint64_t block = get_u64(r);

		if (state == TX_MINED && block <= seen_block)
			continue;
		out->sum = wei_add_sat(out->sum, value);
		out->moving += state != TX_REVIEW;
	}
	return e == ERR_MISSING ? OK : e;
}

static void read_orders(struct turn *t, struct row *r, void *item)
{
	struct step_orders *s = item;

	(void)t;
	s->purpose = (enum purpose)get_i64(r);
	s->dest = get_addr(r);
	s->count = get_i64(r);
}

enum err intent_of_step(struct turn *t, int64_t step, size_t limit, struct step_orders **out,
			size_t *n_out)
{
	struct row *r = db_query(t, Q_INTENT_OF_STEP);
	struct rows all;

	bind_i64(r, step);
	bind_i64(r, (int64_t)limit);
	TRY(db_all(r, sizeof(**out), read_orders, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err intent_last_block(struct turn *t, int64_t wallet, struct eth_addr addr,
			   uint64_t *block_out)
{
	struct row *r = db_query(t, Q_INTENT_LAST_BLOCK);

	bind_i64(r, wallet);
	bind_addr(r, &addr);
	TRY(db_one(r));
	*block_out = get_u64(r);
	return OK;
}

enum err intent_late(struct turn *t, int64_t wallet, uint64_t block, struct wei *sum_out)
{
	struct row *r = db_query(t, Q_INTENT_LATE);
	struct wei sum = { 0 };
	enum err e;

	bind_i64(r, wallet);
	bind_u64(r, block);
	while ((e = db_next(r)) == OK) {
		struct wei value = get_wei(r), fee = get_wei(r);

		sum = wei_add_sat(sum, fee);
		if (get_i64(r) == TX_CONFIRMED)
			sum = wei_add_sat(sum, value);
	}
	*sum_out = sum;
	return e == ERR_MISSING ? OK : e;
}

enum err intent_spent_since(struct turn *t, int64_t since_ms, struct wei *sum_out)
{
	struct row *r = db_query(t, Q_INTENT_SPENT);
	struct wei sum = { 0 };
	enum err e;

	bind_i64(r, since_ms);
	while ((e = db_next(r)) == OK)
		sum = wei_add_sat(sum, get_wei(r));
	*sum_out = sum;
	return e == ERR_MISSING ? OK : e;
}

enum err intent_count(struct turn *t, int64_t counts_out[TX_REVIEW + 1])
{
	struct row *r = db_query(t, Q_INTENT_COUNT);
	enum err e;

	memset(counts_out, 0, (TX_REVIEW + 1) * sizeof(*counts_out));
	while ((e = db_next(r)) == OK) {
		int64_t state = get_i64(r);

		counts_out[state] = get_i64(r);
	}
	return e == ERR_MISSING ? OK : e;
}
