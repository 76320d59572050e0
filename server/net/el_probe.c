#include <stdlib.h>
#include <string.h>

#include "server/net/el_ask.h"
#include "server/net/el_sync.h"
#include "store/base/wei.h"

enum { REWARDS = 5 };

static void read_head(const json_t *block, struct el_probe *out)
{
	uint64_t time = 0;

	out->head_known = el_u64(json_object_get(block, "number"), &out->head) &&
			  el_u64(json_object_get(block, "timestamp"), &time) && time <= INT64_MAX;
	if (!out->head_known)
		return;
	out->head_time = (int64_t)time;
	(void)el_sealed(json_object_get(block, "hash"), &out->head_hash);
	if (!el_u64(json_object_get(block, "gasLimit"), &out->gas_limit))
		out->gas_limit = 0;
	out->base_fee_known = el_wei(json_object_get(block, "baseFeePerGas"), &out->base_fee);
}

/* Who it is and where it stands. True: it told chain and genesis. */
static bool ask_who(struct turn *t, struct el *e, struct endpoint_pick *p, struct el_probe *out)
{
	static const struct rpc_call calls[] = {
		{ .method = "eth_chainId", .params_json = "[]" },
		{ .method = "eth_getBlockByNumber", .params_json = "[\"0x0\",false]" },
		{ .method = "eth_getBlockByNumber", .params_json = "[\"latest\",false]" },
		{ .method = "web3_clientVersion", .params_json = "[]" },
	};
	struct rpc_round r;

	el_ask(t, e, p, calls, 4, &r);
	out->answered = el_u64(r.answers[0].result, &out->chain_id);
	out->genesis_known = el_hash(json_object_get(r.answers[1].result, "hash"), &out->genesis);
	read_head(r.answers[2].result, out);
	if (json_is_string(r.answers[3].result))
		out->client = rpc_text(t, json_string_value(r.answers[3].result),
				       json_string_length(r.answers[3].result));
	out->latency_us = r.latency_us;
	if (r.health != RPC_FINE)
		out->said = r.said;
	else if (!out->answered || !out->genesis_known)
		out->said = "it does not tell its chain id and its genesis block";
	rpc_done(&r);
	return out->answered && out->genesis_known;
}

static int by_amount(const void *a, const void *b)
{
	return wei_cmp(*(const struct wei *)a, *(const struct wei *)b);
}

/* eth_feeHistory: the last base fee is the next block's; the rewards are what tips were paid. Of an
 * empty block they are zero, which nobody paid: a plan made of that would wait for ever. */
static void read_history(const json_t *history, struct el_probe *out)
{
	const json_t *fees = json_object_get(history, "baseFeePerGas");
	const json_t *rewards = json_object_get(history, "reward");
	const json_t *used = json_object_get(history, "gasUsedRatio");
	size_t n = json_array_size(fees), got = 0;
	struct wei tips[REWARDS], fee;

	if (n && el_wei(json_array_get(fees, n - 1), &fee)) {
		out->base_fee = fee;
		out->base_fee_known = true;
	}
	for (size_t i = 0; i < json_array_size(rewards) && got < REWARDS; i++)
		if (json_number_value(json_array_get(used, i)) > 0)
			got += el_wei(json_array_get(json_array_get(rewards, i), 0), &tips[got]);
	if (!got || out->tip_known)
		return;
	qsort(tips, got, sizeof(tips[0]), by_amount);
	out->tip = tips[got / 2];
	out->tip_known = true;
}

/* What it costs. Any of these may be missing on a node; what is told is used. */
static void ask_fees(struct turn *t, struct el *e, struct endpoint_pick *p, struct el_probe *out)
{
	static const struct rpc_call calls[] = {
		{ .method = "eth_gasPrice", .params_json = "[]" },
		{ .method = "eth_maxPriorityFeePerGas", .params_json = "[]" },
		{ .method = "eth_feeHistory", .params_json = "[\"0x5\",\"latest\",[50]]" },
	};
	struct rpc_round r;

	el_ask(t, e, p, calls, 3, &r);
	out->gas_price_known = el_wei(r.answers[0].result, &out->gas_price);
	out->tip_known = el_wei(r.answers[1].result, &out->tip);
	read_history(r.answers[2].result, out);
	if (!out->tip_known && out->gas_price_known && out->base_fee_known) {
		out->tip = wei_sub_sat(out->gas_price, out->base_fee);
		out->tip_known = true;
	}
	rpc_done(&r);
}

static enum err pick(struct turn *t, struct el *e, const char *name, struct endpoint_pick *out)
{
	int64_t wait_ms;
	const char *why;

	if (name[0])
		return endpoints_pick(t, e->pool, name, out);
	if (endpoints_choose(t, e->pool, false, NULL, 0, out, &wait_ms, &why))
		return OK;
	t->retry_ms = wait_ms;
	return fail_reason(t, REASON_ENDPOINT_AWAY, "no endpoint answers: %s", why);
}

enum err el_probe(struct turn *t, struct el *e, const char *endpoint, struct el_probe *out)
{
	struct endpoint_pick *p = turn_alloc(t, sizeof(*p));

	*out = (struct el_probe){ .said = "", .client = "" };
	TRY(pick(t, e, endpoint, p));
	if (!ask_who(t, e, p, out))
		return fail_reason(t, REASON_ENDPOINT_AWAY, "endpoint '%s' does not answer: %s",
				   p->name, out->said);
	enum err err = endpoint_checked(t, e->pool, p->id, out->chain_id, &out->genesis);

	if (err != OK) {
		out->said = turn_strdup(t, t->why);
		return err;
	}
	if (out->head_known)
		endpoint_told_head(e->pool, p->id, out->head);
	ask_fees(t, e, p, out);
	if (e->sync && p->sync_due)
		el_sync_probe(t, e, p);
	return OK;
}

static bool take_head(struct turn *t, void *arg, size_t i, const struct rpc_answer *a)
{
	(void)t, (void)i;
	return el_u64(a->result, arg);
}

enum err el_head(struct turn *t, struct el *e, uint64_t *out)
{
	static const struct rpc_call call = { .method = "eth_blockNumber", .params_json = "[]" };

	*out = 0;
	return el_read(t, e,
		       &(struct el_question){ .calls = &call,
					      .n = 1,
					      .max_body = EL_READ_BODY,
					      .is_head = true,
					      .take = take_head,
					      .arg = out });
}

enum err el_chain_id(struct turn *t, const char *url, int64_t within_ms, uint64_t *out)
{
	static const struct rpc_call call = { .method = "eth_chainId", .params_json = "[]" };
	struct http_client *http;
	struct rpc_round r;

	TRY(http_open(t, &(struct http_options){ 0 }, &http));
	rpc_ask(t, http, &(struct rpc_options){ .url = url, .within_ms = within_ms }, &call, 1, &r);
	bool told = el_u64(r.answers[0].result, out);
	const char *said = turn_strdup(t, *r.said ? r.said : "it does not tell its chain id");

	rpc_done(&r);
	http_close(http);
	return told ? OK
		    : fail_reason(t, REASON_ENDPOINT_AWAY, "%s does not answer: %s",
				  endpoint_url_shown(t, url), said);
}
