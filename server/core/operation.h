/* server/core/operation.h - the life of a money operation: PLANNING → PLANNED {hash, expires} →
 * run with that hash → RUNNING → DONE | PARTLY | FAILED | CANCELLED. In the lane.
 */
#ifndef SERVER_CORE_OPERATION_H
#define SERVER_CORE_OPERATION_H

#include "server/core/shared.h"
#include "store/operations.h"

enum { NAMED_WALLETS_MAX = 1000 };

/* Which wallets: names or a profile. Nothing set: every active fleet wallet that holds a key. */
struct selection {
	const char *const *names; /* at most NAMED_WALLETS_MAX */
	size_t n_names;
	const char *profile; /* "" or NULL: any */
};

/* NO_FUNDER, ERR_MISSING (a wallet), WATCH_ONLY (the paying one), ERR_REFUSED (a retired one),
 * KEY_NOT_BACKED_UP (also when it is run).
 * source NULL: the configured one. */
enum err operation_plan_fund(struct turn *t, const struct selection *sel, struct wei target,
			     const char *source, struct operation *out) MUST_USE;

/* NOT_SAFE_LISTED. dest NULL: the only ACTIVE safe address of the chain. */
enum err operation_plan_extract(struct turn *t, const struct selection *sel,
				const struct eth_addr *dest, bool native_only,
				struct operation *out) MUST_USE;

/* In the lane, urgent: pauses the fleet and begins to bring everything of every wallet home, of the
 * retired ones too and of the funder last: RUNNING at once, from the standing plan. NOT_SAFE_LISTED
 * as above. */
enum err operation_evacuate(struct turn *t, const struct eth_addr *dest, const char *reason,
			    struct operation *out) MUST_USE;

/* One without steps and money: it runs at once. `text`: what was asked for. */
enum err operation_begin_plain(struct turn *t, enum op_kind kind, const char *text,
			       struct operation *out) MUST_USE;
/* Such a one: asks every endpoint. */
enum err operation_check_endpoints(struct turn *t, struct operation *out) MUST_USE;
enum err operation_check_done(struct turn *t, int64_t id, bool fine, const char *text) MUST_USE;

/* ---- planning, by a tick ---- */

/* Up to `limit` more steps for the operation's selection; those that are there stay. */
enum err operation_expand(struct turn *t, struct operation *o, size_t limit) MUST_USE;

/* What one pass over the steps finds. The hash is over everything of the plan that moves money, in
 * order of the steps. */
struct survey {
	int64_t version; /* of the operation that was looked at */
	struct eth_hash hash;
	int64_t act, skip, broken;
	struct wei value, fee, loan;
	struct wei l1_fee; /* set by who plans: of a transaction, at most; part of the fees */
	struct step_token tokens[TOKENS_MAX];
	size_t n_tokens;
};

/* Reading only, page by page: there may be 100,000 steps. */
enum err operation_survey(struct turn *t, const struct operation *o, struct survey *out) MUST_USE;

/* Every step is planned: totals, caps, warnings, hash → PLANNED, or FAILED where nothing can be
 * done. ERR_STALE: the operation is not the one that was surveyed. */
enum err operation_planned(struct turn *t, int64_t id, const struct survey *v) MUST_USE;
enum err operation_plan_waits(struct turn *t, int64_t id, const char *text) MUST_USE;
enum err operation_plan_failed(struct turn *t, int64_t id, const char *text) MUST_USE;

/* ---- running ---- */

/* PLAN_NOT_READY, PLAN_EXPIRED, PLAN_CHANGED, FLEET_PAUSED (lockdown), ERR_REFUSED (a token takes
 * more than 1 % and that was not accepted; it ran already). *out: as it is now. */
enum err operation_run(struct turn *t, int64_t id, const struct eth_hash *hash, bool accept_tax,
		       struct operation *out) MUST_USE;

/* Nothing new is authorised; what is in flight is followed. Cancelling twice is fine.
 * ERR_REFUSED: it has ended. */
enum err operation_cancel(struct turn *t, int64_t id, const char *reason,
			  struct operation *out) MUST_USE;

/* In the lane: plans that expired an hour ago are cancelled, at most `limit`. */
enum err operation_expire(struct turn *t, size_t limit, size_t *n_out) MUST_USE;

/* CAP_EXCEEDED: with what was spent today the plan is above a cap. */
enum err operation_caps(struct turn *t, const struct operation *o) MUST_USE;

/* A pause holds it: for showing. */
enum err operation_held(struct turn *t, const struct operation *o, bool *out) MUST_USE;

#endif
