/* The client's calls against our own door: what comes back, what is asked again, what is not. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/call.h"
#include "ghostfleet/v1/fleet.pb-c.h"
#include "proto/retry.h"
#include "store/base/clock.h"
#include "store/base/turn.h"
#include "store/events.h"
#include "tests/support/door.h"
#include "tests/support/test.h"

static const ProtobufCServiceDescriptor *const service = &ghostfleet__v1__fleet_service__descriptor;

static atomic_int asked, refusals;
static atomic_int refusal; /* enum reason */

static enum err get_fleet(struct turn *t, const void *in, void *out)
{
	Ghostfleet__V1__GetFleetResponse *r = out;

	(void)in;
	if (atomic_fetch_add(&asked, 1) < atomic_load(&refusals)) {
		if (atomic_load(&refusal) == REASON_STATE_STALE)
			t->retry_ms = 60000;
		return fail_reason(t, (enum reason)atomic_load(&refusal), "not now");
	}
	r->fleet = turn_alloc(t, sizeof(*r->fleet));
	ghostfleet__v1__fleet__init(r->fleet);
	r->fleet->last_event_id = 7;
	r->fleet->total_balance = turn_strdup(t, t->actor);
	return OK;
}

static enum err pause_fleet(struct turn *t, const void *in, void *out)
{
	(void)out;
	(void)atomic_fetch_add(&asked, 1);
	return event_add(t, TOPIC_FLEET, "fleet", "paused",
			 ((const Ghostfleet__V1__PauseFleetRequest *)in)->reason);
}

/* Three events, then the end; 42 says nothing at all, 43 fails. */
static enum err watch_fleet(struct turn *t, struct watch *w, void *out, bool *have)
{
	const Ghostfleet__V1__WatchFleetRequest *q = w->in;
	Ghostfleet__V1__WatchFleetResponse *r = out;

	if (q->after_event_id == 42)
		return OK;
	if (q->after_event_id == 43)
		return fail(t, ERR_RANGE, "events before 50 are no longer kept");
	r->kind_case = GHOSTFLEET__V1__WATCH_FLEET_RESPONSE__KIND_EVENT;
	r->event = turn_alloc(t, sizeof(*r->event));
	ghostfleet__v1__event__init(r->event);
	r->event->id = ++w->after;
	*have = true;
	w->done = w->after == q->after_event_id + 3;
	return OK;
}

static const struct method rows[] = {
	{ "ghostfleet.v1.FleetService", "GetFleet", METHOD_READ, ROLE_VIEWER, 0, 0, get_fleet,
	  NULL },
	{ "ghostfleet.v1.FleetService", "PauseFleet", METHOD_WRITE, ROLE_OPERATOR, 0, 0,
	  pause_fleet, NULL },
	{ "ghostfleet.v1.FleetService", "WatchFleet", METHOD_STREAM, ROLE_VIEWER, 0, TOPIC_FLEET,
	  NULL, watch_fleet },
};

static struct door_fixture door;
static struct turn turn;
static char address[32];

static int setup(void **state)
{
	(void)state;
	atomic_store(&asked, 0);
	atomic_store(&refusals, 0);
	atomic_store(&refusal, REASON_SERVER_DRAINING);
	door_open(&door, rows, sizeof(rows) / sizeof(rows[0]), (struct grpc_options){ 0 });
	(void)snprintf(address, sizeof(address), "127.0.0.1:%u", grpc_door_port(door.door));
	turn_begin(&turn, NULL, NULL, arena_new(16 << 20), "test", "", 60000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(turn.mem);
	door_close(&door);
	return 0;
}

static struct channel *channel(const char *token)
{
	struct channel *c;

	assert_int_equal(channel_open(&turn, address, token, NULL, &c), OK);
	return c;
}

static enum err get(struct channel *c, int64_t timeout_ms, Ghostfleet__V1__Fleet **out)
{
	Ghostfleet__V1__GetFleetRequest q = GHOSTFLEET__V1__GET_FLEET_REQUEST__INIT;
	void *answer;
	enum err e = call_unary(&turn, c, service, "GetFleet", &q, timeout_ms, &answer);

	if (e == OK)
		*out = ((Ghostfleet__V1__GetFleetResponse *)answer)->fleet;
	return e;
}

static void failed(enum err e, enum err wanted, enum reason why, const char *word)
{
	assert_int_equal(e, wanted);
	assert_int_equal(turn.reason, why);
	if (!strstr(turn.why, word))
		print_error("'%s' is not in: %s\n", word, turn.why);
	assert_non_null(strstr(turn.why, word));
}

static void an_answer_comes_back_whole(void **state)
{
	struct channel *c = channel("gf_viewer");
	Ghostfleet__V1__Fleet *f;

	(void)state;
	assert_int_equal(get(c, 5000, &f), OK);
	assert_int_equal(f->last_event_id, 7);
	assert_string_equal(f->total_balance, "viewer");
	channel_close(c);
}

static void refusals_keep_code_reason_and_words(void **state)
{
	struct channel *c = channel("gf_viewer"), *stranger = channel(NULL);
	Ghostfleet__V1__PauseFleetRequest q = GHOSTFLEET__V1__PAUSE_FLEET_REQUEST__INIT;
	Ghostfleet__V1__Fleet *f;
	void *answer;

	(void)state;
	failed(get(stranger, 5000, &f), ERR_NOBODY, REASON_UNAUTHENTICATED, "");
	failed(call_unary(&turn, c, service, "PauseFleet", &q, 5000, &answer), ERR_DENIED,
	       REASON_PERMISSION_DENIED, "");
	failed(call_unary(&turn, c, service, "ResumeFleet",
			  &(Ghostfleet__V1__ResumeFleetRequest)
				  GHOSTFLEET__V1__RESUME_FLEET_REQUEST__INIT,
			  5000, &answer),
	       ERR_NEVER, REASON_UNIMPLEMENTED, "");
	atomic_store(&refusals, 1);
	atomic_store(&refusal, REASON_FLEET_PAUSED);
	failed(get(c, 5000, &f), ERR_REFUSED, REASON_FLEET_PAUSED, "not now");
	assert_int_equal(atomic_load(&asked), 1);
	channel_close(c);
	channel_close(stranger);
}

static void an_unavailable_server_is_asked_as_often_as_the_policy_says(void **state)
{
	struct channel *c = channel("gf_viewer");
	Ghostfleet__V1__Fleet *f;

	(void)state;
	atomic_store(&refusals, RETRY_ATTEMPTS - 1);
	assert_int_equal(get(c, 10000, &f), OK);
	assert_int_equal(atomic_load(&asked), RETRY_ATTEMPTS);
	atomic_store(&asked, 0);
	atomic_store(&refusals, 100);
	failed(get(c, 10000, &f), ERR_AWAY, REASON_SERVER_DRAINING, "not now");
	assert_int_equal(atomic_load(&asked), RETRY_ATTEMPTS);
	channel_close(c);
}

static void what_needs_longer_is_not_waited_for(void **state)
{
	struct channel *c = channel("gf_viewer");
	Ghostfleet__V1__Fleet *f;

	(void)state;
	atomic_store(&refusals, 100);
	atomic_store(&refusal, REASON_STATE_STALE);
	failed(get(c, 10000, &f), ERR_AWAY, REASON_STATE_STALE, "not now");
	assert_int_equal(atomic_load(&asked), 1);
	channel_close(c);
}

static void nobody_there_is_said_with_the_address(void **state)
{
	struct channel *c;
	Ghostfleet__V1__Fleet *f;

	(void)state;
	assert_int_equal(channel_open(&turn, "127.0.0.1:1", NULL, NULL, &c), OK);
	failed(get(c, 10000, &f), ERR_AWAY, REASON_UNAVAILABLE,
	       "cannot reach ghost-fleet at 127.0.0.1:1: Connection refused");
	channel_close(c);
}

static void a_token_stays_on_this_machine(void **state)
{
	struct channel *c;

	(void)state;
	failed(channel_open(&turn, "192.0.2.1:50051", "gf_viewer", NULL, &c), ERR_REFUSED,
	       REASON_FAILED_PRECONDITION, "unencrypted to 192.0.2.1:50051");
	assert_null(strstr(turn.why, "gf_viewer"));
}

struct seen {
	int n;
	int64_t last;
	int stop_at;
};

static enum err on_event(struct turn *t, const void *message, void *arg, bool *stop)
{
	const Ghostfleet__V1__WatchFleetResponse *r = message;
	struct seen *s = arg;

	if (r->kind_case != GHOSTFLEET__V1__WATCH_FLEET_RESPONSE__KIND_EVENT)
		return fail(t, ERR_BROKEN, "no event");
	s->last = r->event->id;
	*stop = ++s->n == s->stop_at;
	return OK;
}

static enum err watch(struct channel *c, int64_t after, int64_t quiet_ms, struct seen *s)
{
	Ghostfleet__V1__WatchFleetRequest q = GHOSTFLEET__V1__WATCH_FLEET_REQUEST__INIT;

	q.after_event_id = after;
	return call_stream(&turn, c, service, "WatchFleet", &q, quiet_ms, on_event, s);
}

static void a_stream_brings_each_message_and_its_end(void **state)
{
	struct channel *c = channel("gf_viewer");
	struct seen s = { 0 };

	(void)state;
	assert_int_equal(watch(c, 0, 5000, &s), OK);
	assert_int_equal(s.n, 3);
	assert_int_equal(s.last, 3);
	failed(watch(c, 43, 5000, &s), ERR_RANGE, REASON_EVENTS_PRUNED, "before 50");
	channel_close(c);
}

static void a_reader_stops_a_stream(void **state)
{
	struct channel *c = channel("gf_viewer");
	struct seen s = { .stop_at = 2 };

	(void)state;
	assert_int_equal(watch(c, 0, 5000, &s), OK);
	assert_int_equal(s.n, 2);
	channel_close(c);
}

static void a_silent_stream_is_given_up(void **state)
{
	struct channel *c = channel("gf_viewer");
	struct seen s = { 0 };
	int64_t from = clock_mono_ms();

	(void)state;
	failed(watch(c, 42, 300, &s), ERR_LATE, REASON_DEADLINE_EXCEEDED,
	       "no answer from 127.0.0.1");
	assert_true(clock_mono_ms() - from >= 300);
	assert_int_equal(s.n, 0);
	channel_close(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_comes_back_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(refusals_keep_code_reason_and_words, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			an_unavailable_server_is_asked_as_often_as_the_policy_says, setup,
			teardown),
		cmocka_unit_test_setup_teardown(what_needs_longer_is_not_waited_for, setup,
						teardown),
		cmocka_unit_test_setup_teardown(nobody_there_is_said_with_the_address, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_token_stays_on_this_machine, setup, teardown),
		cmocka_unit_test_setup_teardown(a_stream_brings_each_message_and_its_end, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_reader_stops_a_stream, setup, teardown),
		cmocka_unit_test_setup_teardown(a_silent_stream_is_given_up, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
