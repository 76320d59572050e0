#include <stdlib.h>
#include <string.h>

#include "server/eth/abi.h"
#include "server/eth/abi_type.h"
#include "server/eth/addr.h"
#include "store/base/hex.h"
#include "store/base/turn.h"
#include "store/base/units.h"
#include "store/base/wei.h"

/* One argument being read. */
struct text {
	struct turn *t;
	const char *signature;
	size_t argument; /* from 1 */
	const char *at;
	bool nested; /* inside a list: a value ends at a comma or bracket */
};

static enum err bad(struct text *x, const struct abi_type *type, const char *got, const char *why)
{
	return fail(x->t, ERR_INVALID, "argument %zu of %s: \"%.80s\" is not a %.*s: %s",
		    x->argument, x->signature, got, type->text_n, type->text, why);
}

static void skip_space(struct text *x)
{
	while (*x->at == ' ')
		x->at++;
}

/* A plain value: all that is left, or up to the list's next sign. */
static const char *token(struct text *x)
{
	size_t n = x->nested ? strcspn(x->at, ",])") : strlen(x->at);
	const char *from = x->at;

	x->at += n;
	while (x->nested && n && from[n - 1] == ' ')
		n--;
	char *s = turn_alloc(x->t, n + 1);

	memcpy(s, from, n);
	return s;
}

static enum err number_value(struct text *x, const struct abi_type *type, struct abi_value *out)
{
	const char *s = token(x);
	bool minus = type->sort == SORT_INT && s[0] == '-';
	const char *digits = minus ? s + 1 : s, *why = "";
	struct wei v;

	if (!wei_parse(digits, &v) && !hex_quantity_wei(digits, &v) &&
	    !amount_parse(digits, &v, &why))
		return bad(x, type, s, "write 10, 0x0a or an amount with its unit, as 10ether");
	if (minus)
		v = abi_negated(v);
	if (!abi_type_holds(type, v) || (minus && !(v.be[0] & 0x80) && !wei_is_zero(v)) ||
	    (!minus && type->sort == SORT_INT && v.be[0] & 0x80))
		return bad(x, type, s, "out of range");
	*out = abi_number(v);
	return OK;
}

static enum err address_value(struct text *x, const struct abi_type *type, struct abi_value *out)
{
	const char *s = token(x), *why;

	out->kind = ABI_ADDRESS;
	return addr_parse(s, &out->addr, &why) ? OK : bad(x, type, s, why);
}

static enum err bool_value(struct text *x, const struct abi_type *type, struct abi_value *out)
{
	const char *s = token(x);

	*out = abi_bool(strcmp(s, "true") == 0);
	return out->truth || strcmp(s, "false") == 0 ? OK : bad(x, type, s, "write true or false");
}

static enum err bytes_value(struct text *x, const struct abi_type *type, struct abi_value *out)
{
	const char *s = token(x);
	size_t n, max = strlen(s) / 2 + 1;
	uint8_t *p = turn_alloc(x->t, max);

	if (s[0] != '0' || (s[1] != 'x' && s[1] != 'X') || !hex_get_any(s, p, max, &n))
		return bad(x, type, s, "write 0x and an even number of hex digits");
	if (type->sort == SORT_FIXED && n != type->size)
		return bad(x, type, s, "it has another number of bytes");
	*out = abi_bytes((struct bytes){ p, n });
	return OK;
}

/* In a list: "..." with \" and \\; alone: as it is. */
static enum err string_value(struct text *x, const struct abi_type *type, struct abi_value *out)
{
	if (!x->nested) {
		*out = abi_string(token(x));
		return OK;
	}
	const char *from = x->at;

	if (*x->at++ != '"')
		return bad(x, type, from, "inside a list a string stands in double quotes");
	char *s = turn_alloc(x->t, strlen(x->at) + 1);
	size_t n = 0;

	while (*x->at && *x->at != '"') {
		if (*x->at == '\\' && (x->at[1] == '"' || x->at[1] == '\\'))
			x->at++;
		s[n++] = *x->at++;
	}
	if (*x->at++ != '"')
		return bad(x, type, from, "the closing double quote is missing");
	*out = abi_bytes((struct bytes){ (uint8_t *)s, n });
	return OK;
}

static enum err value(struct text *x, const struct abi_type *type, struct abi_value *out);

enum { LIST_TEXT_MAX = 1024 };

static enum err list_value(struct text *x, const struct abi_type *type, struct abi_value *out)
{
	bool tuple = type->sort == SORT_TUPLE, outer = x->nested;
	const char *from = x->at;
	size_t n = 0, commas = 0;

	if (*x->at++ != (tuple ? '(' : '['))
		return bad(x, type, from, tuple ? "write (a,b)" : "write [a,b]");
	for (const char *c = x->at; *c; c++)
		commas += *c == ',';
	if (commas >= LIST_TEXT_MAX)
		return bad(x, type, from, "more than 1024 values");
	struct abi_value *items = turn_array(x->t, commas + 1, sizeof(*items));

	x->nested = true;
	skip_space(x);
	while (*x->at && *x->at != (tuple ? ')' : ']')) {
		if (n && *x->at++ != ',')
			return bad(x, type, from, "a comma or closing bracket is missing");
		if (n > commas || (tuple && n == type->n_of))
			return bad(x, type, from, "too many values");
		skip_space(x);
		TRY(value(x, tuple ? &type->of[n] : type->of, &items[n]));
		n++;
		skip_space(x);
	}
	if (!*x->at)
		return bad(x, type, from, "the closing bracket is missing");
	x->at++;
	x->nested = outer;
	if ((tuple && n != type->n_of) || (type->sort == SORT_STATIC_ARRAY && n != type->size))
		return bad(x, type, from, "it has another number of values");
	*out = abi_list(items, n);
	return OK;
}

static enum err value(struct text *x, const struct abi_type *type, struct abi_value *out)
{
	switch (type->sort) {
	case SORT_UINT:
	case SORT_INT:
		return number_value(x, type, out);
	case SORT_ADDRESS:
		return address_value(x, type, out);
	case SORT_BOOL:
		return bool_value(x, type, out);
	case SORT_FIXED:
	case SORT_BYTES:
		return bytes_value(x, type, out);
	case SORT_STRING:
		return string_value(x, type, out);
	case SORT_ARRAY:
	case SORT_STATIC_ARRAY:
	case SORT_TUPLE:
		return list_value(x, type, out);
	}
	abort();
}

enum err abi_encode_text(struct turn *t, const char *signature, const char *const *argv, size_t n,
			 struct bytes *out)
{
	struct abi_value args[ABI_ARGS_MAX];
	struct abi_type type;

	TRY(abi_type_signature(t, signature, &type));
	if (n != type.n_of)
		return fail(t, ERR_INVALID, "%s takes %zu arguments, not %zu", signature, type.n_of,
			    n);
	for (size_t i = 0; i < n; i++) {
		struct text x = {
			.t = t, .signature = signature, .argument = i + 1, .at = argv[i]
		};

		TRY(value(&x, &type.of[i], &args[i]));
		if (*x.at)
			return bad(&x, &type.of[i], argv[i], "text after the value");
	}
	return abi_encode(t, signature, args, n, out);
}
