/* Events become rows of the outbox. What they happened to is looked up and made into JSON here,
 * with no transaction open; the rows and the cursor are one commit. */
#include "server/core/channel.h"
#include "server/core/deliver.h"
#include "server/jobs/jobs.h"
#include "server/jobs/notify.h"
#include "server/ops/health.h"
#include "store/base/log.h"

/* LOOK: events a turn reads; BEHIND: so far may the stored cursor stay behind what nobody wanted.
 */
enum { LOOK = 200, BEHIND = 2000 };

struct expanding {
	struct happening *h;
	size_t n;
	int64_t from, to;
};

static enum err expand(struct turn *t, void *arg)
{
	const struct expanding *x = arg;

	return deliver_expand(t, x->h, x->n, x->from, x->to);
}

/* Those that somebody wants, with their data. */
static enum err choose(struct turn *t, struct notify *n, const struct channel *c, size_t n_channels,
		       const struct event *e, size_t n_events, struct expanding *x)
{
	x->h = turn_array(t, n_events + 1, sizeof(*x->h));
	for (size_t i = 0; i < n_events; i++) {
		struct happening *h = &x->h[x->n];

		if (!deliver_wanted(c, n_channels, &e[i]))
			continue;
		h->event = e[i];
		TRY(n->options.event_data(t, &e[i], &h->data));
		x->n++;
	}
	return OK;
}

/* They were pruned before anybody was told: said aloud, and on with the oldest there is. */
static enum err skip_pruned(struct turn *t, struct expanding *x)
{
	struct event *e;
	size_t n;

	TRY(event_list(t, 0, TOPIC_ALL, NULL, 1, &e, &n));
	x->to = n ? e->id - 1 : 0;
	log_line(t, LOG_ERROR, "events were pruned before their channels were told", "from",
		 turn_printf(t, "%lld", (long long)x->from), "to",
		 turn_printf(t, "%lld", (long long)x->to), NULL);
	return lane_run(t, expand, x);
}

/* No channel cares for what was before all of them. */
static int64_t oldest_wanted(const struct channel *c, size_t n)
{
	int64_t oldest = INT64_MAX;

	for (size_t i = 0; i < n; i++)
		if (c[i].enabled && c[i].since_event < oldest)
			oldest = c[i].since_event;
	return oldest;
}

static enum err report(struct turn *t)
{
	const char *why;
	bool all;

	TRY(deliver_trouble(t, &why, &all));
	health_set("channels", all ? HEALTH_DEGRADED : HEALTH_HEALTHY, why ? why : "");
	return OK;
}

enum err job_outbox(struct turn *t, void *world, bool *more_out)
{
	struct notify *n = ((struct jobs *)world)->notify;
	uint64_t version = store_version(t->store, TOPIC_NOTIFY);
	struct expanding x = { 0 };
	struct channel *c;
	struct event *e;
	size_t n_channels, n_events;
	int64_t after;

	*more_out = false;
	TRY(report(t));
	TRY(channel_list(t, &c, &n_channels));
	after = oldest_wanted(c, n_channels);
	if (after == INT64_MAX)
		return OK;
	TRY(deliver_cursor(t, &x.from));
	after = x.from > after ? x.from : after;
	if (n->version == version && n->seen > after)
		after = n->seen;
	enum err code = event_list(t, after, TOPIC_ALL, NULL, LOOK, &e, &n_events);

	if (code == ERR_RANGE)
		return skip_pruned(t, &x);
	if (code != OK || n_events == 0)
		return code;
	TRY(choose(t, n, c, n_channels, e, n_events, &x));
	x.to = e[n_events - 1].id;
	n->seen = x.to;
	n->version = version;
	*more_out = n_events == LOOK;
	return x.n > 0 || x.to - x.from > BEHIND ? lane_run(t, expand, &x) : OK;
}
