/* client/progress.h - one line on stderr that is drawn over itself while work goes on. Draws
 * nothing when stderr is not a terminal. */
#ifndef CLIENT_PROGRESS_H
#define CLIENT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct turn;

struct progress {
	bool on;
	bool drawn;
};

/* "[#####-----] 5/10  TAIL", cut to the terminal's width. */
void progress_draw(struct turn *t, struct progress *p, int64_t done, int64_t total,
		   const char *tail);
/* Takes the line away, so that other text may follow. */
void progress_clear(struct progress *p);

/* The line itself, at most `width` characters. */
const char *progress_line(struct turn *t, int64_t done, int64_t total, const char *tail,
			  unsigned width);

#endif
