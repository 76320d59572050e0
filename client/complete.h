/* client/complete.h - what may come next on a command line: for the shells' completion.
 *
 * The shells' scripts (cmd_completion.c) know nothing; they ask the program itself, so that what
 * is offered is what its own tables say. Names of wallets and operations are asked of the server,
 * within a second, and left out when it does not answer.
 */
#ifndef CLIENT_COMPLETE_H
#define CLIENT_COMPLETE_H

#include <stdio.h>

#include "client/cli.h"

/* `words` is what stands on the line after the program's name, the last of them (n > 0) being
 * written. A line for each word that it may become: the word, a tab, what it is. ":files" alone:
 * a file's name. */
enum err complete(struct turn *t, struct cli *c, const char *const *words, size_t n,
		  FILE *f) MUST_USE;

#endif
