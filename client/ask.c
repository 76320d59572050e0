#include "client/ask.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/out.h"
#include "client/stop.h"
#include "store/base/turn.h"

/* Byte by byte: what follows the line is for the next question, or a passphrase. */
static bool read_line(char *out)
{
	size_t n = 0;
	char c = 0;

	while (n < ANSWER_MAX && stop_wait_input(STDIN_FILENO) && read(STDIN_FILENO, &c, 1) == 1 &&
	       c != '\n')
		out[n++] = c;
	while (n > 0 && (out[n - 1] == ' ' || out[n - 1] == '\t' || out[n - 1] == '\r'))
		n--;
	out[n] = 0;
	return c == '\n';
}

enum err ask_line(struct turn *t, const char *why, const char *question, const char *usual,
		  char **out)
{
	char *said = turn_alloc(t, ANSWER_MAX + 1);

	(void)fflush(stdout);
	(void)fprintf(stderr, "\n%s\n%s%s%s%s: ", why, question, *usual ? " [" : "", usual,
		      *usual ? "]" : "");
	(void)fflush(stderr);
	if (!read_line(said))
		return fail(t, ERR_GONE, "no answer was given; nothing was made");
	said += strspn(said, " \t");
	*out = *said ? said : turn_strdup(t, usual);
	return OK;
}

void ask_again(struct turn *t)
{
	(void)fprintf(stderr, "  that does not do: %s\n", clean(t, t->why));
	t->why[0] = 0;
	t->reason = REASON_NONE;
}
