/* server/core/calendar.h - the times of people: a wall clock in a zone of the IANA database, and
 * what recurs by it (RFC 5545). Pure, but for the system's zone files, which libical reads once.
 * Any thread.
 *
 * A local time is "2026-11-29T02:00". One that the clock skips in spring is taken by the offset of
 * before, so it comes an hour later; of one that comes twice in autumn the first is meant.
 */
#ifndef SERVER_CORE_CALENDAR_H
#define SERVER_CORE_CALENDAR_H

#include "store/base/turn.h"

enum { ZONE_MAX = 64, RULE_MAX = 200, LOCAL_TEXT = 17 }; /* bytes; LOCAL_TEXT with the NUL */

/* ERR_INVALID names `field`: no such zone ("Europe/Berlin", "UTC"). */
enum err zone_check(struct turn *t, const char *field, const char *zone) MUST_USE;

/* ERR_INVALID names `field`: the text is no local time. The zone was checked. */
enum err local_to_ms(struct turn *t, const char *field, const char *zone, const char *local,
		     int64_t *ms_out) MUST_USE;
/* "2026-11-29T02:00" */
const char *local_text(struct turn *t, const char *zone, int64_t ms);
/* For people: "Sun 29 Nov 02:00 CET". */
const char *local_words(struct turn *t, const char *zone, int64_t ms);

/* The same as numbers, for what counts handoffs: minutes of the wall clock since 1970-01-01T00:00.
 * The zone was checked. */
struct zone;
const struct zone *zone_named(const char *zone);
int64_t zone_minutes(const struct zone *z, int64_t ms);
int64_t zone_ms(const struct zone *z, int64_t minutes);
enum { DAY_MINUTES = 1440, WEEK_MINUTES = 10080 };
/* Minutes since the week's Monday 00:00, and that Monday. */
int64_t week_minutes(int64_t minutes, int64_t *monday_out);

/* What recurs on the wall clock of a zone: it may be 23 or 25 hours from one day to the next. */
struct recurrence {
	const char *zone;
	const char *first; /* local time of the first one */
	const char *rule;  /* "FREQ=MONTHLY;BYDAY=1SU"; "": only the first */
};

/* ERR_INVALID names zone, first or rule. Rules of less than a day are refused. */
enum err recurrence_check(struct turn *t, const struct recurrence *r) MUST_USE;
/* The first one that starts after `after_ms`. ERR_MISSING (without a word): there is none. It was
 * checked. */
enum err recurrence_next(struct turn *t, const struct recurrence *r, int64_t after_ms,
			 int64_t *start_ms_out) MUST_USE;

#endif
