#include "store/safe_list.h"

#include "store/db.h"
#include "store/store.h"

static void read_safe(struct turn *t, struct row *r, void *item)
{
	struct safe_address *s = item;

	s->id = get_i64(r);
	s->chain_id = get_u64(r);
	s->addr = get_addr(r);
	s->label = get_text(r);
	s->state = (enum safe_state)get_i64(r);
	s->created_ms = get_i64(r);
	s->active_ms = get_i64(r);
	s->actor = get_text(r);
	s->contract = get_bool(r);
	s->code = (enum safe_code)get_i64(r);
	s->seen_ms = get_i64(r);
	s->proof = get_blob(r);
	s->proof_state = (enum safe_proof)get_i64(r);
	s->proof_ms = get_i64(r);
	s->proof_text = get_text(r);
	if (s->state == SAFE_PENDING && s->active_ms <= t->now_ms)
		s->state = SAFE_ACTIVE;
}

enum err safe_list(struct turn *t, uint64_t chain_id, size_t limit, struct safe_address **out,
		   size_t *n_out)
{
	struct row *r = db_query(t, Q_SAFE_LIST);
	struct rows all;

	bind_u64(r, chain_id);
	bind_i64(r, (int64_t)limit);
	TRY(db_all(r, sizeof(**out), read_safe, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err safe_unseen(struct turn *t, uint64_t chain_id, int64_t before_ms, int64_t soon_ms,
		     size_t limit, struct safe_address **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_SAFE_UNSEEN);
	struct rows all;

	bind_u64(r, chain_id);
	bind_i64(r, before_ms);
	bind_i64(r, soon_ms);
	bind_i64(r, (int64_t)limit);
	TRY(db_all(r, sizeof(**out), read_safe, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err safe_get(struct turn *t, uint64_t chain_id, struct eth_addr a, struct safe_address *out)
{
	struct row *r = db_query(t, Q_SAFE_GET);

	bind_u64(r, chain_id);
	bind_addr(r, &a);
	enum err e = db_one(r);

	if (e == OK)
		read_safe(t, r, out);
	return e;
}

enum err safe_put(struct turn *t, const struct safe_address *s)
{
	struct row *r = db_query(t, Q_SAFE_PUT);

	bind_u64(r, s->chain_id);
	bind_addr(r, &s->addr);
	bind_text(r, s->label);
	bind_i64(r, s->state);
	bind_i64(r, s->created_ms);
	bind_i64(r, s->active_ms);
	bind_text(r, s->actor);
	bind_bool(r, s->contract);
	bind_i64(r, s->code);
	bind_i64(r, s->seen_ms);
	bind_blob(r, s->proof.p, s->proof.n);
	bind_i64(r, s->proof_state ? s->proof_state : SAFE_PROOF_NONE);
	bind_i64(r, s->proof_ms);
	bind_text(r, s->proof_text ? s->proof_text : "");
	lane_touch(t, TOPIC_FLEET);
	return db_exec(r, NULL);
}
