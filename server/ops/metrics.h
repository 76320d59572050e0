/* server/ops/metrics.h - what this process counts, and GET /metrics.
 *
 * The table is metrics.def. KEPT values live here, as atomics, since the process started; GIVEN
 * values (states in the store, sizes) are read by the caller when a scrape asks for them.
 * Count only after COMMIT what a turn did. Text format: Prometheus exposition 0.0.4.
 * Threads: any.
 */
#ifndef SERVER_OPS_METRICS_H
#define SERVER_OPS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/buf.h"

enum metric {
#define M(id, ...) METRIC_##id,
#include "server/ops/metrics.def"
#undef M
	METRIC_COUNT
};

enum {
	METRIC_SERIES = 256, /* label values a family keeps; more are counted as "other" */
	METRIC_LABEL = 64,   /* bytes of a label value with its NUL; longer ones are cut */
};

/* A counter's value goes up by n. Labels the family does not have are NULL. */
void metric_add(enum metric m, const char *label1, const char *label2, uint64_t n);
/* A gauge's value is v now. */
void metric_set(enum metric m, const char *label1, const char *label2, double v);
/* One more observation in a histogram, in microseconds. */
void metric_observe(enum metric m, const char *label1, const char *label2, int64_t us);

/* What is kept, added up over the labels that are NULL. False: nothing was counted or set yet. */
bool metric_kept(enum metric m, const char *label1, const char *label2, double *out);

/* A GIVEN value. Of one family at most one sample with the same labels. */
struct metric_sample {
	enum metric metric;
	const char *label[2];
	double value;
};

/* What a handler says as the answer's content type. */
#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* All families that have a value, in the order of the table. out->full: it did not fit. */
void metrics_write(struct buf *out, const struct metric_sample *given, size_t n);

/* The process_* and uptime samples, and one of ghost_fleet_health for each component; at most
 * `max`, returns how many. now_ms is the turn's. */
size_t metrics_process(int64_t now_ms, struct metric_sample *out, size_t max);

/* Forget everything that was kept. For tests. */
void metrics_reset(void);

#endif
