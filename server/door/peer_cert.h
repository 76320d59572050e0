/* server/door/peer_cert.h - what a client certificate says of its owner: the URI of its subject
 * alternative name (RFC 5280 4.2.1.6; SPIFFE X509-SVID 2), and until when. Never its common name.
 * The chain was verified by whoever spoke TLS; this only reads. */
#ifndef SERVER_DOOR_PEER_CERT_H
#define SERVER_DOOR_PEER_CERT_H

#include "store/base/turn.h"

enum { PEER_URI_SHOWN = 160 };

struct peer_cert {
	unsigned uris;            /* how many URI names it has; 1 is an identity */
	struct eth_hash uri_hash; /* SHA-256 of the last of them */
	char uri[PEER_URI_SHOWN]; /* for people: cut, printable */
	int64_t from_ms, until_ms;
};

/* `cert` is DER or PEM. ERR_NOBODY: it cannot be read, it is a CA's, or a URI in it is no text. */
enum err peer_cert_read(struct turn *t, struct bytes cert, struct peer_cert *out) MUST_USE;

#endif
