/* server/core/safe.h - changing where home is is slow: a new safe address counts after a delay,
 * unless the chain never had one. In the lane. */
#ifndef SERVER_CORE_SAFE_H
#define SERVER_CORE_SAFE_H

#include "store/safe_list.h"

/* ERR_EXISTS: it is on the list. ERR_INVALID: the zero address, or one of our own wallets. */
enum err safe_add(struct turn *t, struct eth_addr a, const char *label,
		  struct safe_address *out) MUST_USE;
/* At once. ERR_MISSING: not on the list. */
enum err safe_remove(struct turn *t, struct eth_addr a, struct safe_address *out) MUST_USE;

/* Of the configuration: seeds an empty list (ACTIVE); later entries are proposals (PENDING). */
enum err safe_propose(struct turn *t, const struct eth_addr *list, size_t n) MUST_USE;

#endif
