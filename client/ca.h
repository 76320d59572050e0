/* client/ca.h - a small CA of one's own, for people who have none: a key and a certificate in a
 * folder, and what it issues. The only file of the client that knows GnuTLS.
 *
 * EC P-256 and SHA-256, X.509 v3 (RFC 5280): ca.key and ca.crt (ten years, a path of length 0),
 * NAME.key and NAME.crt. Keys are PKCS #8 in files of mode 0600, unencrypted; they are nowhere
 * else. Nothing is overwritten.
 */
#ifndef CLIENT_CA_H
#define CLIENT_CA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"

struct turn;

struct ca_ask {
	const char *dir;  /* made (0700) where it is not there; its parent is */
	const char *name; /* of the two files, and the common name, which counts for nothing */
	const char *uri;  /* of a caller; NULL: a server */
	char **hosts;     /* a server's: DNS names and IP addresses */
	size_t n_hosts;
	int64_t valid_ms; /* cut to what is left of the CA's own time */
};

struct ca_issued {
	const char *ca, *cert, *key; /* paths */
	const char *serial;          /* hex */
	int64_t until_ms;
	bool made_ca; /* it was not there before */
};

/* ERR_EXISTS: one of the two files is there. ERR_REFUSED: the folder holds half a CA, a key that
 * others may read, or a CA that expired. ERR_INVALID: a host or the URI. */
enum err ca_issue(struct turn *t, const struct ca_ask *ask, struct ca_issued *out) MUST_USE;

#endif
