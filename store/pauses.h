/* store/pauses.h - what is stopped: a pause is a row with an epoch (its id) and a scope.
 *
 * Table: pauses. A pause holds the engine and every operation that was run before it
 * (operation.run_epoch < id). Lockdown holds all but bringing money home. Rows are never removed;
 * lifting writes lifted_ms.
 */
#ifndef STORE_PAUSES_H
#define STORE_PAUSES_H

#include "store/base/turn.h"

enum pause_kind { PAUSE_PLAIN = 1, PAUSE_LOCKDOWN = 2 };

struct pause {
	int64_t id; /* the epoch */
	enum pause_kind kind;
	const char *scope; /* "fleet" or "wallets/NAME" */
	const char *actor, *reason;
	int64_t at_ms;
	int64_t lifted_ms; /* 0: it holds */
	const char *lifted_by;
	bool latched; /* durable in pause.latch only, for want of disk; it becomes a row later */
};

/* In the lane, urgent and emergency: works with a full disk, at the last by pause.latch
 * (out->latched, scope "fleet" only). ERR_INVALID: the reason is longer than 500 bytes. */
enum err pause_add(struct turn *t, enum pause_kind kind, const char *scope, const char *reason,
		   struct pause *out) MUST_USE;
/* In the lane. Lifts every pause of the scope that holds, a latched one too; *n_out: how many. */
enum err pause_lift(struct turn *t, const char *scope, size_t *n_out) MUST_USE;
/* The pauses that hold, lockdowns before pauses, each newest first; at most `limit`. `scope` NULL:
 * of all scopes. */
enum err pause_active(struct turn *t, const char *scope, size_t limit, struct pause **out,
		      size_t *n_out) MUST_USE;
/* The newest epoch ever given; 0: none. What an operation notes when it is run. */
enum err pause_epoch(struct turn *t, int64_t *epoch_out) MUST_USE;

#endif
