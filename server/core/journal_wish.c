/* What a person wants of a transaction: a higher fee, a cancel, an end of its review. */
#include <assert.h>

#include "server/core/journal_inside.h"
#include "server/core/progress.h"
#include "server/core/shared.h"
#include "store/audit.h"
#include "store/chain.h"
#include "store/events.h"
#include "store/ledger.h"
#include "store/pauses.h"

enum { ATTEMPTS_READ = 64 };

static enum err record(struct turn *t, const struct intent *i, const char *kind, const char *reason)
{
	const char *name = turn_printf(t, "transactions/%lld", (long long)i->id);

	TRY(event_add(t, TOPIC_TX, name, kind, *reason ? reason : i->text));
	return audit_add(t, kind, name, reason);
}

/* Nobody has heard of it and nothing of the wallet stands behind it. */
static enum err is_last_unsent(struct turn *t, const struct intent *i, bool *out)
{
	struct intent *unsent;
	size_t n;

	TRY(intent_unsent(t, i->wallet, i->chain_id, 1, &unsent, &n));
	*out = n > 0 && unsent[0].id == i->id;
	return OK;
}

static enum err was_sent(struct turn *t, const struct intent *i, bool *out)
{
	struct attempt *a;
	size_t n;

	*out = false;
	TRY(attempt_list(t, i->id, ATTEMPTS_READ, &a, &n));
	for (size_t k = 0; k < n; k++)
		*out = *out || a[k].first_ms > 0;
	return OK;
}

static enum err check_wish(struct turn *t, const struct intent *i, enum wish wish)
{
	bool sent;

	if (tx_is_final(i->state) || i->state == TX_MINED)
		return fail(t, ERR_REFUSED, "transaction %lld is %s: nothing can be changed",
			    (long long)i->id, tx_state_name(i->state));
	if (wish != WISH_RAISE)
		return OK;
	if (i->state == TX_REVIEW)
		return fail(t, ERR_REFUSED,
			    "transaction %lld needs review: see `ghostctl tx resolve`",
			    (long long)i->id);
	TRY(was_sent(t, i, &sent));
	if (!sent)
		return fail(t, ERR_REFUSED,
			    "transaction %lld was never sent: its fee is not what "
			    "holds it",
			    (long long)i->id);
	return OK;
}

enum err journal_wish(struct turn *t, int64_t intent, enum wish wish, bool urgent,
		      const char *reason, struct intent *out)
{
	bool last;

	assert(t->in_lane && wish != WISH_NONE);
	TRY(intent_get(t, intent, out));
	TRY(check_wish(t, out, wish));
	if (wish == WISH_CANCEL) {
		TRY(is_last_unsent(t, out, &last));
		if (last) {
			TRY(record(t, out, "transaction.withdrawn", reason));
			TRY(journal_withdraw(t, out));
			return intent_get(t, intent, out);
		}
	}
	out->wish = wish;
	out->urgent = out->urgent || urgent;
	TRY(pause_epoch(t, &out->wish_epoch));
	TRY(intent_save(t, out));
	return record(t, out,
		      wish == WISH_CANCEL ? "transaction.cancel_wished"
					  : "transaction.raise_wished",
		      reason);
}

static enum err resend(struct turn *t, struct intent *i)
{
	struct attempt *a;
	size_t n;

	TRY(attempt_list(t, i->id, ATTEMPTS_READ, &a, &n));
	for (size_t k = 0; k < n; k++)
		if (a[k].newest && a[k].state == TX_REVIEW)
			TRY(attempt_move(t, &a[k], TX_UNKNOWN));
	i->past_block = 0;
	i->wish = WISH_NONE; /* an earlier one would have its way against this word */
	TRY(intent_move(t, i, TX_UNKNOWN, "reviewed: the same bytes go out again"));
	return attempt_soon(t, i->id);
}

static enum err give_up(struct turn *t, struct intent *i)
{
	uint64_t deep = (uint64_t)policy()->confirmations;
	struct chain c;
	bool opened;

	if (i->past_block == 0)
		return fail(t, ERR_REFUSED,
			    "nonce %llu of '%s' is not spent: transaction %lld can still happen; "
			    "cancel it instead",
			    (unsigned long long)i->nonce, i->wallet_name, (long long)i->id);
	TRY(chain_get(t, &c));
	if (c.head < i->past_block + deep)
		return fail(t, ERR_REFUSED,
			    "nonce %llu of '%s' is spent since block %llu: wait for block %llu, "
			    "until then the chain may change its mind",
			    (unsigned long long)i->nonce, i->wallet_name,
			    (unsigned long long)i->past_block,
			    (unsigned long long)(i->past_block + deep));
	TRY(attempt_supersede_others(t, i->id, 0, watch_first(t)));
	i->wish = WISH_NONE;
	TRY(intent_move(t, i, TX_SUPERSEDED, "reviewed: another transaction has its nonce"));
	TRY(ledger_put(t, i, NULL));
	return progress_final(t, i, &opened);
}

enum err journal_resolve(struct turn *t, int64_t intent, enum resolution how, const char *reason,
			 struct intent *out)
{
	assert(t->in_lane);
	TRY(intent_get(t, intent, out));
	if (out->state != TX_REVIEW)
		return fail(t, ERR_REFUSED, "transaction %lld is %s and needs no review",
			    (long long)intent, tx_state_name(out->state));
	if (!*reason)
		return fail(t, ERR_INVALID, "reason: ending a review needs one");
	switch (how) {
	case RESOLVE_RESEND:
		TRY(resend(t, out));
		break;
	case RESOLVE_CANCEL:
		return journal_wish(t, intent, WISH_CANCEL, false, reason, out);
	case RESOLVE_GIVE_UP:
		TRY(give_up(t, out));
		break;
	}
	TRY(record(t, out, "transaction.reviewed", reason));
	return intent_get(t, intent, out);
}
