/* store/inside.h - what the files of this room share about a store and its sessions. Nobody
 * outside the room includes it. */
#ifndef STORE_INSIDE_H
#define STORE_INSIDE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "store/db.h"
#include "store/gate.h"
#include "store/latch.h"
#include "store/store.h"

enum {
	STORE_PATH = 1024,
	TOPICS = 10,
	LISTENERS = 16,
	BUSY_MS = 1000,              /* for a program beside us that holds the file */
	APPLICATION_ID = 0x47464c54, /* "GFLT", in the header of the database file */
};

/* One column of the present row; text and blobs point into the turn's memory. */
struct cell {
	int type; /* SQLITE_INTEGER, _FLOAT, _TEXT, _BLOB, _NULL */
	int64_t i;
	double real;
	struct bytes b;
};

struct row {
	sqlite3_stmt *stmt; /* NULL: not compiled yet */
	struct db *db;
	struct turn *t;
	struct cell *cells;
	int n_params, next_param, n_cells, next_cell;
	bool readonly;
	bool have;    /* cells hold a row */
	bool pending; /* stepped, and neither done nor reset */
	struct row *next_pending;
};

struct db {
	struct store *store;
	sqlite3 *sql;
	bool is_lane;
	bool in_read_run;
	int first_error; /* the first SQLite failure since it was cleared: why a group went */
	unsigned n_pending;
	struct row *pending;
	struct turn *snapshot_turn; /* whose statements are pending */
	int64_t snapshot_ms;        /* monotonic: since when the gate is held */
	struct row rows[Q_COUNT];

	/* The lane's, about the turn that it runs. */
	unsigned topics;         /* lane_touch */
	bool pauses_changed;     /* store_stopped() must be computed again after COMMIT */
	bool fleet_lifted;       /* a latch of before is lifted with the rows */
	bool latching;           /* pause_add: only note it, the disk takes no row */
	struct latch_note noted; /* what pause_add noted then; noted.kind 0: nothing */
};

struct job; /* a turn that waits for the lane */

struct lane {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct job *head[2], *tail[2]; /* [1]: urgent */
	unsigned waiting[2];
	bool closing, asleep;
	pthread_mutex_t inline_lock; /* no_lane_thread: one caller at a time */
	struct arena *mem;           /* of the lane's own turns */
	size_t wal_tried;            /* WAL size when the last RESTART did not get through */
	int64_t tended_ms;           /* monotonic: when reserve and latch were last looked at */
};

struct store {
	char path[STORE_PATH], folder[STORE_PATH];
	char vfs[64]; /* "": the default */
	bool offline, threaded;
	bool ours; /* opened and migrated: what closes it may tidy its files */
	int lock_fd;
	size_t reserve_bytes;
	struct gate gate;
	struct latch latch;
	struct lane lane;
	struct db *db;             /* the lane's session; NULL when offline */
	pthread_mutex_t listening; /* held while listeners are called */
	struct {
		store_listener *fn;
		void *arg;
	} listeners[LISTENERS];
	size_t n_listeners;
	_Atomic uint64_t versions[TOPICS];
	_Atomic bool stopped, latched, dead;
	_Atomic bool full;         /* the last group was refused by a full disk */
	int64_t full_said_ms;      /* when that was logged last; the lane's */
	_Atomic bool reserve_gone; /* freed for an emergency, or there was no room for it */
	_Atomic int64_t depth;
	_Atomic int backups; /* that run: their snapshot needs the WAL as it is */
	_Atomic size_t wal_bytes;
	_Atomic uint64_t commits, groups, turns, rolled_back, disk_full;
};

/* What the process exits with when the store may be damaged or may hold a commit nobody was told
 * of: the service manager starts it again, and the start decides. */
enum { EXIT_STORE_BROKEN = 70 };

/* A session on the store's file; the lane's is the only one that may write. */
enum err db_open(struct turn *t, struct store *s, bool lane, struct db **out) MUST_USE;
void db_close(struct db *db);
/* Compile every statement; ERR_BROKEN names the first that does not compile. */
enum err db_compile_all(struct turn *t, struct db *db) MUST_USE;
/* Reset what is pending; true: something was. */
bool db_settle(struct db *db);
/* One statement of the mechanics, without parameters and rows: BEGIN, SAVEPOINT ... SQLite's code.
 */
int db_control(struct db *db, enum query q);
/* Turns SQLite's code into ours, with a word. */
enum err db_failed(struct turn *t, struct db *db, int rc, const char *doing) MUST_USE;

/* Bring the file's schema up to ours: the numbered texts of store/sql, each in a transaction. */
enum err migrate(struct turn *t, struct db *db) MUST_USE;
/* The file's schema is exactly ours (a read-only session cannot migrate). */
enum err migrate_check(struct turn *t, struct db *db) MUST_USE;

enum err lane_start(struct turn *t, struct store *s) MUST_USE;
void lane_stop(struct store *s); /* finishes what waits */

/* The latch of before becomes a row, if the disk takes it; then store_stopped() from what holds.
 * On the lane's thread, or before it runs. */
void latch_absorb(struct store *s);

/* The WAL: preallocate it, keep its size bounded. On the lane's thread only. */
void wal_prepare(struct turn *t, struct store *s);
void wal_tend(struct store *s);    /* after each commit */
bool wal_restart(struct store *s); /* now; false: readers or a full disk did not let us */
void wal_retire(struct store *s);  /* all is in the database, and the session is closed */

/* The 64 MiB that a full disk still has for emergencies. */
void reserve_make(struct turn *t, struct store *s); /* if there is room */
bool reserve_free(struct store *s);                 /* false: there was none */

/* Log it and end the process; in a store without a lane thread: refuse everything from now on. */
void store_broken(struct store *s, struct turn *t, const char *why);

#endif
