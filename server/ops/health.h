/* server/ops/health.h - how the parts of this process are: GET /health and what gates ask.
 *
 * Whoever runs a part says how it is, when that changes; the worst part is the whole. A pause is
 * not ill health. Threads: any.
 */
#ifndef SERVER_OPS_HEALTH_H
#define SERVER_OPS_HEALTH_H

#include <stddef.h>
#include <stdint.h>

enum health_state { HEALTH_HEALTHY, HEALTH_DEGRADED, HEALTH_UNHEALTHY };

enum {
	HEALTH_COMPONENTS = 16, /* the most there may be; asserted */
	HEALTH_WHY = 160,
};

/* "healthy", "degraded", "unhealthy": the words of GET /health. */
const char *health_name(enum health_state state);

/* `component` is static text ("store", "chain"); the same text is the same part. `why` is one
 * line, copied; of a healthy part a remark, or "". */
void health_set(const char *component, enum health_state state, const char *why);

struct health_component {
	const char *name;
	enum health_state state;
	char why[HEALTH_WHY]; /* of a healthy part a remark, or "" */
};

/* In the order in which they were first set; returns how many, at most max. */
size_t health_components(struct health_component *out, size_t max);

/* The worst; *worst_out (may be NULL) is the first component in that state, its name NULL when
 * all are healthy. */
enum health_state health_worst(struct health_component *worst_out);

/* Since health_reset(), which main calls first. */
int64_t health_uptime_ms(void);
void health_reset(void);

#endif
