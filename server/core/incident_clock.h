/* server/core/incident_clock.h - how soon an incident must be taken, and how soon be over.
 *
 * The runbook's table by severity, and its own response times for three kinds. Pure.
 */
#ifndef SERVER_CORE_INCIDENT_CLOCK_H
#define SERVER_CORE_INCIDENT_CLOCK_H

#include "store/incidents.h"

struct incident_clock {
	int64_t ack_ms;     /* to be acknowledged within */
	int64_t resolve_ms; /* to be resolved within */
	int64_t lapse_ms;   /* an acknowledgement is good for */
	int64_t again_ms;   /* not acknowledged: the first level is told again so often; 0: never */
	int64_t repeat_ms;  /* not resolved in time: told again so often; 0: never */
	int64_t repeats;    /* at most, of both together */
};

struct incident_clock incident_clock(enum incident_severity severity, enum incident_kind kind);

#endif
