/* server/core/drive.h - moving running operations on, a group of steps at a time. In the lane. */
#ifndef SERVER_CORE_DRIVE_H
#define SERVER_CORE_DRIVE_H

#include "server/core/extract.h"
#include "server/core/fund.h"

/* What was seen for a group of steps of one operation. */
struct drive {
	int64_t operation;
	struct step *steps;
	size_t n;
	const struct holding *holdings; /* extract: n of them */
	const struct fund_view *views;  /* fund: n of them */
	int64_t funder;                 /* 0: none */
	struct account funder_account;
	size_t placed; /* out: steps whose state moved on */
};

enum { DRIVE_GROUP = 64 };

/* ERR_FULL: the funder has as much in flight as it may. FLEET_PAUSED, FUNDS_SHORT, STATE_STALE:
 * nothing more of this operation now; steps before it keep what they got. */
enum err drive_steps(struct turn *t, struct drive *d) MUST_USE;

/* Ends what is left of a cancelled operation; ends the operation when nothing is left. */
enum err drive_idle(struct turn *t, int64_t operation) MUST_USE;

/* What it waits for, for people. */
enum err drive_waits(struct turn *t, int64_t operation, const char *text) MUST_USE;

#endif
