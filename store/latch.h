/* store/latch.h - pause.latch: a pause that a full disk could not take as a row.
 *
 * A small file, preallocated: two slots that are overwritten in turn, each with a number and a
 * checksum, so that a torn write leaves the other one. The valid slot with the highest number
 * counts. Overwriting in place needs no new block.
 */
#ifndef STORE_LATCH_H
#define STORE_LATCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/base/turn.h"

struct latch_note {
	int kind; /* enum pause_kind; 0: no pause is noted */
	int64_t at_ms;
	char actor[64], reason[512];
};

struct latch {
	pthread_mutex_t lock; /* the lane writes, any thread reads */
	int fd;               /* -1: not open */
	uint64_t number;
	struct latch_note note;
};

void latch_init(struct latch *l);

/* Opens the file in `folder`, makes it if it is not there. l->note is what it holds. */
enum err latch_open(struct turn *t, const char *folder, struct latch *l) MUST_USE;
void latch_close(struct latch *l);

/* False: it holds no pause. Any thread. */
bool latch_read(struct latch *l, struct latch_note *out);

/* Durable when it returns true. A note of kind 0 clears it. */
bool latch_write(struct latch *l, const struct latch_note *note);

#endif
