/* client/follow.h - staying with an operation until it is planned, or has ended, over lost
 * connections and restarts of the daemon. The operation is the server's: leaving it here changes
 * nothing there. */
#ifndef CLIENT_FOLLOW_H
#define CLIENT_FOLLOW_H

#include "client/cli.h"
#include "ghostfleet/v1/operation.pb-c.h"

enum follow_goal {
	FOLLOW_PLANNED, /* until it is no longer PLANNING */
	FOLLOW_END,
};

bool follow_ended(Ghostfleet__V1__OperationState s);

/* within_ms: 0 for as long as it takes. ERR_LATE: not within that; ERR_AWAY: nothing heard of the
 * server for two minutes; ERR_GONE: Ctrl-C. Each says that the operation goes on, and how to look
 * after it. *out is as it is then. */
enum err follow(struct turn *t, struct cli *c, const char *name, enum follow_goal goal,
		int64_t within_ms, Ghostfleet__V1__Operation **out) MUST_USE;

/* What became of it: the last line, or JSON; what failed and why; the exit code. */
enum err follow_report(struct turn *t, struct cli *c, const Ghostfleet__V1__Operation *o) MUST_USE;

/* "10 done · 0 skipped · 0 failed · moved 0.5 ether · fees 0.0004 ether" */
const char *follow_summary(struct turn *t, const Ghostfleet__V1__Operation *o);
enum cli_exit follow_exit(Ghostfleet__V1__OperationState s);

/* It is left alone: `why`, that it goes on, and how to look after it. */
enum err follow_left(struct turn *t, enum err e, const char *why, const char *name) MUST_USE;

/* The operation as it is now. */
enum err follow_get(struct turn *t, struct cli *c, const char *name,
		    Ghostfleet__V1__Operation **out) MUST_USE;

#endif
