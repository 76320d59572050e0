#include "server/door/http_rpc.h"

#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "google/rpc/status.pb-c.h"
#include "proto/json.h"
#include "server/door/encode.h"
#include "server/door/http_inside.h"
#include "server/door/status.h"

enum { TIMEOUT_DIGITS = 10 };

static const char type_json[] = "application/json", type_proto[] = "application/proto";

struct rpc_table {
	size_t n;
	struct rpc_method *methods;
};

/* Which row. */

static enum err method_fill(struct turn *t, const struct method *row, struct rpc_method *out)
{
	const struct proto_method *p = proto_method(row->service, row->name);
	const char *package_end = strrchr(row->service, '.');

	if (!p)
		return fail(t, ERR_BROKEN, "the contract has no method %s/%s", row->service,
			    row->name);
	*out = (struct rpc_method){
		.row = row,
		.path = p->path,
		.what = p->path + 1 + (package_end ? package_end + 1 - row->service : 0),
		.in = p->method->input,
		.out = p->method->output,
		.fields = message_fields(p->method->input),
	};
	return OK;
}

enum err rpc_table_open(struct turn *t, const struct method *rows, size_t n, struct rpc_table **out)
{
	struct rpc_table *table = calloc(1, sizeof(*table));
	enum err e = OK;

	if (!table || !(table->methods = calloc(n + 1, sizeof(*table->methods))))
		abort();
	table->n = n;
	for (size_t i = 0; i < n && e == OK; i++)
		e = method_fill(t, &rows[i], &table->methods[i]);
	if (e == OK)
		*out = table;
	else
		rpc_table_close(table);
	return e;
}

void rpc_table_close(struct rpc_table *table)
{
	if (!table)
		return;
	free(table->methods);
	free(table);
}

bool rpc_find(const struct rpc_table *table, const char *path, const struct rpc_method **out)
{
	bool ours = false;

	*out = NULL;
	for (size_t i = 0; i < table->n && !*out; i++) {
		const struct rpc_method *m = &table->methods[i];
		size_t service = (size_t)(strrchr(m->path, '/') + 1 - m->path);

		ours = ours || strncmp(path, m->path, service) == 0;
		if (strcmp(path, m->path) == 0)
			*out = m;
	}
	return ours;
}

/* What came. */

/* A media type, whatever its parameters are. */
static bool type_is(const char *type, const char *wanted)
{
	size_t n = strlen(wanted);

	return type && strncasecmp(type, wanted, n) == 0 && (!type[n] || strchr("; \t", type[n]));
}

/* NULL: the body is not one of Connect's streams. */
static const char *stream_type(const char *type)
{
	static const char *const types[] = { "application/connect+json",
					     "application/connect+proto" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (type_is(type, types[i]))
			return types[i];
	return NULL;
}

static enum err timeout_read(struct turn *t, const char *text, int64_t *out)
{
	size_t n = text ? strspn(text, "0123456789") : 0;

	*out = -1;
	if (!text)
		return OK;
	if (n == 0 || n > TIMEOUT_DIGITS || text[n])
		return fail(t, ERR_INVALID,
			    "Connect-Timeout-Ms is '%.20s': it is a number of milliseconds, at "
			    "most %d digits",
			    text, TIMEOUT_DIGITS);
	*out = strtoll(text, NULL, 10);
	return OK;
}

enum err rpc_begin(struct turn *t, const struct rpc_method *m, const struct rpc_head *h,
		   struct rpc_call *out, int *status)
{
	*out = (struct rpc_call){ .json = type_is(h->content_type, type_json) };
	if (strcmp(h->verb, "POST") != 0) {
		*status = MHD_HTTP_METHOD_NOT_ALLOWED;
		return fail(t, ERR_NEVER, "%.20s is not for this path, but POST", h->verb);
	}
	if (m->row->mode == METHOD_STREAM) {
		out->stream_type = stream_type(h->content_type);
		return fail(t, ERR_NEVER, "%s is a stream: call it by gRPC", m->what);
	}
	if (!out->json && !type_is(h->content_type, type_proto)) {
		*status = MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
		return fail(t, ERR_INVALID,
			    "the body is '%.60s': send 'Content-Type: application/json' or "
			    "'application/proto'",
			    h->content_type ? h->content_type : "of no type");
	}
	if (h->content_encoding && strcasecmp(h->content_encoding, "identity") != 0)
		return fail(t, ERR_NEVER,
			    "the body's encoding is '%.40s': only 'identity' is read, send it "
			    "uncompressed",
			    h->content_encoding);
	if (h->version && strcmp(h->version, "1") != 0)
		return fail(t, ERR_INVALID, "Connect-Protocol-Version is '%.20s': it is 1 here",
			    h->version);
	return timeout_read(t, h->timeout, &out->timeout_ms);
}

enum err rpc_read(struct turn *t, const struct rpc_method *m, struct bytes body, struct rpc_call *c)
{
	ProtobufCMessage *in;

	if (c->json)
		TRY(message_from_json(t, m->in, body.p ? (const char *)body.p : "", body.n, &body));
	TRY(message_decode(t, m->in, body.p, body.n, &in));
	c->in = in;
	if (m->row->mode == METHOD_READ)
		return OK;
	return message_request(t, m->row, &m->fields, m->path + 1, in, body, &c->request);
}

enum err rpc_run(struct turn *t, const struct rpc_method *m, struct rpc_call *c)
{
	ProtobufCMessage *out = message_new(t, m->out);

	TRY(m->row->fn(t, c->in, out));
	/* A slow handler may have met its first answer in the lane. */
	if (!c->request.replayed)
		c->request.reply = encode(t, out);
	return OK;
}

/* What goes out. */

static bool print(struct buf *b, const ProtobufCMessage *m)
{
	char *text;
	size_t n;

	if (!m || !json_print(m, 0, &text, &n))
		return false;
	buf_add(b, text, n);
	json_text_free(text);
	return true;
}

enum err rpc_reply(struct turn *t, const struct rpc_method *m, const struct rpc_call *c,
		   struct http_reply *out)
{
	struct bytes reply = c->request.reply;

	*out = (struct http_reply){ .status = MHD_HTTP_OK,
				    .type = c->json ? type_json : type_proto,
				    .body = buf_in(t->mem, RPC_REPLY_MAX) };
	if (!c->json)
		buf_add(&out->body, reply.p, reply.n);
	else if (!print(&out->body, message_own(t, m->out, reply)))
		return fail(t, ERR_BROKEN, "the answer of %s cannot be written as JSON", m->what);
	if (out->body.full)
		return fail(t, ERR_FULL, "the answer is above %d bytes: ask for less at a time",
			    RPC_REPLY_MAX);
	return OK;
}

static void put_base64(struct turn *t, struct buf *b, const ProtobufCBinaryData *d)
{
	size_t n = BASE64_ENCODE_RAW_LENGTH(d->len);
	char *text = turn_alloc(t, n + 1);

	base64_encode_raw(text, d->len, d->data);
	while (n > 0 && text[n - 1] == '=')
		n--;
	buf_add(b, text, n);
}

static void put_detail(struct turn *t, struct buf *b, const Google__Protobuf__Any *any)
{
	const char *slash = strrchr(any->type_url, '/');
	const char *type = slash ? slash + 1 : any->type_url;
	const ProtobufCMessageDescriptor *d = proto_message(type);
	struct buf debug = buf_in(t->mem, HTTP_REPLY_MAX);

	buf_printf(b, "{\"type\":\"%s\",\"value\":\"", type);
	put_base64(t, b, &any->value);
	buf_char(b, '"');
	if (d &&
	    print(&debug, message_own(t, d, (struct bytes){ any->value.data, any->value.len })))
		buf_printf(b, ",\"debug\":%s", buf_text(&debug));
	buf_char(b, '}');
}

struct buf rpc_error_body(struct turn *t, enum err e)
{
	struct buf b = buf_in(t->mem, HTTP_REPLY_MAX);
	const Google__Rpc__Status *s = (const void *)message_own(
		t, &google__rpc__status__descriptor, status_details(t, e));

	buf_printf(&b, "{\"code\":\"%s\",\"message\":", http_code(e));
	http_json(&b, status_why(t, e));
	buf_str(&b, ",\"details\":[");
	for (size_t i = 0; s && i < s->n_details; i++) {
		if (i > 0)
			buf_char(&b, ',');
		put_detail(t, &b, s->details[i]);
	}
	buf_str(&b, "]}");
	return b;
}

enum { END_OF_STREAM = 0x02 };

struct buf rpc_error_end(struct turn *t, enum err e)
{
	struct buf error = rpc_error_body(t, e), b = buf_in(t->mem, HTTP_REPLY_MAX);
	size_t n = error.n + strlen("{\"error\":}");

	buf_char(&b, END_OF_STREAM);
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_char(&b, (char)(n >> shift & 0xff));
	buf_str(&b, "{\"error\":");
	buf_add(&b, error.p, error.n);
	buf_char(&b, '}');
	return b;
}

/* The protocol's table, by the number of the gRPC code. */
int rpc_status(enum err e)
{
	static const int statuses[] = { 200, 499, 500, 400, 504, 404, 409, 403, 429,
					400, 409, 400, 501, 500, 503, 500, 401 };

	return statuses[err_grpc(e)];
}
