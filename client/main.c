/* ghostctl - the thin client of ghost-fleet. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/call.h"
#include "client/commands.h"
#include "client/junit.h"
#include "client/out.h"
#include "client/stop.h"
#include "store/base/arena.h"
#include "store/base/turn.h"
#include "store/base/units.h"
#include "store/base/version.h"
#include "store/base/wiped.h"

enum { MEMORY = 1 << 30, REPEAT_MS = 2000, OUT_BUFFER = 1 << 16 };
static const int64_t NO_DEADLINE = 365LL * 86400000;

static enum err read_format(struct turn *t, struct cli *c)
{
	const char *said = c->args.opt[OPT_OUTPUT];

	if (!said)
		return OK;
	if (strcmp(said, "junit") == 0 && c->args.command && !(c->args.command->options & CHECKS))
		return usage(t, c,
			     "-o junit is for what checks something: health, gate, wait, endpoints "
			     "check, operations run and watch, fund, extract");
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(said, cli_formats[i]) == 0) {
			c->format = (enum cli_format)i;
			return OK;
		}
	return usage(t, c, "--output is table, json, jsonl or junit, not '%s'", said);
}

static enum err read_common(struct turn *t, struct cli *c)
{
	const char *timeout = c->args.opt[OPT_TIMEOUT];

	TRY(read_format(t, c));
	if (timeout && (!duration_parse(timeout, &c->timeout_ms) || c->timeout_ms == 0))
		return usage(t, c, "--timeout %s: write 30s, 5m or 1h", timeout);
	c->ask.context = c->args.opt[OPT_CONTEXT];
	c->ask.address = c->args.opt[OPT_ADDRESS];
	c->ask.token_file = c->args.opt[OPT_TOKEN_FILE];
	c->ask.home = getenv("HOME");
	c->ask.env_token_file = getenv("GHOST_FLEET_TOKEN_FILE");
	c->ask.tls = (struct tls_files){ c->args.opt[OPT_TLS_CA], c->args.opt[OPT_TLS_CERT],
					 c->args.opt[OPT_TLS_KEY], c->args.opt[OPT_TLS_NAME] };
	c->ask.env_tls = (struct tls_files){ getenv("GHOSTCTL_TLS_CA"), getenv("GHOSTCTL_TLS_CERT"),
					     getenv("GHOSTCTL_TLS_KEY"),
					     getenv("GHOSTCTL_TLS_SERVER_NAME") };
	c->ask.env_address = getenv("GHOST_FLEET_ADDRESS");
	if (context_find(t, &c->ask, &c->context) != OK)
		return usage(t, c, "%s", t->why);
	return OK;
}

static void help(const struct args *a)
{
	if (a->command)
		help_command(stdout, a->command);
	else if (a->n_words > 0)
		help_noun(stdout, a->word[0]);
	else
		help_all(stdout);
}

/* --watch: again and again on a cleared screen, over lost connections too. */
static enum err repeat(struct turn *t, struct cli *c)
{
	enum err e;

	(void)setvbuf(stdout, NULL, _IOFBF, OUT_BUFFER);
	do {
		struct turn one;
		struct arena *mem = arena_new(MEMORY);

		turn_begin(&one, NULL, NULL, mem, "ghostctl", "", NO_DEADLINE);
		if (c->tty_out)
			(void)fputs("\033[H\033[2J", stdout);
		e = c->args.command->fn(&one, c);
		if (e == ERR_AWAY || e == ERR_LATE)
			(void)printf("%s\n", clean(&one, one.why));
		(void)fflush(stdout);
		t->reason = one.reason;
		memcpy(t->why, one.why, sizeof(t->why));
		arena_free(mem);
	} while ((e == OK || e == ERR_AWAY || e == ERR_LATE) && !ferror(stdout) &&
		 stop_sleep(REPEAT_MS));
	return stop_asked() ? OK : e;
}

/* Who wanted JSON gets it also when the rest of the line was not understood. */
static void guess_format(struct cli *c, int argc, char *argv[])
{
	for (int i = 1; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : "";
		const char *said = strcmp(argv[i], "-o") == 0 || strcmp(argv[i], "--output") == 0
					   ? next
				   : strncmp(argv[i], "--output=", 9) == 0 ? argv[i] + 9
									   : "";

		if (strcmp(said, "json") == 0)
			c->format = FORMAT_JSON;
		else if (strcmp(said, "jsonl") == 0)
			c->format = FORMAT_JSONL;
	}
}

static enum err run(struct turn *t, struct cli *c, int argc, char *argv[])
{
	if (args_parse(t, commands, n_commands, argc, argv, &c->args) != OK) {
		guess_format(c, argc, argv);
		c->exit = EXIT_USAGE;
		return ERR_INVALID;
	}
	if (c->args.opt[OPT_VERSION]) {
		(void)puts(version_line("ghostctl"));
		return OK;
	}
	if (c->args.help) {
		help(&c->args);
		return OK;
	}
	TRY(read_common(t, c));
	if (!cli_has(c, OPT_WATCH))
		return c->args.command->fn(t, c);
	TRY(cli_channel(t, c));
	return repeat(t, c);
}

/* One line: what is wrong, what to do, and the reason for those who search for it. */
static void say_error(struct turn *t, struct cli *c, enum err e)
{
	const char *hint = c->exit == EXIT_USAGE ? NULL : cli_hint(c, e, t->reason);
	bool repeatable = c->changes && (e == ERR_AWAY || e == ERR_LATE || e == ERR_GONE) &&
			  !strstr(t->why, "goes on in the server");

	if (c->format == FORMAT_JUNIT)
		junit_error(t, c, e);
	else if (c->format != FORMAT_TABLE && !c->told)
		out_error_json(t, e);
	(void)fflush(stdout);
	(void)fprintf(stderr, "ghostctl: %s", clean(t, t->why));
	if (hint && !strstr(t->why, "ghostctl ") && !strstr(t->why, "certificate") &&
	    !strstr(t->why, "--tls-"))
		(void)fprintf(stderr, "; %s", hint);
	if (repeatable)
		(void)fprintf(stderr, "; repeat it with --request-id %s, and it is done once",
			      clean(t, c->request_id));
	if (c->exit != EXIT_USAGE && t->reason != REASON_NONE)
		(void)fprintf(stderr, " [%s]", reason_name(t->reason));
	(void)fputc('\n', stderr);
}

int main(int argc, char *argv[])
{
	struct turn t;
	struct arena *mem = arena_new(MEMORY);
	struct cli c = {
		.tty_in = isatty(STDIN_FILENO) != 0,
		.tty_out = isatty(STDOUT_FILENO) != 0,
		.tty_err = isatty(STDERR_FILENO) != 0,
	};

	no_core_file(); /* key files and passphrases go through it */
	stop_install();
	turn_begin(&t, NULL, NULL, mem, "ghostctl", "", NO_DEADLINE);
	enum err e = run(&t, &c, argc, argv);

	if (e != OK)
		say_error(&t, &c, e);
	int code = cli_exit_code(&c, e);

	/* What was to be shown and could not be is no success. */
	if (fflush(stdout) != 0 && code == EXIT_DONE)
		code = EXIT_SAID_NO;
	channel_close(c.channel);
	arena_free(mem);
	return code;
}
