/* server/eth/hd.h - one seed, many keys: BIP-39 words, BIP-32 derivation, BIP-44 paths.
 *
 * entropy (16..32 bytes) <-> words -> seed (PBKDF2, no passphrase) -> m/44'/60'/0'/0/i.
 * This never changes: a recovery kit holds words and an index range, and any wallet program
 * must find the same addresses.
 */
#ifndef SERVER_ETH_HD_H
#define SERVER_ETH_HD_H

#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"
#include "store/base/types.h"

struct turn;

enum { HD_ENTROPY_MIN = 16, HD_ENTROPY_MAX = 32, HD_SEED = 64, HD_WORDS_MAX = 24 };
#define HD_INDEX_MAX 0x7fffffffu

/* n: 16, 20, 24, 28 or 32 bytes, else ERR_INVALID. The words are in the turn's memory, which is
 * cleared when the turn ends. */
enum err hd_words(struct turn *t, const uint8_t *entropy, size_t n,
		  const char **words_out) MUST_USE;

/* 12 to 24 words of the English list, any case, any white space between them. ERR_INVALID says
 * which word (by number, not by text) is unknown, or that the checksum does not hold.
 * The caller wipes `out`, which is zero on failure. */
enum err hd_entropy(struct turn *t, const char *words, uint8_t out[HD_ENTROPY_MAX],
		    size_t *n_out) MUST_USE;

/* BIP-39. `words` as hd_words writes them; `passphrase` is taken as it is ("" for ours), so it
 * must be NFKD already (ASCII is). The caller wipes `out`. */
void hd_seed(struct turn *t, const char *words, const char *passphrase, uint8_t out[HD_SEED]);

/* BIP-32 private nodes; siblings of the below, for other paths. Indexes from 2^31 are hardened.
 * ERR_BROKEN: the one index in 2^127 that has no key; take the next. */
struct hd_node {
	struct secret key;
	uint8_t chain[32];
};

void hd_node_clear(struct hd_node *node);
enum err hd_master(struct turn *t, const uint8_t *seed, size_t n, struct hd_node *out) MUST_USE;
enum err hd_child(struct turn *t, const struct hd_node *parent, uint32_t index,
		  struct hd_node *out) MUST_USE;

/* m/44'/60'/0'/0, derived once for many wallets (the 2,048 rounds of PBKDF2 are in here). Clear
 * it; HD_BRANCH does so when its scope ends. */
struct hd_branch {
	struct hd_node node;
	uint8_t pub[33]; /* compressed, as its children hash it */
};

void hd_branch_clear(struct hd_branch *b);
#define HD_BRANCH __attribute__((cleanup(hd_branch_clear)))
enum err hd_branch_open(struct turn *t, const uint8_t *entropy, size_t n,
			struct hd_branch *out) MUST_USE;
enum err hd_branch_key(struct turn *t, const struct hd_branch *b, uint32_t index,
		       struct secret *key_out) MUST_USE;

/* The same for another program's words: any path that ends above the wallets ("" or NULL:
 * "m/44'/60'/0'/0"), and BIP-39's passphrase as a person types it: made NFKD here. ERR_INVALID says
 * what is wrong with words or path. Clear it too. */
enum err hd_phrase_open(struct turn *t, const char *words, const char *passphrase, const char *path,
			struct hd_branch *out) MUST_USE;

/* m/44'/60'/0'/0/index in one step, for one wallet. */
enum err hd_wallet_key(struct turn *t, const uint8_t *entropy, size_t n, uint32_t index,
		       struct secret *key_out) MUST_USE;

#endif
