#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/commands.h"
#include "server/kit_line.h"
#include "store/base/log.h"
#include "store/base/version.h"

enum { ENV_FILES_MAX = 16, EXIT_USAGE = 2, OPEN_MS = 600000 };

/* What reading 100,000 wallets leaves behind, with room. */
static const size_t TURN_MEMORY = (size_t)256 << 20;

static const struct {
	const char *name;
	int (*run)(struct turn *t, const struct command_input *in);
	bool needs_config; /* the environment alone does not do */
	const char *help;
} commands[] = {
	{ "serve", command_serve, true, "run the daemon; what it does without a command" },
	{ "validate", command_validate, false, "say every problem of the configuration" },
	{ "show", command_show, false, "say every setting; --sources: where it comes from" },
	{ "health", command_health, true, "ask the running daemon how it is" },
	{ "dev", command_dev, false, "a daemon for tests: its own store, wallets and chain" },
};
enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

enum {
	OPT_PORTS = 256,
	OPT_PAUSED,
	OPT_SOURCES,
	OPT_VERSION,
	OPT_DEV_FIRST,
	OPT_ANVIL = OPT_DEV_FIRST,
	OPT_RPC,
	OPT_STUB,
	OPT_WALLETS,
	OPT_ADDRESSES,
	OPT_WATCH_ONLY,
	OPT_READY_FILE,
	OPT_PRINT_ENV,
	OPT_OUTLIVE,
};

enum { DEV_WALLETS = 10, DEV_WALLETS_MOST = 10000 };

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "env-file", required_argument, NULL, 'e' },
	{ "output", required_argument, NULL, 'o' },
	{ "ports-file", required_argument, NULL, OPT_PORTS },
	{ "start-paused", no_argument, NULL, OPT_PAUSED },
	{ "sources", no_argument, NULL, OPT_SOURCES },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "anvil", required_argument, NULL, OPT_ANVIL },
	{ "rpc", required_argument, NULL, OPT_RPC },
	{ "stub", no_argument, NULL, OPT_STUB },
	{ "wallets", required_argument, NULL, OPT_WALLETS },
	{ "addresses", required_argument, NULL, OPT_ADDRESSES },
	{ "watch-only", no_argument, NULL, OPT_WATCH_ONLY },
	{ "ready-file", required_argument, NULL, OPT_READY_FILE },
	{ "print-env", no_argument, NULL, OPT_PRINT_ENV },
	{ "outlive-parent", no_argument, NULL, OPT_OUTLIVE },
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
	(void)printf("  %-10s %s\n", "kit", "show or verify a recovery kit; no configuration");
	(void)printf("  %-10s %s\n", "rescue",
		     "everything home from a recovery kit and an RPC URL");
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
		"dev takes no configuration:\n"
		"\n"
		"      --wallets N       fixtures, with keys everybody knows (10)\n"
		"      --anvil PATH      the node; without it one that is found, else a stub\n"
		"      --stub            no node: a chain that answers and takes nothing\n"
		"      --rpc URL         a chain that is there\n"
		"      --addresses FILE  with --rpc: only watch these, without any key\n"
		"      --ready-file F    what it says when it is ready, as JSON\n"
		"      --print-env       say it as shell lines\n"
		"      --outlive-parent  stay when the process that started it ends\n"
		"      -- COMMAND...     run it when ready, end with it, exit as it did\n"
		"\n"
		"Try it:\n"
		"  ghost-fleet --config config.toml validate\n"
		"  ghost-fleet --config config.toml show --sources\n"
		"  RPC_URL=http://127.0.0.1:8545 ghost-fleet --config config.toml\n"
		"  ghost-fleet dev -- ghostctl now\n"
		"\n"
		"Exit: 0 done, 1 failed or not usable, 2 usage, 3 not reached, 4 not healthy.\n"
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
	bool for_dev; /* an option of dev was given */
	int exit;     /* >= 0: nothing to run */
};

static int take_dev_option(struct dev_options *dev, int c)
{
	char *end;

	switch (c) {
	case OPT_ANVIL:
		dev->anvil = optarg;
		break;
	case OPT_RPC:
		dev->rpc = optarg;
		break;
	case OPT_STUB:
		dev->stub = true;
		break;
	case OPT_WALLETS:
		errno = 0;
		dev->wallets = strtoul(optarg, &end, 10);
		if (errno || *end || end == optarg || dev->wallets > DEV_WALLETS_MOST)
			return usage("--wallets takes a number up to 10000, not ", optarg);
		break;
	case OPT_ADDRESSES:
		dev->addresses = optarg;
		break;
	case OPT_WATCH_ONLY:
		dev->watch_only = true;
		break;
	case OPT_READY_FILE:
		dev->ready_file = optarg;
		break;
	case OPT_PRINT_ENV:
		dev->print_env = true;
		break;
	case OPT_OUTLIVE:
		dev->outlive_parent = true;
		break;
	}
	return -1;
}

static int take_option(struct line *l, int c)
{
	if (c >= OPT_DEV_FIRST) {
		l->for_dev = true;
		return take_dev_option(&l->in.dev, c);
	}
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
	case OPT_VERSION:
		(void)puts(version_line("ghost-fleet"));
		return EXIT_SUCCESS;
	case 'h':
		help();
		return EXIT_SUCCESS;
	default: /* getopt said it on stderr */
		return EXIT_USAGE;
	}
	return -1;
}

/* What does not go together. */
static int dev_fits(const struct line *l)
{
	const struct dev_options *d = &l->in.dev;

	if ((d->rpc != NULL) + (d->anvil != NULL) + d->stub > 1)
		return usage("dev takes one of --rpc, --anvil and --stub", "");
	if (d->watch_only && !d->addresses)
		return usage("--watch-only needs --addresses FILE", "");
	if (d->addresses && !d->rpc)
		return usage("--addresses needs --rpc URL: the chain to look at", "");
	if (l->in.env.n_files > 0)
		return usage("dev reads no environment file", "");
	return -1;
}

static int take_command(struct line *l, const char *word)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(word, commands[i].name) != 0)
			continue;
		l->run = commands[i].run;
		if (l->run == command_dev)
			return dev_fits(l);
		if (l->for_dev)
			return usage("an option of dev does not go with ", word);
		if (!l->in.config_path && (commands[i].needs_config || l->in.env.n_files == 0))
			return usage("which configuration? write --config FILE before ", word);
		return -1;
	}
	return usage("there is no command ", word);
}

/* Flags may stand before and after the command: GNU getopt sorts them. */
static void read_line(int argc, char **argv, struct line *l)
{
	int c;

	*l = (struct line){ .exit = -1, .in.dev.wallets = DEV_WALLETS };
	l->in.config_path = getenv("GHOST_FLEET_CONFIG");
	if (l->in.config_path && !*l->in.config_path)
		l->in.config_path = NULL;
	l->in.env.vars = (const char *const *)environ;
	l->in.env.files = l->env_files;
	while (l->exit < 0 && (c = getopt_long(argc, argv, "c:e:o:h", options, NULL)) != -1)
		l->exit = take_option(l, c);
	if (l->exit < 0)
		l->exit = take_command(l, optind < argc ? argv[optind] : "serve");
	if (l->exit >= 0 || argc - optind <= 1)
		return;
	if (l->run == command_dev)
		l->in.dev.command = &argv[optind + 1];
	else
		l->exit = usage("one command at a time, not also ", argv[optind + 1]);
}

/* Blocked before any thread starts, so that only the wait of serve or dev takes them. */
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
	struct kit_line kit = { .exit = -1 };
	struct line l = { .exit = -1 };
	struct arena *mem;
	struct turn t;

	if (!kit_line_read(argc, argv, &kit))
		read_line(argc, argv, &l);
	if (kit.exit >= 0 || l.exit >= 0)
		return kit.exit >= 0 ? kit.exit : l.exit;
	if (sodium_init() < 0) {
		(void)fprintf(stderr, "ghost-fleet: broken: libsodium does not start\n");
		return EXIT_FAILURE;
	}
	if (l.run == command_serve || l.run == command_dev)
		block_signals();
	mem = arena_new(TURN_MEMORY);
	turn_begin(&t, NULL, NULL, mem, "main", "main", OPEN_MS);
	l.exit = kit.run ? kit.run(&t, &kit.in) : l.run(&t, &l.in);
	turn_end(&t);
	arena_free(mem);
	return l.exit;
}
