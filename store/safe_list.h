/* store/safe_list.h - the addresses that are home, per chain. Table: safe_addresses.
 * Money is brought home to ACTIVE ones only. Rows are never removed. */
#ifndef STORE_SAFE_LIST_H
#define STORE_SAFE_LIST_H

#include "store/base/turn.h"

enum safe_state { SAFE_PENDING = 1, SAFE_ACTIVE = 2, SAFE_REMOVED = 3 };

struct safe_address {
	int64_t id;
	uint64_t chain_id;
	struct eth_addr addr;
	const char *label;
	enum safe_state state; /* PENDING turns ACTIVE at active_ms */
	int64_t created_ms, active_ms;
	const char *actor;
};

/* By id; PENDING whose time has come are shown ACTIVE. At most `limit`. */
enum err safe_list(struct turn *t, uint64_t chain_id, size_t limit, struct safe_address **out,
		   size_t *n_out) MUST_USE;
/* ERR_MISSING (without a word): not on the list of the chain. */
enum err safe_get(struct turn *t, uint64_t chain_id, struct eth_addr a,
		  struct safe_address *out) MUST_USE;
/* In the lane: adds, or brings a removed one back. */
enum err safe_put(struct turn *t, const struct safe_address *s) MUST_USE;

#endif
