#include "server/usage.h"

#include <limits.h>
#include <string.h>

enum { OPTIONS_MAX = 64, WIDE = 80, LEFT = 29 };

const struct usage_command usage_commands[] = {
#define X(n, w, p, e) { .name = (n), .words = (w), .purpose = (p), .example = (e) },
	SERVER_COMMANDS(X)
#undef X
};
const size_t n_usage_commands = sizeof(usage_commands) / sizeof(usage_commands[0]);

#define X(id, l, n, v, o, t) { .letter = (l), .name = (n), .value = (v), .of = (o), .text = (t) },
static const struct usage_option server_options[] = { SERVER_OPTIONS(X) };
static const struct usage_option kit_options[] = { KIT_OPTIONS(X) };
#undef X

const struct usage usage_server = { server_options,
				    sizeof(server_options) / sizeof(server_options[0]) };
const struct usage usage_kit = { kit_options, sizeof(kit_options) / sizeof(kit_options[0]) };

_Static_assert(sizeof(server_options) / sizeof(server_options[0]) <= OPTIONS_MAX, "room for all");

int usage_next(const struct usage *u, int argc, char **argv)
{
	struct option longs[OPTIONS_MAX + 1] = { 0 };
	char shorts[2 * OPTIONS_MAX + 1] = "", *to = shorts;
	int c;

	for (size_t i = 0; i < u->n_options; i++) {
		const struct usage_option *o = &u->options[i];

		longs[i] = (struct option){
			.name = o->name,
			.has_arg = o->value ? required_argument : no_argument,
			.val = UCHAR_MAX + 1 + (int)i,
		};
		if (o->letter)
			*to++ = o->letter;
		if (o->letter && o->value)
			*to++ = ':';
	}
	c = getopt_long(argc, argv, shorts, longs, NULL);
	if (c == -1 || c > UCHAR_MAX)
		return c == -1 ? -1 : c - UCHAR_MAX - 1;
	for (size_t i = 0; i < u->n_options; i++)
		if (u->options[i].letter == c)
			return (int)i;
	return (int)u->n_options;
}

/* Words into the right column, line by line. */
static void put_text(FILE *f, const char *of, const char *text)
{
	char all[400];
	size_t at = LEFT;

	(void)snprintf(all, sizeof(all), "%s%s%s", of, *of ? ": " : "", text);
	for (char *word = all; *word;) {
		size_t n = strcspn(word, " ");

		if (at > LEFT && at + 1 + n > WIDE) {
			(void)fprintf(f, "\n%*s", LEFT, "");
			at = LEFT;
		} else if (at > LEFT) {
			(void)fputc(' ', f);
			at++;
		}
		(void)fprintf(f, "%.*s", (int)n, word);
		at += n;
		word += n + (word[n] != 0);
	}
	(void)fputc('\n', f);
}

static void put_option(FILE *f, const struct usage_option *o, const char *of)
{
	char left[64];

	(void)snprintf(left, sizeof(left), "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
		       o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
		       o->value ? " " : "", o->value ? o->value : "");
	(void)fprintf(f, "  %-*s", LEFT - 2, left);
	put_text(f, of, o->text);
}

void usage_help(FILE *f)
{
	(void)fputs("ghost-fleet - a fleet of wallets and validators behind one control plane\n"
		    "\n"
		    "  ghost-fleet --config FILE [command] [options]\n"
		    "\n",
		    f);
	for (size_t i = 0; i < n_usage_commands; i++)
		(void)fprintf(f, "  %-10s %s\n", usage_commands[i].name, usage_commands[i].purpose);
	(void)fputc('\n', f);
	for (size_t i = 0; i < usage_server.n_options; i++)
		if (strcmp(server_options[i].of, "dev") != 0)
			put_option(f, &server_options[i], server_options[i].of);
	(void)fputs(
		"\ndev takes no configuration; behind -- stands what to run when it is ready, and\n"
		"to end with:\n\n",
		f);
	for (size_t i = 0; i < usage_server.n_options; i++)
		if (strcmp(server_options[i].of, "dev") == 0)
			put_option(f, &server_options[i], "");
	(void)fputs("\nTry it:\n", f);
	for (size_t i = 0; i < n_usage_commands; i++)
		(void)fprintf(f, "  %s\n", usage_commands[i].example);
	(void)fputs("\nOf kit and rescue: ghost-fleet rescue --help\n"
		    "Exit: 0 done, 1 failed or not usable, 2 usage, 3 not reached, 4 not healthy.\n"
		    "To work with the running daemon use ghostctl.\n",
		    f);
}

void usage_help_kit(FILE *f)
{
	(void)fputs(
		"ghost-fleet kit verify --kit FILE [--passphrase-file F]\n"
		"ghost-fleet kit show   --kit FILE [--passphrase-file F] [--words]\n"
		"ghost-fleet rescue     --kit FILE --rpc URL --to SAFE [options]\n"
		"\n"
		"What a recovery kit holds, and bringing everything home from it: on any machine,\n"
		"without the daemon, its store or its configuration.\n"
		"\n",
		f);
	for (size_t i = 0; i < usage_kit.n_options; i++)
		put_option(f, &kit_options[i], kit_options[i].of);
	(void)fputs("\nTry it:\n", f);
	for (size_t i = 0; i < n_usage_commands; i++)
		if (strcmp(usage_commands[i].name, "kit") == 0 ||
		    strcmp(usage_commands[i].name, "rescue") == 0)
			(void)fprintf(f, "  %s\n", usage_commands[i].example);
	(void)fputs("\nExit: 0 all is home, 1 failed, 2 usage, 3 not reached, 5 something is left "
		    "(run it\n"
		    "again).\n",
		    f);
}
