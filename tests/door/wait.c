/* Calls that wait for their answer, by both doors: METHOD_WAIT. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ghostfleet/v1/fleet.pb-c.h"
#include "ghostfleet/v1/operation.pb-c.h"
#include "server/door/http.h"
#include "server/door/limits.h"
#include "store/base/clock.h"
#include "store/events.h"
#include "tests/support/door.h"
#include "tests/support/http_ask.h"
#include "tests/support/test.h"

#define WAIT    "/ghostfleet.v1.OperationService/WaitOperation"
#define GET     "/ghostfleet.v1.FleetService/GetFleet"
#define HEADERS "Authorization: Bearer gf_viewer\r\nContent-Type: application/json\r\n"

enum { CROWD = 90 };

static struct door_fixture d;
static struct http_door *door;
static unsigned port;
static atomic_bool come;
static atomic_int asked;

/* Until `come`, or its own time: until_planned waits for as long as its deadline allows. */
static enum err wait_operation(struct turn *t, struct watch *w, void *out, bool *have)
{
	const Ghostfleet__V1__WaitOperationRequest *q = w->in;
	Ghostfleet__V1__WaitOperationResponse *r = out;
	int64_t left = q->until_planned ? w->left_ms - 300 : 60000 - w->waited_ms;

	(void)atomic_fetch_add(&asked, 1);
	if (strcmp(q->name, "bad") == 0)
		return fail(t, ERR_INVALID, "that is no name");
	r->done = atomic_load(&come);
	*have = r->done || left <= 0;
	w->again_ms = left > 0 ? left : 0;
	return OK;
}

static enum err get_fleet(struct turn *t, const void *in, void *out)
{
	(void)t;
	(void)in;
	(void)out;
	return OK;
}

static const struct method rows[] = {
	{ "ghostfleet.v1.OperationService", "WaitOperation", METHOD_WAIT, ROLE_VIEWER, 0,
	  TOPIC_OPERATION, NULL, wait_operation },
	{ "ghostfleet.v1.FleetService", "GetFleet", METHOD_READ, ROLE_VIEWER, 0, 0, get_fleet,
	  NULL },
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static int open_doors(struct grpc_options o)
{
	struct http_options http = { .address = "127.0.0.1", .methods = rows, .n_methods = ROWS };

	atomic_store(&come, false);
	atomic_store(&asked, 0);
	o.threads = 1;
	door_open(&d, rows, ROWS, o);
	http.slow = d.slow;
	assert_ok(&d.f, http_door_open(fixture_turn(&d.f), d.f.store, &http, &door));
	port = http_door_port(door);
	return 0;
}

static int setup(void **state)
{
	(void)state;
	return open_doors((struct grpc_options){ 0 });
}

static int setup_one_stream(void **state)
{
	(void)state;
	return open_doors((struct grpc_options){ .streams_each = 1 });
}

static int teardown(void **state)
{
	(void)state;
	http_door_close(door);
	door_close(&d);
	return 0;
}

static enum err tell(struct turn *t, void *arg)
{
	(void)arg;
	return event_add(t, TOPIC_OPERATION, "operations/1", "changed", "for a test");
}

/* What is waited for has come, and one of the topics says that something did. */
static void let_come(void)
{
	atomic_store(&come, true);
	assert_ok(&d.f, fixture_lane(&d.f, tell, NULL));
}

static struct grpc_talk *begin(const char *name, bool by_deadline)
{
	Ghostfleet__V1__WaitOperationRequest q = GHOSTFLEET__V1__WAIT_OPERATION_REQUEST__INIT;

	q.name = (char *)(uintptr_t)name;
	q.until_planned = by_deadline;
	return door_watch(&d, WAIT, "viewer", &q);
}

static bool done_of(const struct grpc_said *said)
{
	Ghostfleet__V1__WaitOperationResponse *r =
		said_message(said, &ghostfleet__v1__wait_operation_response__descriptor);
	bool done = r->done;

	protobuf_c_message_free_unpacked(&r->base, NULL);
	return done;
}

static bool was_asked(void *arg)
{
	return atomic_load(&asked) >= *(int *)arg;
}

static void a_call_is_answered_when_what_it_waits_for_comes(void **state)
{
	struct grpc_said said;
	int once = 1;

	(void)state;
	struct grpc_talk *s = begin("operations/1", false);

	wait_until(was_asked, &once, "the call to wait");
	assert_false(grpc_talk_next(s, 200, &said, NULL));
	let_come();
	assert_true(grpc_talk_next(s, 5000, &said, NULL));
	assert_true(done_of(&said));
	assert_true(grpc_talk_end(s, 5000, &said));
	assert_said(&said, 0, NULL, NULL);
	grpc_talk_free(s);
}

static void a_crowd_that_waits_leaves_the_one_thread_to_others(void **state)
{
	struct grpc_talk *s[CROWD];
	struct grpc_said *said = calloc(1, sizeof(*said));
	int all = CROWD;

	(void)state;
	assert_non_null(said);
	for (int i = 0; i < CROWD; i++)
		s[i] = begin("operations/1", false);
	wait_until(was_asked, &all, "the crowd to wait");
	int64_t began = clock_mono_ms();

	door_ask_bytes(&d, GET, "viewer", "", 0, said);
	assert_said(said, 0, NULL, NULL);
	assert_true(clock_mono_ms() - began < 5000);
	let_come();
	for (int i = 0; i < CROWD; i++) {
		assert_true(grpc_talk_next(s[i], 5000, said, NULL));
		assert_true(done_of(said));
		grpc_talk_free(s[i]);
	}
	free(said);
}

static void an_answer_comes_before_the_deadline(void **state)
{
	Ghostfleet__V1__WaitOperationRequest q = GHOSTFLEET__V1__WAIT_OPERATION_REQUEST__INIT;
	struct grpc_said said;

	(void)state;
	q.until_planned = true;
	struct bytes b = packed(&q);
	struct grpc_ask ask = {
		.path = WAIT, .token = "gf_viewer", .body = b.p, .n = b.n, .deadline_ms = 3000
	};
	int64_t began = clock_mono_ms();

	grpc_ask(d.client, &ask, &said);
	free((void *)b.p);
	assert_said(&said, 0, NULL, NULL);
	assert_false(done_of(&said));
	assert_true(clock_mono_ms() - began > 2000);
}

static void an_error_is_told_at_once(void **state)
{
	struct grpc_said said;

	(void)state;
	struct grpc_talk *s = begin("bad", false);

	assert_true(grpc_talk_end(s, 5000, &said));
	assert_said(&said, 3, "INVALID_ARGUMENT", "no name");
	grpc_talk_free(s);
}

static void who_leaves_waits_no_more(void **state)
{
	struct grpc_said said;
	int once = 1;

	(void)state;
	struct grpc_talk *s = begin("operations/1", false);

	wait_until(was_asked, &once, "the call to wait");
	struct grpc_talk *refused = begin("operations/1", false);

	assert_true(grpc_talk_end(refused, 5000, &said));
	assert_said(&said, 8, NULL, "has 1 streams open already");
	grpc_talk_free(refused);
	grpc_talk_cancel(s);
	grpc_talk_free(s);
	/* Its place is free again as soon as the door heard of it. */
	for (int i = 0; i < 500; i++) {
		bool ended = false;

		s = begin("operations/1", false);
		if (!grpc_talk_next(s, 20, &said, &ended) && !ended)
			break;
		grpc_talk_free(s);
		s = NULL;
	}
	assert_non_null(s);
	grpc_talk_free(s);
}

static enum err take_away(struct turn *t, void *arg)
{
	lane_touch(t, TOPIC_FLEET);
	return identity_revoke(t, arg);
}

static void who_is_revoked_waits_no_more(void **state)
{
	struct grpc_said said;
	int once = 1;

	(void)state;
	struct grpc_talk *s = begin("operations/1", false);

	wait_until(was_asked, &once, "the call to wait");
	assert_ok(&d.f, fixture_lane(&d.f, take_away, (void *)(uintptr_t) "viewer"));
	assert_true(grpc_talk_end(s, 5000, &said));
	assert_said(&said, 16, "UNAUTHENTICATED", NULL);
	grpc_talk_free(s);
}

static void a_door_that_closes_ends_the_wait(void **state)
{
	struct grpc_said said;
	int once = 1;

	(void)state;
	struct grpc_talk *s = begin("operations/1", false);

	wait_until(was_asked, &once, "the call to wait");
	grpc_door_close(d.door, 2000);
	d.door = NULL;
	assert_true(grpc_talk_end(s, 5000, &said));
	assert_said(&said, 14, "SERVER_DRAINING", NULL);
	grpc_talk_free(s);
}

/* ---- HTTP ---- */

static int http_begin(const char *headers, const char *body)
{
	char text[512];
	int fd = http_connect(port);
	int n = snprintf(text, sizeof(text),
			 "POST " WAIT
			 " HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n\r\n%s",
			 headers, strlen(body), body);

	http_send(fd, text, (size_t)n);
	return fd;
}

static void http_ends(int fd, int status, const char *words)
{
	struct http_answer a = http_receive(fd, false);

	if (a.status != status || !strstr(a.body, words))
		fail_msg("%d %s; wanted %d %s\n", a.status, a.body, status, words);
	http_answer_free(&a);
	(void)close(fd);
}

static void http_is_answered_when_it_comes_and_others_meanwhile(void **state)
{
	int fd[8], all = 8;

	(void)state;
	for (int i = 0; i < 8; i++)
		fd[i] = http_begin(HEADERS, "{\"name\":\"operations/1\"}");
	wait_until(was_asked, &all, "the calls to wait");
	struct http_answer a = http_ask(port, "POST", GET, HEADERS, "{}");

	assert_int_equal(a.status, 200);
	http_answer_free(&a);
	let_come();
	for (int i = 0; i < 8; i++)
		http_ends(fd[i], 200, "\"done\":true");
}

static void http_answers_before_the_callers_time_is_up(void **state)
{
	int64_t began = clock_mono_ms();

	(void)state;
	http_ends(http_begin(HEADERS "Connect-Timeout-Ms: 1500\r\n", "{\"untilPlanned\":true}"),
		  200, "{}");
	assert_true(clock_mono_ms() - began > 1000);
	http_ends(http_begin(HEADERS, "{\"name\":\"bad\"}"), 400, "no name");
}

static void http_has_places_for_so_many(void **state)
{
	int fd[LIMIT_HTTP_WAITING], all = LIMIT_HTTP_WAITING;

	(void)state;
	for (int i = 0; i < all; i++)
		fd[i] = http_begin(HEADERS, "{\"name\":\"operations/1\"}");
	wait_until(was_asked, &all, "the calls to wait");
	http_ends(http_begin(HEADERS, "{\"name\":\"operations/1\"}"), 429, "SERVER_BUSY");
	/* Half of them leave without a word; the others are answered all the same. */
	for (int i = 0; i < all / 2; i++)
		(void)close(fd[i]);
	let_come();
	for (int i = all / 2; i < all; i++)
		http_ends(fd[i], 200, "\"done\":true");
}

static void http_tells_who_is_revoked(void **state)
{
	int once = 1, fd;

	(void)state;
	fd = http_begin(HEADERS, "{\"name\":\"operations/1\"}");
	wait_until(was_asked, &once, "the call to wait");
	assert_ok(&d.f, fixture_lane(&d.f, take_away, (void *)(uintptr_t) "viewer"));
	http_ends(fd, 401, "unauthenticated");
}

static void http_ends_the_wait_when_it_closes(void **state)
{
	int once = 1, fd;

	(void)state;
	fd = http_begin(HEADERS, "{\"name\":\"operations/1\"}");
	wait_until(was_asked, &once, "the call to wait");
	http_door_close(door);
	door = NULL;
	http_ends(fd, 503, "SERVER_DRAINING");
}

#define WITH_DOORS(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DOORS(a_call_is_answered_when_what_it_waits_for_comes),
		WITH_DOORS(a_crowd_that_waits_leaves_the_one_thread_to_others),
		WITH_DOORS(an_answer_comes_before_the_deadline),
		WITH_DOORS(an_error_is_told_at_once),
		cmocka_unit_test_setup_teardown(who_leaves_waits_no_more, setup_one_stream,
						teardown),
		WITH_DOORS(who_is_revoked_waits_no_more),
		WITH_DOORS(a_door_that_closes_ends_the_wait),
		WITH_DOORS(http_is_answered_when_it_comes_and_others_meanwhile),
		WITH_DOORS(http_answers_before_the_callers_time_is_up),
		WITH_DOORS(http_has_places_for_so_many),
		WITH_DOORS(http_tells_who_is_revoked),
		WITH_DOORS(http_ends_the_wait_when_it_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
