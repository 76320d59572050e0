/* client/ask.h - a question to a person at the terminal, a line each. */
#ifndef CLIENT_ASK_H
#define CLIENT_ASK_H

#include "client/cli.h"

enum { ANSWER_MAX = 8192 };

/* `why` is said above the question; an empty answer is `usual`, which may be "". On stderr, so that
 * the result stays alone on stdout. ERR_GONE: Ctrl-C, or the end of the input. */
enum err ask_line(struct turn *t, const char *why, const char *question, const char *usual,
		  char **out) MUST_USE;

/* What went wrong, before it is asked again. */
void ask_again(struct turn *t);

#endif
