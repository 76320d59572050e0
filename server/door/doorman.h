/* server/door/doorman.h - who calls, and whether they may.
 *
 * A caller brings `authorization: Bearer TOKEN`, a client certificate, or both. What is stored is
 * the token's SHA-256, or the one URI of the certificate. A doorman remembers the identities it
 * looked up until the store's TOPIC_FLEET changes. Permission is asked before anything is looked
 * up, so that a refusal says nothing about what exists.
 *
 * A certificate names an identity by exactly one URI; several name nobody, and are always
 * refused. With a token beside it the certificate is only the way in, and must name nobody else:
 * two different identities are refused, and so is a certificate whose identity was revoked.
 * Threads: a doorman belongs to one thread; t->db is that thread's session.
 */
#ifndef SERVER_DOOR_DOORMAN_H
#define SERVER_DOOR_DOORMAN_H

#include "store/base/turn.h"
#include "store/identities.h"

enum { CALLER_NAME = 128 }; /* the longest identity name with its NUL */

struct doorman;

/* What a caller brings. */
struct proof {
	struct bytes authorization; /* the header's value; {NULL, 0}: none */
	struct bytes certificate;   /* DER or PEM, verified by the door; {NULL, 0}: none */
};

/* What of it counted, for doorman_again. */
struct pass {
	bool by_uri;          /* the certificate's; else a token */
	struct eth_hash hash; /* SHA-256 of the token or the URI */
	int64_t until_ms;     /* when the certificate ends; 0: there was none */
};

struct caller {
	const char *name; /* good until the next call on this doorman */
	struct pass pass;
};

struct doorman *doorman_open(struct store *s);
void doorman_close(struct doorman *g); /* NULL is fine */

/* `roles`: any of these; 0: anyone, also without a proof (the name is "anonymous" then). An admin
 * may everything but what is for loopback alone. Sets t->roles and t->proof.
 * ERR_NOBODY: no proof, or none that names one of ours. ERR_DENIED: the roles do not include it;
 * *out is set then too. */
enum err doorman_pass(struct turn *t, struct doorman *g, const struct proof *p, unsigned roles,
		      struct caller *out) MUST_USE;

/* Whether a caller that passed may still: what proved them may be revoked or expired meanwhile. */
enum err doorman_again(struct turn *t, struct doorman *g, const struct pass *p,
		       unsigned roles) MUST_USE;

/* What tokens look like: "gf_" and 43 characters of base64url, 256 random bits. */
enum { TOKEN_TEXT = 47 };
void token_hash(const char *token, size_t n, struct eth_hash *out);

#endif
