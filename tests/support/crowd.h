/* tests/support/crowd.h - many turns that wait for the lane at once, so that a test decides what
 * is in a group: hold the lane, submit, release, wait. Needs a lane thread. */
#ifndef TESTS_SUPPORT_CROWD_H
#define TESTS_SUPPORT_CROWD_H

#include <semaphore.h>

#include "store/store.h"

struct crowd {
	int n, sent;
	struct turn *turns; /* begun by crowd_open; set flags before submitting */
	struct arena **mem;
	enum err *results;
	sem_t held, go, answered;
	struct turn holder;
	struct arena *holder_mem;
	struct crowd_ticket {
		struct crowd *crowd;
		int i;
	} * tickets;
};

void crowd_open(struct crowd *c, struct store *s, int n);
void crowd_close(struct crowd *c);

/* Returns when the lane is busy with a turn that ends at crowd_release: what is submitted in
 * between waits. `arg` of a submitted turn is passed on as it is. */
void crowd_hold(struct crowd *c);
void crowd_release(struct crowd *c);

void crowd_submit(struct crowd *c, int i, store_fn *fn, const void *arg);
void crowd_wait(struct crowd *c); /* for all that were submitted */

/* A store_fn: one event of TOPIC_WALLET. */
enum err crowd_add_event(struct turn *t, void *arg);

#endif
