/* server/core/page.h - a page: what somebody is told about an incident, and by which channels.
 *
 * incident_notify is the one caller of page_send. A page is one message to one person, or to a
 * channel that a level names; it goes by every channel of theirs that its severity reaches. What is
 * CRITICAL goes at once. Of the rest a channel gets so many in a minute, a quarter of an hour, an
 * hour; what is more is held and told in one message. Nothing is dropped: what a channel does not
 * take goes by another.
 */
#ifndef SERVER_CORE_PAGE_H
#define SERVER_CORE_PAGE_H

#include "store/incidents.h"

/* On disk as these numbers (pages.reason); the same as the contract's. */
enum page_reason {
	PAGE_FIRST = 1,
	PAGE_REPEAT,
	PAGE_ACK_MISSED,
	PAGE_RESOLVE_MISSED,
	PAGE_WORSENED,
	PAGE_ACK_LAPSED,
	PAGE_RESOLVED,
	PAGE_BY_HAND
};
enum page_level { LEVEL_PRIMARY = 1, LEVEL_SECONDARY = 2, LEVEL_LEAD = 3 };

/* In the lane. Adds the notices and the deliveries in this commit. told_out: who, by what, for the
 * timeline. A level without anybody falls to the next at once, and says so (a CRITICAL incident of
 * its own); no person at all: every channel that takes pages. RESOLVED goes to those who were told
 * before. */
enum err page_send(struct turn *t, const struct incident *i, enum page_level level,
		   enum page_reason reason, const char **told_out) MUST_USE;

/* In the lane. Somebody has it: pagers that were told of it take it over, but for the one it came
 * from; what is held is not needed any more. */
enum err page_acknowledged(struct turn *t, const struct incident *i) MUST_USE;

/* The incident's own name at pagers (dedup_key), and back: 0 when the key is not one of ours. */
const char *page_alarm(struct turn *t, const struct incident *i);
enum err page_of_alarm(struct turn *t, const char *alarm, int64_t *incident_out) MUST_USE;

#endif
