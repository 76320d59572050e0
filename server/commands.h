/* server/commands.h - what `ghost-fleet` does besides serving. Each returns the exit code:
 * 0 done, 1 it failed or the configuration is wrong, 2 usage, 3 could not reach it, 4 not healthy.
 */
#ifndef SERVER_COMMANDS_H
#define SERVER_COMMANDS_H

#include <stdbool.h>

#include "server/config.h"
#include "store/base/turn.h"

/* `ghost-fleet dev`: an ephemeral daemon for tests. Its chain: `rpc`, else `anvil`, else one that
 * is found, else the stub. */
struct dev_options {
	const char *anvil;      /* its path; NULL: not given */
	const char *rpc;        /* the URL of a chain that is there; NULL: none */
	bool stub;              /* even if there is an anvil */
	uint64_t wallets;       /* how many fixtures */
	const char *addresses;  /* a file: only watch these, without a key; needs rpc */
	const char *validators; /* a file of BLS keys to watch; needs beacon */
	const char *beacon;     /* the URL of a Beacon node */
	bool watch_only;        /* what `addresses` means anyway */
	const char *ready_file; /* what is told when it is ready goes here too; NULL: nowhere */
	bool print_env;         /* tell it as shell lines */
	bool outlive_parent;
	char *const *command; /* what to run when it is ready, and to end with; NULL: nothing */
};

struct command_input {
	const char *config_path; /* NULL: environment files only */
	struct config_env env;
	const char *ports_file; /* NULL: none */
	bool start_paused;
	bool json, sources;
	bool strict; /* validate: a warning is a failure */
	struct dev_options dev;
};

/* The exit code is that of the command it ran, where there is one. */
int command_dev(struct turn *t, const struct command_input *in);
/* The number of the chain that $RPC_URL serves. */
int command_chain_id(struct turn *t, const struct command_input *in);
int command_serve(struct turn *t, const struct command_input *in);
/* Every problem of the configuration; offline and without secrets. */
int command_validate(struct turn *t, const struct command_input *in);
/* Every setting as it holds, and where it comes from. */
int command_show(struct turn *t, const struct command_input *in);
/* On another host: pages when the daemon there is silent (sentinel.h). */
int command_sentinel(struct turn *t, const struct command_input *in);
/* Ask the running daemon's HTTP door how it is. */
int command_health(struct turn *t, const struct command_input *in);

#endif
