/* store/standing.h - the standing plan of an evacuation: who holds the most, as known so far.
 * Tables: standing, standing_sum. What changes something is for the lane.
 */
#ifndef STORE_STANDING_H
#define STORE_STANDING_H

#include "store/base/turn.h"

enum { STANDING_MOST = 500 };

struct standing_place {
	int64_t wallet;
	struct wei value; /* its ether when the plan was made */
};

struct standing {
	struct standing_place *places; /* the most valuable first, at most STANDING_MOST */
	size_t n;
	int64_t wallets;  /* of the fleet that hold anything, also beyond those */
	struct wei value; /* all their ether */
	int64_t made_ms;  /* 0: there is none yet */
};

/* Instead of the one before. */
enum err standing_set(struct turn *t, const struct standing *s) MUST_USE;
enum err standing_get(struct turn *t, struct standing *out) MUST_USE;

/* What is known of a wallet, for making the plan. */
struct wealth {
	int64_t wallet;
	struct wei ether, stake;
};
/* Fleet wallets with a key, retired ones too, id > after, by id. */
enum err wealth_list(struct turn *t, int64_t after, size_t limit, struct wealth **out,
		     size_t *n_out) MUST_USE;

struct wealth_token {
	int64_t wallet;
	struct eth_addr token;
	struct wei amount;
};
/* Of the wallets with after < id <= last. */
enum err wealth_tokens(struct turn *t, int64_t after, int64_t last, struct wealth_token **out,
		       size_t *n_out) MUST_USE;

#endif
