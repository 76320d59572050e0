/* server/sched/sched.h - the door of time: opens a turn for each job when it is due or woken.
 * Knows no job by name. One thread a row; a job never overlaps itself, is safe to run twice, and
 * runs again at once if there was more.
 */
#ifndef SERVER_SCHED_SCHED_H
#define SERVER_SCHED_SCHED_H

#include "store/base/turn.h"
#include "store/store.h"

/* `world` is whatever the caller gave sched_open (the jobs' own struct).
 * *more_out: there was more than one turn's worth; run again at once. */
typedef enum err job_fn(struct turn *t, void *world, bool *more_out);

struct job {
	const char *name; /* "broadcast"; the turn is "job.broadcast" */
	job_fn *fn;
	int64_t period_ms;  /* at the latest after this long */
	int64_t timeout_ms; /* the turn's deadline */
	unsigned wake;      /* topics whose change makes it due at once */
	int64_t least_ms;   /* but never sooner than this after its last run */
};

struct sched;

/* Sessions are opened, threads are not started yet. `jobs` is borrowed. */
enum err sched_open(struct turn *t, struct store *s, const struct job *jobs, size_t n, void *world,
		    struct sched **out) MUST_USE;
void sched_start(struct sched *s);
void sched_close(struct sched *s); /* stops at the next turn's end; NULL is fine */

/* store_listener: wakes the jobs that listed one of the topics. */
void sched_wake(void *sched, unsigned topics);

/* One turn of one job, here and now, at wall clock now_ms: tests and the simulation. */
enum err sched_run_once(struct turn *t, const struct job *row, void *world,
			bool *more_out) MUST_USE;

/* When every row has turned once since start (GET /health/engine); and each row's last end. */
struct sched_row_state {
	const char *name;
	int64_t turns, failures, last_end_ms; /* wall clock; 0: never */
	enum err last;
};
size_t sched_states(const struct sched *s, struct sched_row_state *out, size_t max);

#endif
