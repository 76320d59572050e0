#include "server/core/calendar.h"

#include <libical/ical.h>
#include <stdio.h>
#include <string.h>

/* So many that are past before the one that is asked for; daily ones for 80 years. */
enum { STEPS_MOST = 30000, SECOND_MS = 1000, DAY_S = 86400 };

/* libical guards its table of zones by itself. */
static icaltimezone *zone_of(const char *zone)
{
	return strcmp(zone, "UTC") == 0 ? icaltimezone_get_utc_timezone()
					: icaltimezone_get_builtin_timezone(zone);
}

enum err zone_check(struct turn *t, const char *field, const char *zone)
{
	if (!*zone)
		return fail(t, ERR_INVALID, "%s: is missing: want a zone as Europe/Berlin or UTC",
			    field);
	if (strlen(zone) > ZONE_MAX || !zone_of(zone))
		return fail(t, ERR_INVALID,
			    "%s: '%.70s' is no zone of the IANA database, as Europe/Berlin or UTC",
			    field, zone);
	return OK;
}

static bool read_local(const char *local, struct icaltimetype *out)
{
	int year, month, day, hour, minute, end = 0;

	if (sscanf(local, "%4d-%2d-%2dT%2d:%2d%n", &year, &month, &day, &hour, &minute, &end) !=
		    5 ||
	    end != LOCAL_TEXT - 1 || local[end])
		return false;
	*out = (struct icaltimetype){
		.year = year, .month = month, .day = day, .hour = hour, .minute = minute
	};
	struct icaltimetype same = icaltime_normalize(*out);

	return icaltime_compare(same, *out) == 0 && year >= 1970 && year <= 9999;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t offset_s(icaltimezone *z, int64_t utc_s)
{
	struct icaltimetype at =
		icaltime_from_timet_with_zone((time_t)utc_s, 0, icaltimezone_get_utc_timezone());

	return icaltimezone_get_utc_offset_of_utc_time(z, &at, NULL);
}

/* Of a time that comes twice the offset of before fits as well, and is the first; of one that is
 * skipped neither fits. */
static int64_t to_utc_s(icaltimezone *z, int64_t local_s)
{
	int64_t before = offset_s(z, local_s - DAY_S), after = offset_s(z, local_s + DAY_S);

	if (offset_s(z, local_s - before) == before || offset_s(z, local_s - after) != after)
		return local_s - before;
	return local_s - after;
}

static int64_t to_ms(icaltimezone *z, struct icaltimetype local)
{
	return to_utc_s(z, (int64_t)icaltime_as_timet(local)) * SECOND_MS;
}

enum err local_to_ms(struct turn *t, const char *field, const char *zone, const char *local,
		     int64_t *ms_out)
{
	struct icaltimetype at;

	if (!read_local(local, &at))
		return fail(t, ERR_INVALID, "%s: '%.40s' is no time as 2026-11-29T02:00", field,
			    local);
	*ms_out = to_ms(zone_of(zone), at);
	return OK;
}

static struct icaltimetype from_ms(const char *zone, int64_t ms)
{
	return icaltime_from_timet_with_zone((time_t)(ms / SECOND_MS), 0, zone_of(zone));
}

const char *local_text(struct turn *t, const char *zone, int64_t ms)
{
	struct icaltimetype at = from_ms(zone, ms);

	return turn_printf(t, "%04d-%02d-%02dT%02d:%02d", at.year, at.month, at.day, at.hour,
			   at.minute);
}

const char *local_words(struct turn *t, const char *zone, int64_t ms)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct icaltimetype at = from_ms(zone, ms);

	return turn_printf(t, "%s %d %s %02d:%02d %s", days[icaltime_day_of_week(at) - 1], at.day,
			   months[at.month - 1], at.hour, at.minute, zone);
}

/* The library's own; `struct zone` only keeps it out of the header. */
const struct zone *zone_named(const char *zone)
{
	return (const struct zone *)zone_of(zone);
}

int64_t zone_minutes(const struct zone *z, int64_t ms)
{
	int64_t s = floor_div(ms, SECOND_MS);

	return floor_div(s + offset_s((icaltimezone *)(uintptr_t)z, s), 60);
}

int64_t zone_ms(const struct zone *z, int64_t minutes)
{
	return to_utc_s((icaltimezone *)(uintptr_t)z, minutes * 60) * SECOND_MS;
}

int64_t week_minutes(int64_t minutes, int64_t *monday_out)
{
	/* 1970-01-01 was a Thursday. */
	int64_t since = minutes + INT64_C(3) * DAY_MINUTES;
	int64_t week = floor_div(since, WEEK_MINUTES);

	*monday_out = (week * 7 - 3) * DAY_MINUTES;
	return since - week * WEEK_MINUTES;
}

enum err recurrence_check(struct turn *t, const struct recurrence *r)
{
	int64_t first;

	TRY(zone_check(t, "zone", r->zone));
	TRY(local_to_ms(t, "first", r->zone, r->first, &first));
	if (!*r->rule)
		return OK;
	struct icalrecurrencetype rule = icalrecurrencetype_from_string(r->rule);

	if (strlen(r->rule) > RULE_MAX || rule.freq == ICAL_NO_RECURRENCE)
		return fail(t, ERR_INVALID,
			    "recurrence: '%.80s' is no rule of RFC 5545, as FREQ=WEEKLY;BYDAY=SU",
			    r->rule);
	if (rule.freq == ICAL_SECONDLY_RECURRENCE || rule.freq == ICAL_MINUTELY_RECURRENCE ||
	    rule.freq == ICAL_HOURLY_RECURRENCE)
		return fail(t, ERR_INVALID, "recurrence: once a day is the most");
	return OK;
}

enum err recurrence_next(struct turn *t, const struct recurrence *r, int64_t after_ms,
			 int64_t *start_ms_out)
{
	struct icaltimetype first, at;
	icaltimezone *z = zone_of(r->zone);
	enum err e = ERR_MISSING;

	if (!read_local(r->first, &first))
		return fail(t, ERR_BROKEN, "'%.40s' was no local time", r->first);
	if (!*r->rule) {
		*start_ms_out = to_ms(z, first);
		return *start_ms_out > after_ms ? OK : ERR_MISSING;
	}
	icalrecur_iterator *all =
		icalrecur_iterator_new(icalrecurrencetype_from_string(r->rule), first);

	for (int i = 0; all && i < STEPS_MOST && e != OK; i++) {
		at = icalrecur_iterator_next(all);
		if (icaltime_is_null_time(at))
			break;
		*start_ms_out = to_ms(z, at);
		if (*start_ms_out > after_ms)
			e = OK;
	}
	if (all)
		icalrecur_iterator_free(all);
	return e;
}
