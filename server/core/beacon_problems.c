#include "server/core/beacon.h"

enum { PROBLEMS = 16 };

struct problems {
	struct turn *t;
	const char **v;
	size_t n;
};

static void say(struct problems *p, const char *text)
{
	if (p->n < PROBLEMS)
		p->v[p->n++] = text;
}

static void say_count(struct problems *p, const struct validator_counts *have,
		      enum validator_health h, const char *what)
{
	if (have->health[h] > 0)
		say(p, turn_printf(p->t, "%lld of %lld validators %s", (long long)have->health[h],
				   (long long)have->all, what));
}

static enum err say_slashed(struct problems *p)
{
	struct validator_filter slashed = { .lives = 1u << LIFE_SLASHED };
	struct validator *v;
	size_t n;

	TRY(validator_list(p->t, &slashed, 0, PROBLEMS, &v, &n));
	for (size_t i = 0; i < n; i++)
		say(p, turn_printf(p->t, "validator %lld is slashed", (long long)v[i].place));
	return OK;
}

static void say_chain(struct problems *p, const struct beacon *c)
{
	int64_t epoch = beacon_epoch_at(c, p->t->now_ms);

	if (c->finalized >= 0 && epoch - c->finalized > 4)
		say(p, turn_printf(p->t,
				   "the chain does not finalize: the last epoch was %lld, %lld ago",
				   (long long)c->finalized, (long long)(epoch - c->finalized)));
	if (c->participation >= 0 && c->participation < 950000)
		say(p, turn_printf(p->t, "the network's participation is %.1f %%",
				   (double)c->participation / 1e4));
}

enum err beacon_problems(struct turn *t, const struct beacon_source *s, size_t n,
			 const struct beacon *chain, const struct validator_counts *have,
			 const char ***out, size_t *n_out)
{
	struct problems p = { t, turn_array(t, PROBLEMS, sizeof(*p.v)), 0 };
	size_t counted = 0;

	TRY(say_slashed(&p));
	say_count(&p, have, VALIDATOR_DOWN, "are down");
	say_count(&p, have, VALIDATOR_ISOLATED, "run and are not seen by the chain");
	say_count(&p, have, VALIDATOR_DEGRADED, "missed the last epoch");
	for (size_t i = 0; i < n; i++)
		counted += source_counts(&s[i]);
	if (n > 0 && counted == 0)
		say(&p, "no Beacon node counts: nothing new is known");
	for (size_t i = 0; i < n; i++) {
		if (!source_counts(&s[i]))
			say(&p, turn_printf(t, "%s is %s: %.200s", s[i].name,
					    source_state_name(s[i].state), s[i].text));
		else if (s[i].outvoted > 0)
			say(&p, turn_printf(t, "%s was outvoted on %lld validators", s[i].name,
					    (long long)s[i].outvoted));
	}
	say_count(&p, have, VALIDATOR_UNKNOWN, "are unknown");
	if (n == 0 && have->all > 0)
		say(&p, "no Beacon node is configured: set beacon.urls");
	if (chain)
		say_chain(&p, chain);
	*out = p.v;
	*n_out = p.n;
	return OK;
}
