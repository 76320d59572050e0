/* server/api/incident_metrics.h - incidents at the moment of a scrape. */
#ifndef SERVER_API_INCIDENT_METRICS_H
#define SERVER_API_INCIDENT_METRICS_H

#include "server/ops/metrics.h"
#include "store/base/turn.h"

/* Appends to `out`, of which *n of `max` are taken. */
enum err incident_samples(struct turn *t, struct metric_sample *out, size_t max,
			  size_t *n) MUST_USE;

#endif
