/* Wallets that act: those that are due are looked at together, and core decides. */
#include "server/core/engine.h"
#include "server/core/shared.h"
#include "server/eth/abi.h"
#include "server/eth/revert.h"
#include "server/jobs/count.h"
#include "server/jobs/jobs.h"
#include "store/store.h"

enum { AT_ONCE = 128, WRITE = 32, LATER_MS = 15000 };

struct acting {
	struct wallet *w;
	const struct profile **p;
	struct engine_view *v;
	struct engine_end *ends;
	size_t n;
};

static enum err act(struct turn *t, void *arg)
{
	const struct acting *a = arg;

	for (size_t i = 0; i < a->n; i++) {
		if (a->v[i].known)
			TRY(engine_act(t, a->w[i].id, a->p[i], &a->v[i], &a->ends[i]));
		else
			TRY(engine_later(t, a->w[i].id, t->now_ms + LATER_MS));
	}
	return OK;
}

struct later {
	int64_t *wallets;
	size_t n;
};

static enum err rest(struct turn *t, void *arg)
{
	const struct later *l = arg;

	for (size_t i = 0; i < l->n; i++)
		TRY(engine_later(t, l->wallets[i], t->now_ms + LATER_MS));
	return OK;
}

/* Sorts the due into those that may act and those that are looked at again later. */
static enum err ready(struct turn *t, struct wallet *due, size_t n, struct acting *a,
		      struct later *l)
{
	for (size_t i = 0; i < n; i++) {
		const struct profile *p = policy_profile(policy(), due[i].profile);
		const char *why = NULL;

		if (!p || !p->has_action)
			why = "no action";
		else
			TRY(engine_ready(t, &due[i], &why));
		if (why) {
			l->wallets[l->n++] = due[i].id;
			continue;
		}
		a->w[a->n] = due[i];
		a->p[a->n++] = p;
	}
	return OK;
}

static struct bytes allowance_data(struct turn *t, const struct wallet *w, const struct action *x)
{
	struct abi_value args[] = { abi_addr(w->addr), abi_addr(x->contract) };

	return abi_call(t, "allowance(address,address)", args, 2);
}

static enum err look_allowances(struct turn *t, struct el *el, struct acting *a)
{
	struct el_call *calls = turn_array(t, a->n, sizeof(*calls));
	struct el_call_result *r = turn_array(t, a->n, sizeof(*r));

	for (size_t i = 0; i < a->n; i++) {
		const struct action *x = &a->p[i]->action;

		calls[i] = (struct el_call){ .from = a->w[i].addr,
					     .to = x->spends ? x->token : x->contract,
					     .data = allowance_data(t, &a->w[i], x) };
	}
	TRY(el_calls(t, el, calls, a->n, r));
	for (size_t i = 0; i < a->n; i++)
		a->v[i].allowance_known = r[i].outcome == EL_CALL_OK &&
					  abi_word_wei(r[i].data, 0, &a->v[i].allowance);
	return OK;
}

/* The estimate is the simulation: a call that would revert costs no gas here. */
static enum err look_gas(struct turn *t, struct el *el, struct acting *a)
{
	struct el_call *calls = turn_array(t, a->n, sizeof(*calls));
	struct el_call_result *r = turn_array(t, a->n, sizeof(*r));

	for (size_t i = 0; i < a->n; i++) {
		const struct action *x = &a->p[i]->action;
		bool approve = engine_needs_approve(x, &a->v[i]);

		calls[i] = (struct el_call){
			.from = a->w[i].addr,
			.to = approve ? x->token : x->contract,
			.data = approve ? engine_approve_data(t, x) : x->data,
		};
		if (!approve)
			calls[i].value = x->value;
	}
	TRY(el_estimates(t, el, calls, a->n, r));
	for (size_t i = 0; i < a->n; i++) {
		struct engine_view *v = &a->v[i];

		v->gas = r[i].gas;
		v->would_revert = r[i].outcome == EL_CALL_REVERTED;
		v->revert = v->would_revert ? revert_kind(r[i].data) : REVERT_OTHER;
		v->why = v->would_revert ? revert_text(t, r[i].data) : r[i].message;
		if (r[i].outcome == EL_CALL_UNKNOWN || r[i].outcome == EL_CALL_REFUSED)
			v->known = false;
	}
	return OK;
}

static enum err look_all(struct turn *t, struct el *el, struct acting *a)
{
	struct eth_addr *addrs = turn_array(t, a->n, sizeof(*addrs));
	struct el_account *accounts = turn_array(t, a->n, sizeof(*accounts));

	for (size_t i = 0; i < a->n; i++)
		addrs[i] = a->w[i].addr;
	TRY(el_accounts(t, el, addrs, a->n, accounts));
	for (size_t i = 0; i < a->n; i++) {
		a->v[i].known = accounts[i].known;
		a->v[i].account = (struct account){ .balance = accounts[i].balance,
						    .nonce = accounts[i].nonce,
						    .seen_ms = t->now_ms,
						    .seen_block = accounts[i].at_block };
	}
	TRY(look_allowances(t, el, a));
	return look_gas(t, el, a);
}

enum err job_engine(struct turn *t, void *world, bool *more_out)
{
	struct jobs *j = world;
	struct wallet *due;
	size_t n;

	*more_out = false;
	if (!policy()->engine || store_stopped(t->store))
		return OK;
	TRY(pace_due(t, AT_ONCE, &due, &n));
	if (n == 0)
		return OK;
	struct acting a = { .w = turn_array(t, n, sizeof(struct wallet)),
			    .p = turn_array(t, n, sizeof(struct profile *)),
			    .v = turn_array(t, n, sizeof(struct engine_view)),
			    .ends = turn_array(t, n, sizeof(struct engine_end)) };
	struct later l = { .wallets = turn_array(t, n, sizeof(int64_t)) };

	TRY(ready(t, due, n, &a, &l));
	*more_out = n == AT_ONCE; /* every one of them gets a later time */
	if (l.n > 0)
		TRY(lane_run(t, rest, &l));
	if (a.n == 0)
		return OK;
	TRY(look_all(t, j->el[JOB_ENGINE], &a));
	for (size_t at = 0; at < a.n; at += WRITE) {
		struct acting some = { a.w + at, a.p + at, a.v + at, a.ends + at,
				       a.n - at < WRITE ? a.n - at : WRITE };

		TRY(lane_run(t, act, &some));
		count_engine(some.ends, some.n);
	}
	return OK;
}
