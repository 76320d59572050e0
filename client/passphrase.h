/* client/passphrase.h - a passphrase from a file, or from a person at the terminal; never from the
 * command line. */
#ifndef CLIENT_PASSPHRASE_H
#define CLIENT_PASSPHRASE_H

#include "client/cli.h"

enum { PASSPHRASE_MAX = 1024 };

/* Of --passphrase-file, else asked for `what` without showing what is typed; `twice`: a new one, so
 * that a slip does not lock everybody out. ERR_REFUSED: others can read the file; nobody can be
 * asked. *out is in the turn's memory, which is cleared. */
enum err passphrase_get(struct turn *t, struct cli *c, const char *what, bool twice,
			char **out) MUST_USE;

#endif
