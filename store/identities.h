/* store/identities.h - who may call: names, their roles, and what proves them: a token (by hash)
 * or the URI of a client certificate. Table: identities. An identity is never deleted, only
 * revoked: the audit points at its name. Changes touch TOPIC_FLEET. */
#ifndef STORE_IDENTITIES_H
#define STORE_IDENTITIES_H

#include "store/base/turn.h"

/* Bits, on disk as these numbers. What each may do stands in the method table. */
enum role {
	ROLE_VIEWER = 1 << 0,    /* read */
	ROLE_CHECKER = 1 << 1,   /* run checks that change nothing */
	ROLE_OPERATOR = 1 << 2,  /* pause, resume, reset, wallets */
	ROLE_TREASURER = 1 << 3, /* plan and run what moves money */
	ROLE_APPROVER = 1 << 4,
	ROLE_ADMIN = 1 << 5,
	ROLE_AUDITOR = 1 << 6,
	ROLE_LOOPBACK = 1 << 7, /* the HTTP door on loopback without a token */
};

enum { IDENTITY_NAME_MAX = 64, IDENTITY_URI_MAX = 512 }; /* bytes, without the NUL */

struct identity {
	int64_t id;
	const char *name;         /* unique */
	unsigned roles;           /* bits of enum role; admin has all but loopback */
	struct eth_hash token;    /* SHA-256 of the token, which itself is nowhere; zero: none */
	const char *uri;          /* unique; NULL: none */
	struct eth_hash uri_hash; /* SHA-256 of it */
	int64_t created_ms;
	int64_t expires_ms; /* 0: never */
	int64_t revoked_ms; /* 0: not */
};

enum err identity_by_token(struct turn *t, const struct eth_hash *token,
			   struct identity *out) MUST_USE;
enum err identity_by_uri(struct turn *t, const struct eth_hash *uri_hash,
			 struct identity *out) MUST_USE;
enum err identity_by_name(struct turn *t, const char *name, struct identity *out) MUST_USE;

/* By id, those above `after`; at most `limit`. */
enum err identity_list(struct turn *t, int64_t after, size_t limit, struct identity **out,
		       size_t *n_out) MUST_USE;
/* How many have the role and are neither revoked nor expired, but for the one of this id. */
enum err identity_count(struct turn *t, enum role role, int64_t but, int64_t *n_out) MUST_USE;

/* In the lane. ERR_EXISTS: the name, the token or the URI is taken, also by a revoked one. */
enum err identity_add(struct turn *t, const struct identity *i) MUST_USE;
/* In the lane: a new token under the same name, which is good again if it was revoked. */
enum err identity_set_token(struct turn *t, const char *name,
			    const struct eth_hash *token) MUST_USE;
/* In the lane. ERR_MISSING: no such name. */
enum err identity_revoke(struct turn *t, const char *name) MUST_USE;

#endif
