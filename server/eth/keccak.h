/* server/eth/keccak.h - Keccak-256 as Ethereum uses it: the padding from before FIPS 202, so it
 * is not SHA3-256. Never fails. */
#ifndef SERVER_ETH_KECCAK_H
#define SERVER_ETH_KECCAK_H

#include <nettle/sha3.h>

#include "store/base/types.h"

void keccak256(const void *p, size_t n, struct eth_hash *out);

/* The same in pieces: init, any number of updates, one final. */
struct keccak {
	struct sha3_state state;
	size_t at; /* bytes absorbed into the present block */
};

void keccak_init(struct keccak *k);
void keccak_update(struct keccak *k, const void *p, size_t n);
void keccak_final(struct keccak *k, struct eth_hash *out);

#endif
