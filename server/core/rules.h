/* server/core/rules.h - the rules as a whole: the defaults, changing one, looking at everything,
 * and what becomes of it.
 *
 * Figures become samples (rule_look), samples become "it fires" (rule.h), and what fires becomes
 * incidents, in one commit with how everything stands (rules_turn). A tick that is killed anywhere
 * is done again by the next one, and nothing is told twice.
 */
#ifndef SERVER_CORE_RULES_H
#define SERVER_CORE_RULES_H

#include "server/core/rule.h"
#include "server/core/signal.h"
#include "store/base/buf.h"
#include "store/store.h"

/* ---- the defaults, and changing a rule; in the lane ---- */

struct rule_default {
	struct rule rule;
	const char *advice;
};
size_t rule_defaults(void); /* how many */
struct rule_default rule_default(size_t i);
/* All that a rule says, as text: two that say the same are the same rule. */
const char *rule_said(struct turn *t, const struct rule *r);

/* Those that the store lacks are written; a default that is another than the one seen last becomes
 * a proposal, and what somebody changed stays. At the start. */
enum err rules_ship(struct turn *t) MUST_USE;

/* Thresholds of the earlier monitoring.env; below 0: not said. Each that is another than when it
 * was read last becomes a new version, by author "file". */
struct rules_file {
	double down_minutes, balance_ether, participation, cpu, disk;
};
enum err rules_apply_file(struct turn *t, const struct rules_file *f) MUST_USE;

/* ERR_INVALID names the field. */
enum err rule_check(struct turn *t, const struct rule *r) MUST_USE;
/* A rule of one's own. ERR_EXISTS, ERR_FULL. */
enum err rule_create(struct turn *t, struct rule *r, const char *comment) MUST_USE;
/* *r was read and changed; `version` 0: whatever counts. ERR_STALE. *changed_out false: it says
 * what it said. */
enum err rule_change(struct turn *t, struct rule *r, int64_t version, const char *comment,
		     bool *changed_out) MUST_USE;
/* What an earlier version, or a proposal, says counts again, as a new version. */
enum err rule_restore(struct turn *t, const char *id, int64_t from, int64_t version,
		      const char *comment, struct rule *out) MUST_USE;
/* Forgets how everything stands under it, and ends its incidents: the next look begins anew. */
enum err rule_reset(struct turn *t, const char *id, const char *comment, struct rule *out) MUST_USE;

/* ---- looking ---- */

/* What a look remembers from the one before; all of it can be lost. */
struct rules_seen {
	uint64_t validators, wallets; /* versions of the topics */
	int64_t epochs;
	int64_t validators_ms, wallets_ms;
	int64_t rules; /* of the marks */
};

/* A whole turn of a job. *n_out: things that were looked at. */
enum err rules_turn(struct turn *t, struct rules_seen *seen, size_t *n_out) MUST_USE;

/* ---- words ---- */

/* "validator.not_up >= 300 seconds for 5 min" */
const char *rule_condition(struct turn *t, const struct rule *r);
const char *rule_subject(struct turn *t, const char *id); /* "rules/ValidatorDown" */
const char *rule_op_text(enum rule_op op);                /* ">=" */
/* docs/reference/rules.md. */
void rules_reference(struct turn *t, struct buf *out);
/* Of the incident that p is; j: of its rule. `all`: every rule, judged, for what is muted by it. */
const char *rule_pack_title(struct turn *t, const struct judged *j, const struct rule_pack *p);
const char *rule_pack_text(struct turn *t, const struct judged *j, const struct rule_pack *p,
			   const struct judged *all, size_t n_all);

#endif
