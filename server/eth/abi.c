#include "server/eth/abi.h"

#include <stdlib.h>
#include <string.h>

#include "server/eth/abi_type.h"
#include "server/eth/keccak.h"
#include "store/base/buf.h"
#include "store/base/log.h"
#include "store/base/turn.h"
#include "store/base/wei.h"

struct abi_value abi_number(struct wei v)
{
	return (struct abi_value){ .kind = ABI_NUMBER, .number = v };
}

struct abi_value abi_u64(uint64_t v)
{
	return abi_number(wei_u64(v));
}

struct abi_value abi_addr(struct eth_addr a)
{
	return (struct abi_value){ .kind = ABI_ADDRESS, .addr = a };
}

struct abi_value abi_bool(bool truth)
{
	return (struct abi_value){ .kind = ABI_BOOL, .truth = truth };
}

struct abi_value abi_bytes(struct bytes b)
{
	return (struct abi_value){ .kind = ABI_BYTES, .bytes = b };
}

struct abi_value abi_string(const char *s)
{
	return abi_bytes((struct bytes){ (const uint8_t *)s, strlen(s) });
}

struct abi_value abi_list(const struct abi_value *items, size_t n)
{
	return (struct abi_value){ .kind = ABI_LIST, .items = items, .n_items = n };
}

struct abi_selector abi_selector(const char *signature)
{
	struct abi_selector s;
	struct eth_hash h;

	keccak256(signature, strlen(signature), &h);
	memcpy(s.b, h.b, sizeof(s.b));
	return s;
}

bool abi_selector_is(struct bytes data, const char *signature)
{
	struct abi_selector s = abi_selector(signature);

	return data.n >= sizeof(s.b) && memcmp(data.p, s.b, sizeof(s.b)) == 0;
}

/* What is being written, for the error text. */
struct writer {
	struct turn *t;
	const char *what;
	size_t argument; /* from 1; 0: there is only one */
};

static enum err misfit(const struct writer *w, const struct abi_type *type, const char *what)
{
	if (w->argument == 0)
		return fail(w->t, ERR_INVALID, "%s: %s for %.*s", w->what, what, type->text_n,
			    type->text);
	return fail(w->t, ERR_INVALID, "argument %zu of %s: %s for %.*s", w->argument, w->what,
		    what, type->text_n, type->text);
}

static void put_word(struct buf *out, struct wei v)
{
	buf_add(out, v.be, sizeof(v.be));
}

/* Zeros to the next full word. */
static void put_padding(struct buf *out, size_t n)
{
	static const uint8_t zeros[ABI_WORD];

	buf_add(out, zeros, (ABI_WORD - n % ABI_WORD) % ABI_WORD);
}

static enum abi_kind kind_of(enum abi_sort sort)
{
	switch (sort) {
	case SORT_UINT:
	case SORT_INT:
		return ABI_NUMBER;
	case SORT_ADDRESS:
		return ABI_ADDRESS;
	case SORT_BOOL:
		return ABI_BOOL;
	case SORT_FIXED:
	case SORT_BYTES:
	case SORT_STRING:
		return ABI_BYTES;
	case SORT_ARRAY:
	case SORT_STATIC_ARRAY:
	case SORT_TUPLE:
		return ABI_LIST;
	}
	abort();
}

static enum err fits(const struct writer *w, const struct abi_type *type, const struct abi_value *v)
{
	if (v->kind != kind_of(type->sort))
		return misfit(w, type, "a value of another kind");
	switch (type->sort) {
	case SORT_UINT:
	case SORT_INT:
		return abi_type_holds(type, v->number) ? OK
						       : misfit(w, type, "a number out of range");
	case SORT_FIXED:
		return v->bytes.n == type->size ? OK : misfit(w, type, "the wrong number of bytes");
	case SORT_STATIC_ARRAY:
		return v->n_items == type->size ? OK : misfit(w, type, "the wrong number of items");
	case SORT_TUPLE:
		return v->n_items == type->n_of ? OK
						: misfit(w, type, "the wrong number of members");
	case SORT_ADDRESS:
	case SORT_BOOL:
	case SORT_BYTES:
	case SORT_STRING:
	case SORT_ARRAY:
		return OK;
	}
	abort();
}

static enum err put(struct writer *w, const struct abi_type *type, const struct abi_value *v,
		    struct buf *out);

/* Heads first, then the tails that the dynamic heads point at. `step` 0: all of one type. At the
 * top of a call the argument's number is counted for the error text. */
static enum err put_all(struct writer *w, const struct abi_type *types, size_t step,
			const struct abi_value *values, size_t n, bool top, struct buf *out)
{
	struct buf tail = buf_in(w->t->mem, ABI_DATA_MAX);
	size_t head = 0;

	for (size_t i = 0; i < n; i++)
		head += types[i * step].head;
	for (size_t i = 0; i < n; i++) {
		const struct abi_type *type = &types[i * step];

		if (top)
			w->argument = i + 1;
		if (type->dynamic)
			put_word(out, wei_u64(head + tail.n));
		TRY(put(w, type, &values[i], type->dynamic ? &tail : out));
	}
	buf_add(out, tail.p, tail.n);
	out->full |= tail.full;
	return OK;
}

static enum err put(struct writer *w, const struct abi_type *type, const struct abi_value *v,
		    struct buf *out)
{
	struct wei word = { 0 };

	TRY(fits(w, type, v));
	switch (v->kind) {
	case ABI_NUMBER:
		put_word(out, v->number);
		return OK;
	case ABI_ADDRESS:
		memcpy(word.be + 12, v->addr.b, sizeof(v->addr.b));
		put_word(out, word);
		return OK;
	case ABI_BOOL:
		put_word(out, wei_u64(v->truth));
		return OK;
	case ABI_BYTES:
		if (type->sort != SORT_FIXED)
			put_word(out, wei_u64(v->bytes.n));
		buf_add(out, v->bytes.p, v->bytes.n);
		put_padding(out, v->bytes.n);
		return OK;
	case ABI_LIST:
		if (type->sort == SORT_ARRAY)
			put_word(out, wei_u64(v->n_items));
		return put_all(w, type->of, type->sort == SORT_TUPLE, v->items, v->n_items, false,
			       out);
	}
	abort();
}

enum err abi_value_fits(struct turn *t, const char *what, const struct abi_type *type,
			const struct abi_value *v)
{
	return fits(&(struct writer){ .t = t, .what = what }, type, v);
}

enum err abi_put(struct turn *t, const char *what, const struct abi_type *type,
		 const struct abi_value *v, struct buf *out)
{
	return put(&(struct writer){ .t = t, .what = what }, type, v, out);
}

/* All of a tuple's values behind what `b` holds. */
static enum err finish(struct turn *t, const char *what, const struct abi_type *type,
		       const struct abi_value *values, size_t n, struct buf *b, struct bytes *out)
{
	struct writer w = { .t = t, .what = what };

	if (n != type->n_of)
		return fail(t, ERR_INVALID, "%s takes %zu arguments, not %zu", what, type->n_of, n);
	TRY(put_all(&w, type->of, 1, values, n, true, b));
	if (b->full)
		return fail(t, ERR_INVALID, "arguments of %s: more than %d bytes", what,
			    ABI_DATA_MAX);
	*out = (struct bytes){ b->p, b->n };
	return OK;
}

enum err abi_encode(struct turn *t, const char *signature, const struct abi_value *args, size_t n,
		    struct bytes *out)
{
	struct buf b = buf_in(t->mem, ABI_DATA_MAX);
	struct abi_selector s = abi_selector(signature);
	struct abi_type type;

	TRY(abi_type_signature(t, signature, &type));
	buf_add(&b, s.b, sizeof(s.b));
	return finish(t, signature, &type, args, n, &b, out);
}

enum err abi_encode_types(struct turn *t, const char *types, const struct abi_value *values,
			  size_t n, struct bytes *out)
{
	struct buf b = buf_in(t->mem, ABI_DATA_MAX);
	struct abi_type type;

	TRY(abi_type_tuple(t, types, &type));
	return finish(t, types, &type, values, n, &b, out);
}

struct bytes abi_call(struct turn *t, const char *signature, const struct abi_value *args, size_t n)
{
	struct bytes out;

	if (abi_encode(t, signature, args, n, &out) != OK) {
		log_broken(t, "a call written in the program does not encode: %s", t->why);
		abort();
	}
	return out;
}

bool abi_word_wei(struct bytes data, size_t i, struct wei *out)
{
	if (i >= data.n / ABI_WORD)
		return false;
	memcpy(out->be, data.p + i * ABI_WORD, ABI_WORD);
	return true;
}

bool abi_word_u64(struct bytes data, size_t i, uint64_t *out)
{
	struct wei w;

	return abi_word_wei(data, i, &w) && wei_to_u64(w, out);
}

bool abi_word_addr(struct bytes data, size_t i, struct eth_addr *out)
{
	static const uint8_t zeros[12];
	struct wei w;

	if (!abi_word_wei(data, i, &w) || memcmp(w.be, zeros, sizeof(zeros)) != 0)
		return false;
	memcpy(out->b, w.be + sizeof(zeros), sizeof(out->b));
	return true;
}

bool abi_word_bool(struct bytes data, size_t i, bool *out)
{
	uint64_t v;

	if (!abi_word_u64(data, i, &v) || v > 1)
		return false;
	*out = v == 1;
	return true;
}
