/* A delivery in its channel's own words, and what the answer means. */
#include "server/jobs/notify.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/core/channel.h"
#include "server/core/event_kinds.h"
#include "server/core/shared.h"
#include "server/net/chat.h"
#include "server/net/http.h"
#include "server/net/process.h"
#include "server/net/smtp.h"
#include "server/net/webhook.h"
#include "store/base/buf.h"
#include "store/base/clock.h"

/* quick: a channel that takes longer is served by the slow job, where nobody waits for it. */
enum { QUICK_MS = 2500, SLOW_WITHIN_MS = 15000, CONNECT_MS = 4000 };
enum { ANSWER_SHOWN = 120, OUTPUT_MAX = 4096, EXIT_DATA_REFUSED = 65 };

static const char SCHEMA[] = "urn:ghostfleet:proto:ghostfleet.v1.EventData";
static const char PAGE_SCHEMA[] = "urn:ghostfleet:proto:ghostfleet.v1.PageData";

enum err notify_open(struct turn *t, const struct notify_options *o, struct notify **out)
{
	struct notify *n = calloc(1, sizeof(*n));
	struct http_options http = { .connections = CHANNELS_MAX,
				     .connect_ms = CONNECT_MS,
				     .ca_file = o->ca_file,
				     .public_only = !o->allow_private };

	if (!n)
		abort();
	n->options = *o;
	enum err e = http_open(t, &http, &n->slow);

	http.connect_ms = QUICK_MS;
	if (e == OK)
		e = http_open(t, &http, &n->quick);
	if (e != OK) {
		notify_close(n);
		n = NULL;
	}
	*out = n;
	return e;
}

void notify_close(struct notify *n)
{
	if (!n)
		return;
	http_close(n->quick);
	http_close(n->slow);
	free(n);
}

/* ---- what is said ---- */

static enum err event_json(struct turn *t, const struct notify *n, const struct notice *w,
			   struct bytes *out)
{
	struct cloud_event e = {
		.id = w->uid,
		.source = n->options.source,
		.type = turn_printf(t, EVENT_TYPE_PREFIX "%s", w->kind),
		.subject = w->subject,
		.time_ms = w->at_ms,
		.sequence = w->id,
		.schema = w->source == NOTICE_PAGE ? PAGE_SCHEMA : SCHEMA,
		.data = w->data,
	};

	return cloud_event_json(t, &e, out);
}

/* A test that nobody asked for must not wake anybody: to a pager it is the end of an alarm that
 * never was, which is checked and dropped there. */
static bool is_quiet_test(const struct notice *w)
{
	return w->source == NOTICE_TEST && strcmp(w->actor, "scheduler") == 0;
}

static const char *member(struct turn *t, const json_t *data, const char *name)
{
	const char *s = json_string_value(json_object_get(data, name));

	return turn_strdup(t, s ? s : "");
}

/* A page brings its own words; a pager knows the incident by its name there. */
static void page_of(struct turn *t, const struct notice *w, struct message *m)
{
	json_t *data = json_loads(w->data, 0, NULL);
	const char *reason = member(t, data, "reason"), *alarm = member(t, data, "alarm");

	m->body = member(t, data, "body");
	m->link = member(t, data, "ackUrl");
	m->taken = strcmp(reason, "PAGE_REASON_TAKEN") == 0;
	m->ends = strcmp(reason, "PAGE_REASON_RESOLVED") == 0;
	if (*alarm)
		m->alarm = alarm;
	json_decref(data);
}

static struct message message_of(struct turn *t, const struct notify *n, const struct notice *w)
{
	struct event_kind k = event_kind(w->kind);
	struct message m = {
		.id = w->uid,
		.source = n->options.source,
		.kind = w->kind,
		.severity = severity_name(w->severity),
		.subject = w->subject,
		.text = w->text,
		.actor = w->actor,
		.time_ms = w->at_ms,
		.alarm = k.alarm ? turn_printf(t, "%s#%s", w->subject, k.alarm) : w->uid,
		.ends = k.ends || is_quiet_test(w),
	};

	if (w->source == NOTICE_PAGE)
		page_of(t, w, &m);
	return m;
}

/* Its keys: the present one, and while it is being rotated the one before. */
static enum err keys_of(struct turn *t, const struct channel *c, struct bytes keys[2], size_t *n)
{
	*n = 0;
	for (int old = 0; old < 2; old++) {
		uint8_t *key = turn_alloc(t, WEBHOOK_KEY_MAX);
		const char *secret;
		size_t len;

		if (old && c->old_until_ms <= t->now_ms)
			break;
		TRY(channel_secret(t, c, old, &secret));
		if (webhook_key(secret, key, &len))
			keys[(*n)++] = (struct bytes){ key, len };
	}
	if (*n == 0)
		return fail(t, ERR_BROKEN, "channel '%s' has no secret to sign with", c->name);
	return OK;
}

static enum err webhook_of(struct turn *t, const struct notify *n, const struct parcel *p,
			   struct http_ask *out)
{
	struct bytes body, keys[2];
	size_t n_keys;

	TRY(event_json(t, n, &p->d.what, &body));
	TRY(keys_of(t, &p->c, keys, &n_keys));
	*out = webhook_ask(t, p->c.target, p->d.what.uid, t->now_ms / 1000, body, keys, n_keys);
	return OK;
}

static enum err request_of(struct turn *t, const struct notify *n, const struct parcel *p,
			   struct http_ask *out)
{
	struct message m = message_of(t, n, &p->d.what);
	const char *secret;

	if (p->c.kind == CHANNEL_WEBHOOK)
		return webhook_of(t, n, p, out);
	TRY(channel_secret(t, &p->c, false, &secret));
	if (p->c.kind == CHANNEL_PAGERDUTY)
		*out = pagerduty_ask(t, p->c.target, secret, &m);
	else if (p->c.kind == CHANNEL_SLACK)
		*out = slack_ask(t, secret, &m);
	else
		*out = discord_ask(t, secret, &m);
	return OK;
}

/* ---- what is heard ---- */

/* Their first words, so that a line of ours stays one. */
static const char *excerpt(struct turn *t, const char *s, size_t n)
{
	char *out = turn_alloc(t, ANSWER_SHOWN + 1);
	size_t at = 0;

	for (size_t i = 0; i < n && s[i] && at < ANSWER_SHOWN; i++)
		if (s[i] >= 0x20 && s[i] < 0x7f)
			out[at++] = s[i];
		else if (at > 0 && out[at - 1] != ' ')
			out[at++] = ' ';
	out[at] = 0;
	return out;
}

static struct delivery_answer not_said(const char *why)
{
	return (struct delivery_answer){ .kind = ANSWER_AWAY, .retry_after_ms = -1, .said = why };
}

static struct delivery_answer meaning(struct turn *t, const struct http_answer *a)
{
	struct delivery_answer d = { .kind = ANSWER_AWAY,
				     .retry_after_ms = a->retry_after_ms,
				     .took_ms = a->took_us / 1000,
				     .said = a->said };

	if (a->outcome != HTTP_ANSWERED)
		return d;
	const char *words = excerpt(t, (const char *)a->body.p, a->body.n);

	d.kind = deliver_status(a->status);
	d.status = a->status;
	d.said = turn_printf(t, "HTTP %d%s%s%s", a->status,
			     a->status / 100 == 3 ? ", a redirect, which is not followed" : "",
			     *words ? ": " : "", words);
	return d;
}

static void say_http(struct turn *t, struct notify *n, bool quick, const struct parcel *p,
		     size_t count, struct delivery_answer *answers)
{
	struct http_ask *asks = turn_array(t, count, sizeof(*asks));
	size_t *of = turn_array(t, count, sizeof(*of)), n_asks = 0;

	for (size_t i = 0; i < count; i++) {
		struct http_ask *a = &asks[n_asks];

		if (request_of(t, n, &p[i], a) != OK) {
			answers[i] = not_said(turn_strdup(t, t->why));
			continue;
		}
		a->within_ms = quick ? QUICK_MS : SLOW_WITHIN_MS;
		of[n_asks++] = i;
	}
	struct http_answer *heard = http_ask_many(t, quick ? n->quick : n->slow, asks, n_asks);

	for (size_t i = 0; i < n_asks; i++)
		answers[of[i]] = meaning(t, &heard[i]);
}

static const char *const *lines_of(struct turn *t, const char *text, size_t *n_out)
{
	const char **v = turn_array(t, CHANNEL_ARGUMENTS + 1, sizeof(*v));
	char *rest = turn_strdup(t, text), *line;

	*n_out = 0;
	while (*n_out < CHANNEL_ARGUMENTS && (line = strsep(&rest, "\n")) != NULL)
		v[(*n_out)++] = line;
	return v;
}

static const char *with_crlf(struct turn *t, const char *s)
{
	struct buf b = buf_in(t->mem, 2 * strlen(s) + 1);

	for (; *s; s++)
		buf_printf(&b, "%s%c", *s == '\n' ? "\r" : "", *s);
	return buf_text(&b);
}

static const char *mail_text(struct turn *t, const struct message *m)
{
	char when[CLOCK_TEXT];

	if (m->body)
		return with_crlf(t, m->body);
	clock_text(m->time_ms, when);
	return turn_printf(t,
			   "%s\r\n\r\nwhat      %s\r\nseverity  %s\r\nabout     %s\r\nwhen      "
			   "%s\r\nby        %s\r\nsource    %s\r\nid        %s\r\n",
			   *m->text ? m->text : m->kind, m->kind, m->severity, m->subject, when,
			   *m->actor ? m->actor : "nobody", m->source, m->id);
}

static struct delivery_answer say_mail(struct turn *t, struct notify *n, const struct parcel *p)
{
	struct message m = message_of(t, n, &p->d.what);
	const char *password;
	struct mail mail = {
		.url = p->c.target,
		.may_be_plain = n->options.allow_private,
		.public_only = !n->options.allow_private,
		.ca_file = n->options.ca_file,
		.username = p->c.username,
		.sender = p->c.sender,
		.subject = m.body ? m.text
				  : turn_printf(t, "[%s] %s %s", m.severity, m.kind, m.subject),
		.text = mail_text(t, &m),
		.id = p->d.what.uid,
		.domain = strchr(p->c.sender, '@') + 1,
		.time_ms = m.time_ms,
		.within_ms = SLOW_WITHIN_MS,
	};

	mail.recipients = lines_of(t, p->c.recipients, &mail.n_recipients);
	if (channel_secret(t, &p->c, false, &password) != OK)
		return not_said(turn_strdup(t, t->why));
	mail.password = password;
	struct mail_answer a = smtp_send(t, &mail);

	/* 5xx to a mail is final for this mail; a login that fails (53x) is not its fault. */
	return (struct delivery_answer){
		.kind = a.taken                                  ? ANSWER_OK
			: a.code / 100 == 5 && a.code / 10 != 53 ? ANSWER_REFUSED
								 : ANSWER_AWAY,
		.status = a.code,
		.retry_after_ms = -1,
		.took_ms = a.took_ms,
		.said = a.taken ? "taken by the mail server" : excerpt(t, a.said, strlen(a.said)),
	};
}

/* The list in the configuration is the host's word, also when it changed since. */
static bool may_run(const char *program)
{
	for (size_t i = 0; i < policy()->n_commands; i++)
		if (strcmp(policy()->commands[i], program) == 0)
			return true;
	return false;
}

static struct delivery_answer say_command(struct turn *t, struct notify *n, const struct parcel *p)
{
	struct process_ask ask = { .within_ms = SLOW_WITHIN_MS, .max_output = OUTPUT_MAX };
	size_t argc;

	ask.argv = lines_of(t, p->c.target, &argc);
	if (!may_run(ask.argv[0]))
		return not_said("its program is no longer one of notifications.commands");
	if (event_json(t, n, &p->d.what, &ask.input) != OK)
		return not_said(turn_strdup(t, t->why));
	struct process_end e = process_run(t, &ask);
	bool fine = e.started && !e.late && e.code == 0;
	const char *words = excerpt(t, e.output, strlen(e.output));

	return (struct delivery_answer){
		.kind = fine                          ? ANSWER_OK
			: e.code == EXIT_DATA_REFUSED ? ANSWER_REFUSED
						      : ANSWER_AWAY,
		.status = e.code > 0 ? e.code : 0,
		.retry_after_ms = -1,
		.took_ms = e.took_ms,
		.said = turn_printf(t, "%s%s%s", fine ? "exit code 0" : e.said, *words ? ": " : "",
				    words),
	};
}

struct delivery_answer *notify_say(struct turn *t, struct notify *n, enum server_lane lane,
				   struct parcel *p, size_t count)
{
	struct delivery_answer *answers = turn_array(t, count + 1, sizeof(*answers));

	switch (lane) {
	case LANE_QUICK:
	case LANE_SLOW:
		say_http(t, n, lane == LANE_QUICK, p, count, answers);
		break;
	case LANE_MAIL:
		for (size_t i = 0; i < count; i++)
			answers[i] = say_mail(t, n, &p[i]);
		break;
	case LANE_COMMAND:
		for (size_t i = 0; i < count; i++)
			answers[i] = say_command(t, n, &p[i]);
		break;
	}
	return answers;
}
