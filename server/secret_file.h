/* server/secret_file.h - a file with one secret in its first line: a passphrase, a key. */
#ifndef SERVER_SECRET_FILE_H
#define SERVER_SECRET_FILE_H

#include <stddef.h>

#include "store/base/err.h"

struct turn;

/* The first line, without its end, in the turn's memory; the caller wipes it.
 * ERR_REFUSED: it cannot be opened, others may read it, it is empty, or its line is longer than
 * `max`; the line says which, and the chmod. */
enum err secret_file_line(struct turn *t, const char *path, size_t max, char **out) MUST_USE;

#endif
