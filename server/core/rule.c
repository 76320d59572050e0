#include "server/core/rule.h"

#include <string.h>

bool rule_bad(const struct rule *r, double value)
{
	switch (r->op) {
	case RULE_ABOVE:
		return value > r->threshold;
	case RULE_AT_LEAST:
		return value >= r->threshold;
	case RULE_BELOW:
		return value < r->threshold;
	case RULE_AT_MOST:
		return value <= r->threshold;
	case RULE_IS:
		return value >= r->threshold && value <= r->threshold;
	case RULE_IS_NOT:
		return value < r->threshold || value > r->threshold;
	}
	return false;
}

bool rule_scaled(const struct rule *r)
{
	return r->min_affected > 1 || r->share > 0;
}

bool rule_flaps(const struct rule_state *s, int64_t now_ms)
{
	return s->flips >= RULE_FLIPS && now_ms - s->flips_ms < RULE_FLAP_MS;
}

static void flip(struct rule_state *s, int64_t now_ms)
{
	if (s->flips == 0 || now_ms - s->flips_ms >= RULE_FLAP_MS) {
		s->flips = 0;
		s->flips_ms = now_ms;
	}
	s->flips++;
}

/* Of the last looks, are enough bad? A measurement counts once. */
static bool hit(const struct rule *r, const struct rule_sample *w, struct rule_state *s)
{
	bool bad = rule_bad(r, w->value);
	uint64_t all = r->looks >= 64 ? UINT64_MAX : (UINT64_C(1) << r->looks) - 1;

	if (r->looks <= 1)
		return bad;
	if (w->look > s->seen_ms) {
		s->bits = (s->bits << 1 | bad) & all;
		s->seen_ms = w->look;
	}
	return __builtin_popcountll(s->bits & all) >= r->hits;
}

static void bad_now(const struct rule *r, const struct rule_sample *w, int64_t now_ms,
		    struct rule_state *s)
{
	s->clear_ms = 0;
	if (s->phase == PHASE_OK) {
		s->phase = PHASE_PENDING;
		s->since_ms = w->at_ms > 0 && w->at_ms < now_ms ? w->at_ms : now_ms;
	}
	if (s->phase == PHASE_PENDING && now_ms - s->since_ms >= r->for_ms) {
		s->phase = PHASE_FIRING;
		s->fired_ms = now_ms;
		flip(s, now_ms);
	}
}

static void well_now(const struct rule *r, int64_t now_ms, struct rule_state *s)
{
	int64_t keep = r->keep_ms;

	if (rule_flaps(s, now_ms) && keep < RULE_FLAP_KEEP_MS)
		keep = RULE_FLAP_KEEP_MS;
	if (s->phase == PHASE_PENDING)
		s->phase = PHASE_OK;
	if (s->phase != PHASE_FIRING)
		return;
	if (s->clear_ms == 0)
		s->clear_ms = now_ms;
	if (now_ms - s->clear_ms < keep)
		return;
	s->phase = PHASE_OK;
	s->clear_ms = 0;
	s->end_ms = now_ms;
	flip(s, now_ms);
}

static bool same(const struct rule_state *a, const struct rule_state *b)
{
	return a->phase == b->phase && a->unknown_ms == b->unknown_ms && a->back_ms == b->back_ms &&
	       a->since_ms == b->since_ms && a->clear_ms == b->clear_ms && a->end_ms == b->end_ms &&
	       a->bits == b->bits && a->seen_ms == b->seen_ms && a->flips == b->flips;
}

/* Nobody can tell: it stays as it is, and we remember since when. */
static void untold(int64_t now_ms, struct rule_state *s)
{
	if (s->unknown_ms == 0)
		s->unknown_ms = now_ms;
}

bool rule_step(const struct rule *r, const struct rule_sample *w, int64_t now_ms,
	       struct rule_state *s)
{
	struct rule_state before = *s;
	bool told = w->told;

	/* Bad by fewer than must agree: nobody can tell yet. */
	if (told && w->sources < r->min_sources && rule_bad(r, w->value))
		told = false;
	if (!told) {
		untold(now_ms, s);
		return !same(&before, s);
	}
	if (s->unknown_ms > 0) {
		s->unknown_ms = 0;
		s->back_ms = now_ms;
	}
	s->value = w->value;
	/* Who came back is believed when it says that all is well, and later when it does not. */
	bool cold = s->phase == PHASE_OK && s->back_ms > 0 && now_ms - s->back_ms < r->warm_up_ms;

	if (cold && rule_bad(r, w->value))
		return !same(&before, s);
	if (hit(r, w, s))
		bad_now(r, w, now_ms, s);
	else
		well_now(r, now_ms, s);
	return !same(&before, s);
}

bool rule_blank(const struct rule *r, const struct rule_state *s, int64_t now_ms)
{
	return s->phase == PHASE_OK && s->unknown_ms == 0 && s->bits == 0 &&
	       (s->back_ms == 0 || now_ms - s->back_ms >= r->warm_up_ms) &&
	       (s->flips == 0 || now_ms - s->flips_ms >= RULE_FLAP_MS);
}

bool rule_lists(const char *lines, const char *id)
{
	size_t n = strlen(id);

	for (const char *p = lines; *p;) {
		size_t len = strcspn(p, "\n");

		if (len == n && memcmp(p, id, n) == 0)
			return true;
		p += len + (p[len] == '\n');
	}
	return false;
}

/* Causes first; what forms a ring comes as it is, and a ring was refused when it was made. */
void rules_order(struct turn *t, struct rule *rules, size_t n)
{
	struct rule *out = turn_array(t, n + 1, sizeof(*out));
	bool *done = turn_array(t, n + 1, sizeof(*done));
	size_t placed = 0, before;

	do {
		before = placed;
		for (size_t i = 0; i < n; i++) {
			bool ready = !done[i];

			for (size_t c = 0; c < n && ready; c++)
				ready = c == i || done[c] ||
					!rule_lists(rules[i].inhibited_by, rules[c].id);
			if (!ready)
				continue;
			done[i] = true;
			out[placed++] = rules[i];
		}
	} while (placed > before && placed < n);
	for (size_t i = 0; i < n; i++)
		if (!done[i])
			out[placed++] = rules[i];
	if (n > 0)
		memcpy(rules, out, n * sizeof(*rules));
}
