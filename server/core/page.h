/* server/core/page.h - a page: what somebody is told about an incident, and by which channels.
 *
 * incident_notify is the one caller.
 */
#ifndef SERVER_CORE_PAGE_H
#define SERVER_CORE_PAGE_H

#include "store/incidents.h"

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

/* In the lane. Adds the notice and the deliveries in this commit. told_out: who, by what, for the
 * timeline. No person at all: every channel that takes pages. */
enum err page_send(struct turn *t, const struct incident *i, enum page_level level,
		   enum page_reason reason, const char **told_out) MUST_USE;

#endif
