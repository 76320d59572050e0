/* server/eth/multicall.h - many calls in one, of one block: aggregate3 of the contract Multicall3,
 * which stands at the same address on most chains.
 *
 * The contract itself is then who calls: for questions whose answer does not depend on that. And
 * the calls share one stock of gas: what failed in company is worth asking alone.
 */
#ifndef SERVER_ETH_MULTICALL_H
#define SERVER_ETH_MULTICALL_H

#include <stdbool.h>

#include "store/base/err.h"
#include "store/base/types.h"

struct turn;

extern const struct eth_addr multicall_addr; /* 0xcA11bde05977b3631167028862bE2a173976CA11 */

enum { MULTICALL_MAX = 256 };

struct multicall_ask {
	struct eth_addr to;
	struct bytes data;
};

struct multicall_answer {
	bool succeeded;
	struct bytes data; /* what it returned, or revert data; borrows */
};

/* The call's data for 1 to MULTICALL_MAX calls, none of which fails the others. ERR_INVALID:
 * together longer than ABI_DATA_MAX. */
enum err multicall_encode(struct turn *t, const struct multicall_ask *asks, size_t n,
			  struct bytes *out) MUST_USE;

/* ERR_INVALID: `data` is not n answers. */
enum err multicall_decode(struct turn *t, struct bytes data, size_t n,
			  struct multicall_answer *out) MUST_USE;

#endif
