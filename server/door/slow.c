#include "server/door/slow.h"

#include <pthread.h>
#include <stdlib.h>

#include "server/door/limits.h"

enum { WAITING_MAX = LIMIT_SLOW_WAITING };

struct ask {
	struct turn *t;
	store_fn *fn;
	void *arg;
	void (*done)(void *done_arg, enum err e);
	void *done_arg;
};

struct slow {
	struct db *db;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct ask waiting[WAITING_MAX]; /* a ring */
	size_t first, n;
	bool stop;
};

static void run(struct slow *s, const struct ask *a)
{
	enum err e;

	a->t->db = s->db;
	if (turn_left_ms(a->t) == 0)
		e = fail(a->t, ERR_LATE, "the deadline passed while the call waited for its turn");
	else
		e = a->fn(a->t, a->arg);
	a->done(a->done_arg, e);
}

static void *slow_main(void *arg)
{
	struct slow *s = arg;

	(void)pthread_mutex_lock(&s->lock);
	for (;;) {
		while (s->n == 0 && !s->stop)
			(void)pthread_cond_wait(&s->changed, &s->lock);
		if (s->n == 0)
			break;
		struct ask a = s->waiting[s->first];

		s->first = (s->first + 1) % WAITING_MAX;
		s->n--;
		(void)pthread_mutex_unlock(&s->lock);
		run(s, &a);
		(void)pthread_mutex_lock(&s->lock);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

enum err slow_open(struct turn *t, struct store *store, struct slow **out)
{
	struct slow *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	enum err e = store_session(t, store, &s->db);

	if (e != OK) {
		free(s);
		return e;
	}
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->changed, NULL);
	if (pthread_create(&s->thread, NULL, slow_main, s) != 0)
		abort();
	*out = s;
	return OK;
}

enum err slow_submit(struct slow *s, struct turn *t, store_fn *fn, void *arg,
		     void (*done)(void *done_arg, enum err e), void *done_arg)
{
	bool room;

	(void)pthread_mutex_lock(&s->lock);
	room = s->n < WAITING_MAX && !s->stop;
	if (room) {
		s->waiting[(s->first + s->n) % WAITING_MAX] =
			(struct ask){ t, fn, arg, done, done_arg };
		s->n++;
		(void)pthread_cond_signal(&s->changed);
	}
	(void)pthread_mutex_unlock(&s->lock);
	if (!room)
		return fail_reason(t, REASON_SERVER_BUSY, "%d long calls wait already; retry later",
				   WAITING_MAX);
	return OK;
}

void slow_close(struct slow *s)
{
	if (!s)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->stop = true;
	(void)pthread_cond_signal(&s->changed);
	(void)pthread_mutex_unlock(&s->lock);
	(void)pthread_join(s->thread, NULL);
	store_session_close(s->db);
	(void)pthread_cond_destroy(&s->changed);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}
