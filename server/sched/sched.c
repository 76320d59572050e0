#include "server/sched/sched.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/ops/metrics.h"
#include "store/base/clock.h"
#include "store/base/log.h"

enum {
	ARENA_CAP = 256 << 20, /* a look over the plan of 100,000 wallets takes a fifth of it */
	BACKOFF_MS = 100,      /* after the first failure; doubles up to the period */
	SAY_AGAIN_MS = 60000,  /* a job that goes on failing is logged this often */
};

/* One job and its thread. `lock` guards what follows it. */
struct row {
	struct sched *sched;
	const struct job *job;
	char *what; /* "job.broadcast" */
	struct db *db;
	struct arena *mem;
	pthread_t thread;
	bool started;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool woken, stop;
	struct sched_row_state state;
};

struct sched {
	struct store *store;
	void *world;
	size_t n;
	struct row *rows;
};

/* What a row's thread knows from one turn to the next. Times are monotonic. */
struct pace {
	int64_t due_ms;      /* when it runs even if nobody wakes it */
	int64_t earliest_ms; /* before this it does not run even if woken */
	int64_t said_ms;     /* when its failure was last logged; 0: it works */
	int failing;         /* failures in a row */
	int64_t unsaid;      /* failures since said_ms */
};

enum err sched_run_once(struct turn *t, const struct job *row, void *world, bool *more_out)
{
	*more_out = false;
	enum err e = row->fn(t, world, more_out);

	assert(!t->in_lane);
	if (e != OK)
		*more_out = false;
	return e;
}

static int64_t backoff_ms(const struct job *j, int failing)
{
	int64_t ms = failing > 0 ? (int64_t)BACKOFF_MS << (failing < 20 ? failing - 1 : 20) : 0;

	if (ms > j->period_ms)
		ms = j->period_ms;
	return ms > j->least_ms ? ms : j->least_ms;
}

/* The first failure is said at once, then once a minute, and so is that it works again. */
static void say(struct turn *t, struct row *r, struct pace *p, enum err e)
{
	int64_t now = clock_mono_ms();
	char unsaid[24];

	if (e == OK) {
		if (p->failing > 0)
			log_line(t, LOG_INFO, "job works again", "job", r->job->name, NULL);
		p->failing = 0;
		p->said_ms = p->unsaid = 0;
		return;
	}
	p->failing++;
	metric_add(METRIC_JOB_FAILURES, r->job->name, NULL, 1);
	if (p->said_ms != 0 && now - p->said_ms < SAY_AGAIN_MS) {
		p->unsaid++;
		return;
	}
	(void)snprintf(unsaid, sizeof(unsaid), "%lld", (long long)p->unsaid);
	if (e == ERR_BROKEN)
		log_broken(t, "job %s: %s", r->job->name, t->why);
	else
		log_line(t, LOG_WARN, "job failed", "job", r->job->name, "error", err_name(e),
			 "why", t->why, "unsaid", unsaid, NULL);
	p->said_ms = now;
	p->unsaid = 0;
}

static void turn_once(struct row *r, struct pace *p)
{
	const struct job *j = r->job;
	int64_t start_us = clock_mono_us(), end_us, now;
	struct turn t;
	bool more;

	turn_begin(&t, r->sched->store, r->db, r->mem, r->what, "scheduler", j->timeout_ms);
	enum err e = sched_run_once(&t, j, r->sched->world, &more);

	end_us = clock_mono_us();
	say(&t, r, p, e);
	turn_end(&t);
	metric_observe(METRIC_TURN_SECONDS, "sched", j->name, end_us - start_us);

	now = end_us / 1000;
	p->earliest_ms = more ? now : now + backoff_ms(j, p->failing);
	p->due_ms = more || j->least_ms > j->period_ms ? p->earliest_ms : now + j->period_ms;

	(void)pthread_mutex_lock(&r->lock);
	r->state.turns++;
	r->state.failures += e != OK;
	r->state.last = e;
	r->state.last_end_ms = clock_wall_ms();
	(void)pthread_mutex_unlock(&r->lock);
}

/* Sleeps until the row is due, woken or to stop; false: to stop. */
static bool wait_due(struct row *r, const struct pace *p)
{
	bool stop;

	(void)pthread_mutex_lock(&r->lock);
	while (!r->stop) {
		int64_t at = r->woken ? p->earliest_ms : p->due_ms;
		struct timespec until = { .tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000 };

		if (clock_mono_ms() >= at)
			break;
		(void)pthread_cond_timedwait(&r->changed, &r->lock, &until);
	}
	/* What changes from here on may not be seen by the turn that now begins. */
	r->woken = false;
	stop = r->stop;
	(void)pthread_mutex_unlock(&r->lock);
	return !stop;
}

static void *row_main(void *arg)
{
	struct row *r = arg;
	struct pace p = { .due_ms = 0 };

	while (wait_due(r, &p))
		turn_once(r, &p);
	return NULL;
}

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static enum err row_open(struct turn *t, struct sched *s, const struct job *j, struct row *r)
{
	size_t size = strlen(j->name) + sizeof("job.");
	pthread_condattr_t attr;

	r->sched = s;
	r->job = j;
	r->what = must(calloc(1, size));
	(void)snprintf(r->what, size, "job.%s", j->name);
	r->mem = arena_new(ARENA_CAP);
	r->state.name = j->name;
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&r->changed, &attr);
	(void)pthread_condattr_destroy(&attr);
	s->n++;
	return store_session(t, s->store, &r->db);
}

enum err sched_open(struct turn *t, struct store *s, const struct job *jobs, size_t n, void *world,
		    struct sched **out)
{
	struct sched *made = must(calloc(1, sizeof(*made)));
	enum err e = OK;

	made->store = s;
	made->world = world;
	made->rows = must(calloc(n ? n : 1, sizeof(*made->rows)));
	for (size_t i = 0; i < n && e == OK; i++)
		e = row_open(t, made, &jobs[i], &made->rows[i]);
	if (e != OK) {
		sched_close(made);
		return e;
	}
	*out = made;
	return OK;
}

void sched_start(struct sched *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct row *r = &s->rows[i];

		assert(!r->started);
		if (pthread_create(&r->thread, NULL, row_main, r) != 0)
			abort();
		r->started = true;
	}
}

static void row_tell(struct row *r, bool stop)
{
	(void)pthread_mutex_lock(&r->lock);
	r->woken = true;
	r->stop = r->stop || stop;
	(void)pthread_cond_signal(&r->changed);
	(void)pthread_mutex_unlock(&r->lock);
}

void sched_wake(void *sched, unsigned topics)
{
	struct sched *s = sched;

	for (size_t i = 0; i < s->n; i++)
		if (s->rows[i].job->wake & topics)
			row_tell(&s->rows[i], false);
}

void sched_close(struct sched *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		row_tell(&s->rows[i], true);
	for (size_t i = 0; i < s->n; i++) {
		struct row *r = &s->rows[i];

		if (r->started)
			(void)pthread_join(r->thread, NULL);
		store_session_close(r->db);
		arena_free(r->mem);
		(void)pthread_cond_destroy(&r->changed);
		(void)pthread_mutex_destroy(&r->lock);
		free(r->what);
	}
	free(s->rows);
	free(s);
}

size_t sched_states(const struct sched *s, struct sched_row_state *out, size_t max)
{
	size_t n = s->n < max ? s->n : max;

	for (size_t i = 0; i < n; i++) {
		(void)pthread_mutex_lock(&s->rows[i].lock);
		out[i] = s->rows[i].state;
		(void)pthread_mutex_unlock(&s->rows[i].lock);
	}
	return n;
}
