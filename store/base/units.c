#include "store/base/units.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "store/base/turn.h"
#include "store/base/wei.h"

static bool push_digit(struct wei *v, char c)
{
	struct wei next;

	if (c < '0' || c > '9')
		return false;
	if (!wei_mul_u64(*v, 10, &next) || !wei_add(next, wei_u64((uint64_t)(c - '0')), &next))
		return false;
	*v = next;
	return true;
}

bool wei_parse(const char *text, struct wei *out)
{
	struct wei v = { 0 };

	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (const char *s = text; *s; s++)
		if (!push_digit(&v, *s))
			return false;
	*out = v;
	return true;
}

/* Digits with at most one point, up to `end`, as a count of 10^-decimals. */
static bool fixed_parse(const char *s, const char *end, unsigned decimals, struct wei *out,
			const char **why)
{
	struct wei v = { 0 };
	unsigned places = 0;
	bool point = false, digit = false;

	for (; s < end; s++) {
		if (*s == '.' && !point) {
			point = true;
			continue;
		}
		if (*s < '0' || *s > '9') {
			*why = "not a decimal number";
			return false;
		}
		digit = true;
		if (point && ++places > decimals) {
			*why = "more decimal places than the unit has";
			return false;
		}
		if (!push_digit(&v, *s)) {
			*why = "above 2^256";
			return false;
		}
	}
	if (!digit) {
		*why = "no number";
		return false;
	}
	for (; places < decimals; places++)
		if (!push_digit(&v, '0')) {
			*why = "above 2^256";
			return false;
		}
	*out = v;
	return true;
}

bool decimal_parse(const char *text, unsigned decimals, struct wei *out, const char **why_out)
{
	return fixed_parse(text, text + strlen(text), decimals, out, why_out);
}

static const struct {
	const char *name;
	unsigned decimals;
} units[] = {
	{ "wei", 0 },    { "kwei", 3 },    { "mwei", 6 },   { "gwei", 9 },
	{ "szabo", 12 }, { "finney", 15 }, { "ether", 18 }, { "eth", 18 },
};

bool amount_parse(const char *text, struct wei *out, const char **why_out)
{
	const char *end = text + strspn(text, "0123456789.");
	const char *unit = end + strspn(end, " ");

	if (!*unit) {
		*why_out = "a unit is missing: write 0.05ether, 20gwei or 1000wei";
		return false;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcasecmp(unit, units[i].name) == 0)
			return fixed_parse(text, end, units[i].decimals, out, why_out);
	*why_out = "unknown unit: write ether, gwei or wei";
	return false;
}

void wei_text(struct wei a, char out[WEI_TEXT])
{
	char digits[WEI_TEXT];
	size_t n = 0;

	do {
		uint64_t rest;

		a = wei_div_u64(a, 10, &rest);
		digits[n++] = (char)('0' + rest);
	} while (!wei_is_zero(a));
	for (size_t i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	out[n] = 0;
}

const char *wei_str(struct turn *t, struct wei a)
{
	char text[WEI_TEXT];

	wei_text(a, text);
	return turn_strdup(t, text);
}

/* A token says itself how many decimals it has: at most 255, an uint8. */
enum { DECIMALS_MAX = 255, PLACES_MAX = 100 };

static const char zeros_text[] = "00000000000000000000000000000000000000000000000000"
				 "00000000000000000000000000000000000000000000000000";

static_assert(sizeof(zeros_text) == PLACES_MAX + 1, "as many zeros as places");

void amount_text(struct wei a, unsigned decimals, unsigned places, char out[AMOUNT_TEXT])
{
	char digits[WEI_TEXT], padded[DECIMALS_MAX + WEI_TEXT];

	if (decimals > DECIMALS_MAX)
		decimals = DECIMALS_MAX;
	if (places > PLACES_MAX)
		places = PLACES_MAX;
	wei_text(a, digits);
	size_t n = strlen(digits), zeros = n > decimals ? 0 : decimals + 1 - n;

	memset(padded, '0', zeros);
	memcpy(padded + zeros, digits, n + 1);
	n += zeros;

	size_t whole = n - decimals, keep = places < decimals ? places : decimals;
	char frac[PLACES_MAX + 1];

	memcpy(frac, padded + whole, keep);
	frac[keep] = 0;
	while (keep > 0 && frac[keep - 1] == '0')
		frac[--keep] = 0;
	padded[whole] = 0;
	if (keep == 0 && strcmp(padded, "0") == 0 && !wei_is_zero(a) && places > 0)
		(void)snprintf(out, AMOUNT_TEXT, "<0.%.*s1", (int)places - 1, zeros_text);
	else if (keep == 0)
		(void)snprintf(out, AMOUNT_TEXT, "%.80s", padded);
	else
		(void)snprintf(out, AMOUNT_TEXT, "%.80s.%s", padded, frac);
}

const char *ether_str(struct turn *t, struct wei a)
{
	char text[AMOUNT_TEXT];

	amount_text(a, 18, 18, text);
	return turn_printf(t, "%s ether", text);
}

static const struct {
	const char *name;
	int64_t ms;
} spans[] = {
	{ "ms", 1 },           { "s", 1000 },          { "sec", 1000 },      { "m", 60000 },
	{ "min", 60000 },      { "h", 3600000 },       { "hour", 3600000 },  { "hours", 3600000 },
	{ "d", 86400000 },     { "day", 86400000 },    { "days", 86400000 }, { "w", 604800000 },
	{ "week", 604800000 }, { "weeks", 604800000 }, { "minute", 60000 },  { "minutes", 60000 },
	{ "second", 1000 },    { "seconds", 1000 },
};

static const int64_t MS_MAX = 100LL * 366 * 86400000;

bool duration_parse(const char *text, int64_t *ms_out)
{
	int64_t total = 0;
	const char *s = text;

	if (!*s)
		return false;
	while (*s) {
		int64_t n = 0;
		size_t digits = strspn(s, "0123456789");

		if (digits == 0 || digits > 13)
			return false;
		for (; digits; digits--, s++)
			n = n * 10 + (*s - '0');
		s += strspn(s, " ");
		size_t len = 0;

		while (isalpha((unsigned char)s[len]))
			len++;
		size_t i = 0, count = sizeof(spans) / sizeof(spans[0]);

		while (i < count &&
		       (strlen(spans[i].name) != len || strncasecmp(s, spans[i].name, len) != 0))
			i++;
		if (i == count || n > MS_MAX / spans[i].ms)
			return false;
		total += n * spans[i].ms;
		if (total > MS_MAX)
			return false;
		s += len;
		s += strspn(s, " ");
	}
	*ms_out = total;
	return true;
}

const char *duration_str(struct turn *t, int64_t ms)
{
	int64_t s = ms / 1000;

	if (ms < 0)
		return turn_printf(t, "-%s", duration_str(t, ms == INT64_MIN ? INT64_MAX : -ms));
	if (ms < 1000)
		return turn_printf(t, "%dms", (int)ms);
	if (s < 60)
		return turn_printf(t, "%ds", (int)s);
	if (s < 3600)
		return turn_printf(t, "%dm%02ds", (int)(s / 60), (int)(s % 60));
	if (s < 86400)
		return turn_printf(t, "%dh%02dm", (int)(s / 3600), (int)(s / 60 % 60));
	return turn_printf(t, "%lldd%02dh", (long long)(s / 86400), (int)(s / 3600 % 24));
}
