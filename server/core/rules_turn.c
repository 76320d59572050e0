/* A whole turn of the rules: read, judge, and write what changed with the incidents it makes. */
#include <string.h>

#include "server/core/incident.h"
#include "server/core/rule_look.h"

enum { WRITE_MOST = 500, TELL_MOST = 32 };

struct stand {
	struct rule *rules;
	size_t n_rules;
	struct rule_state *states;
	size_t n_states;
	struct rule_bundle *bundles;
	size_t n_bundles;
	struct judged *judged; /* one a rule, in their order */
};

/* ---- reading ---- */

static enum err read_states(struct turn *t, struct stand *s)
{
	struct rule_state *page = NULL;
	size_t room = 0, n = STATES_AT_ONCE;
	int64_t rule = 0, ref = 0;

	while (n == STATES_AT_ONCE) {
		TRY(rule_states(t, rule, ref, STATES_AT_ONCE, &page, &n));
		for (size_t i = 0; i < n; i++) {
			s->states = turn_grow(t, s->states, s->n_states, &room, sizeof(*page));
			s->states[s->n_states++] = page[i];
		}
		if (n > 0) {
			rule = page[n - 1].rule;
			ref = page[n - 1].ref;
		}
	}
	return OK;
}

static enum err read_stand(struct turn *t, struct stand *s)
{
	TRY(rule_list(t, &s->rules, &s->n_rules));
	rules_order(t, s->rules, s->n_rules);
	TRY(read_states(t, s));
	TRY(rule_bundles(t, &s->bundles, &s->n_bundles));
	s->judged = turn_array(t, s->n_rules + 1, sizeof(*s->judged));
	return OK;
}

static int64_t mark_of(const struct stand *s)
{
	uint64_t mix = 0;

	for (size_t i = 0; i < s->n_rules; i++)
		mix += ((uint64_t)s->rules[i].no << 20 ^ (uint64_t)s->rules[i].version) *
		       UINT64_C(0x9e3779b97f4a7c15);
	return (int64_t)mix;
}

/* The rule's part of what is sorted by rule. */
static const struct rule_state *states_of(const struct stand *s, int64_t rule, size_t *n_out)
{
	size_t lo = 0, hi = s->n_states;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->states[mid].rule < rule)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (*n_out = 0; lo + *n_out < s->n_states && s->states[lo + *n_out].rule == rule;)
		++*n_out;
	return s->states + lo;
}

static const struct rule_bundle *bundles_of(const struct stand *s, int64_t rule, size_t *n_out)
{
	size_t at = 0;

	while (at < s->n_bundles && s->bundles[at].rule < rule)
		at++;
	for (*n_out = 0; at + *n_out < s->n_bundles && s->bundles[at + *n_out].rule == rule;)
		++*n_out;
	return s->bundles + at;
}

/* ---- judging ---- */

static enum err judge_one(struct turn *t, struct stand *s, struct things *w, size_t i)
{
	const struct rule *r = &s->rules[i];
	struct judge j = { .now_ms = t->now_ms,
			   .causes = s->judged,
			   .n_causes = i,
			   .name = things_name,
			   .label = things_label,
			   .world = w };
	size_t n_states, n_bundles;
	const struct rule_state *states = states_of(s, r->no, &n_states);
	const struct rule_bundle *bundles = bundles_of(s, r->no, &n_bundles);
	bool read;

	TRY(things_sample(t, w, r, &read));
	if (read && !w->samples) /* nothing of its kind is there */
		w->samples = turn_array(t, 1, sizeof(*w->samples));
	rule_judge(t, &j, r, read ? w->samples : NULL, w->n, states, n_states, bundles, n_bundles,
		   &s->judged[i]);
	return OK;
}

static bool about_rules(const struct rule *r)
{
	const struct signal_row *s = signal_of(r->signal);

	return s && s->from == SIGNAL_FROM_RULES;
}

static enum err judge_all(struct turn *t, struct stand *s, struct things *w)
{
	size_t at = 0;
	struct rule *last = turn_array(t, s->n_rules + 1, sizeof(*last));
	size_t n_last = 0;

	for (size_t i = 0; i < s->n_rules; i++)
		if (about_rules(&s->rules[i]))
			last[n_last++] = s->rules[i];
		else
			s->rules[at++] = s->rules[i];
	memcpy(s->rules + at, last, n_last * sizeof(*last));
	for (size_t i = 0; i < s->n_rules; i++) {
		if (i == at)
			things_stale(t, w, s->judged, at);
		TRY(judge_one(t, s, w, i));
	}
	rules_seal(s->judged, s->n_rules, t->now_ms);
	return OK;
}

/* ---- writing ---- */

struct writing {
	const struct stand *s;
	size_t rule, live; /* the next one to write */
	bool *skip;        /* one a rule: it is another one by now, and is judged anew */
};

static enum err skip_changed(struct turn *t, struct writing *w)
{
	struct rule_mark *m;
	size_t n;

	TRY(rule_marks(t, &m, &n));
	for (size_t i = 0; i < w->s->n_rules; i++) {
		const struct rule *r = w->s->judged[i].rule;

		w->skip[i] = true;
		for (size_t k = 0; k < n && w->skip[i]; k++)
			w->skip[i] = m[k].no != r->no || m[k].version != r->version;
	}
	return OK;
}

static enum err write_live(struct turn *t, const struct rule_live *l)
{
	return l->drop ? rule_state_drop(t, l->s.rule, l->s.ref) : rule_state_put(t, &l->s);
}

static const char *subject_of(const struct judged *j, const struct rule_pack *p)
{
	for (size_t i = 0; i < j->n && p->members == 1; i++)
		if (strcmp(j->live[i].s.bundle, p->b.key) == 0)
			return j->live[i].s.entity;
	return "fleet";
}

static enum err tell(struct turn *t, const struct stand *s, const struct judged *j,
		     struct rule_pack *p)
{
	struct trigger g = {
		.key = p->b.key,
		.rule = j->rule->id,
		.subject = subject_of(j, p),
		.title = rule_pack_title(t, j, p),
		.text = rule_pack_text(t, j, p, s->judged, s->n_rules),
		.severity = (enum incident_severity)j->rule->severity,
		.page = j->rule->page,
		.never_suppress = j->rule->never_suppress,
		.since_ms = p->since_ms,
	};
	struct incident i;
	bool opened;

	p->b.told_ms = t->now_ms;
	TRY(rule_bundle_put(t, &p->b));
	return incident_trigger(t, &g, &i, &opened);
}

/* Why it is over. */
static const char *end_text(struct turn *t, const struct judged *j)
{
	if (!j->rule->enabled)
		return turn_printf(t, "rule %s is switched off (version %lld by %s)", j->rule->id,
				   (long long)j->rule->version, j->rule->author);
	return turn_printf(t, "%s holds no longer", rule_condition(t, j->rule));
}

static enum err write_packs(struct turn *t, const struct stand *s, struct judged *j)
{
	for (size_t i = 0; i < j->n_packs; i++) {
		struct rule_pack *p = &j->packs[i];

		if (p->end) {
			TRY(rule_bundle_drop(t, j->rule->no, p->b.key));
			TRY(incident_clear(t, p->b.key, end_text(t, j)));
		} else if (p->tell) {
			TRY(tell(t, s, j, p));
		}
	}
	if (j->population != j->rule->population)
		TRY(rule_set_population(t, j->rule->no, j->population));
	return OK;
}

/* In the lane: how things stand, at most WRITE_MOST of them, then the rule's incidents. One that is
 * killed in between is judged again: things name their incident, and it is made then. */
static enum err write_some(struct turn *t, void *arg)
{
	struct writing *w = arg, at = *w;
	size_t wrote = 0;

	TRY(skip_changed(t, w));
	lane_touch(t, TOPIC_RULE);
	for (; at.rule < at.s->n_rules; at.rule++, at.live = 0) {
		struct judged *j = &at.s->judged[at.rule];

		if (!j->changed || w->skip[at.rule])
			continue;
		for (; at.live < j->n; at.live++) {
			if (!j->live[at.live].dirty)
				continue;
			if (wrote++ == WRITE_MOST)
				return *w = at, OK;
			TRY(write_live(t, &j->live[at.live]));
		}
		TRY(write_packs(t, at.s, j));
		wrote += TELL_MOST;
	}
	*w = at;
	return OK;
}

static bool anything(const struct stand *s)
{
	for (size_t i = 0; i < s->n_rules; i++)
		if (s->judged[i].changed)
			return true;
	return false;
}

enum err rules_turn(struct turn *t, struct rules_seen *seen, size_t *n_out)
{
	struct stand s = { 0 };
	struct things w;

	TRY(read_stand(t, &s));
	int64_t mark = mark_of(&s);

	TRY(things_read(t, seen, s.rules, s.n_rules, s.states, s.n_states, mark != seen->rules,
			&w));
	seen->rules = mark;
	TRY(judge_all(t, &s, &w));
	*n_out = w.n_series + w.n_validators + w.n_wallets;
	if (!anything(&s))
		return OK;
	struct writing all = { .s = &s, .skip = turn_array(t, s.n_rules + 1, sizeof(*all.skip)) };

	while (all.rule < s.n_rules) {
		enum err e = lane_run(t, write_some, &all);

		if (e != OK) {
			*seen = (struct rules_seen){ 0 }; /* all of it is looked at again */
			return e;
		}
	}
	return OK;
}
