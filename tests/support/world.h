/* tests/support/world.h - two nodes that answer as told, a pool of endpoints and an el: what the
 * tests of server/net's questions have in common. One world a program. */
#ifndef TESTS_SUPPORT_WORLD_H
#define TESTS_SUPPORT_WORLD_H

#include <stdbool.h>

#include "server/net/el.h"
#include "tests/support/httpd.h"

#define GENESIS "0x00000000000000000000000000000000000000000000000000000000000000aa"
#define HASH(d) "0x" d d d d d d d d d d d d d d d d d d d d d d d d d d d d d d d d

/* Each is what its script says, and counts what it was asked. */
struct node {
	struct httpd *http;
	const char *name;
	unsigned chain_id;
	const char *genesis;
	/* Before anything else, when set: true if it made the reply. */
	bool (*first)(struct node *n, const struct httpd_request *q, struct httpd_reply *r);
	/* Before the usual answers, when set: NULL for the usual answer, "" for none. */
	const char *(*answer)(struct node *n, const char *method, const json_t *params);
	unsigned sends, balances, checks;
	char order[128];
	size_t n_order;
};

extern struct world {
	struct turn t;
	struct endpoints *pool;
	struct el *el;
	struct node nodes[2]; /* "main" and "backup", of chain 6343 */
} world;

/* The nodes run; then world_open_with() makes the pool of the first n of them, and the el. */
int world_setup(void **state);
int world_teardown(void **state);
void world_open_with(size_t n);
void world_open_as(size_t n, const struct el_options *o);

/* One of a node's counts, now. */
unsigned world_count(struct node *n, const unsigned *which);
#define WORLD_COUNT(i, which) world_count(&world.nodes[i], &world.nodes[i].which)

/* The pool's view of one endpoint. */
struct endpoint world_endpoint(const char *name);

#endif
