/* Changing rules: by people, and by the thresholds of a monitoring.env. */
#include <math.h>
#include <string.h>

#include "server/core/incident.h"
#include "server/core/rules.h"
#include "store/audit.h"
#include "store/events.h"
#include "store/meta.h"

enum { TITLE_MAX = 200, SPAN_MOST_DAYS = 31, SHARE_MOST = 100, PROCEDURE_MAX = 200, CAUSES = 400 };
static const int64_t DAY_MS = INT64_C(86400000);
/* meta: the thresholds of the file that were applied last. */
static const char FILE_APPLIED[] = "rules.file";

/* ---- what a rule may say ---- */

static enum err check_id(struct turn *t, const char *id)
{
	size_t n = strlen(id);

	for (size_t i = 0; i < n; i++)
		if (!((id[i] >= 'a' && id[i] <= 'z') || (id[i] >= 'A' && id[i] <= 'Z') ||
		      (i > 0 && ((id[i] >= '0' && id[i] <= '9') || id[i] == '-'))))
			n = 0;
	if (n < 2 || n > RULE_ID_MAX)
		return fail(t, ERR_INVALID,
			    "rule.name: 2 to %d letters, digits and '-', a letter first",
			    RULE_ID_MAX);
	return OK;
}

static enum err check_span(struct turn *t, const char *field, int64_t ms)
{
	if (ms < 0 || ms > SPAN_MOST_DAYS * DAY_MS)
		return fail(t, ERR_INVALID, "rule.%s: 0 to %d days", field, SPAN_MOST_DAYS);
	return OK;
}

static enum err check_numbers(struct turn *t, const struct rule *r)
{
	if (!isfinite(r->threshold))
		return fail(t, ERR_INVALID, "rule.threshold: must be a number");
	if (r->looks < 1 || r->looks > RULE_LOOKS_MAX || r->hits < 1 || r->hits > r->looks)
		return fail(t, ERR_INVALID,
			    "rule.hits, rule.looks: so many bad of the last so many, 1 to %d",
			    RULE_LOOKS_MAX);
	if (r->min_affected < 1 || r->min_affected > 1000000)
		return fail(t, ERR_INVALID, "rule.min_affected: 1 to 1000000");
	if (!(r->share >= 0 && r->share <= SHARE_MOST))
		return fail(t, ERR_INVALID, "rule.affected_share: 0 to 100 percent");
	if (r->min_sources < 1 || r->min_sources > 8)
		return fail(t, ERR_INVALID, "rule.min_sources: 1 to 8");
	TRY(check_span(t, "for", r->for_ms));
	TRY(check_span(t, "keep_firing_for", r->keep_ms));
	TRY(check_span(t, "window", r->window_ms));
	TRY(check_span(t, "warm_up", r->warm_up_ms));
	return check_span(t, "stale_after", r->stale_ms);
}

static enum err check_scope(struct turn *t, const struct rule *r, enum signal_from from)
{
	if (r->scope == RULE_LABEL && from != SIGNAL_FROM_VALIDATOR && from != SIGNAL_FROM_WALLET)
		return fail(t, ERR_INVALID,
			    "rule.scope: only validators have labels, and wallets profiles");
	if (r->scope != RULE_ALL && !*r->scope_value)
		return fail(t, ERR_INVALID, "rule.scope_value: say which");
	if (strlen(r->scope_value) > 120)
		return fail(t, ERR_INVALID, "rule.scope_value: longer than 120 bytes");
	if (rule_scaled(r) && r->group == GROUP_LABEL)
		return fail(t, ERR_INVALID,
			    "rule.group_by: min_affected and affected_share count over all; "
			    "limit the scope to a label instead");
	if (r->window_ms > 0 && from != SIGNAL_FROM_SERIES)
		return fail(t, ERR_INVALID,
			    "rule.window: only figures that are kept as series have a mean");
	return OK;
}

/* Is `id` a cause of itself, by way of its causes? */
static bool in_ring(const struct rule *all, size_t n, const char *causes, const char *id, int depth)
{
	if (depth > RULES_MAX || rule_lists(causes, id))
		return true;
	for (size_t i = 0; i < n; i++)
		if (rule_lists(causes, all[i].id) && strcmp(all[i].id, id) != 0 &&
		    in_ring(all, n, all[i].inhibited_by, id, depth + 1))
			return true;
	return false;
}

static enum err check_causes(struct turn *t, const struct rule *r)
{
	struct rule *all;
	size_t n;

	if (strlen(r->inhibited_by) > CAUSES)
		return fail(t, ERR_INVALID, "rule.inhibited_by: longer than %d bytes", CAUSES);
	TRY(rule_list(t, &all, &n));
	for (const char *p = r->inhibited_by; *p;) {
		size_t len = strcspn(p, "\n");
		const char *id = turn_printf(t, "%.*s", (int)len, p);
		bool there = false;

		for (size_t i = 0; i < n && !there; i++)
			there = strcmp(all[i].id, id) == 0;
		if (!there)
			return fail(t, ERR_INVALID, "rule.inhibited_by: no rule '%.40s'", id);
		p += len + (p[len] == '\n');
	}
	if (in_ring(all, n, r->inhibited_by, r->id, 0))
		return fail(t, ERR_INVALID, "rule.inhibited_by: '%s' would be a cause of itself",
			    r->id);
	return OK;
}

enum err rule_check(struct turn *t, const struct rule *r)
{
	const struct signal_row *s = signal_of(r->signal);

	TRY(check_id(t, r->id));
	if (!s)
		return fail(t, ERR_INVALID,
			    "rule.signal: no such figure; `ghostctl rules signals` lists them");
	if (!*r->title || strlen(r->title) > TITLE_MAX)
		return fail(t, ERR_INVALID, "rule.title: 1 to %d bytes", TITLE_MAX);
	if (strlen(r->procedure) > PROCEDURE_MAX)
		return fail(t, ERR_INVALID, "rule.procedure: longer than %d bytes", PROCEDURE_MAX);
	TRY(check_numbers(t, r));
	TRY(check_scope(t, r, s->from));
	return check_causes(t, r);
}

/* ---- changes ---- */

static enum err record(struct turn *t, const struct rule *r, const char *kind, const char *text)
{
	const char *subject = rule_subject(t, r->id);

	TRY(audit_add(t, kind, subject, text));
	return event_add(t, TOPIC_FLEET, subject, kind, text);
}

static const char *what_it_says(struct turn *t, const struct rule *r)
{
	return turn_printf(t, "version %lld: %s, %s%s%s%s", (long long)r->version,
			   rule_condition(t, r), r->page ? "page" : "ticket",
			   r->enabled ? "" : ", switched off", *r->comment ? ": " : "", r->comment);
}

enum err rule_create(struct turn *t, struct rule *r, const char *comment)
{
	struct rule *all;
	size_t n;

	r->author = t->actor;
	r->comment = comment;
	TRY(rule_check(t, r));
	TRY(rule_list(t, &all, &n));
	if (n >= RULES_MAX)
		return fail(t, ERR_FULL, "%d rules are there: more are not kept", RULES_MAX);
	enum err e = rule_add(t, r, NULL);

	if (e == ERR_EXISTS)
		return fail(t, e, "there is a rule '%s'", r->id);
	if (e != OK)
		return e;
	return record(t, r, "rule.created", what_it_says(t, r));
}

/* Of another figure, or of other things: how they stood says nothing of it. */
static enum err begin_anew(struct turn *t, const struct rule *r, const char *text)
{
	struct rule_bundle *b;
	size_t n;

	TRY(rule_states_drop(t, r->no));
	TRY(rule_bundles(t, &b, &n));
	for (size_t i = 0; i < n; i++) {
		if (b[i].rule != r->no)
			continue;
		TRY(rule_bundle_drop(t, r->no, b[i].key));
		TRY(incident_clear(t, b[i].key, text));
	}
	return OK;
}

static enum err put(struct turn *t, struct rule *r, const struct rule *before, const char *kind)
{
	TRY(rule_next(t, r, false));
	if (before->signal != r->signal)
		TRY(begin_anew(t, r, "the rule is about another figure now"));
	return record(t, r, kind, what_it_says(t, r));
}

enum err rule_change(struct turn *t, struct rule *r, int64_t version, const char *comment,
		     bool *changed_out)
{
	struct rule before;

	*changed_out = false;
	TRY(rule_get(t, r->id, 0, &before));
	if (version > 0 && version != before.version)
		return fail(t, ERR_STALE, "rule '%s' is at version %lld: read it again", r->id,
			    (long long)before.version);
	TRY(rule_check(t, r));
	if (strcmp(rule_said(t, &before), rule_said(t, r)) == 0)
		return OK;
	*changed_out = true;
	r->no = before.no;
	r->current = before.current;
	r->newest = before.newest;
	r->author = t->actor;
	r->comment = comment;
	return put(t, r, &before,
		   before.enabled == r->enabled ? "rule.changed"
		   : r->enabled                 ? "rule.enabled"
						: "rule.disabled");
}

enum err rule_restore(struct turn *t, const char *id, int64_t from, int64_t version,
		      const char *comment, struct rule *out)
{
	bool changed;

	TRY(rule_get(t, id, from, out));
	TRY(rule_change(t, out, version,
			*comment ? comment : turn_printf(t, "version %lld again", (long long)from),
			&changed));
	return changed ? OK : rule_get(t, id, 0, out);
}

enum err rule_reset(struct turn *t, const char *id, const char *comment, struct rule *out)
{
	TRY(rule_get(t, id, 0, out));
	TRY(begin_anew(t, out, turn_printf(t, "rule %s was reset by %s", id, t->actor)));
	return record(t, out, "rule.reset", *comment ? comment : "begun anew");
}

/* ---- monitoring.env ---- */

static enum err from_file(struct turn *t, const char *id, double threshold)
{
	const char *actor = t->actor;
	struct rule r;
	bool changed;

	TRY(rule_get(t, id, 0, &r));
	r.threshold = threshold;
	t->actor = "file";
	enum err e = rule_change(t, &r, 0, "from monitoring.env", &changed);

	t->actor = actor;
	return e;
}

enum err rules_apply_file(struct turn *t, const struct rules_file *f)
{
	const struct {
		const char *id;
		double value;
	} said[] = {
		{ "ValidatorDown", f->down_minutes < 0 ? -1 : f->down_minutes * 60 },
		{ "BalanceLow", f->balance_ether },
		{ "ParticipationLow", f->participation },
		{ "NetworkParticipationLow", f->participation },
		{ "HighCpu", f->cpu },
		{ "DiskFull", f->disk },
	};
	double now[sizeof(said) / sizeof(said[0])], before[sizeof(said) / sizeof(said[0])];
	struct bytes had;
	enum err e = meta_get(t, FILE_APPLIED, &had);

	if (e != OK && e != ERR_MISSING)
		return e;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		now[i] = said[i].value;
		before[i] = -1;
	}
	if (e == OK && had.n == sizeof(before))
		memcpy(before, had.p, sizeof(before));
	if (memcmp(now, before, sizeof(now)) == 0)
		return OK;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (now[i] >= 0 && (now[i] < before[i] || now[i] > before[i]))
			TRY(from_file(t, said[i].id, now[i]));
	return meta_set(t, FILE_APPLIED, now, sizeof(now));
}
