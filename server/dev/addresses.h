/* server/dev/addresses.h - a list of addresses to look at, as people have it: one a line, or a
 * column of CSV. For watching only: a file with a private key in it is refused unread.
 *
 * A head line names columns: `address` must be among them, `name` (or `id`, or `label`) may.
 * Without a head the first field is the address, the second, where there is one, its name. '#'
 * begins a comment.
 */
#ifndef SERVER_DEV_ADDRESSES_H
#define SERVER_DEV_ADDRESSES_H

#include <stddef.h>

#include "store/base/err.h"

struct turn;

enum { ADDRESSES_MAX = 20000 };

struct dev_address {
	const char *address; /* as written */
	const char *name;    /* "" when the file has none */
	unsigned line;
};

/* In the turn's memory. Whether a text is an address, or a name, is for the caller to check.
 * ERR_REFUSED: it cannot be read, holds a key, or more than ADDRESSES_MAX. ERR_INVALID: its form;
 * both name file and line. */
enum err dev_addresses(struct turn *t, const char *path, struct dev_address **out,
		       size_t *n_out) MUST_USE;

#endif
