/* What comes in by HTTP from people's phones and other programs: the links of pages, PagerDuty's
 * and Alertmanager's webhooks, heartbeats. Each brings its own proof, so that no name of this host
 * and no token of ours is needed for the first two. */
#include "server/api/http_in.h"

#include <stdatomic.h>
#include <string.h>

#include "server/core/ack.h"
#include "server/core/heartbeat.h"
#include "server/core/inbound.h"
#include "server/core/incident.h"
#include "server/core/shared.h"
#include "store/base/units.h"

enum { REFUSED_A_SECOND = 20, COMMENT_MAX = 300, SAID_MAX = 300 };

/* Who guesses is told no ever more briefly; who has a good link or token is not held up. */
static enum err refused(struct turn *t, enum err e)
{
	static _Atomic int64_t second;
	static _Atomic unsigned count;

	if (e != ERR_DENIED && e != ERR_MISSING && e != ERR_NOBODY)
		return e;
	if (atomic_exchange(&second, t->now_ms / 1000) != t->now_ms / 1000)
		atomic_store(&count, 0);
	if (atomic_fetch_add(&count, 1) < REFUSED_A_SECOND)
		return e;
	t->retry_ms = 1000;
	return fail(t, ERR_FULL, "too many calls were refused: wait a second");
}

/* ---- the small page behind a link ---- */

static void html(struct buf *b, const char *text)
{
	for (; *text; text++) {
		if (*text == '<')
			buf_str(b, "&lt;");
		else if (*text == '>')
			buf_str(b, "&gt;");
		else if (*text == '&')
			buf_str(b, "&amp;");
		else if (*text == '"')
			buf_str(b, "&quot;");
		else
			buf_char(b, *text);
	}
}

static void html_head(struct http_reply *r, const char *title)
{
	r->type = "text/html; charset=utf-8";
	buf_str(&r->body, "<!doctype html><html lang=en><meta charset=utf-8>"
			  "<meta name=viewport content=\"width=device-width\"><meta name=robots "
			  "content=noindex><title>Ghost Fleet</title><style>body{font:1.1em/1.4 "
			  "sans-serif;margin:1em;max-width:40em}button{font:inherit;padding:.8em "
			  "1.6em}input{font:inherit;width:100%;box-sizing:border-box;margin:.5em "
			  "0}pre{white-space:pre-wrap}</style><h1>");
	html(&r->body, title);
	buf_str(&r->body, "</h1>");
}

static void html_incident(struct turn *t, struct http_reply *r, const struct incident *i)
{
	buf_str(&r->body, "<p>");
	html(&r->body, turn_printf(t, "incidents/%lld, %s, %s, since %s", (long long)i->id,
				   severity_word(i->severity), i->subject,
				   duration_str(t, t->now_ms - i->since_ms)));
	buf_str(&r->body, "<pre>");
	html(&r->body, i->text);
	buf_str(&r->body, "</pre>");
}

static void html_say(struct http_reply *r, const char *text)
{
	buf_str(&r->body, "<p>");
	html(&r->body, text);
}

/* How it stands, in a sentence; NULL: it waits for somebody. */
static const char *stands(struct turn *t, const struct incident *i)
{
	if (i->state == INCIDENT_RESOLVED)
		return turn_printf(t, "It is over: resolved by %s.", i->resolved_by);
	if (i->state == INCIDENT_ACKNOWLEDGED)
		return turn_printf(t, "%s has it, for %s.", i->ack_by,
				   duration_str(t, t->now_ms - i->ack_ms));
	return NULL;
}

/* An error that is worth a page; others are the door's. */
static enum err html_error(struct turn *t, struct http_reply *r, enum err e)
{
	e = refused(t, e);
	if (e != ERR_DENIED && e != ERR_REFUSED)
		return e;
	html_head(r, e == ERR_DENIED ? "No such link" : "Too late");
	html_say(r, t->why);
	r->status = e == ERR_DENIED ? 403 : 410;
	return OK;
}

/* Looking changes nothing: programs that follow links in mails do not acknowledge. */
static enum err get_ack(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	struct incident i;
	struct page p;
	enum err e = ack_read(t, q->tail, &p, &i);

	if (e != OK)
		return html_error(t, r, e);
	const char *now = stands(t, &i);

	html_head(r, i.title);
	html_incident(t, r, &i);
	if (now)
		html_say(r, now);
	if (p.ack_ms)
		html_say(r, "This link was used.");
	if (p.ack_ms || i.state == INCIDENT_RESOLVED)
		return OK;
	buf_str(&r->body,
		"<form method=post><input name=comment maxlength=200 placeholder=\"comment, if "
		"you like\"><button>");
	html(&r->body, turn_printf(t, "%s%s", now ? "I take it over" : "I have it",
				   *p.person ? turn_printf(t, " (%s)", p.person) : ""));
	buf_str(&r->body, "</button></form>");
	return OK;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* "comment=..." of a form, decoded; control characters become spaces. */
static const char *comment_of(struct turn *t, struct bytes body)
{
	static const char name[] = "comment=";
	struct buf b = buf_in(t->mem, COMMENT_MAX);

	if (body.n < sizeof(name) - 1 || memcmp(body.p, name, sizeof(name) - 1) != 0)
		return "";
	for (size_t k = sizeof(name) - 1; k < body.n && body.p[k] != '&' && !b.full; k++) {
		char c = (char)body.p[k];
		int high, low;

		if (c == '%' && k + 2 < body.n && (high = hex_digit((char)body.p[k + 1])) >= 0 &&
		    (low = hex_digit((char)body.p[k + 2])) >= 0) {
			c = (char)(high * 16 + low);
			k += 2;
		}
		buf_char(&b, c == '+' || (unsigned char)c < 0x20 || c == 0x7f ? ' ' : c);
	}
	return buf_text(&b);
}

static enum err post_ack(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	struct incident i;
	struct page p;
	bool applied;
	enum err e = ack_use(t, q->tail, comment_of(t, q->body), &p, &i, &applied);

	if (e != OK)
		return html_error(t, r, e);
	html_head(r, applied ? "It is yours" : "Nothing to do");
	html_say(r, i.title);
	const char *now = stands(t, &i);

	if (!applied && now)
		html_say(r, now);
	if (!applied && p.ack_ms)
		html_say(r, "This link was used before.");
	return OK;
}

/* ---- webhooks ---- */

static enum err post_pagerduty(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	const char *secret = policy()->pager_secret;
	struct inbound_said said;

	if (!secret)
		return refused(t, fail(t, ERR_MISSING,
				       "PagerDuty is not listened to: see "
				       "oncall.pagerduty_secret_file"));
	if (!inbound_signed(secret, q->body, q->signature))
		return refused(t, fail(t, ERR_NOBODY, "X-PagerDuty-Signature does not fit"));
	TRY(inbound_pagerduty(t, q->body, &said));
	buf_printf(&r->body, "{\"applied\":%s", said.applied ? "true" : "false");
	if (said.incident)
		buf_printf(&r->body, ",\"incident\":\"incidents/%lld\"", (long long)said.incident);
	if (*said.why) {
		buf_str(&r->body, ",\"why\":");
		http_json(&r->body, said.why);
	}
	buf_str(&r->body, "}\n");
	return OK;
}

static enum err post_alertmanager(struct turn *t, const struct http_request *q,
				  struct http_reply *r)
{
	struct inbound_alerts n;

	TRY(inbound_alertmanager(t, q->body, &n));
	buf_printf(&r->body, "{\"opened\":%lld,\"again\":%lld,\"cleared\":%lld}\n",
		   (long long)n.opened, (long long)n.again, (long long)n.cleared);
	return OK;
}

/* ---- heartbeats ---- */

/* The last line of what it printed. */
static const char *last_line(struct turn *t, struct bytes body)
{
	size_t end = body.n, from;
	char *line;

	while (end > 0 && (body.p[end - 1] == '\n' || body.p[end - 1] == '\r'))
		end--;
	for (from = end; from > 0 && body.p[from - 1] != '\n' && end - from < SAID_MAX;)
		from--;
	line = turn_printf(t, "%.*s", (int)(end - from), body.n ? (const char *)body.p + from : "");
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			*c = ' ';
	return line;
}

static enum err beat(struct turn *t, const struct http_request *q, struct http_reply *r,
		     enum beat what)
{
	struct heartbeat h;
	enum err e = heartbeat_beat(t, q->tail, what, last_line(t, q->body), &h);

	if (e != OK)
		return refused(t, e);
	buf_str(&r->body, "{\"heartbeat\":");
	http_json(&r->body, heartbeat_subject(t, h.name));
	buf_printf(&r->body, ",\"due_in_secs\":%lld}\n",
		   (long long)((h.due_ms > t->now_ms ? h.due_ms - t->now_ms : 0) / 1000));
	return OK;
}

static enum err beat_success(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	return beat(t, q, r, BEAT_SUCCESS);
}

static enum err beat_start(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	return beat(t, q, r, BEAT_START);
}

static enum err beat_fail(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	return beat(t, q, r, BEAT_FAIL);
}

/* What is in the path is a secret. */
enum {
	ACK = METHOD_URGENT | METHOD_EMERGENCY | METHOD_ANY_BODY | METHOD_SECRET,
	BEAT = METHOD_ANY_BODY | METHOD_SECRET,
};

const struct http_route http_in_routes[] = {
	{ "GET", "/ack/*", METHOD_READ, 0, METHOD_SECRET, get_ack },
	{ "POST", "/ack/*", METHOD_WRITE, 0, ACK, post_ack },
	{ "POST", "/in/pagerduty", METHOD_WRITE, 0, METHOD_URGENT, post_pagerduty },
	{ "POST", "/in/alertmanager", METHOD_WRITE, ROLE_CHECKER | ROLE_OPERATOR, 0,
	  post_alertmanager },
	{ "GET", "/hb/*", METHOD_WRITE, 0, BEAT, beat_success },
	{ "POST", "/hb/*", METHOD_WRITE, 0, BEAT, beat_success },
	{ "GET", "/hb/*/start", METHOD_WRITE, 0, BEAT, beat_start },
	{ "POST", "/hb/*/start", METHOD_WRITE, 0, BEAT, beat_start },
	{ "GET", "/hb/*/fail", METHOD_WRITE, 0, BEAT, beat_fail },
	{ "POST", "/hb/*/fail", METHOD_WRITE, 0, BEAT, beat_fail },
};
const size_t n_http_in_routes = sizeof(http_in_routes) / sizeof(http_in_routes[0]);
