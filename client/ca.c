#include "client/ca.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/x509.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/file.h"
#include "store/base/hex.h"
#include "store/base/turn.h"

enum { SERIAL = 16, PEM_MAX = 64 * 1024, HOST_MAX = 253 };

static const int64_t DAY_S = 86400, CA_DAYS = 3653;
static const int64_t BACK_S = 300; /* clocks differ */

/* A key and the certificate of it. */
struct pair {
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	uint8_t serial[SERIAL];
};

static enum err gnutls_said(struct turn *t, int rc, const char *what)
{
	return rc < 0 ? fail(t, ERR_BROKEN, "%s: %s", what, gnutls_strerror(rc)) : OK;
}

static void pair_close(struct pair *p)
{
	gnutls_x509_privkey_deinit(p->key);
	gnutls_x509_crt_deinit(p->crt);
}

static enum err pair_init(struct turn *t, struct pair *p)
{
	*p = (struct pair){ 0 };
	if (gnutls_x509_privkey_init(&p->key) < 0 || gnutls_x509_crt_init(&p->crt) < 0)
		return fail(t, ERR_FULL, "out of memory");
	return OK;
}

/* What all certificates have; serials are 127 random bits (RFC 5280 4.1.2.2). */
static enum err crt_begin(struct turn *t, struct pair *p, const char *name, int64_t from_s,
			  int64_t until_s)
{
	uint8_t id[64];
	size_t n = sizeof(id);
	unsigned bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1);

	turn_random(t, p->serial, SERIAL);
	p->serial[0] = (uint8_t)((p->serial[0] & 0x3f) | 0x40);
	TRY(gnutls_said(t, gnutls_x509_privkey_generate(p->key, GNUTLS_PK_ECDSA, bits, 0),
			"no key can be made"));
	int rc = gnutls_x509_crt_set_version(p->crt, 3);

	rc = rc ? rc : gnutls_x509_crt_set_serial(p->crt, p->serial, SERIAL);
	rc = rc ? rc : gnutls_x509_crt_set_activation_time(p->crt, from_s);
	rc = rc ? rc : gnutls_x509_crt_set_expiration_time(p->crt, until_s);
	rc = rc ? rc : gnutls_x509_crt_set_key(p->crt, p->key);
	rc = rc ? rc
		: gnutls_x509_crt_set_dn_by_oid(p->crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
						(unsigned)strlen(name));
	rc = rc ? rc : gnutls_x509_crt_get_key_id(p->crt, GNUTLS_KEYID_USE_SHA1, id, &n);
	rc = rc ? rc : gnutls_x509_crt_set_subject_key_id(p->crt, id, n);
	return gnutls_said(t, rc, "no certificate can be made");
}

static enum err crt_sign(struct turn *t, struct pair *p, const struct pair *by)
{
	uint8_t id[64];
	size_t n = sizeof(id);
	int rc = gnutls_x509_crt_get_subject_key_id(by->crt, id, &n, NULL);

	if (rc == 0)
		rc = gnutls_x509_crt_set_authority_key_id(p->crt, id, n);
	if (rc >= 0)
		rc = gnutls_x509_crt_sign2(p->crt, by->crt, by->key, GNUTLS_DIG_SHA256, 0);
	return gnutls_said(t, rc, "the certificate cannot be signed");
}

/* ---- files ---- */

static enum err write_out(struct turn *t, const struct pair *p, struct new_file *key,
			  struct new_file *crt)
{
	gnutls_datum_t k = { 0 }, c = { 0 };
	int rc = gnutls_x509_privkey_export2_pkcs8(p->key, GNUTLS_X509_FMT_PEM, NULL,
						   GNUTLS_PKCS_PLAIN, &k);
	enum err e = gnutls_said(t, rc, "the key cannot be written");

	if (e == OK)
		e = gnutls_said(t, gnutls_x509_crt_export2(p->crt, GNUTLS_X509_FMT_PEM, &c),
				"the certificate cannot be written");
	if (e == OK)
		e = file_fill(t, key, k.data, k.size);
	if (e == OK)
		e = file_fill(t, crt, c.data, c.size);
	if (k.data)
		wipe(k.data, k.size);
	gnutls_free(k.data);
	gnutls_free(c.data);
	return e;
}

/* Both files, or none. */
static enum err save(struct turn *t, const struct pair *p, const char *key, const char *crt)
{
	struct new_file k = { .fd = -1 }, c = { .fd = -1 };

	TRY(file_claim(t, key, 0600, &k));
	enum err e = file_claim(t, crt, 0644, &c);

	if (e == OK)
		e = write_out(t, p, &k, &c);
	file_give_up(&c);
	file_give_up(&k);
	if (e != OK)
		(void)unlink(key);
	return e;
}

static enum err pem_of(struct turn *t, const char *path, bool secret, gnutls_datum_t *out)
{
	struct file f;
	struct stat st;

	if (secret && stat(path, &st) == 0 && st.st_mode & 077)
		return fail(t, ERR_REFUSED,
			    "others may read the CA's key %s (mode %03o): whoever has it can name "
			    "anybody; do: chmod 600 %s",
			    path, (unsigned)st.st_mode & 0777, path);
	TRY(file_read(t, path, PEM_MAX, &f));
	*out = (gnutls_datum_t){ (unsigned char *)f.text, (unsigned)f.n };
	return OK;
}

/* ---- the CA ---- */

static enum err ca_make(struct turn *t, const char *key, const char *crt, struct pair *ca)
{
	int64_t now = t->now_ms / 1000;
	uint8_t chance[4];
	char text[2 * sizeof(chance) + 1];

	turn_random(t, chance, sizeof(chance));
	hex_put(chance, sizeof(chance), text);
	TRY(crt_begin(t, ca, turn_printf(t, "ghost-fleet CA %s", text), now - BACK_S,
		      now + CA_DAYS * DAY_S));
	int rc = gnutls_x509_crt_set_basic_constraints(ca->crt, 1, 0);

	rc = rc ? rc
		: gnutls_x509_crt_set_key_usage(ca->crt,
						GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
	TRY(gnutls_said(t, rc, "no CA can be made"));
	TRY(crt_sign(t, ca, ca));
	return save(t, ca, key, crt);
}

static enum err ca_read(struct turn *t, const char *key, const char *crt, struct pair *ca)
{
	gnutls_datum_t k, c;

	TRY(pem_of(t, key, true, &k));
	TRY(pem_of(t, crt, false, &c));
	int rc = gnutls_x509_privkey_import(ca->key, &k, GNUTLS_X509_FMT_PEM);

	rc = rc ? rc : gnutls_x509_crt_import(ca->crt, &c, GNUTLS_X509_FMT_PEM);
	if (rc < 0)
		return fail(t, ERR_REFUSED, "%s and %s are no CA: %s", crt, key,
			    gnutls_strerror(rc));
	if (gnutls_x509_crt_get_ca_status(ca->crt, NULL) <= 0)
		return fail(t, ERR_REFUSED, "%s is no CA's certificate", crt);
	if ((int64_t)gnutls_x509_crt_get_expiration_time(ca->crt) * 1000 <= t->now_ms)
		return fail(t, ERR_REFUSED,
			    "the CA %s has expired: make a new one in another folder", crt);
	return OK;
}

/* The CA's folder, and those above it that are not there yet: for us alone. */
static enum err make_folders(struct turn *t, const char *dir)
{
	char *path = turn_strdup(t, dir);

	for (char *s = path; *s; s += *s != 0) {
		s += strspn(s, "/");
		s += strcspn(s, "/");
		char after = *s;

		*s = 0;
		if (*path && mkdir(path, 0700) != 0 && errno != EEXIST)
			return fail(t, ERR_REFUSED, "the folder %s cannot be made: %s", path,
				    strerror(errno));
		*s = after;
	}
	return OK;
}

static enum err ca_open(struct turn *t, const struct ca_ask *ask, struct ca_issued *out,
			struct pair *ca)
{
	const char *key = turn_printf(t, "%s/ca.key", ask->dir);
	bool has_key, has_crt;

	out->ca = turn_printf(t, "%s/ca.crt", ask->dir);
	TRY(make_folders(t, ask->dir));
	has_key = access(key, F_OK) == 0;
	has_crt = access(out->ca, F_OK) == 0;
	if (has_key != has_crt)
		return fail(t, ERR_REFUSED, "half a CA: %s is there, %s is not",
			    has_key ? key : out->ca, has_key ? out->ca : key);
	out->made_ca = !has_key;
	return has_key ? ca_read(t, key, out->ca, ca) : ca_make(t, key, out->ca, ca);
}

/* ---- what it issues ---- */

static bool is_dns_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.*_");

	return n > 0 && n <= HOST_MAX && !s[n] && s[0] != '-' && s[0] != '.';
}

static enum err add_host(struct turn *t, gnutls_x509_crt_t crt, const char *host)
{
	uint8_t ip[16];
	int rc;

	if (inet_pton(AF_INET, host, ip) == 1)
		rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, ip, 4,
							  GNUTLS_FSAN_APPEND);
	else if (inet_pton(AF_INET6, host, ip) == 1)
		rc = gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, ip, 16,
							  GNUTLS_FSAN_APPEND);
	else if (is_dns_name(host))
		rc = gnutls_x509_crt_set_subject_alt_name(
			crt, GNUTLS_SAN_DNSNAME, host, (unsigned)strlen(host), GNUTLS_FSAN_APPEND);
	else
		return fail(t, ERR_INVALID, "'%.80s' is no DNS name and no IP address", host);
	return gnutls_said(t, rc, "the host cannot be put into the certificate");
}

/* The daemon's own `health` shows the server's certificate as a caller, where the doors require
 * one: hence both uses. It names nobody, having no URI. */
static enum err add_names(struct turn *t, const struct ca_ask *ask, gnutls_x509_crt_t crt)
{
	int rc = gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_CLIENT, 0);

	if (ask->uri) {
		rc = rc ? rc
			: gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_URI, ask->uri,
							       (unsigned)strlen(ask->uri),
							       GNUTLS_FSAN_SET);
		return gnutls_said(t, rc, "the URI cannot be put into the certificate");
	}
	rc = rc ? rc : gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
	TRY(gnutls_said(t, rc, "no server's certificate can be made"));
	for (size_t i = 0; i < ask->n_hosts; i++)
		TRY(add_host(t, crt, ask->hosts[i]));
	return OK;
}

static enum err leaf_make(struct turn *t, const struct ca_ask *ask, const struct pair *ca,
			  struct pair *leaf, struct ca_issued *out)
{
	int64_t now = t->now_ms / 1000, until = now + ask->valid_ms / 1000;
	int64_t ca_until = (int64_t)gnutls_x509_crt_get_expiration_time(ca->crt);
	char text[2 * SERIAL + 1];

	until = until < ca_until ? until : ca_until;
	TRY(crt_begin(t, leaf, ask->name, now - BACK_S, until));
	int rc = gnutls_x509_crt_set_basic_constraints(leaf->crt, 0, -1);

	rc = rc ? rc : gnutls_x509_crt_set_key_usage(leaf->crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
	TRY(gnutls_said(t, rc, "no certificate can be made"));
	TRY(add_names(t, ask, leaf->crt));
	TRY(crt_sign(t, leaf, ca));
	hex_put(leaf->serial, SERIAL, text);
	out->serial = turn_strdup(t, text);
	out->until_ms = until * 1000;
	return save(t, leaf, out->key, out->cert);
}

/* Before a CA is made for nothing. */
static enum err not_there(struct turn *t, const char *path)
{
	return access(path, F_OK) == 0
		       ? fail(t, ERR_EXISTS,
			      "%s is there already: it is not overwritten, move it away", path)
		       : OK;
}

enum err ca_issue(struct turn *t, const struct ca_ask *ask, struct ca_issued *out)
{
	struct pair ca = { 0 }, leaf = { 0 };

	*out = (struct ca_issued){ .cert = turn_printf(t, "%s/%s.crt", ask->dir, ask->name),
				   .key = turn_printf(t, "%s/%s.key", ask->dir, ask->name) };
	TRY(not_there(t, out->cert));
	TRY(not_there(t, out->key));
	enum err e = pair_init(t, &ca);

	if (e == OK)
		e = pair_init(t, &leaf);
	if (e == OK)
		e = ca_open(t, ask, out, &ca);
	if (e == OK)
		e = leaf_make(t, ask, &ca, &leaf, out);
	pair_close(&ca);
	pair_close(&leaf);
	return e;
}
