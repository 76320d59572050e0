#include "server/eth/nfkd.h"

#include <stdlib.h>
#include <string.h>
#include <uninorm.h>
#include <unistr.h>

#include "store/base/turn.h"

/* The most that a character grows by, in bytes (UAX #15: 11 times for NFKD in UTF-8). */
enum { GROWS = 12 };

static enum err normal(struct turn *t, uninorm_t form, const char *text, const char **out)
{
	size_t n = strlen(text), room = n * GROWS + 1;

	if (u8_check((const uint8_t *)text, n))
		return fail(t, ERR_INVALID, "passphrase: it is not UTF-8");
	uint8_t *to = turn_alloc(t, room);
	size_t got = room - 1;
	uint8_t *made = u8_normalize(form, (const uint8_t *)text, n, to, &got);

	if (made != to) {
		/* Not into our memory: too long for what Unicode promises. */
		if (made)
			wipe(made, got);
		free(made);
		return fail(t, ERR_INVALID, "passphrase: it cannot be normalised");
	}
	to[got] = 0;
	*out = (const char *)to;
	return OK;
}

enum err text_nfkd(struct turn *t, const char *text, const char **out)
{
	return normal(t, UNINORM_NFKD, text, out);
}

enum err text_nfkc(struct turn *t, const char *text, const char **out)
{
	return normal(t, UNINORM_NFKC, text, out);
}
