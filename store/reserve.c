/* The reserve: a file of zeros that is given back to a full disk when the store must write a
 * pause, a cancel or a page. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/base/log.h"
#include "store/inside.h"

static int reserve_open(struct store *s, int flags)
{
	char path[STORE_PATH + 16];

	(void)snprintf(path, sizeof(path), "%s/reserve", s->folder);
	return open(path, flags | O_CLOEXEC, 0600);
}

void reserve_make(struct turn *t, struct store *s)
{
	struct statvfs fs;
	struct stat st;
	int fd = reserve_open(s, O_RDWR | O_CREAT);

	if (fd >= 0 && fstat(fd, &st) == 0 && (size_t)st.st_size >= s->reserve_bytes) {
		atomic_store(&s->reserve_gone, false);
		(void)close(fd);
		return;
	}
	/* Twice its size must be free: taking the last room for the reserve would help nobody. */
	bool room = fd >= 0 && fstatvfs(fd, &fs) == 0 &&
		    (uint64_t)fs.f_bavail * fs.f_frsize >= 2 * (uint64_t)s->reserve_bytes;
	int rc = room ? posix_fallocate(fd, 0, (off_t)s->reserve_bytes) : ENOSPC;

	if (rc != 0 && fd >= 0 && ftruncate(fd, 0) != 0)
		rc = errno;
	if (rc != 0 && !atomic_exchange(&s->reserve_gone, true))
		log_line(t, LOG_WARN, "no room for the reserve; a full disk will stop changes",
			 "folder", s->folder, "why", strerror(rc), NULL);
	if (rc == 0 && atomic_exchange(&s->reserve_gone, false))
		log_line(t, LOG_INFO, "the reserve is back", "folder", s->folder, NULL);
	if (fd >= 0)
		(void)close(fd);
}

bool reserve_free(struct store *s)
{
	if (atomic_exchange(&s->reserve_gone, true))
		return false;
	int fd = reserve_open(s, O_RDWR);

	if (fd < 0)
		return false;
	/* The sync makes a journalling file system hand the blocks out again at once. */
	bool freed = ftruncate(fd, 0) == 0 && fsync(fd) == 0;

	(void)close(fd);
	return freed;
}
