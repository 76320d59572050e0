/* server/core/mute.h - what keeps a page from people: silences by persons, windows of planned work.
 *
 * Asked at the one place where it is decided whether somebody is told (core/incident.h), each time
 * anew: a cycle of pages that runs already stops with the next one. Evaluating, opening incidents
 * and counting downtime go on. What must never be kept back does not ask.
 */
#ifndef SERVER_CORE_MUTE_H
#define SERVER_CORE_MUTE_H

#include "store/silences.h"

struct mute {
	const char *by;   /* "silences/3" or "windows/7"; NULL: nothing keeps it back */
	const char *text; /* "silenced by alice until 14:00 UTC: disk is being replaced" */
};

/* In the lane: counts on the silence or window what it keeps back. Not asked for what is never
 * suppressed. */
enum err mute_of(struct turn *t, const char *rule, const char *subject, struct mute *out) MUST_USE;

/* In the lane: what covered these since then is over. Open incidents that nobody has, and of which
 * nobody was told since, are told, once. */
enum err mute_over(struct turn *t, const char *rule, const char *subject,
		   int64_t since_ms) MUST_USE;

/* Pure. '*' in a pattern stands for any text, also none; the rest is compared byte for byte. */
bool mute_matches(const char *pattern, const char *text);
/* ERR_INVALID names the field. A pattern of '*' alone on both is refused: it would keep back all.
 */
enum err mute_check(struct turn *t, const char *rule, const char *subject) MUST_USE;

/* ---- silences ---- */

enum { SILENCE_MOST_MS = 7 * 24 * 3600 * 1000, SILENCES_MOST = 200 };

struct silence_ask {
	const char *rule, *subject; /* "": any */
	const char *reason;
	int64_t start_ms; /* 0: now */
	int64_t end_ms;
	bool until_resolved;
};
/* ERR_INVALID: no reason, no end, longer than 7 days, patterns. ERR_FULL: so many are open. */
enum err silence_begin(struct turn *t, const struct silence_ask *ask, struct silence *out) MUST_USE;
/* *changed_out false: it was at its end. */
enum err silence_end(struct turn *t, int64_t id, bool *changed_out, struct silence *out) MUST_USE;
/* In the lane: the incident of this rule and subject is resolved; what was to hold until then
 * ends. */
enum err silence_resolved(struct turn *t, const char *rule, const char *subject) MUST_USE;
/* Whether silences_turn would do anything now. Reading only. */
enum err silences_due(struct turn *t, bool *out) MUST_USE;
/* In the lane, when due: says which ones end within the hour, and ends those whose time is over. */
enum err silences_turn(struct turn *t) MUST_USE;

#endif
