/* client/file.h - whole small files into the turn's memory, where they are cleared with it. */
#ifndef CLIENT_FILE_H
#define CLIENT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "store/base/err.h"

struct turn;

struct file {
	char *text; /* ends in a NUL that n does not count */
	size_t n;
	bool world_readable; /* false for stdin */
};

/* `path` "-": stdin. ERR_MISSING: not there; ERR_INVALID: not a plain file or pipe, above max, or
 * with a NUL in it; ERR_DENIED: not ours to read. */
enum err file_read(struct turn *t, const char *path, size_t max, struct file *out) MUST_USE;

/* Its first line, without the end; "" when there is none. Others must not be able to read it:
 * ERR_REFUSED says the chmod. */
enum err file_secret_line(struct turn *t, const char *path, size_t max, char **out) MUST_USE;

/* Its name is on the disk too, and it holds exactly these bytes; ERR_REFUSED: it does not. */
enum err file_check(struct turn *t, const char *path, const void *p, size_t n) MUST_USE;

/* A file that is not there yet, for what must not be lost or overwritten: claimed empty before the
 * work begins, filled and synced after it, or given up. `path` is borrowed.
 * ERR_EXISTS: it is there already; ERR_DENIED: it cannot be made. */
struct new_file {
	const char *path;
	int fd;
};
enum err file_claim(struct turn *t, const char *path, unsigned mode, struct new_file *out) MUST_USE;
enum err file_fill(struct turn *t, struct new_file *f, const void *text, size_t n) MUST_USE;
void file_give_up(struct new_file *f);

#endif
