/* The registry of wallets: names, versions, what the chain said, breakers, pace. */
#include <stdio.h>
#include <string.h>

#include "store/base/wei.h"
#include "store/safe_list.h"
#include "store/wallets.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

static struct wallet sample(const char *name, uint8_t byte)
{
	struct wallet w = { .name = name,
			    .profile = "degen",
			    .role = WALLET_FLEET,
			    .key_kind = KEY_IMPORTED,
			    .hd_index = -1,
			    .sealed = { (const uint8_t *)"sealed", 6 },
			    .state = WALLET_ACTIVE,
			    .enabled = true };

	memset(w.addr.b, byte, sizeof(w.addr.b));
	return w;
}

static enum err add(struct turn *t, void *arg)
{
	return wallet_add(t, arg);
}

static struct wallet added(struct fixture *f, const char *name, uint8_t byte)
{
	struct wallet w = sample(name, byte);

	assert_ok(f, fixture_lane(f, add, &w));
	return w;
}

static void open_store(struct fixture *f)
{
	fixture_open(f, (struct store_options){ .no_lane_thread = true });
}

static void an_empty_registry_counts_zero(void **state)
{
	struct fixture f;
	struct wallet_counts c;
	struct wei sum;
	int64_t oldest, number, index;

	(void)state;
	open_store(&f);
	assert_ok(&f, wallet_count(fixture_turn(&f), &c));
	assert_int_equal(c.total + c.active + c.retired + c.tripped + c.watch_only, 0);
	assert_ok(&f, wallet_money(fixture_turn(&f), &sum, &oldest));
	assert_true(wei_is_zero(sum) && oldest == 0);
	assert_ok(&f, wallet_highest(fixture_turn(&f), "wallet", &number, &index));
	assert_true(number == 0 && index == -1);
	fixture_close(&f);
}

static void wallet_add_refuses_a_taken_name_and_a_taken_address(void **state)
{
	struct fixture f;
	struct wallet other = sample("wallet-001", 2), twin = sample("wallet-002", 1), got;

	(void)state;
	open_store(&f);
	(void)added(&f, "wallet-001", 1);
	assert_fails(&f, fixture_lane(&f, add, &other), ERR_EXISTS, "wallet-001");
	assert_fails(&f, fixture_lane(&f, add, &twin), ERR_EXISTS, "its address");
	assert_ok(&f, wallet_by_addr(fixture_turn(&f), sample("", 1).addr, &got));
	assert_string_equal(got.name, "wallet-001");
	assert_int_equal(got.hd_index, -1);
	assert_memory_equal(got.sealed.p, "sealed", 6);
	assert_int_equal(got.breaker.state, BREAKER_CLOSED);
	assert_int_equal(got.in_flight, 0);
	assert_false(got.has_stake);
	assert_fails(&f, wallet_get(fixture_turn(&f), "nobody", &got), ERR_MISSING, "'nobody'");
	fixture_close(&f);
}

struct change {
	int64_t id, version;
};

static enum err disable(struct turn *t, void *arg)
{
	const struct change *c = arg;

	return wallet_update(t, c->id, c->version, "tank", false, WALLET_RETIRED);
}

static void an_update_of_an_old_version_is_stale(void **state)
{
	struct fixture f;
	struct wallet w, got;

	(void)state;
	open_store(&f);
	w = added(&f, "a", 1);
	struct change c = { w.id, w.version };

	assert_ok(&f, fixture_lane(&f, disable, &c));
	assert_fails(&f, fixture_lane(&f, disable, &c), ERR_STALE, "read it again");
	assert_ok(&f, wallet_get(fixture_turn(&f), "a", &got));
	assert_string_equal(got.profile, "tank");
	assert_int_equal(got.state, WALLET_RETIRED);
	assert_int_equal(got.version, w.version + 1);
	fixture_close(&f);
}

static void lists_go_page_by_page_and_filter(void **state)
{
	struct fixture f;
	struct wallet *w;
	size_t n, all = 0;
	int64_t after = 0;
	char name[16];

	(void)state;
	open_store(&f);
	for (int i = 0; i < 25; i++) {
		(void)snprintf(name, sizeof(name), "w-%02d", i);
		struct wallet one = sample(name, (uint8_t)(i + 1));

		if (i % 5 == 0) {
			one.key_kind = KEY_WATCH_ONLY;
			one.sealed = (struct bytes){ 0 };
			one.profile = "whale";
		}
		assert_ok(&f, fixture_lane(&f, add, &one));
	}
	do {
		assert_ok(&f, wallet_list(fixture_turn(&f), &(struct wallet_filter){ 0 }, after, 10,
					  &w, &n));
		for (size_t i = 0; i < n; i++)
			assert_true(w[i].id > after && (after = w[i].id) > 0);
		all += n;
	} while (n == 10);
	assert_int_equal(all, 25);
	assert_ok(&f, wallet_list(fixture_turn(&f), &(struct wallet_filter){ .profile = "whale" },
				  0, 100, &w, &n));
	assert_int_equal(n, 5);
	assert_ok(&f, wallet_list(fixture_turn(&f), &(struct wallet_filter){ .with_key = true }, 0,
				  100, &w, &n));
	assert_int_equal(n, 20);
	assert_ok(&f, wallet_list(fixture_turn(&f),
				  &(struct wallet_filter){ .states = 1u << WALLET_RETIRED }, 0, 100,
				  &w, &n));
	assert_int_equal(n, 0);
	assert_ok(&f, wallet_list(fixture_turn(&f), &(struct wallet_filter){ .tripped = true }, 0,
				  100, &w, &n));
	assert_int_equal(n, 0);
	fixture_close(&f);
}

static void the_next_number_follows_the_highest_and_survives_silly_names(void **state)
{
	struct fixture f;
	int64_t number, index;

	(void)state;
	open_store(&f);
	(void)added(&f, "wallet-009", 1);
	(void)added(&f, "wallet-010", 2);
	(void)added(&f, "wallet-099999999999999999999", 3);
	(void)added(&f, "wallets-500", 4);
	(void)added(&f, "wallet-x", 5);
	assert_ok(&f, wallet_highest(fixture_turn(&f), "wallet", &number, &index));
	assert_int_equal(number, 10);
	fixture_close(&f);
}

/* ---- what the chain said ---- */

struct saying {
	int64_t wallet;
	struct account account;
};

static enum err hear(struct turn *t, void *arg)
{
	const struct saying *s = arg;

	return account_set(t, s->wallet, &s->account);
}

static void the_nonce_never_falls_and_an_older_block_changes_nothing(void **state)
{
	struct fixture f;
	struct wallet w;

	(void)state;
	open_store(&f);
	w = added(&f, "a", 1);
	struct saying s = { w.id, { wei_u64(50), 7, 1000, 20 } };

	assert_ok(&f, fixture_lane(&f, hear, &s));
	s.account = (struct account){ wei_u64(40), 5, 2000, 21 };
	assert_ok(&f, fixture_lane(&f, hear, &s));
	assert_ok(&f, wallet_get(fixture_turn(&f), "a", &w));
	assert_int_equal(w.account.nonce, 7);
	assert_int_equal(w.account.seen_ms, 2000);
	assert_int_equal(wei_cmp(w.account.balance, wei_u64(40)), 0);
	s.account = (struct account){ wei_u64(99), 9, 3000, 20 };
	assert_ok(&f, fixture_lane(&f, hear, &s));
	assert_ok(&f, wallet_get(fixture_turn(&f), "a", &w));
	assert_int_equal(w.account.seen_ms, 2000);
	assert_int_equal(w.account.nonce, 7);
	assert_int_equal(wei_cmp(w.account.balance, wei_u64(40)), 0);
	fixture_close(&f);
}

static enum err changed(struct turn *t, void *arg)
{
	const struct wallet *w = arg;

	return account_changed(t, w->id, w->addr, 30);
}

static void the_least_recently_seen_come_first_also_retired_ones_and_what_changed(void **state)
{
	struct fixture f;
	struct wallet a, b, c, *stale;
	size_t n;

	(void)state;
	open_store(&f);
	a = added(&f, "a", 1);
	b = added(&f, "b", 2);
	c = added(&f, "c", 3);
	assert_ok(&f,
		  fixture_lane(&f, hear, &(struct saying){ a.id, { wei_u64(1), 0, 5000, 20 } }));
	assert_ok(&f,
		  fixture_lane(&f, hear, &(struct saying){ b.id, { wei_u64(1), 0, 3000, 20 } }));
	assert_ok(&f, fixture_lane(&f, disable, &(struct change){ b.id, b.version }));
	assert_ok(&f, account_stale(fixture_turn(&f), 4000, 10, &stale, &n));
	assert_int_equal(n, 2);
	assert_int_equal(stale[0].id, c.id); /* never seen */
	assert_int_equal(stale[1].id, b.id); /* retired, and watched on */
	assert_ok(&f, fixture_lane(&f, changed, &a));
	assert_ok(&f, account_stale(fixture_turn(&f), 4000, 10, &stale, &n));
	assert_int_equal(n, 3);
	fixture_close(&f);
}

/* ---- breakers ---- */

static enum err set_breaker(struct turn *t, void *arg)
{
	return breaker_set(t, arg);
}

static void a_breaker_has_versions_and_takes_a_long_cause(void **state)
{
	struct fixture f;
	struct breaker b = { .state = BREAKER_OPEN, .failures = 3 }, got;
	char cause[2000];
	struct wallet w;

	(void)state;
	open_store(&f);
	w = added(&f, "a", 1);
	memset(cause, 'x', sizeof(cause));
	cause[sizeof(cause) - 1] = 0;
	b.wallet = w.id;
	b.cause = cause;
	assert_ok(&f, fixture_lane(&f, set_breaker, &b));
	assert_fails(&f, fixture_lane(&f, set_breaker, &b), ERR_STALE, "changed meanwhile");
	assert_ok(&f, breaker_get(fixture_turn(&f), w.id, &got));
	assert_int_equal(strlen(got.cause), 400);
	assert_ok(&f, fixture_lane(&f, set_breaker, &got));
	assert_fails(&f, fixture_lane(&f, set_breaker, &got), ERR_STALE, "changed meanwhile");
	struct wallet_counts c;

	assert_ok(&f, wallet_count(fixture_turn(&f), &c));
	assert_int_equal(c.tripped, 1);
	fixture_close(&f);
}

static enum err set_pace(struct turn *t, void *arg)
{
	return pace_set(t, arg);
}

static void only_enabled_active_wallets_with_a_key_are_due(void **state)
{
	struct fixture f;
	struct wallet a, b, c, *due;
	size_t n;

	(void)state;
	open_store(&f);
	a = added(&f, "a", 1);
	b = added(&f, "b", 2);
	c = added(&f, "c", 3);
	assert_ok(&f, fixture_lane(&f, disable, &(struct change){ b.id, b.version }));
	assert_ok(&f, fixture_lane(&f, set_pace,
				   &(struct pace){ .wallet = c.id, .due_ms = INT64_MAX }));
	assert_ok(&f, pace_due(fixture_turn(&f), 10, &due, &n));
	assert_int_equal(n, 1);
	assert_int_equal(due[0].id, a.id);
	fixture_close(&f);
}

/* ---- the safe list ---- */

static enum err put(struct turn *t, void *arg)
{
	return safe_put(t, arg);
}

static void a_pending_address_turns_active_at_its_time_and_chains_are_apart(void **state)
{
	struct fixture f;
	struct safe_address s = { .chain_id = 1,
				  .addr = { { 9 } },
				  .label = "vault",
				  .state = SAFE_PENDING,
				  .actor = "me" },
			    got, *list;
	size_t n;

	(void)state;
	open_store(&f);
	s.active_ms = fixture_turn(&f)->now_ms + 60000;
	assert_ok(&f, fixture_lane(&f, put, &s));
	struct turn *t = fixture_turn(&f);

	assert_ok(&f, safe_get(t, 1, s.addr, &got));
	assert_int_equal(got.state, SAFE_PENDING);
	t->now_ms = s.active_ms;
	assert_ok(&f, safe_get(t, 1, s.addr, &got));
	assert_int_equal(got.state, SAFE_ACTIVE);
	assert_ok(&f, safe_list(t, 1, 10, &list, &n));
	assert_int_equal(n, 1);
	assert_int_equal(list[0].state, SAFE_ACTIVE);
	assert_int_equal(safe_get(t, 2, s.addr, &got), ERR_MISSING);
	s.state = SAFE_REMOVED;
	assert_ok(&f, fixture_lane(&f, put, &s));
	t = fixture_turn(&f);
	t->now_ms = s.active_ms;
	assert_ok(&f, safe_get(t, 1, s.addr, &got));
	assert_int_equal(got.state, SAFE_REMOVED); /* time brings nothing back */
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_registry_counts_zero),
		cmocka_unit_test(wallet_add_refuses_a_taken_name_and_a_taken_address),
		cmocka_unit_test(an_update_of_an_old_version_is_stale),
		cmocka_unit_test(lists_go_page_by_page_and_filter),
		cmocka_unit_test(the_next_number_follows_the_highest_and_survives_silly_names),
		cmocka_unit_test(the_nonce_never_falls_and_an_older_block_changes_nothing),
		cmocka_unit_test(
			the_least_recently_seen_come_first_also_retired_ones_and_what_changed),
		cmocka_unit_test(a_breaker_has_versions_and_takes_a_long_cause),
		cmocka_unit_test(only_enabled_active_wallets_with_a_key_are_due),
		cmocka_unit_test(a_pending_address_turns_active_at_its_time_and_chains_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
