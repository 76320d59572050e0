#include "store/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
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

void clock_text(int64_t wall_ms, char out[CLOCK_TEXT])
{
	time_t s = (time_t)(wall_ms / 1000);
	struct tm tm;
	char date[24];

	if (!gmtime_r(&s, &tm) || strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		abort();
	(void)snprintf(out, CLOCK_TEXT, "%s.%03dZ", date, (int)(wall_ms % 1000));
}

void chance_system(void *state, void *out, size_t n)
{
	uint8_t *p = out;

	(void)state;
	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got <= 0)
			abort();
		p += got;
		n -= (size_t)got;
	}
}
