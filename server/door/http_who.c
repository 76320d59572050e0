/* Who asks by HTTP, and whether they may: a token, or a caller on loopback. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#include "server/door/http_inside.h"

static bool name_is(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

static enum MHD_Result take(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct head *h = arg;
	const char **once = NULL;

	(void)kind;
	if (name_is(name, "Host"))
		once = &h->host;
	else if (name_is(name, "Origin"))
		once = &h->origin;
	else if (name_is(name, "Authorization"))
		once = &h->authorization;
	else if (name_is(name, "Content-Type"))
		once = &h->content_type;
	else if (name_is(name, "Content-Length"))
		once = &h->content_length;
	else if (name_is(name, "Content-Encoding"))
		once = &h->content_encoding;
	else if (name_is(name, "Connect-Protocol-Version"))
		once = &h->connect_version;
	else if (name_is(name, "Connect-Timeout-Ms"))
		once = &h->connect_timeout;
	else if (name_is(name, "X-PagerDuty-Signature"))
		once = &h->signature;
	else if (name_is(name, "traceparent"))
		h->traceparent = h->traces++ == 0 ? value : NULL;
	else if (name_is(name, "Forwarded") || name_is(name, "X-Forwarded-For") ||
		 name_is(name, "Via"))
		h->proxied = true;
	if (once) {
		h->twice = h->twice || *once;
		*once = value ? value : "";
	}
	return MHD_YES;
}

struct head head_read(struct MHD_Connection *c)
{
	struct head h = { 0 };
	const union MHD_ConnectionInfo *size =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	(void)MHD_get_connection_values(c, MHD_HEADER_KIND, take, &h);
	h.size = size ? size->header_size : 0;
	return h;
}

/* "name", "name:port", "[v6]" or "[v6]:port" of RFC 9110 7.2: the name alone. */
static bool host_name(const char *host, char out[INET6_ADDRSTRLEN])
{
	const char *begin = host, *end = host + strcspn(host, ":"), *port;

	if (*host == '[') {
		begin = host + 1;
		end = strchr(host, ']');
		if (!end)
			return false;
	}
	port = *host == '[' ? end + 1 : end;
	if (*port == ':' && strspn(port + 1, "0123456789") == strlen(port + 1) &&
	    strlen(port + 1) <= 5)
		port += strlen(port);
	if (*port || end - begin >= INET6_ADDRSTRLEN)
		return false;
	memcpy(out, begin, (size_t)(end - begin));
	out[end - begin] = 0;
	return true;
}

static bool v4_is_loopback(const struct in_addr *a)
{
	return ntohl(a->s_addr) >> 24 == 127;
}

bool host_is_loopback(const char *host)
{
	char name[INET6_ADDRSTRLEN];
	struct in6_addr v6;
	struct in_addr v4;

	if (!host || !host_name(host, name))
		return false;
	if (*host == '[')
		return inet_pton(AF_INET6, name, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	return name_is(name, "localhost") ||
	       (inet_pton(AF_INET, name, &v4) == 1 && v4_is_loopback(&v4));
}

bool peer_is_loopback(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (!i || !i->client_addr)
		return false;
	if (i->client_addr->sa_family == AF_INET) {
		memcpy(&v4, i->client_addr, sizeof(v4));
		return v4_is_loopback(&v4.sin_addr);
	}
	if (i->client_addr->sa_family != AF_INET6)
		return false;
	memcpy(&v6, i->client_addr, sizeof(v6));
	return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
	       (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127);
}

void peer_text(struct MHD_Connection *c, char out[INET6_ADDRSTRLEN])
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *a = i ? i->client_addr : NULL;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	out[0] = 0;
	if (a && a->sa_family == AF_INET) {
		memcpy(&v4, a, sizeof(v4));
		(void)inet_ntop(AF_INET, &v4.sin_addr, out, INET6_ADDRSTRLEN);
	} else if (a && a->sa_family == AF_INET6) {
		memcpy(&v6, a, sizeof(v6));
		(void)inet_ntop(AF_INET6, &v6.sin6_addr, out, INET6_ADDRSTRLEN);
	}
}

/* Probes and scrapers come by any name, and learn nothing secret; links, webhooks and heartbeats
 * bring a proof that no page of a browser has. */
static bool any_host_may(const char *target)
{
	return strcmp(target, "/metrics") == 0 || strcmp(target, "/health") == 0 ||
	       strncmp(target, "/health/", 8) == 0 || strncmp(target, "/ack/", 5) == 0 ||
	       strncmp(target, "/hb/", 4) == 0 || strncmp(target, "/in/", 4) == 0;
}

/* The caller's own, as the handshake verified it; DER. */
static struct bytes certificate(const struct conn *conn)
{
	unsigned n = 0;
	const gnutls_datum_t *list = conn->tls && conn->pair->client != TLS_CLIENT_NONE
					     ? gnutls_certificate_get_peers(conn->tls, &n)
					     : NULL;

	return list && n > 0 ? (struct bytes){ list[0].data, list[0].size }
			     : (struct bytes){ NULL, 0 };
}

static enum err loopback_asks(struct call *call, const struct head *h)
{
	struct turn *t = &call->t;

	if (h->origin || h->proxied || !peer_is_loopback(call->c))
		return fail(t, ERR_NOBODY,
			    "no token: send 'Authorization: Bearer TOKEN' (without one only "
			    "direct calls on loopback are answered, and none with an Origin)");
	t->actor = "loopback";
	t->roles = ROLE_LOOPBACK;
	t->proof = "loopback";
	return OK;
}

enum err who_asks(struct call *call, const struct head *h)
{
	struct turn *t = &call->t;
	const struct http_door *d = call->door;
	struct proof proof = { .certificate = certificate(call->conn) };
	struct caller who;

	if (h->authorization)
		proof.authorization = (struct bytes){ (const uint8_t *)h->authorization,
						      strlen(h->authorization) };
	bool bare = !h->authorization && proof.certificate.n == 0;

	if (bare && d->local && !any_host_may(call->target) && !host_is_loopback(h->host))
		return fail(t, ERR_DENIED,
			    "Host '%.80s' is not this machine's loopback: use http://localhost, or "
			    "send 'Authorization: Bearer TOKEN'",
			    h->host ? h->host : "");
	if (bare && d->local && call->roles & ROLE_LOOPBACK)
		return loopback_asks(call, h);
	if (!h->authorization && h->origin && proof.certificate.n > 0 && call->roles)
		return fail(t, ERR_NOBODY,
			    "a browser sends its certificate with whatever a page asks for: with "
			    "an Origin send 'Authorization: Bearer TOKEN'");
	enum err e = doorman_pass(t, d->doorman, &proof, call->roles, &who);

	t->actor = turn_strdup(t, who.name);
	return e;
}
