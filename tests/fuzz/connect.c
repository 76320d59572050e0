/* Any request by HTTP, up to where its handler would run. The first six lines are path, verb,
 * Content-Type, Content-Encoding, Connect-Protocol-Version and Connect-Timeout-Ms ("-": not
 * there); the rest is the body. What is refused has a body in JSON and a status of the table. */
#include <jansson.h>
#include <string.h>

#include "server/api/api.h"
#include "server/door/encode.h"
#include "server/door/http_rpc.h"
#include "tests/fuzz/fuzz.h"

static const char *header(struct turn *t, struct bytes *rest)
{
	const char *line = fuzz_line(t, rest);

	return strcmp(line, "-") == 0 ? NULL : line;
}

static void refused(struct turn *t, enum err e, int status)
{
	struct buf b = rpc_error_body(t, e);
	json_error_t why;
	json_t *j = json_loadb((const char *)b.p, b.n, JSON_REJECT_DUPLICATES, &why);

	fuzz_must(j != NULL, "an error that is no JSON: %s\n%s", why.text, buf_text(&b));
	fuzz_must(json_is_string(json_object_get(j, "code")) &&
			  json_string_length(json_object_get(j, "message")) > 0 &&
			  json_array_size(json_object_get(j, "details")) > 0,
		  "an error without a word: %s", buf_text(&b));
	json_decref(j);
	fuzz_must(status >= 400 && status < 600, "an error with status %d", status);
}

/* As if the handler had said nothing. */
static void answered(struct turn *t, const struct rpc_method *m, struct rpc_call *c)
{
	ProtobufCMessage *out = turn_alloc(t, m->out->sizeof_message);
	struct http_reply reply;

	fuzz_must(c->in && c->in->descriptor == m->in, "another message than the row's");
	fuzz_must(!(m->row->flags & METHOD_NEEDS_ID) || t->validate_only || *c->request.id,
		  "%s without a request id", m->what);
	fuzz_holds(t, c->in, false);
	protobuf_c_message_init(m->out, out);
	c->request.reply = encode(t, out);
	enum err e = rpc_reply(t, m, c, &reply);

	fuzz_must(e == OK && reply.status == 200, "%s: no reply: %s", m->what, t->why);
}

static void called(struct turn *t, const struct rpc_method *m, const struct rpc_head *h,
		   struct bytes body)
{
	struct rpc_call c;
	int status = 0;
	enum err e = rpc_begin(t, m, h, &c, &status);

	if (e == OK)
		e = rpc_read(t, m, body, &c);
	if (e == OK)
		answered(t, m, &c);
	else
		refused(t, e, status ? status : rpc_status(e));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct rpc_table *table;
	struct turn *t = fuzz_begin();
	struct bytes rest = { p, n };
	const struct rpc_method *m;
	struct rpc_head h;

	if (!table) {
		size_t rows;
		const struct method *methods = api_methods(&rows);
		enum err e = rpc_table_open(t, methods, rows, &table);

		fuzz_must(e == OK, "%s", t->why);
	}
	const char *path = fuzz_line(t, &rest);

	h.verb = fuzz_line(t, &rest);
	h.content_type = header(t, &rest);
	h.content_encoding = header(t, &rest);
	h.version = header(t, &rest);
	h.timeout = header(t, &rest);
	if (rpc_find(table, path, &m) && m)
		called(t, m, &h, rest);
	else
		fuzz_must(!m, "a method of nobody's");
	fuzz_end();
	return 0;
}
