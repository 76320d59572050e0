/* Whole numbers that jansson has no room for: it keeps what fits into 64 bits with a sign, and
 * refuses the whole text for the rest. */
#include <string.h>

#include "proto/json_scalar.h"

enum { FITS = 18 }; /* digits that always fit */

static const char quote[] = "\"\\u0000";

/* The characters of a number; what else they might spell is refused later. */
static size_t number_at(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && p[n] && strchr("0123456789+-.eE", p[n]))
		n++;
	return n;
}

static bool may_not_fit(const char *p, size_t n)
{
	size_t minus = *p == '-';

	for (size_t i = minus; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return n - minus > FITS && p[minus] != '0';
}

/* Past the string that begins at p, its escapes left alone. */
static const char *string_end(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		p += *p == '\\';
	return p < end ? p + 1 : end;
}

static char *add(char *out, const char *p, size_t n)
{
	memcpy(out, p, n);
	return out + n;
}

char *json_quote_big(struct json_in *in, const char *text, size_t n, size_t *n_out)
{
	/* At its most each number of 19 digits gets the eight characters around it. */
	char *made = json_take(in, n / (FITS + 1) * sizeof(quote) + n), *out = made;
	const char *end = text + n;

	if (!made)
		return NULL;
	for (const char *p = text; p < end;) {
		size_t len = *p == '"' ? (size_t)(string_end(p, end) - p) : number_at(p, end);
		bool big = *p != '"' && len > 0 && may_not_fit(p, len);

		len += len == 0;
		if (big)
			out = add(out, quote, sizeof(quote) - 1);
		out = add(out, p, len);
		if (big)
			*out++ = '"';
		p += len;
	}
	*n_out = (size_t)(out - made);
	return made;
}

const char *json_digits(const json_t *j)
{
	const char *s = json_string_value(j);

	return s && json_string_length(j) > 0 && *s == 0 ? s + 1 : NULL;
}

const char *json_text(const json_t *j)
{
	const char *s = json_string_value(j);

	return s && strlen(s) == json_string_length(j) ? s : NULL;
}
