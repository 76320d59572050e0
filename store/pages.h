/* store/pages.h - what people were told of incidents, and by which channels; and which messages
 * from outside were taken up already.
 *
 * Tables: pages, page_parts, inbound_seen. A part that is SENT has its row in the outbox, under the
 * notice whose ref is the page. What changes something is for the lane.
 */
#ifndef STORE_PAGES_H
#define STORE_PAGES_H

#include "store/base/turn.h"

/* On disk as these numbers. Never renumber. */
enum part_state { PART_SENT = 1, PART_HELD = 2, PART_BUNDLED = 3, PART_NEEDLESS = 4 };

struct page {
	int64_t id, incident; /* 0: several in one */
	int64_t level;        /* of enum page_level; 0: none */
	int64_t reason;       /* of enum page_reason */
	int64_t severity;     /* of enum incident_severity */
	const char *person;   /* "": a channel, or all */
	int64_t at_ms, expires_ms, ack_ms;
	const char *line; /* one line about it */
};

struct page_part {
	int64_t page, channel;
	enum part_state state;
	int64_t at_ms; /* handed over; of HELD: due */
	bool rerouted;
};

/* Sets id. */
enum err page_add(struct turn *t, struct page *p) MUST_USE;
/* ERR_MISSING (without a word). */
enum err page_get(struct turn *t, int64_t id, struct page *out) MUST_USE;
/* Its link was used, now. */
enum err page_used(struct turn *t, int64_t id) MUST_USE;
/* Of the incident, by id, at most 200 of the newest. */
enum err page_list(struct turn *t, int64_t incident, struct page **out, size_t *n_out) MUST_USE;

enum err part_add(struct turn *t, const struct page_part *p) MUST_USE;
enum err part_set(struct turn *t, const struct page_part *p) MUST_USE;
enum err part_list(struct turn *t, int64_t page, struct page_part **out, size_t *n_out) MUST_USE;
/* Distinct channels by which the incident was told of, but not those that were only held. */
enum err part_channels(struct turn *t, int64_t incident, int64_t **out, size_t *n_out) MUST_USE;
/* When the channel was sent its last `most` pages, after `after_ms`; the newest first. */
enum err part_times(struct turn *t, int64_t channel, int64_t after_ms, size_t most, int64_t **out,
		    size_t *n_out) MUST_USE;
/* HELD ones of the incident are not needed any more. */
enum err part_forget(struct turn *t, int64_t incident) MUST_USE;
/* The channel of the most overdue HELD part; ERR_MISSING (without a word): none is due. */
enum err part_due(struct turn *t, int64_t *channel_out) MUST_USE;
/* All HELD ones of the channel, by page. */
enum err part_held(struct turn *t, int64_t channel, size_t most, struct page_part **out,
		   size_t *n_out) MUST_USE;
/* SENT parts whose delivery waits since before queued_before, and that went no other
 * way yet. */
enum err part_late(struct turn *t, int64_t queued_before, size_t most, struct page_part **out,
		   size_t *n_out) MUST_USE;
/* The notice of a page; 0: it has none. */
enum err page_notice(struct turn *t, int64_t page, int64_t *out) MUST_USE;
/* Pages before `before_ms`, with their parts, at most `limit`. */
enum err page_prune(struct turn *t, int64_t before_ms, size_t limit, size_t *n_out) MUST_USE;

/* ERR_EXISTS (without a word): it was taken up before. Those before now - keep_ms are forgotten. */
enum err inbound_take(struct turn *t, const char *source, const char *uid,
		      int64_t keep_ms) MUST_USE;

#endif
