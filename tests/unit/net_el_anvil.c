/* The questions to a real node: anvil. */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/eth/keccak.h"
#include "server/eth/revert.h"
#include "server/net/el.h"
#include "store/base/clock.h"
#include "store/base/hex.h"
#include "store/base/units.h"
#include "store/base/wei.h"
#include "tests/support/anvil.h"

static struct turn t;
static struct anvil *node;
static struct endpoints *pool;
static struct el *el;

static void open_with(const char *const *urls, size_t n, size_t batch)
{
	static const char *const names[] = { "main", "backup" };
	struct endpoint_setting list[2];

	for (size_t i = 0; i < n; i++)
		list[i] = (struct endpoint_setting){ .name = names[i],
						     .url = urls[i],
						     .batch = batch };
	assert_int_equal(endpoints_open(&t, &(struct endpoints_options){ .chain_id = 31337 }, list,
					n, &pool),
			 OK);
	assert_int_equal(el_open(&t, pool, &(struct el_options){ .within_ms = 2000 }, &el), OK);
}

static int setup_node(const struct anvil_options *o)
{
	turn_begin(&t, NULL, NULL, arena_new(64 << 20), "test", "test", 60000);
	node = anvil_start(o);
	open_with(&(const char *){ node->url }, 1, 0);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return setup_node(NULL);
}

static int setup_no_mining(void **state)
{
	(void)state;
	return setup_node(&(struct anvil_options){ .no_mining = true });
}

static int setup_contracts(void **state)
{
	(void)state;
	return setup_node(&(struct anvil_options){ .contracts = true });
}

static int teardown(void **state)
{
	(void)state;
	el_close(el);
	endpoints_close(pool);
	anvil_stop(node);
	arena_free(t.mem);
	return 0;
}

/* A transfer of 1 wei by the node's own account, signed by the node and not sent. */
static struct el_raw signed_transfer(uint64_t nonce, const char *max_fee, uint64_t value)
{
	char nonce_text[24], value_text[24];

	(void)snprintf(nonce_text, sizeof(nonce_text), "0x%llx", (unsigned long long)nonce);
	(void)snprintf(value_text, sizeof(value_text), "0x%llx", (unsigned long long)value);
	json_t *said = anvil_ask(node, "eth_signTransaction",
				 json_pack("[{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s}]", "from",
					   hex_of(&t, node->owner.b, 20), "to",
					   "0x00000000000000000000000000000000000000f1", "value",
					   value_text, "gas", "0x5208", "maxFeePerGas", max_fee,
					   "maxPriorityFeePerGas", "0x1", "nonce", nonce_text,
					   "type", "0x2"));
	size_t n;
	uint8_t *raw = turn_alloc(&t, 1024);
	struct el_raw r;

	assert_true(hex_get_any(json_string_value(said), raw, 1024, &n));
	json_decref(said);
	r = (struct el_raw){ .raw = { raw, n } };
	keccak256(raw, n, &r.hash);
	return r;
}

static void a_probe_tells_chain_head_and_fees(void **state)
{
	struct el_probe p;
	struct eth_hash genesis;

	(void)state;
	anvil_mine(node, 3);
	assert_int_equal(el_probe(&t, el, "main", &p), OK);
	assert_int_equal(p.chain_id, 31337);
	assert_true(p.genesis_known && p.head_known && p.base_fee_known && p.gas_price_known &&
		    p.tip_known);
	assert_int_equal(p.head, 3);
	assert_non_null(strstr(p.client, "anvil"));
	assert_true(p.gas_limit > 0 && p.latency_us > 0);
	assert_true(p.head_time * 1000 > t.now_ms - 600000);
	assert_true(wei_cmp(p.base_fee, wei_u64(0)) > 0);
	assert_true(endpoints_genesis(pool, &genesis));
	assert_true(hash_eq(genesis, p.genesis));
}

static void accounts_are_what_the_chain_holds(void **state)
{
	enum { N = 300 };
	struct eth_addr a[N] = { 0 };
	struct el_account got[N];
	struct wei one;
	const char *why;

	(void)state;
	assert_true(amount_parse("1.5ether", &one, &why));
	a[0] = node->owner;
	for (int i = 1; i < N; i++)
		a[i] = (struct eth_addr){ { 1, (uint8_t)(i >> 8), (uint8_t)i } };
	anvil_set_balance(node, a[299], one);
	anvil_send(node, node->owner, a[1], wei_u64(7), NULL);
	assert_int_equal(el_accounts(&t, el, a, N, got), OK);
	for (int i = 0; i < N; i++)
		assert_true(got[i].known && got[i].at_block >= 1);
	assert_int_equal(got[0].nonce, 1);
	assert_int_equal(wei_cmp(got[0].balance, anvil_balance(node, node->owner)), 0);
	assert_string_equal(wei_str(&t, got[1].balance), "7");
	assert_string_equal(wei_str(&t, got[2].balance), "0");
	assert_string_equal(ether_str(&t, got[299].balance), "1.5 ether");
}

static void code_is_told_from_none_and_from_a_delegation(void **state)
{
	struct eth_addr a[3] = { node->ghost_core, node->owner, { { 5 } } };
	struct el_code c[3];

	(void)state;
	json_decref(anvil_ask(node, "anvil_setCode",
			      json_pack("[s,s]", hex_of(&t, a[2].b, 20),
					"0xef01000000000000000000000000000000000000000001")));
	assert_int_equal(el_codes(&t, el, a, 3, c), OK);
	assert_true(c[0].known && c[0].size > 100 && !c[0].delegated);
	assert_true(c[1].known && c[1].size == 0);
	assert_true(c[2].known && c[2].delegated);
}

static void calls_and_estimates_say_result_or_revert(void **state)
{
	static const uint8_t balance_of[36] = { 0x70, 0xa0, 0x82, 0x31 };
	static const uint8_t extract[] = { 0x1e, 0x83, 0xcd, 0xab };
	struct el_call ask[3] = {
		{ .to = node->data_token, .data = { balance_of, sizeof(balance_of) } },
		{ .from = node->owner, .to = node->ghost_core, .data = { extract, 4 } },
		{ .from = node->owner, .to = { { 9 } }, .value = wei_u64(1) },
	};
	struct el_call_result got[3];

	(void)state;
	assert_int_equal(el_calls(&t, el, ask, 3, got), OK);
	assert_int_equal(got[0].outcome, EL_CALL_OK);
	assert_int_equal(got[0].data.n, 32);
	assert_int_equal(got[1].outcome, EL_CALL_REVERTED);
	assert_true(got[1].data.n >= 4);
	assert_int_equal(got[2].outcome, EL_CALL_OK);
	assert_int_equal(el_estimates(&t, el, ask, 3, got), OK);
	assert_int_equal(got[0].outcome, EL_CALL_OK);
	assert_true(got[0].gas > 21000);
	assert_int_equal(got[1].outcome, EL_CALL_REVERTED);
	assert_int_equal(got[2].outcome, EL_CALL_OK);
	assert_true(got[2].gas >= 21000);
}

/* Case 31. */
static void a_failed_transaction_is_played_again_as_it_was(void **state)
{
	static const uint8_t extract[] = { 0x1e, 0x83, 0xcd, 0xab };
	struct eth_addr late = { { 7, 7 } };
	struct el_call_result got[4];
	json_t *said =
		anvil_ask(node, "eth_sendTransaction",
			  json_pack("[{s:s,s:s,s:s,s:s}]", "from", hex_of(&t, node->owner.b, 20),
				    "to", hex_of(&t, node->ghost_core.b, 20), "data", "0x1e83cdab",
				    "gas", "0x30d40"));

	(void)state;
	json_decref(said);
	anvil_mine(node, 1);
	uint64_t block = anvil_block(node);

	anvil_send(node, node->owner, late, wei_u64(UINT64_C(1) << 60), NULL);
	uint64_t later = anvil_block(node);
	const struct el_replay asked[] = {
		{ { node->owner, node->ghost_core, { extract, 4 }, { { 0 } } }, 200000, block },
		{ { node->owner, node->ghost_core, { extract, 4 }, { { 0 } } }, 21500, block },
		{ { .from = late, .to = node->owner, .value = wei_u64(5) }, 21000, block },
		{ { .from = late, .to = node->owner, .value = wei_u64(5) }, 21000, later },
	};

	assert_int_equal(el_replays(&t, el, asked, 4, got), OK);
	assert_int_equal(got[0].outcome, EL_CALL_REVERTED);
	assert_non_null(strstr(revert_text(&t, got[0].data), "NoPositionExists()"));
	assert_int_not_equal(got[1].outcome, EL_CALL_OK); /* out of gas */
	assert_int_not_equal(got[2].outcome, EL_CALL_OK); /* it had nothing yet */
	assert_int_equal(got[3].outcome, EL_CALL_OK);
}

/* Without a head no receipt would ever be deep enough. */
static void a_node_that_takes_no_batches_tells_how_deep_a_receipt_is(void **state)
{
	struct el_raw raw = signed_transfer(0, "0x77359400", 1);
	struct el_sent sent;
	struct el_receipt r;

	(void)state;
	el_close(el);
	endpoints_close(pool);
	open_with(&(const char *){ node->url }, 1, 1);
	assert_int_equal(el_send_raw(&t, el, &raw, 1, &sent), OK);
	anvil_mine(node, 3);
	assert_int_equal(el_receipts(&t, el, &raw.hash, 1, &r), OK);
	assert_int_equal(r.seen, EL_SEEN_MINED);
	assert_int_equal(r.block, 1);
	assert_int_equal(r.at_block, 3);
}

static void a_send_goes_through_the_pool_into_a_block(void **state)
{
	struct el_raw raw[3];
	struct el_sent sent[3];
	struct eth_hash h[3] = { 0 };
	struct el_receipt r[3];
	struct el_tx tx[3];

	(void)state;
	for (uint64_t i = 0; i < 2; i++) {
		raw[i] = signed_transfer(i, "0x77359400", 1);
		h[i] = raw[i].hash;
	}
	assert_int_equal(el_send_raw(&t, el, raw, 2, sent), OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sent[i].word.outcome, EL_SENT_ACCEPTED);
		assert_string_equal(sent[i].word.endpoint, "main");
	}
	assert_int_equal(el_send_raw(&t, el, raw, 1, sent), OK);
	assert_int_equal(sent[0].word.outcome, EL_SENT_REFUSED);
	assert_string_equal(sent[0].word.message, "transaction already imported");
	assert_int_equal(el_txs_by_hash(&t, el, h, 3, tx), OK);
	assert_int_equal(tx[0].seen, EL_SEEN_POOL);
	assert_int_equal(tx[1].seen, EL_SEEN_POOL);
	assert_int_equal(tx[1].nonce, 1);
	assert_true(addr_eq(tx[1].from, node->owner));
	assert_int_equal(tx[2].seen, EL_SEEN_ABSENT);
	assert_int_equal(el_receipts(&t, el, h, 3, r), OK);
	assert_int_equal(r[0].seen, EL_SEEN_ABSENT);

	anvil_mine(node, 1);
	assert_int_equal(el_receipts(&t, el, h, 3, r), OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(r[i].seen, EL_SEEN_MINED);
		assert_true(r[i].succeeded && !r[i].preconfirmed && r[i].price_known);
		assert_int_equal(r[i].gas_used, 21000);
		assert_int_equal(r[i].block, 1);
		assert_int_equal(r[i].at_block, 1);
	}
	assert_int_equal(r[2].seen, EL_SEEN_ABSENT);
	assert_int_equal(el_txs_by_hash(&t, el, h, 2, tx), OK);
	assert_int_equal(tx[0].seen, EL_SEEN_MINED);
	assert_int_equal(tx[0].block, 1);
	assert_true(hash_eq(tx[0].block_hash, r[0].block_hash));

	raw[0] = signed_transfer(0, "0x77359400", 2);
	raw[1] = signed_transfer(9, "0x1", 2);
	assert_int_equal(el_send_raw(&t, el, raw, 2, sent), OK);
	assert_int_equal(sent[0].word.outcome, EL_SENT_REFUSED);
	assert_int_equal(sent[0].word.code, -32003);
	assert_string_equal(sent[0].word.message, "nonce too low");
	assert_int_equal(sent[1].word.outcome, EL_SENT_REFUSED);
}

static void hundreds_of_sends_of_one_wallet_all_arrive(void **state)
{
	enum { N = 250 };
	struct el_raw *raw = turn_array(&t, N, sizeof(*raw));
	struct el_sent *sent = turn_array(&t, N, sizeof(*sent));

	(void)state;
	for (uint64_t i = 0; i < N; i++)
		raw[i] = signed_transfer(i, "0x77359400", 1);
	assert_int_equal(el_send_raw(&t, el, raw, N, sent), OK);
	for (int i = 0; i < N; i++)
		assert_int_equal(sent[i].word.outcome, EL_SENT_ACCEPTED);
	anvil_mine(node, 1);
	assert_int_equal(anvil_nonce(node, node->owner), N);
}

static void a_frozen_node_makes_sends_unknown_and_reads_an_error(void **state)
{
	struct el_raw raw = signed_transfer(0, "0x77359400", 1);
	struct el_sent sent;
	struct el_account a;
	uint64_t head;

	(void)state;
	assert_int_equal(el_head(&t, el, &head), OK);
	anvil_freeze(node);
	assert_int_equal(el_send_raw(&t, el, &raw, 1, &sent), OK);
	assert_int_equal(sent.word.outcome, EL_SENT_UNKNOWN);
	assert_non_null(strstr(sent.word.message, "timed out"));
	assert_int_equal(el_accounts(&t, el, &node->owner, 1, &a), ERR_AWAY);
	anvil_thaw(node);
	/* Received or not: the same bytes again settle it, and it happens once. */
	int64_t give_up = clock_mono_ms() + 10000;

	while (el_send_raw(&t, el, &raw, 1, &sent) != OK && clock_mono_ms() < give_up)
		usleep(20000);
	assert_true(sent.word.outcome == EL_SENT_ACCEPTED ||
		    strcmp(sent.word.message, "transaction already imported") == 0);
	anvil_mine(node, 1);
	assert_int_equal(anvil_nonce(node, node->owner), 1);
}

static void a_node_restarted_with_its_state_is_the_same_chain(void **state)
{
	char file[] = "/tmp/gf-anvil-state-XXXXXX";
	int fd = mkstemp(file);
	struct anvil_options o = { .state = file, .genesis_time = 1700000000 };
	struct endpoint_setting s = { .name = "main" };
	struct el_probe p;
	struct eth_hash genesis;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	unlink(file);
	anvil_stop(node);
	el_close(el);
	endpoints_close(pool);
	node = anvil_start(&o);
	open_with(&(const char *){ node->url }, 1, 0);
	anvil_mine(node, 2);
	assert_int_equal(el_probe(&t, el, "main", &p), OK);
	genesis = p.genesis;
	anvil_stop(node);
	assert_int_equal(el_probe(&t, el, "main", &p), ERR_AWAY);
	node = anvil_start(&o);
	s.url = node->url;
	assert_int_equal(endpoints_load(&t, pool, &s, 1), OK);
	assert_int_equal(el_probe(&t, el, "main", &p), OK);
	assert_true(hash_eq(p.genesis, genesis));
	assert_int_equal(p.head, 2);

	/* Started anew it is another chain, and is said to be. */
	unlink(file);
	anvil_stop(node);
	node = anvil_start(NULL);
	s.url = node->url;
	assert_int_equal(endpoints_load(&t, pool, &s, 1), OK);
	assert_int_equal(el_probe(&t, el, "main", &p), ERR_REFUSED);
	assert_non_null(strstr(t.why, "another chain under the id 31337"));
}

static void a_node_of_another_chain_is_disabled_and_the_second_serves(void **state)
{
	struct anvil *wrong = anvil_start(&(struct anvil_options){ .chain_id = 6343 });
	const char *urls[] = { wrong->url, node->url };
	struct el_account a;
	size_t n;

	(void)state;
	el_close(el);
	endpoints_close(pool);
	open_with(urls, 2, 0);
	assert_int_equal(el_accounts(&t, el, &node->owner, 1, &a), OK);
	assert_true(a.known);
	assert_int_equal(endpoints_snapshot(&t, pool, &n)[0].state, ENDPOINT_DISABLED);
	assert_string_equal(endpoints_snapshot(&t, pool, &n)[0].said,
			    "endpoint 'main' serves chain 6343, expected 31337");
	anvil_stop(wrong);
}

#define T(name, with) cmocka_unit_test_setup_teardown(name, with, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_probe_tells_chain_head_and_fees, setup),
		T(accounts_are_what_the_chain_holds, setup),
		T(code_is_told_from_none_and_from_a_delegation, setup_contracts),
		T(calls_and_estimates_say_result_or_revert, setup_contracts),
		T(a_failed_transaction_is_played_again_as_it_was, setup_contracts),
		T(a_node_that_takes_no_batches_tells_how_deep_a_receipt_is, setup_no_mining),
		T(a_send_goes_through_the_pool_into_a_block, setup_no_mining),
		T(hundreds_of_sends_of_one_wallet_all_arrive, setup_no_mining),
		T(a_frozen_node_makes_sends_unknown_and_reads_an_error, setup_no_mining),
		T(a_node_restarted_with_its_state_is_the_same_chain, setup),
		T(a_node_of_another_chain_is_disabled_and_the_second_serves, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
