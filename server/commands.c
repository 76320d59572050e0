#include "server/commands.h"

#include <stdio.h>
#include <string.h>

#include "store/base/log.h"

enum { REPORT_MAX = 4 << 20 };

/* Out in one piece; a closed pipe is the reader's choice. */
static void print(struct buf *b)
{
	(void)fputs(buf_text(b), stdout);
	(void)fflush(stdout);
}

int command_validate(struct turn *t, const struct command_input *in)
{
	struct buf text = buf_in(t->mem, REPORT_MAX);
	struct config_problems problems;
	struct config *c;
	enum err e = config_load(t, in->config_path, &in->env, &c, &problems);

	problems.strict = in->strict;
	config_report(c, &problems, in->json, &text);
	print(&text);
	config_free(c);
	if (e == OK && in->strict && problems.warnings > 0)
		e = ERR_REFUSED;
	return err_exit(e);
}

int command_show(struct turn *t, const struct command_input *in)
{
	struct buf text = buf_in(t->mem, REPORT_MAX);
	struct config_env env = in->env;
	struct config_problems problems;
	struct config *c;

	env.offline = true; /* what is shown takes no file of a secret */
	enum err e = config_load(t, in->config_path, &env, &c, &problems);

	config_show(c, in->sources, in->json, &text);
	print(&text);
	if (e != OK)
		(void)fprintf(stderr, "ghost-fleet: %s\n", t->why);
	config_free(c);
	return err_exit(e);
}
