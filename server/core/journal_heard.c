#include <assert.h>

#include "server/core/account.h"
#include "server/core/classify.h"
#include "server/core/journal_inside.h"
#include "server/core/progress.h"
#include "server/core/shared.h"
#include "store/chain.h"
#include "store/events.h"
#include "store/ledger.h"
#include "store/pauses.h"

/* When the same bytes are sent again: soon after doubt, now and then while in the pool, as pools
 * forget. */
enum { AGAIN_FIRST_MS = 1000, AGAIN_MOST_MS = 30000, POOL_AGAIN_MS = 15000 };

/* In an emergency it is asked all the time whether somebody outbid us in the pool. */
enum { POOL_URGENT_MS = 250 };

/* In an emergency one head is enough for money on its way home: all endpoints being behind costs a
 * false alarm, and waiting may cost the money. */
enum { HOME_BLOCKS = 1 };

static int64_t again_ms(int64_t sends)
{
	int64_t wait = AGAIN_FIRST_MS;

	for (int64_t i = 1; i < sends && wait < AGAIN_MOST_MS; i++)
		wait *= 2;
	return wait < AGAIN_MOST_MS ? wait : AGAIN_MOST_MS;
}

/* The one that is sent again: the newest, or, when blocks are gone, the one that had happened. */
static bool leads(const struct attempt *a)
{
	return a->newest || a->next_ms != ATTEMPT_RESTS;
}

/* What is heard of an older attempt on its way says nothing of the intent, and what is parked
 * stays parked until the fees fall. */
static bool speaks_for(const struct intent *i, const struct attempt *a)
{
	return leads(a) && i->state != TX_FEE_WAIT && !tx_is_final(i->state);
}

static enum err on_its_way(struct turn *t, struct intent *i, struct attempt *a, enum tx_state to,
			   const char *text)
{
	TRY(attempt_move(t, a, to));
	return speaks_for(i, a) ? intent_move(t, i, to, text) : OK;
}

static enum err both_move(struct turn *t, struct intent *i, struct attempt *a, enum tx_state to,
			  const char *text)
{
	TRY(attempt_move(t, a, to));
	return intent_move(t, i, to, text);
}

static int64_t pool_again_ms(const struct intent *i)
{
	return i->urgent ? POOL_URGENT_MS : POOL_AGAIN_MS;
}

/* What rests is waited for all the same. */
static int64_t again_at(const struct turn *t, const struct attempt *a, int64_t wait)
{
	return a->next_ms == ATTEMPT_RESTS ? a->next_ms : t->now_ms + wait;
}

/* An attempt that was sent is UNKNOWN until somebody says more. */
static enum err in_doubt(struct turn *t, struct intent *i, struct attempt *a, const char *text)
{
	a->next_ms = again_at(t, a, again_ms(a->sends));
	if (a->state == TX_SIGNED || a->state == TX_IN_POOL)
		return on_its_way(t, i, a, TX_UNKNOWN, text);
	TRY(attempt_save(t, a));
	return OK;
}

static struct upshot ended(const struct intent *i)
{
	return (struct upshot){ .ended = true, .state = i->state, .purpose = i->purpose };
}

/* A person must look: what waits for it goes on without it. */
static enum err to_review(struct turn *t, struct intent *i, struct attempt *a, const char *text,
			  struct upshot *up)
{
	TRY(both_move(t, i, a, TX_REVIEW, text));
	TRY(attempt_rest(t, i->id));
	TRY(event_add(t, TOPIC_TX, turn_printf(t, "transactions/%lld", (long long)i->id),
		      "transaction.review", text));
	*up = ended(i);
	return progress_review(t, i, &up->opened);
}

/* What we sent last on this nonce is not what stands in the pool, and what stands there is no
 * transaction of ours, as only our newest is sent. On its way home money is offered more for at
 * once; whose transaction it is the chain will tell. */
static enum err outbid(struct turn *t, struct intent *i, struct attempt *a)
{
	const char *text = turn_printf(t,
				       "nonce %llu of %s: a transaction that is not ours stands in "
				       "the pool with a higher fee",
				       (unsigned long long)i->nonce, i->wallet_name);
	struct wallet w;

	TRY(in_doubt(t, i, a, text));
	if (!journal_comes_home(i->purpose) || !speaks_for(i, a) || i->wish != WISH_NONE)
		return OK;
	i->wish = WISH_RAISE;
	TRY(pause_epoch(t, &i->wish_epoch));
	TRY(intent_save(t, i));
	if (a->kind != ATTEMPT_ORDER)
		return OK; /* said already */
	TRY(wallet_by_id(t, i->wallet, &w));
	return account_foreign(t, &w, text);
}

/* The node refused the bytes. If they were never sent before, they are in no pool we know of;
 * they are sent again all the same, as only the same bytes may be. */
static enum err refused(struct turn *t, struct intent *i, struct attempt *a, struct answer *an)
{
	struct verdict v = classify_send(an->code, an->message);

	switch (v.said) {
	case SAID_KNOWN:
		a->next_ms = again_at(t, a, pool_again_ms(i));
		return on_its_way(t, i, a, TX_IN_POOL, "in the pool");
	case SAID_INVALID:
		/* A replacement may be what the node minds, and the order may be in its pool. */
		if (a->sends == 1 && a->kind == ATTEMPT_ORDER && v.owner != OWNER_ENDPOINT)
			return to_review(
				t, i, a,
				turn_printf(t, "the node will never take it: %.200s", an->message),
				&an->upshot);
		return in_doubt(t, i, a, "sent; a node calls it invalid");
	case SAID_NONCE_LOW:
		return in_doubt(t, i, a, "the nonce is spent; looking for our receipt");
	case SAID_UNDERPRICED:
		return outbid(t, i, a);
	case SAID_NONCE_HIGH: /* a node that is behind: nobody stands in its way */
	case SAID_FUNDS:
	case SAID_FEE_LOW:
	case SAID_POOL_FULL:
	case SAID_LIMITED:
	case SAID_UNCLEAR:
		return in_doubt(t, i, a,
				turn_printf(t, "not taken yet (%s): the same bytes are sent again",
					    said_name(v.said)));
	}
	return fail(t, ERR_BROKEN, "no such verdict");
}

enum err journal_answer(struct turn *t, struct answer *an)
{
	struct attempt a;
	struct intent i;

	assert(t->in_lane);
	an->upshot = (struct upshot){ 0 };
	TRY(attempt_get(t, an->attempt, &a));
	TRY(intent_get(t, a.intent, &i));
	if (a.state != TX_SIGNED && a.state != TX_UNKNOWN && a.state != TX_IN_POOL)
		return OK; /* a receipt was quicker */
	if (an->heard == HEARD_NOT_SENT) {
		if (an->first)
			a.first_ms = 0;
		a.next_ms = again_at(t, &a, AGAIN_FIRST_MS);
		a.said = turn_printf(t, "not sent: %.300s", an->message);
		return attempt_save(t, &a);
	}
	a.sends++;
	a.last_ms = t->now_ms;
	if (a.first_ms == 0)
		a.first_ms = t->now_ms;
	a.outbid = an->heard == HEARD_REFUSED &&
		   classify_send(an->code, an->message).said == SAID_UNDERPRICED;
	a.said = turn_printf(t, "%s: %.200s%s", an->endpoint ? an->endpoint : "",
			     an->heard == HEARD_ACCEPTED ? "accepted" : an->message,
			     an->others ? an->others : "");
	switch (an->heard) {
	case HEARD_NOT_SENT:
	case HEARD_UNKNOWN:
		return in_doubt(t, &i, &a,
				"sent, no clear answer: only the same bytes may be sent again");
	case HEARD_REFUSED:
		return refused(t, &i, &a, an);
	case HEARD_ACCEPTED:
		a.next_ms = again_at(t, &a, pool_again_ms(&i));
		return on_its_way(t, &i, &a, TX_IN_POOL, "in the pool");
	}
	return fail(t, ERR_BROKEN, "no such answer");
}

/* One of the attempts on its nonce has happened, so none of the others can. */
static enum err final(struct turn *t, struct intent *i, struct attempt *a, const struct sighting *s)
{
	unsigned long long block = s->block;

	i->wish = WISH_NONE;
	a->watch_ms = watch_first(t);
	TRY(attempt_move(t, a, s->succeeded ? TX_CONFIRMED : TX_REVERTED));
	TRY(attempt_supersede_others(t, i->id, a->id, a->watch_ms));
	if (a->kind == ATTEMPT_CANCEL)
		TRY(intent_move(
			t, i, TX_CANCELLED,
			turn_printf(t, "cancelled in block %llu: it never happened", block)));
	else
		TRY(intent_move(t, i, a->state,
				turn_printf(t, "%s in block %llu%s%.300s",
					    s->succeeded ? "confirmed" : "reverted", block,
					    s->reason ? ": " : "", s->reason ? s->reason : "")));
	return ledger_put(t, i, &a->hash);
}

enum err journal_mined(struct turn *t, struct intent *i, struct attempt *a, struct sighting *s)
{
	bool deep = s->head + 1 >= s->block + (uint64_t)policy()->confirmations;

	i->block = s->block;
	i->block_hash = s->block_hash;
	i->fee_paid = s->fee;
	i->past_block = 0;
	if (a->has_value)
		i->value = a->value;
	if (!deep)
		return i->state == TX_MINED ? intent_save(t, i)
					    : both_move(t, i, a, TX_MINED,
							turn_printf(t, "mined in block %llu",
								    (unsigned long long)s->block));
	TRY(intent_pass(t, i, TX_MINED));
	TRY(final(t, i, a, s));
	TRY(journal_settled_again(t, i));
	s->upshot = ended(i);
	return progress_final(t, i, &s->upshot.opened);
}

/* Since when its nonce is spent, as the chain stands now: a person who gives it up may do so only
 * when that is as deep as what counts as final. */
static enum err note_spent(struct turn *t, struct intent *i, const struct sighting *s)
{
	bool spent = s->nonce_known && s->nonce > i->nonce;
	uint64_t since = !spent ? 0 : i->past_block ? i->past_block : s->head;

	if (!s->nonce_known || since == i->past_block)
		return OK;
	i->past_block = since;
	return intent_save(t, i);
}

/* A stranger's transaction has the nonce of money on its way home. Home cannot be paid twice: what
 * is left goes on the next nonce, at once. Our bytes are looked for until the chain can no longer
 * change its mind. */
static enum err taken(struct turn *t, struct intent *i, struct sighting *s, const char *text)
{
	struct wallet w;

	TRY(wallet_by_id(t, i->wallet, &w));
	i->wish = WISH_NONE;
	TRY(attempt_supersede_others(t, i->id, 0, watch_first(t)));
	if (i->state == TX_SIGNED)
		TRY(intent_pass(t, i, TX_UNKNOWN));
	TRY(intent_move(t, i, TX_SUPERSEDED, text));
	TRY(ledger_put(t, i, NULL));
	TRY(progress_final(t, i, &s->upshot.opened));
	return account_foreign(t, &w, text);
}

/* The wallet's nonce went past ours and nobody knows our hash: the key may be used elsewhere. */
static enum err maybe_foreign(struct turn *t, struct intent *i, struct attempt *a,
			      struct sighting *s)
{
	bool home = i->operation && journal_comes_home(i->purpose);
	struct wallet w;

	if (!s->nonce_known || s->nonce <= i->nonce)
		return OK;
	if (i->past_block == 0) {
		i->past_block = s->nonce_block > s->head ? s->nonce_block : s->head;
		i->text = "the nonce is spent and no receipt is known: looking again";
		return intent_save(t, i);
	}
	if (s->head < i->past_block + (home && i->urgent ? HOME_BLOCKS : FOREIGN_BLOCKS))
		return OK;
	const char *text = turn_printf(t,
				       "nonce %llu of %s was spent by a transaction that is not "
				       "ours: is the key used elsewhere?",
				       (unsigned long long)i->nonce, i->wallet_name);

	if (home)
		return taken(t, i, s, text);
	TRY(wallet_by_id(t, i->wallet, &w));
	TRY(to_review(t, i, a, text, &s->upshot));
	return account_foreign(t, &w, text);
}

enum err journal_sighting(struct turn *t, struct sighting *s)
{
	struct attempt a;
	struct intent i;

	assert(t->in_lane);
	s->upshot = (struct upshot){ 0 };
	TRY(attempt_get(t, s->attempt, &a));
	TRY(intent_get(t, a.intent, &i));
	if (tx_is_final(i.state))
		return i.has_nonce ? journal_sight_final(t, &i, &a, s) : OK;
	if (s->mined)
		return journal_mined(t, &i, &a, s);
	if (i.state == TX_REVIEW)
		return note_spent(t, &i, s); /* a receipt, or a person, takes it out of there */
	if (i.state == TX_MINED && a.state != TX_MINED)
		return OK; /* another attempt of it has happened */
	if (i.state == TX_MINED) {
		if (s->head < i.block)
			return OK; /* an endpoint that lags knows less, not more */
		/* A reorganisation took its block: the same bytes go out again. */
		i.block = i.past_block = 0;
		i.fee_paid = (struct wei){ 0 };
		a.next_ms = again_at(t, &a, 0);
		TRY(both_move(t, &i, &a, TX_UNKNOWN, "its block is gone: sent again"));
		return attempt_soon(t, i.id);
	}
	if (!a.newest)
		return OK; /* the newest is asked in the same breath */
	return maybe_foreign(t, &i, &a, s);
}
