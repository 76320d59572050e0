#include "client/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/out.h"
#include "store/base/turn.h"

enum { BAR = 24 };

const char *progress_line(struct turn *t, int64_t done, int64_t total, const char *tail,
			  unsigned width)
{
	char bar[BAR + 1];
	int64_t full = total > 0 ? done * BAR / total : 0;

	full = full < 0 ? 0 : full > BAR ? BAR : full;
	memset(bar, '-', BAR);
	memset(bar, '#', (size_t)full);
	bar[BAR] = 0;
	return clip(t, turn_printf(t, "[%s] %" PRId64 "/%" PRId64 "  %s", bar, done, total, tail),
		    width);
}

void progress_draw(struct turn *t, struct progress *p, int64_t done, int64_t total,
		   const char *tail)
{
	struct winsize ws;
	unsigned width = 80;

	if (!p->on)
		return;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 20)
		width = ws.ws_col;
	(void)fprintf(stderr, "\r\033[K%s", progress_line(t, done, total, tail, width - 1));
	(void)fflush(stderr);
	p->drawn = true;
}

void progress_clear(struct progress *p)
{
	if (p->drawn)
		(void)fputs("\r\033[K", stderr);
	p->drawn = false;
}
