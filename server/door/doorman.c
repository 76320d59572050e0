#include "server/door/doorman.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/door/peer_cert.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/store.h"

enum { PLACES = 256, CERT_PLACES = 64, TOKEN_MAX = 512 };

/* A hash decides its place; who comes later takes it over. */
struct known {
	bool taken;
	bool by_uri;
	struct eth_hash hash;
	int64_t id;
	unsigned roles;
	int64_t expires_ms;
	char name[CALLER_NAME];
};

/* What a certificate says does not change: read once. */
struct known_cert {
	bool taken;
	struct eth_hash hash; /* SHA-256 of the whole certificate */
	struct peer_cert says;
};

struct doorman {
	struct store *store;
	uint64_t version; /* of TOPIC_FLEET, when the places were last emptied */
	struct known places[PLACES];
	struct known_cert certs[CERT_PLACES];
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

static enum err store_look(struct turn *t, bool by_uri, const struct eth_hash *hash,
			   struct known *k, bool *revoked_out)
{
	struct identity i;

	TRY(by_uri ? identity_by_uri(t, hash, &i) : identity_by_token(t, hash, &i));
	if (strlen(i.name) >= sizeof(k->name))
		return fail(t, ERR_BROKEN, "identity %lld has too long a name", (long long)i.id);
	*revoked_out = i.revoked_ms != 0;
	*k = (struct known){
		.taken = !*revoked_out,
		.by_uri = by_uri,
		.hash = *hash,
		.id = i.id,
		.roles = i.roles,
		.expires_ms = i.expires_ms,
	};
	memcpy(k->name, i.name, strlen(i.name));
	return OK;
}

/* The identity behind a hash, from memory or from the store. Only identities that are good are
 * remembered; expiry is looked at each time. ERR_MISSING: there is none. */
static enum err look_up(struct turn *t, struct doorman *g, bool by_uri, const struct eth_hash *hash,
			const struct known **out)
{
	uint64_t version = store_version(g->store, TOPIC_FLEET);
	struct known *k = &g->places[hash->b[0]];
	bool revoked = false;

	if (version != g->version) {
		for (size_t n = 0; n < PLACES; n++)
			g->places[n].taken = false;
		g->version = version;
	}
	if (!k->taken || k->by_uri != by_uri || !hash_eq(k->hash, *hash)) {
		enum err e = store_look(t, by_uri, hash, k, &revoked);

		/* A certificate that names nobody here is a way in for tokens, and comes with
		 * every call. Strange tokens are not remembered: anybody can make them up. */
		if (e == ERR_MISSING && by_uri)
			*k = (struct known){ .taken = true, .by_uri = true, .hash = *hash };
		TRY(e);
	}
	if (k->id == 0)
		return ERR_MISSING;
	if (revoked && !by_uri)
		return unknown(t);
	if (revoked)
		return fail(t, ERR_NOBODY, "the identity '%s' was revoked", k->name);
	if (k->expires_ms != 0 && k->expires_ms <= t->now_ms) {
		char when[CLOCK_TEXT];

		clock_text(k->expires_ms, when);
		return fail(t, ERR_NOBODY, "the %s of '%s' expired at %s",
			    by_uri ? "identity" : "token", k->name, when);
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

/* ---- the certificate ---- */

static enum err cert_says(struct turn *t, struct doorman *g, struct bytes cert,
			  const struct peer_cert **out)
{
	struct eth_hash hash;

	token_hash((const char *)cert.p, cert.n, &hash);
	struct known_cert *k = &g->certs[hash.b[0] % CERT_PLACES];

	if (!k->taken || !hash_eq(k->hash, hash)) {
		k->taken = false;
		TRY(peer_cert_read(t, cert, &k->says));
		k->hash = hash;
		k->taken = true;
	}
	*out = &k->says;
	return OK;
}

/* TLS looked at this when the connection began; it may be days old, or resumed. */
static enum err cert_in_time(struct turn *t, int64_t until_ms)
{
	char when[CLOCK_TEXT];

	if (t->now_ms < until_ms)
		return OK;
	clock_text(until_ms, when);
	return fail(t, ERR_NOBODY, "the client certificate expired at %s", when);
}

/* *out is NULL when the certificate names nobody and a token shall. */
static enum err by_cert(struct turn *t, struct doorman *g, const struct proof *p,
			struct caller *caller, const struct known **out)
{
	const struct peer_cert *c;
	bool token = p->authorization.n > 0;

	*out = NULL;
	TRY(cert_says(t, g, p->certificate, &c));
	TRY(cert_in_time(t, c->until_ms));
	caller->pass.until_ms = c->until_ms;
	if (c->uris > 1)
		return fail(t, ERR_NOBODY,
			    "the client certificate has %u URI names: exactly one is an identity",
			    c->uris);
	if (c->uris == 0 && token)
		return OK;
	if (c->uris == 0)
		return fail(
			t, ERR_NOBODY,
			"the client certificate has no URI name, and its common name counts for "
			"nothing: issue one with a URI, or bring a token");
	enum err e = look_up(t, g, true, &c->uri_hash, out);

	if (e == ERR_MISSING && token)
		return OK;
	if (e == ERR_MISSING)
		return fail(t, ERR_NOBODY, "no identity here has the URI '%s'", c->uri);
	caller->pass.by_uri = true;
	caller->pass.hash = c->uri_hash;
	return e;
}

static enum err by_token(struct turn *t, struct doorman *g, const struct proof *p,
			 struct caller *caller, const struct known **out)
{
	const char *token;
	size_t n;

	if (!bearer(p->authorization, &token, &n))
		return fail(t, ERR_NOBODY, "the authorization is not 'Bearer TOKEN'");
	caller->pass.by_uri = false;
	token_hash(token, n, &caller->pass.hash);
	enum err e = look_up(t, g, false, &caller->pass.hash, out);

	return e == ERR_MISSING ? unknown(t) : e;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a == 0 ? b : b == 0 || a < b ? a : b;
}

/* The two proofs of one call speak of one identity, or the call is refused. */
static enum err both(struct turn *t, struct doorman *g, const struct proof *p,
		     struct caller *caller, const struct known **k)
{
	const struct known *named = NULL;
	char name[CALLER_NAME] = "";
	int64_t id = 0;

	if (p->certificate.n > 0)
		TRY(by_cert(t, g, p, caller, &named));
	*k = named;
	if (p->authorization.n == 0)
		return OK;
	if (named) {
		memcpy(name, named->name, sizeof(name));
		id = named->id;
	}
	TRY(by_token(t, g, p, caller, k));
	if (id != 0 && (*k)->id != id)
		return fail(t, ERR_NOBODY,
			    "the client certificate is that of '%s', the token that of '%s': bring "
			    "one of the two",
			    name, (*k)->name);
	return OK;
}

enum err doorman_pass(struct turn *t, struct doorman *g, const struct proof *p, unsigned roles,
		      struct caller *out)
{
	const struct known *k;

	*out = (struct caller){ .name = "anonymous" };
	if (roles == 0)
		return OK;
	if (p->authorization.n == 0 && p->certificate.n == 0)
		return fail(t, ERR_NOBODY, "no token: send 'authorization: Bearer TOKEN'");
	TRY(both(t, g, p, out, &k));
	out->name = k->name;
	t->roles = k->roles;
	t->proof = out->pass.by_uri ? "certificate" : "token";
	t->proof_until_ms = sooner(k->expires_ms, out->pass.until_ms);
	return allowed(t, k, roles);
}

enum err doorman_again(struct turn *t, struct doorman *g, const struct pass *p, unsigned roles)
{
	const struct known *k;

	if (roles == 0)
		return OK;
	if (p->until_ms != 0)
		TRY(cert_in_time(t, p->until_ms));
	enum err e = look_up(t, g, p->by_uri, &p->hash, &k);

	if (e == ERR_MISSING)
		return p->by_uri ? fail(t, ERR_NOBODY, "the caller's identity is gone")
				 : unknown(t);
	TRY(e);
	return allowed(t, k, roles);
}
