#include "server/door/message.h"

#include <nettle/sha2.h>
#include <string.h>

#include "proto/json.h"
#include "server/door/encode.h"
#include "server/door/guard.h"

/* What decoding may take is what a caller decides, so it has a bound of its own. */
struct decoding {
	struct arena *mem;
	size_t left;
	bool full;
};

static void *decoding_alloc(void *data, size_t size)
{
	struct decoding *d = data;

	void *p = size <= d->left ? arena_try(d->mem, size) : NULL;

	if (p)
		d->left -= size;
	else
		d->full = true;
	return p;
}

static void decoding_free(void *data, void *p)
{
	(void)data;
	(void)p;
}

enum err message_decode(struct turn *t, const ProtobufCMessageDescriptor *d, const uint8_t *p,
			size_t n, ProtobufCMessage **out)
{
	struct decoding mem = { .mem = t->mem, .left = MESSAGE_DECODED };
	ProtobufCAllocator a = { decoding_alloc, decoding_free, &mem };

	TRY(guard_message(t, d, p, n));
	/* protobuf-c wants a pointer even for nothing. */
	*out = protobuf_c_message_unpack(d, &a, n, n ? p : (const uint8_t *)"");
	if (!*out && mem.full)
		return fail(t, ERR_FULL, "the request is too big: split it");
	if (!*out)
		return fail(t, ERR_INVALID, "the request is not a %s", d->name);
	return OK;
}

enum err message_from_json(struct turn *t, const ProtobufCMessageDescriptor *d, const char *text,
			   size_t n, struct bytes *out)
{
	struct decoding mem = { .mem = t->mem, .left = MESSAGE_DECODED };
	ProtobufCAllocator a = { decoding_alloc, decoding_free, &mem };
	ProtobufCMessage *m;
	char why[256];

	if (!json_read(d, text, n, &a, &m, why, sizeof(why)))
		return mem.full ? fail(t, ERR_FULL, "the request is too big: split it")
				: fail(t, ERR_INVALID, "%s", why);
	*out = encode(t, m);
	return OK;
}

ProtobufCMessage *message_own(struct turn *t, const ProtobufCMessageDescriptor *d,
			      struct bytes encoded)
{
	struct decoding mem = { .mem = t->mem, .left = SIZE_MAX };
	ProtobufCAllocator a = { decoding_alloc, decoding_free, &mem };

	return protobuf_c_message_unpack(d, &a, encoded.n,
					 encoded.n ? encoded.p : (const uint8_t *)"");
}

ProtobufCMessage *message_new(struct turn *t, const ProtobufCMessageDescriptor *d)
{
	ProtobufCMessage *m = turn_alloc(t, d->sizeof_message);

	protobuf_c_message_init(d, m);
	return m;
}

static const ProtobufCFieldDescriptor *field(const ProtobufCMessageDescriptor *d, const char *name,
					     ProtobufCType type)
{
	const ProtobufCFieldDescriptor *f =
		protobuf_c_message_descriptor_get_field_by_name(d, name);

	return f && f->type == type && f->label == PROTOBUF_C_LABEL_NONE ? f : NULL;
}

struct message_fields message_fields(const ProtobufCMessageDescriptor *d)
{
	return (struct message_fields){
		.request_id = field(d, "request_id", PROTOBUF_C_TYPE_STRING),
		.validate_only = field(d, "validate_only", PROTOBUF_C_TYPE_BOOL),
	};
}

static bool id_formed(const char *id)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._:-";
	size_t n = strspn(id, allowed);

	return id[n] == '\0' && n <= REQUEST_ID_TEXT;
}

enum err message_request(struct turn *t, const struct method *row,
			 const struct message_fields *fields, const char *method,
			 const ProtobufCMessage *m, struct bytes raw, struct request *out)
{
	struct sha256_ctx sha;

	*out = (struct request){ .id = "", .method = method, .secret = row->flags & METHOD_SECRET };
	if (fields->validate_only) {
		protobuf_c_boolean v;

		memcpy(&v, (const char *)m + fields->validate_only->offset, sizeof(v));
		t->validate_only = v;
	}
	if (fields->request_id)
		memcpy(&out->id, (const char *)m + fields->request_id->offset, sizeof(out->id));
	if (!id_formed(out->id))
		return fail(t, ERR_INVALID, "request_id: 1 to %d of A-Z a-z 0-9 . _ : -",
			    REQUEST_ID_TEXT);
	if (row->flags & METHOD_NEEDS_ID && !*out->id && !t->validate_only)
		return fail_reason(t, REASON_REQUEST_ID_REQUIRED,
				   "request_id is required: without it a repeated call could "
				   "move money twice");
	sha256_init(&sha);
	sha256_update(&sha, raw.n, raw.p);
	sha256_digest(&sha, sizeof(out->body.b), out->body.b);
	t->request = out;
	return OK;
}

void method_answer(struct turn *t, const void *out)
{
	if (t->request)
		t->request->reply = encode(t, out);
}
