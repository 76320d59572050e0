#include <stdio.h>
#include <string.h>

#include "proto/json_scalar.h"

enum { FIELDS_MAX = 256 };

static bool read_message(struct json_in *in, json_t *j, ProtobufCMessage *m);

/* Steps into a member or an element; path_up() with what this returns steps out again. */
static size_t path_down(struct json_in *in, const char *name, size_t index)
{
	size_t before = in->n_path, room = sizeof(in->path) - before;
	int n = name ? snprintf(in->path + before, room, "%s%s", before ? "." : "", name)
		     : snprintf(in->path + before, room, "[%zu]", index);

	in->n_path += n > 0 && (size_t)n < room ? (size_t)n : room - 1;
	return before;
}

static void path_up(struct json_in *in, size_t before)
{
	in->n_path = before;
	in->path[before] = 0;
}

static bool read_inner(struct json_in *in, json_t *j, const ProtobufCMessageDescriptor *d,
		       ProtobufCMessage **out)
{
	ProtobufCMessage *m = json_take(in, d->sizeof_message);

	if (!m)
		return false;
	protobuf_c_message_init(d, m);
	*out = m;
	return read_message(in, j, m);
}

/* A list for n values of the field, empty for now: *count goes up as they are read, so that what
 * was read can be freed at any time. */
static char *list_of(struct json_in *in, ProtobufCMessage *m, const ProtobufCFieldDescriptor *f,
		     size_t n)
{
	size_t size = json_size_of(f->type);
	char *list = json_take(in, n * size);

	if (list)
		*(void **)((char *)m + f->offset) = list;
	return list;
}

/* One value of the field's type into p. */
static bool read_value(struct json_in *in, json_t *j, const ProtobufCFieldDescriptor *f, void *p)
{
	return f->type == PROTOBUF_C_TYPE_MESSAGE ? read_inner(in, j, f->descriptor, p)
						  : json_scalar(in, j, f, p);
}

static bool read_repeated(struct json_in *in, json_t *j, const ProtobufCFieldDescriptor *f,
			  ProtobufCMessage *m)
{
	size_t *count = (size_t *)((char *)m + f->quantifier_offset), n = json_array_size(j), i;
	json_t *item;

	if (!json_is_array(j))
		return json_wanted(in, "an array", j);
	if (n == 0)
		return true;
	char *list = list_of(in, m, f, n);

	if (!list)
		return false;
	json_array_foreach(j, i, item)
	{
		size_t up = path_down(in, NULL, i);

		(*count)++;
		if (!read_value(in, item, f, list + i * json_size_of(f->type)))
			return false;
		path_up(in, up);
	}
	return true;
}

/* The name of a map's member is a string, whatever type the key has. */
static bool read_key(struct json_in *in, const char *key, const ProtobufCFieldDescriptor *f,
		     void *p)
{
	bool is = strcmp(key, "true") == 0;
	json_t *j;

	if (f->type == PROTOBUF_C_TYPE_BOOL) {
		*(protobuf_c_boolean *)p = is;
		return is || strcmp(key, "false") == 0 ||
		       json_refuse(in, "it must be true or false");
	}
	j = json_string(key);
	is = j && read_value(in, j, f, p);
	json_decref(j);
	return is;
}

static bool read_map(struct json_in *in, json_t *j, const ProtobufCFieldDescriptor *f,
		     ProtobufCMessage *m)
{
	const ProtobufCMessageDescriptor *d = f->descriptor;
	size_t *count = (size_t *)((char *)m + f->quantifier_offset);
	const char *key;
	json_t *value;

	if (!json_is_object(j))
		return json_wanted(in, "an object", j);
	if (json_object_size(j) == 0)
		return true;
	ProtobufCMessage **entry = (void *)list_of(in, m, f, json_object_size(j));

	if (!entry)
		return false;
	json_object_foreach(j, key, value)
	{
		size_t up = path_down(in, key, 0);
		char *e = json_take(in, d->sizeof_message);

		if (!e)
			return false;
		protobuf_c_message_init(d, e);
		entry[(*count)++] = (ProtobufCMessage *)e;
		if (!read_key(in, key, &d->fields[0], e + d->fields[0].offset) ||
		    !read_value(in, value, &d->fields[1], e + d->fields[1].offset))
			return false;
		path_up(in, up);
	}
	return true;
}

static bool read_field(struct json_in *in, json_t *j, const ProtobufCFieldDescriptor *f,
		       ProtobufCMessage *m)
{
	char *at = (char *)m;

	if (json_is_map(f))
		return read_map(in, j, f, m);
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return read_repeated(in, j, f, m);
	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
		int *which = (int *)(at + f->quantifier_offset);

		if (*which != 0)
			return json_refuse(
				in, "only one of a group of fields may be set, and another is");
		/* The members share their place; a default of another type may stand there. */
		memset(at + f->offset, 0, json_size_of(f->type));
		*which = (int)f->id;
	} else if (f->label == PROTOBUF_C_LABEL_OPTIONAL && f->type != PROTOBUF_C_TYPE_STRING &&
		   f->type != PROTOBUF_C_TYPE_MESSAGE) {
		*(protobuf_c_boolean *)(at + f->quantifier_offset) = 1;
	}
	return read_value(in, j, f, at + f->offset);
}

/* By its JSON name or the name in the .proto file. */
static int field_of(const ProtobufCMessageDescriptor *d, const char *key)
{
	char name[JSON_NAME];

	for (unsigned i = 0; i < d->n_fields; i++) {
		json_name(d->fields[i].name, name);
		if (strcmp(name, key) == 0 || strcmp(d->fields[i].name, key) == 0)
			return (int)i;
	}
	return -1;
}

static bool read_plain(struct json_in *in, json_t *j, ProtobufCMessage *m)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;
	bool seen[FIELDS_MAX] = { false };
	const char *key;
	json_t *value;

	if (!json_is_object(j))
		return json_wanted(in, "an object", j);
	json_object_foreach(j, key, value)
	{
		int i = field_of(d, key);
		size_t up = path_down(in, key, 0);

		if (i < 0 || i >= FIELDS_MAX)
			return json_refuse(in, "%s has no such field", d->name);
		if (seen[i])
			return json_refuse(in, "the field comes twice, under both of its names");
		seen[i] = true;
		if (!json_is_null(value) && !read_field(in, value, &d->fields[i], m))
			return false;
		path_up(in, up);
	}
	return true;
}

static bool read_time(struct json_in *in, const json_t *j, ProtobufCMessage *m, const char *form,
		      bool (*get)(const char *text, int64_t *seconds, int32_t *nanos))
{
	const ProtobufCFieldDescriptor *f = m->descriptor->fields;

	if (!json_text(j))
		return json_wanted(in, form, j);
	return get(json_text(j), (int64_t *)((char *)m + f[0].offset),
		   (int32_t *)((char *)m + f[1].offset)) ||
	       json_refuse(in, "it must be %s", form);
}

/* "displayName,a.bC" → display_name, a.b_c. */
static bool read_mask(struct json_in *in, const json_t *j, ProtobufCMessage *m)
{
	const ProtobufCFieldDescriptor *f = &m->descriptor->fields[0];
	size_t *count = (size_t *)((char *)m + f->quantifier_offset), n = 1;
	const char *s = json_text(j);

	if (!s)
		return json_wanted(in, "a string of paths", j);
	for (const char *p = s; *p; p++)
		n += *p == ',';
	if (*s == 0)
		return true;
	char **paths = (void *)list_of(in, m, f, n);

	if (!paths)
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(s, ","), at = 0;
		char *path = json_take(in, 2 * len + 1);

		if (!path)
			return false;
		paths[i] = path;
		*count = i + 1;
		for (size_t k = 0; k < len; k++) {
			bool capital = s[k] >= 'A' && s[k] <= 'Z';

			if (s[k] == '_')
				return json_refuse(in, "paths are in lowerCamelCase");
			if (capital)
				path[at++] = '_';
			path[at++] = capital ? (char)(s[k] - 'A' + 'a') : s[k];
		}
		s += len + 1;
	}
	return true;
}

static bool read_kind(struct json_in *in, json_t *j, ProtobufCMessage *m)
{
	switch (json_kind(m->descriptor)) {
	case JSON_PLAIN:
		break;
	case JSON_TIMESTAMP:
		return read_time(in, j, m, "a time as 2026-11-22T04:00:00Z", json_timestamp_get);
	case JSON_DURATION:
		return read_time(in, j, m, "a duration as 3.5s", json_duration_get);
	case JSON_FIELD_MASK:
		return read_mask(in, j, m);
	case JSON_ANY:
		return json_refuse(in, "google.protobuf.Any cannot be read from JSON here");
	}
	return read_plain(in, j, m);
}

static bool read_message(struct json_in *in, json_t *j, ProtobufCMessage *m)
{
	if (in->depth == JSON_DEPTH)
		return json_refuse(in, "messages are nested deeper than %d", JSON_DEPTH);
	in->depth++;
	bool ok = read_kind(in, j, m);

	in->depth--;
	return ok;
}

static json_t *load(struct json_in *in, const char *text, size_t n)
{
	enum { FLAGS = JSON_REJECT_DUPLICATES | JSON_DECODE_ANY };
	json_error_t bad;
	json_t *j = json_loadb(text, n, FLAGS, &bad);

	if (!j && json_error_code(&bad) == json_error_numeric_overflow) {
		char *quoted = json_quote_big(in, text, n, &n);

		if (!quoted)
			return NULL;
		j = json_loadb(quoted, n, FLAGS | JSON_ALLOW_NUL, &bad);
		in->a->free(in->a->allocator_data, quoted);
	}
	if (!j)
		(void)json_refuse(in, "line %d, column %d: %s", bad.line, bad.column, bad.text);
	return j;
}

bool json_read(const ProtobufCMessageDescriptor *d, const char *text, size_t n,
	       ProtobufCAllocator *a, ProtobufCMessage **out, char why[], size_t why_size)
{
	struct json_in in = { .a = a, .why = why, .why_size = why_size };
	ProtobufCMessage *m = NULL;
	json_t *j = load(&in, text, n);

	if (!j)
		return false;
	bool ok = read_inner(&in, j, d, &m);

	json_decref(j);
	if (!ok && m)
		protobuf_c_message_free_unpacked(m, a);
	if (ok)
		*out = m;
	return ok;
}
