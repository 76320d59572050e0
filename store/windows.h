/* store/windows.h - planned work: windows in which what it causes is written down and pages nobody,
 * the routines they come from, and the tasks to be done in them.
 *
 * Tables: routines, windows, window_tasks. Rows are never removed.
 * Threads: a turn's own. What changes something is for the lane.
 */
#ifndef STORE_WINDOWS_H
#define STORE_WINDOWS_H

#include "store/base/turn.h"

/* On disk as these numbers, the same as the contract's. */
enum window_state {
	WINDOW_PLANNED = 1,
	WINDOW_ACTIVE = 2,
	WINDOW_ENDED = 3,
	WINDOW_CANCELLED = 4,
	WINDOW_MISSED = 5, /* its time passed and it was never started */
};

/* What must hold before it starts: bits 1 << the contract's number, on disk. */
enum window_gate {
	GATE_NOTICE = 1 << 1,    /* those concerned were told 72 hours before */
	GATE_INCIDENTS = 1 << 2, /* nothing critical is open */
	GATE_HEALTH = 1 << 3,    /* store, chain and watched validators are well */
	GATE_DUTIES = 1 << 4,    /* no validator of ours proposes in this epoch or the next */
	GATE_ALL = GATE_NOTICE | GATE_INCIDENTS | GATE_HEALTH | GATE_DUTIES,
};

struct window {
	int64_t id, routine; /* routine 0: it does not come again */
	enum window_state state;
	const char *title;
	const char *rule, *subject; /* patterns, '*' for any text */
	const char *reason, *zone;
	int64_t start_ms, end_ms;
	unsigned gates;
	const char *author;
	int64_t created_ms, notice_ms;
	int64_t started_ms;
	const char *started_by;
	int64_t ended_ms;
	const char *ended_by;
	int64_t muted;
	const char *text; /* what stands in its way, or how it ended */
	int64_t version;
};

struct routine {
	int64_t id;
	const char *title, *rule, *subject, *reason, *zone, *first, *recurrence;
	int64_t length_ms;
	unsigned gates;
	const char *tasks; /* lines */
	const char *author;
	int64_t created_ms, laid_ms, removed_ms;
};

struct window_task {
	int64_t place;
	const char *text;
	int64_t done_ms;
	const char *done_by;
};

enum { WINDOW_TASKS = 40 };

/* Sets id, author, created_ms, version. ERR_EXISTS (without a word): the routine has it already. */
enum err window_add(struct turn *t, struct window *w) MUST_USE;
/* ERR_MISSING names it. */
enum err window_get(struct turn *t, int64_t id, struct window *out) MUST_USE;
/* Everything that changes: state, times, notice, who, muted, text; version + 1. */
enum err window_save(struct turn *t, struct window *w) MUST_USE;
/* PLANNED and ACTIVE ones, by start. */
enum err window_open(struct turn *t, size_t limit, struct window **out, size_t *n_out) MUST_USE;
/* All, those with id < before (0: all), the newest first. */
enum err window_list(struct turn *t, int64_t before, size_t limit, struct window **out,
		     size_t *n_out) MUST_USE;

/* `lines`: one task a line; at most WINDOW_TASKS. */
enum err window_tasks_set(struct turn *t, int64_t window, const char *lines) MUST_USE;
enum err window_tasks(struct turn *t, int64_t window, struct window_task **out,
		      size_t *n_out) MUST_USE;
/* done_ms and done_by. ERR_MISSING names it. */
enum err window_task_save(struct turn *t, int64_t window, const struct window_task *k) MUST_USE;

/* Sets id, author, created_ms. */
enum err routine_add(struct turn *t, struct routine *s) MUST_USE;
enum err routine_get(struct turn *t, int64_t id, struct routine *out) MUST_USE;
/* laid_ms, removed_ms. */
enum err routine_save(struct turn *t, const struct routine *s) MUST_USE;
/* Those that are not removed, by id. */
enum err routine_list(struct turn *t, int64_t after, size_t limit, struct routine **out,
		      size_t *n_out) MUST_USE;

#endif
