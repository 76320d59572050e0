/* Streams: a handler that is asked again whenever it may have something to say, and one message on
 * its way at a time, so that a slow reader costs one message and not a queue. */
#include <string.h>

#include "server/door/grpc_inside.h"
#include "store/base/clock.h"

enum {
	STEP_MS = 10 * 1000, /* deadline of one step's turn */
};

/* ---- the list ---- */

static enum err list_add(struct turn *t, struct call *c)
{
	struct grpc_door *d = c->door;
	size_t same = 0;
	enum err e = OK;

	(void)pthread_mutex_lock(&d->streams_lock);
	for (struct call *s = d->streams; s; s = s->stream.next)
		same += strcmp(s->actor, c->actor) == 0;
	if (d->n_streams >= d->max_streams)
		e = fail(t, ERR_FULL, "%zu streams are open already", d->n_streams);
	else if (same >= d->max_streams_each)
		e = fail(t, ERR_FULL, "'%s' has %zu streams open already", c->actor, same);
	if (e == OK) {
		call_ref(c);
		c->stream.prev = NULL;
		c->stream.next = d->streams;
		if (d->streams)
			d->streams->stream.prev = c;
		d->streams = c;
		d->n_streams++;
		c->stream.listed = true;
		if (d->n_streams == 1)
			(void)pthread_cond_signal(&d->streams_changed);
	}
	(void)pthread_mutex_unlock(&d->streams_lock);
	return e;
}

static void list_remove(struct call *c)
{
	struct grpc_door *d = c->door;

	(void)pthread_mutex_lock(&d->streams_lock);
	bool was = c->stream.listed;

	if (was) {
		*(c->stream.prev ? &c->stream.prev->stream.next : &d->streams) = c->stream.next;
		if (c->stream.next)
			c->stream.next->stream.prev = c->stream.prev;
		c->stream.listed = false;
		d->n_streams--;
	}
	(void)pthread_mutex_unlock(&d->streams_lock);
	if (was)
		call_unref(c); /* its taker still holds one */
}

/* ---- one step; the stream's lock is held in all of these ---- */

static void on_sent(struct door_thread *th, struct call *c, bool ok);

static void end(struct call *c)
{
	c->stream.ended = true;
	list_remove(c);
}

/* A message, or the end, or both: what is left out is NULL and `more`. */
static void stream_send(struct door_thread *th, struct call *c, struct turn *t,
			const ProtobufCMessage *message, bool last, enum err e)
{
	struct stream *s = &c->stream;
	grpc_op ops[3];
	struct call_status status;
	size_t n = 0;

	memset(ops, 0, sizeof(ops));
	if (!s->sent_metadata)
		ops[n++].op = GRPC_OP_SEND_INITIAL_METADATA;
	if (message) {
		c->out = call_buffer(call_pack(t, message));
		ops[n].op = GRPC_OP_SEND_MESSAGE;
		ops[n++].data.send_message.send_message = c->out;
		atomic_store(&s->last_ms, clock_mono_ms());
	}
	if (last)
		call_status(t, e, &status, &ops[n++]);
	s->sent_metadata = true;
	s->sending = true;
	s->again = message != NULL;
	call_batch(c, ops, n, &c->send, on_sent);
	if (last) {
		call_status_sent(&status);
		call_count(c, th, t, e);
		end(c);
	}
}

static enum err draining(struct turn *t)
{
	return fail_reason(t, REASON_SERVER_DRAINING,
			   "this server is draining; watch again elsewhere or later");
}

struct watching {
	struct call *call;
	void *out;
	bool have;
};

static enum err watch_in_snapshot(struct turn *t, void *arg)
{
	struct watching *w = arg;

	return w->call->route->m->watch(t, &w->call->stream.watch, w->out, &w->have);
}

static enum err ask_handler(struct door_thread *th, struct call *c, struct turn *t,
			    struct watching *w)
{
	const struct route *r = c->route;
	struct stream *s = &c->stream;
	int64_t now = clock_mono_ms();

	if (atomic_load(&c->door->draining))
		return draining(t);
	TRY(doorman_again(t, th->doorman, &c->pass, r->m->roles));
	s->watch.heartbeat = r->m->mode == METHOD_STREAM &&
			     now - atomic_load(&s->last_ms) >= c->door->heartbeat_ms;
	s->watch.waited_ms = now - s->opened_ms;
	s->watch.left_ms = s->due_ms > now ? s->due_ms - now : 0;
	s->watch.again_ms = 0;
	atomic_store(&s->again_ms, 0);
	enum err e = r->own_watch ? r->own_watch(c->door, t, &s->watch, w->out, &w->have)
				  : read_run(t, watch_in_snapshot, w);

	if (s->watch.heartbeat)
		atomic_store(&s->last_ms, now);
	if (s->watch.again_ms > 0)
		atomic_store(&s->again_ms, now + s->watch.again_ms);
	return e;
}

/* Asks the handler and sends what it says. */
static void watch_step(struct door_thread *th, struct call *c)
{
	struct stream *s = &c->stream;
	struct turn t;

	turn_begin(&t, c->door->store, th->db, th->mem, c->route->what, c->actor, STEP_MS);
	struct watching w = { .call = c, .out = message_new(&t, c->route->out) };
	enum err e = ask_handler(th, c, &t, &w);
	bool waits = c->route->m->mode == METHOD_WAIT;
	bool last = e != OK || s->watch.done || (waits && w.have);

	if (e != OK)
		w.have = false;
	/* A stream says at once that it is open. A call that waits does not: what was not answered
	 * at all may be called again by the caller's library. */
	if (w.have || last || (!s->sent_metadata && !waits))
		stream_send(th, c, &t, w.have ? w.out : NULL, last, e);
	turn_end(&t);
}

/* Where both sides stream the next step is the caller's; only the end is ours. */
static void talk_step(struct door_thread *th, struct call *c)
{
	struct stream *s = &c->stream;
	struct turn t;
	enum err e = OK;

	turn_begin(&t, c->door->store, th->db, th->mem, c->route->what, c->actor, STEP_MS);
	if (atomic_load(&c->door->draining))
		e = draining(&t);
	else if (clock_mono_ms() - atomic_load(&s->last_ms) >= STREAM_SILENT_MS)
		e = fail(&t, ERR_LATE, "nothing was asked for five minutes");
	if (e != OK)
		stream_send(th, c, &t, NULL, true, e);
	turn_end(&t);
}

/* Who takes nothing of what is sent could keep a stream open that they may no longer have. */
static void cut_if_refused(struct door_thread *th, struct call *c)
{
	struct turn t;

	turn_begin(&t, c->door->store, th->db, th->mem, c->route->what, c->actor, STEP_MS);
	enum err e = doorman_again(&t, th->doorman, &c->pass, c->route->m->roles);

	if (e == ERR_NOBODY || e == ERR_DENIED)
		(void)grpc_call_cancel_with_status(c->rpc, (grpc_status_code)err_grpc(e), t.why,
						   NULL);
	turn_end(&t);
}

/* While a message is on its way nothing is asked: the next step comes when it is gone. */
static void step(struct door_thread *th, struct call *c)
{
	struct stream *s = &c->stream;

	if (s->sending && !s->ended && !atomic_load(&c->gone))
		cut_if_refused(th, c);
	if (s->sending) {
		/* A reader who is slow gets no heartbeat on top. */
		s->again = true;
		atomic_store(&s->last_ms, clock_mono_ms());
	}
	if (s->ended || s->sending)
		return;
	if (atomic_load(&c->gone))
		end(c);
	else if (c->route->p->client_streaming)
		talk_step(th, c);
	else
		watch_step(th, c);
}

/* ---- events ---- */

static void talk_read(struct call *c);

static void on_sent(struct door_thread *th, struct call *c, bool ok)
{
	struct stream *s = &c->stream;

	(void)pthread_mutex_lock(&s->lock);
	s->sending = false;
	if (c->out) {
		grpc_byte_buffer_destroy(c->out);
		c->out = NULL;
	}
	if (!ok && !s->ended)
		end(c);
	if (s->again)
		step(th, c);
	if (c->route->p->client_streaming && !s->ended && !s->sending)
		talk_read(c);
	(void)pthread_mutex_unlock(&s->lock);
}

void stream_kicked(struct door_thread *th, struct call *c, bool ok)
{
	(void)ok;
	/* First: what changes from here on kicks again. */
	atomic_store(&c->stream.kicked, false);
	(void)pthread_mutex_lock(&c->stream.lock);
	step(th, c);
	(void)pthread_mutex_unlock(&c->stream.lock);
}

static void on_close(struct door_thread *th, struct call *c, bool ok)
{
	(void)ok;
	atomic_store(&c->gone, true);
	(void)pthread_mutex_lock(&c->stream.lock);
	step(th, c);
	(void)pthread_mutex_unlock(&c->stream.lock);
}

/* ---- opening ---- */

static void fresh(struct call *c)
{
	struct stream *s = &c->stream;

	s->watch = (struct watch){ .mem = c->mem, .in = c->message };
	s->opened_ms = clock_mono_ms();
	s->due_ms = c->turn.due_ms;
	s->sent_metadata = s->sending = s->ended = s->again = false;
	atomic_store(&s->kicked, false);
	atomic_store(&s->last_ms, clock_mono_ms());
	atomic_store(&s->again_ms, 0);
}

/* From here on the call is a stream, and every end of it comes by on_close. With the lock held,
 * before anybody else can find it. */
static void watch_caller(struct call *c)
{
	grpc_op op;

	memset(&op, 0, sizeof(op));
	op.op = GRPC_OP_RECV_CLOSE_ON_SERVER;
	op.data.recv_close_on_server.cancelled = &c->cancelled;
	call_batch(c, &op, 1, &c->close, on_close);
}

static enum err begin(struct door_thread *th, struct call *c, struct turn *t)
{
	struct caller caller;

	TRY(call_begin(th, c, call_memory(c), t, &caller));
	memcpy(c->actor, caller.name, strlen(caller.name) + 1);
	c->pass = caller.pass;
	t->actor = c->actor;
	return OK;
}

static enum err read_request(struct call *c, struct turn *t)
{
	struct bytes raw;
	grpc_slice hold;
	ProtobufCMessage *in = NULL;

	TRY(call_bytes(t, c->in, &hold, &raw));
	enum err e = message_decode(t, c->route->in, raw.p, raw.n, &in);

	grpc_slice_unref(hold);
	c->message = in;
	return e;
}

void stream_open(struct door_thread *th, struct call *c)
{
	struct turn *t = &c->turn;
	enum err e = begin(th, c, t);

	if (e == OK)
		e = read_request(c, t);
	(void)pthread_mutex_lock(&c->stream.lock);
	fresh(c);
	if (e == OK)
		e = list_add(t, c);
	if (e == OK) {
		watch_caller(c);
		step(th, c);
	}
	(void)pthread_mutex_unlock(&c->stream.lock);
	if (e != OK)
		call_answer(c, th, t, e);
}

/* ---- both sides stream: reflection ---- */

static enum err talk_answer(struct call *c, struct turn *t, ProtobufCMessage **out)
{
	struct bytes raw;
	grpc_slice hold;
	ProtobufCMessage *in;

	TRY(call_bytes(t, c->in, &hold, &raw));
	enum err e = message_decode(t, c->route->in, raw.p, raw.n, &in);

	grpc_slice_unref(hold);
	TRY(e);
	*out = message_new(t, c->route->out);
	return c->route->own(c->door, t, in, *out);
}

static void on_message(struct door_thread *th, struct call *c, bool ok)
{
	struct stream *s = &c->stream;
	struct turn t;
	ProtobufCMessage *out = NULL;

	(void)pthread_mutex_lock(&s->lock);
	if (!s->ended) {
		turn_begin(&t, c->door->store, th->db, th->mem, c->route->what, c->actor, STEP_MS);
		/* No message: the caller has closed his side and waits for the end. */
		bool closed = !ok || !c->in;
		enum err e = closed ? OK : talk_answer(c, &t, &out);

		atomic_store(&s->last_ms, clock_mono_ms());
		stream_send(th, c, &t, e == OK ? out : NULL, closed || e != OK, e);
		turn_end(&t);
	}
	if (c->in) {
		grpc_byte_buffer_destroy(c->in);
		c->in = NULL;
	}
	(void)pthread_mutex_unlock(&s->lock);
}

static void talk_read(struct call *c)
{
	grpc_op op;

	memset(&op, 0, sizeof(op));
	op.op = GRPC_OP_RECV_MESSAGE;
	op.data.recv_message.recv_message = &c->in;
	call_batch(c, &op, 1, &c->arrive, on_message);
}

void stream_talk_open(struct door_thread *th, struct call *c)
{
	struct turn *t = &c->turn;
	enum err e = begin(th, c, t);

	(void)pthread_mutex_lock(&c->stream.lock);
	fresh(c);
	if (e == OK)
		e = list_add(t, c);
	if (e == OK) {
		watch_caller(c);
		talk_read(c);
	}
	(void)pthread_mutex_unlock(&c->stream.lock);
	if (e != OK)
		call_answer(c, th, t, e);
}
