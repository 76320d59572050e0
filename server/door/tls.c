#include "server/door/tls.h"

#include <gnutls/x509.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "server/door/tls_inside.h"
#include "server/ops/health.h"
#include "server/ops/metrics.h"
#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/base/units.h"

enum { FILES = 3, SAY_EVERY_MS = 86400000 };
static const int64_t WARN_MS = 30 * INT64_C(86400000);
static const int64_t ERROR_MS = 7 * INT64_C(86400000);

static const char component[] = "certificate";

/* Forward secrecy and AEAD only, as the C core's own list has it. */
const char tls_priorities[] = "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+ECDHE-ECDSA:+ECDHE-RSA:"
			      "+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:+AEAD:"
			      "+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+SIGN-ALL:"
			      "-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:-SIGN-DSA-SHA1:+COMP-NULL:"
			      "+CTYPE-X509:%SERVER_PRECEDENCE";

/* How a file was when it was looked at; a symlink is followed. */
struct stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec written;
};

struct tls {
	char *path[FILES]; /* certificate, key, CA; NULL: none */
	struct tls_options o;
	pthread_mutex_t lock; /* of `now` */
	struct tls_pair *now;
	uint64_t loaded;
	struct stamp read[FILES], seen[FILES]; /* when last read; at the last look */
	bool refused;                          /* what is in the files now cannot be used */
	char why[HEALTH_WHY];
	int64_t said_ms; /* of the expiry */
	enum log_level said;
};

static void stamps(const struct tls *s, struct stamp out[FILES])
{
	struct stat st;

	memset(out, 0, FILES * sizeof(*out));
	for (size_t i = 0; i < FILES; i++)
		if (s->path[i] && stat(s->path[i], &st) == 0) {
			out[i].dev = st.st_dev;
			out[i].ino = st.st_ino;
			out[i].size = st.st_size;
			out[i].written = st.st_mtim;
		}
}

static bool same(const struct stamp *a, const struct stamp *b)
{
	return memcmp(a, b, FILES * sizeof(*a)) == 0;
}

struct tls_pair *tls_hold(struct tls *s)
{
	(void)pthread_mutex_lock(&s->lock);
	struct tls_pair *p = s->now;

	(void)atomic_fetch_add_explicit(&p->refs, 1, memory_order_relaxed);
	(void)pthread_mutex_unlock(&s->lock);
	return p;
}

static void put_in_force(struct tls *s, struct tls_pair *p)
{
	p->number = ++s->loaded;
	(void)pthread_mutex_lock(&s->lock);
	struct tls_pair *old = s->now;

	s->now = p;
	(void)pthread_mutex_unlock(&s->lock);
	tls_let_go(old);
	metric_set(METRIC_TLS_UNTIL, "server", NULL, (double)(p->until_ms / 1000));
	if (p->ca)
		metric_set(METRIC_TLS_UNTIL, "client_ca", NULL, (double)(p->ca_until_ms / 1000));
}

/* ---- how it is ---- */

static void say_health(struct tls *s, const char *expiry)
{
	if (s->refused)
		health_set(component, HEALTH_DEGRADED, s->why);
	else if (expiry)
		health_set(component, HEALTH_DEGRADED, expiry);
	else
		health_set(component, HEALTH_HEALTHY, "");
}

/* The server's certificate, or the CA of the callers where that ends first. */
static void look_at_time(struct turn *t, struct tls *s)
{
	const struct tls_pair *p = s->now;
	bool ca = p->ca_until_ms && p->ca_until_ms < p->until_ms;
	int64_t until = ca ? p->ca_until_ms : p->until_ms, left = until - t->now_ms;
	const char *file = ca ? s->o.client_ca : s->o.cert;
	enum log_level level = left < ERROR_MS ? LOG_ERROR : left < WARN_MS ? LOG_WARN : LOG_INFO;
	char when[CLOCK_TEXT], line[HEALTH_WHY];

	clock_text(until, when);
	(void)snprintf(line, sizeof(line), "the certificate %.60s %s %s: put a new one there", file,
		       left <= 0 ? "expired at" : "expires at", when);
	say_health(s, level == LOG_ERROR ? line : NULL);
	if (level == LOG_INFO || (s->said == level && t->now_ms - s->said_ms < SAY_EVERY_MS))
		return;
	s->said = level;
	s->said_ms = t->now_ms;
	log_line(t, level, left <= 0 ? "a certificate expired" : "a certificate expires soon",
		 "file", file, "at", when, "left", left <= 0 ? "0s" : duration_str(t, left), NULL);
}

static enum err refuse(struct turn *t, struct tls *s)
{
	s->refused = true;
	(void)snprintf(s->why, sizeof(s->why), "%.150s", t->why);
	metric_add(METRIC_TLS_RELOADS, "refused", NULL, 1);
	log_line(t, LOG_ERROR, "the new certificate is not used, the one before stays", "why",
		 t->why, NULL);
	return ERR_REFUSED;
}

/* ---- reading again ---- */

static enum err good_now(struct turn *t, const struct tls *s, const struct tls_pair *p)
{
	char when[CLOCK_TEXT];

	clock_text(p->until_ms <= t->now_ms ? p->until_ms : p->from_ms, when);
	if (p->until_ms <= t->now_ms)
		return fail(t, ERR_REFUSED, "TLS: %s expired at %s", s->o.cert, when);
	if (p->from_ms > t->now_ms)
		return fail(t, ERR_REFUSED, "TLS: %s is not good before %s", s->o.cert, when);
	return OK;
}

enum err tls_reload(struct turn *t, struct tls *s)
{
	struct tls_pair *p = NULL;
	char when[CLOCK_TEXT];

	stamps(s, s->read);
	memcpy(s->seen, s->read, sizeof(s->seen));
	enum err e = pair_load(t, &s->o, &p);

	if (e == OK)
		e = good_now(t, s, p);
	if (e != OK) {
		tls_let_go(p);
		e = refuse(t, s);
		look_at_time(t, s);
		return e;
	}
	clock_text(p->until_ms, when);
	s->refused = false;
	s->said_ms = 0;
	put_in_force(s, p);
	metric_add(METRIC_TLS_RELOADS, "loaded", NULL, 1);
	log_line(t, LOG_INFO, "the certificate was read again; new connections get it", "file",
		 s->o.cert, "until", when, NULL);
	look_at_time(t, s);
	return OK;
}

void tls_look(struct turn *t, struct tls *s)
{
	struct stamp now[FILES];

	stamps(s, now);
	bool changed = !same(now, s->read), still = same(now, s->seen);

	memcpy(s->seen, now, sizeof(now));
	/* Said there already: the one in force stays. */
	if (changed && still && tls_reload(t, s) != OK)
		return;
	look_at_time(t, s);
}

/* ---- open and close ---- */

static char *copy(const char *path)
{
	char *c = path ? calloc(1, strlen(path) + 1) : NULL;

	if (path && !c)
		abort();
	if (path)
		memcpy(c, path, strlen(path));
	return c;
}

enum err tls_open(struct turn *t, const struct tls_options *o, struct tls **out)
{
	struct tls_pair *p;

	TRY(pair_load(t, o, &p));
	struct tls *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	(void)pthread_mutex_init(&s->lock, NULL);
	s->path[0] = copy(o->cert);
	s->path[1] = copy(o->key);
	s->path[2] = o->client == TLS_CLIENT_NONE ? NULL : copy(o->client_ca);
	s->o = (struct tls_options){ s->path[0], s->path[1], s->path[2], o->client };
	stamps(s, s->read);
	memcpy(s->seen, s->read, sizeof(s->seen));
	put_in_force(s, p);
	look_at_time(t, s);
	*out = s;
	return OK;
}

void tls_close(struct tls *s)
{
	if (!s)
		return;
	tls_let_go(s->now);
	for (size_t i = 0; i < FILES; i++)
		free(s->path[i]);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

enum err tls_check(struct turn *t, const struct tls_options *o, int64_t *until_ms_out)
{
	struct tls_pair *p;

	TRY(pair_load(t, o, &p));
	*until_ms_out =
		p->ca_until_ms && p->ca_until_ms < p->until_ms ? p->ca_until_ms : p->until_ms;
	tls_let_go(p);
	return OK;
}

/* ---- GnuTLS ---- */

/* libmicrohttpd closes after a failed handshake without an alert: what callers get wrong most they
 * are told here, as far as it arrives before the end. */
static int refuse_caller(gnutls_session_t session, gnutls_alert_description_t why, int rc)
{
	(void)gnutls_alert_send(session, GNUTLS_AL_FATAL, why);
	return rc;
}

/* In the handshake. Nobody: then the session asked for none, or does without. */
static int verify(gnutls_session_t session)
{
	gnutls_typed_vdata_st client = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
					 .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT };
	unsigned n = 0, status = 0;

	if (!gnutls_certificate_get_peers(session, &n) || n == 0)
		return 0;
	if (gnutls_certificate_verify_peers(session, &client, 1, &status) == 0 && status == 0)
		return 0;
	return refuse_caller(session,
			     status & GNUTLS_CERT_EXPIRED            ? GNUTLS_A_CERTIFICATE_EXPIRED
			     : status & GNUTLS_CERT_SIGNER_NOT_FOUND ? GNUTLS_A_UNKNOWN_CA
								     : GNUTLS_A_BAD_CERTIFICATE,
			     GNUTLS_E_CERTIFICATE_ERROR);
}

/* A certificate message that holds none is zeros: the lengths of its context and of its list. */
static int none_brought(gnutls_session_t session, unsigned type, unsigned post, unsigned incoming,
			const gnutls_datum_t *message)
{
	(void)type;
	(void)post;
	for (unsigned i = 0; i < message->size; i++)
		if (message->data[i] != 0)
			return 0;
	return !incoming ? 0
			 : refuse_caller(session, GNUTLS_A_CERTIFICATE_REQUIRED,
					 GNUTLS_E_NO_CERTIFICATE_FOUND);
}

void tls_attach(gnutls_session_t session, const struct tls_pair *p)
{
	static const gnutls_certificate_request_t request[] = {
		[TLS_CLIENT_NONE] = GNUTLS_CERT_IGNORE,
		[TLS_CLIENT_OPTIONAL] = GNUTLS_CERT_REQUEST,
		[TLS_CLIENT_REQUIRED] = GNUTLS_CERT_REQUIRE,
	};

	(void)gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, p->cred);
	gnutls_certificate_server_set_request(session, request[p->client]);
	gnutls_session_set_verify_function(session, verify);
	if (p->client == TLS_CLIENT_REQUIRED)
		gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_CERTIFICATE_PKT,
						   GNUTLS_HOOK_PRE, none_brought);
}
