/* The store from an empty file: schema, the single facts, events, identities, sessions. */
#include <string.h>

#include "store/events.h"
#include "store/identities.h"
#include "store/meta.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

static enum err set_name(struct turn *t, void *arg)
{
	const char *v = arg;

	return meta_set(t, "name", v, strlen(v));
}

static void expect_name(struct fixture *f, const char *want)
{
	struct bytes v;

	assert_ok(f, meta_get(fixture_turn(f), "name", &v));
	assert_int_equal(v.n, strlen(want));
	assert_memory_equal(v.p, want, v.n);
}

static void a_fact_is_kept_over_a_restart(void **state)
{
	struct fixture f;

	(void)state;
	for (int inline_lane = 0; inline_lane < 2; inline_lane++) {
		fixture_open(&f, (struct store_options){ .no_lane_thread = inline_lane });
		assert_ok(&f, fixture_lane(&f, set_name, "one"));
		expect_name(&f, "one");
		assert_ok(&f, fixture_lane(&f, set_name, "two"));
		expect_name(&f, "two");
		assert_ok(&f, fixture_reopen(&f));
		expect_name(&f, "two");
		fixture_close(&f);
	}
}

static void a_fact_that_was_never_set_is_missing_by_name(void **state)
{
	struct fixture f;
	struct bytes v;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	assert_fails(&f, meta_get(fixture_turn(&f), "genesis", &v), ERR_MISSING, "'genesis'");
	fixture_close(&f);
}

static enum err set_then_refuse(struct turn *t, void *arg)
{
	TRY(set_name(t, arg));
	return fail(t, ERR_REFUSED, "a rule says no");
}

static void a_turn_that_fails_leaves_nothing(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	assert_ok(&f, fixture_lane(&f, set_name, "one"));
	assert_fails(&f, fixture_lane(&f, set_then_refuse, "two"), ERR_REFUSED, "a rule says no");
	expect_name(&f, "one");
	fixture_close(&f);
}

static void a_dry_run_runs_the_rules_and_keeps_nothing(void **state)
{
	struct fixture f;
	struct turn *t;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	assert_ok(&f, fixture_lane(&f, set_name, "one"));
	t = fixture_turn(&f);
	t->validate_only = true;
	assert_ok(&f, lane_run(t, set_name, "two"));
	t = fixture_turn(&f);
	t->validate_only = true;
	assert_fails(&f, lane_run(t, set_then_refuse, "two"), ERR_REFUSED, "a rule says no");
	expect_name(&f, "one");
	fixture_close(&f);
}

static enum err add_identity(struct turn *t, void *arg)
{
	return identity_add(t, arg);
}

static enum err new_token(struct turn *t, void *arg)
{
	return identity_set_token(t, "anna", arg);
}

static void an_identity_is_found_by_token_and_by_name(void **state)
{
	struct fixture f;
	struct identity anna = { .name = "anna",
				 .roles = ROLE_OPERATOR | ROLE_VIEWER,
				 .token = { .b = { 1 } },
				 .expires_ms = 99 };
	struct identity got;
	struct eth_hash next = { .b = { 2 } };

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	uint64_t before = store_version(f.store, TOPIC_FLEET);

	assert_ok(&f, fixture_lane(&f, add_identity, &anna));
	assert_true(store_version(f.store, TOPIC_FLEET) > before);
	assert_fails(&f, fixture_lane(&f, add_identity, &anna), ERR_EXISTS, "'anna' already");
	assert_ok(&f, identity_by_token(fixture_turn(&f), &anna.token, &got));
	assert_string_equal(got.name, "anna");
	assert_int_equal(got.roles, ROLE_OPERATOR | ROLE_VIEWER);
	assert_int_equal(got.expires_ms, 99);
	assert_ok(&f, fixture_lane(&f, new_token, &next));
	assert_fails(&f, identity_by_token(fixture_turn(&f), &anna.token, &got), ERR_MISSING,
		     "token");
	assert_ok(&f, identity_by_name(fixture_turn(&f), "anna", &got));
	assert_true(hash_eq(got.token, next));
	assert_fails(&f, identity_by_name(fixture_turn(&f), "ben", &got), ERR_MISSING, "'ben'");
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fact_is_kept_over_a_restart),
		cmocka_unit_test(a_fact_that_was_never_set_is_missing_by_name),
		cmocka_unit_test(a_turn_that_fails_leaves_nothing),
		cmocka_unit_test(a_dry_run_runs_the_rules_and_keeps_nothing),
		cmocka_unit_test(an_identity_is_found_by_token_and_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
