/* By rule only, never by what it is about: that is what GetRule is for. */
#include "server/api/rule_metrics.h"

#include "store/rules.h"

enum standing { STANDS_OK, STANDS_PENDING, STANDS_FIRING, STANDS_UNKNOWN };

static double standing(const struct rule_count *c)
{
	return c->firing > 0    ? STANDS_FIRING
	       : c->pending > 0 ? STANDS_PENDING
	       : c->unknown > 0 ? STANDS_UNKNOWN
				: STANDS_OK;
}

enum err rule_samples(struct turn *t, struct metric_sample *out, size_t max, size_t *n)
{
	struct rule_count *all;
	struct rule *r;
	size_t n_r, n_all;

	TRY(rule_list(t, &r, &n_r));
	TRY(rule_counts(t, &all, &n_all));
	for (size_t i = 0; i < n_r; i++) {
		struct rule_count c = { 0 };

		for (size_t k = 0; k < n_all; k++)
			if (all[k].rule == r[i].no)
				c = all[k];
		const struct metric_sample said[] = {
			{ METRIC_RULE_STATE, { r[i].id, NULL }, standing(&c) },
			{ METRIC_RULE_FIRING, { r[i].id, NULL }, (double)c.firing },
			{ METRIC_RULE_MUTED, { r[i].id, NULL }, (double)c.muted },
			{ METRIC_RULE_UNKNOWN, { r[i].id, NULL }, (double)c.unknown },
		};

		for (size_t k = 0; k < sizeof(said) / sizeof(said[0]) && r[i].enabled; k++)
			if (*n < max)
				out[(*n)++] = said[k];
	}
	return OK;
}
