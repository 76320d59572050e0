/* server/net/process.h - a program of this machine, run once: its arguments as a list, no shell, a
 * small environment without our secrets, a time limit, its output bounded. It is ended with all it
 * started when the time is over. */
#ifndef SERVER_NET_PROCESS_H
#define SERVER_NET_PROCESS_H

#include <stdbool.h>

#include "store/base/turn.h"

struct process_ask {
	const char *const *argv; /* NULL at the end; argv[0] is a whole path */
	struct bytes input;      /* its stdin, then closed */
	int64_t within_ms;       /* the turn's deadline holds too */
	size_t max_output;       /* of stdout and stderr together; the rest is thrown away */
};

struct process_end {
	bool started, late;
	int code; /* its exit code; -1: ended by a signal */
	int64_t took_ms;
	const char *output; /* stdout and stderr as they came, with a NUL behind */
	const char *said;   /* one line when not started, late, or not code 0 */
};

struct process_end process_run(struct turn *t, const struct process_ask *ask);

#endif
