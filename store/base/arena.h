/* store/base/arena.h - memory that goes away all at once. One owner, one thread. */
#ifndef STORE_BASE_ARENA_H
#define STORE_BASE_ARENA_H

#include <stddef.h>

struct arena;

/* `cap`: the most it may ever hold, in bytes. Never NULL: out of memory at start stops us. */
struct arena *arena_new(size_t cap);
void arena_free(struct arena *a);

/* Zeroed, aligned for anything. Never NULL: past the cap the process stops, as every input is
 * bounded at its door and cannot get there. */
void *arena_alloc(struct arena *a, size_t size);

/* As arena_alloc, but NULL past the cap: for what a caller's bytes decide (decoding). */
void *arena_try(struct arena *a, size_t size);

/* Forget everything; keeps one block for the next turn. What was handed out is cleared. */
void arena_reset(struct arena *a);

size_t arena_used(const struct arena *a);

#endif
