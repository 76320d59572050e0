/* Whether a validator client is there: what says so, what says no, and what says nothing. */
#include "tests/support/test.h"

#include <string.h>

#include "server/net/validator_client.h"
#include "tests/support/httpd.h"

static struct turn t;
static const char *body;
static int status;
static bool saw_token;

static void serve(void *arg, const struct httpd_request *q, struct httpd_reply *r)
{
	(void)arg;
	saw_token = strstr(q->head, "Authorization: Bearer secret") != NULL;
	r->status = status;
	r->body = httpd_text("%s", body);
}

static int setup(void **state)
{
	(void)state;
	turn_begin(&t, NULL, NULL, arena_new(64 << 20), "test", "test", 20000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(t.mem);
	return 0;
}

static struct vc_answer ask(const struct vc_options *o)
{
	struct vc_answer a;
	struct vc *v;

	assert_int_equal(vc_open(&t, o, &v), OK);
	vc_ask(&t, v, &a);
	vc_close(v);
	return a;
}

static const char *without_slash(const char *url)
{
	return turn_printf(&t, "%.*s", (int)strlen(url) - 1, url);
}

static void a_keymanager_says_which_keys_it_runs(void **state)
{
	char key[97];

	(void)state;
	memset(key, 'a', 96);
	key[96] = 0;
	struct httpd *h = httpd_start(serve, NULL);
	struct vc_options o = { .keymanager_url = without_slash(httpd_url(h)),
				.keymanager_token = "secret" };

	status = 200;
	body = turn_printf(&t, "{\"data\":[{\"validating_pubkey\":\"0x%s\"},{\"odd\":1}]}", key);
	struct vc_answer a = ask(&o);

	assert_int_equal(a.keymanager.word, VC_RUNS);
	assert_true(saw_token);
	assert_true(a.keys_known);
	assert_int_equal(a.n_keys, 1);
	assert_int_equal(a.keys[0].b[47], 0xaa);
	assert_int_equal(a.metrics.word, VC_NOT_ASKED);
	status = 401;
	a = ask(&o);
	assert_int_equal(a.keymanager.word, VC_RUNS); /* it is there, it just does not know us */
	assert_false(a.keys_known);
	assert_non_null(strstr(a.keymanager.text, "does not take the token"));
	status = 200;
	body = "[[[[ no list";
	a = ask(&o);
	assert_false(a.keys_known);
	httpd_stop(h);
}

static void only_a_refused_connection_says_that_it_is_gone(void **state)
{
	(void)state;
	struct httpd *h = httpd_start(NULL, NULL); /* closes every connection */
	struct vc_options o = { .metrics_url = httpd_url(h), .within_ms = 2000 };
	struct vc_answer a = ask(&o);

	assert_int_equal(a.metrics.word, VC_UNTOLD);
	const char *closed = turn_strdup(&t, httpd_url(h));

	httpd_stop(h);
	o.metrics_url = closed;
	a = ask(&o);
	assert_int_equal(a.metrics.word, VC_GONE);
	o.metrics_url = "http://no-such-host.invalid/metrics";
	a = ask(&o);
	assert_int_equal(a.metrics.word, VC_UNTOLD);
	assert_non_null(strstr(a.metrics.text, "DNS"));
}

static void a_process_is_found_by_words_of_its_command_line(void **state)
{
	struct vc_options o = { .process = "no such program runs --anywhere" };

	(void)state;
	assert_int_equal(ask(&o).process.word, VC_GONE);
	o.process = "/"; /* somebody runs */
	assert_int_equal(ask(&o).process.word, VC_RUNS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_keymanager_says_which_keys_it_runs),
		cmocka_unit_test(only_a_refused_connection_says_that_it_is_gone),
		cmocka_unit_test(a_process_is_found_by_words_of_its_command_line),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
