/* Pages that were held, pages that do not arrive, heartbeats that do not come, and whether anybody
 * is there to be told. */
#include "server/core/channel.h"
#include "server/core/heartbeat.h"
#include "server/core/page_watch.h"
#include "server/jobs/jobs.h"
#include "server/jobs/notify.h"
#include "server/ops/health.h"
#include "store/base/units.h"

enum { LOOK_MS = 5000, AHEAD_MS = 60000, TESTS_MOST = 4 };

static enum err run(struct turn *t, void *arg)
{
	TRY(page_hurry(t));
	return page_flush(t, arg);
}

static enum err look(struct turn *t, void *arg)
{
	(void)arg;
	return page_look(t);
}

static enum err ahead(struct turn *t, void *arg)
{
	(void)arg;
	return page_look_ahead(t);
}

static enum err beats(struct turn *t, void *arg)
{
	return heartbeats_fire(t, arg);
}

struct testing {
	const struct channel *c;
	const char *data;
};

static enum err try_channel(struct turn *t, void *arg)
{
	const struct testing *x = arg;
	struct delivery d;

	t->actor = "scheduler";
	return channel_try(t, x->c, x->data, &d);
}

/* Those that were silent for long. */
static enum err test_silent(struct turn *t, struct notify *n)
{
	struct channel c[TESTS_MOST];
	size_t count;

	TRY(page_silent(t, c, TESTS_MOST, &count));
	for (size_t i = 0; i < count; i++) {
		struct testing x = { .c = &c[i] };
		struct event e = { .at_ms = t->now_ms,
				   .subject = channel_subject(t, c[i].name),
				   .kind = "channel.test",
				   .text = "a test of this channel",
				   .actor = "scheduler" };

		TRY(n->options.event_data(t, &e, &x.data));
		TRY(lane_run(t, try_channel, &x));
	}
	return OK;
}

static enum err report(struct turn *t)
{
	int64_t since;

	TRY(page_failing_since(t, &since));
	bool bad = since > 0 && t->now_ms - since >= FAILING_FOR_MS;

	health_set("paging", bad ? HEALTH_DEGRADED : HEALTH_HEALTHY,
		   bad ? turn_printf(t, "no channel has taken pages for %s",
				     duration_str(t, t->now_ms - since))
		       : "");
	return OK;
}

enum err job_pager(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;
	bool due, more = false;

	TRY(heartbeats_due(t, &due));
	if (due)
		TRY(lane_run(t, beats, &more));
	*more_out = more;
	TRY(page_due(t, &due));
	if (due)
		TRY(lane_run(t, run, &more));
	*more_out = *more_out || (due && more);
	if (t->now_ms - j->pager.looked_ms >= LOOK_MS || t->now_ms < j->pager.looked_ms) {
		TRY(lane_run(t, look, NULL));
		TRY(report(t));
		j->pager.looked_ms = t->now_ms;
	}
	if (t->now_ms - j->pager.ahead_ms < AHEAD_MS && t->now_ms >= j->pager.ahead_ms)
		return OK;
	TRY(lane_run(t, ahead, NULL));
	if (j->notify)
		TRY(test_silent(t, j->notify));
	j->pager.ahead_ms = t->now_ms;
	return OK;
}
