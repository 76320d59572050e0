/* The deadlines of incidents: what is due fires within a quarter of a second, also what became due
 * while nobody was there. */
#include "server/core/incident.h"
#include "server/jobs/jobs.h"

enum { AT_ONCE = 50 };

static enum err fire(struct turn *t, void *arg)
{
	return incidents_fire(t, AT_ONCE, arg);
}

enum err job_incidents(struct turn *t, void *world, bool *more_out)
{
	struct incident *due;
	size_t n;

	(void)world;
	*more_out = false;
	TRY(incident_due(t, t->now_ms, 1, &due, &n));
	if (n == 0)
		return OK;
	/* A full disk must not silence a page. */
	t->emergency = true;
	t->urgent = true;
	return lane_run(t, fire, more_out);
}
