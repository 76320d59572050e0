/* server/door/doorman.h - who calls, and whether they may.
 *
 * A caller brings `authorization: Bearer TOKEN`; what is stored is the token's SHA-256. A doorman
 * remembers the identities it looked up until the store's TOPIC_FLEET changes. Permission is
 * asked before anything is looked up, so that a refusal says nothing about what exists.
 * Threads: a doorman belongs to one thread; t->db is that thread's session.
 */
#ifndef SERVER_DOOR_DOORMAN_H
#define SERVER_DOOR_DOORMAN_H

#include "store/base/turn.h"
#include "store/identities.h"

enum { CALLER_NAME = 128 }; /* the longest identity name with its NUL */

struct doorman;

struct caller {
	const char *name;      /* good until the next call on this doorman */
	struct eth_hash token; /* SHA-256; for doorman_again */
};

struct doorman *doorman_open(struct store *s);
void doorman_close(struct doorman *g); /* NULL is fine */

/* `authorization` is the header's value, {NULL, 0} when there is none. `roles`: any of these;
 * 0: anyone, also without a token (the name is "anonymous" then). An admin may everything but
 * what is for loopback alone. Sets t->roles.
 * ERR_NOBODY: no token, or not one of ours. ERR_DENIED: the roles do not include it. */
enum err doorman_pass(struct turn *t, struct doorman *g, struct bytes authorization, unsigned roles,
		      struct caller *out) MUST_USE;

/* Whether a caller that passed may still: their token may have been revoked meanwhile. */
enum err doorman_again(struct turn *t, struct doorman *g, const struct eth_hash *token,
		       unsigned roles) MUST_USE;

/* What tokens look like: "gf_" and 43 characters of base64url, 256 random bits. */
enum { TOKEN_TEXT = 47 };
void token_hash(const char *token, size_t n, struct eth_hash *out);

#endif
