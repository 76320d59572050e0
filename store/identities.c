#include "store/identities.h"

#include <string.h>

#include "store/db.h"
#include "store/store.h"

static struct identity get_identity(struct row *r)
{
	struct identity i = { 0 };

	i.id = get_i64(r);
	i.name = get_text(r);
	i.roles = (unsigned)get_i64(r);
	i.token = get_hash(r);
	i.expires_ms = get_i64(r);
	i.revoked_ms = get_i64(r);
	return i;
}

enum err identity_by_token(struct turn *t, const struct eth_hash *token, struct identity *out)
{
	struct row *r = db_query(t, Q_IDENTITY_BY_TOKEN);

	bind_hash(r, token);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, ERR_MISSING, "nobody here has this token");
	TRY(e);
	*out = get_identity(r);
	return OK;
}

enum err identity_by_name(struct turn *t, const char *name, struct identity *out)
{
	struct row *r = db_query(t, Q_IDENTITY_BY_NAME);

	bind_text(r, name);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, ERR_MISSING, "there is no identity '%s'", name);
	TRY(e);
	*out = get_identity(r);
	return OK;
}

enum err identity_add(struct turn *t, const struct identity *i)
{
	struct row *r;
	int64_t added;

	if (!i->name || !*i->name || strlen(i->name) > 64)
		return fail(t, ERR_INVALID, "an identity's name has 1 to 64 bytes");
	r = db_query(t, Q_IDENTITY_ADD);
	bind_text(r, i->name);
	bind_i64(r, i->roles);
	bind_hash(r, &i->token);
	bind_i64(r, t->now_ms);
	bind_i64(r, i->expires_ms);
	bind_i64(r, i->revoked_ms);
	TRY(db_exec(r, &added));
	if (added == 0)
		return fail(t, ERR_EXISTS, "there is an identity '%s' already", i->name);
	lane_touch(t, TOPIC_FLEET);
	return OK;
}

enum err identity_set_token(struct turn *t, const char *name, const struct eth_hash *token)
{
	struct row *r = db_query(t, Q_IDENTITY_SET_TOKEN);
	int64_t changed;

	bind_hash(r, token);
	bind_text(r, name);
	TRY(db_exec(r, &changed));
	if (changed == 0)
		return fail(t, ERR_MISSING, "there is no identity '%s'", name);
	lane_touch(t, TOPIC_FLEET);
	return OK;
}
