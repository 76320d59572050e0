#include "server/core/journal.h"
#include "server/eth/addr.h"
#include "store/base/units.h"
#include "store/ledger.h"
#include "store/operations.h"

enum { LINES_MOST = 24, ATTEMPTS = 16 };

struct lines {
	const char **v;
	size_t n;
};

static void line(struct lines *l, const char *text)
{
	if (l->n < LINES_MOST)
		l->v[l->n++] = text;
}

/* What the state means, and what comes next. */
static const char *meaning(enum tx_state s)
{
	switch (s) {
	case TX_PLANNED:
	case TX_PREPARED:
		return "it is not signed yet";
	case TX_SIGNED:
		return "it is signed and stored and was never sent; it goes out at the next turn, "
		       "unless a pause holds it";
	case TX_UNKNOWN:
		return "it was sent without a clear answer: it may be on its way, so only the same "
		       "bytes are sent again and no other transaction is ever made for it";
	case TX_IN_POOL:
		return "a node has it in its pool; the same bytes are sent again now and then, as "
		       "pools forget";
	case TX_MINED:
		return "it is in a block; a few more blocks make it final";
	case TX_CONFIRMED:
		return "it is final and succeeded";
	case TX_REVERTED:
		return "it is final and failed: its fee is spent, its value stayed";
	case TX_SUPERSEDED:
		return "another transaction has taken its nonce: it can never happen";
	case TX_CANCELLED:
		return "it was withdrawn before anybody heard of it: it never happened";
	case TX_FEE_WAIT:
		return "the chain asks more than the ceiling: it waits";
	case TX_SKIPPED_DUST:
		return "moving it would cost more than it is worth";
	case TX_BLOCKED:
		return "it waits for a condition on the chain";
	case TX_REVIEW:
		return "a person must look: nothing more is signed for it. Compare the wallet's "
		       "transactions on the chain with the hashes below";
	}
	return "";
}

static const char *attempt_line(struct turn *t, const struct attempt *a)
{
	if (a->sends == 0)
		return turn_printf(t, "%s: signed %s ago, never sent", hash_str(t, a->hash),
				   duration_str(t, t->now_ms - a->signed_ms));
	return turn_printf(t, "%s: sent %lld time%s, first %s ago, last %s ago; %s",
			   hash_str(t, a->hash), (long long)a->sends, a->sends == 1 ? "" : "s",
			   duration_str(t, t->now_ms - a->first_ms),
			   duration_str(t, t->now_ms - a->last_ms), a->said);
}

/* The one that is sent again, or would be. */
static const struct attempt *leading(const struct attempt *a, size_t n)
{
	for (size_t k = n; k > 0; k--)
		if (a[k - 1].next_ms != ATTEMPT_RESTS)
			return &a[k - 1];
	return n ? &a[n - 1] : NULL;
}

/* A pause, the breaker's reason, or NULL: a first broadcast, and a higher fee, need leave. */
static enum err held_by(struct turn *t, const struct intent *i, const char **out)
{
	struct errand errand = errand_of(NULL);
	struct operation o;

	*out = NULL;
	if (i->operation) {
		TRY(operation_get(t, i->operation, &o));
		errand = errand_of(&o);
	}
	if (errand.run_epoch < i->wish_epoch)
		errand.run_epoch = i->wish_epoch;
	enum err e = stop_check(t, &errand, i->wallet_name);

	if (e == ERR_REFUSED)
		*out = turn_strdup(t, t->why);
	return e == ERR_REFUSED ? OK : e;
}

/* What stands before it in the wallet's queue; NULL: nothing. */
static enum err behind(struct turn *t, const struct intent *i, const char **out)
{
	struct intent *live;
	size_t n;

	*out = NULL;
	TRY(intent_live(t, i->wallet, 1, &live, &n));
	if (n > 0 && live->nonce < i->nonce)
		*out = turn_printf(t, "it is behind nonce %llu of the wallet: transaction %lld, %s",
				   (unsigned long long)live->nonce, (long long)live->id,
				   tx_state_name(live->state));
	return OK;
}

/* Whether anything goes out for it, and why not. */
static enum err prospect(struct turn *t, const struct intent *i, const struct attempt *a, size_t n,
			 const char **out)
{
	const struct attempt *lead = leading(a, n);
	const char *held, *before;

	*out = NULL;
	if (!lead || tx_is_final(i->state) || i->state == TX_MINED)
		return OK;
	TRY(held_by(t, i, &held));
	TRY(behind(t, i, &before));
	if (i->state == TX_REVIEW)
		*out = "will not be sent again because a person must look first: see `ghostctl tx "
		       "resolve`";
	else if (i->wish == WISH_CANCEL && lead->kind != ATTEMPT_CANCEL)
		*out = "a cancel of its nonce is signed as soon as that is the wallet's lowest";
	else if (lead->first_ms == 0 && held)
		*out = turn_printf(t, "will not be sent because %s", held);
	else if (lead->first_ms == 0 && before)
		*out = turn_printf(t, "will be sent in its turn: %s", before);
	else if (i->state == TX_FEE_WAIT)
		*out = turn_printf(t,
				   "will not offer more because %s; the bytes above are sent "
				   "again all the same",
				   held ? held : "of the ceiling");
	else if (lead->first_ms > 0)
		*out = turn_printf(t,
				   "the same bytes go out again in %s, and no second transaction: "
				   "these may be mined%s%s",
				   lead->next_ms > t->now_ms
					   ? duration_str(t, lead->next_ms - t->now_ms)
					   : "a moment",
				   before ? "; " : "", before ? before : "");
	return OK;
}

static enum err of_the_ledger(struct turn *t, const struct intent *i, struct lines *l)
{
	struct ledger_line x;
	enum err e = ledger_get(t, i->id, &x);

	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	if (x.has_hash)
		line(l, turn_printf(t, "%s is what happened, in block %llu; it cost %s",
				    hash_str(t, x.hash), (unsigned long long)x.block,
				    ether_str(t, x.fee)));
	line(l, turn_printf(t,
			    "it is final since %s; its bytes are forgotten, this line of the "
			    "ledger stays",
			    duration_str(t, t->now_ms - x.at_ms)));
	return OK;
}

enum err journal_explain(struct turn *t, const struct intent *i, const char ***lines_out,
			 size_t *n_out)
{
	struct lines l = { turn_array(t, LINES_MOST, sizeof(char *)), 0 };
	struct attempt *a;
	const char *next;
	size_t n;

	line(&l, turn_printf(t, "%s of %s from '%s' to %s, nonce %llu", purpose_name(i->purpose),
			     ether_str(t, i->value), i->wallet_name, addr_str(t, i->dest),
			     (unsigned long long)i->nonce));
	line(&l, turn_printf(t, "%s: %s", tx_state_name(i->state), meaning(i->state)));
	if (*i->text)
		line(&l, i->text);
	TRY(attempt_list(t, i->id, ATTEMPTS, &a, &n));
	for (size_t k = 0; k < n; k++)
		line(&l, attempt_line(t, &a[k]));
	if (i->undone)
		line(&l, turn_printf(t, "it was %s once, and the chain took that back",
				     tx_state_name(i->undone)));
	TRY(prospect(t, i, a, n, &next));
	if (next)
		line(&l, next);
	if (n == 0 && tx_is_final(i->state))
		TRY(of_the_ledger(t, i, &l));
	*lines_out = l.v;
	*n_out = l.n;
	return OK;
}
