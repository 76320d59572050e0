/* What is told of many validators, into the store: rows, spells, duties, events. */
#include <assert.h>

#include "server/core/validator.h"
#include "store/events.h"

enum { TOLD_MOST = 500 };

static const char *subject(struct turn *t, const struct validator *v)
{
	return turn_printf(t, "validators/%s", pubkey_str(t, &v->pubkey));
}

static enum err tell(struct turn *t, const struct validator *v, const char *kind, const char *text)
{
	return event_add(t, TOPIC_VALIDATOR, subject(t, v), kind, text);
}

/* Up, isolated and down are told to others, each once; what lies between is not. One that has no
 * duties any more is not ill any more. */
static enum err announce(struct turn *t, struct validator *v)
{
	enum validator_health now = v->health;

	if (now == VALIDATOR_IDLE)
		now = VALIDATOR_UP;
	if (now == v->announced || now == VALIDATOR_DEGRADED || now == VALIDATOR_UNKNOWN)
		return OK;
	v->announced = now;
	return tell(t, v,
		    now == VALIDATOR_DOWN       ? "validator.down"
		    : now == VALIDATOR_ISOLATED ? "validator.isolated"
						: "validator.up",
		    v->text);
}

/* The row as it is now, and what follows from the change. */
static enum err keep(struct turn *t, struct validator *v, enum validator_health before)
{
	struct spell s = { .validator = v->id,
			   .health = v->health,
			   .from_ms = v->since_ms,
			   .evidence = v->evidence,
			   .text = v->text };

	if (v->health != before) {
		lane_touch(t, TOPIC_VALIDATOR);
		TRY(spell_begin(t, &s));
		v->since_ms = s.from_ms;
	}
	TRY(announce(t, v));
	return validator_save(t, v);
}

static enum err life_event(struct turn *t, const struct validator *v, enum validator_life before)
{
	if (before == LIFE_UNTOLD || before == v->life)
		return OK;
	lane_touch(t, TOPIC_VALIDATOR);
	switch (v->life) {
	case LIFE_UNTOLD:
	case LIFE_ABSENT:
		return OK;
	case LIFE_PENDING:
		return tell(t, v, "validator.deposited", "its deposit was seen");
	case LIFE_ACTIVE:
		return tell(t, v, "validator.active",
			    turn_printf(t, "active since epoch %lld", (long long)v->activation));
	case LIFE_EXITING:
		return tell(t, v, "validator.exiting",
			    turn_printf(t, "leaves in epoch %lld", (long long)v->exit));
	case LIFE_EXITED:
		return tell(t, v, "validator.exited", "has left");
	case LIFE_SLASHED:
		return tell(t, v, "validator.slashed",
			    "slashed: find out which machine signed twice before anything is "
			    "restarted");
	}
	return OK;
}

/* Against the epoch before; a withdrawal of what is above its bound looks like a fall, so a fall
 * counts as a decline only up to a hundredth of an ether an epoch. */
enum { DECLINE_MOST = 10000000 };

static void take_balance(struct validator *v, const struct state_told *s, int64_t epoch)
{
	if (v->heard_epoch >= 0 && epoch > v->heard_epoch) {
		v->change = s->balance - v->balance;
		v->declines = v->change < 0 && v->change > -DECLINE_MOST ? v->declines + 1
			      : v->change < 0                            ? v->declines
									 : 0;
	}
	v->balance = s->balance;
	v->effective = s->effective;
	v->heard_epoch = epoch;
}

static void take_state(struct turn *t, struct validator *v, const struct state_told *s,
		       int64_t epoch)
{
	v->heard_ms = t->now_ms;
	if (s->absent) {
		v->life = LIFE_ABSENT;
		v->status = STATUS_UNTOLD;
		return;
	}
	v->place = s->place;
	v->status = s->status;
	/* Nothing unsays a slashing: a node that does is behind, or lies. */
	v->slashed = v->slashed || s->slashed;
	if (v->slashed && v->slashed_ms == 0)
		v->slashed_ms = t->now_ms;
	v->life = life_of(s->status, v->slashed);
	v->activation = s->activation;
	v->exit = s->exit;
	v->withdrawable = s->withdrawable;
	take_balance(v, s, epoch);
}

enum err validators_told_states(struct turn *t, const struct judging *j, int64_t epoch,
				const struct state_told *told, size_t n)
{
	assert(t->in_lane && n <= TOLD_MOST);
	for (size_t i = 0; i < n; i++) {
		struct validator v;

		TRY(validator_by_id(t, told[i].validator, &v));
		if (v.removed_ms)
			continue;
		enum validator_life life = v.life;
		enum validator_health health = v.health;

		take_state(t, &v, &told[i], epoch);
		TRY(life_event(t, &v, life));
		validator_judge(t, &v, j);
		TRY(keep(t, &v, health));
	}
	return OK;
}

enum err validators_told_live(struct turn *t, const struct judging *j, int64_t epoch,
			      const struct live_told *told, size_t n)
{
	assert(t->in_lane && n <= TOLD_MOST);
	for (size_t i = 0; i < n; i++) {
		struct validator v;

		TRY(validator_by_id(t, told[i].validator, &v));
		if (v.removed_ms || !validator_on_duty(&v, epoch))
			continue;
		enum validator_health health = v.health;
		enum live_verdict said = told[i].verdict;
		bool known = said == LIVE_YES || said == LIVE_NO;
		struct duty d = { .epoch = epoch,
				  .validator = v.id,
				  .flags = DUTY_ACTIVE | (known ? DUTY_KNOWN : 0) |
					   (said == LIVE_YES ? DUTY_LIVE : 0),
				  .balance = v.balance };

		TRY(duty_put(t, &d, beacon_epoch_ms(&j->chain, epoch)));
		validator_epoch(&v, epoch, said);
		validator_judge(t, &v, j);
		TRY(keep(t, &v, health));
	}
	return OK;
}

enum err validators_told_rewards(struct turn *t, const struct judging *j, int64_t epoch,
				 const struct reward_told *told, size_t n)
{
	assert(t->in_lane && n <= TOLD_MOST);
	for (size_t i = 0; i < n; i++) {
		struct duty d = { .epoch = epoch, .validator = told[i].validator };
		struct validator v;

		TRY(validator_by_id(t, d.validator, &v));
		d.flags = DUTY_ACTIVE | DUTY_REWARDED | (told[i].source ? DUTY_SOURCE : 0) |
			  (told[i].target ? DUTY_TARGET : 0) | (told[i].head ? DUTY_HEAD : 0);
		d.reward = told[i].gwei;
		d.balance = v.balance;
		TRY(duty_put(t, &d, beacon_epoch_ms(&j->chain, epoch)));
	}
	return OK;
}

enum err validators_seen(struct turn *t, const struct judging *j, int64_t epoch, const int64_t *ids,
			 size_t n)
{
	assert(t->in_lane && n <= TOLD_MOST);
	for (size_t i = 0; i < n; i++) {
		struct validator v;

		TRY(validator_by_id(t, ids[i], &v));
		if (v.removed_ms || v.live_epoch >= epoch)
			continue;
		enum validator_health health = v.health;

		v.live_epoch = epoch;
		validator_judge(t, &v, j);
		TRY(keep(t, &v, health));
	}
	return OK;
}

/* ---- blocks ---- */

const char *miss_reason_text(enum miss_reason r)
{
	switch (r) {
	case MISS_NONE:
		return "";
	case MISS_DOWN:
		return "the validator was down";
	case MISS_ISOLATED:
		return "its client runs, but the chain does not see it: look at its Beacon node's "
		       "peers and head";
	case MISS_ALONE:
		return "the validator attests: look whether the block was late, orphaned, or held "
		       "up by the execution client or a relay";
	case MISS_UNTOLD:
		return "nobody told how the validator was";
	}
	return "";
}

static enum miss_reason reason_of(const struct validator *v)
{
	switch (v->health) {
	case VALIDATOR_DOWN:
	case VALIDATOR_DEGRADED:
		return MISS_DOWN;
	case VALIDATOR_ISOLATED:
		return MISS_ISOLATED;
	case VALIDATOR_UP:
		return MISS_ALONE;
	case VALIDATOR_UNKNOWN:
	case VALIDATOR_IDLE:
	case VALIDATOR_HEALTHS:
		return MISS_UNTOLD;
	}
	return MISS_UNTOLD;
}

enum err validator_proposed(struct turn *t, const struct judging *j, struct proposal *p,
			    enum live_verdict there)
{
	struct validator v;

	if (there == LIVE_UNTOLD || there == LIVE_SPLIT) {
		if (beacon_slot_at(&j->chain, j->now_ms) - p->slot < 2 * j->chain.slots)
			return OK;
		p->state = PROPOSAL_UNKNOWN;
		p->text = "no Beacon node told whether the block came";
		return proposal_end(t, p);
	}
	TRY(validator_by_id(t, p->validator, &v));
	p->state = there == LIVE_YES ? PROPOSAL_DONE : PROPOSAL_MISSED;
	p->text = "";
	if (there == LIVE_NO) {
		p->reason = reason_of(&v);
		p->text = miss_reason_text((enum miss_reason)p->reason);
		TRY(tell(
			t, &v, "validator.proposal-missed",
			turn_printf(t, "slot %lld has no block: %s", (long long)p->slot, p->text)));
	} else {
		TRY(tell(t, &v, "validator.proposed",
			 turn_printf(t, "its block of slot %lld came", (long long)p->slot)));
	}
	return proposal_end(t, p);
}

enum err validators_upkeep(struct turn *t, size_t limit, bool *more_out)
{
	int64_t oldest = 0;
	struct beacon b;
	size_t n;
	enum err e = beacon_get(t, &b);

	if (e != OK && e != ERR_MISSING)
		return e;
	if (e == OK)
		TRY(duty_oldest_kept(t, beacon_epoch_at(&b, t->now_ms), b.slots * b.slot_ms,
				     &oldest));
	TRY(validator_prune(t, oldest, limit, &n));
	*more_out = n >= limit;
	return OK;
}

enum err validators_untold(struct turn *t, const struct judging *j, int64_t after,
			   int64_t *after_out)
{
	struct validator_filter all = { 0 };
	struct validator *v;
	size_t n;

	assert(t->in_lane);
	TRY(validator_list(t, &all, after, TOLD_MOST, &v, &n));
	for (size_t i = 0; i < n; i++) {
		enum validator_health health = v[i].health;

		validator_judge(t, &v[i], j);
		if (v[i].health != health)
			TRY(keep(t, &v[i], health));
	}
	*after_out = n == TOLD_MOST ? v[n - 1].id : 0;
	return OK;
}
