/* server/core/stop.h - may this go ahead now? Pauses and lockdown, asked in the same transaction
 * that authorises. */
#ifndef SERVER_CORE_STOP_H
#define SERVER_CORE_STOP_H

#include "store/base/turn.h"

/* On whose behalf something moves. */
struct errand {
	bool home;         /* brings money to an ACTIVE safe address: goes on in a lockdown */
	int64_t run_epoch; /* the newest pause when a person ran it; 0: the engine's own */
};

/* Of an operation; NULL: the engine's. Pure. */
struct operation;
struct errand errand_of(const struct operation *o);

/* OK, or FLEET_PAUSED with who paused it and how it is lifted. `wallet`: whose pause counts too. */
enum err stop_check(struct turn *t, const struct errand *e, const char *wallet) MUST_USE;
/* The same, but only what is said of the whole fleet. */
enum err stop_check_fleet(struct turn *t, const struct errand *e) MUST_USE;

/* A plain pause holds the engine always, and an operation only when the pause is the younger one.
 * Pure. */
struct pause;
bool stop_holds(const struct pause *p, const struct errand *e);

#endif
