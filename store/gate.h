/* store/gate.h - the checkpoint gate: readers pass it together, the lane alone.
 *
 * SQLite can start its WAL anew only when no reader has a snapshot in it. Two busy readers never
 * leave such a gap by chance, and the WAL grows without bound; so they make one, on request.
 * A waiting lane goes before new readers. Threads: any.
 */
#ifndef STORE_GATE_H
#define STORE_GATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned readers;
	bool wanted, alone;
};

void gate_init(struct gate *g);
void gate_destroy(struct gate *g);

void gate_enter(struct gate *g);
void gate_leave(struct gate *g);

/* False: the readers did not leave within wait_ms. */
bool gate_alone(struct gate *g, int64_t wait_ms);
void gate_open(struct gate *g);

#endif
