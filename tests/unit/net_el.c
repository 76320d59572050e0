/* Reading from nodes that lie, limit, lose answers, or serve another chain. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/units.h"
#include "store/base/wei.h"
#include "tests/support/world.h"

static struct eth_addr addr(unsigned i)
{
	return (struct eth_addr){ { (uint8_t)(i >> 8), (uint8_t)i } };
}

/* n accounts: the error of the call. */
static enum err ask_accounts(size_t n, struct el_account *out)
{
	struct eth_addr *a = turn_array(&world.t, n, sizeof(*a));

	for (unsigned i = 0; i < n; i++)
		a[i] = addr(i);
	return el_accounts(&world.t, world.el, a, n, out);
}

static void accounts_come_with_the_head_they_are_at_least_as_new_as(void **state)
{
	struct el_account a[150];
	uint64_t head;

	(void)state;
	world_open_with(1);
	assert_int_equal(ask_accounts(150, a), OK);
	for (size_t i = 0; i < 150; i++) {
		assert_true(a[i].known);
		assert_string_equal(ether_str(&world.t, a[i].balance), "1 ether");
		assert_int_equal(a[i].nonce, 5);
		assert_int_equal(a[i].at_block, 16);
	}
	assert_true(endpoints_mark(world.pool, &head));
	assert_int_equal(head, 16);
	assert_int_equal(WORLD_COUNT(0, checks), 1);
	assert_int_equal(el_head(&world.t, world.el, &head), OK);
	assert_int_equal(head, 16);
	assert_int_equal(WORLD_COUNT(0, checks), 1);
}

static void another_chain_is_found_before_anything_is_sent(void **state)
{
	static const uint8_t bytes[] = { 2, 3 };
	struct el_raw raw = { .raw = { bytes, 2 } };
	struct el_sent sent;

	(void)state;
	world.nodes[0].chain_id = 1;
	world_open_with(1);
	assert_int_equal(el_send_raw(&world.t, world.el, &raw, 1, &sent), ERR_AWAY);
	assert_int_equal(world.t.reason, REASON_ENDPOINT_AWAY);
	assert_non_null(strstr(world.t.why, "endpoint 'main' serves chain 1, expected 6343"));
	assert_int_equal(sent.word.outcome, EL_SENT_NOT_SENT);
	assert_int_equal(WORLD_COUNT(0, sends), 0);
	assert_int_equal(world_endpoint("main").state, ENDPOINT_DISABLED);
}

static void a_wrong_first_endpoint_leaves_the_work_to_the_second(void **state)
{
	struct el_account a[3];

	(void)state;
	world.nodes[0].chain_id = 1;
	world_open_with(2);
	assert_int_equal(ask_accounts(3, a), OK);
	assert_true(a[2].known);
	assert_int_equal(WORLD_COUNT(0, balances), 0);
	assert_int_equal(WORLD_COUNT(1, balances), 3);
}

static const char *every_other(struct node *n, const char *method, const json_t *params)
{
	(void)params;
	return strcmp(method, "eth_getBalance") == 0 && n->balances % 2 ? "" : NULL;
}

static void only_what_is_unanswered_is_asked_elsewhere(void **state)
{
	struct el_account a[10];

	(void)state;
	world.nodes[0].answer = every_other;
	world_open_with(2);
	assert_int_equal(ask_accounts(10, a), OK);
	for (size_t i = 0; i < 10; i++)
		assert_true(a[i].known);
	assert_int_equal(WORLD_COUNT(0, balances), 10);
	assert_int_equal(WORLD_COUNT(1, balances), 5);
}

/* ---- endpoints that disagree (case 18) ---- */

static unsigned heads[2] = { 16, 16 };

static const char *own_head(struct node *n, const char *method, const json_t *params)
{
	static const char *const said[] = { "\"result\":\"0x10\"", "\"result\":\"0x11\"",
					    "\"result\":\"0x12\"" };

	(void)params;
	if (strcmp(method, "eth_getTransactionReceipt") == 0)
		return "\"result\":null";
	return strcmp(method, "eth_blockNumber") == 0 ? said[heads[n == &world.nodes[1]] - 16]
						      : NULL;
}

static void open_disagreeing(unsigned main_head, unsigned backup_head)
{
	struct el_probe p;

	heads[0] = main_head;
	heads[1] = backup_head;
	world.nodes[0].answer = world.nodes[1].answer = own_head;
	world_open_with(2);
	assert_int_equal(el_probe(&world.t, world.el, "main", &p), OK);
	assert_int_equal(el_probe(&world.t, world.el, "backup", &p), OK);
}

static void an_answer_below_the_mark_is_asked_elsewhere(void **state)
{
	struct el_account a[3];
	uint64_t head;

	(void)state;
	open_disagreeing(18, 18);
	assert_int_equal(el_head(&world.t, world.el, &head), OK);
	assert_int_equal(head, 18);
	heads[0] = 17;
	assert_int_equal(ask_accounts(3, a), OK);
	for (size_t i = 0; i < 3; i++)
		assert_true(a[i].known && a[i].at_block == 18);
	assert_int_equal(WORLD_COUNT(1, balances), 3);
	assert_int_equal(el_head(&world.t, world.el, &head), OK);
	assert_int_equal(head, 18);
	/* To lag by a block is no fault. */
	assert_int_equal(world_endpoint("main").state, ENDPOINT_OK);
	assert_int_equal(world_endpoint("main").failed, 0);
}

static void after_a_failover_nothing_goes_backwards(void **state)
{
	struct el_account a[3];
	uint64_t head;

	(void)state;
	open_disagreeing(18, 17);
	assert_int_equal(el_head(&world.t, world.el, &head), OK);
	httpd_stop(world.nodes[0].http);
	world.nodes[0].http = NULL;
	assert_int_equal(ask_accounts(3, a), ERR_AWAY);
	assert_non_null(strstr(world.t.why, "block 18 was seen, and they are at 17"));
	assert_false(a[0].known);
	heads[1] = 18;
	assert_int_equal(ask_accounts(3, a), OK);
	assert_true(a[0].known);
}

static void the_mark_of_the_last_run_holds_at_the_start(void **state)
{
	struct endpoint_setting list = { .name = "main", .url = httpd_url(world.nodes[0].http) };
	struct el_account a[1];

	(void)state;
	assert_int_equal(endpoints_open(&world.t,
					&(struct endpoints_options){ .chain_id = 6343, .head = 17 },
					&list, 1, &world.pool),
			 OK);
	assert_int_equal(el_open(&world.t, world.pool, &(struct el_options){ 0 }, &world.el), OK);
	assert_int_equal(ask_accounts(1, a), ERR_AWAY);
	assert_non_null(strstr(world.t.why, "block 17 was seen, and they are at 16"));
}

static const char *knows_it(struct node *n, const char *method, const json_t *params)
{
	if (strcmp(method, "eth_getTransactionReceipt") == 0)
		return "\"result\":{\"transactionHash\":\"" HASH(
			"00") "\",\"blockNumber\":"
			      "\"0x10\",\"blockHash\":\"" HASH(
				      "77") "\",\"status\":\"0x1\","
					    "\"gasUsed\":\"0x5208\","
					    "\"from\":"
					    "\"0x0001000000000000000000000000000000000000\"}";
	return own_head(n, method, params);
}

/* Case 6. */
static void no_receipt_is_believed_of_all_and_never_of_one_that_lags(void **state)
{
	struct eth_hash h = { { 0 } };
	struct el_receipt r;

	(void)state;
	open_disagreeing(18, 18);
	assert_int_equal(el_receipts_all(&world.t, world.el, &h, 1, &r), OK);
	assert_int_equal(r.seen, EL_SEEN_ABSENT);
	assert_int_equal(r.at_block, 18);
	world.nodes[1].answer = knows_it;
	assert_int_equal(el_receipts_all(&world.t, world.el, &h, 1, &r), OK);
	assert_int_equal(r.seen, EL_SEEN_MINED);
	/* The only one that answers is behind. */
	world.nodes[1].answer = own_head;
	heads[1] = 17;
	httpd_stop(world.nodes[0].http);
	world.nodes[0].http = NULL;
	assert_int_equal(el_receipts_all(&world.t, world.el, &h, 1, &r), ERR_AWAY);
	assert_int_equal(r.seen, EL_SEEN_UNKNOWN);
}

#define RECEIPT_IN(block)                                                                          \
	"\"result\":{\"transactionHash\":\"" HASH(                                                 \
		"00") "\",\"blockNumber\":\"" block                                                \
		      "\",\"blockHash\":\"" HASH(                                                  \
			      "77") "\",\"status\":\"0x1\",\"gasUsed\":\"0x5208\","                \
				    "\"from\":\"0x0001000000000000000000000000000000000000\"}"

static const char *far_beyond(struct node *n, const char *method, const json_t *params)
{
	if (strcmp(method, "eth_getTransactionReceipt") == 0)
		return RECEIPT_IN("0x10000000000");
	return own_head(n, method, params);
}

static const char *head_and_block_are_absurd(struct node *n, const char *method,
					     const json_t *params)
{
	if (strcmp(method, "eth_blockNumber") == 0)
		return "\"result\":\"0x10000000010\"";
	return far_beyond(n, method, params);
}

/* Case 18. */
static void a_receipt_of_a_block_beyond_its_own_head_is_no_answer(void **state)
{
	struct eth_hash h = { { 0 } };
	struct el_receipt r;

	(void)state;
	open_disagreeing(18, 18);
	world.nodes[0].answer = far_beyond;
	assert_int_equal(el_receipts(&world.t, world.el, &h, 1, &r), OK);
	assert_int_equal(r.seen, EL_SEEN_ABSENT);
	world.nodes[1].answer = far_beyond;
	assert_int_equal(el_receipts(&world.t, world.el, &h, 1, &r), ERR_AWAY);
	assert_int_equal(r.seen, EL_SEEN_UNKNOWN);
}

/* Case 18. */
static void a_final_receipt_needs_the_word_of_a_second(void **state)
{
	struct eth_hash h = { { 0 } };
	struct el_receipt r;
	enum el_second said;

	(void)state;
	open_disagreeing(18, 18);
	world.nodes[0].answer = knows_it;
	assert_int_equal(el_receipts(&world.t, world.el, &h, 1, &r), OK);
	assert_int_equal(r.seen, EL_SEEN_MINED);
	assert_int_equal(el_receipts_second(&world.t, world.el, &h, &r, 1, &said), OK);
	assert_int_equal(said, EL_SECOND_OTHER);
	world.nodes[1].answer = knows_it;
	assert_int_equal(el_receipts_second(&world.t, world.el, &h, &r, 1, &said), OK);
	assert_int_equal(said, EL_SECOND_SAME);
	r.block_hash.b[0] ^= 1;
	assert_int_equal(el_receipts_second(&world.t, world.el, &h, &r, 1, &said), OK);
	assert_int_equal(said, EL_SECOND_OTHER);
	r.block_hash.b[0] ^= 1;
	httpd_stop(world.nodes[1].http);
	world.nodes[1].http = NULL;
	assert_int_equal(el_receipts_second(&world.t, world.el, &h, &r, 1, &said), OK);
	assert_int_equal(said, EL_SECOND_SILENT);
}

/* Case 18. */
static void an_absurd_head_of_one_of_two_moves_no_mark_and_ends_nothing(void **state)
{
	struct eth_hash h = { { 0 } };
	struct el_receipt r;
	enum el_second said;
	uint64_t mark;

	(void)state;
	open_disagreeing(18, 18);
	world.nodes[0].answer = head_and_block_are_absurd;
	assert_int_equal(el_receipts(&world.t, world.el, &h, 1, &r), OK);
	assert_int_equal(r.seen, EL_SEEN_MINED);
	assert_true(endpoints_mark(world.pool, &mark));
	assert_true(mark <= 18);
	assert_int_equal(el_receipts_second(&world.t, world.el, &h, &r, 1, &said), OK);
	assert_int_equal(said, EL_SECOND_OTHER);
}

static void with_one_endpoint_its_word_is_all_there_is(void **state)
{
	struct eth_hash h = { { 0 } };
	struct el_receipt r = { .seen = EL_SEEN_MINED, .block = 16, .at_block = 16 };
	struct eth_addr a = addr(1);
	struct el_nonce nonce;
	enum el_second said;

	(void)state;
	world_open_with(1);
	assert_int_equal(el_receipts_second(&world.t, world.el, &h, &r, 1, &said), OK);
	assert_int_equal(said, EL_SECOND_NONE);
	assert_int_equal(el_nonces_second(&world.t, world.el, &a, 1, &nonce), OK);
	assert_true(nonce.none);
}

static const char *says_nonce_9(struct node *n, const char *method, const json_t *params)
{
	if (strcmp(method, "eth_getTransactionCount") == 0)
		return "\"result\":\"0x9\"";
	return own_head(n, method, params);
}

/* Case 18. */
static void a_spent_nonce_is_the_word_of_two(void **state)
{
	struct eth_addr a = addr(1);
	struct el_nonce nonce;

	(void)state;
	open_disagreeing(18, 18);
	world.nodes[0].answer = says_nonce_9;
	assert_int_equal(el_nonces_second(&world.t, world.el, &a, 1, &nonce), OK);
	assert_true(nonce.known && !nonce.none);
	assert_int_equal(nonce.nonce, 5);
	world.nodes[1].answer = says_nonce_9;
	assert_int_equal(el_nonces_second(&world.t, world.el, &a, 1, &nonce), OK);
	assert_int_equal(nonce.nonce, 9);
}

static void what_nobody_answers_is_unknown_alone(void **state)
{
	struct el_account a[10];

	(void)state;
	world.nodes[0].answer = every_other;
	world_open_with(1);
	assert_int_equal(ask_accounts(10, a), OK);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(a[i].known, i % 2);
}

static const char *absurd(struct node *n, const char *method, const json_t *params)
{
	static const char *const balances[] = {
		"\"result\":\"0x1" HASH("00") "\"",
		"\"result\":null",
		"\"result\":\"\"",
		"\"result\":\"0x\"",
		"\"result\":5",
		"\"result\":\"12\"",
		"\"result\":\"0xzz\"",
		"\"result\":{}",
		"\"result\":\"-0x1\"",
	};

	(void)params;
	if (strcmp(method, "eth_getTransactionCount") == 0)
		return n->balances == 10 ? "\"result\":\"0x10000000000000000\"" : NULL;
	return strcmp(method, "eth_getBalance") == 0 && n->balances <= 9 ? balances[n->balances - 1]
									 : NULL;
}

static void absurd_values_are_unknown_never_zero(void **state)
{
	struct el_account a[11];

	(void)state;
	world.nodes[0].answer = absurd;
	world_open_with(1);
	assert_int_equal(ask_accounts(11, a), OK);
	for (size_t i = 0; i < 10; i++)
		assert_false(a[i].known);
	assert_true(a[10].known);
}

static bool limits(struct node *n, const struct httpd_request *q, struct httpd_reply *r)
{
	(void)n;
	if (!strstr(q->body, "eth_getBalance"))
		return false;
	r->status = 429;
	r->body = httpd_text("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32022,"
			     "\"message\":\"compute unit limit, retry in 9 seconds\"}}");
	return true;
}

static void a_limited_endpoint_is_left_alone_until_it_said(void **state)
{
	struct el_account a[2];

	(void)state;
	world.nodes[0].first = limits;
	world_open_with(1);
	assert_int_equal(ask_accounts(2, a), ERR_AWAY);
	assert_int_equal(world.t.reason, REASON_ENDPOINT_AWAY);
	assert_non_null(strstr(world.t.why, "compute unit limit"));
	assert_true(world.t.retry_ms > 8000 && world.t.retry_ms <= 9001);
	assert_int_equal(world_endpoint("main").state, ENDPOINT_LIMITED);
	unsigned asked = httpd_requests(world.nodes[0].http);

	assert_int_equal(ask_accounts(2, a), ERR_AWAY);
	assert_int_equal(httpd_requests(world.nodes[0].http), asked);
}

static void sends_go_on_while_reads_are_limited(void **state)
{
	static const uint8_t bytes[] = { 2, 3 };
	struct el_account a[2];
	struct el_raw raw = { .raw = { bytes, 2 } };
	struct el_sent sent;

	(void)state;
	world.nodes[0].first = limits;
	world_open_with(1);
	assert_int_equal(ask_accounts(2, a), ERR_AWAY);
	assert_int_equal(el_send_raw(&world.t, world.el, &raw, 1, &sent), OK);
	assert_int_equal(sent.word.outcome, EL_SENT_REFUSED);
	assert_int_equal(WORLD_COUNT(0, sends), 1);
}

static void a_turn_without_time_asks_nobody(void **state)
{
	struct el_account a[2];
	struct arena *mem = world.t.mem;

	(void)state;
	world_open_with(1);
	turn_begin(&world.t, NULL, NULL, mem, "test", "test", 0);
	assert_int_equal(ask_accounts(2, a), ERR_AWAY);
	assert_non_null(strstr(world.t.why, "deadline"));
	assert_int_equal(httpd_requests(world.nodes[0].http), 0);
	assert_int_equal(world_endpoint("main").state, ENDPOINT_UNTRIED);
}

static void a_limited_first_endpoint_leaves_reads_to_the_second(void **state)
{
	struct el_account a[2];

	(void)state;
	world.nodes[0].first = limits;
	world_open_with(2);
	assert_int_equal(ask_accounts(2, a), OK);
	assert_true(a[1].known);
	assert_int_equal(WORLD_COUNT(1, balances), 2);
}

static bool small_batches(struct node *n, const struct httpd_request *q, struct httpd_reply *r)
{
	json_t *asked = json_loads(q->body, 0, NULL);
	bool refuse = json_array_size(asked) > 10;

	(void)n;
	json_decref(asked);
	if (refuse)
		r->body = httpd_text("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,"
				     "\"message\":\"batch too large\"}}");
	return refuse;
}

static void refused_batches_become_smaller(void **state)
{
	struct el_account a[60];

	(void)state;
	world.nodes[0].first = small_batches;
	world_open_with(1);
	assert_int_equal(ask_accounts(60, a), OK);
	for (size_t i = 0; i < 60; i++)
		assert_true(a[i].known);
	assert_int_equal(WORLD_COUNT(0, balances), 60);
}

static bool no_batches(struct node *n, const struct httpd_request *q, struct httpd_reply *r)
{
	(void)n;
	if (q->body[0] != '[')
		return false;
	r->status = 400;
	r->body = httpd_text("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,"
			     "\"message\":\"batches are not supported\"}}");
	return true;
}

static void a_node_without_batches_is_asked_one_by_one(void **state)
{
	struct el_account a[3];
	struct el_probe p;

	(void)state;
	world.nodes[0].first = no_batches;
	world_open_with(1);
	assert_int_equal(ask_accounts(3, a), OK);
	for (size_t i = 0; i < 3; i++) {
		assert_true(a[i].known);
		assert_int_equal(a[i].at_block, 16);
	}
	assert_int_equal(el_probe(&world.t, world.el, "main", &p), OK);
}

/* ---- probes and coming back ---- */

static void a_probe_takes_what_the_node_tells(void **state)
{
	struct el_probe p;

	(void)state;
	world_open_with(2);
	assert_int_equal(el_probe(&world.t, world.el, "backup", &p), OK);
	assert_true(p.answered && p.genesis_known && p.head_known && p.base_fee_known);
	assert_int_equal(p.chain_id, 6343);
	assert_int_equal(p.head, 16);
	assert_int_equal(p.head_time, 0x65);
	assert_int_equal(p.gas_limit, 30000000);
	assert_string_equal(wei_str(&world.t, p.base_fee), "7");
	assert_false(p.gas_price_known || p.tip_known);
	assert_string_equal(p.client, "");
	assert_true(p.latency_us > 0);
	assert_int_equal(world_endpoint("backup").state, ENDPOINT_OK);
	assert_int_equal(world_endpoint("main").state, ENDPOINT_UNTRIED);
	assert_int_equal(el_probe(&world.t, world.el, "nobody", &p), ERR_MISSING);
}

/* A node that tells no tip of its own, after blocks that were as full as used_ratio says. */
static const char *used_ratio;

static bool tells_no_tip(struct node *n, const struct httpd_request *q, struct httpd_reply *r)
{
	json_t *one, *said, *asked;
	size_t i;

	(void)n;
	if (!strstr(q->body, "eth_feeHistory"))
		return false;
	said = json_array();
	asked = json_loads(q->body, 0, NULL);
	json_array_foreach(asked, i, one)
	{
		const char *method = json_string_value(json_object_get(one, "method"));
		json_t *result = json_null();

		if (strcmp(method, "eth_gasPrice") == 0)
			result = json_string("0x3b9aca07");
		else if (strcmp(method, "eth_feeHistory") == 0)
			result = json_pack("{s:[sss],s:[[s],[s]],s:o}", "baseFeePerGas", "0x7",
					   "0x7", "0x7", "reward", "0x5", "0x0", "gasUsedRatio",
					   json_loads(used_ratio, 0, NULL));
		json_array_append_new(said,
				      json_pack("{s:s,s:O,s:o}", "jsonrpc", "2.0", "id",
						json_object_get(one, "id"), "result", result));
	}
	char *text = json_dumps(said, 0);

	r->body = httpd_text("%s", text);
	free(text);
	json_decref(said);
	json_decref(asked);
	return true;
}

static void what_an_empty_block_rewarded_is_no_tip(void **state)
{
	struct el_probe p;

	(void)state;
	world.nodes[0].first = tells_no_tip;
	world_open_with(1);
	used_ratio = "[0.5, 0.0]";
	assert_int_equal(el_probe(&world.t, world.el, "main", &p), OK);
	assert_string_equal(wei_str(&world.t, p.tip), "5");
	used_ratio = "[0.0, 0.0]";
	assert_int_equal(el_probe(&world.t, world.el, "main", &p), OK);
	assert_true(p.tip_known);
	assert_string_equal(wei_str(&world.t, p.tip), "1000000000");
}

static void a_probe_of_another_chain_says_so(void **state)
{
	struct el_probe p;

	(void)state;
	world.nodes[0].chain_id = 1;
	world_open_with(1);
	assert_int_equal(el_probe(&world.t, world.el, "main", &p), ERR_REFUSED);
	assert_int_equal(world.t.reason, REASON_CHAIN_MISMATCH);
	assert_int_equal(p.chain_id, 1);
	assert_non_null(strstr(p.said, "expected 6343"));
	/* And again, though it is disabled. */
	assert_int_equal(el_probe(&world.t, world.el, "main", &p), ERR_REFUSED);
	assert_int_equal(el_probe(&world.t, world.el, "", &p), ERR_AWAY);
}

static bool silent(struct node *n, const struct httpd_request *q, struct httpd_reply *r)
{
	(void)n, (void)q;
	r->how = HTTPD_CLOSE;
	return true;
}

static void one_that_comes_back_with_another_genesis_is_disabled(void **state)
{
	struct el_account a;
	struct el_probe p;

	(void)state;
	world_open_with(2);
	assert_int_equal(ask_accounts(1, &a), OK);
	assert_int_equal(el_probe(&world.t, world.el, "backup", &p), OK);
	httpd_lock(world.nodes[0].http);
	world.nodes[0].first = silent;
	httpd_unlock(world.nodes[0].http);
	assert_int_equal(ask_accounts(1, &a), OK);
	assert_int_equal(world_endpoint("main").state, ENDPOINT_AWAY);
	assert_int_equal(el_probe(&world.t, world.el, "main", &p), ERR_AWAY);
	httpd_lock(world.nodes[0].http);
	world.nodes[0].first = NULL;
	world.nodes[0].genesis = HASH("bb");
	httpd_unlock(world.nodes[0].http);
	assert_int_equal(el_probe(&world.t, world.el, "main", &p), ERR_REFUSED);
	assert_non_null(strstr(world.t.why, "another chain under the id 6343"));
	assert_int_equal(world_endpoint("main").state, ENDPOINT_DISABLED);
	assert_int_equal(ask_accounts(1, &a), OK);
	assert_true(a.known);
}

static void no_endpoint_at_all_is_one_clear_error(void **state)
{
	struct el_account a[2];

	(void)state;
	world.nodes[0].first = world.nodes[1].first = silent;
	world_open_with(2);
	assert_int_equal(ask_accounts(2, a), ERR_AWAY);
	assert_int_equal(world.t.reason, REASON_ENDPOINT_AWAY);
	assert_non_null(strstr(world.t.why, "no endpoint answers: endpoint 'main': HTTP"));
	assert_true(world.t.retry_ms > 0);
	assert_false(a[0].known || a[1].known);
}

static void nothing_is_asked_for_nothing(void **state)
{
	(void)state;
	world_open_with(1);
	assert_int_equal(el_accounts(&world.t, world.el, NULL, 0, NULL), OK);
	assert_int_equal(el_send_raw(&world.t, world.el, NULL, 0, NULL), OK);
	assert_int_equal(el_receipts(&world.t, world.el, NULL, 0, NULL), OK);
	assert_int_equal(httpd_requests(world.nodes[0].http), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(accounts_come_with_the_head_they_are_at_least_as_new_as),
		T(another_chain_is_found_before_anything_is_sent),
		T(a_wrong_first_endpoint_leaves_the_work_to_the_second),
		T(only_what_is_unanswered_is_asked_elsewhere),
		T(an_answer_below_the_mark_is_asked_elsewhere),
		T(after_a_failover_nothing_goes_backwards),
		T(the_mark_of_the_last_run_holds_at_the_start),
		T(no_receipt_is_believed_of_all_and_never_of_one_that_lags),
		T(a_receipt_of_a_block_beyond_its_own_head_is_no_answer),
		T(a_final_receipt_needs_the_word_of_a_second),
		T(an_absurd_head_of_one_of_two_moves_no_mark_and_ends_nothing),
		T(with_one_endpoint_its_word_is_all_there_is),
		T(a_spent_nonce_is_the_word_of_two),
		T(what_nobody_answers_is_unknown_alone),
		T(absurd_values_are_unknown_never_zero),
		T(a_limited_endpoint_is_left_alone_until_it_said),
		T(sends_go_on_while_reads_are_limited),
		T(a_turn_without_time_asks_nobody),
		T(a_limited_first_endpoint_leaves_reads_to_the_second),
		T(refused_batches_become_smaller),
		T(a_node_without_batches_is_asked_one_by_one),
		T(a_probe_takes_what_the_node_tells),
		T(what_an_empty_block_rewarded_is_no_tip),
		T(a_probe_of_another_chain_says_so),
		T(one_that_comes_back_with_another_genesis_is_disabled),
		T(no_endpoint_at_all_is_one_clear_error),
		T(nothing_is_asked_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
