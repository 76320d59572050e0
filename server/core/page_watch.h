/* server/core/page_watch.h - that pages arrive: what a channel does not take goes by another, and
 * when none takes any, everybody hears of it who can.
 *
 * What follows is for the lane.
 */
#ifndef SERVER_CORE_PAGE_WATCH_H
#define SERVER_CORE_PAGE_WATCH_H

#include "store/channels.h"
#include "store/outbox.h"

enum { FAILING_FOR_MS = 300000 };

/* The held pages of one channel that is due, as one message. */
enum err page_flush(struct turn *t, bool *more_out) MUST_USE;

/* A delivery that was given up: if it is a page, it goes by another channel, once. */
enum err page_lost(struct turn *t, const struct delivery *d, const char *why) MUST_USE;
/* Pages that wait for too long go by another channel too; what waited is still sent. */
enum err page_hurry(struct turn *t) MUST_USE;

/* Opens or clears what is wrong with paging: no channel takes pages for FAILING_FOR_MS; nobody on
 * call. */
enum err page_look(struct turn *t) MUST_USE;
/* Gaps of the next week. */
enum err page_look_ahead(struct turn *t) MUST_USE;
/* Channels that take pages and were silent for policy()->test_every_ms; at most `max`. */
enum err page_silent(struct turn *t, struct channel *out, size_t max, size_t *n_out) MUST_USE;
/* Whether any held or late page is due: the lane is not asked for nothing. */
enum err page_due(struct turn *t, bool *out) MUST_USE;

/* Since when no channel that takes pages has worked; 0: one does, or there is none at all. */
enum err page_failing_since(struct turn *t, int64_t *out) MUST_USE;

#endif
