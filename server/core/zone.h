/* server/core/zone.h - wall clocks of the world: an IANA zone, UTC to local and back.
 *
 * libical reads the system's tzdata; nothing here looks at the process's own TZ. Local time is
 * counted in minutes of the wall clock since 1970-01-01 00:00, so that a day of 23 or 25 hours has
 * the same name as any other. Pure; any thread.
 */
#ifndef SERVER_CORE_ZONE_H
#define SERVER_CORE_ZONE_H

#include "store/base/turn.h"

struct zone;

enum { ZONE_DAY_MIN = 1440, ZONE_WEEK_MIN = 10080 };

/* ERR_INVALID: there is none of that name; `field` is named. */
enum err zone_find(struct turn *t, const char *field, const char *name,
		   const struct zone **out) MUST_USE;

int64_t zone_local_min(const struct zone *z, int64_t utc_ms);

/* As RFC 5545 3.3.5 has it: a time that comes twice is the first, one that the clocks skip is as
 * far behind the jump as it would be by the offset before. */
int64_t zone_utc_ms(const struct zone *z, int64_t local_min);

/* "2026-11-02 09:00" or with a T between; false: not that. And back. */
bool zone_read(const char *text, int64_t *local_min_out);
enum { ZONE_TEXT = 24 };
void zone_text(int64_t local_min, char out[ZONE_TEXT]);

/* Minutes since Monday 00:00, and the Monday 00:00 itself. */
int64_t zone_week_min(int64_t local_min, int64_t *monday_out);

#endif
