/* store/base/buf.h - building text or bytes, with a mandatory maximum. Lives in an arena.
 * Past the maximum it stops growing and `full` is set: the builder checks once, at the end. */
#ifndef STORE_BASE_BUF_H
#define STORE_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"

struct arena;

struct buf {
	struct arena *mem;
	uint8_t *p; /* always ends in a NUL that is not counted */
	size_t n, room, max;
	bool full;
};

struct buf buf_in(struct arena *mem, size_t max);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) PRINTF(2, 0);
const char *buf_text(struct buf *b); /* NUL-terminated, never NULL */

#endif
