#include "server/api/rule_fields.h"

#include <string.h>

#include "server/api/convert.h"
#include "store/base/buf.h"

enum { CAUSES_MAX = 400 };
static const int64_t SPAN_MOST = INT64_C(31) * 86400000, STALE_USUAL = 300000;

static void say_causes(struct turn *t, const char *lines, Ghostfleet__V1__Rule *m)
{
	m->inhibited_by = turn_array(t, strlen(lines) + 1, sizeof(char *));
	for (const char *p = lines; *p;) {
		size_t n = strcspn(p, "\n");

		m->inhibited_by[m->n_inhibited_by++] = turn_printf(t, "rules/%.*s", (int)n, p);
		p += n + (p[n] == '\n');
	}
}

Ghostfleet__V1__Rule *msg_rule(struct turn *t, const struct rule *r)
{
	Ghostfleet__V1__Rule *m = msg_new(t, &ghostfleet__v1__rule__descriptor);
	const struct signal_row *s = signal_of(r->signal);

	m->name = msg_text(t, rule_subject(t, r->id));
	m->etag = turn_printf(t, "%lld", (long long)r->current);
	m->version = r->version;
	m->title = msg_text(t, r->title);
	m->signal = msg_text(t, s ? s->name : "");
	m->op = (Ghostfleet__V1__RuleOp)r->op;
	m->threshold = r->threshold;
	m->for_duration = msg_duration(t, r->for_ms);
	m->keep_firing_for = msg_duration(t, r->keep_ms);
	m->hits = (int32_t)r->hits;
	m->looks = (int32_t)r->looks;
	m->window = msg_duration(t, r->window_ms);
	m->scope = (Ghostfleet__V1__RuleScope)r->scope;
	m->scope_value = msg_text(t, r->scope_value);
	m->group_by = (Ghostfleet__V1__RuleGroup)r->group;
	m->severity = (Ghostfleet__V1__IncidentSeverity)r->severity;
	m->page = r->page;
	m->min_affected = (int32_t)r->min_affected;
	m->affected_share = r->share;
	m->min_sources = (int32_t)r->min_sources;
	m->warm_up = msg_duration(t, r->warm_up_ms);
	m->stale_after = msg_duration(t, r->stale_ms);
	m->no_data = (Ghostfleet__V1__RuleNoData)r->no_data;
	m->never_suppress = r->never_suppress;
	say_causes(t, r->inhibited_by, m);
	m->procedure = msg_text(t, r->procedure);
	m->enabled = r->enabled;
	m->author = msg_text(t, r->author);
	m->comment = msg_text(t, r->comment);
	m->create_time = msg_time(t, r->at_ms);
	m->proposed_version = r->proposed;
	m->condition = msg_text(t, rule_condition(t, r));
	return m;
}

/* ---- one field each ---- */

typedef enum err field_fn(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r);

static enum err choice(struct turn *t, const char *field, int said, int most, int *out)
{
	if (said < 1 || said > most)
		return fail(t, ERR_INVALID, "rule.%s: %d is none of its values", field, said);
	*out = said;
	return OK;
}

static enum err span(struct turn *t, const char *field, const Google__Protobuf__Duration *d,
		     int64_t *out)
{
	*out = 0;
	if (!d)
		return OK;
	return duration_of(t, turn_printf(t, "rule.%s", field), d, 0, SPAN_MOST, out);
}

static enum err f_title(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	(void)t;
	r->title = m->title;
	return OK;
}

static enum err f_signal(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	const struct signal_row *s = signal_named(m->signal);

	if (!s)
		return fail(t, ERR_INVALID,
			    "rule.signal: no figure '%.60s'; `ghostctl rules signals` lists them",
			    m->signal);
	r->signal = (int64_t)s->signal;
	return OK;
}

static enum err f_op(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	int v;

	TRY(choice(t, "op", (int)m->op, RULE_IS_NOT, &v));
	r->op = (enum rule_op)v;
	return OK;
}

static enum err f_threshold(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	(void)t;
	r->threshold = m->threshold;
	return OK;
}

static enum err f_for(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	return span(t, "for_duration", m->for_duration, &r->for_ms);
}

static enum err f_keep(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	return span(t, "keep_firing_for", m->keep_firing_for, &r->keep_ms);
}

static enum err f_hits(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	(void)t;
	r->hits = m->hits;
	return OK;
}

static enum err f_looks(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	(void)t;
	r->looks = m->looks;
	return OK;
}

static enum err f_window(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	return span(t, "window", m->window, &r->window_ms);
}

static enum err f_scope(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	int v;

	TRY(choice(t, "scope", (int)m->scope, RULE_ENTITY, &v));
	r->scope = (enum rule_scope)v;
	return OK;
}

static enum err f_scope_value(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	(void)t;
	r->scope_value = m->scope_value;
	return OK;
}

static enum err f_group(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	int v;

	TRY(choice(t, "group_by", (int)m->group_by, GROUP_ALL, &v));
	r->group = (enum rule_group)v;
	return OK;
}

static enum err f_severity(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	int v;

	TRY(choice(t, "severity", (int)m->severity, RULE_CRITICAL, &v));
	r->severity = (enum rule_severity)v;
	return OK;
}

static enum err f_page(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	(void)t;
	r->page = m->page;
	return OK;
}

static enum err f_affected(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	(void)t;
	r->min_affected = m->min_affected;
	return OK;
}

static enum err f_share(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	(void)t;
	r->share = m->affected_share;
	return OK;
}

static enum err f_sources(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	(void)t;
	r->min_sources = m->min_sources;
	return OK;
}

static enum err f_warm(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	return span(t, "warm_up", m->warm_up, &r->warm_up_ms);
}

static enum err f_stale(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	return span(t, "stale_after", m->stale_after, &r->stale_ms);
}

static enum err f_no_data(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	int v;

	TRY(choice(t, "no_data", (int)m->no_data, NO_DATA_OK, &v));
	r->no_data = (enum rule_no_data)v;
	return OK;
}

static enum err f_never(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	(void)t;
	r->never_suppress = m->never_suppress;
	return OK;
}

static enum err f_causes(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	struct buf b = buf_in(t->mem, CAUSES_MAX);

	for (size_t i = 0; i < m->n_inhibited_by; i++) {
		const char *id;

		TRY(name_of(t, "rule.inhibited_by", "rules", m->inhibited_by[i], &id));
		buf_printf(&b, "%s%s", i ? "\n" : "", id);
	}
	if (b.full)
		return fail(t, ERR_INVALID, "rule.inhibited_by: longer than %d bytes", CAUSES_MAX);
	r->inhibited_by = buf_text(&b);
	return OK;
}

static enum err f_procedure(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	(void)t;
	r->procedure = m->procedure;
	return OK;
}

static enum err f_enabled(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	(void)t;
	r->enabled = m->enabled;
	return OK;
}

static const struct {
	const char *path;
	field_fn *fn;
} fields[] = {
	{ "title", f_title },
	{ "signal", f_signal },
	{ "op", f_op },
	{ "threshold", f_threshold },
	{ "for_duration", f_for },
	{ "keep_firing_for", f_keep },
	{ "hits", f_hits },
	{ "looks", f_looks },
	{ "window", f_window },
	{ "scope", f_scope },
	{ "scope_value", f_scope_value },
	{ "group_by", f_group },
	{ "severity", f_severity },
	{ "page", f_page },
	{ "min_affected", f_affected },
	{ "affected_share", f_share },
	{ "min_sources", f_sources },
	{ "warm_up", f_warm },
	{ "stale_after", f_stale },
	{ "no_data", f_no_data },
	{ "never_suppress", f_never },
	{ "inhibited_by", f_causes },
	{ "procedure", f_procedure },
	{ "enabled", f_enabled },
};

enum err rule_fields(struct turn *t, const Ghostfleet__V1__Rule *m,
		     const Google__Protobuf__FieldMask *mask, struct rule *r)
{
	if (!mask || mask->n_paths == 0)
		return fail(t, ERR_INVALID,
			    "update_mask: name what changes, as threshold, for_duration, enabled");
	for (size_t i = 0; i < mask->n_paths; i++) {
		field_fn *fn = NULL;

		for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]) && !fn; k++)
			if (strcmp(fields[k].path, mask->paths[i]) == 0)
				fn = fields[k].fn;
		if (!fn)
			return fail(t, ERR_INVALID, "update_mask: '%.40s' cannot be changed",
				    mask->paths[i]);
		TRY(fn(t, m, r));
	}
	return OK;
}

enum err rule_of(struct turn *t, const Ghostfleet__V1__Rule *m, struct rule *r)
{
	if (!m)
		return fail(t, ERR_INVALID, "rule: is missing");
	*r = (struct rule){ .title = m->title,
			    .threshold = m->threshold,
			    .hits = m->hits ? m->hits : 1,
			    .looks = m->looks ? m->looks : 1,
			    .scope = m->scope ? (enum rule_scope)m->scope : RULE_ALL,
			    .scope_value = m->scope_value,
			    .group = m->group_by ? (enum rule_group)m->group_by : GROUP_ALL,
			    .severity = m->severity ? (enum rule_severity)m->severity : RULE_LOW,
			    .page = m->page,
			    .min_affected = m->min_affected ? m->min_affected : 1,
			    .share = m->affected_share,
			    .min_sources = m->min_sources ? m->min_sources : 1,
			    .stale_ms = STALE_USUAL,
			    .no_data = m->no_data ? (enum rule_no_data)m->no_data : NO_DATA_UNKNOWN,
			    .never_suppress = m->never_suppress,
			    .procedure = m->procedure,
			    .enabled = true };
	if ((int)r->scope < 1 || r->scope > RULE_ENTITY || (int)r->group < 1 ||
	    r->group > GROUP_ALL || (int)r->severity < 1 || r->severity > RULE_CRITICAL ||
	    (int)r->no_data < 1 || r->no_data > NO_DATA_OK)
		return fail(t, ERR_INVALID,
			    "rule: scope, group_by, severity or no_data is none of its values");
	TRY(name_of(t, "rule.name", "rules", m->name, &r->id));
	TRY(f_signal(t, m, r));
	TRY(f_op(t, m, r));
	TRY(f_for(t, m, r));
	TRY(f_keep(t, m, r));
	TRY(f_window(t, m, r));
	TRY(f_warm(t, m, r));
	if (m->stale_after)
		TRY(f_stale(t, m, r));
	return f_causes(t, m, r);
}
