/* seeds FOLDER: first inputs for the targets `json` and `wire`: every message of the contract with
 * every field set, as FOLDER/json/NAME and FOLDER/wire/NAME. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/json.h"
#include "server/door/encode.h"
#include "tests/fuzz/fuzz.h"

enum { DEPTH = 4 };

static ProtobufCMessage *filled(struct turn *t, const ProtobufCMessageDescriptor *d,
				unsigned depth);

static void fill_value(struct turn *t, const ProtobufCFieldDescriptor *f, void *p, unsigned depth)
{
	const ProtobufCEnumDescriptor *e;

	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		*(uint32_t *)p = 300;
		return;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		*(uint64_t *)p = 70000;
		return;
	case PROTOBUF_C_TYPE_FLOAT:
		*(float *)p = 1.5f;
		return;
	case PROTOBUF_C_TYPE_DOUBLE:
		*(double *)p = 0.1;
		return;
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)p = 1;
		return;
	case PROTOBUF_C_TYPE_ENUM:
		e = f->descriptor;
		*(int *)p = e->values[e->n_values - 1].value;
		return;
	case PROTOBUF_C_TYPE_STRING:
		*(char **)p = turn_strdup(t, "a\u00e9");
		return;
	case PROTOBUF_C_TYPE_BYTES:
		*(ProtobufCBinaryData *)p =
			(ProtobufCBinaryData){ .len = 3, .data = turn_memdup(t, "\xff\x01z", 3) };
		return;
	case PROTOBUF_C_TYPE_MESSAGE:
		*(ProtobufCMessage **)p = filled(t, f->descriptor, depth + 1);
		return;
	}
}

static void fill_field(struct turn *t, const ProtobufCFieldDescriptor *f, ProtobufCMessage *m,
		       unsigned depth)
{
	char *at = (char *)m, *p = at + f->offset;
	void *list;

	if (f->type == PROTOBUF_C_TYPE_MESSAGE && depth == DEPTH)
		return;
	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		list = turn_alloc(t, 64);
		fill_value(t, f, list, depth);
		*(void **)p = list;
		*(size_t *)(at + f->quantifier_offset) = 1;
		return;
	}
	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		*(uint32_t *)(at + f->quantifier_offset) = f->id;
	else if (f->label == PROTOBUF_C_LABEL_OPTIONAL && f->type != PROTOBUF_C_TYPE_STRING &&
		 f->type != PROTOBUF_C_TYPE_MESSAGE)
		*(protobuf_c_boolean *)(at + f->quantifier_offset) = 1;
	fill_value(t, f, p, depth);
}

static ProtobufCMessage *filled(struct turn *t, const ProtobufCMessageDescriptor *d, unsigned depth)
{
	ProtobufCMessage *m = turn_alloc(t, d->sizeof_message);
	/* What JSON has a form of its own for holds no text but its own. */
	bool own = strncmp(d->name, "google.protobuf.", 16) == 0 &&
		   (strcmp(d->short_name, "FieldMask") == 0 || strcmp(d->short_name, "Any") == 0);

	protobuf_c_message_init(d, m);
	for (unsigned i = 0; i < d->n_fields && !own; i++)
		fill_field(t, &d->fields[i], m, depth);
	return m;
}

static void put(const char *folder, const char *kind, const ProtobufCMessageDescriptor *d,
		const void *p, size_t n)
{
	uint16_t pick = fuzz_pick_of(d);
	uint8_t head[2] = { (uint8_t)(pick >> 8), (uint8_t)pick };
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s/%s", folder, kind, d->name);
	FILE *f = fopen(path, "wb");

	fuzz_must(f && fwrite(head, 1, 2, f) == 2 && fwrite(p, 1, n, f) == n && fclose(f) == 0,
		  "%s cannot be written", path);
}

int main(int argc, char **argv)
{
	const ProtobufCMessageDescriptor *d;

	fuzz_must(argc == 2, "usage: seeds FOLDER");
	for (size_t i = 0; (d = fuzz_message_at(i)) != NULL; i++) {
		struct turn *t = fuzz_begin();
		ProtobufCMessage *m = filled(t, d, 0);
		struct bytes bytes = encode(t, m);
		char *text;
		size_t n;

		put(argv[1], "wire", d, bytes.p, bytes.n);
		if (json_print(m, JSON_ALL_FIELDS, &text, &n)) {
			put(argv[1], "json", d, text, n);
			json_text_free(text);
		}
		fuzz_end();
	}
	return 0;
}
