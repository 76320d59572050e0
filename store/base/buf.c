#include "store/base/buf.h"

#include <stdio.h>
#include <string.h>

#include "store/base/arena.h"

struct buf buf_in(struct arena *mem, size_t max)
{
	return (struct buf){ .mem = mem, .max = max };
}

/* Room for n more bytes and the NUL; old blocks stay in the arena until the turn ends. */
static bool grow(struct buf *b, size_t n)
{
	if (b->full || n > b->max - b->n) {
		b->full = true;
		return false;
	}
	if (b->n + n + 1 <= b->room)
		return true;
	size_t room = b->room ? b->room * 2 : 128;

	while (room < b->n + n + 1)
		room *= 2;
	uint8_t *p = arena_alloc(b->mem, room);

	if (b->n)
		memcpy(p, b->p, b->n);
	b->p = p;
	b->room = room;
	return true;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if (!grow(b, n))
		return;
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = 0;
}

void buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, again);

	va_end(again);
	if (n < 0)
		b->full = true;
	if (n < 0 || !grow(b, (size_t)n))
		return;
	(void)vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

const char *buf_text(struct buf *b)
{
	return b->p ? (const char *)b->p : "";
}
