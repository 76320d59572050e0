/* The rules of validators, pure: what an epoch leaves behind, what health follows, which Beacon
 * nodes count, and what they say together. */
#include "tests/support/test.h"

#include <string.h>

#include "server/core/beacon.h"
#include "server/core/client.h"
#include "server/core/performance.h"
#include "server/core/validator.h"

static struct turn t;

enum { SLOT_MS = 12000, SLOTS = 32, EPOCH_MS = SLOT_MS * SLOTS };

static int setup(void **state)
{
	(void)state;
	turn_begin(&t, NULL, NULL, arena_new(8 << 20), "test", "test", 20000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(t.mem);
	return 0;
}

/* In the middle of this epoch. */
static struct judging at_epoch(int64_t epoch)
{
	struct judging j = { .down_after = 2 };

	j.chain = (struct beacon){ .genesis_ms = 1000, .slot_ms = SLOT_MS, .slots = SLOTS };
	j.now_ms = beacon_epoch_ms(&j.chain, epoch) + EPOCH_MS / 2;
	return j;
}

static struct validator active(void)
{
	return (struct validator){ .life = LIFE_ACTIVE,
				   .health = VALIDATOR_UNKNOWN,
				   .exit = -1,
				   .live_epoch = -1,
				   .judged_epoch = -1,
				   .text = "" };
}

/* '1' live, '0' missed, '.' untold: epochs from 0. */
static struct validator after(const char *epochs)
{
	struct validator v = active();

	for (int64_t e = 0; epochs[e]; e++)
		validator_epoch(&v, e,
				epochs[e] == '1'   ? LIVE_YES
				: epochs[e] == '0' ? LIVE_NO
						   : LIVE_UNTOLD);
	return v;
}

/* ---- epochs ---- */

static const struct {
	const char *epochs;
	int64_t row;
	int missed, known;
	enum validator_health health;
	int64_t since_epoch; /* -1: not looked at */
} cases[] = {
	{ "1", 0, 0, 1, VALIDATOR_UP, -1 },
	{ "0", 1, 1, 1, VALIDATOR_DEGRADED, 0 },
	{ "10", 1, 1, 2, VALIDATOR_DEGRADED, 1 },
	{ "100", 2, 2, 3, VALIDATOR_DOWN, 1 },
	{ "1000", 3, 3, 4, VALIDATOR_DOWN, 1 },
	{ "1001", 0, 2, 4, VALIDATOR_UP, -1 },
	{ "10101010", 1, 4, 8, VALIDATOR_DEGRADED, 7 },
	/* One epoch that nobody told of changes nothing; two make it unknown. */
	{ "11.", 0, 0, 2, VALIDATOR_UP, -1 },
	{ "11..", 0, 0, 2, VALIDATOR_UNKNOWN, -1 },
	{ "100.", 2, 2, 3, VALIDATOR_DOWN, 1 },
	{ "100..", 2, 2, 3, VALIDATOR_UNKNOWN, -1 },
	/* Silence in between neither adds to a row of misses nor ends it. */
	{ "10.0", 2, 2, 3, VALIDATOR_DOWN, 1 },
	{ "10...0", 2, 2, 3, VALIDATOR_DOWN, 1 },
	{ "..0", 1, 1, 1, VALIDATOR_DEGRADED, 2 },
	{ "....", 0, 0, 0, VALIDATOR_UNKNOWN, -1 },
};

static void what_epochs_leave_behind_and_what_health_follows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct validator v = after(cases[i].epochs);
		struct judging j = at_epoch((int64_t)strlen(cases[i].epochs));

		validator_judge(&t, &v, &j);
		if (v.missed_row != cases[i].row ||
		    __builtin_popcountll(v.missed_bits) != cases[i].missed ||
		    __builtin_popcountll(v.known_bits) != cases[i].known ||
		    v.health != cases[i].health)
			fail_msg("%s: row %lld, health %s: %s\n", cases[i].epochs,
				 (long long)v.missed_row, validator_health_name(v.health), v.text);
		if (cases[i].since_epoch >= 0)
			assert_int_equal(v.since_ms,
					 beacon_epoch_ms(&j.chain, cases[i].since_epoch));
	}
}

static void an_epoch_told_twice_or_late_changes_nothing(void **state)
{
	struct validator v = after("110");

	(void)state;
	validator_epoch(&v, 2, LIVE_NO);
	validator_epoch(&v, 1, LIVE_NO);
	assert_int_equal(v.missed_row, 1);
	assert_int_equal(v.missed_bits, 1);
	assert_int_equal(v.known_bits, 7);
}

static void an_epoch_far_ahead_forgets_the_bits(void **state)
{
	struct validator v = after("000");

	(void)state;
	validator_epoch(&v, 500, LIVE_YES);
	assert_int_equal(v.missed_bits, 0);
	assert_int_equal(v.known_bits, 1);
	assert_int_equal(v.missed_row, 0);
}

static void one_that_is_down_is_up_as_soon_as_it_is_seen_again(void **state)
{
	struct validator v = after("1000");
	struct judging j = at_epoch(4);

	(void)state;
	validator_judge(&t, &v, &j);
	assert_int_equal(v.health, VALIDATOR_DOWN);
	v.live_epoch = 4;
	validator_judge(&t, &v, &j);
	assert_int_equal(v.health, VALIDATOR_UP);
	assert_int_equal(v.since_ms, beacon_epoch_ms(&j.chain, 4));
}

static void the_bound_of_misses_is_a_setting(void **state)
{
	struct validator v = after("10");
	struct judging j = at_epoch(2);

	(void)state;
	j.down_after = 1;
	validator_judge(&t, &v, &j);
	assert_int_equal(v.health, VALIDATOR_DOWN);
}

/* kiln #67: what left, or is not in yet, is not ill. */
static void no_alarm_outside_the_active_part_of_its_life(void **state)
{
	static const enum validator_life lives[] = { LIFE_ABSENT, LIFE_PENDING, LIFE_EXITED,
						     LIFE_SLASHED };
	struct judging j = at_epoch(4);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct validator v = after("1000");

		v.life = lives[i];
		v.exit = 3;
		validator_judge(&t, &v, &j);
		assert_int_equal(v.health, VALIDATOR_IDLE);
	}
	struct validator v = after("1100");

	v.life = LIFE_EXITING;
	v.exit = 4; /* its last epoch was 3 */
	validator_judge(&t, &v, &j);
	assert_int_equal(v.health, VALIDATOR_IDLE);
	v.exit = 9;
	validator_judge(&t, &v, &j);
	assert_int_equal(v.health, VALIDATOR_DOWN);
	v = active();
	v.activation = 4;
	validator_judge(&t, &v, &j);
	assert_int_equal(v.health, VALIDATOR_IDLE);
}

/* ---- the client's word ---- */

static void a_client_that_is_gone_makes_it_down_at_once(void **state)
{
	struct validator v = after("1111");
	struct judging j = at_epoch(4);

	(void)state;
	j.client = CLIENT_GONE;
	j.client_since_ms = beacon_epoch_ms(&j.chain, 3) + 1000;
	j.client_evidence = EVIDENCE_CLIENT;
	validator_judge(&t, &v, &j);
	assert_int_equal(v.health, VALIDATOR_DOWN);
	assert_int_equal(v.since_ms, j.client_since_ms);
	assert_true(v.evidence & EVIDENCE_CLIENT);
	/* But one that attests in an epoch that began after it, runs somewhere. */
	v.live_epoch = 4;
	validator_judge(&t, &v, &j);
	assert_int_equal(v.health, VALIDATOR_UP);
}

static void a_client_that_runs_while_the_chain_does_not_see_it_is_isolated(void **state)
{
	struct validator v = after("1100");
	struct judging j = at_epoch(4);

	(void)state;
	j.client = CLIENT_RUNS;
	j.client_evidence = EVIDENCE_PROCESS;
	validator_judge(&t, &v, &j);
	assert_int_equal(v.health, VALIDATOR_ISOLATED);
	assert_int_equal(v.evidence, EVIDENCE_CHAIN | EVIDENCE_PROCESS);
	assert_non_null(strstr(v.text, "its client runs"));
}

static void a_client_that_nobody_can_ask_changes_nothing(void **state)
{
	struct validator v = after("1100");
	struct judging j = at_epoch(4);

	(void)state;
	j.client = CLIENT_UNTOLD;
	validator_judge(&t, &v, &j);
	assert_int_equal(v.health, VALIDATOR_DOWN);
	assert_int_equal(v.evidence, EVIDENCE_CHAIN);
}

/* ---- keys ---- */

static void the_runbooks_32_bytes_are_told_by_name(void **state)
{
	struct pubkey k;
	char key[99] = "0x";

	(void)state;
	memset(key + 2, 'a', 64);
	assert_int_equal(pubkey_of(&t, "f", key, &k), ERR_INVALID);
	assert_non_null(strstr(t.why, "32 bytes; the public key of a validator has 48"));
	memset(key + 2, 'a', 96);
	assert_int_equal(pubkey_of(&t, "f", key, &k), OK);
	assert_int_equal(pubkey_of(&t, "f", key + 2, &k), OK);
	key[50] = 0;
	assert_int_equal(pubkey_of(&t, "f", key, &k), ERR_INVALID);
	assert_non_null(strstr(t.why, "24 bytes"));
	assert_int_equal(pubkey_of(&t, "f", "mine", &k), ERR_INVALID);
	assert_non_null(strstr(t.why, "96 hex digits"));
}

static void every_word_of_the_api_has_its_life(void **state)
{
	(void)state;
	assert_int_equal(life_of(status_of("pending_queued"), false), LIFE_PENDING);
	assert_int_equal(life_of(status_of("active_ongoing"), false), LIFE_ACTIVE);
	assert_int_equal(life_of(status_of("active_exiting"), false), LIFE_EXITING);
	assert_int_equal(life_of(status_of("active_slashed"), false), LIFE_SLASHED);
	assert_int_equal(life_of(status_of("withdrawal_done"), false), LIFE_EXITED);
	/* A slashed one that left is slashed all the same. */
	assert_int_equal(life_of(status_of("withdrawal_possible"), true), LIFE_SLASHED);
	assert_int_equal(status_of("active_happy"), STATUS_UNTOLD);
	assert_int_equal(life_of(STATUS_UNTOLD, false), LIFE_UNTOLD);
}

/* ---- sources ---- */

static struct beacon_source fresh(void)
{
	return (struct beacon_source){ .name = "n", .state = SOURCE_UNTRIED, .text = "" };
}

static const int64_t WARM = 2 * EPOCH_MS;

static struct source_word word(int64_t head)
{
	return (struct source_word){ .answered = true, .head_slot = head, .said = "" };
}

static void a_source_warms_up_counts_and_warms_up_again(void **state)
{
	struct judging j = at_epoch(10);
	struct beacon_source s = fresh();
	struct source_word w;
	int64_t head = beacon_slot_at(&j.chain, j.now_ms);

	(void)state;
	t.now_ms = j.now_ms;
	w = word(head);
	source_judge(&t, &s, &w, NULL, head, WARM);
	assert_int_equal(s.state, SOURCE_WARMING);
	source_judge(&t, &s, &w, &j.chain, head, WARM);
	assert_int_equal(s.state, SOURCE_WARMING);
	for (int i = 0; i < 2; i++) {
		t.now_ms += EPOCH_MS;
		head += SLOTS;
		w = word(head);
		source_judge(&t, &s, &w, &j.chain, head, WARM);
	}
	assert_int_equal(s.state, SOURCE_OK);
	w = (struct source_word){ .said = "TCP: connection refused", .asked = 1, .failed = 1 };
	source_judge(&t, &s, &w, &j.chain, head, WARM);
	assert_int_equal(s.state, SOURCE_AWAY);
	assert_string_equal(s.text, "TCP: connection refused");
	assert_true(s.errors_ppm > 0);
	w = word(head);
	source_judge(&t, &s, &w, &j.chain, head, WARM);
	assert_int_equal(s.state, SOURCE_WARMING);
}

/* Our own restart is no reason to doubt a node, a long absence is. */
static void what_a_restart_keeps_of_a_source(void **state)
{
	struct judging j = at_epoch(10);
	struct beacon_source s = fresh();
	int64_t head = beacon_slot_at(&j.chain, j.now_ms);
	struct source_word w = word(head);

	(void)state;
	t.now_ms = j.now_ms;
	s.state = SOURCE_OK;
	s.good_ms = t.now_ms - 10 * EPOCH_MS;
	s.seen_ms = t.now_ms - 5000;
	source_judge(&t, &s, &w, &j.chain, head, WARM);
	assert_int_equal(s.state, SOURCE_OK);
	s.seen_ms = t.now_ms - 3 * EPOCH_MS;
	source_judge(&t, &s, &w, &j.chain, head, WARM);
	assert_int_equal(s.state, SOURCE_WARMING);
}

static void a_source_that_syncs_or_lags_does_not_count(void **state)
{
	struct judging j = at_epoch(10);
	int64_t head = beacon_slot_at(&j.chain, j.now_ms);
	struct beacon_source s = fresh();
	struct source_word w = word(head - 4);

	(void)state;
	t.now_ms = j.now_ms;
	source_judge(&t, &s, &w, &j.chain, head, WARM);
	assert_int_equal(s.state, SOURCE_LAGGING);
	assert_non_null(strstr(s.text, "4 slots behind the others"));
	w = word(head - 3);
	source_judge(&t, &s, &w, &j.chain, head, WARM);
	assert_int_equal(s.state, SOURCE_WARMING);
	w = word(head - SLOTS - 1);
	source_judge(&t, &s, &w, &j.chain, head - SLOTS - 1, WARM);
	assert_int_equal(s.state, SOURCE_LAGGING);
	assert_non_null(strstr(s.text, "behind the clock"));
	w = word(head);
	w.syncing = true;
	source_judge(&t, &s, &w, &j.chain, head, WARM);
	assert_non_null(strstr(s.text, "syncing"));
}

/* ---- votes ---- */

static struct votes of(struct beacon_source *s, const char *states, size_t quorum)
{
	size_t n = strlen(states);

	for (size_t i = 0; i < n; i++) {
		s[i] = fresh();
		s[i].state = states[i] == 'o'   ? SOURCE_OK
			     : states[i] == 'w' ? SOURCE_WARMING
						: SOURCE_LAGGING;
	}
	return (struct votes){ .sources = s, .n = n, .quorum = quorum };
}

/* y yes, n no, . nothing */
static enum live_verdict verdict(struct votes *k, const char *said)
{
	uint8_t v[SOURCES_MOST] = { 0 };

	for (size_t i = 0; said[i]; i++)
		v[i] = said[i] == 'y' ? SAID_YES : said[i] == 'n' ? SAID_NO : SAID_NOTHING;
	return vote_live(k, v);
}

static void the_majority_of_those_that_count_decides(void **state)
{
	static const struct {
		const char *states, *said;
		size_t quorum;
		enum live_verdict want;
	} votes[] = {
		{ "o", "y", 1, LIVE_YES },
		{ "o", "n", 1, LIVE_NO },
		{ "o", ".", 1, LIVE_UNTOLD },
		{ "w", "n", 1, LIVE_UNTOLD }, /* a warming one has not seen enough to say no */
		{ "w", "y", 1, LIVE_YES },
		{ "l", "y", 1, LIVE_UNTOLD },
		{ "oo", "yn", 1, LIVE_SPLIT },
		{ "ow", "yn", 1, LIVE_YES },
		{ "ooo", "yyn", 2, LIVE_YES },
		{ "ooo", "ynn", 2, LIVE_NO },
		{ "ool", "yny", 2, LIVE_SPLIT },
		{ "ooo", "y..", 2, LIVE_UNTOLD }, /* below the quorum */
		{ "oow", "nnn", 2, LIVE_NO },
		{ "oww", "nnn", 2, LIVE_UNTOLD },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(votes) / sizeof(votes[0]); i++) {
		struct beacon_source s[SOURCES_MOST];
		struct votes k = of(s, votes[i].states, votes[i].quorum);
		enum live_verdict got = verdict(&k, votes[i].said);

		if (got != votes[i].want)
			fail_msg("%s says %s: %d\n", votes[i].states, votes[i].said, got);
	}
}

static void who_lies_is_counted_and_no_one_else(void **state)
{
	struct beacon_source s[SOURCES_MOST];
	struct votes k = of(s, "ooow", 2);

	(void)state;
	assert_int_equal(verdict(&k, "yyny"), LIVE_YES);
	assert_int_equal(verdict(&k, "nnyn"), LIVE_NO);
	assert_int_equal(verdict(&k, "yyyn"), LIVE_YES); /* the warming one may be wrong */
	assert_int_equal(k.outvoted[0], 0);
	assert_int_equal(k.outvoted[1], 0);
	assert_int_equal(k.outvoted[2], 2);
	assert_int_equal(k.outvoted[3], 0);
}

static struct state_vote told(enum validator_status status, int64_t balance)
{
	return (struct state_vote){ .known = true,
				    .told = { .place = 7, .status = status, .balance = balance } };
}

static void states_are_voted_and_balances_are_the_median(void **state)
{
	struct beacon_source s[SOURCES_MOST];
	struct votes k = of(s, "ooo", 2);
	struct state_vote v[SOURCES_MOST] = { told(STATUS_ACTIVE_ONGOING, 31),
					      told(STATUS_ACTIVE_ONGOING, 999),
					      told(STATUS_ACTIVE_ONGOING, 32) };
	struct state_told out;

	(void)state;
	assert_true(vote_state(&k, v, &out));
	assert_int_equal(out.balance, 32);
	v[1] = told(STATUS_EXITED_UNSLASHED, 32);
	assert_true(vote_state(&k, v, &out));
	assert_int_equal(out.status, STATUS_ACTIVE_ONGOING);
	assert_int_equal(k.outvoted[1], 1);
	v[2].known = false;
	assert_false(vote_state(&k, v, &out)); /* one against one */
	v[1].known = false;
	assert_false(vote_state(&k, v, &out)); /* below the quorum */
}

static void a_single_node_that_says_slashed_is_outvoted(void **state)
{
	struct beacon_source s[SOURCES_MOST];
	struct votes k = of(s, "ooo", 2);
	struct state_vote v[SOURCES_MOST] = { told(STATUS_ACTIVE_ONGOING, 32),
					      told(STATUS_ACTIVE_SLASHED, 31),
					      told(STATUS_ACTIVE_ONGOING, 32) };
	struct state_told out;

	(void)state;
	v[1].told.slashed = true;
	assert_true(vote_state(&k, v, &out));
	assert_false(out.slashed);
	v[0] = v[1];
	assert_true(vote_state(&k, v, &out));
	assert_true(out.slashed);
}

static void the_quorum_follows_the_number_of_sources(void **state)
{
	(void)state;
	assert_int_equal(quorum_of(0, 1), 1);
	assert_int_equal(quorum_of(0, 2), 1);
	assert_int_equal(quorum_of(0, 3), 2);
	assert_int_equal(quorum_of(0, 4), 3);
	assert_int_equal(quorum_of(3, 4), 3);
}

/* ---- downtime and what it costs ---- */

static void three_figures_and_a_bounded_penalty(void **state)
{
	static const int64_t MIN = 60000;
	struct spell s[] = {
		{ .validator = 1, .from_ms = -30 * MIN, .to_ms = 5000 },      /* clipped to 5 s */
		{ .validator = 2, .from_ms = 10 * MIN, .to_ms = 16 * MIN },   /* > 5 min */
		{ .validator = 1, .from_ms = 60 * MIN, .to_ms = 190 * MIN },  /* 130 min: twice */
		{ .validator = 2, .from_ms = 400 * MIN, .to_ms = 460 * MIN }, /* exactly 60 min */
		{ .validator = 1, .from_ms = 500 * MIN, .to_ms = 0 },         /* lasts */
	};
	struct downtime d;

	(void)state;
	downtime_sum(s, 5, 0, 2000 * MIN, SLOT_MS, 60 * MIN, 100, 1000, &d);
	assert_int_equal(d.count, 5);
	assert_int_equal(d.over_block, 4);
	assert_int_equal(d.over_five_minutes, 4);
	assert_int_equal(d.over_sla, 3);
	assert_int_equal(d.longest_ms, 1500 * MIN);
	assert_int_equal(d.total_ms, 5000 + (6 + 130 + 60 + 1500) * MIN);
	assert_int_equal(d.penalty_bps, 1000 + 100); /* 200 + 2,500 bounded, and 100 */
	assert_int_equal(sla_penalty(59 * MIN, 60 * MIN, 100), 0);
	assert_int_equal(sla_penalty(125 * MIN, 60 * MIN, 100), 200);
	downtime_sum(s, 0, 0, 1, SLOT_MS, 60 * MIN, 100, 1000, &d);
	assert_int_equal(d.penalty_bps, 0);
}

/* ---- clients ---- */

static struct client_probe probe(enum client_kind kind, enum client_says word, int64_t since_ms)
{
	return (struct client_probe){ .kind = kind, .word = word, .since_ms = since_ms };
}

static void one_probe_that_sees_it_outweighs_those_that_do_not(void **state)
{
	struct client_probe p[] = { probe(CLIENT_METRICS, SAYS_GONE, 1000),
				    probe(CLIENT_PROCESS, SAYS_RUNS, 500),
				    probe(CLIENT_KEYMANAGER, SAYS_NOTHING, 0) };
	struct judging j = { 0 };

	(void)state;
	client_judge(p, 3, 100000, 60000, &j);
	assert_int_equal(j.client, CLIENT_RUNS);
	assert_int_equal(j.client_evidence, EVIDENCE_PROCESS);
	p[1].word = SAYS_GONE;
	p[1].since_ms = 50000;
	client_judge(p, 3, 100000, 60000, &j);
	assert_int_equal(j.client, CLIENT_UNTOLD); /* gone, but for less than a minute */
	client_judge(p, 3, 110000, 60000, &j);
	assert_int_equal(j.client, CLIENT_GONE);
	assert_int_equal(j.client_since_ms, 50000);
	assert_int_equal(j.client_evidence, EVIDENCE_PROCESS | EVIDENCE_CLIENT);
	client_judge(&p[2], 1, 110000, 60000, &j);
	assert_int_equal(j.client, CLIENT_UNTOLD);
	client_judge(p, 0, 110000, 60000, &j);
	assert_int_equal(j.client, CLIENT_NOT_ASKED);
}

static void a_client_speaks_for_the_keys_it_lists(void **state)
{
	struct validator v = after("1111");
	struct judging j = at_epoch(4);

	(void)state;
	j.client = CLIENT_GONE;
	j.client_since_ms = j.now_ms;
	j.client_lists = true;
	validator_judge(&t, &v, &j);
	assert_int_equal(v.health, VALIDATOR_UP);
	v.listed = true;
	validator_judge(&t, &v, &j);
	assert_int_equal(v.health, VALIDATOR_DOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_epochs_leave_behind_and_what_health_follows),
		cmocka_unit_test(an_epoch_told_twice_or_late_changes_nothing),
		cmocka_unit_test(an_epoch_far_ahead_forgets_the_bits),
		cmocka_unit_test(one_that_is_down_is_up_as_soon_as_it_is_seen_again),
		cmocka_unit_test(the_bound_of_misses_is_a_setting),
		cmocka_unit_test(no_alarm_outside_the_active_part_of_its_life),
		cmocka_unit_test(a_client_that_is_gone_makes_it_down_at_once),
		cmocka_unit_test(a_client_that_runs_while_the_chain_does_not_see_it_is_isolated),
		cmocka_unit_test(a_client_that_nobody_can_ask_changes_nothing),
		cmocka_unit_test(the_runbooks_32_bytes_are_told_by_name),
		cmocka_unit_test(every_word_of_the_api_has_its_life),
		cmocka_unit_test(a_source_warms_up_counts_and_warms_up_again),
		cmocka_unit_test(what_a_restart_keeps_of_a_source),
		cmocka_unit_test(a_source_that_syncs_or_lags_does_not_count),
		cmocka_unit_test(the_majority_of_those_that_count_decides),
		cmocka_unit_test(who_lies_is_counted_and_no_one_else),
		cmocka_unit_test(states_are_voted_and_balances_are_the_median),
		cmocka_unit_test(a_single_node_that_says_slashed_is_outvoted),
		cmocka_unit_test(the_quorum_follows_the_number_of_sources),
		cmocka_unit_test(three_figures_and_a_bounded_penalty),
		cmocka_unit_test(one_probe_that_sees_it_outweighs_those_that_do_not),
		cmocka_unit_test(a_client_speaks_for_the_keys_it_lists),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
