#include "store/audit.h"

#include <nettle/sha2.h>
#include <string.h>

#include "store/cut.h"
#include "store/db.h"
#include "store/incidents.h"

static void add_u64(struct sha256_ctx *ctx, uint64_t v)
{
	uint8_t be[8];

	for (int i = 0; i < 8; i++)
		be[i] = (uint8_t)(v >> (56 - 8 * i));
	sha256_update(ctx, sizeof(be), be);
}

static void add_text(struct sha256_ctx *ctx, const char *s)
{
	size_t n = strlen(s);

	add_u64(ctx, n);
	sha256_update(ctx, n, (const uint8_t *)s);
}

/* SHA-256 of: "gf-audit-1", id, at_ms (8 bytes each, big-endian), then actor, action, subject and
 * detail (each its length in 8 bytes, then its bytes), then the hash of the record before. Of a
 * record with a trace: "gf-audit-2", and the trace after the detail, in the same way. Whoever has
 * the rows can check them with these lines. */
static struct eth_hash record_hash(const struct audit_record *a)
{
	struct sha256_ctx ctx;
	struct eth_hash h;

	sha256_init(&ctx);
	sha256_update(&ctx, 10, (const uint8_t *)(*a->trace ? "gf-audit-2" : "gf-audit-1"));
	add_u64(&ctx, (uint64_t)a->id);
	add_u64(&ctx, (uint64_t)a->at_ms);
	add_text(&ctx, a->actor);
	add_text(&ctx, a->action);
	add_text(&ctx, a->subject);
	add_text(&ctx, a->detail);
	if (*a->trace)
		add_text(&ctx, a->trace);
	sha256_update(&ctx, sizeof(a->prev.b), a->prev.b);
	sha256_digest(&ctx, sizeof(h.b), h.b);
	return h;
}

enum err audit_add(struct turn *t, const char *action, const char *subject, const char *detail)
{
	struct audit_record a = {
		.id = 1,
		.at_ms = t->now_ms,
		.actor = cut(t, t->actor, 200),
		.action = cut(t, action, 64),
		.subject = cut(t, subject, 200),
		.detail = cut(t, detail, 1000),
		.trace = t->trace ? t->trace : "",
	};
	struct row *r = db_query(t, Q_AUDIT_HEAD);
	enum err e = db_one(r);

	if (e == OK) {
		a.id = get_i64(r) + 1;
		a.prev = get_hash(r);
	} else if (e != ERR_MISSING) {
		return e;
	}
	a.hash = record_hash(&a);
	r = db_query(t, Q_AUDIT_ADD);
	bind_i64(r, a.id);
	bind_i64(r, a.at_ms);
	bind_text(r, a.actor);
	bind_text(r, a.action);
	bind_text(r, a.subject);
	bind_text(r, a.detail);
	bind_hash(r, &a.prev);
	bind_hash(r, &a.hash);
	bind_text(r, a.trace);
	TRY(db_exec(r, NULL));
	return incident_take_change(t, &a);
}

enum err audit_head(struct turn *t, int64_t *id_out, struct eth_hash *hash_out)
{
	struct row *r = db_query(t, Q_AUDIT_HEAD);
	enum err e = db_one(r);

	*id_out = 0;
	*hash_out = (struct eth_hash){ 0 };
	if (e == OK) {
		*id_out = get_i64(r);
		*hash_out = get_hash(r);
	}
	return e == ERR_MISSING ? OK : e;
}

static struct audit_record get_record(struct row *r)
{
	struct audit_record a;

	a.id = get_i64(r);
	a.at_ms = get_i64(r);
	a.actor = get_text(r);
	a.action = get_text(r);
	a.subject = get_text(r);
	a.detail = get_text(r);
	a.prev = get_hash(r);
	a.hash = get_hash(r);
	a.trace = get_text(r);
	return a;
}

enum err audit_list(struct turn *t, int64_t after, size_t limit, struct audit_record **out,
		    size_t *n_out)
{
	struct row *r = db_query(t, Q_AUDIT_LIST);
	size_t room = 0;
	enum err e;

	*out = NULL;
	*n_out = 0;
	bind_i64(r, after);
	bind_u64(r, limit);
	while ((e = db_next(r)) == OK) {
		*out = turn_grow(t, *out, *n_out, &room, sizeof(**out));
		(*out)[(*n_out)++] = get_record(r);
	}
	return e == ERR_MISSING ? OK : e;
}

/* The hash that the record after `after` must carry as prev. */
static enum err hash_before(struct turn *t, int64_t after, struct eth_hash *out)
{
	*out = (struct eth_hash){ 0 };
	if (after == 0)
		return OK;
	struct row *r = db_query(t, Q_AUDIT_HASH);

	bind_i64(r, after);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return fail(t, ERR_BROKEN, "audit record %lld is missing", (long long)after);
	TRY(e);
	*out = get_hash(r);
	return OK;
}

enum err audit_verify(struct turn *t, int64_t after, size_t limit, int64_t *last_out, size_t *n_out)
{
	struct audit_record *list;
	struct eth_hash prev;

	TRY(hash_before(t, after, &prev));
	TRY(audit_list(t, after, limit, &list, n_out));
	*last_out = after;
	for (size_t i = 0; i < *n_out; i++) {
		struct eth_hash want = record_hash(&list[i]);

		if (list[i].id != *last_out + 1)
			return fail(t, ERR_BROKEN, "audit record %lld is missing",
				    (long long)*last_out + 1);
		if (!hash_eq(list[i].prev, prev) || !hash_eq(list[i].hash, want))
			return fail(t, ERR_BROKEN, "audit record %lld was changed",
				    (long long)list[i].id);
		prev = want;
		*last_out = list[i].id;
	}
	return OK;
}
