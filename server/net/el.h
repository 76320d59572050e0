/* server/net/el.h - typed questions to an execution node, many at once.
 *
 * Questions of reading go to the chosen endpoint, and what it left unanswered once to each other
 * endpoint. So do sends: the same bytes are the same transaction wherever they arrive. Every item
 * carries its own "known": a missing, wrong, oversized or hostile answer is unknown, never zero.
 * The error of a function is ENDPOINT_AWAY alone: not one item was answered (t->retry_ms: when to
 * come again); `out` is then filled with unknowns as well.
 * Results are in the turn's memory; `out` is the caller's array of n.
 * Threads: an el belongs to one thread; the pool is shared.
 * Serves: Ethereum JSON-RPC (execution-apis), anvil, MegaETH's gateway.
 */
#ifndef SERVER_NET_EL_H
#define SERVER_NET_EL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/net/endpoints.h"

struct el;

struct el_options {
	size_t parallel;   /* requests at once; 0: 4, at most 16 */
	int64_t within_ms; /* one request; 0: 10,000 */
	size_t max_answer; /* bytes; 0: 8 MiB */
	bool sync;         /* a few first sends wait for their receipt where the node can */
	bool send_all;     /* first sends go to every usable endpoint, too */
	const char *ca_file;
};

/* The pool is borrowed and outlives it. Caller owns *out. */
enum err el_open(struct turn *t, struct endpoints *pool, const struct el_options *o,
		 struct el **out) MUST_USE;
void el_close(struct el *e); /* NULL is fine */

/* ---- el_probe.c ---- */

struct el_probe {
	bool answered;    /* chain_id is known */
	const char *said; /* when it is not right: why; else "" */
	uint64_t chain_id;
	bool genesis_known, head_known, base_fee_known, gas_price_known, tip_known;
	struct eth_hash genesis;
	uint64_t head;
	struct eth_hash head_hash;
	int64_t head_time;    /* seconds, the chain's own */
	uint64_t gas_limit;   /* of the head block; 0: unknown */
	struct wei base_fee;  /* of the next block where the node tells it, else of the head */
	struct wei gas_price; /* eth_gasPrice */
	struct wei tip;       /* eth_maxPriorityFeePerGas, else the median of the last blocks */
	const char *client;   /* web3_clientVersion, printable; "" */
	int64_t latency_us;
};

/* Ask one endpoint by name ("" is the chosen one), whatever its state; what it said of chain and
 * genesis counts for the pool as at first use.
 * ENDPOINT_AWAY: it did not answer. CHAIN_MISMATCH: it serves another chain; *out is filled.
 * ERR_MISSING: no such name. */
enum err el_probe(struct turn *t, struct el *e, const char *endpoint,
		  struct el_probe *out) MUST_USE;

/* The newest block number, of the chosen endpoint. */
enum err el_head(struct turn *t, struct el *e, uint64_t *out) MUST_USE;

/* The chain that a URL serves, before there is a pool. ENDPOINT_AWAY: it does not tell. */
enum err el_chain_id(struct turn *t, const char *url, int64_t within_ms, uint64_t *out) MUST_USE;

/* ---- el_accounts.c ---- */

struct el_account {
	bool known;         /* all of the following */
	struct wei balance; /* at "latest" */
	uint64_t nonce;     /* at "latest": mined transactions, never the pool */
	uint64_t at_block;  /* the head that the same request read first */
};

enum err el_accounts(struct turn *t, struct el *e, const struct eth_addr *a, size_t n,
		     struct el_account *out) MUST_USE;

struct el_pending {
	bool known;
	uint64_t nonce; /* at "pending": what this endpoint's pool holds is counted too */
};

/* Only whether somebody's transactions are still under way: never a nonce to sign with. */
enum err el_pending(struct turn *t, struct el *e, const struct eth_addr *a, size_t n,
		    struct el_pending *out) MUST_USE;

struct el_code {
	bool known;
	size_t size;    /* bytes of code; 0: none */
	bool delegated; /* an EIP-7702 delegation: still a wallet with a key */
};

enum err el_codes(struct turn *t, struct el *e, const struct eth_addr *a, size_t n,
		  struct el_code *out) MUST_USE;

/* ---- el_calls.c ---- */

struct el_call {
	struct eth_addr from, to;
	struct bytes data;
	struct wei value;
};

enum el_call_outcome {
	EL_CALL_UNKNOWN,
	EL_CALL_OK,
	EL_CALL_REVERTED, /* the contract said no: data, message */
	EL_CALL_REFUSED,  /* the node said no for another reason: code, message */
};

struct el_call_result {
	enum el_call_outcome outcome;
	struct bytes data; /* OK: what it returned; REVERTED: revert data, p NULL when none came */
	uint64_t gas;      /* el_estimates, OK */
	int64_t code;
	const char *message; /* not OK; at most 200 printable characters */
};

/* eth_call at "latest". */
enum err el_calls(struct turn *t, struct el *e, const struct el_call *calls, size_t n,
		  struct el_call_result *out) MUST_USE;
/* The same once more as it was at a block, with the gas it had: why a transaction failed. */
struct el_replay {
	struct el_call call;
	uint64_t gas, block;
};
enum err el_replays(struct turn *t, struct el *e, const struct el_replay *replays, size_t n,
		    struct el_call_result *out) MUST_USE;
/* eth_estimateGas, without fees. */
enum err el_estimates(struct turn *t, struct el *e, const struct el_call *calls, size_t n,
		      struct el_call_result *out) MUST_USE;

/* ---- el_send.c ---- */

struct el_raw {
	struct bytes raw;     /* signed */
	struct eth_hash hash; /* of it: an answer with another hash is UNKNOWN */
	unsigned lane;        /* one number a sender, dense from 0: a lane's items go in order,
			       * never in parallel */
	bool again;           /* it went out before: to every usable endpoint */
};

enum el_sent_outcome {
	EL_SENT_NOT_SENT, /* nothing left this machine, or an earlier one of its lane failed */
	EL_SENT_UNKNOWN,  /* it may be in the pool: only the same bytes may be sent again */
	EL_SENT_REFUSED,  /* the node's error; what it proves is the caller's to classify: a text
			   * that is not known to be a refusal is to be treated as UNKNOWN */
	EL_SENT_ACCEPTED, /* the node answered with this hash */
};

struct el_receipt;

/* What one endpoint said to it. */
struct el_word {
	const char *endpoint; /* its name; "": none was asked */
	enum el_sent_outcome outcome;
	int64_t code;        /* REFUSED */
	const char *message; /* not ACCEPTED; at most 200 printable characters */
};

struct el_sent {
	struct el_word word;         /* the one that counts: ACCEPTED before UNKNOWN before
				      * REFUSED before NOT_SENT; of equals the first */
	const struct el_word *words; /* of each endpoint that was asked, in that order */
	size_t n_words;
	const struct el_receipt *receipt; /* a node that waited told it along; else NULL */
	bool waited; /* a node waited for its receipt in vain: UNKNOWN is the first word, and what
		      * it said to the same bytes sent the ordinary way the second */
};

/* eth_sendRawTransaction to the chosen endpoint; what it left NOT_SENT or UNKNOWN goes to the next
 * one at once. With el_options.sync, and few of them that go out for the first time, each of
 * another lane: eth_sendRawTransactionSync or realtime_sendRawTransaction where the endpoint has
 * it, for at most 400 ms. What cannot begin within 700 ms of the call is NOT_SENT: the leave to
 * send is not older than that. ENDPOINT_AWAY: all are NOT_SENT. */
enum err el_send_raw(struct turn *t, struct el *e, const struct el_raw *raw, size_t n,
		     struct el_sent *out) MUST_USE;

/* ---- el_receipts.c ---- */

enum el_seen {
	EL_SEEN_UNKNOWN,
	EL_SEEN_ABSENT, /* this endpoint does not know it, which proves nothing by itself */
	EL_SEEN_POOL,   /* el_txs_by_hash only: known, not mined */
	EL_SEEN_MINED,
};

struct el_receipt {
	enum el_seen seen;
	uint64_t at_block; /* the head that the same request read first; 0: unknown */
	uint64_t block;
	struct eth_hash block_hash;
	bool preconfirmed; /* block hash null, all zero or all ff: not sealed yet */
	bool succeeded;    /* status 1 */
	uint64_t gas_used;
	bool price_known;
	struct wei price;  /* effectiveGasPrice */
	struct wei l1_fee; /* zero where the chain has none */
	struct eth_addr from;
};

enum err el_receipts(struct turn *t, struct el *e, const struct eth_hash *h, size_t n,
		     struct el_receipt *out) MUST_USE;

/* The same of every usable endpoint at once: MINED where one knows it, ABSENT where one at the mark
 * of heads at least, and none of the others, does not. For what must not rest on one's word. */
enum err el_receipts_all(struct turn *t, struct el *e, const struct eth_hash *h, size_t n,
			 struct el_receipt *out) MUST_USE;

enum el_second {
	EL_SECOND_NONE,   /* one endpoint is all there is */
	EL_SECOND_SAME,   /* two at least say the same, and more than say otherwise */
	EL_SECOND_OTHER,  /* one that is as far says there is none, or of another block; or the
			   * block is far beyond the mark: contradicted */
	EL_SECOND_SILENT, /* the others are away, or not as far yet */
};

/* Of receipts that one endpoint told: what all usable ones say, asked at once. */
enum err el_receipts_second(struct turn *t, struct el *e, const struct eth_hash *h,
			    const struct el_receipt *told, size_t n, enum el_second *out) MUST_USE;

struct el_nonce {
	bool known; /* at least two said so much, at the mark */
	bool none;  /* there is no second usable endpoint */
	uint64_t nonce;
};

/* The nonce at "latest" that at least two endpoints say is reached, asked of all at once. */
enum err el_nonces_second(struct turn *t, struct el *e, const struct eth_addr *a, size_t n,
			  struct el_nonce *out) MUST_USE;

struct el_tx {
	enum el_seen seen;
	uint64_t at_block;
	uint64_t block; /* MINED */
	struct eth_hash block_hash;
	uint64_t nonce;
	struct eth_addr from;
};

enum err el_txs_by_hash(struct turn *t, struct el *e, const struct eth_hash *h, size_t n,
			struct el_tx *out) MUST_USE;

#endif
