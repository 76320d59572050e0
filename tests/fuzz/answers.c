/* Any body as the answer to a JSON-RPC batch: each call has an outcome that can be told, and
 * nothing of a bad answer is taken for a result. The first byte says what was asked. */
#include <string.h>

#include "server/net/el_ask.h"
#include "server/net/http.h"
#include "server/net/jsonrpc.h"
#include "tests/fuzz/fuzz.h"

static struct http_answer canned;

/* In the place of curl: every request gets the same answer. */
struct http_answer *http_ask_many(struct turn *t, struct http_client *c,
				  const struct http_ask *asks, size_t n)
{
	struct http_answer *answers = turn_array(t, n + 1, sizeof(*answers));

	(void)c;
	for (size_t i = 0; i < n; i++) {
		fuzz_must(asks[i].body.n > 0, "an empty request");
		answers[i] = canned;
	}
	return answers;
}

/* Whatever stands there, the strict readers end and keep within the type. */
static void read_all(struct turn *t, const json_t *j)
{
	struct eth_hash hash;
	struct eth_addr addr;
	struct bytes bytes;
	struct wei wei;
	uint64_t u;

	if (el_u64(j, &u))
		fuzz_must(el_wei(j, &wei), "64 bits but not 256");
	(void)el_hash(j, &hash);
	(void)el_addr(j, &addr);
	(void)el_sealed(j, &hash);
	if (el_bytes(t, j, 64, &bytes))
		fuzz_must(bytes.n <= 64, "more than was wanted");
}

static void check(struct turn *t, const struct rpc_round *r, size_t n)
{
	bool any = false;

	fuzz_must(r->said != NULL, "a round that says nothing");
	fuzz_must(r->health == RPC_FINE || r->said[0], "ill without a word");
	fuzz_must(r->wait_ms >= 0 && r->wait_ms <= 3600000, "a wait of %lld ms",
		  (long long)r->wait_ms);
	for (size_t i = 0; i < n; i++) {
		const struct rpc_answer *a = &r->answers[i];

		fuzz_must(a->message && strlen(a->message) <= 320, "no word of call %zu", i);
		fuzz_must(a->outcome != RPC_RESULT || a->result, "a result that is not there");
		fuzz_must(a->outcome == RPC_RESULT || !a->result, "a result and none");
		fuzz_must(a->outcome != RPC_RESULT || canned.status == 200,
			  "a result under status %d", canned.status);
		for (const char *s = a->message; *s; s++)
			fuzz_must(*s >= ' ' && *s <= '~', "a word of control");
		any = any || a->outcome == RPC_RESULT;
		if (a->outcome == RPC_RESULT)
			read_all(t, a->result);
		(void)el_first_head(a);
	}
	fuzz_must(!r->any_fine || any || n == 0 || r->health == RPC_FINE,
		  "fine with nothing in it");
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const int statuses[] = { 200, 200, 200, 200, 429, 500, 404, 201 };
	struct rpc_call calls[4], head = { .method = "eth_blockNumber", .params_json = "[]" };
	struct rpc_round round;

	if (n < 1)
		return 0;
	struct turn *t = fuzz_begin();
	size_t n_calls = 1 + (p[0] & 3u);
	struct rpc_options o = { .url = "http://127.0.0.1/", .batch = p[0] & 64 ? 2 : 0 };

	for (size_t i = 0; i < n_calls; i++)
		calls[i] = (struct rpc_call){ .method = "eth_chainId", .params_json = "[]" };
	o.first = p[0] & 4 ? &head : NULL;
	/* http.h: a NUL stands behind the body. */
	char *body = turn_alloc(t, n);

	memcpy(body, p + 1, n - 1);
	canned = (struct http_answer){ .outcome = HTTP_ANSWERED,
				       .status = statuses[p[0] >> 3 & 7],
				       .body = { (const uint8_t *)body, n - 1 },
				       .retry_after_ms = -1,
				       .layer = "",
				       .said = "" };
	rpc_ask(t, NULL, &o, calls, n_calls, &round);
	check(t, &round, n_calls);
	rpc_done(&round);
	fuzz_end();
	return 0;
}
