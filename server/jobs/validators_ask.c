/* The questions about validators: a page of them, to all that count; the votes; then core. */
#include <string.h>

#include "server/jobs/jobs.h"
#include "server/jobs/validators.h"

enum { PAGE = 1000, STATES_A_TURN = 500, LIVES_A_TURN = 250, SEEN_MOST = 1000, DUE_MOST = 64 };

/* ---- states ---- */

struct states {
	struct watch_tick *k;
	struct state_told *told;
	size_t n;
};

static enum err keep_states(struct turn *t, void *arg)
{
	const struct states *s = arg;

	return validators_told_states(t, &s->k->j, s->k->epoch, s->told, s->n);
}

static struct state_vote vote_of(const struct bn_validator *b)
{
	struct state_vote v = { .known = b->known || b->absent, .absent = b->absent };

	v.told = (struct state_told){ .place = b->index,
				      .slashed = b->slashed,
				      .balance = b->balance,
				      .effective = b->effective,
				      .activation = b->activation,
				      .exit = b->exit,
				      .withdrawable = b->withdrawable };
	if (!b->known)
		return v;
	v.told.status = status_of(b->status);
	v.known = v.told.status != STATUS_UNTOLD;
	return v;
}

static enum err states_of(struct turn *t, struct watch_tick *k, const struct validator *v, size_t n,
			  bool *any)
{
	struct pubkey *keys = turn_array(t, n, sizeof(*keys));
	struct bn_validator *said[BN_SOURCES];
	struct states s = { k, turn_array(t, n, sizeof(*s.told)), 0 };

	for (size_t i = 0; i < n; i++)
		keys[i] = v[i].pubkey;
	bn_validators(t, k->w->bn, k->ask, keys, n, said);
	for (size_t i = 0; i < n; i++) {
		struct state_vote votes[SOURCES_MOST] = { 0 };

		for (size_t o = 0; o < k->n; o++)
			if (said[o])
				votes[o] = vote_of(&said[o][i]);
		if (!vote_state(&k->votes, votes, &s.told[s.n]))
			continue;
		s.told[s.n++].validator = v[i].id;
	}
	*any = *any || s.n > 0;
	for (size_t from = 0; from < s.n; from += STATES_A_TURN) {
		struct states part = { k, s.told + from,
				       s.n - from < STATES_A_TURN ? s.n - from : STATES_A_TURN };

		TRY(lane_run(t, keep_states, &part));
	}
	return OK;
}

enum err watch_states(struct turn *t, struct watch_tick *k, const struct validator_filter *of,
		      bool *done_out)
{
	int64_t after = 0;
	bool any = false, some = false;

	for (;;) {
		struct validator *v;
		size_t n;

		TRY(validator_list(t, of, after, PAGE, &v, &n));
		if (n == 0)
			break;
		some = true;
		TRY(states_of(t, k, v, n, &any));
		if (n < PAGE)
			break;
		after = v[n - 1].id;
	}
	*done_out = any || !some;
	return OK;
}

/* ---- liveness ---- */

struct lives {
	struct watch_tick *k;
	int64_t epoch;
	struct live_told *told;
	size_t n;
};

static enum err keep_lives(struct turn *t, void *arg)
{
	const struct lives *l = arg;

	return validators_told_live(t, &l->k->j, l->epoch, l->told, l->n);
}

/* Asks for those that have an index and had duties; fills `told`, true: somebody answered. */
static bool ask_lives(struct turn *t, struct watch_tick *k, int64_t epoch,
		      const struct validator *v, size_t n, struct lives *l)
{
	int64_t *indices = turn_array(t, n + 1, sizeof(*indices));
	uint8_t *said[BN_SOURCES];
	bool any = false;

	*l = (struct lives){ k, epoch, turn_array(t, n + 1, sizeof(*l->told)), 0 };
	for (size_t i = 0; i < n; i++) {
		if (v[i].place < 0 || !validator_on_duty(&v[i], epoch))
			continue;
		indices[l->n] = v[i].place;
		l->told[l->n++].validator = v[i].id;
	}
	bn_liveness(t, k->w->bn, k->ask, epoch, indices, l->n, said);
	for (size_t i = 0; i < l->n; i++) {
		uint8_t votes[SOURCES_MOST] = { 0 };

		for (size_t o = 0; o < k->n; o++) {
			votes[o] = said[o] ? said[o][i] : SAID_NOTHING;
			any = any || votes[o] != SAID_NOTHING;
		}
		l->told[i].verdict = vote_live(&k->votes, votes);
	}
	return any || l->n == 0;
}

enum err watch_live(struct turn *t, struct watch_tick *k, int64_t epoch, bool *done_out)
{
	struct validator_filter all = { 0 };
	int64_t after = 0;

	*done_out = false;
	for (;;) {
		struct validator *v;
		struct lives l;
		size_t n;

		TRY(validator_list(t, &all, after, PAGE, &v, &n));
		if (n == 0)
			break;
		/* Nobody answered: not one of these is judged, and the epoch is asked for again. */
		if (!ask_lives(t, k, epoch, v, n, &l))
			return OK;
		for (size_t from = 0; from < l.n; from += LIVES_A_TURN) {
			struct lives part = { k, epoch, l.told + from,
					      l.n - from < LIVES_A_TURN ? l.n - from
									: LIVES_A_TURN };

			TRY(lane_run(t, keep_lives, &part));
		}
		if (n < PAGE)
			break;
		after = v[n - 1].id;
	}
	*done_out = true;
	return OK;
}

/* ---- seen again ---- */

struct seen {
	struct watch_tick *k;
	int64_t *ids;
	size_t n;
};

static enum err keep_seen(struct turn *t, void *arg)
{
	const struct seen *s = arg;

	return validators_seen(t, &s->k->j, s->k->epoch, s->ids, s->n);
}

/* Those that are ill are looked for in the present epoch, four times in it. */
enum err watch_seen(struct turn *t, struct watch_tick *k)
{
	struct validator_filter ill = { .lives = 1u << LIFE_ACTIVE | 1u << LIFE_EXITING,
					.healths = 1u << VALIDATOR_DEGRADED |
						   1u << VALIDATOR_ISOLATED | 1u << VALIDATOR_DOWN |
						   1u << VALIDATOR_UNKNOWN };
	int64_t every = k->j.chain.slots * k->j.chain.slot_ms / 4;
	struct validator *v;
	struct lives l;
	size_t n;

	if (t->now_ms - k->w->seen_ms < every)
		return OK;
	k->w->seen_ms = t->now_ms;
	TRY(validator_list(t, &ill, 0, SEEN_MOST, &v, &n));
	if (n == 0)
		return OK;
	struct votes before = k->votes;

	(void)ask_lives(t, k, k->epoch, v, n, &l);
	/* The epoch is not over: who has not seen one yet has not lost a vote. */
	k->votes = before;
	struct seen s = { k, turn_array(t, l.n + 1, sizeof(*s.ids)), 0 };

	for (size_t i = 0; i < l.n; i++)
		if (l.told[i].verdict == LIVE_YES)
			s.ids[s.n++] = l.told[i].validator;
	for (size_t from = 0; from < s.n; from += LIVES_A_TURN) {
		struct seen part = { k, s.ids + from,
				     s.n - from < LIVES_A_TURN ? s.n - from : LIVES_A_TURN };

		TRY(lane_run(t, keep_seen, &part));
	}
	return OK;
}

/* ---- rewards ---- */

struct rewards {
	struct watch_tick *k;
	int64_t epoch;
	struct reward_told *told;
	size_t n;
};

static enum err keep_rewards(struct turn *t, void *arg)
{
	const struct rewards *r = arg;

	return validators_told_rewards(t, &r->k->j, r->epoch, r->told, r->n);
}

/* A missed source or target costs; in a leak of the chain's finality a hit brings nothing. A missed
 * head costs nothing. */
static struct reward_told told_of(const struct bn_reward *r, int64_t validator)
{
	return (struct reward_told){ .validator = validator,
				     .source = r->source >= 0,
				     .target = r->target >= 0,
				     .head = r->head > 0,
				     .gwei = r->head + r->target + r->source + r->inactivity };
}

enum err watch_rewards(struct turn *t, struct watch_tick *k, int64_t epoch)
{
	struct validator_filter all = { 0 };
	int64_t after = 0;

	for (;;) {
		struct rewards r = { k, epoch, NULL, 0 };
		struct bn_reward *said;
		struct validator *v;
		int64_t *indices, *ids;
		size_t n, asked = 0;

		TRY(validator_list(t, &all, after, PAGE, &v, &n));
		if (n == 0)
			return OK;
		indices = turn_array(t, n, sizeof(*indices));
		ids = turn_array(t, n, sizeof(*ids));
		said = turn_array(t, n, sizeof(*said));
		r.told = turn_array(t, n, sizeof(*r.told));
		for (size_t i = 0; i < n; i++)
			if (v[i].place >= 0 && validator_on_duty(&v[i], epoch)) {
				indices[asked] = v[i].place;
				ids[asked++] = v[i].id;
			}
		if (!bn_rewards(t, k->w->bn, k->ask, epoch, indices, asked, said))
			return OK;
		for (size_t i = 0; i < asked; i++)
			if (said[i].known)
				r.told[r.n++] = told_of(&said[i], ids[i]);
		for (size_t from = 0; from < r.n; from += LIVES_A_TURN) {
			struct rewards part = { k, epoch, r.told + from,
						r.n - from < LIVES_A_TURN ? r.n - from
									  : LIVES_A_TURN };

			TRY(lane_run(t, keep_rewards, &part));
		}
		if (n < PAGE)
			return OK;
		after = v[n - 1].id;
	}
}

/* ---- proposals ---- */

struct due {
	struct watch_tick *k;
	int64_t *slots, *validators;
	size_t n;
};

static enum err keep_due(struct turn *t, void *arg)
{
	const struct due *d = arg;

	for (size_t i = 0; i < d->n; i++)
		TRY(proposal_add(t, d->slots[i], d->validators[i],
				 beacon_slot_ms(&d->k->j.chain, d->slots[i])));
	return OK;
}

/* The proposer that most of the sources name; -1: nobody, or they do not agree. */
static int64_t elect(const struct watch_tick *k, const struct bn_proposers *p, int64_t i)
{
	int64_t best = -1;
	size_t best_votes = 0;

	for (size_t s = 0; s < k->n; s++) {
		size_t votes = 0;

		for (size_t o = 0; p[s].known && o < k->n; o++)
			votes += p[o].known && p[o].index[i] == p[s].index[i];
		if (votes > best_votes) {
			best = p[s].index[i];
			best_votes = votes;
		}
	}
	return best_votes >= k->votes.quorum ? best : -1;
}

enum err watch_proposers(struct turn *t, struct watch_tick *k, bool *done_out)
{
	int64_t slots = k->j.chain.slots;
	struct bn_proposers p[BN_SOURCES];
	struct due d = { k, turn_array(t, (size_t)slots, sizeof(int64_t)),
			 turn_array(t, (size_t)slots, sizeof(int64_t)), 0 };

	*done_out = false;
	bn_proposers(t, k->w->bn, k->ask, k->epoch, slots, p);
	for (int64_t i = 0; i < slots; i++) {
		int64_t place = elect(k, p, i);
		struct validator v;

		if (place < 0)
			continue;
		*done_out = true;
		enum err e = validator_by_place(t, place, &v);

		if (e == ERR_MISSING || (e == OK && v.removed_ms))
			continue;
		if (e != OK)
			return e;
		d.slots[d.n] = k->epoch * slots + i;
		d.validators[d.n++] = v.id;
	}
	return d.n ? lane_run(t, keep_due, &d) : OK;
}

struct ended {
	struct watch_tick *k;
	struct proposal *p;
	enum live_verdict *there;
	size_t n;
};

static enum err keep_ended(struct turn *t, void *arg)
{
	const struct ended *d = arg;

	for (size_t i = 0; i < d->n; i++)
		TRY(validator_proposed(t, &d->k->j, &d->p[i], d->there[i]));
	return OK;
}

/* Whether the block came, two slots after it was due. */
enum err watch_proposals(struct turn *t, struct watch_tick *k)
{
	struct ended d = { .k = k };
	uint8_t *said[BN_SOURCES];
	int64_t *slots;

	TRY(proposal_due(t, k->slot - 2, DUE_MOST, &d.p, &d.n));
	if (d.n == 0)
		return OK;
	slots = turn_array(t, d.n, sizeof(*slots));
	d.there = turn_array(t, d.n, sizeof(*d.there));
	for (size_t i = 0; i < d.n; i++)
		slots[i] = d.p[i].slot;
	bn_blocks(t, k->w->bn, k->ask, slots, d.n, said);
	struct votes plain = k->votes;

	plain.plain = true;
	for (size_t i = 0; i < d.n; i++) {
		uint8_t votes[SOURCES_MOST] = { 0 };

		for (size_t o = 0; o < k->n; o++)
			votes[o] = said[o] ? said[o][i] : SAID_NOTHING;
		d.there[i] = vote_live(&plain, votes);
	}
	return lane_run(t, keep_ended, &d);
}
