/* Any bytes as any message: what the guard lets pass is decoded and holds (fuzz_holds), and with
 * one byte of its text made wrong it does not pass. */
#include <stdlib.h>
#include <string.h>

#include "server/door/encode.h"
#include "server/door/guard.h"
#include "server/door/message.h"
#include "tests/fuzz/fuzz.h"

/* Some non-empty text of the message that was decoded; NULL: it has none. */
static char *some_text(ProtobufCMessage *m);

static char *text_of(const ProtobufCFieldDescriptor *f, void *p)
{
	char *s;

	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return *(ProtobufCMessage **)p ? some_text(*(ProtobufCMessage **)p) : NULL;
	if (f->type != PROTOBUF_C_TYPE_STRING)
		return NULL;
	s = *(char **)p;
	return s && *s && s != f->default_value ? s : NULL;
}

static char *some_text(ProtobufCMessage *m)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;
	char *s = NULL;

	for (unsigned i = 0; i < d->n_fields && !s; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		char *p = (char *)m + f->offset;
		bool held = f->type == PROTOBUF_C_TYPE_MESSAGE || f->type == PROTOBUF_C_TYPE_STRING;

		if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF &&
		    *(int *)((char *)m + f->quantifier_offset) != (int)f->id)
			continue;
		if (f->label != PROTOBUF_C_LABEL_REPEATED) {
			s = text_of(f, p);
			continue;
		}
		size_t n = *(size_t *)((char *)m + f->quantifier_offset);

		for (size_t k = 0; held && k < n && !s; k++)
			s = text_of(f, *(char **)p + k * sizeof(void *));
	}
	return s;
}

/* Where in the bytes the text is, is where two encodings that differ in it differ. */
static void wrong_text_is_refused(struct turn *t, ProtobufCMessage *m)
{
	static const uint8_t wrong[] = { 0, 0x80, 0xc0, 0xf5, 0xff };
	char *s = some_text(m);

	if (!s)
		return;
	char was = *s;

	*s = 1;
	struct bytes one = encode(t, m);

	*s = 2;
	struct bytes two = encode(t, m);
	uint8_t *p = turn_memdup(t, one.p, one.n);
	size_t at = 0;

	*s = was;
	while (at < one.n && one.p[at] == two.p[at])
		at++;
	fuzz_must(at < one.n, "%s: its text is not in its bytes", m->descriptor->name);
	for (size_t i = 0; i < sizeof(wrong); i++) {
		p[at] = wrong[i];
		enum err e = guard_message(t, m->descriptor, p, one.n);

		fuzz_must(e == ERR_INVALID, "%s: text with a byte %02x passes", m->descriptor->name,
			  wrong[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const ProtobufCMessageDescriptor *d = fuzz_message(&p, &n);
	ProtobufCMessage *m = NULL;

	if (!d)
		return 0;
	struct turn *t = fuzz_begin();
	/* A copy that ends where it ends. */
	uint8_t *copy = malloc(n + 1);

	if (!copy)
		abort();
	memcpy(copy, p, n);
	if (guard_message(t, d, copy, n) != OK) {
		fuzz_must(t->why[0], "%s is refused without a word", d->name);
	} else {
		enum err e = message_decode(t, d, copy, n, &m);

		/* Descriptors are of proto2 and have fields that must be there; no call takes one.
		 */
		fuzz_must(e == OK || strncmp(d->name, "google.protobuf.", 16) == 0,
			  "%s passed the guard and: %s", d->name, t->why);
		if (e == OK) {
			fuzz_holds(t, m, false);
			wrong_text_is_refused(t, m);
		}
	}
	free(copy);
	fuzz_end();
	return 0;
}
