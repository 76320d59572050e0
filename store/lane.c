/* The lane: turns wait in two queues, urgent ones first; one thread runs them in groups, each in a
 * savepoint, and one COMMIT makes a group durable. What fails at COMMIT fails for the group. */
#include <assert.h>
#include <errno.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/inside.h"
#include "store/lane.h"

enum {
	QUEUE_MAX = 4096,
	URGENT_MAX = 256, /* a place of their own: a full queue does not stop a pause */
	TEND_MS = 5000,   /* how often a freed reserve and a latch are looked at when idle */
};

static void cond_init_mono(pthread_cond_t *c)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(c, &attr);
	(void)pthread_condattr_destroy(&attr);
}

static struct timespec mono_at(int64_t ms)
{
	return (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
}

/* ---- the queue ---- */

static enum err push(struct store *s, struct job *j)
{
	struct lane *l = &s->lane;
	unsigned q = j->t->urgent;
	enum err e = OK;

	(void)pthread_mutex_lock(&l->lock);
	if (l->closing)
		e = fail_reason(j->t, REASON_SERVER_DRAINING, "the store is closing; retry later");
	else if (l->waiting[q] >= (q ? URGENT_MAX : QUEUE_MAX))
		e = fail_reason(j->t, REASON_SERVER_BUSY, "%u changes wait already; retry later",
				l->waiting[q]);
	if (e == OK) {
		j->prev = l->tail[q];
		if (l->tail[q])
			l->tail[q]->next = j;
		else
			l->head[q] = j;
		l->tail[q] = j;
		l->waiting[q]++;
		j->queued = true;
		(void)atomic_fetch_add(&s->depth, 1);
		if (l->asleep)
			(void)pthread_cond_signal(&l->work);
	}
	(void)pthread_mutex_unlock(&l->lock);
	return e;
}

static void unlink_job(struct store *s, struct job *j)
{
	struct lane *l = &s->lane;
	unsigned q = j->t->urgent;

	*(j->prev ? &j->prev->next : &l->head[q]) = j->next;
	*(j->next ? &j->next->prev : &l->tail[q]) = j->prev;
	j->next = j->prev = NULL;
	j->queued = false;
	l->waiting[q]--;
	(void)atomic_fetch_sub(&s->depth, 1);
}

struct job *lane_take(struct store *s)
{
	struct lane *l = &s->lane;

	(void)pthread_mutex_lock(&l->lock);
	struct job *j = l->head[1] ? l->head[1] : l->head[0];

	if (j)
		unlink_job(s, j);
	(void)pthread_mutex_unlock(&l->lock);
	return j;
}

void lane_answer(struct job *j)
{
	if (j->done) {
		j->done(j->done_arg, j->result);
		return;
	}
	atomic_store_explicit(&j->answered, true, memory_order_release);
	(void)sem_post(&j->ready); /* from here on the job is its owner's */
}

/* ---- the thread ---- */

/* True: there is work, or the end has come (*end_out). */
static bool sleep_for_work(struct store *s, bool *end_out)
{
	struct lane *l = &s->lane;
	struct timespec until = mono_at(clock_mono_ms() + TEND_MS);
	int rc = 0;

	(void)pthread_mutex_lock(&l->lock);
	l->asleep = true;
	while (!l->head[0] && !l->head[1] && !l->closing && rc == 0)
		rc = pthread_cond_timedwait(&l->work, &l->lock, &until);
	l->asleep = false;
	bool work = l->head[0] || l->head[1];

	*end_out = l->closing && !work;
	(void)pthread_mutex_unlock(&l->lock);
	return work;
}

/* What an emergency took is restored when the disk has room again. */
static void tend(struct store *s)
{
	int64_t now = clock_mono_ms();

	if (now - s->lane.tended_ms < TEND_MS)
		return;
	s->lane.tended_ms = now;
	if (atomic_load(&s->reserve_gone))
		reserve_make(NULL, s);
	if (atomic_load(&s->latched))
		latch_absorb(s);
}

static void *lane_main(void *arg)
{
	struct store *s = arg;
	bool end = false;

	while (!end) {
		if (sleep_for_work(s, &end))
			group_run(s);
		tend(s);
	}
	return NULL;
}

enum err lane_start(struct turn *t, struct store *s)
{
	if (pthread_create(&s->lane.thread, NULL, lane_main, s) != 0)
		return fail(t, ERR_AWAY, "cannot start the store's thread");
	s->threaded = true;
	return OK;
}

void lane_stop(struct store *s)
{
	(void)pthread_mutex_lock(&s->lane.lock);
	s->lane.closing = true;
	(void)pthread_cond_signal(&s->lane.work);
	(void)pthread_mutex_unlock(&s->lane.lock);
	if (s->threaded)
		(void)pthread_join(s->lane.thread, NULL);
}

void lane_init(struct lane *l)
{
	(void)pthread_mutex_init(&l->lock, NULL);
	(void)pthread_mutex_init(&l->inline_lock, NULL);
	cond_init_mono(&l->work);
	l->mem = arena_new(1 << 20);
	l->tended_ms = clock_mono_ms();
}

void lane_destroy(struct lane *l)
{
	arena_free(l->mem);
	(void)pthread_cond_destroy(&l->work);
	(void)pthread_mutex_destroy(&l->inline_lock);
	(void)pthread_mutex_destroy(&l->lock);
}

/* ---- the callers ---- */

static enum err enter(struct turn *t)
{
	struct store *s = t->store;

	assert(!t->in_lane);
	if (s->offline)
		return fail(t, ERR_REFUSED, "%s was opened to be read only", s->path);
	if (atomic_load(&s->dead))
		return fail(t, ERR_AWAY,
			    "the store has stopped, its disk or file fails; "
			    "repeat with the same request_id after the restart");
	return OK;
}

/* Without a thread the caller is the lane; callers take turns. */
static enum err run_inline(struct store *s, struct job *j)
{
	(void)pthread_mutex_lock(&s->lane.inline_lock);
	enum err e = push(s, j);

	if (e == OK) {
		group_run(s);
		tend(s);
	}
	(void)pthread_mutex_unlock(&s->lane.inline_lock);
	return e;
}

/* Still in the queue at its deadline: it never runs. Running: its end is near, wait for it. */
static bool withdraw(struct store *s, struct job *j)
{
	(void)pthread_mutex_lock(&s->lane.lock);
	bool queued = j->queued;

	if (queued)
		unlink_job(s, j);
	(void)pthread_mutex_unlock(&s->lane.lock);
	return queued;
}

static enum err wait_for(struct store *s, struct job *j)
{
	struct timespec due = mono_at(j->t->due_ms);
	int rc;

	do
		rc = sem_clockwait(&j->ready, CLOCK_MONOTONIC, &due);
	while (rc != 0 && errno == EINTR);
	if (rc != 0 && withdraw(s, j))
		return fail(j->t, ERR_LATE, "the deadline passed before the change ran");
	while (rc != 0)
		rc = sem_wait(&j->ready);
	/* Pairs with lane_answer: what the lane wrote in the turn is seen from here on. */
	bool answered = atomic_load_explicit(&j->answered, memory_order_acquire);

	assert(answered);
	return j->result;
}

enum err lane_run(struct turn *t, store_fn *fn, void *arg)
{
	struct store *s = t->store;
	struct job j = { .t = t, .fn = fn, .arg = arg };

	TRY(enter(t));
	(void)sem_init(&j.ready, 0, 0);
	enum err e = s->threaded ? push(s, &j) : run_inline(s, &j);

	if (e == OK)
		e = s->threaded ? wait_for(s, &j) : j.result;
	(void)sem_destroy(&j.ready);
	return e;
}

enum err lane_submit(struct turn *t, store_fn *fn, void *arg, lane_done *done, void *done_arg)
{
	struct store *s = t->store;

	TRY(enter(t));
	struct job *j = turn_alloc(t, sizeof(*j));

	*j = (struct job){ .t = t, .fn = fn, .arg = arg, .done = done, .done_arg = done_arg };
	return s->threaded ? push(s, j) : run_inline(s, j);
}

void lane_touch(struct turn *t, unsigned topics)
{
	assert(t->in_lane && topics >> TOPICS == 0);
	t->db->topics |= topics;
}
