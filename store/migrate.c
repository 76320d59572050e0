/* Migrations: the numbered texts of store/sql, in the program itself. Append-only: the hash of
 * each applied text is recorded, and a file made by other texts is refused. */
#include <assert.h>
#include <nettle/sha2.h>
#include <string.h>

#include "store/base/hex.h"
#include "store/base/log.h"
#include "store/inside.h"

/* store/migrations.inc is made by CMake from the folder: M(number, "name", "path"). */
#define M(number, name, path)                                                                      \
	__asm__(".section .rodata\n"                                                               \
		".globl gf_sql_" #number "\n"                                                      \
		"gf_sql_" #number ":\n"                                                            \
		".incbin \"" path "\"\n"                                                           \
		".byte 0\n"                                                                        \
		".previous\n");                                                                    \
	extern const char gf_sql_##number[];
#include "store/migrations.inc"
#undef M

static const struct migration {
	int number;
	const char *name, *sql;
} migrations[] = {
#define M(n, text, path) { .number = n, .name = (text), .sql = gf_sql_##n },
#include "store/migrations.inc"
#undef M
};

enum { MIGRATIONS = sizeof(migrations) / sizeof(migrations[0]) };

static const char list_table[] = "CREATE TABLE IF NOT EXISTS migrations ("
				 "number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
				 "hash BLOB NOT NULL CHECK (length(hash) = 32),"
				 "at_ms INTEGER NOT NULL) STRICT";

static struct eth_hash text_hash(const char *sql)
{
	struct sha256_ctx ctx;
	struct eth_hash h;

	sha256_init(&ctx);
	sha256_update(&ctx, strlen(sql), (const uint8_t *)sql);
	sha256_digest(&ctx, sizeof(h.b), h.b);
	return h;
}

static enum err exec(struct turn *t, struct db *db, const char *sql, const char *doing)
{
	int rc = sqlite3_exec(db->sql, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? OK : db_failed(t, db, rc, doing);
}

static enum err pragma_int(struct turn *t, struct db *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db->sql, sql, -1, &st, NULL);

	*out = 0;
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st);
	return rc == SQLITE_ROW ? OK : db_failed(t, db, rc, sql);
}

/* Ours, and how far. */
static enum err file_version(struct turn *t, struct db *db, int64_t *version_out)
{
	int64_t app, tables;

	TRY(pragma_int(t, db, "PRAGMA application_id", &app));
	TRY(pragma_int(t, db, "PRAGMA user_version", version_out));
	TRY(pragma_int(t, db, "SELECT count(*) FROM sqlite_schema", &tables));
	if (app != APPLICATION_ID && (app != 0 || tables != 0))
		return fail(t, ERR_REFUSED, "%s is a database of another program", db->store->path);
	if (*version_out > migrations[MIGRATIONS - 1].number)
		return fail(t, ERR_REFUSED,
			    "%s was made by a newer version (schema %d, this one knows %d); "
			    "install the newer version, or restore a backup of before",
			    db->store->path, (int)*version_out, migrations[MIGRATIONS - 1].number);
	return OK;
}

static enum err check_one(struct turn *t, struct db *db, sqlite3_stmt *st,
			  const struct migration *m)
{
	struct eth_hash want = text_hash(m->sql);

	(void)sqlite3_reset(st);
	(void)sqlite3_bind_int(st, 1, m->number);
	int rc = sqlite3_step(st);

	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return db_failed(t, db, rc, "read the migrations");
	if (rc == SQLITE_ROW && sqlite3_column_bytes(st, 0) == sizeof(want.b) &&
	    memcmp(sqlite3_column_blob(st, 0), want.b, sizeof(want.b)) == 0)
		return OK;
	return fail(t, ERR_REFUSED,
		    "migration %04d_%s of %s was another text; this version cannot use the file",
		    m->number, m->name, db->store->path);
}

/* What was applied is what we have. */
static enum err check_applied(struct turn *t, struct db *db, int64_t version)
{
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db->sql, "SELECT hash FROM migrations WHERE number = $1", -1,
				    &st, NULL);

	if (rc != SQLITE_OK)
		return db_failed(t, db, rc, "read the migrations");
	enum err e = OK;

	for (int i = 0; i < MIGRATIONS && e == OK && migrations[i].number <= version; i++)
		e = check_one(t, db, st, &migrations[i]);
	(void)sqlite3_finalize(st);
	return e;
}

static enum err record(struct turn *t, struct db *db, const struct migration *m)
{
	struct eth_hash hash = text_hash(m->sql);
	sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db->sql,
				    "INSERT INTO migrations (number, name, hash, at_ms) "
				    "VALUES ($1, $2, $3, $4)",
				    -1, &st, NULL);

	if (rc == SQLITE_OK) {
		(void)sqlite3_bind_int(st, 1, m->number);
		(void)sqlite3_bind_text(st, 2, m->name, -1, SQLITE_STATIC);
		(void)sqlite3_bind_blob(st, 3, hash.b, sizeof(hash.b), SQLITE_STATIC);
		(void)sqlite3_bind_int64(st, 4, t->now_ms);
		rc = sqlite3_step(st);
	}
	(void)sqlite3_finalize(st);
	if (rc != SQLITE_DONE)
		return db_failed(t, db, rc, "record a migration");
	return exec(t, db, turn_printf(t, "PRAGMA user_version = %d", m->number), "user_version");
}

static enum err apply(struct turn *t, struct db *db, const struct migration *m)
{
	const char *doing = turn_printf(t, "migration %04d_%s", m->number, m->name);

	TRY(exec(t, db, "BEGIN IMMEDIATE", doing));
	enum err e = exec(t, db, m->sql, doing);

	if (e == OK)
		e = record(t, db, m);
	if (e == OK)
		e = exec(t, db, "COMMIT", doing);
	if (e != OK && !sqlite3_get_autocommit(db->sql))
		(void)sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
	return e;
}

enum err migrate(struct turn *t, struct db *db)
{
	int64_t version;

	TRY(file_version(t, db, &version));
	/* Only now that the file is known to be ours. */
	TRY(exec(t, db, "PRAGMA journal_mode = WAL", "journal_mode"));
	if (version == 0)
		TRY(exec(t, db,
			 turn_printf(t, "BEGIN IMMEDIATE; PRAGMA application_id = %d; %s; COMMIT",
				     APPLICATION_ID, list_table),
			 "make the store"));
	TRY(check_applied(t, db, version));
	for (int i = 0; i < MIGRATIONS; i++)
		if (migrations[i].number > version)
			TRY(apply(t, db, &migrations[i]));
	return OK;
}

enum err migrate_check(struct turn *t, struct db *db)
{
	int64_t version;

	TRY(file_version(t, db, &version));
	if (version < migrations[MIGRATIONS - 1].number)
		return fail(t, ERR_REFUSED,
			    "%s has schema %d, this version needs %d; start the daemon once",
			    db->store->path, (int)version, migrations[MIGRATIONS - 1].number);
	return check_applied(t, db, version);
}

int store_schema(void)
{
	return migrations[MIGRATIONS - 1].number;
}
