#include <stdlib.h>
#include <string.h>

#include "server/eth/abi.h"
#include "server/eth/abi_type.h"
#include "store/base/turn.h"

struct reader {
	struct turn *t;
	const char *types;
	size_t left; /* values it may still make: offsets may point at one place many times */
};

static enum err bad(struct reader *r, const struct abi_type *type, const char *what)
{
	return fail(r->t, ERR_INVALID, "answer of type %s: %s in %.*s", r->types, what,
		    type->text_n, type->text);
}

static enum err get(struct reader *r, const struct abi_type *type, struct bytes at,
		    struct abi_value *out);

static struct bytes from(struct bytes b, size_t offset)
{
	return (struct bytes){ b.p + offset, b.n - offset };
}

/* `n` values; heads begin at `at`, offsets count from there. `step` 0: all of one type. */
static enum err get_all(struct reader *r, const struct abi_type *whole,
			const struct abi_type *types, size_t step, size_t n, struct bytes at,
			const struct abi_value **out)
{
	if (n > r->left)
		return bad(r, whole, "too many values");
	r->left -= n;
	struct abi_value *values = arena_try(r->t->mem, n ? n * sizeof(*values) : 1);
	struct bytes head = at;

	if (!values)
		return bad(r, whole, "too many values");
	for (size_t i = 0; i < n; i++) {
		const struct abi_type *type = &types[i * step];
		struct bytes place = head;
		uint64_t offset;

		if (head.n < type->head)
			return bad(r, whole, "too few bytes");
		if (type->dynamic) {
			if (!abi_word_u64(head, 0, &offset) || offset > at.n)
				return bad(r, type, "an offset past the end");
			place = from(at, offset);
		}
		TRY(get(r, type, place, &values[i]));
		head = from(head, type->head);
	}
	*out = values;
	return OK;
}

static enum err get_bytes(struct reader *r, const struct abi_type *type, struct bytes at,
			  struct abi_value *out)
{
	uint64_t n;

	if (!abi_word_u64(at, 0, &n) || n > at.n - ABI_WORD)
		return bad(r, type, "a length past the end");
	out->bytes = (struct bytes){ at.p + ABI_WORD, n };
	return OK;
}

static enum err get_fixed(struct reader *r, const struct abi_type *type, struct bytes at,
			  struct abi_value *out)
{
	for (size_t i = type->size; i < ABI_WORD; i++)
		if (at.p[i])
			return bad(r, type, "bytes behind the value");
	out->bytes = (struct bytes){ at.p, type->size };
	return OK;
}

static enum err get_array(struct reader *r, const struct abi_type *type, struct bytes at,
			  struct abi_value *out)
{
	uint64_t n = type->size;

	if (type->sort == SORT_ARRAY) {
		if (!abi_word_u64(at, 0, &n) || n > (at.n - ABI_WORD) / ABI_WORD)
			return bad(r, type, "a length past the end");
		at = from(at, ABI_WORD);
	}
	out->n_items = n;
	return get_all(r, type, type->of, 0, n, at, &out->items);
}

static enum err get(struct reader *r, const struct abi_type *type, struct bytes at,
		    struct abi_value *out)
{
	if (!type->dynamic && at.n < type->head)
		return bad(r, type, "too few bytes");
	switch (type->sort) {
	case SORT_UINT:
	case SORT_INT:
		out->kind = ABI_NUMBER;
		if (!abi_word_wei(at, 0, &out->number) || !abi_type_holds(type, out->number))
			return bad(r, type, "a number out of range");
		return OK;
	case SORT_ADDRESS:
		out->kind = ABI_ADDRESS;
		return abi_word_addr(at, 0, &out->addr) ? OK : bad(r, type, "no address");
	case SORT_BOOL:
		out->kind = ABI_BOOL;
		return abi_word_bool(at, 0, &out->truth) ? OK : bad(r, type, "neither 0 nor 1");
	case SORT_FIXED:
		out->kind = ABI_BYTES;
		return get_fixed(r, type, at, out);
	case SORT_BYTES:
	case SORT_STRING:
		out->kind = ABI_BYTES;
		return get_bytes(r, type, at, out);
	case SORT_ARRAY:
	case SORT_STATIC_ARRAY:
		out->kind = ABI_LIST;
		return get_array(r, type, at, out);
	case SORT_TUPLE:
		out->kind = ABI_LIST;
		out->n_items = type->n_of;
		return get_all(r, type, type->of, 1, type->n_of, at, &out->items);
	}
	abort();
}

enum err abi_decode(struct turn *t, const char *types, struct bytes data,
		    const struct abi_value **out, size_t *n_out)
{
	struct reader r = { .t = t, .types = types, .left = ABI_VALUES_MAX };
	struct abi_type type;

	TRY(abi_type_tuple(t, types, &type));
	type.text = types;
	type.text_n = (int)strlen(types);
	*n_out = type.n_of;
	return get_all(&r, &type, type.of, 1, type.n_of, data, out);
}
