/* server/passphrase.h - a passphrase for a command that has no configuration: of a file, or of the
 * person at the terminal. */
#ifndef SERVER_PASSPHRASE_H
#define SERVER_PASSPHRASE_H

#include "store/base/err.h"

struct turn;

/* In the turn's memory; the caller wipes it. `path` NULL: asked for without showing what is typed.
 * ERR_REFUSED: nobody can be asked, or the file is not ours alone. */
enum err passphrase_of(struct turn *t, const char *path, const char *what, char **out) MUST_USE;

#endif
