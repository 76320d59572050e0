#include "server/net/chat.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/buf.h"
#include "store/base/clock.h"

/* What the services take: Slack 4,000 characters of text well, Discord 2,000 of content, PagerDuty
 * 1,024 of summary. Counted here in bytes, which are no fewer. */
enum {
	SLACK_MAX = 3900,
	DISCORD_MAX = 1900,
	SUMMARY_MAX = 1024,
	ANSWER_MAX = 64 << 10,
	ESCAPE_MAX = 5
};

/* At most `max` bytes, cut at a character. */
static const char *cut_text(struct turn *t, const char *s, size_t max)
{
	size_t n = strlen(s);

	if (n <= max)
		return s;
	n = max;
	while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return turn_printf(t, "%.*s", (int)n, s);
}

const char *message_line(struct turn *t, const struct message *m)
{
	char when[CLOCK_TEXT];

	if (m->body)
		return m->body;
	clock_text(m->time_ms, when);
	return turn_printf(t, "[%s] %s %s%s%s\n%s by %s, %s", m->severity, m->kind, m->subject,
			   *m->text ? ": " : "", m->text, when, *m->actor ? m->actor : "nobody",
			   m->source);
}

static struct http_ask json_ask(struct turn *t, const char *url, json_t *body)
{
	static const char *const headers[] = { "Content-Type: application/json" };
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	const char *kept = turn_strdup(t, text ? text : "{}");

	free(text);
	json_decref(body);
	return (struct http_ask){ .url = url,
				  .headers = headers,
				  .n_headers = 1,
				  .body = { (const uint8_t *)kept, strlen(kept) },
				  .max_answer = ANSWER_MAX };
}

/* Slack reads &, < and > as markup: a link or a mention must not come from what we report. */
static const char *slack_text(struct turn *t, const char *s)
{
	struct buf b = buf_in(t->mem, SLACK_MAX);

	/* Whole: half an escape is none. */
	for (; *s && b.n + ESCAPE_MAX <= SLACK_MAX; s++) {
		if (*s == '&')
			buf_str(&b, "&amp;");
		else if (*s == '<')
			buf_str(&b, "&lt;");
		else if (*s == '>')
			buf_str(&b, "&gt;");
		else
			buf_char(&b, *s);
	}
	return buf_text(&b);
}

struct http_ask slack_ask(struct turn *t, const char *url, const struct message *m)
{
	const char *line = slack_text(t, cut_text(t, message_line(t, m), SLACK_MAX));

	/* Escapes make it longer: what does not fit is cut once more, at a character. */
	line = cut_text(t, line, SLACK_MAX - ESCAPE_MAX);

	return json_ask(t, url, json_pack("{s:s}", "text", line));
}

struct http_ask discord_ask(struct turn *t, const char *url, const struct message *m)
{
	const char *line = cut_text(t, message_line(t, m), DISCORD_MAX);

	/* Nobody is mentioned, whatever the text says. */
	return json_ask(t, url,
			json_pack("{s:s, s:{s:[]}}", "content", line, "allowed_mentions", "parse"));
}

/* The Events API takes an acknowledgement or an end without a payload. */
static const char *action_of(const struct message *m)
{
	return m->ends ? "resolve" : m->taken ? "acknowledge" : "trigger";
}

struct http_ask pagerduty_ask(struct turn *t, const char *url, const char *routing_key,
			      const struct message *m)
{
	const char *summary = m->body ? m->text
				      : turn_printf(t, "%s %s%s%s", m->kind, m->subject,
						    *m->text ? ": " : "", m->text);
	json_t *links = json_array();
	char when[CLOCK_TEXT];

	if (m->link && *m->link)
		json_array_append_new(links, json_pack("{s:s, s:s}", "href", m->link, "text",
						       "acknowledge by link"));
	clock_text(m->time_ms, when);
	return json_ask(t, url,
			json_pack("{s:s, s:s, s:s, s:s, s:o, s:{s:s, s:s, s:s, s:s, s:s, s:s, "
				  "s:{s:s, s:s, s:s}}}",
				  "routing_key", routing_key, "event_action", action_of(m),
				  "dedup_key", m->alarm, "client", "ghost-fleet", "links", links,
				  "payload", "summary", cut_text(t, summary, SUMMARY_MAX), "source",
				  m->source, "severity", m->severity, "timestamp", when,
				  "component", m->subject, "class", m->kind, "custom_details", "id",
				  m->id, "actor", m->actor, "text", m->body ? m->body : m->text));
}
