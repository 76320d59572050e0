/* Statements and rows. Each session compiles a statement once and keeps it; binding copies into
 * the turn's memory and a row is copied out of SQLite at once, so nothing here allocates. */
#include "store/db.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/inside.h"

static const char *const query_text[Q_COUNT] = {
#define Q(name, text) text,
#include "store/queries.def"
#undef Q
};

static const char *const query_name[Q_COUNT] = {
#define Q(name, text) #name,
#include "store/queries.def"
#undef Q
};

static const char *row_name(const struct row *r)
{
	return query_name[r - r->db->rows];
}

enum err db_failed(struct turn *t, struct db *db, int rc, const char *doing)
{
	const char *why = sqlite3_errmsg(db->sql);

	if (db->first_error == SQLITE_OK)
		db->first_error = rc;
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return fail_reason(t, REASON_DISK_FULL,
				   "the disk is full, nothing was changed; free space in %s",
				   db->store->folder);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return fail(t, ERR_AWAY,
			    "another program holds %s, nothing was changed; retry, and close it",
			    db->store->path);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		log_broken(t, "%s: %s (%d) in %s", doing, why, sqlite3_extended_errcode(db->sql),
			   db->store->path);
		return fail(t, ERR_AWAY,
			    "the disk of %s fails (%s), nothing was changed; look at it, retry",
			    db->store->path, why);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		store_broken(db->store, t, why);
		return fail(t, ERR_BROKEN, "%s is damaged (%s); restore a backup", db->store->path,
			    why);
	default:
		log_broken(t, "%s: %s (%d)", doing, why, rc);
		return fail(t, ERR_BROKEN, "%s: %s", doing, why);
	}
}

static int compile(struct db *db, enum query q)
{
	struct row *r = &db->rows[q];
	int rc = sqlite3_prepare_v3(db->sql, query_text[q], -1, SQLITE_PREPARE_PERSISTENT, &r->stmt,
				    NULL);

	if (rc != SQLITE_OK)
		return rc;
	r->db = db;
	r->readonly = sqlite3_stmt_readonly(r->stmt);
	r->n_params = sqlite3_bind_parameter_count(r->stmt);
	r->n_cells = sqlite3_column_count(r->stmt);
	r->cells = calloc((size_t)r->n_cells + 1, sizeof(*r->cells));
	return r->cells ? SQLITE_OK : SQLITE_NOMEM;
}

enum err db_compile_all(struct turn *t, struct db *db)
{
	for (enum query q = 0; q < Q_COUNT; q++)
		if (compile(db, q) != SQLITE_OK)
			return fail(t, ERR_BROKEN, "statement %s does not compile in %s: %s",
				    query_name[q], db->store->path, sqlite3_errmsg(db->sql));
	return OK;
}

/* A reader holds the gate from the first step of its first statement to the end of its last. */
static void pend(struct row *r)
{
	struct db *db = r->db;

	if (r->pending)
		return;
	if (db->n_pending++ == 0 && !db->is_lane && !db->in_read_run) {
		gate_enter(&db->store->gate);
		db->snapshot_turn = r->t;
		db->snapshot_ms = r->t->now_ms;
	}
	r->pending = true;
	r->next_pending = db->pending;
	db->pending = r;
}

static void unpend(struct row *r)
{
	struct db *db = r->db;

	(void)sqlite3_reset(r->stmt);
	if (!r->pending)
		return;
	for (struct row **p = &db->pending; *p; p = &(*p)->next_pending)
		if (*p == r) {
			*p = r->next_pending;
			break;
		}
	r->pending = false;
	if (--db->n_pending == 0 && !db->is_lane && !db->in_read_run)
		gate_leave(&db->store->gate);
}

bool db_settle(struct db *db)
{
	bool any = db->pending != NULL;

	while (db->pending)
		unpend(db->pending);
	return any;
}

struct row *db_query(struct turn *t, enum query q)
{
	struct db *db = t->db;

	assert(db != NULL && q < Q_COUNT);
	assert(t->in_lane == db->is_lane);
	/* A turn that failed half way through a loop must not pin its snapshot for the next. */
	if (db->n_pending > 0 && !db->is_lane && !db->in_read_run &&
	    (db->snapshot_turn != t || db->snapshot_ms != t->now_ms)) {
		log_broken(t, "statement %s was left pending by an earlier turn",
			   row_name(db->pending));
		(void)db_settle(db);
	}
	struct row *r = &db->rows[q];

	if (!r->stmt && compile(db, q) != SQLITE_OK) {
		log_broken(t, "statement %s does not compile: %s", query_name[q],
			   sqlite3_errmsg(db->sql));
		abort();
	}
	assert(!r->pending);
	assert(r->readonly || t->in_lane);
	(void)sqlite3_clear_bindings(r->stmt);
	r->t = t;
	r->next_param = 0;
	r->have = false;
	return r;
}

int db_control(struct db *db, enum query q)
{
	struct row *r = &db->rows[q];
	int rc = r->stmt ? SQLITE_OK : compile(db, q);

	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_step(r->stmt);
	(void)sqlite3_reset(r->stmt);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int take_param(struct row *r)
{
	assert(r->next_param < r->n_params);
	return ++r->next_param;
}

void bind_i64(struct row *r, int64_t v)
{
	(void)sqlite3_bind_int64(r->stmt, take_param(r), v);
}

void bind_u64(struct row *r, uint64_t v)
{
	assert(v <= INT64_MAX);
	bind_i64(r, (int64_t)v);
}

void bind_bool(struct row *r, bool v)
{
	bind_i64(r, v);
}

void bind_real(struct row *r, double v)
{
	(void)sqlite3_bind_double(r->stmt, take_param(r), v);
}

void bind_null(struct row *r)
{
	(void)sqlite3_bind_null(r->stmt, take_param(r));
}

/* The copies outlive the statement's run: both belong to the turn. */
void bind_text(struct row *r, const char *s)
{
	if (!s) {
		bind_null(r);
		return;
	}
	size_t n = strlen(s);

	(void)sqlite3_bind_text64(r->stmt, take_param(r), turn_memdup(r->t, s, n), n, SQLITE_STATIC,
				  SQLITE_UTF8);
}

void bind_blob(struct row *r, const void *p, size_t n)
{
	if (!p) {
		bind_null(r);
		return;
	}
	(void)sqlite3_bind_blob64(r->stmt, take_param(r), turn_memdup(r->t, p, n), n,
				  SQLITE_STATIC);
}

void bind_addr(struct row *r, const struct eth_addr *a)
{
	bind_blob(r, a, sizeof(*a));
}

void bind_hash(struct row *r, const struct eth_hash *h)
{
	bind_blob(r, h, sizeof(*h));
}

void bind_wei(struct row *r, const struct wei *w)
{
	bind_blob(r, w, sizeof(*w));
}

static struct cell load_cell(struct row *r, int i)
{
	struct cell c = { .type = sqlite3_column_type(r->stmt, i) };
	const void *p = NULL;

	switch (c.type) {
	case SQLITE_FLOAT:
		c.real = sqlite3_column_double(r->stmt, i);
		return c;
	case SQLITE_INTEGER:
		c.i = sqlite3_column_int64(r->stmt, i);
		return c;
	case SQLITE_TEXT:
		p = sqlite3_column_text(r->stmt, i);
		break;
	case SQLITE_BLOB:
		p = sqlite3_column_blob(r->stmt, i);
		break;
	case SQLITE_NULL:
		return c;
	default:
		assert(false && "there is no other type");
	}
	size_t n = (size_t)sqlite3_column_bytes(r->stmt, i);
	uint8_t *copy = turn_alloc(r->t, n + 1);

	if (n)
		memcpy(copy, p, n);
	c.b = (struct bytes){ copy, n };
	return c;
}

/* One step; a row is copied out at once. */
static int step(struct row *r)
{
	assert(r->next_param == r->n_params);
	pend(r);
	int rc = sqlite3_step(r->stmt);

	r->have = rc == SQLITE_ROW;
	if (r->have)
		for (int i = 0; i < r->n_cells; i++)
			r->cells[i] = load_cell(r, i);
	r->next_cell = 0;
	return rc;
}

static enum err step_failed(struct row *r, int rc)
{
	enum err e = db_failed(r->t, r->db, rc, row_name(r));

	unpend(r);
	return e;
}

enum err db_one(struct row *r)
{
	int rc = step(r);

	if (rc == SQLITE_ROW) {
		/* Through to DONE: what RETURNING left pending would make the RELEASE fail. */
		rc = sqlite3_step(r->stmt);
		assert(rc != SQLITE_ROW);
		if (rc == SQLITE_DONE) {
			unpend(r);
			return OK;
		}
		r->have = false;
	}
	if (rc != SQLITE_DONE)
		return step_failed(r, rc);
	unpend(r);
	return ERR_MISSING;
}

enum err db_next(struct row *r)
{
	int rc = step(r);

	if (rc == SQLITE_ROW)
		return OK;
	if (rc != SQLITE_DONE)
		return step_failed(r, rc);
	unpend(r);
	return ERR_MISSING;
}

void db_done(struct row *r)
{
	unpend(r);
}

enum err db_all(struct row *r, size_t size, row_fn *read, struct rows *out)
{
	struct turn *t = r->t;
	size_t room = 0;
	enum err e;

	*out = (struct rows){ NULL, 0 };
	while ((e = db_next(r)) == OK) {
		out->items = turn_grow(t, out->items, out->n, &room, size);
		read(t, r, (uint8_t *)out->items + size * out->n++);
	}
	return e == ERR_MISSING ? OK : e;
}

enum err db_exec(struct row *r, int64_t *changed_out)
{
	int rc;

	do
		rc = step(r);
	while (rc == SQLITE_ROW);
	if (rc != SQLITE_DONE)
		return step_failed(r, rc);
	if (changed_out)
		*changed_out = sqlite3_changes64(r->db->sql);
	unpend(r);
	return OK;
}

static const struct cell *take_cell(struct row *r)
{
	assert(r->have && r->next_cell < r->n_cells);
	return &r->cells[r->next_cell++];
}

bool get_null(struct row *r)
{
	assert(r->have && r->next_cell < r->n_cells);
	return r->cells[r->next_cell].type == SQLITE_NULL;
}

int64_t get_i64(struct row *r)
{
	const struct cell *c = take_cell(r);

	assert(c->type == SQLITE_INTEGER || c->type == SQLITE_NULL);
	return c->i;
}

uint64_t get_u64(struct row *r)
{
	int64_t v = get_i64(r);

	assert(v >= 0);
	return (uint64_t)v;
}

bool get_bool(struct row *r)
{
	return get_i64(r) != 0;
}

double get_real(struct row *r)
{
	const struct cell *c = take_cell(r);

	assert(c->type == SQLITE_FLOAT || c->type == SQLITE_NULL);
	return c->real;
}

const char *get_text(struct row *r)
{
	const struct cell *c = take_cell(r);

	assert(c->type == SQLITE_TEXT || c->type == SQLITE_NULL);
	return (const char *)c->b.p;
}

struct bytes get_blob(struct row *r)
{
	const struct cell *c = take_cell(r);

	assert(c->type == SQLITE_BLOB || c->type == SQLITE_NULL);
	return c->b;
}

static void get_exact(struct row *r, void *out, size_t n)
{
	struct bytes b = get_blob(r);

	assert(b.p == NULL || b.n == n);
	if (b.p)
		memcpy(out, b.p, n);
	else
		memset(out, 0, n);
}

struct eth_addr get_addr(struct row *r)
{
	struct eth_addr a;

	get_exact(r, &a, sizeof(a));
	return a;
}

struct eth_hash get_hash(struct row *r)
{
	struct eth_hash h;

	get_exact(r, &h, sizeof(h));
	return h;
}

struct wei get_wei(struct row *r)
{
	struct wei w;

	get_exact(r, &w, sizeof(w));
	return w;
}
