/* server/commands.h - what `ghost-fleet` does besides serving. Each returns the exit code:
 * 0 done, 1 it failed or the configuration is wrong, 2 usage, 3 could not reach it, 4 not healthy.
 */
#ifndef SERVER_COMMANDS_H
#define SERVER_COMMANDS_H

#include <stdbool.h>

#include "server/config.h"
#include "store/base/turn.h"

enum { RESCUE_URLS = 16 };

/* Of a recovery kit; NULL: not said. */
struct rescue_input {
	const char *kit, *passphrase_file;
	const char *rpc[RESCUE_URLS];
	size_t n_rpc;
	const char *to, *funder_key_file, *gap;
	bool words, keep_funder, yes;
};

struct command_input {
	const char *config_path; /* NULL: environment files only */
	struct config_env env;
	const char *ports_file; /* NULL: none */
	bool start_paused;
	bool json, sources;
	const char *verb; /* of `kit` */
	struct rescue_input rescue;
};

int command_serve(struct turn *t, const struct command_input *in);
/* Every problem of the configuration; offline and without secrets. */
int command_validate(struct turn *t, const struct command_input *in);
/* Every setting as it holds, and where it comes from. */
int command_show(struct turn *t, const struct command_input *in);
/* Ask the running daemon's HTTP door how it is. */
int command_health(struct turn *t, const struct command_input *in);

/* `kit show|verify`: what a recovery kit holds, and that all of it is sound. */
int command_kit(struct turn *t, const struct command_input *in);
/* From a recovery kit and an RPC URL alone, everything home (server/rescue.h). */
int command_rescue(struct turn *t, const struct command_input *in);

#endif
