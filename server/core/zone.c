#include "server/core/zone.h"

#include <libical/ical.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64, MIN_MS = 60000, DAY_S = 86400 };

/* The shape is the library's own; `struct zone` only keeps it out of the header. */
static icaltimezone *inside(const struct zone *z)
{
	return (icaltimezone *)(uintptr_t)z;
}

enum err zone_find(struct turn *t, const char *field, const char *name, const struct zone **out)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
	size_t n = strlen(name);
	icaltimezone *z = NULL;

	/* It becomes part of a path. */
	if (n > 0 && n <= NAME_MAX_BYTES && strspn(name, letters) == n && *name != '/')
		z = icaltimezone_get_builtin_timezone(name);
	if (!z)
		return fail(t, ERR_INVALID, "%s: no zone '%.64s', want a name as Europe/Berlin",
			    field, name);
	*out = (const struct zone *)(uintptr_t)z;
	return OK;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t offset_s(const struct zone *z, int64_t utc_s)
{
	struct icaltimetype at = icaltime_from_timet_with_zone((time_t)utc_s, 0,
							       icaltimezone_get_utc_timezone());

	return icaltimezone_get_utc_offset_of_utc_time(inside(z), &at, NULL);
}

int64_t zone_local_min(const struct zone *z, int64_t utc_ms)
{
	int64_t s = floor_div(utc_ms, 1000);

	return floor_div(s + offset_s(z, s), 60);
}

int64_t zone_utc_ms(const struct zone *z, int64_t local_min)
{
	int64_t local_s = local_min * 60;
	int64_t before = offset_s(z, local_s - DAY_S), after = offset_s(z, local_s + DAY_S);
	int64_t first = local_s - before, second = local_s - after;

	if (offset_s(z, first) == before || offset_s(z, second) != after)
		return first * 1000;
	return second * 1000;
}

/* Days since 1970-01-01 of a date (Howard Hinnant, days_from_civil), and back. */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;
	int64_t era = floor_div(y, 400), yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void date_of(int64_t days, int64_t *y, int64_t *m, int64_t *d)
{
	int64_t z = days + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = yoe + era * 400 + (*m <= 2);
}

bool zone_read(const char *text, int64_t *local_min_out)
{
	unsigned y, mo, d, h, mi;
	int n = 0;
	char sep;

	if (sscanf(text, "%4u-%2u-%2u%c%2u:%2u%n", &y, &mo, &d, &sep, &h, &mi, &n) != 6 ||
	    text[n] != 0 || (sep != ' ' && sep != 'T') || n != 16 || y < 1970 || mo < 1 || mo > 12 ||
	    d < 1 || d > 31 || h > 23 || mi > 59)
		return false;
	int64_t days = days_of(y, mo, d), y2, m2, d2;

	date_of(days, &y2, &m2, &d2);
	*local_min_out = days * ZONE_DAY_MIN + h * 60 + mi;
	return d2 == d; /* no 31st of April */
}

void zone_text(int64_t local_min, char out[ZONE_TEXT])
{
	int64_t days = floor_div(local_min, ZONE_DAY_MIN), y, m, d;
	int minute = (int)(local_min - days * ZONE_DAY_MIN);

	date_of(days, &y, &m, &d);
	(void)snprintf(out, ZONE_TEXT, "%04d-%02d-%02d %02d:%02d", (int)(y % 10000), (int)m % 100,
		       (int)d % 100, minute / 60 % 100, minute % 60);
}

int64_t zone_week_min(int64_t local_min, int64_t *monday_out)
{
	/* 1970-01-01 was a Thursday. */
	int64_t since = local_min + 3 * ZONE_DAY_MIN;
	int64_t weeks = floor_div(since, ZONE_WEEK_MIN);

	*monday_out = weeks * ZONE_WEEK_MIN - 3 * ZONE_DAY_MIN;
	return since - weeks * ZONE_WEEK_MIN;
}
