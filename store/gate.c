#include "store/gate.h"

#include <assert.h>
#include <time.h>

#include "store/base/clock.h"

void gate_init(struct gate *g)
{
	pthread_condattr_t attr;

	*g = (struct gate){ 0 };
	(void)pthread_mutex_init(&g->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&g->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
}

void gate_destroy(struct gate *g)
{
	(void)pthread_cond_destroy(&g->changed);
	(void)pthread_mutex_destroy(&g->lock);
}

void gate_enter(struct gate *g)
{
	(void)pthread_mutex_lock(&g->lock);
	while (g->wanted || g->alone)
		(void)pthread_cond_wait(&g->changed, &g->lock);
	g->readers++;
	(void)pthread_mutex_unlock(&g->lock);
}

void gate_leave(struct gate *g)
{
	(void)pthread_mutex_lock(&g->lock);
	assert(g->readers > 0);
	if (--g->readers == 0 && g->wanted)
		(void)pthread_cond_broadcast(&g->changed);
	(void)pthread_mutex_unlock(&g->lock);
}

bool gate_alone(struct gate *g, int64_t wait_ms)
{
	int64_t due = clock_mono_ms() + wait_ms;
	struct timespec until = { .tv_sec = due / 1000, .tv_nsec = due % 1000 * 1000000 };
	int rc = 0;

	(void)pthread_mutex_lock(&g->lock);
	g->wanted = true;
	while (g->readers > 0 && rc == 0)
		rc = pthread_cond_timedwait(&g->changed, &g->lock, &until);
	g->wanted = false;
	g->alone = g->readers == 0;
	if (!g->alone)
		(void)pthread_cond_broadcast(&g->changed);
	bool alone = g->alone;

	(void)pthread_mutex_unlock(&g->lock);
	return alone;
}

void gate_open(struct gate *g)
{
	(void)pthread_mutex_lock(&g->lock);
	assert(g->alone);
	g->alone = false;
	(void)pthread_cond_broadcast(&g->changed);
	(void)pthread_mutex_unlock(&g->lock);
}
