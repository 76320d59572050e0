/* server/jobs/sighting.h - what a receipt says of an attempt, whoever asked for it. */
#ifndef SERVER_JOBS_SIGHTING_H
#define SERVER_JOBS_SIGHTING_H

#include "server/core/journal.h"
#include "server/net/el.h"

struct sighting sighting_of(const struct attempt *a, const struct el_receipt *r);

#endif
