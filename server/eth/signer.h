/* server/eth/signer.h - the only place that uses a private key.
 *
 * It signs transactions, never hashes, and no more than the grant it is handed allows. Signatures
 * are RFC 6979 and low-s: the same transaction always gives the same bytes, so signing again
 * after a crash changes nothing.
 */
#ifndef SERVER_ETH_SIGNER_H
#define SERVER_ETH_SIGNER_H

#include <stdbool.h>

#include "server/eth/key.h"
#include "server/eth/keyring.h"
#include "server/eth/tx.h"

/* What the store's transaction allows this one signature; a zero grant allows nothing. Filled
 * from the caps that were read in the same transaction that stores the result. */
struct grant {
	uint64_t chain_id;        /* exactly this one; never 0 */
	struct wei max_value;     /* wei that the transaction carries */
	struct wei max_fee_total; /* gas * max_fee */
	bool any_to;              /* else only `to` */
	struct eth_addr to;
	bool may_call; /* the transaction may have data; without it a plain transfer */
};

/* Sign for `from` with the key that `sealed_key` holds.
 * REASON_CAP_EXCEEDED: value or fee above the grant; REASON_PERMISSION_DENIED: a recipient or a
 * call that it does not allow; REASON_CHAIN_MISMATCH; REASON_ADDRESS_MISMATCH: the key was sealed
 * for another address; REASON_KEYS_LOCKED: kr is NULL; REASON_WATCH_ONLY: no sealed bytes;
 * ERR_INVALID: not a transaction that a chain takes (no gas, a tip above the fee, a contract
 * creation: we make none); ERR_BROKEN: the sealed bytes were changed. */
enum err signer_sign(struct turn *t, const struct keyring *kr, struct bytes sealed_key,
		     struct eth_addr from, const struct grant *g, const struct eth_tx *tx,
		     struct raw_tx *out) MUST_USE;

#endif
