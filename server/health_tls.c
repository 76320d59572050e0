#include "server/health_tls.h"

#include <gnutls/gnutls.h>
#include <poll.h>
#include <string.h>

#include "store/base/clock.h"

struct talk {
	gnutls_session_t s;
	int fd;
	int64_t until_ms;
};

/* After a call that could not go on: true when it may be made again. */
static bool again(const struct talk *k, int rc)
{
	struct pollfd p = { .fd = k->fd,
			    .events = gnutls_record_get_direction(k->s) ? POLLOUT : POLLIN };
	int64_t left = k->until_ms - clock_mono_ms();

	return (rc == GNUTLS_E_AGAIN || rc == GNUTLS_E_INTERRUPTED) && left > 0 &&
	       poll(&p, 1, (int)left) == 1;
}

static size_t exchange(const struct talk *k, const char *question, char *answer, size_t max,
		       const char **why)
{
	size_t n = 0;
	ssize_t got;
	int rc;

	do
		rc = gnutls_handshake(k->s);
	while (rc < 0 && again(k, rc));
	*why = gnutls_strerror(rc);
	if (rc < 0)
		return 0;
	do
		got = gnutls_record_send(k->s, question, strlen(question));
	while (got < 0 && again(k, (int)got));
	while (got >= 0 && n < max) {
		got = gnutls_record_recv(k->s, answer + n, max - n);
		if (got > 0)
			n += (size_t)got;
		else if (got == 0)
			break;
		else if (again(k, (int)got))
			got = 0;
	}
	if (n == 0 && got < 0)
		*why = gnutls_strerror((int)got);
	return n;
}

size_t health_tls_ask(const struct config *c, int fd, const char *question, char *answer,
		      size_t max, int64_t until_ms, const char **why)
{
	struct talk k = { .fd = fd, .until_ms = until_ms };
	gnutls_certificate_credentials_t cred;
	size_t n = 0;

	*why = "out of memory";
	if (gnutls_certificate_allocate_credentials(&cred) < 0)
		return 0;
	if (c->tls.client_auth)
		(void)gnutls_certificate_set_x509_key_file(cred, c->tls.cert, c->tls.key,
							   GNUTLS_X509_FMT_PEM);
	if (gnutls_init(&k.s, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) == 0) {
		(void)gnutls_set_default_priority(k.s);
		(void)gnutls_credentials_set(k.s, GNUTLS_CRD_CERTIFICATE, cred);
		gnutls_transport_set_int(k.s, fd);
		n = exchange(&k, question, answer, max, why);
		gnutls_deinit(k.s);
	}
	gnutls_certificate_free_credentials(cred);
	return n;
}
