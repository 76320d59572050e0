/* client/sibling.h - the programs that come with ghostctl and lie beside it: started for a while,
 * told where to write, and ended with us whatever becomes of us. */
#ifndef CLIENT_SIBLING_H
#define CLIENT_SIBLING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "store/base/err.h"

struct turn;

/* Where the program of this name lies: beside us; the name alone where we cannot tell. */
char *sibling_path(struct turn *t, const char *name);

struct sibling {
	pid_t pid; /* 0: none runs */
};

struct sibling_ask {
	const char *const *args;  /* the name first; NULL behind the last */
	const char *const *extra; /* NAME=VALUE for its environment; NULL behind the last */
	const char *output_file;  /* stdout and stderr; made or emptied */
};

/* Nothing of what ghost-fleet reads from its environment goes along: only `extra` speaks.
 * ERR_AWAY: it cannot be started. Before the first call: a channel has threads. */
enum err sibling_start(struct turn *t, const struct sibling_ask *ask, struct sibling *out) MUST_USE;
bool sibling_runs(struct sibling *s);

/* Until it has ended, then *exit_out; 128 and more: by a signal. ERR_LATE: not within so long,
 * ERR_GONE: Ctrl-C; in both cases it is killed. */
enum err sibling_wait(struct turn *t, struct sibling *s, int64_t within_ms, int *exit_out) MUST_USE;

/* SIGTERM, time to end well, then SIGKILL. True: it ended well. Nothing where none runs. */
bool sibling_stop(struct sibling *s);

#endif
