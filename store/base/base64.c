#include "store/base/base64.h"

#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_put(const uint8_t *p, size_t n, char *out)
{
	for (; n > 0; p += n < 3 ? n : 3, n -= n < 3 ? n : 3) {
		uint32_t v = (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0) |
			     (n > 2 ? p[2] : 0);

		*out++ = letters[v >> 18];
		*out++ = letters[v >> 12 & 63];
		*out++ = n > 1 ? letters[v >> 6 & 63] : '=';
		*out++ = n > 2 ? letters[v & 63] : '=';
	}
	*out = 0;
}

bool base64_get(const char *text, uint8_t *out, size_t max, size_t *n_out)
{
	size_t len = strlen(text), pad = 0;
	uint32_t v = 0;
	unsigned bits = 0;

	while (pad < 2 && len > 0 && text[len - 1] == '=') {
		len--;
		pad++;
	}
	*n_out = 0;
	if (len % 4 == 1 || (pad > 0 && (len + pad) % 4 != 0))
		return false;
	for (size_t i = 0; i < len; i++) {
		const char *at = memchr(letters, text[i], 64);

		if (!at)
			return false;
		v = v << 6 | (uint32_t)(at - letters);
		bits += 6;
		if (bits < 8)
			continue;
		if (*n_out == max)
			return false;
		bits -= 8;
		out[(*n_out)++] = (uint8_t)(v >> bits);
		v &= (1u << bits) - 1;
	}
	return v == 0;
}
