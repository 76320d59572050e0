/* tests/support/httpd.h - an HTTP server inside the test that answers as it is told: well, badly,
 * late, half, or not at all. One thread a connection; ended by httpd_stop. */
#ifndef TESTS_SUPPORT_HTTPD_H
#define TESTS_SUPPORT_HTTPD_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct httpd;

struct httpd_request {
	unsigned connection; /* from 1, in the order of accept */
	unsigned number;     /* from 1, over all connections */
	const char *head;    /* request line and headers */
	const char *body;    /* with a NUL behind */
};

enum httpd_how {
	HTTPD_WHOLE,
	HTTPD_CHUNKED, /* without a length */
	HTTPD_CUT,     /* half of the promised body, then closed */
	HTTPD_CLOSE,   /* no answer: the connection is closed */
	HTTPD_RAW,     /* `body` and nothing else, then closed */
};

struct httpd_reply {
	enum httpd_how how;
	int status;        /* 0: 200 */
	const char *extra; /* more header lines, each with \r\n; NULL: none */
	char *body;        /* from malloc; freed by the server; NULL: empty */
	int64_t delay_ms;  /* before the answer; cut short by httpd_stop */
};

/* On a server thread, one at a time. */
typedef void httpd_fn(void *arg, const struct httpd_request *q, struct httpd_reply *r);

/* On 127.0.0.1, a free port. `fn` NULL: every connection is closed as soon as it is accepted. */
struct httpd *httpd_start(httpd_fn *fn, void *arg);
void httpd_stop(struct httpd *h);             /* NULL is fine */
const char *httpd_url(const struct httpd *h); /* "http://127.0.0.1:PORT/" */
unsigned httpd_requests(struct httpd *h);     /* read in full so far */
unsigned httpd_connections(struct httpd *h);
/* Around looking at, or changing, what `fn` works on: it does not run meanwhile. */
void httpd_lock(struct httpd *h);
void httpd_unlock(struct httpd *h);

/* JSON-RPC. The answer to one call as JSON text, from malloc: "\"result\":\"0x1\"" or
 * "\"error\":{...}"; NULL leaves its entry out. `params` is the array. */
typedef char *httpd_call_fn(void *arg, const char *method, const json_t *params);
/* The answer to a body, single or batch, in its order; from malloc. */
char *httpd_rpc(const char *body, httpd_call_fn *fn, void *arg);
char *httpd_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
