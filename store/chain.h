/* store/chain.h - the chain and its endpoints as last heard. Tables: chain, endpoints. */
#ifndef STORE_CHAIN_H
#define STORE_CHAIN_H

#include "store/base/turn.h"

struct chain {
	uint64_t chain_id;
	struct eth_hash genesis;
	uint64_t head;
	int64_t head_ms;          /* the head's own timestamp */
	struct wei base_fee, tip; /* wei per gas */
	int64_t seen_ms;          /* 0: nothing heard yet */
};

/* OK with seen_ms 0 when nothing was heard yet. */
enum err chain_get(struct turn *t, struct chain *out) MUST_USE;
/* In the lane. The head never falls below what was heard but by chain_rewind (reorgs are seen by
 * receipts, not by heads). */
enum err chain_set(struct turn *t, const struct chain *c) MUST_USE;

/* On disk as these numbers; the same as the contract's. */
enum endpoint_row_state {
	ENDPOINT_ROW_UNTRIED = 1,
	ENDPOINT_ROW_OK = 2,
	ENDPOINT_ROW_AWAY = 3,
	ENDPOINT_ROW_LIMITED = 4,
	ENDPOINT_ROW_DISABLED = 5,
};

struct endpoint_row {
	const char *name;
	const char *url; /* as shown: no user, no query, no long path */
	enum endpoint_row_state state;
	bool preferred;
	int64_t place; /* order in the config */
	uint64_t chain_id, head;
	int64_t head_ms, latency_ms, errors_ppm, seen_ms, hold_ms;
	const char *text;
	const char *client;
};

enum err endpoint_list(struct turn *t, size_t limit, struct endpoint_row **out,
		       size_t *n_out) MUST_USE;
/* In the lane: adds or replaces by name; `preferred` of an existing row is kept. */
enum err endpoint_put(struct turn *t, const struct endpoint_row *e) MUST_USE;
/* In the lane: this one only. ERR_MISSING: no such endpoint. */
enum err endpoint_prefer(struct turn *t, const char *name) MUST_USE;
/* In the lane: rows whose name the config no longer has. */
enum err endpoint_remove(struct turn *t, const char *name) MUST_USE;

#endif
