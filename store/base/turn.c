#include "store/base/turn.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/clock.h"

void turn_begin(struct turn *t, struct store *s, struct db *db, struct arena *mem, const char *what,
		const char *actor, int64_t due_in_ms)
{
	*t = (struct turn){
		.mem = mem,
		.store = s,
		.db = db,
		.now_ms = clock_wall_ms(),
		.due_ms = clock_mono_ms() + due_in_ms,
		.what = what,
		.actor = actor,
		.chance = { .fill = chance_system },
	};
}

void turn_end(struct turn *t)
{
	arena_reset(t->mem);
}

int64_t turn_left_ms(const struct turn *t)
{
	int64_t left = t->due_ms - clock_mono_ms();

	return left > 0 ? left : 0;
}

void *turn_alloc(struct turn *t, size_t size)
{
	return arena_alloc(t->mem, size);
}

void *turn_array(struct turn *t, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		abort();
	return arena_alloc(t->mem, total);
}

void *turn_grow(struct turn *t, void *array, size_t n, size_t *room, size_t size)
{
	if (array && n < *room)
		return array;
	size_t more = array ? *room * 2 : 8;
	void *copy = turn_array(t, more, size);

	if (n)
		memcpy(copy, array, n * size);
	*room = more;
	return copy;
}

void *turn_memdup(struct turn *t, const void *p, size_t n)
{
	void *copy = turn_alloc(t, n ? n : 1);

	if (n)
		memcpy(copy, p, n);
	return copy;
}

char *turn_strdup(struct turn *t, const char *s)
{
	return turn_memdup(t, s, strlen(s) + 1);
}

char *turn_printf(struct turn *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);

	va_end(ap);
	assert(n >= 0);
	char *s = turn_alloc(t, (size_t)n + 1);

	va_start(ap, fmt);
	(void)vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}

void turn_random(struct turn *t, void *out, size_t n)
{
	t->chance.fill(t->chance.state, out, n);
}

uint64_t turn_pick(struct turn *t, uint64_t below)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % below, v;

	do
		turn_random(t, &v, sizeof(v));
	while (v >= limit);
	return v % below;
}
