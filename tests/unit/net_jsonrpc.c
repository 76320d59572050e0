/* JSON-RPC batches against an endpoint that lies: nothing of a lie reaches the caller. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "server/net/jsonrpc.h"
#include "store/base/buf.h"
#include "tests/support/httpd.h"

static struct turn t;
static struct http_client *client;
static struct httpd *server;
static struct rpc_round out;

/* What the server does with each request. */
static struct script {
	struct httpd_reply reply; /* without a body: the body is */
	char *(*body)(const struct httpd_request *q);
	const char *text;    /* or this */
	httpd_call_fn *call; /* or the answers to the calls */
	char lanes[64];
	size_t n_lanes;
} script;

static void run_script(void *arg, const struct httpd_request *q, struct httpd_reply *r)
{
	(void)arg;
	*r = script.reply;
	if (script.body)
		r->body = script.body(q);
	else if (script.text)
		r->body = httpd_text("%s", script.text);
	else
		r->body = httpd_rpc(q->body, script.call, NULL);
}

/* "echo" answers with its own params. */
static char *echo(void *arg, const char *method, const json_t *params)
{
	char *p = json_dumps(params, JSON_COMPACT);
	char *s = httpd_text("\"result\":%s", p);

	(void)arg, (void)method;
	free(p);
	return s;
}

static int setup(void **state)
{
	(void)state;
	script = (struct script){ .call = echo };
	out = (struct rpc_round){ 0 };
	turn_begin(&t, NULL, NULL, arena_new(128 << 20), "test", "test", 20000);
	server = httpd_start(run_script, NULL);
	return http_open(&t, &(struct http_options){ .connections = 4 }, &client) == OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	rpc_done(&out);
	httpd_stop(server);
	http_close(client);
	arena_free(t.mem);
	return 0;
}

/* What the script says now is what the server sees, and what the server noted we see. */
static void meet(void)
{
	httpd_lock(server);
	httpd_unlock(server);
}

static void ask_with(struct rpc_options o, size_t n)
{
	struct rpc_call *calls = turn_array(&t, n, sizeof(*calls));

	for (size_t i = 0; i < n; i++)
		calls[i] = (struct rpc_call){ .method = "echo",
					      .params_json = turn_printf(&t, "[%zu]", i),
					      .lane = (unsigned)(i % 3) };
	o.url = httpd_url(server);
	rpc_done(&out);
	meet();
	rpc_ask(&t, client, &o, calls, n, &out);
	meet();
}

static void ask(size_t n)
{
	ask_with((struct rpc_options){ 0 }, n);
}

static void assert_echoed(size_t i)
{
	assert_int_equal(out.answers[i].outcome, RPC_RESULT);
	assert_int_equal(json_integer_value(json_array_get(out.answers[i].result, 0)), i);
}

static void assert_all(size_t n, enum rpc_outcome outcome, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(out.answers[i].outcome, outcome);
		if (!strstr(out.answers[i].message, word))
			fail_msg("'%s' is not in '%s'\n", word, out.answers[i].message);
	}
}

static void a_round_is_split_and_put_together(void **state)
{
	(void)state;
	ask_with((struct rpc_options){ .batch = 7 }, 100);
	for (size_t i = 0; i < 100; i++)
		assert_echoed(i);
	assert_int_equal(out.health, RPC_FINE);
	assert_true(out.any_fine);
	assert_true(out.latency_us > 0);
	assert_int_equal(httpd_requests(server), 15);
}

static char *body_is_object(const struct httpd_request *q)
{
	assert_int_equal(q->body[0], '{');
	return httpd_rpc(q->body, echo, NULL);
}

static void one_call_goes_as_a_plain_object(void **state)
{
	(void)state;
	script.body = body_is_object;
	ask(1);
	assert_echoed(0);
}

static void a_big_round_is_split_by_bytes(void **state)
{
	(void)state;
	ask_with((struct rpc_options){ .max_body = 300 }, 30);
	for (size_t i = 0; i < 30; i++)
		assert_echoed(i);
	assert_true(httpd_requests(server) >= 7);
}

static char *reversed(const struct httpd_request *q)
{
	char *s = httpd_rpc(q->body, echo, NULL), *back;
	json_t *a = json_loads(s, 0, NULL), *b = json_array();

	for (size_t i = json_array_size(a); i-- > 0;)
		json_array_append(b, json_array_get(a, i));
	back = json_dumps(b, 0);
	json_decref(a);
	json_decref(b);
	free(s);
	return back;
}

static void answers_in_any_order_find_their_calls(void **state)
{
	(void)state;
	script.body = reversed;
	ask(20);
	for (size_t i = 0; i < 20; i++)
		assert_echoed(i);
}

static char *numbers_first(void *arg, const char *method, const json_t *params)
{
	return strcmp(method, "first") == 0 ? httpd_text("\"result\":\"0x7\"")
					    : echo(arg, method, params);
}

static void the_first_call_heads_every_request(void **state)
{
	static const struct rpc_call first = { .method = "first", .params_json = "[]" };

	(void)state;
	script.call = numbers_first;
	ask_with((struct rpc_options){ .batch = 5, .first = &first }, 12);
	for (size_t i = 0; i < 12; i++) {
		assert_echoed(i);
		assert_string_equal(json_string_value(out.answers[i].first), "0x7");
	}
}

static char *odd_is_missing(void *arg, const char *method, const json_t *params)
{
	return json_integer_value(json_array_get(params, 0)) % 2 ? NULL : echo(arg, method, params);
}

static void a_missing_entry_is_unknown_and_the_others_count(void **state)
{
	(void)state;
	script.call = odd_is_missing;
	ask(4);
	assert_echoed(0);
	assert_echoed(2);
	assert_int_equal(out.answers[1].outcome, RPC_UNKNOWN);
	assert_non_null(strstr(out.answers[1].message, "no entry"));
	assert_int_equal(out.answers[3].outcome, RPC_UNKNOWN);
	assert_int_equal(out.health, RPC_GARBAGE);
}

static char *mixed(void *arg, const char *method, const json_t *params)
{
	switch (json_integer_value(json_array_get(params, 0))) {
	case 1:
		return httpd_text("\"error\":{\"code\":3,\"message\":\"execution reverted: rate "
				  "limit\",\"data\":\"0x08c379a0\"}");
	case 2:
		return httpd_text("\"error\":{\"code\":-32601,\"message\":\"the method "
				  "does\\nnot exist\"}");
	case 3:
		return httpd_text("\"error\":{\"code\":-32005,\"message\":\"slow down, retry in 3 "
				  "seconds\"}");
	}
	return echo(arg, method, params);
}

static void errors_are_each_calls_own(void **state)
{
	static const uint8_t selector[] = { 0x08, 0xc3, 0x79, 0xa0 };

	(void)state;
	script.call = mixed;
	ask(5);
	assert_echoed(0);
	assert_echoed(4);
	assert_int_equal(out.answers[1].outcome, RPC_ERROR);
	assert_int_equal(out.answers[1].code, 3);
	assert_int_equal(out.answers[1].data.n, 4);
	assert_memory_equal(out.answers[1].data.p, selector, 4);
	assert_int_equal(out.answers[2].outcome, RPC_ERROR);
	assert_string_equal(out.answers[2].message, "the method does?not exist");
	assert_null(out.answers[2].data.p);
	assert_int_equal(out.answers[3].outcome, RPC_UNKNOWN);
	assert_int_equal(out.answers[3].code, -32005);
	assert_int_equal(out.health, RPC_LIMITED);
	assert_true(out.wait_ms >= 3000 && out.wait_ms <= 3001);
}

/* Everything here is an answer that must not be believed in any part. */
static void lies_are_unknown(void **state)
{
	static const struct {
		const char *text, *word;
		int status;
	} lies[] = {
		{ "<html><body>Attention Required!</body></html>", "page", 403 },
		{ "<html><body>hi</body></html>", "page", 200 },
		{ "", "not JSON", 200 },
		{ "null", "not JSON", 200 },
		{ "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[0]},{\"jsonrpc\":\"2.0\",\"id\":2,",
		  "not JSON", 200 },
		{ "[{\"id\":1,\"result\":[0]},{\"id\":3,\"result\":[1]}]", "wrong or repeated id",
		  200 },
		{ "[{\"id\":1,\"result\":[0]},{\"id\":1,\"result\":[1]}]", "wrong or repeated id",
		  200 },
		{ "[{\"id\":\"1\",\"result\":[0]},{\"id\":\"2\",\"result\":[1]}]",
		  "wrong or repeated id", 200 },
		{ "[{\"id\":1.0,\"result\":[0]}]", "wrong or repeated id", 200 },
		{ "[{\"id\":99999999999999999999,\"result\":[0]}]", "not JSON", 200 },
		{ "[{\"id\":1,\"result\":[0]},{\"id\":2,\"result\":[1]},{\"id\":2,\"result\":[1]}]",
		  "wrong or repeated id", 200 },
		{ "[{\"id\":1,\"id\":2,\"result\":[0]}]", "not JSON", 200 },
		{ "[{\"id\":1,\"result\":[0],\"error\":{\"code\":1,\"message\":\"x\"}}]",
		  "wrong or repeated id", 200 },
		{ "[{\"id\":1,\"error\":{\"code\":\"1\",\"message\":\"x\"}}]",
		  "wrong or repeated id", 200 },
		{ "[{\"id\":1,\"error\":\"no\"}]", "wrong or repeated id", 200 },
		{ "[{\"id\":1}]", "wrong or repeated id", 200 },
		{ "[{\"jsonrpc\":\"1.0\",\"id\":1,\"result\":1}]", "wrong or repeated id", 200 },
		{ "[1,2]", "wrong or repeated id", 200 },
		{ "{\"id\":1,\"result\":[0]}", "nothing that was asked", 200 },
		{ "{}", "nothing that was asked", 200 },
		{ "[{\"id\":1,\"result\":[0]},{\"id\":2,\"result\":[1]}]", "error status", 500 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		script.text = lies[i].text;
		script.reply.status = lies[i].status;
		ask(2);
		assert_all(2, RPC_UNKNOWN, lies[i].word);
		if (lies[i].status == 200)
			assert_int_equal(out.health, RPC_GARBAGE);
	}
}

static void an_error_for_the_whole_batch_makes_all_unknown(void **state)
{
	(void)state;
	script.text = "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":"
		      "\"batch too large\"}}";
	ask(3);
	assert_all(3, RPC_UNKNOWN, "batch too large");
	assert_int_equal(out.answers[0].code, -32600);
	assert_int_equal(out.batch_refused, 3);
	script.text = "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32021,\"message\":"
		      "\"over network traffic limit, retry in 2 seconds\"}}";
	script.reply.status = 429;
	ask(3);
	assert_all(3, RPC_UNKNOWN, "over network traffic");
	assert_int_equal(out.batch_refused, 0);
	assert_int_equal(out.health, RPC_LIMITED);
	assert_true(out.wait_ms >= 2000 && out.wait_ms <= 2001);
}

static void a_single_call_refused_under_an_http_error_is_its_error(void **state)
{
	(void)state;
	script.text = "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":"
		      "\"not whitelisted\"}}";
	script.reply.status = 403;
	ask(1);
	assert_all(1, RPC_ERROR, "not whitelisted");
	assert_int_equal(out.health, RPC_FINE);
}

static void slow_down_is_heard_in_every_form(void **state)
{
	static const struct {
		int status;
		const char *extra, *text;
		int64_t wait_ms;
	} forms[] = {
		{ 429, "Retry-After: 5\r\n", "", 5000 },
		{ 429, NULL, "too fast, retry in 3 seconds", 3001 },
		{ 429, NULL, "<html>no</html>", 0 },
		{ 200, NULL, "rabbit hole is full. Please try again later", 0 },
		{ 503, NULL, "Too Many Requests, try again in 250ms", 251 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		script.reply.status = forms[i].status;
		script.reply.extra = forms[i].extra;
		script.text = forms[i].text;
		ask(2);
		assert_all(2, RPC_UNKNOWN, "");
		assert_int_equal(out.health, RPC_LIMITED);
		assert_int_equal(out.wait_ms, forms[i].wait_ms);
	}
}

static void a_bad_gateway_is_away(void **state)
{
	(void)state;
	script.reply.status = 502;
	script.text = "<html>502</html>";
	ask(2);
	assert_all(2, RPC_UNKNOWN, "HTTP 502");
	assert_int_equal(out.health, RPC_AWAY);
	assert_false(out.any_fine);
}

static void a_lost_answer_is_unknown_and_a_refused_connection_not_sent(void **state)
{
	(void)state;
	script.reply.how = HTTPD_CLOSE;
	ask(2);
	assert_all(2, RPC_UNKNOWN, "HTTP");
	assert_int_equal(out.health, RPC_AWAY);

	struct rpc_call call = { .method = "echo", .params_json = "[]" };
	struct httpd *gone = httpd_start(NULL, NULL);
	char *url = turn_strdup(&t, httpd_url(gone));

	httpd_stop(gone);
	rpc_ask(&t, client, &(struct rpc_options){ .url = url }, &call, 1, &out);
	assert_all(1, RPC_NOT_SENT, "TCP");
	assert_int_equal(out.health, RPC_AWAY);
}

static char *deep(const struct httpd_request *q)
{
	char *s = malloc(2001);

	(void)q;
	memset(s, '[', 1000);
	memset(s + 1000, ']', 1000);
	s[2000] = 0;
	return s;
}

static char *wide(const struct httpd_request *q)
{
	size_t n = 2 << 20;
	char *s = malloc(n + 1);

	(void)q;
	for (size_t i = 0; i < n; i++)
		s[i] = i % 2 ? ',' : '1';
	s[0] = '[';
	s[n - 2] = '1';
	s[n - 1] = ']';
	s[n] = 0;
	return s;
}

static char *huge(const struct httpd_request *q)
{
	size_t n = 3 << 20;
	char *s = malloc(n + 1);

	(void)q;
	memset(s, '1', n);
	s[n] = 0;
	return s;
}

static void depth_count_and_size_are_bounded(void **state)
{
	(void)state;
	script.body = deep;
	ask(2);
	assert_all(2, RPC_UNKNOWN, "not JSON");
	script.body = wide;
	ask(2);
	assert_all(2, RPC_UNKNOWN, "not JSON");
	script.body = huge;
	ask_with((struct rpc_options){ .max_answer = 1 << 20 }, 2);
	assert_all(2, RPC_UNKNOWN, "larger than");
	assert_int_equal(out.health, RPC_GARBAGE);
}

static unsigned dice = 1;

static unsigned roll(unsigned below)
{
	dice = dice * 1103515245 + 12345;
	return (dice >> 8) % below;
}

/* A right answer with a few bytes changed, doubled or cut away. */
static char *damaged(const struct httpd_request *q)
{
	static const char bytes[] = "[]{}\",:0123456789eE.+-xnulltrue \\/\n\t\x01\xff";
	char *s = httpd_rpc(q->body, mixed, NULL);
	size_t n = strlen(s);

	for (unsigned i = 1 + roll(3); i > 0 && n > 2; i--) {
		size_t at = roll((unsigned)n - 1), part = roll(40) % (n - at);

		switch (roll(3)) {
		case 0:
			s[at] = bytes[roll(sizeof(bytes) - 1)];
			break;
		case 1:
			memmove(s + at, s + at + part, n - at - part + 1);
			n -= part;
			break;
		case 2:
			memmove(s + at, s + n - part, part);
			break;
		}
	}
	return s;
}

/* Whatever comes, each call has one outcome and a message, and nothing is read out of bounds. */
static void damaged_answers_break_nothing(void **state)
{
	unsigned results = 0, unknown = 0;

	(void)state;
	script.body = damaged;
	for (int i = 0; i < 1500; i++) {
		rpc_done(&out);
		turn_end(&t);
		turn_begin(&t, NULL, NULL, t.mem, "test", "test", 20000);
		ask(5);
		for (size_t k = 0; k < 5; k++) {
			const struct rpc_answer *a = &out.answers[k];

			assert_non_null(a->message);
			assert_true(a->outcome != RPC_NOT_SENT);
			assert_true((a->outcome == RPC_RESULT) == (a->result != NULL));
			results += a->outcome == RPC_RESULT;
			unknown += a->outcome == RPC_UNKNOWN;
		}
		if (!out.any_fine)
			assert_true(out.said[0]);
	}
	assert_true(results > 0 && unknown > 1500);
}

static char *long_message(void *arg, const char *method, const json_t *params)
{
	char text[1001];

	(void)arg, (void)method, (void)params;
	memset(text, 'x', 1000);
	text[1000] = 0;
	return httpd_text("\"error\":{\"code\":-1,\"message\":\"\\u001b[31m%s\"}", text);
}

static void foreign_text_is_cut_and_made_printable(void **state)
{
	(void)state;
	script.call = long_message;
	ask(1);
	assert_int_equal(strlen(out.answers[0].message), 200);
	assert_int_equal(out.answers[0].message[0], '?');
	assert_string_equal(out.answers[0].message + 197, "...");
}

static char *note_lanes(void *arg, const char *method, const json_t *params)
{
	if (script.n_lanes < sizeof(script.lanes) - 1)
		script.lanes[script.n_lanes++] =
			(char)('a' + json_integer_value(json_array_get(params, 0)));
	return echo(arg, method, params);
}

/* Lanes 0, 1, 2 over two streams: within each lane the order of the calls is kept. */
static void a_lane_keeps_its_order_over_batches(void **state)
{
	(void)state;
	script.call = note_lanes;
	script.reply.delay_ms = 2;
	ask_with((struct rpc_options){ .batch = 2, .parallel = 2, .ordered = true }, 24);
	for (size_t i = 0; i < 24; i++)
		assert_echoed(i);
	for (char lane = 0; lane < 3; lane++) {
		char last = 0;

		for (size_t i = 0; i < script.n_lanes; i++) {
			if ((script.lanes[i] - 'a') % 3 != lane)
				continue;
			assert_true(script.lanes[i] > last);
			last = script.lanes[i];
		}
	}
	assert_int_equal(script.n_lanes, 24);
}

static char *second_is_lost(const struct httpd_request *q)
{
	return q->number == 2 ? httpd_text("<html>") : httpd_rpc(q->body, echo, NULL);
}

static void what_follows_a_lost_answer_in_its_lane_is_not_sent(void **state)
{
	(void)state;
	script.body = second_is_lost;
	script.reply.status = 200;
	ask_with((struct rpc_options){ .batch = 2, .parallel = 1, .ordered = true }, 6);
	assert_echoed(0);
	assert_echoed(1);
	assert_int_equal(out.answers[2].outcome, RPC_UNKNOWN);
	assert_int_equal(out.answers[3].outcome, RPC_UNKNOWN);
	assert_int_equal(httpd_requests(server), 3);
}

static void nothing_is_asked_for_nothing(void **state)
{
	(void)state;
	ask(0);
	assert_int_equal(httpd_requests(server), 0);
	assert_int_equal(out.health, RPC_FINE);
	assert_false(out.any_fine);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_round_is_split_and_put_together),
		T(one_call_goes_as_a_plain_object),
		T(a_big_round_is_split_by_bytes),
		T(answers_in_any_order_find_their_calls),
		T(the_first_call_heads_every_request),
		T(a_missing_entry_is_unknown_and_the_others_count),
		T(errors_are_each_calls_own),
		T(lies_are_unknown),
		T(an_error_for_the_whole_batch_makes_all_unknown),
		T(a_single_call_refused_under_an_http_error_is_its_error),
		T(slow_down_is_heard_in_every_form),
		T(a_bad_gateway_is_away),
		T(a_lost_answer_is_unknown_and_a_refused_connection_not_sent),
		T(damaged_answers_break_nothing),
		T(depth_count_and_size_are_bounded),
		T(foreign_text_is_cut_and_made_printable),
		T(a_lane_keeps_its_order_over_batches),
		T(what_follows_a_lost_answer_in_its_lane_is_not_sent),
		T(nothing_is_asked_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
