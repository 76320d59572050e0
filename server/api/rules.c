/* ghostfleet.v1.RuleService */
#include "ghostfleet/v1/rule.pb-c.h"

#include <string.h>

#include "server/api/convert.h"
#include "server/api/rows.h"
#include "server/api/rule_fields.h"
#include "server/core/rule_replay.h"
#include "store/incidents.h"

enum { FINDINGS = 1000, VERSIONS = 100, VERSIONS_MOST = 1000, TEST_DAYS = 30, COUNTED = 1000 };
static const int64_t DAY_MS = INT64_C(86400000);

/* ---- how it stands ---- */

static Ghostfleet__V1__RuleState state_of(const struct rule *r, const struct rule_count *c)
{
	if (!r->enabled)
		return GHOSTFLEET__V1__RULE_STATE__RULE_STATE_DISABLED;
	if (c->firing > c->muted)
		return GHOSTFLEET__V1__RULE_STATE__RULE_STATE_FIRING;
	if (c->firing > 0)
		return GHOSTFLEET__V1__RULE_STATE__RULE_STATE_MUTED;
	if (c->pending > 0)
		return GHOSTFLEET__V1__RULE_STATE__RULE_STATE_PENDING;
	if (c->unknown > 0)
		return GHOSTFLEET__V1__RULE_STATE__RULE_STATE_UNKNOWN;
	return r->population > 0 ? GHOSTFLEET__V1__RULE_STATE__RULE_STATE_OK
				 : GHOSTFLEET__V1__RULE_STATE__RULE_STATE_IDLE;
}

static Ghostfleet__V1__RuleStatus *msg_status(struct turn *t, const struct rule *r,
					      const struct rule_count *all, size_t n)
{
	Ghostfleet__V1__RuleStatus *m = msg_new(t, &ghostfleet__v1__rule_status__descriptor);
	struct rule_count c = { 0 };

	for (size_t i = 0; i < n; i++)
		if (all[i].rule == r->no)
			c = all[i];
	m->state = state_of(r, &c);
	m->firing = c.firing;
	m->pending = c.pending;
	m->unknown = c.unknown;
	m->muted = c.muted;
	m->population = r->population;
	m->since = msg_time(t, c.since_ms);
	return m;
}

static Ghostfleet__V1__RuleFinding *msg_finding(struct turn *t, const struct rule_state *s)
{
	Ghostfleet__V1__RuleFinding *m = msg_new(t, &ghostfleet__v1__rule_finding__descriptor);

	m->entity = msg_text(t, s->entity);
	m->state = s->phase == PHASE_FIRING && *s->muted_by
			   ? GHOSTFLEET__V1__RULE_STATE__RULE_STATE_MUTED
		   : s->phase == PHASE_FIRING  ? GHOSTFLEET__V1__RULE_STATE__RULE_STATE_FIRING
		   : s->phase == PHASE_PENDING ? GHOSTFLEET__V1__RULE_STATE__RULE_STATE_PENDING
					       : GHOSTFLEET__V1__RULE_STATE__RULE_STATE_UNKNOWN;
	m->value = s->value;
	m->since = msg_time(t, s->phase == PHASE_OK ? 0 : s->since_ms);
	m->fire_time = msg_time(t, s->phase == PHASE_FIRING ? s->fired_ms : 0);
	m->clear_time = msg_time(t, s->clear_ms);
	m->unknown_since = msg_time(t, s->unknown_ms);
	m->flapping = rule_flaps(s, t->now_ms);
	m->incident_key = msg_text(t, s->bundle);
	m->muted_by = msg_text(t, *s->muted_by ? rule_subject(t, s->muted_by) : "");
	return m;
}

/* ---- reading ---- */

static enum err list_rules(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListRulesRequest *in = vin;
	Ghostfleet__V1__ListRulesResponse *out = vout;
	struct rule_count *c;
	struct rule *r;
	size_t n, n_c;
	unsigned states;

	TRY(bits_of(t, "states", in->states, in->n_states,
		    GHOSTFLEET__V1__RULE_STATE__RULE_STATE_DISABLED, &states));
	TRY(rule_list(t, &r, &n));
	TRY(rule_counts(t, &c, &n_c));
	out->rules = turn_array(t, n + 1, sizeof(*out->rules));
	for (size_t i = 0; i < n; i++) {
		Ghostfleet__V1__RuleWithStatus *m =
			msg_new(t, &ghostfleet__v1__rule_with_status__descriptor);

		m->rule = msg_rule(t, &r[i]);
		m->status = msg_status(t, &r[i], c, n_c);
		if (states == 0 || states >> m->status->state & 1)
			out->rules[out->n_rules++] = m;
	}
	return OK;
}

static const char *advice_of(const char *id)
{
	for (size_t i = 0; i < rule_defaults(); i++)
		if (strcmp(rule_default(i).rule.id, id) == 0)
			return rule_default(i).advice;
	return "";
}

static enum err get_rule(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GetRuleRequest *in = vin;
	Ghostfleet__V1__GetRuleResponse *out = vout;
	struct rule_count *c;
	struct rule_state *s;
	struct rule r;
	const char *id;
	size_t n, n_c;

	if (in->version < 0)
		return fail(t, ERR_INVALID, "version: below zero");
	TRY(name_of(t, "name", "rules", in->name, &id));
	TRY(rule_get(t, id, in->version, &r));
	TRY(rule_counts(t, &c, &n_c));
	TRY(rule_states_of(t, r.no, FINDINGS, &s, &n));
	out->rule = msg_rule(t, &r);
	out->status = msg_status(t, &r, c, n_c);
	out->advice = msg_text(t, r.shipped ? advice_of(r.id) : "");
	out->findings = turn_array(t, n + 1, sizeof(*out->findings));
	for (size_t i = 0; i < n; i++)
		out->findings[out->n_findings++] = msg_finding(t, &s[i]);
	return OK;
}

static enum err list_versions(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListRuleVersionsRequest *in = vin;
	Ghostfleet__V1__ListRuleVersionsResponse *out = vout;
	struct rule *r;
	const char *id;
	size_t n, limit;
	int64_t after;

	TRY(name_of(t, "name", "rules", in->name, &id));
	TRY(page_of(t, in->page_size, "", VERSIONS, VERSIONS_MOST, &limit, &after));
	TRY(rule_history(t, id, limit, &r, &n));
	if (n == 0)
		return rule_get(t, id, 0, &(struct rule){ 0 });
	out->versions = turn_array(t, n + 1, sizeof(*out->versions));
	for (size_t i = 0; i < n; i++)
		out->versions[out->n_versions++] = msg_rule(t, &r[i]);
	return OK;
}

static enum err list_signals(struct turn *t, const void *in, void *vout)
{
	Ghostfleet__V1__ListSignalsResponse *out = vout;

	(void)in;
	out->signals = turn_array(t, n_signal_rows + 1, sizeof(*out->signals));
	for (size_t i = 0; i < n_signal_rows; i++) {
		Ghostfleet__V1__Signal *m = msg_new(t, &ghostfleet__v1__signal__descriptor);

		m->signal = msg_text(t, signal_rows[i].name);
		m->unit = msg_text(t, signal_rows[i].unit);
		m->meaning = msg_text(t, signal_rows[i].meaning);
		out->signals[out->n_signals++] = m;
	}
	return OK;
}

/* ---- changing ---- */

static enum err create_rule(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__CreateRuleRequest *in = vin;
	Ghostfleet__V1__CreateRuleResponse *out = vout;
	struct rule r;

	TRY(rule_of(t, in->rule, &r));
	TRY(rule_create(t, &r, in->comment));
	out->rule = msg_rule(t, &r);
	return OK;
}

static enum err update_rule(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__UpdateRuleRequest *in = vin;
	Ghostfleet__V1__UpdateRuleResponse *out = vout;
	struct rule r;
	const char *id;
	int64_t version = 0;
	bool changed;

	if (!in->rule)
		return fail(t, ERR_INVALID, "rule: is missing");
	TRY(name_of(t, "rule.name", "rules", in->rule->name, &id));
	if (*in->rule->etag)
		TRY(id_of(t, "rule.etag", "etag", in->rule->etag, &version));
	TRY(rule_get(t, id, 0, &r));
	TRY(rule_fields(t, in->rule, in->update_mask, &r));
	TRY(rule_change(t, &r, version, in->comment, &changed));
	out->changed = changed;
	out->rule = msg_rule(t, &r);
	return OK;
}

static enum err restore_rule(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__RestoreRuleRequest *in = vin;
	Ghostfleet__V1__RestoreRuleResponse *out = vout;
	struct rule r;
	const char *id;
	int64_t version = 0;

	TRY(name_of(t, "name", "rules", in->name, &id));
	if (*in->etag)
		TRY(id_of(t, "etag", "etag", in->etag, &version));
	if (in->version <= 0)
		return fail(t, ERR_INVALID,
			    "version: which one counts again; see ListRuleVersions");
	TRY(rule_restore(t, id, in->version, version, in->comment, &r));
	out->rule = msg_rule(t, &r);
	return OK;
}

static enum err reset_rule(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ResetRuleRequest *in = vin;
	Ghostfleet__V1__ResetRuleResponse *out = vout;
	struct rule r;
	const char *id;

	TRY(name_of(t, "name", "rules", in->name, &id));
	TRY(rule_reset(t, id, in->comment, &r));
	out->rule = msg_rule(t, &r);
	return OK;
}

/* ---- testing ---- */

static enum err tested_rule(struct turn *t, const Ghostfleet__V1__TestRuleRequest *in,
			    struct rule *r)
{
	const char *id;

	TRY(name_of(t, "name", "rules", in->name, &id));
	TRY(rule_get(t, id, 0, r));
	if (!in->rule)
		return OK;
	TRY(rule_fields(t, in->rule, in->update_mask, r));
	return rule_check(t, r);
}

static enum err tested_span(struct turn *t, const Ghostfleet__V1__TestRuleRequest *in,
			    int64_t *from, int64_t *to)
{
	TRY(time_of(t, "start_time", in->start_time, from));
	TRY(time_of(t, "end_time", in->end_time, to));
	*to = *to ? *to : t->now_ms;
	*from = *from ? *from : *to - TEST_DAYS * DAY_MS;
	if (*from >= *to)
		return fail(t, ERR_INVALID, "start_time: must be before end_time");
	return OK;
}

static enum err test_rule(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__TestRuleRequest *in = vin;
	Ghostfleet__V1__TestRuleResponse *out = vout;
	struct incident_filter f = { 0 };
	struct incident *had;
	struct replay p;
	struct rule r;
	size_t n_had;

	TRY(tested_rule(t, in, &r));
	TRY(tested_span(t, in, &f.opened_from_ms, &f.opened_to_ms));
	TRY(rule_replay(t, &r, f.opened_from_ms, f.opened_to_ms, &p));
	f.rule = r.id;
	TRY(incident_list(t, &f, COUNTED, &had, &n_had));
	out->rule = msg_rule(t, &r);
	out->count = p.count;
	out->open_for = msg_duration(t, p.open_ms);
	out->evidence = msg_text(t, p.evidence);
	out->evidence_start_time = msg_time(t, p.from_ms);
	out->recorded = (int64_t)n_had;
	out->incidents = turn_array(t, p.n + 1, sizeof(*out->incidents));
	for (size_t i = 0; i < p.n; i++) {
		Ghostfleet__V1__TestedIncident *m =
			msg_new(t, &ghostfleet__v1__tested_incident__descriptor);

		m->open_time = msg_time(t, p.v[i].opened_ms);
		m->end_time = msg_time(t, p.v[i].ended_ms);
		m->entity = msg_text(t, p.v[i].entity);
		m->affected = p.v[i].affected;
		m->worst = p.v[i].worst;
		out->incidents[out->n_incidents++] = m;
	}
	return OK;
}

#define S "ghostfleet.v1.RuleService"
const struct method rule_rows[] = {
	{ S, "ListRules", METHOD_READ, ANY_READER, 0, 0, list_rules, NULL },
	{ S, "GetRule", METHOD_READ, ANY_READER, 0, 0, get_rule, NULL },
	{ S, "ListRuleVersions", METHOD_READ, ANY_READER, 0, 0, list_versions, NULL },
	{ S, "ListSignals", METHOD_READ, ANY_READER, 0, 0, list_signals, NULL },
	{ S, "CreateRule", METHOD_WRITE, ROLE_ADMIN, 0, 0, create_rule, NULL },
	{ S, "UpdateRule", METHOD_WRITE, ROLE_ADMIN, 0, 0, update_rule, NULL },
	{ S, "RestoreRule", METHOD_WRITE, ROLE_ADMIN, 0, 0, restore_rule, NULL },
	{ S, "ResetRule", METHOD_WRITE, ROLE_OPERATOR, 0, 0, reset_rule, NULL },
	{ S, "TestRule", METHOD_SLOW, ANY_READER, 0, 0, test_rule, NULL },
};
const size_t n_rule_rows = sizeof(rule_rows) / sizeof(rule_rows[0]);
