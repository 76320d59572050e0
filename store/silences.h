/* store/silences.h - what a person wants to hear nothing of for a while.
 *
 * Table: silences. A row is never removed: the timeline of incidents points at it.
 * Threads: a turn's own. What changes something is for the lane.
 */
#ifndef STORE_SILENCES_H
#define STORE_SILENCES_H

#include "store/base/turn.h"

struct silence {
	int64_t id;
	const char *rule, *subject; /* patterns, '*' for any text */
	const char *reason, *author;
	int64_t created_ms, start_ms, end_ms;
	bool until_resolved; /* ends with the incident that it was made for */
	int64_t matched, matched_ms;
	int64_t told_ms;  /* that it ends soon */
	int64_t ended_ms; /* 0: not */
	const char *ended_by;
};

/* Sets id, author, created_ms. */
enum err silence_add(struct turn *t, struct silence *s) MUST_USE;
/* ERR_MISSING names it. */
enum err silence_get(struct turn *t, int64_t id, struct silence *out) MUST_USE;
/* matched, matched_ms, told_ms, ended_ms, ended_by. */
enum err silence_save(struct turn *t, const struct silence *s) MUST_USE;
/* Those that are not at their end, also those that have not begun; by id. */
enum err silence_open(struct turn *t, size_t limit, struct silence **out, size_t *n_out) MUST_USE;
/* Those whose time is over and of which that is not written down; by id. */
enum err silence_over(struct turn *t, size_t limit, struct silence **out, size_t *n_out) MUST_USE;
/* All, those with id < before (0: all), the newest first. */
enum err silence_list(struct turn *t, int64_t before, size_t limit, struct silence **out,
		      size_t *n_out) MUST_USE;

#endif
