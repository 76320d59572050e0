#include "server/core/channel.h"

#include <assert.h>
#include <string.h>

#include "server/core/channel_check.h"
#include "server/core/event_kinds.h"
#include "server/core/shared.h"
#include "store/audit.h"
#include "store/events.h"
#include "store/store.h"

const char *channel_subject(struct turn *t, const char *name)
{
	return turn_printf(t, "channels/%s", name);
}

const char *channel_kind_name(enum channel_kind k)
{
	switch (k) {
	case CHANNEL_WEBHOOK:
		return "webhook";
	case CHANNEL_EMAIL:
		return "email";
	case CHANNEL_PAGERDUTY:
		return "pagerduty";
	case CHANNEL_SLACK:
		return "slack";
	case CHANNEL_DISCORD:
		return "discord";
	case CHANNEL_COMMAND:
		return "command";
	}
	return "";
}

static enum err told(struct turn *t, const struct channel *c, const char *kind, const char *text)
{
	const char *subject = channel_subject(t, c->name);

	TRY(event_add(t, TOPIC_FLEET, subject, kind, text));
	return audit_add(t, kind, subject, text);
}

static enum err keys_open(struct turn *t)
{
	if (shared()->keyring)
		return OK;
	return fail_reason(t, REASON_KEYS_LOCKED,
			   "the keys are locked: a channel's secret cannot be sealed or opened");
}

static enum err seal(struct turn *t, struct channel *c, const char *secret)
{
	TRY(channel_check_secret(t, secret, c));
	TRY(keys_open(t));
	return keyring_seal_text(t, shared()->keyring, channel_subject(t, c->name), secret,
				 &c->secret);
}

enum err channel_secret(struct turn *t, const struct channel *c, bool old, const char **out)
{
	struct bytes sealed = old ? c->old_secret : c->secret;
	char *text;

	*out = "";
	if (!sealed.p)
		return OK;
	TRY(keys_open(t));
	TRY(keyring_open_text(t, shared()->keyring, channel_subject(t, c->name), sealed, &text));
	*out = text;
	return OK;
}

static bool needs_secret(const struct channel *c)
{
	return c->kind != CHANNEL_COMMAND && (c->kind != CHANNEL_EMAIL || *c->username);
}

static enum err has_what_it_needs(struct turn *t, const struct channel *c)
{
	if (needs_secret(c) && !c->secret.p)
		return fail(t, ERR_INVALID, "secret: is missing; a %s needs one",
			    channel_kind_name(c->kind));
	return OK;
}

/* What happened before is none of its business. */
static enum err from_now_on(struct turn *t, struct channel *c)
{
	return event_last(t, &c->since_event);
}

enum err channel_create(struct turn *t, const struct channel_ask *ask, struct channel *out)
{
	struct channel *all;
	size_t n;

	assert(t->in_lane);
	*out = (struct channel){ .name = ask->name,
				 .kind = ask->kind,
				 .enabled = ask->enabled,
				 .said = "",
				 .state = CHANNEL_OK };
	TRY(channel_check_name(t, ask->name));
	TRY(channel_list(t, &all, &n));
	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].name, ask->name) == 0)
			return fail(t, ERR_EXISTS, "channel '%s' is there already", ask->name);
	if (n >= CHANNELS_MAX)
		return fail(t, ERR_FULL, "%d channels are the most: remove one first",
			    CHANNELS_MAX);
	TRY(channel_check_events(t, ask->events, &out->events));
	TRY(channel_check_target(t, ask, out));
	if (*ask->secret)
		TRY(seal(t, out, ask->secret));
	TRY(has_what_it_needs(t, out));
	TRY(told(t, out, "channel.added", channel_kind_name(out->kind)));
	TRY(from_now_on(t, out));
	return channel_add(t, out);
}

static enum err at_version(struct turn *t, const char *name, int64_t version, struct channel *out)
{
	TRY(channel_get(t, name, out));
	if (version && version != out->version)
		return fail(t, ERR_STALE, "etag: '%s' changed since you read it: read it again",
			    name);
	return OK;
}

/* The webhook's secret of before goes on signing for a while, so that nothing is refused while the
 * other side learns the new one. */
static enum err rotate(struct turn *t, const struct channel_change *ch, struct channel *c)
{
	if (ch->keep_old_ms < 0 || ch->keep_old_ms > CHANNEL_KEEP_OLD_MAX)
		return fail(t, ERR_INVALID, "keep_old_secret: at most 7 days");
	if (ch->keep_old_ms > 0 && c->kind != CHANNEL_WEBHOOK)
		return fail(t, ERR_INVALID, "keep_old_secret: only a webhook has two");
	c->old_secret = ch->keep_old_ms > 0 ? c->secret : (struct bytes){ NULL, 0 };
	c->old_until_ms = ch->keep_old_ms > 0 ? t->now_ms + ch->keep_old_ms : 0;
	if (*ch->to.secret)
		return seal(t, c, ch->to.secret);
	c->secret = (struct bytes){ NULL, 0 };
	return OK;
}

/* A secret meant for one place must not go to another: a new target wants its secret again. */
static enum err retarget(struct turn *t, const struct channel_change *ch, struct channel *c)
{
	if (ch->to.kind != c->kind)
		return fail(t, ERR_INVALID,
			    "channel.target: '%s' is a %s; add another channel for a %s", c->name,
			    channel_kind_name(c->kind), channel_kind_name(ch->to.kind));
	if (needs_secret(c) && !ch->secret)
		return fail(t, ERR_INVALID,
			    "update_mask: a new target needs its secret: add \"secret\"");
	return channel_check_target(t, &ch->to, c);
}

enum err channel_change(struct turn *t, int64_t version, const struct channel_change *ch,
			struct channel *out)
{
	bool was_enabled;

	assert(t->in_lane);
	TRY(at_version(t, ch->to.name, version, out));
	was_enabled = out->enabled;
	if (ch->events)
		TRY(channel_check_events(t, ch->to.events, &out->events));
	if (ch->target)
		TRY(retarget(t, ch, out));
	if (ch->secret)
		TRY(rotate(t, ch, out));
	if (ch->enabled)
		out->enabled = ch->to.enabled;
	TRY(has_what_it_needs(t, out));
	/* A person has looked: it is tried at once. */
	out->state = CHANNEL_OK;
	out->failures = out->hold_ms = 0;
	out->said = "";
	TRY(told(t, out, "channel.changed",
		 turn_printf(t, "%s%s%s%s", ch->enabled ? "enabled " : "",
			     ch->events ? "event types " : "", ch->target ? "target " : "",
			     ch->secret ? "secret" : "")));
	if (ch->events || (out->enabled && !was_enabled))
		TRY(from_now_on(t, out));
	return channel_save(t, out);
}

enum err channel_delete(struct turn *t, const char *name, int64_t version, struct channel *out)
{
	assert(t->in_lane);
	TRY(at_version(t, name, version, out));
	TRY(channel_remove(t, out));
	return told(t, out, "channel.removed", channel_kind_name(out->kind));
}

enum err channel_try(struct turn *t, const struct channel *c, const char *data,
		     struct delivery *out)
{
	struct notice n = {
		.source = NOTICE_TEST,
		.kind = "channel.test",
		.subject = channel_subject(t, c->name),
		.severity = event_kind("channel.test").severity,
		.at_ms = t->now_ms,
		.text = turn_printf(t, "a test of channel %s, asked for by %s", c->name, t->actor),
		.actor = t->actor,
		.data = data,
	};

	assert(t->in_lane);
	if (!c->enabled)
		return fail(t, ERR_REFUSED, "channel '%s' is switched off: enable it first",
			    c->name);
	TRY(notice_add(t, &n));
	*out = (struct delivery){ .notice = n.id,
				  .channel = c->id,
				  .state = DELIVERY_QUEUED,
				  .queued_ms = t->now_ms,
				  .said = "" };
	TRY(delivery_add(t, out));
	TRY(audit_add(t, "channel.tested", n.subject, ""));
	return delivery_get(t, out->id, out);
}
