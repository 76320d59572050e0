#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "store/base/log.h"
#include "store/inside.h"
#include "store/lane.h"

enum { DEFAULT_RESERVE = 64 << 20, LAST_WORDS_MS = 50 };

static pthread_once_t sqlite_once = PTHREAD_ONCE_INIT;

/* SQLite's own counters take one lock for every allocation of every thread. */
static void sqlite_setup(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_initialize();
}

void store_broken(struct store *s, struct turn *t, const char *why)
{
	atomic_store(&s->dead, true);
	log_broken(t, "%s: %s", s->path, why);
	if (!s->threaded)
		return;
	/* The doors still say what was just answered. */
	(void)nanosleep(&(struct timespec){ .tv_nsec = LAST_WORDS_MS * 1000000L }, NULL);
	_exit(EXIT_STORE_BROKEN);
}

/* The folder is named in files beside the database and in messages. */
static enum err set_paths(struct turn *t, struct store *s, const struct store_options *o)
{
	size_t n = strlen(o->path);

	if (n == 0 || n >= STORE_PATH - 16)
		return fail(t, ERR_INVALID, "the store's path is empty or too long");
	memcpy(s->path, o->path, n + 1);
	const char *slash = strrchr(s->path, '/');
	size_t len = slash ? (size_t)(slash - s->path) : 0;

	if (slash == s->path)
		len = 1;
	memcpy(s->folder, slash ? s->path : ".", slash ? len : 1);
	s->folder[slash ? len : 1] = 0;
	if (o->vfs)
		(void)snprintf(s->vfs, sizeof(s->vfs), "%s", o->vfs);
	if (access(s->folder, W_OK | X_OK) != 0 && !o->offline)
		return fail(t, ERR_REFUSED, "the store's folder %s cannot be written: %s",
			    s->folder, strerror(errno));
	return OK;
}

/* flock: the lock dies with the process, however it dies. The pid is for the message only. */
static enum err lock_take(struct turn *t, struct store *s)
{
	const char *path = turn_printf(t, "%s/lock", s->folder);
	char pid[24] = { 0 };

	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return fail(t, ERR_REFUSED, "cannot open %s: %s", path, strerror(errno));
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		if (pread(s->lock_fd, pid, sizeof(pid) - 1, 0) <= 0)
			pid[0] = '?';
		pid[strcspn(pid, " \n")] = 0;
		return fail(t, ERR_REFUSED,
			    "%s is in use by process %s; stop it first, or name another store",
			    s->path, pid);
	}
	/* Always of one length and in place: a full disk takes it too. */
	int n = snprintf(pid, sizeof(pid), "%-20ld\n", (long)getpid());

	if (pwrite(s->lock_fd, pid, (size_t)n, 0) != n)
		log_line(t, LOG_WARN, "the pid could not be written to the lock file", "path", path,
			 NULL);
	return OK;
}

/* SQLite would make it readable by all; the WAL takes the mode of the database. */
static enum err create_file(struct turn *t, struct store *s)
{
	int fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(t, ERR_REFUSED, "cannot open %s: %s", s->path, strerror(errno));
	(void)close(fd);
	return OK;
}

static enum err open_offline(struct turn *t, struct store *s)
{
	struct db *db;

	TRY(db_open(t, s, false, &db));
	enum err e = migrate_check(t, db);

	db_close(db);
	return e;
}

static enum err open_database(struct turn *t, struct store *s, const struct store_options *o)
{
	TRY(db_open(t, s, true, &s->db));
	TRY(migrate(t, s->db));
	return o->lazy ? OK : db_compile_all(t, s->db);
}

static enum err open_online(struct turn *t, struct store *s, const struct store_options *o)
{
	TRY(lock_take(t, s));
	TRY(create_file(t, s));
	TRY(latch_open(t, s->folder, &s->latch));
	reserve_make(t, s);
	enum err e = open_database(t, s, o);

	/* A start on a full disk is an emergency. */
	if (e == ERR_FULL && reserve_free(s)) {
		db_close(s->db);
		s->db = NULL;
		e = open_database(t, s, o);
	}
	TRY(e);
	s->ours = true;
	wal_prepare(t, s);
	(void)wal_restart(s);
	latch_absorb(s);
	return o->no_lane_thread ? OK : lane_start(t, s);
}

enum err store_open(struct turn *t, const struct store_options *o, struct store **out)
{
	struct store *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	(void)pthread_once(&sqlite_once, sqlite_setup);
	s->lock_fd = -1;
	s->offline = o->offline;
	s->reserve_bytes = o->reserve_bytes ? o->reserve_bytes : DEFAULT_RESERVE;
	(void)pthread_mutex_init(&s->listening, NULL);
	gate_init(&s->gate);
	lane_init(&s->lane);
	latch_init(&s->latch);
	enum err e = set_paths(t, s, o);

	if (e == OK)
		e = o->offline ? open_offline(t, s) : open_online(t, s, o);
	if (e != OK) {
		store_close(s);
		return e;
	}
	*out = s;
	return OK;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	lane_stop(s);
	/* A commit in doubt is for the next start to find: the WAL stays as it is. */
	bool all_in = s->ours && !atomic_load(&s->dead) && wal_restart(s);

	if (s->db)
		(void)sqlite3_db_config(s->db->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	db_close(s->db);
	if (all_in)
		wal_retire(s);
	latch_close(&s->latch);
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd);
	lane_destroy(&s->lane);
	gate_destroy(&s->gate);
	(void)pthread_mutex_destroy(&s->listening);
	free(s);
}

void store_listen(struct store *s, store_listener *fn, void *arg)
{
	(void)pthread_mutex_lock(&s->listening);
	assert(s->n_listeners < LISTENERS);
	s->listeners[s->n_listeners].fn = fn;
	s->listeners[s->n_listeners].arg = arg;
	s->n_listeners++;
	(void)pthread_mutex_unlock(&s->listening);
}

void store_unlisten(struct store *s, store_listener *fn, void *arg)
{
	size_t n = 0;

	(void)pthread_mutex_lock(&s->listening);
	for (size_t i = 0; i < s->n_listeners; i++)
		if (s->listeners[i].fn != fn || s->listeners[i].arg != arg)
			s->listeners[n++] = s->listeners[i];
	s->n_listeners = n;
	(void)pthread_mutex_unlock(&s->listening);
}

/* Each counter only grows, so the sum changes whenever one of them does. */
uint64_t store_version(const struct store *s, unsigned topics)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < TOPICS; i++)
		if (topics & 1u << i)
			sum += atomic_load(&s->versions[i]);
	return sum;
}

struct store_stats store_stats(const struct store *s)
{
	return (struct store_stats){
		.commits = atomic_load(&s->commits),
		.groups = atomic_load(&s->groups),
		.turns = atomic_load(&s->turns),
		.rolled_back = atomic_load(&s->rolled_back),
		.wal_bytes = atomic_load(&s->wal_bytes),
		.disk_full = atomic_load(&s->disk_full),
		.lane_depth = atomic_load(&s->depth),
		.latched = atomic_load(&s->latched),
		.full = atomic_load(&s->full),
		.reserve_gone = atomic_load(&s->reserve_gone),
	};
}

bool store_stopped(const struct store *s)
{
	return atomic_load(&s->stopped);
}
