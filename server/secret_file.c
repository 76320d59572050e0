#include "server/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/base/turn.h"
#include "store/base/types.h"

/* Up to n bytes; fewer at the end of the file. -1: errno. */
static ssize_t read_some(int fd, char *p, size_t n)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = read(fd, p + have, n - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static enum err line_of(struct turn *t, const char *path, int fd, size_t max, char **out)
{
	char *text = turn_alloc(t, max + 3);
	ssize_t n = read_some(fd, text, max + 2);

	if (n < 0)
		return fail(t, ERR_REFUSED, "%s: cannot be read: %s", path, strerror(errno));
	text[strcspn(text, "\r\n")] = 0;
	if (!*text)
		return fail(t, ERR_REFUSED, "%s: its first line is empty", path);
	if (strlen(text) > max) {
		wipe(text, max + 2);
		return fail(t, ERR_REFUSED, "%s: its first line is longer than %zu bytes", path,
			    max);
	}
	*out = text;
	return OK;
}

enum err secret_file_line(struct turn *t, const char *path, size_t max, char **out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	enum err e;

	if (fd < 0)
		return fail(t, ERR_REFUSED, "%s: cannot be opened: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		e = fail(t, ERR_REFUSED, "%s: is no regular file", path);
	else if (st.st_mode & 077)
		e = fail(t, ERR_REFUSED, "%s: others may read it (mode %03o); run: chmod 600 %s",
			 path, (unsigned)st.st_mode & 0777, path);
	else
		e = line_of(t, path, fd, max, out);
	(void)close(fd);
	return e;
}
