#include "server/eth/typed_data.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/eth/abi.h"
#include "server/eth/abi_type.h"
#include "server/eth/addr.h"
#include "server/eth/keccak.h"
#include "store/base/buf.h"
#include "store/base/hex.h"
#include "store/base/turn.h"
#include "store/base/units.h"
#include "store/base/wei.h"

static const char DOMAIN_TYPE[] = "EIP712Domain";

enum { NAME_MAX_LEN = 128, TYPE_TEXT_MAX = 64 << 10 };

struct typed {
	struct turn *t;
	const json_t *types, *domain_fields; /* the latter: of EIP712Domain, declared or made */
	size_t left;                         /* values that may still come */
	unsigned depth;
	/* The hashes of types, each computed once: a value may use one thousands of times. */
	struct type_known {
		const char *name;
		struct eth_hash hash;
	} known[TYPED_DATA_TYPES + 1];
	size_t n_known;
};

static enum err bad(struct typed *x, const char *where, const char *what)
{
	return fail(x->t, ERR_INVALID, "typed data: %.80s: %s", where, what);
}

/* ---- types ---- */

static bool is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$0123456789");

	return n > 0 && n <= NAME_MAX_LEN && s[n] == 0 && !(*s >= '0' && *s <= '9');
}

/* The fields of a struct; NULL: there is no such type. */
static const json_t *fields_of(const struct typed *x, const char *name)
{
	if (strcmp(name, DOMAIN_TYPE) == 0)
		return x->domain_fields;
	return json_object_get(x->types, name);
}

static const char *field_text(const json_t *fields, size_t i, const char *key)
{
	return json_string_value(json_object_get(json_array_get(fields, i), key));
}

/* What stands before the first bracket. */
static const char *base_of(struct turn *t, const char *type)
{
	return turn_printf(t, "%.*s", (int)strcspn(type, "["), type);
}

static enum err check_fields(struct typed *x, const char *name, const json_t *fields)
{
	size_t n = json_array_size(fields);
	struct abi_type plain;

	if (!is_name(name) || abi_type_plain(x->t, name, &plain))
		return bad(x, name, "not a name for a type");
	if (!json_is_array(fields) || n > TYPED_DATA_FIELDS)
		return bad(x, name, "its fields are a list of at most 64");
	for (size_t i = 0; i < n; i++) {
		const char *field = field_text(fields, i, "name");
		const char *type = field_text(fields, i, "type");

		if (!field || !is_name(field) || !type || strlen(type) > NAME_MAX_LEN)
			return bad(x, name, "a field has a name and a type");
		for (size_t k = 0; k < i; k++)
			if (strcmp(field, field_text(fields, k, "name")) == 0)
				return bad(x, name, "two fields of one name");
		const char *base = base_of(x->t, type);

		if (!fields_of(x, base) && !abi_type_plain(x->t, base, &plain))
			return bad(x, type, "no such type");
	}
	return OK;
}

/* All that `name` refers to, itself first; each once. */
static enum err collect(struct typed *x, const char *name, const char **found, size_t *n)
{
	found[(*n)++] = name;
	for (size_t at = 0; at < *n; at++) {
		const json_t *fields = fields_of(x, found[at]);

		for (size_t i = 0; i < json_array_size(fields); i++) {
			const char *base = base_of(x->t, field_text(fields, i, "type"));
			bool known = !fields_of(x, base);

			for (size_t k = 0; k < *n && !known; k++)
				known = strcmp(found[k], base) == 0;
			if (known)
				continue;
			if (*n == TYPED_DATA_TYPES)
				return bad(x, name, "it refers to more than 64 types");
			found[(*n)++] = base;
		}
	}
	return OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* keccak256("Mail(Person from,...)Person(...)"): itself, then the others by name. */
static enum err type_hash(struct typed *x, const char *name, struct eth_hash *out)
{
	struct buf b = buf_in(x->t->mem, TYPE_TEXT_MAX);
	const char *found[TYPED_DATA_TYPES + 1];
	size_t n = 0;

	for (size_t i = 0; i < x->n_known; i++)
		if (strcmp(x->known[i].name, name) == 0) {
			*out = x->known[i].hash;
			return OK;
		}
	TRY(collect(x, name, found, &n));
	qsort(found + 1, n - 1, sizeof(*found), by_name);
	for (size_t k = 0; k < n; k++) {
		const json_t *fields = fields_of(x, found[k]);

		buf_printf(&b, "%s(", found[k]);
		for (size_t i = 0; i < json_array_size(fields); i++)
			buf_printf(&b, "%s%s %s", i ? "," : "", field_text(fields, i, "type"),
				   field_text(fields, i, "name"));
		buf_char(&b, ')');
	}
	if (b.full)
		return bad(x, name, "its type is longer than 64 KiB");
	keccak256(b.p, b.n, out);
	x->known[x->n_known++] = (struct type_known){ .name = name, .hash = *out };
	return OK;
}

/* ---- values ---- */

static enum err put_struct(struct typed *x, const char *name, const json_t *value, struct buf *out);

static enum err number(struct typed *x, const char *type, const json_t *v, struct wei *out)
{
	const char *s = json_string_value(v), *digits;

	if (json_is_integer(v))
		s = turn_printf(x->t, "%lld", (long long)json_integer_value(v));
	if (!s)
		return bad(x, type, "a number is written as one, or as text");
	digits = s + (*s == '-');
	if (!wei_parse(digits, out) &&
	    (strncmp(digits, "0x", 2) != 0 || !hex_quantity_wei(digits, out)))
		return bad(x, type, "not a number, or above 256 bits");
	if (*s == '-')
		*out = abi_negated(*out);
	/* Above zero an int's top bit is not set, below it is. */
	if (type[0] == 'i' && !wei_is_zero(*out) && (*s == '-') != ((out->be[0] & 0x80) != 0))
		return bad(x, type, "out of range");
	if (type[0] == 'u' && *s == '-')
		return bad(x, type, "out of range");
	return OK;
}

static enum err bytes_of(struct typed *x, const char *type, const json_t *v, struct bytes *out)
{
	const char *s = json_string_value(v);
	size_t max = s ? strlen(s) / 2 + 1 : 0;
	uint8_t *p = turn_alloc(x->t, max + 1);

	*out = (struct bytes){ .p = p };
	if (!s || strncmp(s, "0x", 2) != 0 || !hex_get_any(s, p, max, &out->n))
		return bad(x, type, "bytes are written as 0x and hex");
	return OK;
}

/* One word of what is no list and no struct. */
static enum err put_plain(struct typed *x, const struct abi_type *type, const char *text,
			  const json_t *v, struct buf *out)
{
	struct abi_value value = { 0 };
	const char *why = "";
	struct eth_hash h;
	struct bytes b;

	switch (type->sort) {
	case SORT_STRING:
		if (!json_is_string(v))
			return bad(x, text, "not a string");
		keccak256(json_string_value(v), json_string_length(v), &h);
		buf_add(out, h.b, sizeof(h.b));
		return OK;
	case SORT_BYTES:
		TRY(bytes_of(x, text, v, &b));
		keccak256(b.p, b.n, &h);
		buf_add(out, h.b, sizeof(h.b));
		return OK;
	case SORT_FIXED:
		TRY(bytes_of(x, text, v, &b));
		value = abi_bytes(b);
		break;
	case SORT_UINT:
	case SORT_INT:
		value.kind = ABI_NUMBER;
		TRY(number(x, text, v, &value.number));
		break;
	case SORT_ADDRESS:
		value.kind = ABI_ADDRESS;
		if (!json_is_string(v) || !addr_parse(json_string_value(v), &value.addr, &why))
			return bad(x, text, *why ? why : "not an address");
		break;
	case SORT_BOOL:
		if (!json_is_boolean(v))
			return bad(x, text, "true or false");
		value = abi_bool(json_is_true(v));
		break;
	case SORT_ARRAY:
	case SORT_STATIC_ARRAY:
	case SORT_TUPLE:
		return bad(x, text, "not a type of one value");
	}
	return abi_put(x->t, "typed data", type, &value, out);
}

static enum err put_value(struct typed *x, const char *type, const json_t *v, struct buf *out);

/* "T[k]" or "T[]": the hash of the items' words. */
static enum err put_array(struct typed *x, const char *type, const json_t *v, struct buf *out)
{
	const char *open = strrchr(type, '[');
	size_t n = json_array_size(v), len = strlen(open);
	const char *inner = turn_printf(x->t, "%.*s", (int)(open - type), type);
	struct buf items;
	struct eth_hash h;

	if (!json_is_array(v))
		return bad(x, type, "not a list");
	/* Exactly "[" digits "]", and then so many. */
	if (strspn(open + 1, "0123456789") != len - 2 || open[len - 1] != ']' || open[1] == '0')
		return bad(x, type, "not a type");
	if (len > 2 && strtoul(open + 1, NULL, 10) != n)
		return bad(x, type, "the wrong number of items");
	if (n > x->left)
		return bad(x, type, "too many values");
	items = buf_in(x->t->mem, (n + 1) * ABI_WORD);
	for (size_t i = 0; i < n; i++)
		TRY(put_value(x, inner, json_array_get(v, i), &items));
	keccak256(items.p, items.n, &h);
	buf_add(out, h.b, sizeof(h.b));
	return OK;
}

static enum err put_value(struct typed *x, const char *type, const json_t *v, struct buf *out)
{
	enum err e;

	if (x->left == 0)
		return bad(x, type, "too many values");
	x->left--;
	if (++x->depth > TYPED_DATA_DEPTH)
		return bad(x, type, "nested too deeply");
	if (type[0] && type[strlen(type) - 1] == ']') {
		e = put_array(x, type, v, out);
	} else if (fields_of(x, type)) {
		struct buf b = buf_in(x->t->mem, (TYPED_DATA_FIELDS + 1) * ABI_WORD);
		struct eth_hash h;

		e = put_struct(x, type, v, &b);
		keccak256(b.p, b.n, &h);
		buf_add(out, h.b, sizeof(h.b));
	} else {
		struct abi_type plain;

		if (!abi_type_plain(x->t, type, &plain))
			return bad(x, type, "no such type");
		e = put_plain(x, &plain, type, v, out);
	}
	x->depth--;
	return e;
}

/* The hash of its type, then a word for each field. */
static enum err put_struct(struct typed *x, const char *name, const json_t *value, struct buf *out)
{
	const json_t *fields = fields_of(x, name);
	size_t n = json_array_size(fields);
	struct eth_hash h;

	if (!json_is_object(value))
		return bad(x, name, "not an object");
	TRY(type_hash(x, name, &h));
	buf_add(out, h.b, sizeof(h.b));
	for (size_t i = 0; i < n; i++) {
		const char *field = field_text(fields, i, "name");
		const json_t *v = json_object_get(value, field);

		if (!v)
			return bad(x, field, "is missing");
		TRY(put_value(x, field_text(fields, i, "type"), v, out));
	}
	if (json_object_size(value) != n)
		return bad(x, name, "the value has fields that the type does not have");
	return OK;
}

/* ---- the whole ---- */

/* EIP712Domain for a domain that does not declare it: what is there, in the order of the EIP. */
static json_t *make_domain_fields(const json_t *domain)
{
	static const char *const known[][2] = { { "name", "string" },
						{ "version", "string" },
						{ "chainId", "uint256" },
						{ "verifyingContract", "address" },
						{ "salt", "bytes32" } };
	json_t *fields = json_array();

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (json_object_get(domain, known[i][0]))
			(void)json_array_append_new(
				fields,
				json_pack("{s:s,s:s}", "name", known[i][0], "type", known[i][1]));
	return fields;
}

static enum err check_types(struct typed *x)
{
	const char *name;
	json_t *fields;

	if (json_object_size(x->types) > TYPED_DATA_TYPES)
		return bad(x, "types", "more than 64");
	json_object_foreach((json_t *)x->types, name, fields) TRY(check_fields(x, name, fields));
	return check_fields(x, DOMAIN_TYPE, x->domain_fields);
}

/* encodeData of the message; with `h`, also the hash of all. */
static enum err encode(struct typed *x, const json_t *all, struct bytes *out, struct eth_hash *h)
{
	const json_t *domain = json_object_get(all, "domain");
	const char *primary = json_string_value(json_object_get(all, "primaryType"));
	struct buf message = buf_in(x->t->mem, (TYPED_DATA_FIELDS + 1) * ABI_WORD);
	struct buf separator = buf_in(x->t->mem, (TYPED_DATA_FIELDS + 1) * ABI_WORD);
	uint8_t sealed[2 + 2 * ABI_WORD] = { 0x19, 0x01 };
	struct eth_hash part;

	TRY(check_types(x));
	if (!primary || !json_object_get(x->types, primary))
		return bad(x, "primaryType", "not one of the types");
	TRY(put_struct(x, primary, json_object_get(all, "message"), &message));
	*out = (struct bytes){ message.p, message.n };
	TRY(put_struct(x, DOMAIN_TYPE, domain, &separator));
	keccak256(separator.p, separator.n, &part);
	memcpy(sealed + 2, part.b, ABI_WORD);
	keccak256(message.p, message.n, &part);
	memcpy(sealed + 2 + ABI_WORD, part.b, ABI_WORD);
	keccak256(sealed, sizeof(sealed), h);
	return OK;
}

static enum err read(struct turn *t, struct bytes json, struct bytes *out, struct eth_hash *h)
{
	struct typed x = { .t = t, .left = TYPED_DATA_VALUES };
	json_error_t why;
	enum err e;

	if (json.n > TYPED_DATA_MAX)
		return fail(t, ERR_INVALID, "typed data: longer than %d bytes", TYPED_DATA_MAX);
	json_t *all = json_loadb((const char *)json.p, json.n,
				 JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);

	if (!all)
		return fail(t, ERR_INVALID, "typed data: not JSON at byte %d: %.100s", why.position,
			    why.text);
	json_t *made = make_domain_fields(json_object_get(all, "domain"));

	x.types = json_object_get(all, "types");
	x.domain_fields = json_object_get(x.types, DOMAIN_TYPE);
	if (!x.domain_fields)
		x.domain_fields = made;
	if (!json_is_object(x.types) || !json_is_object(json_object_get(all, "domain")))
		e = fail(t, ERR_INVALID,
			 "typed data: it has types, primaryType, domain and message");
	else
		e = encode(&x, all, out, h);
	json_decref(made);
	json_decref(all);
	return e;
}

enum err typed_data_hash(struct turn *t, struct bytes json, struct eth_hash *out)
{
	struct bytes message;

	return read(t, json, &message, out);
}

enum err typed_data_encode(struct turn *t, struct bytes json, struct bytes *out)
{
	struct eth_hash h;

	return read(t, json, out, &h);
}
