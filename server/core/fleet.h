/* server/core/fleet.h - the fleet as a whole: one look at it, stopping it, starting it. */
#ifndef SERVER_CORE_FLEET_H
#define SERVER_CORE_FLEET_H

#include "store/chain.h"
#include "store/events.h"
#include "store/intents.h"
#include "store/operations.h"
#include "store/pauses.h"
#include "store/wallets.h"

enum { FLEET_PAUSES = 16, FLEET_RECENT = 10, FLEET_PROBLEMS = 12 };

enum fleet_state { FLEET_RUNNING = 1, FLEET_PAUSED = 2, FLEET_LOCKDOWN = 3 };

struct fleet {
	enum fleet_state state;
	struct pause *pauses;
	size_t n_pauses;
	struct wallet_counts wallets;
	int64_t operations[OP_CANCELLED + 1];
	int64_t held;
	int64_t transactions[TX_REVIEW + 1];
	struct chain chain;
	size_t endpoints, endpoints_ok;
	struct wei money;
	int64_t oldest_ms;
	const char *problems[FLEET_PROBLEMS];
	size_t n_problems;
	int64_t last_event;
	struct event *recent;
	size_t n_recent;
};

/* What tells this fleet from every other, 16 hex digits: made once, at the first start, and kept
 * with the store. In the lane; fine when it is there. */
enum { FLEET_ID_TEXT = 17 };
enum err fleet_id_make(struct turn *t) MUST_USE;
/* ERR_MISSING: the store has none yet. */
enum err fleet_id(struct turn *t, char out[FLEET_ID_TEXT]) MUST_USE;

/* Reading only. */
enum err fleet_look(struct turn *t, struct fleet *out) MUST_USE;
enum err fleet_state_now(struct turn *t, enum fleet_state *out) MUST_USE;

/* In the lane, urgent, emergency. scope "": the fleet. ERR_MISSING: no such wallet. */
enum err fleet_pause(struct turn *t, const char *scope, enum pause_kind kind, const char *reason,
		     struct pause *out) MUST_USE;

/* In the lane. PAUSED_BY_OTHER: the caller is `loopback` and somebody else paused, or it is a
 * lockdown and the caller is not an admin. */
enum err fleet_resume(struct turn *t, const char *scope, const char *reason, bool admin,
		      bool *changed_out) MUST_USE;

#endif
