/* server/door/http.h - the HTTP door: the runbook's own lines, and every unary RPC as JSON or
 * protobuf.
 *
 * One thread that runs libmicrohttpd (epoll), connections suspended while the lane or the slow
 * worker works for them. Routes come as a table from server/api. Limits: 64 KiB of body, 8 KiB of
 * headers, 256 connections (32 from one address that is not loopback), 10 s for a request to
 * arrive, 30 s for an answer to be taken. HTTP/1.1, RFC 9110 and 9112.
 *
 * A method row is also `POST /package.Service/Method`, the unary form of the Connect protocol
 * (https://connectrpc.com/docs/protocol): application/json or application/proto, up to 1 MiB, for
 * the row's roles. Its errors have Connect's own shape and status. A call that comes again, here
 * or by gRPC, has its first answer. Streams are for gRPC alone.
 *
 * Who may: `Authorization: Bearer TOKEN` or, with TLS, a client certificate gives the identity's
 * roles (doorman.h). A certificate alone does not count for a request with an Origin: a browser
 * sends it along with whatever a foreign page asks for. On a door that listens on loopback alone a
 * route that lists ROLE_LOOPBACK is open, without either, to a direct caller (no proxy, no Origin)
 * with a loopback Host: the actor is then "loopback". Without a proof every route of such a door
 * but /health..., /metrics and those with a proof in the call itself (/ack, /hb, /in) wants a
 * loopback Host, so that a page in a browser, by whatever name it reached us (DNS rebinding),
 * reaches nothing. There are no CORS headers.
 */
#ifndef SERVER_DOOR_HTTP_H
#define SERVER_DOOR_HTTP_H

#include "server/door/method.h"
#include "store/base/buf.h"

struct http_request {
	const char *verb, *path;
	const char *tail;  /* what `*` matched in the route's path; "" */
	bool verbose;      /* ?verbose, but not ?verbose=0 or =false */
	struct bytes body; /* JSON by its content type, but of METHOD_ANY_BODY; {NULL, 0}: none */
	const char *signature; /* the X-PagerDuty-Signature header; "" */
};

struct http_reply {
	int status;       /* 200 when the handler leaves it */
	const char *type; /* static; "application/json" when the handler leaves it */
	struct buf body;  /* in the turn's memory */
};

/* `text` as a JSON string, quoted and escaped; what is not UTF-8 becomes U+FFFD. */
void http_json(struct buf *b, const char *text);

/* An error is answered as {"error":{"code","reason","message"}} with its HTTP status. */
typedef enum err http_fn(struct turn *t, const struct http_request *q, struct http_reply *r);

struct http_route {
	const char *verb; /* "GET", "POST" */
	const char *path; /* "/health"; in "/admin/reset/" and a '*' it stands for a tail, 1 to 128
			   * letters, digits and "-._~"; more of the path may follow it */
	enum method_mode mode; /* READ, WRITE or SLOW */
	unsigned roles;        /* 0: anyone; else any of these */
	unsigned flags;        /* METHOD_URGENT, METHOD_EMERGENCY */
	http_fn *fn;
};

struct http_door;
struct refusals;
struct slow;
struct tls;

struct http_options {
	const char *address;             /* "127.0.0.1" */
	unsigned port;                   /* 0: any; see http_door_port */
	const struct http_route *routes; /* borrowed */
	size_t n_routes;
	const struct method *methods; /* borrowed */
	size_t n_methods;
	struct slow *slow;         /* borrowed; needed where a row or a route is SLOW */
	struct refusals *refusals; /* borrowed; NULL: not recorded */
	struct tls *tls;           /* borrowed; NULL: plain, for loopback */
	int64_t arrive_ms;         /* for a request to arrive; 0: 10 s */
};

/* ERR_EXISTS: the port is taken (by whom, where that can be told). ERR_INVALID: the address.
 * ERR_BROKEN: a row has no method in the contract, or is SLOW without a worker. */
enum err http_door_open(struct turn *t, struct store *s, const struct http_options *o,
			struct http_door **out) MUST_USE;
unsigned http_door_port(const struct http_door *d);
void http_door_close(struct http_door *d); /* answers what it has; NULL is fine */

#endif
