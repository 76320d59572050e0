#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/inside.h"

enum { PAGES_AT_ONCE = 1000 };

static enum err file_failed(struct turn *t, const char *doing, const char *path, int error)
{
	if (error == ENOSPC)
		return fail_reason(t, REASON_DISK_FULL, "no room for the backup %s", path);
	return fail(t, ERR_REFUSED, "cannot %s %s: %s", doing, path, strerror(error));
}

static enum err copy_failed(struct turn *t, const char *path, int rc)
{
	if ((rc & 0xff) == SQLITE_FULL)
		return file_failed(t, "write", path, ENOSPC);
	return fail(t, ERR_AWAY, "the backup %s failed: %s", path, sqlite3_errstr(rc));
}

/* All pages of the snapshot that `from` holds. */
static enum err copy_pages(struct turn *t, sqlite3 *from, sqlite3 *to, const char *path)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int rc = SQLITE_OK;

	if (!b)
		return copy_failed(t, path, sqlite3_errcode(to));
	while (rc == SQLITE_OK && turn_left_ms(t) > 0)
		rc = sqlite3_backup_step(b, PAGES_AT_ONCE);
	int end = sqlite3_backup_finish(b);

	if (rc == SQLITE_OK)
		return fail(t, ERR_LATE, "the deadline passed before the backup %s was whole",
			    path);
	return rc == SQLITE_DONE && end == SQLITE_OK ? OK : copy_failed(t, path, rc);
}

static enum err copy_snapshot(struct turn *t, struct db *db, const char *path)
{
	sqlite3 *to = NULL;
	int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

	/* The copy keeps no journal: it is worth something only when it is whole. */
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL,
				  NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db->sql, "BEGIN; SELECT count(*) FROM sqlite_schema", NULL, NULL,
				  NULL);
	enum err e = rc == SQLITE_OK ? copy_pages(t, db->sql, to, path) : copy_failed(t, path, rc);

	if (!sqlite3_get_autocommit(db->sql))
		(void)sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
	(void)sqlite3_close(to);
	return e;
}

/* Synced under its first name, then given the real one, and that synced too. */
static enum err publish(struct turn *t, const char *part, const char *path, uint64_t *bytes_out)
{
	struct stat st;
	char folder[STORE_PATH];
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) + 1 : 2;

	if (n >= sizeof(folder))
		return fail(t, ERR_INVALID, "the backup's path is too long");
	memcpy(folder, slash ? path : "./", n);
	folder[n] = 0;
	int fd = open(part, O_RDONLY | O_CLOEXEC);
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = OK;

	if (fd < 0 || dir < 0 || fstat(fd, &st) != 0 || fsync(fd) != 0)
		e = file_failed(t, "sync", part, errno);
	else if (rename(part, path) != 0 || fsync(dir) != 0)
		e = file_failed(t, "name", path, errno);
	else
		*bytes_out = (uint64_t)st.st_size;
	if (fd >= 0)
		(void)close(fd);
	if (dir >= 0)
		(void)close(dir);
	return e;
}

enum err store_backup(struct turn *t, struct store *s, const char *path, uint64_t *bytes_out)
{
	const char *part = turn_printf(t, "%s.part", path);
	struct db *db;

	if (access(path, F_OK) == 0)
		return fail(t, ERR_EXISTS, "there is a file %s already", path);
	int fd = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return file_failed(t, "make", part, errno);
	(void)close(fd);
	(void)atomic_fetch_add(&s->backups, 1);
	enum err e = db_open(t, s, false, &db);

	if (e == OK) {
		e = copy_snapshot(t, db, part);
		db_close(db);
	}
	(void)atomic_fetch_sub(&s->backups, 1);
	if (e == OK)
		e = publish(t, part, path, bytes_out);
	if (e != OK)
		(void)unlink(part);
	return e;
}
