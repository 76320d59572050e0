#include "server/core/progress.h"

#include <assert.h>
#include <string.h>

#include "server/core/breaker.h"
#include "server/core/journal.h"
#include "server/eth/revert.h"
#include "store/audit.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "store/events.h"

/* What failed on its way home is tried once more, with a new estimate. */
enum { REVERTS_MOST = 2, RETRY_MS = 2000 };

/* A payment is never made again by itself, though it failed: that may be one endpoint's word, of a
 * branch that did not last, and then both would be mined. A person who funds again tops up to the
 * target, from the balance as it is then. */
static void fund_step_heard(struct turn *t, struct step *s, const struct intent *i)
{
	if (i->state == TX_CONFIRMED) {
		s->state = STEP_DONE;
		s->text = turn_printf(t, "paid %s", ether_str(t, i->value));
		return;
	}
	s->state = i->state == TX_CANCELLED ? STEP_CANCELLED : STEP_FAILED;
	s->text = turn_printf(
		t, "transaction %lld ended %s: %.250s%s", (long long)i->id, tx_state_name(i->state),
		i->text,
		i->state == TX_REVERTED
			? ": does the recipient take ether? Fund again to pay what is missing"
			: "");
}

/* A gas loan is no progress by itself: a wallet whose calls revert is not lent to for ever. */
static bool is_progress(enum purpose p)
{
	return p != PURPOSE_GAS_LOAN && p != PURPOSE_APPROVE;
}

/* The rules look at the chain again and decide what is next. */
static void extract_step_heard(struct turn *t, struct step *s, const struct intent *i)
{
	s->state = STEP_RUNNING;
	s->next_ms = t->now_ms;
	if (i->state == TX_CONFIRMED) {
		if (is_progress(i->purpose))
			s->tries = 0;
		s->text = turn_printf(t, "%s confirmed", purpose_name(i->purpose));
		return;
	}
	if (i->state == TX_SUPERSEDED) { /* a race with a thief: no fault, and no time to lose */
		s->text = turn_printf(t, "a stranger took nonce %llu: again on the next",
				      (unsigned long long)i->nonce);
		return;
	}
	s->tries++;
	s->next_ms = t->now_ms + RETRY_MS;
	s->text = turn_printf(t, "%s ended %s (try %lld): %.250s", purpose_name(i->purpose),
			      tx_state_name(i->state), (long long)s->tries, i->text);
	if (s->tries >= REVERTS_MOST)
		s->state = STEP_FAILED;
}

static bool arrives(const struct intent *i)
{
	return i->state == TX_CONFIRMED &&
	       (i->purpose == PURPOSE_FUND || i->purpose == PURPOSE_SWEEP);
}

/* The operation ended without it, as it needed review: what it came to is the last word. */
static void late_step_heard(struct turn *t, struct step *s, const struct intent *i)
{
	if (i->undone == i->state) { /* a review in between has called it failed */
		if (arrives(i))
			s->state = STEP_DONE;
		else if (i->purpose == PURPOSE_FUND && i->state == TX_CANCELLED)
			s->state = STEP_CANCELLED;
		s->text = turn_printf(t, "%s ended %s again", purpose_name(i->purpose),
				      tx_state_name(i->state));
		return;
	}
	s->state = i->state == TX_CONFIRMED ? STEP_DONE : STEP_FAILED;
	s->text = turn_printf(t, "%s ended %s after the operation had", purpose_name(i->purpose),
			      tx_state_name(i->state));
}

static enum err end(struct turn *t, struct operation *o, enum op_state state, const char *kind,
		    const char *text)
{
	const char *name = turn_printf(t, "operations/%lld", (long long)o->id);

	o->state = state;
	o->end_ms = t->now_ms;
	o->text = text;
	TRY(operation_save(t, o));
	TRY(event_add(t, TOPIC_OPERATION, name, kind, text));
	const char *was = t->trace;

	t->trace = o->trace; /* the tick's turn, for which it is another's */
	enum err e = audit_add(t, kind, name, text);

	t->trace = was;
	return e;
}

/* What its steps come to. Steps may be cancelled one by one, each with its transaction. */
static enum op_state verdict(const struct operation *o, const struct step_counts *c)
{
	if (o->cancelling || (c->cancelled > 0 && c->done + c->skipped + c->failed == 0))
		return OP_CANCELLED;
	if (c->failed + c->cancelled == 0)
		return OP_DONE;
	return c->done + c->skipped > 0 ? OP_PARTLY : OP_FAILED;
}

static const char *summary(struct turn *t, const struct operation *o, const struct step_counts *c)
{
	return turn_printf(
		t, "%lld done, %lld skipped, %lld failed, %lld cancelled; moved %s, fees %s",
		(long long)c->done, (long long)c->skipped, (long long)c->failed,
		(long long)c->cancelled, ether_str(t, o->moved), ether_str(t, o->fees_paid));
}

/* It had ended, and one of its transactions ended otherwise since. */
static enum err correct(struct turn *t, struct operation *o)
{
	struct step_counts c;

	TRY(step_count(t, o->id, &c));
	enum op_state now = verdict(o, &c);
	const char *text = summary(t, o, &c);

	if (now == o->state && strcmp(text, o->text) == 0)
		return operation_save(t, o);
	return end(t, o, now, "operation.corrected", text);
}

static bool is_ended(const struct operation *o)
{
	return o->state == OP_DONE || o->state == OP_PARTLY || o->state == OP_FAILED ||
	       o->state == OP_CANCELLED;
}

static enum err step_heard(struct turn *t, const struct intent *i)
{
	struct operation o;
	struct step s;

	TRY(operation_get(t, i->operation, &o));
	TRY(step_get(t, i->step, &s));
	s.fees_paid = wei_add_sat(s.fees_paid, i->fee_paid);
	o.fees_paid = wei_add_sat(o.fees_paid, i->fee_paid);
	if (arrives(i)) {
		s.moved = wei_add_sat(s.moved, i->value);
		o.moved = wei_add_sat(o.moved, i->value);
	}
	if (o.state != OP_RUNNING)
		late_step_heard(t, &s, i);
	else if (o.kind == OP_FUND)
		fund_step_heard(t, &s, i);
	else
		extract_step_heard(t, &s, i);
	TRY(step_save(t, &s));
	return is_ended(&o) ? correct(t, &o) : operation_save(t, &o);
}

enum err progress_undone(struct turn *t, const struct intent *i)
{
	struct operation o;
	struct step s;

	assert(t->in_lane && tx_is_final(i->state));
	TRY(account_changed(t, i->wallet, i->dest, i->block));
	if (!i->operation)
		return OK;
	TRY(operation_get(t, i->operation, &o));
	TRY(step_get(t, i->step, &s));
	s.fees_paid = wei_sub_sat(s.fees_paid, i->fee_paid);
	o.fees_paid = wei_sub_sat(o.fees_paid, i->fee_paid);
	if (arrives(i)) {
		s.moved = wei_sub_sat(s.moved, i->value);
		o.moved = wei_sub_sat(o.moved, i->value);
	}
	if (o.state == OP_RUNNING)
		s.state = STEP_RUNNING;
	s.next_ms = t->now_ms + RETRY_MS;
	s.text = turn_printf(t, "transaction %lld is not %s any more: the chain went back",
			     (long long)i->id, tx_state_name(i->state));
	if (is_ended(&o))
		o.text = turn_printf(t, "transaction %lld is not final any more, wait: %.300s",
				     (long long)i->id, o.text);
	TRY(step_save(t, &s));
	return operation_save(t, &o);
}

enum err progress_final(struct turn *t, const struct intent *i, bool *opened_out)
{
	assert(t->in_lane && tx_is_final(i->state));
	*opened_out = false;
	TRY(account_changed(t, i->wallet, i->dest, i->block));
	if (i->operation)
		return step_heard(t, i);
	/* No fault of the wallet's; and what only filled a gap calls nothing. */
	if (i->state == TX_CANCELLED || i->state == TX_SUPERSEDED)
		return breaker_unprobe(t, i->wallet);
	if (i->data.n == 0)
		return OK;
	return breaker_heard(t, i->wallet, i->state == TX_CONFIRMED,
			     turn_printf(t, "%s in transaction %lld %.250s",
					 purpose_name(i->purpose), (long long)i->id, i->text),
			     opened_out);
}

enum err progress_review(struct turn *t, const struct intent *i, bool *opened_out)
{
	struct operation o;
	struct step s;

	assert(t->in_lane && i->state == TX_REVIEW);
	*opened_out = false;
	if (!i->operation)
		return breaker_heard(t, i->wallet, false, i->text, opened_out);
	TRY(step_get(t, i->step, &s));
	s.state = STEP_FAILED;
	s.text = turn_printf(t, "transaction %lld needs review: %.300s", (long long)i->id, i->text);
	TRY(step_save(t, &s));
	TRY(operation_get(t, i->operation, &o));
	return is_ended(&o) ? correct(t, &o) : OK; /* taken back: nobody ends it again */
}

enum err progress_withdrawn(struct turn *t, const struct intent *i)
{
	struct operation o;
	struct step s;

	assert(t->in_lane && i->state == TX_CANCELLED);
	if (!i->operation)
		return breaker_unprobe(t, i->wallet);
	TRY(operation_get(t, i->operation, &o));
	TRY(step_get(t, i->step, &s));
	s.state = o.cancelling ? STEP_CANCELLED : o.kind == OP_FUND ? STEP_PLANNED : STEP_RUNNING;
	s.next_ms = t->now_ms;
	s.text = turn_printf(t, "transaction %lld was withdrawn before it was sent",
			     (long long)i->id);
	return step_save(t, &s);
}

enum err progress_check(struct turn *t, struct operation *o, bool *ended_out)
{
	static const char *const kinds[] = {
		[OP_DONE] = "operation.done",
		[OP_PARTLY] = "operation.partly",
		[OP_FAILED] = "operation.failed",
		[OP_CANCELLED] = "operation.cancelled",
	};
	struct step_counts c;

	*ended_out = false;
	TRY(step_count(t, o->id, &c));
	if (c.planned + c.running + c.blocked > 0)
		return OK;
	*ended_out = true;
	enum op_state how = verdict(o, &c);

	return end(t, o, how, kinds[how], summary(t, o, &c));
}
