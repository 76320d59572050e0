/* server/dev_run.h - a ready `ghost-fleet dev`: what it tells, and how long it stays. */
#ifndef SERVER_DEV_RUN_H
#define SERVER_DEV_RUN_H

#include "server/dev_fixture.h"

struct dev_told {
	unsigned grpc, http; /* ports on 127.0.0.1 */
	const char *token_file, *chain_kind, *url;
	const struct dev_home *home;
	uint64_t chain_id;
	const struct dev_fixture *fixture;
	int64_t ready_ms; /* from the start of the process's work */
};

/* One line of JSON; lines of `export NAME=VALUE`. In the turn's memory. */
const char *dev_told_json(struct turn *t, const struct dev_told *w);
const char *dev_told_env(struct turn *t, const struct dev_told *w);

/* Before the first thread: SIGCHLD too is one that we wait for. */
void dev_signals(void);
/* One that came within so long; 0: none. -1: for as long as it takes. */
int dev_signal(int64_t within_ms);

/* Until SIGTERM, SIGINT or SIGHUP, or until `command` ends, which is told all by its environment
 * and whose exit code is *exit_out (128 and its number for a signal). A signal is passed on to it.
 * ERR_AWAY: the keeper of our folder ended, or the node. ERR_REFUSED: the command cannot be run. */
enum err dev_stay(struct turn *t, const struct dev_told *w, char *const *command,
		  int *exit_out) MUST_USE;

#endif
