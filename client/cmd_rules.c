/* What is watched for: rules, how they stand, changing them, and testing them by the past. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/list.h"
#include "client/rule_words.h"
#include "client/when.h"
#include "ghostfleet/v1/rule.pb-c.h"
#include "store/base/clock.h"
#include "store/base/turn.h"
#include "store/base/units.h"

enum { TEST_MS = 60000 };

static const ProtobufCServiceDescriptor *const service = &ghostfleet__v1__rule_service__descriptor;

static const char *severity_text(struct turn *t, const Ghostfleet__V1__Rule *r)
{
	return enum_text(t, &ghostfleet__v1__incident_severity__descriptor, (int)r->severity);
}

static const char *moment(struct turn *t, int64_t ms)
{
	char text[CLOCK_TEXT];

	clock_text(ms, text);
	return turn_strdup(t, text);
}

static const char *state_text(struct turn *t, Ghostfleet__V1__RuleState s)
{
	return enum_text(t, &ghostfleet__v1__rule_state__descriptor, (int)s);
}

/* ---- list, get ---- */

static void rule_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__RuleWithStatus *m = item;
	const Ghostfleet__V1__RuleStatus *s = m->status;

	table_row(tb, short_name(m->rule->name), state_text(t, s->state), severity_text(t, m->rule),
		  m->rule->page ? "page" : "ticket",
		  s->firing + s->pending > 0
			  ? turn_printf(t, "%" PRId64 "/%" PRId64,
					s->firing ? s->firing : s->pending, s->population)
			  : turn_printf(t, "%" PRId64, s->population),
		  s->since ? age(t, s->since) : "", clip(t, m->rule->condition, 60),
		  m->rule->proposed_version
			  ? turn_printf(t, "version %" PRId64, m->rule->proposed_version)
			  : "",
		  NULL);
}

enum err cmd_rules_list(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "RULE",  "STATE",     "SEVERITY", "TELLS", ">THINGS",
					     "SINCE", "CONDITION", "PROPOSED", NULL };
	Ghostfleet__V1__ListRulesRequest q = GHOSTFLEET__V1__LIST_RULES_REQUEST__INIT;
	size_t n;
	char **said = args_split(t, cli_opt(t, c, OPT_STATE), &n);

	q.states = turn_array(t, n + 1, sizeof(*q.states));
	for (size_t i = 0; i < n; i++) {
		int v;

		if (enum_read(t, &ghostfleet__v1__rule_state__descriptor, said[i], &v) != OK)
			return usage(t, c, "--state: %s", t->why);
		q.states[q.n_states++] = (Ghostfleet__V1__RuleState)v;
	}
	struct list l = {
		.service = service,
		.method = "ListRules",
		.request = &q,
		.heads = heads,
		.row = rule_row,
		.none = "no rule is in such a state",
	};

	return list_show(t, c, &l);
}

static const char *span_text(struct turn *t, const Google__Protobuf__Duration *d)
{
	return d && (d->seconds || d->nanos)
		       ? duration_str(t, d->seconds * 1000 + d->nanos / 1000000)
		       : "0";
}

static const char *causes_text(struct turn *t, const Ghostfleet__V1__Rule *r)
{
	const char *all = "";

	for (size_t i = 0; i < r->n_inhibited_by; i++)
		all = turn_printf(t, "%s%s%s", all, i ? "," : "", short_name(r->inhibited_by[i]));
	return all;
}

static void say(struct turn *t, const char *name, const char *value)
{
	if (*value)
		(void)printf("%-16s%s\n", name, clean(t, value));
}

/* In the words that `rules set` takes. */
static void show_rule(struct turn *t, const Ghostfleet__V1__Rule *r)
{
	say(t, "title", r->title);
	say(t, "condition", r->condition);
	say(t, "severity", severity_text(t, r));
	say(t, "page", r->page ? "yes" : "no, a ticket");
	say(t, "keep", span_text(t, r->keep_firing_for));
	say(t, "scope",
	    r->scope == GHOSTFLEET__V1__RULE_SCOPE__RULE_SCOPE_ALL
		    ? ""
		    : turn_printf(
			      t, "%s %s",
			      enum_text(t, &ghostfleet__v1__rule_scope__descriptor, (int)r->scope),
			      r->scope_value));
	say(t, "group", enum_text(t, &ghostfleet__v1__rule_group__descriptor, (int)r->group_by));
	say(t, "sources", r->min_sources > 1 ? turn_printf(t, "%d", r->min_sources) : "");
	say(t, "warm-up", span_text(t, r->warm_up));
	say(t, "stale", span_text(t, r->stale_after));
	say(t, "no-data", enum_text(t, &ghostfleet__v1__rule_no_data__descriptor, (int)r->no_data));
	say(t, "causes", causes_text(t, r));
	say(t, "never-suppress", r->never_suppress ? "yes" : "");
	say(t, "procedure", r->procedure);
	say(t, "enabled", r->enabled ? "yes" : "no");
	say(t, "version",
	    turn_printf(t, "%" PRId64 " by %s, %s%s%s", r->version, r->author,
			age(t, r->create_time), *r->comment ? ": " : "", r->comment));
	if (r->proposed_version)
		say(t, "proposed",
		    turn_printf(t,
				"version %" PRId64 " is a newer default; to take it: ghostctl "
				"rules restore %s %" PRId64,
				r->proposed_version, short_name(r->name), r->proposed_version));
}

static void show_findings(struct turn *t, const Ghostfleet__V1__GetRuleResponse *r)
{
	static const char *const heads[] = { "THING",    "STATE", ">VALUE", "SINCE",
					     "INCIDENT", "CAUSE", NULL };
	struct table tb = table_new(t, heads);

	for (size_t i = 0; i < r->n_findings; i++) {
		const Ghostfleet__V1__RuleFinding *f = r->findings[i];

		table_row(&tb, clip(t, f->entity, 40),
			  turn_printf(t, "%s%s", state_text(t, f->state),
				      f->flapping ? ", flaps" : ""),
			  turn_printf(t, "%g", f->value),
			  age(t, f->since ? f->since : f->unknown_since),
			  clip(t, f->incident_key, 40), short_name(f->muted_by), NULL);
	}
	if (r->n_findings > 0)
		table_print(&tb, stdout, "");
}

enum err cmd_rules_get(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__GetRuleRequest q = GHOSTFLEET__V1__GET_RULE_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "rules", c->args.word[0]);
	TRY(cli_call(t, c, service, "GetRule", &q, &answer));
	const Ghostfleet__V1__GetRuleResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s: %s", short_name(r->rule->name), state_text(t, r->status->state));
	if (r->status->since)
		(void)printf(", since %s", age(t, r->status->since));
	(void)printf(" (%" PRId64 " things)\n", r->status->population);
	show_rule(t, r->rule);
	say(t, "advice", r->advice);
	show_findings(t, r);
	return OK;
}

static void version_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Rule *r = item;

	table_row(tb,
		  turn_printf(t, "%" PRId64 "%s", r->version,
			      strcmp(r->etag, turn_printf(t, "%" PRId64, r->version)) == 0 ? " *"
			      : r->version == r->proposed_version ? " proposed"
								  : ""),
		  age(t, r->create_time), r->author, r->enabled ? "on" : "off", severity_text(t, r),
		  r->page ? "page" : "ticket", clip(t, r->condition, 60), clip(t, r->comment, 60),
		  NULL);
}

enum err cmd_rules_history(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "VERSION", "WHEN",      "BY",  "ON", "SEVERITY",
					     "TELLS",   "CONDITION", "WHY", NULL };
	Ghostfleet__V1__ListRuleVersionsRequest q =
		GHOSTFLEET__V1__LIST_RULE_VERSIONS_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "ListRuleVersions",
		.request = &q,
		.heads = heads,
		.row = version_row,
		.none = "there is no version",
	};

	q.name = resource(t, "rules", c->args.word[0]);
	return list_show(t, c, &l);
}

static void signal_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Signal *s = item;

	table_row(tb, s->signal, s->unit, clip(t, s->meaning, 120), NULL);
}

enum err cmd_rules_signals(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "SIGNAL", "UNIT", "WHAT IT IS", NULL };
	Ghostfleet__V1__ListSignalsRequest q = GHOSTFLEET__V1__LIST_SIGNALS_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "ListSignals",
		.request = &q,
		.heads = heads,
		.row = signal_row,
		.none = "there is none",
	};

	return list_show(t, c, &l);
}

/* ---- changes ---- */

static void changed(struct turn *t, const struct cli *c, const Ghostfleet__V1__Rule *r, bool other)
{
	if (!other)
		(void)printf("%s says that already\n", short_name(r->name));
	else
		(void)printf("%s%s: %s, %s, %s%s\n", short_name(r->name),
			     cli_has(c, OPT_DRY_RUN)
				     ? " would say; nothing was changed"
				     : turn_printf(t, " is at version %" PRId64, r->version),
			     clean(t, r->condition), severity_text(t, r),
			     r->page ? "page" : "ticket", r->enabled ? "" : ", off");
}

static enum err update(struct turn *t, struct cli *c, Ghostfleet__V1__Rule *rule,
		       Google__Protobuf__FieldMask *mask)
{
	Ghostfleet__V1__UpdateRuleRequest q = GHOSTFLEET__V1__UPDATE_RULE_REQUEST__INIT;
	void *answer;
	enum err e;

	rule->name = resource(t, "rules", c->args.word[0]);
	q.rule = rule;
	q.update_mask = mask;
	q.comment = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "UpdateRule", &q, &answer));
	const Ghostfleet__V1__UpdateRuleResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	changed(t, c, r->rule, r->changed);
	return OK;
}

enum err cmd_rules_set(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__Rule rule = GHOSTFLEET__V1__RULE__INIT;
	Google__Protobuf__FieldMask mask;

	TRY(rule_words(t, c, 1, &rule, &mask));
	return update(t, c, &rule, &mask);
}

static enum err switch_to(struct turn *t, struct cli *c, bool on)
{
	Ghostfleet__V1__Rule rule = GHOSTFLEET__V1__RULE__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	char *path = turn_strdup(t, "enabled");

	rule.enabled = on;
	mask.paths = &path;
	mask.n_paths = 1;
	return update(t, c, &rule, &mask);
}

enum err cmd_rules_enable(struct turn *t, struct cli *c)
{
	return switch_to(t, c, true);
}

enum err cmd_rules_disable(struct turn *t, struct cli *c)
{
	return switch_to(t, c, false);
}

enum err cmd_rules_add(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__CreateRuleRequest q = GHOSTFLEET__V1__CREATE_RULE_REQUEST__INIT;
	Ghostfleet__V1__Rule rule = GHOSTFLEET__V1__RULE__INIT;
	Google__Protobuf__FieldMask mask;
	void *answer;
	enum err e;

	TRY(rule_words(t, c, 1, &rule, &mask));
	rule.name = resource(t, "rules", c->args.word[0]);
	if (!*rule.title)
		rule.title = turn_strdup(t, c->args.word[0]);
	q.rule = &rule;
	q.comment = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "CreateRule", &q, &answer));
	const Ghostfleet__V1__CreateRuleResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	changed(t, c, r->rule, true);
	return OK;
}

enum err cmd_rules_restore(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__RestoreRuleRequest q = GHOSTFLEET__V1__RESTORE_RULE_REQUEST__INIT;
	void *answer;
	enum err e;
	char *end;
	long version = strtol(c->args.word[1], &end, 10);

	if (*end || version < 1)
		return usage(t, c, "'%s': write the number of a version: ghostctl rules history %s",
			     c->args.word[1], c->args.word[0]);
	q.name = resource(t, "rules", c->args.word[0]);
	q.version = version;
	q.comment = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "RestoreRule", &q, &answer));
	const Ghostfleet__V1__RestoreRuleResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	changed(t, c, r->rule, true);
	return OK;
}

enum err cmd_rules_reset(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ResetRuleRequest q = GHOSTFLEET__V1__RESET_RULE_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "rules", c->args.word[0]);
	q.comment = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "ResetRule", &q, &answer));
	const Ghostfleet__V1__ResetRuleResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s %s: what still holds fires again\n", short_name(r->rule->name),
		     q.validate_only ? "would begin anew" : "begins anew");
	return OK;
}

/* ---- the past ---- */

static void show_test(struct turn *t, const Ghostfleet__V1__TestRuleResponse *r)
{
	static const char *const heads[] = { "OPENED", "FOR", "FIRST", ">THINGS", ">WORST", NULL };
	struct table tb = table_new(t, heads);

	for (size_t i = 0; i < r->n_incidents; i++) {
		const Ghostfleet__V1__TestedIncident *x = r->incidents[i];
		int64_t from = stamp_ms(x->open_time);

		table_row(&tb, moment(t, from),
			  x->end_time ? duration_str(t, stamp_ms(x->end_time) - from) : "until now",
			  clip(t, x->entity, 40), turn_printf(t, "%" PRId64, x->affected),
			  turn_printf(t, "%g", x->worst), NULL);
	}
	if (r->n_incidents > 0)
		table_print(&tb, stdout, "");
}

enum err cmd_rules_test(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__TestRuleRequest q = GHOSTFLEET__V1__TEST_RULE_REQUEST__INIT;
	Ghostfleet__V1__Rule rule = GHOSTFLEET__V1__RULE__INIT;
	Google__Protobuf__FieldMask mask;
	void *answer;
	enum err e;

	TRY(rule_words(t, c, 1, &rule, &mask));
	q.name = resource(t, "rules", c->args.word[0]);
	if (mask.n_paths > 0) {
		q.rule = &rule;
		q.update_mask = &mask;
	}
	TRY(when_past(t, c, OPT_SINCE, &q.start_time));
	TRY(when_past(t, c, OPT_UNTIL, &q.end_time));
	TRY(cli_call_long(t, c, service, "TestRule", &q, TEST_MS, &answer));
	const Ghostfleet__V1__TestRuleResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	show_test(t, r);
	(void)printf("%s\n%" PRId64 " incidents, open for %s in all; %" PRId64
		     " were really opened\nby %s%s%s\n",
		     clean(t, r->rule->condition), r->count, span_text(t, r->open_for), r->recorded,
		     clean(t, r->evidence),
		     r->evidence_start_time ? ", from " : "; nothing is kept",
		     r->evidence_start_time ? moment(t, stamp_ms(r->evidence_start_time)) : "");
	return OK;
}
