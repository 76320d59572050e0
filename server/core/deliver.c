#include "server/core/deliver.h"

#include <assert.h>
#include <string.h>

#include "server/core/channel.h"
#include "server/core/event_kinds.h"
#include "server/core/page_watch.h"
#include "server/core/shared.h"
#include "store/audit.h"
#include "store/base/crash.h"
#include "store/base/log.h"
#include "store/meta.h"
#include "store/store.h"

/* Others hear of losses this often at most. */
enum { TOLD_AGAIN_MS = 300000 };

/* ---- events in ---- */

/* meta: the last event that was looked at, 8 bytes, big-endian. */
static const char CURSOR[] = "notify.cursor";

enum err deliver_cursor(struct turn *t, int64_t *after_out)
{
	struct bytes b;
	uint64_t v = 0;
	enum err e = meta_get(t, CURSOR, &b);

	*after_out = 0;
	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	for (size_t i = 0; i < b.n && i < 8; i++)
		v = v << 8 | b.p[i];
	*after_out = (int64_t)v;
	return OK;
}

static enum err set_cursor(struct turn *t, int64_t to)
{
	uint8_t b[8];

	for (size_t i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)((uint64_t)to >> (56 - 8 * i));
	return meta_set(t, CURSOR, b, sizeof(b));
}

/* A channel does not hear of itself: it could not, when it matters. */
static bool wants(const struct channel *c, const struct event *e)
{
	return c->enabled && e->id > c->since_event && event_wanted(c->events, e->kind) &&
	       !(strncmp(e->subject, "channels/", 9) == 0 && strcmp(e->subject + 9, c->name) == 0);
}

bool deliver_wanted(const struct channel *c, size_t n, const struct event *e)
{
	for (size_t i = 0; i < n; i++)
		if (wants(&c[i], e))
			return true;
	return false;
}

/* Others hear that something is lost here, but of each channel not too often; and a loss of what
 * was about a channel is no news, or two that refuse everything would keep each other busy. */
static enum err tell_loss(struct turn *t, struct channel *c, const struct notice *n,
			  const char *why)
{
	if (strncmp(n->subject, "channels/", 9) == 0 || t->now_ms - c->told_ms < TOLD_AGAIN_MS)
		return OK;
	c->told_ms = t->now_ms;
	log_line(t, LOG_WARN, "a message is lost to a channel", "channel", c->name, "event",
		 n->kind, "subject", n->subject, "why", why, NULL);
	return event_add(t, TOPIC_FLEET, channel_subject(t, c->name), "channel.lost",
			 turn_printf(t, "%s of %s: %s", n->kind, n->subject, why));
}

static enum err queue_one(struct turn *t, struct channel *c, const struct notice *n)
{
	struct delivery d = { .notice = n->id,
			      .channel = c->id,
			      .state = DELIVERY_QUEUED,
			      .queued_ms = t->now_ms,
			      .said = "" };
	int64_t waiting;

	TRY(delivery_waiting(t, c->id, QUEUE_MAX, &waiting));
	if (waiting >= QUEUE_MAX) {
		d.state = DELIVERY_DEAD;
		d.end_ms = t->now_ms;
		d.said = turn_printf(t, "not queued: %d wait already", QUEUE_MAX);
	}
	enum err e = delivery_add(t, &d);

	if (e == ERR_EXISTS)
		return OK;
	if (e != OK || d.state == DELIVERY_QUEUED)
		return e;
	c->dropped++;
	TRY(tell_loss(t, c, n, d.said));
	return channel_heard(t, c);
}

static enum err expand_one(struct turn *t, struct channel *c, size_t n_channels,
			   const struct happening *h)
{
	struct notice n = {
		.source = NOTICE_EVENT,
		.ref = h->event.id,
		.kind = h->event.kind,
		.subject = h->event.subject,
		.severity = event_kind(h->event.kind).severity,
		.at_ms = h->event.at_ms,
		.text = h->event.text,
		.actor = h->event.actor,
		.data = h->data,
	};

	if (!deliver_wanted(c, n_channels, &h->event))
		return OK;
	enum err e = notice_add(t, &n);

	if (e != OK && e != ERR_EXISTS)
		return e;
	for (size_t i = 0; i < n_channels; i++)
		if (wants(&c[i], &h->event))
			TRY(queue_one(t, &c[i], &n));
	return OK;
}

enum err deliver_expand(struct turn *t, const struct happening *h, size_t n, int64_t from,
			int64_t to)
{
	struct channel *c;
	size_t n_channels;
	int64_t now_at;

	assert(t->in_lane);
	TRY(deliver_cursor(t, &now_at));
	if (now_at != from)
		return OK;
	TRY(channel_list(t, &c, &n_channels));
	for (size_t i = 0; i < n; i++)
		TRY(expand_one(t, c, n_channels, &h[i]));
	crash_point(CRASH_EXPANDED, t->what);
	return set_cursor(t, to);
}

/* ---- deliveries out ---- */

enum server_lane deliver_lane(const struct channel *c)
{
	if (c->kind == CHANNEL_EMAIL)
		return LANE_MAIL;
	if (c->kind == CHANNEL_COMMAND)
		return LANE_COMMAND;
	return c->failures > 0 || c->took_ms > SLOW_MS ? LANE_SLOW : LANE_QUICK;
}

static enum err take_one(struct turn *t, const struct channel *c, struct parcel *p, bool *taken)
{
	bool busy;

	*taken = false;
	TRY(delivery_sending(t, c->id, &busy));
	if (busy)
		return OK;
	enum err e = delivery_due(t, c->id, &p->d);

	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	p->c = *c;
	p->d.state = DELIVERY_SENDING;
	p->d.attempts++;
	p->d.last_ms = t->now_ms;
	*taken = true;
	return delivery_save(t, &p->d);
}

static bool may_serve(struct turn *t, const struct channel *c, enum server_lane lane)
{
	return c->enabled && c->hold_ms <= t->now_ms && deliver_lane(c) == lane;
}

enum err deliver_due(struct turn *t, enum server_lane lane, bool *out)
{
	struct channel *c;
	struct delivery d;
	enum err e = ERR_MISSING;
	size_t n;

	TRY(channel_list(t, &c, &n));
	for (size_t i = 0; i < n && e == ERR_MISSING; i++)
		if (may_serve(t, &c[i], lane))
			e = delivery_due(t, c[i].id, &d);
	*out = e == OK;
	return e == ERR_MISSING ? OK : e;
}

enum err deliver_take(struct turn *t, enum server_lane lane, struct parcel *out, size_t max,
		      size_t *n_out)
{
	struct channel *c;
	size_t n;

	assert(t->in_lane);
	*n_out = 0;
	TRY(channel_list(t, &c, &n));
	for (size_t i = 0; i < n && *n_out < max; i++) {
		bool taken;

		if (!may_serve(t, &c[i], lane))
			continue;
		TRY(take_one(t, &c[i], &out[*n_out], &taken));
		*n_out += taken;
	}
	return OK;
}

enum answer_kind deliver_status(int status)
{
	if (status / 100 == 2)
		return ANSWER_OK;
	if (status == 410)
		return ANSWER_GONE;
	/* Not of this delivery: a wrong address or key, too much at once, a timeout. */
	if (status / 100 != 4 || status == 401 || status == 403 || status == 404 || status == 407 ||
	    status == 408 || status == 425 || status == 429)
		return ANSWER_AWAY;
	return ANSWER_REFUSED;
}

int64_t deliver_backoff(struct turn *t, int64_t failures)
{
	int64_t wait = FIRST_RETRY_MS;

	for (int64_t i = 1; i < failures && wait < LAST_RETRY_MS; i++)
		wait *= 2;
	if (wait > LAST_RETRY_MS)
		wait = LAST_RETRY_MS;
	return wait + (int64_t)turn_pick(t, (uint64_t)wait / 4 + 1);
}

static enum err give_up(struct turn *t, struct channel *c, struct delivery *d, const char *why)
{
	d->state = DELIVERY_DEAD;
	d->end_ms = t->now_ms;
	d->said = why;
	c->dead++;
	TRY(page_lost(t, d, why));
	return tell_loss(t, c, &d->what, why);
}

static bool too_old(struct turn *t, const struct delivery *d)
{
	return t->now_ms - d->queued_ms > policy()->give_up_ms;
}

/* It answers: whatever it said, it is there. */
static enum err is_there(struct turn *t, struct channel *c)
{
	bool told = c->state == CHANNEL_FAILING;

	c->state = CHANNEL_OK;
	c->failures = c->hold_ms = 0;
	if (!told)
		return OK;
	return event_add(t, TOPIC_FLEET, channel_subject(t, c->name), "channel.recovered",
			 "takes messages again");
}

static enum err heard_away(struct turn *t, struct channel *c, struct delivery *d,
			   const struct delivery_answer *a)
{
	int64_t wait = a->retry_after_ms > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : a->retry_after_ms;

	c->failures++;
	c->fail_ms = t->now_ms;
	c->said = a->said;
	int64_t own = deliver_backoff(t, c->failures);

	/* When it names a time, that is it; a little later, as clocks differ. */
	c->hold_ms = t->now_ms + (wait > 0 ? wait + (int64_t)turn_pick(t, 250) : own);
	d->state = DELIVERY_RETRYING;
	d->next_ms = c->hold_ms;
	if (too_old(t, d))
		TRY(give_up(t, c, d, turn_printf(t, "too old; last: %.300s", a->said)));
	if (c->failures != FAILING_TRIES)
		return OK;
	c->state = CHANNEL_FAILING;
	log_line(t, LOG_WARN, "a channel does not take messages", "channel", c->name, "said",
		 a->said, NULL);
	return event_add(t, TOPIC_FLEET, channel_subject(t, c->name), "channel.failing", a->said);
}

static enum err heard_refused(struct turn *t, struct channel *c, struct delivery *d,
			      const struct delivery_answer *a)
{
	TRY(is_there(t, c));
	c->fail_ms = t->now_ms;
	c->said = a->said;
	d->state = DELIVERY_RETRYING;
	d->next_ms = t->now_ms + deliver_backoff(t, d->attempts);
	if (d->attempts < REFUSED_TRIES && !too_old(t, d))
		return OK;
	return give_up(t, c, d, turn_printf(t, "refused: %.300s", a->said));
}

static enum err heard_gone(struct turn *t, struct channel *c, struct delivery *d,
			   const struct delivery_answer *a)
{
	c->state = CHANNEL_GONE;
	c->enabled = false;
	c->fail_ms = t->now_ms;
	c->said = a->said;
	d->state = DELIVERY_RETRYING; /* should a person bring the channel back */
	d->next_ms = t->now_ms;
	const char *subject = channel_subject(t, c->name);

	TRY(event_add(t, TOPIC_FLEET, subject, "channel.gone", a->said));
	return audit_add(t, "channel.gone", subject, a->said);
}

static enum err heard_ok(struct turn *t, struct channel *c, struct delivery *d)
{
	TRY(is_there(t, c));
	c->ok_ms = t->now_ms;
	c->sent++;
	d->state = DELIVERY_SENT;
	d->end_ms = t->now_ms;
	return OK;
}

static enum err by_kind(struct turn *t, struct channel *c, struct delivery *d,
			const struct delivery_answer *a)
{
	switch (a->kind) {
	case ANSWER_OK:
		return heard_ok(t, c, d);
	case ANSWER_AWAY:
		return heard_away(t, c, d, a);
	case ANSWER_REFUSED:
		return heard_refused(t, c, d, a);
	case ANSWER_GONE:
		return heard_gone(t, c, d, a);
	}
	return OK;
}

enum err deliver_heard(struct turn *t, const struct parcel *p, const struct delivery_answer *a)
{
	struct delivery d;
	struct channel c;

	assert(t->in_lane);
	TRY(delivery_get(t, p->d.id, &d));
	if (d.state != DELIVERY_SENDING || d.attempts != p->d.attempts)
		return OK; /* replayed, or taken up anew, meanwhile */
	enum err e = channel_by_id(t, d.channel, &c);

	if (e != OK && e != ERR_MISSING)
		return e;
	d.status = a->status;
	d.said = a->said;
	d.took_ms = a->took_ms;
	if (e == ERR_MISSING) { /* removed meanwhile */
		d.state = a->kind == ANSWER_OK ? DELIVERY_SENT : DELIVERY_DEAD;
		d.end_ms = t->now_ms;
		return delivery_save(t, &d);
	}
	enum server_lane lane = deliver_lane(&c);

	c.took_ms = a->took_ms;
	TRY(by_kind(t, &c, &d, a));
	if (deliver_lane(&c) != lane) /* another job goes on with it, now */
		lane_touch(t, TOPIC_NOTIFY);
	TRY(delivery_save(t, &d));
	return channel_heard(t, &c);
}
