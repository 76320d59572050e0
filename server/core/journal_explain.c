#include "server/core/journal.h"
#include "server/eth/addr.h"
#include "store/base/units.h"

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

enum err journal_explain(struct turn *t, const struct intent *i, const char ***lines_out,
			 size_t *n_out)
{
	struct lines l = { turn_array(t, LINES_MOST, sizeof(char *)), 0 };
	struct attempt *a;
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
	*lines_out = l.v;
	*n_out = l.n;
	return OK;
}
