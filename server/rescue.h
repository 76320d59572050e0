/* server/rescue.h - what is done with a recovery kit alone: no configuration, no doors, no store
 * but one of its own that goes with the process.
 */
#ifndef SERVER_RESCUE_H
#define SERVER_RESCUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"

struct turn;

enum { RESCUE_URLS = 16 };

struct rescue_input {
	const char *kit;             /* the file */
	const char *passphrase_file; /* NULL: asked for */
	bool words;                  /* kit show: although this is no terminal */
	const char *rpc[RESCUE_URLS];
	size_t n_rpc;
	const char *to;              /* NULL: the kit's only ACTIVE safe address */
	const char *funder_key_file; /* NULL: the kit's funder lends, if it has one */
	bool keep_funder;            /* the kit's funder is not emptied at the end */
	uint64_t gap;
	bool yes;
};

/* Exit codes: 0 done, 1 failed, 2 usage, 3 not reached. */
int command_kit_show(struct turn *t, const struct rescue_input *in);
int command_kit_verify(struct turn *t, const struct rescue_input *in);

/* Everything of the kit's wallets home: looks for what holds money, shows the plan, asks, and runs
 * what the daemon runs (server/jobs) over a store in memory. Run again after a crash it goes on
 * from what the chain shows. 0: all is home; 5: something is left, and it says what and why. */
int command_rescue(struct turn *t, const struct rescue_input *in);

#endif
