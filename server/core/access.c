#include "server/core/access.h"

#include <assert.h>
#include <string.h>

#include "store/audit.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/events.h"

enum { REASON_MAX = 200 };

static const char *const names[] = { "viewer",   "checker", "operator", "treasurer",
				     "approver", "admin",   "auditor",  "loopback" };

const char *access_roles(struct turn *t, unsigned roles)
{
	struct buf b = buf_in(t->mem, 128);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (roles & 1u << i)
			buf_printf(&b, "%s%s", b.n ? ", " : "", names[i]);
	return b.n ? buf_text(&b) : "";
}

/* Names stand in logs, in audit records and in files of their own. */
static bool is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-._");

	return n > 0 && n <= IDENTITY_NAME_MAX && !s[n] && !strchr("-._", s[0]);
}

/* RFC 3986 without its fine points: a scheme, "://", and printable ASCII. It is only ever compared,
 * byte for byte, with what a certificate says. */
static bool is_uri(const char *s)
{
	size_t scheme = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789+-."), n = strlen(s);

	if (scheme == 0 || strncmp(s + scheme, "://", 3) != 0 || n <= scheme + 3 ||
	    n > IDENTITY_URI_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return true;
}

static enum err check(struct turn *t, const struct identity *ask)
{
	if (!is_name(ask->name))
		return fail(t, ERR_INVALID,
			    "name: '%.70s', want 1 to %d of a-z 0-9 - . _, a letter or digit first",
			    ask->name, IDENTITY_NAME_MAX);
	/* As the door calls those without an identity, and the jobs. */
	if (strcmp(ask->name, "loopback") == 0 || strcmp(ask->name, "anonymous") == 0 ||
	    strcmp(ask->name, "scheduler") == 0)
		return fail(t, ERR_INVALID, "name: '%s' means something else here already",
			    ask->name);
	if (ask->roles == 0)
		return fail(t, ERR_INVALID, "roles: an identity needs at least one");
	if (ask->roles & ROLE_LOOPBACK)
		return fail(t, ERR_INVALID, "roles: loopback is for callers without an identity");
	if (ask->uri && !is_uri(ask->uri))
		return fail(t, ERR_INVALID,
			    "certificate_uri: '%.80s', want one such as "
			    "\"spiffe://ghost-fleet/alice\", at most %d bytes",
			    ask->uri, IDENTITY_URI_MAX);
	if (ask->expires_ms != 0 && ask->expires_ms <= t->now_ms)
		return fail(t, ERR_INVALID, "expire_time: it is past");
	return OK;
}

static enum err tell(struct turn *t, const char *name, const char *what, const char *text)
{
	const char *subject = turn_printf(t, "identities/%s", name);

	TRY(event_add(t, TOPIC_FLEET, subject, what, text));
	return audit_add(t, what, subject, text);
}

static const char *about(struct turn *t, const struct identity *i)
{
	char when[CLOCK_TEXT] = "";

	if (i->expires_ms)
		clock_text(i->expires_ms, when);
	return turn_printf(t, "%s; %s%.200s%s%s", access_roles(t, i->roles),
			   i->uri ? "certificate " : "token", i->uri ? i->uri : "",
			   *when ? "; until " : "", when);
}

enum err access_create(struct turn *t, const struct identity *ask, struct identity *out)
{
	assert(t->in_lane);
	TRY(check(t, ask));
	TRY(identity_add(t, ask));
	TRY(tell(t, ask->name, "identity.added", about(t, ask)));
	return identity_by_name(t, ask->name, out);
}

/* Whoever can read the daemon's files can still make the admin's token anew; but nobody shall lock
 * everybody out by a slip. */
static enum err not_the_last_admin(struct turn *t, const struct identity *i)
{
	int64_t others;

	if (!(i->roles & ROLE_ADMIN))
		return OK;
	TRY(identity_count(t, ROLE_ADMIN, i->id, &others));
	if (others == 0)
		return fail(t, ERR_REFUSED,
			    "'%s' is the last admin: make another one first, nobody could change "
			    "anything else",
			    i->name);
	return OK;
}

enum err access_revoke(struct turn *t, const char *name, const char *reason, bool *changed_out,
		       struct identity *out)
{
	assert(t->in_lane);
	*changed_out = false;
	if (strlen(reason) > REASON_MAX)
		return fail(t, ERR_INVALID, "reason: longer than %d bytes", REASON_MAX);
	TRY(identity_by_name(t, name, out));
	if (out->revoked_ms)
		return OK;
	TRY(not_the_last_admin(t, out));
	TRY(identity_revoke(t, name));
	TRY(tell(t, name, "identity.revoked", reason));
	*changed_out = true;
	return identity_by_name(t, name, out);
}
