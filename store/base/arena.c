#include "store/base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/types.h"

enum { BLOCK = 16 * 1024 };

struct block {
	struct block *next;
	size_t size, used;
	alignas(max_align_t) uint8_t data[];
};

struct arena {
	struct block *head; /* newest first; the last one is kept by a reset */
	size_t cap, used;
};

static struct block *block_new(size_t size)
{
	struct block *b = malloc(sizeof(*b) + size);

	if (!b)
		return NULL;
	b->next = NULL;
	b->size = size;
	b->used = 0;
	return b;
}

static void die(const char *why)
{
	(void)fprintf(stderr, "ghost-fleet: broken: %s\n", why);
	abort();
}

struct arena *arena_new(size_t cap)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		die("out of memory");
	a->cap = cap;
	a->head = block_new(BLOCK);
	if (!a->head)
		die("out of memory");
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct block *b = a->head, *next; b; b = next) {
		next = b->next;
		wipe(b->data, b->used);
		free(b);
	}
	free(a);
}

void *arena_try(struct arena *a, size_t size)
{
	size_t need = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct block *b = a->head;

	if (need < size || need > a->cap - a->used)
		return NULL;
	if (need > b->size - b->used) {
		b = block_new(need > BLOCK ? need : BLOCK);
		if (!b)
			return NULL;
		b->next = a->head;
		a->head = b;
	}
	void *p = b->data + b->used;

	b->used += need;
	a->used += need;
	memset(p, 0, need);
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p = arena_try(a, size);

	if (!p)
		die("a turn's memory is full");
	return p;
}

void arena_reset(struct arena *a)
{
	while (a->head->next) {
		struct block *b = a->head;

		a->head = b->next;
		wipe(b->data, b->used);
		free(b);
	}
	wipe(a->head->data, a->head->used);
	a->head->used = 0;
	a->used = 0;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}
