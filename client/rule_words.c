#include "client/rule_words.h"

#include <stdlib.h>
#include <string.h>

#include "client/out.h"
#include "store/base/turn.h"
#include "store/base/units.h"

typedef enum err word_fn(struct turn *t, struct cli *c, const char *value, Ghostfleet__V1__Rule *m);

static enum err number(struct turn *t, struct cli *c, const char *value, double *out)
{
	char *end;

	*out = strtod(value, &end);
	if (end == value || *end)
		return usage(t, c, "'%s' is no number", value);
	return OK;
}

static enum err count(struct turn *t, struct cli *c, const char *value, int32_t *out)
{
	double v;

	TRY(number(t, c, value, &v));
	if (!(v >= 0 && v <= 1e6))
		return usage(t, c, "'%s': 0 to 1000000", value);
	*out = (int32_t)v;
	return OK;
}

static enum err yes(struct turn *t, struct cli *c, const char *value, protobuf_c_boolean *out)
{
	static const char *const words[] = { "no", "yes", "off", "on", "false", "true" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(value, words[i]) == 0) {
			*out = (protobuf_c_boolean)(i % 2);
			return OK;
		}
	return usage(t, c, "'%s': write yes or no", value);
}

static enum err span(struct turn *t, struct cli *c, const char *value,
		     Google__Protobuf__Duration **out)
{
	int64_t ms = 0;

	if (strcmp(value, "0") != 0 && !duration_parse(value, &ms))
		return usage(t, c, "'%s': write 90s, 5m, 2h or 7d", value);
	*out = turn_alloc(t, sizeof(**out));
	google__protobuf__duration__init(*out);
	(*out)->seconds = ms / 1000;
	(*out)->nanos = (int32_t)(ms % 1000) * 1000000;
	return OK;
}

static enum err w_title(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	(void)c;
	m->title = turn_strdup(t, v);
	return OK;
}

static enum err w_signal(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	(void)c;
	m->signal = turn_strdup(t, v);
	return OK;
}

static enum err w_op(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	static const char *const signs[] = { "", ">", ">=", "<", "<=", "=", "!=" };
	int said;

	for (int i = 1; i < (int)(sizeof(signs) / sizeof(signs[0])); i++)
		if (strcmp(v, signs[i]) == 0) {
			m->op = (Ghostfleet__V1__RuleOp)i;
			return OK;
		}
	if (enum_read(t, &ghostfleet__v1__rule_op__descriptor, v, &said) != OK)
		return usage(t, c, "op: write '>', '>=', '<', '<=', '=' or '!='");
	m->op = (Ghostfleet__V1__RuleOp)said;
	return OK;
}

static enum err w_threshold(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	return number(t, c, v, &m->threshold);
}

static enum err w_for(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	return span(t, c, v, &m->for_duration);
}

static enum err w_keep(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	return span(t, c, v, &m->keep_firing_for);
}

static enum err w_hits(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	return count(t, c, v, &m->hits);
}

static enum err w_looks(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	return count(t, c, v, &m->looks);
}

static enum err w_window(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	return span(t, c, v, &m->window);
}

static enum err choice(struct turn *t, struct cli *c, const ProtobufCEnumDescriptor *d,
		       const char *v, int *out)
{
	if (enum_read(t, d, v, out) != OK)
		return usage(t, c, "'%s': %s", v, t->why);
	return OK;
}

static enum err w_scope(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	int said;

	TRY(choice(t, c, &ghostfleet__v1__rule_scope__descriptor, v, &said));
	m->scope = (Ghostfleet__V1__RuleScope)said;
	return OK;
}

static enum err w_of(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	(void)c;
	m->scope_value = turn_strdup(t, v);
	return OK;
}

static enum err w_group(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	int said;

	TRY(choice(t, c, &ghostfleet__v1__rule_group__descriptor, v, &said));
	m->group_by = (Ghostfleet__V1__RuleGroup)said;
	return OK;
}

static enum err w_severity(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	int said;

	TRY(choice(t, c, &ghostfleet__v1__incident_severity__descriptor, v, &said));
	m->severity = (Ghostfleet__V1__IncidentSeverity)said;
	return OK;
}

static enum err w_page(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	return yes(t, c, v, &m->page);
}

static enum err w_affected(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	return count(t, c, v, &m->min_affected);
}

static enum err w_share(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	return number(t, c, v, &m->affected_share);
}

static enum err w_sources(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	return count(t, c, v, &m->min_sources);
}

static enum err w_warm(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	return span(t, c, v, &m->warm_up);
}

static enum err w_stale(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	return span(t, c, v, &m->stale_after);
}

static enum err w_no_data(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	int said;

	TRY(choice(t, c, &ghostfleet__v1__rule_no_data__descriptor, v, &said));
	m->no_data = (Ghostfleet__V1__RuleNoData)said;
	return OK;
}

static enum err w_never(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	return yes(t, c, v, &m->never_suppress);
}

static enum err w_causes(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	(void)c;
	m->inhibited_by = args_split(t, v, &m->n_inhibited_by);
	for (size_t i = 0; i < m->n_inhibited_by; i++)
		m->inhibited_by[i] = resource(t, "rules", m->inhibited_by[i]);
	return OK;
}

static enum err w_procedure(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	(void)c;
	m->procedure = turn_strdup(t, v);
	return OK;
}

static enum err w_enabled(struct turn *t, struct cli *c, const char *v, Ghostfleet__V1__Rule *m)
{
	return yes(t, c, v, &m->enabled);
}

static const struct {
	const char *word, *path;
	word_fn *fn;
} words[] = {
	{ "signal", "signal", w_signal },
	{ "op", "op", w_op },
	{ "threshold", "threshold", w_threshold },
	{ "for", "for_duration", w_for },
	{ "keep", "keep_firing_for", w_keep },
	{ "hits", "hits", w_hits },
	{ "looks", "looks", w_looks },
	{ "window", "window", w_window },
	{ "scope", "scope", w_scope },
	{ "of", "scope_value", w_of },
	{ "group", "group_by", w_group },
	{ "severity", "severity", w_severity },
	{ "page", "page", w_page },
	{ "affected", "min_affected", w_affected },
	{ "share", "affected_share", w_share },
	{ "sources", "min_sources", w_sources },
	{ "warm-up", "warm_up", w_warm },
	{ "stale", "stale_after", w_stale },
	{ "no-data", "no_data", w_no_data },
	{ "never-suppress", "never_suppress", w_never },
	{ "causes", "inhibited_by", w_causes },
	{ "procedure", "procedure", w_procedure },
	{ "title", "title", w_title },
	{ "enabled", "enabled", w_enabled },
};
enum { WORDS = sizeof(words) / sizeof(words[0]) };

static enum err one(struct turn *t, struct cli *c, const char *said, Ghostfleet__V1__Rule *m,
		    Google__Protobuf__FieldMask *mask)
{
	size_t n = strcspn(said, "=");

	for (size_t i = 0; i < WORDS && said[n]; i++) {
		if (strlen(words[i].word) != n || strncmp(words[i].word, said, n) != 0)
			continue;
		mask->paths[mask->n_paths++] = turn_strdup(t, words[i].path);
		if (words[i].fn(t, c, said + n + 1, m) == OK)
			return OK;
		return usage(t, c, "%s: %s", words[i].word, t->why);
	}
	return usage(t, c,
		     "'%s': write FIELD=VALUE; fields are threshold, for, keep, severity, page, "
		     "enabled and more: ghostctl help rules set",
		     said);
}

enum err rule_words(struct turn *t, struct cli *c, size_t first, Ghostfleet__V1__Rule *m,
		    Google__Protobuf__FieldMask *mask)
{
	google__protobuf__field_mask__init(mask);
	mask->paths = turn_array(t, c->args.n_words + 1, sizeof(char *));
	for (size_t i = first; i < c->args.n_words; i++)
		TRY(one(t, c, c->args.word[i], m, mask));
	return OK;
}
