#include "server/net/el_ask.h"
#include "store/base/hex.h"

struct seen {
	const struct eth_hash *asked;
	struct el_receipt *receipts;
	struct el_tx *txs;
};

/* The answer is about the transaction that was asked for. */
static bool is_about(const json_t *result, const char *key, const struct eth_hash *asked)
{
	struct eth_hash hash;

	return el_hash(json_object_get(result, key), &hash) && hash_eq(hash, *asked);
}

bool el_receipt_read(const json_t *r, const struct eth_hash *of, struct el_receipt *out)
{
	const json_t *l1_fee = json_object_get(r, "l1Fee");
	struct el_receipt got = { .seen = EL_SEEN_MINED };
	uint64_t status;

	if (!is_about(r, "transactionHash", of) ||
	    !el_u64(json_object_get(r, "blockNumber"), &got.block) ||
	    !el_u64(json_object_get(r, "status"), &status) || status > 1 ||
	    !el_u64(json_object_get(r, "gasUsed"), &got.gas_used) ||
	    !el_addr(json_object_get(r, "from"), &got.from) ||
	    (l1_fee && !json_is_null(l1_fee) && !el_wei(l1_fee, &got.l1_fee)))
		return false;
	got.succeeded = status == 1;
	got.preconfirmed = !el_sealed(json_object_get(r, "blockHash"), &got.block_hash);
	got.price_known = el_wei(json_object_get(r, "effectiveGasPrice"), &got.price);
	*out = got;
	return true;
}

/* Blocks that may come between the head a request read first and its receipts. */
enum { AHEAD_MOST = 64 };

static bool take_receipt(struct turn *t, void *arg, size_t i, const struct rpc_answer *a)
{
	const struct seen *k = arg;
	struct el_receipt got = { .seen = EL_SEEN_ABSENT };

	(void)t;
	if (a->outcome != RPC_RESULT ||
	    (!json_is_null(a->result) && !el_receipt_read(a->result, &k->asked[i], &got)))
		return false;
	got.at_block = el_first_head(a);
	if (got.seen == EL_SEEN_MINED && got.at_block && got.block > got.at_block &&
	    got.block - got.at_block > AHEAD_MOST)
		return false; /* mined in a block that is not there */
	k->receipts[i] = got;
	return true;
}

static bool take_tx(struct turn *t, void *arg, size_t i, const struct rpc_answer *a)
{
	const struct seen *k = arg;
	const json_t *r = a->result, *block = json_object_get(r, "blockNumber");
	struct el_tx got = { .at_block = el_first_head(a) };

	(void)t;
	if (a->outcome != RPC_RESULT)
		return false;
	if (json_is_null(r)) {
		got.seen = EL_SEEN_ABSENT;
		k->txs[i] = got;
		return true;
	}
	if (!is_about(r, "hash", &k->asked[i]) ||
	    !el_u64(json_object_get(r, "nonce"), &got.nonce) ||
	    !el_addr(json_object_get(r, "from"), &got.from))
		return false;
	got.seen = EL_SEEN_POOL;
	if (block && !json_is_null(block)) {
		if (!el_u64(block, &got.block))
			return false;
		got.seen = EL_SEEN_MINED;
		(void)el_sealed(json_object_get(r, "blockHash"), &got.block_hash);
	}
	k->txs[i] = got;
	return true;
}

static struct rpc_call *calls_of(struct turn *t, const char *method, const struct eth_hash *h,
				 size_t n)
{
	struct rpc_call *calls = turn_array(t, n + 1, sizeof(*calls));

	for (size_t i = 0; i < n; i++) {
		calls[i].method = method;
		calls[i].params_json = turn_printf(t, "[\"%s\"]", hex_of(t, h[i].b, 32));
	}
	return calls;
}

static enum err ask(struct turn *t, struct el *e, const char *method, el_take *take, struct seen *k,
		    size_t n)
{
	struct rpc_call *calls = calls_of(t, method, k->asked, n);

	return el_read(t, e,
		       &(struct el_question){ .calls = calls,
					      .n = n,
					      .max_body = EL_READ_BODY,
					      .with_head = true,
					      .take = take,
					      .arg = k });
}

enum err el_receipts(struct turn *t, struct el *e, const struct eth_hash *h, size_t n,
		     struct el_receipt *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_receipt){ 0 };
	return ask(t, e, "eth_getTransactionReceipt", take_receipt,
		   &(struct seen){ .asked = h, .receipts = out }, n);
}

/* One endpoint's receipts into what the others said. */
static void take_all(struct turn *t, const struct rpc_round *r, const struct eth_hash *h, size_t n,
		     uint64_t mark, struct el_receipt *out)
{
	struct el_receipt *got = turn_array(t, n + 1, sizeof(*got));
	struct seen k = { .asked = h, .receipts = got };

	for (size_t i = 0; i < n; i++) {
		uint64_t head = el_first_head(&r->answers[i]);

		if (!take_receipt(t, &k, i, &r->answers[i]) || head == 0 || head < mark)
			continue;
		if (got[i].seen == EL_SEEN_MINED || out[i].seen == EL_SEEN_UNKNOWN)
			out[i] = got[i];
		else if (out[i].seen == EL_SEEN_ABSENT && head < out[i].at_block)
			out[i].at_block = head;
	}
}

/* The same of every usable endpoint; rpc_done() each. */
static size_t ask_everyone(struct turn *t, struct el *e, const struct rpc_call *calls, size_t n,
			   struct rpc_one **out)
{
	static const struct rpc_call first = { .method = "eth_blockNumber", .params_json = "[]" };
	struct endpoint_pick *all = turn_array(t, ENDPOINTS_MAX, sizeof(*all));
	size_t n_all = endpoints_others(e->pool, 0, all);
	struct rpc_one *asks = turn_array(t, n_all + 1, sizeof(*asks));

	for (size_t k = 0; k < n_all; k++) {
		asks[k].o = el_options_for(e, &all[k], EL_READ_BODY);
		asks[k].o.first = &first;
		asks[k].calls = calls;
		asks[k].n = n;
	}
	rpc_ask_many(t, e->http, asks, n_all);
	for (size_t k = 0; k < n_all; k++) {
		uint64_t highest = 0;

		for (size_t i = 0; i < n; i++) {
			uint64_t head = el_first_head(&asks[k].round.answers[i]);

			highest = head > highest ? head : highest;
		}
		if (highest)
			endpoint_told_head(e->pool, all[k].id, highest);
		el_heard(e, all[k].id, &asks[k].round);
	}
	*out = asks;
	return n_all;
}

enum err el_receipts_all(struct turn *t, struct el *e, const struct eth_hash *h, size_t n,
			 struct el_receipt *out)
{
	struct rpc_one *asks;
	uint64_t mark;
	bool any = false;

	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_receipt){ 0 };
	(void)endpoints_mark(e->pool, &mark);
	size_t n_all = ask_everyone(t, e, calls_of(t, "eth_getTransactionReceipt", h, n), n, &asks);

	for (size_t k = 0; k < n_all; k++) {
		take_all(t, &asks[k].round, h, n, mark, out);
		rpc_done(&asks[k].round);
	}
	for (size_t i = 0; i < n; i++)
		any = any || out[i].seen != EL_SEEN_UNKNOWN;
	/* Nobody is known well enough, or none takes batches. */
	return any || n == 0 ? OK : el_receipts(t, e, h, n, out);
}

/* ---- the word of a second one ---- */

struct voices {
	size_t same, other;
};

static bool is_same(const struct el_receipt *a, const struct el_receipt *b)
{
	return a->block == b->block && a->succeeded == b->succeeded &&
	       (a->preconfirmed || b->preconfirmed || hash_eq(a->block_hash, b->block_hash));
}

/* A block beyond what anybody who is to be believed has reached is nobody's word but its own. */
static void hear_voice(const struct el_receipt *told, const struct el_receipt *got, uint64_t mark,
		       struct voices *v)
{
	bool beyond = told->block > mark && told->block - mark > AHEAD_MOST;

	if (got->seen == EL_SEEN_MINED && is_same(told, got))
		v->same++;
	else if (got->at_block &&
		 (beyond || (got->at_block >= mark && got->at_block >= told->block)))
		v->other++;
}

enum err el_receipts_second(struct turn *t, struct el *e, const struct eth_hash *h,
			    const struct el_receipt *told, size_t n, enum el_second *out)
{
	struct el_receipt *got = turn_array(t, n + 1, sizeof(*got));
	struct voices *v = turn_array(t, n + 1, sizeof(*v));
	struct seen seen = { .asked = h, .receipts = got };
	bool only = endpoints_count(e->pool) < 2;
	struct rpc_one *asks;
	uint64_t mark;

	for (size_t i = 0; i < n; i++)
		out[i] = only ? EL_SECOND_NONE : EL_SECOND_SILENT;
	if (only || n == 0)
		return OK;
	size_t n_all = ask_everyone(t, e, calls_of(t, "eth_getTransactionReceipt", h, n), n, &asks);

	(void)endpoints_mark(e->pool, &mark);
	for (size_t k = 0; k < n_all; k++) {
		for (size_t i = 0; i < n; i++)
			if (take_receipt(t, &seen, i, &asks[k].round.answers[i]))
				hear_voice(&told[i], &got[i], mark, &v[i]);
		rpc_done(&asks[k].round);
	}
	for (size_t i = 0; i < n; i++)
		if (v[i].other > 0 && v[i].other >= v[i].same)
			out[i] = EL_SECOND_OTHER;
		else if (v[i].same > 1)
			out[i] = EL_SECOND_SAME;
	return OK;
}

/* The second highest of what they say is told by two at least. */
enum err el_nonces_second(struct turn *t, struct el *e, const struct eth_addr *a, size_t n,
			  struct el_nonce *out)
{
	struct rpc_call *calls = turn_array(t, n + 1, sizeof(*calls));
	uint64_t *best = turn_array(t, n + 1, sizeof(*best)), mark, nonce;
	size_t *heard = turn_array(t, n + 1, sizeof(*heard));
	struct rpc_one *asks;

	for (size_t i = 0; i < n; i++) {
		out[i] = (struct el_nonce){ 0 };
		calls[i].method = "eth_getTransactionCount";
		calls[i].params_json = turn_printf(t, "[\"%s\",\"latest\"]", hex_of(t, a[i].b, 20));
	}
	(void)endpoints_mark(e->pool, &mark);
	size_t n_all = ask_everyone(t, e, calls, n, &asks);

	for (size_t k = 0; k < n_all; k++) {
		for (size_t i = 0; i < n; i++) {
			const struct rpc_answer *r = &asks[k].round.answers[i];

			if (r->outcome != RPC_RESULT || !el_u64(r->result, &nonce))
				continue;
			if (el_first_head(r) && el_first_head(r) < mark)
				continue; /* it lags */
			out[i].nonce = nonce > best[i]        ? best[i]
				       : nonce > out[i].nonce ? nonce
							      : out[i].nonce;
			best[i] = nonce > best[i] ? nonce : best[i];
			out[i].known = ++heard[i] > 1;
		}
		rpc_done(&asks[k].round);
	}
	for (size_t i = 0; i < n && n_all < 2; i++) /* there is no second one to ask */
		out[i] = (struct el_nonce){ .none = true };
	return OK;
}

enum err el_txs_by_hash(struct turn *t, struct el *e, const struct eth_hash *h, size_t n,
			struct el_tx *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_tx){ 0 };
	return ask(t, e, "eth_getTransactionByHash", take_tx,
		   &(struct seen){ .asked = h, .txs = out }, n);
}
