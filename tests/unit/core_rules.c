/* The small pure rules: what is missing, what a fee is, what a node meant, what a pause holds, when
 * a breaker opens, what the engine does, where a transaction may go. */
#include <string.h>

#include "server/core/breaker.h"
#include "server/core/classify.h"
#include "server/core/engine.h"
#include "server/core/fees.h"
#include "server/core/fund.h"
#include "server/core/journal.h"
#include "server/core/stop.h"
#include "server/core/wallet.h"
#include "store/base/wei.h"
#include "store/pauses.h"
#include "tests/support/test.h"

static struct turn t;

static int begin(void **state)
{
	(void)state;
	turn_begin(&t, NULL, NULL, arena_new(1 << 20), "test", "tester", 1000);
	t.now_ms = 1000000;
	return 0;
}

static int end(void **state)
{
	struct arena *mem = t.mem;

	(void)state;
	turn_end(&t);
	arena_free(mem);
	return 0;
}

static void what_is_missing_is_never_below_zero(void **state)
{
	static const struct {
		uint64_t target, balance, incoming, missing;
	} cases[] = {
		{ 10, 0, 0, 10 }, { 10, 4, 0, 6 },  { 10, 4, 6, 0 },  { 10, 4, 7, 0 },
		{ 10, 10, 0, 0 }, { 10, 11, 0, 0 }, { 10, 0, 10, 0 }, { 0, 0, 0, 0 },
	};
	struct wei most;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			wei_cmp(fund_missing(wei_u64(cases[i].target), wei_u64(cases[i].balance),
					     wei_u64(cases[i].incoming)),
				wei_u64(cases[i].missing)),
			0);
	memset(&most, 0xff, sizeof(most));
	assert_true(wei_is_zero(fund_missing(wei_u64(5), most, most)));
}

/* ---- fees ---- */

static struct chain chain_of(uint64_t base, uint64_t tip)
{
	return (struct chain){ .base_fee = wei_u64(base),
			       .tip = wei_u64(tip),
			       .seen_ms = t.now_ms };
}

static void a_normal_fee_has_room_for_two_base_fees_and_stays_below_the_ceiling(void **state)
{
	struct chain c = chain_of(100, 7);
	struct fees f;

	(void)state;
	assert_int_equal(fees_choose(&t, &c, FEE_NORMAL, wei_u64(1000), 15000, &f), OK);
	assert_int_equal(wei_cmp(f.max_fee, wei_u64(207)), 0);
	assert_int_equal(wei_cmp(f.max_tip, wei_u64(7)), 0);
	assert_int_equal(fees_choose(&t, &c, FEE_NORMAL, wei_u64(150), 15000, &f), OK);
	assert_int_equal(wei_cmp(f.max_fee, wei_u64(150)), 0);
	assert_int_equal(fees_choose(&t, &c, FEE_NORMAL, wei_u64(106), 15000, &f), ERR_REFUSED);
	assert_non_null(strstr(t.why, "ceiling"));
}

static void a_sweep_has_one_price(void **state)
{
	struct chain c = chain_of(100, 7);
	struct fees f;

	(void)state;
	assert_int_equal(fees_choose(&t, &c, FEE_SWEEP, wei_u64(1000), 15000, &f), OK);
	assert_int_equal(wei_cmp(f.max_fee, wei_u64(157)), 0);
	assert_int_equal(wei_cmp(f.max_tip, f.max_fee), 0);
}

static void where_the_base_fee_never_moves_a_sweep_pays_it_and_the_tip_and_no_more(void **state)
{
	struct chain c = chain_of(1000000, 7);
	struct fees f;

	(void)state;
	c.chain_id = 6343;
	assert_int_equal(fees_choose(&t, &c, FEE_SWEEP, wei_u64(9000000), 15000, &f), OK);
	assert_int_equal(wei_cmp(f.max_fee, wei_u64(1000007)), 0);
	assert_int_equal(wei_cmp(f.max_tip, f.max_fee), 0); /* all of it is paid: nothing stays */
}

static void old_or_unknown_fees_authorise_nothing(void **state)
{
	struct chain c = chain_of(100, 7);
	struct fees f;

	(void)state;
	c.seen_ms = t.now_ms - 15000;
	assert_int_equal(fees_choose(&t, &c, FEE_NORMAL, wei_u64(1000), 15000, &f), OK);
	c.seen_ms--;
	assert_int_equal(fees_choose(&t, &c, FEE_NORMAL, wei_u64(1000), 15000, &f), ERR_AWAY);
	assert_int_equal(t.reason, REASON_STATE_STALE);
	c.seen_ms = 0;
	assert_int_equal(fees_choose(&t, &c, FEE_NORMAL, wei_u64(1000), 15000, &f), ERR_AWAY);
	assert_int_equal(t.reason, REASON_CHAIN_UNKNOWN);
	memset(&c.base_fee, 0xff, sizeof(c.base_fee));
	c.seen_ms = t.now_ms;
	assert_int_equal(fees_choose(&t, &c, FEE_NORMAL, wei_u64(1000), 15000, &f), ERR_REFUSED);
}

/* ---- what a node meant ---- */

static void wordings_of_all_clients_are_known(void **state)
{
	static const struct {
		int64_t code;
		const char *message;
		enum said said;
	} cases[] = {
		/* these bytes are there already */
		{ -32000, "already known", SAID_KNOWN },                 /* geth, reth */
		{ -32003, "transaction already imported", SAID_KNOWN },  /* anvil */
		{ -32010, "AlreadyKnown", SAID_KNOWN },                  /* Nethermind */
		{ -32000, "ALREADY_EXISTS: already known", SAID_KNOWN }, /* Erigon */
		{ -32000, "Known transaction", SAID_KNOWN },             /* Besu */
		{ -32000, "known transaction: 0xabc", SAID_KNOWN },      /* old geth */
		{ -32010, "transaction with the same hash was already imported", SAID_KNOWN },
		{ -32000, "existing tx with same hash", SAID_KNOWN },    /* Erigon */
		{ -32000, "existing txn with same hash", SAID_KNOWN },   /* Erigon */
		{ -32603, "Tx: [0xab12] already Imported", SAID_KNOWN }, /* anvil, PoolError */
		/* those before it are missing */
		{ -32000, "nonce too high: address 0xaa, tx: 9 state: 3", SAID_NONCE_HIGH },
		{ -32010, "NonceGap, Future nonce. Expected nonce: 3", SAID_NONCE_HIGH },
		{ -32000, "An invalid transaction with a lower nonce exists", SAID_NONCE_HIGH },
		{ -32000, "Transaction nonce is too distant from current sender nonce",
		  SAID_NONCE_HIGH },
		/* the nonce is spent */
		{ -32000, "nonce too low: next nonce 5, tx nonce 3", SAID_NONCE_LOW }, /* geth */
		{ -32003, "nonce too low", SAID_NONCE_LOW },                           /* anvil */
		{ -32010, "OldNonce, Current nonce: 5", SAID_NONCE_LOW }, /* Nethermind */
		{ -32010, "OwnNonceAlreadyUsed", SAID_UNDERPRICED },      /* Nethermind */
		{ -32001, "Nonce too low", SAID_NONCE_LOW },              /* Besu */
		{ -32001, "transaction nonce is below sender account nonce", SAID_NONCE_LOW },
		/* another one holds the nonce */
		{ -32000, "replacement transaction underpriced", SAID_UNDERPRICED },
		{ -32000, "INTERNAL_ERROR: could not replace existing tx", SAID_UNDERPRICED },
		{ -32010, "ReplacementNotAllowed", SAID_UNDERPRICED },
		{ -32003, "Tx: [0xab12] insufficient gas price to replace existing transaction",
		  SAID_UNDERPRICED },
		{ -32000, "Replacement transaction underpriced", SAID_UNDERPRICED }, /* Besu */
		{ -32000, "future transaction tries to replace pending", SAID_UNDERPRICED },
		{ -32010,
		  "Transaction gas price 1wei is too low. There is another transaction with "
		  "same nonce in the queue",
		  SAID_UNDERPRICED },
		/* the wallet cannot pay */
		{ -32000, "insufficient funds for gas * price + value: balance 1, tx cost 2",
		  SAID_FUNDS },
		{ -32010, "InsufficientFunds, Account balance: 0", SAID_FUNDS },
		{ -32004, "Upfront cost exceeds account balance", SAID_FUNDS }, /* Besu */
		{ -32000, "transaction would cause overdraft", SAID_FUNDS },    /* geth */
		{ -32000, "insufficient balance for transfer", SAID_FUNDS },
		{ -32000, "not enough funds for gas", SAID_FUNDS }, /* Arbitrum */
		/* it offers too little */
		{ -32000, "gas price too low", SAID_FEE_LOW },                /* Arbitrum */
		{ -32009, "Gas price below current base fee", SAID_FEE_LOW }, /* Besu */
		{ -32000, "fee too low", SAID_FEE_LOW },                      /* Erigon */
		{ -32000, "transaction gas price below minimum", SAID_FEE_LOW },
		{ -32000, "transaction underpriced", SAID_FEE_LOW },
		{ -32003, "max fee per gas less than block base fee", SAID_FEE_LOW },
		{ -32000, "fee cap less than block base fee", SAID_FEE_LOW },
		{ -32010, "FeeTooLow, MaxFeePerGas too low", SAID_FEE_LOW },
		{ -32009, "Gas price below configured minimum gas price", SAID_FEE_LOW },
		{ -32000, "transaction underpriced: gas tip cap 0, minimum needed 1",
		  SAID_FEE_LOW },
		/* not now */
		{ -32000, "sequencer pending tx pool full, please try again", SAID_POOL_FULL },
		{ -32000, "baseFee sub-pool is full", SAID_POOL_FULL }, /* Erigon */
		{ -32000, "address already reserved", SAID_POOL_FULL }, /* geth */
		{ -32000, "account limit exceeded", SAID_POOL_FULL },
		{ -32002,
		  "Transaction pool not enabled. (Either txpool explicitly disabled, or node not "
		  "yet "
		  "in sync).",
		  SAID_LIMITED },
		{ -32008, "Initial sync is still in progress", SAID_LIMITED },
		{ -32000, "txpool is full", SAID_POOL_FULL },
		{ -32000, "in-flight transaction limit reached for delegated accounts",
		  SAID_POOL_FULL },
		{ -32021, "compute units exhausted, retry in 3 seconds", SAID_LIMITED },
		{ -32022, "slow down", SAID_LIMITED },
		{ -32005, "whatever", SAID_LIMITED },
		{ -32016, "over rate limit", SAID_LIMITED },
		/* never */
		{ -32000, "intrinsic gas too low: gas 21000, minimum needed 60000", SAID_INVALID },
		{ -32000, "exceeds block gas limit", SAID_INVALID },
		{ -32602, "failed to decode signed transaction", SAID_INVALID },
		{ -32003, "invalid chain id for signer: have 1 want 2", SAID_INVALID },
		{ -32601, "method not found: the stub chain takes no transactions; start it",
		  SAID_INVALID },
		{ -32601, "method not found", SAID_UNCLEAR },
		{ -32005, "Transaction gas limit exceeds block gas limit",
		  SAID_INVALID },                                            /* Besu */
		{ -32000, "IntrinsicGas", SAID_INVALID },                    /* Erigon */
		{ -32003, "Intrinsic gas exceeds gas limit", SAID_INVALID }, /* Besu */
		{ -32000, "Wrong chainId", SAID_INVALID },
		{ -32000, "tx fee (1.20 ether) exceeds the configured cap (1.00 ether)",
		  SAID_INVALID },
		{ -32000, "invalid sender", SAID_INVALID },
		/* what only looks like one of them */
		{ -32602, "unknown transaction type: 0x7e", SAID_INVALID },
		{ -32000, "transaction type not supported", SAID_INVALID },
		{ 3, "execution reverted: nonce too low", SAID_UNCLEAR },
		{ 3, "execution reverted: already known", SAID_UNCLEAR },
		{ -32000, "execution reverted: already known", SAID_UNCLEAR }, /* Arbitrum's code */
		{ -32000, "Execution reverted: nonce too low", SAID_UNCLEAR }, /* Besu's */
		{ -32000, "permanent error forwarding request context deadline exceeded",
		  SAID_UNCLEAR },
		{ -32603, "Internal error", SAID_UNCLEAR },
		{ 0, "", SAID_UNCLEAR },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct verdict v = classify_send(cases[i].code, cases[i].message);

		if (v.said != cases[i].said)
			fail_msg("'%s' is said to be %s, want %s\n", cases[i].message,
				 said_name(v.said), said_name(cases[i].said));
	}
	assert_int_equal(classify_send(-32003, "invalid chain id").owner, OWNER_ENDPOINT);
	assert_int_equal(classify_send(3, "execution reverted").owner, OWNER_CONTRACT);
}

static void an_operators_own_words_are_heard_and_never_over_a_revert(void **state)
{
	static const char *const wrong[] = {
		"", "nonce-low", "nonce-low: abc", "unclear: abcdef", "revert: abcdef", ": abcdef"
	};
	struct node_answer own[2], none;

	(void)state;
	assert_true(node_answer_read(&t, "nonce-low: Slot Is Taken", &own[0]));
	assert_true(node_answer_read(&t, "pool-full: reverted", &own[1]));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(node_answer_read(&t, wrong[i], &none));
	assert_int_equal(classify_send(-32000, "the slot is taken").said, SAID_UNCLEAR);
	classify_more(own, 2);
	struct verdict v = classify_send(-32000, "the slot is taken");

	assert_int_equal(v.said, SAID_NONCE_LOW);
	assert_int_equal(v.owner, OWNER_WALLET);
	assert_int_equal(classify_send(3, "execution reverted: slot is taken").said, SAID_UNCLEAR);
	v = classify_send(-32000, "execution reverted");
	assert_int_equal(v.said, SAID_UNCLEAR);
	assert_int_equal(v.owner, OWNER_CONTRACT);
	classify_more(NULL, 0);
}

/* ---- pauses ---- */

static void a_pause_holds_what_was_run_before_it_and_a_lockdown_all_but_the_way_home(void **state)
{
	struct pause p = { .id = 5, .kind = PAUSE_PLAIN };
	struct operation fund = { .kind = OP_FUND, .run_epoch = 4 },
			 home = { .kind = OP_EXTRACT, .run_epoch = 4 },
			 evacuate = { .kind = OP_EVACUATE };
	struct errand engine = errand_of(NULL), f = errand_of(&fund), h = errand_of(&home),
		      e = errand_of(&evacuate);

	(void)state;
	assert_true(stop_holds(&p, &engine) && stop_holds(&p, &f) && stop_holds(&p, &h));
	fund.run_epoch = home.run_epoch = 5;
	f = errand_of(&fund);
	h = errand_of(&home);
	assert_false(stop_holds(&p, &f) || stop_holds(&p, &h));
	p.kind = PAUSE_LOCKDOWN;
	assert_true(stop_holds(&p, &engine) && stop_holds(&p, &f));
	assert_false(stop_holds(&p, &h) || stop_holds(&p, &e));
}

/* ---- breakers ---- */

static void a_breaker_opens_after_so_many_failures_in_a_row_and_closes_after_one_success(
	void **state)
{
	struct breaker b = { .state = BREAKER_CLOSED, .cause = "" };

	(void)state;
	for (int i = 0; i < 2; i++)
		b = breaker_after(b, false, "no", 3, 60000, 1000);
	assert_int_equal(b.state, BREAKER_CLOSED);
	b = breaker_after(b, true, "", 3, 60000, 1000);
	assert_int_equal(b.failures, 0);
	for (int i = 0; i < 3; i++)
		b = breaker_after(b, false, "no", 3, 60000, 2000);
	assert_int_equal(b.state, BREAKER_OPEN);
	assert_int_equal(b.trips, 1);
	assert_false(breaker_lets(&b, 61999));
	assert_true(breaker_lets(&b, 62000));
	b.state = BREAKER_HALF_OPEN;
	assert_false(breaker_lets(&b, INT64_MAX));
	struct breaker again = breaker_after(b, false, "still", 3, 60000, 70000);

	assert_int_equal(again.state, BREAKER_OPEN);
	assert_int_equal(again.probe_ms, 130000);
	b = breaker_after(b, true, "", 3, 60000, 70000);
	assert_int_equal(b.state, BREAKER_CLOSED);
}

/* ---- the engine ---- */

static void the_engine_rests_acts_approves_or_takes_a_fault(void **state)
{
	struct profile p = { .interval_ms = 60000, .has_action = true };
	struct engine_view v = { .known = true, .why = "why" };
	struct engine_move m;

	(void)state;
	m = engine_decide(&p, &v, 1000, 5000);
	assert_int_equal(m.kind, ENGINE_ACT);
	assert_int_equal(m.due_ms, 61000);
	v.known = false;
	assert_int_equal(engine_decide(&p, &v, 1000, 0).kind, ENGINE_REST);
	v.known = true;
	p.action.spends = true;
	p.action.amount = wei_u64(10);
	assert_int_equal(engine_decide(&p, &v, 1000, 0).kind, ENGINE_REST); /* not told */
	v.allowance_known = true;
	assert_int_equal(engine_decide(&p, &v, 1000, 0).kind, ENGINE_APPROVE);
	v.allowance = wei_u64(10);
	assert_int_equal(engine_decide(&p, &v, 1000, 0).kind, ENGINE_ACT);
	v.would_revert = true;
	static const struct {
		enum revert_kind revert;
		enum engine_kind kind;
	} reverts[] = {
		{ REVERT_EXISTS, ENGINE_REST },   { REVERT_EMPTY_POSITION, ENGINE_REST },
		{ REVERT_LOCKED, ENGINE_REST },   { REVERT_PAUSED, ENGINE_REST },
		{ REVERT_OTHER, ENGINE_FAULT },   { REVERT_DEAD, ENGINE_FAULT },
		{ REVERT_FUNDS, ENGINE_FAULT },   { REVERT_ALLOWANCE, ENGINE_FAULT },
		{ REVERT_DENIED, ENGINE_FAULT },  { REVERT_PANIC, ENGINE_FAULT },
		{ REVERT_NO_DATA, ENGINE_FAULT },
	};

	for (size_t i = 0; i < sizeof(reverts) / sizeof(reverts[0]); i++) {
		v.revert = reverts[i].revert;
		assert_int_equal(engine_decide(&p, &v, 1000, 0).kind, reverts[i].kind);
	}
	p.has_action = false;
	assert_int_equal(engine_decide(&p, &v, 1000, 0).kind, ENGINE_REST);
}

static void the_pace_stays_within_its_jitter_and_its_hourly_limit(void **state)
{
	struct profile p = { .interval_ms = 60000, .jitter_pct = 50, .has_action = true };
	struct engine_view v = { .known = true };

	(void)state;
	assert_int_equal(engine_decide(&p, &v, 0, 0).due_ms, 30000);
	assert_int_equal(engine_decide(&p, &v, 0, 5000).due_ms, 60000);
	assert_in_range(engine_decide(&p, &v, 0, 9999).due_ms, 89000, 90000);
	p.per_hour = 30;
	assert_int_equal(engine_decide(&p, &v, 0, 0).due_ms, 120000);
	p = (struct profile){ .has_action = true }; /* never at once, whatever is configured */
	assert_int_equal(engine_decide(&p, &v, 0, 0).due_ms, 1000);
}

/* ---- where a transaction may go ---- */

static void a_transaction_moves_by_the_table_and_no_other_way(void **state)
{
	/* One line a state, one column a state it may go to, as in the header's order. */
	static const char *const may[TX_REVIEW + 1] = {
		[TX_PLANNED] = "PREPARED SKIPPED_DUST BLOCKED CANCELLED",
		[TX_PREPARED] = "SIGNED CANCELLED REVIEW",
		[TX_SIGNED] = "UNKNOWN IN_POOL MINED CANCELLED REVIEW",
		[TX_UNKNOWN] = "IN_POOL MINED FEE_WAIT SUPERSEDED REVIEW",
		[TX_IN_POOL] = "UNKNOWN MINED FEE_WAIT SUPERSEDED REVIEW",
		[TX_MINED] = "CONFIRMED REVERTED CANCELLED UNKNOWN IN_POOL",
		[TX_CONFIRMED] = "",
		[TX_REVERTED] = "",
		[TX_SUPERSEDED] = "",
		[TX_CANCELLED] = "",
		[TX_FEE_WAIT] = "UNKNOWN IN_POOL MINED SUPERSEDED REVIEW",
		[TX_SKIPPED_DUST] = "",
		[TX_BLOCKED] = "PREPARED CANCELLED SKIPPED_DUST",
		[TX_REVIEW] = "UNKNOWN MINED IN_POOL SUPERSEDED CANCELLED",
	};
	static const char *const names[TX_REVIEW + 1] = {
		[TX_PLANNED] = "PLANNED",       [TX_PREPARED] = "PREPARED",
		[TX_SIGNED] = "SIGNED",         [TX_UNKNOWN] = "UNKNOWN",
		[TX_IN_POOL] = "IN_POOL",       [TX_MINED] = "MINED",
		[TX_CONFIRMED] = "CONFIRMED",   [TX_REVERTED] = "REVERTED",
		[TX_SUPERSEDED] = "SUPERSEDED", [TX_CANCELLED] = "CANCELLED",
		[TX_FEE_WAIT] = "FEE_WAIT",     [TX_SKIPPED_DUST] = "SKIPPED_DUST",
		[TX_BLOCKED] = "BLOCKED",       [TX_REVIEW] = "REVIEW",
	};

	(void)state;
	for (int from = TX_PLANNED; from <= TX_REVIEW; from++) {
		bool out = false;

		for (int to = TX_PLANNED; to <= TX_REVIEW; to++) {
			bool want = strstr(may[from], names[to]) != NULL;

			out = out || want;
			if (tx_may_move((enum tx_state)from, (enum tx_state)to) != want)
				fail_msg("%s -> %s: want %d\n", names[from], names[to], want);
		}
		assert_int_equal(tx_is_final((enum tx_state)from), !out);
		assert_non_null(tx_state_name((enum tx_state)from));
	}
	/* Once out in the open, never a free nonce again. */
	assert_false(tx_may_move(TX_UNKNOWN, TX_CANCELLED));
	assert_false(tx_may_move(TX_IN_POOL, TX_CANCELLED));
}

static void names_of_wallets_are_plain(void **state)
{
	static const char *const good[] = { "a", "wallet-001", "w9-x" };
	static const char *const bad[] = {
		"",    "9a",       "-a",
		"A",   "a_b",      "a b",
		"a/b", "\xc3\xa9", "a2345678901234567890123456789012345678901"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(wallet_name_ok(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(wallet_name_ok(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_missing_is_never_below_zero),
		cmocka_unit_test(
			a_normal_fee_has_room_for_two_base_fees_and_stays_below_the_ceiling),
		cmocka_unit_test(a_sweep_has_one_price),
		cmocka_unit_test(
			where_the_base_fee_never_moves_a_sweep_pays_it_and_the_tip_and_no_more),
		cmocka_unit_test(old_or_unknown_fees_authorise_nothing),
		cmocka_unit_test(wordings_of_all_clients_are_known),
		cmocka_unit_test(an_operators_own_words_are_heard_and_never_over_a_revert),
		cmocka_unit_test(
			a_pause_holds_what_was_run_before_it_and_a_lockdown_all_but_the_way_home),
		cmocka_unit_test(
			a_breaker_opens_after_so_many_failures_in_a_row_and_closes_after_one_success),
		cmocka_unit_test(the_engine_rests_acts_approves_or_takes_a_fault),
		cmocka_unit_test(the_pace_stays_within_its_jitter_and_its_hourly_limit),
		cmocka_unit_test(a_transaction_moves_by_the_table_and_no_other_way),
		cmocka_unit_test(names_of_wallets_are_plain),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
