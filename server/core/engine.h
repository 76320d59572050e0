/* server/core/engine.h - wallets that act by themselves: one configured contract call each, at
 * their profile's pace, simulated before it is sent, behind a breaker. */
#ifndef SERVER_CORE_ENGINE_H
#define SERVER_CORE_ENGINE_H

#include "server/core/classify.h"
#include "server/core/fees.h"
#include "server/core/shared.h"
#include "server/eth/revert.h"
#include "store/intents.h"
#include "store/wallets.h"

/* What was seen of one wallet and its action. */
struct engine_view {
	bool known; /* else nobody answered: an endpoint's fault, nobody's breaker */
	struct account account;
	bool allowance_known;
	struct wei allowance;
	bool would_revert;
	enum revert_kind revert;
	const char *why;
	uint64_t gas; /* of the action, or of the approve that comes first */
};

enum engine_kind { ENGINE_ACT, ENGINE_APPROVE, ENGINE_REST, ENGINE_FAULT };

struct engine_move {
	enum engine_kind kind;
	int64_t due_ms; /* when to look again */
	const char *text;
};

/* Pure. `chance` below 10,000 spreads the pace. */
struct engine_move engine_decide(const struct profile *p, const struct engine_view *v,
				 int64_t now_ms, unsigned chance);

/* May this wallet be looked at now? In a read: breaker, pause, an operation that holds it, live
 * transactions. *why_out NULL: yes. */
enum err engine_ready(struct turn *t, const struct wallet *w, const char **why_out) MUST_USE;

/* What an act came to: for those who count, after COMMIT. */
struct engine_end {
	enum engine_kind kind; /* ACT, APPROVE: ordered; FAULT: not, and its breaker heard of it */
	enum purpose purpose;  /* FAULT: of what was not ordered, */
	enum owner owner;      /* and whose fault */
	bool opened;           /* its breaker opened by it */
};

/* In the lane: does what was decided, sets the pace. */
enum err engine_act(struct turn *t, int64_t wallet, const struct profile *p,
		    const struct engine_view *v, struct engine_end *out) MUST_USE;

/* In the lane: look again at due_ms. */
enum err engine_later(struct turn *t, int64_t wallet, int64_t due_ms) MUST_USE;

/* The approve that the action needs. */
struct bytes engine_approve_data(struct turn *t, const struct action *a);
bool engine_needs_approve(const struct action *a, const struct engine_view *v);

#endif
