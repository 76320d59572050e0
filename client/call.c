#include "client/call.h"

#include <assert.h>
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/context.h"
#include "client/stop.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "proto/retry.h"
#include "store/base/clock.h"
#include "store/base/turn.h"
#include "store/base/units.h"

enum {
	ANSWER_MAX = 32 << 20, /* bytes of one message */
	STREAM_MEM = 8 << 20,  /* one streamed message, decoded */
	RETRY_MAX_S = 3600,    /* a longer wait is not ours to wait */
	SLICE_MS = 100,        /* how long a wait goes without looking for Ctrl-C */
};

struct channel {
	grpc_channel *grpc;
	grpc_completion_queue *queue;
	const char *address; /* in the turn's memory that opened it */
	grpc_slice bearer;   /* "Bearer TOKEN" */
	bool has_token, tls, has_cert;
};

static void keep_quiet(gpr_log_func_args *args)
{
	(void)args; /* the library's own lines: what matters comes back as a status */
}

static grpc_arg arg_int(const char *key, int value)
{
	return (grpc_arg){ .type = GRPC_ARG_INTEGER,
			   .key = (char *)(uintptr_t)key,
			   .value.integer = value };
}

static grpc_channel_credentials *credentials(const struct channel_tls *tls)
{
	if (!tls || !tls->on)
		return grpc_insecure_credentials_create();
	grpc_ssl_pem_key_cert_pair own = { tls->key, tls->cert };

	return grpc_ssl_credentials_create(tls->ca, tls->cert ? &own : NULL, NULL, NULL);
}

static grpc_arg arg_text(const char *key, const char *value)
{
	return (grpc_arg){ .type = GRPC_ARG_STRING,
			   .key = (char *)(uintptr_t)key,
			   .value.string = (char *)(uintptr_t)value };
}

enum err channel_open(struct turn *t, const char *address, const char *token,
		      const struct channel_tls *tls, struct channel **out)
{
	bool on = tls && tls->on, named = on && tls->server_name;

	if (token && !on && !address_is_local(address))
		return fail(t, ERR_REFUSED,
			    "the token would travel unencrypted to %s; say --tls-ca FILE, or make "
			    "a tunnel, as with ssh -L 50051:127.0.0.1:50051, and use --address "
			    "127.0.0.1:50051",
			    address);
	grpc_arg args[] = {
		arg_int(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, ANSWER_MAX),
		arg_int(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100),
		arg_int(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000),
		arg_int(GRPC_ARG_ENABLE_RETRIES, 0),
		arg_int(GRPC_ARG_ENABLE_HTTP_PROXY, 0),
		arg_text(GRPC_ARG_PRIMARY_USER_AGENT_STRING, "ghostctl/" GF_VERSION),
		/* Last: only where a name was said. */
		arg_text(GRPC_SSL_TARGET_NAME_OVERRIDE_ARG, named ? tls->server_name : ""),
	};
	const grpc_channel_args all = { .num_args = sizeof(args) / sizeof(args[0]) - !named,
					.args = args };
	struct channel *c = calloc(1, sizeof(*c));

	if (!c)
		return fail(t, ERR_FULL, "out of memory");
	gpr_set_log_function(keep_quiet);
	grpc_init();
	grpc_channel_credentials *creds = credentials(tls);

	/* NULL: the library takes no such key or certificate. */
	if (!creds) {
		grpc_shutdown_blocking();
		free(c);
		return fail(t, ERR_INVALID, "the TLS certificate or key cannot be used");
	}
	c->grpc = grpc_channel_create(address, creds, &all);
	grpc_channel_credentials_release(creds);
	c->queue = grpc_completion_queue_create_for_pluck(NULL);
	c->address = turn_strdup(t, address);
	c->has_token = token != NULL;
	c->tls = on;
	c->has_cert = on && tls->cert;
	if (token) {
		c->bearer = grpc_slice_malloc(7 + strlen(token));
		memcpy(GRPC_SLICE_START_PTR(c->bearer), "Bearer ", 7);
		memcpy(GRPC_SLICE_START_PTR(c->bearer) + 7, token, strlen(token));
	}
	*out = c;
	return OK;
}

void channel_close(struct channel *c)
{
	if (!c)
		return;
	if (c->has_token) {
		wipe(GRPC_SLICE_START_PTR(c->bearer), GRPC_SLICE_LENGTH(c->bearer));
		grpc_slice_unref(c->bearer);
	}
	grpc_channel_destroy(c->grpc);
	grpc_completion_queue_shutdown(c->queue);
	while (grpc_completion_queue_pluck(c->queue, NULL, gpr_inf_future(GPR_CLOCK_MONOTONIC),
					   NULL)
		       .type != GRPC_QUEUE_SHUTDOWN)
		;
	grpc_completion_queue_destroy(c->queue);
	grpc_shutdown_blocking();
	free(c);
}

/* One call on the wire. */
struct wire {
	struct channel *channel;
	grpc_call *call;
	grpc_slice sent;
	grpc_byte_buffer *request, *answer;
	grpc_metadata_array head, tail;
	grpc_status_code status;
	grpc_slice said;
	bool too_quiet;
};

static gpr_timespec in_ms(int64_t ms)
{
	return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(ms, GPR_TIMESPAN));
}

static void wire_open(struct wire *w, struct channel *c, const ProtobufCServiceDescriptor *service,
		      const ProtobufCMethodDescriptor *method, const ProtobufCMessage *in,
		      gpr_timespec deadline)
{
	char path[200];
	size_t n = protobuf_c_message_get_packed_size(in);
	int len = snprintf(path, sizeof(path), "/%s/%s", service->name, method->name);

	assert(len > 0 && (size_t)len < sizeof(path));
	*w = (struct wire){ .channel = c, .said = grpc_empty_slice() };
	grpc_metadata_array_init(&w->head);
	grpc_metadata_array_init(&w->tail);
	w->sent = grpc_slice_malloc(n);
	(void)protobuf_c_message_pack(in, GRPC_SLICE_START_PTR(w->sent));
	w->request = grpc_raw_byte_buffer_create(&w->sent, 1);
	grpc_slice p = grpc_slice_from_copied_buffer(path, (size_t)len);

	w->call = grpc_channel_create_call(c->grpc, NULL, 0, c->queue, p, NULL, deadline, NULL);
	grpc_slice_unref(p);
}

static void wire_close(struct wire *w)
{
	grpc_call_unref(w->call);
	grpc_metadata_array_destroy(&w->head);
	grpc_metadata_array_destroy(&w->tail);
	grpc_byte_buffer_destroy(w->request);
	grpc_byte_buffer_destroy(w->answer);
	grpc_slice_unref(w->said);
	/* It may have held a key. */
	wipe(GRPC_SLICE_START_PTR(w->sent), GRPC_SLICE_LENGTH(w->sent));
	grpc_slice_unref(w->sent);
}

/* Waits for `tag`; cancels the call on Ctrl-C and after quiet_ms (0: never), and then still waits
 * for what is outstanding. */
static bool wire_wait(struct wire *w, void *tag, int64_t quiet_ms)
{
	int64_t until = clock_mono_ms() + quiet_ms;

	for (;;) {
		grpc_event ev =
			grpc_completion_queue_pluck(w->channel->queue, tag, in_ms(SLICE_MS), NULL);

		if (ev.type == GRPC_OP_COMPLETE)
			return ev.success != 0;
		assert(ev.type == GRPC_QUEUE_TIMEOUT);
		if (quiet_ms > 0 && clock_mono_ms() > until)
			w->too_quiet = true;
		if (w->too_quiet || stop_asked())
			(void)grpc_call_cancel(w->call, NULL);
	}
}

static grpc_op op_head(struct wire *w, grpc_metadata *auth)
{
	grpc_op op = { .op = GRPC_OP_SEND_INITIAL_METADATA };

	*auth = (grpc_metadata){ .key = grpc_slice_from_static_string("authorization"),
				 .value = w->channel->bearer };
	op.data.send_initial_metadata.count = w->channel->has_token ? 1 : 0;
	op.data.send_initial_metadata.metadata = auth;
	return op;
}

static grpc_op op_message(struct wire *w)
{
	grpc_op op = { .op = GRPC_OP_SEND_MESSAGE };

	op.data.send_message.send_message = w->request;
	return op;
}

static grpc_op op_recv_head(struct wire *w)
{
	grpc_op op = { .op = GRPC_OP_RECV_INITIAL_METADATA };

	op.data.recv_initial_metadata.recv_initial_metadata = &w->head;
	return op;
}

static grpc_op op_recv_message(struct wire *w)
{
	grpc_op op = { .op = GRPC_OP_RECV_MESSAGE };

	op.data.recv_message.recv_message = &w->answer;
	return op;
}

static grpc_op op_recv_status(struct wire *w)
{
	grpc_op op = { .op = GRPC_OP_RECV_STATUS_ON_CLIENT };

	op.data.recv_status_on_client.trailing_metadata = &w->tail;
	op.data.recv_status_on_client.status = &w->status;
	op.data.recv_status_on_client.status_details = &w->said;
	return op;
}

static void start(struct wire *w, const grpc_op *ops, size_t n, void *tag)
{
	grpc_call_error e = grpc_call_start_batch(w->call, ops, n, tag, NULL);

	assert(e == GRPC_CALL_OK);
	(void)e;
}

/* protobuf-c's memory: the turn's, which nobody frees piece by piece. */
static void *take(void *mem, size_t size)
{
	return arena_try(mem, size);
}

static void leave(void *mem, void *p)
{
	(void)mem;
	(void)p;
}

static void *decode(struct turn *t, const ProtobufCMessageDescriptor *d, const uint8_t *p, size_t n)
{
	ProtobufCAllocator in_turn = { .alloc = take, .free = leave, .allocator_data = t->mem };
	static const uint8_t nothing[1];

	return protobuf_c_message_unpack(d, &in_turn, n, n ? p : nothing);
}

static void *decode_answer(struct turn *t, struct wire *w, const ProtobufCMessageDescriptor *d)
{
	grpc_byte_buffer_reader r;

	if (!w->answer || !grpc_byte_buffer_reader_init(&r, w->answer))
		return NULL;
	grpc_slice all = grpc_byte_buffer_reader_readall(&r);
	void *m = decode(t, d, GRPC_SLICE_START_PTR(all), GRPC_SLICE_LENGTH(all));

	grpc_slice_unref(all);
	grpc_byte_buffer_reader_destroy(&r);
	return m;
}

static bool type_is(const Google__Protobuf__Any *any, const char *name)
{
	const char *slash = strrchr(any->type_url, '/');

	return strcmp(slash ? slash + 1 : any->type_url, name) == 0;
}

static enum reason reason_by_name(const char *name)
{
	for (int i = REASON_NONE + 1; i < REASON_COUNT; i++)
		if (strcmp(reason_name((enum reason)i), name) == 0)
			return (enum reason)i;
	return REASON_NONE;
}

struct details {
	enum reason reason;
	int64_t retry_ms;
};

/* google.rpc.Status in the trailer: the published reason, and when to come back. */
static struct details read_details(struct turn *t, const struct wire *w)
{
	struct details d = { .reason = REASON_NONE };

	for (size_t i = 0; i < w->tail.count; i++) {
		const grpc_metadata *m = &w->tail.metadata[i];

		if (grpc_slice_str_cmp(m->key, "grpc-status-details-bin") != 0)
			continue;
		const Google__Rpc__Status *s =
			decode(t, &google__rpc__status__descriptor, GRPC_SLICE_START_PTR(m->value),
			       GRPC_SLICE_LENGTH(m->value));

		for (size_t k = 0; s && k < s->n_details; k++) {
			const Google__Protobuf__Any *any = s->details[k];

			if (type_is(any, "google.rpc.ErrorInfo")) {
				const Google__Rpc__ErrorInfo *info =
					decode(t, &google__rpc__error_info__descriptor,
					       any->value.data, any->value.len);

				d.reason = info ? reason_by_name(info->reason) : REASON_NONE;
			} else if (type_is(any, "google.rpc.RetryInfo")) {
				const Google__Rpc__RetryInfo *info =
					decode(t, &google__rpc__retry_info__descriptor,
					       any->value.data, any->value.len);

				if (info && info->retry_delay && info->retry_delay->seconds >= 0 &&
				    info->retry_delay->seconds < RETRY_MAX_S)
					d.retry_ms = info->retry_delay->seconds * 1000 +
						     info->retry_delay->nanos / 1000000;
			}
		}
	}
	return d;
}

/* What the library says of a connection is long; its last part is the reason. */
static const char *last_part(const char *said)
{
	const char *at = said;

	for (const char *s = strstr(said, ": "); s; s = strstr(s + 2, ": "))
		at = s + 2;
	return at;
}

/* Somebody listens and hangs up: what a door with TLS does with those who come without it, and one
 * that wants certificates with those who have none. */
static const char *tls_hint(const struct channel *c, const char *said)
{
	if (!strstr(said, "closed") && !strstr(said, "reset by peer"))
		return "";
	if (!c->tls)
		return "; if that door speaks TLS, add --tls-ca FILE";
	return c->has_cert
		       ? ""
		       : "; if that door wants certificates, add --tls-cert FILE --tls-key FILE";
}

/* The status as an error of ours. */
static enum err wire_verdict(struct turn *t, const struct wire *w, int64_t timeout_ms)
{
	const char *said = turn_printf(t, "%.*s", (int)GRPC_SLICE_LENGTH(w->said),
				       (const char *)GRPC_SLICE_START_PTR(w->said));
	enum err e = err_from_grpc((int)w->status);
	struct details d = read_details(t, w);

	if (e == OK)
		return OK;
	t->retry_ms = d.retry_ms;
	if (stop_asked() && e == ERR_GONE)
		return fail(t, ERR_GONE, "stopped");
	if (d.reason != REASON_NONE) {
		enum err by_reason = fail_reason(t, d.reason, "%s", said);

		return e == by_reason ? by_reason : e;
	}
	if (w->too_quiet || e == ERR_LATE)
		return fail(t, ERR_LATE, "no answer from %s within %s", w->channel->address,
			    duration_str(t, timeout_ms));
	if (e == ERR_AWAY)
		return fail(t, ERR_AWAY, "cannot reach ghost-fleet at %s: %s%s",
			    w->channel->address, last_part(said), tls_hint(w->channel, said));
	return fail(t, e, "%s", *said ? said : err_meaning(e));
}

static enum err once(struct turn *t, struct channel *c, const ProtobufCServiceDescriptor *service,
		     const ProtobufCMethodDescriptor *m, const ProtobufCMessage *in,
		     int64_t timeout_ms, int64_t left_ms, void **out)
{
	struct wire w;
	grpc_metadata auth;

	wire_open(&w, c, service, m, in, in_ms(left_ms));
	grpc_op ops[] = {
		op_head(&w, &auth), op_message(&w),      { .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT },
		op_recv_head(&w),   op_recv_message(&w), op_recv_status(&w),
	};

	start(&w, ops, sizeof(ops) / sizeof(ops[0]), &w);
	(void)wire_wait(&w, &w, 0);
	enum err e = wire_verdict(t, &w, timeout_ms);

	if (e == OK) {
		*out = decode_answer(t, &w, m->output);
		if (!*out)
			e = fail(t, ERR_BROKEN,
				 "the answer of %s to %s is not a %s; do client and "
				 "server belong together?",
				 c->address, m->name, m->output->name);
	}
	wire_close(&w);
	return e;
}

/* Unreachable, or the server said to come back soon. */
static int64_t pause_before_retry(const struct turn *t, enum err e, int tries)
{
	int64_t wait = RETRY_FIRST_MS;

	if (e != ERR_AWAY)
		return 0;
	if (t->retry_ms > 0)
		return t->retry_ms <= 2000 ? t->retry_ms : 0;
	for (int i = 0; i < tries && wait < RETRY_MOST_MS; i++)
		wait *= RETRY_TIMES;
	if (wait > RETRY_MOST_MS)
		wait = RETRY_MOST_MS;
	return t->reason == REASON_UNAVAILABLE || t->reason == REASON_SERVER_DRAINING ? wait : 0;
}

enum err call_unary(struct turn *t, struct channel *c, const ProtobufCServiceDescriptor *service,
		    const char *method, const void *in, int64_t timeout_ms, void **out)
{
	const ProtobufCMethodDescriptor *m =
		protobuf_c_service_descriptor_get_method_by_name(service, method);
	const ProtobufCMessage *message = in;
	int64_t until = clock_mono_ms() + timeout_ms;

	assert(m && message->descriptor == m->input);
	for (int tries = 0;; tries++) {
		int64_t left = until - clock_mono_ms();
		enum err e = once(t, c, service, m, message, timeout_ms, left > 0 ? left : 1, out);
		int64_t wait = pause_before_retry(t, e, tries);

		if (wait == 0 || tries + 1 == RETRY_ATTEMPTS || clock_mono_ms() + wait >= until)
			return e;
		if (!stop_sleep(wait))
			return fail(t, ERR_GONE, "stopped");
	}
}

/* Messages until none comes. */
static enum err drink(struct turn *t, struct wire *w, const ProtobufCMessageDescriptor *d,
		      int64_t quiet_ms, stream_fn *fn, void *arg, bool *stop)
{
	while (!*stop && !stop_asked()) {
		grpc_op op = op_recv_message(w);

		start(w, &op, 1, &w->answer);
		if (!wire_wait(w, &w->answer, quiet_ms) || !w->answer)
			return OK;
		struct turn one = *t;

		one.mem = arena_new(STREAM_MEM);
		void *m = decode_answer(&one, w, d);
		enum err e = m ? fn(&one, m, arg, stop)
			       : fail(&one, ERR_BROKEN, "%s sent what is not a %s",
				      w->channel->address, d->name);

		if (e != OK) {
			t->reason = one.reason;
			memcpy(t->why, one.why, sizeof(t->why));
		}
		arena_free(one.mem);
		grpc_byte_buffer_destroy(w->answer);
		w->answer = NULL;
		if (e != OK)
			return e;
	}
	return *stop ? OK : fail(t, ERR_GONE, "stopped");
}

enum err call_stream(struct turn *t, struct channel *c, const ProtobufCServiceDescriptor *service,
		     const char *method, const void *in, int64_t quiet_ms, stream_fn *fn, void *arg)
{
	const ProtobufCMethodDescriptor *m =
		protobuf_c_service_descriptor_get_method_by_name(service, method);
	const ProtobufCMessage *message = in;
	struct wire w;
	grpc_metadata auth;
	bool stop = false;

	assert(m && message->descriptor == m->input);
	wire_open(&w, c, service, m, message, gpr_inf_future(GPR_CLOCK_MONOTONIC));
	grpc_op ops[] = {
		op_head(&w, &auth),
		op_message(&w),
		{ .op = GRPC_OP_SEND_CLOSE_FROM_CLIENT },
		op_recv_head(&w),
	};
	grpc_op last = op_recv_status(&w);

	start(&w, ops, sizeof(ops) / sizeof(ops[0]), &w);
	start(&w, &last, 1, &w.status);
	enum err e = drink(t, &w, m->output, quiet_ms, fn, arg, &stop);

	if (stop || e != OK)
		(void)grpc_call_cancel(w.call, NULL);
	(void)wire_wait(&w, &w.status, quiet_ms);
	(void)wire_wait(&w, &w, quiet_ms);
	if (e == OK && !stop)
		e = wire_verdict(t, &w, quiet_ms);
	wire_close(&w);
	return e;
}
