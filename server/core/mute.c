#include "server/core/mute.h"

#include <assert.h>
#include <string.h>

#include "server/core/calendar.h"
#include "server/core/incident.h"
#include "store/audit.h"
#include "store/events.h"
#include "store/windows.h"

enum {
	PATTERN_MOST = 120,
	REASON_MOST = 500,
	SOON_MS = 3600 * 1000,
	WINDOWS_MOST = 200,
	OPEN_MOST = 500,
};

bool mute_matches(const char *pattern, const char *text)
{
	const char *star = NULL, *again = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			again = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++again;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool is_pattern(const char *s)
{
	size_t n = strlen(s);

	for (const char *p = s; *p; p++)
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			return false;
	return n > 0 && n <= PATTERN_MOST;
}

enum err mute_check(struct turn *t, const char *rule, const char *subject)
{
	if (!is_pattern(rule))
		return fail(t, ERR_INVALID,
			    "rule: '%.80s', want the id of a rule, '*' for any text in it", rule);
	if (!is_pattern(subject))
		return fail(t, ERR_INVALID,
			    "subject: '%.80s', want as validators/7 or validators/*", subject);
	if (strspn(rule, "*") == strlen(rule) && strspn(subject, "*") == strlen(subject))
		return fail(t, ERR_INVALID,
			    "rule and subject: one of them must say what is meant; nothing at all "
			    "would page anybody");
	return OK;
}

/* ---- who keeps it back ---- */

static enum err by_silence(struct turn *t, const char *rule, const char *subject, struct mute *out)
{
	struct silence *all;
	size_t n;

	TRY(silence_open(t, SILENCES_MOST, &all, &n));
	for (size_t i = 0; i < n; i++) {
		if (all[i].start_ms > t->now_ms || !mute_matches(all[i].rule, rule) ||
		    !mute_matches(all[i].subject, subject))
			continue;
		all[i].matched++;
		all[i].matched_ms = t->now_ms;
		out->by = turn_printf(t, "silences/%lld", (long long)all[i].id);
		out->text = turn_printf(t, "silenced by %.80s until %s: %.200s", all[i].author,
					local_words(t, "UTC", all[i].end_ms), all[i].reason);
		return silence_save(t, &all[i]);
	}
	return OK;
}

static enum err by_window(struct turn *t, const char *rule, const char *subject, struct mute *out)
{
	struct window *all;
	size_t n;

	TRY(window_open(t, WINDOWS_MOST, &all, &n));
	for (size_t i = 0; i < n; i++) {
		struct window *w = &all[i];

		if (w->state != WINDOW_ACTIVE || t->now_ms >= w->end_ms ||
		    !mute_matches(w->rule, rule) || !mute_matches(w->subject, subject))
			continue;
		w->muted++;
		out->by = turn_printf(t, "windows/%lld", (long long)w->id);
		out->text = turn_printf(t, "planned work until %s: %.120s",
					local_words(t, w->zone, w->end_ms), w->title);
		return window_save(t, w);
	}
	return OK;
}

enum err mute_of(struct turn *t, const char *rule, const char *subject, struct mute *out)
{
	assert(t->in_lane);
	*out = (struct mute){ 0 };
	TRY(by_silence(t, rule, subject, out));
	return out->by ? OK : by_window(t, rule, subject, out);
}

enum err mute_over(struct turn *t, const char *rule, const char *subject, int64_t since_ms)
{
	struct incident_filter open = { .states = 1 << INCIDENT_TRIGGERED };
	struct incident *all;
	size_t n;

	assert(t->in_lane);
	TRY(incident_list(t, &open, OPEN_MOST, &all, &n));
	for (size_t k = 0; k < n; k++) {
		struct incident *i = &all[k];

		if (!i->page || i->never_suppress || i->paged_ms >= since_ms ||
		    !mute_matches(rule, i->rule) || !mute_matches(subject, i->subject))
			continue;
		TRY(incident_notify(t, i, LEVEL_PRIMARY, i->pages ? PAGE_REPEAT : PAGE_FIRST));
		TRY(incident_save(t, i));
	}
	return OK;
}

/* ---- silences ---- */

static enum err tell(struct turn *t, const struct silence *s, const char *kind, const char *text)
{
	return event_add(t, TOPIC_NOTIFY, turn_printf(t, "silences/%lld", (long long)s->id), kind,
			 text);
}

static enum err check(struct turn *t, const struct silence_ask *ask, int64_t start_ms)
{
	size_t n = strlen(ask->reason);

	if (n == 0 || n > REASON_MOST)
		return fail(t, ERR_INVALID,
			    "reason: want 1 to %d bytes that tell the next one on call why",
			    REASON_MOST);
	if (ask->end_ms == 0)
		return fail(t, ERR_INVALID, "end_time: a silence must have an end");
	if (ask->end_ms <= start_ms || ask->end_ms <= t->now_ms)
		return fail(t, ERR_INVALID, "end_time: it is past, or before its start");
	if (ask->end_ms - start_ms > SILENCE_MOST_MS)
		return fail(t, ERR_INVALID, "end_time: 7 days after the start is the most");
	return OK;
}

enum err silence_begin(struct turn *t, const struct silence_ask *ask, struct silence *out)
{
	struct silence *open;
	size_t n;

	assert(t->in_lane);
	*out = (struct silence){
		.rule = *ask->rule ? ask->rule : "*",
		.subject = *ask->subject ? ask->subject : "*",
		.reason = ask->reason,
		.start_ms = ask->start_ms ? ask->start_ms : t->now_ms,
		.end_ms = ask->end_ms,
		.until_resolved = ask->until_resolved,
	};
	TRY(mute_check(t, out->rule, out->subject));
	TRY(check(t, ask, out->start_ms));
	TRY(silence_open(t, SILENCES_MOST, &open, &n));
	if (n == SILENCES_MOST)
		return fail(t, ERR_FULL, "%d silences are open: end some first", SILENCES_MOST);
	TRY(silence_add(t, out));
	const char *text = turn_printf(t, "%s of %s until %s: %.200s", out->rule, out->subject,
				       local_words(t, "UTC", out->end_ms), out->reason);

	TRY(tell(t, out, "silence.begun", text));
	return audit_add(t, "silence.begun", turn_printf(t, "silences/%lld", (long long)out->id),
			 text);
}

static enum err end(struct turn *t, struct silence *s, const char *by)
{
	s->ended_ms = t->now_ms;
	s->ended_by = by;
	TRY(silence_save(t, s));
	TRY(tell(t, s, "silence.ended", turn_printf(t, "by %s", by)));
	return mute_over(t, s->rule, s->subject, s->start_ms);
}

enum err silence_end(struct turn *t, int64_t id, bool *changed_out, struct silence *out)
{
	assert(t->in_lane);
	TRY(silence_get(t, id, out));
	*changed_out = out->ended_ms == 0 && out->end_ms > t->now_ms;
	if (!*changed_out)
		return OK;
	TRY(end(t, out, t->actor));
	return audit_add(t, "silence.ended", turn_printf(t, "silences/%lld", (long long)id), "");
}

enum err silence_resolved(struct turn *t, const char *rule, const char *subject)
{
	struct silence *all;
	size_t n;

	assert(t->in_lane);
	TRY(silence_open(t, SILENCES_MOST, &all, &n));
	for (size_t i = 0; i < n; i++)
		if (all[i].until_resolved && all[i].start_ms <= t->now_ms &&
		    mute_matches(all[i].rule, rule) && mute_matches(all[i].subject, subject))
			TRY(end(t, &all[i], "the end of its incident"));
	return OK;
}

/* Short ones end without a word. */
static bool ends_soon(const struct turn *t, const struct silence *s)
{
	return !s->told_ms && s->end_ms - t->now_ms <= SOON_MS && s->end_ms - s->start_ms > SOON_MS;
}

enum err silences_due(struct turn *t, bool *out)
{
	struct silence *all;
	size_t n;

	TRY(silence_over(t, 1, &all, &n));
	*out = n > 0;
	TRY(silence_open(t, SILENCES_MOST, &all, &n));
	for (size_t i = 0; i < n; i++)
		*out = *out || ends_soon(t, &all[i]);
	return OK;
}

enum err silences_turn(struct turn *t)
{
	struct silence *all;
	size_t n;

	assert(t->in_lane);
	TRY(silence_over(t, SILENCES_MOST, &all, &n));
	for (size_t i = 0; i < n; i++)
		TRY(end(t, &all[i], "its time"));
	TRY(silence_open(t, SILENCES_MOST, &all, &n));
	for (size_t i = 0; i < n; i++) {
		struct silence *s = &all[i];

		if (!ends_soon(t, s))
			continue;
		s->told_ms = t->now_ms;
		TRY(silence_save(t, s));
		TRY(tell(t, s, "silence.ends_soon",
			 turn_printf(t, "at %s; it kept back %lld pages",
				     local_words(t, "UTC", s->end_ms), (long long)s->matched)));
	}
	return OK;
}
