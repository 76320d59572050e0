/* The questions to a node, against nodes that lie, lose answers, or serve another chain. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/net/el.h"
#include "store/base/hex.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "tests/support/httpd.h"

#define GENESIS "0x00000000000000000000000000000000000000000000000000000000000000aa"
#define HASH(d) "0x" d d d d d d d d d d d d d d d d d d d d d d d d d d d d d d d d

/* Two nodes; each is what its script says, and counts what it was asked. */
static struct node {
	struct httpd *http;
	const char *name;
	unsigned chain_id;
	const char *genesis;
	/* Before anything else, when set: true if it made the reply. */
	bool (*first)(struct node *n, const struct httpd_request *q, struct httpd_reply *r);
	/* Before the usual answers, when set: NULL for the usual answer, "" for none. */
	const char *(*answer)(struct node *n, const char *method, const json_t *params);
	unsigned sends, balances, checks;
	char order[128];
	size_t n_order;
} nodes[2];

static struct turn t;
static struct endpoints *pool;
static struct el *el;

static char *usual(void *arg, const char *method, const json_t *params)
{
	struct node *n = arg;
	const char *own = NULL;

	n->sends += strcmp(method, "eth_sendRawTransaction") == 0;
	n->balances += strcmp(method, "eth_getBalance") == 0;
	n->checks += strcmp(method, "eth_chainId") == 0;
	if (n->answer)
		own = n->answer(n, method, params);
	if (own)
		return own[0] ? httpd_text("%s", own) : NULL;
	if (strcmp(method, "eth_chainId") == 0)
		return httpd_text("\"result\":\"0x%x\"", n->chain_id);
	if (strcmp(method, "eth_getBlockByNumber") == 0)
		return httpd_text("\"result\":{\"hash\":\"%s\",\"number\":\"0x10\",\"timestamp\":"
				  "\"0x65\",\"gasLimit\":\"0x1c9c380\",\"baseFeePerGas\":\"0x7\"}",
				  n->genesis);
	if (strcmp(method, "eth_blockNumber") == 0)
		return httpd_text("\"result\":\"0x10\"");
	if (strcmp(method, "eth_getBalance") == 0)
		return httpd_text("\"result\":\"0xde0b6b3a7640000\"");
	if (strcmp(method, "eth_getTransactionCount") == 0)
		return httpd_text("\"result\":\"0x5\"");
	return httpd_text("\"error\":{\"code\":-32601,\"message\":\"Method not found\"}");
}

static void serve(void *arg, const struct httpd_request *q, struct httpd_reply *r)
{
	struct node *n = arg;

	if (!n->first || !n->first(n, q, r))
		r->body = httpd_rpc(q->body, usual, n);
}

/* One of a node's counts, now. */
static unsigned count(struct node *n, const unsigned *which)
{
	httpd_lock(n->http);
	unsigned v = *which;

	httpd_unlock(n->http);
	return v;
}

#define COUNT(i, which) count(&nodes[i], &nodes[i].which)

static void open_with(size_t n)
{
	struct endpoint_setting list[2];

	for (size_t i = 0; i < n; i++)
		list[i] = (struct endpoint_setting){ .name = nodes[i].name,
						     .url = httpd_url(nodes[i].http) };
	assert_int_equal(
		endpoints_open(&t, &(struct endpoints_options){ .chain_id = 6343 }, list, n, &pool),
		OK);
	assert_int_equal(el_open(&t, pool, &(struct el_options){ .within_ms = 2000 }, &el), OK);
}

static int setup(void **state)
{
	(void)state;
	turn_begin(&t, NULL, NULL, arena_new(64 << 20), "test", "test", 20000);
	for (size_t i = 0; i < 2; i++) {
		nodes[i] = (struct node){ .name = i ? "backup" : "main",
					  .chain_id = 6343,
					  .genesis = GENESIS };
		nodes[i].http = httpd_start(serve, &nodes[i]);
	}
	pool = NULL;
	el = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	el_close(el);
	endpoints_close(pool);
	for (size_t i = 0; i < 2; i++)
		httpd_stop(nodes[i].http);
	arena_free(t.mem);
	return 0;
}

static struct endpoint look(const char *name)
{
	size_t n;
	struct endpoint *all = endpoints_snapshot(&t, pool, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].name, name) == 0)
			return all[i];
	fail_msg("no endpoint %s\n", name);
	return all[0];
}

static struct eth_addr addr(unsigned i)
{
	return (struct eth_addr){ { (uint8_t)(i >> 8), (uint8_t)i } };
}

/* n accounts: the error of the call. */
static enum err ask_accounts(size_t n, struct el_account *out)
{
	struct eth_addr *a = turn_array(&t, n, sizeof(*a));

	for (unsigned i = 0; i < n; i++)
		a[i] = addr(i);
	return el_accounts(&t, el, a, n, out);
}

static void accounts_come_with_the_head_they_are_at_least_as_new_as(void **state)
{
	struct el_account a[150];
	uint64_t head;

	(void)state;
	open_with(1);
	assert_int_equal(ask_accounts(150, a), OK);
	for (size_t i = 0; i < 150; i++) {
		assert_true(a[i].known);
		assert_string_equal(ether_str(&t, a[i].balance), "1 ether");
		assert_int_equal(a[i].nonce, 5);
		assert_int_equal(a[i].at_block, 16);
	}
	assert_true(endpoints_head(pool, &head));
	assert_int_equal(head, 16);
	assert_int_equal(COUNT(0, checks), 1);
	assert_int_equal(el_head(&t, el, &head), OK);
	assert_int_equal(head, 16);
	assert_int_equal(COUNT(0, checks), 1);
}

static void another_chain_is_found_before_anything_is_sent(void **state)
{
	static const uint8_t bytes[] = { 2, 3 };
	struct el_raw raw = { .raw = { bytes, 2 } };
	struct el_sent sent;

	(void)state;
	nodes[0].chain_id = 1;
	open_with(1);
	assert_int_equal(el_send_raw(&t, el, &raw, 1, &sent), ERR_AWAY);
	assert_int_equal(t.reason, REASON_ENDPOINT_AWAY);
	assert_non_null(strstr(t.why, "endpoint 'main' serves chain 1, expected 6343"));
	assert_int_equal(sent.outcome, EL_SENT_NOT_SENT);
	assert_int_equal(COUNT(0, sends), 0);
	assert_int_equal(look("main").state, ENDPOINT_DISABLED);
}

static void a_wrong_first_endpoint_leaves_the_work_to_the_second(void **state)
{
	struct el_account a[3];

	(void)state;
	nodes[0].chain_id = 1;
	open_with(2);
	assert_int_equal(ask_accounts(3, a), OK);
	assert_true(a[2].known);
	assert_int_equal(COUNT(0, balances), 0);
	assert_int_equal(COUNT(1, balances), 3);
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
	nodes[0].answer = every_other;
	open_with(2);
	assert_int_equal(ask_accounts(10, a), OK);
	for (size_t i = 0; i < 10; i++)
		assert_true(a[i].known);
	assert_int_equal(COUNT(0, balances), 10);
	assert_int_equal(COUNT(1, balances), 5);
}

static void what_nobody_answers_is_unknown_alone(void **state)
{
	struct el_account a[10];

	(void)state;
	nodes[0].answer = every_other;
	open_with(1);
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
	nodes[0].answer = absurd;
	open_with(1);
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
	nodes[0].first = limits;
	open_with(1);
	assert_int_equal(ask_accounts(2, a), ERR_AWAY);
	assert_int_equal(t.reason, REASON_ENDPOINT_AWAY);
	assert_non_null(strstr(t.why, "compute unit limit"));
	assert_true(t.retry_ms > 8000 && t.retry_ms <= 9001);
	assert_int_equal(look("main").state, ENDPOINT_LIMITED);
	unsigned asked = httpd_requests(nodes[0].http);

	assert_int_equal(ask_accounts(2, a), ERR_AWAY);
	assert_int_equal(httpd_requests(nodes[0].http), asked);
}

static void sends_go_on_while_reads_are_limited(void **state)
{
	static const uint8_t bytes[] = { 2, 3 };
	struct el_account a[2];
	struct el_raw raw = { .raw = { bytes, 2 } };
	struct el_sent sent;

	(void)state;
	nodes[0].first = limits;
	open_with(1);
	assert_int_equal(ask_accounts(2, a), ERR_AWAY);
	assert_int_equal(el_send_raw(&t, el, &raw, 1, &sent), OK);
	assert_int_equal(sent.outcome, EL_SENT_REFUSED);
	assert_int_equal(COUNT(0, sends), 1);
}

static void a_turn_without_time_asks_nobody(void **state)
{
	struct el_account a[2];
	struct arena *mem = t.mem;

	(void)state;
	open_with(1);
	turn_begin(&t, NULL, NULL, mem, "test", "test", 0);
	assert_int_equal(ask_accounts(2, a), ERR_AWAY);
	assert_non_null(strstr(t.why, "deadline"));
	assert_int_equal(httpd_requests(nodes[0].http), 0);
	assert_int_equal(look("main").state, ENDPOINT_UNTRIED);
}

static void a_limited_first_endpoint_leaves_reads_to_the_second(void **state)
{
	struct el_account a[2];

	(void)state;
	nodes[0].first = limits;
	open_with(2);
	assert_int_equal(ask_accounts(2, a), OK);
	assert_true(a[1].known);
	assert_int_equal(COUNT(1, balances), 2);
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
	nodes[0].first = small_batches;
	open_with(1);
	assert_int_equal(ask_accounts(60, a), OK);
	for (size_t i = 0; i < 60; i++)
		assert_true(a[i].known);
	assert_int_equal(COUNT(0, balances), 60);
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
	nodes[0].first = no_batches;
	open_with(1);
	assert_int_equal(ask_accounts(3, a), OK);
	for (size_t i = 0; i < 3; i++) {
		assert_true(a[i].known);
		assert_int_equal(a[i].at_block, 0);
	}
	assert_int_equal(el_probe(&t, el, "main", &p), OK);
}

/* ---- sends ---- */

static struct el_raw raw_of(unsigned i, unsigned lane)
{
	uint8_t *p = turn_alloc(&t, 2);
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
	nodes[0].answer = mixed_sends;
	open_with(2);
	for (unsigned i = 0; i < 6; i++)
		raw[i] = raw_of(i + 1, 0);
	assert_int_equal(el_send_raw(&t, el, raw, 6, sent), OK);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(sent[i].outcome, want[i]);
		assert_string_equal(sent[i].endpoint, "main");
	}
	assert_int_equal(sent[1].code, -32003);
	assert_string_equal(sent[1].message, "nonce too low");
	assert_non_null(strstr(sent[2].message, "another hash"));
	assert_int_equal(COUNT(0, sends), 6);
	assert_int_equal(COUNT(1, sends), 0);
}

static bool lose_sends(struct node *n, const struct httpd_request *q, struct httpd_reply *r)
{
	if (!strstr(q->body, "eth_sendRaw"))
		return false;
	n->sends++;
	r->how = HTTPD_CLOSE;
	return true;
}

static void a_send_without_an_answer_is_unknown_and_not_repeated(void **state)
{
	struct el_raw raw[2] = { raw_of(1, 0), raw_of(2, 1) };
	struct el_sent sent[2];

	(void)state;
	nodes[0].first = lose_sends;
	open_with(2);
	assert_int_equal(el_send_raw(&t, el, raw, 2, sent), OK);
	assert_int_equal(sent[0].outcome, EL_SENT_UNKNOWN);
	assert_int_equal(sent[1].outcome, EL_SENT_UNKNOWN);
	assert_int_equal(COUNT(0, sends), 2);
	assert_int_equal(COUNT(1, sends), 0);
	assert_int_equal(look("main").state, ENDPOINT_AWAY);
}

static void a_send_to_a_node_that_is_gone_did_not_leave(void **state)
{
	struct el_account a;
	struct el_raw raw = raw_of(1, 0);
	struct el_sent sent;

	(void)state;
	open_with(1);
	assert_int_equal(ask_accounts(1, &a), OK);
	httpd_stop(nodes[0].http);
	nodes[0].http = NULL;
	/* The kept connection is found dead, or the new one refused; never the one for the other.
	 */
	enum err err = el_send_raw(&t, el, &raw, 1, &sent);

	if (err == OK) {
		assert_int_equal(sent.outcome, EL_SENT_UNKNOWN);
		usleep(300000); /* AWAY for 250 ms */
		err = el_send_raw(&t, el, &raw, 1, &sent);
	}
	assert_int_equal(err, ERR_AWAY);
	assert_int_equal(t.reason, REASON_ENDPOINT_AWAY);
	assert_int_equal(sent.outcome, EL_SENT_NOT_SENT);
}

static void sends_of_a_wallet_go_in_order(void **state)
{
	struct el_raw raw[60];
	struct el_sent sent[60];
	size_t n = 0;

	(void)state;
	nodes[0].answer = mixed_sends;
	open_with(1);
	for (unsigned lane = 0; lane < 6; lane++)
		for (unsigned i = 0; i < 10; i++)
			raw[n++] = raw_of(i, lane);
	assert_int_equal(el_send_raw(&t, el, raw, n, sent), OK);
	assert_int_equal(COUNT(0, sends), 60);
	/* Two lanes in a batch, each whole and in its order; batches in any order. */
	for (size_t i = 0; i < nodes[0].n_order; i += 10)
		assert_memory_equal(nodes[0].order + i, "0123456789", 10);
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
	nodes[0].answer = receipts;
	open_with(1);
	for (int i = 0; i < 11; i++)
		memset(h[i].b, i, 32);
	assert_int_equal(el_receipts(&t, el, h, 11, r), OK);
	assert_int_equal(r[0].seen, EL_SEEN_ABSENT);
	assert_int_equal(r[0].at_block, 16);
	assert_int_equal(r[1].seen, EL_SEEN_MINED);
	assert_true(r[1].succeeded && !r[1].preconfirmed && r[1].price_known);
	assert_int_equal(r[1].block, 9);
	assert_int_equal(r[1].block_hash.b[31], 0x77);
	assert_int_equal(r[1].gas_used, 60000);
	assert_string_equal(wei_str(&t, r[1].price), "1000000");
	assert_string_equal(wei_str(&t, r[1].l1_fee), "28064");
	assert_true(addr_eq(r[1].from, addr(1)));
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
		"\"error\":{\"code\":3,\"message\":\"execution reverted: custom error "
		"0x9fe7bfd9\",\"data\":\"0x9fe7bfd9\"}",
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
	nodes[0].answer = calls;
	open_with(1);
	for (uint8_t i = 0; i < 8; i++)
		ask[i].to.b[19] = i;
	assert_int_equal(el_calls(&t, el, ask, 8, got), OK);
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

/* ---- probes and coming back ---- */

static void a_probe_takes_what_the_node_tells(void **state)
{
	struct el_probe p;

	(void)state;
	open_with(2);
	assert_int_equal(el_probe(&t, el, "backup", &p), OK);
	assert_true(p.answered && p.genesis_known && p.head_known && p.base_fee_known);
	assert_int_equal(p.chain_id, 6343);
	assert_int_equal(p.head, 16);
	assert_int_equal(p.head_time, 0x65);
	assert_int_equal(p.gas_limit, 30000000);
	assert_string_equal(wei_str(&t, p.base_fee), "7");
	assert_false(p.gas_price_known || p.tip_known);
	assert_string_equal(p.client, "");
	assert_true(p.latency_us > 0);
	assert_int_equal(look("backup").state, ENDPOINT_OK);
	assert_int_equal(look("main").state, ENDPOINT_UNTRIED);
	assert_int_equal(el_probe(&t, el, "nobody", &p), ERR_MISSING);
}

static void a_probe_of_another_chain_says_so(void **state)
{
	struct el_probe p;

	(void)state;
	nodes[0].chain_id = 1;
	open_with(1);
	assert_int_equal(el_probe(&t, el, "main", &p), ERR_REFUSED);
	assert_int_equal(t.reason, REASON_CHAIN_MISMATCH);
	assert_int_equal(p.chain_id, 1);
	assert_non_null(strstr(p.said, "expected 6343"));
	/* And again, though it is disabled. */
	assert_int_equal(el_probe(&t, el, "main", &p), ERR_REFUSED);
	assert_int_equal(el_probe(&t, el, "", &p), ERR_AWAY);
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
	open_with(2);
	assert_int_equal(ask_accounts(1, &a), OK);
	assert_int_equal(el_probe(&t, el, "backup", &p), OK);
	httpd_lock(nodes[0].http);
	nodes[0].first = silent;
	httpd_unlock(nodes[0].http);
	assert_int_equal(ask_accounts(1, &a), OK);
	assert_int_equal(look("main").state, ENDPOINT_AWAY);
	assert_int_equal(el_probe(&t, el, "main", &p), ERR_AWAY);
	httpd_lock(nodes[0].http);
	nodes[0].first = NULL;
	nodes[0].genesis = HASH("bb");
	httpd_unlock(nodes[0].http);
	assert_int_equal(el_probe(&t, el, "main", &p), ERR_REFUSED);
	assert_non_null(strstr(t.why, "another chain under the id 6343"));
	assert_int_equal(look("main").state, ENDPOINT_DISABLED);
	assert_int_equal(ask_accounts(1, &a), OK);
	assert_true(a.known);
}

static void no_endpoint_at_all_is_one_clear_error(void **state)
{
	struct el_account a[2];

	(void)state;
	nodes[0].first = nodes[1].first = silent;
	open_with(2);
	assert_int_equal(ask_accounts(2, a), ERR_AWAY);
	assert_int_equal(t.reason, REASON_ENDPOINT_AWAY);
	assert_non_null(strstr(t.why, "no endpoint answers: endpoint 'main': HTTP"));
	assert_true(t.retry_ms > 0);
	assert_false(a[0].known || a[1].known);
}

static void nothing_is_asked_for_nothing(void **state)
{
	(void)state;
	open_with(1);
	assert_int_equal(el_accounts(&t, el, NULL, 0, NULL), OK);
	assert_int_equal(el_send_raw(&t, el, NULL, 0, NULL), OK);
	assert_int_equal(el_receipts(&t, el, NULL, 0, NULL), OK);
	assert_int_equal(httpd_requests(nodes[0].http), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(accounts_come_with_the_head_they_are_at_least_as_new_as),
		T(another_chain_is_found_before_anything_is_sent),
		T(a_wrong_first_endpoint_leaves_the_work_to_the_second),
		T(only_what_is_unanswered_is_asked_elsewhere),
		T(what_nobody_answers_is_unknown_alone),
		T(absurd_values_are_unknown_never_zero),
		T(a_limited_endpoint_is_left_alone_until_it_said),
		T(sends_go_on_while_reads_are_limited),
		T(a_turn_without_time_asks_nobody),
		T(a_limited_first_endpoint_leaves_reads_to_the_second),
		T(refused_batches_become_smaller),
		T(a_node_without_batches_is_asked_one_by_one),
		T(each_send_has_its_own_outcome),
		T(a_send_without_an_answer_is_unknown_and_not_repeated),
		T(a_send_to_a_node_that_is_gone_did_not_leave),
		T(sends_of_a_wallet_go_in_order),
		T(receipts_are_read_strictly),
		T(a_revert_is_the_contracts_word_and_other_errors_are_not),
		T(a_probe_takes_what_the_node_tells),
		T(a_probe_of_another_chain_says_so),
		T(one_that_comes_back_with_another_genesis_is_disabled),
		T(no_endpoint_at_all_is_one_clear_error),
		T(nothing_is_asked_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
