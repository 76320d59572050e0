#include "server/door/encode.h"

#include <endian.h>
#include <string.h>

enum { FIRST_ROOM = 512 };

/* What was written so far is [p, end); [start, p) is free. */
struct back {
	struct turn *t;
	uint8_t *start, *p, *end;
};

static void grow(struct back *b, size_t n)
{
	size_t have = (size_t)(b->end - b->p), room = (size_t)(b->end - b->start);

	while (n > room - have)
		room *= 2;
	uint8_t *start = turn_alloc(b->t, room);

	memcpy(start + room - have, b->p, have);
	b->start = start;
	b->end = start + room;
	b->p = b->end - have;
}

/* Space for n more bytes before what is there. */
static inline uint8_t *before(struct back *b, size_t n)
{
	if (__builtin_expect(n > (size_t)(b->p - b->start), 0))
		grow(b, n);
	return b->p -= n;
}

static inline void put_bytes(struct back *b, const void *p, size_t n)
{
	uint8_t *at = before(b, n);

	if (n > 0)
		memcpy(at, p, n);
}

static inline void put_varint(struct back *b, uint64_t v)
{
	if (v < 0x80) {
		*before(b, 1) = (uint8_t)v;
		return;
	}
	unsigned n = (70 - (unsigned)__builtin_clzll(v)) / 7;
	uint8_t *at = before(b, n);

	for (; n > 1; n--, v >>= 7)
		*at++ = (uint8_t)(v | 0x80);
	*at = (uint8_t)v;
}

static inline void put_key(struct back *b, uint32_t id, ProtobufCWireType wire)
{
	put_varint(b, (uint64_t)id << 3 | wire);
}

static void put_fixed32(struct back *b, const void *value)
{
	uint32_t v;

	memcpy(&v, value, sizeof(v));
	v = htole32(v);
	put_bytes(b, &v, sizeof(v));
}

static void put_fixed64(struct back *b, const void *value)
{
	uint64_t v;

	memcpy(&v, value, sizeof(v));
	v = htole64(v);
	put_bytes(b, &v, sizeof(v));
}

static uint64_t zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

static void put_message(struct back *b, const ProtobufCMessage *m);

static void put_text(struct back *b, const char *text)
{
	put_bytes(b, text, text ? strlen(text) : 0);
}

static void put_data(struct back *b, const ProtobufCBinaryData *d)
{
	put_bytes(b, d->data, d->len);
}

/* What has a length: the bytes written since `mark` (counted from the end) get it in front. */
static inline void put_length(struct back *b, size_t mark)
{
	put_varint(b, (uint64_t)((size_t)(b->end - b->p) - mark));
}

/* One value, and how it is keyed. */
static ProtobufCWireType put_value(struct back *b, ProtobufCType type, const void *value)
{
	size_t mark = (size_t)(b->end - b->p);

	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_ENUM:
		/* A negative one takes ten bytes, as if it were an int64. */
		put_varint(b, (uint64_t)(int64_t) * (const int32_t *)value);
		return PROTOBUF_C_WIRE_TYPE_VARINT;
	case PROTOBUF_C_TYPE_SINT32:
		put_varint(b, (uint32_t)zigzag(*(const int32_t *)value));
		return PROTOBUF_C_WIRE_TYPE_VARINT;
	case PROTOBUF_C_TYPE_UINT32:
		put_varint(b, *(const uint32_t *)value);
		return PROTOBUF_C_WIRE_TYPE_VARINT;
	case PROTOBUF_C_TYPE_BOOL:
		put_varint(b, *(const protobuf_c_boolean *)value != 0);
		return PROTOBUF_C_WIRE_TYPE_VARINT;
	case PROTOBUF_C_TYPE_SINT64:
		put_varint(b, zigzag(*(const int64_t *)value));
		return PROTOBUF_C_WIRE_TYPE_VARINT;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
		put_varint(b, *(const uint64_t *)value);
		return PROTOBUF_C_WIRE_TYPE_VARINT;
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		put_fixed32(b, value);
		return PROTOBUF_C_WIRE_TYPE_32BIT;
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		put_fixed64(b, value);
		return PROTOBUF_C_WIRE_TYPE_64BIT;
	case PROTOBUF_C_TYPE_STRING:
		put_text(b, *(const char *const *)value);
		break;
	case PROTOBUF_C_TYPE_BYTES:
		put_data(b, value);
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		put_message(b, *(const ProtobufCMessage *const *)value);
		break;
	}
	put_length(b, mark);
	return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
}

static size_t size_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_ENUM:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return 4;
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	}
	return 0;
}

static void put_repeated(struct back *b, const ProtobufCFieldDescriptor *f, const uint8_t *first,
			 size_t n)
{
	bool packed = f->flags & PROTOBUF_C_FIELD_FLAG_PACKED;
	size_t size = size_of(f->type), mark = (size_t)(b->end - b->p);

	for (size_t i = n; i-- > 0;) {
		ProtobufCWireType wire = put_value(b, f->type, first + i * size);

		if (!packed)
			put_key(b, f->id, wire);
	}
	if (packed && n > 0) {
		put_length(b, mark);
		put_key(b, f->id, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
	}
}

/* A pointer that is not there, or in proto2 the default itself, is an absent field. */
static bool pointer_absent(const ProtobufCFieldDescriptor *f, const void *value)
{
	const void *p;

	if (f->type != PROTOBUF_C_TYPE_STRING && f->type != PROTOBUF_C_TYPE_MESSAGE)
		return false;
	memcpy(&p, value, sizeof(p));
	return !p || p == f->default_value;
}

/* proto3's plain fields: zero and empty are not sent. */
static bool is_default(const ProtobufCFieldDescriptor *f, const void *value)
{
	static const uint8_t zero[8];

	if (f->type == PROTOBUF_C_TYPE_STRING) {
		const char *text = *(const char *const *)value;

		return !text || !*text;
	}
	if (f->type == PROTOBUF_C_TYPE_BYTES)
		return ((const ProtobufCBinaryData *)value)->len == 0;
	return memcmp(value, zero, size_of(f->type)) == 0;
}

static void put_field(struct back *b, const ProtobufCFieldDescriptor *f, const uint8_t *m)
{
	const uint8_t *value = m + f->offset, *quantifier = m + f->quantifier_offset;

	switch (f->label) {
	case PROTOBUF_C_LABEL_REPEATED:
		put_repeated(b, f, *(const uint8_t *const *)value, *(const size_t *)quantifier);
		return;
	case PROTOBUF_C_LABEL_NONE:
	case PROTOBUF_C_LABEL_OPTIONAL:
		if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
			if (*(const uint32_t *)quantifier != f->id || pointer_absent(f, value))
				return;
		} else if (f->label == PROTOBUF_C_LABEL_NONE) {
			if (is_default(f, value))
				return;
		} else if (f->type == PROTOBUF_C_TYPE_STRING ||
			   f->type == PROTOBUF_C_TYPE_MESSAGE) {
			if (pointer_absent(f, value))
				return;
		} else if (!*(const protobuf_c_boolean *)quantifier) {
			return;
		}
		break;
	case PROTOBUF_C_LABEL_REQUIRED:
		break;
	}
	put_key(b, f->id, put_value(b, f->type, value));
}

/* The last field first. What was not known when it was read goes behind all others, as it was. */
static void put_message(struct back *b, const ProtobufCMessage *m)
{
	if (!m)
		return;
	for (unsigned i = m->n_unknown_fields; i-- > 0;) {
		put_bytes(b, m->unknown_fields[i].data, m->unknown_fields[i].len);
		put_key(b, m->unknown_fields[i].tag, m->unknown_fields[i].wire_type);
	}
	for (unsigned i = m->descriptor->n_fields; i-- > 0;)
		put_field(b, &m->descriptor->fields[i], (const uint8_t *)m);
}

struct bytes encode_at(struct turn *t, const ProtobufCMessage *m, uint8_t *room, size_t n)
{
	struct back b = { .t = t, .start = room, .p = room + n, .end = room + n };

	put_message(&b, m);
	return (struct bytes){ b.p, (size_t)(b.end - b.p) };
}

struct bytes encode(struct turn *t, const ProtobufCMessage *m)
{
	return encode_at(t, m, turn_alloc(t, FIRST_ROOM), FIRST_ROOM);
}
