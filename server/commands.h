/* server/commands.h - what `ghost-fleet` does besides serving. Each returns the exit code:
 * 0 done, 1 it failed or the configuration is wrong, 2 usage, 3 could not reach it, 4 not healthy.
 */
#ifndef SERVER_COMMANDS_H
#define SERVER_COMMANDS_H

#include <stdbool.h>

#include "server/config.h"
#include "store/base/turn.h"

struct command_input {
	const char *config_path; /* NULL: environment files only */
	struct config_env env;
	const char *ports_file; /* NULL: none */
	bool start_paused;
	bool json, sources;
};

int command_serve(struct turn *t, const struct command_input *in);
/* Every problem of the configuration; offline and without secrets. */
int command_validate(struct turn *t, const struct command_input *in);
/* Every setting as it holds, and where it comes from. */
int command_show(struct turn *t, const struct command_input *in);
/* Ask the running daemon's HTTP door how it is. */
int command_health(struct turn *t, const struct command_input *in);

#endif
