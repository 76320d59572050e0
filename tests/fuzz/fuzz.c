#include "tests/fuzz/fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_kinds.pb-c.h"
#include "proto/json.h"
#include "server/door/encode.h"
#include "server/door/guard.h"

enum { TURN_CAP = 256 << 20, KNOWN_MAX = 4096 };

void fuzz_must(bool holds, const char *fmt, ...)
{
	va_list ap;

	if (holds)
		return;
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	abort();
}

static struct turn turn;

struct turn *fuzz_begin(void)
{
	static struct arena *mem;

	if (!mem)
		mem = arena_new(TURN_CAP);
	turn_begin(&turn, NULL, NULL, mem, "fuzz", "fuzz", 60000);
	return &turn;
}

void fuzz_end(void)
{
	turn_end(&turn);
}

const ProtobufCMessageDescriptor *fuzz_message_at(size_t i)
{
	return i == 0 ? &tests__json__kinds__descriptor : proto_message_at(i - 1);
}

/* FNV-1a, folded. */
uint16_t fuzz_pick_of(const ProtobufCMessageDescriptor *d)
{
	uint32_t h = 2166136261;

	for (const char *s = d->name; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619;
	return (uint16_t)(h ^ h >> 16);
}

const ProtobufCMessageDescriptor *fuzz_message(const uint8_t **p, size_t *n)
{
	static struct {
		const ProtobufCMessageDescriptor *d;
		uint16_t pick;
	} known[KNOWN_MAX];
	static size_t n_known;
	size_t best = 0;

	if (*n < 2)
		return NULL;
	for (; n_known == 0 || fuzz_message_at(n_known); n_known++) {
		fuzz_must(n_known < KNOWN_MAX, "more than %d messages", KNOWN_MAX);
		known[n_known].d = fuzz_message_at(n_known);
		known[n_known].pick = fuzz_pick_of(known[n_known].d);
	}
	uint16_t pick = (uint16_t)((*p)[0] << 8 | (*p)[1]);

	*p += 2;
	*n -= 2;
	for (size_t i = 1; i < n_known; i++)
		if ((uint16_t)(known[i].pick - pick) < (uint16_t)(known[best].pick - pick))
			best = i;
	return known[best].d;
}

static size_t out;

static void *take(void *data, size_t size)
{
	(void)data;
	out++;
	return malloc(size ? size : 1);
}

static void give(void *data, void *p)
{
	(void)data;
	out -= p != NULL;
	free(p);
}

ProtobufCAllocator fuzz_heap = { take, give, NULL };

size_t fuzz_heap_out(void)
{
	return out;
}

const char *fuzz_line(struct turn *t, struct bytes *rest)
{
	const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	size_t n = end ? (size_t)(end - rest->p) : rest->n;
	char *line = turn_alloc(t, n + 1);

	if (n)
		memcpy(line, rest->p, n);
	n += end != NULL;
	rest->p += n;
	rest->n -= n;
	return line;
}

/* What stands in a message. An Any is not read from JSON. */
struct seen {
	bool any;
	unsigned depth, deepest;
	size_t elements, unknown;
};

static void look(const ProtobufCMessage *m, struct seen *s);

static void look_value(const ProtobufCFieldDescriptor *f, const void *p, struct seen *s)
{
	if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		if (*(ProtobufCMessage *const *)p)
			look(*(ProtobufCMessage *const *)p, s);
	} else if (f->type == PROTOBUF_C_TYPE_STRING) {
		const char *text = *(char *const *)p;

		for (const unsigned char *c = (const void *)text; text && *c; c += json_utf8(c))
			fuzz_must(json_utf8(c) > 0, "%s is not UTF-8", f->name);
	}
}

static size_t size_of(const ProtobufCFieldDescriptor *f)
{
	return f->type == PROTOBUF_C_TYPE_MESSAGE || f->type == PROTOBUF_C_TYPE_STRING
		       ? sizeof(void *)
		       : 0;
}

static void look(const ProtobufCMessage *m, struct seen *s)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;
	const char *at = (const char *)m;

	s->any = s->any || strcmp(d->name, "google.protobuf.Any") == 0;
	s->unknown += m->n_unknown_fields;
	if (++s->depth > s->deepest)
		s->deepest = s->depth;
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		const char *p = at + f->offset;

		if (f->label == PROTOBUF_C_LABEL_REPEATED) {
			size_t n = *(const size_t *)(at + f->quantifier_offset);

			s->elements += n;
			for (size_t k = 0; k < n && size_of(f); k++)
				look_value(f, *(const char *const *)p + k * size_of(f), s);
		} else if (!(f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) ||
			   *(const int *)(at + f->quantifier_offset) == (int)f->id) {
			look_value(f, p, s);
		}
	}
	s->depth--;
}

static void same(const char *what, const ProtobufCMessage *m, struct bytes a, struct bytes b)
{
	fuzz_must(a.n == b.n && memcmp(a.p, b.p, a.n) == 0, "%s: %s gives other bytes: %zu and %zu",
		  m->descriptor->name, what, a.n, b.n);
}

/* protobuf-c leaves -0.0 out where a plain zero stands, and we do not. */
static void same_as_packed(const ProtobufCMessage *m, struct bytes ours)
{
	size_t n = protobuf_c_message_get_packed_size(m);
	uint8_t *p = malloc(n + 1);

	if (!p)
		abort();
	n = protobuf_c_message_pack(m, p);
	if (n == ours.n)
		same("protobuf-c", m, (struct bytes){ p, n }, ours);
	else
		fuzz_must(ours.n > n && (ours.n - n) > 0, "%s: %zu bytes, protobuf-c has %zu",
			  m->descriptor->name, ours.n, n);
	free(p);
}

/* From its JSON, printed in this way, comes a message that prints the same. */
static void json_holds(struct turn *t, const ProtobufCMessage *m, unsigned flags, bool readable)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;
	ProtobufCMessage *back = NULL;
	char *text, *again, why[256] = "";
	size_t n, n_again;

	if (!json_print(m, flags, &text, &n)) {
		fuzz_must(!readable, "%s was read from JSON and has none", d->name);
		return;
	}
	fuzz_must(guard_text((const uint8_t *)text, n), "the JSON of %s is not text", d->name);
	bool is = json_read(d, text, n, &fuzz_heap, &back, why, sizeof(why));

	fuzz_must(is, "%s: %s\n%s", d->name, why, text);
	fuzz_must(json_print(back, flags, &again, &n_again), "%s: no JSON after\n%s", d->name,
		  text);
	fuzz_must(n == n_again && memcmp(text, again, n) == 0, "%s:\n%s\nbecame\n%s", d->name, text,
		  again);
	/* What JSON cannot tell apart, an unknown field or a map's repeated key, it was not given.
	 */
	if (readable)
		same("JSON", m, encode(t, m), encode(t, back));
	protobuf_c_message_free_unpacked(back, &fuzz_heap);
	json_text_free(again);
	json_text_free(text);
}

void fuzz_holds(struct turn *t, const ProtobufCMessage *m, bool readable)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;
	struct bytes bytes = encode(t, m);
	struct seen seen = { .any = false };

	same_as_packed(m, bytes);
	enum err e = guard_message(t, d, bytes.p, bytes.n);

	fuzz_must(e == OK, "%s: our own bytes are refused: %s", d->name, t->why);
	size_t before = out;
	ProtobufCMessage *back = protobuf_c_message_unpack(d, &fuzz_heap, bytes.n, bytes.p);

	fuzz_must(back != NULL, "%s: our own bytes are not read", d->name);
	same("unpacking", m, bytes, encode(t, back));
	protobuf_c_message_free_unpacked(back, &fuzz_heap);

	look(m, &seen);
	fuzz_must(seen.deepest <= GUARD_DEPTH, "%s: %u deep", d->name, seen.deepest);
	fuzz_must(seen.elements <= GUARD_ELEMENTS, "%s: %zu elements", d->name, seen.elements);
	fuzz_must(seen.unknown <= GUARD_UNKNOWN, "%s: %zu unknown", d->name, seen.unknown);
	if (!seen.any) {
		json_holds(t, m, 0, readable);
		json_holds(t, m, JSON_ALL_FIELDS | JSON_PRETTY, readable);
	}
	fuzz_must(out == before, "%s: %zu pieces of memory are kept", d->name, out - before);
}
