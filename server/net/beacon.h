/* server/net/beacon.h - typed questions to several Beacon nodes at once.
 *
 * A source is one URL, by its place in the options. Every question goes to the sources that `ask`
 * names, at once; what each of them said is kept apart, as it is for core to count the votes. A
 * missing, wrong, oversized or hostile answer is "not known", never zero and never "no".
 * What a node lacks is found out and remembered: POST forms, repeated ids, comma lists.
 * Results are in the turn's memory. Amounts are gwei; epochs far away are -1.
 * Threads: a bn belongs to one thread.
 * Serves: the Beacon API (ethereum/beacon-APIs), Lodestar 1.5.1 and newer nodes.
 */
#ifndef SERVER_NET_BEACON_H
#define SERVER_NET_BEACON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/turn.h"

struct bn;

enum { BN_SOURCES = 8 };

struct bn_options {
	const char *const *urls; /* http or https; may hold credentials; copied */
	size_t n;                /* at most BN_SOURCES */
	int64_t within_ms;       /* one round; 0: 10,000 */
	const char *ca_file;
};

/* Caller owns *out. ERR_INVALID: no source, too many. */
enum err bn_open(struct turn *t, const struct bn_options *o, struct bn **out) MUST_USE;
void bn_close(struct bn *b); /* NULL is fine */
size_t bn_count(const struct bn *b);

/* How the last questions to a source went, since bn_news was asked last. */
struct bn_news {
	unsigned asked, failed;
	const char *said; /* of the last failure, with its layer: "TCP: refused", "HTTP 500: ..." */
};
struct bn_news bn_news(struct turn *t, struct bn *b, size_t source);

/* ---- beacon_node.c: the node itself ---- */

struct bn_look {
	bool answered;
	bool syncing, optimistic, el_offline;
	int64_t head_slot;
	int64_t took_us;
	const char *said; /* when not answered: the layer that failed, and how */
};
/* out[bn_count]. */
void bn_look(struct turn *t, struct bn *b, struct bn_look *out);

struct bn_chain {
	bool known; /* all but client and peers */
	int64_t genesis_ms;
	struct eth_hash genesis_root;
	int64_t slot_ms, slots;
	const char *network; /* CONFIG_NAME */
	const char *client;  /* "" unknown */
	int64_t peers;       /* -1: unknown */
};
void bn_chain(struct turn *t, struct bn *b, const bool *ask, struct bn_chain *out);

struct bn_finality {
	bool known;
	int64_t finalized;
};
void bn_finality(struct turn *t, struct bn *b, const bool *ask, struct bn_finality *out);

/* ---- beacon_validators.c: many of them, in batches ---- */

struct bn_validator {
	bool known;
	bool absent; /* the node was asked for it alone and does not know the key */
	int64_t index;
	const char *status; /* "active_ongoing" */
	int64_t balance, effective;
	bool slashed;
	int64_t activation, exit, withdrawable;
};
/* At the node's head. out[source][i] belongs to keys[i]; NULL for a source that was not asked. */
void bn_validators(struct turn *t, struct bn *b, const bool *ask, const struct pubkey *keys,
		   size_t n, struct bn_validator *out[BN_SOURCES]);

enum bn_live { BN_UNTOLD, BN_LIVE, BN_NOT_LIVE };
/* Whether they were seen in that epoch, by the chain's indices. */
void bn_liveness(struct turn *t, struct bn *b, const bool *ask, int64_t epoch,
		 const int64_t *indices, size_t n, uint8_t *out[BN_SOURCES]);

/* What the attestation of an epoch brought; below 0: what it cost. */
struct bn_reward {
	bool known;
	int64_t head, target, source, inactivity;
};
/* Of the first source of `ask` that offers it. False: none did. */
bool bn_rewards(struct turn *t, struct bn *b, const bool *ask, int64_t epoch,
		const int64_t *indices, size_t n, struct bn_reward *out);

/* ---- beacon_blocks.c ---- */

struct bn_proposers {
	bool known;
	int64_t *index; /* by slot of the epoch; -1: not told */
};
void bn_proposers(struct turn *t, struct bn *b, const bool *ask, int64_t epoch, int64_t slots,
		  struct bn_proposers *out);

enum bn_block { BN_BLOCK_UNTOLD, BN_BLOCK_THERE, BN_BLOCK_NONE };
/* Whether the slot has a block. */
void bn_blocks(struct turn *t, struct bn *b, const bool *ask, const int64_t *slots, size_t n,
	       uint8_t *out[BN_SOURCES]);

/* The share of the sync committee that signed for the head block, in parts per million. */
struct bn_sync_share {
	bool known;
	int64_t slot, ppm;
};
void bn_sync_shares(struct turn *t, struct bn *b, const bool *ask, struct bn_sync_share *out);

#endif
