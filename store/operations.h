/* store/operations.h - long-running jobs and their steps, one a wallet.
 * Tables: operations, steps, step_tokens. What changes something is for the lane.
 */
#ifndef STORE_OPERATIONS_H
#define STORE_OPERATIONS_H

#include "store/base/turn.h"

/* On disk as these numbers; the same as the contract's. Never renumber. */
enum op_kind {
	OP_FUND = 1,
	OP_EXTRACT = 2,
	OP_EVACUATE = 3,
	OP_CHECK = 4,
	OP_ROTATE = 5,
	OP_START = 6, /* these and CHECK have no steps and move no money */
	OP_STOP = 7,
	OP_RESTART = 8,
};
enum op_state {
	OP_PLANNING = 1,
	OP_PLANNED = 2,
	OP_RUNNING = 3,
	OP_DONE = 4,
	OP_PARTLY = 5,
	OP_FAILED = 6,
	OP_CANCELLED = 7,
};
enum step_state {
	STEP_PLANNED = 1,
	STEP_RUNNING = 2,
	STEP_DONE = 3,
	STEP_SKIPPED = 4,
	STEP_FAILED = 5,
	STEP_BLOCKED = 6,
	STEP_CANCELLED = 7,
};

struct operation {
	int64_t id;
	enum op_kind kind;
	enum op_state state;
	const char *actor;
	int64_t source; /* the paying wallet; 0: none */
	bool has_dest;
	struct eth_addr dest;
	struct wei target;   /* fund: what each shall hold */
	const char *profile; /* "": any */
	bool native_only, accept_tax, cancelling;
	int64_t expand; /* wallets up to this id have a step; -1: all have */
	bool has_hash;
	struct eth_hash plan_hash;
	int64_t expires_ms, run_epoch, created_ms, run_ms, end_ms;
	struct wei total_value, total_fee, total_loan; /* of the plan */
	struct wei funds;                              /* what the source held when planned */
	struct wei moved, fees_paid;
	const char *text;
	const char *warnings; /* lines */
	const char *trace; /* traceparent of the call that ran it, till then of the one that planned
			    * it; "" or NULL: none */
	int64_t version;
};

struct step {
	int64_t id, operation, wallet;
	enum step_state state;
	bool planned;
	struct wei value, max_fee, loan;
	uint64_t gas;
	struct wei moved, fees_paid;
	int64_t next_ms, tries;
	const char *text;
	/* of the wallet, read along */
	const char *wallet_name;
	struct eth_addr addr;
};

struct step_token {
	int64_t step;
	struct eth_addr token;
	struct wei amount, tax;
};

struct step_counts {
	int64_t total, planned, running, done, skipped, failed, blocked, cancelled;
};

/* Sets id and version. */
enum err operation_add(struct turn *t, struct operation *o) MUST_USE;
/* ERR_MISSING: no such operation. */
enum err operation_get(struct turn *t, int64_t id, struct operation *out) MUST_USE;
/* Writes everything but id, kind, actor and created_ms; version + 1.
 * ERR_STALE: no longer at o->version. */
enum err operation_save(struct turn *t, struct operation *o) MUST_USE;
/* The newest first, id < before (0: from the newest); states: bits 1 << enum op_state, 0: any. */
enum err operation_list(struct turn *t, unsigned states, int64_t before, size_t limit,
			struct operation **out, size_t *n_out) MUST_USE;
/* Those in one of the live states (PLANNING, PLANNED, RUNNING) with id > after, by id. */
enum err operation_live(struct turn *t, enum op_state state, int64_t after, size_t limit,
			struct operation **out, size_t *n_out) MUST_USE;
/* PLANNED ones that nobody may run any more since before_ms, by id. */
enum err operation_expired(struct turn *t, int64_t before_ms, size_t limit, struct operation **out,
			   size_t *n_out) MUST_USE;
enum err operation_count(struct turn *t, int64_t counts_out[OP_CANCELLED + 1]) MUST_USE;

/* ERR_EXISTS (without a word): the operation has a step for the wallet. */
enum err step_add(struct turn *t, struct step *s) MUST_USE;
enum err step_get(struct turn *t, int64_t id, struct step *out) MUST_USE;
enum err step_save(struct turn *t, const struct step *s) MUST_USE;
/* id > after, by id; states as above with enum step_state. */
enum err step_list(struct turn *t, int64_t operation, unsigned states, int64_t after, size_t limit,
		   struct step **out, size_t *n_out) MUST_USE;
enum err step_unplanned(struct turn *t, int64_t operation, size_t limit, struct step **out,
			size_t *n_out) MUST_USE;
/* PLANNED, RUNNING or BLOCKED, due, and without a live intent. */
enum err step_due(struct turn *t, int64_t operation, size_t limit, struct step **out,
		  size_t *n_out) MUST_USE;
/* The same, whenever they are due. */
enum err step_due_any(struct turn *t, int64_t operation, size_t limit, struct step **out,
		      size_t *n_out) MUST_USE;
enum err step_count(struct turn *t, int64_t operation, struct step_counts *out) MUST_USE;
/* A step is PLANNED, RUNNING or BLOCKED: cheap, whatever their number. */
enum err step_any_open(struct turn *t, int64_t operation, bool *out) MUST_USE;
/* Another step than the wallet's is PLANNED or RUNNING, or BLOCKED and due before soon_ms. */
enum err step_others_go_on(struct turn *t, int64_t operation, int64_t wallet, int64_t soon_ms,
			   bool *out) MUST_USE;
/* Every PLANNED or BLOCKED step becomes CANCELLED: of an operation that never ran. */
enum err step_cancel_all(struct turn *t, int64_t operation) MUST_USE;
/* An unfinished step of any RUNNING operation is about the wallet. */
enum err step_uses_wallet(struct turn *t, int64_t wallet, bool *out) MUST_USE;
/* An unfinished step of a RUNNING extract or evacuation holds the wallet: the engine keeps off. */
enum err step_holds_wallet(struct turn *t, int64_t wallet, bool *out) MUST_USE;

enum err step_token_set(struct turn *t, const struct step_token *s) MUST_USE;
/* Those of the steps with after < id <= last, by step and token. */
enum err step_token_range(struct turn *t, int64_t operation, int64_t after, int64_t last,
			  struct step_token **out, size_t *n_out) MUST_USE;

/* What a step's plan moves: little of each, as there may be 100,000. */
struct step_plan {
	int64_t id, wallet;
	struct eth_addr addr;
	enum step_state state;
	struct wei value, max_fee, loan;
};
/* Those with id > after, by id, at most `room`. */
enum err step_plans(struct turn *t, int64_t operation, int64_t after, size_t room,
		    struct step_plan *out, size_t *n_out) MUST_USE;

/* The sums of a plan, a row a token (`step` is then the operation). */
enum err operation_token_set(struct turn *t, int64_t operation,
			     const struct step_token *s) MUST_USE;
enum err operation_tokens(struct turn *t, int64_t operation, size_t limit, struct step_token **out,
			  size_t *n_out) MUST_USE;

#endif
