/* store/incidents.h - what went wrong, its clocks, and its timeline.
 *
 * Tables: incidents, incident_rows. One open incident a key (an index says so), and none is ever
 * opened again or deleted. A deadline that is not pending is 0 here and NULL there. The timeline
 * has no gaps: seq 1, 2, 3 ... What changes something is for the lane.
 */
#ifndef STORE_INCIDENTS_H
#define STORE_INCIDENTS_H

#include "store/base/turn.h"

/* On disk as these numbers, the same as the contract's: add at the end, never renumber. */
enum incident_severity {
	INCIDENT_LOW = 1,
	INCIDENT_MEDIUM = 2,
	INCIDENT_HIGH = 3,
	INCIDENT_CRITICAL = 4
};
enum incident_state { INCIDENT_TRIGGERED = 1, INCIDENT_ACKNOWLEDGED = 2, INCIDENT_RESOLVED = 3 };
enum incident_resolution {
	RESOLVED_NOT = 0,
	RESOLVED_AUTO = 1,    /* its condition cleared */
	RESOLVED_MANUAL = 2,  /* a person said so */
	RESOLVED_EXPIRED = 3, /* what it was about is not watched any more */
	RESOLVED_MERGED = 4,  /* it is the same as another */
};
enum incident_kind {
	KIND_PLAIN = 1,
	KIND_SLASHING = 2,
	KIND_COMPROMISE = 3,
	KIND_PARTITION = 4,
	KIND_RPC_LOSS = 5,
};
enum incident_feedback { FEEDBACK_NONE = 0, FEEDBACK_ACTIONABLE = 1, FEEDBACK_NOISE = 2 };

enum incident_row_kind {
	ROW_OPENED = 1,
	ROW_AGAIN = 2,    /* triggered while open: one row a minute counts them */
	ROW_WORSENED = 3, /* the severity was raised */
	ROW_LOWERED = 4,  /* by a person */
	ROW_ACKNOWLEDGED = 5,
	ROW_UNACKNOWLEDGED = 6, /* by a person */
	ROW_ACK_LAPSED = 7,
	ROW_ESCALATED = 8,    /* {from, to, reason} */
	ROW_BREACHED = 9,     /* a deadline passed and nobody further is told */
	ROW_NOTIFY_SENT = 10, /* {who, by which channels} */
	ROW_NOTIFY_SUPPRESSED = 11,
	ROW_CHANGE = 12,  /* an audited act in its scope */
	ROW_CLEARED = 13, /* flapping: its condition cleared, held open for a while */
	ROW_FLAPPING = 14,
	ROW_RESOLVED = 15,
	ROW_IMPACT = 16,
	ROW_RATED = 17,
	ROW_LINKED = 18,
	ROW_ANNOUNCED = 19,
	ROW_ANSWERED = 20, /* a field of its template */
	ROW_ACTION_ITEM = 21,
	ROW_PROCEDURE = 22, /* a step of a procedure ran for it */
	ROW_RECALLED = 23,  /* what was before */
};

enum {
	INCIDENT_KEY_MAX = 255,
	INCIDENT_TITLE_MAX = 300,
	INCIDENT_TEXT_MAX = 4000,
};

struct incident {
	int64_t id;
	const char *key, *rule;
	enum incident_kind kind;
	const char *subject; /* "validators/7", "wallets/x", "fleet" */
	const char *title, *text;
	enum incident_severity severity;
	enum incident_severity worst; /* that a trigger ever said: a person may have lowered it */
	enum incident_state state;
	enum incident_resolution resolution;
	bool page; /* else a ticket: recorded, never paged */
	bool never_suppress, flapping;
	int64_t occurrences;
	int64_t since_ms, opened_ms, seen_ms;
	int64_t again_seq, again_ms;
	int64_t level; /* the highest that was told, of enum page_level; 0: nobody */
	int64_t pages, paged_ms, repeats;
	const char *ack_by; /* "": nobody has it */
	int64_t ack_ms, first_ack_ms;
	int64_t ack_due_ms, resolve_due_ms, lapse_due_ms, repeat_due_ms, clear_due_ms;
	bool ack_missed, resolve_missed;
	const char *resolved_by;
	int64_t resolved_ms;
	int64_t recurrence_of, merged_into;   /* 0: none */
	int64_t downtime_ms, missed, wallets; /* -1: not known */
	bool balance_known;
	int64_t balance_gwei;
	enum incident_feedback feedback;
	const char *feedback_text;
	int64_t version;
};

/* The earliest of its deadlines; 0: none. */
int64_t incident_next_ms(const struct incident *i);

/* Sets id and version. ERR_EXISTS (without a word): one of that key is open. */
enum err incident_add(struct turn *t, struct incident *i) MUST_USE;
/* All but key, rule, kind, subject, since and opened; version + 1. ERR_STALE: it is another. */
enum err incident_save(struct turn *t, struct incident *i) MUST_USE;
/* Triggered again and nothing else to do: title, text, occurrences, seen, again_seq, again_ms;
 * without a new version. */
enum err incident_seen(struct turn *t, const struct incident *i) MUST_USE;

/* ERR_MISSING names it. */
enum err incident_get(struct turn *t, int64_t id, struct incident *out) MUST_USE;
/* ERR_MISSING (without a word): none of that key is open. */
enum err incident_open_of(struct turn *t, const char *key, struct incident *out) MUST_USE;
/* The newest of the key, open or not; ERR_MISSING without a word. */
enum err incident_last_of(struct turn *t, const char *key, struct incident *out) MUST_USE;
/* How often the key opened and closed since then. */
enum err incident_turns(struct turn *t, const char *key, int64_t since_ms, int64_t *out) MUST_USE;

struct incident_filter {
	unsigned states, severities;          /* bits 1 << enum; 0: any */
	const char *rule, *subject;           /* ""/NULL: any */
	int64_t opened_from_ms, opened_to_ms; /* 0: any */
	int64_t before;                       /* > 0: before this id; the newest first */
};
enum err incident_list(struct turn *t, const struct incident_filter *f, size_t limit,
		       struct incident **out, size_t *n_out) MUST_USE;
/* Resolved ones of the same rule before `id`, the newest first; of the same key with rule "". */
enum err incident_earlier(struct turn *t, const struct incident *i, size_t limit,
			  struct incident **out, size_t *n_out) MUST_USE;
/* Those with a deadline up to now_ms, the most overdue first. */
enum err incident_due(struct turn *t, int64_t now_ms, size_t limit, struct incident **out,
		      size_t *n_out) MUST_USE;

struct incident_counts {
	int64_t open[INCIDENT_CRITICAL + 1]; /* by severity; [0]: all */
	int64_t unacknowledged;
	int64_t opened[INCIDENT_CRITICAL + 1], ack_missed[INCIDENT_CRITICAL + 1],
		resolve_missed[INCIDENT_CRITICAL + 1]; /* ever */
	int64_t acked, ack_sum_ms;                     /* first acknowledgement after opening */
	int64_t resolved, resolve_sum_ms;              /* end after opening */
};
/* since_ms 0: of all that were ever opened. */
enum err incident_count(struct turn *t, int64_t since_ms, struct incident_counts *out) MUST_USE;

struct incident_rule {
	const char *rule;
	int64_t incidents, pages, noise, actionable;
};
/* Of those that opened since then, the noisiest (noise x pages) first. */
enum err incident_rules(struct turn *t, int64_t since_ms, size_t limit, struct incident_rule **out,
			size_t *n_out) MUST_USE;

/* What a validator did in the epochs [from, to]: duties that it missed, and by how much its balance
 * changed. *known_out false: nothing is known of them. */
enum { INCIDENT_EPOCHS_MAX = 5000 };
enum err incident_duties(struct turn *t, int64_t validator, int64_t from, int64_t to,
			 int64_t *missed_out, int64_t *gained_out, bool *known_out) MUST_USE;

/* ---- the timeline ---- */

struct incident_row {
	int64_t incident, seq, at_ms;
	enum incident_row_kind kind;
	const char *actor, *text;
	int64_t n;     /* how often */
	int64_t audit; /* the audit's last record at that moment */
};

/* At the end of the incident's timeline, by the turn's actor. seq_out may be NULL. */
enum err incident_tell(struct turn *t, int64_t incident, enum incident_row_kind kind,
		       const char *text, int64_t *seq_out) MUST_USE;
/* One more of the row's kind. */
enum err incident_count_row(struct turn *t, int64_t incident, int64_t seq) MUST_USE;
/* By seq; seq > after. */
enum err incident_timeline(struct turn *t, int64_t incident, int64_t after, size_t limit,
			   struct incident_row **out, size_t *n_out) MUST_USE;

struct audit_record;
/* An act of somebody was recorded: every open incident in whose scope it is gets a row, at most
 * 100. For audit_add alone. */
enum err incident_take_change(struct turn *t, const struct audit_record *a) MUST_USE;

#endif
