/* Sessions: the lane's, the only one that writes, and one for each thread that reads. */
#include <assert.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/inside.h"

enum { SNAPSHOT_MS = 100 };

/* A file's own triggers and views are not trusted; double quotes never mean a string. */
static int harden(sqlite3 *sql)
{
	static const struct {
		int what, on;
	} rules[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },   { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },     { SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		int rc = sqlite3_db_config(sql, rules[i].what, rules[i].on, NULL);

		if (rc != SQLITE_OK)
			return rc;
	}
	return sqlite3_busy_timeout(sql, BUSY_MS);
}

/* cache_spill: no page leaves memory before COMMIT, so that a full disk shows there and nowhere
 * else. journal_size_limit: the WAL keeps its size, so that a full disk still takes commits. */
static const char lane_pragmas[] = "PRAGMA synchronous = FULL;"
				   "PRAGMA wal_autocheckpoint = 0;"
				   "PRAGMA journal_size_limit = -1;"
				   "PRAGMA cache_spill = OFF;"
				   "PRAGMA cache_size = -65536;"
				   "PRAGMA secure_delete = FAST;"
				   "PRAGMA temp_store = MEMORY";

static const char reader_pragmas[] = "PRAGMA query_only = ON;"
				     "PRAGMA cache_size = -8192;"
				     "PRAGMA temp_store = MEMORY";

/* The lane alone checkpoints, and its files own blocks before they need them: the WAL keeps those
 * it has, the database grows by a MiB at a time. So a full disk still takes small commits. */
static int prepare_lane(sqlite3 *sql)
{
	int keep = 1, grow = 1 << 20, rc;

	rc = sqlite3_file_control(sql, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
	if (rc == SQLITE_OK)
		rc = sqlite3_file_control(sql, "main", SQLITE_FCNTL_CHUNK_SIZE, &grow);
	return rc == SQLITE_OK ? sqlite3_exec(sql, lane_pragmas, NULL, NULL, NULL) : rc;
}

static int prepare_reader(sqlite3 *sql)
{
	int rc = sqlite3_db_config(sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);

	return rc == SQLITE_OK ? sqlite3_exec(sql, reader_pragmas, NULL, NULL, NULL) : rc;
}

static int prepare(struct db *db)
{
	int rc = harden(db->sql);

	if (rc != SQLITE_OK)
		return rc;
	return db->is_lane ? prepare_lane(db->sql) : prepare_reader(db->sql);
}

enum err db_open(struct turn *t, struct store *s, bool lane, struct db **out)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
		    (lane ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
	struct db *db = calloc(1, sizeof(*db));

	if (!db)
		abort();
	db->store = s;
	db->is_lane = lane;
	int rc = sqlite3_open_v2(s->path, &db->sql, flags, s->vfs[0] ? s->vfs : NULL);

	if (rc == SQLITE_OK)
		rc = prepare(db);
	if (rc != SQLITE_OK) {
		enum err e = (rc & 0xff) == SQLITE_NOTADB
				     ? fail(t, ERR_BROKEN, "%s is not a database, or is damaged",
					    s->path)
				     : fail(t, (rc & 0xff) == SQLITE_FULL ? ERR_FULL : ERR_AWAY,
					    "cannot open %s: %s", s->path, sqlite3_errmsg(db->sql));

		db_close(db);
		return e;
	}
	*out = db;
	return OK;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	(void)db_settle(db);
	for (int q = 0; q < Q_COUNT; q++) {
		(void)sqlite3_finalize(db->rows[q].stmt);
		free(db->rows[q].cells);
	}
	int rc = sqlite3_close(db->sql);

	assert(rc == SQLITE_OK);
	free(db);
}

enum err store_session(struct turn *t, struct store *s, struct db **out)
{
	return db_open(t, s, false, out);
}

void store_session_close(struct db *db)
{
	db_close(db);
}

enum err read_run(struct turn *t, store_fn *fn, void *arg)
{
	struct db *db = t->db;

	if (db->is_lane || db->in_read_run)
		return fn(t, arg);
	assert(db->n_pending == 0);
	gate_enter(&db->store->gate);
	db->in_read_run = true;
	int64_t start_ms = clock_mono_ms();
	int rc = db_control(db, Q_BEGIN_READ);
	enum err e = rc == SQLITE_OK ? fn(t, arg) : db_failed(t, db, rc, "BEGIN");

	bool left = db_settle(db);

	assert(!left || e != OK);
	if (rc == SQLITE_OK)
		(void)db_control(db, Q_ROLLBACK);
	db->in_read_run = false;
	gate_leave(&db->store->gate);
	if (clock_mono_ms() - start_ms > SNAPSHOT_MS)
		log_line(t, LOG_WARN, "a read held its snapshot longer than 100 ms", NULL);
	return e;
}
