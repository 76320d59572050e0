/* Method rows by HTTP, as the Connect protocol wants them, beside a gRPC door on the same store. */
#include "server/door/http_rpc.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ghostfleet/v1/fleet.pb-c.h"
#include "ghostfleet/v1/wallet.pb-c.h"
#include "store/events.h"
#include "tests/support/door.h"
#include "tests/support/http_ask.h"
#include "tests/support/test.h"

#define FLEET     "/ghostfleet.v1.FleetService/"
#define WALLETS   "/ghostfleet.v1.WalletService/"
#define AS(who)   "Authorization: Bearer gf_" who "\r\n"
#define JSON      "Content-Type: application/json\r\n"
#define PROTO     "Content-Type: application/proto\r\n"
#define TIMEOUT   "Connect-Timeout-Ms: "
#define ERRORINFO "\"type\":\"google.rpc.ErrorInfo\",\"value\":\""

static struct door_fixture d;
static struct http_door *door;
static unsigned port;
static atomic_int writes, slows, counts;

static enum err get_fleet(struct turn *t, const void *in, void *out)
{
	Ghostfleet__V1__GetFleetResponse *r = out;
	Ghostfleet__V1__Fleet *f = turn_alloc(t, sizeof(*f));

	(void)in;
	ghostfleet__v1__fleet__init(f);
	f->total_balance = turn_strdup(t, t->actor);
	f->last_event_id = 9007199254740993;
	r->fleet = f;
	return OK;
}

static enum err get_wallet(struct turn *t, const void *in, void *out)
{
	const Ghostfleet__V1__GetWalletRequest *q = in;

	(void)out;
	if (strcmp(q->name, "wallets/left") == 0)
		return fail(t, ERR_REFUSED, "%lld s left",
			    (long long)(turn_left_ms(t) + 999) / 1000);
	if (strcmp(q->name, "wallets/busy") == 0) {
		t->retry_ms = 1500;
		return fail_reason(t, REASON_STATE_STALE, "balances are %d s old", 40);
	}
	return fail(t, ERR_MISSING, "there is no wallet '%s'", q->name);
}

/* What is kept shows by a number that stands still. */
static enum err count(struct turn *t, const void *in, void *out)
{
	Ghostfleet__V1__ListWalletsResponse *r = out;

	(void)in;
	r->next_page_token = turn_printf(t, "asked %d", atomic_fetch_add(&counts, 1) + 1);
	return OK;
}

static enum err pause_fleet(struct turn *t, const void *in, void *out)
{
	const Ghostfleet__V1__PauseFleetRequest *q = in;
	Ghostfleet__V1__PauseFleetResponse *r = out;

	assert_true(t->in_lane && t->urgent);
	TRY(event_add(t, TOPIC_FLEET, "fleet", "paused", "for a test"));
	r->pause = turn_alloc(t, sizeof(*r->pause));
	ghostfleet__v1__pause__init(r->pause);
	r->pause->epoch = atomic_fetch_add(&writes, 1) + 1;
	r->pause->actor = turn_strdup(t, t->actor);
	r->pause->reason = turn_strdup(t, q->reason);
	return OK;
}

static enum err in_lane_generate(struct turn *t, void *out)
{
	Ghostfleet__V1__GenerateWalletsResponse *r = out;

	r->wallets = turn_array(t, 1, sizeof(void *));
	r->wallets[0] = turn_alloc(t, sizeof(Ghostfleet__V1__Wallet));
	ghostfleet__v1__wallet__init(r->wallets[0]);
	r->wallets[0]->name = turn_printf(t, "wallets/%d", atomic_fetch_add(&slows, 1) + 1);
	r->n_wallets = 1;
	method_answer(t, out);
	return event_add(t, TOPIC_WALLET, "wallets/1", "generated", "for a test");
}

static enum err generate(struct turn *t, const void *in, void *out)
{
	(void)in;
	return lane_run(t, in_lane_generate, out);
}

static enum err watch(struct turn *t, struct watch *w, void *out, bool *have)
{
	(void)t;
	(void)out;
	*have = false;
	w->done = true;
	return OK;
}

static const struct method rows[] = {
	{ "ghostfleet.v1.FleetService", "GetFleet", METHOD_READ, ROLE_VIEWER | ROLE_OPERATOR, 0, 0,
	  get_fleet, NULL },
	{ "ghostfleet.v1.FleetService", "PauseFleet", METHOD_WRITE, ROLE_OPERATOR, METHOD_URGENT, 0,
	  pause_fleet, NULL },
	{ "ghostfleet.v1.FleetService", "WatchFleet", METHOD_STREAM, ROLE_VIEWER, 0, TOPIC_FLEET,
	  NULL, watch },
	{ "ghostfleet.v1.WalletService", "GetWallet", METHOD_READ, ROLE_VIEWER, 0, 0, get_wallet,
	  NULL },
	{ "ghostfleet.v1.WalletService", "ListWallets", METHOD_READ, 0, METHOD_CACHED, TOPIC_FLEET,
	  count, NULL },
	{ "ghostfleet.v1.WalletService", "GenerateWallets", METHOD_SLOW, ROLE_OPERATOR,
	  METHOD_NEEDS_ID, 0, generate, NULL },
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static int setup(void **state)
{
	struct http_options o = { .address = "127.0.0.1", .methods = rows, .n_methods = ROWS };

	(void)state;
	atomic_store(&writes, 0);
	atomic_store(&slows, 0);
	atomic_store(&counts, 0);
	door_open(&d, rows, ROWS, (struct grpc_options){ 0 });
	o.slow = d.slow;
	assert_ok(&d.f, http_door_open(fixture_turn(&d.f), d.f.store, &o, &door));
	port = http_door_port(door);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	http_door_close(door);
	door_close(&d);
	return 0;
}

/* Asks, and the answer has this status and these words. */
static void expect(const char *verb, const char *path, const char *headers, const char *body,
		   int status, const char *words)
{
	struct http_answer a = http_ask(port, verb, path, headers, body);

	if (a.status != status || !strstr(a.body, words))
		fail_msg("%s %s [%s]: %d %s; wanted %d %s", verb, path, headers, a.status, a.body,
			 status, words);
	assert_string_equal(http_header(&a, "Cache-Control"), "no-store");
	assert_string_equal(http_header(&a, "Access-Control-Allow-Origin"), "");
	if (status != 200)
		assert_string_equal(http_header(&a, "Content-Type"), "application/json");
	http_answer_free(&a);
}

static struct http_answer ask_bytes(const char *path, const char *headers, struct bytes body)
{
	char head[512];
	int n = snprintf(head, sizeof(head),
			 "POST %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n\r\n",
			 path, headers, body.n);
	int fd = http_connect(port);

	http_send(fd, head, (size_t)n);
	http_send(fd, body.p, body.n);
	struct http_answer a = http_receive(fd, false);

	(void)close(fd);
	return a;
}

static void a_read_is_answered_in_json(void **state)
{
	struct http_answer a = http_ask(port, "POST", FLEET "GetFleet", AS("viewer") JSON, "{}");

	(void)state;
	assert_int_equal(a.status, 200);
	assert_string_equal(http_header(&a, "Content-Type"), "application/json");
	assert_string_equal(a.body, "{\"fleet\":{\"totalBalance\":\"viewer\","
				    "\"lastEventId\":\"9007199254740993\"}}");
	http_answer_free(&a);
	expect("POST", FLEET "GetFleet",
	       AS("viewer") "Content-Type: Application/JSON; charset=utf-8\r\n"
			    "Connect-Protocol-Version: 1\r\n",
	       "{}", 200, "\"viewer\"");
}

static void a_read_is_answered_in_protobuf_as_grpc_answers_it(void **state)
{
	struct http_answer a = ask_bytes(FLEET "GetFleet", AS("viewer") PROTO,
					 (struct bytes){ (const uint8_t *)"", 0 });
	struct grpc_said said;

	(void)state;
	door_ask_bytes(&d, FLEET "GetFleet", "viewer", "", 0, &said);
	assert_int_equal(a.status, 200);
	assert_string_equal(http_header(&a, "Content-Type"), "application/proto");
	assert_int_equal(a.n_body, said.n);
	assert_memory_equal(a.body, said.reply, said.n);
	http_answer_free(&a);
}

static void an_error_has_its_code_and_details(void **state)
{
	(void)state;
	expect("POST", WALLETS "GetWallet", AS("viewer") JSON, "{\"name\":\"wallets/\\\"x\\\"\"}",
	       404,
	       "{\"code\":\"not_found\",\"message\":\"there is no wallet 'wallets/\\\"x\\\"'\","
	       "\"details\":[{" ERRORINFO
	       "CglOT1RfRk9VTkQSDWdob3N0ZmxlZXQudjE\",\"debug\":{\"reason\":\"NOT_FOUND\","
	       "\"domain\":\"ghostfleet.v1\"}}]}");
	expect("POST", WALLETS "GetWallet", AS("viewer") JSON, "{\"name\":\"wallets/busy\"}", 503,
	       "{\"type\":\"google.rpc.RetryInfo\",\"value\":\"CggIARCAyrXuAQ\","
	       "\"debug\":{\"retryDelay\":\"1.500s\"}}");
	expect("POST", WALLETS "GetWallet", AS("viewer") JSON, "{\"name\":\"wallets/left\"}", 400,
	       "\"code\":\"failed_precondition\"");
}

static void an_error_is_json_for_a_protobuf_call_too(void **state)
{
	Ghostfleet__V1__GetWalletRequest q = GHOSTFLEET__V1__GET_WALLET_REQUEST__INIT;
	struct http_answer a;

	(void)state;
	q.name = (char *)"wallets/x";
	struct bytes body = packed(&q);

	a = ask_bytes(WALLETS "GetWallet", AS("viewer") PROTO, body);
	assert_int_equal(a.status, 404);
	assert_string_equal(http_header(&a, "Content-Type"), "application/json");
	assert_non_null(strstr(a.body, "there is no wallet 'wallets/x'"));
	http_answer_free(&a);
	a = ask_bytes(WALLETS "GetWallet", AS("viewer") PROTO,
		      (struct bytes){ (const uint8_t *)"\x0a\x02\xff\xfe", 4 });
	assert_int_equal(a.status, 400);
	assert_non_null(strstr(a.body, "\"code\":\"invalid_argument\",\"message\":\"name"));
	http_answer_free(&a);
	free((void *)(uintptr_t)body.p);
}

static void bad_json_is_named_by_its_place(void **state)
{
	static const struct {
		const char *body, *words;
	} bad[] = {
		{ "", "\"code\":\"invalid_argument\"" },
		{ "[]", "\"code\":\"invalid_argument\"" },
		{ "{\"name\":", "line 1" },
		{ "{\"name\":5}", "\"message\":\"name" },
		{ "{\"nam\":\"x\"}", "nam" },
		{ "{\"name\":\"a\",\"name\":\"b\"}", "name" },
		{ "{\"name\":\"a\\u0000b\"}", "\"code\":\"invalid_argument\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect("POST", WALLETS "GetWallet", AS("viewer") JSON, bad[i].body, 400,
		       bad[i].words);
	expect("POST", FLEET "PauseFleet", AS("operator") JSON,
	       "{\"requestId\":\"a b\",\"reason\":\"x\"}", 400, "request_id: 1 to 64");
	assert_int_equal(atomic_load(&writes), 0);
}

static void only_post_is_for_a_method(void **state)
{
	struct http_answer a =
		http_ask(port, "GET", FLEET "GetFleet?connect=v1&encoding=json&message=%7B%7D",
			 AS("viewer"), NULL);

	(void)state;
	assert_int_equal(a.status, 405);
	assert_string_equal(http_header(&a, "Allow"), "POST");
	assert_non_null(strstr(a.body, "\"code\":\"unimplemented\""));
	http_answer_free(&a);
	expect("HEAD", FLEET "GetFleet", AS("viewer"), NULL, 405, "");
	expect("OPTIONS", FLEET "GetFleet", "Origin: https://x.example\r\n", NULL, 405, "but POST");
	expect("PUT", FLEET "GetFleet", AS("viewer") JSON, "{}", 405, "but POST");
}

static void other_content_types_are_415(void **state)
{
	struct http_answer a = http_ask(port, "POST", FLEET "GetFleet",
					AS("viewer") "Content-Type: a/b\r\n", "{}");

	(void)state;
	assert_int_equal(a.status, 415);
	assert_string_equal(http_header(&a, "Accept-Post"), "application/json, application/proto");
	http_answer_free(&a);
	expect("POST", FLEET "GetFleet", AS("viewer") "Content-Type: application/connect+json\r\n",
	       "{}", 415, "connect+json");
	expect("POST", FLEET "GetFleet", AS("viewer"), "{}", 415, "of no type");
	expect("POST", FLEET "GetFleet", AS("viewer") "Content-Type: text/plain\r\n", "{}", 415,
	       "'text/plain'");
	expect("POST", FLEET "GetFleet", AS("viewer") "Content-Type: application/jsonp\r\n", "{}",
	       415, "application/jsonp");
	expect("POST", FLEET "GetFleet", AS("viewer") "Content-Type: application/grpc\r\n", "", 415,
	       "\"code\":\"invalid_argument\"");
}

static void what_connect_says_in_headers_is_checked(void **state)
{
	(void)state;
	expect("POST", FLEET "GetFleet", AS("viewer") JSON "Content-Encoding: gzip\r\n", "{}", 501,
	       "only 'identity'");
	expect("POST", FLEET "GetFleet", AS("viewer") JSON "Content-Encoding: identity\r\n", "{}",
	       200, "viewer");
	expect("POST", FLEET "GetFleet", AS("viewer") JSON "Connect-Protocol-Version: 2\r\n", "{}",
	       400, "Connect-Protocol-Version is '2'");
	expect("POST", FLEET "GetFleet", AS("viewer") JSON TIMEOUT "soon\r\n", "{}", 400,
	       "Connect-Timeout-Ms is 'soon'");
	expect("POST", FLEET "GetFleet", AS("viewer") JSON TIMEOUT "-5\r\n", "{}", 400, "'-5'");
	expect("POST", FLEET "GetFleet", AS("viewer") JSON TIMEOUT "12345678901\r\n", "{}", 400,
	       "at most 10 digits");
	expect("POST", FLEET "GetFleet", AS("viewer") JSON TIMEOUT "1\r\n" TIMEOUT "2\r\n", "{}",
	       400, "came twice");
}

static void a_timeout_is_the_deadline_of_the_call(void **state)
{
	(void)state;
	expect("POST", FLEET "GetFleet", AS("viewer") JSON TIMEOUT "0\r\n", "{}", 504,
	       "\"code\":\"deadline_exceeded\"");
	expect("POST", WALLETS "GetWallet", AS("viewer") JSON TIMEOUT "33900\r\n",
	       "{\"name\":\"wallets/left\"}", 400, "34 s left");
	expect("POST", WALLETS "GetWallet", AS("viewer") JSON TIMEOUT "9999999999\r\n",
	       "{\"name\":\"wallets/left\"}", 400, "\"60 s left");
	expect("POST", WALLETS "GetWallet", AS("viewer") JSON, "{\"name\":\"wallets/left\"}", 400,
	       "\"10 s left");
}

static void a_long_body_is_taken_and_a_longer_one_refused(void **state)
{
	enum { LONG = 900 << 10 };
	char *body = malloc(RPC_BODY_MAX + 2);
	struct http_answer a;

	(void)state;
	memset(body, ' ', RPC_BODY_MAX + 1);
	body[0] = '{';
	body[LONG - 1] = '}';
	a = ask_bytes(FLEET "GetFleet", AS("viewer") JSON,
		      (struct bytes){ (const uint8_t *)body, LONG });
	assert_int_equal(a.status, 200);
	http_answer_free(&a);
	free(body);
	expect("POST", FLEET "GetFleet", AS("viewer") JSON "Content-Length: 1048577\r\n", NULL, 413,
	       "\"code\":\"resource_exhausted\"");
	expect("POST", "/elsewhere", AS("viewer") JSON "Content-Length: 1048577\r\n", NULL, 413,
	       "at most 65536");
}

static void a_chunked_body_has_the_same_limit(void **state)
{
	static const char head[] =
		"POST " FLEET "GetFleet HTTP/1.1\r\nHost: localhost\r\n" AS("viewer") JSON
		"Transfer-Encoding: chunked\r\n\r\n100001\r\n";
	char *body = malloc(RPC_BODY_MAX + 1);
	int fd = http_connect(port);

	(void)state;
	memset(body, ' ', RPC_BODY_MAX + 1);
	http_send(fd, head, sizeof(head) - 1);
	http_send(fd, body, RPC_BODY_MAX + 1);
	http_send(fd, "\r\n0\r\n\r\n", 7);
	struct http_answer a = http_receive(fd, false);

	assert_int_equal(a.status, 413);
	assert_non_null(strstr(a.body, "longer than 1048576"));
	http_answer_free(&a);
	(void)close(fd);
	free(body);
}

static void who_may_not_call_is_told_before_a_long_body(void **state)
{
	struct http_answer a =
		http_ask(port, "POST", FLEET "GetFleet", JSON "Content-Length: 100000\r\n", NULL);

	(void)state;
	assert_int_equal(a.status, 401);
	assert_string_equal(http_header(&a, "WWW-Authenticate"), "Bearer realm=\"ghost-fleet\"");
	assert_non_null(strstr(a.body, "\"code\":\"unauthenticated\""));
	http_answer_free(&a);
}

/* Closed while the body is still being written, a connection says nothing to many clients. */
static void a_refused_call_with_a_short_body_keeps_its_connection(void **state)
{
	static const char head[] = "POST " FLEET "GetFleet HTTP/1.1\r\nHost: localhost\r\n" JSON
				   "Content-Length: 2\r\n\r\n";
	int fd = http_connect(port);

	(void)state;
	for (int i = 0; i < 3; i++) {
		http_send(fd, head, sizeof(head) - 1);
		http_send(fd, "{", 1);
		http_send(fd, "}", 1);
		struct http_answer a = http_receive(fd, false);

		assert_int_equal(a.status, 401);
		assert_string_equal(http_header(&a, "Connection"), "");
		http_answer_free(&a);
	}
	(void)close(fd);
}

static void a_token_is_required_on_loopback_too(void **state)
{
	(void)state;
	expect("POST", FLEET "GetFleet", JSON, "{}", 401, "UNAUTHENTICATED");
	expect("POST", FLEET "GetFleet", AS("nobody") JSON, "{}", 401, "unauthenticated");
	expect("POST", FLEET "GetFleet", AS("late") JSON, "{}", 401, "unauthenticated");
	expect("POST", FLEET "PauseFleet", AS("viewer") JSON, "{}", 403, "permission_denied");
	expect("POST", FLEET "GetFleet", AS("admin") JSON, "{}", 200, "admin");
	assert_int_equal(atomic_load(&writes), 0);
}

static void what_anyone_may_call_wants_a_loopback_host_or_a_token(void **state)
{
	(void)state;
	expect("POST", WALLETS "ListWallets", JSON "Host: evil.example\r\n", "{}", 403, "loopback");
	expect("POST", WALLETS "ListWallets", JSON, "{}", 200, "asked 1");
	expect("POST", FLEET "GetFleet", AS("viewer") JSON "Host: fleet.example\r\n", "{}", 200,
	       "viewer");
}

static void what_there_is_not_is_unimplemented(void **state)
{
	(void)state;
	expect("POST", FLEET "GetFlee", AS("viewer") JSON, "{}", 404,
	       "{\"code\":\"unimplemented\",\"message\":\"no such method: " FLEET "GetFlee\"");
	expect("POST", FLEET "GetFleet/", AS("viewer") JSON, "{}", 404, "no such method");
	expect("POST", FLEET "WatchFleet", AS("viewer") JSON, "{}", 501,
	       "\"code\":\"unimplemented\",\"message\":\"FleetService/WatchFleet is a stream");
	expect("POST", "/ghostfleet.v1.OtherService/Get", AS("viewer") JSON, "{}", 404,
	       "no such path");
}

/* Connect's clients take what a stream says of itself, not the status. */
static void who_asks_for_a_stream_is_told_in_the_form_of_a_stream(void **state)
{
	static const char words[] = "{\"error\":{\"code\":\"unimplemented\",\"message\":"
				    "\"FleetService/WatchFleet is a stream: call it by gRPC\"";
	struct http_answer a =
		http_ask(port, "POST", FLEET "WatchFleet",
			 AS("viewer") "Content-Type: application/connect+json\r\n", "{}");
	const uint8_t *p = (const uint8_t *)a.body;

	(void)state;
	assert_int_equal(a.status, 200);
	assert_string_equal(http_header(&a, "Content-Type"), "application/connect+json");
	assert_true(a.n_body > 5 && p[0] == 2);
	assert_int_equal((size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4],
			 a.n_body - 5);
	assert_memory_equal(p + 5, words, strlen(words));
	assert_memory_equal(p + a.n_body - 2, "}}", 2);
	http_answer_free(&a);
}

static void a_kept_answer_stands_until_its_topic_changes(void **state)
{
	(void)state;
	expect("POST", WALLETS "ListWallets", AS("viewer") JSON, "{}", 200, "asked 1");
	expect("POST", WALLETS "ListWallets", AS("admin") JSON, "{}", 200, "asked 1");
	/* Another form and another request are answered for themselves. */
	expect("POST", WALLETS "ListWallets", AS("viewer") PROTO, "", 200, "asked 2");
	expect("POST", WALLETS "ListWallets", AS("viewer") JSON, "{\"pageSize\":3}", 200,
	       "asked 3");
	expect("POST", WALLETS "ListWallets", AS("viewer") PROTO, "", 200, "asked 2");
	expect("POST", FLEET "PauseFleet", AS("operator") JSON, "{\"requestId\":\"p\"}", 200,
	       "\"epoch\"");
	expect("POST", WALLETS "ListWallets", AS("viewer") JSON, "{}", 200, "asked 4");
	expect("POST", WALLETS "ListWallets", AS("viewer") JSON, "{}", 200, "asked 4");
	/* Nobody is let in by what is kept. */
	expect("POST", WALLETS "ListWallets", JSON "Host: evil.example\r\n", "{}", 403, "loopback");
	expect("POST", WALLETS "ListWallets", AS("viewer") JSON TIMEOUT "0\r\n", "{}", 504,
	       "deadline_exceeded");
}

/* The same call twice: what came back, byte for byte. The caller frees it. */
static char *said_twice(const char *path, const char *body)
{
	struct http_answer a = http_ask(port, "POST", path, AS("operator") JSON, body),
			   b = http_ask(port, "POST", path, AS("operator") JSON, body);

	if (a.status != 200)
		fail_msg("%s: %d %s", path, a.status, a.body);
	assert_int_equal(b.status, 200);
	assert_string_equal(a.body, b.body);
	char *body_out = a.body;

	a.body = NULL;
	http_answer_free(&a);
	http_answer_free(&b);
	return body_out;
}

static void a_repeated_write_has_its_first_answer(void **state)
{
	char *text = said_twice(FLEET "PauseFleet", "{\"reason\":\"r\",\"requestId\":\"once\"}");

	(void)state;
	assert_int_equal(atomic_load(&writes), 1);
	assert_non_null(strstr(text, "\"epoch\":\"1\""));
	assert_non_null(strstr(text, "\"actor\":\"operator\""));
	/* However it is spelled, in JSON or not. */
	expect("POST", FLEET "PauseFleet", AS("operator") JSON,
	       " { \"request_id\" : \"once\" , \"reason\" : \"r\" } ", 200, text);
	expect("POST", FLEET "PauseFleet", AS("operator") JSON,
	       "{\"reason\":\"other\",\"requestId\":\"once\"}", 400, "REQUEST_ID_REUSED");
	free(text);
}

static void a_call_by_grpc_repeated_by_http_is_the_same_call(void **state)
{
	Ghostfleet__V1__PauseFleetRequest q = GHOSTFLEET__V1__PAUSE_FLEET_REQUEST__INIT;
	struct grpc_said said;

	(void)state;
	q.reason = (char *)"r";
	q.request_id = (char *)"both";
	door_ask(&d, FLEET "PauseFleet", "operator", &q, &said);
	assert_said(&said, 0, NULL, NULL);
	expect("POST", FLEET "PauseFleet", AS("operator") JSON,
	       "{\"reason\":\"r\",\"requestId\":\"both\"}", 200, "\"epoch\":\"1\"");
	struct bytes body = packed(&q);
	struct http_answer a = ask_bytes(FLEET "PauseFleet", AS("operator") PROTO, body);

	assert_int_equal(a.n_body, said.n);
	assert_memory_equal(a.body, said.reply, said.n);
	assert_int_equal(atomic_load(&writes), 1);
	http_answer_free(&a);
	free((void *)(uintptr_t)body.p);
}

static void a_repeated_slow_call_has_its_first_answer(void **state)
{
	char *text = said_twice(WALLETS "GenerateWallets", "{\"count\":1,\"requestId\":\"g\"}");

	(void)state;
	assert_int_equal(atomic_load(&slows), 1);
	assert_non_null(strstr(text, "wallets/1"));
	free(text);
	expect("POST", WALLETS "GenerateWallets", AS("operator") JSON, "{\"count\":1}", 400,
	       "REQUEST_ID_REQUIRED");
}

static void validate_only_keeps_nothing(void **state)
{
	static const char dry[] = "{\"count\":1,\"validateOnly\":true}";

	(void)state;
	expect("POST", WALLETS "GenerateWallets", AS("operator") JSON, dry, 200, "wallets/1");
	expect("POST", WALLETS "GenerateWallets", AS("operator") JSON, dry, 200, "wallets/2");
	expect("POST", FLEET "PauseFleet", AS("operator") JSON,
	       "{\"requestId\":\"dry\",\"validateOnly\":true}", 200, "\"epoch\":\"1\"");
	expect("POST", FLEET "PauseFleet", AS("operator") JSON, "{\"requestId\":\"dry\"}", 200,
	       "\"epoch\":\"2\"");
}

static void one_connection_carries_calls_and_errors_in_turn(void **state)
{
	static const char ask[] = "POST " FLEET "%s HTTP/1.1\r\nHost: localhost\r\n" AS("operator")
		JSON "Content-Length: 2\r\n\r\n{}";
	static const struct {
		const char *method;
		int status;
	} calls[] = { { "GetFleet", 200 }, { "PauseFleet", 200 }, { "GetFleet", 200 } };
	char text[256];
	int fd = http_connect(port);

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int n = snprintf(text, sizeof(text), ask, calls[i].method);

		http_send(fd, text, (size_t)n);
		struct http_answer a = http_receive(fd, false);

		assert_int_equal(a.status, calls[i].status);
		http_answer_free(&a);
	}
	(void)close(fd);
}

static void a_row_that_the_contract_lacks_stops_the_start(void **state)
{
	static const struct method strange = { .service = "ghostfleet.v1.FleetService",
					       .name = "Nothing" };
	struct http_options o = { .address = "127.0.0.1", .methods = &strange, .n_methods = 1 };
	struct http_door *none;

	(void)state;
	assert_fails(&d.f, http_door_open(fixture_turn(&d.f), d.f.store, &o, &none), ERR_BROKEN,
		     "no method ghostfleet.v1.FleetService/Nothing");
	o.methods = rows;
	o.n_methods = ROWS;
	assert_fails(&d.f, http_door_open(fixture_turn(&d.f), d.f.store, &o, &none), ERR_BROKEN,
		     "needs the slow worker");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_read_is_answered_in_json),
		T(a_read_is_answered_in_protobuf_as_grpc_answers_it),
		T(an_error_has_its_code_and_details),
		T(an_error_is_json_for_a_protobuf_call_too),
		T(bad_json_is_named_by_its_place),
		T(only_post_is_for_a_method),
		T(other_content_types_are_415),
		T(what_connect_says_in_headers_is_checked),
		T(a_timeout_is_the_deadline_of_the_call),
		T(a_long_body_is_taken_and_a_longer_one_refused),
		T(a_chunked_body_has_the_same_limit),
		T(who_may_not_call_is_told_before_a_long_body),
		T(a_refused_call_with_a_short_body_keeps_its_connection),
		T(a_token_is_required_on_loopback_too),
		T(what_anyone_may_call_wants_a_loopback_host_or_a_token),
		T(what_there_is_not_is_unimplemented),
		T(who_asks_for_a_stream_is_told_in_the_form_of_a_stream),
		T(a_kept_answer_stands_until_its_topic_changes),
		T(a_repeated_write_has_its_first_answer),
		T(a_call_by_grpc_repeated_by_http_is_the_same_call),
		T(a_repeated_slow_call_has_its_first_answer),
		T(validate_only_keeps_nothing),
		T(one_connection_carries_calls_and_errors_in_turn),
		T(a_row_that_the_contract_lacks_stops_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
