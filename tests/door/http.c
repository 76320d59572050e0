/* The HTTP door over real sockets, with a real store and lane. */
#include "server/door/http.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/door/doorman.h"
#include "server/door/slow.h"
#include "server/ops/metrics.h"
#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/meta.h"
#include "tests/support/http_ask.h"
#include "tests/support/test.h"

enum { PATIENCE_MS = 10000 };

#define TOKEN_OPERATOR "gf_operator-operator-operator-operator-operator-"
#define TOKEN_VIEWER   "gf_viewer-viewer-viewer-viewer-viewer-viewer-vie"
#define BEARER(token)  "Authorization: Bearer " token "\r\n"
#define JSON_TYPE      "Content-Type: application/json\r\n"

static struct fixture {
	char folder[64], path[96];
	struct arena *mem;
	struct turn t;
	struct store *store;
	struct slow *slow;
	struct http_door *door;
	unsigned port;
	FILE *log;
	atomic_bool hold; /* /slow and /held go on while this stands */
	atomic_int inside;
} f;

static enum err say_actor(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	buf_str(&r->body, "{\"actor\":");
	http_json(&r->body, t->actor);
	buf_printf(&r->body, ",\"tail\":\"%s\",\"verbose\":%s,\"lane\":%s,\"body\":%zu}", q->tail,
		   q->verbose ? "true" : "false", t->in_lane ? "true" : "false", q->body.n);
	return OK;
}

static enum err pause_it(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	TRY(meta_set(t, "test.paused", "1", 1));
	return say_actor(t, q, r);
}

static enum err refuse_it(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	(void)q;
	(void)r;
	TRY(meta_set(t, "test.refused", "1", 1));
	return fail_reason(t, REASON_PLAN_CHANGED, "the \"plan\" is not the one\nthat was shown");
}

static enum err hold_on(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	atomic_fetch_add(&f.inside, 1);
	while (atomic_load(&f.hold))
		(void)usleep(1000);
	atomic_fetch_sub(&f.inside, 1);
	return say_actor(t, q, r);
}

static enum err be_busy(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	(void)q;
	(void)r;
	t->retry_ms = 1500;
	return fail(t, ERR_AWAY, "not now");
}

static enum err be_broken(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	(void)q;
	(void)r;
	return fail(t, ERR_BROKEN, "a wheel came off");
}

static enum err much(struct turn *t, const struct http_request *q, struct http_reply *r)
{
	(void)t;
	for (int i = 0; i < (*q->tail == 'x' ? 5000 : 500); i++)
		buf_printf(&r->body, "%01000d", i);
	r->type = "text/plain";
	return OK;
}

static const struct http_route routes[] = {
	{ "GET", "/health", METHOD_READ, 0, 0, say_actor },
	{ "GET", "/metrics", METHOD_READ, 0, 0, say_actor },
	{ "GET", "/admin/status", METHOD_READ, ROLE_VIEWER | ROLE_LOOPBACK, 0, say_actor },
	{ "POST", "/admin/pause", METHOD_WRITE, ROLE_OPERATOR | ROLE_LOOPBACK,
	  METHOD_URGENT | METHOD_EMERGENCY, pause_it },
	{ "POST", "/admin/reset/*", METHOD_WRITE, ROLE_OPERATOR | ROLE_LOOPBACK, 0, say_actor },
	{ "POST", "/admin/refuse", METHOD_WRITE, ROLE_OPERATOR | ROLE_LOOPBACK, 0, refuse_it },
	{ "POST", "/money", METHOD_WRITE, ROLE_TREASURER, 0, say_actor },
	{ "POST", "/hb/*", METHOD_WRITE, 0, METHOD_SECRET, say_actor },
	{ "GET", "/health/slow", METHOD_SLOW, 0, 0, hold_on },
	{ "POST", "/admin/held", METHOD_WRITE, ROLE_LOOPBACK, 0, hold_on },
	{ "GET", "/health/busy", METHOD_READ, 0, 0, be_busy },
	{ "GET", "/health/broken", METHOD_READ, 0, 0, be_broken },
	{ "GET", "/health/much*", METHOD_READ, 0, 0, much },
};

static enum err add_identities(struct turn *t, void *arg)
{
	struct identity operator= { .name = "olga", .roles = ROLE_OPERATOR | ROLE_VIEWER };
	struct identity viewer = { .name = "vera", .roles = ROLE_VIEWER };

	(void)arg;
	token_hash(TOKEN_OPERATOR, strlen(TOKEN_OPERATOR), &operator.token);
	token_hash(TOKEN_VIEWER, strlen(TOKEN_VIEWER), &viewer.token);
	TRY(identity_add(t, &operator));
	return identity_add(t, &viewer);
}

static void open_door(int64_t arrive_ms)
{
	struct http_options o = { .address = "127.0.0.1",
				  .routes = routes,
				  .n_routes = sizeof(routes) / sizeof(routes[0]),
				  .slow = f.slow,
				  .arrive_ms = arrive_ms };

	assert_int_equal(http_door_open(&f.t, f.store, &o, &f.door), OK);
	f.port = http_door_port(f.door);
	assert_true(f.port > 0);
}

static void close_door(void)
{
	http_door_close(f.door);
	f.door = NULL;
}

static int open_all(void **state)
{
	struct store_options o = { .path = f.path, .reserve_bytes = 4096 };

	(void)state;
	(void)snprintf(f.folder, sizeof(f.folder), "/tmp/http-XXXXXX");
	assert_non_null(mkdtemp(f.folder));
	(void)snprintf(f.path, sizeof(f.path), "%s/store.db", f.folder);
	f.log = tmpfile();
	assert_non_null(f.log);
	log_open((struct log_options){ .least = LOG_INFO, .fd = fileno(f.log) });
	f.mem = arena_new(1 << 20);
	turn_begin(&f.t, NULL, NULL, f.mem, "test", "test", 60000);
	assert_int_equal(store_open(&f.t, &o, &f.store), OK);
	f.t.store = f.store;
	assert_int_equal(store_session(&f.t, f.store, &f.t.db), OK);
	assert_int_equal(lane_run(&f.t, add_identities, NULL), OK);
	atomic_store(&f.hold, false);
	assert_int_equal(slow_open(&f.t, f.store, &f.slow), OK);
	open_door(0);
	return 0;
}

static int close_all(void **state)
{
	char cmd[96];

	(void)state;
	atomic_store(&f.hold, false);
	close_door();
	slow_close(f.slow);
	store_session_close(f.t.db);
	store_close(f.store);
	arena_free(f.mem);
	log_open((struct log_options){ .least = LOG_INFO, .fd = STDERR_FILENO });
	(void)fclose(f.log);
	(void)snprintf(cmd, sizeof(cmd), "rm -rf '%s'", f.folder);
	return system(cmd) == 0 ? 0 : -1;
}

static const char *logged(void)
{
	static char text[64 * 1024];
	ssize_t n = pread(fileno(f.log), text, sizeof(text) - 1, 0);

	assert_true(n >= 0);
	text[n] = 0;
	return text;
}

static void await_inside(int n)
{
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	while (atomic_load(&f.inside) < n) {
		assert_true(clock_mono_ms() < until);
		(void)usleep(500);
	}
}

/* Asks, and the answer has this status and its body these words. */
static void expect(const char *verb, const char *path, const char *headers, const char *body,
		   int status, const char *words)
{
	struct http_answer a = http_ask(f.port, verb, path, headers, body);

	if (a.status != status || !strstr(a.body, words))
		fail_msg("%s %s [%s]: %d %s; wanted %d %s", verb, path, headers, a.status, a.body,
			 status, words);
	assert_string_equal(http_header(&a, "Cache-Control"), "no-store");
	assert_string_equal(http_header(&a, "Access-Control-Allow-Origin"), "");
	http_answer_free(&a);
}

static void health_answers_anyone_by_any_name(void **state)
{
	(void)state;
	expect("GET", "/health", "", NULL, 200, "\"actor\":\"anonymous\"");
	expect("GET", "/health", "Host: node-7.example\r\n", NULL, 200, "anonymous");
	expect("GET", "/metrics", "Host: node-7.example\r\nOrigin: https://x.example\r\n", NULL,
	       200, "anonymous");
}

static void verbose_is_read_from_the_query(void **state)
{
	(void)state;
	expect("GET", "/health?verbose", "", NULL, 200, "\"verbose\":true");
	expect("GET", "/health?a=b&verbose=1", "", NULL, 200, "\"verbose\":true");
	expect("GET", "/health?verbose=false", "", NULL, 200, "\"verbose\":false");
	expect("GET", "/health?verbosely", "", NULL, 200, "\"verbose\":false");
}

static void head_goes_where_get_goes_and_has_no_body(void **state)
{
	struct http_answer a = http_ask(f.port, "HEAD", "/health", "", NULL);

	(void)state;
	assert_int_equal(a.status, 200);
	assert_int_equal(a.n_body, 0);
	assert_true(strtoul(http_header(&a, "Content-Length"), NULL, 10) > 0);
	assert_string_equal(http_header(&a, "Content-Type"), "application/json");
	http_answer_free(&a);
}

static void an_unknown_path_is_404_in_json(void **state)
{
	(void)state;
	expect("GET", "/", "", NULL, 404,
	       "{\"error\":{\"code\":\"not_found\",\"reason\":\"NOT_FOUND\","
	       "\"message\":\"no such path: /\"}}");
	expect("GET", "/health/", "", NULL, 404, "no such path");
	expect("GET", "/%68ealth", "", NULL, 404, "no such path: /%68ealth");
	expect("GET", "//health", "", NULL, 404, "no such path");
}

static void a_known_path_with_another_verb_is_405_with_allow(void **state)
{
	struct http_answer a = http_ask(f.port, "POST", "/health", "", "");

	(void)state;
	assert_int_equal(a.status, 405);
	assert_string_equal(http_header(&a, "Allow"), "GET, HEAD");
	assert_non_null(strstr(a.body, "POST is not for this path, but GET, HEAD"));
	http_answer_free(&a);
	expect("OPTIONS", "/admin/pause", "", NULL, 405, "but POST");
	expect("GET", "/admin/pause", "", NULL, 405, "but POST");
}

static void a_tail_is_one_plain_word(void **state)
{
	char path[300] = "/admin/reset/";

	(void)state;
	expect("POST", "/admin/reset/wallet-001", "", "", 200, "\"tail\":\"wallet-001\"");
	expect("POST", "/admin/reset/", "", "", 404, "no such path");
	expect("POST", "/admin/reset/a/b", "", "", 404, "no such path");
	expect("POST", "/admin/reset/a%00b", "", "", 404, "no such path");
	memset(path + 13, 'w', 128);
	expect("POST", path, "", "", 200, "wwww");
	memset(path + 13, 'w', 129);
	expect("POST", path, "", "", 404, "no such path");
}

static void on_loopback_no_token_is_needed(void **state)
{
	static const char *const hosts[] = { "localhost",   "LOCALHOST:8080", "127.0.0.1",
					     "127.3.2.1:1", "[::1]",          "[::1]:65535" };

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		char header[80];

		(void)snprintf(header, sizeof(header), "Host: %s\r\n", hosts[i]);
		expect("GET", "/admin/status", header, NULL, 200, "\"actor\":\"loopback\"");
	}
	expect("POST", "/admin/pause", "", NULL, 200, "\"actor\":\"loopback\"");
}

static void a_foreign_host_is_refused_without_a_token(void **state)
{
	static const char *const hosts[] = {
		"evil.example",
		"127.0.0.1.evil.example",
		"localhost.evil.example",
		"[::2]",
		"192.168.0.1:8080",
		"localhost:80a",
		"localhost:123456",
		"[::1",
		"127.1",
		"0x7f.0.0.1",
		"",
		"[127.0.0.1]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		char header[80];

		(void)snprintf(header, sizeof(header), "Host: %s\r\n", hosts[i]);
		expect("POST", "/admin/pause", header, "", 403, "PERMISSION_DENIED");
	}
	/* Its proof is in the path, which no page knows; people reach it through a proxy's name. */
	expect("POST", "/hb/abc", "Host: fleet.example\r\n", "", 200, "\"tail\":\"abc\"");
}

static void what_a_browser_or_a_proxy_sends_needs_a_token(void **state)
{
	(void)state;
	expect("POST", "/admin/pause", "Origin: http://localhost:8080\r\n", "", 401,
	       "UNAUTHENTICATED");
	expect("POST", "/admin/pause", "Origin: null\r\n", "", 401, "UNAUTHENTICATED");
	expect("POST", "/admin/pause", "X-Forwarded-For: 10.0.0.9\r\n", "", 401, "UNAUTHENTICATED");
	expect("POST", "/admin/pause", "Via: 1.1 proxy\r\n", "", 401, "UNAUTHENTICATED");
	expect("POST", "/admin/pause", "Origin: http://x\r\n" BEARER(TOKEN_OPERATOR), "", 200,
	       "\"actor\":\"olga\"");
}

static void a_token_gives_its_identity_by_any_name(void **state)
{
	(void)state;
	expect("GET", "/admin/status", BEARER(TOKEN_VIEWER), NULL, 200, "\"actor\":\"vera\"");
	expect("GET", "/admin/status", "Host: fleet.example\r\n" BEARER(TOKEN_VIEWER), NULL, 200,
	       "\"actor\":\"vera\"");
	/* A token that may less than loopback is not more for being on loopback. */
	expect("POST", "/admin/pause", BEARER(TOKEN_VIEWER), "", 403, "PERMISSION_DENIED");
	expect("POST", "/admin/pause", BEARER("gf_wrong"), "", 401, "UNAUTHENTICATED");
	expect("POST", "/admin/pause", "Authorization: Basic eDp5\r\n", "", 401, "UNAUTHENTICATED");
}

static void nothing_for_money_works_without_a_token(void **state)
{
	struct http_answer a = http_ask(f.port, "POST", "/money", "", "");

	(void)state;
	assert_int_equal(a.status, 401);
	assert_string_equal(http_header(&a, "WWW-Authenticate"), "Bearer realm=\"ghost-fleet\"");
	http_answer_free(&a);
	expect("POST", "/money", BEARER(TOKEN_OPERATOR), "", 403, "treasurer");
}

static void a_header_that_decides_may_not_come_twice(void **state)
{
	(void)state;
	expect("POST", "/admin/pause", "Host: localhost\r\nHost: evil.example\r\n", "", 400, "");
	expect("POST", "/admin/pause", BEARER("a") BEARER(TOKEN_OPERATOR), "", 400, "came twice");
}

static void a_change_runs_in_the_lane_and_is_logged(void **state)
{
	struct bytes kept;

	(void)state;
	expect("POST", "/admin/pause", "", NULL, 200, "\"lane\":true");
	assert_int_equal(meta_get(&f.t, "test.paused", &kept), OK);
	assert_non_null(strstr(logged(), "msg=http"));
	assert_non_null(strstr(logged(), "verb=POST path=/admin/pause status=200"));
	assert_non_null(strstr(logged(), "actor=loopback"));
	assert_null(strstr(logged(), "path=/health"));
}

static void a_refused_change_keeps_nothing_and_says_why(void **state)
{
	struct bytes kept;

	(void)state;
	expect("POST", "/admin/refuse", "", "", 409,
	       "{\"error\":{\"code\":\"failed_precondition\",\"reason\":\"PLAN_CHANGED\","
	       "\"message\":"
	       "\"the \\\"plan\\\" is not the one that was shown\"}}");
	assert_int_equal(meta_get(&f.t, "test.refused", &kept), ERR_MISSING);
	assert_non_null(strstr(logged(), "status=409"));
}

static void text_is_escaped_for_json(void **state)
{
	struct buf b = buf_in(f.mem, 200);

	(void)state;
	http_json(&b, "\"a\\b\n\x7f \xc3\xa9 \xf0\x9f\x98\x80 \xff \xe2\x82");
	assert_string_equal(buf_text(&b), "\"\\\"a\\\\b\\u000a\\u007f \xc3\xa9 \xf0\x9f\x98\x80 "
					  "\\ufffd \\ufffd\\ufffd\"");
}

static void a_secret_tail_is_not_logged(void **state)
{
	(void)state;
	expect("POST", "/hb/s3cr3t", "", "", 200, "\"actor\":\"anonymous\"");
	assert_null(strstr(logged(), "s3cr3t"));
	assert_non_null(strstr(logged(), "path=/hb/*"));
}

static void retry_after_is_told(void **state)
{
	struct http_answer a = http_ask(f.port, "GET", "/health/busy", "", NULL);

	(void)state;
	assert_int_equal(a.status, 503);
	assert_string_equal(http_header(&a, "Retry-After"), "2");
	http_answer_free(&a);
}

static void a_fault_of_ours_is_500_and_logged_as_broken(void **state)
{
	(void)state;
	expect("GET", "/health/broken", "", NULL, 500, "\"code\":\"internal\"");
	assert_non_null(strstr(logged(), "msg=broken"));
	assert_non_null(strstr(logged(), "a wheel came off"));
}

static void bodies_must_be_json_and_small(void **state)
{
	char *big = calloc(1, 70000);

	(void)state;
	memset(big, ' ', 65536);
	expect("POST", "/admin/pause", JSON_TYPE, "{}", 200, "\"body\":2");
	expect("POST", "/admin/pause", "Content-Type: application/json; charset=utf-8\r\n", "{}",
	       200, "\"body\":2");
	expect("POST", "/admin/pause", "Content-Type: text/plain\r\n", "{}", 415, "text/plain");
	expect("POST", "/admin/pause", "Content-Type: application/jsonx\r\n", "{}", 415, "jsonx");
	expect("POST", "/admin/pause", "", "{}", 415, "of no type");
	expect("POST", "/admin/pause", JSON_TYPE, big, 200, "\"body\":65536");
	memset(big, ' ', 65537);
	expect("POST", "/admin/pause", JSON_TYPE, big, 413, "65537 bytes; at most 65536");
	free(big);
}

static void a_long_body_in_chunks_is_refused_too(void **state)
{
	static const char head[] = "POST /admin/pause HTTP/1.1\r\nHost: localhost\r\n" JSON_TYPE
				   "Transfer-Encoding: chunked\r\n\r\n";
	char chunk[8 + 4096 + 2] = "1000\r\n";
	int fd = http_connect(f.port);

	(void)state;
	memset(chunk + 6, ' ', 4096);
	memcpy(chunk + 6 + 4096, "\r\n", 2);
	http_send(fd, head, sizeof(head) - 1);
	for (int i = 0; i < 17; i++)
		http_send(fd, chunk, 6 + 4096 + 2);
	http_send(fd, "0\r\n\r\n", 5);
	struct http_answer a = http_receive(fd, false);

	assert_int_equal(a.status, 413);
	http_answer_free(&a);
	(void)close(fd);
}

static void a_long_header_is_refused(void **state)
{
	char *big = calloc(1, 40000);

	(void)state;
	memcpy(big, "X: ", 3);
	memset(big + 3, 'x', 9000);
	memcpy(big + 9003, "\r\n", 3);
	expect("GET", "/admin/status", big, NULL, 431, "at most 8192");
	memset(big + 3, 'x', 39000);
	memcpy(big + 39003, "\r\n", 3);
	struct http_answer a = http_ask(f.port, "GET", "/admin/status", big, NULL);

	assert_true(a.status == 431 || a.status == 413);
	http_answer_free(&a);
	free(big);
}

static void garbage_is_refused_and_the_door_stands(void **state)
{
	static const char *const garbage[] = {
		"\x16\x03\x01\x02\x01\xfc\x03\x03\r\n\r\n",
		"GET\r\n\r\n",
		"GET /health HTTP/9.9\r\n\r\n",
		"GET /health HTTP/1.1\r\n\r\n", /* no Host */
		"POST /admin/pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
		"POST /admin/pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
		"99999999999999999999999"
		"\r\n\r\n",
		"POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		int fd = http_connect(f.port);

		http_send(fd, garbage[i], strlen(garbage[i]));
		(void)shutdown(fd, SHUT_WR);
		struct http_answer a = http_receive(fd, false);

		if (a.status != 0 && (a.status < 400 || a.status == 500))
			fail_msg("garbage %zu: %d %s", i, a.status, a.body);
		http_answer_free(&a);
		(void)close(fd);
	}
	expect("GET", "/health", "", NULL, 200, "anonymous");
}

static void a_request_that_does_not_arrive_is_408(void **state)
{
	static const char head[] = "POST /admin/pause HTTP/1.1\r\nHost: localhost\r\n" JSON_TYPE
				   "Content-Length: 10\r\n\r\n{";

	(void)state;
	close_door();
	open_door(100);
	int slow = http_connect(f.port), silent = http_connect(f.port);

	http_send(slow, head, sizeof(head) - 1);
	struct http_answer a = http_receive(slow, false);

	assert_int_equal(a.status, 408);
	assert_non_null(strstr(a.body, "deadline_exceeded"));
	http_answer_free(&a);
	a = http_receive(silent, false);
	assert_int_equal(a.status, 0);
	http_answer_free(&a);
	(void)close(slow);
	(void)close(silent);
	expect("GET", "/health", "", NULL, 200, "anonymous");
}

static void a_connection_serves_many_requests(void **state)
{
	static const char two[] = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
				  "POST /admin/reset/a HTTP/1.1\r\nHost: localhost\r\n\r\n"
				  "GET /admin/status HTTP/1.1\r\nHost: localhost\r\n\r\n";
	int fd = http_connect(f.port);

	(void)state;
	for (int i = 0; i < 50; i++) {
		http_send(fd, two, sizeof(two) - 1);
		for (int j = 0; j < 3; j++) {
			struct http_answer a = http_receive(fd, false);

			assert_int_equal(a.status, 200);
			assert_int_equal(!!strstr(a.body, "\"lane\":true"), j == 1);
			http_answer_free(&a);
		}
	}
	(void)close(fd);
}

static void a_long_answer_arrives_whole_and_too_long_is_our_fault(void **state)
{
	struct http_answer a = http_ask(f.port, "GET", "/health/much1", "", NULL);

	(void)state;
	assert_int_equal(a.status, 200);
	assert_int_equal(a.n_body, 500000);
	assert_string_equal(http_header(&a, "Content-Type"), "text/plain");
	http_answer_free(&a);
	expect("GET", "/health/muchx", "", NULL, 500, "the answer is above");
}

static int count_of(const char *text, const char *word)
{
	int n = 0;

	for (; (text = strstr(text, word)) != NULL; text++)
		n++;
	return n;
}

static void *ask_slow(void *arg)
{
	struct http_answer a = http_ask(f.port, "GET", "/health/slow", "", NULL);

	(void)arg;
	int status = a.status;

	http_answer_free(&a);
	return (void *)(intptr_t)status;
}

static void slow_calls_hold_up_nobody_and_wait_in_a_short_queue(void **state)
{
	enum { ASKERS = 20 };
	pthread_t thread[ASKERS];
	int full = 0, done = 0;

	(void)state;
	atomic_store(&f.hold, true);
	assert_int_equal(pthread_create(&thread[0], NULL, ask_slow, NULL), 0);
	await_inside(1);
	for (int i = 1; i < ASKERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, ask_slow, NULL), 0);
	expect("GET", "/health", "", NULL, 200, "anonymous");
	expect("POST", "/admin/pause", "", "", 200, "loopback");

	/* One runs and sixteen wait: the others are told so at once. */
	int64_t until = clock_mono_ms() + PATIENCE_MS;

	while (count_of(logged(), "status=429") < ASKERS - 17) {
		assert_true(clock_mono_ms() < until);
		(void)usleep(1000);
	}
	atomic_store(&f.hold, false);
	for (int i = 0; i < ASKERS; i++) {
		void *status;

		assert_int_equal(pthread_join(thread[i], &status), 0);
		done += (intptr_t)status == 200;
		full += (intptr_t)status == 429;
	}
	assert_int_equal(done + full, ASKERS);
	assert_int_equal(full, ASKERS - 17);
}

static void *let_go(void *arg)
{
	int64_t until = clock_mono_ms() + 100;

	(void)arg;
	while (clock_mono_ms() < until)
		(void)usleep(1000);
	atomic_store(&f.hold, false);
	return NULL;
}

static void closing_answers_what_runs(void **state)
{
	static const char ask[] = "POST /admin/held HTTP/1.1\r\nHost: localhost\r\n\r\n";
	int fd = http_connect(f.port);
	pthread_t thread;

	(void)state;
	atomic_store(&f.hold, true);
	http_send(fd, ask, sizeof(ask) - 1);
	await_inside(1);
	assert_int_equal(pthread_create(&thread, NULL, let_go, NULL), 0);
	close_door();
	assert_int_equal(pthread_join(thread, NULL), 0);
	struct http_answer a = http_receive(fd, false);

	assert_int_equal(a.status, 200);
	http_answer_free(&a);
	(void)close(fd);
}

static void a_caller_who_leaves_early_harms_nobody(void **state)
{
	static const char ask[] = "POST /admin/held HTTP/1.1\r\nHost: localhost\r\n\r\n";
	int fd = http_connect(f.port);

	(void)state;
	atomic_store(&f.hold, true);
	http_send(fd, ask, sizeof(ask) - 1);
	await_inside(1);
	(void)close(fd);
	expect("GET", "/health", "", NULL, 200, "anonymous");
	atomic_store(&f.hold, false);
	expect("POST", "/admin/pause", "", "", 200, "loopback");
}

static void a_taken_port_names_its_holder(void **state)
{
	struct http_options o = { .address = "127.0.0.1", .port = f.port };
	struct http_door *second = NULL;
	char holder[64];

	(void)state;
	(void)snprintf(holder, sizeof(holder), "held by pid %d (", getpid());
	assert_int_equal(http_door_open(&f.t, f.store, &o, &second), ERR_EXISTS);
	assert_non_null(strstr(f.t.why, holder));
	assert_null(second);
	o = (struct http_options){ .address = "somewhere" };
	assert_int_equal(http_door_open(&f.t, f.store, &o, &second), ERR_INVALID);
	assert_non_null(strstr(f.t.why, "'somewhere' is not an IP address"));
}

static void more_connections_than_the_limit_wait_for_room(void **state)
{
	enum { MANY = 300 };
	static const char ask[] = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
	static int fd[MANY];

	(void)state;
	for (int i = 0; i < MANY; i++) {
		fd[i] = http_connect(f.port);
		http_send(fd[i], ask, sizeof(ask) - 1);
	}
	for (int i = 0; i < MANY; i++) {
		struct http_answer a = http_receive(fd[i], false);

		/* Beyond the limit a connection is closed or served later, never left hanging. */
		assert_true(a.status == 200 || a.status == 0);
		http_answer_free(&a);
		(void)close(fd[i]);
	}
	expect("GET", "/health", "", NULL, 200, "anonymous");
}

static void *ask_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < 25; i++) {
		struct http_answer a =
			http_ask(f.port, i % 2 ? "POST" : "GET",
				 i % 2 ? "/admin/reset/wallet-1" : "/admin/status", "", NULL);

		if (a.status != 200)
			return (void *)1;
		http_answer_free(&a);
	}
	return NULL;
}

static void many_callers_at_once_are_all_answered(void **state)
{
	enum { CALLERS = 16 };
	pthread_t thread[CALLERS];

	(void)state;
	for (int i = 0; i < CALLERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, ask_often, NULL), 0);
	for (int i = 0; i < CALLERS; i++) {
		void *failed;

		assert_int_equal(pthread_join(thread[i], &failed), 0);
		assert_null(failed);
	}
}

#define AT_THE_DOOR(test) cmocka_unit_test_setup_teardown(test, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AT_THE_DOOR(health_answers_anyone_by_any_name),
		AT_THE_DOOR(verbose_is_read_from_the_query),
		AT_THE_DOOR(head_goes_where_get_goes_and_has_no_body),
		AT_THE_DOOR(an_unknown_path_is_404_in_json),
		AT_THE_DOOR(a_known_path_with_another_verb_is_405_with_allow),
		AT_THE_DOOR(a_tail_is_one_plain_word),
		AT_THE_DOOR(on_loopback_no_token_is_needed),
		AT_THE_DOOR(a_foreign_host_is_refused_without_a_token),
		AT_THE_DOOR(what_a_browser_or_a_proxy_sends_needs_a_token),
		AT_THE_DOOR(a_token_gives_its_identity_by_any_name),
		AT_THE_DOOR(nothing_for_money_works_without_a_token),
		AT_THE_DOOR(a_header_that_decides_may_not_come_twice),
		AT_THE_DOOR(a_change_runs_in_the_lane_and_is_logged),
		AT_THE_DOOR(a_refused_change_keeps_nothing_and_says_why),
		AT_THE_DOOR(text_is_escaped_for_json),
		AT_THE_DOOR(a_secret_tail_is_not_logged),
		AT_THE_DOOR(retry_after_is_told),
		AT_THE_DOOR(a_fault_of_ours_is_500_and_logged_as_broken),
		AT_THE_DOOR(bodies_must_be_json_and_small),
		AT_THE_DOOR(a_long_body_in_chunks_is_refused_too),
		AT_THE_DOOR(a_long_header_is_refused),
		AT_THE_DOOR(garbage_is_refused_and_the_door_stands),
		AT_THE_DOOR(a_request_that_does_not_arrive_is_408),
		AT_THE_DOOR(a_connection_serves_many_requests),
		AT_THE_DOOR(a_long_answer_arrives_whole_and_too_long_is_our_fault),
		AT_THE_DOOR(slow_calls_hold_up_nobody_and_wait_in_a_short_queue),
		AT_THE_DOOR(closing_answers_what_runs),
		AT_THE_DOOR(a_caller_who_leaves_early_harms_nobody),
		AT_THE_DOOR(a_taken_port_names_its_holder),
		AT_THE_DOOR(more_connections_than_the_limit_wait_for_room),
		AT_THE_DOOR(many_callers_at_once_are_all_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
