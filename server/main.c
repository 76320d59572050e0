#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/commands.h"
#include "store/base/log.h"

enum { ENV_FILES_MAX = 16, EXIT_USAGE = 2, OPEN_MS = 600000 };

/* What reading 100,000 wallets leaves behind, with room. */
static const size_t TURN_MEMORY = (size_t)256 << 20;

static const struct {
	const char *name;
	int (*run)(struct turn *t, const struct command_input *in);
	bool needs_config; /* the environment alone does not do */
	bool offline;      /* has no configuration */
	const char *verbs; /* a second word is one of these; NULL: there is none */
	const char *help;
} commands[] = {
	{ "serve", command_serve, true, false, NULL,
	  "run the daemon; what it does without a command" },
	{ "validate", command_validate, false, false, NULL,
	  "say every problem of the configuration" },
	{ "show", command_show, false, false, NULL,
	  "say every setting; --sources: where it comes from" },
	{ "health", command_health, true, false, NULL, "ask the running daemon how it is" },
	{ "kit", command_kit, false, true, "show verify",
	  "show or verify a recovery kit, without any server" },
};
enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

enum {
	OPT_PORTS = 256,
	OPT_PAUSED,
	OPT_SOURCES,
	OPT_VERSION,
	OPT_KIT,
	OPT_RPC,
	OPT_TO,
	OPT_PASSPHRASE,
	OPT_FUNDER,
	OPT_GAP,
	OPT_WORDS,
	OPT_KEEP_FUNDER,
};

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "env-file", required_argument, NULL, 'e' },
	{ "output", required_argument, NULL, 'o' },
	{ "ports-file", required_argument, NULL, OPT_PORTS },
	{ "start-paused", no_argument, NULL, OPT_PAUSED },
	{ "sources", no_argument, NULL, OPT_SOURCES },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "kit", required_argument, NULL, OPT_KIT },
	{ "rpc", required_argument, NULL, OPT_RPC },
	{ "to", required_argument, NULL, OPT_TO },
	{ "passphrase-file", required_argument, NULL, OPT_PASSPHRASE },
	{ "funder-key-file", required_argument, NULL, OPT_FUNDER },
	{ "gap", required_argument, NULL, OPT_GAP },
	{ "words", no_argument, NULL, OPT_WORDS },
	{ "keep-funder", no_argument, NULL, OPT_KEEP_FUNDER },
	{ "yes", no_argument, NULL, 'y' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static void help(void)
{
	(void)fputs("ghost-fleet - a fleet of wallets and validators behind one control plane\n"
		    "\n"
		    "  ghost-fleet --config FILE [command] [flags]\n"
		    "\n",
		    stdout);
	for (size_t i = 0; i < N_COMMANDS; i++)
		(void)printf("  %-10s %s\n", commands[i].name, commands[i].help);
	(void)fputs(
		"\n"
		"  -c, --config FILE     the configuration (TOML), or $GHOST_FLEET_CONFIG\n"
		"  -e, --env-file FILE   NAME=VALUE lines that win over it; may be given again\n"
		"      --ports-file F    serve: write {\"grpc\":P,\"http\":P} there once both "
		"doors\n"
		"                        listen; health: read the port from there\n"
		"      --start-paused    serve: nothing moves until somebody resumes\n"
		"      --sources         show: where each value comes from\n"
		"  -o, --output json     validate, show, health: for programs\n"
		"      --version\n"
		"\n"
		"      --kit FILE        kit, rescue: the recovery kit\n"
		"      --passphrase-file F  its passphrase, in the first line; else asked for\n"
		"      --words           kit show: the seed words too, where this is no terminal\n"
		"      --rpc URL         rescue: the chain; may be given again\n"
		"      --to ADDRESS      rescue: home; an address of the kit's safe list\n"
		"      --funder-key-file F  rescue: lends gas, instead of the kit's funder\n"
		"      --keep-funder     rescue: leave the kit's funder as it is\n"
		"      --gap N           rescue: unused seed indices to look at behind the last "
		"used\n"
		"                        one (1000)\n"
		"  -y, --yes             rescue: do not ask\n"
		"\n"
		"Try it:\n"
		"  ghost-fleet --config config.toml validate\n"
		"  ghost-fleet --config config.toml show --sources\n"
		"  RPC_URL=http://127.0.0.1:8545 ghost-fleet --config config.toml\n"
		"  ghost-fleet kit verify --kit fleet.kit\n"
		"  ghost-fleet rescue --kit fleet.kit --rpc https://... --to 0xSAFE\n"
		"\n"
		"Exit: 0 done, 1 failed or not usable, 2 usage, 3 not reached, 4 not healthy, 5 "
		"partly.\n"
		"To work with the running daemon use ghostctl.\n",
		stdout);
}

static int usage(const char *what, const char *word)
{
	(void)fprintf(stderr, "ghost-fleet: %s%s; see ghost-fleet --help\n", what, word);
	return EXIT_USAGE;
}

struct line {
	struct command_input in;
	const char *env_files[ENV_FILES_MAX];
	int (*run)(struct turn *t, const struct command_input *in);
	int exit; /* >= 0: nothing to run */
};

static int take_option(struct line *l, int c)
{
	switch (c) {
	case 'c':
		l->in.config_path = optarg;
		break;
	case 'e':
		if (l->in.env.n_files == ENV_FILES_MAX)
			return usage("too many environment files at ", optarg);
		l->env_files[l->in.env.n_files++] = optarg;
		break;
	case 'o':
		l->in.json = strcmp(optarg, "json") == 0;
		if (!l->in.json && strcmp(optarg, "text") != 0)
			return usage("-o takes json or text, not ", optarg);
		break;
	case OPT_PORTS:
		l->in.ports_file = optarg;
		break;
	case OPT_PAUSED:
		l->in.start_paused = true;
		break;
	case OPT_SOURCES:
		l->in.sources = true;
		break;
	case OPT_KIT:
		l->in.rescue.kit = optarg;
		break;
	case OPT_RPC:
		if (l->in.rescue.n_rpc == RESCUE_URLS)
			return usage("too many RPC URLs at ", optarg);
		l->in.rescue.rpc[l->in.rescue.n_rpc++] = optarg;
		break;
	case OPT_TO:
		l->in.rescue.to = optarg;
		break;
	case OPT_PASSPHRASE:
		l->in.rescue.passphrase_file = optarg;
		break;
	case OPT_FUNDER:
		l->in.rescue.funder_key_file = optarg;
		break;
	case OPT_GAP:
		l->in.rescue.gap = optarg;
		break;
	case OPT_WORDS:
		l->in.rescue.words = true;
		break;
	case OPT_KEEP_FUNDER:
		l->in.rescue.keep_funder = true;
		break;
	case 'y':
		l->in.rescue.yes = true;
		break;
	case OPT_VERSION:
		(void)puts("ghost-fleet " GF_VERSION);
		return EXIT_SUCCESS;
	case 'h':
		help();
		return EXIT_SUCCESS;
	default: /* getopt said it on stderr */
		return EXIT_USAGE;
	}
	return -1;
}

/* One of the words of a list. */
static bool is_verb(const char *verbs, const char *word)
{
	size_t n = strlen(word);

	for (const char *s = verbs; n > 0 && (s = strstr(s, word)); s++)
		if ((s == verbs || s[-1] == ' ') && (s[n] == ' ' || s[n] == 0))
			return true;
	return false;
}

static int take_command(struct line *l, int n_words, char **words)
{
	const char *word = n_words > 0 ? words[0] : "serve";
	size_t i = 0;

	while (i < N_COMMANDS && strcmp(word, commands[i].name) != 0)
		i++;
	if (i == N_COMMANDS)
		return usage("there is no command ", word);
	l->run = commands[i].run;
	l->in.verb = n_words > 1 ? words[1] : "";
	if (commands[i].verbs && !is_verb(commands[i].verbs, l->in.verb))
		return usage("say which: kit show, or kit verify, not kit ", l->in.verb);
	if (n_words > (commands[i].verbs ? 2 : 1))
		return usage("one command at a time, not also ", words[n_words - 1]);
	if (!commands[i].offline && !l->in.config_path &&
	    (commands[i].needs_config || l->in.env.n_files == 0))
		return usage("which configuration? write --config FILE before ", word);
	return -1;
}

/* Flags may stand before and after the command: GNU getopt sorts them. */
static void read_line(int argc, char **argv, struct line *l)
{
	int c;

	*l = (struct line){ .exit = -1 };
	l->in.config_path = getenv("GHOST_FLEET_CONFIG");
	if (l->in.config_path && !*l->in.config_path)
		l->in.config_path = NULL;
	l->in.env.vars = (const char *const *)environ;
	l->in.env.files = l->env_files;
	while (l->exit < 0 && (c = getopt_long(argc, argv, "c:e:o:yh", options, NULL)) != -1)
		l->exit = take_option(l, c);
	if (l->exit < 0)
		l->exit = take_command(l, argc - optind, argv + optind);
}

/* Blocked before any thread starts, so that only command_serve's wait takes them. */
static void block_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	struct arena *mem;
	struct turn t;
	struct line l;

	read_line(argc, argv, &l);
	if (l.exit >= 0)
		return l.exit;
	if (sodium_init() < 0) {
		(void)fprintf(stderr, "ghost-fleet: broken: libsodium does not start\n");
		return EXIT_FAILURE;
	}
	if (l.run == command_serve)
		block_signals();
	mem = arena_new(TURN_MEMORY);
	turn_begin(&t, NULL, NULL, mem, "main", "main", OPEN_MS);
	l.exit = l.run(&t, &l.in);
	turn_end(&t);
	arena_free(mem);
	return l.exit;
}
