/* server/eth/keystore.h - key files of other wallet programs: Web3 Secret Storage, version 3
 * (geth, ethers, cast), read and written. scrypt and PBKDF2 are read, scrypt is written.
 *
 * Reading takes up to a second and 256 MiB: SLOW methods and tools only.
 */
#ifndef SERVER_ETH_KEYSTORE_H
#define SERVER_ETH_KEYSTORE_H

#include "server/eth/keyring.h"
#include "store/base/err.h"
#include "store/base/types.h"

enum { KEYSTORE_FILE_MAX = 64 << 10 };

/* geth's: standard takes 256 MiB and about a second, light 4 MiB and a twentieth of it. */
#define KEYSTORE_STANDARD ((struct keyring_cost){ .log2_n = 18, .r = 8, .p = 1 })
#define KEYSTORE_LIGHT    ((struct keyring_cost){ .log2_n = 12, .r = 8, .p = 6 })

/* The key that a file holds, and its address. Keys shorter than 32 bytes, as old programs wrote
 * them, are filled up. ERR_INVALID says what is not a key file, or costs too much to open;
 * A passphrase that does not open it as it is is tried as ethers would have hashed it (NFKC).
 * REASON_WRONG_PASSPHRASE; REASON_ADDRESS_MISMATCH: the file names an address of another key.
 * The texts repeat nothing of the file. *key_out is cleared on failure. */
enum err keystore_read(struct turn *t, struct bytes json, const char *passphrase, size_t n,
		       struct secret *key_out, struct eth_addr *addr_out) MUST_USE;

/* ERR_INVALID: a passphrase that geth and ethers would read differently (it is not in Unicode's
 * NFKC form), or no UTF-8: a file under it might open in one of them only. */
enum err keystore_passphrase_ok(struct turn *t, const char *passphrase) MUST_USE;

/* One line of JSON. ERR_INVALID: an empty passphrase, not a key, or a cost above the cap. */
enum err keystore_write(struct turn *t, const struct secret *key, struct keyring_cost cost,
			const char *passphrase, size_t n, const char **json_out) MUST_USE;

#endif
