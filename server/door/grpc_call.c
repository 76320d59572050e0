/* The life of a call: asked for, arrived, answered, given back. */
#include <grpc/byte_buffer_reader.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/door/encode.h"
#include "server/door/grpc_inside.h"
#include "server/door/slow.h"
#include "server/door/status.h"
#include "server/door/trace.h"
#include "server/ops/metrics.h"
#include "store/base/clock.h"
#include "store/base/log.h"

enum {
	ANSWERED_AT_ONCE = 32,    /* sent by one thread before it wakes another for the rest */
	FAILED_LOG_A_SECOND = 20, /* lines about failed reading calls, for each thread */
};

static struct call *call_new(struct grpc_door *d)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->door = d;
	(void)pthread_mutex_init(&c->stream.lock, NULL);
	c->arrive.call = c->send.call = c->close.call = c->kick.call = c;
	return c;
}

static void call_free(struct call *c)
{
	arena_free(c->mem);
	(void)pthread_mutex_destroy(&c->stream.lock);
	free(c);
}

void call_free_all(struct grpc_door *d)
{
	for (struct call *c = d->free, *next; c; c = next) {
		next = c->next;
		call_free(c);
	}
	d->free = NULL;
}

void call_ref(struct call *c)
{
	(void)atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
}

static void give_back(struct call *c)
{
	struct grpc_door *d = c->door;

	if (c->rpc)
		grpc_call_unref(c->rpc);
	if (c->in)
		grpc_byte_buffer_destroy(c->in);
	if (c->out)
		grpc_byte_buffer_destroy(c->out);
	grpc_metadata_array_destroy(&c->metadata);
	if (!c->route)
		grpc_call_details_destroy(&c->details);
	if (c->mem)
		arena_reset(c->mem);
	c->rpc = NULL;
	c->in = c->out = NULL;
	(void)pthread_mutex_lock(&d->calls_lock);
	c->next = d->free;
	d->free = c;
	if (--d->out == 0)
		(void)pthread_cond_broadcast(&d->calls_changed);
	(void)pthread_mutex_unlock(&d->calls_lock);
}

void call_unref(struct call *c)
{
	if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1)
		give_back(c);
}

void *call_hand(struct call *c, struct tag *tag, tag_fn *fn)
{
	call_ref(c);
	tag->fn = fn;
	atomic_store_explicit(&tag->handed, 1, memory_order_release);
	return tag;
}

void call_batch(struct call *c, const grpc_op *ops, size_t n, struct tag *tag, tag_fn *fn)
{
	if (grpc_call_start_batch(c->rpc, ops, n, call_hand(c, tag, fn), NULL) != GRPC_CALL_OK)
		abort();
}

struct arena *call_memory(struct call *c)
{
	if (!c->mem)
		c->mem = arena_new(CALL_MEMORY);
	return c->mem;
}

/* ---- arriving ---- */

static void answer_failed(struct door_thread *th, struct call *c, enum reason why, const char *text)
{
	struct turn t;

	turn_begin(&t, th->door->store, th->db, th->mem, c->route ? c->route->what : "unknown",
		   "anonymous", 0);
	enum err e = fail_reason(&t, why, "%s", text);

	call_answer(c, th, &t, e);
	turn_end(&t);
}

static void answer_unknown(struct door_thread *th, struct call *c)
{
	char text[200];
	size_t n = GRPC_SLICE_LENGTH(c->details.method);
	const char *path = (const char *)GRPC_SLICE_START_PTR(c->details.method);

	(void)snprintf(text, sizeof(text), "this server has no method %.*s", n < 120 ? (int)n : 120,
		       path);
	answer_failed(th, c, REASON_UNIMPLEMENTED, text);
}

static void dispatch(struct door_thread *th, struct call *c, size_t out)
{
	struct grpc_door *d = th->door;

	if (atomic_load(&d->draining))
		answer_failed(th, c, REASON_SERVER_DRAINING,
			      "this server is shutting down; retry elsewhere or later");
	else if (!c->route)
		answer_unknown(th, c);
	else if (out > CALLS_MAX)
		answer_failed(th, c, REASON_SERVER_BUSY, "too many calls are open already");
	else if (c->route->p->client_streaming)
		stream_talk_open(th, c);
	else
		switch (c->route->m->mode) {
		case METHOD_READ:
			unary_read(th, c);
			break;
		case METHOD_WRITE:
		case METHOD_SLOW:
			unary_queue(th, c);
			break;
		case METHOD_STREAM:
		case METHOD_WAIT:
			stream_open(th, c);
			break;
		}
}

/* A call came, or (not ok) the server stops and gives back what it was asked for. */
static void on_arrive(struct door_thread *th, struct call *c, bool ok)
{
	struct grpc_door *d = th->door;

	if (!ok) {
		c->rpc = NULL;
		return;
	}
	size_t out = 0;

	c->began_us = clock_mono_us();
	if (!atomic_load(&d->draining))
		out = call_post(d, c->route);
	dispatch(th, c, out);
}

size_t call_post(struct grpc_door *d, const struct route *r)
{
	grpc_call_error e;
	size_t out;

	(void)pthread_mutex_lock(&d->calls_lock);
	struct call *c = d->free;

	if (c)
		d->free = c->next;
	out = ++d->out;
	(void)pthread_mutex_unlock(&d->calls_lock);
	if (!c)
		c = call_new(d);
	c->route = r;
	c->cancelled = 0;
	c->watched = false;
	atomic_store_explicit(&c->gone, false, memory_order_relaxed);
	grpc_metadata_array_init(&c->metadata);
	void *tag = call_hand(c, &c->arrive, on_arrive);

	if (r) {
		/* Where both sides stream, messages are read one at a time. */
		grpc_byte_buffer **payload = r->p->client_streaming ? NULL : &c->in;

		e = grpc_server_request_registered_call(d->server, r->handle, &c->rpc, &c->deadline,
							&c->metadata, payload, d->cq, d->cq, tag);
	} else {
		grpc_call_details_init(&c->details);
		e = grpc_server_request_call(d->server, &c->rpc, &c->details, &c->metadata, d->cq,
					     d->cq, tag);
	}
	if (e != GRPC_CALL_OK)
		abort();
	return out;
}

static int64_t left_ms(const struct call *c)
{
	gpr_timespec due = c->deadline;

	if (due.tv_sec == INT64_MAX)
		return c->route->m->mode == METHOD_WAIT ? WAIT_DEADLINE_MS : DEFAULT_DEADLINE_MS;
	return gpr_time_to_millis(gpr_time_sub(due, gpr_now(due.clock_type)));
}

/* What the caller sent under this name, {NULL, 0} when nothing. Borrowed from the call. *twice_out
 * (may be NULL): more than once, and it is the first. */
static struct bytes sent_as(const struct call *c, const char *name, bool *twice_out)
{
	struct bytes found = { NULL, 0 };
	size_t n = strlen(name);

	for (size_t i = 0; i < c->metadata.count; i++) {
		const grpc_metadata *m = &c->metadata.metadata[i];

		if (GRPC_SLICE_LENGTH(m->key) != n ||
		    memcmp(GRPC_SLICE_START_PTR(m->key), name, n) != 0)
			continue;
		if (found.p) {
			if (twice_out)
				*twice_out = true;
			break;
		}
		found = (struct bytes){ GRPC_SLICE_START_PTR(m->value),
					GRPC_SLICE_LENGTH(m->value) };
		if (!twice_out)
			break;
	}
	return found;
}

static const char *trace_of(struct turn *t, const struct call *c)
{
	bool twice = false;
	struct bytes sent = sent_as(c, "traceparent", &twice);

	return sent.p && !twice ? trace_read(t, sent) : NULL;
}

enum err call_begin(struct door_thread *th, struct call *c, struct arena *mem, struct turn *t,
		    struct caller *caller)
{
	struct grpc_door *d = th->door;
	const struct route *r = c->route;
	int64_t left = left_ms(c);

	turn_begin(t, d->store, th->db, mem, r->what, "anonymous", left);
	t->urgent = r->m->flags & METHOD_URGENT;
	t->emergency = r->m->flags & METHOD_EMERGENCY;
	t->trace = trace_of(t, c);
	if (left <= 0)
		return fail(t, ERR_LATE, "the deadline passed before the call ran");
	struct caller_cert cc = caller_certificate(c);
	struct proof proof = { .authorization = sent_as(c, "authorization", NULL),
			       .certificate = cc.pem };
	enum err e = doorman_pass(t, th->doorman, &proof, r->m->roles, caller);

	caller_let_go(&cc);
	t->actor = caller->name;
	return e;
}

enum err call_bytes(struct turn *t, grpc_byte_buffer *in, grpc_slice *hold, struct bytes *out)
{
	grpc_byte_buffer_reader r;
	grpc_slice *one;

	*hold = grpc_empty_slice();
	*out = (struct bytes){ (const uint8_t *)"", 0 };
	if (!in)
		return fail(t, ERR_INVALID,
			    "the call carried no message, or was cancelled before it came");
	size_t n = grpc_byte_buffer_length(in);

	if (n == 0)
		return OK;
	if (!grpc_byte_buffer_reader_init(&r, in))
		return fail(t, ERR_INVALID, "the message cannot be decompressed");
	/* One slice is the usual case: its bytes stay where they are, in `in`. */
	if (grpc_byte_buffer_reader_peek(&r, &one) && GRPC_SLICE_LENGTH(*one) == n) {
		*hold = grpc_slice_ref(*one);
	} else {
		grpc_byte_buffer_reader_destroy(&r);
		if (!grpc_byte_buffer_reader_init(&r, in))
			abort();
		*hold = grpc_byte_buffer_reader_readall(&r);
	}
	grpc_byte_buffer_reader_destroy(&r);
	*out = (struct bytes){ GRPC_SLICE_START_PTR(*hold), GRPC_SLICE_LENGTH(*hold) };
	return OK;
}

/* ---- answering ---- */

grpc_slice call_pack(struct turn *t, const ProtobufCMessage *m)
{
	uint8_t room[4096];
	struct bytes b = encode_at(t, m, room, sizeof(room));

	return grpc_slice_from_copied_buffer((const char *)b.p, b.n);
}

grpc_byte_buffer *call_buffer(grpc_slice s)
{
	grpc_byte_buffer *b = grpc_raw_byte_buffer_create(&s, 1);

	grpc_slice_unref(s);
	return b;
}

void call_status(struct turn *t, enum err e, struct call_status *s, grpc_op *op)
{
	*s = (struct call_status){ .text = grpc_empty_slice(), .details = grpc_empty_slice() };
	op->op = GRPC_OP_SEND_STATUS_FROM_SERVER;
	op->data.send_status_from_server.status = (grpc_status_code)err_grpc(e);
	if (e == OK)
		return;
	struct bytes details = status_details(t, e);

	s->text = grpc_slice_from_copied_string(status_why(t, e));
	s->details = grpc_slice_from_copied_buffer((const char *)details.p, details.n);
	s->trailer.key = grpc_slice_from_static_string("grpc-status-details-bin");
	s->trailer.value = s->details;
	op->data.send_status_from_server.status_details = &s->text;
	op->data.send_status_from_server.trailing_metadata_count = 1;
	op->data.send_status_from_server.trailing_metadata = &s->trailer;
}

void call_status_sent(struct call_status *s)
{
	grpc_slice_unref(s->text);
	grpc_slice_unref(s->details);
}

static void on_done(struct door_thread *th, struct call *c, bool ok)
{
	(void)th;
	(void)c;
	(void)ok;
}

void call_answer(struct call *c, struct door_thread *th, struct turn *t, enum err e)
{
	grpc_op ops[4];
	struct call_status status;
	size_t n = 0;

	memset(ops, 0, sizeof(ops));
	ops[n++].op = GRPC_OP_SEND_INITIAL_METADATA;
	if (e == OK) {
		ops[n].op = GRPC_OP_SEND_MESSAGE;
		ops[n++].data.send_message.send_message = c->out;
	}
	call_status(t, e, &status, &ops[n++]);
	if (!c->watched) {
		ops[n].op = GRPC_OP_RECV_CLOSE_ON_SERVER;
		ops[n++].data.recv_close_on_server.cancelled = &c->cancelled;
	}
	call_batch(c, ops, n, &c->send, on_done);
	call_status_sent(&status);
	call_count(c, th, t, e);
}

/* ---- counting and logging ---- */

static const char *mode_name(const struct route *r)
{
	static const char *const names[] = { [METHOD_READ] = "read",
					     [METHOD_WRITE] = "write",
					     [METHOD_SLOW] = "slow",
					     [METHOD_STREAM] = "stream",
					     [METHOD_WAIT] = "wait" };

	return r ? names[r->m->mode] : "unknown";
}

static bool may_log(struct door_thread *th, const struct turn *t)
{
	if (th->log_second != t->now_ms / 1000) {
		th->log_second = t->now_ms / 1000;
		th->logged = 0;
	}
	return th->logged++ < FAILED_LOG_A_SECOND;
}

/* "ipv4:10.0.0.5:4711", "ipv6:%5B::1%5D:4711": without the port, which changes. */
static void note_refusal(struct call *c, struct turn *t, enum err e)
{
	if (e != ERR_NOBODY && e != ERR_DENIED)
		return;
	char *peer = grpc_call_get_peer(c->rpc);
	char *port = peer ? strrchr(peer, ':') : NULL;

	if (port)
		*port = 0;
	refusals_note(c->door->refusals, t, e, peer ? peer : "");
	gpr_free(peer);
}

void call_count(struct call *c, struct door_thread *th, struct turn *t, enum err e)
{
	const struct route *r = c->route;
	int64_t us = clock_mono_us() - c->began_us;
	bool change = r && (r->m->mode == METHOD_WRITE || r->m->mode == METHOD_SLOW);
	bool slow = r && r->m->mode == METHOD_READ && us > SLOW_READ_MS * 1000;
	char ms[32];

	metric_add(METRIC_CALLS, "grpc", err_name(e), 1);
	note_refusal(c, t, e);
	metric_observe(METRIC_TURN_SECONDS, "grpc", mode_name(r), us);
	if (e == ERR_BROKEN)
		log_broken(t, "%s: %s", t->what, status_why(t, e));
	if (!change && !slow && (e == OK || e == ERR_GONE || !may_log(th, t)))
		return;
	(void)snprintf(ms, sizeof(ms), "%lld.%03d", (long long)(us / 1000), (int)(us % 1000));
	const char *id = t->request && *t->request->id ? t->request->id : "-";
	const char *kept = t->request && t->request->replayed ? "replayed"
			   : t->validate_only                 ? "validated"
							      : "done";

	if (e == OK)
		log_line(t, LOG_INFO, "call", "outcome", kept, "ms", ms, "request_id", id, NULL);
	else
		log_line(t, LOG_INFO, "call", "outcome", reason_name(status_reason(t, e)), "ms", ms,
			 "request_id", id, "why", status_why(t, e), NULL);
}

/* ---- answers that come from another thread ---- */

static void on_answered(struct door_thread *th, struct call *c, bool ok);

/* With answered_lock held: somebody must come for what is in the list. */
static void wake_for_answers(struct grpc_door *d)
{
	struct call *first = d->answered;

	call_batch(first, NULL, 0, &first->kick, on_answered);
}

static void on_answered(struct door_thread *th, struct call *c, bool ok)
{
	struct grpc_door *d = th->door;
	struct call *mine, *last;

	(void)c;
	(void)ok;
	(void)pthread_mutex_lock(&d->answered_lock);
	mine = last = d->answered;
	for (unsigned n = 1; n < ANSWERED_AT_ONCE && last->next; n++)
		last = last->next;
	d->answered = last->next;
	last->next = NULL;
	if (d->answered)
		wake_for_answers(d);
	else
		d->answered_end = &d->answered;
	(void)pthread_mutex_unlock(&d->answered_lock);
	for (struct call *next; mine; mine = next) {
		next = mine->next;
		unary_answered(th, mine);
		call_unref(mine);
	}
}

void call_answered(struct call *c)
{
	struct grpc_door *d = c->door;

	(void)pthread_mutex_lock(&d->answered_lock);
	c->next = NULL;
	*d->answered_end = c;
	d->answered_end = &c->next;
	if (d->answered == c)
		wake_for_answers(d);
	(void)pthread_mutex_unlock(&d->answered_lock);
}
