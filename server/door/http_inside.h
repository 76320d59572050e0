/* server/door/http_inside.h - what the files of the HTTP door share; for them only.
 *
 * http.c has the socket, the thread and libmicrohttpd's callbacks; http_call.c takes one request
 * from its head to its answer; http_who.c decides who asks; http_text.c writes JSON and maps
 * errors; http_rpc.c makes a method row's call of a request; http_wait.c has the calls that wait;
 * slow.c is the worker, the
 * gRPC door's too; cache.c keeps answers.
 */
#ifndef SERVER_DOOR_HTTP_INSIDE_H
#define SERVER_DOOR_HTTP_INSIDE_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

#include "server/door/cache.h"
#include "server/door/doorman.h"
#include "server/door/http.h"
#include "server/door/http_rpc.h"
#include "server/door/limits.h"
#include "server/door/refusals.h"
#include "server/door/slow.h"
#include "server/door/tls.h"

enum {
	HTTP_HEAD_MAX = LIMIT_HTTP_HEAD,
	HTTP_BODY_MAX = LIMIT_HTTP_BODY,
	HTTP_REPLY_MAX = 4 << 20,
	HTTP_ARENA_CAP = 256 << 20, /* most of one call; what a caller decides is far below */
	HTTP_TAIL_MAX = 128,
	HTTP_CONNECTIONS = LIMIT_HTTP_CONNECTIONS,
	HTTP_PER_ADDRESS = LIMIT_HTTP_PER_ADDRESS,
	HTTP_ARRIVE_MS = LIMIT_HTTP_ARRIVE,
	HTTP_SEND_MS = LIMIT_HTTP_SEND,
	HTTP_TURN_MS = 10000,
	HTTP_SLOW_MS = 60000, /* deadline of a SLOW route, and of a call that waits */
	HTTP_WAITING = LIMIT_HTTP_WAITING,
	HTTP_WORTH_SAYING_MS = 250, /* a read that took longer is logged */
};

/* One TCP connection; the door thread's own. */
struct conn {
	struct conn *next, *prev;
	int fd;
	bool began;            /* a request's first line is here */
	bool answering;        /* all of it came: ours to work on, then to send */
	bool working;          /* the lane or the worker has it, or it waits */
	int64_t since_ms;      /* accepted, last answered, or complete; monotonic */
	gnutls_session_t tls;  /* the library's; NULL: the door speaks plainly */
	struct tls_pair *pair; /* what the session began with */
};

/* What the head of a request says. */
struct head {
	const char *host, *origin, *authorization, *content_type, *content_length;
	const char *content_encoding, *connect_version, *connect_timeout;
	const char *signature;   /* X-PagerDuty-Signature */
	const char *traceparent; /* NULL: none, or several */
	unsigned traces;
	bool proxied; /* Forwarded, X-Forwarded-For or Via */
	bool twice;   /* a header that there must be one of came twice */
	size_t size;
};

/* CALL_DONE: the handler's result is here. The caller may have left by then; the call is then
 * completed without another step. */
enum call_stage { CALL_HEAD, CALL_BODY, CALL_WORKING, CALL_DONE };

/* One request, from its first line until its answer is sent. Lives on the door's thread; while
 * CALL_WORKING the lane or the worker has `t`, `q` and `r`. */
struct call {
	struct http_door *door;
	struct MHD_Connection *c;
	struct conn *conn;
	struct arena *mem;
	struct turn t;
	int64_t start_us;
	enum call_stage stage;
	const char *target; /* the path as it was sent, not decoded; without the query */
	/* Where it goes, and what that place says of it: a route, or a method row. */
	const struct http_route *route;
	bool is_rpc;                  /* its path is below one of our services: Connect */
	const struct rpc_method *rpc; /* NULL: no such method */
	enum method_mode mode;
	unsigned roles, flags;
	const char *allow, *accept; /* for 405 and 415 */
	struct rpc_call rpc_call;
	struct http_request q;
	struct http_reply r;
	struct buf body;
	bool keeps; /* its answer is kept, for the store's `version` */
	uint64_t version;
	int status; /* not 0: refused at the door with it, t.why says why */
	enum err result;
	struct call *next; /* in the door's `finished`, or `waiting` */
	/* Of one that waits: */
	struct watch watch;
	int64_t opened_ms, again_ms; /* monotonic; again: the handler wants to be called; 0: not */
	uint64_t seen;               /* the store's version of its topics when it was asked last */
};

struct http_door {
	struct store *store;
	struct db *db;
	struct doorman *doorman;
	struct slow *slow;
	struct cache *kept; /* responses of libmicrohttpd */
	struct MHD_Daemon *mhd;
	const struct http_route *routes;
	size_t n_routes;
	struct rpc_table *rpcs;
	char **what; /* by route: "HTTP POST /admin/pause" */
	int listener;
	unsigned port;
	int64_t arrive_ms;
	struct refusals *refusals;
	struct tls *tls; /* NULL: plain */
	bool local;      /* it listens on loopback alone */
	struct conn *conns;
	struct conn *closed; /* told to us; their sessions end with this round of the library */
	size_t working;      /* calls the lane or the worker has */
	struct call *waiting;
	size_t n_waiting;
	int64_t looked_ms; /* at those, monotonic */
	struct arena *mem; /* for asking those */
	pthread_t thread;
	int epoll, wake; /* the library's, and an eventfd for what other threads tell this one */
	atomic_bool stop;
	pthread_mutex_t lock; /* of `finished` */
	struct call *finished;
	int64_t quiet_since_ms; /* failures are logged at most FAILURES_SAID a second */
	unsigned said;
};

/* http.c. Any thread. */
void http_wake(struct http_door *d);

/* http_call.c */
struct call *call_new(struct http_door *d, struct MHD_Connection *c, struct conn *conn,
		      const char *uri);
void call_free(struct call *call);
/* libmicrohttpd's access handler, on a call: MHD_NO closes the connection. */
enum MHD_Result call_step(struct call *call, const char *verb, const char *data, size_t *n);

/* Hands a call that was suspended back to the library, on the door's thread. */
void call_resume(struct call *call);

/* http_wait.c. All on the door's thread. */
/* True: it is answered with call->result. False: it was suspended, and is answered later. */
bool wait_begin(struct call *call);
/* Asks those that may have something to say now. */
void wait_look(struct http_door *d);
/* How long the thread may sleep. */
int wait_timeout(const struct http_door *d, int ms);

/* http_who.c */
struct head head_read(struct MHD_Connection *c);
bool host_is_loopback(const char *host);
bool peer_is_loopback(struct MHD_Connection *c);
/* Its address, without the port. */
void peer_text(struct MHD_Connection *c, char out[INET6_ADDRSTRLEN]);
/* Sets t.actor, or fails with ERR_NOBODY or ERR_DENIED. */
enum err who_asks(struct call *call, const struct head *h) MUST_USE;

/* http_text.c */
/* The codes of gRPC as Connect spells them: "not_found". */
const char *http_code(enum err e);
int http_status(const struct turn *t, enum err e);
struct buf http_error_body(struct turn *t, enum err e);

#endif
