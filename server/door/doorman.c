#include "server/door/doorman.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/store.h"

enum { PLACES = 256, TOKEN_MAX = 512 };

/* A token's hash decides its place; who comes later takes it over. */
struct known {
	bool taken;
	struct eth_hash token;
	unsigned roles;
	int64_t expires_ms;
	char name[CALLER_NAME];
};

struct doorman {
	struct store *store;
	uint64_t version; /* of TOPIC_FLEET, when the places were last emptied */
	struct known places[PLACES];
};

static const struct {
	enum role role;
	const char *name;
} role_names[] = {
	{ ROLE_VIEWER, "viewer" },     { ROLE_CHECKER, "checker" },
	{ ROLE_OPERATOR, "operator" }, { ROLE_TREASURER, "treasurer" },
	{ ROLE_APPROVER, "approver" }, { ROLE_ADMIN, "admin" },
	{ ROLE_AUDITOR, "auditor" },
};

struct doorman *doorman_open(struct store *s)
{
	struct doorman *g = calloc(1, sizeof(*g));

	if (!g)
		abort();
	g->store = s;
	return g;
}

void doorman_close(struct doorman *g)
{
	free(g);
}

void token_hash(const char *token, size_t n, struct eth_hash *out)
{
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, n, (const uint8_t *)token);
	sha256_digest(&sha, sizeof(out->b), out->b);
	wipe(&sha, sizeof(sha));
}

/* RFC 6750: the scheme in any case, one or more spaces, the token. */
static bool bearer(struct bytes value, const char **token, size_t *n)
{
	static const char scheme[] = "bearer ";
	const char *p = (const char *)value.p;
	size_t left = value.n;

	if (left <= sizeof(scheme) - 1 || strncasecmp(p, scheme, sizeof(scheme) - 1) != 0)
		return false;
	p += sizeof(scheme) - 1;
	left -= sizeof(scheme) - 1;
	while (left > 0 && *p == ' ')
		p++, left--;
	*token = p;
	*n = left;
	return left > 0 && left <= TOKEN_MAX;
}

static enum err unknown(struct turn *t)
{
	return fail(t, ERR_NOBODY, "this token is not one of ours, or was revoked");
}

/* The identity behind a token, from memory or from the store. Only identities that are good are
 * remembered; expiry is looked at each time. */
static enum err look_up(struct turn *t, struct doorman *g, const struct eth_hash *token,
			const struct known **out)
{
	uint64_t version = store_version(g->store, TOPIC_FLEET);
	struct known *k = &g->places[token->b[0]];
	struct identity i;

	if (version != g->version) {
		for (size_t n = 0; n < PLACES; n++)
			g->places[n].taken = false;
		g->version = version;
	}
	if (!k->taken || !hash_eq(k->token, *token)) {
		enum err e = identity_by_token(t, token, &i);

		if (e == ERR_MISSING)
			return unknown(t);
		TRY(e);
		if (i.revoked_ms != 0)
			return unknown(t);
		if (strlen(i.name) >= sizeof(k->name))
			return fail(t, ERR_BROKEN, "identity %lld has too long a name",
				    (long long)i.id);
		*k = (struct known){
			.taken = true, .token = *token, .roles = i.roles, .expires_ms = i.expires_ms
		};
		memcpy(k->name, i.name, strlen(i.name));
	}
	if (k->expires_ms != 0 && k->expires_ms <= t->now_ms) {
		char when[CLOCK_TEXT];

		clock_text(k->expires_ms, when);
		return fail(t, ERR_NOBODY, "the token of '%s' expired at %s", k->name, when);
	}
	*out = k;
	return OK;
}

static enum err allowed(struct turn *t, const struct known *k, unsigned roles)
{
	struct buf b = buf_in(t->mem, 160);

	if (roles == 0 || k->roles & roles ||
	    (k->roles & ROLE_ADMIN && roles & ~(unsigned)ROLE_LOOPBACK))
		return OK;
	for (size_t i = 0; i < sizeof(role_names) / sizeof(role_names[0]); i++)
		if (roles & role_names[i].role)
			buf_printf(&b, "%s%s", b.n ? " or " : "", role_names[i].name);
	return fail(t, ERR_DENIED, "'%s' may not call %s: that needs the role %s", k->name,
		    t->what ? t->what : "this", b.n ? buf_text(&b) : "loopback");
}

enum err doorman_pass(struct turn *t, struct doorman *g, struct bytes authorization, unsigned roles,
		      struct caller *out)
{
	const struct known *k;
	const char *token;
	size_t n;

	if (roles == 0) {
		*out = (struct caller){ .name = "anonymous" };
		return OK;
	}
	if (authorization.n == 0)
		return fail(t, ERR_NOBODY, "no token: send 'authorization: Bearer TOKEN'");
	if (!bearer(authorization, &token, &n))
		return fail(t, ERR_NOBODY, "the authorization is not 'Bearer TOKEN'");
	token_hash(token, n, &out->token);
	TRY(look_up(t, g, &out->token, &k));
	out->name = k->name;
	t->roles = k->roles;
	return allowed(t, k, roles);
}

enum err doorman_again(struct turn *t, struct doorman *g, const struct eth_hash *token,
		       unsigned roles)
{
	const struct known *k;

	if (roles == 0)
		return OK;
	TRY(look_up(t, g, token, &k));
	return allowed(t, k, roles);
}
