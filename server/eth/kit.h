/* server/eth/kit.h - the recovery kit as a file: sealed bytes to facts and back.
 *
 * The file (docs/KIT.md):  8 magic "GFKIT\r\n\x1a", 1 version (1), 1 kdf (1: scrypt), 1 log2 n, 1
 * r, 1 p, 32 salt, 24 nonce, box(text) The box is libsodium's secretbox (XSalsa20-Poly1305) under
 * scrypt(passphrase, salt); the text is one JSON object. Whoever has the passphrase and a scripting
 * language can open it without us. This never changes; a later version has another number.
 */
#ifndef SERVER_ETH_KIT_H
#define SERVER_ETH_KIT_H

#include <stdbool.h>

#include "server/eth/keyring.h"
#include "store/base/types.h"

enum {
	KIT_HEAD = 69,
	KIT_FILE_MAX = 8 << 20,
	KIT_KEYS_MAX = 10000,
	KIT_SAFE_MAX = 256,
	KIT_TOKENS_MAX = 8,
	KIT_PASSPHRASE_MIN = 12,
};

/* 128 MiB and about half a second. */
#define KIT_COST ((struct keyring_cost){ .log2_n = 17, .r = 8, .p = 1 })

struct kit_key {
	const char *name;
	struct eth_addr addr;
	struct secret key;
	bool funder;
};

struct kit_safe {
	uint64_t chain_id;
	struct eth_addr addr;
	const char *label;
	bool active; /* it was, when the kit was made */
};

struct kit_token {
	struct eth_addr addr;
	const char *symbol;
	unsigned decimals, tax_bps;
};

struct kit {
	const char *fleet; /* what the daemon called itself */
	int64_t created_ms;
	uint64_t chain_id;
	bool has_genesis;
	struct eth_hash genesis;
	const char *words; /* NULL: no seed */
	int64_t indices;   /* 0 to indices - 1 were in use */
	struct kit_key *keys;
	size_t n_keys;
	struct kit_safe *safe;
	size_t n_safe;
	bool has_stake;
	struct eth_addr stake; /* the contract that holds the stakes */
	struct kit_token *tokens;
	size_t n_tokens;
};

/* ERR_INVALID: a passphrase of less than KIT_PASSPHRASE_MIN bytes. ERR_FULL: more than a file may
 * hold. *out is in the turn's memory, as is all that is in the clear meanwhile. */
enum err kit_seal(struct turn *t, const struct kit *k, struct keyring_cost cost,
		  const char *passphrase, size_t n, struct bytes *out) MUST_USE;

/* Opens and checks everything: words, keys against addresses. WRONG_PASSPHRASE: or a byte of it was
 * changed. ERR_INVALID: not a kit, a newer version, or a cost above the cap. */
enum err kit_open(struct turn *t, struct bytes file, const char *passphrase, size_t n,
		  struct kit *out) MUST_USE;

/* SHA-256 of the file, by which a kit is known. */
struct eth_hash kit_digest(struct bytes file);

#endif
