/* `ghost-fleet chain-id`: which chain an endpoint serves, before there is a configuration. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "server/commands.h"
#include "server/net/el.h"

enum { ASK_MS = 10000, USAGE = 2 };

int command_chain_id(struct turn *t, const struct command_input *in)
{
	/* From the environment: a URL may hold a key, and arguments are there for all to see. */
	const char *url = getenv("RPC_URL");
	uint64_t id;

	(void)in;
	if (!url || !*url) {
		(void)fprintf(stderr, "ghost-fleet: of which endpoint? set RPC_URL\n");
		return USAGE;
	}
	enum err e = el_chain_id(t, url, ASK_MS, &id);

	if (e != OK) {
		(void)fprintf(stderr, "ghost-fleet: %s\n", t->why);
		return err_exit(e);
	}
	(void)printf("%" PRIu64 "\n", id);
	return 0;
}
