/* client/plan.h - what an operation would do, or did not manage to do, as tables. */
#ifndef CLIENT_PLAN_H
#define CLIENT_PLAN_H

#include <stdio.h>

#include "client/cli.h"
#include "ghostfleet/v1/operation.pb-c.h"

/* Totals and warnings; unless it was run also the first 20 wallets, and what is skipped or
 * cannot be done, and why. */
enum err plan_show(struct turn *t, struct cli *c, FILE *f,
		   const Ghostfleet__V1__Operation *o) MUST_USE;

/* The first 10 steps that failed. */
enum err plan_failures(struct turn *t, struct cli *c, FILE *f,
		       const Ghostfleet__V1__Operation *o) MUST_USE;

#endif
