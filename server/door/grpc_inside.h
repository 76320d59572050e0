/* server/door/grpc_inside.h - what the files of the gRPC door share. Nobody else includes it.
 *
 * A call lives in one struct call from the moment the door asks C-core for it to the last event
 * about it. Whatever is handed to C-core is a tag; each tag that is out, and each list or queue
 * that holds the call, counts in `refs`, and the last one gives the call back. The tag's `handed`
 * is the release and acquire by which one thread passes the call on to the next through C-core.
 */
#ifndef SERVER_DOOR_GRPC_INSIDE_H
#define SERVER_DOOR_GRPC_INSIDE_H

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <pthread.h>
#include <stdatomic.h>

#include "proto/descriptors.h"
#include "server/door/cache.h"
#include "server/door/doorman.h"
#include "server/door/grpc.h"
#include "server/door/limits.h"
#include "server/door/message.h"
#include "server/door/refusals.h"
#include "server/door/tls.h"

enum {
	CALL_MEMORY = 256 << 20, /* most of one call; what a caller decides is far below */
	CALLS_MAX = LIMIT_GRPC_CALLS,
	DEFAULT_DEADLINE_MS = LIMIT_GRPC_DEADLINE,
	WAIT_DEADLINE_MS = LIMIT_WAIT + 60 * 1000, /* of a WAIT call without one */
	SLOW_READ_MS = 100,                        /* a reading call above this is logged */
	PULSE_MS = 100,                            /* streams look again at most this often */
	STREAM_SILENT_MS = 5 * 60 * 1000, /* both sides stream, and the caller asks nothing */
};

/* Beside the topics of the store. */
enum { CHANGED_SERVING = 1 << 29, CHANGED_DRAINING = 1 << 30 };

struct call;
struct door_thread;

typedef void tag_fn(struct door_thread *th, struct call *c, bool ok);

struct tag {
	atomic_int handed;
	struct call *call;
	tag_fn *fn;
};

/* Built in calls know the door; all others know only their turn. */
typedef enum err own_fn(struct grpc_door *d, struct turn *t, const void *in, void *out);
typedef enum err own_watch_fn(struct grpc_door *d, struct turn *t, struct watch *w, void *out,
			      bool *have);

struct route {
	const struct method *m;
	const struct proto_method *p;
	const ProtobufCMessageDescriptor *in, *out;
	own_fn *own;             /* instead of m->fn; where both sides stream, for each message */
	own_watch_fn *own_watch; /* instead of m->watch */
	struct message_fields fields;
	void *handle;     /* C-core's */
	const char *what; /* "FleetService/GetFleet" */
};

struct stream {
	pthread_mutex_t lock; /* around everything of the stream but the atomics */
	struct watch watch;
	int64_t opened_ms, due_ms; /* monotonic; due: a WAIT call's deadline */
	bool sent_metadata, sending, ended;
	bool again; /* when the message is gone: there may be more, or it was kicked meanwhile */
	atomic_bool kicked;       /* the kick tag is out */
	atomic_llong last_ms;     /* monotonic: something was sent, or there was nothing to say */
	atomic_llong again_ms;    /* monotonic: the handler wants to be called; 0: not */
	struct call *prev, *next; /* in the door's list */
	bool listed;
};

struct call {
	struct grpc_door *door;
	const struct route *route; /* NULL: a method nobody knows */
	atomic_int refs;
	struct tag arrive, send, close, kick;
	grpc_call *rpc;
	gpr_timespec deadline;
	grpc_metadata_array metadata;
	grpc_call_details details;
	grpc_byte_buffer *in, *out;
	int cancelled;    /* C-core's answer to RECV_CLOSE */
	atomic_bool gone; /* the caller is no longer there */
	bool watched;     /* RECV_CLOSE is out already, in a batch of its own */
	int64_t began_us;

	/* Only what outlives the event it came with: WRITE, SLOW, STREAM. */
	struct arena *mem;
	struct turn turn;
	struct request request;
	const void *message;
	enum err result;
	char actor[CALLER_NAME];
	struct pass pass;
	struct stream stream;

	struct call *next; /* free, or answered and waiting to be sent */
};

struct door_thread {
	struct grpc_door *door;
	pthread_t id;
	bool running;
	struct db *db;
	struct arena *mem;
	struct doorman *doorman;
	struct cache *cache; /* of grpc_byte_buffer */
	int64_t log_second;  /* failed reading calls are logged at most so often */
	unsigned logged;
};

struct grpc_door {
	struct store *store;
	struct slow *slow;
	struct refusals *refusals;
	struct tls *tls;        /* NULL: plain */
	atomic_ullong tls_pair; /* the number of the pair that C-core has */
	bool asks_certificate;
	grpc_server *server;
	grpc_completion_queue *cq;
	unsigned port;
	struct route *routes;
	size_t n_routes;
	struct door_thread *threads;
	unsigned n_threads;
	size_t max_streams, max_streams_each;
	int64_t heartbeat_ms;

	atomic_bool serving, draining;

	pthread_mutex_t calls_lock;
	pthread_cond_t calls_changed;
	struct call *free;
	size_t out;     /* calls that are not free */
	bool shut_down; /* C-core says that the server has */

	/* Answered on another thread; whoever takes the kick of the first one sends them. */
	pthread_mutex_t answered_lock;
	struct call *answered, **answered_end;

	/* Streams, and the thread that kicks them. */
	pthread_mutex_t streams_lock;
	pthread_cond_t streams_changed;
	struct call *streams;
	size_t n_streams;
	atomic_uint changed; /* topics since the last pulse */
	bool pulse_stop, pulse_runs;
	pthread_t pulse;
};

/* ---- grpc_call.c: the life of a call ---- */

/* Asks C-core for one more call of this route (NULL: of a method nobody knows); returns how many
 * calls there are now, arrived or only asked for. */
size_t call_post(struct grpc_door *d, const struct route *r);
void call_free_all(struct grpc_door *d);
void call_ref(struct call *c);
void call_unref(struct call *c);
/* Hands a tag to C-core; takes a reference that the event's taker gives back. */
void *call_hand(struct call *c, struct tag *tag, tag_fn *fn);
/* Starts a batch that ends with `tag`. */
void call_batch(struct call *c, const grpc_op *ops, size_t n, struct tag *tag, tag_fn *fn);
/* The memory of a call that outlives its first event. */
struct arena *call_memory(struct call *c);
/* Opens the turn on `mem`, checks deadline and caller. Sets *caller. */
enum err call_begin(struct door_thread *th, struct call *c, struct arena *mem, struct turn *t,
		    struct caller *caller) MUST_USE;
/* The request's bytes, flat; give `hold` to grpc_slice_unref after use. ERR_INVALID: none came. */
enum err call_bytes(struct turn *t, grpc_byte_buffer *in, grpc_slice *hold,
		    struct bytes *out) MUST_USE;
/* Trailers for `e`: fills the op. The slices are released by call_status_sent. */
struct call_status {
	grpc_slice text, details;
	grpc_metadata trailer;
};
void call_status(struct turn *t, enum err e, struct call_status *s, grpc_op *op);
void call_status_sent(struct call_status *s);
/* The whole answer of a unary call: c->out (for OK), status. Counts and logs. */
void call_answer(struct call *c, struct door_thread *th, struct turn *t, enum err e);
/* On any thread: c->result is there, a door thread shall send it. Keeps one reference. */
void call_answered(struct call *c);
void call_count(struct call *c, struct door_thread *th, struct turn *t, enum err e);
/* The encoded message, and a slice (which it takes over) as what is sent. */
grpc_slice call_pack(struct turn *t, const ProtobufCMessage *m);
grpc_byte_buffer *call_buffer(grpc_slice s);

/* ---- grpc_tls.c: certificates, the server's and the callers' ---- */

/* For grpc_server_add_http2_port; NULL: C-core takes no such pair. */
grpc_server_credentials *door_credentials(struct grpc_door *d);
/* What the caller showed, in PEM; {NULL, 0}: nothing. Good until caller_let_go. */
struct caller_cert {
	grpc_auth_context *context;
	struct bytes pem;
};
struct caller_cert caller_certificate(const struct call *c);
void caller_let_go(struct caller_cert *cc);

/* ---- grpc_unary.c, grpc_stream.c ---- */

void unary_read(struct door_thread *th, struct call *c);
void unary_queue(struct door_thread *th, struct call *c);
void unary_answered(struct door_thread *th, struct call *c);

void stream_open(struct door_thread *th, struct call *c);
void stream_talk_open(struct door_thread *th, struct call *c); /* both sides stream */
void stream_kicked(struct door_thread *th, struct call *c, bool ok);

/* ---- grpc_pulse.c: when streams look again ---- */

bool pulse_start(struct grpc_door *d);
void pulse_stop(struct grpc_door *d);
/* A store_listener; also for what changes beside the store. */
void pulse_changed(void *door, unsigned topics);

/* ---- grpc_health.c, grpc_reflect.c: the built in calls ---- */

enum err health_check(struct grpc_door *d, struct turn *t, const void *in, void *out) MUST_USE;
enum err health_list_services(struct grpc_door *d, struct turn *t, const void *in,
			      void *out) MUST_USE;
enum err health_watch(struct grpc_door *d, struct turn *t, struct watch *w, void *out,
		      bool *have) MUST_USE;
enum err reflect_answer(struct grpc_door *d, struct turn *t, const void *in, void *out) MUST_USE;

#endif
