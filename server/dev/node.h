/* server/dev/node.h - anvil as a child of `ghost-fleet dev`.
 *
 * It ends with this process whatever becomes of it (PR_SET_PDEATHSIG: start it on the main
 * thread), takes 8 GB of memory at most, and listens on a free port of 127.0.0.1.
 */
#ifndef SERVER_DEV_NODE_H
#define SERVER_DEV_NODE_H

#include <stdint.h>
#include <sys/types.h>

#include "store/base/err.h"

struct turn;

struct dev_node {
	pid_t pid;
	unsigned port;
	int said; /* the read end of its output, not blocking */
};

/* The path of one, in the turn's memory: $GF_ANVIL, one on $PATH, or one that
 * deploy/scripts/node-tools.sh installed below the current folder. NULL: there is none. */
const char *dev_node_find(struct turn *t);

/* Blocks of a second, chain 31337, anvil's own accounts. ERR_REFUSED: it is no program, or ends
 * at once: its last words. ERR_LATE: it does not listen within 10 s. */
enum err dev_node_start(struct turn *t, const char *path, struct dev_node *out) MUST_USE;

#endif
