/* store/series.h - figures over time: raw, and summed by minute, hour and day.
 *
 * Tables: series, samples, sample_sums. What a number of `signal` means is server/core/signals.def.
 * Threads: a turn's own. What changes something is for the lane.
 */
#ifndef STORE_SERIES_H
#define STORE_SERIES_H

#include "store/base/turn.h"

struct series {
	int64_t id;
	const char *entity;
	int64_t signal, at_ms;
	double value; /* the newest */
	const char *source;
};

/* In the lane: at t->now_ms. A second one in the same millisecond is not kept. */
enum err series_put(struct turn *t, const char *entity, int64_t signal, double value,
		    const char *source) MUST_USE;
/* Of one signal, or of all with 0; by entity. */
enum err series_list(struct turn *t, int64_t signal, size_t limit, struct series **out,
		     size_t *n_out) MUST_USE;

enum { SPAN_MINUTE = 0, SPAN_HOUR = 1, SPAN_DAY = 2 };

struct sample {
	int64_t at_ms;
	double value;
};
struct sample_sum {
	int64_t start_ms, n;
	double sum, low, high, last;
};
enum err sample_list(struct turn *t, int64_t series, int64_t from_ms, int64_t to_ms, size_t limit,
		     struct sample **out, size_t *n_out) MUST_USE;
enum err sample_sums(struct turn *t, int64_t series, int span, int64_t from_ms, int64_t to_ms,
		     size_t limit, struct sample_sum **out, size_t *n_out) MUST_USE;

/* In the lane: at most `limit` rows of each kind beyond what is kept: raw 2 days, minutes 8, hours
 * 60, days 400. */
enum err series_prune(struct turn *t, size_t limit, size_t *n_out) MUST_USE;

#endif
