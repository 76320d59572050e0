/* server/dev/home.h - a private folder that goes away, however this process ends.
 *
 * A keeper, a small process of its own session, waits for us and for our parent. When we end, by
 * kill -9 too, it ends the node we started and removes the folder. When our parent ends it asks us
 * to (SIGTERM; after 10 s SIGKILL). When the keeper itself is killed we get SIGCHLD, which is to be
 * an end as well, and dev_home_close() does its work. Only if both are killed at once something
 * stays: the node ends even then, the folder does not.
 * Open it before the first thread. One a process.
 */
#ifndef SERVER_DEV_HOME_H
#define SERVER_DEV_HOME_H

#include <stdbool.h>
#include <sys/types.h>

#include "store/base/err.h"

struct turn;
struct dev_home;

enum { DEV_HOME_FILES = 4 };

struct dev_home_options {
	bool outlive_parent;
	pid_t node;    /* of a child of ours that is to end with us; 0: none */
	int node_said; /* what it prints comes here, and is thrown away; -1: nothing */
	const char *files[DEV_HOME_FILES]; /* outside the folder, to be removed too; NULL: none */
};

/* Mode 0700, in $TMPDIR or /tmp. The node is ours to end also when this fails. Caller owns *out.
 * ERR_AWAY: no folder, no process. */
enum err dev_home_open(struct turn *t, const struct dev_home_options *o,
		       struct dev_home **out) MUST_USE;
const char *dev_home_path(const struct dev_home *h);

/* A file of it, 0600. *path_out is in the turn's memory. ERR_AWAY: it cannot be written. */
enum err dev_home_write(struct turn *t, const struct dev_home *h, const char *name,
			const char *text, const char **path_out) MUST_USE;

/* After a SIGCHLD: NULL; or which of the two has ended, "the keeper", "the node". */
const char *dev_home_ended(const struct dev_home *h);

/* The folder is gone when this returns. NULL is fine. */
void dev_home_close(struct dev_home *h);

#endif
