/* store/db.h - the mechanics under the store: sessions, statements, rows.
 * Included by store/ only; no SQL and no sqlite3 type leaves this folder.
 *
 *     struct row *r = db_query(t, Q_WALLET_GET);
 *     bind_text(r, name);
 *     TRY(db_one(r));                 one row; ERR_MISSING when there is none
 *     w->id = get_i64(r);             columns in the order of the SELECT, one statement each:
 *                                     C does not order the expressions of one initialiser
 *
 * A statement is reset as soon as its last row was taken: db_one() copies its row and steps to
 * DONE, db_next() resets at the end. A statement pending at the end of a turn is an assert.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"
#include "store/base/turn.h"
#include "store/base/types.h"

struct row; /* a statement being bound, then read */

enum query {
#define Q(name, text) Q_##name,
#include "store/queries.def"
#undef Q
	Q_COUNT
};

/* The statement of this turn's session, reset and unbound. Statements that change something are
 * for the lane only (asserted). */
struct row *db_query(struct turn *t, enum query q);

/* Bind the next $n, in order. Values are copied. */
void bind_i64(struct row *r, int64_t v);
void bind_u64(struct row *r, uint64_t v); /* must be < 2^63 */
void bind_bool(struct row *r, bool v);
void bind_real(struct row *r, double v);
void bind_text(struct row *r, const char *s);            /* NULL binds NULL */
void bind_blob(struct row *r, const void *p, size_t n);  /* p NULL binds NULL */
void bind_addr(struct row *r, const struct eth_addr *a); /* NULL binds NULL */
void bind_hash(struct row *r, const struct eth_hash *h);
void bind_wei(struct row *r, const struct wei *w);
void bind_null(struct row *r);

/* Exactly one row, copied; the statement is already reset. ERR_MISSING (without a word: the
 * caller knows what was asked) when there is none. Also for INSERT ... RETURNING. */
enum err db_one(struct row *r) MUST_USE;

/* The next row, or ERR_MISSING after the last; reset then. Leaving early: db_done(). */
enum err db_next(struct row *r) MUST_USE;
void db_done(struct row *r);

/* All rows, in the turn's memory: `read` fills one item of `size` bytes from the present row. The
 * statement's own LIMIT bounds them. */
typedef void row_fn(struct turn *t, struct row *r, void *item);
struct rows {
	void *items; /* NULL when n is 0 */
	size_t n;
};
enum err db_all(struct row *r, size_t size, row_fn *read, struct rows *out) MUST_USE;

/* Run to the end; *changed_out (may be NULL) is the number of rows changed. */
enum err db_exec(struct row *r, int64_t *changed_out) MUST_USE;

/* The next column. Text and blobs are in the turn's memory. */
bool get_null(struct row *r); /* looks at the next column, does not take it */
int64_t get_i64(struct row *r);
uint64_t get_u64(struct row *r);
bool get_bool(struct row *r);
double get_real(struct row *r);
const char *get_text(struct row *r);     /* NULL for NULL */
struct bytes get_blob(struct row *r);    /* {NULL, 0} for NULL */
struct eth_addr get_addr(struct row *r); /* zero for NULL */
struct eth_hash get_hash(struct row *r);
struct wei get_wei(struct row *r);

#endif
