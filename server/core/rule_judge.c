/* One rule against all its things: who fires, whose cause somebody else is, and of which incidents
 * they are. */
#include <inttypes.h>
#include <string.h>

#include "server/core/rule.h"

/* Incidents of one rule at a time: what begins beyond them joins the last. */
enum { PACKS_MOST = 100, SECOND_MS = 1000 };

/* ---- how each thing stands now ---- */

static void push(struct turn *t, struct judged *out, size_t *room, const struct rule_live *l)
{
	out->live = turn_grow(t, out->live, out->n, room, sizeof(*l));
	out->live[out->n++] = *l;
}

static void look_at(struct turn *t, const struct judge *j, const struct rule *r,
		    const struct rule_sample *w, size_t i, const struct rule_state *had,
		    struct judged *out, size_t *room)
{
	struct rule_live l = { .sample = i };

	if (!had && w->told && r->looks <= 1 && !rule_bad(r, w->value))
		return; /* nearly all of them, nearly always */
	if (had)
		l.s = *had;
	else
		l.s = (struct rule_state){ .rule = r->no,
					   .ref = w->ref,
					   .phase = PHASE_OK,
					   .bundle = "",
					   .muted_by = "" };
	l.dirty = rule_step(r, w, j->now_ms, &l.s);
	l.drop = rule_blank(r, &l.s, j->now_ms);
	if (l.drop && !had)
		return;
	l.dirty = l.dirty || l.drop;
	if (!had)
		l.s.entity = j->name(t, j->world, i);
	push(t, out, room, &l);
}

/* Not there any more, or not this rule's any more: whatever it was, that has ended. */
static void gone(struct turn *t, const struct rule_state *had, struct judged *out, size_t *room)
{
	struct rule_live l = { .s = *had, .sample = SIZE_MAX, .dirty = true, .drop = true };

	l.s.phase = PHASE_OK;
	l.s.unknown_ms = 0;
	push(t, out, room, &l);
}

static void look_at_all(struct turn *t, const struct judge *j, const struct rule *r,
			const struct rule_sample *w, size_t n, const struct rule_state *s,
			size_t n_s, struct judged *out)
{
	size_t room = 0, at = 0;

	for (size_t i = 0; i < n; i++) {
		while (at < n_s && s[at].ref < w[i].ref)
			gone(t, &s[at++], out, &room);
		const struct rule_state *had = at < n_s && s[at].ref == w[i].ref ? &s[at++] : NULL;

		out->population += w[i].told;
		look_at(t, j, r, &w[i], i, had, out, &room);
	}
	while (at < n_s)
		gone(t, &s[at++], out, &room);
}

static void as_it_is(struct turn *t, const struct rule *r, const struct rule_state *s, size_t n_s,
		     struct judged *out)
{
	size_t room = 0;

	for (size_t i = 0; i < n_s; i++)
		push(t, out, &room, &(struct rule_live){ .s = s[i], .sample = SIZE_MAX });
	out->population = r->population;
}

/* ---- causes ---- */

static const struct rule_live *live_of(const struct judged *c, int64_t ref)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (c->live[mid].s.ref < ref)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < c->n && c->live[lo].s.ref == ref ? &c->live[lo] : NULL;
}

/* It fires, fired until a moment ago, or is about to. */
static bool one_holds(const struct judge *j, const struct rule *child, const struct judged *c,
		      const struct rule_state *s, const struct rule_state *effect)
{
	if (s->phase == PHASE_FIRING)
		return !c->scaled || c->open;
	if (s->end_ms > 0 && j->now_ms - s->end_ms < child->warm_up_ms)
		return true;
	return s->phase == PHASE_PENDING &&
	       s->since_ms + c->rule->for_ms - j->now_ms <= RULE_HOLD_MS &&
	       j->now_ms - effect->fired_ms < RULE_HOLD_MS;
}

/* A cause that is about the same kind of things mutes the same thing only; of another kind, all. */
static bool holds(const struct judge *j, const struct rule *child, const struct judged *c,
		  const struct rule_state *effect)
{
	enum rule_kind kind = rule_ref_kind(effect->ref);

	if (c->n == 0 || !c->rule->enabled)
		return false;
	if (!c->scaled && kind != REF_SERIES && rule_ref_kind(c->live[0].s.ref) == kind) {
		const struct rule_live *same = live_of(c, effect->ref);

		return same && one_holds(j, child, c, &same->s, effect);
	}
	for (size_t i = 0; i < c->n; i++)
		if (one_holds(j, child, c, &c->live[i].s, effect))
			return true;
	return false;
}

static const char *cause_of(const struct judge *j, const struct rule *r,
			    const struct rule_state *effect)
{
	for (size_t i = 0; i < j->n_causes; i++)
		if (rule_lists(r->inhibited_by, j->causes[i].rule->id) &&
		    holds(j, r, &j->causes[i], effect))
			return j->causes[i].rule->id;
	return "";
}

/* Only what is of no incident yet: one that somebody was told of goes its own way to its end. */
static void mute(const struct judge *j, const struct rule *r, struct judged *out)
{
	for (size_t i = 0; i < out->n; i++) {
		struct rule_live *l = &out->live[i];
		const char *by = "";

		if (l->s.phase == PHASE_FIRING && !*l->s.bundle && !r->never_suppress &&
		    *r->inhibited_by)
			by = cause_of(j, r, &l->s);
		if (strcmp(by, l->s.muted_by) != 0) {
			l->s.muted_by = by;
			l->dirty = true;
		}
	}
}

/* ---- incidents ---- */

static struct rule_pack *pack_of(struct judged *out, const char *key)
{
	for (size_t i = 0; i < out->n_packs; i++)
		if (strcmp(out->packs[i].b.key, key) == 0)
			return &out->packs[i];
	return NULL;
}

static struct rule_pack *pack_new(struct turn *t, struct judged *out, size_t *room,
				  const struct rule_bundle *b)
{
	out->packs = turn_grow(t, out->packs, out->n_packs, room, sizeof(*out->packs));
	out->packs[out->n_packs] = (struct rule_pack){ .b = *b };
	return &out->packs[out->n_packs++];
}

static const char *prefix_of(struct turn *t, const struct judge *j, const struct rule *r,
			     const struct rule_live *l)
{
	const char *label = "";

	if (r->group == GROUP_LABEL && l->sample != SIZE_MAX)
		label = j->label(j->world, l->sample);
	return *label ? turn_printf(t, "%s/%s:", r->id, label) : turn_printf(t, "%s:", r->id);
}

/* Joins those that began shortly before; else it is the first of a new one. */
static struct rule_pack *place(struct turn *t, const struct judge *j, const struct rule *r,
			       const struct rule_live *l, struct judged *out, size_t *room)
{
	if (rule_scaled(r)) {
		struct rule_pack *p = pack_of(out, r->id);
		struct rule_bundle b = { .rule = r->no, .key = r->id, .opened_ms = j->now_ms };

		return p ? p : pack_new(t, out, room, &b);
	}
	const char *prefix = prefix_of(t, j, r, l);

	if (out->n_packs >= PACKS_MOST)
		return &out->packs[out->n_packs - 1];
	for (size_t i = out->n_packs; i-- > 0 && r->group != GROUP_ENTITY;)
		if (strncmp(out->packs[i].b.key, prefix, strlen(prefix)) == 0 &&
		    j->now_ms - out->packs[i].b.opened_ms < RULE_JOIN_MS)
			return &out->packs[i];
	const char *key = turn_printf(t, "%s%s", prefix, l->s.entity);

	if (pack_of(out, key)) /* its first one began again while others went on */
		key = turn_printf(t, "%s@%" PRId64, key, j->now_ms / SECOND_MS);
	struct rule_bundle b = { .rule = r->no, .key = key, .opened_ms = j->now_ms };

	return pack_new(t, out, room, &b);
}

static void join(struct rule_pack *p, struct rule_live *l)
{
	if (strcmp(l->s.bundle, p->b.key) != 0) {
		l->s.bundle = p->b.key;
		l->dirty = true;
	}
	if (p->members == 0 || l->s.since_ms < p->since_ms)
		p->since_ms = l->s.since_ms;
	p->members++;
	p->mix ^= (int64_t)((uint64_t)l->s.ref * UINT64_C(0x9e3779b97f4a7c15));
}

static bool enough(const struct rule *r, const struct judged *out)
{
	if (!out->scaled)
		return out->firing > 0;
	return (int64_t)out->firing >= r->min_affected &&
	       (double)out->firing * 100 >= r->share * (double)out->population;
}

static void bundle(struct turn *t, const struct judge *j, const struct rule *r,
		   const struct rule_bundle *b, size_t n_b, struct judged *out)
{
	size_t room = 0;

	for (size_t i = 0; i < n_b; i++)
		(void)pack_new(t, out, &room, &b[i]);
	for (size_t i = 0; i < out->n; i++) {
		struct rule_live *l = &out->live[i];
		struct rule_pack *p = NULL;

		if (l->s.phase == PHASE_FIRING && !*l->s.muted_by && out->open) {
			if (*l->s.bundle)
				p = pack_of(out, l->s.bundle);
			if (!p)
				p = place(t, j, r, l, out, &room);
			join(p, l);
		} else if (*l->s.bundle) {
			l->s.bundle = "";
			l->dirty = true;
		}
	}
}

/* What is muted by rule `id`, of all of them. */
static uint64_t muted_by(const struct judged *all, size_t n, const char *id)
{
	uint64_t muted = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < all[i].n && *all[i].rule->inhibited_by; k++)
			if (strcmp(all[i].live[k].s.muted_by, id) == 0)
				muted += (uint64_t)all[i].rule->no;
	return muted;
}

void rules_seal(struct judged *all, size_t n, int64_t now_ms)
{
	for (size_t i = 0; i < n; i++) {
		struct judged *j = &all[i];
		uint64_t muted = j->n_packs > 0 ? muted_by(all, n, j->rule->id) : 0;

		for (size_t k = 0; k < j->n_packs; k++) {
			struct rule_pack *p = &j->packs[k];
			int64_t sign = p->mix ^ (int64_t)p->members ^
				       (int64_t)((uint64_t)j->rule->version << 40 ^ muted << 20);

			p->end = p->members == 0;
			p->tell = !p->end &&
				  (sign != p->b.sign || now_ms - p->b.told_ms >= RULE_AGAIN_MS);
			p->b.sign = sign;
			j->changed = j->changed || p->tell || p->end;
		}
		j->changed = j->changed || j->population != j->rule->population;
		for (size_t k = 0; k < j->n && !j->changed; k++)
			j->changed = j->live[k].dirty;
	}
}

void rule_judge(struct turn *t, const struct judge *j, const struct rule *r,
		const struct rule_sample *samples, size_t n, const struct rule_state *states,
		size_t n_states, const struct rule_bundle *bundles, size_t n_bundles,
		struct judged *out)
{
	*out = (struct judged){ .rule = r, .scaled = rule_scaled(r) };
	if (samples || !r->enabled)
		look_at_all(t, j, r, samples, r->enabled ? n : 0, states, n_states, out);
	else
		as_it_is(t, r, states, n_states, out);
	for (size_t i = 0; i < out->n; i++)
		out->firing += out->live[i].s.phase == PHASE_FIRING;
	out->open = enough(r, out);
	if (samples || !r->enabled)
		mute(j, r, out);
	bundle(t, j, r, bundles, n_bundles, out);
}
