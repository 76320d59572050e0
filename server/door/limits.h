/* server/door/limits.h - the doors' limits by name; limits.def is the table. */
#ifndef SERVER_DOOR_LIMITS_H
#define SERVER_DOOR_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "store/base/buf.h"

enum {
#define L(id, name, value, unit, what) LIMIT_##id = (value),
#include "server/door/limits.def"
#undef L
};

struct limit {
	const char *name;
	int64_t value;
	const char *unit, *what;
};

const struct limit *limits(size_t *n_out);
/* docs/reference/limits.md, from the table. */
void limits_reference(struct buf *out);

#endif
