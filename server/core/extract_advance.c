/* One wallet's way home, in the lane: its pending transactions, its gas loan, its next move. */
#include <assert.h>

#include "server/core/extract.h"
#include "server/eth/addr.h"
#include "store/base/units.h"
#include "store/base/wei.h"

enum {
	LOCK_AGAIN_MS = 15000,
	PENDING_AGAIN_MS = 1000,
	LOOK_AGAIN_MS = 1000,
	HELD_AGAIN_MS = 5000,
	UNDER_WAY_MS = 60000, /* as in fund.c */
	URGENT_PATIENCE_MS = 2000,
	SOON_MS = 60000, /* whoever waits longer than this holds the funder up no more */
};

/* What one wallet's way home may take, so that no contract keeps us paying gas for ever. */
enum { CALLS_MOST = 3, LOANS_MOST = 3, ORDERS_MOST = 24, UNREADABLE_MOST = 20, ORDERS_READ = 64 };

enum { TAX_FREE_BPS = 100 };

static enum err wait_until(struct turn *t, struct step *s, int64_t until_ms, const char *text)
{
	s->state = STEP_BLOCKED;
	s->next_ms = until_ms > t->now_ms ? until_ms : t->now_ms + LOCK_AGAIN_MS;
	s->text = text;
	return step_save(t, s);
}

static enum err finish(struct turn *t, struct step *s, enum step_state state, const char *text)
{
	s->state = state;
	s->text = text;
	return step_save(t, s);
}

static enum err place(struct turn *t, const struct operation *o, const struct move *m,
		      struct purse *purse, struct step *s)
{
	struct intent i;
	struct order order = {
		.operation = o->id,
		.trace = o->trace,
		.step = s->id,
		.purpose = m->purpose,
		.dest = m->from_funder ? s->addr : m->dest,
		.value = m->value,
		.data = m->data,
		.gas = m->gas,
		.fees = m->fees,
		.urgent = o->kind == OP_EVACUATE,
		.errand = errand_of(o),
	};

	TRY(journal_order(t, purse, &order, &i));
	s->state = STEP_RUNNING;
	s->next_ms = t->now_ms + UNDER_WAY_MS;
	s->text =
		turn_printf(t, "%s in transaction %lld", purpose_name(m->purpose), (long long)i.id);
	return step_save(t, s);
}

/* What only this wallet suffers from must stop no other: it waits, or it has failed. */
static enum err of_this_step(struct turn *t, struct step *s, bool cannot_sign, enum err e)
{
	const char *why = turn_strdup(t, t->why);

	if (e == OK || t->reason == REASON_KEYS_LOCKED)
		return e;
	if (cannot_sign || t->reason == REASON_WATCH_ONLY || t->reason == REASON_CAP_EXCEEDED ||
	    t->reason == REASON_FAILED_PRECONDITION)
		return finish(t, s, STEP_FAILED, why);
	if (e == ERR_AWAY) {
		s->next_ms = t->now_ms + LOOK_AGAIN_MS;
		s->text = why;
		return step_save(t, s);
	}
	if (e == ERR_REFUSED || e == ERR_FULL)
		return wait_until(t, s, t->now_ms + HELD_AGAIN_MS, why);
	return e;
}

/* What the funder signed and a pause holds would stand before the loan: it is withdrawn first. */
static enum err lender_open(struct turn *t, struct lender *l)
{
	if (l->opened)
		return OK;
	l->opened = true;
	TRY(journal_withdraw_held(t, l->wallet));
	l->open = purse_open(t, l->wallet, &l->purse);
	l->why = turn_strdup(t, t->why);
	return OK;
}

/* A loan to a wallet whose key somebody else has is his: a program of his takes each ether as it
 * comes. The same where a loan arrived and is gone. When in doubt none is sent. *why_out NULL: no
 * doubt. */
static enum err doubt_of_loan(struct turn *t, const struct step *s, const struct move *m,
			      const char **why_out)
{
	int64_t loans = 0, calls = 0;
	struct step_orders *done;
	struct foreign_use f;
	size_t n;

	*why_out = NULL;
	TRY(foreign_use_get(t, s->wallet, &f));
	if (f.times > 0) {
		*why_out = turn_printf(
			t,
			"needs a gas loan of %s, and none is sent: somebody else sends with its "
			"key for %s, and would take it. After a look: ghostctl reset %s",
			ether_str(t, m->value), duration_str(t, t->now_ms - f.first_ms),
			s->wallet_name);
		return OK;
	}
	TRY(intent_of_step(t, s->id, ORDERS_READ, &done, &n));
	for (size_t i = 0; i < n; i++)
		*(done[i].purpose == PURPOSE_GAS_LOAN ? &loans : &calls) += done[i].count;
	if (loans >= LOANS_MOST || (loans > 0 && calls == 0 && wei_is_zero(m->had)))
		*why_out = "the gas loan arrived and is gone: somebody takes what comes in, and no "
			   "other is sent";
	return OK;
}

static enum err lend(struct turn *t, const struct operation *o, const struct move *m,
		     struct lender *l, struct step *s)
{
	if (!l->wallet)
		return finish(t, s, STEP_FAILED,
			      "it has no ether for gas and no funder is configured to lend it");
	const char *doubt;

	TRY(doubt_of_loan(t, s, m, &doubt));
	if (doubt)
		return finish(t, s, STEP_FAILED, doubt);
	TRY(lender_open(t, l));
	enum err e = l->open == OK ? place(t, o, m, &l->purse, s) : l->open;

	if (e == OK || t->reason == REASON_KEYS_LOCKED)
		return e;
	if (l->open == OK && t->reason == REASON_CAP_EXCEEDED)
		return finish(t, s, STEP_FAILED, turn_strdup(t, t->why));
	if (e != ERR_REFUSED && e != ERR_FULL && e != ERR_AWAY)
		return e;
	return wait_until(
		t, s, t->now_ms + LOOK_AGAIN_MS,
		turn_printf(t, "needs a gas loan: %.300s", l->open == OK ? t->why : l->why));
}

/* What was tried often enough, or was not accepted, is left where it is. */
static enum err leave_out(struct turn *t, const struct operation *o, const struct step *s,
			  struct holding *h, int64_t *orders_out)
{
	struct step_orders *done;
	int64_t withdrawals = 0;
	size_t n;

	TRY(intent_of_step(t, s->id, ORDERS_READ, &done, &n));
	for (size_t i = 0; i < h->n_tokens; i++)
		if (h->tokens[i].tax_bps > TAX_FREE_BPS && !o->accept_tax) {
			h->tokens[i].left = true;
			h->tokens[i].why = "it takes more than 1 % on the way, which was not "
					   "accepted";
		}
	*orders_out = 0;
	for (size_t k = 0; k < n; k++) {
		*orders_out += done[k].count;
		if (done[k].purpose == PURPOSE_EXTRACT || done[k].purpose == PURPOSE_EMERGENCY)
			withdrawals += done[k].count;
		for (size_t i = 0; i < h->n_tokens && done[k].count >= CALLS_MOST; i++)
			if (done[k].purpose == PURPOSE_TOKEN &&
			    addr_eq(done[k].dest, h->tokens[i].token)) {
				h->tokens[i].left = true;
				h->tokens[i].why = "transfers were made and some of it stays";
			}
	}
	if (withdrawals >= CALLS_MOST &&
	    (h->stake_view == STAKE_OPEN || h->stake_view == STAKE_EMERGENCY)) {
		h->stake_view = STAKE_UNKNOWN;
		h->stake_why = "withdrawals were made and the contract still shows a stake";
	}
	return OK;
}

/* What stands before us and does not get mined is cancelled: a pause holds better offers for it, so
 * it would stand there for ever, and in an emergency nothing else may go first. What brings money
 * home itself is only paid better. The lowest nonce alone: the others wait for it. */
static enum err clear_way(struct turn *t, const struct operation *o, const struct step *s)
{
	bool urgent = o->kind == OP_EVACUATE, held;
	int64_t patience = urgent ? URGENT_PATIENCE_MS : policy()->raise_after_ms;
	struct intent *i, was;
	size_t n;

	TRY(intent_live(t, s->wallet, ORDERS_READ, &i, &n));
	while (n > 0 && (i->state == TX_MINED || (i->state == TX_REVIEW && i->past_block)))
		i++, n--;
	if (n == 0 || i->wish != WISH_NONE || t->now_ms - i->created_ms < patience)
		return OK;
	if (journal_comes_home(i->purpose)) {
		if (!urgent || i->urgent || i->state == TX_REVIEW || i->state == TX_SIGNED)
			return OK;
		return journal_wish(t, i->id, WISH_RAISE, true, "stands before an evacuation",
				    &was);
	}
	TRY(journal_is_held(t, i, &held));
	if (!urgent && !held)
		return OK;
	return journal_wish(t, i->id, WISH_CANCEL, urgent, "stands before money on its way home",
			    &was);
}

/* The wallet's purse, once nothing of it is under way. *ready_out false: the step says why. */
static enum err own_purse(struct turn *t, const struct operation *o, struct step *s,
			  struct purse *own, bool *ready_out)
{
	*ready_out = false;
	enum err e = purse_open(t, s->wallet, own);

	if (e == OK && own->live > 0) {
		TRY(journal_withdraw_held(t, s->wallet));
		e = purse_open(t, s->wallet, own);
	}
	if (e == ERR_REFUSED) {
		TRY(of_this_step(t, s, false, e));
		return clear_way(t, o, s);
	}
	if (e != OK)
		return of_this_step(t, s, false, e);
	if (own->live > 0) {
		TRY(clear_way(t, o, s));
		return wait_until(t, s, t->now_ms + PENDING_AGAIN_MS,
				  "earlier transactions of the wallet must be settled first");
	}
	/* Nothing is live, and going home needs no reserve. */
	own->available = own->wallet.account.balance;
	*ready_out = true;
	return OK;
}

/* The funder of an evacuation lends until nobody may need it any more. */
static enum err lends_still(struct turn *t, const struct operation *o, const struct step *s,
			    bool *out)
{
	*out = false;
	if (o->kind != OP_EVACUATE || s->wallet != o->source)
		return OK;
	if (o->expand >= 0) {
		*out = true;
		return OK;
	}
	return step_others_go_on(t, o->id, s->wallet, t->now_ms + SOON_MS, out);
}

static enum err take_move(struct turn *t, const struct operation *o, const struct move *m,
			  struct purse *own, struct lender *lender, struct step *s)
{
	switch (m->kind) {
	case MOVE_WAIT:
		if (m->unreadable && ++s->tries >= UNREADABLE_MOST)
			return finish(
				t, s, STEP_FAILED,
				turn_printf(t, "%.300s; its ether alone: --native-only", m->text));
		return wait_until(t, s, m->until_ms, m->text);
	case MOVE_DONE:
		return finish(t, s, STEP_DONE, m->text);
	case MOVE_SKIP:
		return finish(t, s, STEP_SKIPPED, m->text);
	case MOVE_FAIL:
		return finish(t, s, STEP_FAILED, m->text);
	case MOVE_ORDER:
		if (m->from_funder)
			return lend(t, o, m, lender, s);
		enum err e = place(t, o, m, own, s);

		return of_this_step(t, s, own->cannot_sign, e);
	}
	return fail(t, ERR_BROKEN, "no such move");
}

enum err extract_advance(struct turn *t, const struct operation *o, const struct holding *seen,
			 const struct extract_fees *fees, struct lender *lender, struct step *s)
{
	struct holding h = *seen;
	struct purse own;
	struct move m;
	int64_t orders;
	bool ready, lends;

	assert(t->in_lane);
	if (addr_eq(s->addr, o->dest))
		return finish(t, s, STEP_SKIPPED, "it is the safe address itself");
	TRY(lends_still(t, o, s, &lends));
	if (lends)
		return wait_until(t, s, t->now_ms + LOOK_AGAIN_MS,
				  "lends for gas until the others are home");
	TRY(own_purse(t, o, s, &own, &ready));
	if (!ready)
		return OK;
	/* The purse knows the wallet's last word; what was looked at must not be older than that,
	 * or a loan that arrived would be lent again. */
	if (h.account.seen_block < own.last_block) {
		s->next_ms = t->now_ms + LOOK_AGAIN_MS;
		s->text = "waits: the endpoint that told what it holds lags behind";
		return step_save(t, s);
	}
	TRY(leave_out(t, o, s, &h, &orders));
	extract_next(t, o, &h, fees, !wei_is_zero(s->moved) || !wei_is_zero(s->fees_paid), &m);
	if (m.kind == MOVE_ORDER && orders >= ORDERS_MOST)
		return finish(t, s, STEP_FAILED,
			      turn_printf(t,
					  "%lld transactions and it is not empty yet: look at "
					  "them before you go on",
					  (long long)orders));
	return take_move(t, o, &m, &own, lender, s);
}
