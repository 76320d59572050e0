#include "tests/support/pki.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "tests/support/http_ask.h"
#include "tests/support/stop.h"

enum { DAY_S = 86400 };

/* Beyond an int, so no enum. */
static const unsigned ec_bits = (unsigned)GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);

static void must(int rc, const char *what)
{
	if (rc < 0)
		stop_test("%s: %s", what, gnutls_strerror(rc));
}

const char *pki_path(const char *dir, const char *name, const char *ext)
{
	static _Thread_local char paths[8][256];
	static _Thread_local unsigned at;
	char *p = paths[at++ % 8];

	(void)snprintf(p, sizeof(paths[0]), "%s/%s.%s", dir, name, ext);
	return p;
}

char *pki_text(const char *dir, const char *name, const char *ext)
{
	gnutls_datum_t d;

	must(gnutls_load_file(pki_path(dir, name, ext), &d), pki_path(dir, name, ext));
	char *text = calloc(1, d.size + 1);

	if (!text)
		abort();
	memcpy(text, d.data, d.size);
	gnutls_free(d.data);
	return text;
}

static void write_file(const char *path, const gnutls_datum_t *d)
{
	(void)unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd < 0 || write(fd, d->data, d->size) != (ssize_t)d->size)
		stop_test("%s cannot be written", path);
	(void)close(fd);
	gnutls_free(d->data);
}

/* With zeros in it GnuTLS makes none: GeneralNames { [6] URI } by hand. */
static void set_raw_uri(gnutls_x509_crt_t crt, const char *uri, size_t n)
{
	uint8_t der[128] = { 0x30, (uint8_t)(n + 2), 0x86, (uint8_t)n };

	if (n > 100)
		stop_test("too long a URI");
	memcpy(der + 4, uri, n);
	must(gnutls_x509_crt_set_extension_by_oid(crt, GNUTLS_X509EXT_OID_SAN, der, n + 4, 0),
	     "raw URI");
}

static void set_names(gnutls_x509_crt_t crt, const struct pki_ask *ask)
{
	uint8_t ip[4] = { 127, 0, 0, 1 };

	for (size_t i = 0; i < 4 && ask->uris[i] && !ask->uri_bytes; i++)
		must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_URI, ask->uris[i],
							  (unsigned)strlen(ask->uris[i]),
							  GNUTLS_FSAN_APPEND),
		     "URI");
	if (ask->uri_bytes)
		set_raw_uri(crt, ask->uris[0], ask->uri_bytes);
	if (!ask->server)
		return;
	must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, "localhost", 9,
						  GNUTLS_FSAN_APPEND),
	     "DNS");
	must(gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, ip, 4,
						  GNUTLS_FSAN_APPEND),
	     "IP");
}

static void set_all(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, const char *name,
		    const struct pki_ask *ask)
{
	static unsigned char serial;
	unsigned char number[3] = { 1, (unsigned char)getpid(), ++serial };
	time_t now = (time_t)(clock_wall_ms() / 1000);

	must(gnutls_x509_crt_set_version(crt, 3), "version");
	must(gnutls_x509_crt_set_serial(crt, number, sizeof(number)), "serial");
	must(gnutls_x509_crt_set_activation_time(crt, now + ask->from_s - 60), "from");
	must(gnutls_x509_crt_set_expiration_time(crt,
						 now + (ask->until_s ? ask->until_s : 90 * DAY_S)),
	     "until");
	must(gnutls_x509_crt_set_key(crt, key), "key");
	must(gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
					   (unsigned)strlen(name)),
	     "name");
	must(gnutls_x509_crt_set_basic_constraints(crt, ask->ca, -1), "constraints");
	must(gnutls_x509_crt_set_key_usage(crt, ask->ca ? GNUTLS_KEY_KEY_CERT_SIGN
							: GNUTLS_KEY_DIGITAL_SIGNATURE),
	     "usage");
	if (!ask->ca)
		must(gnutls_x509_crt_set_key_purpose_oid(
			     crt, ask->server ? GNUTLS_KP_TLS_WWW_SERVER : GNUTLS_KP_TLS_WWW_CLIENT,
			     0),
		     "purpose");
	set_names(crt, ask);
}

void pki_make(const char *dir, const char *issuer, const char *name, const struct pki_ask *ask)
{
	gnutls_x509_privkey_t key, by_key;
	gnutls_x509_crt_t crt, by;
	gnutls_datum_t out;

	must(gnutls_x509_privkey_init(&key), "key");
	must(gnutls_x509_privkey_generate(key, ask->rsa_bits ? GNUTLS_PK_RSA : GNUTLS_PK_ECDSA,
					  ask->rsa_bits ? ask->rsa_bits : ec_bits, 0),
	     "key");
	must(gnutls_x509_crt_init(&crt), "certificate");
	set_all(crt, key, name, ask);
	must(gnutls_x509_privkey_init(&by_key), "key");
	must(gnutls_x509_crt_init(&by), "certificate");
	if (issuer) {
		gnutls_datum_t c, k;

		must(gnutls_load_file(pki_path(dir, issuer, "crt"), &c), "issuer");
		must(gnutls_load_file(pki_path(dir, issuer, "key"), &k), "issuer's key");
		must(gnutls_x509_crt_import(by, &c, GNUTLS_X509_FMT_PEM), "issuer");
		must(gnutls_x509_privkey_import(by_key, &k, GNUTLS_X509_FMT_PEM), "issuer's key");
		gnutls_free(c.data);
		gnutls_free(k.data);
	}
	must(gnutls_x509_crt_sign2(crt, issuer ? by : crt, issuer ? by_key : key, GNUTLS_DIG_SHA256,
				   0),
	     "sign");
	must(gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
					       &out),
	     "export");
	write_file(pki_path(dir, name, "key"), &out);
	must(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &out), "export");
	write_file(pki_path(dir, name, "crt"), &out);
	gnutls_x509_crt_deinit(by);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(by_key);
	gnutls_x509_privkey_deinit(key);
}

static void server_subject(gnutls_session_t s, struct tls_said *out)
{
	unsigned n = 0;
	size_t room = sizeof(out->subject);
	const gnutls_datum_t *list = gnutls_certificate_get_peers(s, &n);
	gnutls_x509_crt_t crt;

	if (!list || n == 0)
		return;
	must(gnutls_x509_crt_init(&crt), "certificate");
	must(gnutls_x509_crt_import(crt, &list[0], GNUTLS_X509_FMT_DER), "the server's");
	must(gnutls_x509_crt_get_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, out->subject,
					   &room),
	     "its name");
	gnutls_x509_crt_deinit(crt);
}

static void exchange(gnutls_session_t s, const char *request, struct tls_said *out)
{
	ssize_t n = gnutls_record_send(s, request, strlen(request));

	while (n > 0 && out->n + 1 < sizeof(out->text)) {
		n = gnutls_record_recv(s, out->text + out->n, sizeof(out->text) - 1 - out->n);
		if (n > 0)
			out->n += (size_t)n;
	}
	/* With TLS 1.3 what the server says of our certificate comes after our own handshake. */
	if (out->n == 0)
		out->handshake = n < 0 ? (int)n : GNUTLS_E_PREMATURE_TERMINATION;
}

void tls_ask(unsigned port, const char *dir, const char *name, const char *priorities,
	     const char *request, struct tls_said *out)
{
	gnutls_certificate_credentials_t cred;
	gnutls_session_t s;
	int fd = http_connect(port);
	gnutls_datum_t h2 = { (unsigned char *)"h2", 2 };

	*out = (struct tls_said){ 0 };
	must(gnutls_certificate_allocate_credentials(&cred), "credentials");
	if (name)
		must(gnutls_certificate_set_x509_key_file(cred, pki_path(dir, name, "crt"),
							  pki_path(dir, name, "key"),
							  GNUTLS_X509_FMT_PEM),
		     name);
	must(gnutls_init(&s, GNUTLS_CLIENT | GNUTLS_FORCE_CLIENT_CERT | GNUTLS_NO_SIGNAL),
	     "session");
	must(priorities ? gnutls_priority_set_direct(s, priorities, NULL)
			: gnutls_set_default_priority(s),
	     "priorities");
	must(gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred), "credentials");
	(void)gnutls_alpn_set_protocols(s, &h2, request ? 0 : 1, 0);
	gnutls_transport_set_int(s, fd);
	do
		out->handshake = gnutls_handshake(s);
	while (out->handshake < 0 && !gnutls_error_is_fatal(out->handshake));
	if (out->handshake == 0) {
		server_subject(s, out);
		if (request)
			exchange(s, request, out);
	}
	gnutls_deinit(s);
	gnutls_certificate_free_credentials(cred);
	(void)close(fd);
}
