/* The pool: which endpoint is asked, who is disabled, what people see of a URL. */
#include "tests/support/test.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/net/endpoints.h"
#include "store/base/clock.h"
#include "store/base/log.h"

static struct turn t;
static struct endpoints *pool;

static const struct endpoint_setting three[] = {
	{ .name = "main", .url = "https://one.example/rpc" },
	{ .name = "backup", .url = "https://two.example/v2/0123456789abcdef0123", .batch = 20 },
	{ .name = "last", .url = "http://127.0.0.1:1/" },
};
static const struct eth_hash ours = { { 1, 2, 3 } }, other = { { 9, 9, 9 } };

static int setup(void **state)
{
	(void)state;
	turn_begin(&t, NULL, NULL, arena_new(16 << 20), "test", "test", 20000);
	return endpoints_open(&t, &(struct endpoints_options){ .chain_id = 6343, .back_ms = 100 },
			      three, 3, &pool) == OK
		       ? 0
		       : -1;
}

static int teardown(void **state)
{
	(void)state;
	endpoints_close(pool);
	arena_free(t.mem);
	return 0;
}

/* The id of the one that would be asked now; 0: none. */
static unsigned chosen(void)
{
	struct endpoint_pick p;
	int64_t wait_ms;
	const char *why;

	return endpoints_choose(&t, pool, false, NULL, 0, &p, &wait_ms, &why) ? p.id : 0;
}

static unsigned id_of(const char *name)
{
	struct endpoint_pick p;

	assert_int_equal(endpoints_pick(&t, pool, name, &p), OK);
	return p.id;
}

static void make_good(const char *name)
{
	assert_int_equal(endpoint_checked(&t, pool, id_of(name), 6343, &ours), OK);
	endpoint_heard(pool, id_of(name), NEWS_FINE, 0, 1000, "");
}

static struct endpoint look(const char *name)
{
	size_t n;
	struct endpoint *all = endpoints_snapshot(&t, pool, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].name, name) == 0)
			return all[i];
	fail_msg("no endpoint %s\n", name);
	return all[0];
}

static void lists_that_cannot_be_are_refused(void **state)
{
	static const struct {
		struct endpoint_setting list[2];
		size_t n;
		const char *word;
	} bad[] = {
		{ { { 0 } }, 0, "no endpoint" },
		{ { { .name = "a", .url = "ws://x/" } }, 1, "http" },
		{ { { .name = "a", .url = "http:///rpc" } }, 1, "host" },
		{ { { .name = "a", .url = "http://x/\ny" } }, 1, "http" },
		{ { { .name = "", .url = "http://x/" } }, 1, "name" },
		{ { { .name = "a b", .url = "http://x/" } }, 1, "name" },
		{ { { .name = "a", .url = "http://x/" }, { .name = "a", .url = "http://y/" } },
		  2,
		  "twice" },
	};
	struct endpoints *p;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(endpoints_open(&t, &(struct endpoints_options){ .chain_id = 1 },
						bad[i].list, bad[i].n, &p),
				 ERR_INVALID);
		if (!strstr(t.why, bad[i].word))
			fail_msg("'%s' is not in '%s'\n", bad[i].word, t.why);
	}
	/* And the old list stays. */
	assert_int_equal(endpoints_load(&t, pool, NULL, 0), ERR_INVALID);
	assert_string_equal(look("main").name, "main");
}

static void the_first_is_asked_first_and_checked(void **state)
{
	struct endpoint_pick p;
	int64_t wait_ms;
	const char *why;

	(void)state;
	assert_true(endpoints_choose(&t, pool, false, NULL, 0, &p, &wait_ms, &why));
	assert_string_equal(p.name, "main");
	assert_string_equal(p.url, "https://one.example/rpc");
	assert_true(p.check);
	assert_int_equal(p.batch, 100);
	assert_int_equal(look("main").state, ENDPOINT_UNTRIED);
	make_good("main");
	assert_true(endpoints_choose(&t, pool, false, NULL, 0, &p, &wait_ms, &why));
	assert_false(p.check);
	assert_int_equal(look("main").state, ENDPOINT_OK);
	assert_true(look("main").chosen);
	assert_int_equal(look("main").latency_us, 1000);
	assert_true(look("main").last_ok_ms > 0);
}

static void a_tried_one_is_passed_over(void **state)
{
	struct endpoint_pick p;
	int64_t wait_ms;
	const char *why;
	unsigned tried[3] = { id_of("main"), id_of("backup"), id_of("last") };

	(void)state;
	assert_true(endpoints_choose(&t, pool, false, tried, 1, &p, &wait_ms, &why));
	assert_string_equal(p.name, "backup");
	assert_int_equal(p.batch, 20);
	assert_true(endpoints_choose(&t, pool, false, tried, 2, &p, &wait_ms, &why));
	assert_string_equal(p.name, "last");
	assert_false(endpoints_choose(&t, pool, false, tried, 3, &p, &wait_ms, &why));
}

static void another_chain_disables_by_name(void **state)
{
	(void)state;
	assert_int_equal(endpoint_checked(&t, pool, id_of("main"), 1, &ours), ERR_REFUSED);
	assert_int_equal(t.reason, REASON_CHAIN_MISMATCH);
	assert_non_null(strstr(t.why, "endpoint 'main' serves chain 1, expected 6343"));
	assert_int_equal(look("main").state, ENDPOINT_DISABLED);
	assert_int_equal(chosen(), id_of("backup"));
	/* The right word later does not bring it back; a new configuration does. */
	assert_int_equal(endpoint_checked(&t, pool, id_of("main"), 6343, &ours), ERR_REFUSED);
	endpoint_heard(pool, id_of("main"), NEWS_FINE, 0, 1, "");
	assert_int_equal(look("main").state, ENDPOINT_DISABLED);
	assert_int_equal(endpoints_use(&t, pool, "main"), ERR_REFUSED);
	assert_int_equal(t.reason, REASON_CHAIN_MISMATCH);
	assert_int_equal(endpoints_load(&t, pool, three, 3), OK);
	assert_int_equal(look("main").state, ENDPOINT_UNTRIED);
	assert_int_equal(chosen(), id_of("main"));
}

/* Every probe says it to its caller; the log has it once. */
static void a_disabled_endpoint_is_logged_once(void **state)
{
	char text[4096] = "";
	FILE *f = tmpfile();

	(void)state;
	assert_non_null(f);
	log_open((struct log_options){ .least = LOG_INFO, .fd = fileno(f) });
	for (int i = 0; i < 3; i++)
		assert_int_equal(endpoint_checked(&t, pool, id_of("main"), 1, &ours), ERR_REFUSED);
	log_open((struct log_options){ .least = LOG_INFO, .fd = 2 });
	rewind(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	(void)fclose(f);
	const char *said = strstr(text, "serves chain 1, expected 6343");

	assert_non_null(said);
	assert_null(strstr(said + 1, "serves chain 1"));
}

static void another_genesis_disables_too(void **state)
{
	struct eth_hash told;

	(void)state;
	assert_false(endpoints_genesis(pool, &told));
	make_good("main");
	assert_true(endpoints_genesis(pool, &told));
	assert_true(hash_eq(told, ours));
	assert_int_equal(endpoint_checked(&t, pool, id_of("backup"), 6343, &other), ERR_REFUSED);
	assert_non_null(strstr(t.why, "endpoint 'backup' serves another chain under the id 6343"));
	assert_non_null(strstr(t.why, "0x0909090000"));
	assert_int_equal(look("backup").state, ENDPOINT_DISABLED);
	assert_int_equal(look("main").state, ENDPOINT_OK);
}

static void all_disabled_says_which(void **state)
{
	struct endpoint_pick p;
	int64_t wait_ms;
	const char *why;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		(void)!endpoint_checked(&t, pool, id_of(three[i].name), 7, &ours);
	assert_false(endpoints_choose(&t, pool, false, NULL, 0, &p, &wait_ms, &why));
	assert_int_equal(wait_ms, 0);
	assert_non_null(strstr(why, "'main' serves chain 7"));
}

static void an_endpoint_that_is_away_is_left_alone_and_checked_again(void **state)
{
	struct endpoint_pick p;

	(void)state;
	make_good("main");
	make_good("backup");
	endpoint_heard(pool, id_of("main"), NEWS_AWAY, 0, 0, "TCP: refused");
	assert_int_equal(chosen(), id_of("backup"));
	struct endpoint e = look("main");

	assert_int_equal(e.state, ENDPOINT_AWAY);
	assert_string_equal(e.said, "TCP: refused");
	assert_true(e.wait_ms > 0 && e.wait_ms <= 250);
	assert_int_equal(endpoints_pick(&t, pool, "main", &p), OK);
	assert_true(p.check);
	/* Each time longer, to a limit. */
	for (int i = 0; i < 10; i++)
		endpoint_heard(pool, id_of("main"), NEWS_AWAY, 0, 0, "TCP: refused");
	assert_true(look("main").wait_ms > 4000 && look("main").wait_ms <= 5000);
}

static unsigned told_fine, told_away;
static char told_name[ENDPOINT_NAME_MAX + 1];

static void hear(const char *name, enum endpoint_news news, int64_t latency_us)
{
	told_fine += news == NEWS_FINE && latency_us == 7;
	told_away += news == NEWS_AWAY;
	(void)snprintf(told_name, sizeof(told_name), "%s", name);
}

static void each_round_is_told_to_the_listener_by_name(void **state)
{
	struct endpoints_options o = { .chain_id = 6343, .heard = hear };

	(void)state;
	endpoints_close(pool);
	assert_int_equal(endpoints_open(&t, &o, three, 3, &pool), OK);
	endpoint_heard(pool, id_of("main"), NEWS_FINE, 0, 7, "");
	endpoint_heard(pool, id_of("last"), NEWS_AWAY, 0, 0, "TCP: refused");
	endpoint_heard(pool, 999, NEWS_AWAY, 0, 0, "nobody's");
	assert_int_equal(told_fine, 1);
	assert_int_equal(told_away, 1);
	assert_string_equal(told_name, "last");
}

static void a_fault_of_all_says_when_to_come_again(void **state)
{
	struct endpoint_pick p;
	int64_t wait_ms;
	const char *why;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		endpoint_heard(pool, id_of(three[i].name), NEWS_AWAY, 0, 0, "TCP: refused");
	assert_false(endpoints_choose(&t, pool, false, NULL, 0, &p, &wait_ms, &why));
	assert_true(wait_ms > 0 && wait_ms <= 250);
	assert_non_null(strstr(why, "endpoint 'main': TCP: refused"));
}

static void a_limit_is_kept_for_as_long_as_it_says(void **state)
{
	(void)state;
	make_good("main");
	make_good("backup");
	endpoint_heard(pool, id_of("main"), NEWS_LIMITED, 7000, 0, "retry in 7 seconds");
	struct endpoint e = look("main");

	assert_int_equal(e.state, ENDPOINT_LIMITED);
	assert_true(e.wait_ms > 6500 && e.wait_ms <= 7000);
	/* An answer that was under way already does not end it. */
	endpoint_heard(pool, id_of("main"), NEWS_FINE, 0, 1000, "");
	assert_int_equal(look("main").state, ENDPOINT_LIMITED);
	assert_int_equal(chosen(), id_of("backup"));
	endpoint_heard(pool, id_of("backup"), NEWS_LIMITED, 999999999, 0, "retry in 100 years");
	/* Gateways count sends apart. */
	struct endpoint_pick p;
	int64_t wait_ms;
	const char *why;

	assert_int_equal(chosen(), id_of("last"));
	endpoint_heard(pool, id_of("last"), NEWS_AWAY, 0, 0, "TCP: refused");
	assert_int_equal(chosen(), 0);
	assert_true(endpoints_choose(&t, pool, true, NULL, 0, &p, &wait_ms, &why));
	assert_string_equal(p.name, "main");
	assert_true(look("backup").wait_ms <= 600000);
}

static void wait_until_chosen(const char *name)
{
	int64_t give_up = clock_mono_ms() + 5000;

	while (chosen() != id_of(name)) {
		assert_true(clock_mono_ms() < give_up);
		usleep(5000);
	}
}

static void the_first_takes_over_again_only_after_a_while(void **state)
{
	(void)state;
	make_good("main");
	make_good("backup");
	endpoint_heard(pool, id_of("main"), NEWS_AWAY, 0, 0, "TCP: refused");
	assert_int_equal(chosen(), id_of("backup"));
	make_good("main");
	int64_t from = clock_mono_ms();

	assert_int_equal(chosen(), id_of("backup"));
	wait_until_chosen("main");
	assert_true(clock_mono_ms() - from >= 95);
}

static void one_that_fails_often_is_avoided(void **state)
{
	(void)state;
	make_good("main");
	make_good("backup");
	for (int i = 0; i < 2; i++)
		endpoint_heard(pool, id_of("main"), NEWS_PARTLY, 0, 0, "garbage");
	assert_int_equal(chosen(), id_of("main"));
	for (int i = 0; i < 3; i++)
		endpoint_heard(pool, id_of("main"), NEWS_PARTLY, 0, 0, "garbage");
	assert_int_equal(chosen(), id_of("backup"));
	assert_true(look("main").errors > 0.5);
	assert_int_equal(look("main").failed, 5);
	assert_int_equal(look("main").asked, 6);
	/* Alone it is still asked. */
	assert_int_equal(endpoints_load(&t, pool, three, 1), OK);
	assert_int_equal(chosen(), id_of("main"));
}

/* Case 19. */
static void one_that_lags_is_avoided(void **state)
{
	(void)state;
	make_good("main");
	make_good("backup");
	endpoint_told_head(pool, id_of("main"), 1000);
	endpoint_told_head(pool, id_of("backup"), 1050);
	endpoint_told_head(pool, id_of("last"), 999999); /* not checked: not heard */
	assert_int_equal(chosen(), id_of("main"));
	endpoint_told_head(pool, id_of("backup"), 1051);
	assert_int_equal(chosen(), id_of("backup"));
	assert_int_equal(look("main").behind, 51);
	/* It is back when it is less than half as far behind, and not at the edge. */
	endpoint_told_head(pool, id_of("main"), 1010);
	usleep(110000);
	assert_int_equal(chosen(), id_of("backup"));
	endpoint_told_head(pool, id_of("main"), 1030);
	usleep(110000);
	assert_int_equal(chosen(), id_of("main"));
	/* Whose data went back to those of days ago lags, too. */
	endpoint_told_head(pool, id_of("main"), 7);
	assert_int_equal(chosen(), id_of("backup"));
}

static void a_chain_that_stands_still_makes_nobody_late(void **state)
{
	(void)state;
	make_good("main");
	make_good("backup");
	for (int i = 0; i < 3; i++) {
		endpoint_told_head(pool, id_of("main"), 1000);
		endpoint_told_head(pool, id_of("backup"), 1000);
	}
	assert_int_equal(look("main").behind, 0);
	assert_int_equal(chosen(), id_of("main"));
}

/* Of three, one that tells of blocks that nobody else has does not make the others late, nor their
 * answers stale. */
static void a_head_that_only_one_tells_is_not_the_packs(void **state)
{
	uint64_t mark;

	(void)state;
	make_good("main");
	make_good("backup");
	make_good("last");
	endpoint_told_head(pool, id_of("main"), 1000);
	endpoint_told_head(pool, id_of("backup"), 1002);
	endpoint_told_head(pool, id_of("last"), UINT64_MAX);
	assert_int_equal(look("main").behind, 2);
	assert_int_equal(chosen(), id_of("main"));
	assert_true(endpoints_mark(pool, &mark));
	assert_int_equal(mark, 1002);
}

/* Case 18. */
static void the_mark_of_heads_does_not_fall(void **state)
{
	uint64_t mark;

	(void)state;
	assert_false(endpoints_mark(pool, &mark));
	make_good("main");
	make_good("backup");
	endpoint_told_head(pool, id_of("backup"), 1051);
	endpoint_told_head(pool, id_of("backup"), 900);
	endpoint_told_head(pool, id_of("main"), 1000);
	assert_true(endpoints_mark(pool, &mark));
	assert_int_equal(mark, 1051);
}

static void a_person_may_prefer_one(void **state)
{
	(void)state;
	make_good("main");
	make_good("backup");
	assert_int_equal(chosen(), id_of("main"));
	assert_int_equal(endpoints_use(&t, pool, "backup"), OK);
	assert_int_equal(chosen(), id_of("backup"));
	size_t n;

	assert_string_equal(endpoints_snapshot(&t, pool, &n)[0].name, "backup");
	assert_string_equal(endpoints_snapshot(&t, pool, &n)[1].name, "main");
	assert_string_equal(endpoints_snapshot(&t, pool, &n)[2].name, "last");
	endpoint_heard(pool, id_of("backup"), NEWS_AWAY, 0, 0, "gone");
	assert_int_equal(chosen(), id_of("main"));
	assert_int_equal(endpoints_use(&t, pool, ""), OK);
	assert_int_equal(endpoints_use(&t, pool, "nobody"), ERR_MISSING);
	assert_non_null(strstr(t.why, "nobody"));
}

static void after_a_refused_batch_they_are_half_of_it(void **state)
{
	struct endpoint_pick p;

	(void)state;
	endpoint_batch_refused(pool, id_of("main"), 61);
	assert_int_equal(endpoints_pick(&t, pool, "main", &p), OK);
	assert_int_equal(p.batch, 30);
	endpoint_batch_refused(pool, id_of("main"), 100); /* an answer to an older question */
	assert_int_equal(endpoints_pick(&t, pool, "main", &p), OK);
	assert_int_equal(p.batch, 30);
	endpoint_batch_refused(pool, id_of("main"), 2);
	assert_int_equal(endpoints_pick(&t, pool, "main", &p), OK);
	assert_int_equal(p.batch, 1);
}

static void a_new_list_keeps_what_it_knows(void **state)
{
	struct endpoint_setting list[2] = { three[1], three[0] };

	(void)state;
	make_good("main");
	list[0].url = "https://changed.example/";
	unsigned main_id = id_of("main"), backup_id = id_of("backup");

	assert_int_equal(endpoints_load(&t, pool, list, 2), OK);
	assert_int_equal(id_of("main"), main_id);
	assert_int_equal(look("main").state, ENDPOINT_OK);
	assert_int_not_equal(id_of("backup"), backup_id);
	assert_int_equal(look("backup").state, ENDPOINT_UNTRIED);
	/* News of one that is gone changes nothing. */
	endpoint_heard(pool, backup_id, NEWS_AWAY, 0, 0, "x");
	assert_int_equal(endpoint_checked(&t, pool, backup_id, 1, &other), OK);
	struct endpoint_pick p;

	assert_int_equal(endpoints_pick(&t, pool, "last", &p), ERR_MISSING);
}

static void urls_are_shown_without_secrets(void **state)
{
	static const char *const pairs[][2] = {
		{ "https://carrot.megaeth.com/rpc", "https://carrot.megaeth.com/rpc" },
		{ "http://127.0.0.1:8545", "http://127.0.0.1:8545" },
		{ "https://user:pass@host:1/rpc", "https://host:1/rpc" },
		{ "https://a@b@host/rpc", "https://host/rpc" },
		{ "https://host/v2/AbCdEfGh12345678901234567890", "https://host/v2/..." },
		{ "https://host/v3/key12345/more", "https://host/v3/.../more" },
		{ "https://host/eth-mainnet/rpc/", "https://host/eth-mainnet/rpc/" },
		{ "https://host/rpc?apikey=abc", "https://host/rpc?..." },
		{ "https://host?apikey=abc@x", "https://host?..." },
		{ "https://host/rpc#secret", "https://host/rpc" },
		{ "nonsense", "(not a URL)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_string_equal(endpoint_url_shown(&t, pairs[i][0]), pairs[i][1]);
	assert_string_equal(look("backup").url_shown, "https://two.example/v2/...");
}

static void *hammer(void *arg)
{
	struct arena *mem = arena_new(64 << 20);
	struct turn mine;
	struct endpoint_pick p;
	const char *why;
	int64_t wait_ms;
	size_t n;

	turn_begin(&mine, NULL, NULL, mem, "test", "test", 20000);
	for (unsigned i = 0; i < 500; i++) {
		if (endpoints_choose(&mine, pool, false, NULL, 0, &p, &wait_ms, &why))
			endpoint_heard(pool, p.id, i % 7 ? NEWS_FINE : NEWS_PARTLY, 0, 10, "x");
		endpoint_told_head(pool, p.id, i);
		(void)!endpoint_checked(&mine, pool, p.id, 6343, &ours);
		(void)endpoints_snapshot(&mine, pool, &n);
		(void)!endpoints_load(&mine, pool, three, 2 + (i + (arg != NULL)) % 2);
		(void)!endpoints_use(&mine, pool, i % 2 ? "backup" : "");
	}
	arena_free(mem);
	return NULL;
}

static void many_threads_share_it(void **state)
{
	pthread_t a, b;

	(void)state;
	assert_int_equal(pthread_create(&a, NULL, hammer, NULL), 0);
	assert_int_equal(pthread_create(&b, NULL, hammer, &t), 0);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	make_good("main");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(lists_that_cannot_be_are_refused),
		T(the_first_is_asked_first_and_checked),
		T(a_tried_one_is_passed_over),
		T(another_chain_disables_by_name),
		T(a_disabled_endpoint_is_logged_once),
		T(another_genesis_disables_too),
		T(all_disabled_says_which),
		T(an_endpoint_that_is_away_is_left_alone_and_checked_again),
		T(each_round_is_told_to_the_listener_by_name),
		T(a_fault_of_all_says_when_to_come_again),
		T(a_limit_is_kept_for_as_long_as_it_says),
		T(the_first_takes_over_again_only_after_a_while),
		T(one_that_fails_often_is_avoided),
		T(one_that_lags_is_avoided),
		T(a_chain_that_stands_still_makes_nobody_late),
		T(a_head_that_only_one_tells_is_not_the_packs),
		T(the_mark_of_heads_does_not_fall),
		T(a_person_may_prefer_one),
		T(after_a_refused_batch_they_are_half_of_it),
		T(a_new_list_keeps_what_it_knows),
		T(urls_are_shown_without_secrets),
		T(many_threads_share_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
