#include "server/core/incident_export.h"

#include <string.h>

#include "server/core/incident.h"
#include "server/core/incident_template.h"
#include "store/base/clock.h"
#include "store/base/units.h"

enum { SOME = 500 };

static const char *when(struct turn *t, int64_t ms)
{
	char *text = turn_alloc(t, CLOCK_TEXT);

	if (ms)
		clock_text(ms, text);
	return text;
}

/* ---- Markdown ---- */

/* Inline: what Markdown or HTML would take for its own is escaped, a line break is a space. */
static void inline_text(struct buf *b, const char *s)
{
	for (; *s; s++) {
		if (*s == '\n' || *s == '\r') {
			buf_char(b, ' ');
			continue;
		}
		if (strchr("\\`*_{}[]<>#|!&~", *s))
			buf_char(b, '\\');
		buf_char(b, *s);
	}
}

/* A block that people wrote as Markdown: quoted, without HTML. */
static void block(struct buf *b, const char *s)
{
	buf_str(b, "> ");
	for (; *s; s++) {
		if (*s == '\r')
			continue;
		if (*s == '<')
			buf_str(b, "&lt;");
		else
			buf_char(b, *s);
		if (*s == '\n')
			buf_str(b, "> ");
	}
	buf_str(b, "\n\n");
}

static void line(struct buf *b, const char *name, const char *value)
{
	if (!*value)
		return;
	buf_printf(b, "- %s: ", name);
	inline_text(b, value);
	buf_char(b, '\n');
}

static const char *state_text(struct turn *t, const struct incident *i)
{
	switch (i->state) {
	case INCIDENT_TRIGGERED:
		return "open, nobody has it";
	case INCIDENT_ACKNOWLEDGED:
		return turn_printf(t, "open, %s has it", i->ack_by);
	case INCIDENT_RESOLVED:
		return turn_printf(t, "resolved after %s",
				   duration_str(t, i->resolved_ms - i->opened_ms));
	}
	return "";
}

static const char *missed_text(const struct incident *i)
{
	if (i->ack_missed && i->resolve_missed)
		return "to be acknowledged, to be resolved";
	return i->ack_missed ? "to be acknowledged" : i->resolve_missed ? "to be resolved" : "none";
}

static void overview(struct turn *t, const struct incident *i, struct buf *b)
{
	buf_printf(b, "# Incident %lld: ", (long long)i->id);
	inline_text(b, i->title);
	buf_str(b, "\n\n## Overview\n\n");
	line(b, "Severity", severity_word(i->severity));
	line(b, "State", state_text(t, i));
	line(b, "About", i->subject);
	line(b, "Rule", i->rule);
	line(b, "Began", when(t, i->since_ms));
	line(b, "Opened", when(t, i->opened_ms));
	line(b, "First acknowledged", when(t, i->first_ack_ms));
	line(b, "Ended", when(t, i->resolved_ms));
	line(b, "Deadlines missed", missed_text(i));
	if (i->recurrence_of)
		line(b, "Happened before", incident_subject(t, i->recurrence_of));
	if (i->merged_into)
		line(b, "The same as", incident_subject(t, i->merged_into));
	buf_str(b, "\n## What happened\n\n");
	if (*i->text)
		block(b, i->text);
}

static void impact(struct turn *t, const struct incident *i, struct buf *b)
{
	const char *text = incident_impact_text(t, i);

	buf_str(b, "## Impact\n\n");
	line(b, "Triggered", turn_printf(t, "%lld times", (long long)i->occurrences));
	line(b, "Pages", turn_printf(t, "%lld", (long long)i->pages));
	line(b, "Measured", *text ? text : "nothing is known");
	buf_char(b, '\n');
}

static enum err template(struct turn *t, const struct incident *i, struct buf *b) {
	struct incident_answer *a; size_t n, n_answers;
	const struct template_field *f = incident_template(i->kind, &n);

	buf_str(b, "## Contributing factors\n\n"); TRY(answer_list(t, i->id, &a, &n_answers));
	for (size_t k = 0; k < n;
	     k++){ const char *text = NULL;

		   for (size_t j = 0; j < n_answers; j++) if (strcmp(a[j].field, f[k].name) == 0)
			   text = a[j].text;
		   buf_printf(b, "**%s** (%s)\n\n", f[k].name, f[k].question);
		   block(b, text ? text : "not answered"); }
return OK;
}

/* Whoever acted, and the audit's records the timeline stands at. */
static void responders(struct turn *t, const struct incident_row *r, size_t n, struct buf *b)
{
	const char *seen[16];
	size_t n_seen = 0;

	buf_str(b, "## Responders\n\n");
	for (size_t k = 0; k < n; k++) {
		bool known = strcmp(r[k].actor, "scheduler") == 0;

		for (size_t j = 0; j < n_seen; j++)
			known = known || strcmp(seen[j], r[k].actor) == 0;
		if (known || n_seen == sizeof(seen) / sizeof(seen[0]))
			continue;
		seen[n_seen++] = r[k].actor;
		buf_str(b, "- ");
		inline_text(b, r[k].actor);
		buf_char(b, '\n');
	}
	if (n)
		line(b, "Audit records",
		     turn_printf(t, "%lld to %lld", (long long)r[0].audit,
				 (long long)r[n - 1].audit));
	buf_char(b, '\n');
}

static void timeline(struct turn *t, const struct incident_row *r, size_t n, struct buf *b)
{
	buf_str(b, "## Timeline\n\n| # | when (UTC) | who | what | audit |\n|--|--|--|--|--|\n");
	for (size_t k = 0; k < n; k++) {
		buf_printf(b, "| %lld | %s | ", (long long)r[k].seq, when(t, r[k].at_ms));
		inline_text(b, r[k].actor);
		buf_printf(b, " | %s", timeline_word(r[k].kind));
		if (r[k].n > 1)
			buf_printf(b, " (%lld times)", (long long)r[k].n);
		buf_str(b, ": ");
		inline_text(b, r[k].text);
		buf_printf(b, " | %lld |\n", (long long)r[k].audit);
	}
	buf_char(b, '\n');
}

static enum err notes(struct turn *t, int64_t id, struct buf *b)
{
	struct note *list;
	size_t n;

	TRY(note_list(t, id, &list, &n));
	buf_str(b, "## Notes\n\n");
	for (size_t k = 0; k < n; k++) {
		inline_text(b, list[k].author);
		buf_printf(b, ", %s%s\n\n", when(t, list[k].at_ms),
			   list[k].edits ? ", edited" : "");
		block(b, list[k].text);
	}
	return OK;
}

static enum err actions(struct turn *t, int64_t id, struct buf *b)
{
	static const char *const heads[] = { "", "Prevent", "Detect", "Mitigate" };
	struct action_item *a;
	size_t n;

	TRY(action_list(t, id, SOME, &a, &n));
	buf_str(b, "## Action items\n\n");
	for (int kind = ACTION_PREVENT; kind <= ACTION_MITIGATE; kind++) {
		buf_printf(b, "### %s\n\n", heads[kind]);
		for (size_t k = 0; k < n; k++) {
			if ((int)a[k].kind != kind)
				continue;
			buf_printf(b, "- [%c] ", a[k].done_ms ? 'x' : ' ');
			inline_text(b, a[k].text);
			buf_str(b, " (");
			inline_text(b, *a[k].owner ? a[k].owner : "nobody's");
			buf_printf(b, "%s%s)\n", a[k].due_ms ? ", due " : "", when(t, a[k].due_ms));
		}
		buf_char(b, '\n');
	}
	return OK;
}

static enum err told(struct turn *t, int64_t id, struct buf *b)
{
	struct announcement *a;
	size_t n;

	TRY(announcement_list(t, id, 0, SOME, &a, &n));
	buf_str(b, "## What the public was told\n\n");
	for (size_t k = n; k-- > 0;) {
		buf_printf(b, "%s: ", when(t, a[k].at_ms));
		inline_text(b, a[k].title);
		buf_str(b, "\n\n");
		block(b, a[k].text);
	}
	return OK;
}

enum err incident_markdown(struct turn *t, int64_t id, struct buf *b)
{
	struct incident i;
	struct incident_row *r;
	const char *earlier;
	size_t n;

	TRY(incident_get(t, id, &i));
	TRY(incident_timeline(t, id, 0, EXPORT_ROWS, &r, &n));
	overview(t, &i, b);
	TRY(template(t, &i, b));
	buf_str(b, "## Resolution\n\n");
	line(b, "By", i.resolved_by);
	TRY(incident_recall(t, &i, &earlier));
	line(b, "Earlier ones of the rule", earlier);
	buf_char(b, '\n');
	impact(t, &i, b);
	responders(t, r, n, b);
	timeline(t, r, n, b);
	TRY(notes(t, id, b));
	TRY(told(t, id, b));
	buf_str(b, "## What went well\n\n\n## What did not go well\n\n\n"
		   "## Where we got lucky\n\n\n");
	return actions(t, id, b);
}

/* ---- CSV ---- */

/* RFC 4180; what a spreadsheet would take for a formula begins with an apostrophe. */
static void cell(struct buf *b, const char *s)
{
	buf_char(b, '"');
	if (*s && strchr("=+-@\t\r", *s))
		buf_char(b, '\'');
	for (; *s; s++) {
		if (*s == '"')
			buf_char(b, '"');
		buf_char(b, *s);
	}
	buf_str(b, "\",");
}

void incidents_csv_head(struct buf *b)
{
	buf_str(b, "incident,severity,state,rule,subject,title,began,opened,acknowledged,"
		   "acknowledged_by,resolved,resolved_by,acknowledge_missed,resolve_missed,"
		   "occurrences,pages,feedback,audit_first,audit_last\r\n");
}

static enum err audit_range(struct turn *t, int64_t id, int64_t *first_out, int64_t *last_out)
{
	struct incident_row *r;
	size_t n;

	*first_out = *last_out = 0;
	TRY(incident_timeline(t, id, 0, EXPORT_ROWS, &r, &n));
	if (n > 0) {
		*first_out = r[0].audit;
		*last_out = r[n - 1].audit;
	}
	return OK;
}

enum err incident_csv(struct turn *t, const struct incident *i, struct buf *b)
{
	static const char *const states[] = { "", "triggered", "acknowledged", "resolved" };
	static const char *const ratings[] = { "", "actionable", "noise" };
	int64_t first, last;

	TRY(audit_range(t, i->id, &first, &last));
	buf_printf(b, "%lld,%s,%s,", (long long)i->id, severity_word(i->severity),
		   states[i->state]);
	cell(b, i->rule);
	cell(b, i->subject);
	cell(b, i->title);
	buf_printf(b, "%s,%s,%s,", when(t, i->since_ms), when(t, i->opened_ms),
		   when(t, i->first_ack_ms));
	cell(b, i->ack_by);
	buf_printf(b, "%s,", when(t, i->resolved_ms));
	cell(b, i->resolved_by);
	buf_printf(b, "%d,%d,%lld,%lld,%s,%lld,%lld\r\n", i->ack_missed, i->resolve_missed,
		   (long long)i->occurrences, (long long)i->pages, ratings[i->feedback],
		   (long long)first, (long long)last);
	return OK;
}
