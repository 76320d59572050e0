/* Sends that wait for their receipt: who has the method, what the answers mean, and when a plain
 * send is better. Nodes as MegaETH's gateway and as EIP-7966 say; a real one, too. Case 41. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "server/eth/keccak.h"
#include "store/base/clock.h"
#include "store/base/hex.h"
#include "tests/support/anvil.h"
#include "tests/support/world.h"

static const struct el_options waits = { .within_ms = 2000, .sync = true };

/* ---- nodes that answer as told ---- */

static struct script {
	const char *method; /* the one it has; NULL: none */
	bool timed;         /* it takes a second argument */
	const char *says;   /* to a transaction; NULL: its receipt */
	unsigned waited;    /* transactions that it was given so */
} script;

static const char receipt[] = "\"result\":{\"transactionHash\":\"" HASH(
	"01") "\",\"blockNumber\":\"0x11\","
	      "\"blockHash\":\"" HASH(
		      "ff") "\",\"status\":\"0x1\",\"gasUsed\":\"0xea60\","
			    "\"from\":\"0x0001000000000000000000000000000000000000\"}";

static const char *gateway(struct node *n, const char *method, const json_t *params)
{
	const char *raw = json_string_value(json_array_get(params, 0));

	(void)n;
	if (strcmp(method, "eth_sendRawTransaction") == 0)
		return "\"result\":\"" HASH("01") "\"";
	if (!script.method || strcmp(method, script.method) != 0)
		return NULL;
	if (!script.timed && json_array_size(params) > 1)
		return "\"error\":{\"code\":-32602,\"message\":\"too many arguments\"}";
	if (strcmp(raw, "0x") == 0)
		return "\"error\":{\"code\":-32602,\"message\":\"no transaction\"}";
	script.waited++;
	return script.says ? script.says : receipt;
}

static struct el_raw raw_of(unsigned lane)
{
	static const uint8_t bytes[] = { 2, 1 };
	struct el_raw r = { .raw = { bytes, 2 }, .lane = lane };

	memset(r.hash.b, 1, sizeof(r.hash.b));
	return r;
}

static int setup(void **state)
{
	script = (struct script){ .method = "realtime_sendRawTransaction", .timed = true };
	(void)world_setup(state);
	world.nodes[0].answer = gateway;
	return 0;
}

static void open_probed(void)
{
	struct el_probe p;

	world_open_as(1, &waits);
	assert_int_equal(el_probe(&world.t, world.el, "main", &p), OK);
}

static struct el_sent send_one(bool again)
{
	struct el_raw raw = raw_of(0);
	struct el_sent sent;

	raw.again = again;
	assert_int_equal(el_send_raw(&world.t, world.el, &raw, 1, &sent), OK);
	return sent;
}

static void the_receipt_comes_with_the_answer(void **state)
{
	(void)state;
	open_probed();
	for (int i = 0; i < 2; i++) {
		struct el_sent sent = send_one(false);

		assert_int_equal(sent.word.outcome, EL_SENT_ACCEPTED);
		assert_non_null(sent.receipt);
		assert_int_equal(sent.receipt->seen, EL_SEEN_MINED);
		assert_int_equal(sent.receipt->block, 17);
		assert_int_equal(sent.receipt->at_block, 17);
		assert_true(sent.receipt->succeeded && sent.receipt->preconfirmed);
		assert_false(sent.waited);
	}
	assert_int_equal(script.waited, 2);
	assert_int_equal(WORLD_COUNT(0, sends), 0);
}

static void a_node_without_the_method_is_asked_for_it_once(void **state)
{
	struct el_sent sent;

	(void)state;
	script.method = NULL;
	open_probed();
	for (int i = 0; i < 3; i++) {
		sent = send_one(false);
		assert_int_equal(sent.word.outcome, EL_SENT_ACCEPTED);
		assert_null(sent.receipt);
	}
	assert_int_equal(WORLD_COUNT(0, sends), 3);
}

static void a_method_that_is_gone_costs_no_send(void **state)
{
	struct el_sent sent;

	(void)state;
	script.says = "\"error\":{\"code\":-32601,\"message\":\"rpc method is not whitelisted\"}";
	open_probed();
	for (int i = 0; i < 2; i++) {
		sent = send_one(false);
		assert_int_equal(sent.word.outcome, EL_SENT_ACCEPTED);
		assert_int_equal(sent.n_words, 1);
	}
	assert_int_equal(script.waited, 1);
	assert_int_equal(WORLD_COUNT(0, sends), 2);
}

static void waiting_in_vain_is_unknown_in_either_convention(void **state)
{
	static const char *const says[] = {
		"\"error\":{\"code\":-32000,\"message\":\"realtime transaction expired\"}",
		"\"error\":{\"code\":4,\"message\":\"timeout\",\"data\":\"" HASH("01") "\"}",
		"\"error\":{\"code\":5,\"message\":\"queued\",\"data\":\"" HASH("01") "\"}",
		"\"error\":{\"code\":6,\"message\":\"nonce gap\",\"data\":\"0x5\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		struct el_sent sent;

		script.says = says[i];
		open_probed();
		sent = send_one(false);
		assert_true(sent.waited);
		assert_null(sent.receipt);
		assert_int_equal(sent.n_words, 2);
		assert_int_equal(sent.words[0].outcome, EL_SENT_UNKNOWN);
		/* Whether it has the bytes is asked at once, the ordinary way. */
		assert_int_equal(sent.word.outcome, EL_SENT_ACCEPTED);
		/* It is not worth it here: for a while it is not tried. */
		sent = send_one(false);
		assert_int_equal(sent.word.outcome, EL_SENT_ACCEPTED);
		assert_int_equal(WORLD_COUNT(0, sends), 2 * (i + 1));
		el_close(world.el);
		endpoints_close(world.pool);
	}
	world.el = NULL;
	world.pool = NULL;
}

static void refusals_and_other_answers_are_told_apart(void **state)
{
	struct el_sent sent;

	(void)state;
	script.says = "\"error\":{\"code\":-32003,\"message\":\"nonce too low\"}";
	open_probed();
	sent = send_one(false);
	assert_int_equal(sent.word.outcome, EL_SENT_REFUSED);
	assert_int_equal(sent.word.code, -32003);
	script.says = "\"result\":null";
	sent = send_one(false);
	assert_int_equal(sent.word.outcome, EL_SENT_UNKNOWN);
	assert_non_null(strstr(sent.word.message, "receipt"));
	assert_null(sent.receipt);
}

/* Many at once, two of a wallet, and what was sent before go as ever. */
static void batches_do_not_wait(void **state)
{
	struct el_raw raw[5];
	struct el_sent sent[5];

	(void)state;
	open_probed();
	for (unsigned i = 0; i < 5; i++)
		raw[i] = raw_of(i);
	assert_int_equal(el_send_raw(&world.t, world.el, raw, 5, sent), OK);
	raw[1].lane = 0;
	assert_int_equal(el_send_raw(&world.t, world.el, raw, 2, sent), OK);
	(void)send_one(true);
	assert_int_equal(script.waited, 0);
	assert_int_equal(WORLD_COUNT(0, sends), 8);
	raw[1].lane = 1;
	assert_int_equal(el_send_raw(&world.t, world.el, raw, 4, sent), OK);
	assert_int_equal(script.waited, 4);
}

static bool holds_those_that_wait(struct node *n, const struct httpd_request *q,
				  struct httpd_reply *r)
{
	(void)n;
	if (!strstr(q->body, "realtime_send") || strstr(q->body, "\"0x\""))
		return false;
	script.waited++;
	r->how = HTTPD_CLOSE;
	r->delay_ms = 10000;
	return true;
}

/* A node that knows nothing of our time, and waits as long as it likes. */
static void nobody_waits_longer_than_it_is_worth(void **state)
{
	struct el_sent sent;
	int64_t start;

	(void)state;
	script.timed = false;
	world.nodes[0].first = holds_those_that_wait;
	open_probed();
	start = clock_mono_ms();
	sent = send_one(false);
	assert_in_range(clock_mono_ms() - start, 350, 1500);
	assert_int_equal(sent.words[0].outcome, EL_SENT_UNKNOWN);
	assert_true(sent.waited);
	assert_int_equal(script.waited, 1);
	/* No fault of the endpoint. */
	assert_int_equal(world_endpoint("main").state, ENDPOINT_OK);
}

/* ---- a real node ---- */

static struct el_raw signed_by(struct anvil *node, uint64_t nonce)
{
	json_t *said = anvil_ask(node, "eth_signTransaction",
				 json_pack("[{s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:s}]", "from",
					   hex_of(&world.t, node->owner.b, 20), "to",
					   "0x00000000000000000000000000000000000000f1", "value",
					   "0x1", "gas", "0x5208", "maxFeePerGas", "0x2540be400",
					   "maxPriorityFeePerGas", "0x1", "nonce",
					   json_sprintf("0x%llx", (unsigned long long)nonce),
					   "type", "0x2"));
	uint8_t *raw = turn_alloc(&world.t, 1024);
	struct el_raw r = { 0 };
	size_t n;

	assert_true(hex_get_any(json_string_value(said), raw, 1024, &n));
	json_decref(said);
	r.raw = (struct bytes){ raw, n };
	keccak256(raw, n, &r.hash);
	return r;
}

static void with_node(const struct anvil_options *o, struct anvil **node)
{
	struct endpoint_setting list = { .name = "main" };
	struct el_probe p;

	*node = anvil_start(o);
	list.url = (*node)->url;
	assert_int_equal(endpoints_open(&world.t, &(struct endpoints_options){ .chain_id = 31337 },
					&list, 1, &world.pool),
			 OK);
	assert_int_equal(el_open(&world.t, world.pool, &waits, &world.el), OK);
	assert_int_equal(el_probe(&world.t, world.el, "main", &p), OK);
}

static void anvil_tells_the_receipt_along(void **state)
{
	struct anvil *node;
	struct el_sent sent;

	(void)state;
	with_node(NULL, &node);
	for (uint64_t nonce = anvil_nonce(node, node->owner), end = nonce + 3; nonce < end;
	     nonce++) {
		struct el_raw raw = signed_by(node, nonce);

		assert_int_equal(el_send_raw(&world.t, world.el, &raw, 1, &sent), OK);
		assert_int_equal(sent.word.outcome, EL_SENT_ACCEPTED);
		assert_non_null(sent.receipt);
		assert_true(sent.receipt->succeeded);
		assert_true(addr_eq(sent.receipt->from, node->owner));
		assert_int_equal(sent.receipt->block, anvil_block(node));
		/* Once mined, the same bytes are old. */
		assert_int_equal(el_send_raw(&world.t, world.el, &raw, 1, &sent), OK);
		assert_int_equal(sent.word.outcome, EL_SENT_REFUSED);
		assert_non_null(strstr(sent.word.message, "nonce too low"));
	}
	anvil_stop(node);
}

static void anvil_that_mines_later_is_not_waited_for(void **state)
{
	struct anvil *node;
	struct el_sent sent;
	struct el_receipt r;

	(void)state;
	with_node(&(struct anvil_options){ .no_mining = true }, &node);
	struct el_raw raw = signed_by(node, 0);

	assert_int_equal(el_send_raw(&world.t, world.el, &raw, 1, &sent), OK);
	assert_true(sent.waited);
	assert_int_equal(sent.words[0].outcome, EL_SENT_UNKNOWN);
	assert_non_null(strstr(sent.words[1].message, "already imported"));
	raw.again = true;
	assert_int_equal(el_send_raw(&world.t, world.el, &raw, 1, &sent), OK);
	assert_int_equal(sent.word.outcome, EL_SENT_REFUSED);
	assert_non_null(strstr(sent.word.message, "already imported"));
	anvil_mine(node, 1);
	assert_int_equal(el_receipts(&world.t, world.el, &raw.hash, 1, &r), OK);
	assert_int_equal(r.seen, EL_SEEN_MINED);
	anvil_stop(node);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_receipt_comes_with_the_answer),
		T(a_node_without_the_method_is_asked_for_it_once),
		T(a_method_that_is_gone_costs_no_send),
		T(waiting_in_vain_is_unknown_in_either_convention),
		T(refusals_and_other_answers_are_told_apart),
		T(batches_do_not_wait),
		T(nobody_waits_longer_than_it_is_worth),
		T(anvil_tells_the_receipt_along),
		T(anvil_that_mines_later_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
