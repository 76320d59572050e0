/* What the jobs count, read from the page of GET /metrics as Prometheus would, and how the store
 * says that it is. */
#include <stdlib.h>
#include <string.h>

#include "server/jobs/count.h"
#include "server/ops/health.h"
#include "server/ops/metrics.h"
#include "store/base/wei.h"
#include "store/fault_vfs.h"
#include "store/meta.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

enum { PAGE_MAX = 1 << 20 };

static const uint64_t ETHER = 1000000000000000000u;

static int fresh(void **state)
{
	(void)state;
	metrics_reset();
	health_reset();
	return 0;
}

/* A counter as the page has it; -1: the page does not have it. */
static long counted(const char *series)
{
	struct arena *mem = arena_new(4 << 20);
	struct buf b = buf_in(mem, PAGE_MAX);
	size_t n = strlen(series);
	long value = -1;

	metrics_write(&b, NULL, 0);
	for (const char *line = buf_text(&b); line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, series, n) == 0 && line[n] == ' ')
			value = strtol(line + n, NULL, 10);
	}
	arena_free(mem);
	return value;
}

#define ERRORS(owner) counted("ghost_fleet_errors_total{owner=\"" owner "\"}")
#define ACTIONS(action, outcome)                                                                   \
	counted("ghost_fleet_actions_total{action=\"" action "\",outcome=\"" outcome "\"}")
#define BROADCASTS(outcome) counted("ghost_fleet_broadcasts_total{outcome=\"" outcome "\"}")
#define RPC(outcome)                                                                               \
	counted("ghost_fleet_rpc_requests_total{endpoint=\"main\",outcome=\"" outcome "\"}")
#define TRIPS() counted("ghost_fleet_circuit_breaker_trips_total")

/* ---- the engine, on a contract that does as the test wants ---- */

/* One wallet with money that calls the contract once a second. */
static void acting(struct stage *w)
{
	static const uint8_t call[4] = { 1, 2, 3, 4 };

	stage_open(w, 1);
	fake_account(w->chain, w->wallets[0])->balance = wei_u64(ETHER);
	w->policy.max_failures = 2;
	w->policy.engine = true;
	w->policy.profiles[w->policy.n_profiles++] = (struct profile){
		.name = "",
		.interval_ms = 1000,
		.has_action = true,
		.action = { .name = "act()",
			    .contract = w->chain->core,
			    .data = { call, sizeof(call) } },
	};
}

static void every_counter_is_there_at_zero(void **state)
{
	static const char *const endpoints[] = { "main" };

	(void)state;
	count_open(endpoints, 1);
	assert_int_equal(ERRORS("endpoint"), 0);
	assert_int_equal(ERRORS("fleet"), 0);
	assert_int_equal(ERRORS("wallet"), 0);
	assert_int_equal(ERRORS("contract"), 0);
	assert_int_equal(TRIPS(), 0);
	assert_int_equal(counted("ghost_fleet_circuit_breaker_trips"), 0);
	assert_int_equal(ACTIONS("action", "confirmed"), 0);
	assert_int_equal(ACTIONS("approve", "refused"), 0);
	assert_int_equal(BROADCASTS("unknown"), 0);
	assert_int_equal(RPC("away"), 0);
}

static void a_simulated_revert_is_the_contracts_and_opens_the_breaker(void **state)
{
	struct stage w;

	(void)state;
	acting(&w);
	w.chain->core_broken = true;
	stage_tick(&w, 1000);
	assert_int_equal(ERRORS("contract"), 1);
	assert_int_equal(ACTIONS("action", "refused"), 1);
	assert_int_equal(TRIPS(), 0);
	for (int i = 0; i < 4; i++)
		stage_tick(&w, 1000);
	assert_int_equal(stage_wallet(&w, "w-000").breaker.state, BREAKER_OPEN);
	assert_int_equal(ERRORS("contract"), 2);
	assert_int_equal(TRIPS(), 1);
	assert_int_equal(counted("ghost_fleet_circuit_breaker_trips"), 1);
	assert_int_equal(ERRORS("wallet"), 0);
	assert_int_equal(ERRORS("endpoint"), 0);
	stage_close(&w);
}

static void break_at_the_second(struct fake_chain *c)
{
	c->core_broken = c->n_txs > 1;
}

static void a_mined_revert_and_a_good_action_are_told_apart(void **state)
{
	struct stage w;

	(void)state;
	acting(&w);
	w.chain->before_mine = break_at_the_second;
	fake_account(w.chain, w.wallets[0])->stake = FAKE_STAKE_OPEN;
	for (int i = 0; i < 10 && ACTIONS("action", "confirmed") < 1; i++)
		stage_tick(&w, 1000);
	assert_int_equal(ACTIONS("action", "confirmed"), 1);
	assert_int_equal(ERRORS("contract"), 0);
	assert_int_equal(BROADCASTS("accepted"), 1);

	/* The second is simulated well, and the contract breaks while it is on its way. */
	fake_account(w.chain, w.wallets[0])->stake = FAKE_STAKE_OPEN;
	w.policy.max_failures = 1;
	for (int i = 0; i < 40 && ACTIONS("action", "reverted") < 1; i++)
		stage_tick(&w, 1000);
	assert_int_equal(ACTIONS("action", "confirmed"), 1);
	assert_int_equal(ACTIONS("action", "reverted"), 1);
	assert_int_equal(ACTIONS("action", "refused"), 0);
	assert_int_equal(ERRORS("contract"), 1);
	assert_int_equal(TRIPS(), 1);
	stage_close(&w);
}

/* ---- sending ---- */

static enum fake_fault lose_first(struct fake_chain *c, size_t nth)
{
	(void)c;
	return nth == 0 ? FAKE_LOST : nth == 1 ? FAKE_REFUSED : FAKE_FINE;
}

static void sends_are_counted_by_their_answer_and_refusals_by_their_owner(void **state)
{
	struct stage w;

	(void)state;
	stage_open(&w, 3);
	w.chain->on_send = lose_first;
	w.chain->refusal = "max fee per gas less than block base fee";
	int64_t op = stage_fund(&w, wei_u64(ETHER / 10));

	assert_int_equal(stage_until(&w, op, 60), OP_DONE);
	assert_int_equal(BROADCASTS("unknown"), 1);
	assert_true(BROADCASTS("refused") >= 1);
	assert_true(BROADCASTS("accepted") >= 2);
	assert_int_equal(ERRORS("fleet"), 1);
	assert_int_equal(ERRORS("contract"), 0);
	assert_int_equal(ACTIONS("action", "confirmed"), 0);
	stage_close(&w);
}

/* ---- endpoints ---- */

static void rounds_are_counted_by_endpoint_and_faults_are_its_own(void **state)
{
	(void)state;
	count_round("main", NEWS_FINE, 1500);
	count_round("main", NEWS_FINE, 0);
	count_round("main", NEWS_AWAY, 0);
	count_round("main", NEWS_LIMITED, 0);
	assert_int_equal(RPC("fine"), 2);
	assert_int_equal(RPC("away"), 1);
	assert_int_equal(RPC("limited"), 1);
	assert_int_equal(counted("ghost_fleet_rpc_seconds_count{endpoint=\"main\"}"), 1);
	assert_int_equal(ERRORS("endpoint"), 2);
}

/* ---- the store ---- */

static void the_store_is_degraded_from_a_refused_commit_to_one_that_is_taken(void **state)
{
	struct store_watch w = { 0 };
	struct store_stats s = { .commits = 5 };

	(void)state;
	assert_null(store_trouble(&w, &s));
	s.disk_full = 1;
	assert_non_null(strstr(store_trouble(&w, &s), "changes are refused"));
	assert_non_null(strstr(store_trouble(&w, &s), "changes are refused"));
	s.commits++;
	assert_null(store_trouble(&w, &s));
	s.reserve_gone = true;
	assert_non_null(strstr(store_trouble(&w, &s), "reserve"));
	s.latched = true;
	assert_non_null(strstr(store_trouble(&w, &s), "pause.latch"));
	s.latched = s.reserve_gone = false;
	assert_null(store_trouble(&w, &s));
}

static enum err change(struct turn *t, void *arg)
{
	(void)arg;
	return meta_set(t, "key", "1", 1);
}

static enum health_state health_of_store(const char **why)
{
	static struct health_component c;

	(void)health_worst(&c);
	*why = c.why;
	return c.state;
}

static void a_full_disk_shows_in_health_and_goes_again(void **state)
{
	static const struct fault_plan full = {
		.ops = FAULT_WRITE, .suffix = "-wal", .kind = FAULT_FULL, .nth = 1, .times = -1
	};
	struct store_watch w = { 0 };
	struct fixture f;
	const char *why;

	(void)state;
	fault_vfs_register();
	fixture_open(&f, (struct store_options){ .no_lane_thread = true, .vfs = FAULT_VFS });
	store_health(f.store, &w);
	assert_int_equal(health_worst(NULL), HEALTH_HEALTHY);
	fault_arm(&full);
	assert_fails(&f, fixture_lane(&f, change, NULL), ERR_FULL, "disk is full");
	store_health(f.store, &w);
	assert_int_equal(health_of_store(&why), HEALTH_DEGRADED);
	assert_non_null(strstr(why, "disk is full"));
	fault_disarm();
	assert_ok(&f, fixture_lane(&f, change, NULL));
	store_health(f.store, &w);
	assert_int_equal(health_worst(NULL), HEALTH_HEALTHY);
	fixture_close(&f);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, fresh)
	const struct CMUnitTest tests[] = {
		T(every_counter_is_there_at_zero),
		T(a_simulated_revert_is_the_contracts_and_opens_the_breaker),
		T(a_mined_revert_and_a_good_action_are_told_apart),
		T(sends_are_counted_by_their_answer_and_refusals_by_their_owner),
		T(rounds_are_counted_by_endpoint_and_faults_are_its_own),
		T(the_store_is_degraded_from_a_refused_commit_to_one_that_is_taken),
		T(a_full_disk_shows_in_health_and_goes_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
