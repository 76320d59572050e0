/* google.protobuf.Timestamp and Duration as the texts that JSON has for them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/json_inside.h"

#define FIRST_SECOND INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define LAST_SECOND  INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define DURATION_MAX INT64_C(315576000000) /* 10,000 years, by its definition */
#define DAY_SECONDS  86400
#define NANOS        1000000000

/* Days since 1970-01-01 of a date of the Gregorian calendar. The year begins in March, so that
 * the leap day is its last. */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400, year = y - era * 400;
	int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

	return era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
}

static void date_of(int64_t days, int *y, int *m, int *d)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097, day = days - era * 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t in_year = day - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153;

	*d = (int)(in_year - (153 * month + 2) / 5 + 1);
	*m = (int)(month < 10 ? month + 3 : month - 9);
	*y = (int)(year + era * 400 + (*m <= 2));
}

/* "", ".123", ".123456" or ".123456789". */
static void fraction(int32_t nanos, char out[16])
{
	out[0] = 0;
	if (nanos == 0)
		return;
	if (nanos % 1000000 == 0)
		(void)snprintf(out, 16, ".%03d", nanos / 1000000);
	else if (nanos % 1000 == 0)
		(void)snprintf(out, 16, ".%06d", nanos / 1000);
	else
		(void)snprintf(out, 16, ".%09d", nanos);
}

bool json_timestamp_put(int64_t seconds, int32_t nanos, char out[JSON_TIME])
{
	char part[16];
	int y, m, d;

	if (seconds < FIRST_SECOND || seconds > LAST_SECOND || nanos < 0 || nanos >= NANOS)
		return false;
	int64_t days = (seconds - FIRST_SECOND) / DAY_SECONDS + FIRST_SECOND / DAY_SECONDS;
	int left = (int)(seconds - days * DAY_SECONDS);

	date_of(days, &y, &m, &d);
	fraction(nanos, part);
	(void)snprintf(out, JSON_TIME, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", y, m, d, left / 3600,
		       left / 60 % 60, left % 60, part);
	return true;
}

bool json_duration_put(int64_t seconds, int32_t nanos, char out[JSON_TIME])
{
	char part[16];
	bool minus = seconds < 0 || nanos < 0;

	if (seconds < -DURATION_MAX || seconds > DURATION_MAX || nanos <= -NANOS ||
	    nanos >= NANOS || (seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0))
		return false;
	fraction(minus ? -nanos : nanos, part);
	(void)snprintf(out, JSON_TIME, "%s%" PRId64 "%ss", minus ? "-" : "",
		       minus ? -seconds : seconds, part);
	return true;
}

/* Exactly n digits; moves on. */
static bool digits(const char **p, int n, int64_t *out)
{
	*out = 0;
	for (int i = 0; i < n; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		*out = *out * 10 + (**p - '0');
	}
	return true;
}

/* Nothing, or a point and 1 to 9 digits. */
static bool fraction_get(const char **p, int32_t *nanos)
{
	int32_t unit = NANOS;

	*nanos = 0;
	if (**p != '.')
		return true;
	for ((*p)++; **p >= '0' && **p <= '9'; (*p)++) {
		if (unit == 1)
			return false;
		unit /= 10;
		*nanos += (**p - '0') * unit;
	}
	return unit != NANOS;
}

static bool sign(const char **p, char c)
{
	return *(*p)++ == c;
}

bool json_timestamp_get(const char *text, int64_t *seconds, int32_t *nanos)
{
	static const int month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t y, mo, d, h, mi, s, off_h = 0, off_m = 0;
	const char *p = text;

	if (!digits(&p, 4, &y) || !sign(&p, '-') || !digits(&p, 2, &mo) || !sign(&p, '-') ||
	    !digits(&p, 2, &d) || !sign(&p, 'T') || !digits(&p, 2, &h) || !sign(&p, ':') ||
	    !digits(&p, 2, &mi) || !sign(&p, ':') || !digits(&p, 2, &s) || !fraction_get(&p, nanos))
		return false;
	char zone = *p++;

	if (zone != 'Z' && ((zone != '+' && zone != '-') || !digits(&p, 2, &off_h) ||
			    !sign(&p, ':') || !digits(&p, 2, &off_m)))
		return false;
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	if (*p || mo < 1 || mo > 12 || d < 1 ||
	    d > month_days[mo - 1] + (mo == 2 && leap ? 1 : 0) || h > 23 || mi > 59 || s > 59 ||
	    off_h > 23 || off_m > 59)
		return false;
	int64_t off = (off_h * 60 + off_m) * 60;

	*seconds = days_of(y, mo, d) * DAY_SECONDS + h * 3600 + mi * 60 + s +
		   (zone == '-' ? off : -off);
	return *seconds >= FIRST_SECOND && *seconds <= LAST_SECOND;
}

bool json_duration_get(const char *text, int64_t *seconds, int32_t *nanos)
{
	const char *p = text;
	bool minus = *p == '-';
	size_t n;

	p += minus;
	n = strspn(p, "0123456789");
	if (n == 0 || n > 12 || !digits(&p, (int)n, seconds) || !fraction_get(&p, nanos) ||
	    strcmp(p, "s") != 0 || *seconds > DURATION_MAX)
		return false;
	if (minus) {
		*seconds = -*seconds;
		*nanos = -*nanos;
	}
	return true;
}
