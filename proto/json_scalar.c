/* Single values from JSON: numbers, text, bytes, enums; and how anything is refused. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/json_scalar.h"

bool json_refuse(struct json_in *in, const char *fmt, ...)
{
	/* Of a long path the end says most; the reason must have room beside it. */
	size_t skip = in->n_path > in->why_size / 2 ? in->n_path - in->why_size / 2 : 0;
	va_list ap;
	int n = in->n_path == 0 ? 0
				: snprintf(in->why, in->why_size, "%s%s: ", skip ? "..." : "",
					   in->path + skip);

	if (n < 0 || (size_t)n >= in->why_size)
		n = 0;
	va_start(ap, fmt);
	(void)vsnprintf(in->why + n, in->why_size - (size_t)n, fmt, ap);
	va_end(ap);
	/* Names of members come from outside. */
	for (char *p = in->why; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	return false;
}

void *json_take(struct json_in *in, size_t size)
{
	void *p = in->a->alloc(in->a->allocator_data, size ? size : 1);

	if (p)
		memset(p, 0, size);
	else
		(void)json_refuse(in, "it needs more memory than it may have");
	return p;
}

static const char *kind_of(const json_t *j)
{
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return json_digits(j) ? "a number" : json_text(j) ? "a string" : "text with a NUL";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	case JSON_NULL:
		return "null";
	}
	return "something else";
}

bool json_wanted(struct json_in *in, const char *what, const json_t *j)
{
	return json_refuse(in, "it must be %s and is %s", what, kind_of(j));
}

/* A whole number in a string: an optional minus and digits. */
static bool text_whole(const char *s, bool *minus, uint64_t *out)
{
	char *end;

	*minus = *s == '-';
	s += *minus;
	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	*out = strtoull(s, &end, 10);
	return errno == 0 && *end == 0;
}

static bool real_whole(double v, bool *minus, uint64_t *out)
{
	*minus = v < 0;
	if (nearbyint(v) != v || fabs(v) >= 18446744073709551616.0)
		return false;
	*out = (uint64_t)fabs(v);
	return true;
}

/* A number, or a string that holds one, between the two bounds. 1.0 and 1e3 are whole too. */
static bool read_whole(struct json_in *in, const json_t *j, int64_t least, uint64_t most,
		       uint64_t *out)
{
	const char *text = json_digits(j) ? json_digits(j) : json_text(j);
	bool minus = false, is = false;
	uint64_t v = 0;

	if (json_is_integer(j)) {
		json_int_t i = json_integer_value(j);

		minus = i < 0;
		v = minus ? 0 - (uint64_t)i : (uint64_t)i;
		is = true;
	} else if (json_is_real(j)) {
		is = real_whole(json_real_value(j), &minus, &v);
	} else if (text) {
		is = text_whole(text, &minus, &v);
	}
	if (!is)
		return text || json_is_real(j) ? json_refuse(in, "it is not a whole number")
					       : json_wanted(in, "a whole number", j);
	if (minus ? v > 0 - (uint64_t)least : v > most)
		return json_refuse(in, "it must be between %" PRId64 " and %" PRIu64, least, most);
	*out = minus ? 0 - v : v;
	return true;
}

static bool read_real(struct json_in *in, const json_t *j, bool is_float, double *out)
{
	const char *s = json_digits(j) ? json_digits(j) : json_text(j);
	char *end = NULL;

	if (json_is_number(j)) {
		*out = json_number_value(j);
	} else if (!s) {
		return json_wanted(in, "a number", j);
	} else if (strcmp(s, "NaN") == 0 || strcmp(s, "Infinity") == 0 ||
		   strcmp(s, "-Infinity") == 0) {
		*out = strtod(s, NULL);
		return true;
	} else {
		if (strspn(s, "+-.0123456789eE") == strlen(s))
			*out = strtod(s, &end);
		if (!end || end == s || *end)
			return json_refuse(in, "it is not a number");
	}
	if (!isfinite(*out) || (is_float && fabs(*out) > 3.4028235677973366e38))
		return json_refuse(in, "it is too large a number");
	return true;
}

/* Both alphabets of RFC 4648; the padding may be left out. */
static bool read_bytes(struct json_in *in, const json_t *j, ProtobufCBinaryData *out)
{
	static const char digit[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";
	const char *s = json_text(j);
	size_t n = json_string_length(j), len = 0;
	uint32_t bits = 0, n_bits = 0;

	if (!s)
		return json_wanted(in, "base64 in a string", j);
	size_t padded = n;

	while (n > 0 && padded - n < 2 && s[n - 1] == '=')
		n--;
	if (n % 4 == 1 || (padded != n && padded % 4 != 0))
		return json_refuse(in, "it is not base64");
	uint8_t *p = json_take(in, n * 3 / 4);

	if (!p)
		return false;
	out->data = p;
	for (size_t i = 0; i < n; i++) {
		const char *at = s[i] ? strchr(digit, s[i]) : NULL;

		if (!at)
			return json_refuse(in, "it is not base64");
		uint32_t v = (uint32_t)(at - digit);

		bits = bits << 6 | (v < 64 ? v : v - 2);
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			p[len++] = (uint8_t)(bits >> n_bits);
		}
	}
	out->len = len;
	return true;
}

static bool read_text(struct json_in *in, const char *s, size_t n, char **out)
{
	char *p = json_take(in, n + 1);

	if (!p)
		return false;
	memcpy(p, s, n);
	*out = p;
	return true;
}

static bool read_enum(struct json_in *in, const json_t *j, const ProtobufCEnumDescriptor *e,
		      int *out)
{
	const char *s = json_text(j);
	const ProtobufCEnumValue *v = s ? protobuf_c_enum_descriptor_get_value_by_name(e, s) : NULL;
	uint64_t whole;

	if (v) {
		*out = v->value;
		return true;
	}
	if (s)
		return json_refuse(in, "'%.60s' is not a value of %s", s, e->name);
	if (!read_whole(in, j, INT32_MIN, INT32_MAX, &whole))
		return false;
	*out = (int)(int64_t)whole;
	return true;
}

bool json_scalar(struct json_in *in, const json_t *j, const ProtobufCFieldDescriptor *f, void *p)
{
	uint64_t whole = 0;
	double real = 0;
	bool ok;

	switch (f->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		ok = read_whole(in, j, INT32_MIN, INT32_MAX, &whole);
		*(int32_t *)p = (int32_t)(int64_t)whole;
		return ok;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		ok = read_whole(in, j, 0, UINT32_MAX, &whole);
		*(uint32_t *)p = (uint32_t)whole;
		return ok;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		ok = read_whole(in, j, INT64_MIN, INT64_MAX, &whole);
		*(int64_t *)p = (int64_t)whole;
		return ok;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return read_whole(in, j, 0, UINT64_MAX, p);
	case PROTOBUF_C_TYPE_FLOAT:
		ok = read_real(in, j, true, &real);
		*(float *)p = (float)real;
		return ok;
	case PROTOBUF_C_TYPE_DOUBLE:
		return read_real(in, j, false, p);
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)p = json_is_true(j);
		return json_is_boolean(j) || json_wanted(in, "true or false", j);
	case PROTOBUF_C_TYPE_ENUM:
		return read_enum(in, j, f->descriptor, p);
	case PROTOBUF_C_TYPE_STRING:
		if (!json_text(j))
			return json_wanted(in, "a string", j);
		return read_text(in, json_string_value(j), json_string_length(j), p);
	case PROTOBUF_C_TYPE_BYTES:
		return read_bytes(in, j, p);
	case PROTOBUF_C_TYPE_MESSAGE:
		break;
	}
	return false;
}
