#include "tests/support/crowd.h"

#include <stdlib.h>

#include "store/events.h"
#include "tests/support/test.h"

enum { WAIT_MS = 60000 };

static void *array(int n, size_t size)
{
	void *p = calloc((size_t)n, size);

	if (!p)
		abort();
	return p;
}

void crowd_open(struct crowd *c, struct store *s, int n)
{
	*c = (struct crowd){ .n = n };
	c->turns = array(n, sizeof(*c->turns));
	c->mem = array(n, sizeof(struct arena *));
	c->results = array(n, sizeof(*c->results));
	c->tickets = array(n, sizeof(*c->tickets));
	(void)sem_init(&c->held, 0, 0);
	(void)sem_init(&c->go, 0, 0);
	(void)sem_init(&c->answered, 0, 0);
	for (int i = 0; i < n; i++) {
		c->mem[i] = arena_new(16 << 20);
		c->tickets[i] = (struct crowd_ticket){ c, i };
		turn_begin(&c->turns[i], s, NULL, c->mem[i], "crowd", "crowd", WAIT_MS);
	}
	c->holder_mem = arena_new(1 << 20);
	turn_begin(&c->holder, s, NULL, c->holder_mem, "crowd.hold", "crowd", WAIT_MS);
}

void crowd_close(struct crowd *c)
{
	for (int i = 0; i < c->n; i++)
		arena_free(c->mem[i]);
	arena_free(c->holder_mem);
	free(c->turns);
	free((void *)c->mem);
	free(c->results);
	free(c->tickets);
	(void)sem_destroy(&c->held);
	(void)sem_destroy(&c->go);
	(void)sem_destroy(&c->answered);
}

static enum err hold(struct turn *t, void *arg)
{
	struct crowd *c = arg;

	(void)t;
	(void)sem_post(&c->held);
	while (sem_wait(&c->go) != 0)
		;
	return OK;
}

static void held_done(void *arg, enum err result)
{
	struct crowd *c = arg;

	(void)result;
	(void)sem_post(&c->answered);
}

void crowd_hold(struct crowd *c)
{
	if (lane_submit(&c->holder, hold, c, held_done, c) != OK)
		fail_msg("the lane takes nothing: %s", c->holder.why);
	c->sent++;
	while (sem_wait(&c->held) != 0)
		;
}

void crowd_release(struct crowd *c)
{
	(void)sem_post(&c->go);
}

static void done(void *arg, enum err result)
{
	struct crowd_ticket *k = arg;

	k->crowd->results[k->i] = result;
	(void)sem_post(&k->crowd->answered);
}

void crowd_submit(struct crowd *c, int i, store_fn *fn, const void *arg)
{
	if (lane_submit(&c->turns[i], fn, (void *)(uintptr_t)arg, done, &c->tickets[i]) != OK)
		fail_msg("turn %d was not taken: %s", i, c->turns[i].why);
	c->sent++;
}

void crowd_wait(struct crowd *c)
{
	for (; c->sent > 0; c->sent--)
		while (sem_wait(&c->answered) != 0)
			;
}

enum err crowd_add_event(struct turn *t, void *arg)
{
	(void)arg;
	return event_add(t, TOPIC_WALLET, "wallets/one", "changed", "one of many");
}
