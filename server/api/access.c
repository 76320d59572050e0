/* ghostfleet.v1.AccessService */
#include "ghostfleet/v1/access.pb-c.h"

#include <string.h>

#include "server/api/convert.h"
#include "server/api/rows.h"
#include "server/core/access.h"
#include "server/door/identity.h"

enum { PAGE_USUAL = 100, PAGE_MOST = 1000, ROLES = 8 };

_Static_assert(ROLE_LOOPBACK == 1 << (GHOSTFLEET__V1__ROLE__ROLE_LOOPBACK - 1),
	       "a role's number is its bit's, from 1");

static size_t msg_roles(struct turn *t, unsigned roles, Ghostfleet__V1__Role **out)
{
	size_t n = 0;

	*out = turn_array(t, ROLES, sizeof(**out));
	for (int i = 0; i < ROLES; i++)
		if (roles & 1u << i)
			(*out)[n++] = (Ghostfleet__V1__Role)(i + 1);
	return n;
}

static Ghostfleet__V1__IdentityState state_of(const struct turn *t, const struct identity *i)
{
	if (i->revoked_ms)
		return GHOSTFLEET__V1__IDENTITY_STATE__IDENTITY_STATE_REVOKED;
	if (i->expires_ms && i->expires_ms <= t->now_ms)
		return GHOSTFLEET__V1__IDENTITY_STATE__IDENTITY_STATE_EXPIRED;
	return GHOSTFLEET__V1__IDENTITY_STATE__IDENTITY_STATE_ACTIVE;
}

static Ghostfleet__V1__Identity *msg_identity(struct turn *t, const struct identity *i)
{
	Ghostfleet__V1__Identity *m = msg_new(t, &ghostfleet__v1__identity__descriptor);

	m->name = turn_printf(t, "identities/%s", i->name);
	m->state = state_of(t, i);
	m->n_roles = msg_roles(t, i->roles, &m->roles);
	m->has_token = !hash_eq(i->token, (struct eth_hash){ 0 });
	m->certificate_uri = msg_text(t, i->uri);
	m->create_time = msg_time(t, i->created_ms);
	m->expire_time = msg_time(t, i->expires_ms);
	m->revoke_time = msg_time(t, i->revoked_ms);
	return m;
}

static enum err who_am_i(struct turn *t, const void *in, void *vout)
{
	Ghostfleet__V1__WhoAmIResponse *out = vout;

	(void)in;
	out->actor = msg_text(t, t->actor);
	out->n_roles = msg_roles(t, t->roles, &out->roles);
	out->proof = msg_text(t, t->proof);
	out->expire_time = msg_time(t, t->proof_until_ms);
	return OK;
}

static enum err list_identities(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListIdentitiesRequest *in = vin;
	Ghostfleet__V1__ListIdentitiesResponse *out = vout;
	struct identity *list;
	size_t limit, n;
	int64_t after;

	TRY(page_of(t, in->page_size, in->page_token, PAGE_USUAL, PAGE_MOST, &limit, &after));
	TRY(identity_list(t, after, limit, &list, &n));
	out->identities = turn_array(t, n + 1, sizeof(*out->identities));
	for (size_t i = 0; i < n; i++)
		if (in->show_revoked || !list[i].revoked_ms)
			out->identities[out->n_identities++] = msg_identity(t, &list[i]);
	if (n == limit)
		out->next_page_token = page_next(t, list[n - 1].id);
	return OK;
}

static enum err roles_of(struct turn *t, const Ghostfleet__V1__CreateIdentityRequest *in,
			 unsigned *out)
{
	TRY(bits_of(t, "roles", in->roles, in->n_roles, ROLES, out));
	*out >>= 1;
	return OK;
}

static enum err create_identity(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__CreateIdentityRequest *in = vin;
	Ghostfleet__V1__CreateIdentityResponse *out = vout;
	struct identity ask = { 0 }, made;
	char token[TOKEN_TEXT] = "";

	TRY(name_of(t, "name", "identities", in->name, &ask.name));
	TRY(roles_of(t, in, &ask.roles));
	TRY(time_of(t, "expire_time", in->expire_time, &ask.expires_ms));
	if (*in->certificate_uri) {
		ask.uri = in->certificate_uri;
		token_hash(ask.uri, strlen(ask.uri), &ask.uri_hash);
	} else {
		identity_token(t, token);
		token_hash(token, TOKEN_TEXT - 1, &ask.token);
	}
	enum err e = access_create(t, &ask, &made);

	if (e == OK) {
		out->identity = msg_identity(t, &made);
		out->token = msg_text(t, t->validate_only ? "" : token);
	}
	wipe(token, sizeof(token));
	return e;
}

static enum err revoke_identity(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__RevokeIdentityRequest *in = vin;
	Ghostfleet__V1__RevokeIdentityResponse *out = vout;
	struct identity i;
	const char *name;
	bool changed;

	TRY(name_of(t, "name", "identities", in->name, &name));
	TRY(access_revoke(t, name, in->reason, &changed, &i));
	out->identity = msg_identity(t, &i);
	out->changed = changed;
	return OK;
}

#define S "ghostfleet.v1.AccessService"
const struct method access_rows[] = {
	{ S, "WhoAmI", METHOD_READ, ANY_READER, 0, 0, who_am_i, NULL },
	{ S, "ListIdentities", METHOD_READ, ROLE_ADMIN | ROLE_AUDITOR, 0, 0, list_identities,
	  NULL },
	{ S, "CreateIdentity", METHOD_WRITE, ROLE_ADMIN, METHOD_SECRET, 0, create_identity, NULL },
	{ S, "RevokeIdentity", METHOD_WRITE, ROLE_ADMIN, METHOD_URGENT, 0, revoke_identity, NULL },
};
const size_t n_access_rows = sizeof(access_rows) / sizeof(access_rows[0]);
