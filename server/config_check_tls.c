/* The doors' addresses and their TLS: what leaves this machine is encrypted, or the start is
 * refused. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "server/config_read.h"
#include "server/door/tls.h"
#include "store/base/clock.h"

enum { SOON_DAYS = 30, NOW_DAYS = 7 };
static const int64_t DAY_MS = 86400000;

struct config_origin config_origin_of(const struct reader *r, const char *path)
{
	return r->origins[setting_find(ROOT, path) - settings];
}

/* One without the other is a slip. */
static void check_whole(struct reader *r)
{
	const struct config *c = r->c;
	bool asks = c->tls.client_auth != TLS_CLIENT_NONE;

	if (c->tls.cert && !c->tls.key)
		problem(r, PROBLEM_ERROR, config_origin_of(r, "doors.tls.cert"), "doors.tls.key",
			"write key = \"...\" beside cert", "is missing");
	if (c->tls.key && !c->tls.cert)
		problem(r, PROBLEM_ERROR, config_origin_of(r, "doors.tls.key"), "doors.tls.cert",
			"write cert = \"...\" beside key", "is missing");
	if (asks && !c->tls.cert)
		problem(r, PROBLEM_ERROR, config_origin_of(r, "doors.tls.client_auth"),
			"doors.tls.client_auth", "write cert and key below [doors.tls]",
			"asks for certificates, but the doors do not speak TLS");
	if (asks && !c->tls.client_ca)
		problem(r, PROBLEM_ERROR, config_origin_of(r, "doors.tls.client_auth"),
			"doors.tls.client_ca", "name the CA of the callers' certificates",
			"is missing");
	if (!asks && c->tls.client_ca)
		problem(r, PROBLEM_ERROR, config_origin_of(r, "doors.tls.client_ca"),
			"doors.tls.client_auth", "write \"optional\" or \"required\"",
			"is none: nobody is asked for a certificate of client_ca");
}

static bool is_there(struct reader *r, const char *key, const char *path)
{
	if (!path || access(path, R_OK) == 0)
		return true;
	if (r->vars->offline) {
		problem(r, PROBLEM_UNCHECKED, config_origin_of(r, key), key, NULL,
			"is %.200s, which is not on this machine", path);
		return false;
	}
	problem(r, PROBLEM_ERROR, config_origin_of(r, key), key,
		"put the file there and let the daemon read it, or check with --offline",
		"is %.200s, which cannot be read here: %s", path, strerror(errno));
	return false;
}

/* The daemon does not start without them, and says so before it makes anything. */
static void check_files(struct reader *r)
{
	const struct config *c = r->c;
	struct tls_options o = { c->tls.cert, c->tls.key, c->tls.client_ca,
				 (enum tls_client)c->tls.client_auth };
	bool cert = is_there(r, "doors.tls.cert", o.cert),
	     key = is_there(r, "doors.tls.key", o.key);
	bool ca = is_there(r, "doors.tls.client_ca", o.client_ca);
	struct config_origin at = config_origin_of(r, "doors.tls.cert");
	char when[CLOCK_TEXT];
	int64_t until;

	if (!cert || !key || !ca)
		return;
	if (tls_check(r->t, &o, &until) != OK) {
		problem(r, PROBLEM_ERROR, at, "doors.tls", NULL, "%s", r->t->why);
		return;
	}
	int64_t left = until - r->t->now_ms;

	clock_text(until, when);
	if (left <= 0)
		problem(r, PROBLEM_WARNING, at, "doors.tls", "put a new one there",
			"holds a certificate that expired at %s: callers refuse it", when);
	else if (left < SOON_DAYS * DAY_MS)
		problem(r, PROBLEM_WARNING, at, "doors.tls", "put a new one there",
			"holds a certificate that expires %sin %lld days, at %s",
			left < NOW_DAYS * DAY_MS ? "already " : "", (long long)(left / DAY_MS),
			when);
}

static void check_address(struct reader *r, const char *key, const char *address, bool tls)
{
	if (config_loopback(address) || tls)
		return;
	problem(r, PROBLEM_ERROR, config_origin_of(r, key), key,
		"write cert and key below [doors.tls], or \"127.0.0.1\"",
		"is %s, and anything but loopback needs TLS", address);
}

void config_check_tls(struct reader *r)
{
	struct config *c = r->c;
	size_t errors = r->problems->errors;
	bool tls = c->tls.cert && c->tls.key;

	c->tls.grpc = tls && c->tls.doors != TLS_HTTP;
	c->tls.http = tls && c->tls.doors != TLS_GRPC;
	check_whole(r);
	if (tls && r->problems->errors == errors)
		check_files(r);
	check_address(r, "doors.grpc_address", c->doors.grpc_address, c->tls.grpc);
	check_address(r, "doors.http_address", c->doors.http_address, c->tls.http);
}
