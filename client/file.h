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

#endif
