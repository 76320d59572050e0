#include "server/eth/abi_type.h"

#include <string.h>

#include "server/eth/abi.h"
#include "store/base/turn.h"

struct scan {
	struct turn *t;
	const char *all, *at;
	unsigned depth;
};

static enum err bad(struct scan *s, const char *what)
{
	return fail(s->t, ERR_INVALID, "signature \"%s\": %s, at character %zu", s->all, what,
		    (size_t)(s->at - s->all) + 1);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
	       (!first && is_digit(c));
}

/* Digits without a leading zero, at most 99,999; false: there is no such number. */
static bool number(struct scan *s, size_t *out)
{
	size_t v = 0;

	if (!is_digit(*s->at) || *s->at == '0')
		return false;
	while (is_digit(*s->at)) {
		v = v * 10 + (size_t)(*s->at - '0');
		if (v > 99999)
			return false;
		s->at++;
	}
	*out = v;
	return true;
}

static bool take(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(s->at, word, n) != 0)
		return false;
	s->at += n;
	return true;
}

/* After "uint" or "int": 8, 16 ... 256. */
static enum err number_type(struct scan *s, enum abi_sort sort, struct abi_type *out)
{
	if (!is_digit(*s->at))
		return bad(s, "a number type is written with its bits, as uint256");
	if (!number(s, &out->size) || out->size > 256 || out->size % 8)
		return bad(s, "the bits of a number are 8, 16, 24 and so on up to 256");
	out->sort = sort;
	return OK;
}

static enum err plain_type(struct scan *s, struct abi_type *out)
{
	out->head = ABI_WORD;
	if (take(s, "uint"))
		return number_type(s, SORT_UINT, out);
	if (take(s, "int"))
		return number_type(s, SORT_INT, out);
	if (take(s, "address")) {
		out->sort = SORT_ADDRESS;
	} else if (take(s, "bool")) {
		out->sort = SORT_BOOL;
	} else if (take(s, "function")) {
		out->sort = SORT_FIXED;
		out->size = 24;
	} else if (take(s, "string")) {
		out->sort = SORT_STRING;
		out->dynamic = true;
	} else if (take(s, "bytes")) {
		out->sort = is_digit(*s->at) ? SORT_FIXED : SORT_BYTES;
		out->dynamic = out->sort == SORT_BYTES;
		if (out->sort == SORT_FIXED && (!number(s, &out->size) || out->size > 32))
			return bad(s, "fixed bytes are bytes1 to bytes32");
	} else {
		return bad(s, "not a type known here");
	}
	return OK;
}

/* "[]" or "[k]" behind a type: wrap what was read so far. */
static enum err array_type(struct scan *s, struct abi_type *type, const char *from)
{
	struct abi_type *of = turn_memdup(s->t, type, sizeof(*type));

	s->at++;
	*type = (struct abi_type){ .sort = SORT_ARRAY, .of = of, .n_of = 1, .dynamic = true };
	type->head = ABI_WORD;
	if (*s->at != ']') {
		if (!number(s, &type->size))
			return bad(s, "an array's length is a number from 1 to 99999");
		type->sort = SORT_STATIC_ARRAY;
		type->dynamic = of->dynamic;
		if (!of->dynamic)
			type->head = of->head * type->size;
	}
	if (*s->at != ']')
		return bad(s, "a ']' is missing");
	s->at++;
	if (type->head > ABI_DATA_MAX)
		return bad(s, "the array is too large");
	type->text = from;
	type->text_n = (int)(s->at - from);
	return OK;
}

static enum err tuple(struct scan *s, struct abi_type *out);

static enum err one_type(struct scan *s, struct abi_type *out)
{
	const char *from = s->at;

	*out = (struct abi_type){ 0 };
	if (++s->depth > ABI_DEPTH_MAX)
		return bad(s, "types are nested too deeply");
	if (*s->at == '(') {
		TRY(tuple(s, out));
		if (out->n_of == 0)
			return bad(s, "an empty tuple is not a type");
	} else {
		TRY(plain_type(s, out));
	}
	out->text = from;
	out->text_n = (int)(s->at - from);
	for (unsigned arrays = 0; *s->at == '['; arrays++) {
		if (arrays + s->depth >= ABI_DEPTH_MAX)
			return bad(s, "types are nested too deeply");
		TRY(array_type(s, out, from));
	}
	s->depth--;
	return OK;
}

static enum err tuple(struct scan *s, struct abi_type *out)
{
	struct abi_type *of = turn_array(s->t, ABI_ARGS_MAX, sizeof(*of));
	size_t n = 0, head = 0;

	out->sort = SORT_TUPLE;
	if (*s->at != '(')
		return bad(s, "a '(' is missing");
	s->at++;
	while (*s->at != ')') {
		if (n == ABI_ARGS_MAX)
			return bad(s, "too many arguments");
		if (n && *s->at != ',')
			return bad(s, "a ',' or ')' is missing");
		if (n)
			s->at++;
		TRY(one_type(s, &of[n]));
		out->dynamic |= of[n].dynamic;
		head += of[n++].head;
	}
	s->at++;
	if (head > ABI_DATA_MAX)
		return bad(s, "the arguments are too large");
	out->head = out->dynamic ? ABI_WORD : head;
	out->of = of;
	out->n_of = n;
	return OK;
}

static enum err whole(struct turn *t, const char *text, bool named, struct abi_type *out)
{
	struct scan s = { .t = t, .all = text, .at = text };

	if (strlen(text) > ABI_SIGNATURE_MAX)
		return fail(t, ERR_INVALID, "a signature is longer than %d characters",
			    ABI_SIGNATURE_MAX);
	*out = (struct abi_type){ 0 };
	if (named && !is_name(*s.at, true))
		return bad(&s, "it begins with the function's name, as transfer(address,uint256)");
	if (named)
		while (is_name(*s.at, false))
			s.at++;
	TRY(tuple(&s, out));
	if (*s.at)
		return bad(&s, "text after the last ')'");
	return OK;
}

enum err abi_type_signature(struct turn *t, const char *signature, struct abi_type *out)
{
	return whole(t, signature, true, out);
}

enum err abi_type_tuple(struct turn *t, const char *types, struct abi_type *out)
{
	return whole(t, types, false, out);
}

bool abi_type_plain(struct turn *t, const char *text, struct abi_type *out)
{
	struct scan s = { .t = t, .all = text, .at = text };

	*out = (struct abi_type){ .text = text, .text_n = (int)strlen(text) };
	return plain_type(&s, out) == OK && *s.at == 0;
}

struct wei abi_negated(struct wei v)
{
	unsigned carry = 1;

	for (size_t i = sizeof(v.be); i-- > 0;) {
		carry += (uint8_t)~v.be[i];
		v.be[i] = (uint8_t)carry;
		carry >>= 8;
	}
	return v;
}

bool abi_type_holds(const struct abi_type *type, struct wei v)
{
	size_t used = type->size / 8, unused = sizeof(v.be) - used;
	bool negative = type->sort == SORT_INT && v.be[unused] & 0x80;

	for (size_t i = 0; i < unused; i++)
		if (v.be[i] != (negative ? 0xff : 0))
			return false;
	return true;
}
