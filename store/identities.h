/* store/identities.h - who may call: named tokens (by hash) and their roles. Table: identities. */
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

struct identity {
	int64_t id;
	const char *name;      /* unique */
	unsigned roles;        /* bits of enum role; admin has all but loopback */
	struct eth_hash token; /* SHA-256 of the token; the token itself is nowhere */
	int64_t expires_ms;    /* 0: never */
	int64_t revoked_ms;    /* 0: not */
};

enum err identity_by_token(struct turn *t, const struct eth_hash *token,
			   struct identity *out) MUST_USE;
enum err identity_by_name(struct turn *t, const char *name, struct identity *out) MUST_USE;
/* In the lane. ERR_EXISTS: the name is taken. */
enum err identity_add(struct turn *t, const struct identity *i) MUST_USE;
/* In the lane: a new token under the same name. */
enum err identity_set_token(struct turn *t, const char *name,
			    const struct eth_hash *token) MUST_USE;

#endif
