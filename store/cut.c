#include "store/cut.h"

#include <string.h>

#include "store/base/turn.h"

const char *cut(struct turn *t, const char *s, size_t max)
{
	if (!s)
		return "";
	size_t n = strnlen(s, max + 1);

	if (n <= max)
		return s;
	n = max;
	/* A byte 10xxxxxx goes on a character that began before. */
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	char *copy = turn_alloc(t, n + 1);

	memcpy(copy, s, n);
	return copy;
}
