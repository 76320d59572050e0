/* server/jobs/count.h - what the jobs count for GET /metrics. What a turn did is counted after its
 * COMMIT, a round of questions when it ends. Threads: any. */
#ifndef SERVER_JOBS_COUNT_H
#define SERVER_JOBS_COUNT_H

#include "server/core/deliver.h"
#include "server/core/engine.h"
#include "server/core/journal.h"
#include "server/net/endpoints.h"

/* Every counter of the jobs is there from now on, at 0 unless it counted: rate() sees the first. */
void count_open(const char *const *endpoint_names, size_t n);

/* For endpoints_options.heard. A round that is not fine is its endpoint's fault. */
endpoint_listener count_round;

void count_answers(const struct answer *a, size_t n);
void count_contradictions(size_t n);
void count_sightings(const struct sighting *s, size_t n);
void count_delivery(const struct parcel *p, const struct delivery_answer *a);
void count_engine(const struct engine_end *ends, size_t n);

#endif
