/* One request, one answer: READ here and now, WRITE in the lane, SLOW on the slow worker. */
#include <string.h>

#include "server/door/encode.h"
#include "server/door/grpc_inside.h"
#include "server/door/slow.h"

struct reading {
	const struct route *route;
	const void *in;
	void *out;
};

static enum err read_in_snapshot(struct turn *t, void *arg)
{
	const struct reading *r = arg;

	return r->route->m->fn(t, r->in, r->out);
}

static enum err read_answer(struct door_thread *th, const struct route *r, struct turn *t,
			    struct bytes raw, ProtobufCMessage **out)
{
	ProtobufCMessage *in;

	TRY(message_decode(t, r->in, raw.p, raw.n, &in));
	*out = message_new(t, r->out);
	if (r->own)
		return r->own(th->door, t, in, *out);
	return read_run(t, read_in_snapshot, &(struct reading){ r, in, *out });
}

/* The answer as it is sent, from the cache or made. */
static enum err read_reply(struct door_thread *th, struct call *c, struct turn *t, struct bytes raw)
{
	const struct route *r = c->route;
	bool cached = r->m->flags & METHOD_CACHED;
	/* Read before the snapshot is taken: an answer may be newer than its version, never older.
	 */
	uint64_t version = cached ? store_version(th->door->store, r->m->topics) : 0;
	struct cache_key key = { .method = r, .request = raw };
	grpc_byte_buffer *kept = cached ? cache_get(th->cache, &key, version) : NULL;
	ProtobufCMessage *out;

	if (kept) {
		c->out = grpc_byte_buffer_copy(kept);
		return OK;
	}
	TRY(read_answer(th, r, t, raw, &out));
	c->out = call_buffer(call_pack(t, out));
	if (cached)
		cache_put(th->cache, &key, version, grpc_byte_buffer_length(c->out),
			  grpc_byte_buffer_copy(c->out));
	return OK;
}

void unary_read(struct door_thread *th, struct call *c)
{
	struct turn t;
	struct caller caller;
	struct bytes raw;
	grpc_slice hold = grpc_empty_slice();
	enum err e = call_begin(th, c, th->mem, &t, &caller);

	if (e == OK)
		e = call_bytes(&t, c->in, &hold, &raw);
	if (e == OK)
		e = read_reply(th, c, &t, raw);
	call_answer(c, th, &t, e);
	grpc_slice_unref(hold);
	turn_end(&t);
}

/* ---- WRITE ---- */

/* In the lane, which keeps the packed answer with the request id. It may come here twice: an
 * emergency is tried again when the disk is full. */
static enum err write_in_lane(struct turn *t, void *arg)
{
	struct call *c = arg;
	ProtobufCMessage *out = message_new(t, c->route->out);

	TRY(c->route->m->fn(t, c->message, out));
	t->request->reply = encode(t, out);
	return OK;
}

static void queued_done(void *arg, enum err e)
{
	struct call *c = arg;

	c->result = e;
	call_answered(c);
}

/* ---- SLOW ---- */

static enum err slow_on_worker(struct turn *t, void *arg)
{
	struct call *c = arg;

	if (atomic_load(&c->gone))
		return fail(t, ERR_GONE, "the caller left while the call waited for its turn");
	if (atomic_load(&c->door->draining))
		return fail_reason(t, REASON_SERVER_DRAINING, "this server is shutting down");
	ProtobufCMessage *out = message_new(t, c->route->out);

	TRY(c->route->m->fn(t, c->message, out));
	if (!t->request->replayed)
		t->request->reply = encode(t, out);
	return OK;
}

static void on_close(struct door_thread *th, struct call *c, bool ok)
{
	(void)th;
	(void)ok;
	if (c->cancelled)
		atomic_store(&c->gone, true);
}

/* A slow call may wait for seconds: whether its caller is still there is asked from the start. */
static void watch_caller(struct call *c)
{
	grpc_op op;

	memset(&op, 0, sizeof(op));
	op.op = GRPC_OP_RECV_CLOSE_ON_SERVER;
	op.data.recv_close_on_server.cancelled = &c->cancelled;
	c->watched = true;
	call_batch(c, &op, 1, &c->close, on_close);
}

/* ---- both ---- */

static void forget_slice(grpc_slice *s)
{
	if (s->refcount) /* else it is inside the struct */
		wipe(GRPC_SLICE_START_PTR(*s), GRPC_SLICE_LENGTH(*s));
}

/* The request as it came: there may be keys in it, and grpc gives its memory to others as it is. */
static void forget(grpc_byte_buffer *in, grpc_slice hold)
{
	forget_slice(&hold);
	for (size_t i = 0; i < in->data.raw.slice_buffer.count; i++)
		forget_slice(&in->data.raw.slice_buffer.slices[i]);
}

static enum err prepare(struct door_thread *th, struct call *c, struct turn *t)
{
	struct caller caller;
	struct bytes raw;
	grpc_slice hold;
	ProtobufCMessage *in;

	TRY(call_begin(th, c, call_memory(c), t, &caller));
	/* The doorman's name is good for this event only. */
	memcpy(c->actor, caller.name, strlen(caller.name) + 1);
	t->actor = c->actor;
	TRY(call_bytes(t, c->in, &hold, &raw));
	enum err e = message_decode(t, c->route->in, raw.p, raw.n, &in);

	if (e == OK)
		e = message_request(t, c->route->m, &c->route->fields, c->route->p->path + 1, in,
				    raw, &c->request);
	forget(c->in, hold);
	grpc_slice_unref(hold);
	c->message = in;
	return e;
}

void unary_queue(struct door_thread *th, struct call *c)
{
	struct turn *t = &c->turn;
	enum err e = prepare(th, c, t);

	if (e == OK) {
		call_ref(c); /* the queue's; on_answered gives it back */
		if (c->route->m->mode == METHOD_SLOW) {
			watch_caller(c);
			e = slow_submit(th->door->slow, t, slow_on_worker, c, queued_done, c);
		} else {
			e = lane_submit(t, write_in_lane, c, queued_done, c);
		}
		if (e == OK)
			return; /* the turn is not ours any more */
		call_unref(c);
	}
	call_answer(c, th, t, e);
}

void unary_answered(struct door_thread *th, struct call *c)
{
	struct bytes reply = c->request.reply;

	if (c->result == OK)
		c->out = call_buffer(grpc_slice_from_copied_buffer((const char *)reply.p, reply.n));
	call_answer(c, th, &c->turn, c->result);
}
