/* store/wallets.h - the registry of wallets, what the chain said of them last, their breakers.
 *
 * Tables: wallets, accounts, token_balances, stakes, foreign_uses, breakers, paces. A wallet is
 * never deleted, only retired: history points at it. The key is here sealed; only the signer opens
 * it. Threads: a turn's own. What changes something is for the lane.
 */
#ifndef STORE_WALLETS_H
#define STORE_WALLETS_H

#include "store/base/turn.h"

/* On disk as these numbers: add at the end, never renumber. */
enum wallet_state { WALLET_ACTIVE = 1, WALLET_RETIRED = 2 };
enum wallet_role { WALLET_FLEET = 1, WALLET_FUNDER = 2 };
enum key_kind { KEY_SEED = 1, KEY_IMPORTED = 2, KEY_WATCH_ONLY = 3 };
enum breaker_state { BREAKER_CLOSED = 1, BREAKER_OPEN = 2, BREAKER_HALF_OPEN = 3 };

/* What the chain said. seen_ms 0: nothing yet, the other fields are then zero. */
struct account {
	struct wei balance;
	uint64_t nonce; /* high-water mark of "latest" */
	int64_t seen_ms;
	uint64_t seen_block; /* the answer is at least as new as this block */
};

/* A nonce that was told and is not believed yet, above what the journal expects or below what was
 * told before. looks 0: none. */
struct nonce_claim {
	uint64_t nonce;
	uint64_t block; /* the head of the last look that told it */
	int64_t looks;  /* at rising heads */
};

struct breaker {
	int64_t wallet;
	enum breaker_state state; /* closed when there is no row */
	int64_t failures, trips;
	const char *cause;
	int64_t tripped_ms, probe_ms;
	int64_t version;
};

struct wallet {
	int64_t id;
	const char *name;     /* "wallet-001"; unique, [a-z0-9-]{1,40} */
	struct eth_addr addr; /* unique */
	const char *profile;
	enum wallet_role role;
	enum key_kind key_kind;
	int64_t hd_index;    /* -1: not from the seed */
	struct bytes sealed; /* empty: WATCH_ONLY */
	enum wallet_state state;
	bool enabled;
	int64_t created_ms;
	int64_t version;
	struct account account;
	struct nonce_claim claim;
	struct breaker breaker;
	int64_t in_flight; /* its intents that are not final */
	bool has_stake;
	struct wei stake;
};

/* Sets id and version. ERR_EXISTS: the name or the address is taken. */
enum err wallet_add(struct turn *t, struct wallet *w) MUST_USE;

/* ERR_MISSING: no such wallet. */
enum err wallet_get(struct turn *t, const char *name, struct wallet *out) MUST_USE;
enum err wallet_by_id(struct turn *t, int64_t id, struct wallet *out) MUST_USE;
enum err wallet_by_addr(struct turn *t, struct eth_addr a, struct wallet *out) MUST_USE;

/* Zero and empty mean: any. */
struct wallet_filter {
	unsigned states; /* bits 1 << enum wallet_state */
	enum wallet_role role;
	const char *profile;
	bool tripped;
	bool with_key;
};

/* Up to `limit` wallets with id > after, by id. *n_out < limit: that was the last page. */
enum err wallet_list(struct turn *t, const struct wallet_filter *f, int64_t after, size_t limit,
		     struct wallet **out, size_t *n_out) MUST_USE;

/* Those with an imported key, of any role and state, by id. */
enum err wallet_imported(struct turn *t, int64_t after, size_t limit, struct wallet **out,
			 size_t *n_out) MUST_USE;

/* profile, enabled, state. ERR_STALE: no longer at `version`. */
enum err wallet_update(struct turn *t, int64_t id, int64_t version, const char *profile,
		       bool enabled, enum wallet_state state) MUST_USE;

/* The key is overwritten: WATCH_ONLY from now on. ERR_STALE as above. */
enum err wallet_forget_key(struct turn *t, int64_t id, int64_t version) MUST_USE;

/* The highest number N of a name "PREFIX-N", 0 when there is none; and of the seed's indices,
 * -1 when there is none. */
enum err wallet_highest(struct turn *t, const char *prefix, int64_t *number_out,
			int64_t *index_out) MUST_USE;

struct wallet_counts {
	int64_t total, active, tripped, watch_only, retired;
};
enum err wallet_count(struct turn *t, struct wallet_counts *out) MUST_USE;

/* Sum of the balances of wallets that are not retired, and the age of the oldest. */
enum err wallet_money(struct turn *t, struct wei *sum_out, int64_t *oldest_ms_out) MUST_USE;

/* ---- what the chain said ---- */

/* The nonce never falls; an answer older than seen_block changes nothing. */
enum err account_set(struct turn *t, int64_t wallet, const struct account *a) MUST_USE;
/* again: account_stale names the wallet until something newer is kept. */
enum err account_claim(struct turn *t, int64_t wallet, const struct nonce_claim *c,
		       bool again) MUST_USE;
/* A transaction in this block changed the wallet and, if it is ours, the wallet at `dest`: what
 * was seen before it is old. */
enum err account_changed(struct turn *t, int64_t wallet, struct eth_addr dest,
			 uint64_t block) MUST_USE;
/* The least recently seen wallets, seen before `before_ms` or before their last change. */
enum err account_stale(struct turn *t, int64_t before_ms, size_t limit, struct wallet **out,
		       size_t *n_out) MUST_USE;

struct token_balance {
	int64_t wallet;
	struct eth_addr token;
	struct wei amount;
	int64_t seen_ms;
};
enum err token_balance_set(struct turn *t, const struct token_balance *b) MUST_USE;
enum err token_balance_list(struct turn *t, int64_t wallet, size_t limit,
			    struct token_balance **out, size_t *n_out) MUST_USE;
enum err stake_set(struct turn *t, int64_t wallet, struct wei amount) MUST_USE;
/* When its stake was looked at last; 0: never. */
enum err stake_seen(struct turn *t, int64_t wallet, int64_t *at_ms_out) MUST_USE;

/* ---- keys that others use too ---- */

/* times 0: nobody else sent anything with its key, as far as we know. */
struct foreign_use {
	int64_t times, first_ms, last_ms;
};
enum err foreign_use_note(struct turn *t, int64_t wallet) MUST_USE;
enum err foreign_use_get(struct turn *t, int64_t wallet, struct foreign_use *out) MUST_USE;
enum err foreign_use_clear(struct turn *t, int64_t wallet) MUST_USE;

/* ---- breakers and pace ---- */

enum err breaker_get(struct turn *t, int64_t wallet, struct breaker *out) MUST_USE;
/* ERR_STALE as above; version 0: there was no row. */
enum err breaker_set(struct turn *t, const struct breaker *b) MUST_USE;

struct pace {
	int64_t wallet, due_ms, acted_ms, actions;
};
enum err pace_get(struct turn *t, int64_t wallet, struct pace *out) MUST_USE;
enum err pace_set(struct turn *t, const struct pace *p) MUST_USE;
/* Enabled, active fleet wallets with a key that are due, the longest waiting first. */
enum err pace_due(struct turn *t, size_t limit, struct wallet **out, size_t *n_out) MUST_USE;

#endif
