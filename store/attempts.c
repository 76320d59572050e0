#include "store/attempts.h"

#include "store/cut.h"
#include "store/db.h"
#include "store/store.h"

enum err attempt_add(struct turn *t, struct attempt *a)
{
	struct row *r = db_query(t, Q_ATTEMPT_ADD);

	bind_i64(r, a->intent);
	bind_i64(r, a->state);
	bind_hash(r, &a->hash);
	bind_blob(r, a->raw.p, a->raw.n);
	bind_wei(r, &a->max_fee);
	bind_wei(r, &a->max_tip);
	bind_i64(r, a->signed_ms);
	bind_i64(r, a->first_ms);
	bind_i64(r, a->last_ms);
	bind_i64(r, a->next_ms);
	bind_i64(r, a->sends);
	bind_text(r, cut(t, a->said, 400));
	bind_i64(r, a->kind);
	if (a->has_value)
		bind_wei(r, &a->value);
	else
		bind_null(r);
	TRY(db_one(r));
	a->id = get_i64(r);
	lane_touch(t, TOPIC_TX);
	return OK;
}

/* The one place that knows the order of ATTEMPT_COLS. */
static void read_attempt(struct turn *t, struct row *r, void *item)
{
	struct attempt *a = item;

	(void)t;
	a->id = get_i64(r);
	a->intent = get_i64(r);
	a->state = (enum tx_state)get_i64(r);
	a->hash = get_hash(r);
	a->raw = get_blob(r);
	a->max_fee = get_wei(r);
	a->max_tip = get_wei(r);
	a->signed_ms = get_i64(r);
	a->first_ms = get_i64(r);
	a->last_ms = get_i64(r);
	a->next_ms = get_i64(r);
	a->sends = get_i64(r);
	a->said = get_text(r);
	a->kind = (enum attempt_kind)get_i64(r);
	a->has_value = !get_null(r);
	a->value = get_wei(r);
	a->watch_ms = get_i64(r);
	a->outbid = get_i64(r) != 0;
	a->newest = get_i64(r) != 0;
	a->wallet = get_i64(r);
	a->operation = get_i64(r);
	a->nonce = get_u64(r);
}

static enum err read_attempts(struct row *r, struct attempt **out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_attempt, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err attempt_get(struct turn *t, int64_t id, struct attempt *out)
{
	struct row *r = db_query(t, Q_ATTEMPT_GET);

	bind_i64(r, id);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "no attempt %lld", (long long)id);
	if (e == OK)
		read_attempt(t, r, out);
	return e;
}

enum err attempt_by_hash(struct turn *t, const struct eth_hash *hash, struct attempt *out)
{
	struct row *r = db_query(t, Q_ATTEMPT_BY_HASH);

	bind_hash(r, hash);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, e, "none of our transactions has this hash: see `ghostctl tx list`");
	if (e == OK)
		read_attempt(t, r, out);
	return e;
}

enum err attempt_save(struct turn *t, const struct attempt *a)
{
	struct row *r = db_query(t, Q_ATTEMPT_SAVE);

	bind_i64(r, a->state);
	bind_i64(r, a->first_ms);
	bind_i64(r, a->last_ms);
	bind_i64(r, a->next_ms);
	bind_i64(r, a->sends);
	bind_text(r, cut(t, a->said, 400));
	bind_i64(r, a->watch_ms);
	bind_bool(r, a->outbid);
	bind_i64(r, a->id);
	lane_touch(t, TOPIC_TX);
	return db_exec(r, NULL);
}

enum err attempt_list(struct turn *t, int64_t intent, size_t limit, struct attempt **out,
		      size_t *n_out)
{
	struct row *r = db_query(t, Q_ATTEMPT_LIST);

	bind_i64(r, intent);
	bind_i64(r, (int64_t)limit);
	return read_attempts(r, out, n_out);
}

enum err attempt_due(struct turn *t, bool firsts, size_t limit, struct attempt **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_ATTEMPT_DUE);

	bind_i64(r, t->now_ms);
	bind_bool(r, firsts);
	bind_i64(r, (int64_t)limit);
	return read_attempts(r, out, n_out);
}

enum err attempt_open(struct turn *t, int64_t after, size_t limit, struct attempt **out,
		      size_t *n_out)
{
	struct row *r = db_query(t, Q_ATTEMPT_OPEN);

	bind_i64(r, after);
	bind_i64(r, (int64_t)limit);
	return read_attempts(r, out, n_out);
}

enum err attempt_unsent(struct turn *t, int64_t before_ms, size_t limit, struct attempt **out,
			size_t *n_out)
{
	struct row *r = db_query(t, Q_ATTEMPT_UNSENT);

	bind_i64(r, before_ms);
	bind_i64(r, (int64_t)limit);
	return read_attempts(r, out, n_out);
}

enum err attempt_watched(struct turn *t, size_t limit, struct attempt **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_ATTEMPT_WATCHED);

	bind_i64(r, t->now_ms);
	bind_i64(r, (int64_t)limit);
	return read_attempts(r, out, n_out);
}

enum err attempt_drop(struct turn *t, int64_t intent)
{
	struct row *r = db_query(t, Q_ATTEMPT_DROP);

	bind_i64(r, intent);
	return db_exec(r, NULL);
}

enum err attempt_hand(struct turn *t, const struct attempt *a)
{
	struct row *r = db_query(t, Q_ATTEMPT_HAND);

	bind_i64(r, t->now_ms);
	bind_i64(r, a->id);
	TRY(db_exec(r, NULL));
	if (a->kind == ATTEMPT_ORDER)
		return OK;
	r = db_query(t, Q_ATTEMPT_REST);
	bind_i64(r, a->intent);
	bind_i64(r, a->id);
	return db_exec(r, NULL);
}

enum err attempt_rest(struct turn *t, int64_t intent)
{
	struct row *r = db_query(t, Q_ATTEMPT_REST_ALL);

	bind_i64(r, intent);
	return db_exec(r, NULL);
}

enum err attempt_supersede_others(struct turn *t, int64_t intent, int64_t but, int64_t watch_ms)
{
	struct row *r = db_query(t, Q_ATTEMPT_OTHERS);

	bind_i64(r, watch_ms);
	bind_i64(r, intent);
	bind_i64(r, but);
	return db_exec(r, NULL);
}

static enum err due_now(struct turn *t, struct row *r, int64_t intent)
{
	bind_i64(r, t->now_ms);
	bind_i64(r, intent);
	lane_touch(t, TOPIC_TX);
	return db_exec(r, NULL);
}

enum err attempt_reopen(struct turn *t, int64_t intent)
{
	return due_now(t, db_query(t, Q_ATTEMPT_REOPEN), intent);
}

enum err attempt_soon(struct turn *t, int64_t intent)
{
	return due_now(t, db_query(t, Q_ATTEMPT_SOON), intent);
}

static void read_nonce(struct turn *t, struct row *r, void *item)
{
	(void)t;
	*(uint64_t *)item = get_u64(r);
}

enum err attempt_waiting_nonces(struct turn *t, int64_t wallet, size_t limit, uint64_t **out,
				size_t *n_out)
{
	struct row *r = db_query(t, Q_ATTEMPT_WAITING);
	struct rows all;

	bind_i64(r, wallet);
	bind_i64(r, (int64_t)limit);
	TRY(db_all(r, sizeof(**out), read_nonce, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}
