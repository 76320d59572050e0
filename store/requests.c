#include "store/requests.h"

#include <string.h>

#include "store/base/clock.h"
#include "store/db.h"

static const int64_t KEEP_MS = 7 * INT64_C(86400000);

enum err request_seen(struct turn *t, bool *seen_out)
{
	struct request *q = t->request;
	struct row *r;
	char when[CLOCK_TEXT];

	*seen_out = false;
	if (strnlen(q->id, REQUEST_ID_MAX + 1) > REQUEST_ID_MAX)
		return fail(t, ERR_INVALID, "request_id is longer than %d bytes", REQUEST_ID_MAX);
	r = db_query(t, Q_REQUEST_GET);
	bind_text(r, q->id);
	bind_text(r, q->method);
	bind_text(r, t->actor);
	enum err e = db_one(r);

	if (e == ERR_MISSING)
		return OK;
	TRY(e);
	struct eth_hash body = get_hash(r);
	bool kept = !get_null(r);
	struct bytes reply = get_blob(r);

	clock_text(get_i64(r), when);
	if (!hash_eq(body, q->body))
		return fail_reason(t, REASON_REQUEST_ID_REUSED,
				   "request_id '%s' was used for another request at %s; take a "
				   "new one for each request",
				   q->id, when);
	if (!kept)
		return fail(t, ERR_EXISTS,
			    "this request was done at %s; its answer held a secret and was not "
			    "kept",
			    when);
	q->reply = reply;
	*seen_out = true;
	return OK;
}

enum err request_keep(struct turn *t)
{
	const struct request *q = t->request;
	struct row *r = db_query(t, Q_REQUEST_ADD);

	bind_i64(r, t->now_ms);
	bind_text(r, t->actor);
	bind_text(r, q->method);
	bind_text(r, q->id);
	bind_hash(r, &q->body);
	if (q->secret)
		bind_null(r);
	else
		bind_blob(r, q->reply.p ? (const void *)q->reply.p : "", q->reply.n);
	return db_exec(r, NULL);
}

enum err request_prune(struct turn *t, size_t limit, size_t *n_out)
{
	struct row *r = db_query(t, Q_REQUEST_OLDEST);
	int64_t upto = 0;
	enum err e;

	*n_out = 0;
	bind_u64(r, limit);
	while ((e = db_next(r)) == OK) {
		int64_t n = get_i64(r);

		if (get_i64(r) > t->now_ms - KEEP_MS) {
			db_done(r);
			break;
		}
		upto = n;
		(*n_out)++;
	}
	if (e != OK && e != ERR_MISSING)
		return e;
	if (*n_out == 0)
		return OK;
	r = db_query(t, Q_REQUEST_DROP);
	bind_i64(r, upto);
	return db_exec(r, NULL);
}
