/* Events and the audit chain. */
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

#include "store/audit.h"
#include "store/events.h"
#include "store/inside.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

static const int64_t DAY = 86400000;

struct some {
	int n;
	enum topic topic;
	const char *subject;
};

static enum err add_some(struct turn *t, void *arg)
{
	const struct some *s = arg;

	for (int i = 0; i < s->n; i++)
		TRY(event_add(t, s->topic, s->subject, "changed", "something changed"));
	return OK;
}

static void add(struct fixture *f, int n, enum topic topic, const char *subject)
{
	assert_ok(f, fixture_lane(f, add_some, &(struct some){ n, topic, subject }));
}

static void events_are_listed_after_a_cursor_by_topic_and_subject(void **state)
{
	struct fixture f;
	struct event *list;
	size_t n;

	(void)state;
	fixture_open(&f, (struct store_options){ .no_lane_thread = true });
	add(&f, 2, TOPIC_WALLET, "wallets/a");
	add(&f, 1, TOPIC_OPERATION, "operations/1");
	add(&f, 2, TOPIC_WALLET, "wallets/b");

	assert_ok(&f, event_list(fixture_turn(&f), 0, TOPIC_ALL, NULL, 100, &list, &n));
	assert_int_equal(n, 5);
	assert_int_equal(list[2].id, 3);
	assert_int_equal(list[2].topic, TOPIC_OPERATION);
	assert_string_equal(list[2].subject, "operations/1");
	assert_string_equal(list[2].kind, "changed");
	assert_string_equal(list[2].text, "something changed");
	assert_string_equal(list[2].actor, "tester");

	assert_ok(&f, event_list(fixture_turn(&f), 1, TOPIC_WALLET, NULL, 2, &list, &n));
	assert_int_equal(n, 2);
	assert_int_equal(list[0].id, 2);
	assert_int_equal(list[1].id, 4);

	assert_ok(&f, event_list(fixture_turn(&f), 0, TOPIC_ALL, "wallets/b", 100, &list, &n));
	assert_int_equal(n, 2);
	assert_int_equal(list[0].id, 4);

	assert_ok(&f, event_list(fixture_turn(&f), 5, TOPIC_ALL, NULL, 100, &list, &n));
	assert_int_equal(n, 0);
	fixture_close(&f);
}

static void a_text_too_long_is_cut_at_a_character(void **state)
{
	struct fixture f;
	struct event *list;
	size_t n;
	char subject[300];

	(void)state;
	fixture_open(&f, (struct store_options){ .no_lane_thread = true });
	/* 199 bytes, then a character of three: 200 would cut it. */
	memset(subject, 's', 199);
	memcpy(subject + 199, "\xe2\x82\xac and more", 13);
	add(&f, 1, TOPIC_WALLET, subject);
	assert_ok(&f, event_list(fixture_turn(&f), 0, TOPIC_ALL, NULL, 1, &list, &n));
	assert_int_equal(strlen(list[0].subject), 199);
	fixture_close(&f);
}

static enum err prune(struct turn *t, void *arg)
{
	return event_prune(t, 3, arg);
}

static size_t prune_at(struct fixture *f, int64_t later_ms)
{
	size_t n;
	struct turn *t = fixture_turn(f);

	t->now_ms += later_ms;
	assert_ok(f, lane_run(t, prune, &n));
	return n;
}

static void old_events_go_and_their_cursors_are_told(void **state)
{
	struct fixture f;
	struct event *list;
	size_t n;
	int64_t last;

	(void)state;
	fixture_open(&f, (struct store_options){ .no_lane_thread = true });
	add(&f, 5, TOPIC_WALLET, "wallets/a");
	assert_int_equal(prune_at(&f, 6 * DAY), 0);
	/* Three at a time, and never the newest. */
	assert_int_equal(prune_at(&f, 8 * DAY), 3);
	assert_fails(&f, event_list(fixture_turn(&f), 2, TOPIC_ALL, NULL, 9, &list, &n), ERR_RANGE,
		     "no longer kept");
	assert_ok(&f, event_list(fixture_turn(&f), 3, TOPIC_ALL, NULL, 9, &list, &n));
	assert_int_equal(n, 2);
	assert_int_equal(prune_at(&f, 8 * DAY), 1);
	assert_int_equal(prune_at(&f, 8 * DAY), 0);
	/* From the start means: what there is. */
	assert_ok(&f, event_list(fixture_turn(&f), 0, TOPIC_ALL, NULL, 9, &list, &n));
	assert_int_equal(n, 1);
	add(&f, 1, TOPIC_WALLET, "wallets/a");
	assert_ok(&f, event_last(fixture_turn(&f), &last));
	assert_int_equal(last, 6);
	assert_fails(&f, event_list(fixture_turn(&f), 7, TOPIC_ALL, NULL, 9, &list, &n), ERR_RANGE,
		     "another store");
	fixture_close(&f);
}

static enum err record(struct turn *t, void *arg)
{
	return audit_add(t, "fleet.paused", "fleet", arg);
}

static void sql(struct fixture *f, const char *text)
{
	assert_int_equal(sqlite3_exec(f->store->db->sql, text, NULL, NULL, NULL), SQLITE_OK);
}

#define TRACE "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static enum err record_traced(struct turn *t, void *arg)
{
	t->trace = TRACE;
	return record(t, arg);
}

/* Ten records, the third and the eighth with a trace; the store stays open, without a lane thread,
 * so that a test may tamper. */
static void ten_records(struct fixture *f)
{
	fixture_open(f, (struct store_options){ .no_lane_thread = true });
	for (int i = 0; i < 10; i++)
		assert_ok(f,
			  fixture_lane(f, i == 2 || i == 7 ? record_traced : record, "a detail"));
}

static enum err verify(struct fixture *f, int64_t *last_out)
{
	size_t n;
	int64_t after = 0;
	enum err e;

	*last_out = 0;
	do {
		e = audit_verify(fixture_turn(f), after, 4, &after, &n);
		*last_out = after;
	} while (e == OK && n == 4);
	return e;
}

static void the_chain_of_what_was_written_holds(void **state)
{
	struct fixture f;
	struct audit_record *list;
	size_t n;
	int64_t last;

	(void)state;
	ten_records(&f);
	assert_ok(&f, verify(&f, &last));
	assert_int_equal(last, 10);
	assert_ok(&f, audit_list(fixture_turn(&f), 8, 100, &list, &n));
	assert_int_equal(n, 2);
	assert_int_equal(list[0].id, 9);
	assert_string_equal(list[0].actor, "tester");
	assert_string_equal(list[0].action, "fleet.paused");
	assert_string_equal(list[0].detail, "a detail");
	assert_true(hash_eq(list[1].prev, list[0].hash));
	/* It goes on over a restart. */
	assert_ok(&f, fixture_reopen(&f));
	assert_ok(&f, fixture_lane(&f, record, "after the restart"));
	assert_ok(&f, verify(&f, &last));
	assert_int_equal(last, 11);
	fixture_close(&f);
}

static void hash_u64(struct sha256_ctx *sha, uint64_t v)
{
	uint8_t be[8];

	for (int i = 0; i < 8; i++)
		be[i] = (uint8_t)(v >> (56 - 8 * i));
	sha256_update(sha, sizeof(be), be);
}

static void hash_text(struct sha256_ctx *sha, const char *s)
{
	hash_u64(sha, strlen(s));
	sha256_update(sha, strlen(s), (const uint8_t *)s);
}

/* As the first version wrote them, and as whoever keeps copies checks them. */
static void a_record_without_a_trace_is_hashed_as_ever(void **state)
{
	struct audit_record *list, *a;
	struct fixture f;
	struct sha256_ctx sha;
	struct eth_hash want;
	size_t n;

	(void)state;
	ten_records(&f);
	assert_ok(&f, audit_list(fixture_turn(&f), 0, 100, &list, &n));
	assert_string_equal(list[0].trace, "");
	assert_string_equal(list[2].trace, TRACE);
	for (size_t i = 0; i < n; i++) {
		a = &list[i];
		sha256_init(&sha);
		sha256_update(&sha, 10, (const uint8_t *)"gf-audit-1");
		hash_u64(&sha, (uint64_t)a->id);
		hash_u64(&sha, (uint64_t)a->at_ms);
		hash_text(&sha, a->actor);
		hash_text(&sha, a->action);
		hash_text(&sha, a->subject);
		hash_text(&sha, a->detail);
		sha256_update(&sha, sizeof(a->prev.b), a->prev.b);
		sha256_digest(&sha, sizeof(want.b), want.b);
		assert_int_equal(hash_eq(want, a->hash), !*a->trace);
	}
	fixture_close(&f);
}

static void a_change_in_the_middle_shows(void **state)
{
	static const struct {
		const char *sql, *word;
	} tampering[] = {
		{ "UPDATE audit SET detail = 'another' WHERE id = 6", "record 6 was changed" },
		{ "UPDATE audit SET actor = 'nobody' WHERE id = 1", "record 1 was changed" },
		{ "UPDATE audit SET at_ms = at_ms + 1 WHERE id = 10", "record 10 was changed" },
		{ "UPDATE audit SET action = 'fleet.pausedf', subject = 'leet' WHERE id = 4",
		  "record 4 was changed" },
		{ "DELETE FROM audit WHERE id = 5", "record 5 is missing" },
		{ "DELETE FROM audit WHERE id = 1", "record 1 is missing" },
		{ "UPDATE audit SET trace = '' WHERE id = 3", "record 3 was changed" },
		{ "UPDATE audit SET trace = replace(trace, '-01', '-00') WHERE id = 8",
		  "record 8 was changed" },
		{ "UPDATE audit SET trace = '" TRACE "' WHERE id = 9", "record 9 was changed" },
		{ "UPDATE audit SET hash = zeroblob(32) WHERE id = 4", "record 4 was changed" },
		{ "UPDATE audit SET prev = zeroblob(32) WHERE id = 7", "record 7 was changed" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tampering) / sizeof(tampering[0]); i++) {
		struct fixture f;
		int64_t last;

		ten_records(&f);
		sql(&f, tampering[i].sql);
		assert_fails(&f, verify(&f, &last), ERR_BROKEN, tampering[i].word);
		fixture_close(&f);
	}
}

static enum err record_then_fail(struct turn *t, void *arg)
{
	TRY(record(t, arg));
	return fail(t, ERR_REFUSED, "no");
}

static void a_failed_turn_leaves_no_gap_in_the_chain(void **state)
{
	struct fixture f;
	int64_t last;

	(void)state;
	ten_records(&f);
	assert_fails(&f, fixture_lane(&f, record_then_fail, "x"), ERR_REFUSED, "no");
	assert_ok(&f, fixture_lane(&f, record, "next"));
	assert_ok(&f, verify(&f, &last));
	assert_int_equal(last, 11);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_listed_after_a_cursor_by_topic_and_subject),
		cmocka_unit_test(a_text_too_long_is_cut_at_a_character),
		cmocka_unit_test(old_events_go_and_their_cursors_are_told),
		cmocka_unit_test(the_chain_of_what_was_written_holds),
		cmocka_unit_test(a_record_without_a_trace_is_hashed_as_ever),
		cmocka_unit_test(a_change_in_the_middle_shows),
		cmocka_unit_test(a_failed_turn_leaves_no_gap_in_the_chain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
