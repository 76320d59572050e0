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

static bool take_receipt(struct turn *t, void *arg, size_t i, const struct rpc_answer *a)
{
	const struct seen *k = arg;
	struct el_receipt got = { .seen = EL_SEEN_ABSENT };

	(void)t;
	if (a->outcome != RPC_RESULT ||
	    (!json_is_null(a->result) && !el_receipt_read(a->result, &k->asked[i], &got)))
		return false;
	got.at_block = el_first_head(a);
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

/* One endpoint's receipts into what the others said. Its head; 0: unknown. */
static uint64_t take_all(struct turn *t, const struct rpc_round *r, const struct eth_hash *h,
			 size_t n, uint64_t mark, struct el_receipt *out)
{
	uint64_t highest = 0;

	struct el_receipt *got = turn_array(t, n + 1, sizeof(*got));
	struct seen k = { .asked = h, .receipts = got };

	for (size_t i = 0; i < n; i++) {
		uint64_t head = el_first_head(&r->answers[i]);

		highest = head > highest ? head : highest;
		if (!take_receipt(t, &k, i, &r->answers[i]) || head == 0 || head < mark)
			continue;
		if (got[i].seen == EL_SEEN_MINED || out[i].seen == EL_SEEN_UNKNOWN)
			out[i] = got[i];
		else if (out[i].seen == EL_SEEN_ABSENT && head < out[i].at_block)
			out[i].at_block = head;
	}
	return highest;
}

enum err el_receipts_all(struct turn *t, struct el *e, const struct eth_hash *h, size_t n,
			 struct el_receipt *out)
{
	static const struct rpc_call first = { .method = "eth_blockNumber", .params_json = "[]" };
	struct endpoint_pick *all = turn_array(t, ENDPOINTS_MAX, sizeof(*all));
	size_t n_all = endpoints_others(e->pool, 0, all);
	struct rpc_one *asks = turn_array(t, n_all + 1, sizeof(*asks));
	uint64_t mark;
	bool any = false;

	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_receipt){ 0 };
	(void)endpoints_mark(e->pool, &mark);
	for (size_t k = 0; k < n_all; k++) {
		asks[k].o = el_options_for(e, &all[k], EL_READ_BODY);
		asks[k].o.first = &first;
		asks[k].calls = calls_of(t, "eth_getTransactionReceipt", h, n);
		asks[k].n = n;
	}
	rpc_ask_many(t, e->http, asks, n_all);
	for (size_t k = 0; k < n_all; k++) {
		uint64_t head = take_all(t, &asks[k].round, h, n, mark, out);

		if (head)
			endpoint_told_head(e->pool, all[k].id, head);
		el_heard(e, all[k].id, &asks[k].round);
		rpc_done(&asks[k].round);
	}
	for (size_t i = 0; i < n; i++)
		any = any || out[i].seen != EL_SEEN_UNKNOWN;
	/* Nobody is known well enough, or none takes batches. */
	return any || n == 0 ? OK : el_receipts(t, e, h, n, out);
}

enum err el_txs_by_hash(struct turn *t, struct el *e, const struct eth_hash *h, size_t n,
			struct el_tx *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_tx){ 0 };
	return ask(t, e, "eth_getTransactionByHash", take_tx,
		   &(struct seen){ .asked = h, .txs = out }, n);
}
