/* store/base/crash.h - named points where a test ends the process as kill -9 would, to see what the
 * next start makes of it (builds with GF_FAULTS; nothing in others).
 *
 * GF_CRASH_AT=POINT[/WHAT][:N] in the environment: the N-th time (1) that the point is passed,
 * by a turn of that name ("job.send", "OperationService/RunOperation"; left out: any).
 *
 *   ordered        in the lane: an intent and its signed bytes are in the transaction
 *   before-commit  a turn ran in the lane, its group is not committed
 *   after-commit   it is committed, nobody is answered
 *   before-send    signed bytes, or a delivery, were read to be sent
 *   after-send     a node, or a channel, answered, that is not stored
 *   expanded       in the lane: events became rows of the outbox, the cursor is not moved
 *   after-receipts receipts were read, they are not stored
 *
 * Threads: any.
 */
#ifndef STORE_BASE_CRASH_H
#define STORE_BASE_CRASH_H

#ifdef GF_FAULTS
void crash_point(const char *point, const char *what);
#else
static inline void crash_point(const char *point, const char *what)
{
	(void)point;
	(void)what;
}
#endif

#endif
