/* server/core/standing.h - the standing plan: an evacuation that is asked for begins with the
 * wallets that hold the most, and asks nobody first who they are.
 *
 * There is no price of a token here: what a wallet holds is worth the sum of its shares of all that
 * the fleet has of each asset, ether and stakes among them.
 */
#ifndef SERVER_CORE_STANDING_H
#define SERVER_CORE_STANDING_H

#include "store/operations.h"
#include "store/standing.h"

/* Reading only, page by page: from what was heard of the wallets last. */
enum err standing_make(struct turn *t, struct standing *out) MUST_USE;

/* Pure: another order, other wallets, or values that moved by more than a hundredth. */
bool standing_differs(const struct standing *a, const struct standing *b);

/* In the lane. */
enum err standing_keep(struct turn *t, const struct standing *s) MUST_USE;

/* In the lane: the steps of an evacuation as far as the plan goes, most valuable first, and what
 * the whole of it will move. *text_out is for people. */
enum err standing_begin(struct turn *t, struct operation *o, const char **text_out) MUST_USE;

#endif
