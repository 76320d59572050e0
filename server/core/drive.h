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

/* What stops them all (a pause, no funds, an old state) is said in the operation's text, and OK is
 * returned with d->placed < d->n: steps before it keep what they got. */
enum err drive_steps(struct turn *t, struct drive *d) MUST_USE;

/* Ends what is left of a cancelled operation; ends the operation when nothing is left. */
enum err drive_idle(struct turn *t, int64_t operation) MUST_USE;

/* What it waits for, for people. */
enum err drive_waits(struct turn *t, int64_t operation, const char *text) MUST_USE;

#endif
