/* What rules say to people. */
#include <inttypes.h>
#include <string.h>

#include "server/core/rules.h"
#include "store/base/buf.h"

enum { NAMED = 20, TEXT_MAX = 3800, TITLE_MAX = 280, SHORT_KEY = 10 };

const char *rule_subject(struct turn *t, const char *id)
{
	return turn_printf(t, "rules/%s", id);
}

const char *rule_op_text(enum rule_op op)
{
	switch (op) {
	case RULE_ABOVE:
		return ">";
	case RULE_AT_LEAST:
		return ">=";
	case RULE_BELOW:
		return "<";
	case RULE_AT_MOST:
		return "<=";
	case RULE_IS:
		return "=";
	case RULE_IS_NOT:
		return "!=";
	}
	return "?";
}

static const char *span(struct turn *t, int64_t ms)
{
	if (ms % 86400000 == 0)
		return turn_printf(t, "%" PRId64 " d", ms / 86400000);
	if (ms % 3600000 == 0)
		return turn_printf(t, "%" PRId64 " h", ms / 3600000);
	if (ms % 60000 == 0)
		return turn_printf(t, "%" PRId64 " min", ms / 60000);
	return turn_printf(t, "%g s", (double)ms / 1000);
}

static const char *unit_of(const struct rule *r)
{
	const struct signal_row *s = signal_of(r->signal);

	return !s || strcmp(s->unit, "0 or 1") == 0 ? "" : s->unit;
}

const char *rule_condition(struct turn *t, const struct rule *r)
{
	const struct signal_row *s = signal_of(r->signal);
	struct buf b = buf_in(t->mem, TEXT_MAX);

	buf_printf(&b, "%s %s %g", s ? s->name : "?", rule_op_text(r->op), r->threshold);
	if (*unit_of(r))
		buf_printf(&b, " %s", unit_of(r));
	if (r->window_ms > 0)
		buf_printf(&b, " in the mean of %s", span(t, r->window_ms));
	if (r->looks > 1)
		buf_printf(&b, " in %" PRId64 " of %" PRId64 " looks", r->hits, r->looks);
	if (r->for_ms > 0)
		buf_printf(&b, " for %s", span(t, r->for_ms));
	if (r->min_affected > 1)
		buf_printf(&b, ", of at least %" PRId64, r->min_affected);
	if (r->share > 0)
		buf_printf(&b, ", of at least %g %% of them", r->share);
	return buf_text(&b);
}

/* A key of 98 characters is nothing for a phone. */
static const char *in_short(struct turn *t, const char *entity)
{
	static const char validators[] = "validators/0x";

	if (strncmp(entity, validators, sizeof(validators) - 1) == 0 &&
	    strlen(entity) > sizeof(validators) + SHORT_KEY)
		return turn_printf(t, "%.*s..", (int)(sizeof(validators) - 1 + SHORT_KEY), entity);
	return entity;
}

static bool of_pack(const struct rule_live *l, const struct rule_pack *p)
{
	return strcmp(l->s.bundle, p->b.key) == 0;
}

const char *rule_pack_title(struct turn *t, const struct judged *j, const struct rule_pack *p)
{
	struct buf b = buf_in(t->mem, TITLE_MAX);

	for (size_t i = 0; i < j->n && b.n == 0; i++)
		if (of_pack(&j->live[i], p))
			buf_printf(&b, "%s: %s", j->rule->title, in_short(t, j->live[i].s.entity));
	if (p->members > 1)
		buf_printf(&b, " and %zu more", p->members - 1);
	return b.full ? j->rule->title : buf_text(&b);
}

/* Who is in it, the first of them with their figures. */
static void say_members(struct turn *t, const struct judged *j, const struct rule_pack *p,
			struct buf *b)
{
	size_t said = 0;

	for (size_t i = 0; i < j->n && said < NAMED; i++) {
		const struct rule_state *s = &j->live[i].s;

		if (!of_pack(&j->live[i], p))
			continue;
		buf_printf(b, "%s%s (%.6g)", said++ ? ", " : "", in_short(t, s->entity), s->value);
	}
	if (p->members > said)
		buf_printf(b, " and %zu more", p->members - said);
}

/* What would be told of if this were not its cause. */
static void say_muted(const struct judged *j, const struct judged *all, size_t n_all, struct buf *b)
{
	size_t said = 0;

	for (size_t i = 0; i < n_all; i++) {
		size_t muted = 0;

		for (size_t k = 0; k < all[i].n; k++)
			muted += strcmp(all[i].live[k].s.muted_by, j->rule->id) == 0;
		if (muted > 0)
			buf_printf(b, "%s%s (%zu)",
				   said++ ? ", " : ". Muted by it: ", all[i].rule->id, muted);
	}
}

const char *rule_pack_text(struct turn *t, const struct judged *j, const struct rule_pack *p,
			   const struct judged *all, size_t n_all)
{
	struct buf b = buf_in(t->mem, TEXT_MAX);

	buf_printf(&b, "%s: ", rule_condition(t, j->rule));
	say_members(t, j, p, &b);
	if (j->scaled)
		buf_printf(&b, "; %zu of %" PRId64, j->firing, j->population);
	say_muted(j, all, n_all, &b);
	if (*j->rule->procedure)
		buf_printf(&b, ". What to do: %s", j->rule->procedure);
	return b.full ? rule_condition(t, j->rule) : buf_text(&b);
}
