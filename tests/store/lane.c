/* The lane as its callers see it: order, deadlines, limits, answers by request id. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/events.h"
#include "store/meta.h"
#include "store/requests.h"
#include "tests/support/crowd.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

struct order {
	char text[64];
	size_t n;
};

struct mark {
	struct order *order;
	char c;
};

static enum err put_mark(struct turn *t, void *arg)
{
	struct mark *m = arg;

	m->order->text[m->order->n++] = m->c;
	return meta_set(t, "mark", &m->c, 1);
}

static void an_urgent_turn_goes_before_those_that_wait(void **state)
{
	struct fixture f;
	struct crowd c;
	struct order order = { .n = 0 };
	struct mark marks[] = {
		{ &order, 'a' }, { &order, 'b' }, { &order, 'U' }, { &order, 'V' }
	};

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	crowd_open(&c, f.store, 4);
	crowd_hold(&c);
	for (int i = 0; i < 4; i++) {
		c.turns[i].urgent = i >= 2;
		crowd_submit(&c, i, put_mark, &marks[i]);
	}
	crowd_release(&c);
	crowd_wait(&c);
	assert_string_equal(order.text, "UVab");
	crowd_close(&c);
	fixture_close(&f);
}

static void turns_that_wait_become_one_commit(void **state)
{
	struct fixture f;
	struct crowd c;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	crowd_open(&c, f.store, 100);
	struct store_stats before = store_stats(f.store);

	crowd_hold(&c);
	for (int i = 0; i < 100; i++)
		crowd_submit(&c, i, crowd_add_event, "one of many");
	crowd_release(&c);
	crowd_wait(&c);
	struct store_stats after = store_stats(f.store);

	for (int i = 0; i < 100; i++)
		assert_int_equal(c.results[i], OK);
	/* The one that held the lane, then the others; a slow machine may need a few. */
	assert_true(after.commits - before.commits <= 20);
	assert_int_equal(after.turns - before.turns, 101);
	crowd_close(&c);
	fixture_close(&f);
}

static void a_turn_past_its_deadline_is_dropped_before_it_runs(void **state)
{
	struct fixture f;
	struct crowd c;
	struct order order = { .n = 0 };
	struct mark m = { &order, 'x' };

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	crowd_open(&c, f.store, 1);
	crowd_hold(&c);
	c.turns[0].due_ms = clock_mono_ms() - 1;
	crowd_submit(&c, 0, put_mark, &m);
	/* And one that waits for itself: it leaves the queue at its deadline. */
	struct turn *t = fixture_turn(&f);

	t->due_ms = clock_mono_ms() + 20;
	assert_fails(&f, lane_run(t, put_mark, &m), ERR_LATE, "deadline");
	crowd_release(&c);
	crowd_wait(&c);
	assert_int_equal(c.results[0], ERR_LATE);
	assert_string_equal(order.text, "");
	crowd_close(&c);
	fixture_close(&f);
}

static void a_full_queue_says_busy_and_still_takes_urgent_turns(void **state)
{
	enum { MANY = 4096 };
	struct fixture f;
	struct crowd c;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	crowd_open(&c, f.store, MANY + 1);
	crowd_hold(&c);
	for (int i = 0; i < MANY; i++)
		crowd_submit(&c, i, crowd_add_event, "waits");
	assert_int_equal(store_stats(f.store).lane_depth, MANY);
	struct turn *t = fixture_turn(&f);
	char one = 1;

	assert_fails(&f, lane_run(t, crowd_add_event, &one), ERR_FULL, "wait already");
	assert_int_equal(t->reason, REASON_SERVER_BUSY);
	c.turns[MANY].urgent = true;
	crowd_submit(&c, MANY, crowd_add_event, "urgent");
	crowd_release(&c);
	crowd_wait(&c);
	for (int i = 0; i <= MANY; i++)
		assert_int_equal(c.results[i], OK);
	assert_int_equal(store_stats(f.store).lane_depth, 0);
	crowd_close(&c);
	fixture_close(&f);
}

static void what_waits_at_the_end_is_finished(void **state)
{
	struct fixture f;
	struct crowd c;
	int64_t last;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	crowd_open(&c, f.store, 50);
	for (int i = 0; i < 50; i++)
		crowd_submit(&c, i, crowd_add_event, "before the end");
	assert_ok(&f, fixture_reopen(&f));
	crowd_wait(&c);
	assert_ok(&f, event_last(fixture_turn(&f), &last));
	assert_int_equal(last, 50);
	crowd_close(&c);
	fixture_close(&f);
}

/* ---- listeners ---- */

struct heard {
	struct store *store;
	unsigned topics;
	uint64_t version;
	int calls;
};

static void hear(void *arg, unsigned topics)
{
	struct heard *h = arg;

	h->topics |= topics;
	h->version = store_version(h->store, topics);
	h->calls++;
}

static enum err touch_and_fail(struct turn *t, void *arg)
{
	(void)arg;
	lane_touch(t, TOPIC_TX);
	return fail(t, ERR_REFUSED, "no");
}

static void listeners_hear_topics_after_commit_and_nothing_of_a_failure(void **state)
{
	struct fixture f;
	struct heard h = { 0 };

	(void)state;
	fixture_open(&f, (struct store_options){ .no_lane_thread = true });
	h.store = f.store;
	store_listen(f.store, hear, &h);
	uint64_t before = store_version(f.store, TOPIC_WALLET);

	assert_ok(&f, fixture_lane(&f, crowd_add_event, "changed"));
	assert_int_equal(h.topics, TOPIC_WALLET);
	assert_int_equal(h.version, before + 1);
	assert_int_equal(store_version(f.store, TOPIC_TX), 0);
	assert_fails(&f, fixture_lane(&f, touch_and_fail, NULL), ERR_REFUSED, "no");
	struct turn *t = fixture_turn(&f);

	t->validate_only = true;
	assert_ok(&f, lane_run(t, crowd_add_event, "dry"));
	assert_int_equal(h.calls, 1);
	assert_int_equal(store_version(f.store, TOPIC_TX), 0);
	fixture_close(&f);
}

/* ---- request ids ---- */

static enum err answer(struct turn *t, void *arg)
{
	int *runs = arg;

	(*runs)++;
	TRY(event_add(t, TOPIC_WALLET, "fleet", "ran", "once"));
	t->request->reply.p = (const uint8_t *)turn_printf(t, "answer %d", *runs);
	t->request->reply.n = strlen((const char *)t->request->reply.p);
	return OK;
}

static enum err ask(struct fixture *f, struct request *r, int *runs, bool dry)
{
	struct turn *t = fixture_turn(f);

	t->request = r;
	t->validate_only = dry;
	return lane_run(t, answer, runs);
}

static struct request request(uint8_t body)
{
	return (struct request){ .id = "r-1", .method = "Svc/Do", .body = { .b = { body } } };
}

static void the_same_request_twice_is_done_once(void **state)
{
	struct fixture f;
	struct request r = request(1);
	int runs = 0;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	assert_ok(&f, ask(&f, &r, &runs, false));
	assert_false(r.replayed);
	assert_ok(&f, fixture_reopen(&f));
	r = request(1);
	assert_ok(&f, ask(&f, &r, &runs, false));
	assert_true(r.replayed);
	assert_memory_equal(r.reply.p, "answer 1", 8);
	assert_int_equal(r.reply.n, 8);
	assert_int_equal(runs, 1);
	/* Another caller's id of the same text is another request. */
	struct turn *t = fixture_turn(&f);

	r = request(1);
	t->request = &r;
	t->actor = "somebody else";
	assert_ok(&f, lane_run(t, answer, &runs));
	assert_int_equal(runs, 2);
	fixture_close(&f);
}

static void a_request_id_under_another_body_is_refused(void **state)
{
	struct fixture f;
	struct request r = request(1), other = request(2);
	int runs = 0;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	assert_ok(&f, ask(&f, &r, &runs, false));
	assert_fails(&f, ask(&f, &other, &runs, false), ERR_INVALID, "another request");
	assert_int_equal(f.t.reason, REASON_REQUEST_ID_REUSED);
	assert_int_equal(runs, 1);
	fixture_close(&f);
}

static void a_dry_run_neither_keeps_its_id_nor_replays(void **state)
{
	struct fixture f;
	struct request r = request(1);
	int runs = 0;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	assert_ok(&f, ask(&f, &r, &runs, true));
	assert_ok(&f, ask(&f, &r, &runs, false));
	assert_false(r.replayed);
	assert_int_equal(runs, 2);
	fixture_close(&f);
}

static enum err refuse(struct turn *t, void *arg)
{
	(void)arg;
	return fail(t, ERR_REFUSED, "not now");
}

static void a_failure_is_not_remembered(void **state)
{
	struct fixture f;
	struct request r = request(1);
	int runs = 0;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	struct turn *t = fixture_turn(&f);

	t->request = &r;
	assert_fails(&f, lane_run(t, refuse, NULL), ERR_REFUSED, "not now");
	assert_ok(&f, ask(&f, &r, &runs, false));
	assert_int_equal(runs, 1);
	fixture_close(&f);
}

static void an_answer_with_a_secret_is_not_kept_and_not_done_twice(void **state)
{
	struct fixture f;
	struct request r = request(1);
	int runs = 0;

	(void)state;
	r.secret = true;
	fixture_open(&f, (struct store_options){ 0 });
	assert_ok(&f, ask(&f, &r, &runs, false));
	assert_fails(&f, ask(&f, &r, &runs, false), ERR_EXISTS, "secret");
	assert_int_equal(runs, 1);
	fixture_close(&f);
}

static enum err prune(struct turn *t, void *arg)
{
	return request_prune(t, 100, arg);
}

static void answers_are_kept_seven_days(void **state)
{
	struct fixture f;
	struct request r = request(1);
	int runs = 0;
	size_t n;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	assert_ok(&f, ask(&f, &r, &runs, false));
	struct turn *t = fixture_turn(&f);

	t->now_ms += 7 * INT64_C(86400000) - 60000;
	assert_ok(&f, lane_run(t, prune, &n));
	assert_int_equal(n, 0);
	t = fixture_turn(&f);
	t->now_ms += 7 * INT64_C(86400000) + 60000;
	assert_ok(&f, lane_run(t, prune, &n));
	assert_int_equal(n, 1);
	assert_ok(&f, ask(&f, &r, &runs, false));
	assert_int_equal(runs, 2);
	fixture_close(&f);
}

/* ---- threads ---- */

enum { WRITERS = 8, EACH = 200 };

struct writer {
	struct store *store;
	int number, failed;
	pthread_t thread;
};

static enum err count_up(struct turn *t, void *arg)
{
	struct bytes v;
	int64_t n = 0;

	(void)arg;
	if (meta_get(t, "count", &v) == OK)
		memcpy(&n, v.p, sizeof(n));
	n++;
	TRY(meta_set(t, "count", &n, sizeof(n)));
	return event_add(t, TOPIC_WALLET, "fleet", "counted", "up");
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	struct arena *mem = arena_new(1 << 20);
	struct db *db;
	struct turn t;

	turn_begin(&t, w->store, NULL, mem, "writer", "writer", 10000);
	if (store_session(&t, w->store, &db) != OK)
		abort();
	for (int i = 0; i < EACH; i++) {
		int64_t last;

		turn_begin(&t, w->store, db, mem, "writer", "writer", 30000);
		w->failed += lane_run(&t, count_up, NULL) != OK;
		/* What was answered is there for its own caller's next read. */
		w->failed += event_last(&t, &last) != OK || last < i + 1;
		turn_end(&t);
	}
	store_session_close(db);
	arena_free(mem);
	return NULL;
}

static void eight_writers_lose_nothing(void **state)
{
	struct fixture f;
	struct writer w[WRITERS];
	struct bytes v;
	int64_t n, last;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	for (int i = 0; i < WRITERS; i++) {
		w[i] = (struct writer){ .store = f.store, .number = i };
		assert_int_equal(pthread_create(&w[i].thread, NULL, writer_main, &w[i]), 0);
	}
	for (int i = 0; i < WRITERS; i++) {
		(void)pthread_join(w[i].thread, NULL);
		assert_int_equal(w[i].failed, 0);
	}
	assert_ok(&f, meta_get(fixture_turn(&f), "count", &v));
	memcpy(&n, v.p, sizeof(n));
	assert_int_equal(n, WRITERS * EACH);
	assert_ok(&f, event_last(fixture_turn(&f), &last));
	assert_int_equal(last, WRITERS * EACH);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_urgent_turn_goes_before_those_that_wait),
		cmocka_unit_test(turns_that_wait_become_one_commit),
		cmocka_unit_test(a_turn_past_its_deadline_is_dropped_before_it_runs),
		cmocka_unit_test(a_full_queue_says_busy_and_still_takes_urgent_turns),
		cmocka_unit_test(what_waits_at_the_end_is_finished),
		cmocka_unit_test(listeners_hear_topics_after_commit_and_nothing_of_a_failure),
		cmocka_unit_test(the_same_request_twice_is_done_once),
		cmocka_unit_test(a_request_id_under_another_body_is_refused),
		cmocka_unit_test(a_dry_run_neither_keeps_its_id_nor_replays),
		cmocka_unit_test(a_failure_is_not_remembered),
		cmocka_unit_test(an_answer_with_a_secret_is_not_kept_and_not_done_twice),
		cmocka_unit_test(answers_are_kept_seven_days),
		cmocka_unit_test(eight_writers_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
