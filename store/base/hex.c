#include "store/base/hex.h"

#include <string.h>

#include "store/base/turn.h"

void hex_put(const uint8_t *p, size_t n, char *out)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digit[p[i] >> 4];
		*out++ = digit[p[i] & 15];
	}
	*out = 0;
}

const char *hex_of(struct turn *t, const void *p, size_t n)
{
	char *s = turn_alloc(t, 2 * n + 3);

	s[0] = '0';
	s[1] = 'x';
	hex_put(p, n, s + 2);
	return s;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static const char *skip_prefix(const char *s)
{
	return s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? s + 2 : s;
}

bool hex_get_any(const char *text, uint8_t *out, size_t max, size_t *n_out)
{
	const char *s = skip_prefix(text);
	size_t len = strlen(s);

	if (len % 2 || len / 2 > max)
		return false;
	for (size_t i = 0; i < len / 2; i++) {
		int hi = nibble(s[2 * i]), lo = nibble(s[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return false;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	*n_out = len / 2;
	return true;
}

bool hex_get(const char *text, uint8_t *out, size_t n)
{
	size_t got;

	return strlen(skip_prefix(text)) == 2 * n && hex_get_any(text, out, n, &got);
}

bool hex_quantity_wei(const char *text, struct wei *out)
{
	if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X') || !text[2])
		return false;
	const char *s = text + 2;

	while (*s == '0' && s[1])
		s++;
	size_t len = strlen(s);

	if (len > 64)
		return false;
	*out = (struct wei){ 0 };
	for (size_t i = 0; i < len; i++) {
		int v = nibble(s[len - 1 - i]);

		if (v < 0)
			return false;
		out->be[31 - i / 2] |= (uint8_t)(i % 2 ? v << 4 : v);
	}
	return true;
}

bool hex_quantity_u64(const char *text, uint64_t *out)
{
	struct wei w;

	if (!hex_quantity_wei(text, &w))
		return false;
	uint64_t v = 0;

	for (int i = 0; i < 24; i++)
		if (w.be[i])
			return false;
	for (int i = 24; i < 32; i++)
		v = v << 8 | w.be[i];
	*out = v;
	return true;
}
