/* client/fleet_view.h - what a person reads out of a Fleet. Pure: no calls, no clock but the
 * turn's. */
#ifndef CLIENT_FLEET_VIEW_H
#define CLIENT_FLEET_VIEW_H

#include <stdbool.h>

#include "ghostfleet/v1/fleet.pb-c.h"
#include "ghostfleet/v1/operation.pb-c.h"

struct turn;

/* The command that most likely comes next, and why. `planned`: the newest operation that waits to
 * be run; NULL: none. `incidents`: some are open. */
struct next_step {
	const char *type, *why;
};
struct next_step next_step(struct turn *t, const Ghostfleet__V1__Fleet *f,
			   const Ghostfleet__V1__Operation *planned, bool incidents);

/* "RUNNING", "PAUSED since 3m: gas spike (by alice)". */
const char *fleet_headline(struct turn *t, const Ghostfleet__V1__Fleet *f);

/* Intents whose money is neither here nor there: signed, unknown, in the pool, in review. */
int64_t in_the_air(const Ghostfleet__V1__TransactionCounts *x);

#endif
