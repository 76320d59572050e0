/* server/net/jsonrpc.h - JSON-RPC 2.0 in batches over HTTP POST, answers matched by id.
 *
 * The endpoint is not trusted: HTML, cut JSON, duplicate keys, wrong, missing or duplicate ids
 * make calls RPC_UNKNOWN and are the endpoint's fault; nothing of them reaches a caller.
 * Used by el_*.c; jobs speak el.h.
 */
#ifndef SERVER_NET_JSONRPC_H
#define SERVER_NET_JSONRPC_H

#include <jansson.h>
#include <stdbool.h>

#include "server/net/http.h"

struct rpc_call {
	const char *method;      /* static */
	const char *params_json; /* a JSON array */
	unsigned lane;           /* calls of one lane go in order, never in parallel; read only
				  * when the round is `ordered` */
};

enum rpc_outcome {
	RPC_NOT_SENT, /* nothing of it left this machine */
	RPC_UNKNOWN,  /* it may have been received, or the answer is no answer; `message` says it */
	RPC_ERROR,    /* the endpoint's own error object */
	RPC_RESULT,
};

struct rpc_answer {
	enum rpc_outcome outcome;
	const json_t *result; /* RESULT; borrowed until rpc_done; may be a JSON null */
	const json_t *first;  /* the result of the batch's `first` call; NULL: not known */
	int64_t code;         /* ERROR, and UNKNOWN where a rate limit or a whole batch's error had
			       * one; else 0 */
	const char *message;  /* not RESULT: at most 200 printable characters; never NULL */
	struct bytes data;    /* ERROR: its data, decoded from hex; p NULL: none */
};

struct rpc_options {
	const char *url;
	size_t batch;      /* calls a request; 0: 100, at most 1,000 */
	size_t parallel;   /* requests at once; 0: 4 */
	size_t max_body;   /* bytes a request, unless one call alone has more; 0: 120 KiB */
	size_t max_answer; /* bytes an answer; 0: 8 MiB */
	int64_t within_ms; /* a request; 0: the turn's deadline */
	int64_t begin_by;  /* a request not begun by then (clock_mono_ms()) is not sent; 0: any time
			    */
	bool ordered;      /* by rpc_call.lane */
	const struct rpc_call *first; /* asked at the head of every request; NULL: none */
};

/* What the round taught about the endpoint, worst first. */
enum rpc_health {
	RPC_AWAY,    /* no connection, no answer, 5xx */
	RPC_GARBAGE, /* an answer that is not JSON-RPC */
	RPC_LIMITED, /* it asked us to slow down: wait_ms */
	RPC_FINE,
};

struct rpc_round {
	struct rpc_answer *answers; /* as many as calls, in their order */
	enum rpc_health health;     /* of the worst request */
	bool any_fine;              /* one request at least was answered well */
	size_t batch_refused; /* calls in the smallest request that was answered with one error
			       * object for all of it, and no rate limit; 0: none */
	int64_t wait_ms;      /* LIMITED: what it asked for; 0: it did not say */
	int64_t latency_us;   /* of the quickest well answered request; 0: none */
	const char *said;     /* why health is not FINE; "" */
	json_t **roots;       /* rpc_done's */
	size_t n_roots;
};

/* Never fails as a whole. Follow with rpc_done once the results were read. */
void rpc_ask(struct turn *t, struct http_client *c, const struct rpc_options *o,
	     const struct rpc_call *calls, size_t n, struct rpc_round *out);

/* Several rounds at the same time, to one endpoint or to several; rpc_done for each. */
struct rpc_one {
	struct rpc_options o;
	const struct rpc_call *calls;
	size_t n;
	struct rpc_round round; /* out */
};
void rpc_ask_many(struct turn *t, struct http_client *c, struct rpc_one *rounds, size_t n);
void rpc_done(struct rpc_round *r);

/* What people are shown of a foreign text: printable ASCII, at most 200 characters. */
const char *rpc_text(struct turn *t, const char *s, size_t n);

#endif
