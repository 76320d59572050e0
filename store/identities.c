#include "store/identities.h"

#include <string.h>

#include "store/db.h"
#include "store/store.h"

static struct eth_hash hash_or_zero(struct row *r)
{
	struct bytes b = get_blob(r);
	struct eth_hash h = { 0 };

	if (b.p)
		memcpy(h.b, b.p, sizeof(h.b));
	return h;
}

static void read_identity(struct turn *t, struct row *r, void *item)
{
	struct identity *i = item;

	(void)t;
	i->id = get_i64(r);
	i->name = get_text(r);
	i->roles = (unsigned)get_i64(r);
	i->token = hash_or_zero(r);
	i->uri = get_text(r);
	i->uri_hash = hash_or_zero(r);
	i->created_ms = get_i64(r);
	i->expires_ms = get_i64(r);
	i->revoked_ms = get_i64(r);
}

static enum err by_hash(struct turn *t, enum query q, const struct eth_hash *hash, const char *none,
			struct identity *out)
{
	struct row *r = db_query(t, q);

	bind_hash(r, hash);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, ERR_MISSING, "nobody here has this %s", none);
	TRY(e);
	read_identity(t, r, out);
	return OK;
}

enum err identity_by_token(struct turn *t, const struct eth_hash *token, struct identity *out)
{
	return by_hash(t, Q_IDENTITY_BY_TOKEN, token, "token", out);
}

enum err identity_by_uri(struct turn *t, const struct eth_hash *uri_hash, struct identity *out)
{
	return by_hash(t, Q_IDENTITY_BY_URI, uri_hash, "URI", out);
}

static enum err nobody(struct turn *t, const char *name)
{
	return fail(t, ERR_MISSING, "there is no identity '%s'", name);
}

enum err identity_by_name(struct turn *t, const char *name, struct identity *out)
{
	struct row *r = db_query(t, Q_IDENTITY_BY_NAME);

	bind_text(r, name);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return nobody(t, name);
	TRY(e);
	read_identity(t, r, out);
	return OK;
}

enum err identity_list(struct turn *t, int64_t after, size_t limit, struct identity **out,
		       size_t *n_out)
{
	struct row *r = db_query(t, Q_IDENTITY_LIST);
	struct rows all;

	bind_i64(r, after);
	bind_u64(r, limit);
	TRY(db_all(r, sizeof(**out), read_identity, &all));
	*out = all.items;
	*n_out = all.n;
	return OK;
}

enum err identity_count(struct turn *t, enum role role, int64_t but, int64_t *n_out)
{
	struct row *r = db_query(t, Q_IDENTITY_COUNT);

	bind_i64(r, role);
	bind_i64(r, t->now_ms);
	bind_i64(r, but);
	TRY(db_one(r));
	*n_out = get_i64(r);
	return OK;
}

static bool is_set(const struct eth_hash *h)
{
	return !hash_eq(*h, (struct eth_hash){ 0 });
}

static void bind_if_set(struct row *r, const struct eth_hash *h)
{
	if (is_set(h))
		bind_hash(r, h);
	else
		bind_null(r);
}

static enum err check(struct turn *t, const struct identity *i)
{
	if (!i->name || !*i->name || strlen(i->name) > IDENTITY_NAME_MAX)
		return fail(t, ERR_INVALID, "an identity's name has 1 to %d bytes",
			    IDENTITY_NAME_MAX);
	if (i->uri && (!*i->uri || strlen(i->uri) > IDENTITY_URI_MAX))
		return fail(t, ERR_INVALID, "an identity's URI has 1 to %d bytes",
			    IDENTITY_URI_MAX);
	if (!i->uri && !is_set(&i->token))
		return fail(t, ERR_INVALID, "an identity needs a token or a URI");
	return OK;
}

enum err identity_add(struct turn *t, const struct identity *i)
{
	struct row *r;
	int64_t added;

	TRY(check(t, i));
	r = db_query(t, Q_IDENTITY_ADD);
	bind_text(r, i->name);
	bind_i64(r, i->roles);
	bind_if_set(r, &i->token);
	bind_text(r, i->uri);
	if (i->uri)
		bind_hash(r, &i->uri_hash);
	else
		bind_null(r);
	bind_i64(r, t->now_ms);
	bind_i64(r, i->expires_ms);
	bind_i64(r, i->revoked_ms);
	TRY(db_exec(r, &added));
	if (added == 0)
		return fail(t, ERR_EXISTS, "there is an identity '%s' already%s", i->name,
			    i->uri ? ", or another one of this URI" : "");
	lane_touch(t, TOPIC_FLEET);
	return OK;
}

static enum err change(struct turn *t, struct row *r, const char *name)
{
	int64_t changed;

	TRY(db_exec(r, &changed));
	if (changed == 0)
		return nobody(t, name);
	lane_touch(t, TOPIC_FLEET);
	return OK;
}

enum err identity_set_token(struct turn *t, const char *name, const struct eth_hash *token)
{
	struct row *r = db_query(t, Q_IDENTITY_SET_TOKEN);

	bind_hash(r, token);
	bind_text(r, name);
	return change(t, r, name);
}

enum err identity_revoke(struct turn *t, const char *name)
{
	struct row *r = db_query(t, Q_IDENTITY_REVOKE);

	bind_i64(r, t->now_ms);
	bind_text(r, name);
	return change(t, r, name);
}
