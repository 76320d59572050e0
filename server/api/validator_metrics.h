/* server/api/validator_metrics.h - the samples of GET /metrics about validators. */
#ifndef SERVER_API_VALIDATOR_METRICS_H
#define SERVER_API_VALIDATOR_METRICS_H

#include "server/ops/metrics.h"
#include "store/base/turn.h"

/* Behind the *n there are already, at most max in all. Nothing when none is watched. */
enum err validator_samples(struct turn *t, struct metric_sample *out, size_t max,
			   size_t *n) MUST_USE;

#endif
