#include "server/core/engine.h"
#include "server/core/account.h"

#include <assert.h>

#include "server/core/breaker.h"
#include "server/core/journal.h"
#include "server/eth/abi.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "store/chain.h"
#include "store/operations.h"

enum { SOON_MS = 1000, LATER_MS = 15000, HOUR_MS = 3600000, SHARES = 10000 };

bool engine_needs_approve(const struct action *a, const struct engine_view *v)
{
	return a->spends && v->allowance_known && wei_cmp(v->allowance, a->amount) < 0;
}

struct bytes engine_approve_data(struct turn *t, const struct action *a)
{
	struct abi_value args[] = { abi_addr(a->contract), abi_number(a->amount) };

	return abi_call(t, "approve(address,uint256)", args, 2);
}

/* The interval, moved by at most jitter_pct of itself, and never quicker than per_hour allows. */
static int64_t next_due(const struct profile *p, int64_t now_ms, unsigned chance)
{
	int64_t wait = p->interval_ms;
	int64_t swing = wait * p->jitter_pct / 100;

	wait += swing * ((int64_t)chance * 2 - SHARES) / SHARES;
	if (p->per_hour > 0 && wait < HOUR_MS / p->per_hour)
		wait = HOUR_MS / p->per_hour;
	return now_ms + (wait > SOON_MS ? wait : SOON_MS);
}

static struct engine_move after_revert(const struct profile *p, const struct engine_view *v,
				       int64_t now_ms, unsigned chance)
{
	switch (v->revert) {
	case REVERT_EXISTS:
	case REVERT_EMPTY_POSITION:
		return (struct engine_move){ ENGINE_REST, next_due(p, now_ms, chance),
					     "nothing to do" };
	case REVERT_LOCKED:
	case REVERT_PAUSED:
		return (struct engine_move){ ENGINE_REST, now_ms + LATER_MS, v->why };
	case REVERT_OTHER:
	case REVERT_DEAD:
	case REVERT_FUNDS:
	case REVERT_ALLOWANCE:
	case REVERT_DENIED:
	case REVERT_PANIC:
	case REVERT_NO_DATA:
		return (struct engine_move){ ENGINE_FAULT, next_due(p, now_ms, chance), v->why };
	}
	return (struct engine_move){ ENGINE_REST, now_ms + LATER_MS, "" };
}

struct engine_move engine_decide(const struct profile *p, const struct engine_view *v,
				 int64_t now_ms, unsigned chance)
{
	if (!p->has_action)
		return (struct engine_move){ ENGINE_REST, now_ms + HOUR_MS, "no action" };
	if (!v->known || (p->action.spends && !v->allowance_known))
		return (struct engine_move){ ENGINE_REST, now_ms + LATER_MS, "no answer" };
	if (v->would_revert)
		return after_revert(p, v, now_ms, chance);
	if (engine_needs_approve(&p->action, v))
		return (struct engine_move){ ENGINE_APPROVE, now_ms + SOON_MS, "" };
	return (struct engine_move){ ENGINE_ACT, next_due(p, now_ms, chance), "" };
}

enum err engine_ready(struct turn *t, const struct wallet *w, const char **why_out)
{
	struct errand own = { .home = false };
	bool held;

	*why_out = NULL;
	if (!breaker_lets(&w->breaker, t->now_ms)) {
		*why_out = "breaker open";
		return OK;
	}
	if (w->in_flight > 0) {
		*why_out = "in flight";
		return OK;
	}
	TRY(step_holds_wallet(t, w->id, &held));
	if (held) {
		*why_out = "an operation has it";
		return OK;
	}
	enum err e = stop_check(t, &own, w->name);

	if (e == ERR_REFUSED) {
		*why_out = "paused";
		return OK;
	}
	return e;
}

enum err engine_later(struct turn *t, int64_t wallet, int64_t due_ms)
{
	struct pace p;

	TRY(pace_get(t, wallet, &p));
	p.due_ms = due_ms;
	return pace_set(t, &p);
}

static enum err order(struct turn *t, const struct wallet *w, const struct action *a,
		      const struct engine_view *v, bool approve)
{
	const struct policy *pol = policy();
	struct chain chain;
	struct purse purse;
	struct intent i;
	struct order o = {
		.purpose = approve ? PURPOSE_APPROVE : PURPOSE_ACTION,
		.dest = approve ? a->token : a->contract,
		.value = approve ? wei_u64(0) : a->value,
		.data = approve ? engine_approve_data(t, a) : a->data,
		.gas = v->gas + v->gas / 4,
	};

	TRY(chain_get(t, &chain));
	TRY(fees_choose(t, &chain, FEE_NORMAL, pol->max_fee, pol->fees_old_ms, &o.fees));
	TRY(purse_open(t, w->id, &purse));
	TRY(journal_order(t, &purse, &o, &i));
	return breaker_probe(t, w);
}

static enum err fault(struct turn *t, const struct wallet *w, enum owner owner, const char *why,
		      struct engine_end *out)
{
	out->kind = ENGINE_FAULT;
	out->owner = owner;
	return breaker_heard(t, w->id, false, turn_printf(t, "%.300s", why ? why : ""),
			     &out->opened);
}

enum err engine_act(struct turn *t, int64_t wallet, const struct profile *p,
		    const struct engine_view *v, struct engine_end *out)
{
	struct wallet now, *w = &now;
	struct engine_move m = engine_decide(p, v, t->now_ms, (unsigned)turn_pick(t, SHARES));
	struct pace pace;
	const char *why;
	enum err e = OK;

	assert(t->in_lane);
	*out = (struct engine_end){
		.kind = ENGINE_REST,
		.purpose = engine_needs_approve(&p->action, v) ? PURPOSE_APPROVE : PURPOSE_ACTION,
	};
	TRY(account_heard(t, wallet, &v->account));
	TRY(wallet_by_id(t, wallet, w)); /* as it is now, not as it was before the look */
	TRY(engine_ready(t, w, &why));
	if (why || w->state != WALLET_ACTIVE || !w->enabled)
		return engine_later(t, w->id, t->now_ms + SOON_MS);
	TRY(pace_get(t, w->id, &pace));
	pace.due_ms = m.due_ms;
	switch (m.kind) {
	case ENGINE_REST:
		break;
	case ENGINE_FAULT:
		TRY(fault(t, w, OWNER_CONTRACT, m.text, out));
		break;
	case ENGINE_APPROVE:
	case ENGINE_ACT:
		e = order(t, w, &p->action, v, m.kind == ENGINE_APPROVE);
		if (e == OK) {
			out->kind = m.kind;
			pace.acted_ms = t->now_ms;
			pace.actions += m.kind == ENGINE_ACT;
		} else if (t->reason == REASON_FUNDS_SHORT) {
			TRY(fault(t, w, OWNER_WALLET, t->why, out));
		} else if (e == ERR_AWAY || e == ERR_REFUSED || e == ERR_FULL) {
			pace.due_ms = t->now_ms + LATER_MS; /* not this wallet's fault */
		} else {
			return e;
		}
		break;
	}
	return pace_set(t, &pace);
}
