/* What goes out: signatures, CloudEvents, the words of chats; and what channels may be. */
#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "server/core/channel.h"
#include "server/core/event_kinds.h"
#include "server/net/chat.h"
#include "server/net/process.h"
#include "server/net/webhook.h"
#include "store/base/base64.h"
#include "store/base/clock.h"
#include "store/base/inet.h"
#include "tests/support/test.h"

static struct turn t;

static int setup(void **state)
{
	(void)state;
	turn_begin(&t, NULL, NULL, arena_new(16 << 20), "test", "test", 20000);
	return 0;
}

static int teardown(void **state)
{
	struct arena *mem = t.mem;

	(void)state;
	turn_end(&t);
	arena_free(mem);
	return 0;
}

/* The example of the Standard Webhooks specification, which its own library signs alike. */
static void a_signature_is_that_of_the_specification(void **state)
{
	static const char body[] = "{\"test\": 2432232314}";
	uint8_t key[WEBHOOK_KEY_MAX];
	struct bytes keys[2] = { { key, 0 }, { key, 0 } };

	(void)state;
	assert_true(webhook_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", key, &keys[0].n));
	assert_int_equal(keys[0].n, 24);
	keys[1].n = keys[0].n;
	struct bytes b = { (const uint8_t *)body, strlen(body) };

	assert_string_equal(
		webhook_sign(&t, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b, keys, 1),
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	assert_string_equal(
		webhook_sign(&t, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b, keys, 2),
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

static void a_secret_is_whsec_and_24_to_64_bytes(void **state)
{
	uint8_t key[WEBHOOK_KEY_MAX];
	size_t n;

	(void)state;
	assert_false(webhook_key("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", key, &n));
	assert_false(webhook_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!", key, &n));
	assert_false(webhook_key("whsec_c2hvcnQ=", key, &n));
	assert_true(webhook_key("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", key, &n));
	assert_int_equal(n, 32);
}

static void base64_is_read_as_it_is_written_and_nothing_else(void **state)
{
	static const struct {
		const char *plain, *text;
	} rfc4648[] = { { "", "" },
			{ "f", "Zg==" },
			{ "fo", "Zm8=" },
			{ "foo", "Zm9v" },
			{ "foob", "Zm9vYg==" },
			{ "fooba", "Zm9vYmE=" },
			{ "foobar", "Zm9vYmFy" } };
	static const char *const bad[] = {
		"Z", "Zg=", "Zh==", "Zm9", "Zg==Zg==", "Z g=", "Zm9v===="
	};
	uint8_t out[16];
	char text[32];
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(rfc4648) / sizeof(rfc4648[0]); i++) {
		base64_put((const uint8_t *)rfc4648[i].plain, strlen(rfc4648[i].plain), text);
		assert_string_equal(text, rfc4648[i].text);
		assert_true(base64_get(text, out, sizeof(out), &n));
		assert_int_equal(n, strlen(rfc4648[i].plain));
		assert_memory_equal(out, rfc4648[i].plain, n);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(base64_get(bad[i], out, sizeof(out), &n));
	assert_false(base64_get("Zm9vYmFy", out, 5, &n));
}

static struct cloud_event example(void)
{
	return (struct cloud_event){ .id = "msg_1",
				     .source = "/ghost-fleet/x",
				     .type = "ghostfleet.v1.breaker.tripped",
				     .subject = "wallets/w-1",
				     .time_ms = 1790000000123,
				     .sequence = 42,
				     .schema = "urn:x:y",
				     .data = "{\"text\":\"say \\\"no\\\"\",\"n\":[1,2.5]}" };
}

static void a_cloud_event_has_its_attributes_and_is_the_same_each_time(void **state)
{
	struct cloud_event e = example();
	struct bytes a, b;

	(void)state;
	assert_int_equal(cloud_event_json(&t, &e, &a), OK);
	assert_int_equal(cloud_event_json(&t, &e, &b), OK);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.p, b.p, a.n);
	assert_string_equal(
		(const char *)a.p,
		"{\"specversion\":\"1.0\",\"id\":\"msg_1\",\"source\":\"/ghost-fleet/x\","
		"\"type\":\"ghostfleet.v1.breaker.tripped\",\"subject\":\"wallets/w-1\","
		"\"time\":\"2026-09-21T14:13:20.123Z\",\"sequence\":\"00000000000000000042\","
		"\"datacontenttype\":\"application/json\",\"dataschema\":\"urn:x:y\","
		"\"data\":{\"text\":\"say \\\"no\\\"\",\"n\":[1,2.5]}}");
	e.data = "{";
	assert_int_equal(cloud_event_json(&t, &e, &a), ERR_BROKEN);
}

static const char *field(struct http_ask ask, const char *name)
{
	json_t *all = json_loadb((const char *)ask.body.p, ask.body.n, 0, NULL);
	const char *text = turn_strdup(&t, json_string_value(json_object_get(all, name)));

	json_decref(all);
	return text;
}

static void a_chat_cannot_be_made_to_call_people(void **state)
{
	char *longest = turn_alloc(&t, 5001);
	struct message m = { .id = "msg_1",
			     .source = "/ghost-fleet/x",
			     .kind = "fleet.paused",
			     .severity = "warning",
			     .subject = "fleet",
			     .text = "<!channel> & <https://x|y>",
			     .actor = "bob",
			     .time_ms = 1790000000123,
			     .alarm = "fleet#pause" };

	(void)state;
	assert_string_equal(
		field(slack_ask(&t, "u", &m), "text"),
		"[warning] fleet.paused fleet: &lt;!channel&gt; &amp; &lt;https://x|y&gt;\n"
		"2026-09-21T14:13:20.123Z by bob, /ghost-fleet/x");
	memset(longest, '&', 5000);
	m.text = longest;
	assert_true(strlen(field(slack_ask(&t, "u", &m), "text")) <= 4000);
	assert_true(strlen(field(discord_ask(&t, "u", &m), "content")) <= 2000);
	assert_string_equal(field(pagerduty_ask(&t, "u", "key", &m), "event_action"), "trigger");
	m.ends = true;
	assert_string_equal(field(pagerduty_ask(&t, "u", "key", &m), "event_action"), "resolve");
}

static bool is_public(const char *text)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
		return inet_is_public((const struct sockaddr *)(const void *)&v4);
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return inet_is_public((const struct sockaddr *)(const void *)&v6);
}

static void our_own_networks_are_not_public(void **state)
{
	static const char *const ours[] = {
		"127.0.0.1",
		"127.255.0.1",
		"10.1.2.3",
		"172.16.0.1",
		"172.31.255.255",
		"192.168.1.1",
		"169.254.169.254",
		"100.64.0.1",
		"0.0.0.0",
		"224.0.0.1",
		"255.255.255.255",
		"192.0.2.7",
		"198.18.0.1",
		"203.0.113.9",
		"::1",
		"::",
		"fe80::1",
		"fc00::1",
		"fd12::1",
		"ff02::1",
		"::ffff:127.0.0.1",
		"64:ff9b::7f00:1",
		"2002:7f00:1::",
		"2001:db8::1",
		"2001::1",
		"::127.0.0.1",
	};
	static const char *const others[] = { "1.1.1.1",         "172.32.0.1", "100.128.0.1",
					      "2606:4700::1111", "2a00::1",    "::ffff:8.8.8.8" };

	(void)state;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (is_public(ours[i]))
			fail_msg("%s is taken for public", ours[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (!is_public(others[i]))
			fail_msg("%s is not taken for public", others[i]);
}

static void a_host_is_seen_through_its_spellings(void **state)
{
	static const char *const ours[] = { "localhost",  "a.LOCALHOST", "127.0.0.1", "127.1",
					    "2130706433", "0x7f000001",  "[::1]",     "[fe80::1]" };
	static const char *const others[] = { "example.org", "8.8.8.8", "[2606:4700::1]",
					      "notlocalhost", "10.example.org" };

	(void)state;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!inet_host_is_private(ours[i]))
			fail_msg("%s is not seen as ours", ours[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (inet_host_is_private(others[i]))
			fail_msg("%s is taken for ours", others[i]);
}

static void patterns_choose_kinds(void **state)
{
	const char *plain;

	(void)state;
	assert_true(event_wanted("", "breaker.tripped"));
	assert_false(event_wanted("", "operation.planned"));
	assert_false(event_wanted("", "never.heard-of"));
	assert_true(event_wanted("*", "never.heard-of"));
	assert_true(event_wanted("fleet.paused\nbreaker.*", "breaker.reset"));
	assert_false(event_wanted("fleet.paused\nbreaker.*", "fleet.resumed"));
	assert_int_equal(event_pattern(&t, "ghostfleet.v1.operation.done", &plain), OK);
	assert_string_equal(plain, "operation.done");
	assert_int_equal(event_pattern(&t, "operation.*", &plain), OK);
	assert_int_equal(event_pattern(&t, "*", &plain), OK);
	assert_int_equal(event_pattern(&t, "operation.dune", &plain), ERR_INVALID);
	assert_int_equal(event_pattern(&t, "*.done", &plain), ERR_INVALID);
	assert_int_equal(event_pattern(&t, "", &plain), ERR_INVALID);
	assert_int_equal(event_pattern(&t, "nothing.*", &plain), ERR_INVALID);
}

static void a_time_is_read_as_it_is_written(void **state)
{
	int64_t ms;

	(void)state;
	assert_true(clock_parse("2026-09-21T14:13:20.123Z", &ms));
	assert_true(ms == 1790000000123);
	assert_true(clock_parse("2026-09-21T14:13:20Z", &ms));
	assert_true(ms == 1790000000000);
	assert_false(clock_parse("2026-09-21T14:13:20", &ms));
	assert_false(clock_parse("2026-09-21T14:13:20+02:00", &ms));
	assert_false(clock_parse("yesterday", &ms));
}

static struct process_end run(const char *const *argv, const char *input, int64_t ms)
{
	return process_run(
		&t, &(struct process_ask){ .argv = argv,
					   .input = { (const uint8_t *)input, strlen(input) },
					   .within_ms = ms,
					   .max_output = 100 });
}

static void a_program_is_fed_heard_and_ended_in_time(void **state)
{
	static const char *const cat[] = { "/bin/cat", NULL };
	static const char *const no[] = { "/nowhere/at-all", NULL };
	static const char *const three[] = { "/bin/sh", "-c", "echo bad; exit 3", NULL };
	/* What it starts goes with it, and it is not asked. */
	static const char *const hang[] = { "/bin/sh", "-c",
					    "trap '' TERM; sleep 1000 & sleep 1000", NULL };
	static const char *const talks[] = { "/bin/sh", "-c", "yes | head -c 1000000; echo done",
					     NULL };
	/* What it left behind goes on writing. */
	static const char *const leaves[] = { "/bin/sh", "-c", "yes & sleep 0.2; exit 4", NULL };

	(void)state;
	struct process_end e = run(cat, "hello", 5000);

	assert_true(e.started && e.code == 0);
	assert_string_equal(e.output, "hello");
	e = run(no, "", 5000);
	assert_false(e.started);
	assert_non_null(strstr(e.said, "cannot be run"));
	e = run(three, "", 5000);
	assert_int_equal(e.code, 3);
	assert_string_equal(e.output, "bad\n");
	e = run(talks, "", 10000);
	assert_int_equal(e.code, 0);
	assert_true(strlen(e.output) <= 100);
	e = run(hang, "", 300);
	assert_true(e.late && e.took_ms < 5000);
	assert_non_null(strstr(e.said, "not done within 300 ms"));
	e = run(leaves, "", 5000);
	assert_int_equal(e.code, 4);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_is_that_of_the_specification),
		cmocka_unit_test(a_secret_is_whsec_and_24_to_64_bytes),
		cmocka_unit_test(base64_is_read_as_it_is_written_and_nothing_else),
		cmocka_unit_test(a_cloud_event_has_its_attributes_and_is_the_same_each_time),
		cmocka_unit_test(a_chat_cannot_be_made_to_call_people),
		cmocka_unit_test(our_own_networks_are_not_public),
		cmocka_unit_test(a_host_is_seen_through_its_spellings),
		cmocka_unit_test(patterns_choose_kinds),
		cmocka_unit_test(a_time_is_read_as_it_is_written),
		cmocka_unit_test(a_program_is_fed_heard_and_ended_in_time),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
