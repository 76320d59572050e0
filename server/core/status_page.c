#include "server/core/status_page.h"

#include "store/base/clock.h"
#include "store/incident_work.h"

enum { SHOWN = 200 };
static const int64_t KEPT_MS = 90 * INT64_C(86400000);

static const char *state_word(enum announce_state s)
{
	switch (s) {
	case ANNOUNCE_INVESTIGATING:
		return "investigating";
	case ANNOUNCE_IDENTIFIED:
		return "identified";
	case ANNOUNCE_MONITORING:
		return "monitoring";
	case ANNOUNCE_RESOLVED:
		return "resolved";
	}
	return "?";
}

/* The announcements of one incident are one story; one without an incident is a story of its own.
 */
static bool same_story(const struct announcement *a, const struct announcement *b)
{
	return a->incident ? a->incident == b->incident : a->id == b->id;
}

/* The newest of its story: the list is by id, the newest first. */
static bool leads(const struct announcement *a, size_t at)
{
	for (size_t k = 0; k < at; k++)
		if (same_story(&a[at], &a[k]))
			return false;
	return true;
}

static bool all_well(const struct announcement *a, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (leads(a, k) && a[k].state != ANNOUNCE_RESOLVED)
			return false;
	return true;
}

static enum err look(struct turn *t, struct announcement **out, size_t *n_out)
{
	return announcement_list(t, 0, t->now_ms - KEPT_MS, SHOWN, out, n_out);
}

/* ---- HTML ---- */

static void escaped(struct buf *b, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '<':
			buf_str(b, "&lt;");
			break;
		case '>':
			buf_str(b, "&gt;");
			break;
		case '&':
			buf_str(b, "&amp;");
			break;
		case '"':
			buf_str(b, "&quot;");
			break;
		case '\'':
			buf_str(b, "&#39;");
			break;
		default:
			buf_char(b, *s);
		}
	}
}

static void update_html(struct buf *b, const struct announcement *a)
{
	char when[CLOCK_TEXT];

	clock_text(a->at_ms, when);
	buf_printf(b, "<p><b>%s</b> <time datetime=\"%s\">%.10s %.5s UTC</time><br>",
		   state_word(a->state), when, when, when + 11);
	escaped(b, a->text);
	buf_str(b, "</p>\n");
}

enum err status_page_html(struct turn *t, struct buf *b)
{
	struct announcement *a;
	size_t n;

	TRY(look(t, &a, &n));
	bool well = all_well(a, n);

	buf_printf(b,
		   "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		   "style-src 'unsafe-inline'\">\n<title>Status</title>\n<style>body{font:16px/1.5 "
		   "sans-serif;max-width:40em;margin:2em auto;padding:0 1em}.state{padding:.6em "
		   "1em;color:#fff;background:%s}</style>\n</head>\n<body>\n<h1>Status</h1>\n"
		   "<p class=\"state\">%s</p>\n",
		   well ? "#2e7d32" : "#b45309",
		   well ? "Everything works" : "There is a disturbance");
	for (size_t k = 0; k < n; k++) {
		if (!leads(a, k))
			continue;
		buf_str(b, "<article>\n<h2>");
		escaped(b, a[k].title);
		buf_str(b, "</h2>\n");
		for (size_t j = k; j < n; j++)
			if (same_story(&a[k], &a[j]))
				update_html(b, &a[j]);
		buf_str(b, "</article>\n");
	}
	if (n == 0)
		buf_str(b, "<p>Nothing was announced in the last 90 days.</p>\n");
	buf_str(b, "</body>\n</html>\n");
	return OK;
}

/* ---- JSON ---- */

static void quoted(struct buf *b, const char *s)
{
	buf_char(b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_printf(b, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			buf_printf(b, "\\u%04x", (unsigned)*s);
		else
			buf_char(b, *s);
	}
	buf_char(b, '"');
}

static void update_json(struct buf *b, const struct announcement *a)
{
	char when[CLOCK_TEXT];

	clock_text(a->at_ms, when);
	buf_printf(b, "{\"time\":\"%s\",\"state\":\"%s\",\"title\":", when, state_word(a->state));
	quoted(b, a->title);
	buf_str(b, ",\"text\":");
	quoted(b, a->text);
	buf_char(b, '}');
}

enum err status_page_json(struct turn *t, struct buf *b)
{
	struct announcement *a;
	const char *between = "";
	size_t n;

	TRY(look(t, &a, &n));
	buf_printf(b, "{\"status\":\"%s\",\"incidents\":[",
		   all_well(a, n) ? "operational" : "disturbed");
	for (size_t k = 0; k < n; k++) {
		bool first = true;

		if (!leads(a, k))
			continue;
		buf_printf(b, "%s{\"title\":", between);
		quoted(b, a[k].title);
		buf_printf(b, ",\"state\":\"%s\",\"updates\":[", state_word(a[k].state));
		for (size_t j = k; j < n; j++) {
			if (!same_story(&a[k], &a[j]))
				continue;
			buf_str(b, first ? "" : ",");
			update_json(b, &a[j]);
			first = false;
		}
		buf_str(b, "]}");
		between = ",";
	}
	buf_str(b, "]}\n");
	return OK;
}
