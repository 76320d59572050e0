/* store/rules.h - rules as versioned rows, and how each thing stands under each of them.
 *
 * Tables: rules, rule_versions, rule_states, rule_bundles. A version is never changed; a change is
 * a new one, and which counts is a column of `rules`. What something stands at is kept with every
 * change of it, so that a start goes on where the end was.
 * Threads: a turn's own. What changes something is for the lane.
 */
#ifndef STORE_RULES_H
#define STORE_RULES_H

#include "store/base/turn.h"

/* On disk as these numbers, the same as the contract's. Never renumber. */
enum rule_op {
	RULE_ABOVE = 1,
	RULE_AT_LEAST = 2,
	RULE_BELOW = 3,
	RULE_AT_MOST = 4,
	RULE_IS = 5,
	RULE_IS_NOT = 6,
};
enum rule_scope { RULE_ALL = 1, RULE_LABEL = 2, RULE_ENTITY = 3 };
enum rule_group { GROUP_ENTITY = 1, GROUP_LABEL = 2, GROUP_ALL = 3 };
/* A figure that is not there: nobody can tell, or there is nothing to tell. */
enum rule_no_data { NO_DATA_UNKNOWN = 1, NO_DATA_OK = 2 };
enum rule_phase { PHASE_OK = 1, PHASE_PENDING = 2, PHASE_FIRING = 3 };
/* The numbers of the incidents' severity. */
enum rule_severity { RULE_LOW = 1, RULE_MEDIUM = 2, RULE_HIGH = 3, RULE_CRITICAL = 4 };

enum { RULES_MAX = 200, RULE_ID_MAX = 40, RULE_LOOKS_MAX = 64, RULE_BUNDLE_MAX = 255 };

struct rule {
	int64_t no;
	const char *id;
	int64_t version; /* this one's */
	int64_t current, newest, proposed;
	bool shipped; /* one of the defaults */
	int64_t population;
	const char *title;
	int64_t signal;
	enum rule_op op;
	double threshold;
	int64_t for_ms, keep_ms;
	int64_t hits, looks; /* of the last `looks` measurements, `hits` are bad */
	int64_t window_ms;   /* the mean over it, instead of the newest; 0: the newest */
	enum rule_scope scope;
	const char *scope_value;
	enum rule_group group;
	enum rule_severity severity;
	bool page; /* else a ticket */
	int64_t min_affected;
	double share; /* percent of those that can be told of; 0: it does not count */
	int64_t min_sources, warm_up_ms, stale_ms;
	enum rule_no_data no_data;
	bool never_suppress;
	const char *inhibited_by; /* ids of rules, lines */
	const char *procedure;
	bool enabled;
	const char *author, *comment;
	int64_t at_ms;
};

/* The versions that count, by id. */
enum err rule_list(struct turn *t, struct rule **out, size_t *n_out) MUST_USE;
/* version 0: the one that counts. ERR_MISSING names it. */
enum err rule_get(struct turn *t, const char *id, int64_t version, struct rule *out) MUST_USE;
/* The newest first. */
enum err rule_history(struct turn *t, const char *id, size_t limit, struct rule **out,
		      size_t *n_out) MUST_USE;

/* In the lane. version 1 of a new rule; shipped: the hash of a default, NULL for a user's. Sets no
 * and the versions. ERR_EXISTS (without a word). */
enum err rule_add(struct turn *t, struct rule *r, const struct eth_hash *shipped) MUST_USE;
/* In the lane: *r is a new version; it counts unless `proposed`. ERR_STALE: r->current does not
 * count any more. */
enum err rule_next(struct turn *t, struct rule *r, bool proposed) MUST_USE;
/* The default that was seen last; zero for none. */
enum err rule_shipped(struct turn *t, int64_t no, struct eth_hash *out) MUST_USE;
enum err rule_set_shipped(struct turn *t, int64_t no, const struct eth_hash *h) MUST_USE;
enum err rule_set_population(struct turn *t, int64_t no, int64_t population) MUST_USE;
/* Which version of which rule counts, in few words: no and version, by no. */
struct rule_mark {
	int64_t no, version;
};
enum err rule_marks(struct turn *t, struct rule_mark **out, size_t *n_out) MUST_USE;

/* ---- how things stand ---- */

enum rule_kind { REF_SERIES = 1, REF_VALIDATOR = 2, REF_WALLET = 3 };
static inline int64_t rule_ref(enum rule_kind kind, int64_t id)
{
	return (int64_t)kind << 48 | id;
}
static inline enum rule_kind rule_ref_kind(int64_t ref)
{
	return (enum rule_kind)(ref >> 48);
}

struct rule_state {
	int64_t rule, ref;
	const char *entity;
	enum rule_phase phase;
	int64_t unknown_ms, back_ms, since_ms, fired_ms, clear_ms, end_ms;
	uint64_t bits;
	int64_t seen_ms;
	double value;
	int64_t flips, flips_ms;
	const char *bundle, *muted_by;
};

/* By rule and ref; what is above rule `rule` and `ref`. 0, 0: from the first. */
enum { STATES_AT_ONCE = 4000 };
enum err rule_states(struct turn *t, int64_t rule, int64_t ref, size_t limit,
		     struct rule_state **out, size_t *n_out) MUST_USE;
/* Of one rule, those that fire, then pend, then cannot be told; the longest first. */
enum err rule_states_of(struct turn *t, int64_t rule, size_t limit, struct rule_state **out,
			size_t *n_out) MUST_USE;
enum err rule_state_put(struct turn *t, const struct rule_state *s) MUST_USE;
enum err rule_state_drop(struct turn *t, int64_t rule, int64_t ref) MUST_USE;
/* Forgets all of the rule's: the incidents of its bundles stay the caller's. */
enum err rule_states_drop(struct turn *t, int64_t rule) MUST_USE;

struct rule_count {
	int64_t rule, firing, pending, unknown, muted;
	int64_t since_ms; /* the oldest that fires */
};
enum err rule_counts(struct turn *t, struct rule_count **out, size_t *n_out) MUST_USE;

struct rule_bundle {
	int64_t rule;
	const char *key;
	int64_t opened_ms, told_ms, sign;
};
enum { BUNDLES_MAX = 20000 };
enum err rule_bundles(struct turn *t, struct rule_bundle **out, size_t *n_out) MUST_USE;
enum err rule_bundle_put(struct turn *t, const struct rule_bundle *b) MUST_USE;
enum err rule_bundle_drop(struct turn *t, int64_t rule, const char *key) MUST_USE;

#endif
