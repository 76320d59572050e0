/* server/door/method.h - one row a call: the contract between the doors and server/api.
 *
 * The doors find the row, check identity, role, size and deadline, decode into the turn's memory,
 * run `fn` where the row says, and answer for it. A handler is straight, blocking code.
 * The doors know messages by descriptor only, none by name.
 */
#ifndef SERVER_DOOR_METHOD_H
#define SERVER_DOOR_METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/turn.h"
#include "store/identities.h"
#include "store/store.h"

enum method_mode {
	METHOD_READ,   /* on the door thread that has it, one snapshot, at most 10 ms */
	METHOD_WRITE,  /* in the store's lane */
	METHOD_SLOW,   /* on the slow worker, its own read session, a queue of 16; may lane_run */
	METHOD_STREAM, /* server streaming: `watch` */
	METHOD_WAIT,   /* one answer, when it is due: `watch`, until it has something to say. It
			* waits as a stream does: no thread is held */
};

enum method_flag {
	METHOD_URGENT = 1 << 0,    /* before other turns: pause, lockdown, cancel, acknowledge */
	METHOD_EMERGENCY = 1 << 1, /* may use the reserve when the disk is full */
	METHOD_NEEDS_ID = 1 << 2,  /* moves money: a request_id is required */
	METHOD_SECRET = 1 << 3,    /* the answer holds a secret: never kept, never logged */
	METHOD_CACHED = 1 << 4,    /* READ only: the encoded answer is good while store_version(
				    * topics) stands, for the same request bytes and any caller */
	METHOD_ANY_BODY = 1 << 5,  /* an HTTP route that takes a body of any type */
};

/* `in` and `out` point at the method's own protobuf-c structs; `out` is initialised. What `out`
 * points at lives in the turn's memory. */
typedef enum err method_fn(struct turn *t, const void *in, void *out);

/* In the lane, for a SLOW handler: `out` is final, keep it for a repeated request_id. Such a
 * handler does one lane_run with t->request set, and returns at once when t->request->replayed
 * after it. WRITE rows need none of this. */
void method_answer(struct turn *t, const void *out);

/* One open stream. `in` and `state` live in `mem`, as long as the stream. */
struct watch {
	struct arena *mem;
	const void *in;
	int64_t after;    /* the cursor: the last event id sent */
	void *state;      /* the handler's own */
	bool heartbeat;   /* nothing was sent for a while: send a heartbeat message */
	int64_t again_ms; /* set by the handler: call me again after this long, changed or not */
	bool done;        /* set by the handler: end with OK after this message */
	int64_t waited_ms, left_ms; /* WAIT: since the call came, and until its deadline */
};

/* WAIT: called when the call comes, when one of the topics changed, and as it asks for itself; the
 * first message is the answer. Else:
 * Called when the stream opens, when one of its topics changed, after each sent message, and with
 * heartbeat set every 15 s without one. Fills *out and sets *have, or leaves *have false: nothing
 * to say now. An error ends the stream. */
typedef enum err watch_fn(struct turn *t, struct watch *w, void *out, bool *have);

struct method {
	const char *service; /* "ghostfleet.v1.FleetService" */
	const char *name;    /* "GetFleet" */
	enum method_mode mode;
	unsigned roles; /* any of these, enum role bits; 0: anyone, without a token */
	unsigned flags;
	unsigned topics; /* STREAM, WAIT: what kicks it; CACHED: what the answer depends on */
	method_fn *fn;
	watch_fn *watch;
};

#endif
