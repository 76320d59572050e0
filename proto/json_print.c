#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/descriptors.h"
#include "proto/json_inside.h"

enum { FIRST_ROOM = 1024 };

/* The text so far. `failed` stands once something had no form; the rest is then not written. */
struct out {
	char *p;
	size_t n, room;
	unsigned flags;
	unsigned depth, messages; /* how deep in brackets; in messages */
	bool failed;
};

static void put_message(struct out *o, const ProtobufCMessage *m);

static bool room_for(struct out *o, size_t n)
{
	if (o->failed || n > JSON_TEXT_MAX - o->n) {
		o->failed = true;
		return false;
	}
	if (o->n + n + 1 <= o->room)
		return true;
	size_t room = o->room ? o->room * 2 : FIRST_ROOM;

	while (room < o->n + n + 1)
		room *= 2;
	char *p = calloc(1, room);

	if (!p) {
		o->failed = true;
		return false;
	}
	if (o->n)
		memcpy(p, o->p, o->n);
	free(o->p);
	o->p = p;
	o->room = room;
	return true;
}

static void put(struct out *o, const char *p, size_t n)
{
	if (!room_for(o, n))
		return;
	memcpy(o->p + o->n, p, n);
	o->n += n;
	o->p[o->n] = 0;
}

static void put_str(struct out *o, const char *s)
{
	put(o, s, strlen(s));
}

/* A line of its own at the present depth, where lines are asked for. */
static void put_line(struct out *o)
{
	if (!(o->flags & JSON_PRETTY))
		return;
	put_str(o, "\n");
	for (unsigned i = 0; i < o->depth; i++)
		put_str(o, "  ");
}

/* `first` says whether a comma must stand before the next element. */
static void put_next(struct out *o, bool *first)
{
	if (!*first)
		put_str(o, ",");
	*first = false;
	put_line(o);
}

static void open_list(struct out *o, const char *bracket)
{
	put_str(o, bracket);
	o->depth++;
}

static void close_list(struct out *o, const char *bracket, bool empty)
{
	o->depth--;
	if (!empty)
		put_line(o);
	put_str(o, bracket);
}

/* How many characters from here stand for themselves. */
static size_t plain_run(const unsigned char *p)
{
	size_t n = 0;

	while (p[n] >= 0x20 && p[n] < 0x7f && p[n] != '"' && p[n] != '\\')
		n++;
	return n;
}

static void put_text(struct out *o, const char *text)
{
	put_str(o, "\"");
	for (const unsigned char *p = (const unsigned char *)text; *p && !o->failed;) {
		size_t n = plain_run(p);

		if (n > 0) {
			put(o, (const char *)p, n);
			p += n;
			continue;
		}
		n = json_utf8(p);
		char escape[8] = { '\\', (char)*p };
		static const char named[] = "\b\f\n\r\t", letters[] = "bfnrt";
		const char *which = strchr(named, *p);

		if (n == 0)
			o->failed = true;
		else if (*p == '"' || *p == '\\')
			put(o, escape, 2);
		else if (which) {
			escape[1] = letters[which - named];
			put(o, escape, 2);
		} else if (*p < 0x20 || *p == 0x7f) {
			(void)snprintf(escape, sizeof(escape), "\\u%04x", *p);
			put(o, escape, 6);
		} else
			put(o, (const char *)p, n);
		p += n;
	}
	put_str(o, "\"");
}

static void put_name(struct out *o, const char *name)
{
	put_text(o, name);
	put_str(o, o->flags & JSON_PRETTY ? ": " : ":");
}

static void put_base64(struct out *o, const ProtobufCBinaryData *b)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	put_str(o, "\"");
	for (size_t i = 0; i < b->len; i += 3) {
		size_t left = b->len - i;
		uint32_t v = (uint32_t)b->data[i] << 16;
		char four[4] = { '=', '=', '=', '=' };

		if (left > 1)
			v |= (uint32_t)b->data[i + 1] << 8;
		if (left > 2)
			v |= b->data[i + 2];
		for (size_t k = 0; k < 4 && k <= left; k++)
			four[k] = digit[v >> (18 - 6 * k) & 63];
		put(o, four, 4);
	}
	put_str(o, "\"");
}

/* A decimal that reads back as the same number, with no more places than that takes. */
static void put_real(struct out *o, double v, bool is_float)
{
	char text[40];
	int first = is_float ? 6 : 15, last = is_float ? 9 : 17;

	if (isnan(v)) {
		put_str(o, "\"NaN\"");
		return;
	}
	if (isinf(v)) {
		put_str(o, v > 0 ? "\"Infinity\"" : "\"-Infinity\"");
		return;
	}
	for (int places = first; places <= last; places++) {
		(void)snprintf(text, sizeof(text), "%.*g", places, v);
		if (is_float ? strtof(text, NULL) == (float)v : strtod(text, NULL) == v)
			break;
	}
	put_str(o, text);
	if (!strpbrk(text, ".e"))
		put_str(o, ".0");
}

static void put_integer(struct out *o, const char *text, bool quoted)
{
	put_str(o, quoted ? "\"" : "");
	put_str(o, text);
	put_str(o, quoted ? "\"" : "");
}

static void put_enum(struct out *o, const ProtobufCEnumDescriptor *e, int v)
{
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(e, v);
	char text[16];

	if (value) {
		put_text(o, value->name);
		return;
	}
	(void)snprintf(text, sizeof(text), "%d", v);
	put_str(o, text);
}

/* A map's entry may come without its value, which is then an empty message. */
static void put_empty(struct out *o, const ProtobufCMessageDescriptor *d)
{
	ProtobufCMessage *m = calloc(1, d->sizeof_message);

	if (!m) {
		o->failed = true;
		return;
	}
	protobuf_c_message_init(d, m);
	put_message(o, m);
	free(m);
}

/* One value of the field's type at p. `key`: the name of a map's member, so always a string. */
static void put_value(struct out *o, const ProtobufCFieldDescriptor *f, const void *p, bool key)
{
	char text[32];

	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		(void)snprintf(text, sizeof(text), "%" PRId32, *(const int32_t *)p);
		put_integer(o, text, key);
		return;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		(void)snprintf(text, sizeof(text), "%" PRIu32, *(const uint32_t *)p);
		put_integer(o, text, key);
		return;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		(void)snprintf(text, sizeof(text), "%" PRId64, *(const int64_t *)p);
		put_integer(o, text, true);
		return;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		(void)snprintf(text, sizeof(text), "%" PRIu64, *(const uint64_t *)p);
		put_integer(o, text, true);
		return;
	case PROTOBUF_C_TYPE_FLOAT:
		put_real(o, (double)*(const float *)p, true);
		return;
	case PROTOBUF_C_TYPE_DOUBLE:
		put_real(o, *(const double *)p, false);
		return;
	case PROTOBUF_C_TYPE_BOOL:
		put_integer(o, *(const protobuf_c_boolean *)p ? "true" : "false", key);
		return;
	case PROTOBUF_C_TYPE_ENUM:
		put_enum(o, f->descriptor, *(const int *)p);
		return;
	case PROTOBUF_C_TYPE_STRING: {
		const char *s = *(char *const *)p;

		put_text(o, s ? s : "");
		return;
	}
	case PROTOBUF_C_TYPE_BYTES:
		put_base64(o, p);
		return;
	case PROTOBUF_C_TYPE_MESSAGE:
		if (*(ProtobufCMessage *const *)p)
			put_message(o, *(ProtobufCMessage *const *)p);
		else
			put_empty(o, f->descriptor);
		return;
	}
}

/* Whether two keys of one map, of any key type, are the same. */
static bool same_key(const ProtobufCFieldDescriptor *f, const ProtobufCMessage *a,
		     const ProtobufCMessage *b)
{
	const void *x = json_at(a, f->offset), *y = json_at(b, f->offset);

	if (f->type == PROTOBUF_C_TYPE_STRING)
		return strcmp(*(char *const *)x, *(char *const *)y) == 0;
	return memcmp(x, y, json_size_of(f->type)) == 0;
}

/* protobuf-c keeps an entry for each time a key came; the last one counts. */
static void put_map(struct out *o, const ProtobufCFieldDescriptor *f,
		    ProtobufCMessage *const *entry, size_t n)
{
	const ProtobufCMessageDescriptor *d = f->descriptor;
	const ProtobufCFieldDescriptor *key = &d->fields[0], *value = &d->fields[1];
	bool first = true;

	open_list(o, "{");
	for (size_t i = 0; i < n; i++) {
		bool later = false;

		for (size_t k = i + 1; k < n && !later; k++)
			later = same_key(key, entry[i], entry[k]);
		if (later)
			continue;
		put_next(o, &first);
		put_value(o, key, json_at(entry[i], key->offset), true);
		put_str(o, o->flags & JSON_PRETTY ? ": " : ":");
		put_value(o, value, json_at(entry[i], value->offset), false);
	}
	close_list(o, "}", first);
}

static void put_repeated(struct out *o, const ProtobufCFieldDescriptor *f, const void *list,
			 size_t n)
{
	size_t size = json_size_of(f->type);
	bool first = true;

	open_list(o, "[");
	for (size_t i = 0; i < n; i++) {
		put_next(o, &first);
		put_value(o, f, (const char *)list + i * size, false);
	}
	close_list(o, "]", first);
}

static bool is_zero(const ProtobufCFieldDescriptor *f, const void *p)
{
	static const char zero[8];

	if (f->type == PROTOBUF_C_TYPE_STRING)
		return !*(char *const *)p || **(char *const *)p == 0;
	if (f->type == PROTOBUF_C_TYPE_BYTES)
		return ((const ProtobufCBinaryData *)p)->len == 0;
	return memcmp(p, zero, json_size_of(f->type)) == 0;
}

/* A field that is not repeated: whether it is there to be printed. */
static bool is_there(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, bool all)
{
	const void *p = json_at(m, f->offset);

	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		return *(const int *)json_at(m, f->quantifier_offset) == (int)f->id;
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return *(ProtobufCMessage *const *)p != NULL;
	if (f->label == PROTOBUF_C_LABEL_NONE)
		return all || !is_zero(f, p);
	if (f->label == PROTOBUF_C_LABEL_REQUIRED)
		return true;
	if (f->type == PROTOBUF_C_TYPE_STRING)
		return *(const void *const *)p && *(const void *const *)p != f->default_value;
	return *(const protobuf_c_boolean *)json_at(m, f->quantifier_offset);
}

static void put_field(struct out *o, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
		      bool *first)
{
	const void *p = json_at(m, f->offset);
	bool all = o->flags & JSON_ALL_FIELDS;
	char name[JSON_NAME];
	size_t n = 0;

	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		n = *(const size_t *)json_at(m, f->quantifier_offset);
		if (n == 0 && !all)
			return;
	} else if (!is_there(m, f, all)) {
		return;
	}
	json_name(f->name, name);
	put_next(o, first);
	put_name(o, name);
	if (f->label != PROTOBUF_C_LABEL_REPEATED)
		put_value(o, f, p, false);
	else if (json_is_map(f))
		put_map(o, f, *(ProtobufCMessage *const *const *)p, n);
	else
		put_repeated(o, f, *(const void *const *)p, n);
}

static void put_fields(struct out *o, const ProtobufCMessage *m, bool *first)
{
	for (unsigned i = 0; i < m->descriptor->n_fields; i++)
		put_field(o, m, &m->descriptor->fields[i], first);
}

/* Timestamp and Duration have the same two fields: seconds, then nanos. */
static void put_time(struct out *o, const ProtobufCMessage *m,
		     bool (*form)(int64_t seconds, int32_t nanos, char out[JSON_TIME]))
{
	const ProtobufCFieldDescriptor *f = m->descriptor->fields;
	char text[JSON_TIME];

	if (!form(*(const int64_t *)json_at(m, f[0].offset),
		  *(const int32_t *)json_at(m, f[1].offset), text))
		o->failed = true;
	else
		put_text(o, text);
}

/* "user_name" is "userName"; a path that would not come back the same has no form. */
static void put_mask(struct out *o, const ProtobufCMessage *m)
{
	const ProtobufCFieldDescriptor *f = &m->descriptor->fields[0];
	size_t n = *(const size_t *)json_at(m, f->quantifier_offset);
	char *const *path = *(char **const *)json_at(m, f->offset);
	size_t at = 0, room = 1;

	for (size_t i = 0; i < n; i++)
		room += strlen(path[i]) + 1;
	char *text = calloc(1, room);

	o->failed = o->failed || !text;
	for (size_t i = 0; i < n && !o->failed; i++) {
		if (i > 0)
			text[at++] = ',';
		for (const char *p = path[i]; *p && !o->failed; p++) {
			bool capital = *p == '_';

			p += capital;
			o->failed = (*p >= 'A' && *p <= 'Z') || (capital && (*p < 'a' || *p > 'z'));
			if (!o->failed)
				text[at++] = capital ? (char)(*p - 'a' + 'A') : *p;
		}
	}
	if (!o->failed)
		put_text(o, text);
	free(text);
}

/* {"@type": url, its fields}; what has a form of its own, or is not known here, as "value". */
static void put_any(struct out *o, const ProtobufCMessage *m)
{
	const ProtobufCFieldDescriptor *f = m->descriptor->fields;
	const char *url = *(char *const *)json_at(m, f[0].offset);
	const ProtobufCBinaryData *b = json_at(m, f[1].offset);
	const char *name = strrchr(url, '/');
	const ProtobufCMessageDescriptor *d = proto_message(name ? name + 1 : url);
	ProtobufCMessage *inner =
		d ? protobuf_c_message_unpack(d, NULL, b->len, b->len ? b->data : (uint8_t *)"")
		  : NULL;
	bool first = false;

	open_list(o, "{");
	put_line(o);
	put_name(o, "@type");
	put_text(o, url);
	if (inner && json_kind(d) == JSON_PLAIN) {
		put_fields(o, inner, &first);
	} else {
		put_next(o, &first);
		put_name(o, "value");
		if (inner)
			put_message(o, inner);
		else
			put_base64(o, b);
	}
	close_list(o, "}", false);
	if (inner)
		protobuf_c_message_free_unpacked(inner, NULL);
}

static void put_plain(struct out *o, const ProtobufCMessage *m)
{
	bool first = true;

	open_list(o, "{");
	put_fields(o, m, &first);
	close_list(o, "}", first);
}

static void put_message(struct out *o, const ProtobufCMessage *m)
{
	if (o->messages == JSON_DEPTH)
		o->failed = true;
	if (o->failed)
		return;
	o->messages++;
	switch (json_kind(m->descriptor)) {
	case JSON_PLAIN:
		put_plain(o, m);
		break;
	case JSON_TIMESTAMP:
		put_time(o, m, json_timestamp_put);
		break;
	case JSON_DURATION:
		put_time(o, m, json_duration_put);
		break;
	case JSON_FIELD_MASK:
		put_mask(o, m);
		break;
	case JSON_ANY:
		put_any(o, m);
		break;
	}
	o->messages--;
}

bool json_print(const ProtobufCMessage *m, unsigned flags, char **out, size_t *n_out)
{
	struct out o = { .flags = flags };

	put_message(&o, m);
	if (o.failed) {
		free(o.p);
		return false;
	}
	*out = o.p;
	*n_out = o.n;
	return true;
}

void json_text_free(char *text)
{
	free(text);
}
