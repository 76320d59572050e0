/* store/base/turn.h - one unit of work: a call being answered, or a tick being run.
 *
 * A turn has one thread, one clock reading, one deadline, one memory, one actor and one log
 * line. Whatever a function hands back lives in the turn's memory and goes when it ends:
 * nobody frees it.
 */
#ifndef STORE_BASE_TURN_H
#define STORE_BASE_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/arena.h"
#include "store/base/err.h"
#include "store/base/types.h"

struct db;
struct store;

/* Where chance comes from: the kernel, or a seed in tests. */
struct chance {
	void (*fill)(void *state, void *out, size_t n);
	void *state;
};

/* What a call brought with it, so that saying it twice does it once. Owned by the door. */
struct request {
	const char *id;     /* "" or NULL: not to be remembered */
	const char *method; /* "ghostfleet.v1.FundingService/PlanFund" */
	struct eth_hash
		body;       /* of the request's bytes: another body under the same id is refused */
	bool secret;        /* the answer holds a secret: it is not kept */
	struct bytes reply; /* the encoded answer, set by the handler or by the replay */
	bool replayed;
};

struct turn {
	struct arena *mem; /* owned by the thread, emptied by turn_end */
	struct store *store;
	struct db *db;           /* this thread's read session; the lane's own inside the lane */
	int64_t now_ms;          /* wall clock, read once at turn_begin */
	int64_t due_ms;          /* monotonic: no wait of this turn goes past it */
	const char *what;        /* "FundingService/PlanFund", "job.broadcast": static text */
	const char *actor;       /* who asked: an identity's name, "loopback", "scheduler" */
	unsigned roles;          /* of the actor, as the door found them; 0 for a tick */
	const char *proof;       /* of the actor: "token", "certificate", "loopback"; NULL: none */
	int64_t proof_until_ms;  /* when that ends; 0: it does not */
	const char *trace;       /* W3C traceparent that came with the call, or with the call that
				  * what is worked on comes from; NULL: none */
	struct request *request; /* NULL for a tick */
	struct chance chance;
	bool in_lane;       /* set by the lane around the function it runs */
	bool urgent;        /* pause, lockdown, cancel, acknowledge: before the others */
	bool emergency;     /* may use the reserve when the disk is full */
	bool validate_only; /* run every rule, keep nothing */
	enum reason reason; /* set with `why` */
	int64_t retry_ms;   /* > 0: RetryInfo for the caller */
	char why[320];      /* one line, set by fail() */
};

/* `mem` and `db` belong to the calling thread; `db` may be NULL where no store is needed.
 * `what` is static; `actor` is borrowed. due_in_ms: from now. */
void turn_begin(struct turn *t, struct store *s, struct db *db, struct arena *mem, const char *what,
		const char *actor, int64_t due_in_ms);

/* Empties the memory. Statements were reset by whoever ran them; the store asserts it. */
void turn_end(struct turn *t);

/* Milliseconds to the deadline; 0 when it passed. */
int64_t turn_left_ms(const struct turn *t);

/* Memory of the turn, zeroed; never NULL. turn_array refuses a product that overflows. */
void *turn_alloc(struct turn *t, size_t size);
void *turn_array(struct turn *t, size_t n, size_t size);
/* Room for one more item behind the n of `array` (NULL when n is 0): the array, or a copy twice as
 * large. For results whose number is not known before they were read. */
void *turn_grow(struct turn *t, void *array, size_t n, size_t *room, size_t size);
char *turn_strdup(struct turn *t, const char *s);
void *turn_memdup(struct turn *t, const void *p, size_t n);
char *turn_printf(struct turn *t, const char *fmt, ...) PRINTF(2, 3);

/* Chance of the turn. */
void turn_random(struct turn *t, void *out, size_t n);
/* Uniform in [0, below); below > 0. */
uint64_t turn_pick(struct turn *t, uint64_t below);

#endif
