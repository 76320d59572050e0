#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "tests/sim/sim.h"
#include "tests/support/test.h"

struct sim *sim_now;

static uint64_t next(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

uint64_t sim_chance(struct sim *s, uint64_t below)
{
	return next(&s->state) % below;
}

void sim_fill(void *state, void *out, size_t n)
{
	uint8_t *p = out;

	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)next(state);
}

void sim_note(struct sim *s, const char *what, int64_t a, int64_t b)
{
	size_t at = s->n_trail++ % SIM_TRAIL;

	s->trail[at].step = s->step;
	s->trail[at].ms = s->w.now_ms;
	s->trail[at].what = what;
	s->trail[at].a = a;
	s->trail[at].b = b;
	for (const char *c = what; *c; c++) /* FNV-1a */
		s->fingerprint = (s->fingerprint ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
	s->fingerprint = (s->fingerprint ^ (uint64_t)a) * UINT64_C(0x100000001b3);
	s->fingerprint = (s->fingerprint ^ (uint64_t)b) * UINT64_C(0x100000001b3);
}

void sim_say_trail(const struct sim *s)
{
	size_t first = s->n_trail > SIM_TRAIL ? s->n_trail - SIM_TRAIL : 0;

	(void)fprintf(stderr, "the last that happened, in steps and seconds:\n");
	for (size_t i = first; i < s->n_trail; i++)
		(void)fprintf(stderr, "%8zu %10.3f  %s %" PRId64 " %" PRId64 "\n",
			      s->trail[i % SIM_TRAIL].step,
			      (double)(s->trail[i % SIM_TRAIL].ms - INT64_C(1700000000000)) / 1000,
			      s->trail[i % SIM_TRAIL].what, s->trail[i % SIM_TRAIL].a,
			      s->trail[i % SIM_TRAIL].b);
}

void sim_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	fail_msg("%s", "seen by the simulation\n");
}

void sim_may_fail(struct sim *s, enum err e)
{
	if (e == OK || e == ERR_REFUSED || e == ERR_MISSING || e == ERR_AWAY || e == ERR_EXISTS ||
	    e == ERR_STALE || e == ERR_FULL)
		return;
	sim_say_trail(s);
	fixture_ok(&s->w.f, e, __FILE__, __LINE__);
}
