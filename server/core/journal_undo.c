/* What was final and is not any more: the chain went back further than what counts as final, or
 * what a person gave up has happened after all. Rare, and then it must be told right. */
#include <assert.h>
#include <string.h>

#include "server/core/journal_inside.h"
#include "server/core/progress.h"
#include "store/base/log.h"
#include "store/events.h"
#include "store/ledger.h"

/* Receipts of what is final are asked again 30 s later, then at four times its age, for two hours:
 * a handful of questions for each. */
enum { WATCH_FIRST_MS = 30000, WATCH_MOST_MS = 7200000, SOON_MS = 1000, ATTEMPTS_READ = 32 };

/* Further back than this some nodes have forgotten receipts: none there proves nothing. */
enum { REMEMBERED = 128 };

int64_t watch_first(const struct turn *t)
{
	return t->now_ms + WATCH_FIRST_MS;
}

static int64_t watch_next(const struct turn *t, const struct intent *i)
{
	int64_t age = t->now_ms - i->final_ms;

	if (age >= WATCH_MOST_MS)
		return 0;
	return t->now_ms + (3 * age > WATCH_FIRST_MS ? 3 * age : WATCH_FIRST_MS);
}

/* What it was to do may have been done by another since: it was given up, or it is a payment that
 * had failed. */
static bool may_be_made_up_for(const struct intent *i)
{
	return i->state == TX_SUPERSEDED ||
	       (i->state == TX_REVERTED &&
		(i->purpose == PURPOSE_FUND || i->purpose == PURPOSE_GAS_LOAN));
}

/* Its books are as before it happened; the same bytes go out again, as they can happen once. Those
 * whose work may have been done by others since do not: their nonce is spent by a cancel. */
enum err journal_undo(struct turn *t, struct intent *i, const char *why)
{
	const char *name = turn_printf(t, "transactions/%lld", (long long)i->id);
	struct attempt *a;
	size_t n;

	assert(t->in_lane && tx_is_final(i->state) && i->has_nonce);
	log_line(t, LOG_ERROR, "what was final is not any more", "transaction", name, "was",
		 tx_state_name(i->state), "why", why, NULL);
	TRY(attempt_list(t, i->id, ATTEMPTS_READ, &a, &n));
	if (n == 0) {
		log_line(t, LOG_ERROR, "its bytes are gone from the store", "transaction", name,
			 NULL);
		return OK; /* final for a week: whatever the node says, the ledger's line stands */
	}
	TRY(progress_undone(t, i));
	TRY(ledger_drop(t, i->id));
	TRY(attempt_drop(t, i->id)); /* nobody has heard of these */
	TRY(attempt_reopen(t, i->id));
	TRY(attempt_list(t, i->id, ATTEMPTS_READ, &a, &n));
	if (n > 0 && a[0].has_value)
		i->value = a[0].value;
	if (may_be_made_up_for(i)) {
		TRY(attempt_rest(t, i->id));
		if (n > 0 && a[n - 1].kind == ATTEMPT_CANCEL)
			TRY(attempt_soon(t, i->id));
		else
			i->wish = WISH_CANCEL;
	}
	i->undone = i->state;
	i->block = i->past_block = 0;
	i->fee_paid = (struct wei){ 0 };
	TRY(intent_back(t, i, why));
	return event_add(t, TOPIC_TX, name, "transaction.undone",
			 turn_printf(t, "it was %s: %.300s", tx_state_name(i->undone), why));
}

enum err journal_settled_again(struct turn *t, const struct intent *i)
{
	const char *name = turn_printf(t, "transactions/%lld", (long long)i->id);

	if (!i->undone || i->undone == i->state)
		return OK;
	const char *text = turn_printf(t, "it was %s and is %s: %.200s", tx_state_name(i->undone),
				       tx_state_name(i->state), i->text);

	log_line(t, LOG_ERROR, "a transaction ended otherwise than it had", "transaction", name,
		 "what", text, NULL);
	return event_add(t, TOPIC_TX, name, "transaction.fate_changed", text);
}

/* It is the one that happened, as far as we know. */
static bool tells(const struct attempt *a)
{
	return a->state == TX_CONFIRMED || a->state == TX_REVERTED;
}

/* A receipt that came before its block was sealed has no hash of it. */
static bool same_block(const struct eth_hash *a, const struct eth_hash *b)
{
	static const struct eth_hash unsealed = { 0 };

	return memcmp(a, b, sizeof(*a)) == 0 || memcmp(a, &unsealed, sizeof(*a)) == 0 ||
	       memcmp(b, &unsealed, sizeof(*b)) == 0;
}

static bool as_known(const struct intent *i, const struct attempt *a, const struct sighting *s)
{
	return tells(a) && s->block == i->block && same_block(&s->block_hash, &i->block_hash) &&
	       s->succeeded == (a->state == TX_CONFIRMED);
}

static enum err other_receipt(struct turn *t, struct intent *i, struct attempt *a,
			      struct sighting *s)
{
	const char *what = i->state == TX_SUPERSEDED ? "given up, and it happened after all"
			   : tells(a)                ? "it is in another block now"
						     : "another attempt of it has happened";

	TRY(journal_undo(t, i,
			 turn_printf(t, "%s: block %llu", what, (unsigned long long)s->block)));
	TRY(attempt_get(t, a->id, a));
	return journal_mined(t, i, a, s);
}

/* No receipt of the one that happened. Where its nonce is free it is certain; else it may be that
 * the node has lost it, or that another transaction took the nonce: looked at for some heads. */
static enum err receipt_gone(struct turn *t, struct intent *i, struct attempt *a,
			     const struct sighting *s)
{
	if (s->nonce <= i->nonce)
		return journal_undo(t, i, "its block is gone");
	if (s->head > i->block + REMEMBERED)
		return attempt_save(t, a);
	if (i->past_block && s->head >= i->past_block + FOREIGN_BLOCKS)
		return journal_undo(t, i, "its receipt is gone: looking for what has its nonce");
	a->watch_ms = t->now_ms + SOON_MS;
	TRY(attempt_save(t, a));
	if (i->past_block)
		return OK;
	i->past_block = s->head;
	return intent_save(t, i);
}

enum err journal_sight_final(struct turn *t, struct intent *i, struct attempt *a,
			     struct sighting *s)
{
	a->watch_ms = watch_next(t, i);
	if (s->head < i->block)
		return attempt_save(t, a); /* an endpoint that lags knows less, not more */
	if (s->mined && !as_known(i, a, s))
		return other_receipt(t, i, a, s);
	if (!s->mined && s->nonce_known && tells(a))
		return receipt_gone(t, i, a, s);
	if (!s->mined && s->nonce_known && i->state == TX_SUPERSEDED && s->nonce <= i->nonce)
		return journal_undo(t, i, "given up, and its nonce is free again: cancelled");
	TRY(attempt_save(t, a));
	if (!s->mined || i->past_block == 0 || i->state == TX_SUPERSEDED)
		return OK;
	i->past_block = 0; /* it was only not found for a while */
	return intent_save(t, i);
}
