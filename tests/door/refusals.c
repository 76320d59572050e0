/* Refused calls in the audit: recorded, once each, and never so many that they fill the disk. */
#include "server/door/refusals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/ops/metrics.h"
#include "store/audit.h"
#include "store/base/clock.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

enum { FLOOD = 100000, BURST = 20, PATIENCE_MS = 10000 };

struct world {
	struct fixture f;
	struct refusals *r;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	metrics_reset();
	fixture_open(&w->f, (struct store_options){ 0 });
	w->r = refusals_open(w->f.store);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	refusals_close(w->r);
	fixture_close(&w->f);
	free(w);
	return 0;
}

static void refuse(struct world *w, enum err e, const char *actor, const char *what,
		   const char *peer)
{
	struct turn t;
	struct arena *mem = arena_new(1 << 16);

	turn_begin(&t, w->f.store, NULL, mem, what, actor, 1000);
	assert_int_equal(fail(&t, e, "no, '%s' may not", actor), e);
	refusals_note(w->r, &t, e, peer);
	arena_free(mem);
}

static size_t records(struct world *w, struct audit_record **list)
{
	size_t n;

	assert_ok(&w->f, audit_list(fixture_turn(&w->f), 0, 1000, list, &n));
	return n;
}

/* The lane writes them when it comes to it. */
static size_t wait_for(struct world *w, size_t n, struct audit_record **list)
{
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	while (records(w, list) < n && clock_mono_ms() < until)
		;
	return records(w, list);
}

static void a_refusal_is_a_record_with_who_what_and_whence(void **state)
{
	struct world *w = *state;
	struct audit_record *list;

	refuse(w, ERR_DENIED, "vera", "FleetService/PauseFleet", "10.0.0.5");
	assert_int_equal(wait_for(w, 1, &list), 1);
	assert_string_equal(list[0].actor, "vera");
	assert_string_equal(list[0].action, "call.refused");
	assert_string_equal(list[0].subject, "FleetService/PauseFleet");
	assert_string_equal(list[0].detail, "PERMISSION_DENIED from 10.0.0.5: no, 'vera' may not");
	/* Who proved nothing is nobody, whatever the turn was told. */
	refuse(w, ERR_NOBODY, "vera", "FleetService/PauseFleet", "10.0.0.5");
	assert_int_equal(wait_for(w, 2, &list), 2);
	assert_string_equal(list[1].actor, "anonymous");
	assert_non_null(strstr(list[1].detail, "UNAUTHENTICATED from 10.0.0.5"));
	size_t n;
	int64_t last;

	assert_ok(&w->f, audit_verify(fixture_turn(&w->f), 0, 100, &last, &n));
}

static void other_failures_are_none(void **state)
{
	struct world *w = *state;
	struct audit_record *list;

	refuse(w, ERR_MISSING, "vera", "WalletService/GetWallet", "10.0.0.5");
	refuse(w, ERR_REFUSED, "vera", "WalletService/GetWallet", "10.0.0.5");
	refuse(w, ERR_DENIED, "vera", "WalletService/GetWallet", "10.0.0.5");
	assert_int_equal(wait_for(w, 1, &list), 1);
}

static void the_same_again_is_only_counted(void **state)
{
	struct world *w = *state;
	struct audit_record *list;

	for (int i = 0; i < 50; i++)
		refuse(w, ERR_NOBODY, "", "FleetService/GetFleet", "10.0.0.5");
	refuse(w, ERR_NOBODY, "", "FleetService/GetFleet", "10.0.0.6");
	assert_int_equal(wait_for(w, 2, &list), 2);
	assert_non_null(strstr(list[1].detail, "from 10.0.0.6"));
	assert_non_null(strstr(list[1].detail, "; 49 more since the last record"));
}

static void a_flood_leaves_a_handful_of_records(void **state)
{
	struct world *w = *state;
	struct audit_record *list;
	char peer[40];
	uint64_t told = 0;
	size_t n;

	for (unsigned i = 0; i < FLOOD; i++) {
		(void)snprintf(peer, sizeof(peer), "10.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
		refuse(w, ERR_NOBODY, "", "FleetService/GetFleet", peer);
	}
	refusals_close(w->r);
	w->r = refusals_open(w->f.store);
	n = records(w, &list);
	assert_true(n > 0 && n <= BURST + 1);
	for (size_t i = 0; i < n; i++) {
		const char *more = strstr(list[i].detail, " more since");

		told++;
		while (more && more > list[i].detail && more[-1] >= '0' && more[-1] <= '9')
			more--;
		told += more ? strtoull(more, NULL, 10) : 0;
	}
	assert_true(told <= FLOOD);
	struct buf b = buf_in(w->f.mem, 1 << 20);

	metrics_write(&b, NULL, 0);
	assert_non_null(strstr(buf_text(&b), "ghost_fleet_refusals_unrecorded_total 99"));
}

static void what_was_only_counted_is_told_when_there_is_room(void **state)
{
	struct world *w = *state;
	struct audit_record *list;

	refuse(w, ERR_NOBODY, "", "FleetService/GetFleet", "10.0.0.5");
	assert_int_equal(wait_for(w, 1, &list), 1);
	refusals_look(w->r);
	refuse(w, ERR_NOBODY, "", "FleetService/GetFleet", "10.0.0.5");
	refuse(w, ERR_NOBODY, "", "FleetService/GetFleet", "10.0.0.5");
	refusals_look(w->r);
	assert_int_equal(wait_for(w, 2, &list), 2);
	assert_string_equal(list[1].action, "calls.refused");
	assert_string_equal(list[1].detail, "2 more since the last record");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_refusal_is_a_record_with_who_what_and_whence),
		TEST(other_failures_are_none),
		TEST(the_same_again_is_only_counted),
		TEST(a_flood_leaves_a_handful_of_records),
		TEST(what_was_only_counted_is_told_when_there_is_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
