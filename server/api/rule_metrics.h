/* server/api/rule_metrics.h - the samples of GET /metrics about rules. */
#ifndef SERVER_API_RULE_METRICS_H
#define SERVER_API_RULE_METRICS_H

#include "server/ops/metrics.h"
#include "store/base/turn.h"

/* Behind the *n there are already, at most max in all. */
enum err rule_samples(struct turn *t, struct metric_sample *out, size_t max, size_t *n) MUST_USE;

#endif
