/* Sends, receipts and calls: what is known afterwards, and what is not. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/base/units.h"
#include "store/base/wei.h"
#include "tests/support/world.h"

/* ---- sends ---- */

static struct el_raw raw_of(unsigned i, unsigned lane)
{
	uint8_t *p = turn_alloc(&world.t, 2);
	struct el_raw r = { .raw = { p, 2 }, .lane = lane };

	p[0] = 2;
	p[1] = (uint8_t)i;
	memset(r.hash.b, (int)i, sizeof(r.hash.b));
	return r;
}

/* The hash of raw_of(i) is 32 times i; what the first bytes ask for decides. */
static const char *mixed_sends(struct node *n, const char *method, const json_t *params)
{
	const char *raw = json_string_value(json_array_get(params, 0));

	if (strcmp(method, "eth_sendRawTransaction") != 0)
		return NULL;
	if (n->n_order < sizeof(n->order) - 1)
		n->order[n->n_order++] = raw[5];
	if (strcmp(raw, "0x0201") == 0)
		return "\"result\":\"" HASH("01") "\"";
	if (strcmp(raw, "0x0202") == 0)
		return "\"error\":{\"code\":-32003,\"message\":\"nonce too low\"}";
	if (strcmp(raw, "0x0203") == 0)
		return "\"result\":\"" HASH("99") "\"";
	if (strcmp(raw, "0x0204") == 0)
		return "";
	if (strcmp(raw, "0x0205") == 0)
		return "\"error\":{\"code\":-32005,\"message\":\"rate limit\"}";
	return "\"result\":null";
}

static void each_send_has_its_own_outcome(void **state)
{
	static const enum el_sent_outcome want[] = { EL_SENT_ACCEPTED, EL_SENT_REFUSED,
						     EL_SENT_UNKNOWN,  EL_SENT_UNKNOWN,
						     EL_SENT_UNKNOWN,  EL_SENT_UNKNOWN };
	struct el_raw raw[6];
	struct el_sent sent[6];

	(void)state;
	world.nodes[0].answer = mixed_sends;
	world_open_with(1);
	for (unsigned i = 0; i < 6; i++)
		raw[i] = raw_of(i + 1, 0);
	assert_int_equal(el_send_raw(&world.t, world.el, raw, 6, sent), OK);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(sent[i].word.outcome, want[i]);
		assert_string_equal(sent[i].word.endpoint, "main");
	}
	assert_int_equal(sent[1].word.code, -32003);
	assert_string_equal(sent[1].word.message, "nonce too low");
	assert_non_null(strstr(sent[2].word.message, "another hash"));
	assert_int_equal(WORLD_COUNT(0, sends), 6);
}

static bool lose_sends(struct node *n, const struct httpd_request *q, struct httpd_reply *r)
{
	if (!strstr(q->body, "eth_sendRaw"))
		return false;
	n->sends++;
	r->how = HTTPD_CLOSE;
	return true;
}

static void a_send_without_an_answer_is_unknown_and_not_repeated_there(void **state)
{
	struct el_raw raw[2] = { raw_of(1, 0), raw_of(2, 1) };
	struct el_sent sent[2];

	(void)state;
	world.nodes[0].first = lose_sends;
	world_open_with(1);
	assert_int_equal(el_send_raw(&world.t, world.el, raw, 2, sent), OK);
	assert_int_equal(sent[0].word.outcome, EL_SENT_UNKNOWN);
	assert_int_equal(sent[1].word.outcome, EL_SENT_UNKNOWN);
	assert_int_equal(WORLD_COUNT(0, sends), 2);
	assert_int_equal(world_endpoint("main").state, ENDPOINT_AWAY);
}

static void a_send_to_a_node_that_is_gone_did_not_leave(void **state)
{
	uint64_t head;
	struct el_raw raw = raw_of(1, 0);
	struct el_sent sent;

	(void)state;
	world_open_with(1);
	assert_int_equal(el_head(&world.t, world.el, &head), OK);
	httpd_stop(world.nodes[0].http);
	world.nodes[0].http = NULL;
	/* The kept connection is found dead, or the new one refused; never the one for the other.
	 */
	enum err err = el_send_raw(&world.t, world.el, &raw, 1, &sent);

	if (err == OK) {
		assert_int_equal(sent.word.outcome, EL_SENT_UNKNOWN);
		usleep(300000); /* AWAY for 250 ms */
		err = el_send_raw(&world.t, world.el, &raw, 1, &sent);
	}
	assert_int_equal(err, ERR_AWAY);
	assert_int_equal(world.t.reason, REASON_ENDPOINT_AWAY);
	assert_int_equal(sent.word.outcome, EL_SENT_NOT_SENT);
}

static void sends_of_a_wallet_go_in_order(void **state)
{
	struct el_raw raw[60];
	struct el_sent sent[60];
	size_t n = 0;

	(void)state;
	world.nodes[0].answer = mixed_sends;
	world_open_with(1);
	for (unsigned lane = 0; lane < 6; lane++)
		for (unsigned i = 0; i < 10; i++)
			raw[n++] = raw_of(i, lane);
	assert_int_equal(el_send_raw(&world.t, world.el, raw, n, sent), OK);
	assert_int_equal(WORLD_COUNT(0, sends), 60);
	/* Two lanes in a batch, each whole and in its order; batches in any order. */
	for (size_t i = 0; i < world.nodes[0].n_order; i += 10)
		assert_memory_equal(world.nodes[0].order + i, "0123456789", 10);
}

/* ---- receipts ---- */

#define RECEIPT(d, more)                                                                           \
	"\"result\":{\"transactionHash\":\"" HASH(d) "\",\"blockNumber\":\"0x9\",\"from\":"        \
						     "\"0x00010000000000000000000000000000000000"  \
						     "00\",\"gasUsed\":\"0xea60\"," more "}"
#define GOOD "\"status\":\"0x1\",\"effectiveGasPrice\":\"0xf4240\","

static const char *receipts(struct node *n, const char *method, const json_t *params)
{
	static const char *const said[] = {
		"\"result\":null",
		RECEIPT("01", GOOD "\"blockHash\":\"" HASH("77") "\",\"l1Fee\":\"0x6da0\""),
		RECEIPT("02", "\"status\":\"0x0\",\"blockHash\":\"" HASH("ff") "\""),
		RECEIPT("03", GOOD "\"blockHash\":null"),
		RECEIPT("04", GOOD "\"blockHash\":\"" HASH("00") "\""),
		RECEIPT("01", GOOD "\"blockHash\":\"" HASH("77") "\""),
		RECEIPT("06", "\"status\":\"0x2\",\"blockHash\":\"" HASH("77") "\""),
		RECEIPT("07", "\"blockHash\":\"" HASH("77") "\""),
		RECEIPT("08", GOOD "\"l1Fee\":\"lots\""),
		"\"result\":[]",
		"\"error\":{\"code\":-32603,\"message\":\"internal error\"}",
	};
	const char *h = json_string_value(json_array_get(params, 0));

	(void)n;
	return strcmp(method, "eth_getTransactionReceipt") == 0 ? said[strtoul(h + 64, NULL, 16)]
								: NULL;
}

static void receipts_are_read_strictly(void **state)
{
	struct eth_hash h[11];
	struct el_receipt r[11];

	(void)state;
	world.nodes[0].answer = receipts;
	world_open_with(1);
	for (int i = 0; i < 11; i++)
		memset(h[i].b, i, 32);
	assert_int_equal(el_receipts(&world.t, world.el, h, 11, r), OK);
	assert_int_equal(r[0].seen, EL_SEEN_ABSENT);
	assert_int_equal(r[0].at_block, 16);
	assert_int_equal(r[1].seen, EL_SEEN_MINED);
	assert_true(r[1].succeeded && !r[1].preconfirmed && r[1].price_known);
	assert_int_equal(r[1].block, 9);
	assert_int_equal(r[1].block_hash.b[31], 0x77);
	assert_int_equal(r[1].gas_used, 60000);
	assert_string_equal(wei_str(&world.t, r[1].price), "1000000");
	assert_string_equal(wei_str(&world.t, r[1].l1_fee), "28064");
	assert_true(addr_eq(r[1].from, (struct eth_addr){ { 0, 1 } }));
	assert_int_equal(r[2].seen, EL_SEEN_MINED);
	assert_true(!r[2].succeeded && r[2].preconfirmed && !r[2].price_known);
	assert_true(r[3].preconfirmed && r[4].preconfirmed);
	for (int i = 5; i < 11; i++)
		assert_int_equal(r[i].seen, EL_SEEN_UNKNOWN);
}

/* ---- calls ---- */

static const char *calls(struct node *n, const char *method, const json_t *params)
{
	static const char *const said[] = {
		"\"result\":\"0x0102\"",
		"\"result\":\"0x\"",
		"\"error\":{\"code\":3,\"message\":\"execution reverted\",\"data\":\"0x9fe7bfd9\"}",
		"\"error\":{\"code\":-32000,\"message\":\"execution reverted\"}",
		"\"error\":{\"code\":-32000,\"message\":\"insufficient funds for gas\"}",
		"\"error\":{\"code\":-32603,\"message\":\"internal error\"}",
		"\"result\":\"0x012\"",
		"",
	};
	const char *to = json_string_value(json_object_get(json_array_get(params, 0), "to"));

	(void)n;
	return strcmp(method, "eth_call") == 0 ? said[strtoul(to + 40, NULL, 16)] : NULL;
}

static void a_revert_is_the_contracts_word_and_other_errors_are_not(void **state)
{
	static const enum el_call_outcome want[] = { EL_CALL_OK,       EL_CALL_OK,
						     EL_CALL_REVERTED, EL_CALL_REVERTED,
						     EL_CALL_REFUSED,  EL_CALL_UNKNOWN,
						     EL_CALL_UNKNOWN,  EL_CALL_UNKNOWN };
	struct el_call ask[8] = { 0 };
	struct el_call_result got[8];

	(void)state;
	world.nodes[0].answer = calls;
	world_open_with(1);
	for (uint8_t i = 0; i < 8; i++)
		ask[i].to.b[19] = i;
	assert_int_equal(el_calls(&world.t, world.el, ask, 8, got), OK);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(got[i].outcome, want[i]);
	assert_int_equal(got[0].data.n, 2);
	assert_int_equal(got[1].data.n, 0);
	assert_int_equal(got[2].data.n, 4);
	assert_null(got[3].data.p);
	assert_int_equal(got[4].code, -32000);
	assert_string_equal(got[4].message, "insufficient funds for gas");
	assert_string_equal(got[5].message, "internal error");
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_send_has_its_own_outcome),
		T(a_send_without_an_answer_is_unknown_and_not_repeated_there),
		T(a_send_to_a_node_that_is_gone_did_not_leave),
		T(sends_of_a_wallet_go_in_order),
		T(receipts_are_read_strictly),
		T(a_revert_is_the_contracts_word_and_other_errors_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
