/* The job that watches validators, against Beacon nodes that are new, old, slow, late, away, or
 * lie; the store is the real one, the clock is the test's. */
#include <string.h>

#include "server/core/beacon.h"
#include "server/core/validator.h"
#include "store/events.h"
#include "tests/support/fake_beacon.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

enum { SOURCES = 3, SLOT_MS = 12000, EPOCH_MS = 32 * SLOT_MS };

struct scene {
	struct stage w;
	struct fake_beacon *b[SOURCES];
	const char *urls[SOURCES], *names[SOURCES];
	size_t n;
};

static struct scene s;

struct some {
	size_t from, n;
};

static enum err watch_some(struct turn *t, void *arg)
{
	const struct some *k = arg;
	struct validator_ask *asks = turn_array(t, k->n, sizeof(*asks));
	size_t added;

	for (size_t i = 0; i < k->n; i++)
		asks[i] = (struct validator_ask){ fake_beacon_key(k->from + i), "" };
	return validators_add(t, asks, k->n, turn_array(t, k->n, sizeof(struct validator)), &added);
}

static void jobs_again(void)
{
	struct watch_options o = { .urls = s.urls, .names = s.names, .n = s.n, .within_ms = 1500 };

	assert_ok(&s.w.f, jobs_watch(stage_turn(&s.w), s.w.jobs, &o));
}

/* `validators` of each of `sources` nodes are watched, in the middle of slot 1 of epoch 100. */
static void open_scene(size_t sources, size_t validators)
{
	static const char *const names[] = { "one", "two", "three" };

	stage_open(&s.w, 1);
	s.n = sources;
	for (size_t i = 0; i < sources; i++) {
		s.b[i] = fake_beacon_start(validators, &s.w.now_ms);
		s.urls[i] = fake_beacon_url(s.b[i]);
		s.names[i] = names[i];
	}
	s.w.now_ms = s.b[0]->genesis_ms + 100 * EPOCH_MS + SLOT_MS + SLOT_MS / 2;
	for (size_t from = 0; from < validators; from += 500) {
		struct some k = { from, validators - from < 500 ? validators - from : 500 };

		assert_ok(&s.w.f, stage_lane(&s.w, watch_some, &k));
	}
	jobs_again();
}

static int close_scene(void **state)
{
	(void)state;
	stage_close(&s.w);
	for (size_t i = 0; i < s.n; i++)
		fake_beacon_stop(s.b[i]);
	memset(&s, 0, sizeof(s));
	return 0;
}

/* Time goes on under the servers' locks. */
static void pass(int64_t ms)
{
	for (size_t i = 0; i < s.n; i++)
		fake_beacon_lock(s.b[i]);
	s.w.now_ms += ms;
	for (size_t i = 0; i < s.n; i++)
		fake_beacon_unlock(s.b[i]);
}

static void look(void)
{
	assert_ok(&s.w.f, stage_job(&s.w, JOB_VALIDATORS));
}

/* Looks twice in every slot of so many epochs would be 64; four an epoch tell the same. */
static void epochs(int n)
{
	for (int i = 0; i < 4 * n; i++) {
		pass(EPOCH_MS / 4);
		look();
	}
}

static struct validator get(size_t i)
{
	struct pubkey k = fake_beacon_key(i);
	struct validator v;

	assert_ok(&s.w.f, validator_by_key(stage_turn(&s.w), &k, &v));
	return v;
}

static struct beacon_source source(size_t i);

static void is(size_t i, enum validator_health want)
{
	struct validator v = get(i);

	if (v.health != want)
		for (size_t o = 0; o < s.n; o++)
			print_error("%s is %s, outvoted %lld: %s\n", source(o).name,
				    source_state_name(source(o).state),
				    (long long)source(o).outvoted, source(o).text);
	if (v.health != want)
		fail_msg("validator %zu is %s, not %s: %s\n", i, validator_health_name(v.health),
			 validator_health_name(want), v.text);
}

static struct beacon_source source(size_t i)
{
	struct beacon_source *list;
	size_t n;

	assert_ok(&s.w.f, source_list(stage_turn(&s.w), &list, &n));
	assert_true(i < n);
	return list[i];
}

static int count_events(const char *kind)
{
	struct event *e;
	size_t n;
	int found = 0;

	assert_ok(&s.w.f, event_list(stage_turn(&s.w), 0, TOPIC_VALIDATOR, NULL, 10000, &e, &n));
	for (size_t i = 0; i < n; i++)
		found += strcmp(e[i].kind, kind) == 0;
	return found;
}

/* ---- one node ---- */

static void down_and_up_again_with_one_event_each(void **state)
{
	(void)state;
	open_scene(1, 4);
	look();
	is(0, VALIDATOR_UP); /* what is seen counts at once */
	s.b[0]->v[2].down_from = 103;
	epochs(3); /* the node is warm, epoch 103 goes on */
	is(2, VALIDATOR_UP);
	epochs(1);
	is(2, VALIDATOR_DEGRADED);
	assert_int_equal(count_events("validator.down"), 0);
	epochs(1);
	is(2, VALIDATOR_DOWN);
	is(1, VALIDATOR_UP);
	struct validator v = get(2);

	assert_int_equal(v.since_ms, s.b[0]->genesis_ms + 103 * EPOCH_MS);
	assert_int_equal(count_events("validator.down"), 1);
	s.b[0]->v[2].down_to = 106;
	epochs(1);
	is(2, VALIDATOR_UP);
	epochs(2);
	assert_int_equal(count_events("validator.down"), 1);
	assert_int_equal(count_events("validator.up"), 1);

	struct spell *sp;
	size_t n;

	assert_ok(&s.w.f, spell_last(stage_turn(&s.w), v.id, 10, &sp, &n));
	assert_int_equal(n, 3);
	assert_int_equal(sp[1].health, VALIDATOR_DOWN);
	assert_int_equal(sp[1].to_ms - sp[1].from_ms, 3 * EPOCH_MS);
}

static void the_forms_of_an_old_node_are_found_out(void **state)
{
	(void)state;
	open_scene(1, 200);
	s.b[0]->lodestar = true;
	s.b[0]->v[150].down_from = 0;
	epochs(5);
	is(199, VALIDATOR_UP);
	is(150, VALIDATOR_DOWN);
	assert_int_equal(source(0).state, SOURCE_OK);
}

/* A node that understands comma lists only answers repeated ids with the last of them. */
static void an_answer_that_leaves_some_out_is_not_believed(void **state)
{
	(void)state;
	open_scene(1, 100);
	s.b[0]->commas = true;
	s.b[0]->v[99].absent = true;
	look();
	epochs(2);
	is(0, VALIDATOR_UP);
	is(98, VALIDATOR_UP);
	assert_int_equal(get(0).life, LIFE_ACTIVE);
	assert_int_equal(get(99).life, LIFE_ABSENT);
	is(99, VALIDATOR_IDLE);
}

static void a_node_that_is_away_makes_unknown_and_fires_nothing(void **state)
{
	(void)state;
	open_scene(1, 3);
	epochs(3);
	is(0, VALIDATOR_UP);
	s.b[0]->away = true;
	epochs(1);
	is(0, VALIDATOR_UP); /* one epoch of grace */
	epochs(3);
	is(0, VALIDATOR_UNKNOWN);
	assert_int_equal(source(0).state, SOURCE_AWAY);
	assert_non_null(strstr(source(0).text, "HTTP 503"));
	assert_int_equal(count_events("validator.down"), 0);
	assert_int_equal(count_events("beacon.away"), 1);
	s.b[0]->away = false;
	epochs(1);
	is(0, VALIDATOR_UP);
	assert_int_equal(count_events("beacon.back"), 1);
	assert_int_equal(count_events("validator.up"), 0);
}

/* tenderduty #28: the monitor loses its node, and the alarm must not resolve. */
static void tenderduty_28_a_lost_node_resolves_nothing(void **state)
{
	(void)state;
	open_scene(1, 3);
	s.b[0]->v[1].down_from = 0;
	epochs(6);
	is(1, VALIDATOR_DOWN);
	assert_int_equal(count_events("validator.down"), 1);
	s.b[0]->away = true;
	epochs(5);
	is(1, VALIDATOR_UNKNOWN);
	assert_int_equal(get(1).announced, VALIDATOR_DOWN);
	s.b[0]->away = false;
	epochs(5);
	is(1, VALIDATOR_DOWN);
	assert_int_equal(count_events("validator.up"), 0);
	assert_int_equal(count_events("validator.down"), 1);
}

/* kiln #94: a node that just came back has not seen enough to accuse anybody. */
static void kiln_94_a_node_that_came_back_accuses_nobody(void **state)
{
	(void)state;
	open_scene(1, 3);
	epochs(4);
	s.b[0]->away = true;
	epochs(1);
	s.b[0]->away = false;
	s.b[0]->says_none_live = true;
	epochs(2);
	assert_int_equal(count_events("validator.down"), 0);
	s.b[0]->says_none_live = false;
	epochs(1);
	is(0, VALIDATOR_UP);
}

static void a_restart_goes_on_where_it_was(void **state)
{
	(void)state;
	open_scene(1, 3);
	s.b[0]->v[1].down_from = 103;
	epochs(4);
	is(1, VALIDATOR_DEGRADED);
	stage_crash(&s.w);
	jobs_again();
	epochs(1);
	is(1, VALIDATOR_DOWN);
	assert_int_equal(get(1).since_ms, s.b[0]->genesis_ms + 103 * EPOCH_MS);
	stage_crash(&s.w);
	jobs_again();
	epochs(2);
	assert_int_equal(count_events("validator.down"), 1);
}

static void life_is_told_and_a_slashing_never_unsaid(void **state)
{
	(void)state;
	open_scene(1, 3);
	s.b[0]->v[0].status = "pending_queued";
	s.b[0]->v[0].activation = -1;
	epochs(1);
	assert_int_equal(get(0).life, LIFE_PENDING);
	is(0, VALIDATOR_IDLE);
	s.b[0]->v[0].status = "active_ongoing";
	s.b[0]->v[0].activation = 101;
	epochs(2);
	is(0, VALIDATOR_UP);
	assert_int_equal(count_events("validator.active"), 1);
	s.b[0]->v[1].status = "active_slashed";
	s.b[0]->v[1].slashed = true;
	s.b[0]->v[2].status = "active_exiting";
	s.b[0]->v[2].exit = 104;
	epochs(1);
	assert_int_equal(get(1).life, LIFE_SLASHED);
	is(1, VALIDATOR_IDLE);
	assert_int_equal(count_events("validator.slashed"), 1);
	s.b[0]->v[1].status = "active_ongoing";
	s.b[0]->v[1].slashed = false;
	s.b[0]->v[2].status = "exited_unslashed";
	s.b[0]->v[2].down_from = 104;
	epochs(4);
	assert_int_equal(get(1).life, LIFE_SLASHED);
	assert_int_equal(count_events("validator.slashed"), 1);
	is(2, VALIDATOR_IDLE);
	assert_int_equal(count_events("validator.exited"), 1);
	assert_int_equal(count_events("validator.down"), 0);
}

static void a_falling_balance_is_counted_epoch_by_epoch(void **state)
{
	(void)state;
	open_scene(1, 1);
	epochs(1);
	for (int i = 0; i < 3; i++) {
		s.b[0]->v[0].balance -= 9000;
		epochs(1);
	}
	assert_int_equal(get(0).declines, 3);
	assert_int_equal(get(0).change, -9000);
	s.b[0]->v[0].balance -= 17000000; /* a withdrawal: no decline, and no end of one */
	epochs(1);
	assert_int_equal(get(0).declines, 3);
	s.b[0]->v[0].balance += 10;
	epochs(1);
	assert_int_equal(get(0).declines, 0);
}

static void a_block_that_did_not_come_is_missed_with_a_reason(void **state)
{
	struct proposal *p;
	size_t n;

	(void)state;
	open_scene(1, 64);
	s.b[0]->missing_slot = 100 * 32 + 9;
	epochs(2);
	struct validator v = get((size_t)(s.b[0]->missing_slot % 64));

	assert_ok(&s.w.f, proposal_list(stage_turn(&s.w), v.id, 0, 10, &p, &n));
	assert_int_equal(p[n - 1].slot, s.b[0]->missing_slot);
	assert_int_equal(p[n - 1].state, PROPOSAL_MISSED);
	assert_int_equal(p[n - 1].reason, MISS_ALONE);
	assert_int_equal(count_events("validator.proposal-missed"), 1);
	assert_true(count_events("validator.proposed") > 30);
}

static void participation_is_of_a_finished_epoch_and_names_its_source(void **state)
{
	struct beacon b;

	(void)state;
	open_scene(1, 2);
	s.b[0]->sync_bits = 24;
	epochs(3);
	assert_ok(&s.w.f, beacon_get(stage_turn(&s.w), &b));
	assert_int_equal(b.participation, 750000);
	assert_string_equal(b.participation_source, "sync-aggregate");
	assert_true(b.participation_epoch < beacon_epoch_at(&b, s.w.now_ms));
	assert_true(b.finalized > 90);
}

/* By the chain it would take two epochs. */
static void a_client_that_is_gone_is_down_within_its_time(void **state)
{
	struct watch_options o = { .client = { .process = "no such client --anywhere" },
				   .gone_after_ms = 10000 };

	(void)state;
	open_scene(1, 3);
	epochs(4);
	o.urls = s.urls;
	o.names = s.names;
	o.n = s.n;
	stage_crash(&s.w);
	assert_ok(&s.w.f, jobs_watch(stage_turn(&s.w), s.w.jobs, &o));
	pass(12000);
	look();
	is(0, VALIDATOR_UP); /* it may be a restart */
	int64_t gone_ms = s.w.now_ms;

	pass(12000);
	look();
	is(0, VALIDATOR_DOWN);
	struct validator v = get(0);

	assert_int_equal(v.since_ms, gone_ms);
	assert_true(v.evidence & EVIDENCE_PROCESS);
	assert_int_equal(count_events("client.gone"), 1);
	assert_int_equal(count_events("validator.down"), 3);
	/* It attests all the same: it runs somewhere else. */
	epochs(2);
	is(0, VALIDATOR_UP);
}

static void every_epoch_is_summed_with_what_it_brought(void **state)
{
	struct duty_sum *sum;
	size_t n;

	(void)state;
	open_scene(1, 2);
	s.b[0]->v[1].down_from = 0;
	epochs(7);
	assert_ok(&s.w.f, duty_totals(stage_turn(&s.w), SUM_DAY, 0, 10, &sum, &n));
	assert_int_equal(n, 2);
	assert_true(sum[0].known >= 6 && sum[0].live == sum[0].known);
	assert_true(sum[0].rewarded >= 4 && sum[0].target == sum[0].rewarded);
	assert_int_equal(sum[0].earned, sum[0].rewarded * 11600);
	assert_int_equal(sum[1].live, 0);
	assert_int_equal(sum[1].source, 0);
	assert_int_equal(sum[1].lost, sum[1].rewarded * 8600);
}

/* ---- several nodes ---- */

static void a_node_that_lies_is_outvoted_and_named(void **state)
{
	(void)state;
	open_scene(3, 5);
	s.b[0]->v[4].down_from = s.b[1]->v[4].down_from = s.b[2]->v[4].down_from = 0;
	epochs(3);
	s.b[1]->says_all_live = true;
	epochs(3);
	is(4, VALIDATOR_DOWN);
	assert_int_equal(source(1).outvoted, 1);
	assert_int_equal(source(0).outvoted, 0);
	assert_int_equal(count_events("beacon.outvoted"), 1);
	s.b[1]->says_all_live = false;
	s.b[1]->says_none_live = s.b[1]->says_exited = true;
	epochs(3);
	is(0, VALIDATOR_UP);
	assert_int_equal(get(0).life, LIFE_ACTIVE);
	assert_true(source(1).outvoted >= 4);
}

static void a_node_that_lags_does_not_count(void **state)
{
	(void)state;
	open_scene(3, 3);
	epochs(3);
	s.b[2]->lag = 40;
	s.b[2]->says_none_live = true;
	epochs(2);
	assert_int_equal(source(2).state, SOURCE_LAGGING);
	assert_non_null(strstr(source(2).text, "40 slots behind the others"));
	is(0, VALIDATOR_UP);
	assert_int_equal(source(2).outvoted, 0);
}

static void two_that_do_not_agree_are_no_answer(void **state)
{
	(void)state;
	open_scene(2, 3);
	epochs(4);
	s.b[1]->says_none_live = true;
	epochs(1);
	is(0, VALIDATOR_UP); /* one epoch without an answer */
	epochs(3);
	is(0, VALIDATOR_UNKNOWN);
	assert_int_equal(count_events("validator.down"), 0);
}

static void a_node_of_another_network_is_disabled_by_name(void **state)
{
	(void)state;
	open_scene(3, 3);
	s.b[2]->root = 7;
	s.b[2]->says_exited = true;
	epochs(3);
	assert_int_equal(source(2).state, SOURCE_DISABLED);
	assert_non_null(strstr(source(2).text, "another network"));
	is(0, VALIDATOR_UP);
	assert_int_equal(count_events("beacon.disabled"), 1);
}

static void a_slow_node_does_not_hold_up_the_others(void **state)
{
	(void)state;
	open_scene(3, 3);
	epochs(1);
	s.b[1]->slow = true;
	pass(EPOCH_MS);
	look();
	assert_int_equal(source(1).state, SOURCE_AWAY);
	is(0, VALIDATOR_UP);
}

/* ---- scale ---- */

static void thousands_are_a_few_batches_an_epoch(void **state)
{
	enum { MANY = 3000 };

	(void)state;
	open_scene(1, MANY);
	epochs(2);
	is(MANY - 1, VALIDATOR_UP);
	unsigned states = s.b[0]->asked_states, live = s.b[0]->asked_live;

	epochs(1);
	assert_in_range(s.b[0]->asked_states - states, 3, 4);
	assert_in_range(s.b[0]->asked_live - live, 3, 4);
}

int main(void)
{
#define SCENE(name) cmocka_unit_test_teardown(name, close_scene)
	const struct CMUnitTest tests[] = {
		SCENE(down_and_up_again_with_one_event_each),
		SCENE(the_forms_of_an_old_node_are_found_out),
		SCENE(an_answer_that_leaves_some_out_is_not_believed),
		SCENE(a_node_that_is_away_makes_unknown_and_fires_nothing),
		SCENE(tenderduty_28_a_lost_node_resolves_nothing),
		SCENE(kiln_94_a_node_that_came_back_accuses_nobody),
		SCENE(a_restart_goes_on_where_it_was),
		SCENE(life_is_told_and_a_slashing_never_unsaid),
		SCENE(a_falling_balance_is_counted_epoch_by_epoch),
		SCENE(a_block_that_did_not_come_is_missed_with_a_reason),
		SCENE(participation_is_of_a_finished_epoch_and_names_its_source),
		SCENE(a_client_that_is_gone_is_down_within_its_time),
		SCENE(every_epoch_is_summed_with_what_it_brought),
		SCENE(a_node_that_lies_is_outvoted_and_named),
		SCENE(a_node_that_lags_does_not_count),
		SCENE(two_that_do_not_agree_are_no_answer),
		SCENE(a_node_of_another_network_is_disabled_by_name),
		SCENE(a_slow_node_does_not_hold_up_the_others),
		SCENE(thousands_are_a_few_batches_an_epoch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
