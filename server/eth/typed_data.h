/* server/eth/typed_data.h - structured data as wallets sign it: EIP-712, in the JSON form of
 * eth_signTypedData_v4:
 *
 *     {"types":{"Mail":[{"name":"to","type":"address"},...]},"primaryType":"Mail",
 *      "domain":{"name":"...","chainId":1},"message":{"to":"0x...",...}}
 *
 * EIP712Domain may be left out of the types; it then has the fields that the domain has. Numbers
 * are JSON numbers, or text in decimal or 0x hex. Strict: a field that is missing, or that the
 * type does not have, is refused: nobody shall sign less than they see.
 */
#ifndef SERVER_ETH_TYPED_DATA_H
#define SERVER_ETH_TYPED_DATA_H

#include "store/base/err.h"
#include "store/base/types.h"

struct turn;

/* Text, types, fields of one type, values in all, nesting. */
enum {
	TYPED_DATA_MAX = 256 << 10,
	TYPED_DATA_TYPES = 64,
	TYPED_DATA_FIELDS = 64,
	TYPED_DATA_VALUES = 16384,
	TYPED_DATA_DEPTH = 16,
};

/* keccak256(0x19 0x01 || domain separator || hash of the message): what is signed. ERR_INVALID
 * says what is wrong, and at which type or field. */
enum err typed_data_hash(struct turn *t, struct bytes json, struct eth_hash *out) MUST_USE;

/* encodeData of the message alone: its type's hash, and one word for each field. */
enum err typed_data_encode(struct turn *t, struct bytes json, struct bytes *out) MUST_USE;

#endif
