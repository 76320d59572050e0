/* store/base/clock.h - the only place that reads a clock. Turns read it once, in turn_begin;
 * below a turn time is t->now_ms. */
#ifndef STORE_BASE_CLOCK_H
#define STORE_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int64_t clock_wall_ms(void); /* since 1970, UTC; may jump */
int64_t clock_mono_ms(void); /* for waits; never jumps */
int64_t clock_mono_us(void);

/* RFC 3339 in UTC with milliseconds, "2026-11-22T04:00:00.000Z". */
enum { CLOCK_TEXT = 32 };
void clock_text(int64_t wall_ms, char out[CLOCK_TEXT]);
/* And back, in UTC only ("Z"), with none to nine digits of a second. False: not that. */
bool clock_parse(const char *text, int64_t *ms_out);

/* Randomness from the kernel. Never fails: without it the process stops. */
void chance_system(void *state, void *out, size_t n);

#endif
