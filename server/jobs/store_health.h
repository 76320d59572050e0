/* server/jobs/store_health.h - how the store is, for GET /health. */
#ifndef SERVER_JOBS_STORE_HEALTH_H
#define SERVER_JOBS_STORE_HEALTH_H

#include "store/store.h"

/* What was seen at the last look. */
struct store_watch {
	uint64_t commits, disk_full;
	bool full;
};

/* What is wrong, static text; NULL: nothing. The disk is full from a commit that it refused until
 * one that it took. Pure. */
const char *store_trouble(struct store_watch *w, const struct store_stats *s);

/* Looks, and tells server/ops/health. */
void store_health(const struct store *s, struct store_watch *w);

#endif
