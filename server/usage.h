/* server/usage.h - the command line of ghost-fleet as tables: what it parses, --help and the manual
 * page are made from them. `kit` and `rescue`, which know no configuration, have options of their
 * own.
 */
#ifndef SERVER_USAGE_H
#define SERVER_USAGE_H

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>

/* X(name, what follows it, what it does, example) */
#define SERVER_COMMANDS(X)                                                                         \
	X("serve", "", "run the daemon; what it does without a command",                           \
	  "RPC_URL=http://127.0.0.1:8545 ghost-fleet --config config.toml serve")                  \
	X("validate", "", "say every problem of the configuration",                                \
	  "ghost-fleet --config config.toml validate")                                             \
	X("show", "", "say every setting; --sources: where it comes from",                         \
	  "ghost-fleet --config config.toml show --sources")                                       \
	X("health", "", "ask the running daemon how it is",                                        \
	  "ghost-fleet --config config.toml health")                                               \
	X("chain-id", "", "say which chain $RPC_URL serves",                                       \
	  "RPC_URL=http://127.0.0.1:8545 ghost-fleet chain-id")                                    \
	X("dev", "[-- COMMAND...]", "a daemon for tests: its own store, wallets and chain",        \
	  "ghost-fleet dev -- ghostctl now")                                                       \
	X("sentinel", "", "on another host: page when the daemon is silent",                       \
	  "ghost-fleet --config sentinel.toml sentinel")                                           \
	X("kit", "show|verify", "show or verify a recovery kit; no configuration",                 \
	  "ghost-fleet kit verify --kit fleet.kit")                                                \
	X("rescue", "", "everything home from a recovery kit and an RPC URL",                      \
	  "ghost-fleet rescue --kit fleet.kit --rpc https://... --to 0xSAFE")

/* X(id, letter or 0, name, value's name or NULL for a switch, the commands it is for or "" for all,
 * what it does) */
#define SERVER_OPTIONS(X)                                                                          \
	X(CONFIG, 'c', "config", "FILE", "", "the configuration (TOML), or $GHOST_FLEET_CONFIG")   \
	X(ENV_FILE, 'e', "env-file", "FILE", "",                                                   \
	  "NAME=VALUE lines that win over it; may be given again")                                 \
	X(PORTS, 0, "ports-file", "F", "serve, dev, health",                                       \
	  "{\"grpc\":P,\"http\":P,\"pid\":N} there once both doors listen; health reads it")       \
	X(PAUSED, 0, "start-paused", NULL, "serve", "nothing moves until somebody resumes")        \
	X(SOURCES, 0, "sources", NULL, "show", "where each value comes from")                      \
	X(STRICT, 0, "strict", NULL, "validate", "a warning is a failure too")                     \
	X(OFFLINE, 0, "offline", NULL, "validate",                                                 \
	  "the files of keys and passphrases are not on this machine")                             \
	X(OUTPUT, 'o', "output", "json", "validate, show, health", "for programs")                 \
	X(VERSION, 0, "version", NULL, "", "which one this is")                                    \
	X(HELP, 'h', "help", NULL, "", "this")                                                     \
	X(WALLETS, 0, "wallets", "N", "dev", "fixtures, with keys everybody knows (10)")           \
	X(ANVIL, 0, "anvil", "PATH", "dev", "the node; without it one that is found, else a stub") \
	X(STUB, 0, "stub", NULL, "dev", "no node: a chain that answers and takes nothing")         \
	X(RPC, 0, "rpc", "URL", "dev", "a chain that is there")                                    \
	X(ADDRESSES, 0, "addresses", "FILE", "dev",                                                \
	  "with --rpc: only watch these, without any key")                                         \
	X(VALIDATORS, 0, "validators", "FILE", "dev", "with --beacon: watch these BLS keys")       \
	X(BEACON, 0, "beacon", "URL", "dev", "the Beacon node that tells of them")                 \
	X(WATCH_ONLY, 0, "watch-only", NULL, "dev", "what --addresses means anyway")               \
	X(READY_FILE, 0, "ready-file", "F", "dev", "what it says when it is ready, as JSON")       \
	X(PRINT_ENV, 0, "print-env", NULL, "dev", "say it as shell lines")                         \
	X(OUTLIVE, 0, "outlive-parent", NULL, "dev", "stay when the process that started it ends")

/* The same, of `kit` and `rescue`. */
#define KIT_OPTIONS(X)                                                                             \
	X(KIT, 0, "kit", "FILE", "", "the kit; made by ghostctl kit create")                       \
	X(PASSPHRASE, 0, "passphrase-file", "F", "",                                               \
	  "its passphrase, in the first line; else you are asked")                                 \
	X(WORDS, 0, "words", NULL, "kit show", "the seed words, also where this is no terminal")   \
	X(RPC, 0, "rpc", "URL", "rescue", "the chain; given again: further endpoints")             \
	X(TO, 0, "to", "ADDRESS", "rescue",                                                        \
	  "home: of the kit's safe list, or you are asked to type it again; may be left out "      \
	  "where the list has one")                                                                \
	X(FUNDER, 0, "funder-key-file", "F", "rescue",                                             \
	  "this key lends gas where there is a stake or token and no ether; without it the "       \
	  "kit's funder does")                                                                     \
	X(KEEP_FUNDER, 0, "keep-funder", NULL, "rescue",                                           \
	  "do not empty the kit's funder at the end")                                              \
	X(GAP, 0, "gap", "N", "rescue", "seed indices to look at behind the last used one (1000)") \
	X(YES, 'y', "yes", NULL, "rescue", "do not ask before the plan is run")                    \
	X(HELP, 'h', "help", NULL, "", "this")

struct usage_command {
	const char *name, *words, *purpose, *example;
};

struct usage_option {
	char letter;
	const char *name, *value, *of, *text;
};

struct usage {
	const struct usage_option *options;
	size_t n_options;
};

extern const struct usage_command usage_commands[];
extern const size_t n_usage_commands;
extern const struct usage usage_server, usage_kit;

/* The next option of argv: its place in the table, n_options when one is wrong (getopt has said
 * so), -1 after the last; what is no option stands behind optind then. */
int usage_next(const struct usage *u, int argc, char **argv);

/* ghost-fleet --help, and ghost-fleet rescue --help. */
void usage_help(FILE *f);
void usage_help_kit(FILE *f);

#endif
