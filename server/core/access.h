/* server/core/access.h - who may call: identities made and revoked. In the lane. */
#ifndef SERVER_CORE_ACCESS_H
#define SERVER_CORE_ACCESS_H

#include "store/identities.h"

/* ERR_INVALID: the name (1 to 64 of a-z 0-9 - . _, a letter or digit first), no role or loopback,
 * the URI, an expiry that is past. ERR_EXISTS: the name or the URI is taken. Events and the audit
 * get it. `ask` has either a token's hash or a URI. */
enum err access_create(struct turn *t, const struct identity *ask, struct identity *out) MUST_USE;

/* ERR_MISSING: no such identity. ERR_REFUSED: it is the last admin. *changed_out false: it was
 * revoked before. */
enum err access_revoke(struct turn *t, const char *name, const char *reason, bool *changed_out,
		       struct identity *out) MUST_USE;

/* "viewer, operator"; "" for none. */
const char *access_roles(struct turn *t, unsigned roles);

#endif
