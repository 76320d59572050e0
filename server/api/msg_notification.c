#include "server/api/msg_notification.h"

#include <string.h>

#include "server/core/deliver.h"
#include "server/core/event_kinds.h"

/* Lines as a repeated string; none for "". */
static char **lines(struct turn *t, const char *text, const char *prefix, size_t *n_out)
{
	char **v = turn_array(t, CHANNEL_EVENTS + 1, sizeof(*v));
	char *rest = turn_strdup(t, text), *line;

	*n_out = 0;
	while (*text && *n_out < CHANNEL_EVENTS && (line = strsep(&rest, "\n")) != NULL)
		v[(*n_out)++] = turn_printf(t, "%s%s", prefix, line);
	return v;
}

static void webhook(struct turn *t, const struct channel *c, Ghostfleet__V1__Channel *m)
{
	m->target_case = GHOSTFLEET__V1__CHANNEL__TARGET_WEBHOOK;
	m->webhook = msg_new(t, &ghostfleet__v1__webhook_target__descriptor);
	m->webhook->url = msg_text(t, c->target);
}

static void email(struct turn *t, const struct channel *c, Ghostfleet__V1__Channel *m)
{
	m->target_case = GHOSTFLEET__V1__CHANNEL__TARGET_EMAIL;
	m->email = msg_new(t, &ghostfleet__v1__email_target__descriptor);
	m->email->url = msg_text(t, c->target);
	m->email->username = msg_text(t, c->username);
	m->email->sender = msg_text(t, c->sender);
	m->email->recipients = lines(t, c->recipients, "", &m->email->n_recipients);
}

static void pagerduty(struct turn *t, const struct channel *c, Ghostfleet__V1__Channel *m)
{
	m->target_case = GHOSTFLEET__V1__CHANNEL__TARGET_PAGERDUTY;
	m->pagerduty = msg_new(t, &ghostfleet__v1__pager_duty_target__descriptor);
	m->pagerduty->url = msg_text(t, c->target);
}

static void slack(struct turn *t, const struct channel *c, Ghostfleet__V1__Channel *m)
{
	m->target_case = GHOSTFLEET__V1__CHANNEL__TARGET_SLACK;
	m->slack = msg_new(t, &ghostfleet__v1__slack_target__descriptor);
	m->slack->url = msg_text(t, c->target);
}

static void discord(struct turn *t, const struct channel *c, Ghostfleet__V1__Channel *m)
{
	m->target_case = GHOSTFLEET__V1__CHANNEL__TARGET_DISCORD;
	m->discord = msg_new(t, &ghostfleet__v1__discord_target__descriptor);
	m->discord->url = msg_text(t, c->target);
}

static void command(struct turn *t, const struct channel *c, Ghostfleet__V1__Channel *m)
{
	m->target_case = GHOSTFLEET__V1__CHANNEL__TARGET_COMMAND;
	m->command = msg_new(t, &ghostfleet__v1__command_target__descriptor);
	m->command->arguments = lines(t, c->target, "", &m->command->n_arguments);
}

static void target(struct turn *t, const struct channel *c, Ghostfleet__V1__Channel *m)
{
	switch (c->kind) {
	case CHANNEL_WEBHOOK:
		webhook(t, c, m);
		break;
	case CHANNEL_EMAIL:
		email(t, c, m);
		break;
	case CHANNEL_PAGERDUTY:
		pagerduty(t, c, m);
		break;
	case CHANNEL_SLACK:
		slack(t, c, m);
		break;
	case CHANNEL_DISCORD:
		discord(t, c, m);
		break;
	case CHANNEL_COMMAND:
		command(t, c, m);
		break;
	}
}

enum err msg_channel(struct turn *t, const struct channel *c, Ghostfleet__V1__Channel **out)
{
	Ghostfleet__V1__Channel *m = msg_new(t, &ghostfleet__v1__channel__descriptor);

	m->name = msg_text(t, channel_subject(t, c->name));
	m->etag = turn_printf(t, "%lld", (long long)c->version);
	m->enabled = c->enabled;
	m->event_types = lines(t, c->events, EVENT_TYPE_PREFIX, &m->n_event_types);
	target(t, c, m);
	m->kind = (Ghostfleet__V1__ChannelKind)c->kind;
	m->state = (Ghostfleet__V1__ChannelState)c->state;
	m->text = msg_text(t, c->said);
	m->failures = c->failures;
	m->hold_time = msg_time(t, c->hold_ms);
	m->success_time = msg_time(t, c->ok_ms);
	m->failure_time = msg_time(t, c->fail_ms);
	m->create_time = msg_time(t, c->created_ms);
	m->has_secret = c->secret.p != NULL;
	if (c->old_secret.p && c->old_until_ms > t->now_ms)
		m->old_secret_expire_time = msg_time(t, c->old_until_ms);
	m->sent = c->sent;
	m->dead = c->dead;
	m->dropped = c->dropped;
	*out = m;
	return delivery_waiting(t, c->id, QUEUE_MAX, &m->waiting);
}

Ghostfleet__V1__Delivery *msg_delivery(struct turn *t, const struct delivery *d)
{
	Ghostfleet__V1__Delivery *m = msg_new(t, &ghostfleet__v1__delivery__descriptor);

	m->name = turn_printf(t, "deliveries/%lld", (long long)d->id);
	m->channel = msg_text(t, channel_subject(t, d->channel_name));
	m->event_id = msg_text(t, d->what.uid);
	m->event_type = turn_printf(t, EVENT_TYPE_PREFIX "%s", d->what.kind);
	m->subject = msg_text(t, d->what.subject);
	m->severity = (Ghostfleet__V1__Severity)d->what.severity;
	m->event_time = msg_time(t, d->what.at_ms);
	m->text = msg_text(t, d->what.text);
	m->state = (Ghostfleet__V1__DeliveryState)d->state;
	m->attempts = (int32_t)d->attempts;
	m->replays = (int32_t)d->replays;
	m->status = (int32_t)d->status;
	m->said = msg_text(t, d->said);
	m->queue_time = msg_time(t, d->queued_ms);
	m->attempt_time = msg_time(t, d->last_ms);
	if (d->state == DELIVERY_RETRYING)
		m->retry_time = msg_time(t, d->next_ms);
	m->end_time = msg_time(t, d->end_ms);
	if (d->last_ms)
		m->took = msg_duration(t, d->took_ms);
	m->data = msg_text(t, d->what.data);
	return m;
}

static struct texts texts_of(char **v, size_t n)
{
	return (struct texts){ (const char *const *)v, n };
}

static enum err target_of(struct turn *t, const Ghostfleet__V1__Channel *m, struct channel_ask *out)
{
	switch (m->target_case) {
	case GHOSTFLEET__V1__CHANNEL__TARGET_WEBHOOK:
		out->kind = CHANNEL_WEBHOOK;
		out->url = m->webhook->url;
		return OK;
	case GHOSTFLEET__V1__CHANNEL__TARGET_EMAIL:
		out->kind = CHANNEL_EMAIL;
		out->url = m->email->url;
		out->username = m->email->username;
		out->sender = m->email->sender;
		out->recipients = texts_of(m->email->recipients, m->email->n_recipients);
		return OK;
	case GHOSTFLEET__V1__CHANNEL__TARGET_PAGERDUTY:
		out->kind = CHANNEL_PAGERDUTY;
		out->url = m->pagerduty->url;
		return OK;
	case GHOSTFLEET__V1__CHANNEL__TARGET_SLACK:
		out->kind = CHANNEL_SLACK;
		out->url = m->slack->url;
		return OK;
	case GHOSTFLEET__V1__CHANNEL__TARGET_DISCORD:
		out->kind = CHANNEL_DISCORD;
		out->url = m->discord->url;
		return OK;
	case GHOSTFLEET__V1__CHANNEL__TARGET_COMMAND:
		out->kind = CHANNEL_COMMAND;
		out->arguments = texts_of(m->command->arguments, m->command->n_arguments);
		return OK;
	case GHOSTFLEET__V1__CHANNEL__TARGET__NOT_SET:
	default: /* protobuf-c's enum has a value more, for its size */
		return fail(t, ERR_INVALID, "channel: say where: webhook, email, pagerduty, ...");
	}
}

enum err channel_ask_of(struct turn *t, const Ghostfleet__V1__Channel *m, bool needs_target,
			struct channel_ask *out)
{
	*out = (struct channel_ask){ .url = "", .username = "", .sender = "", .secret = "" };
	if (!m)
		return fail(t, ERR_INVALID, "channel: is missing");
	TRY(name_of(t, "channel.name", "channels", m->name, &out->name));
	out->enabled = m->enabled;
	out->events = texts_of(m->event_types, m->n_event_types);
	return needs_target ? target_of(t, m, out) : OK;
}
