/* tests/unit/lossy_proxy.c - the proxy that the money tests trust: what it does to a send, what
 * it leaves alone, and that its witness is complete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "tests/support/anvil.h"
#include "tests/support/ask.h"
#include "tests/support/proxy.h"

#include <cmocka.h>

#define SEND                                                                                       \
	"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"eth_sendRawTransaction\",\"params\":["         \
	"\"0x01\"]}"

struct pair {
	struct anvil *node;
	struct proxy *proxy;
};

static int up(void **state)
{
	static struct pair both;

	both.node = anvil_start(NULL);
	both.proxy = proxy_start(both.node->url, "drop", 1, 1);
	*state = &both;
	return 0;
}

static int down(void **state)
{
	struct pair *both = *state;

	proxy_stop(both->proxy);
	anvil_stop(both->node);
	return 0;
}

static size_t forget(char *p, size_t size, size_t n, void *to)
{
	(void)p;
	(void)to;
	return size * n;
}

/* Sends one body; the HTTP status, or 0 when no whole answer came. */
static long send_status(const char *url, const char *body)
{
	CURL *c = curl_easy_init();
	long status = 0;

	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, forget);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, 10L);
	if (curl_easy_perform(c) == CURLE_OK)
		curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(c);
	return status;
}

static void what_only_reads_is_passed_on_in_every_mode(void **state)
{
	struct pair *both = *state;
	json_t *said = ask_http(both->proxy->url,
				"{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"eth_chainId\"}");

	assert_string_equal(json_string_value(json_object_get(said, "result")), "0x7a69");
	json_decref(said);
}

static void each_mode_answers_a_send_as_it_says(void **state)
{
	struct pair *both = *state;
	const struct {
		const char *mode;
		long status;
	} rows[] = { { "drop", 0 },      { "502", 502 },      { "html", 200 },
		     { "truncated", 0 }, { "wrong-id", 200 }, { "duplicate", 200 },
		     { "reorder", 0 },   { "429", 429 },      { "lost", 0 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		proxy_set(both->proxy, rows[i].mode, 1);
		assert_int_equal(send_status(both->proxy->url, SEND), rows[i].status);
		assert_int_equal(send_status(both->proxy->url, "[" SEND "," SEND "]"),
				 rows[i].status);
		assert_int_equal(proxy_count(both->proxy, rows[i].mode), 2);
	}
}

static void the_witness_holds_what_the_node_was_told_and_no_more(void **state)
{
	struct pair *both = *state;
	struct proxy *p = proxy_start(both->node->url, "lost", 1, 1);
	char line[200];
	int lines = 0;

	assert_int_equal(send_status(p->url, SEND), 0);
	proxy_set(p, "drop", 1);
	assert_int_equal(send_status(p->url, "[" SEND "," SEND "]"), 0);
	FILE *f = fopen(p->witness, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		assert_non_null(strstr(line, "\"raw\": \"0x01\", \"fate\": \"drop\""));
		lines++;
	}
	fclose(f);
	assert_int_equal(lines, 2);
	assert_int_equal(proxy_count(p, "told"), 2);
	proxy_stop(p);
}

static void the_lots_of_a_seed_are_the_same_each_time(void **state)
{
	struct pair *both = *state;
	uint64_t dropped[2];

	for (int run = 0; run < 2; run++) {
		struct proxy *p = proxy_start(both->node->url, "drop", 0.3, 42);
		for (int i = 0; i < 40; i++)
			send_status(p->url, SEND);
		dropped[run] = proxy_count(p, "drop");
		proxy_stop(p);
	}
	assert_int_equal(dropped[0], dropped[1]);
	assert_true(dropped[0] > 4 && dropped[0] < 22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_only_reads_is_passed_on_in_every_mode),
		cmocka_unit_test(each_mode_answers_a_send_as_it_says),
		cmocka_unit_test(the_witness_holds_what_the_node_was_told_and_no_more),
		cmocka_unit_test(the_lots_of_a_seed_are_the_same_each_time),
	};
	return cmocka_run_group_tests(tests, up, down);
}
