#include "client/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/call.h"
#include "store/base/hex.h"
#include "store/base/turn.h"

enum { CALL_MS = 10000 };

const char *const cli_formats[FORMATS] = { "table", "json", "jsonl", "junit" };

enum err usage(struct turn *t, struct cli *c, const char *fmt, ...)
{
	char line[sizeof(t->why)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	c->exit = EXIT_USAGE;
	return fail(t, ERR_INVALID, "%s", line);
}

enum err cli_channel(struct turn *t, struct cli *c)
{
	struct channel_tls tls;
	const char *token;

	if (c->channel)
		return OK;
	TRY(context_token(t, &c->ask, &c->context, &token));
	TRY(context_tls(t, &c->context, &tls));
	c->proved = token || c->context.files.cert;
	return channel_open(t, c->context.address, token, &tls, &c->channel);
}

enum err cli_call_long(struct turn *t, struct cli *c, const ProtobufCServiceDescriptor *service,
		       const char *method, const void *in, int64_t default_ms, void **out)
{
	TRY(cli_channel(t, c));
	return call_unary(t, c->channel, service, method, in,
			  c->timeout_ms ? c->timeout_ms : default_ms, out);
}

enum err cli_call(struct turn *t, struct cli *c, const ProtobufCServiceDescriptor *service,
		  const char *method, const void *in, void **out)
{
	return cli_call_long(t, c, service, method, in, CALL_MS, out);
}

char *cli_request_id(struct turn *t, struct cli *c)
{
	uint8_t chance[12];
	char text[2 * sizeof(chance) + 1];

	if (!c->request_id && c->args.opt[OPT_REQUEST_ID])
		c->request_id = c->args.opt[OPT_REQUEST_ID];
	if (!c->request_id) {
		turn_random(t, chance, sizeof(chance));
		hex_put(chance, sizeof(chance), text);
		c->request_id = turn_printf(t, "ghostctl-%s", text);
	}
	c->changes = true;
	return turn_strdup(t, c->request_id);
}

bool cli_has(const struct cli *c, enum opt_id id)
{
	return c->args.opt[id] != NULL;
}

char *cli_opt(struct turn *t, const struct cli *c, enum opt_id id)
{
	return turn_strdup(t, c->args.opt[id] ? c->args.opt[id] : "");
}

char *resource(struct turn *t, const char *collection, const char *said)
{
	size_t n = strlen(collection);

	if (strncmp(said, collection, n) == 0 && said[n] == '/')
		return turn_strdup(t, said);
	return turn_printf(t, "%s/%s", collection, said);
}

const char *short_name(const char *name)
{
	const char *slash = strchr(name, '/');

	return slash ? slash + 1 : name;
}

int cli_exit_code(const struct cli *c, enum err e)
{
	return c->exit != EXIT_DONE ? (int)c->exit : err_exit(e);
}

static const struct {
	enum reason why;
	const char *hint;
} hints[] = {
	{ REASON_UNAUTHENTICATED,
	  "the daemon put its first one into admin.token beside its store: copy it to "
	  "~/.config/ghostctl/token, or name its file with --token-file" },
	{ REASON_UNAVAILABLE, "is it running? to wait for it: ghostctl wait ready" },
	{ REASON_ETAG_MISMATCH, "look at it again, then repeat" },
	{ REASON_EVENTS_PRUNED, "start again without --after" },
	{ REASON_PLAN_EXPIRED, "plan it again" },
	{ REASON_PLAN_CHANGED, "look at the plan again: ghostctl operations get NAME" },
	{ REASON_NOT_SAFE_LISTED, "see: ghostctl safe list" },
	{ REASON_KEY_NOT_BACKED_UP, "see: ghostctl kit list" },
	{ REASON_FLEET_PAUSED, "see: ghostctl status" },
	{ REASON_BREAKER_CAUSE_HOLDS, "or: ghostctl reset WALLET --force --reason TEXT" },
	{ REASON_CHAIN_UNKNOWN, "see: ghostctl endpoints list" },
	{ REASON_ENDPOINT_AWAY, "see: ghostctl endpoints list" },
};

const char *cli_hint(const struct cli *c, enum err e, enum reason why)
{
	if (e == OK)
		return NULL;
	if (why == REASON_UNAUTHENTICATED && c->proved)
		return "ask an admin for another: ghostctl access add NAME --role ROLES";
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (hints[i].why == why)
			return hints[i].hint;
	return NULL;
}
