/* client/money.h - from a plan to its end: shown, asked about, run, followed, reported. */
#ifndef CLIENT_MONEY_H
#define CLIENT_MONEY_H

#include "client/cli.h"
#include "ghostfleet/v1/operation.pb-c.h"

/* Before anything is planned: without a terminal nobody can be asked, so --yes is needed. */
enum err money_may_ask(struct turn *t, struct cli *c) MUST_USE;

/* "Run this? [y/N]": true for a yes. */
bool money_ask(struct turn *t, const struct cli *c, const char *what);

/* `o`: as the plan call, or a Get, answered. It may be planning, planned, running or over. */
enum err money_go_on(struct turn *t, struct cli *c, Ghostfleet__V1__Operation *o) MUST_USE;

#endif
