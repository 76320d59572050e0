#include "server/dev/stub_answer.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/hex.h"

enum { BATCH_MAX = 1000, HISTORY_MAX = 64, TEXT = 80 };
enum { NO_METHOD = -32601, BAD_PARAMS = -32602, BAD_REQUEST = -32600 };

/* 1,000 ether, and a base fee of 1 gwei. */
static const char RICH[] = "0x3635c9adc5dea00000", BASE_FEE[] = "0x3b9aca00";

/* What a call gets: a result, or an error. */
struct said {
	json_t *result;
	int code;
	const char *message;
};

static struct said result(json_t *r)
{
	return (struct said){ .result = r };
}

static struct said text(const char *s)
{
	return result(json_string(s));
}

static struct said refusal(int code, const char *message)
{
	return (struct said){ .code = code, .message = message };
}

static struct said number(uint64_t v)
{
	char s[TEXT];

	(void)snprintf(s, sizeof(s), "0x%" PRIx64, v);
	return text(s);
}

static uint64_t head(const struct stub_facts *f)
{
	return f->now_s > f->genesis_s ? (uint64_t)(f->now_s - f->genesis_s) : 0;
}

/* Not a hash of anything: "57ab" for stub, and the number. The same at every start. */
static json_t *block_hash(uint64_t number)
{
	char s[TEXT];

	(void)snprintf(s, sizeof(s), "0x57ab%060" PRIx64, number);
	return json_string(s);
}

static struct said block(const struct stub_facts *f, const json_t *params)
{
	const char *tag = json_string_value(json_array_get(params, 0));
	uint64_t n = head(f);

	if (!tag)
		return refusal(BAD_PARAMS, "which block?");
	if (strcmp(tag, "earliest") == 0)
		n = 0;
	else if (strncmp(tag, "0x", 2) == 0 && !hex_quantity_u64(tag, &n))
		return refusal(BAD_PARAMS, "that is no block number");
	if (n > head(f))
		return result(json_null());
	json_t *b = json_pack("{s:s,s:s,s:s,s:[]}", "gasLimit", "0x1c9c380", "gasUsed", "0x0",
			      "baseFeePerGas", BASE_FEE, "transactions");

	(void)json_object_set_new(b, "number", number(n).result);
	(void)json_object_set_new(b, "timestamp", number((uint64_t)f->genesis_s + n).result);
	(void)json_object_set_new(b, "hash", block_hash(n));
	(void)json_object_set_new(b, "parentHash", n ? block_hash(n - 1) : json_null());
	return result(b);
}

static struct said balance(const struct stub_facts *f, const json_t *params)
{
	const char *who = json_string_value(json_array_get(params, 0));
	struct eth_addr a;

	if (!who || !hex_get(who, a.b, sizeof(a.b)))
		return refusal(BAD_PARAMS, "that is no address");
	return text(addr_eq(a, f->rich) ? RICH : "0x0");
}

/* eth_feeHistory: nobody pays a tip where nothing is sent. */
static struct said fees(const struct stub_facts *f, const json_t *params)
{
	const char *said = json_string_value(json_array_get(params, 0));
	uint64_t n = 0;
	json_t *base = json_array(), *used = json_array(), *rewards = json_array();

	if (!said || !hex_quantity_u64(said, &n) || n > HISTORY_MAX)
		n = 1;
	if (n > head(f) + 1)
		n = head(f) + 1;
	for (uint64_t i = 0; i < n; i++) {
		(void)json_array_append_new(base, json_string(BASE_FEE));
		(void)json_array_append_new(used, json_real(0));
		(void)json_array_append_new(rewards, json_pack("[s]", "0x0"));
	}
	(void)json_array_append_new(base, json_string(BASE_FEE));
	json_t *r = json_pack("{s:o,s:o,s:o}", "baseFeePerGas", base, "gasUsedRatio", used,
			      "reward", rewards);

	(void)json_object_set_new(r, "oldestBlock", number(head(f) + 1 - n).result);
	return result(r);
}

static struct said say(const struct stub_facts *f, const char *method, const json_t *params)
{
	static const struct {
		const char *method, *answer; /* NULL: a JSON null */
	} constant[] = {
		{ "web3_clientVersion", "ghost-fleet-stub/" GF_VERSION " (no chain)" },
		{ "eth_gasPrice", BASE_FEE },
		{ "eth_maxPriorityFeePerGas", "0x0" },
		{ "eth_getTransactionCount", "0x0" },
		{ "eth_getCode", "0x" },
		{ "eth_call", "0x" },
		{ "eth_estimateGas", "0x5208" },
		{ "eth_getTransactionReceipt", NULL },
		{ "eth_getTransactionByHash", NULL },
	};

	if (strcmp(method, "eth_chainId") == 0)
		return number(f->chain_id);
	if (strcmp(method, "eth_blockNumber") == 0)
		return number(head(f));
	if (strcmp(method, "eth_getBlockByNumber") == 0)
		return block(f, params);
	if (strcmp(method, "eth_getBalance") == 0)
		return balance(f, params);
	if (strcmp(method, "eth_feeHistory") == 0)
		return fees(f, params);
	for (size_t i = 0; i < sizeof(constant) / sizeof(constant[0]); i++)
		if (strcmp(method, constant[i].method) == 0)
			return result(constant[i].answer ? json_string(constant[i].answer)
							 : json_null());
	if (strncmp(method, "eth_send", 8) == 0)
		return refusal(NO_METHOD, "method not found: the stub chain takes no transactions; "
					  "start `ghost-fleet dev` with --anvil or --rpc");
	return refusal(NO_METHOD, "method not found: this is the stub chain of `ghost-fleet dev`");
}

/* A call without an id wants no answer (JSON-RPC 2.0, 4.1): NULL. */
static json_t *answer_one(const struct stub_facts *f, const json_t *call)
{
	const char *method = json_string_value(json_object_get(call, "method"));
	json_t *id = json_object_get(call, "id");
	struct said s = method ? say(f, method, json_object_get(call, "params"))
			       : refusal(BAD_REQUEST, "that is no JSON-RPC call");

	if (method && !id) {
		json_decref(s.result);
		return NULL;
	}
	json_t *a = json_pack("{s:s,s:O?}", "jsonrpc", "2.0", "id", id ? id : json_null());

	if (s.result)
		(void)json_object_set_new(a, "result", s.result);
	else
		(void)json_object_set_new(
			a, "error", json_pack("{s:i,s:s}", "code", s.code, "message", s.message));
	return a;
}

static json_t *answer_all(const struct stub_facts *f, const json_t *batch)
{
	json_t *all = json_array();
	size_t n = json_array_size(batch);

	for (size_t i = 0; i < n && i < BATCH_MAX; i++) {
		json_t *one = answer_one(f, json_array_get(batch, i));

		if (one)
			(void)json_array_append_new(all, one);
	}
	return all;
}

char *stub_answer(const struct stub_facts *f, const char *body, size_t n)
{
	json_t *asked = json_loadb(body, n, 0, NULL);
	json_t *a = json_is_array(asked) && json_array_size(asked) > 0 ? answer_all(f, asked)
								       : answer_one(f, asked);
	char *text_out = a ? json_dumps(a, JSON_COMPACT) : NULL;

	json_decref(a);
	json_decref(asked);
	return text_out;
}
