/* What a sentinel says, in each channel's own words; the shapes are the daemon's (server/net). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/core/channel.h"
#include "server/core/event_kinds.h"
#include "server/net/chat.h"
#include "server/net/http.h"
#include "server/net/process.h"
#include "server/net/smtp.h"
#include "server/net/webhook.h"
#include "server/sentinel.h"

enum { WITHIN_MS = 10000, OUTPUT_MAX = 4096, ASK_MS = 5000, ANSWER_MAX = 64 << 10 };

enum err sentinel_open(struct turn *t, const struct sentinel *s, struct http_client **out)
{
	struct http_options o = { .connections = 2, .ca_file = *s->ca_file ? s->ca_file : NULL };

	return http_open(t, &o, out);
}

void sentinel_close(struct http_client *http)
{
	http_close(http);
}

int sentinel_get(struct turn *t, struct http_client *http, const char *url, const char **said)
{
	struct http_ask q = { .url = url, .max_answer = ANSWER_MAX, .within_ms = ASK_MS };
	struct http_answer *a = http_ask_many(t, http, &q, 1);

	*said = a->outcome == HTTP_ANSWERED ? "" : a->said;
	return a->outcome == HTTP_ANSWERED ? a->status : 0;
}

static struct message message_of(struct turn *t, const struct sentinel *s,
				 const struct sentinel_word *w)
{
	return (struct message){
		.id = w->uid,
		.source = turn_printf(t, "/ghost-fleet-sentinel/%s", s->name),
		.kind = w->over ? "sentinel.answers" : "sentinel.silent",
		.severity = w->over ? "info" : "critical",
		.subject = s->url,
		.text = w->text,
		.actor = s->name,
		.time_ms = w->at_ms,
		.alarm = turn_printf(t, "ghost-fleet-sentinel/%.60s/%.150s", s->name, s->url),
		.ends = w->over,
	};
}

static enum err event_of(struct turn *t, const struct message *m, struct bytes *out)
{
	json_t *data = json_pack("{s:s, s:s, s:s}", "url", m->subject, "text", m->text, "sentinel",
				 m->actor);
	char *text = data ? json_dumps(data, JSON_COMPACT) : NULL;
	struct cloud_event e = { .id = m->id,
				 .source = m->source,
				 .type = turn_printf(t, EVENT_TYPE_PREFIX "%s", m->kind),
				 .subject = "host",
				 .time_ms = m->time_ms,
				 .sequence = m->time_ms,
				 .schema = "urn:ghostfleet:sentinel",
				 .data = turn_strdup(t, text ? text : "{}") };

	free(text);
	json_decref(data);
	return cloud_event_json(t, &e, out);
}

static enum err ask_of(struct turn *t, const struct sentinel_channel *c, const struct message *m,
		       struct http_ask *out)
{
	struct bytes body, key;
	uint8_t *bytes;

	if (c->kind == CHANNEL_PAGERDUTY)
		*out = pagerduty_ask(t, c->url, c->secret, m);
	else if (c->kind == CHANNEL_SLACK)
		*out = slack_ask(t, c->secret, m);
	else if (c->kind == CHANNEL_DISCORD)
		*out = discord_ask(t, c->secret, m);
	if (c->kind != CHANNEL_WEBHOOK)
		return OK;
	TRY(event_of(t, m, &body));
	bytes = turn_alloc(t, WEBHOOK_KEY_MAX);
	(void)webhook_key(c->secret, bytes, &key.n); /* it was, when it was read */
	key.p = bytes;
	*out = webhook_ask(t, c->url, m->id, t->now_ms / 1000, body, &key, 1);
	return OK;
}

static bool by_http(struct turn *t, struct http_client *http, const struct sentinel_channel *c,
		    const struct message *m, const char **said)
{
	struct http_ask q;

	*said = t->why;
	if (ask_of(t, c, m, &q) != OK)
		return false;
	q.within_ms = WITHIN_MS;
	struct http_answer *a = http_ask_many(t, http, &q, 1);

	*said = a->outcome == HTTP_ANSWERED ? turn_printf(t, "HTTP %d", a->status) : a->said;
	return a->outcome == HTTP_ANSWERED && a->status / 100 == 2;
}

static bool by_mail(struct turn *t, const struct sentinel *s, const struct sentinel_channel *c,
		    const struct message *m, const char **said)
{
	struct mail mail = { .url = c->url,
			     .may_be_plain = true,
			     .ca_file = *s->ca_file ? s->ca_file : NULL,
			     .username = c->username,
			     .password = c->secret,
			     .sender = c->sender,
			     .recipients = c->list,
			     .n_recipients = c->n_list,
			     .subject = turn_printf(t, "[%s] %s", m->severity, m->text),
			     .text = message_line(t, m),
			     .id = m->id,
			     .domain = strchr(c->sender, '@') + 1,
			     .time_ms = m->time_ms,
			     .within_ms = WITHIN_MS };
	struct mail_answer a = smtp_send(t, &mail);

	*said = a.taken ? "" : a.said;
	return a.taken;
}

static bool by_program(struct turn *t, const struct sentinel_channel *c, const struct message *m,
		       const char **said)
{
	struct process_ask ask = { .argv = c->list,
				   .within_ms = WITHIN_MS,
				   .max_output = OUTPUT_MAX };

	*said = t->why;
	if (event_of(t, m, &ask.input) != OK)
		return false;
	struct process_end e = process_run(t, &ask);

	*said = e.said ? e.said : "";
	return e.started && !e.late && e.code == 0;
}

bool sentinel_say(struct turn *t, struct http_client *http, const struct sentinel *s,
		  const struct sentinel_channel *c, const struct sentinel_word *w,
		  const char **said)
{
	struct message m = message_of(t, s, w);

	switch (c->kind) {
	case CHANNEL_WEBHOOK:
	case CHANNEL_PAGERDUTY:
	case CHANNEL_SLACK:
	case CHANNEL_DISCORD:
		return by_http(t, http, c, &m, said);
	case CHANNEL_EMAIL:
		return by_mail(t, s, c, &m, said);
	case CHANNEL_COMMAND:
		return by_program(t, c, &m, said);
	}
	return false;
}
