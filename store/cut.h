/* store/cut.h - history takes what fits: a text of at most `max` bytes, cut at a character of
 * UTF-8. NULL becomes "". For the room's own tables of history; what a person names is refused
 * when it is too long, not cut. */
#ifndef STORE_CUT_H
#define STORE_CUT_H

#include <stddef.h>

struct turn;

const char *cut(struct turn *t, const char *s, size_t max);

#endif
