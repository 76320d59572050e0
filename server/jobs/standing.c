/* The standing plan of an evacuation, from what the store knows: made while nothing is wrong. */
#include "server/core/standing.h"
#include "server/jobs/jobs.h"

/* Time alone is no reason to write; so old it is written again, to say that it is looked after. */
enum { WRITE_MS = 5 * 60 * 1000 };

static enum err keep(struct turn *t, void *arg)
{
	return standing_keep(t, arg);
}

enum err job_standing(struct turn *t, void *world, bool *more_out)
{
	struct standing before, now;

	(void)world;
	*more_out = false;
	TRY(standing_get(t, &before));
	TRY(standing_make(t, &now));
	if (before.made_ms && t->now_ms - before.made_ms < WRITE_MS &&
	    !standing_differs(&before, &now))
		return OK;
	return lane_run(t, keep, &now);
}
