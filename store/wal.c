/* The write-ahead log: kept at a working size on disk, and started anew before it grows past
 * 32 MB and a group. All on the lane's thread: commits and checkpoints never meet, which also
 * keeps us clear of the WAL-reset fault of SQLite before 3.51.3. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/log.h"
#include "store/inside.h"

enum {
	FRAME = 4096 + 24,
	WORKING_SIZE =
		4 << 20, /* blocks the WAL owns from the start: small commits on a full disk */
	RESTART_ABOVE = 32 << 20,
	RETRY_GROWTH = 8 << 20, /* when readers were in the way, not at every commit again */
	READERS_MS = 150,       /* a reader leaves within 100 */
	INDEX_PAGE = 32768,     /* SQLite's own size, for 4096 frames */
	INDEX_PAGES = 5,
};

static int committed(void *arg, sqlite3 *sql, const char *schema, int frames)
{
	struct store *s = arg;

	(void)sql;
	(void)schema;
	atomic_store(&s->wal_bytes, (size_t)frames * FRAME);
	return SQLITE_OK;
}

/* Zeros behind the last frame are no frame: a recovery stops there. Written, not only allocated,
 * so that a later write needs no new block of any kind. */
static int fill(int fd, off_t from)
{
	static const uint8_t zeros[64 * 1024];

	while (from < WORKING_SIZE) {
		size_t n = (size_t)(WORKING_SIZE - from);
		ssize_t put = pwrite(fd, zeros, n < sizeof(zeros) ? n : sizeof(zeros), from);

		if (put <= 0)
			return errno;
		from += put;
	}
	return fdatasync(fd) == 0 ? 0 : errno;
}

/* The index of the WAL, in memory that is shared through a file: a full disk that cannot extend it
 * would end the process at a COMMIT. So all that a WAL of 64 MiB needs is made now. */
static int index_prepare(struct store *s)
{
	sqlite3_file *file = NULL;
	void volatile *page;
	int rc = sqlite3_file_control(s->db->sql, "main", SQLITE_FCNTL_FILE_POINTER, &file);

	for (int i = 0; rc == SQLITE_OK && i < INDEX_PAGES; i++)
		rc = file->pMethods->xShmMap(file, i, INDEX_PAGE, 1, &page);
	return rc;
}

void wal_prepare(struct turn *t, struct store *s)
{
	struct stat st;
	int fd = open(turn_printf(t, "%s-wal", s->path), O_WRONLY | O_CLOEXEC), rc = 0;

	(void)sqlite3_wal_hook(s->db->sql, committed, s);
	if (fd < 0 || fstat(fd, &st) != 0)
		rc = errno;
	else if (st.st_size < WORKING_SIZE)
		rc = fill(fd, st.st_size);
	if (rc != 0)
		log_line(t, LOG_WARN, "the WAL could not be preallocated", "path", s->path, "why",
			 strerror(rc), NULL);
	if (fd >= 0)
		(void)close(fd);
	rc = index_prepare(s);
	if (rc != SQLITE_OK)
		log_line(t, LOG_WARN, "the index of the WAL could not be preallocated", "path",
			 s->path, "why", sqlite3_errstr(rc), NULL);
}

static int checkpoint(struct store *s, int mode)
{
	int rc;

	(void)sqlite3_busy_timeout(s->db->sql, 0);
	rc = sqlite3_wal_checkpoint_v2(s->db->sql, "main", mode, NULL, NULL);
	(void)sqlite3_busy_timeout(s->db->sql, BUSY_MS);
	return rc;
}

/* BUSY: someone else reads the file. FULL: the database itself must grow and cannot. Both: the
 * WAL goes on growing until a later try. */
static bool done_or_broken(struct store *s, int rc)
{
	int kind = rc & 0xff;

	if (kind != SQLITE_OK && kind != SQLITE_BUSY && kind != SQLITE_FULL)
		store_broken(s, NULL, sqlite3_errmsg(s->db->sql));
	return kind == SQLITE_OK;
}

void wal_tend(struct store *s)
{
	size_t size = atomic_load(&s->wal_bytes), tried = s->lane.wal_tried;

	if (size < RESTART_ABOVE || (tried > 0 && size < tried + RETRY_GROWTH))
		return;
	(void)wal_restart(s);
}

bool wal_restart(struct store *s)
{
	s->lane.wal_tried = atomic_load(&s->wal_bytes);
	/* Most of the work while readers read; then the rest, and the new start, alone. */
	if (!done_or_broken(s, checkpoint(s, SQLITE_CHECKPOINT_PASSIVE)) ||
	    atomic_load(&s->backups) > 0 || !gate_alone(&s->gate, READERS_MS))
		return false;
	int rc = checkpoint(s, SQLITE_CHECKPOINT_RESTART);

	gate_open(&s->gate);
	if (!done_or_broken(s, rc))
		return false;
	atomic_store(&s->wal_bytes, 0);
	s->lane.wal_tried = 0;
	return true;
}

/* A WAL without its header is an empty one, and keeps its blocks. Left as it was, it would be
 * applied to whatever file bears the name next: a backup that somebody copies there. */
void wal_retire(struct store *s)
{
	static const uint8_t no_header[32];
	char path[STORE_PATH + 8];

	(void)snprintf(path, sizeof(path), "%s-wal", s->path);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (pwrite(fd, no_header, sizeof(no_header), 0) != (ssize_t)sizeof(no_header) ||
	    fdatasync(fd) != 0)
		log_line(NULL, LOG_WARN, "the WAL could not be emptied", "path", path, NULL);
	(void)close(fd);
}
