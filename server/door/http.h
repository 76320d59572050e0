/* server/door/http.h - the HTTP door: the runbook's own lines, and later every unary RPC as JSON.
 *
 * One thread (epoll) inside libmicrohttpd, connections suspended while the lane works. Routes
 * come as a table from server/api. Limits: 64 KiB of body, 8 KiB of headers, 256 connections,
 * 10 s for a request to arrive.
 */
#ifndef SERVER_DOOR_HTTP_H
#define SERVER_DOOR_HTTP_H

#include "server/door/method.h"
#include "store/base/buf.h"

struct http_request {
	const char *verb, *path;
	const char *tail; /* what `*` matched in the route's path; "" */
	bool verbose;     /* ?verbose */
	struct bytes body;
};

struct http_reply {
	int status;       /* 200 when the handler leaves it */
	const char *type; /* static; "application/json" when the handler leaves it */
	struct buf body;  /* in the turn's memory */
};

/* An error is answered as {"error":{"code","reason","message"}} with its HTTP status. */
typedef enum err http_fn(struct turn *t, const struct http_request *q, struct http_reply *r);

struct http_route {
	const char *verb;      /* "GET", "POST" */
	const char *path;      /* "/health", "/admin/reset/" with a final '*' for a tail */
	enum method_mode mode; /* READ, WRITE or SLOW */
	unsigned roles;        /* 0: anyone; else any of these */
	unsigned flags;        /* METHOD_URGENT, METHOD_EMERGENCY */
	http_fn *fn;
};

struct http_door;

struct http_options {
	const char *address; /* "127.0.0.1" */
	unsigned port;       /* 0: any; see http_door_port */
	const struct http_route *routes;
	size_t n_routes;
};

enum err http_door_open(struct turn *t, struct store *s, const struct http_options *o,
			struct http_door **out) MUST_USE;
unsigned http_door_port(const struct http_door *d);
void http_door_close(struct http_door *d); /* answers what it has; NULL is fine */

#endif
