#include "store/kits.h"

#include "store/db.h"
#include "store/store.h"

static void read_kit(struct turn *t, struct row *r, void *item)
{
	struct kit_row *k = item;

	(void)t;
	k->id = get_i64(r);
	k->state = (enum kit_state)get_i64(r);
	k->actor = get_text(r);
	k->created_ms = get_i64(r);
	k->confirmed_ms = get_i64(r);
	k->seed = get_bool(r);
	k->indices = get_i64(r);
	k->wallets_to = get_i64(r);
	k->imported = get_i64(r);
	k->funder = get_bool(r);
	k->digest = get_hash(r);
	k->size = get_i64(r);
}

enum err kit_add(struct turn *t, struct kit_row *k)
{
	struct row *r = db_query(t, Q_KIT_ADD);

	bind_text(r, t->actor);
	bind_i64(r, t->now_ms);
	bind_bool(r, k->seed);
	bind_i64(r, k->indices);
	bind_i64(r, k->wallets_to);
	bind_i64(r, k->imported);
	bind_bool(r, k->funder);
	bind_hash(r, &k->digest);
	bind_i64(r, k->size);
	TRY(db_one(r));
	k->id = get_i64(r);
	k->state = KIT_MADE;
	k->actor = t->actor;
	k->created_ms = t->now_ms;
	k->confirmed_ms = 0;
	lane_touch(t, TOPIC_FLEET);
	return OK;
}

enum err kit_get(struct turn *t, int64_t id, struct kit_row *out)
{
	struct row *r = db_query(t, Q_KIT_GET);

	bind_i64(r, id);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, ERR_MISSING, "there is no kit %lld: see `ghostctl kit list`",
			    (long long)id);
	if (e == OK)
		read_kit(t, r, out);
	return e;
}

enum err kit_confirm(struct turn *t, int64_t id)
{
	struct row *r = db_query(t, Q_KIT_CONFIRM);

	bind_i64(r, t->now_ms);
	bind_i64(r, id);
	lane_touch(t, TOPIC_FLEET);
	return db_exec(r, NULL);
}

enum err kit_list(struct turn *t, int64_t before, size_t limit, struct kit_row **out, size_t *n_out)
{
	struct row *r = db_query(t, Q_KIT_LIST);
	struct rows all;

	bind_i64(r, before ? before : INT64_MAX);
	bind_i64(r, (int64_t)limit);
	TRY(db_all(r, sizeof(**out), read_kit, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err kit_cover(struct turn *t, struct cover *out)
{
	struct row *r = db_query(t, Q_KIT_COVER);

	TRY(db_one(r));
	int64_t indices = get_i64(r);

	out->indices = indices < 0 ? 0 : indices + KIT_GAP;
	out->wallets_to = get_i64(r);
	return OK;
}

static void read_name(struct turn *t, struct row *r, void *item)
{
	(void)t;
	*(const char **)item = get_text(r);
}

static enum err names(struct row *r, const char ***out, size_t *n_out)
{
	struct rows all;

	TRY(db_all(r, sizeof(**out), read_name, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err cover_missing(struct turn *t, const struct cover *c, const char *profile, size_t limit,
		       const char ***names_out, size_t *n_out)
{
	struct row *r = db_query(t, Q_COVER_MISSING);

	bind_i64(r, c->indices);
	bind_i64(r, c->wallets_to);
	bind_text(r, profile);
	bind_i64(r, (int64_t)limit);
	return names(r, names_out, n_out);
}

enum err cover_missing_count(struct turn *t, const struct cover *c, int64_t *out)
{
	struct row *r = db_query(t, Q_COVER_MISSING_COUNT);

	bind_i64(r, c->indices);
	bind_i64(r, c->wallets_to);
	TRY(db_one(r));
	*out = get_i64(r);
	return OK;
}

enum err cover_missing_of(struct turn *t, const struct cover *c, int64_t operation, size_t limit,
			  const char ***names_out, size_t *n_out)
{
	struct row *r = db_query(t, Q_COVER_MISSING_OF);

	bind_i64(r, c->indices);
	bind_i64(r, c->wallets_to);
	bind_i64(r, operation);
	bind_i64(r, (int64_t)limit);
	return names(r, names_out, n_out);
}
