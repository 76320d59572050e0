#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/commands.h"
#include "server/kit_line.h"
#include "server/usage.h"
#include "store/base/log.h"
#include "store/base/version.h"
#include "store/base/wiped.h"

enum { ENV_FILES_MAX = 16, EXIT_USAGE = 2, OPEN_MS = 600000 };

/* What reading 100,000 wallets leaves behind, with room. */
static const size_t TURN_MEMORY = (size_t)256 << 20;

static const struct {
	const char *name;
	int (*run)(struct turn *t, const struct command_input *in);
	bool needs_config; /* the environment alone does not do */
} commands[] = {
	{ "serve", command_serve, true },       { "validate", command_validate, false },
	{ "show", command_show, false },        { "health", command_health, true },
	{ "dev", command_dev, false },          { "chain-id", command_chain_id, false },
	{ "sentinel", command_sentinel, true },
};
enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

enum opt {
#define X(id, letter, name, value, of, text) OPT_##id,
	SERVER_OPTIONS(X)
#undef X
		OPTIONS
};

enum { DEV_WALLETS = 10, DEV_WALLETS_MOST = 10000 };

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

static int take_wallets(struct dev_options *dev)
{
	char *end;

	errno = 0;
	dev->wallets = strtoul(optarg, &end, 10);
	if (errno || *end || end == optarg || dev->wallets > DEV_WALLETS_MOST)
		return usage("--wallets takes a number up to 10000, not ", optarg);
	return -1;
}

static int take_output(struct line *l)
{
	l->in.json = strcmp(optarg, "json") == 0;
	if (!l->in.json && strcmp(optarg, "text") != 0)
		return usage("-o takes json or text, not ", optarg);
	return -1;
}

static int take_option(struct line *l, enum opt id)
{
	struct dev_options *dev = &l->in.dev;

	if (id != OPTIONS && strcmp(usage_server.options[id].of, "dev") == 0)
		l->for_dev = true;
	switch (id) {
	case OPT_CONFIG:
		l->in.config_path = optarg;
		break;
	case OPT_ENV_FILE:
		if (l->in.env.n_files == ENV_FILES_MAX)
			return usage("too many environment files at ", optarg);
		l->env_files[l->in.env.n_files++] = optarg;
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
	case OPT_STRICT:
		l->in.strict = true;
		break;
	case OPT_OFFLINE:
		l->in.env.offline = true;
		break;
	case OPT_OUTPUT:
		return take_output(l);
	case OPT_VERSION:
		(void)puts(version_line("ghost-fleet"));
		return EXIT_SUCCESS;
	case OPT_HELP:
		usage_help(stdout);
		return EXIT_SUCCESS;
	case OPT_WALLETS:
		return take_wallets(dev);
	case OPT_ANVIL:
		dev->anvil = optarg;
		break;
	case OPT_STUB:
		dev->stub = true;
		break;
	case OPT_RPC:
		dev->rpc = optarg;
		break;
	case OPT_ADDRESSES:
		dev->addresses = optarg;
		break;
	case OPT_VALIDATORS:
		dev->validators = optarg;
		break;
	case OPT_BEACON:
		dev->beacon = optarg;
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
	case OPTIONS: /* getopt said it on stderr */
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
	if (d->watch_only && !d->addresses && !d->validators)
		return usage("--watch-only needs --addresses FILE or --validators FILE", "");
	if (!d->validators != !d->beacon)
		return usage("--validators FILE and --beacon URL go together", "");
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
		if (l->run == command_chain_id)
			return -1;
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
	while (l->exit < 0 && (c = usage_next(&usage_server, argc, argv)) != -1)
		l->exit = take_option(l, (enum opt)c);
	if (l->exit < 0)
		l->exit = take_command(l, optind < argc ? argv[optind] : "serve");
	if (l->exit < 0 && (l->in.strict || l->in.env.offline) && l->run != command_validate)
		l->exit = usage("--strict and --offline go with validate", "");
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

	no_core_file();
	/* Bodies with keys and kits go through jansson. */
	json_set_alloc_funcs(wiped_alloc, wiped_free);
	if (!kit_line_read(argc, argv, &kit))
		read_line(argc, argv, &l);
	if (kit.exit >= 0 || l.exit >= 0)
		return kit.exit >= 0 ? kit.exit : l.exit;
	if (sodium_init() < 0) {
		(void)fprintf(stderr, "ghost-fleet: broken: libsodium does not start\n");
		return EXIT_FAILURE;
	}
	if (l.run == command_serve || l.run == command_dev || l.run == command_sentinel)
		block_signals();
	mem = arena_new(TURN_MEMORY);
	turn_begin(&t, NULL, NULL, mem, "main", "main", OPEN_MS);
	l.exit = kit.run ? kit.run(&t, &kit.in) : l.run(&t, &l.in);
	turn_end(&t);
	arena_free(mem);
	return l.exit;
}
