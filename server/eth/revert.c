#include "server/eth/revert.h"

#include <stdlib.h>
#include <string.h>

#include "server/eth/abi.h"
#include "server/eth/addr.h"
#include "store/base/buf.h"
#include "store/base/hex.h"
#include "store/base/turn.h"
#include "store/base/units.h"

enum { ERROR_STRING = 0x08c379a0, PANIC = 0x4e487b71, SELECTOR = 4, WORD = 32 };

struct known {
	uint32_t selector;
	const char *signature;
	enum revert_kind kind;
	const char *meaning;
};

static const struct known table[] = {
#define X(selector, signature, kind, meaning) { selector, signature, kind, meaning },
#include "server/eth/revert.def"
#undef X
};

/* The sentences of OpenZeppelin before its custom errors (4.x), whole. */
static const struct {
	const char *text;
	enum revert_kind kind;
} sentences[] = {
	{ "Pausable: paused", REVERT_PAUSED },
	{ "ERC20: transfer amount exceeds balance", REVERT_FUNDS },
	{ "ERC20: insufficient allowance", REVERT_ALLOWANCE },
	{ "ERC20: transfer amount exceeds allowance", REVERT_ALLOWANCE },
	{ "Ownable: caller is not the owner", REVERT_DENIED },
};

static uint32_t selector_of(struct bytes data)
{
	return (uint32_t)data.p[0] << 24 | (uint32_t)data.p[1] << 16 | (uint32_t)data.p[2] << 8 |
	       data.p[3];
}

static struct bytes arguments(struct bytes data)
{
	return (struct bytes){ data.p + SELECTOR, data.n - SELECTOR };
}

static const struct known *find(uint32_t selector)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].selector == selector)
			return &table[i];
	return NULL;
}

/* The string of Error(string); false: the data is not one. */
static bool error_string(struct bytes data, struct bytes *out)
{
	struct bytes args = arguments(data);
	uint64_t offset, n;

	if (!abi_word_u64(args, 0, &offset) || offset != WORD || !abi_word_u64(args, 1, &n) ||
	    n > args.n - 2 * WORD)
		return false;
	*out = (struct bytes){ args.p + 2 * WORD, n };
	return true;
}

static const char *panic_meaning(uint64_t code)
{
	switch (code) {
	case 0x01:
		return "an assertion failed";
	case 0x11:
		return "arithmetic overflow";
	case 0x12:
		return "division by zero";
	case 0x21:
		return "not a value of the enum";
	case 0x22:
		return "damaged storage array";
	case 0x31:
		return "pop of an empty array";
	case 0x32:
		return "array index out of bounds";
	case 0x41:
		return "too much memory";
	case 0x51:
		return "call of an uninitialised function";
	default:
		return "unknown code";
	}
}

/* Printable ASCII stays; everything else, line ends too, becomes a question mark. */
static const char *printable(struct turn *t, struct bytes b)
{
	size_t n = b.n < REVERT_TEXT_MAX ? b.n : REVERT_TEXT_MAX;
	char *s = turn_alloc(t, n + 1);

	for (size_t i = 0; i < n; i++)
		s[i] = (char)(b.p[i] >= 0x20 && b.p[i] <= 0x7e ? b.p[i] : '?');
	return s;
}

/* "Name(values): meaning". The table's errors have only addresses and uint256 as arguments. */
static const char *known_text(struct turn *t, const struct known *k, struct bytes data)
{
	struct buf b = buf_in(t->mem, REVERT_TEXT_MAX);
	const char *type = strchr(k->signature, '(') + 1;
	struct bytes args = arguments(data);
	struct eth_addr addr;
	struct wei number;

	buf_add(&b, k->signature, (size_t)(type - k->signature));
	for (size_t i = 0; *type != ')'; i++) {
		if (i)
			buf_str(&b, ", ");
		if (*type == 'a' && abi_word_addr(args, i, &addr))
			buf_str(&b, addr_str(t, addr));
		else if (*type == 'u' && abi_word_wei(args, i, &number))
			buf_str(&b, wei_str(t, number));
		else
			buf_char(&b, '?');
		type += strcspn(type, ",)");
		type += *type == ',';
	}
	buf_printf(&b, "): %s", k->meaning);
	return buf_text(&b);
}

static const char *unknown_text(struct turn *t, struct bytes data)
{
	size_t shown = data.n < SELECTOR ? data.n : SELECTOR;

	return turn_printf(t, "%s%s (%zu bytes, not an error known here)", hex_of(t, data.p, shown),
			   data.n > shown ? "..." : "", data.n);
}

const char *revert_text(struct turn *t, struct bytes data)
{
	struct bytes text;
	uint64_t code;

	if (data.n == 0)
		return "no reason given (a plain revert, or out of gas)";
	if (data.n < SELECTOR)
		return unknown_text(t, data);
	uint32_t selector = selector_of(data);
	const struct known *k = find(selector);

	if (k)
		return known_text(t, k, data);
	if (selector == ERROR_STRING && error_string(data, &text))
		return printable(t, text);
	if (selector == PANIC && abi_word_u64(arguments(data), 0, &code))
		return turn_printf(t, "Panic 0x%02llx: %s", (unsigned long long)code,
				   panic_meaning(code));
	return unknown_text(t, data);
}

enum revert_kind revert_kind(struct bytes data)
{
	struct bytes text;

	if (data.n == 0)
		return REVERT_NO_DATA;
	if (data.n < SELECTOR)
		return REVERT_OTHER;
	uint32_t selector = selector_of(data);
	const struct known *k = find(selector);

	if (k)
		return k->kind;
	if (selector == PANIC)
		return REVERT_PANIC;
	if (selector != ERROR_STRING || !error_string(data, &text))
		return REVERT_OTHER;
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (text.n == strlen(sentences[i].text) &&
		    memcmp(text.p, sentences[i].text, text.n) == 0)
			return sentences[i].kind;
	return REVERT_OTHER;
}

const char *revert_kind_name(enum revert_kind kind)
{
	switch (kind) {
	case REVERT_OTHER:
		return "other";
	case REVERT_EMPTY_POSITION:
		return "empty position";
	case REVERT_LOCKED:
		return "locked";
	case REVERT_DEAD:
		return "dead";
	case REVERT_PAUSED:
		return "paused";
	case REVERT_FUNDS:
		return "funds";
	case REVERT_ALLOWANCE:
		return "allowance";
	case REVERT_DENIED:
		return "denied";
	case REVERT_EXISTS:
		return "exists";
	case REVERT_PANIC:
		return "panic";
	case REVERT_NO_DATA:
		return "no data";
	}
	abort();
}
