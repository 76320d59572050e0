/* server/core/burn.h - how fast a wallet uses up its balance: an estimate, for figures only. */
#ifndef SERVER_CORE_BURN_H
#define SERVER_CORE_BURN_H

#include "store/burns.h"

/* Pure: what a balance seen now makes of it. A rise is a top-up and no news; a fall by more than
 * half is money that was taken out: history begins anew. */
struct burn burn_after(struct burn b, double balance, int64_t now_ms);
/* Pure. Ether an hour, in the mean of about the last week; below 0 with less than an hour of it. */
double burn_per_hour(const struct burn *b);
/* In the lane: the next wallets whose balance is another than it was; at most `limit`. */
enum err burns_take(struct turn *t, int64_t *after, size_t limit, bool *more_out) MUST_USE;

#endif
