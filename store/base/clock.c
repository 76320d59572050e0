#include "store/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static int64_t us(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) != 0)
		abort();
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
	return us(CLOCK_REALTIME) / 1000;
}

int64_t clock_mono_ms(void)
{
	return us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_mono_us(void)
{
	return us(CLOCK_MONOTONIC);
}

/* Years 0001 to 9999, what RFC 3339 and a Timestamp can say; beyond, the nearest of them. */
static const int64_t FIRST_MS = INT64_C(-62135596800000), LAST_MS = INT64_C(253402300799999);

void clock_text(int64_t wall_ms, char out[CLOCK_TEXT])
{
	int64_t at = wall_ms < FIRST_MS ? FIRST_MS : wall_ms > LAST_MS ? LAST_MS : wall_ms;
	int64_t ms = (at % 1000 + 1000) % 1000; /* before 1970 too, milliseconds count up */
	time_t s = (time_t)((at - ms) / 1000);
	struct tm tm;
	char date[16];

	if (!gmtime_r(&s, &tm) || strftime(date, sizeof(date), "-%m-%dT%H:%M:%S", &tm) == 0)
		abort();
	(void)snprintf(out, CLOCK_TEXT, "%04d%s.%03dZ", (tm.tm_year + 1900) % 10000, date, (int)ms);
}

bool clock_parse(const char *text, int64_t *ms_out)
{
	struct tm tm = { 0 };
	const char *p = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int64_t ms = 0, unit = 100;

	if (!p)
		return false;
	if (*p == '.')
		for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
			ms += (*p - '0') * unit;
	if (strcmp(p, "Z") != 0)
		return false;
	*ms_out = (int64_t)timegm(&tm) * 1000 + ms;
	return true;
}

void chance_system(void *state, void *out, size_t n)
{
	uint8_t *p = out;

	(void)state;
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		p += got;
		n -= (size_t)got;
	}
}
