/* What a page says: for eyes at 3 a.m. in `body`, for programs in the fields beside it. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/core/incident.h"
#include "server/core/page_inside.h"
#include "store/audit.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/hex.h"
#include "store/base/units.h"

enum { BODY_MAX = 6000, EARLIER = 3, NOTE_SHOWN = 160, TEXT_SHOWN = 1500, ANCHOR_BYTES = 8 };
/* The names of enum values in the contract, by number. */
static const char *const reason_names[PAGE_BUNDLE + 1] = {
	[PAGE_FIRST] = "PAGE_REASON_FIRST",
	[PAGE_REPEAT] = "PAGE_REASON_REPEAT",
	[PAGE_ACK_MISSED] = "PAGE_REASON_ACK_MISSED",
	[PAGE_RESOLVE_MISSED] = "PAGE_REASON_RESOLVE_MISSED",
	[PAGE_WORSENED] = "PAGE_REASON_WORSENED",
	[PAGE_ACK_LAPSED] = "PAGE_REASON_ACK_LAPSED",
	[PAGE_RESOLVED] = "PAGE_REASON_RESOLVED",
	[PAGE_BY_HAND] = "PAGE_REASON_BY_HAND",
	[PAGE_TAKEN] = "PAGE_REASON_TAKEN",
	[PAGE_BUNDLE] = "PAGE_REASON_BUNDLE",
};
static const char *const severity_names[] = {
	"INCIDENT_SEVERITY_UNSPECIFIED", "INCIDENT_SEVERITY_LOW",      "INCIDENT_SEVERITY_MEDIUM",
	"INCIDENT_SEVERITY_HIGH",        "INCIDENT_SEVERITY_CRITICAL",
};
static const char *const level_names[] = {
	"CALL_LEVEL_UNSPECIFIED",
	"CALL_LEVEL_PRIMARY",
	"CALL_LEVEL_SECONDARY",
	"CALL_LEVEL_LEAD",
};

enum severity page_severity(enum incident_severity s)
{
	switch (s) {
	case INCIDENT_LOW:
		return SEVERITY_INFO;
	case INCIDENT_MEDIUM:
		return SEVERITY_WARNING;
	case INCIDENT_HIGH:
		return SEVERITY_ERROR;
	case INCIDENT_CRITICAL:
		return SEVERITY_CRITICAL;
	}
	return SEVERITY_CRITICAL;
}

/* "18234:9f3c01ab2d4e5f60": the audit's last record and the beginning of its hash. Whoever keeps
 * the message can later prove that nothing before it was changed. */
static enum err anchor(struct turn *t, const char **out)
{
	char hex[2 * ANCHOR_BYTES + 1];
	struct eth_hash h;
	int64_t id;

	TRY(audit_head(t, &id, &h));
	hex_put(h.b, ANCHOR_BYTES, hex);
	*out = turn_printf(t, "%lld:%s", (long long)id, hex);
	return OK;
}

static const char *when(struct turn *t, int64_t ms)
{
	char text[CLOCK_TEXT];

	clock_text(ms, text);
	return turn_printf(t, "%.10s %.5s UTC", text, text + 11);
}

static json_t *stamp(int64_t ms)
{
	char text[CLOCK_TEXT];

	clock_text(ms, text);
	return json_string(text);
}

/* A page must go out whatever it quotes: of what is no UTF-8 only ASCII stays. */
static const char *readable(struct turn *t, const char *text)
{
	json_t *j = json_string(text);
	bool fine = j != NULL;

	json_decref(j);
	if (fine)
		return text;
	char *plain = turn_strdup(t, text);

	for (char *c = plain; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return plain;
}

static json_t *text_of(struct turn *t, const char *text)
{
	return json_string(readable(t, text));
}

/* The last note of it, one line. */
static enum err last_note(struct turn *t, int64_t incident, const char **out)
{
	struct note *n;
	size_t count;

	*out = "";
	TRY(note_list(t, incident, &n, &count));
	if (count == 0)
		return OK;
	char *line = turn_printf(t, "%.*s", NOTE_SHOWN, n[count - 1].text);

	line[strcspn(line, "\r\n")] = 0;
	*out = line;
	return OK;
}

/* What became of it before: how long, who, what they wrote. */
static enum err earlier(struct turn *t, const struct incident *i, struct buf *body, json_t *list)
{
	struct incident *e;
	size_t n;

	TRY(incident_earlier(t, i, EARLIER, &e, &n));
	for (size_t k = 0; k < n; k++) {
		int64_t took = e[k].resolved_ms - e[k].opened_ms;
		const char *note;

		TRY(last_note(t, e[k].id, &note));
		buf_printf(body, "%s%s, %s, by %s%s%s\n", k ? "         " : "before   ",
			   when(t, e[k].opened_ms), duration_str(t, took), e[k].resolved_by,
			   *note ? ": " : "", note);
		json_array_append_new(
			list, json_pack("{s:s, s:o, s:s, s:o, s:o}", "incident",
					incident_subject(t, e[k].id), "openTime",
					stamp(e[k].opened_ms), "took",
					turn_printf(t, "%lld.%03llds", (long long)(took / 1000),
						    (long long)(took % 1000)),
					"resolvedBy", text_of(t, e[k].resolved_by), "note",
					text_of(t, note)));
	}
	return OK;
}

static const char *heading(struct turn *t, const struct page *p, const struct incident *i)
{
	if (p->reason == PAGE_RESOLVED)
		return turn_printf(t, "RESOLVED: %s", i->title);
	if (p->reason == PAGE_TAKEN)
		return turn_printf(t, "TAKEN by %s: %s", i->ack_by, i->title);
	char *word = turn_printf(t, "%s: %s", severity_word(i->severity), i->title);

	for (char *c = word; *c && *c != ':'; c++)
		*c = (char)(*c - ('a' <= *c && *c <= 'z' ? 'a' - 'A' : 0));
	return word;
}

static const char *why(struct turn *t, const struct page *p, const struct incident *i)
{
	if (p->reason == PAGE_TAKEN)
		return "somebody has it";
	if (p->reason == PAGE_RESOLVED)
		return turn_printf(t, "after %s, by %s", duration_str(t, p->at_ms - i->opened_ms),
				   *i->resolved_by ? i->resolved_by : "itself");
	return turn_printf(t, "%s%s%s", page_reason_text((enum page_reason)p->reason),
			   *i->ack_by ? "; it is with " : "", i->ack_by);
}

static void facts(struct turn *t, const struct page *p, const struct page_words *w, struct buf *b)
{
	const struct incident *i = w->incident;

	buf_printf(b, "why      %s\n", why(t, p, i));
	buf_printf(b, "about    %s%s%s\n", i->subject, *i->rule ? ", rule " : "", i->rule);
	buf_printf(b, "since    %s (%s)\n", when(t, i->since_ms),
		   duration_str(t, p->at_ms > i->since_ms ? p->at_ms - i->since_ms : 0));
	if (*i->text)
		buf_printf(b, "seen     %.*s\n", TEXT_SHOWN, i->text);
	if (i->occurrences > 1)
		buf_printf(b, "times    %lld\n", (long long)i->occurrences);
	if (*w->note)
		buf_printf(b, "note     %s\n", w->note);
}

static void links(struct turn *t, const struct page *p, const struct page_words *w, struct buf *b)
{
	if (*p->person || *w->others)
		buf_printf(b, "told     %s%s%s\n", *p->person ? p->person : "you",
			   *w->others ? "; also " : "", w->others);
	if (*w->ack)
		buf_printf(b, "have it? %s\n", w->ack);
	buf_printf(b, "look     ghostctl incidents show %lld\n", (long long)w->incident->id);
	(void)t;
}

static enum err finish(struct turn *t, json_t *data, struct notice *out)
{
	char *text = json_dumps(data, JSON_COMPACT);

	json_decref(data);
	if (!text)
		return fail(t, ERR_BROKEN, "a page could not be written as JSON");
	out->data = turn_strdup(t, text);
	free(text);
	return OK;
}

enum err page_notice_of(struct turn *t, const struct page *p, const struct page_words *w,
			struct notice *out)
{
	const struct incident *i = w->incident;
	struct buf body = buf_in(t->mem, BODY_MAX);
	json_t *before = json_array();
	const char *audit;

	*out = (struct notice){ .source = NOTICE_PAGE,
				.ref = p->id,
				.kind = p->reason == PAGE_RESOLVED ? "incident.resolved"
								   : "incident.page",
				.subject = incident_subject(t, i->id),
				.severity = page_severity(i->severity),
				.at_ms = t->now_ms,
				.text = readable(t, heading(t, p, i)),
				.actor = t->actor };
	buf_printf(&body, "%s\n", out->text);
	facts(t, p, w, &body);
	enum err e = p->reason == PAGE_RESOLVED || p->reason == PAGE_TAKEN
			     ? OK
			     : earlier(t, i, &body, before);

	if (e == OK)
		e = anchor(t, &audit);
	if (e != OK) {
		json_decref(before);
		return e;
	}
	links(t, p, w, &body);
	buf_printf(&body, "audit %s\n", audit);
	json_t *data = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:s, s:o, s:s, "
		"s:s, s:o}",
		"page", turn_printf(t, "pages/%lld", (long long)p->id), "incident", out->subject,
		"reason", reason_names[p->reason], "severity", severity_names[p->severity], "level",
		level_names[p->level], "title", text_of(t, i->title), "text", text_of(t, i->text),
		"subject", text_of(t, i->subject), "rule", text_of(t, i->rule), "sinceTime",
		stamp(i->since_ms), "openTime", stamp(i->opened_ms), "person", p->person, "others",
		text_of(t, w->others), "ackUrl", w->ack, "earlier", before, "audit", audit, "alarm",
		page_alarm(t, i), "body", text_of(t, buf_text(&body)));

	return finish(t, data, out);
}

enum err page_bundle_of(struct turn *t, const struct page *p, const char *const *lines, size_t n,
			struct notice *out)
{
	struct buf body = buf_in(t->mem, BODY_MAX);
	const char *audit;

	*out = (struct notice){ .source = NOTICE_PAGE,
				.ref = p->id,
				.kind = "incident.page",
				.subject = "incidents",
				.severity = page_severity((enum incident_severity)p->severity),
				.at_ms = t->now_ms,
				.text = p->line,
				.actor = t->actor };
	buf_printf(&body, "%s\n", p->line);
	for (size_t k = 0; k < n; k++)
		buf_printf(&body, "- %s\n", lines[k]);
	TRY(anchor(t, &audit));
	buf_printf(&body, "look     ghostctl incidents list\naudit %s\n", audit);
	return finish(t,
		      json_pack("{s:s, s:s, s:s, s:o, s:s, s:o}", "page",
				turn_printf(t, "pages/%lld", (long long)p->id), "reason",
				reason_names[PAGE_BUNDLE], "severity", severity_names[p->severity],
				"title", text_of(t, p->line), "audit", audit, "body",
				text_of(t, buf_text(&body))),
		      out);
}
