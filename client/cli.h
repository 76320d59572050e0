/* client/cli.h - one run of ghostctl: what was asked, where to, and how it ends. */
#ifndef CLIENT_CLI_H
#define CLIENT_CLI_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/args.h"
#include "client/context.h"
#include "store/base/err.h"

struct channel;

/* X(name, code, what it tells a script) */
#define CLI_EXIT_TABLE(X)                                                                          \
	X(EXIT_DONE, 0, "done")                                                                    \
	X(EXIT_SAID_NO, 1, "the server said no, or it failed")                                     \
	X(EXIT_USAGE, 2, "the command line is wrong")                                              \
	X(EXIT_AWAY, 3, "could not reach it, or too late")                                         \
	X(EXIT_UNHEALTHY, 4, "checked, and not healthy")                                           \
	X(EXIT_PARTLY, 5, "some of it failed")

enum cli_exit {
#define X(name, code, means) name = (code),
	CLI_EXIT_TABLE(X)
#undef X
};

enum cli_format { FORMAT_TABLE, FORMAT_JSON, FORMAT_JSONL, FORMAT_JUNIT, FORMATS };
extern const char *const cli_formats[FORMATS]; /* as --output takes them */

struct cli {
	struct args args;
	enum cli_format format;
	bool tty_in, tty_out, tty_err;
	struct context_ask ask;
	struct context context;
	struct channel *channel; /* opened by the first call */
	int64_t timeout_ms;      /* 0: not said */
	const char *request_id;  /* NULL until one is needed */
	bool proved;             /* a token or a certificate goes along */
	bool told;               /* the error is part of what was printed already */
	bool inside;             /* a list is a member of a larger object: without braces */
	bool changes;            /* a change was sent: repeat it with request_id */
	enum cli_exit exit;      /* DONE: as the error says */
};

/* The command line is wrong: exit 2. */
enum err usage(struct turn *t, struct cli *c, const char *fmt, ...) PRINTF(3, 4) MUST_USE;

/* Opens the channel if there is none yet. */
enum err cli_channel(struct turn *t, struct cli *c) MUST_USE;

/* One unary call of this run; --timeout, or default_ms. */
enum err cli_call(struct turn *t, struct cli *c, const ProtobufCServiceDescriptor *service,
		  const char *method, const void *in, void **out) MUST_USE;
enum err cli_call_long(struct turn *t, struct cli *c, const ProtobufCServiceDescriptor *service,
		       const char *method, const void *in, int64_t default_ms, void **out) MUST_USE;

/* The id under which this run's changes are remembered: --request-id, or a new one. */
char *cli_request_id(struct turn *t, struct cli *c);

/* Where the options go. */
bool cli_has(const struct cli *c, enum opt_id id);
char *cli_opt(struct turn *t, const struct cli *c, enum opt_id id); /* "" when not given */

/* "wallets", "wallet-001" → "wallets/wallet-001"; left alone where it is there already. */
char *resource(struct turn *t, const char *collection, const char *said);
/* And back, for eyes: what follows the collection. */
const char *short_name(const char *name);

/* The exit code of a run that ended with e. */
int cli_exit_code(const struct cli *c, enum err e);

/* What to type next after this error; NULL: the message says it all. */
const char *cli_hint(const struct cli *c, enum err e, enum reason why);

#endif
