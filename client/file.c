#include "client/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
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

enum err file_secret_line(struct turn *t, const char *path, size_t max, char **out)
{
	struct file f;

	TRY(file_read(t, path, max + 2, &f));
	if (f.world_readable)
		return fail(t, ERR_REFUSED,
			    "everyone on this machine can read %s; do: chmod 600 %s", path, path);
	f.text[strcspn(f.text, "\r\n")] = 0;
	*out = f.text;
	return OK;
}

static void sync_folder(struct turn *t, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *folder = !slash ? "." : turn_printf(t, "%.*s", (int)(slash - path + 1), path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

enum err file_check(struct turn *t, const char *path, const void *p, size_t n)
{
	uint8_t *got = turn_alloc(t, n + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;

	sync_folder(t, path);
	while (fd >= 0 && have <= n) {
		ssize_t some = read(fd, got + have, n + 1 - have);

		if (some < 0 && errno == EINTR)
			continue;
		if (some <= 0)
			break;
		have += (size_t)some;
	}
	if (fd >= 0)
		(void)close(fd);
	return have == n && memcmp(got, p, n) == 0
		       ? OK
		       : fail(t, ERR_REFUSED, "%s does not read back as it was written", path);
}
