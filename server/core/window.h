/* server/core/window.h - planned work: when it may start, what holds while it lasts, how it ends.
 *
 * While a window is ACTIVE, alerts of what it covers are found and written down and page nobody
 * (core/mute.h). It starts by itself at its time if every gate is open, or by a person; it waits
 * for its gates until its time is over. At its end what is still wrong pages, once.
 */
#ifndef SERVER_CORE_WINDOW_H
#define SERVER_CORE_WINDOW_H

#include "store/windows.h"

enum { WINDOW_MOST_MS = 24 * 3600 * 1000, NOTICE_AHEAD_MS = 72 * 3600 * 1000, WINDOWS_OPEN = 200 };

struct window_ask {
	const char *title, *rule, *subject, *reason, *zone;
	int64_t start_ms, length_ms;
	unsigned gates;
	const char *const *tasks;
	size_t n_tasks;
};
/* ERR_INVALID names the field: longer than 24 hours, in the past, patterns, tasks. */
enum err window_plan(struct turn *t, const struct window_ask *ask, struct window *out) MUST_USE;

struct routine_ask {
	struct window_ask window; /* without start_ms */
	const char *first, *recurrence;
};
enum err routine_plan(struct turn *t, const struct routine_ask *ask, struct routine *out) MUST_USE;
/* Its windows that have not begun are cancelled. */
enum err routine_end(struct turn *t, int64_t id, struct routine *out) MUST_USE;

/* One line a gate that is shut: "notice: those concerned were not told 72 hours before". Reading
 * only. */
enum err window_gates(struct turn *t, const struct window *w, const char ***shut_out,
		      size_t *n_out) MUST_USE;

/* ERR_REFUSED names the gates that are shut; `force` with a reason goes on regardless. Begun before
 * its time it ends earlier by as much. */
enum err window_start(struct turn *t, int64_t id, bool force, const char *reason,
		      struct window *out) MUST_USE;
/* The tasks that are not done are named in its text. `text`: how it went. */
enum err window_end(struct turn *t, int64_t id, const char *text, struct window *out) MUST_USE;
enum err window_cancel(struct turn *t, int64_t id, const char *reason, struct window *out) MUST_USE;
/* Longer, within 24 hours of its start. */
enum err window_extend(struct turn *t, int64_t id, int64_t end_ms, struct window *out) MUST_USE;
/* Those concerned were told of it, now. */
enum err window_noticed(struct turn *t, int64_t id, struct window *out) MUST_USE;
/* `place` from 1. */
enum err window_tick(struct turn *t, int64_t id, int64_t place, bool is_done,
		     struct window *out) MUST_USE;

/* Whether windows_turn would do anything now. Reading only. */
enum err windows_due(struct turn *t, bool *out) MUST_USE;
/* In the lane, when due: starts, ends and misses windows, and lays out those of routines. */
enum err windows_turn(struct turn *t) MUST_USE;

#endif
