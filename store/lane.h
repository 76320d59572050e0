/* store/lane.h - between the two halves of the lane: lane.c has the queue, the thread and the
 * callers; group.c runs a group of turns and commits it. Inside the room only. */
#ifndef STORE_LANE_H
#define STORE_LANE_H

#include <semaphore.h>
#include <stdatomic.h>

#include "store/store.h"

/* A turn that waits for the lane: on its caller's stack, or in the turn's memory. */
struct job {
	struct turn *t;
	store_fn *fn;
	void *arg;
	lane_done *done; /* NULL: the caller waits on `ready` */
	void *done_arg;
	sem_t ready;
	_Atomic bool answered;
	enum err result;
	bool queued;
	struct job *next, *prev;
};

struct lane;
void lane_init(struct lane *l);
void lane_destroy(struct lane *l);

/* The next job, urgent ones first; NULL: none waits. */
struct job *lane_take(struct store *s);

/* Its result is final. The job may be gone when this returns. */
void lane_answer(struct job *j);

/* Run what waits, as one group, and answer it. */
void group_run(struct store *s);

#endif
