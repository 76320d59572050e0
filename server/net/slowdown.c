#include "server/net/slowdown.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int64_t slowdown_wait_ms(const char *text)
{
	static const char *const lead[] = { "retry in ", "again in ", "retry after " };

	for (size_t i = 0; i < sizeof(lead) / sizeof(lead[0]); i++) {
		const char *p = strcasestr(text, lead[i]);
		char *end;

		if (!p)
			continue;
		p += strlen(lead[i]);
		double v = strtod(p, &end);

		if (end == p || !(v > 0))
			continue;
		while (*end == ' ')
			end++;
		if (strncasecmp(end, "ms", 2) != 0 && strncasecmp(end, "milli", 5) != 0)
			v *= 1000;
		return v < SLOWDOWN_MAX_MS ? (int64_t)v + 1 : SLOWDOWN_MAX_MS;
	}
	return 0;
}

bool slowdown_text(const char *text)
{
	static const char *const words[] = { "rate limit", "too many requests",
					     "rabbit hole is full", "over network traffic",
					     "compute unit limit" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(text, words[i]))
			return true;
	return false;
}

bool slowdown_error(int64_t code, const char *message)
{
	if (code == 3 || strncasecmp(message, "execution reverted", 18) == 0)
		return false;
	return code == -32005 || code == -32021 || code == -32022 || code == 429 ||
	       slowdown_text(message);
}
