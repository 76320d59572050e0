/* tests/support/pki.h - certificates good and bad for a test, in a folder of its own. */
#ifndef TESTS_SUPPORT_PKI_H
#define TESTS_SUPPORT_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pki_ask {
	const char *uris[4]; /* of its subject alternative name; NULL ends them */
	size_t uri_bytes;    /* of the first, with its NULs; 0: as far as the first NUL */
	bool server;         /* serverAuth and DNS:localhost, IP:127.0.0.1; else clientAuth */
	bool ca;
	int64_t from_s, until_s; /* from now; until 0: in 90 days */
	unsigned rsa_bits;       /* 0: EC P-256 */
};

/* DIR/NAME.crt and .key (0600), replaced where they are there; issued by DIR/ISSUER, or by itself
 * where issuer is NULL. What cannot be made fails the test. */
void pki_make(const char *dir, const char *issuer, const char *name, const struct pki_ask *ask);

/* "DIR/NAME.EXT", good until the next call but seven. */
const char *pki_path(const char *dir, const char *name, const char *ext);

/* The text of such a file; free() it. */
char *pki_text(const char *dir, const char *name, const char *ext);

/* A TLS client on 127.0.0.1 that verifies nothing and shows DIR/NAME, where name is not NULL. */
struct tls_said {
	int handshake;     /* GnuTLS's code; 0: it went well */
	char subject[128]; /* common name in the server's certificate */
	size_t n;
	char text[8192]; /* what came until the end */
};
/* `priorities` of GnuTLS, NULL: its own. `request` is sent after the handshake; NULL: none, and the
 * connection is closed. */
void tls_ask(unsigned port, const char *dir, const char *name, const char *priorities,
	     const char *request, struct tls_said *out);

#endif
