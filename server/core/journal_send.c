#include <assert.h>

#include "server/core/journal.h"
#include "server/core/progress.h"
#include "server/core/shared.h"
#include "store/operations.h"
#include "store/pauses.h"
#include "store/store.h"

/* So many first broadcasts of one wallet at a time: they go out one behind the other, and a pause
 * is to be seen in between. */
enum { FIRSTS_A_WALLET = 100, UNSENT_READ = 4096 };

/* ---- handing out ---- */

/* One wallet's attempts that were never handed out, and how many of them are in the list. */
struct queue {
	int64_t wallet;
	uint64_t *nonces; /* the lowest first */
	size_t n, taken;
};

static enum err queue_of(struct turn *t, struct queue *all, size_t *n, int64_t wallet,
			 struct queue **out)
{
	for (size_t i = 0; i < *n; i++)
		if (all[i].wallet == wallet) {
			*out = &all[i];
			return OK;
		}
	*out = &all[(*n)++];
	**out = (struct queue){ .wallet = wallet };
	return attempt_waiting_nonces(t, wallet, FIRSTS_A_WALLET, &(*out)->nonces, &(*out)->n);
}

enum err journal_hand_out(struct turn *t, size_t limit, struct attempt **out, size_t *n_out,
			  bool *more_out)
{
	struct attempt *due;
	size_t n, kept = 0, n_queues = 0;

	assert(t->in_lane);
	TRY(attempt_due(t, !store_stats(t->store).latched, limit, &due, &n));
	*more_out = n == limit;
	struct queue *queues = turn_array(t, n + 1, sizeof(*queues)), *q;

	for (size_t i = 0; i < n; i++) {
		if (due[i].first_ms > 0) {
			due[kept++] = due[i];
			continue;
		}
		TRY(queue_of(t, queues, &n_queues, due[i].wallet, &q));
		/* Behind one that is held back it would only wait in the pool. */
		if (q->taken == q->n || q->nonces[q->taken] != due[i].nonce)
			continue;
		q->taken++;
		TRY(attempt_hand(t, &due[i]));
		due[kept++] = due[i];
	}
	*out = due;
	*n_out = kept;
	*more_out = *more_out && kept > 0;
	return OK;
}

/* ---- giving up ---- */

enum err journal_withdraw(struct turn *t, struct intent *i)
{
	assert(t->in_lane);
	TRY(attempt_drop(t, i->id));
	TRY(intent_free_nonce(t, i));
	i->wish = WISH_NONE; /* whatever was wished for, there is nothing left of it */
	TRY(intent_move(t, i, TX_CANCELLED, "signed, never sent, and withdrawn"));
	return progress_withdrawn(t, i);
}

enum err journal_is_held(struct turn *t, const struct intent *i, bool *out)
{
	struct operation o;
	struct errand errand = errand_of(NULL);

	if (i->operation) {
		TRY(operation_get(t, i->operation, &o));
		errand = errand_of(&o);
	}
	enum err e = stop_check(t, &errand, i->wallet_name);

	*out = e == ERR_REFUSED;
	return *out ? OK : e;
}

enum err journal_withdraw_held(struct turn *t, int64_t wallet)
{
	struct intent *i;
	struct pause *pause;
	size_t n, to = 0;

	assert(t->in_lane);
	TRY(pause_active(t, NULL, 1, &pause, &n));
	if (n == 0)
		return OK; /* nothing can be held */
	TRY(intent_unsent(t, wallet, policy()->chain_id, UNSENT_READ, &i, &n));
	for (size_t k = 0; k < n; k++) {
		bool held;

		TRY(journal_is_held(t, &i[k], &held));
		if (held)
			to = k + 1;
	}
	for (size_t k = 0; k < to; k++)
		TRY(journal_withdraw(t, &i[k]));
	return OK;
}

enum err journal_withdraw_of(struct turn *t, int64_t wallet, int64_t operation)
{
	struct intent *i;
	size_t n;

	assert(t->in_lane);
	TRY(intent_unsent(t, wallet, policy()->chain_id, UNSENT_READ, &i, &n));
	for (size_t k = 0; k < n && i[k].operation == operation; k++)
		TRY(journal_withdraw(t, &i[k]));
	return OK;
}
