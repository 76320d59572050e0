/* Values without lengths and offsets: what is hashed, never what is decoded. */
#include <stdlib.h>
#include <string.h>

#include "server/eth/abi.h"
#include "server/eth/abi_type.h"
#include "store/base/buf.h"
#include "store/base/turn.h"

static void pad(struct buf *out, size_t n)
{
	static const uint8_t zeros[ABI_WORD];

	buf_add(out, zeros, (ABI_WORD - n % ABI_WORD) % ABI_WORD);
}

static enum err put_items(struct turn *t, const char *what, const struct abi_type *type,
			  const struct abi_value *v, struct buf *out)
{
	size_t step = type->sort == SORT_TUPLE;

	TRY(abi_value_fits(t, what, type, v));
	for (size_t i = 0; i < v->n_items; i++) {
		const struct abi_type *of = &type->of[i * step];

		TRY(abi_put_in_place(t, what, of, &v->items[i], out));
		if (of->sort == SORT_BYTES || of->sort == SORT_STRING)
			pad(out, v->items[i].bytes.n);
	}
	return OK;
}

enum err abi_put_in_place(struct turn *t, const char *what, const struct abi_type *type,
			  const struct abi_value *v, struct buf *out)
{
	switch (type->sort) {
	case SORT_UINT:
	case SORT_INT:
	case SORT_ADDRESS:
	case SORT_BOOL:
	case SORT_FIXED:
		return abi_put(t, what, type, v, out);
	case SORT_BYTES:
	case SORT_STRING:
		TRY(abi_value_fits(t, what, type, v));
		buf_add(out, v->bytes.p, v->bytes.n);
		return OK;
	case SORT_ARRAY:
	case SORT_STATIC_ARRAY:
	case SORT_TUPLE:
		return put_items(t, what, type, v, out);
	}
	abort();
}

/* A word, cut to the type's own size: numbers, addresses and bools keep their end. */
static enum err put_cut(struct turn *t, const char *what, const struct abi_type *type,
			const struct abi_value *v, struct buf *out)
{
	struct buf word = buf_in(t->mem, ABI_WORD);
	size_t n = type->sort == SORT_ADDRESS ? 20
		   : type->sort == SORT_BOOL  ? 1
		   : type->sort == SORT_FIXED ? type->size
					      : type->size / 8;

	TRY(abi_put(t, what, type, v, &word));
	buf_add(out, word.p + (type->sort == SORT_FIXED ? 0 : ABI_WORD - n), n);
	return OK;
}

static const struct abi_type *innermost(const struct abi_type *type)
{
	while (type->sort == SORT_ARRAY || type->sort == SORT_STATIC_ARRAY)
		type = type->of;
	return type;
}

static enum err put_packed(struct turn *t, const char *what, const struct abi_type *type,
			   const struct abi_value *v, struct buf *out)
{
	switch (type->sort) {
	case SORT_UINT:
	case SORT_INT:
	case SORT_ADDRESS:
	case SORT_BOOL:
	case SORT_FIXED:
		return put_cut(t, what, type, v, out);
	case SORT_BYTES:
	case SORT_STRING:
		return abi_put_in_place(t, what, type, v, out);
	case SORT_ARRAY:
	case SORT_STATIC_ARRAY:
		/* Items fill whole words; of items that are no word Solidity packs none. */
		if (innermost(type)->sort <= SORT_FIXED)
			return abi_put_in_place(t, what, type, v, out);
		break;
	case SORT_TUPLE:
		break;
	}
	return fail(t, ERR_INVALID, "%s: %.*s cannot be packed", what, type->text_n, type->text);
}

enum err abi_encode_packed(struct turn *t, const char *types, const struct abi_value *values,
			   size_t n, struct bytes *out)
{
	struct buf b = buf_in(t->mem, ABI_DATA_MAX);
	struct abi_type all;

	TRY(abi_type_tuple(t, types, &all));
	if (n != all.n_of)
		return fail(t, ERR_INVALID, "%s takes %zu values, not %zu", types, all.n_of, n);
	for (size_t i = 0; i < n; i++)
		TRY(put_packed(t, types, &all.of[i], &values[i], &b));
	if (b.full)
		return fail(t, ERR_INVALID, "packed %s: more than %d bytes", types, ABI_DATA_MAX);
	*out = (struct bytes){ b.p, b.n };
	return OK;
}
