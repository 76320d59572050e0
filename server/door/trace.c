#include "server/door/trace.h"

#include <string.h>

enum { VERSION = 0, TRACE_ID = 3, PARENT_ID = 36, FLAGS = 53 };

/* n lower case hex digits. */
static bool is_hex(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(s[i] >= '0' && s[i] <= '9') && !(s[i] >= 'a' && s[i] <= 'f'))
			return false;
	return true;
}

static bool is_zero(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] != '0')
			return false;
	return true;
}

const char *trace_read(struct turn *t, struct bytes header)
{
	const char *s = (const char *)header.p;

	if (header.n < TRACE_TEXT || s[2] != '-' || s[35] != '-' || s[52] != '-')
		return NULL;
	if (!is_hex(s + VERSION, 2) || !is_hex(s + TRACE_ID, 32) || !is_hex(s + PARENT_ID, 16) ||
	    !is_hex(s + FLAGS, 2))
		return NULL;
	/* ff is no version; 00 ends here; a later one may go on after a dash. */
	if (memcmp(s, "ff", 2) == 0 || (memcmp(s, "00", 2) == 0 && header.n != TRACE_TEXT) ||
	    (header.n > TRACE_TEXT && s[TRACE_TEXT] != '-'))
		return NULL;
	if (is_zero(s + TRACE_ID, 32) || is_zero(s + PARENT_ID, 16))
		return NULL;
	return turn_printf(t, "00%.*s", TRACE_TEXT - 2, s + 2);
}
