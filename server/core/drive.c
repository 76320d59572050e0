#include "server/core/drive.h"

#include <assert.h>
#include <string.h>

#include "server/core/progress.h"
#include "store/chain.h"
#include "store/intents.h"

enum { CANCEL_PAGE = 500 };

/* One step's failure must not undo the steps before it: a step that cannot be placed because of
 * something all share ends the group, with what came before kept. */
static bool ends_group(enum err e)
{
	return e == ERR_FULL || e == ERR_REFUSED || e == ERR_AWAY;
}

static enum err fund_group(struct turn *t, const struct operation *o, struct drive *d,
			   const struct chain *c)
{
	const struct policy *pol = policy();
	struct purse funder;
	struct fees fees;

	TRY(fees_choose(t, c, FEE_NORMAL, pol->max_fee, pol->fees_old_ms, &fees));
	TRY(purse_open(t, d->funder, &funder));
	for (; d->placed < d->n; d->placed++) {
		const struct fund_view *v = &d->views[d->placed];

		if (!v->known)
			continue;
		TRY(account_set(t, d->steps[d->placed].wallet, &v->account));
		TRY(fund_pay_step(t, o, &funder, &v->account, &fees, &d->steps[d->placed]));
	}
	return OK;
}

static enum err keep_sight(struct turn *t, int64_t wallet, const struct holding *h)
{
	TRY(account_set(t, wallet, &h->account));
	for (size_t i = 0; i < h->n_tokens; i++) {
		struct token_balance b = {
			.wallet = wallet,
			.token = h->tokens[i].token,
			.amount = h->tokens[i].amount,
			.seen_ms = t->now_ms,
		};

		TRY(token_balance_set(t, &b));
	}
	return stake_set(t, wallet, h->stake);
}

static enum err extract_group(struct turn *t, const struct operation *o, struct drive *d,
			      const struct chain *c)
{
	const struct policy *pol = policy();
	struct purse funder;
	struct extract_fees fees;
	struct purse *lender = NULL;

	TRY(fees_choose(t, c, FEE_NORMAL, pol->max_fee, pol->fees_old_ms, &fees.call));
	TRY(fees_choose(t, c, FEE_SWEEP, pol->max_fee, pol->fees_old_ms, &fees.sweep));
	if (d->funder && purse_open(t, d->funder, &funder) == OK)
		lender = &funder;
	for (; d->placed < d->n; d->placed++) {
		const struct holding *h = &d->holdings[d->placed];
		struct step *s = &d->steps[d->placed];

		if (!h->known)
			continue;
		TRY(keep_sight(t, s->wallet, h));
		TRY(extract_advance(t, o, h, &fees, lender, s));
	}
	return OK;
}

enum err drive_steps(struct turn *t, struct drive *d)
{
	struct operation o;
	struct chain c;

	assert(t->in_lane && d->n <= DRIVE_GROUP);
	TRY(operation_get(t, d->operation, &o));
	if (o.state != OP_RUNNING || o.cancelling)
		return OK;
	TRY(chain_get(t, &c));
	if (d->funder && d->funder_account.seen_ms)
		TRY(account_set(t, d->funder, &d->funder_account));
	enum err e = o.kind == OP_FUND ? fund_group(t, &o, d, &c) : extract_group(t, &o, d, &c);

	if (!ends_group(e))
		return e;
	/* Said aloud, and what was placed before it stays. */
	return drive_waits(t, o.id, turn_printf(t, "waits: %.350s", t->why));
}

enum err drive_waits(struct turn *t, int64_t operation, const char *text)
{
	struct operation o;

	assert(t->in_lane);
	TRY(operation_get(t, operation, &o));
	if (o.state != OP_RUNNING || strcmp(o.text, text) == 0)
		return OK;
	o.text = text;
	return operation_save(t, &o);
}

static enum err cancel_steps(struct turn *t, int64_t operation)
{
	struct step *s;
	size_t n;

	TRY(step_due_any(t, operation, CANCEL_PAGE, &s, &n));
	for (size_t i = 0; i < n; i++) {
		s[i].state = STEP_CANCELLED;
		s[i].text = "cancelled";
		TRY(step_save(t, &s[i]));
	}
	return OK;
}

enum err drive_idle(struct turn *t, int64_t operation)
{
	struct operation o;
	bool ended;

	assert(t->in_lane);
	TRY(operation_get(t, operation, &o));
	if (o.state != OP_RUNNING)
		return OK;
	if (o.cancelling)
		TRY(cancel_steps(t, operation));
	return progress_check(t, &o, &ended);
}
