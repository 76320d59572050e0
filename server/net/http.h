/* server/net/http.h - many HTTP requests at once, within the turn's deadline (libcurl's multi).
 * The only folder that includes <curl/...>.
 *
 * It asks once and says what it knows: it never retries, follows no redirect, uses no proxy of
 * the environment, speaks only http and https, checks certificates, takes no compressed body.
 * What matters most to money is whether a request may have been received: HTTP_NO_CONNECT is
 * said only when not one byte of it left this machine.
 * Threads: a client belongs to one thread. The process ignores SIGPIPE (main does).
 */
#ifndef SERVER_NET_HTTP_H
#define SERVER_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/turn.h"

struct http_client; /* connections kept alive between asks */

struct http_options {
	size_t connections;  /* at once, over all hosts; 0: 8, at most 64 */
	int64_t connect_ms;  /* DNS, TCP and TLS together; 0: 5,000 */
	const char *ca_file; /* instead of the system's certificates; NULL: those */
	bool public_only;    /* connect to no address of our own networks (store/base/inet.h),
			      * whatever a name resolves to */
};

struct http_ask {
	const char *url;
	const char *const *headers; /* "Name: value"; NULL when n_headers is 0 */
	size_t n_headers;
	struct bytes body; /* p NULL: GET, else POST */
	size_t max_answer; /* bytes of body; 0: 8 MiB */
	int64_t within_ms; /* 0: the turn's deadline, which always holds too */
	int64_t begin_by;  /* clock_mono_ms(): not begun by then, it is not sent; 0: any time */
	unsigned lane;     /* 0: none. Asks of one lane go one after another, in order; after one
			    * that was not answered with status 200 the rest of its lane is not
			    * sent. */
};

enum http_outcome {
	HTTP_NO_CONNECT, /* nothing was sent */
	HTTP_NO_ANSWER,  /* it may have been received: reset, timeout, cut off */
	HTTP_TOO_BIG,    /* received and answered, but with more than max_answer */
	HTTP_ANSWERED,   /* a whole answer of any status */
};

struct http_answer {
	enum http_outcome outcome;
	int status;             /* ANSWERED */
	struct bytes body;      /* ANSWERED; in the turn's memory, with a NUL behind */
	int64_t retry_after_ms; /* of the Retry-After header, either form; -1: none */
	int64_t took_us;        /* from the start of this request, connecting included */
	const char *layer; /* where it failed: "URL", "DNS", "TCP", "TLS", "HTTP"; "" when answered,
			    * and when we held it back: no fault of the other side */
	bool refused;      /* NO_CONNECT: the machine answers, and nobody listens there */
	const char *said;  /* one line when not ANSWERED; never the whole URL */
};

/* Caller owns *out. ERR_INVALID: the certificate file cannot be read. */
enum err http_open(struct turn *t, const struct http_options *o, struct http_client **out) MUST_USE;
void http_close(struct http_client *c); /* NULL is fine */

/* Ask all of them, as many at once as there are connections. Never fails as a whole: answers[i]
 * belongs to asks[i]. */
struct http_answer *http_ask_many(struct turn *t, struct http_client *c,
				  const struct http_ask *asks, size_t n);

#endif
