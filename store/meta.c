#include "store/meta.h"

#include "store/db.h"

enum err meta_get(struct turn *t, const char *key, struct bytes *out)
{
	struct row *r = db_query(t, Q_META_GET);

	bind_text(r, key);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, ERR_MISSING, "the store holds no '%s'", key);
	TRY(e);
	*out = get_blob(r);
	return OK;
}

enum err meta_set(struct turn *t, const char *key, const void *p, size_t n)
{
	struct row *r = db_query(t, Q_META_SET);

	bind_text(r, key);
	bind_blob(r, p, n);
	return db_exec(r, NULL);
}
