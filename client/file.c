#include "client/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/turn.h"

static enum err read_all(struct turn *t, int fd, const char *path, size_t max, struct file *out)
{
	size_t room = 4096;
	char *text = turn_alloc(t, room);
	size_t n = 0;

	for (;;) {
		if (n + 1 == room) {
			char *more = turn_alloc(t, room * 2);

			memcpy(more, text, n);
			wipe(text, n);
			text = more;
			room *= 2;
		}
		ssize_t got = read(fd, text + n, room - n - 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(t, ERR_INVALID, "%s cannot be read: %s", path, strerror(errno));
		if (got == 0)
			break;
		n += (size_t)got;
		if (n > max)
			return fail(t, ERR_INVALID, "%s is larger than %zu bytes", path, max);
	}
	if (memchr(text, 0, n))
		return fail(t, ERR_INVALID, "%s is not text: it holds a zero byte", path);
	text[n] = 0;
	out->text = text;
	out->n = n;
	return OK;
}

enum err file_read(struct turn *t, const char *path, size_t max, struct file *out)
{
	struct stat st;

	*out = (struct file){ 0 };
	if (strcmp(path, "-") == 0)
		return read_all(t, STDIN_FILENO, "stdin", max, out);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return fail(t, ERR_MISSING, "there is no file %s", path);
	if (fd < 0)
		return fail(t, ERR_DENIED, "%s cannot be opened: %s", path, strerror(errno));
	if (fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
		(void)close(fd);
		return fail(t, ERR_INVALID, "%s is not a file", path);
	}
	/* A pipe (process substitution) has no readers but ours. */
	out->world_readable = S_ISREG(st.st_mode) && (st.st_mode & S_IROTH);
	enum err e = read_all(t, fd, path, max, out);

	(void)close(fd);
	return e;
}

enum err file_claim(struct turn *t, const char *path, unsigned mode, struct new_file *out)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);

	*out = (struct new_file){ path, fd };
	if (fd >= 0)
		return OK;
	if (errno == EEXIST)
		return fail(t, ERR_EXISTS,
			    "%s is there already: it is not overwritten, move it away", path);
	return fail(t, ERR_DENIED, "%s cannot be made: %s", path, strerror(errno));
}

enum err file_fill(struct turn *t, struct new_file *f, const void *text, size_t n)
{
	bool fine = write(f->fd, text, n) == (ssize_t)n && fsync(f->fd) == 0;
	int why = errno;

	fine = close(f->fd) == 0 && fine;
	f->fd = -1;
	if (fine)
		return OK;
	(void)unlink(f->path);
	return fail(t, ERR_FULL, "%s cannot be written: %s", f->path, strerror(why));
}

void file_give_up(struct new_file *f)
{
	if (f->fd < 0)
		return;
	(void)close(f->fd);
	(void)unlink(f->path);
	f->fd = -1;
}
