#include "tests/support/grpc_call.h"

#include <grpc/byte_buffer_reader.h>
#include <grpc/compression.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "tests/support/stop.h"

struct grpc_client {
	grpc_channel *channel;
};

enum { GIVE_UP_MS = 30 * 1000 };

static struct grpc_client *open_with(const char *host, unsigned port,
				     grpc_channel_credentials *creds,
				     grpc_compression_algorithm compression)
{
	struct grpc_client *c = calloc(1, sizeof(*c));
	char at[64];
	/* Each client has a connection of its own, and large answers are welcome. */
	grpc_arg list[] = {
		{ .type = GRPC_ARG_INTEGER,
		  .key = (char *)"grpc.use_local_subchannel_pool",
		  .value.integer = 1 },
		{ .type = GRPC_ARG_INTEGER, .key = (char *)GRPC_ARG_ENABLE_RETRIES },
		{ .type = GRPC_ARG_INTEGER,
		  .key = (char *)GRPC_COMPRESSION_CHANNEL_DEFAULT_ALGORITHM,
		  .value.integer = (int)compression },
	};
	grpc_channel_args args = { 3, list };

	if (!c)
		abort();
	(void)snprintf(at, sizeof(at), "%s:%u", host, port);
	c->channel = grpc_channel_create(at, creds, &args);
	grpc_channel_credentials_release(creds);
	return c;
}

struct grpc_client *grpc_client_open(unsigned port)
{
	grpc_init();
	return open_with("127.0.0.1", port, grpc_insecure_credentials_create(), GRPC_COMPRESS_NONE);
}

struct grpc_client *grpc_client_open_gzip(unsigned port)
{
	grpc_init();
	return open_with("127.0.0.1", port, grpc_insecure_credentials_create(), GRPC_COMPRESS_GZIP);
}

struct grpc_client *grpc_client_open_tls(unsigned port, const char *ca, const char *cert,
					 const char *key)
{
	grpc_ssl_pem_key_cert_pair own = { key, cert };

	grpc_init();
	return open_with("127.0.0.1", port,
			 grpc_ssl_credentials_create(ca, cert ? &own : NULL, NULL, NULL),
			 GRPC_COMPRESS_NONE);
}

void grpc_client_close(struct grpc_client *c)
{
	if (!c)
		return;
	grpc_channel_destroy(c->channel);
	grpc_shutdown_blocking();
	free(c);
}

/* ---- one call ---- */

enum what { TAG_START = 1, TAG_READ, TAG_SAID, TAG_STATUS };

struct grpc_talk {
	grpc_completion_queue *cq;
	grpc_call *call;
	grpc_byte_buffer *out, *in;
	grpc_metadata_array initial, trailing;
	grpc_status_code status;
	grpc_slice message;
	bool started; /* the first batch is through */
	bool ended, reading, read_done, no_more;
};

static gpr_timespec in_ms(int64_t ms)
{
	return gpr_time_add(gpr_now(GPR_CLOCK_REALTIME), gpr_time_from_millis(ms, GPR_TIMESPAN));
}

static void batch(struct grpc_talk *s, const grpc_op *ops, size_t n, enum what tag)
{
	if (grpc_call_start_batch(s->call, ops, n, (void *)(intptr_t)tag, NULL) != GRPC_CALL_OK)
		stop_test("a batch cannot be started");
}

static grpc_byte_buffer *buffer(const void *p, size_t n)
{
	grpc_slice s = grpc_slice_from_copied_buffer(p ? p : "", n);
	grpc_byte_buffer *b = grpc_raw_byte_buffer_create(&s, 1);

	grpc_slice_unref(s);
	return b;
}

/* One event, taken down. False: none within ms. */
static bool event(struct grpc_talk *s, int64_t ms)
{
	grpc_event e = grpc_completion_queue_next(s->cq, in_ms(ms), NULL);

	if (e.type != GRPC_OP_COMPLETE)
		return false;
	switch ((enum what)(intptr_t)e.tag) {
	case TAG_START:
		s->started = true;
		/* fall through */
	case TAG_SAID:
		if (s->out)
			grpc_byte_buffer_destroy(s->out);
		s->out = NULL;
		break;
	case TAG_READ:
		s->reading = false;
		s->read_done = true;
		if (!s->in)
			s->no_more = true;
		break;
	case TAG_STATUS:
		s->ended = true;
		break;
	}
	return true;
}

struct grpc_talk *grpc_talk_open(struct grpc_client *c, const struct grpc_ask *ask, bool half_close)
{
	struct grpc_talk *s = calloc(1, sizeof(*s));
	grpc_slice path = grpc_slice_from_copied_string(ask->path);
	grpc_metadata auth;
	char bearer[600];
	grpc_op ops[3];
	size_t n = 0;

	if (!s)
		abort();
	s->cq = grpc_completion_queue_create_for_next(NULL);
	s->message = grpc_empty_slice();
	s->call = grpc_channel_create_call(
		c->channel, NULL, GRPC_PROPAGATE_DEFAULTS, s->cq, path, NULL,
		ask->deadline_ms ? in_ms(ask->deadline_ms) : gpr_inf_future(GPR_CLOCK_REALTIME),
		NULL);
	grpc_slice_unref(path);
	grpc_metadata_array_init(&s->initial);
	grpc_metadata_array_init(&s->trailing);

	memset(ops, 0, sizeof(ops));
	ops[n].op = GRPC_OP_SEND_INITIAL_METADATA;
	if (ask->token) {
		(void)snprintf(bearer, sizeof(bearer), "Bearer %s", ask->token);
		auth.key = grpc_slice_from_static_string("authorization");
		auth.value = grpc_slice_from_copied_string(bearer);
		ops[n].data.send_initial_metadata.count = 1;
		ops[n].data.send_initial_metadata.metadata = &auth;
	}
	n++;
	if (ask->body || (half_close && !ask->no_message)) {
		s->out = buffer(ask->body, ask->n);
		ops[n].op = GRPC_OP_SEND_MESSAGE;
		ops[n++].data.send_message.send_message = s->out;
	}
	if (half_close)
		ops[n++].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
	batch(s, ops, n, TAG_START);
	if (ask->token)
		grpc_slice_unref(auth.value);

	memset(ops, 0, sizeof(ops));
	ops[0].op = GRPC_OP_RECV_INITIAL_METADATA;
	ops[0].data.recv_initial_metadata.recv_initial_metadata = &s->initial;
	ops[1].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
	ops[1].data.recv_status_on_client.trailing_metadata = &s->trailing;
	ops[1].data.recv_status_on_client.status = &s->status;
	ops[1].data.recv_status_on_client.status_details = &s->message;
	batch(s, ops, 2, TAG_STATUS);
	return s;
}

void grpc_talk_say(struct grpc_talk *s, const void *body, size_t n)
{
	grpc_op op;

	while (!s->started || s->out)
		if (!event(s, GIVE_UP_MS))
			stop_test("the message before is still not sent");
	memset(&op, 0, sizeof(op));
	s->out = buffer(body, n);
	op.op = GRPC_OP_SEND_MESSAGE;
	op.data.send_message.send_message = s->out;
	batch(s, &op, 1, TAG_SAID);
}

void grpc_talk_half_close(struct grpc_talk *s)
{
	grpc_op op;

	while (!s->started || s->out)
		if (!event(s, GIVE_UP_MS))
			stop_test("the message before is still not sent");
	memset(&op, 0, sizeof(op));
	op.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
	batch(s, &op, 1, TAG_SAID);
}

/* ---- what came back ---- */

static void read_details(const uint8_t *p, size_t n, struct grpc_said *out)
{
	Google__Rpc__Status *st = google__rpc__status__unpack(NULL, n, p);

	if (!st || st->code != out->status || strcmp(st->message, out->message) != 0)
		stop_test("grpc-status-details-bin does not say what the status says");
	for (size_t i = 0; i < st->n_details; i++) {
		const Google__Protobuf__Any *a = st->details[i];

		if (strcmp(a->type_url, "type.googleapis.com/google.rpc.ErrorInfo") == 0) {
			Google__Rpc__ErrorInfo *info =
				google__rpc__error_info__unpack(NULL, a->value.len, a->value.data);

			if (!info || strcmp(info->domain, "ghostfleet.v1") != 0)
				stop_test("ErrorInfo is not one of ours");
			(void)snprintf(out->reason, sizeof(out->reason), "%s", info->reason);
			google__rpc__error_info__free_unpacked(info, NULL);
		} else {
			Google__Rpc__RetryInfo *retry =
				google__rpc__retry_info__unpack(NULL, a->value.len, a->value.data);

			if (!retry || !retry->retry_delay)
				stop_test("a detail is neither ErrorInfo nor RetryInfo");
			out->retry_ms = retry->retry_delay->seconds * 1000 +
					retry->retry_delay->nanos / 1000000;
			google__rpc__retry_info__free_unpacked(retry, NULL);
		}
	}
	google__rpc__status__free_unpacked(st, NULL);
}

static void read_status(struct grpc_talk *s, struct grpc_said *out)
{
	size_t n = GRPC_SLICE_LENGTH(s->message);

	out->status = (int)s->status;
	if (n >= sizeof(out->message))
		n = sizeof(out->message) - 1;
	memcpy(out->message, GRPC_SLICE_START_PTR(s->message), n);
	out->message[n] = '\0';
	for (size_t i = 0; i < s->trailing.count; i++)
		if (grpc_slice_str_cmp(s->trailing.metadata[i].key, "grpc-status-details-bin") == 0)
			read_details(GRPC_SLICE_START_PTR(s->trailing.metadata[i].value),
				     GRPC_SLICE_LENGTH(s->trailing.metadata[i].value), out);
}

static void read_message(struct grpc_talk *s, struct grpc_said *out)
{
	grpc_byte_buffer_reader r;

	if (!grpc_byte_buffer_reader_init(&r, s->in))
		stop_test("a message cannot be read");
	grpc_slice all = grpc_byte_buffer_reader_readall(&r);

	grpc_byte_buffer_reader_destroy(&r);
	grpc_byte_buffer_destroy(s->in);
	s->in = NULL;
	out->n = GRPC_SLICE_LENGTH(all);
	if (out->n > sizeof(out->reply))
		stop_test("an answer of %zu bytes", out->n);
	memcpy(out->reply, GRPC_SLICE_START_PTR(all), out->n);
	out->has_reply = true;
	grpc_slice_unref(all);
}

bool grpc_talk_next(struct grpc_talk *s, int64_t wait_ms, struct grpc_said *out, bool *ended_out)
{
	gpr_timespec until = in_ms(wait_ms);
	grpc_op op;

	memset(out, 0, sizeof(*out));
	if (ended_out)
		*ended_out = s->no_more;
	if (s->no_more)
		return false;
	if (!s->reading && !s->read_done) {
		memset(&op, 0, sizeof(op));
		op.op = GRPC_OP_RECV_MESSAGE;
		op.data.recv_message.recv_message = &s->in;
		s->reading = true;
		batch(s, &op, 1, TAG_READ);
	}
	while (!s->read_done) {
		int64_t left = gpr_time_to_millis(gpr_time_sub(until, gpr_now(GPR_CLOCK_REALTIME)));

		if (!event(s, left > 0 ? left : 0))
			return false;
	}
	s->read_done = false;
	if (ended_out)
		*ended_out = s->no_more;
	if (s->no_more)
		return false;
	read_message(s, out);
	return true;
}

bool grpc_talk_end(struct grpc_talk *s, int64_t wait_ms, struct grpc_said *out)
{
	gpr_timespec until = in_ms(wait_ms);

	while (!s->ended) {
		int64_t left = gpr_time_to_millis(gpr_time_sub(until, gpr_now(GPR_CLOCK_REALTIME)));

		if (!event(s, left > 0 ? left : 0))
			return false;
	}
	read_status(s, out);
	return true;
}

void grpc_talk_cancel(struct grpc_talk *s)
{
	(void)grpc_call_cancel(s->call, NULL);
}

void grpc_talk_free(struct grpc_talk *s)
{
	if (!s->ended)
		grpc_talk_cancel(s);
	while (!s->ended || !s->started || s->out || s->reading)
		if (!event(s, GIVE_UP_MS))
			stop_test("a cancelled call does not end");
	if (s->in)
		grpc_byte_buffer_destroy(s->in);
	grpc_call_unref(s->call);
	grpc_completion_queue_shutdown(s->cq);
	while (grpc_completion_queue_next(s->cq, in_ms(GIVE_UP_MS), NULL).type !=
	       GRPC_QUEUE_SHUTDOWN)
		;
	grpc_completion_queue_destroy(s->cq);
	grpc_slice_unref(s->message);
	grpc_metadata_array_destroy(&s->initial);
	grpc_metadata_array_destroy(&s->trailing);
	free(s);
}

void grpc_ask(struct grpc_client *c, const struct grpc_ask *ask, struct grpc_said *out)
{
	struct grpc_talk *s = grpc_talk_open(c, ask, true);
	bool ended = false;

	if (!grpc_talk_next(s, ask->cancel_ms ? ask->cancel_ms : GIVE_UP_MS, out, &ended)) {
		if (!ended && !ask->cancel_ms)
			stop_test("%s: no answer within %d s", ask->path, GIVE_UP_MS / 1000);
		if (!ended)
			grpc_talk_cancel(s);
	}
	if (!grpc_talk_end(s, GIVE_UP_MS, out))
		stop_test("%s: no status within %d s", ask->path, GIVE_UP_MS / 1000);
	grpc_talk_free(s);
}
