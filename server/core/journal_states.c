#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "server/core/journal.h"
#include "store/base/log.h"

#define TO(state) (1u << (state))

/* The state table of an intent, whole. What is final moves no more, unless the chain takes back
 * what was deep enough, or does what was given up: then it is UNKNOWN again (journal_undo.c).
 * What goes to a person, or to the store, begins with SIGNED: PLANNED and PREPARED are passed in
 * the commit that signs; what waits or is not worth a transaction is a step (docs/decisions).
 * X(state, name, final, where it may go) */
#define STATES(X)                                                                                  \
	X(TX_PLANNED, "planned", false,                                                            \
	  TO(TX_PREPARED) | TO(TX_SKIPPED_DUST) | TO(TX_BLOCKED) | TO(TX_CANCELLED))               \
	X(TX_PREPARED, "prepared", false, TO(TX_SIGNED) | TO(TX_CANCELLED) | TO(TX_REVIEW))        \
	X(TX_SIGNED, "signed", false,                                                              \
	  TO(TX_UNKNOWN) | TO(TX_IN_POOL) | TO(TX_MINED) | TO(TX_CANCELLED) | TO(TX_REVIEW))       \
	X(TX_UNKNOWN, "unknown", false,                                                            \
	  TO(TX_IN_POOL) | TO(TX_MINED) | TO(TX_FEE_WAIT) | TO(TX_SUPERSEDED) | TO(TX_REVIEW))     \
	X(TX_IN_POOL, "in-pool", false,                                                            \
	  TO(TX_UNKNOWN) | TO(TX_MINED) | TO(TX_FEE_WAIT) | TO(TX_SUPERSEDED) | TO(TX_REVIEW))     \
	X(TX_MINED, "mined", false,                                                                \
	  TO(TX_CONFIRMED) | TO(TX_REVERTED) | TO(TX_CANCELLED) | TO(TX_UNKNOWN) | TO(TX_IN_POOL)) \
	X(TX_CONFIRMED, "confirmed", true, 0)                                                      \
	X(TX_REVERTED, "reverted", true, 0)                                                        \
	X(TX_SUPERSEDED, "superseded", true, 0)                                                    \
	X(TX_CANCELLED, "cancelled", true, 0)                                                      \
	X(TX_FEE_WAIT, "fee-wait", false,                                                          \
	  TO(TX_UNKNOWN) | TO(TX_IN_POOL) | TO(TX_MINED) | TO(TX_SUPERSEDED) | TO(TX_REVIEW))      \
	X(TX_SKIPPED_DUST, "skipped-dust", true, 0)                                                \
	X(TX_BLOCKED, "blocked", false, TO(TX_PREPARED) | TO(TX_CANCELLED) | TO(TX_SKIPPED_DUST))  \
	X(TX_REVIEW, "review", false,                                                              \
	  TO(TX_UNKNOWN) | TO(TX_IN_POOL) | TO(TX_MINED) | TO(TX_SUPERSEDED) | TO(TX_CANCELLED))

static const struct {
	const char *name;
	bool final;
	unsigned to;
} states[] = {
#define X(s, n, f, t) [s] = { .name = n, .final = f, .to = t },
	STATES(X)
#undef X
};
_Static_assert(sizeof(states) / sizeof(states[0]) == TX_STATE_LAST + 1, "every state has a row");

bool tx_may_move(enum tx_state from, enum tx_state to)
{
	return states[from].to & TO(to);
}

bool tx_is_final(enum tx_state s)
{
	return states[s].final;
}

const char *tx_state_name(enum tx_state s)
{
	return states[s].name;
}

const char *purpose_name(enum purpose p)
{
	static const char *const names[] = {
		[PURPOSE_FUND] = "fund",       [PURPOSE_GAS_LOAN] = "gas-loan",
		[PURPOSE_EXTRACT] = "extract", [PURPOSE_EMERGENCY] = "emergency-withdraw",
		[PURPOSE_TOKEN] = "token",     [PURPOSE_SWEEP] = "sweep",
		[PURPOSE_APPROVE] = "approve", [PURPOSE_ACTION] = "action",
	};

	return names[p];
}

bool journal_comes_home(enum purpose p)
{
	return p == PURPOSE_SWEEP || p == PURPOSE_TOKEN || p == PURPOSE_EXTRACT ||
	       p == PURPOSE_EMERGENCY;
}

/* The states of one signed attempt, in the same numbers. What is final is UNKNOWN again when its
 * intent is undone, by one statement for all of them (attempt_reopen).
 * X(state, where it may go) */
#define OPEN TO(TX_UNKNOWN) | TO(TX_IN_POOL) | TO(TX_MINED) | TO(TX_REVIEW)
#define ENDS TO(TX_CONFIRMED) | TO(TX_REVERTED) | TO(TX_SUPERSEDED)
#define ATTEMPT_STATES(X)                                                                          \
	X(TX_SIGNED, OPEN | ENDS)                                                                  \
	X(TX_UNKNOWN, OPEN | ENDS)                                                                 \
	X(TX_IN_POOL, OPEN | ENDS)                                                                 \
	X(TX_MINED, TO(TX_UNKNOWN) | ENDS)                                                         \
	X(TX_CONFIRMED, 0)                                                                         \
	X(TX_REVERTED, 0)                                                                          \
	X(TX_SUPERSEDED, 0)                                                                        \
	X(TX_REVIEW, TO(TX_UNKNOWN) | TO(TX_MINED) | ENDS)

static const unsigned attempt_states[TX_STATE_LAST + 1] = {
#define X(s, t) [s] = t,
	ATTEMPT_STATES(X)
#undef X
};

bool attempt_may_move(enum tx_state from, enum tx_state to)
{
	return attempt_states[from] & TO(to);
}

/* A move that no table has is a bug: it ends the process where faults are built in, as in tests,
 * and is said where people's money is. */
static enum err forbidden(struct turn *t, const char *what, int64_t id, enum tx_state from,
			  enum tx_state to)
{
	log_broken(t, "%s %lld may not go from %s to %s", what, (long long)id, tx_state_name(from),
		   tx_state_name(to));
#ifdef GF_FAULTS
	abort();
#endif
	return fail(t, ERR_BROKEN, "%s %lld may not go from %s to %s", what, (long long)id,
		    tx_state_name(from), tx_state_name(to));
}

static enum err check_move(struct turn *t, const struct intent *i, enum tx_state to)
{
	return i->state == to || tx_may_move(i->state, to)
		       ? OK
		       : forbidden(t, "transaction", i->id, i->state, to);
}

enum err attempt_move(struct turn *t, struct attempt *a, enum tx_state to)
{
	assert(t->in_lane);
	if (a->state != to && !attempt_may_move(a->state, to))
		return forbidden(t, "attempt", a->id, a->state, to);
	a->state = to;
	return attempt_save(t, a);
}

bool tx_may_go_back(enum tx_state from)
{
	return from == TX_CONFIRMED || from == TX_REVERTED || from == TX_SUPERSEDED ||
	       from == TX_CANCELLED;
}

enum err intent_back(struct turn *t, struct intent *i, const char *text)
{
	assert(t->in_lane);
	if (!tx_may_go_back(i->state))
		return forbidden(t, "transaction", i->id, i->state, TX_UNKNOWN);
	i->state = TX_UNKNOWN;
	i->text = text;
	i->final_ms = 0;
	return intent_save(t, i);
}

enum err intent_pass(struct turn *t, struct intent *i, enum tx_state through)
{
	assert(t->in_lane && !tx_is_final(through));
	TRY(check_move(t, i, through));
	i->state = through;
	return OK;
}

enum err intent_move(struct turn *t, struct intent *i, enum tx_state to, const char *text)
{
	assert(t->in_lane);
	TRY(check_move(t, i, to));
	i->state = to;
	i->text = text;
	if (tx_is_final(to))
		i->final_ms = t->now_ms;
	return intent_save(t, i);
}
