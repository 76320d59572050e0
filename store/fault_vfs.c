#include "store/fault_vfs.h"

#ifdef GF_FAULTS

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

/* SQLite gives us szOsFile bytes for each file: this, and behind it the real one. */
struct fault_file {
	sqlite3_file base;
	const char *name; /* SQLite keeps it as long as the file is open */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct fault_plan plan;
static bool armed, disk_full;
static int64_t seen, hits;

static sqlite3_vfs *real(void)
{
	return sqlite3_vfs_find(NULL);
}

static sqlite3_file *inner(sqlite3_file *f)
{
	return (sqlite3_file *)((struct fault_file *)f + 1);
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t n = name ? strlen(name) : 0, m = strlen(suffix);

	return n >= m && strcmp(name + n - m, suffix) == 0;
}

/* True: this one fails, in the way of *kind_out. */
static bool strikes(enum fault_op op, const char *name, enum fault_kind *kind_out)
{
	bool hit = false;

	(void)pthread_mutex_lock(&lock);
	if (armed && (plan.ops & op) && (!plan.suffix || ends_with(name, plan.suffix))) {
		int64_t last =
			plan.times < 0 ? INT64_MAX : plan.nth + (plan.times ? plan.times : 1) - 1;

		seen++;
		hit = seen >= plan.nth && seen <= last;
		hits += hit;
		*kind_out = plan.kind;
	}
	(void)pthread_mutex_unlock(&lock);
	return hit;
}

static bool is_full(void)
{
	(void)pthread_mutex_lock(&lock);
	bool full = disk_full;

	(void)pthread_mutex_unlock(&lock);
	return full;
}

static const char *name_of(sqlite3_file *f)
{
	return ((struct fault_file *)f)->name;
}

static int f_close(sqlite3_file *f)
{
	return inner(f)->pMethods ? inner(f)->pMethods->xClose(inner(f)) : SQLITE_OK;
}

static int f_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	enum fault_kind kind;

	if (strikes(FAULT_READ, name_of(f), &kind))
		return SQLITE_IOERR_READ;
	return inner(f)->pMethods->xRead(inner(f), p, n, at);
}

static int f_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	enum fault_kind kind;
	sqlite3_int64 size = 0;
	bool hit = strikes(FAULT_WRITE, name_of(f), &kind);

	if (hit && kind != FAULT_AFTER)
		return kind == FAULT_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
	if (is_full()) {
		int rc = inner(f)->pMethods->xFileSize(inner(f), &size);

		if (rc != SQLITE_OK || at + n > size)
			return SQLITE_FULL;
	}
	int rc = inner(f)->pMethods->xWrite(inner(f), p, n, at);

	return hit ? SQLITE_IOERR_WRITE : rc;
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	enum fault_kind kind;
	bool hit = strikes(FAULT_TRUNCATE, name_of(f), &kind);

	if (hit && kind != FAULT_AFTER)
		return SQLITE_IOERR_TRUNCATE;
	int rc = inner(f)->pMethods->xTruncate(inner(f), size);

	return hit ? SQLITE_IOERR_TRUNCATE : rc;
}

static int f_sync(sqlite3_file *f, int flags)
{
	enum fault_kind kind;
	bool hit = strikes(FAULT_SYNC, name_of(f), &kind);

	if (hit && kind != FAULT_AFTER)
		return SQLITE_IOERR_FSYNC; /* SQLite says so whatever fsync says, ENOSPC too */
	int rc = inner(f)->pMethods->xSync(inner(f), flags);

	return hit ? SQLITE_IOERR_FSYNC : rc;
}

static int f_size(sqlite3_file *f, sqlite3_int64 *out)
{
	return inner(f)->pMethods->xFileSize(inner(f), out);
}

static int f_lock(sqlite3_file *f, int level)
{
	return inner(f)->pMethods->xLock(inner(f), level);
}

static int f_unlock(sqlite3_file *f, int level)
{
	return inner(f)->pMethods->xUnlock(inner(f), level);
}

static int f_reserved(sqlite3_file *f, int *out)
{
	return inner(f)->pMethods->xCheckReservedLock(inner(f), out);
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
	return inner(f)->pMethods->xFileControl(inner(f), op, arg);
}

static int f_sector(sqlite3_file *f)
{
	return inner(f)->pMethods->xSectorSize(inner(f));
}

static int f_traits(sqlite3_file *f)
{
	return inner(f)->pMethods->xDeviceCharacteristics(inner(f));
}

static int f_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
	return inner(f)->pMethods->xShmMap(inner(f), page, size, extend, out);
}

static int f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return inner(f)->pMethods->xShmLock(inner(f), offset, n, flags);
}

static void f_shm_barrier(sqlite3_file *f)
{
	inner(f)->pMethods->xShmBarrier(inner(f));
}

static int f_shm_unmap(sqlite3_file *f, int drop)
{
	return inner(f)->pMethods->xShmUnmap(inner(f), drop);
}

/* Version 2: with shared memory for the WAL, without mapped reads, which nothing could count. */
static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = f_close,
	.xRead = f_read,
	.xWrite = f_write,
	.xTruncate = f_truncate,
	.xSync = f_sync,
	.xFileSize = f_size,
	.xLock = f_lock,
	.xUnlock = f_unlock,
	.xCheckReservedLock = f_reserved,
	.xFileControl = f_control,
	.xSectorSize = f_sector,
	.xDeviceCharacteristics = f_traits,
	.xShmMap = f_shm_map,
	.xShmLock = f_shm_lock,
	.xShmBarrier = f_shm_barrier,
	.xShmUnmap = f_shm_unmap,
};

static int v_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct fault_file *ff = (struct fault_file *)f;
	enum fault_kind kind;

	(void)vfs;
	ff->base.pMethods = NULL;
	ff->name = name;
	if (strikes(FAULT_OPEN, name, &kind))
		return SQLITE_CANTOPEN;
	int rc = real()->xOpen(real(), name, inner(f), flags, out);

	/* Where SQLite's own left methods behind, it wants to be closed, even after a failure. */
	if (inner(f)->pMethods)
		ff->base.pMethods = &methods;
	return rc;
}

static int v_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	(void)vfs;
	return real()->xDelete(real(), name, sync_dir);
}

static int v_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	(void)vfs;
	return real()->xAccess(real(), name, flags, out);
}

static int v_full_path(sqlite3_vfs *vfs, const char *name, int n, char *out)
{
	(void)vfs;
	return real()->xFullPathname(real(), name, n, out);
}

static int v_random(sqlite3_vfs *vfs, int n, char *out)
{
	(void)vfs;
	return real()->xRandomness(real(), n, out);
}

static int v_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return real()->xSleep(real(), us);
}

static int v_time(sqlite3_vfs *vfs, double *out)
{
	(void)vfs;
	return real()->xCurrentTime(real(), out);
}

static int v_last_error(sqlite3_vfs *vfs, int n, char *out)
{
	(void)vfs;
	return real()->xGetLastError(real(), n, out);
}

void fault_vfs_register(void)
{
	static sqlite3_vfs vfs = {
		.iVersion = 1,
		.zName = FAULT_VFS,
		.xOpen = v_open,
		.xDelete = v_delete,
		.xAccess = v_access,
		.xFullPathname = v_full_path,
		.xRandomness = v_random,
		.xSleep = v_sleep,
		.xCurrentTime = v_time,
		.xGetLastError = v_last_error,
	};

	if (sqlite3_vfs_find(FAULT_VFS))
		return;
	vfs.szOsFile = (int)sizeof(struct fault_file) + real()->szOsFile;
	vfs.mxPathname = real()->mxPathname;
	(void)sqlite3_vfs_register(&vfs, 0);
}

void fault_arm(const struct fault_plan *p)
{
	(void)pthread_mutex_lock(&lock);
	plan = *p;
	armed = true;
	seen = hits = 0;
	(void)pthread_mutex_unlock(&lock);
}

void fault_disarm(void)
{
	(void)pthread_mutex_lock(&lock);
	armed = false;
	(void)pthread_mutex_unlock(&lock);
}

int64_t fault_hits(void)
{
	(void)pthread_mutex_lock(&lock);
	int64_t n = hits;

	(void)pthread_mutex_unlock(&lock);
	return n;
}

void fault_disk_full(bool on)
{
	(void)pthread_mutex_lock(&lock);
	disk_full = on;
	(void)pthread_mutex_unlock(&lock);
}

#else

/* ISO C wants something in every file. */
extern int fault_vfs_is_not_built;

#endif
