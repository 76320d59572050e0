/* HTTP asks against a server that misbehaves: what was sent, what may have been received. */
#include "tests/support/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/net/http.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "tests/support/httpd.h"

static struct turn t;
static struct http_client *client;
static struct httpd *server;

static void turn_for(int64_t ms)
{
	struct arena *mem = t.mem;

	turn_end(&t);
	turn_begin(&t, NULL, NULL, mem, "test", "test", ms);
}

static int setup(void **state)
{
	(void)state;
	turn_begin(&t, NULL, NULL, arena_new(64 << 20), "test", "test", 20000);
	return http_open(&t, &(struct http_options){ .connections = 4 }, &client) == OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	httpd_stop(server);
	server = NULL;
	http_close(client);
	arena_free(t.mem);
	return 0;
}

static struct http_ask post(const char *url, const char *body)
{
	return (struct http_ask){ .url = url, .body = { (const uint8_t *)body, strlen(body) } };
}

/* What a test told the server is what the server sees, and what it noted the test sees. */
static void meet(void)
{
	if (!server)
		return;
	httpd_lock(server);
	httpd_unlock(server);
}

static struct http_answer *ask_many(const struct http_ask *asks, size_t n)
{
	meet();
	struct http_answer *a = http_ask_many(&t, client, asks, n);

	meet();
	return a;
}

static struct http_answer ask_one(struct http_ask a)
{
	return ask_many(&a, 1)[0];
}

static void start(httpd_fn *fn, void *arg)
{
	server = httpd_start(fn, arg);
}

static void say_back(void *arg, const struct httpd_request *q, struct httpd_reply *r)
{
	(void)arg;
	r->body = httpd_text("%s", q->body);
}

static void asks_are_answered_in_their_places(void **state)
{
	enum { N = 50 };
	struct http_ask asks[N];

	(void)state;
	start(say_back, NULL);
	for (int i = 0; i < N; i++)
		asks[i] = post(httpd_url(server), turn_printf(&t, "body %d", i));
	struct http_answer *a = ask_many(asks, N);

	for (int i = 0; i < N; i++) {
		assert_int_equal(a[i].outcome, HTTP_ANSWERED);
		assert_int_equal(a[i].status, 200);
		assert_string_equal(a[i].body.p, asks[i].body.p);
		assert_true(a[i].took_us > 0);
	}
}

static void connections_are_kept_and_capped(void **state)
{
	struct http_ask asks[20];

	(void)state;
	start(say_back, NULL);
	for (int i = 0; i < 20; i++)
		asks[i] = post(httpd_url(server), "x");
	for (int i = 0; i < 5; i++)
		(void)ask_many(asks, 20);
	assert_int_equal(httpd_requests(server), 100);
	assert_true(httpd_connections(server) <= 4);
}

static void look_at_head(void *arg, const struct httpd_request *q, struct httpd_reply *r)
{
	(void)arg;
	r->body = httpd_text("%s", q->head);
}

static void a_get_has_its_headers_and_no_body(void **state)
{
	static const char *const headers[] = { "Authorization: Bearer x" };

	(void)state;
	start(look_at_head, NULL);
	struct http_answer a = ask_one(
		(struct http_ask){ .url = httpd_url(server), .headers = headers, .n_headers = 1 });

	assert_int_equal(a.outcome, HTTP_ANSWERED);
	assert_non_null(strstr((const char *)a.body.p, "GET / HTTP/1.1"));
	assert_non_null(strstr((const char *)a.body.p, "Authorization: Bearer x"));
	assert_null(strcasestr((const char *)a.body.p, "accept-encoding"));
	assert_null(strcasestr((const char *)a.body.p, "expect:"));
}

/* A port that nobody listens on. */
static const char *closed_port(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	close(fd);
	return turn_printf(&t, "http://127.0.0.1:%u/", ntohs(at.sin_port));
}

static void a_refused_connection_sent_nothing(void **state)
{
	(void)state;
	struct http_answer a = ask_one(post(closed_port(), "x"));

	assert_int_equal(a.outcome, HTTP_NO_CONNECT);
	assert_string_equal(a.layer, "TCP");
	assert_non_null(strstr(a.said, "connect"));
}

static void an_unknown_host_sent_nothing(void **state)
{
	(void)state;
	struct http_ask q = post("http://no-such-host.invalid/", "x");

	q.within_ms = 3000;
	struct http_answer a = ask_one(q);

	assert_int_equal(a.outcome, HTTP_NO_CONNECT);
	assert_string_equal(a.layer, "DNS");
}

/* The server waits for a request that never comes in clear. */
static void tls_that_is_none_sent_nothing(void **state)
{
	(void)state;
	start(say_back, NULL);
	http_close(client);
	assert_int_equal(http_open(&t, &(struct http_options){ .connect_ms = 200 }, &client), OK);
	struct http_answer a =
		ask_one(post(turn_printf(&t, "https%s", httpd_url(server) + 4), "x"));

	assert_int_equal(a.outcome, HTTP_NO_CONNECT);
	assert_string_equal(a.layer, "TLS");
	assert_int_equal(httpd_requests(server), 0);
}

static void only_http_is_spoken(void **state)
{
	static const char *const urls[] = { "file:///etc/passwd", "ftp://127.0.0.1/",
					    "gopher://127.0.0.1/", "not a url" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct http_answer a = ask_one((struct http_ask){ .url = urls[i] });

		assert_int_equal(a.outcome, HTTP_NO_CONNECT);
		assert_string_equal(a.layer, "URL");
	}
}

static void a_connection_closed_at_once_may_have_received(void **state)
{
	(void)state;
	start(NULL, NULL);
	struct http_answer a = ask_one(post(httpd_url(server), "x"));

	assert_int_equal(a.outcome, HTTP_NO_ANSWER);
	assert_string_equal(a.layer, "HTTP");
	assert_int_equal(httpd_connections(server), 1);
}

static void hang_up_on_the_second(void *arg, const struct httpd_request *q, struct httpd_reply *r)
{
	(void)arg;
	r->how = q->number == 2 ? HTTPD_CLOSE : HTTPD_WHOLE;
}

/* curl by itself would send it again on a new connection. */
static void a_kept_connection_that_dies_is_not_asked_again(void **state)
{
	(void)state;
	start(hang_up_on_the_second, NULL);
	struct http_answer a = ask_one(post(httpd_url(server), "1"));

	assert_int_equal(a.outcome, HTTP_ANSWERED);
	a = ask_one(post(httpd_url(server), "2"));
	assert_int_equal(a.outcome, HTTP_NO_ANSWER);
	assert_int_equal(httpd_requests(server), 2);
	a = ask_one(post(httpd_url(server), "3"));
	assert_int_equal(a.outcome, HTTP_ANSWERED);
	assert_int_equal(httpd_requests(server), 3);
}

static void reply_as_told(void *arg, const struct httpd_request *q, struct httpd_reply *r)
{
	const struct httpd_reply *told = arg;

	(void)q;
	*r = *told;
	r->body = told->body ? httpd_text("%s", told->body) : NULL;
}

static void a_late_answer_may_have_been_received(void **state)
{
	struct httpd_reply late = { .delay_ms = 10000 };
	struct http_ask q;

	(void)state;
	start(reply_as_told, &late);
	q = post(httpd_url(server), "x");
	q.within_ms = 100;
	int64_t from = clock_mono_ms();
	struct http_answer a = ask_one(q);

	assert_int_equal(a.outcome, HTTP_NO_ANSWER);
	assert_non_null(strstr(a.said, "timed out"));
	assert_true(clock_mono_ms() - from < 5000);
}

static void the_turns_deadline_holds(void **state)
{
	struct httpd_reply late = { .delay_ms = 10000 };
	struct http_ask q;

	(void)state;
	start(reply_as_told, &late);
	q = post(httpd_url(server), "x");
	q.within_ms = 10000;
	turn_for(100);
	q.url = httpd_url(server);
	int64_t from = clock_mono_ms();

	assert_int_equal(ask_one(q).outcome, HTTP_NO_ANSWER);
	assert_true(clock_mono_ms() - from < 5000);
	turn_for(0);
	struct http_answer a = ask_one(post(httpd_url(server), "x"));

	assert_int_equal(a.outcome, HTTP_NO_CONNECT);
	assert_string_equal(a.layer, "");
	assert_non_null(strstr(a.said, "deadline"));
}

static void a_cut_answer_is_none(void **state)
{
	struct httpd_reply cut = { .how = HTTPD_CUT, .body = (char *)(uintptr_t) "0123456789" };

	(void)state;
	start(reply_as_told, &cut);
	assert_int_equal(ask_one(post(httpd_url(server), "x")).outcome, HTTP_NO_ANSWER);
}

static void garbage_is_no_answer(void **state)
{
	struct httpd_reply raw = { .how = HTTPD_RAW,
				   .body = (char *)(uintptr_t) "SSH-2.0-OpenSSH_9.2\r\n" };

	(void)state;
	start(reply_as_told, &raw);
	assert_int_equal(ask_one(post(httpd_url(server), "x")).outcome, HTTP_NO_ANSWER);
}

static char *long_text(size_t n)
{
	char *s = turn_alloc(&t, n + 1);

	memset(s, 'a', n);
	return s;
}

static void chunks_are_put_together(void **state)
{
	struct httpd_reply chunked = { .how = HTTPD_CHUNKED, .body = long_text(100000) };

	(void)state;
	start(reply_as_told, &chunked);
	struct http_answer a = ask_one(post(httpd_url(server), "x"));

	assert_int_equal(a.outcome, HTTP_ANSWERED);
	assert_string_equal(a.body.p, chunked.body);
}

static void a_too_big_answer_is_cut_off(void **state)
{
	struct httpd_reply big = { .body = long_text(100000) };
	static const enum httpd_how hows[] = { HTTPD_WHOLE, HTTPD_CHUNKED };

	(void)state;
	start(reply_as_told, &big);
	for (size_t i = 0; i < 2; i++) {
		struct http_ask q = post(httpd_url(server), "x");

		big.how = hows[i];
		q.max_answer = 99999;
		struct http_answer a = ask_one(q);

		assert_int_equal(a.outcome, HTTP_TOO_BIG);
		assert_non_null(strstr(a.said, "99999"));
		q.max_answer = 100000;
		assert_int_equal(ask_one(q).outcome, HTTP_ANSWERED);
	}
}

static void endless_headers_are_cut_off(void **state)
{
	struct buf b = buf_in(t.mem, 1 << 20);

	for (int i = 0; i < 2000; i++)
		buf_printf(&b, "X-Header-%d: %.60s\r\n", i,
			   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	struct httpd_reply r = { .extra = buf_text(&b) };

	(void)state;
	start(reply_as_told, &r);
	assert_int_equal(ask_one(post(httpd_url(server), "x")).outcome, HTTP_TOO_BIG);
}

static void retry_after_is_read_in_both_forms(void **state)
{
	struct httpd_reply r = { .status = 429, .extra = "Retry-After: 7\r\n" };

	(void)state;
	start(reply_as_told, &r);
	struct http_answer a = ask_one(post(httpd_url(server), "x"));

	assert_int_equal(a.outcome, HTTP_ANSWERED);
	assert_int_equal(a.status, 429);
	assert_int_equal(a.retry_after_ms, 7000);
	r.extra = "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n";
	assert_true(ask_one(post(httpd_url(server), "x")).retry_after_ms > 3600000);
	r.extra = NULL;
	assert_int_equal(ask_one(post(httpd_url(server), "x")).retry_after_ms, -1);
}

static void redirects_are_not_followed(void **state)
{
	struct httpd_reply r = { .status = 302 };

	(void)state;
	start(reply_as_told, &r);
	r.extra = turn_printf(&t, "Location: %selsewhere\r\n", httpd_url(server));
	struct http_answer a = ask_one((struct http_ask){ .url = httpd_url(server) });

	assert_int_equal(a.status, 302);
	assert_int_equal(httpd_requests(server), 1);
}

static void proxies_of_the_environment_are_not_used(void **state)
{
	(void)state;
	start(say_back, NULL);
	setenv("http_proxy", closed_port(), 1);
	setenv("all_proxy", closed_port(), 1);
	assert_int_equal(ask_one(post(httpd_url(server), "x")).outcome, HTTP_ANSWERED);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
}

struct order {
	char seen[64];
	size_t n;
};

static void note_order(void *arg, const struct httpd_request *q, struct httpd_reply *r)
{
	struct order *o = arg;

	if (o->n < sizeof(o->seen) - 1)
		o->seen[o->n++] = q->body[0];
	r->delay_ms = 2;
	if (q->body[0] == 'x')
		r->status = 500;
}

static void a_lane_goes_in_order(void **state)
{
	struct order o = { 0 };
	struct http_ask asks[20];

	(void)state;
	start(note_order, &o);
	for (int i = 0; i < 20; i++) {
		asks[i] = post(httpd_url(server), turn_printf(&t, "%c", 'a' + i));
		asks[i].lane = 7;
	}
	(void)ask_many(asks, 20);
	assert_string_equal(o.seen, "abcdefghijklmnopqrst");
	assert_int_equal(httpd_connections(server), 1);
}

static void a_lane_stops_at_its_first_failure(void **state)
{
	struct order o = { 0 };
	struct http_ask asks[6];

	(void)state;
	start(note_order, &o);
	for (int i = 0; i < 6; i++) {
		asks[i] = post(httpd_url(server), i == 1 ? "x" : "a");
		asks[i].lane = i < 4 ? 1 : 2;
	}
	struct http_answer *a = ask_many(asks, 6);

	assert_int_equal(a[0].status, 200);
	assert_int_equal(a[1].status, 500);
	for (int i = 2; i < 4; i++) {
		assert_int_equal(a[i].outcome, HTTP_NO_CONNECT);
		assert_non_null(strstr(a[i].said, "held back"));
	}
	assert_int_equal(a[4].status, 200);
	assert_int_equal(a[5].status, 200);
	assert_int_equal(httpd_requests(server), 4);
}

static void answer_slowly(void *arg, const struct httpd_request *q, struct httpd_reply *r)
{
	(void)arg;
	(void)q;
	r->delay_ms = 120;
}

/* The leave to send ages while others of the lane are under way. */
static void what_cannot_begin_in_time_is_not_sent(void **state)
{
	struct http_ask asks[3];
	int64_t by = clock_mono_ms() + 60;

	(void)state;
	start(answer_slowly, NULL);
	for (int i = 0; i < 3; i++) {
		asks[i] = post(httpd_url(server), "a");
		asks[i].lane = 1;
		asks[i].begin_by = i < 2 ? by : 0;
	}
	struct http_answer *a = ask_many(asks, 3);

	assert_int_equal(a[0].status, 200);
	assert_int_equal(a[1].outcome, HTTP_NO_CONNECT);
	assert_non_null(strstr(a[1].said, "could not begin in time"));
	assert_int_equal(a[2].status, 200);
	assert_int_equal(httpd_requests(server), 2);
}

static void an_answer_past_the_turns_memory_is_too_big(void **state)
{
	struct httpd_reply big = { .body = long_text(5 << 20) };
	struct arena *mem = t.mem;

	(void)state;
	start(reply_as_told, &big);
	t.mem = arena_new(1 << 20);
	struct http_answer a = ask_one(post(httpd_url(server), "x"));

	assert_int_equal(a.outcome, HTTP_TOO_BIG);
	assert_non_null(strstr(a.said, "memory"));
	arena_free(t.mem);
	t.mem = mem;
}

static void a_missing_certificate_file_is_said(void **state)
{
	struct http_client *c;

	(void)state;
	assert_int_equal(http_open(&t, &(struct http_options){ .ca_file = "/nowhere.pem" }, &c),
			 ERR_INVALID);
	assert_non_null(strstr(t.why, "/nowhere.pem"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(asks_are_answered_in_their_places),
		T(connections_are_kept_and_capped),
		T(a_get_has_its_headers_and_no_body),
		T(a_refused_connection_sent_nothing),
		T(an_unknown_host_sent_nothing),
		T(tls_that_is_none_sent_nothing),
		T(only_http_is_spoken),
		T(a_connection_closed_at_once_may_have_received),
		T(a_kept_connection_that_dies_is_not_asked_again),
		T(a_late_answer_may_have_been_received),
		T(the_turns_deadline_holds),
		T(a_cut_answer_is_none),
		T(garbage_is_no_answer),
		T(chunks_are_put_together),
		T(a_too_big_answer_is_cut_off),
		T(endless_headers_are_cut_off),
		T(retry_after_is_read_in_both_forms),
		T(redirects_are_not_followed),
		T(proxies_of_the_environment_are_not_used),
		T(a_lane_goes_in_order),
		T(a_lane_stops_at_its_first_failure),
		T(what_cannot_begin_in_time_is_not_sent),
		T(an_answer_past_the_turns_memory_is_too_big),
		T(a_missing_certificate_file_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
