/* server/jobs/figures.h - the figures about the fleet and about ourselves that rules look at. */
#ifndef SERVER_JOBS_FIGURES_H
#define SERVER_JOBS_FIGURES_H

#include "store/base/turn.h"

/* Rates are over ten minutes of looks, one every 15 s. */
enum { FIGURE_LOOKS = 41 };

struct counted {
	int64_t at_ms;
	double well, failed, refused;
};

struct figures {
	int64_t (*still_ms)(int64_t now_ms); /* of the daemon's loops; NULL: nobody can tell */
	int64_t began_ms;                    /* of the first look */
	struct counted looks[FIGURE_LOOKS];
	size_t n;
	int64_t audit_after; /* verified up to here */
	bool audit_broken;
	int64_t burn_ms; /* the last look at what wallets use up */
};

/* Outside the lane: reads what is slow. */
enum err figures_read(struct turn *t, struct figures *f) MUST_USE;
/* In the lane. */
enum err figures_put(struct turn *t, struct figures *f) MUST_USE;
/* Outside the lane: what wallets use up, once a minute, some at a time. */
enum err figures_burns(struct turn *t, struct figures *f) MUST_USE;

#endif
