#include "server/core/drive.h"
#include "server/core/account.h"

#include <assert.h>
#include <string.h>

#include "server/core/progress.h"
#include "server/core/safe.h"
#include "server/eth/addr.h"
#include "store/chain.h"
#include "store/intents.h"

enum { CANCEL_PAGE = 500, AGAIN_MS = 1000 };

static const char WAITS[] = "waits: ";

/* One step's failure must not undo the steps before it: a step that cannot be placed because of
 * something all share ends the group, with what came before kept. */
static bool ends_group(enum err e)
{
	return e == ERR_REFUSED || e == ERR_AWAY;
}

/* Nobody told what it holds: others first. */
static enum err ask_again(struct turn *t, struct step *s)
{
	s->next_ms = t->now_ms + AGAIN_MS;
	s->text = "waits: no endpoint told what it holds";
	return step_save(t, s);
}

/* The address may have been taken off the list since the plan was made. */
static enum err check_home(struct turn *t, const struct operation *o)
{
	struct safe_address s;
	enum err e = safe_get(t, policy()->chain_id, o->dest, &s);

	if (e == ERR_MISSING || (e == OK && !safe_takes(&s)))
		return fail_reason(t, REASON_NOT_SAFE_LISTED,
				   "%s is no ACTIVE safe address any more: cancel this and plan "
				   "to another",
				   addr_str(t, o->dest));
	return e;
}

static enum err fund_group(struct turn *t, const struct operation *o, struct drive *d,
			   const struct chain *c)
{
	const struct policy *pol = policy();
	struct purse funder;
	struct fees fees;

	TRY(fees_choose(t, c, FEE_NORMAL, pol->max_fee, pol->fees_old_ms, &fees));
	/* What a pause holds would stand before these: it is signed again when its time comes. */
	TRY(journal_withdraw_held(t, d->funder));
	TRY(purse_open(t, d->funder, &funder));
	for (; d->placed < d->n; d->placed++) {
		const struct fund_view *v = &d->views[d->placed];

		if (!v->known) {
			TRY(ask_again(t, &d->steps[d->placed]));
			continue;
		}
		TRY(account_heard(t, d->steps[d->placed].wallet, &v->account));
		TRY(fund_pay_step(t, o, &funder, v, &fees, &d->steps[d->placed]));
	}
	return OK;
}

static enum err keep_sight(struct turn *t, int64_t wallet, const struct holding *h)
{
	TRY(account_heard(t, wallet, &h->account));
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
	struct extract_fees fees;
	struct lender lender = { .wallet = d->funder };

	TRY(check_home(t, o));
	TRY(extract_fees_choose(t, o, c, &fees));
	for (; d->placed < d->n; d->placed++) {
		const struct holding *h = &d->holdings[d->placed];
		struct step *s = &d->steps[d->placed];

		if (!h->known) {
			TRY(ask_again(t, s));
			continue;
		}
		TRY(keep_sight(t, s->wallet, h));
		TRY(extract_advance(t, o, h, &fees, &lender, s));
	}
	return OK;
}

static enum err goes_on(struct turn *t, int64_t operation)
{
	struct operation o;

	TRY(operation_get(t, operation, &o));
	if (strncmp(o.text, WAITS, strlen(WAITS)) != 0)
		return OK;
	o.text = "running";
	return operation_save(t, &o);
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
		TRY(account_heard(t, d->funder, &d->funder_account));
	struct errand errand = errand_of(&o);
	enum err e = stop_check_fleet(t, &errand);

	if (e == OK)
		e = o.kind == OP_FUND ? fund_group(t, &o, d, &c) : extract_group(t, &o, d, &c);
	if (e == OK || e == ERR_FULL) /* as much in flight as may be: nothing to speak of */
		return goes_on(t, o.id);
	if (!ends_group(e))
		return e;
	/* Said aloud, and what was placed before it stays. */
	return drive_waits(t, o.id, turn_printf(t, "%s%.350s", WAITS, t->why));
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

/* What was signed and never sent need not be. */
static enum err withdraw(struct turn *t, const struct operation *o)
{
	struct step *s;
	size_t n;

	if (o->source)
		TRY(journal_withdraw_of(t, o->source, o->id));
	if (o->kind == OP_FUND)
		return OK;
	TRY(step_list(t, o->id, 1u << STEP_RUNNING, 0, CANCEL_PAGE, &s, &n));
	for (size_t i = 0; i < n; i++)
		TRY(journal_withdraw_of(t, s[i].wallet, o->id));
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
	if (o.cancelling) {
		TRY(cancel_steps(t, operation));
		TRY(withdraw(t, &o));
	}
	return progress_check(t, &o, &ended);
}
