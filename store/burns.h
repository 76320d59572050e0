/* store/burns.h - what wallets use up and wait for: the figures that rules about wallets need.
 *
 * Table: wallet_burns. Estimates in ether, for people; no payment is ever made of them.
 */
#ifndef STORE_BURNS_H
#define STORE_BURNS_H

#include "store/base/turn.h"

struct burn {
	int64_t wallet;
	double balance; /* when it was looked at last */
	int64_t at_ms, since_ms;
	double burnt; /* falls of the balance, each less by e for every week that passed */
};
/* ERR_MISSING (without a word): never looked at. */
enum err burn_get(struct turn *t, int64_t wallet, struct burn *out) MUST_USE;
enum err burn_list(struct turn *t, int64_t after, size_t limit, struct burn **out,
		   size_t *n_out) MUST_USE;
/* In the lane. */
enum err burn_put(struct turn *t, const struct burn *b) MUST_USE;

/* The oldest transaction of each wallet that was signed and is in no block, by wallet. */
struct waiting {
	int64_t wallet, since_ms;
};
enum err waiting_oldest(struct turn *t, size_t limit, struct waiting **out, size_t *n_out) MUST_USE;

/* Of the wallets that act by this profile: how many, and when the first and last of them acted
 * last; 0: one never did. */
struct pace_span {
	int64_t n, newest_ms, oldest_ms;
};
enum err pace_span(struct turn *t, const char *profile, struct pace_span *out) MUST_USE;

#endif
