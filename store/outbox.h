/* store/outbox.h - what is to be said to channels, and what became of it.
 *
 * Tables: notices (a thing to say), deliveries (one row a notice and channel). A notice of an event
 * or a page is taken up once, by UNIQUE (source, ref); a delivery is there once, by UNIQUE
 * (notice, channel). SENDING is written before the world hears of it. Ended rows are kept 7 days.
 * What changes something is for the lane.
 */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include "store/base/turn.h"

/* On disk as these numbers. Never renumber. */
enum notice_source { NOTICE_EVENT = 1, NOTICE_TEST = 2, NOTICE_PAGE = 3 };
/* These are the contract's too. */
enum severity {
	SEVERITY_INFO = 1,
	SEVERITY_WARNING = 2,
	SEVERITY_ERROR = 3,
	SEVERITY_CRITICAL = 4
};
enum delivery_state {
	DELIVERY_QUEUED = 1,
	DELIVERY_SENDING = 2,
	DELIVERY_SENT = 3,
	DELIVERY_RETRYING = 4,
	DELIVERY_DEAD = 5,
};

enum { NOTICE_DATA_MAX = 65536, NOTICE_UID_MAX = 64 };

struct notice {
	int64_t id;
	const char *uid; /* "msg_..."; made by notice_add when NULL */
	enum notice_source source;
	int64_t ref;      /* the event's or page's id; 0: none */
	const char *kind; /* "operation.done" */
	const char *subject;
	enum severity severity;
	int64_t at_ms; /* when it happened */
	const char *text, *actor;
	const char *data; /* JSON */
};

struct delivery {
	int64_t id, notice, channel;
	enum delivery_state state;
	int64_t attempts, replays, queued_ms, next_ms, last_ms, end_ms, took_ms;
	int64_t status; /* of the last answer; 0: none */
	const char *said;
	const char *channel_name; /* read along */
	struct notice what;       /* read along; data only by delivery_get and delivery_due */
};

/* Sets id and uid. ERR_EXISTS (without a word): taken up before; id and uid are then its own. */
enum err notice_add(struct turn *t, struct notice *n) MUST_USE;
/* Sets id. ERR_EXISTS (without a word): it is there. */
enum err delivery_add(struct turn *t, struct delivery *d) MUST_USE;
/* Everything but notice and channel. */
enum err delivery_save(struct turn *t, const struct delivery *d) MUST_USE;
/* ERR_MISSING names it. */
enum err delivery_get(struct turn *t, int64_t id, struct delivery *out) MUST_USE;

/* The oldest of the channel that is due at now_ms; ERR_MISSING (without a word): none. */
enum err delivery_due(struct turn *t, int64_t channel, struct delivery *out) MUST_USE;
/* Whether one of the channel is SENDING. */
enum err delivery_sending(struct turn *t, int64_t channel, bool *out) MUST_USE;
/* Those that wait (QUEUED, SENDING, RETRYING), counted up to `most`. */
enum err delivery_waiting(struct turn *t, int64_t channel, int64_t most, int64_t *out) MUST_USE;

struct delivery_filter {
	int64_t channel; /* 0: any */
	unsigned states; /* bits 1 << enum delivery_state; 0: any */
	int64_t after;   /* > 0: after this id, the oldest first */
	int64_t before;  /* > 0: before this id, the newest first (the usual order) */
};
enum err delivery_list(struct turn *t, const struct delivery_filter *f, size_t limit,
		       struct delivery **out, size_t *n_out) MUST_USE;

/* Those that ended (SENT too, if `sent`) after id `after`, by id, of events within [from, to]:
 * what replaying looks at. channel 0: any. */
enum err delivery_ended(struct turn *t, int64_t channel, bool sent, int64_t from_ms, int64_t to_ms,
			int64_t after, size_t limit, struct delivery **out, size_t *n_out) MUST_USE;
/* Those that wait since before `queued_before`, or for a channel that is removed; by id. */
enum err delivery_old(struct turn *t, int64_t queued_before, size_t limit, struct delivery **out,
		      size_t *n_out) MUST_USE;

/* Every SENDING row becomes RETRYING and due: for the start, when nothing can be under way. */
enum err delivery_recover(struct turn *t) MUST_USE;
/* The same for those whose attempt began before `last_before`: nobody is at it any more. */
enum err delivery_unstick(struct turn *t, int64_t last_before) MUST_USE;
/* Forgets at most `limit` that ended before, and notices nobody has a row of. */
enum err outbox_prune(struct turn *t, int64_t ended_before, size_t limit, size_t *n_out) MUST_USE;

#endif
