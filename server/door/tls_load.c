/* From files to a pair that can be used, or a line that says why not. */
#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/door/tls_inside.h"
#include "store/base/types.h"

enum { FILE_MAX = 256 << 10, CHAIN_MAX = 16, CAS_MAX = 64, RSA_LEAST = 2048, EC_LEAST = 256 };

/* A whole file with a NUL behind it; free() it. */
static enum err read_file(struct turn *t, const char *path, bool secret, char **out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = calloc(1, FILE_MAX + 1);
	struct stat st;
	ssize_t n = 0;
	size_t have = 0;
	enum err e = OK;

	if (!text)
		abort();
	if (fd < 0 || fstat(fd, &st) != 0)
		e = fail(t, ERR_REFUSED, "TLS: %s cannot be opened: %s", path, strerror(errno));
	else if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		e = fail(t, ERR_REFUSED, "TLS: %s is no file of at most 256 KiB", path);
	else if (secret && st.st_mode & 077)
		e = fail(t, ERR_REFUSED,
			 "TLS: the key %s may be read by others (mode %03o); run: chmod 600 %s",
			 path, (unsigned)st.st_mode & 0777, path);
	while (e == OK && have < FILE_MAX && (n = read(fd, text + have, FILE_MAX - have)) != 0) {
		if (n > 0)
			have += (size_t)n;
		else if (errno != EINTR)
			e = fail(t, ERR_REFUSED, "TLS: %s cannot be read: %s", path,
				 strerror(errno));
	}
	if (fd >= 0)
		(void)close(fd);
	if (e == OK) {
		*out = text;
		return OK;
	}
	wipe(text, FILE_MAX);
	free(text);
	return e;
}

static gnutls_datum_t datum(const char *text)
{
	return (gnutls_datum_t){ (unsigned char *)(uintptr_t)text, (unsigned)strlen(text) };
}

/* What both libraries take: OpenSSL, under the gRPC door, refuses what is weak; then the doors
 * would show two certificates. */
static enum err check_strength(struct turn *t, const char *path, gnutls_x509_crt_t crt)
{
	unsigned bits = 0;
	int pk = gnutls_x509_crt_get_pk_algorithm(crt, &bits);
	int sign = gnutls_x509_crt_get_signature_algorithm(crt);

	if ((pk == GNUTLS_PK_RSA || pk == GNUTLS_PK_RSA_PSS) && bits < RSA_LEAST)
		return fail(t, ERR_REFUSED, "TLS: %s has an RSA key of %u bits, want at least %d",
			    path, bits, RSA_LEAST);
	if (pk == GNUTLS_PK_ECDSA && bits < EC_LEAST)
		return fail(t, ERR_REFUSED, "TLS: %s has an EC key of %u bits, want at least %d",
			    path, bits, EC_LEAST);
	if (!gnutls_sign_is_secure((gnutls_sign_algorithm_t)sign))
		return fail(t, ERR_REFUSED, "TLS: %s is signed with %s, which is broken", path,
			    gnutls_sign_get_name((gnutls_sign_algorithm_t)sign));
	return OK;
}

static enum err check_server(struct turn *t, const char *path, gnutls_x509_crt_t crt,
			     struct tls_pair *p)
{
	/* A certificate without an extended key usage is for everything. */
	if (!gnutls_x509_crt_check_key_purpose(crt, GNUTLS_KP_TLS_WWW_SERVER, 0))
		return fail(t, ERR_REFUSED,
			    "TLS: %s is not for a server (its extended key usage has no "
			    "serverAuth)",
			    path);
	p->from_ms = (int64_t)gnutls_x509_crt_get_activation_time(crt) * 1000;
	p->until_ms = (int64_t)gnutls_x509_crt_get_expiration_time(crt) * 1000;
	return check_strength(t, path, crt);
}

static enum err check_ca(struct turn *t, const char *path, gnutls_x509_crt_t crt,
			 struct tls_pair *p)
{
	int64_t until = (int64_t)gnutls_x509_crt_get_expiration_time(crt) * 1000;

	if (gnutls_x509_crt_get_ca_status(crt, NULL) <= 0)
		return fail(t, ERR_REFUSED,
			    "TLS: %s holds a certificate that is no CA's: name the CA that issues "
			    "the callers' certificates",
			    path);
	if (p->ca_until_ms == 0 || until < p->ca_until_ms)
		p->ca_until_ms = until;
	return OK;
}

typedef enum err check_fn(struct turn *t, const char *path, gnutls_x509_crt_t crt,
			  struct tls_pair *p);

/* fn for the first certificate of the file, or for all. */
static enum err each(struct turn *t, const char *path, const char *text, unsigned most, bool all,
		     check_fn *fn, struct tls_pair *p)
{
	gnutls_x509_crt_t list[CAS_MAX];
	gnutls_datum_t raw = datum(text);
	unsigned n = most;
	int rc = gnutls_x509_crt_list_import(list, &n, &raw, GNUTLS_X509_FMT_PEM,
					     GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);
	enum err e = OK;

	if (rc == GNUTLS_E_SHORT_MEMORY_BUFFER)
		return fail(t, ERR_REFUSED, "TLS: %s holds more than %u certificates", path, most);
	if (rc <= 0)
		return fail(t, ERR_REFUSED, "TLS: %s holds no certificate (PEM): %s", path,
			    rc ? gnutls_strerror(rc) : "it is empty");
	for (unsigned i = 0; i < n && e == OK && (all || i == 0); i++)
		e = fn(t, path, list[i], p);
	for (unsigned i = 0; i < n; i++)
		gnutls_x509_crt_deinit(list[i]);
	return e;
}

static enum err fill_cred(struct turn *t, const struct tls_options *o, struct tls_pair *p)
{
	gnutls_datum_t cert = datum(p->cert), key = datum(p->key);

	if (gnutls_certificate_allocate_credentials(&p->cred) < 0)
		return fail(t, ERR_FULL, "TLS: out of memory");
	int rc = gnutls_certificate_set_x509_key_mem2(p->cred, &cert, &key, GNUTLS_X509_FMT_PEM,
						      NULL, 0);

	if (rc == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
		return fail(t, ERR_REFUSED, "TLS: the key %s does not belong to the certificate %s",
			    o->key, o->cert);
	if (rc < 0)
		return fail(t, ERR_REFUSED, "TLS: the key %s cannot be used with %s: %s", o->key,
			    o->cert, gnutls_strerror(rc));
	if (!p->ca)
		return OK;
	gnutls_datum_t ca = datum(p->ca);

	rc = gnutls_certificate_set_x509_trust_mem(p->cred, &ca, GNUTLS_X509_FMT_PEM);
	return rc > 0 ? OK
		      : fail(t, ERR_REFUSED, "TLS: %s cannot be used: %s", o->client_ca,
			     gnutls_strerror(rc));
}

static enum err load_into(struct turn *t, const struct tls_options *o, struct tls_pair *p)
{
	p->client = o->client;
	TRY(read_file(t, o->cert, false, &p->cert));
	TRY(each(t, o->cert, p->cert, CHAIN_MAX, false, check_server, p));
	TRY(read_file(t, o->key, true, &p->key));
	if (o->client != TLS_CLIENT_NONE) {
		TRY(read_file(t, o->client_ca, false, &p->ca));
		TRY(each(t, o->client_ca, p->ca, CAS_MAX, true, check_ca, p));
	}
	return fill_cred(t, o, p);
}

enum err pair_load(struct turn *t, const struct tls_options *o, struct tls_pair **out)
{
	struct tls_pair *p = calloc(1, sizeof(*p));

	if (!p)
		abort();
	atomic_init(&p->refs, 1);
	enum err e = load_into(t, o, p);

	if (e != OK) {
		tls_let_go(p);
		return e;
	}
	*out = p;
	return OK;
}

void tls_let_go(struct tls_pair *p)
{
	if (!p || atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (p->cred)
		gnutls_certificate_free_credentials(p->cred);
	if (p->key)
		wipe(p->key, strlen(p->key));
	free(p->key);
	free(p->cert);
	free(p->ca);
	free(p);
}
