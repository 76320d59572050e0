#include "client/passphrase.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "client/file.h"
#include "client/stop.h"
#include "store/base/turn.h"

/* One line, read byte by byte: a buffer of stdio would keep it. */
static bool read_line(char out[PASSPHRASE_MAX + 1])
{
	size_t n = 0;
	char c = 0;

	while (n < PASSPHRASE_MAX && stop_wait_input(STDIN_FILENO) &&
	       read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		out[n++] = c;
	out[n] = 0;
	return c == '\n';
}

static enum err ask(struct turn *t, const char *what, char **out)
{
	struct termios shown, hidden;

	*out = turn_alloc(t, PASSPHRASE_MAX + 1);
	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return fail(t, ERR_REFUSED, "the terminal cannot be asked for a passphrase");
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	/* First: what is typed at once is neither shown nor lost. */
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	(void)fprintf(stderr, "%s: ", what);
	(void)fflush(stderr);
	bool whole = read_line(*out);

	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	(void)fputc('\n', stderr);
	return whole ? OK : fail(t, ERR_GONE, "no passphrase was given; nothing was done");
}

/* An empty one may open what others have made; what is made anew has one. */
static enum err of_file(struct turn *t, const char *path, bool made_anew, char **out)
{
	TRY(file_secret_line(t, path, PASSPHRASE_MAX, out));
	return **out || !made_anew ? OK
				   : fail(t, ERR_INVALID,
					  "the first line of %s is empty; nothing was done", path);
}

enum err passphrase_get(struct turn *t, struct cli *c, const char *what, bool twice, char **out)
{
	const char *path = c->args.opt[OPT_PASSPHRASE_FILE];
	char *again;

	if (path)
		return of_file(t, path, twice, out);
	if (!c->tty_in || !c->tty_err)
		return usage(t, c,
			     "nobody can be asked for %s here, as this is no terminal; add "
			     "--passphrase-file FILE",
			     what);
	TRY(ask(t, what, out));
	if (!twice)
		return OK;
	TRY(ask(t, "once more", &again));
	return strcmp(*out, again) == 0
		       ? OK
		       : fail(t, ERR_INVALID, "the two are not the same; nothing was done");
}
