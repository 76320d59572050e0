#include "server/door/peer_cert.h"

#include <gnutls/x509.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 64, URI_ROOM = 2049 };

static void take_uri(struct peer_cert *out, const char *uri, size_t n)
{
	struct sha256_ctx sha;

	out->uris++;
	sha256_init(&sha);
	sha256_update(&sha, n, (const uint8_t *)uri);
	sha256_digest(&sha, sizeof(out->uri_hash.b), out->uri_hash.b);
	(void)snprintf(out->uri, sizeof(out->uri), "%.*s", (int)n, uri);
}

/* An IA5String by the standard; "spiffe://a\0.b" must be nobody, not "spiffe://a". */
static bool is_text(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~')
			return false;
	return n > 0;
}

static enum err read_names(struct turn *t, gnutls_x509_crt_t crt, struct peer_cert *out)
{
	char *name = turn_alloc(t, URI_ROOM);

	for (unsigned i = 0; i < NAMES_MAX; i++) {
		size_t n = URI_ROOM - 1;
		int type = gnutls_x509_crt_get_subject_alt_name(crt, i, name, &n, NULL);

		if (type == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return OK;
		if (type < 0)
			return fail(t, ERR_NOBODY,
				    "the client certificate's names cannot be read: %s",
				    gnutls_strerror(type));
		if (type != GNUTLS_SAN_URI)
			continue;
		if (!is_text(name, n))
			return fail(t, ERR_NOBODY, "a URI of the client certificate is no text");
		take_uri(out, name, n);
	}
	return fail(t, ERR_NOBODY, "the client certificate has more than %d names", NAMES_MAX);
}

static enum err read_all(struct turn *t, gnutls_x509_crt_t crt, struct bytes cert,
			 struct peer_cert *out)
{
	gnutls_datum_t raw = { (unsigned char *)(uintptr_t)cert.p, (unsigned)cert.n };
	bool der = cert.n > 0 && cert.p[0] == 0x30;
	int rc = gnutls_x509_crt_import(crt, &raw, der ? GNUTLS_X509_FMT_DER : GNUTLS_X509_FMT_PEM);

	if (rc < 0)
		return fail(t, ERR_NOBODY, "the client certificate cannot be read: %s",
			    gnutls_strerror(rc));
	if (gnutls_x509_crt_get_ca_status(crt, NULL) > 0)
		return fail(t, ERR_NOBODY, "the client certificate is a CA's, which is no caller");
	out->from_ms = (int64_t)gnutls_x509_crt_get_activation_time(crt) * 1000;
	out->until_ms = (int64_t)gnutls_x509_crt_get_expiration_time(crt) * 1000;
	return read_names(t, crt, out);
}

enum err peer_cert_read(struct turn *t, struct bytes cert, struct peer_cert *out)
{
	gnutls_x509_crt_t crt;

	*out = (struct peer_cert){ 0 };
	if (gnutls_x509_crt_init(&crt) < 0)
		return fail(t, ERR_FULL, "out of memory");
	enum err e = read_all(t, crt, cert, out);

	gnutls_x509_crt_deinit(crt);
	return e;
}
