/* store/base/crash.h - named points where a test ends the process as kill -9 would, to see what the
 * next start makes of it (builds with GF_FAULTS; nothing in others). crash.def is their table.
 *
 * GF_CRASH_AT=POINT[/WHAT][:N] in the environment: the N-th time (1) that the point is passed,
 * by a turn of that name ("job.send", "OperationService/RunOperation"; left out: any).
 *
 * Threads: any.
 */
#ifndef STORE_BASE_CRASH_H
#define STORE_BASE_CRASH_H

enum crash_point {
#define P(id, name, where) CRASH_##id,
#include "store/base/crash.def"
#undef P
};

#ifdef GF_FAULTS
void crash_point(enum crash_point point, const char *what);
#else
static inline void crash_point(enum crash_point point, const char *what)
{
	(void)point;
	(void)what;
}
#endif

#endif
