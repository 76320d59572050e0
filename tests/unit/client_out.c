/* What is shown: amounts, ages, names of states, tables; and nothing that moves the cursor. */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/fleet_view.h"
#include "client/follow.h"
#include "client/out.h"
#include "client/progress.h"
#include "client/wallet_row.h"
#include "ghostfleet/v1/funding.pb-c.h"
#include "store/base/turn.h"

static struct turn turn;

static int setup(void **state)
{
	(void)state;
	turn_begin(&turn, NULL, NULL, arena_new(4 << 20), "test", "", 1000);
	turn.now_ms = 1800000000000;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(turn.mem);
	return 0;
}

static void amounts_keep_enough_places(void **state)
{
	(void)state;
	assert_string_equal(ether_of(&turn, "50000000000000000"), "0.05 ether");
	assert_string_equal(ether_short(&turn, "0"), "0");
	assert_string_equal(ether_short(&turn, "1000000000000000000"), "1");
	assert_string_equal(ether_short(&turn, "12345678912345678912"), "12.345678");
	assert_string_equal(ether_short(&turn, "400000000000000"), "0.0004");
	assert_string_equal(ether_short(&turn, "63000000000"), "0.000000063");
	assert_string_equal(ether_short(&turn, "1"), "0.000000000000000001");
	assert_string_equal(gwei_of(&turn, "1000000"), "0.001 gwei");
}

static void what_is_no_amount_shows_as_unknown(void **state)
{
	(void)state;
	assert_string_equal(ether_of(&turn, ""), "-");
	assert_string_equal(ether_short(&turn, "0x10"), "-");
	assert_string_equal(gwei_of(&turn, "-5"), "-");
}

static const Google__Protobuf__Timestamp *at(int64_t ms)
{
	static Google__Protobuf__Timestamp ts;

	google__protobuf__timestamp__init(&ts);
	ts.seconds = (turn.now_ms + ms) / 1000;
	ts.nanos = (int32_t)((turn.now_ms + ms) % 1000) * 1000000;
	return &ts;
}

static void ages_are_of_one_unit(void **state)
{
	(void)state;
	assert_string_equal(age(&turn, at(-12000)), "12s ago");
	assert_string_equal(age(&turn, at(-185000)), "3m ago");
	assert_string_equal(age(&turn, at(-7200000)), "2h ago");
	assert_string_equal(age(&turn, at(-3 * 86400000)), "3d ago");
	assert_string_equal(age(&turn, NULL), "never");
	/* A clock that is ahead of ours. */
	assert_string_equal(age(&turn, at(5000)), "0s ago");
	assert_string_equal(until(&turn, at(598000)), "in 9m58s");
	assert_string_equal(until(&turn, at(-1)), "now");
	assert_string_equal(until(&turn, NULL), "-");
}

static void times_out_of_range_are_held_at_its_ends(void **state)
{
	Google__Protobuf__Timestamp ts = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

	(void)state;
	ts.seconds = INT64_MAX;
	assert_int_equal(stamp_ms(&ts), 253402300799000);
	ts.seconds = INT64_MIN;
	assert_int_equal(stamp_ms(&ts), 0);
}

static void states_have_short_names_both_ways(void **state)
{
	const ProtobufCEnumDescriptor *d = &ghostfleet__v1__transaction_state__descriptor;
	int v;

	(void)state;
	assert_string_equal(enum_text(&turn, d, 12), "skipped-dust");
	assert_string_equal(enum_text(&turn, d, 999), "999");
	assert_int_equal(enum_read(&turn, d, "Review", &v), OK);
	assert_int_equal(v, 14);
	assert_int_equal(enum_read(&turn, d, "lost", &v), ERR_INVALID);
	assert_non_null(strstr(turn.why, "there are: planned, prepared"));
	assert_int_equal(enum_read(&turn, d, "unspecified", &v), ERR_INVALID);
}

static void control_bytes_do_not_reach_the_terminal(void **state)
{
	(void)state;
	assert_string_equal(clean(&turn, "a\x1b[31mb\nc\x7f"), "a?[31mb?c?");
	assert_string_equal(clean(&turn, "gr\xc3\xbc\xc3\x9f \xe2\x9c\x93"),
			    "gr\xc3\xbc\xc3\x9f \xe2\x9c\x93");
	/* C1 controls, broken and overlong UTF-8. */
	assert_string_equal(clean(&turn, "\xc2\x9b"
					 "x"),
			    "?x");
	assert_string_equal(clean(&turn, "\xff\xc0\xafx\xe2\x82"), "???x??");
}

static void cutting_keeps_whole_characters(void **state)
{
	(void)state;
	assert_string_equal(clip(&turn, "short", 10), "short");
	assert_string_equal(clip(&turn, "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc", 3),
			    "\xc3\xbc\xc3\xbc\xe2\x80\xa6");
	assert_string_equal(clip(&turn, "abcdef", 1), "\xe2\x80\xa6");
}

static char *printed(struct table *tb)
{
	char *text;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	table_print(tb, f, "");
	assert_int_equal(fclose(f), 0);
	char *kept = turn_strdup(&turn, text);

	free(text);
	return kept;
}

static void a_table_aligns_and_heads_once(void **state)
{
	static const char *const heads[] = { "WALLET", ">ETHER", "TEXT", NULL };
	struct table tb = table_new(&turn, heads);

	(void)state;
	table_row(&tb, "a", "0.05", "x\ty", NULL);
	table_row(&tb, "wallet-2", "12", "", NULL);
	assert_string_equal(printed(&tb), "WALLET    ETHER  TEXT\n"
					  "a          0.05  x?y\n"
					  "wallet-2     12  -\n");
	table_row(&tb, "b", "1", "z", NULL);
	assert_string_equal(printed(&tb), "b             1  z\n");
}

static void a_table_grows_and_cuts_long_cells(void **state)
{
	static const char *const heads[] = { "N", NULL };
	struct table tb = table_new(&turn, heads);
	char long_cell[300];

	(void)state;
	memset(long_cell, 'x', sizeof(long_cell) - 1);
	long_cell[sizeof(long_cell) - 1] = 0;
	for (int i = 0; i < 100; i++)
		table_row(&tb, "row", NULL);
	table_row(&tb, long_cell, NULL);
	const char *text = printed(&tb);

	assert_int_equal(strlen(strrchr(text, 'w') + 2), 201);
}

static void the_bar_fits_its_width(void **state)
{
	const char *line = progress_line(&turn, 5, 10, "moved 0.25 ether", 80);

	(void)state;
	assert_string_equal(line, "[############------------] 5/10  moved 0.25 ether");
	assert_int_equal(strlen(progress_line(&turn, 5, 10, "a long tail", 20)), 22);
	assert_non_null(strstr(progress_line(&turn, 0, 0, "planning", 80), "0/0  planning"));
	assert_non_null(strstr(progress_line(&turn, 11, 10, "", 80), "[########################]"));
}

static void the_last_line_sums_up(void **state)
{
	Ghostfleet__V1__Operation o = GHOSTFLEET__V1__OPERATION__INIT;

	(void)state;
	o.steps_done = 10;
	o.moved = (char[]){ "500000000000000000" };
	o.fees_paid = (char[]){ "400000000000000" };
	assert_string_equal(follow_summary(&turn, &o),
			    "10 done · 0 skipped · 0 failed · moved 0.5 ether · fees 0.0004 ether");
}

static void the_end_of_an_operation_is_the_exit_code(void **state)
{
	(void)state;
	assert_int_equal(follow_exit(GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_DONE), 0);
	assert_int_equal(follow_exit(GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_FAILED), 1);
	assert_int_equal(follow_exit(GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_CANCELLED),
			 1);
	assert_int_equal(follow_exit(GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_PARTLY), 5);
}

static void errors_map_to_exit_codes(void **state)
{
	struct cli c = { .exit = EXIT_DONE };

	(void)state;
	assert_int_equal(cli_exit_code(&c, OK), 0);
	assert_int_equal(cli_exit_code(&c, ERR_REFUSED), 1);
	assert_int_equal(cli_exit_code(&c, ERR_INVALID), 1);
	assert_int_equal(cli_exit_code(&c, ERR_NOBODY), 1);
	assert_int_equal(cli_exit_code(&c, ERR_AWAY), 3);
	assert_int_equal(cli_exit_code(&c, ERR_LATE), 3);
	assert_int_equal(usage(&turn, &c, "%s is wrong", "x"), ERR_INVALID);
	assert_int_equal(cli_exit_code(&c, ERR_INVALID), 2);
	c.exit = EXIT_UNHEALTHY;
	assert_int_equal(cli_exit_code(&c, OK), 4);
}

static void hints_name_what_to_type(void **state)
{
	struct cli c = { 0 };

	(void)state;
	assert_non_null(strstr(cli_hint(&c, ERR_AWAY, REASON_UNAVAILABLE), "ghostctl wait ready"));
	assert_non_null(strstr(cli_hint(&c, ERR_NOBODY, REASON_UNAUTHENTICATED), "--token-file"));
	c.proved = true;
	assert_non_null(strstr(cli_hint(&c, ERR_NOBODY, REASON_UNAUTHENTICATED), "access add"));
	assert_null(cli_hint(&c, ERR_MISSING, REASON_NOT_FOUND));
	assert_null(cli_hint(&c, OK, REASON_NONE));
}

static void names_are_completed_and_shortened(void **state)
{
	(void)state;
	assert_string_equal(resource(&turn, "wallets", "wallet-001"), "wallets/wallet-001");
	assert_string_equal(resource(&turn, "wallets", "wallets/wallet-001"), "wallets/wallet-001");
	assert_string_equal(short_name("operations/17"), "17");
	assert_string_equal(short_name("17"), "17");
}

static void a_wallet_shows_the_worst_that_is_true(void **state)
{
	Ghostfleet__V1__Wallet w = GHOSTFLEET__V1__WALLET__INIT;
	Ghostfleet__V1__Breaker b = GHOSTFLEET__V1__BREAKER__INIT;

	(void)state;
	w.state = GHOSTFLEET__V1__WALLET_STATE__WALLET_STATE_ACTIVE;
	assert_string_equal(wallet_state_text(&turn, &w), "idle");
	w.enabled = true;
	assert_string_equal(wallet_state_text(&turn, &w), "acting");
	w.paused = true;
	assert_string_equal(wallet_state_text(&turn, &w), "paused");
	w.breaker = &b;
	b.state = GHOSTFLEET__V1__BREAKER_STATE__BREAKER_STATE_OPEN;
	assert_string_equal(wallet_state_text(&turn, &w), "tripped");
	w.state = GHOSTFLEET__V1__WALLET_STATE__WALLET_STATE_RETIRED;
	assert_string_equal(wallet_state_text(&turn, &w), "retired");
}

static void the_next_step_is_for_the_worst(void **state)
{
	Ghostfleet__V1__Fleet f = GHOSTFLEET__V1__FLEET__INIT;
	Ghostfleet__V1__TransactionCounts x = GHOSTFLEET__V1__TRANSACTION_COUNTS__INIT;
	Ghostfleet__V1__WalletCounts w = GHOSTFLEET__V1__WALLET_COUNTS__INIT;
	Ghostfleet__V1__ChainStatus chain = GHOSTFLEET__V1__CHAIN_STATUS__INIT;
	Ghostfleet__V1__Operation o = GHOSTFLEET__V1__OPERATION__INIT;

	(void)state;
	f.transactions = &x;
	f.wallets = &w;
	f.chain = &chain;
	f.state = GHOSTFLEET__V1__FLEET_STATE__FLEET_STATE_RUNNING;
	assert_string_equal(next_step(&turn, &f, NULL, false).type,
			    "ghostctl wallets generate --count 10");
	w.total = 3;
	assert_string_equal(next_step(&turn, &f, NULL, false).type, "ghostctl watch");
	assert_string_equal(next_step(&turn, &f, NULL, true).type, "ghostctl incidents list");
	o.name = (char[]){ "operations/17" };
	assert_string_equal(next_step(&turn, &f, &o, false).type, "ghostctl operations run 17");
	f.state = GHOSTFLEET__V1__FLEET_STATE__FLEET_STATE_PAUSED;
	assert_string_equal(next_step(&turn, &f, &o, false).type, "ghostctl resume");
	w.tripped = 1;
	assert_string_equal(next_step(&turn, &f, &o, false).type,
			    "ghostctl wallets list --tripped");
	x.unknown = 1;
	assert_string_equal(next_step(&turn, &f, &o, false).type,
			    "ghostctl tx list --state unknown");
	chain.endpoints = 2;
	assert_string_equal(next_step(&turn, &f, &o, false).type, "ghostctl endpoints check");
	f.state = GHOSTFLEET__V1__FLEET_STATE__FLEET_STATE_LOCKDOWN;
	assert_string_equal(next_step(&turn, &f, &o, false).type, "ghostctl extract");
	x.review = 1;
	assert_string_equal(next_step(&turn, &f, &o, false).type,
			    "ghostctl tx list --state review");
	assert_int_equal(in_the_air(&x), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts_keep_enough_places),
		cmocka_unit_test(what_is_no_amount_shows_as_unknown),
		cmocka_unit_test(ages_are_of_one_unit),
		cmocka_unit_test(times_out_of_range_are_held_at_its_ends),
		cmocka_unit_test(states_have_short_names_both_ways),
		cmocka_unit_test(control_bytes_do_not_reach_the_terminal),
		cmocka_unit_test(cutting_keeps_whole_characters),
		cmocka_unit_test(a_table_aligns_and_heads_once),
		cmocka_unit_test(a_table_grows_and_cuts_long_cells),
		cmocka_unit_test(the_bar_fits_its_width),
		cmocka_unit_test(the_last_line_sums_up),
		cmocka_unit_test(the_end_of_an_operation_is_the_exit_code),
		cmocka_unit_test(errors_map_to_exit_codes),
		cmocka_unit_test(hints_name_what_to_type),
		cmocka_unit_test(names_are_completed_and_shortened),
		cmocka_unit_test(a_wallet_shows_the_worst_that_is_true),
		cmocka_unit_test(the_next_step_is_for_the_worst),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
