/* server/eth/tx.h - transactions as bytes: legacy with EIP-155, EIP-2930 (type 1), EIP-1559
 * (type 2) and EIP-7702 (type 4), in the envelope of EIP-2718. Signing is in signer.h, which signs
 * none of type 4: code that acts for a wallet is nothing this fleet gives away. */
#ifndef SERVER_ETH_TX_H
#define SERVER_ETH_TX_H

#include <stdbool.h>

#include "store/base/err.h"
#include "store/base/types.h"

struct turn;

/* The numbers are EIP-2718's; they are stored. */
enum eth_tx_type {
	ETH_TX_LEGACY = 0,
	ETH_TX_ACCESS_LIST = 1,
	ETH_TX_FEE_MARKET = 2,
	/* 3 carries blobs (EIP-4844): refused by name. */
	ETH_TX_SET_CODE = 4,
};

/* An encoded transaction is never longer than this: what MegaETH takes, above geth's 128 KiB. */
enum { ETH_TX_MAX = 1 << 20 };

struct eth_tx {
	enum eth_tx_type type;
	uint64_t chain_id; /* 0: a legacy transaction from before EIP-155; never signed here */
	uint64_t nonce, gas;
	bool has_to; /* false: creates a contract */
	struct eth_addr to;
	struct wei value;
	struct wei max_fee; /* per gas; types 0 and 1: the gas price */
	struct wei max_tip; /* per gas; types 0 and 1: not used */
	struct bytes data;
	struct bytes access_list; /* the encoded items of the list (EIP-2930); empty: none */
	struct bytes auth_list;   /* likewise, of type 4; never empty there (EIP-7702) */
};

/* A signed transaction: what is stored before it is sent, and the name the chain knows it by. */
struct raw_tx {
	struct bytes raw;
	struct eth_hash hash;
};

struct eth_signature {
	uint8_t r[32], s[32];
	uint8_t parity; /* of y: 0 or 1 */
};

/* gas * max_fee + value: what the sender must hold. False: above 2^256-1. */
bool eth_tx_cost(const struct eth_tx *tx, struct wei *fee_out, struct wei *total_out);

/* The rules every chain has: a usable nonce, a tip not above the fee. ERR_INVALID. */
enum err eth_tx_check(struct turn *t, const struct eth_tx *tx) MUST_USE;

/* What is signed. ERR_INVALID: it cannot be encoded (longer than ETH_TX_MAX). */
enum err eth_tx_sighash(struct turn *t, const struct eth_tx *tx, struct eth_hash *out) MUST_USE;

/* The bytes to send, and their hash. Errors as above. */
enum err eth_tx_encode_signed(struct turn *t, const struct eth_tx *tx,
			      const struct eth_signature *sig, struct raw_tx *out) MUST_USE;

/* Strict: exactly one transaction, every number minimal and in range, s in the lower half
 * (EIP-2), the tip at most the fee. *out borrows from `raw`. The sender is recovered when
 * `sender_out` is not NULL. ERR_INVALID says what is wrong. */
enum err eth_tx_decode(struct turn *t, struct bytes raw, struct eth_tx *out,
		       struct eth_addr *sender_out) MUST_USE;

/* One line of a type 4's list: the authority lets the code of `code` act for it. */
struct eth_authorization {
	struct wei chain_id;  /* 0: on every chain */
	struct eth_addr code; /* zero: takes the code away again */
	uint64_t nonce;
	bool signed_by_known; /* false: the signature is nobody's, and the chain skips the line */
	struct eth_addr signed_by;
};

/* The list of a decoded type 4; none for other types. */
enum err eth_tx_authorizations(struct turn *t, const struct eth_tx *tx,
			       const struct eth_authorization **out, size_t *n_out) MUST_USE;

/* What an authority signs: keccak256(0x05 || rlp([chain id, code, nonce])). */
void eth_authorization_hash(struct turn *t, const struct eth_authorization *a,
			    struct eth_hash *out);

#endif
