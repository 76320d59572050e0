#include "server/jobs/store_health.h"

#include "server/ops/health.h"

const char *store_trouble(struct store_watch *w, const struct store_stats *s)
{
	if (s->disk_full != w->disk_full)
		w->full = true;
	else if (s->commits != w->commits)
		w->full = false;
	w->disk_full = s->disk_full;
	w->commits = s->commits;
	if (s->latched)
		return "the disk is full and a pause is only in pause.latch: free space";
	if (w->full)
		return "the disk is full, changes are refused: free space";
	if (s->reserve_gone)
		return "there is no room for the reserve, a full disk will stop changes: free "
		       "space";
	return NULL;
}

void store_health(const struct store *s, struct store_watch *w)
{
	struct store_stats now = store_stats(s);
	const char *trouble = store_trouble(w, &now);

	health_set("store", trouble ? HEALTH_DEGRADED : HEALTH_HEALTHY, trouble ? trouble : "");
}
