/* server/core/incident.h - what opens, escalates and closes an incident.
 *
 * TRIGGERED -> ACKNOWLEDGED -> RESOLVED; back to TRIGGERED when an acknowledgement lapses, is taken
 * back, or the condition worsens. RESOLVED is the end: a trigger afterwards is a new incident that
 * names the one before. Two clocks (incident_clock.h) are rows, so that they go on after a restart:
 * to be acknowledged, and to be resolved; acknowledging stops the first alone. Each deadline fires
 * once. Whoever is told, is told by incident_notify, and the timeline says why, or why not.
 * Everything here is for the lane.
 */
#ifndef SERVER_CORE_INCIDENT_H
#define SERVER_CORE_INCIDENT_H

#include "server/core/page.h"
#include "store/incident_notes.h"
#include "store/incident_work.h"
#include "store/incidents.h"

struct trigger {
	const char *key;     /* dedup, <= 255 bytes: one open incident a key */
	const char *rule;    /* its id; "" */
	const char *subject; /* "validators/7", "wallets/x", "fleet" */
	const char *title, *text;
	enum incident_severity severity;
	bool page;               /* else a ticket: recorded, never paged */
	bool never_suppress;     /* no window and no silence holds it back */
	int64_t since_ms;        /* of the deciding observation; 0: now */
	enum incident_kind kind; /* 0: as the rule's id says (incident_kind_of) */
};

/* Opens one; or, when one of that key is open, counts it there: text and a worse severity are taken
 * over. What a person lowered is raised again only by what is worse than any trigger before. */
enum err incident_trigger(struct turn *t, const struct trigger *g, struct incident *out,
			  bool *opened_out) MUST_USE;
/* Its condition is over: resolves it, RESOLVED_AUTO. None open: OK. One that flaps is held for a
 * quarter of an hour; a slashing or a compromise waits for a person. */
enum err incident_clear(struct turn *t, const char *key, const char *text) MUST_USE;

/* Keys of what core itself sees, and no rule: somebody else holds a key; the store is older than
 * the chain. */
#define INCIDENT_KEY_USED   "wallet.key_used_elsewhere"
#define INCIDENT_QUARANTINE "fleet.quarantined"

/* The kind that a rule's id names: "validator-slashed" is a slashing. */
enum incident_kind incident_kind_of(const char *rule);

/* ---- what people do; *applied_out false: it is not open any more, and nothing was done ---- */

/* `who` is for the timeline: an identity, or a person by a link or a pager. By somebody who has it
 * already: it is theirs for another while. */
enum err incident_ack(struct turn *t, int64_t id, const char *who, const char *comment,
		      struct incident *out, bool *applied_out) MUST_USE;
enum err incident_unack(struct turn *t, int64_t id, const char *who, const char *comment,
			struct incident *out, bool *applied_out) MUST_USE;
/* ERR_REFUSED (INCIDENT_INCOMPLETE): a person resolves it and its template lacks fields. */
enum err incident_resolve(struct turn *t, int64_t id, const char *who, const char *text,
			  enum incident_resolution how, struct incident *out,
			  bool *applied_out) MUST_USE;
/* Tells the next level now, or `level` (0: the next). */
enum err incident_escalate(struct turn *t, int64_t id, const char *who, enum page_level level,
			   const char *comment, struct incident *out, bool *applied_out) MUST_USE;
/* Lowered only with a comment. */
enum err incident_set_severity(struct turn *t, int64_t id, enum incident_severity to,
			       const char *who, const char *comment, struct incident *out,
			       bool *applied_out) MUST_USE;

/* A note of at most NOTE_MAX bytes, open or not. */
enum err incident_note(struct turn *t, int64_t id, const char *who, const char *text,
		       struct note *out) MUST_USE;
/* Another text; what it said before is kept. */
enum err incident_note_edit(struct turn *t, int64_t note, const char *who, const char *text,
			    struct note *out) MUST_USE;

/* A field of its template (incident_template.h). ERR_INVALID: its kind has no such field. */
enum err incident_answer_put(struct turn *t, int64_t id, const char *who, const char *field,
			     const char *text, struct incident *out) MUST_USE;
/* ERR_REFUSED (INCIDENT_INCOMPLETE): its template lacks fields. */
enum err incident_complete(struct turn *t, const struct incident *i) MUST_USE;

enum err incident_action_add(struct turn *t, struct action_item *a) MUST_USE;
enum err incident_action_done(struct turn *t, int64_t id, const char *who, bool done,
			      struct action_item *out, bool *changed_out) MUST_USE;
/* merge: it is the same as `to`, and ends here. */
enum err incident_link(struct turn *t, int64_t id, int64_t to, const char *who, bool merge,
		       struct incident *out, bool *changed_out) MUST_USE;
enum err incident_rate(struct turn *t, int64_t id, const char *who, enum incident_feedback f,
		       const char *text, struct incident *out) MUST_USE;

/* Below 0, or not known: left as it is. */
struct incident_impact {
	int64_t downtime_ms, missed, wallets;
	bool balance_known;
	int64_t balance_gwei;
};
/* With a comment: measured numbers are replaced by what a person knows. */
enum err incident_set_impact(struct turn *t, int64_t id, const char *who,
			     const struct incident_impact *to, const char *comment,
			     struct incident *out) MUST_USE;

/* To the channels that take "incident.announced" (told_out: their names) and the status page.
 * a->incident 0: of none. Sets id and at_ms. */
enum err incident_announce(struct turn *t, struct announcement *a, const char ***told_out,
			   size_t *n_out) MUST_USE;

/* ---- the clocks ---- */

/* Fires what is due at t->now_ms, at most `limit` incidents; *more_out: there may be more. */
enum err incidents_fire(struct turn *t, size_t limit, bool *more_out) MUST_USE;

/* ---- for the files of incidents ---- */

/* The one place that decides whether somebody is told. Changes `i`, which the caller saves. */
enum err incident_notify(struct turn *t, struct incident *i, enum page_level level,
			 enum page_reason reason) MUST_USE;
/* "incidents/12" */
const char *incident_subject(struct turn *t, int64_t id);
const char *severity_word(enum incident_severity s); /* "critical" */
const char *level_word(enum page_level l);           /* "primary" */
const char *page_reason_text(enum page_reason r);    /* "nobody acknowledged it in time" */
const char *timeline_word(enum incident_row_kind k); /* "not told" */
/* A row of the timeline, the event and the audit record `kind`, of what was done about it. */
enum err incident_record(struct turn *t, const struct incident *i, enum incident_row_kind row,
			 const char *kind, const char *text) MUST_USE;
/* The last three of the same rule: when, how long, who ended it, what the last note said; "" none.
 */
enum err incident_recall(struct turn *t, const struct incident *i, const char **out) MUST_USE;
/* From what is stored between since_ms and resolved_ms: downtime, missed duties, balance. */
enum err incident_measure(struct turn *t, struct incident *i) MUST_USE;
/* "downtime 12m, missed duties 3, balance -0.0001 ether"; "" when nothing is known. */
const char *incident_impact_text(struct turn *t, const struct incident *i);
/* Its clocks begin at t->now_ms, those that run already only move nearer. */
void incident_start_clocks(struct turn *t, struct incident *i);

#endif
