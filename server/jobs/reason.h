/* server/jobs/reason.h - why a transaction failed on the chain: asked of the chain, for people. */
#ifndef SERVER_JOBS_REASON_H
#define SERVER_JOBS_REASON_H

#include "server/core/journal.h"
#include "server/net/el.h"

/* Fills s[i].reason of those that failed and are about to be final. Whoever does not answer leaves
 * it NULL: a receipt never waits for its reason. In the turn's memory. */
void reasons_find(struct turn *t, struct el *el, struct sighting *s, size_t n);

#endif
