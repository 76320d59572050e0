/* What the descriptors tell the JSON printer and reader. */
#include <string.h>

#include "proto/json_inside.h"

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Drops each '_' and makes the letter after it a capital; `first`: the first one too. */
static void camel(const char *name, bool first, char out[JSON_NAME])
{
	bool capital = first;
	size_t n = 0;

	for (; *name && n + 1 < JSON_NAME; name++) {
		if (*name == '_') {
			capital = true;
			continue;
		}
		out[n++] = capital ? upper(*name) : *name;
		capital = false;
	}
	out[n] = 0;
}

void json_name(const char *name, char out[JSON_NAME])
{
	camel(name, false, out);
}

/* The generated descriptors do not carry the map flag; protoc allows nobody else the name that it
 * gives the entries, and a test holds this against the flags of the embedded descriptor set. */
bool json_is_map(const ProtobufCFieldDescriptor *f)
{
	const ProtobufCMessageDescriptor *d = f->descriptor;
	char entry[JSON_NAME];

	if (f->label != PROTOBUF_C_LABEL_REPEATED || f->type != PROTOBUF_C_TYPE_MESSAGE ||
	    d->n_fields != 2 || strcmp(d->fields[0].name, "key") != 0 ||
	    strcmp(d->fields[1].name, "value") != 0)
		return false;
	camel(f->name, true, entry);
	size_t n = strlen(entry);

	return strncmp(d->short_name, entry, n) == 0 && strcmp(d->short_name + n, "Entry") == 0;
}

enum json_kind json_kind(const ProtobufCMessageDescriptor *d)
{
	static const struct {
		const char *name;
		enum json_kind kind;
	} own[] = { { "google.protobuf.Timestamp", JSON_TIMESTAMP },
		    { "google.protobuf.Duration", JSON_DURATION },
		    { "google.protobuf.FieldMask", JSON_FIELD_MASK },
		    { "google.protobuf.Any", JSON_ANY } };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(d->name, own[i].name) == 0)
			return own[i].kind;
	return JSON_PLAIN;
}

size_t json_size_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_ENUM:
		return 4;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	}
	return 0;
}

size_t json_utf8(const unsigned char *p)
{
	size_t n = *p < 0x80   ? 1
		   : *p < 0xc2 ? 0
		   : *p < 0xe0 ? 2
		   : *p < 0xf0 ? 3
		   : *p < 0xf5 ? 4
			       : 0;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] >= 0xa0) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] >= 0x90))
		return 0;
	return n;
}
