/* The same bytes to several endpoints: who is asked, at once or one after the other, and whose
 * word counts. */
#include "tests/support/test.h"

#include <string.h>

#include "store/base/clock.h"
#include "tests/support/world.h"

static struct el_raw raw_of(unsigned i, unsigned lane)
{
	uint8_t *p = turn_alloc(&world.t, 2);
	struct el_raw r = { .raw = { p, 2 }, .lane = lane };

	p[0] = 2;
	p[1] = (uint8_t)i;
	memset(r.hash.b, 1, sizeof(r.hash.b));
	return r;
}

static const char *takes(struct node *n, const char *method, const json_t *params)
{
	(void)n, (void)params;
	return strcmp(method, "eth_sendRawTransaction") == 0 ? "\"result\":\"" HASH("01") "\""
							     : NULL;
}

static const char *minds(struct node *n, const char *method, const json_t *params)
{
	(void)n, (void)params;
	return strcmp(method, "eth_sendRawTransaction") == 0
		       ? "\"error\":{\"code\":-32000,\"message\":\"nonce too low\"}"
		       : NULL;
}

static const char *limits(struct node *n, const char *method, const json_t *params)
{
	(void)n, (void)params;
	return strcmp(method, "eth_sendRawTransaction") == 0
		       ? "\"error\":{\"code\":-32022,\"message\":\"retry in 60 seconds\"}"
		       : NULL;
}

static bool loses(struct node *n, const struct httpd_request *q, struct httpd_reply *r)
{
	if (!strstr(q->body, "eth_sendRaw"))
		return false;
	n->sends++;
	r->how = HTTPD_CLOSE;
	return true;
}

static bool hangs(struct node *n, const struct httpd_request *q, struct httpd_reply *r)
{
	if (!loses(n, q, r))
		return false;
	r->delay_ms = 20000;
	return true;
}

/* Both nodes are known to serve our chain, as after the first probe. */
static void open_both(const struct el_options *o)
{
	struct el_probe p;

	world_open_as(2, o);
	assert_int_equal(el_probe(&world.t, world.el, "main", &p), OK);
	assert_int_equal(el_probe(&world.t, world.el, "backup", &p), OK);
}

static void one_send(bool again, struct el_sent *sent)
{
	struct el_raw raw = raw_of(1, 0);

	raw.again = again;
	assert_int_equal(el_send_raw(&world.t, world.el, &raw, 1, sent), OK);
}

static void a_first_send_goes_to_the_best_endpoint_alone(void **state)
{
	struct el_sent sent;

	(void)state;
	world.nodes[0].answer = world.nodes[1].answer = takes;
	open_both(&(struct el_options){ .within_ms = 2000 });
	one_send(false, &sent);
	assert_int_equal(sent.word.outcome, EL_SENT_ACCEPTED);
	assert_int_equal(sent.n_words, 1);
	assert_int_equal(WORLD_COUNT(0, sends), 1);
	assert_int_equal(WORLD_COUNT(1, sends), 0);
}

/* Case 4. */
static void what_the_first_leaves_without_an_answer_goes_to_the_second_at_once(void **state)
{
	struct el_raw raw[2] = { raw_of(1, 0), raw_of(2, 1) };
	struct el_sent sent[2];

	(void)state;
	world.nodes[0].first = loses;
	world.nodes[1].answer = takes;
	world_open_with(2);
	assert_int_equal(el_send_raw(&world.t, world.el, raw, 2, sent), OK);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(sent[i].word.outcome, EL_SENT_ACCEPTED);
		assert_string_equal(sent[i].word.endpoint, "backup");
		assert_int_equal(sent[i].n_words, 2);
		assert_string_equal(sent[i].words[0].endpoint, "main");
		assert_int_equal(sent[i].words[0].outcome, EL_SENT_UNKNOWN);
	}
	assert_int_equal(WORLD_COUNT(0, sends), 2);
	assert_int_equal(WORLD_COUNT(1, sends), 2);
}

static void one_that_hangs_is_not_waited_for_while_another_is_there(void **state)
{
	int64_t start = clock_mono_ms();
	struct el_sent sent;

	(void)state;
	world.nodes[0].first = hangs;
	world.nodes[1].answer = takes;
	open_both(&(struct el_options){ .within_ms = 10000 });
	one_send(false, &sent);
	assert_string_equal(sent.word.endpoint, "backup");
	assert_int_equal(sent.word.outcome, EL_SENT_ACCEPTED);
	assert_in_range(clock_mono_ms() - start, 900, 5000);
}

static void a_dead_first_endpoint_costs_nothing(void **state)
{
	struct el_sent sent;

	(void)state;
	world.nodes[1].answer = takes;
	open_both(&(struct el_options){ .within_ms = 2000 });
	httpd_stop(world.nodes[0].http);
	world.nodes[0].http = NULL;
	one_send(false, &sent);
	assert_string_equal(sent.word.endpoint, "backup");
	assert_int_equal(sent.word.outcome, EL_SENT_ACCEPTED);
}

/* Case 21. */
static void one_that_is_over_its_limit_leaves_the_send_to_the_next(void **state)
{
	struct el_sent sent;

	(void)state;
	world.nodes[0].answer = limits;
	world.nodes[1].answer = takes;
	open_both(&(struct el_options){ .within_ms = 2000 });
	one_send(false, &sent);
	assert_string_equal(sent.word.endpoint, "backup");
	assert_int_equal(sent.word.outcome, EL_SENT_ACCEPTED);
	assert_in_range(world_endpoint("main").wait_ms, 55000, 60001);
}

static void what_was_sent_before_goes_to_all_and_one_success_counts(void **state)
{
	struct el_sent sent;

	(void)state;
	world.nodes[0].answer = minds;
	world.nodes[1].answer = takes;
	open_both(&(struct el_options){ .within_ms = 2000 });
	one_send(true, &sent);
	assert_int_equal(WORLD_COUNT(0, sends), 1);
	assert_int_equal(WORLD_COUNT(1, sends), 1);
	assert_int_equal(sent.n_words, 2);
	assert_int_equal(sent.word.outcome, EL_SENT_ACCEPTED);
	assert_string_equal(sent.words[0].message, "nonce too low");
	assert_int_equal(sent.words[0].code, -32000);
}

static void with_broadcast_all_a_first_send_goes_to_all(void **state)
{
	struct el_raw raw[30];
	struct el_sent sent[30];

	(void)state;
	world.nodes[0].answer = world.nodes[1].answer = takes;
	open_both(&(struct el_options){ .within_ms = 2000, .send_all = true });
	for (unsigned i = 0; i < 30; i++)
		raw[i] = raw_of(i, i % 7);
	assert_int_equal(el_send_raw(&world.t, world.el, raw, 30, sent), OK);
	for (size_t i = 0; i < 30; i++)
		assert_int_equal(sent[i].n_words, 2);
	assert_int_equal(WORLD_COUNT(0, sends), 30);
	assert_int_equal(WORLD_COUNT(1, sends), 30);
}

/* One that is only told along must not hold up the others for long. */
static void one_that_hangs_when_told_along_is_left(void **state)
{
	int64_t start = clock_mono_ms();
	struct el_sent sent;

	(void)state;
	world.nodes[0].answer = takes;
	world.nodes[1].first = hangs;
	open_both(&(struct el_options){ .within_ms = 10000 });
	one_send(true, &sent);
	assert_int_equal(sent.word.outcome, EL_SENT_ACCEPTED);
	assert_in_range(clock_mono_ms() - start, 0, 4000);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_first_send_goes_to_the_best_endpoint_alone),
		T(what_the_first_leaves_without_an_answer_goes_to_the_second_at_once),
		T(one_that_hangs_is_not_waited_for_while_another_is_there),
		T(a_dead_first_endpoint_costs_nothing),
		T(one_that_is_over_its_limit_leaves_the_send_to_the_next),
		T(what_was_sent_before_goes_to_all_and_one_success_counts),
		T(with_broadcast_all_a_first_send_goes_to_all),
		T(one_that_hangs_when_told_along_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
