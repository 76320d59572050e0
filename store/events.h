/* store/events.h - what happened, for those who watch: one growing table, read by cursor.
 *
 * Table: events; kept 7 days or 1,000,000 rows. Written in the same commit as the change.
 */
#ifndef STORE_EVENTS_H
#define STORE_EVENTS_H

#include "store/base/turn.h"
#include "store/store.h"

struct event {
	int64_t id;
	int64_t at_ms;
	unsigned topic;      /* one bit of enum topic */
	const char *subject; /* "operations/12", "wallets/wallet-001", "fleet" */
	const char *kind;    /* "paused", "step.done", "breaker.tripped" */
	const char *text;    /* one line for a person */
	const char *actor;
};

/* In the lane. Touches the topic as well. */
enum err event_add(struct turn *t, enum topic topic, const char *subject, const char *kind,
		   const char *text) MUST_USE;

/* Events with id > after and a topic in `topics`, and of `subject` unless NULL; by id.
 * ERR_RANGE: events after `after` were pruned already (after > 0 only). */
enum err event_list(struct turn *t, int64_t after, unsigned topics, const char *subject,
		    size_t limit, struct event **out, size_t *n_out) MUST_USE;

/* The newest id; 0 when there is none. */
enum err event_last(struct turn *t, int64_t *id_out) MUST_USE;

/* In the lane. Removes at most `limit` of the oldest beyond the two bounds. */
enum err event_prune(struct turn *t, size_t limit, size_t *n_out) MUST_USE;

#endif
