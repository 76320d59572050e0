#include "server/passphrase.h"

#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "server/eth/keyring.h"
#include "server/secret_file.h"
#include "store/base/turn.h"

enum err passphrase_of(struct turn *t, const char *path, const char *what, char **out)
{
	struct termios shown, hidden;
	size_t n = 0;
	char c = 0;

	if (path)
		return secret_file_line(t, path, KEYRING_PASSPHRASE_MAX, out);
	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &shown) != 0)
		return fail(t, ERR_REFUSED,
			    "nobody can be asked for %s here: add --passphrase-file FILE", what);
	*out = turn_alloc(t, KEYRING_PASSPHRASE_MAX + 1);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	(void)fprintf(stderr, "%s: ", what);
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	while (n < KEYRING_PASSPHRASE_MAX && read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
		(*out)[n++] = c;
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	(void)fputc('\n', stderr);
	return n > 0 ? OK : fail(t, ERR_REFUSED, "no passphrase was given");
}
