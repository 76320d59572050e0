#include "server/door/guard.h"

#include <string.h>

#include "store/base/buf.h"
#include "store/base/turn.h"

enum wire { VARINT = 0, FIXED64 = 1, BYTES = 2, GROUP = 3, GROUP_END = 4, FIXED32 = 5 };

enum { FIELDS_MAX = 256 };

/* One message being walked; the path to it is the chain of frames. */
struct frame {
	const struct frame *up;
	const ProtobufCFieldDescriptor *in; /* the field of `up` that holds it */
	const ProtobufCMessageDescriptor *d;
	const uint8_t *start, *p, *end;
	const uint8_t *key; /* where the present field began */
	unsigned depth;
	uint64_t seen[FIELDS_MAX / 64]; /* fields that hold one message, by their place in d */
};

struct walk {
	struct turn *t;
	size_t elements, unknown;
};

bool guard_text(const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;

	while (p < end) {
		uint64_t eight;

		if (end - p >= 8) {
			/* Eight ASCII bytes, none of them NUL. */
			memcpy(&eight, p, 8);
			if (((eight | (eight - 0x0101010101010101u)) & 0x8080808080808080u) == 0) {
				p += 8;
				continue;
			}
		}
		uint8_t c = *p++;
		unsigned more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

		if (c == 0 || (c >= 0x80 && c < 0xc2) || c > 0xf4 || (size_t)(end - p) < more)
			return false;
		if (more == 0)
			continue;
		/* Overlong forms, surrogates and what lies above U+10FFFF show in the second byte.
		 */
		uint8_t low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
		uint8_t high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;

		if (*p < low || *p > high)
			return false;
		for (unsigned i = 1; i < more; i++)
			if ((p[i] & 0xc0) != 0x80)
				return false;
		p += more;
	}
	return true;
}

/* What protobuf-c reads: a key and a length in at most 5 bytes, a number in 10, even where a
 * shorter form were as good. What passes here must not be refused there without a word. */
enum { KEY_BYTES = 5, NUMBER_BYTES = 10 };

static bool varint(const uint8_t **p, const uint8_t *end, unsigned most, uint64_t *out)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 7 * most && *p < end; shift += 7) {
		uint8_t c = *(*p)++;

		if (shift < 64)
			v |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80)) {
			*out = v;
			return true;
		}
	}
	return false;
}

/* Steps over a value. For BYTES *n_out is its length and *p stands behind it. */
static bool skip(const uint8_t **p, const uint8_t *end, enum wire w, uint64_t *n_out)
{
	uint64_t n = 0;

	switch (w) {
	case VARINT:
		return varint(p, end, NUMBER_BYTES, &n);
	case FIXED64:
		n = 8;
		break;
	case FIXED32:
		n = 4;
		break;
	case BYTES:
		if (!varint(p, end, KEY_BYTES, &n))
			return false;
		break;
	case GROUP:
	case GROUP_END:
		return false;
	}
	if (n > (uint64_t)(end - *p))
		return false;
	*p += n;
	*n_out = n;
	return true;
}

/* Which element of its field begins at `at`: everything before it was walked already. */
static size_t index_of(const struct frame *f, const uint8_t *at, uint32_t id)
{
	const uint8_t *p = f->start;
	size_t n = 0;

	while (p < at) {
		uint64_t key, len;

		if (!varint(&p, f->end, KEY_BYTES, &key) ||
		    !skip(&p, f->end, (enum wire)(key & 7), &len))
			return n;
		n += key >> 3 == id;
	}
	return n;
}

static void put_field(struct buf *b, const struct frame *f, const ProtobufCFieldDescriptor *field)
{
	if (b->n)
		buf_char(b, '.');
	buf_str(b, field->name);
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		buf_printf(b, "[%zu]", index_of(f, f->key, field->id));
}

static void put_path(struct buf *b, const struct frame *f)
{
	if (!f->up)
		return;
	put_path(b, f->up);
	put_field(b, f->up, f->in);
}

/* `field` NULL: the trouble is in the message itself. */
static enum err refuse(struct walk *w, const struct frame *f, const ProtobufCFieldDescriptor *field,
		       const char *what)
{
	struct buf b = buf_in(w->t->mem, 200);

	put_path(&b, f);
	if (field)
		put_field(&b, f, field);
	if (b.n == 0)
		buf_str(&b, f->d->name);
	return fail(w->t, ERR_INVALID, "%s: %s", buf_text(&b), what);
}

static enum wire wire_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return FIXED32;
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return FIXED64;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return BYTES;
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_BOOL:
	case PROTOBUF_C_TYPE_ENUM:
		return VARINT;
	}
	return VARINT;
}

/* How many numbers a packed field holds; false: they do not fit its length. */
static bool packed(const uint8_t *p, size_t n, enum wire w, size_t *count_out)
{
	size_t count = 0, length = 0;

	if (w == FIXED32 || w == FIXED64) {
		size_t size = w == FIXED32 ? 4 : 8;

		*count_out = n / size;
		return n % size == 0;
	}
	for (size_t i = 0; i < n; i++) {
		bool last = !(p[i] & 0x80);

		if (++length > NUMBER_BYTES)
			return false;
		count += last;
		length = last ? 0 : length;
	}
	*count_out = count;
	return length == 0;
}

static enum err walk_message(struct walk *w, struct frame *f);

/* The protocol would have the two merged; protobuf-c 1.4 loses its way there, and nobody sends
 * it. */
static bool comes_twice(struct frame *f, const ProtobufCFieldDescriptor *field)
{
	size_t i = (size_t)(field - f->d->fields);
	uint64_t bit = (uint64_t)1 << i % 64;

	if (field->label == PROTOBUF_C_LABEL_REPEATED || i >= FIELDS_MAX)
		return false;
	bool twice = f->seen[i / 64] & bit;

	f->seen[i / 64] |= bit;
	return twice;
}

static enum err walk_bytes(struct walk *w, struct frame *f, const ProtobufCFieldDescriptor *field,
			   const uint8_t *p, size_t n)
{
	if (field->type == PROTOBUF_C_TYPE_STRING && !guard_text(p, n))
		return refuse(w, f, field, "is not UTF-8 text without NUL");
	if (field->type != PROTOBUF_C_TYPE_MESSAGE)
		return OK;
	if (comes_twice(f, field))
		return refuse(w, f, field, "is there twice");
	if (f->depth + 1 > GUARD_DEPTH)
		return refuse(w, f, NULL, "messages are nested too deeply");
	struct frame inner = { .up = f,
			       .in = field,
			       .d = field->descriptor,
			       .start = p,
			       .p = p,
			       .end = p + n,
			       .depth = f->depth + 1 };

	return walk_message(w, &inner);
}

static enum err walk_field(struct walk *w, struct frame *f, uint64_t key)
{
	enum wire wire = (enum wire)(key & 7);
	uint64_t id = key >> 3, n = 0;
	size_t count = 1;

	if (id == 0 || id > UINT32_MAX >> 3 || wire > FIXED32)
		return refuse(w, f, NULL, "is not a protobuf message");
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field(f->d, (unsigned)id);

	if (wire == GROUP || wire == GROUP_END)
		return refuse(w, f, field, "groups are not accepted");
	if (!skip(&f->p, f->end, wire, &n))
		return refuse(w, f, field, "is cut short");
	if (!field) {
		if (++w->unknown > GUARD_UNKNOWN)
			return refuse(w, f, NULL, "has too many unknown fields");
		return OK;
	}
	const uint8_t *value = f->p - n;
	enum wire wanted = wire_of(field->type);
	bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
	bool is_packed = repeated && wire == BYTES && wanted != BYTES;

	if (wire != wanted && !is_packed)
		return refuse(w, f, field, "has another type than this server knows");
	if (is_packed && !packed(value, (size_t)n, wanted, &count))
		return refuse(w, f, field, "is cut short");
	if (repeated && (w->elements += count) > GUARD_ELEMENTS)
		return refuse(w, f, field, "has too many elements");
	return wanted == BYTES ? walk_bytes(w, f, field, value, (size_t)n) : OK;
}

static enum err walk_message(struct walk *w, struct frame *f)
{
	while (f->p < f->end) {
		uint64_t key;

		f->key = f->p;
		if (!varint(&f->p, f->end, KEY_BYTES, &key))
			return refuse(w, f, NULL, "is not a protobuf message");
		TRY(walk_field(w, f, key));
	}
	return OK;
}

enum err guard_message(struct turn *t, const ProtobufCMessageDescriptor *d, const uint8_t *p,
		       size_t n)
{
	struct walk w = { .t = t };
	struct frame f = { .d = d, .start = p, .p = p, .end = p + n, .depth = 1 };

	return walk_message(&w, &f);
}
