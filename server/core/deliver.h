/* server/core/deliver.h - from events to rows of the outbox, and what becomes of each.
 *
 * An event becomes one notice, and one delivery for each channel that wants it, in the commit that
 * moves the cursor on. A channel is served in order, one at a time: while it does not answer,
 * nothing overtakes; what it refuses by itself (400, 413, ...) steps aside and is given up after
 * some tries. Silence, 5xx, 429 hold the whole channel back, longer each time; 410 switches it off.
 * At least once: SENDING is committed before the world hears of it, and sent again after a crash,
 * under the same id.
 */
#ifndef SERVER_CORE_DELIVER_H
#define SERVER_CORE_DELIVER_H

#include "store/base/turn.h"
#include "store/channels.h"
#include "store/events.h"
#include "store/outbox.h"

enum {
	QUEUE_MAX = 10000,         /* of one channel; more are not queued, but kept as DEAD */
	REFUSED_TRIES = 5,         /* of a delivery that the other side refuses */
	FAILING_TRIES = 5,         /* in a row, then the others are told */
	FIRST_RETRY_MS = 1000,     /* doubles */
	LAST_RETRY_MS = 300000,    /* and stays */
	RETRY_AFTER_MAX = 3600000, /* more patience than that is not asked of us */
	STUCK_MS = 120000,         /* SENDING for longer: nobody is at it */
	SLOW_MS = 1500,            /* took longer: it must not hold up the quick ones */
};

/* ---- events in ---- */

/* An event and its data as JSON, made before the lane. */
struct happening {
	struct event event;
	const char *data;
};

/* Where the next look at the events begins. */
enum err deliver_cursor(struct turn *t, int64_t *after_out) MUST_USE;
/* Whether any channel wants it. */
bool deliver_wanted(const struct channel *c, size_t n, const struct event *e);
/* In the lane: those of `h` that are wanted become rows, and the cursor moves from `from` to `to`.
 * Somebody moved it meanwhile: nothing is done. */
enum err deliver_expand(struct turn *t, const struct happening *h, size_t n, int64_t from,
			int64_t to) MUST_USE;

/* ---- deliveries out ---- */

/* Who serves a channel, so that nobody waits for the slow: each is a job of its own. */
enum server_lane { LANE_QUICK, LANE_SLOW, LANE_MAIL, LANE_COMMAND };
enum server_lane deliver_lane(const struct channel *c);

struct parcel {
	struct delivery d;
	struct channel c;
};

/* Whether the lane has anything to do. */
enum err deliver_due(struct turn *t, enum server_lane lane, bool *out) MUST_USE;
/* In the lane: for each channel of the lane that may be served, its next delivery, now SENDING. */
enum err deliver_take(struct turn *t, enum server_lane lane, struct parcel *out, size_t max,
		      size_t *n_out) MUST_USE;

enum answer_kind {
	ANSWER_OK,
	ANSWER_AWAY,    /* no answer, or one that says nothing of this delivery: 5xx, 404, 3xx */
	ANSWER_REFUSED, /* this delivery is not wanted: 400, 413, 422 ... */
	ANSWER_GONE,    /* 410: never again */
};

struct delivery_answer {
	enum answer_kind kind;
	int status;             /* 0: none */
	int64_t retry_after_ms; /* -1: not said */
	int64_t took_ms;
	const char *said; /* one line */
};

/* What an HTTP status means; 2xx is OK. */
enum answer_kind deliver_status(int status);

/* In the lane. */
enum err deliver_heard(struct turn *t, const struct parcel *p,
		       const struct delivery_answer *a) MUST_USE;

/* The wait after the n-th failure (1 is the first): doubles from FIRST_RETRY_MS to LAST_RETRY_MS,
 * and up to a quarter more by chance, so that many do not come back at once. */
int64_t deliver_backoff(struct turn *t, int64_t failures);

/* ---- upkeep ---- */

/* In the lane. Gives up what waits for too long, or for a removed channel; prunes what ended 7 days
 * ago. At most `limit` of each. */
enum err deliver_sweep(struct turn *t, size_t limit, bool *more_out) MUST_USE;

struct replay_ask {
	const int64_t *ids; /* of deliveries; n_ids > 0: these and no others */
	size_t n_ids;
	int64_t channel;        /* 0: any */
	int64_t from_ms, to_ms; /* of the event; 0: open */
	const char *events;     /* patterns, lines; "": all */
	bool sent;              /* those that were SENT too */
};
enum { REPLAY_MAX = 1000 };
/* In the lane. ERR_INVALID: it names nothing. */
enum err deliver_replay(struct turn *t, const struct replay_ask *ask, int64_t *n_out,
			bool *more_out) MUST_USE;

/* One line about a channel that fails, NULL: none does; and whether all of them do, so that nobody
 * would hear of anything. */
enum err deliver_trouble(struct turn *t, const char **out, bool *all_fail_out) MUST_USE;

#endif
