/* server/net/endpoint_pool.h - the inside of the pool: for endpoints.c and endpoint_health.c. */
#ifndef SERVER_NET_ENDPOINT_POOL_H
#define SERVER_NET_ENDPOINT_POOL_H

#include <pthread.h>

#include "server/net/endpoints.h"

enum { SAID_MAX = 240 };

/* Times are clock_mono_ms. */
struct one {
	unsigned id; /* 0: none */
	char name[ENDPOINT_NAME_MAX + 1];
	char url[ENDPOINT_URL_MAX + 1];
	size_t batch, batch_now;
	enum endpoint_state state;
	bool checked; /* chain id and genesis, since it was last away */
	int64_t checked_at, wait_until, backoff_ms;
	bool was_good;
	int64_t good_since;
	int64_t latency_us, last_ok_wall_ms;
	double errors;
	uint64_t asked, failed;
	bool head_known;
	uint64_t head;             /* told last, */
	int64_t told_ms, moved_ms; /* moved: it was higher than before */
	bool lags;                 /* behind the pack, and not back yet */
	const char *sync_method;   /* static; NULL: it has none, or nobody asked yet */
	bool sync_timed;
	int64_t sync_probe_at, sync_rest_until;
	char said[SAID_MAX];
};

struct endpoints {
	pthread_mutex_t lock;
	struct endpoints_options o;
	struct one list[ENDPOINTS_MAX];
	size_t n;
	unsigned last_id;
	unsigned preferred; /* by endpoints_use; 0: the configured order */
	unsigned current;
	uint64_t mark;   /* the highest head that was told, by one that is to be believed, */
	int64_t mark_ms; /* and when somebody told as much last */
};

void pool_lock(struct endpoints *p);
void pool_unlock(struct endpoints *p);

/* Below: with the lock held. */

struct one *pool_find(struct endpoints *p, unsigned id); /* NULL: not there any more */
uint64_t pool_behind(const struct endpoints *p, const struct one *e, int64_t now);
/* Right, answering, mostly without errors, not far behind. */
bool pool_good(const struct one *e);
void pool_note_good(struct one *e, int64_t now);

#endif
