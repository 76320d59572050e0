#include "tests/support/vectors.h"

#include <string.h>

#include "server/eth/abi_type.h"
#include "server/eth/addr.h"
#include "server/eth/key.h"
#include "store/base/hex.h"
#include "store/base/units.h"
#include "tests/support/test.h"

void vector_check(const struct vector *v, bool ok, const char *what)
{
	if (!ok)
		fail_msg("%s: %s (%s)\n", v->where, what, v->t->why);
}

struct bytes vector_bytes(const struct vector *v, const char *hex)
{
	size_t n, max = strlen(hex) / 2 + 1;
	uint8_t *p = turn_alloc(v->t, max);

	vector_check(v, hex_get_any(hex, p, max, &n), "hex");
	return (struct bytes){ p, n };
}

struct wei vector_wei(const struct vector *v, const char *decimal)
{
	struct wei a = { { 0 } };

	vector_check(v, wei_parse(decimal, &a), "decimal");
	return a;
}

struct eth_addr vector_addr(const struct vector *v, const char *hex)
{
	struct eth_addr a;

	vector_check(v, hex_get(hex, a.b, sizeof(a.b)), "address");
	return a;
}

struct secret vector_key(const struct vector *v, const char *hex)
{
	struct secret key;
	const char *why = "";

	vector_check(v, key_parse(hex, &key, &why), "private key");
	return key;
}

bool bytes_same(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static struct abi_value one(const struct vector *v, const char **at);

/* After the opening bracket, up to and with the closing one. */
static const struct abi_value *list(const struct vector *v, const char **at, size_t *n_out)
{
	struct abi_value *items = NULL;
	size_t n = 0, room = 0;

	while (**at != ']' && **at != ')') {
		items = turn_grow(v->t, items, n, &room, sizeof(*items));
		items[n++] = one(v, at);
		*at += **at == ',';
	}
	++*at;
	*n_out = n;
	return items;
}

static struct abi_value one(const struct vector *v, const char **at)
{
	char kind = *(*at)++;
	size_t n = kind == 't' || kind == 'f' ? 0 : strcspn(*at, ",])");
	const char *text = turn_printf(v->t, "%.*s", (int)n, *at);
	struct abi_value out = { .kind = ABI_LIST };

	if (kind == '[' || kind == '(') {
		out.items = list(v, at, &out.n_items);
		return out;
	}
	*at += n;
	switch (kind) {
	case 't':
	case 'f':
		return abi_bool(kind == 't');
	case 'a':
		return abi_addr(vector_addr(v, text));
	case 'x':
		return abi_bytes(vector_bytes(v, text));
	case 'n':
		out = abi_number(vector_wei(v, text + (*text == '-')));
		if (*text == '-')
			out.number = abi_negated(out.number);
		return out;
	default:
		vector_check(v, false, "a value of no known kind");
		return out;
	}
}

const struct abi_value *vector_values(const struct vector *v, const char *text, size_t *n_out)
{
	vector_check(v, *text++ == '(', "values");
	return list(v, &text, n_out);
}
