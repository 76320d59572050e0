/* server/net/el_ask.h - how el_*.c ask: choose, check, ask, tell the pool, ask another one.
 * Inside server/net only. */
#ifndef SERVER_NET_EL_ASK_H
#define SERVER_NET_EL_ASK_H

#include "server/net/el.h"
#include "server/net/jsonrpc.h"

struct el {
	struct endpoints *pool;
	struct http_client *http;
	size_t parallel, max_answer;
	int64_t within_ms;
	bool sync, send_all;
};

enum {
	EL_READ_BODY = 120 << 10,  /* MegaETH takes 128 KiB for most methods, */
	EL_CALL_BODY = 1400 << 10, /* 1.5 MiB for calls and estimates, */
	EL_SEND_BODY = 1900 << 10, /* 2.5 MiB for sends; anvil 2 MB for all */
};

/* The endpoint to ask now, with its chain checked; none of tried[0..*n_tried), which grows by
 * those that failed the check. ENDPOINT_AWAY: there is none. */
enum err el_pick(struct turn *t, struct el *e, bool to_send, unsigned tried[ENDPOINTS_MAX],
		 size_t *n_tried, struct endpoint_pick *out) MUST_USE;

struct rpc_options el_options_for(const struct el *e, const struct endpoint_pick *p,
				  size_t max_body);

/* Ask this endpoint, in smaller batches where it refuses one, and tell the pool how it went.
 * Follow with rpc_done. */
void el_ask(struct turn *t, struct el *e, struct endpoint_pick *p, const struct rpc_call *calls,
	    size_t n, struct rpc_round *out);

/* Tell the pool how a round went. */
void el_heard(struct el *e, unsigned id, const struct rpc_round *r);

/* Item i was answered, or not: a->outcome may be any. True: it is settled. False: it is no answer,
 * and another endpoint is asked; `out` of the item must then still say unknown. */
typedef bool el_take(struct turn *t, void *arg, size_t i, const struct rpc_answer *a);

struct el_question {
	const struct rpc_call *calls;
	size_t n;
	size_t max_body;
	bool with_head; /* read the block number first in every request: rpc_answer.first */
	bool is_head;   /* the question is the block number */
	el_take *take;
	void *arg;
};

/* ENDPOINT_AWAY: no item was settled. With a head, answers older than what was known when they were
 * asked for (endpoints_mark) settle nothing: after a failover nothing goes backwards. */
enum err el_read(struct turn *t, struct el *e, const struct el_question *q) MUST_USE;

/* A receipt of this transaction. False: it is none, or of another one. */
bool el_receipt_read(const json_t *receipt, const struct eth_hash *of, struct el_receipt *out);

/* Strict readers: false for NULL, another type, a wrong length, above the type. */
bool el_u64(const json_t *j, uint64_t *out);
bool el_wei(const json_t *j, struct wei *out);
bool el_hash(const json_t *j, struct eth_hash *out);
bool el_addr(const json_t *j, struct eth_addr *out);
bool el_bytes(struct turn *t, const json_t *j, size_t max, struct bytes *out);

/* The head a request read first; 0: unknown. */
uint64_t el_first_head(const struct rpc_answer *a);

/* Block hashes that a preconfirmed transaction has: null, all zero, all ff. */
bool el_sealed(const json_t *block_hash, struct eth_hash *out);

#endif
