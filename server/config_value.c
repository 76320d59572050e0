#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/config_read.h"
#include "server/door/guard.h"
#include "server/eth/addr.h"
#include "server/eth/key.h"
#include "store/base/hex.h"
#include "store/base/units.h"
#include "store/base/wei.h"

enum { TEXT_LONGEST = 4096 };

static const char *wants(struct reader *r, const struct given *g)
{
	const struct setting *s = g->setting;

	if (s->kind == SETTING_CHOICE) {
		struct buf b = buf_in(r->mem, 512);

		for (uint64_t i = 0; choice_name(r->mem, s->choices, i); i++)
			buf_printf(&b, "%s\"%s\"", i ? " or " : "write ",
				   choice_name(r->mem, s->choices, i));
		return buf_text(&b);
	}
	if (s->kind == SETTING_KEY)
		return "write a private key in quotes, 0x and 64 hex digits, or a keyfile";
	if (s->hi > 0 &&
	    (s->kind == SETTING_U64 || s->kind == SETTING_SECONDS || s->kind == SETTING_FLOAT))
		return say(r, "write %s from %.16g to %.16g", setting_wants(s->kind), s->lo, s->hi);
	if (s->hi > 0 && s->kind == SETTING_DURATION)
		return say(r, "write %s, from %.15gms to %.15gms", setting_wants(s->kind), s->lo,
			   s->hi);
	return say(r, "write %s", setting_wants(s->kind));
}

/* A problem of this value; what to write instead is what its kind takes. Always false. */
bool value_refuse(struct reader *r, const struct given *g, const char *fmt, ...)
{
	struct buf what = buf_in(r->scratch, 512);
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&what, fmt, ap);
	va_end(ap);
	problem(r, PROBLEM_ERROR, g->at, g->key, wants(r, g), "%s", buf_text(&what));
	return false;
}

static const char *kind_text(enum toml_kind kind)
{
	switch (kind) {
	case KIND_TABLE:
		return "a table";
	case KIND_ARRAY:
		return "a list";
	case KIND_TEXT:
		return "text";
	case KIND_INT:
		return "a whole number";
	case KIND_FLOAT:
		return "a number with a point";
	case KIND_BOOL:
		return "true or false";
	case KIND_DATE:
		return "a date";
	}
	return "something else";
}

bool value_refuse_kind(struct reader *r, const struct given *g)
{
	return value_refuse(r, g, "is %s", kind_text(g->node->kind));
}

/* Text of the file or the environment. */
bool value_text_of(struct reader *r, const struct given *g, const char **out)
{
	size_t n;

	*out = "";
	if (g->node && g->node->kind != KIND_TEXT)
		return value_refuse_kind(r, g);
	*out = g->node ? g->node->text : g->text;
	n = strlen(*out);
	if (g->node && g->node->n != n)
		return value_refuse(r, g, "holds a zero byte");
	if (!guard_text((const uint8_t *)*out, n))
		return value_refuse(r, g, "is not UTF-8");
	if (n > TEXT_LONGEST)
		return value_refuse(r, g, "is %zu bytes long; %d is the most", n, TEXT_LONGEST);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)(*out)[i] < 0x20 || (*out)[i] == 0x7f)
			return value_refuse(r, g, "holds a control character");
	return true;
}

static bool take_u64(struct reader *r, const struct given *g, uint64_t *out)
{
	const struct setting *s = g->setting;

	if (g->node && g->node->kind != KIND_INT)
		return value_refuse_kind(r, g);
	if (g->node && g->node->i < 0)
		return value_refuse(r, g, "is %lld", (long long)g->node->i);
	if (g->node) {
		*out = (uint64_t)g->node->i;
	} else {
		char *end;

		errno = 0;
		*out = strtoull(g->text, &end, 10);
		if (!isdigit((unsigned char)g->text[0]) || *end || errno)
			return value_refuse(r, g, "is \"%.40s\"", g->text);
	}
	if (s->hi > 0 && ((double)*out < s->lo || (double)*out > s->hi))
		return value_refuse(r, g, "is %llu", (unsigned long long)*out);
	return true;
}

static bool set_seconds(struct reader *r, const struct given *g, int64_t *ms)
{
	uint64_t seconds;

	if (!take_u64(r, g, &seconds))
		return false;
	*ms = (int64_t)(seconds * 1000);
	return true;
}

static bool set_duration(struct reader *r, const struct given *g, int64_t *ms)
{
	const struct setting *s = g->setting;
	const char *text;

	if (g->node && g->node->kind == KIND_INT)
		return value_refuse(r, g, "is %lld, without a unit", (long long)g->node->i);
	if (!value_text_of(r, g, &text))
		return false;
	if (!duration_parse(text, ms))
		return value_refuse(r, g, "is \"%.40s\", which is no duration", text);
	if (s->hi > 0 && ((double)*ms < s->lo || (double)*ms > s->hi))
		return value_refuse(r, g, "is \"%.40s\"", text);
	return true;
}

static bool set_float(struct reader *r, const struct given *g, double *out)
{
	const struct setting *s = g->setting;

	if (g->node && g->node->kind != KIND_FLOAT && g->node->kind != KIND_INT)
		return value_refuse_kind(r, g);
	if (g->node) {
		*out = g->node->kind == KIND_INT ? (double)g->node->i : g->node->f;
	} else {
		char *end;

		*out = strtod(g->text, &end);
		if (end == g->text || *end)
			return value_refuse(r, g, "is \"%.40s\"", g->text);
	}
	if (s->hi > 0 && !(*out >= s->lo && *out <= s->hi))
		return value_refuse(r, g, "is %g", *out);
	return true;
}

static bool set_bool(struct reader *r, const struct given *g, bool *out)
{
	if (g->node) {
		if (g->node->kind != KIND_BOOL)
			return value_refuse_kind(r, g);
		*out = g->node->b;
		return true;
	}
	*out = strcmp(g->text, "true") == 0 || strcmp(g->text, "1") == 0;
	if (!*out && strcmp(g->text, "false") != 0 && strcmp(g->text, "0") != 0)
		return value_refuse(r, g, "is \"%.40s\"", g->text);
	return true;
}

static bool set_amount(struct reader *r, const struct given *g, struct wei *out)
{
	const char *text, *why;

	if (g->node && (g->node->kind == KIND_INT || g->node->kind == KIND_FLOAT))
		return value_refuse(r, g, "is a number without a unit");
	if (!value_text_of(r, g, &text))
		return false;
	if (g->setting->kind == SETTING_WEI && wei_parse(text, out))
		return true;
	if (!amount_parse(text, out, &why))
		return value_refuse(r, g, "is \"%.40s\": %s", text, why);
	if ((g->setting->flags & SETTING_NOT_ZERO) && wei_is_zero(*out))
		return value_refuse(r, g, "is 0");
	return true;
}

static bool set_bytes(struct reader *r, const struct given *g, uint64_t *out)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} units[] = {
		{ "B", 1 }, { "KiB", 1ULL << 10 }, { "MiB", 1ULL << 20 }, { "GiB", 1ULL << 30 }
	};
	const struct setting *s = g->setting;
	const char *text;
	char *unit;

	if (g->node && g->node->kind == KIND_INT)
		return value_refuse(r, g, "is %lld, without a unit", (long long)g->node->i);
	if (!value_text_of(r, g, &text))
		return false;
	errno = 0;
	unsigned long long n = strtoull(text, &unit, 10);

	unit += strspn(unit, " ");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcasecmp(unit, units[i].name) != 0 || !isdigit((unsigned char)text[0]) ||
		    errno || __builtin_mul_overflow(n, units[i].bytes, out))
			continue;
		if (s->hi > 0 && ((double)*out < s->lo || (double)*out > s->hi))
			return value_refuse(r, g,
					    "is \"%.40s\"; the least is %.0f bytes, the most %.0f",
					    text, s->lo, s->hi);
		return true;
	}
	return value_refuse(r, g, "is \"%.40s\", which is no size", text);
}

static bool set_text(struct reader *r, const struct given *g, const char **out)
{
	const char *text;

	if (!value_text_of(r, g, &text))
		return false;
	if (g->setting->hi > 0 && (double)strlen(text) > g->setting->hi)
		return value_refuse(r, g, "is %zu bytes long; %.0f is the most", strlen(text),
				    g->setting->hi);
	*out = *text ? say(r, "%s", text) : NULL;
	return true;
}

/* A relative path in the file is taken from the file's folder; elsewhere, from where we stand. */
static bool set_path(struct reader *r, const struct given *g, const char **out)
{
	if (!set_text(r, g, out))
		return false;
	if (*out && **out != '/' && g->at.from == FROM_FILE && *r->dir)
		*out = say(r, "%s/%s", r->dir, *out);
	return true;
}

static bool set_address(struct reader *r, const struct given *g, struct eth_addr *out)
{
	const char *text;

	if (!value_text_of(r, g, &text))
		return false;
	return *text == 0 || value_addr(r, g, text, out);
}

static bool set_url(struct reader *r, const struct given *g, const char **out)
{
	const char *text;

	if (!value_text_of(r, g, &text))
		return false;
	if (*text && !value_url(r, g, text))
		return false;
	*out = *text ? say(r, "%s", text) : NULL;
	return true;
}

static bool set_hash(struct reader *r, const struct given *g, struct config_hash *out)
{
	const char *text;

	if (!value_text_of(r, g, &text))
		return false;
	out->given = *text && hash_parse(text, &out->hash);
	if (*text && !out->given)
		return value_refuse(r, g, "is \"%.80s\"", text);
	return true;
}

static bool set_host(struct reader *r, const struct given *g, const char **out)
{
	struct in6_addr any;
	const char *text;

	if (!value_text_of(r, g, &text))
		return false;
	if (strcmp(text, "localhost") == 0)
		text = "127.0.0.1";
	if (inet_pton(AF_INET, text, &any) != 1 && inet_pton(AF_INET6, text, &any) != 1)
		return value_refuse(r, g, "is \"%.60s\"", text);
	*out = say(r, "%s", text);
	return true;
}

static bool set_choice(struct reader *r, const struct given *g, uint64_t *out)
{
	const char *text;

	if (!value_text_of(r, g, &text))
		return false;
	return choice_find(g->setting->choices, text, strlen(text), out) ||
	       value_refuse(r, g, "is \"%.40s\"", text);
}

/* The text is never repeated. */
static bool set_key(struct reader *r, const struct given *g, struct config_key *out)
{
	const char *text, *why;

	if (!value_text_of(r, g, &text))
		return false;
	if (!*text)
		return true;
	if (g->at.from == FROM_FILE && !r->key_in_file) {
		r->key_in_file = true;
		r->key_place = (struct toml_place){ g->at.line, g->at.column };
	}
	out->given = key_parse(text, &out->key, &why);
	return out->given || value_refuse(r, g, "is no private key: %s", why);
}

/* Whatever could be a mistyped key is treated as one, so that it is not repeated as a path. */
static bool like_a_key(const char *text)
{
	const char *digits = strncmp(text, "0x", 2) == 0 ? text + 2 : text;
	size_t n = strspn(digits, "0123456789abcdefABCDEF");

	return n >= 32 && digits[n] == 0;
}

static bool set_key_source(struct reader *r, const struct given *g, struct config_key_source *out)
{
	struct config_key_source none = { 0 };
	const char *text;

	if (!value_text_of(r, g, &text))
		return false;
	*out = none;
	if (!like_a_key(text))
		return set_path(r, g, &out->file);
	if (g->at.from == FROM_FILE) {
		r->key_in_file = true;
		r->key_place = (struct toml_place){ g->at.line, g->at.column };
		return value_refuse(r, g, "holds a key itself; a key does not belong in this file");
	}
	return set_key(r, g, &out->key);
}

bool value_set(struct reader *r, void *base, const struct given *g)
{
	union {
		uint64_t number;
		double real;
		bool truth;
		struct wei amount;
	} nowhere;
	void *p = (char *)base + g->setting->at;

	if (g->setting->flags & SETTING_NO_EFFECT)
		p = &nowhere;
	switch (g->setting->kind) {
	case SETTING_TEXT:
		return set_text(r, g, p);
	case SETTING_TEXTS:
	case SETTING_URLS:
	case SETTING_PUBKEYS:
		return value_list(r, g, p);
	case SETTING_U64:
		return take_u64(r, g, p);
	case SETTING_SECONDS:
		return set_seconds(r, g, p);
	case SETTING_DURATION:
		return set_duration(r, g, p);
	case SETTING_FLOAT:
		return set_float(r, g, p);
	case SETTING_BOOL:
		return set_bool(r, g, p);
	case SETTING_AMOUNT:
	case SETTING_WEI:
		return set_amount(r, g, p);
	case SETTING_BYTES:
		return set_bytes(r, g, p);
	case SETTING_ADDRESS:
		return set_address(r, g, p);
	case SETTING_ADDRESSES:
		return value_addresses(r, g, p);
	case SETTING_HASH:
		return set_hash(r, g, p);
	case SETTING_HOST:
		return set_host(r, g, p);
	case SETTING_URL:
		return set_url(r, g, p);
	case SETTING_PATH:
		return set_path(r, g, p);
	case SETTING_CHOICE:
		return set_choice(r, g, p);
	case SETTING_KEY:
		return set_key(r, g, p);
	case SETTING_KEY_SOURCE:
		return set_key_source(r, g, p);
	}
	return false;
}
