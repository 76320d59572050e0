/* server/core/performance.h - what validators did over days, and what downtime costs by the promise
 * to the stakers (policy: sla_*). Slashing is the protocol's and is told apart. */
#ifndef SERVER_CORE_PERFORMANCE_H
#define SERVER_CORE_PERFORMANCE_H

#include "store/beacon.h"
#include "store/validators.h"

enum { PERFORMANCE_DAYS = 400, DOWNTIMES_MOST = 5000 };

struct downtime {
	int64_t count, total_ms, longest_ms;
	int64_t over_block, over_five_minutes, over_sla;
	int64_t penalty_bps;
};

struct performance {
	int64_t from_ms, to_ms;
	struct duty_sum sum;
	int64_t blocks_proposed, blocks_missed;
	struct downtime down;
};

/* Pure: what one downtime costs; for each full sla_down_ms the same again. */
int64_t sla_penalty(int64_t down_ms, int64_t sla_down_ms, int64_t bps);
/* Pure. Clipped to [from_ms, to_ms); penalties of a validator are bounded by most_bps, then summed.
 * The spells are by time, of any validators; now_ms ends those that last. */
void downtime_sum(const struct spell *s, size_t n, int64_t from_ms, int64_t to_ms, int64_t slot_ms,
		  int64_t sla_down_ms, int64_t bps, int64_t most_bps, struct downtime *out);

/* Whole UTC days, [from_ms, to_ms). validator 0: all. */
enum err performance_of(struct turn *t, int64_t validator, int64_t from_ms, int64_t to_ms,
			struct performance *out) MUST_USE;

#endif
