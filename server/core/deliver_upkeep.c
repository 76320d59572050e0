/* What waits for too long is given up, what ended long ago forgotten, and what a person wants said
 * again is queued again. */
#include <assert.h>
#include <string.h>

#include "server/core/channel.h"
#include "server/core/deliver.h"
#include "server/core/event_kinds.h"
#include "server/core/page_watch.h"
#include "server/core/shared.h"
#include "store/audit.h"

/* Of REPLAY_MAX rows; more would hold up all other writing. */
enum { PAGES_MAX = 20 };

static const int64_t KEEP_MS = 7 * INT64_C(86400000);

static enum err expire(struct turn *t, struct delivery *d)
{
	struct channel c;
	enum err e = channel_by_id(t, d->channel, &c);

	if (e != OK && e != ERR_MISSING)
		return e;
	d->state = DELIVERY_DEAD;
	d->end_ms = t->now_ms;
	d->said = e == ERR_MISSING ? "its channel was removed"
				   : turn_printf(t, "too old; last: %.300s",
						 *d->said ? d->said : "not tried");
	TRY(page_lost(t, d, d->said));
	if (e == OK) {
		c.dead++;
		TRY(channel_heard(t, &c));
	}
	return delivery_save(t, d);
}

enum err deliver_sweep(struct turn *t, size_t limit, bool *more_out)
{
	struct delivery *d;
	size_t old, pruned, channels;

	assert(t->in_lane);
	TRY(delivery_unstick(t, t->now_ms - STUCK_MS));
	TRY(delivery_old(t, t->now_ms - policy()->give_up_ms, limit, &d, &old));
	for (size_t i = 0; i < old; i++)
		TRY(expire(t, &d[i]));
	TRY(outbox_prune(t, t->now_ms - KEEP_MS, limit, &pruned));
	TRY(channel_prune(t, limit, &channels));
	*more_out = old == limit || pruned == limit;
	return OK;
}

static enum err again(struct turn *t, struct delivery *d)
{
	d->state = DELIVERY_QUEUED;
	d->attempts = 0;
	d->replays++;
	d->queued_ms = t->now_ms;
	d->next_ms = d->end_ms = 0;
	return delivery_save(t, d);
}

static enum err replay_named(struct turn *t, const struct replay_ask *ask, int64_t *n_out)
{
	struct delivery d;
	struct channel c;

	if (ask->n_ids > REPLAY_MAX)
		return fail(t, ERR_INVALID, "names: %zu; %d is the most at a call", ask->n_ids,
			    REPLAY_MAX);
	for (size_t i = 0; i < ask->n_ids; i++) {
		TRY(delivery_get(t, ask->ids[i], &d));
		TRY(channel_by_id(t, d.channel, &c));
		if (d.state == DELIVERY_SENT && !ask->sent)
			return fail(t, ERR_REFUSED,
				    "delivery %lld was sent: say that those are meant too",
				    (long long)d.id);
		if (d.state != DELIVERY_SENT && d.state != DELIVERY_DEAD)
			continue; /* it is under way already */
		TRY(again(t, &d));
		(*n_out)++;
	}
	return OK;
}

static enum err replay_found(struct turn *t, const struct replay_ask *ask, int64_t *n_out,
			     bool *more_out)
{
	int64_t after = 0, to = ask->to_ms ? ask->to_ms : INT64_MAX;
	struct delivery *d;
	size_t n = REPLAY_MAX, pages = 0;

	while (n == REPLAY_MAX && *n_out < REPLAY_MAX) {
		if (++pages > PAGES_MAX)
			return fail(
				t, ERR_INVALID,
				"event_types: too rare among so many deliveries: name a channel, "
				"or a shorter time");
		TRY(delivery_ended(t, ask->channel, ask->sent, ask->from_ms, to, after, REPLAY_MAX,
				   &d, &n));
		for (size_t i = 0; i < n && *n_out < REPLAY_MAX; i++) {
			after = d[i].id;
			if (*ask->events && !event_wanted(ask->events, d[i].what.kind))
				continue;
			TRY(again(t, &d[i]));
			(*n_out)++;
		}
	}
	*more_out = *n_out == REPLAY_MAX;
	return OK;
}

enum err deliver_replay(struct turn *t, const struct replay_ask *ask, int64_t *n_out,
			bool *more_out)
{
	assert(t->in_lane);
	*n_out = 0;
	*more_out = false;
	if (ask->n_ids == 0 && !ask->channel && !ask->from_ms && !ask->to_ms && !*ask->events)
		return fail(t, ERR_INVALID,
			    "names: say which: names, a channel, a time, or event types");
	if (ask->n_ids > 0)
		TRY(replay_named(t, ask, n_out));
	else
		TRY(replay_found(t, ask, n_out, more_out));
	return audit_add(t, "deliveries.replayed", "deliveries",
			 turn_printf(t, "%lld", (long long)*n_out));
}

enum err deliver_trouble(struct turn *t, const char **out, bool *all_fail_out)
{
	struct channel *c;
	size_t n, enabled = 0, failing = 0;

	*out = NULL;
	TRY(channel_list(t, &c, &n));
	for (size_t i = 0; i < n; i++) {
		bool bad = c[i].state != CHANNEL_OK;

		enabled += c[i].enabled || c[i].state == CHANNEL_GONE;
		failing += bad;
		if (bad)
			*out = turn_printf(t, "channel %s: %.100s", c[i].name, c[i].said);
	}
	*all_fail_out = failing > 0 && failing == enabled;
	return OK;
}
