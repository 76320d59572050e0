/* server/jobs/control.h - how our validator client is started and stopped: a systemd unit, a
 * container, or programs of the operator's. Borrowed for as long as the jobs are open. */
#ifndef SERVER_JOBS_CONTROL_H
#define SERVER_JOBS_CONTROL_H

#include <stdint.h>

struct control_options {
	const char *unit, *container;                           /* NULL: none */
	const char *const *start, *const *stop, *const *status; /* NULL at their end; NULL: none */
	int64_t within_ms; /* after it was told, it is looked at for good */
};

#endif
