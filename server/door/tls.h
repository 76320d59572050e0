/* server/door/tls.h - the certificate that the doors show, and the CA whose certificates callers
 * may bring. TLS 1.2 (RFC 5246) with forward secrecy and AEAD ciphers, or 1.3 (RFC 8446).
 *
 * What was read from the files is one struct tls_pair, which never changes: connections keep the
 * one they began with, new ones get the one in force. A pair that cannot be used never replaces
 * one that can. Threads: any may hold a pair; one thread reloads.
 */
#ifndef SERVER_DOOR_TLS_H
#define SERVER_DOOR_TLS_H

#include <gnutls/gnutls.h>
#include <stdatomic.h>

#include "store/base/turn.h"

enum tls_client {
	TLS_CLIENT_NONE,     /* none is asked for */
	TLS_CLIENT_OPTIONAL, /* one that is brought must be of the CA */
	TLS_CLIENT_REQUIRED, /* no connection without one */
};

struct tls_options {
	const char *cert;      /* PEM: the server's own first, then what leads to its CA */
	const char *key;       /* PEM, readable by its owner alone */
	const char *client_ca; /* PEM: one or several; NULL where client is NONE */
	enum tls_client client;
};

struct tls_pair {
	atomic_uint refs;
	uint64_t number;                       /* 1, 2, ... as they were loaded */
	char *cert, *key, *ca;                 /* the files' text; ca NULL: none */
	gnutls_certificate_credentials_t cred; /* the same for GnuTLS */
	enum tls_client client;
	int64_t from_ms, until_ms;
	int64_t ca_until_ms; /* the first of the CAs that ends; 0: none */
};

struct tls;

/* Reads the files. ERR_REFUSED: one cannot be read, others may read the key, key and certificate do
 * not belong together, it is for no server, its key or signature is weak; the line says which. An
 * expired certificate is taken, as there is no better one, and complained of. Caller owns *out. */
enum err tls_open(struct turn *t, const struct tls_options *o, struct tls **out) MUST_USE;
void tls_close(struct tls *s); /* after the doors; NULL is fine */

/* The pair in force, and giving it back. */
struct tls_pair *tls_hold(struct tls *s);
void tls_let_go(struct tls_pair *p); /* NULL is fine */

/* Reads the files again. What cannot be used, or is not good at this time, is refused with
 * ERR_REFUSED, and the one in force stays; the log, a metric and the health say so. */
enum err tls_reload(struct turn *t, struct tls *s) MUST_USE;

/* To be called about once a second: reloads when the files changed and then stood still for one
 * look, so that a pair is not read between its two halves; says how long the certificate is good
 * still (30 days: a warning a day; 7 days: an error a day, and degraded health). */
void tls_look(struct turn *t, struct tls *s);

/* Whether the pair may be used at all, without opening it: for `validate`. As tls_open. */
enum err tls_check(struct turn *t, const struct tls_options *o, int64_t *until_ms_out) MUST_USE;

/* For GnuTLS: a session with this pair, that verifies what certificate the caller brings. */
void tls_attach(gnutls_session_t session, const struct tls_pair *p);
extern const char tls_priorities[];

#endif
