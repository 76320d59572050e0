/* Streams through the gRPC door, health, reflection, and how the door closes. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ghostfleet/v1/fleet.pb-c.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "grpc/health/v1/health.pb-c.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "store/base/clock.h"
#include "store/events.h"
#include "tests/support/door.h"
#include "tests/support/test.h"

#define WATCH  "/ghostfleet.v1.FleetService/WatchFleet"
#define PAUSE  "/ghostfleet.v1.FleetService/PauseFleet"
#define HEALTH "/grpc.health.v1.Health/"

enum { HEARTBEAT_MS = 300, FLOOD_TEXT = 30000 };

static atomic_int opened, asked, heartbeats;

/* One event a message; 42 in the request asks for an end, 43 for an error, after the first. 44 is
 * asked again every 50 ms and says something at each third time. */
static enum err watch_fleet(struct turn *t, struct watch *w, void *out, bool *have)
{
	const Ghostfleet__V1__WatchFleetRequest *q = w->in;
	Ghostfleet__V1__WatchFleetResponse *r = out;
	struct event *e;
	int64_t *times = w->state;
	size_t n;

	if (!times) {
		w->state = times = arena_alloc(w->mem, sizeof(*times));
		(void)atomic_fetch_add(&opened, 1);
	}
	(void)atomic_fetch_add(&asked, 1);
	if (q->after_event_id == 44) {
		w->again_ms = 50;
		*have = ++*times % 3 == 0;
	} else if (w->heartbeat) {
		(void)atomic_fetch_add(&heartbeats, 1);
		r->kind_case = GHOSTFLEET__V1__WATCH_FLEET_RESPONSE__KIND_HEARTBEAT;
		r->heartbeat = turn_alloc(t, sizeof(*r->heartbeat));
		ghostfleet__v1__heartbeat__init(r->heartbeat);
		*have = true;
		return OK;
	} else {
		TRY(event_list(t, w->after, TOPIC_FLEET, NULL, 1, &e, &n));
		if (n == 0)
			return OK;
		w->after = e->id;
		*have = true;
		w->done = q->after_event_id == 42;
		if (q->after_event_id == 43 && ++*times == 2)
			return fail(t, ERR_RANGE, "events before %lld are no longer kept",
				    (long long)e->id);
	}
	r->kind_case = GHOSTFLEET__V1__WATCH_FLEET_RESPONSE__KIND_EVENT;
	r->event = turn_alloc(t, sizeof(*r->event));
	ghostfleet__v1__event__init(r->event);
	r->event->id = w->after;
	/* Large, so that a reader who does not read is soon felt. */
	r->event->text = turn_alloc(t, FLOOD_TEXT + 1);
	memset(r->event->text, 'x', FLOOD_TEXT);
	return OK;
}

static enum err pause_fleet(struct turn *t, const void *in, void *out)
{
	(void)in;
	(void)out;
	return event_add(t, TOPIC_FLEET, "fleet", "paused", "for a test");
}

static enum err touch_wallets(struct turn *t, void *arg)
{
	(void)arg;
	return event_add(t, TOPIC_WALLET, "wallets/a", "added", "for a test");
}

static enum err many_events(struct turn *t, void *arg)
{
	for (int i = 0; i < *(int *)arg; i++)
		TRY(event_add(t, TOPIC_FLEET, "fleet", "paused", "for a test"));
	return OK;
}

static const struct method rows[] = {
	{ "ghostfleet.v1.FleetService", "WatchFleet", METHOD_STREAM, ROLE_VIEWER | ROLE_OPERATOR, 0,
	  TOPIC_FLEET, NULL, watch_fleet },
	{ "ghostfleet.v1.FleetService", "PauseFleet", METHOD_WRITE, ROLE_OPERATOR, 0, 0,
	  pause_fleet, NULL },
};

static int setup(void **state)
{
	struct door_fixture *d = malloc(sizeof(*d));

	atomic_store(&opened, 0);
	atomic_store(&asked, 0);
	atomic_store(&heartbeats, 0);
	door_open(d, rows, 2,
		  (struct grpc_options){
			  .streams = 6, .streams_each = 4, .heartbeat_ms = HEARTBEAT_MS });
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	door_close(*state);
	free(*state);
	return 0;
}

static struct grpc_talk *watch_from(struct door_fixture *d, const char *who, int64_t after)
{
	Ghostfleet__V1__WatchFleetRequest q = GHOSTFLEET__V1__WATCH_FLEET_REQUEST__INIT;

	q.after_event_id = after;
	return door_watch(d, WATCH, who, &q);
}

static void pause_once(struct door_fixture *d)
{
	struct grpc_said said;

	door_ask_bytes(d, PAUSE, "operator", "", 0, &said);
	assert_said(&said, 0, NULL, NULL);
}

static bool are_open(void *arg)
{
	return atomic_load(&opened) >= *(int *)arg;
}

static void opened_are(int n)
{
	wait_until(are_open, &n, "streams open");
}

/* The next message that is an event; heartbeats pass by. */
static bool next_event(struct grpc_talk *s, int64_t wait_ms, int64_t *id_out, bool *ended_out)
{
	struct grpc_said said;

	while (grpc_talk_next(s, wait_ms, &said, ended_out)) {
		Ghostfleet__V1__WatchFleetResponse *r =
			said_message(&said, &ghostfleet__v1__watch_fleet_response__descriptor);
		bool event = r->kind_case == GHOSTFLEET__V1__WATCH_FLEET_RESPONSE__KIND_EVENT;

		*id_out = event ? r->event->id : 0;
		ghostfleet__v1__watch_fleet_response__free_unpacked(r, NULL);
		if (event)
			return true;
	}
	return false;
}

/* ---- what streams do ---- */

static void a_stream_tells_each_change_in_order(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_talk *s = watch_from(d, "viewer", 0);
	int64_t last = 0, id;

	opened_are(1);
	for (int i = 0; i < 5; i++) {
		pause_once(d);
		assert_true(next_event(s, 10000, &id, NULL));
		assert_true(id > last);
		last = id;
	}
	grpc_talk_free(s);
}

static void what_happened_before_comes_without_a_kick(void **state)
{
	struct door_fixture *d = *state;
	int n = 50;
	int64_t id, last = 0;

	assert_ok(&d->f, fixture_lane(&d->f, many_events, &n));
	struct grpc_talk *s = watch_from(d, "viewer", 0);

	for (int i = 0; i < n; i++) {
		assert_true(next_event(s, 10000, &id, NULL));
		assert_true(id > last);
		last = id;
	}
	grpc_talk_free(s);
}

static void a_topic_that_was_not_listed_does_not_wake_a_stream(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_talk *s = watch_from(d, "viewer", 0);
	int64_t began = clock_mono_ms();

	opened_are(1);
	int before = atomic_load(&asked), beats = atomic_load(&heartbeats);

	for (int i = 0; i < 20; i++)
		assert_ok(&d->f, fixture_lane(&d->f, touch_wallets, NULL));
	/* All that asks it is the heartbeat, and what follows each sent message. */
	int more = atomic_load(&asked) - before;
	int64_t passed = clock_mono_ms() - began;

	assert_true(more <= 2 * (atomic_load(&heartbeats) - beats) + 1 + passed / HEARTBEAT_MS);
	grpc_talk_free(s);
}

static void a_stream_is_asked_at_most_ten_times_a_second(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_talk *s = watch_from(d, "viewer", 0);
	int changes = 0;

	opened_are(1);
	int before = atomic_load(&asked);
	int64_t began = clock_mono_ms();

	while (clock_mono_ms() - began < 600) {
		pause_once(d);
		changes++;
	}
	int64_t passed = clock_mono_ms() - began;
	int64_t id;

	/* One ask for each message that was sent; the others are kicks. */
	for (int i = 0; i < changes; i++)
		assert_true(next_event(s, 10000, &id, NULL));
	int kicks = atomic_load(&asked) - before - changes - 2 * atomic_load(&heartbeats);

	assert_true(changes > 12);
	assert_true(kicks <= passed / 100 + 4);
	grpc_talk_free(s);
}

static void a_quiet_stream_sends_heartbeats(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_talk *s = watch_from(d, "viewer", 0);
	struct grpc_said said;
	int64_t began = clock_mono_ms();

	for (int i = 0; i < 3; i++)
		assert_true(grpc_talk_next(s, 10000, &said, NULL));
	assert_int_equal(atomic_load(&heartbeats), 3);
	assert_true(clock_mono_ms() - began >= 3 * HEARTBEAT_MS - 50);
	grpc_talk_free(s);
}

static void a_handler_may_ask_to_be_called_again(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_talk *s = watch_from(d, "viewer", 44);
	int64_t id;

	for (int i = 0; i < 2; i++)
		assert_true(next_event(s, 10000, &id, NULL));
	assert_in_range(atomic_load(&asked), 6, 9);
	grpc_talk_free(s);
}

static void a_handler_ends_its_stream(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_talk *s = watch_from(d, "viewer", 42);
	struct grpc_said said;
	bool ended = false;
	int64_t id;

	pause_once(d);
	assert_true(next_event(s, 10000, &id, &ended));
	assert_false(next_event(s, 10000, &id, &ended));
	assert_true(ended);
	assert_true(grpc_talk_end(s, 10000, &said));
	assert_said(&said, 0, NULL, NULL);
	grpc_talk_free(s);
}

static void a_handler_s_error_ends_its_stream(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_talk *s = watch_from(d, "viewer", 43);
	struct grpc_said said;
	int64_t id;

	pause_once(d);
	assert_true(next_event(s, 10000, &id, NULL));
	pause_once(d);
	assert_false(next_event(s, 10000, &id, NULL));
	assert_true(grpc_talk_end(s, 10000, &said));
	assert_said(&said, 11, "EVENTS_PRUNED", "no longer kept");
	grpc_talk_free(s);
}

/* ---- what ends them ---- */

struct open_now {
	struct door_fixture *d;
	const char *who;
	struct grpc_talk *s;
};

/* True once there is room again for one more stream of `who`. */
static bool room_again(void *arg)
{
	struct open_now *o = arg;
	struct grpc_talk *s = watch_from(o->d, o->who, 0);
	struct grpc_said said;
	bool refused = grpc_talk_end(s, 50, &said);

	if (refused) {
		grpc_talk_free(s);
		return false;
	}
	o->s = s;
	return true;
}

static void streams_are_limited_in_all_and_for_each(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_talk *s[8];
	struct grpc_said said;
	struct open_now again = { .d = d, .who = "viewer" };

	for (int i = 0; i < 4; i++) {
		s[i] = watch_from(d, "viewer", 0);
		opened_are(i + 1);
	}
	s[4] = watch_from(d, "viewer", 0);
	assert_true(grpc_talk_end(s[4], 10000, &said));
	assert_said(&said, 8, "LIMIT_REACHED", "'viewer' has 4 streams open already");
	grpc_talk_free(s[4]);
	for (int i = 4; i < 6; i++) {
		s[i] = watch_from(d, "operator", 0);
		opened_are(i + 1);
	}
	s[6] = watch_from(d, "operator", 0);
	assert_true(grpc_talk_end(s[6], 10000, &said));
	assert_said(&said, 8, "LIMIT_REACHED", "6 streams are open already");
	grpc_talk_free(s[6]);
	/* One that its caller leaves makes room. */
	grpc_talk_cancel(s[0]);
	wait_until(room_again, &again, "room for another stream");
	grpc_talk_free(again.s);
	for (int i = 0; i < 6; i++)
		grpc_talk_free(s[i]);
}

static void a_deadline_ends_a_stream(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_ask ask = { .path = WATCH, .token = "gf_viewer", .deadline_ms = 200 };
	struct grpc_talk *s = grpc_talk_open(d->client, &ask, true);
	struct grpc_said said;
	int64_t id;

	assert_false(next_event(s, 10000, &id, NULL));
	assert_true(grpc_talk_end(s, 10000, &said));
	assert_int_equal(said.status, 4);
	grpc_talk_free(s);
}

static void nobody_watches_without_a_token(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_said said;

	door_ask_bytes(d, WATCH, NULL, "", 0, &said);
	assert_said(&said, 16, "UNAUTHENTICATED", "no token");
	door_ask_bytes(d, WATCH, "treasurer", "", 0, &said);
	assert_said(&said, 7, "PERMISSION_DENIED", "viewer");
	door_ask_bytes(d, WATCH, "viewer", "\x08", 1, &said);
	assert_said(&said, 3, "INVALID_ARGUMENT", "after_event_id: is cut short");
}

static enum err renew_viewer(struct turn *t, void *arg)
{
	struct eth_hash other = { { 1 } };

	(void)arg;
	return identity_set_token(t, "viewer", &other);
}

static void a_renewed_token_ends_the_streams_it_opened(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_talk *s = watch_from(d, "viewer", 0);
	struct grpc_said said;
	int64_t id;

	opened_are(1);
	assert_ok(&d->f, fixture_lane(&d->f, renew_viewer, NULL));
	assert_false(next_event(s, 10000, &id, NULL));
	assert_true(grpc_talk_end(s, 10000, &said));
	assert_said(&said, 16, "UNAUTHENTICATED", "not one of ours");
	grpc_talk_free(s);
}

static void a_slow_reader_costs_one_message(void **state)
{
	struct door_fixture *d = *state;
	int n = 1000;
	int64_t id;

	assert_ok(&d->f, fixture_lane(&d->f, many_events, &n));
	struct grpc_talk *s = watch_from(d, "viewer", 0);

	assert_true(next_event(s, 10000, &id, NULL));
	/* 1,000 messages of 30 KB are far more than the window of a reader that does not read:
	 * the handler is asked until the window is full, and no more. On a busy machine C-core may
	 * open the window up to 16 MiB, the socket takes its share; 30 MB fit nowhere. */
	int last = -1;

	for (int still = 0; still < 3; still++) {
		(void)usleep(100 * 1000);
		int now = atomic_load(&asked);

		if (now != last)
			still = 0;
		last = now;
	}
	assert_true(last < n * 9 / 10);
	for (int i = 1; i < n; i++)
		assert_true(next_event(s, 10000, &id, NULL));
	grpc_talk_free(s);
}

static void draining_ends_streams_at_once(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_talk *s[4];
	struct grpc_said said;
	bool ended;
	int64_t id;

	for (int i = 0; i < 4; i++) {
		s[i] = watch_from(d, "viewer", 0);
		opened_are(i + 1);
	}
	int64_t began = clock_mono_ms();

	grpc_door_close(d->door, 5000);
	d->door = NULL;
	assert_true(clock_mono_ms() - began < 1000);
	for (int i = 0; i < 4; i++) {
		while (next_event(s[i], 10000, &id, &ended))
			;
		assert_true(grpc_talk_end(s[i], 10000, &said));
		assert_said(&said, 14, "SERVER_DRAINING", "draining");
		grpc_talk_free(s[i]);
	}
}

static void a_reader_that_does_not_read_does_not_hold_up_the_end(void **state)
{
	struct door_fixture *d = *state;
	int n = 1000;

	assert_ok(&d->f, fixture_lane(&d->f, many_events, &n));
	struct grpc_talk *s = watch_from(d, "viewer", 0);

	opened_are(1);
	int64_t began = clock_mono_ms();

	grpc_door_close(d->door, 200);
	d->door = NULL;
	assert_true(clock_mono_ms() - began < 2000);
	grpc_talk_free(s);
}

/* ---- health ---- */

static int health_of(struct door_fixture *d, const char *service, struct grpc_said *said)
{
	Grpc__Health__V1__HealthCheckRequest q = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;

	q.service = (char *)service;
	door_ask(d, HEALTH "Check", NULL, &q, said);
	if (said->status != 0)
		return -said->status;
	Grpc__Health__V1__HealthCheckResponse *r =
		said_message(said, &grpc__health__v1__health_check_response__descriptor);
	int status = (int)r->status;

	grpc__health__v1__health_check_response__free_unpacked(r, NULL);
	return status;
}

static int next_health(struct grpc_talk *s)
{
	struct grpc_said said;

	assert_true(grpc_talk_next(s, 10000, &said, NULL));
	Grpc__Health__V1__HealthCheckResponse *r =
		said_message(&said, &grpc__health__v1__health_check_response__descriptor);
	int status = (int)r->status;

	grpc__health__v1__health_check_response__free_unpacked(r, NULL);
	return status;
}

static void health_is_told_for_the_whole_and_for_each_service(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_said said;

	assert_int_equal(health_of(d, "", &said), 1);
	assert_int_equal(health_of(d, "ghostfleet.v1.FleetService", &said), 1);
	assert_int_equal(health_of(d, "ghostfleet.v1.Nothing", &said), -5);
	assert_said(&said, 5, "NOT_FOUND", "no service 'ghostfleet.v1.Nothing'");
	grpc_door_serving(d->door, false);
	assert_int_equal(health_of(d, "", &said), 2);
	assert_int_equal(health_of(d, "grpc.health.v1.Health", &said), 2);

	door_ask_bytes(d, HEALTH "List", NULL, "", 0, &said);
	assert_said(&said, 0, NULL, NULL);
	Grpc__Health__V1__HealthListResponse *r =
		said_message(&said, &grpc__health__v1__health_list_response__descriptor);

	assert_int_equal(r->n_statuses, 5); /* "", fleet, health and the two reflections */
	for (size_t i = 0; i < r->n_statuses; i++)
		assert_int_equal(r->statuses[i]->value->status, 2);
	grpc__health__v1__health_list_response__free_unpacked(r, NULL);
}

static void health_transitions_are_watched(void **state)
{
	struct door_fixture *d = *state;
	Grpc__Health__V1__HealthCheckRequest q = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	struct grpc_talk *s = door_watch(d, HEALTH "Watch", NULL, &q);

	assert_int_equal(next_health(s), 1);
	for (int i = 0; i < 2; i++) {
		grpc_door_serving(d->door, false);
		assert_int_equal(next_health(s), 2);
		grpc_door_serving(d->door, true);
		assert_int_equal(next_health(s), 1);
	}
	grpc_talk_free(s);
	q.service = (char *)"nobody.Nothing";
	s = door_watch(d, HEALTH "Watch", NULL, &q);
	assert_int_equal(next_health(s), 3);
	grpc_talk_free(s);
}

/* ---- reflection ---- */

static Grpc__Reflection__V1__ServerReflectionResponse *reflect(
	struct grpc_talk *s, Grpc__Reflection__V1__ServerReflectionRequest *q)
{
	struct bytes b = packed(q);
	struct grpc_said said;

	grpc_talk_say(s, b.p, b.n);
	free((void *)b.p);
	assert_true(grpc_talk_next(s, 10000, &said, NULL));
	return said_message(&said, &grpc__reflection__v1__server_reflection_response__descriptor);
}

static void reflect_services(struct grpc_talk *s)
{
	Grpc__Reflection__V1__ServerReflectionRequest q =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__INIT;

	q.host = (char *)"here";
	q.message_request_case =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES;
	q.list_services = (char *)"*";
	Grpc__Reflection__V1__ServerReflectionResponse *r = reflect(s, &q);

	assert_string_equal(r->valid_host, "here");
	assert_string_equal(r->original_request->list_services, "*");
	assert_int_equal(r->list_services_response->n_service, 4);
	assert_string_equal(r->list_services_response->service[0]->name,
			    "ghostfleet.v1.FleetService");
	grpc__reflection__v1__server_reflection_response__free_unpacked(r, NULL);
}

static void reflect_symbol(struct grpc_talk *s)
{
	Grpc__Reflection__V1__ServerReflectionRequest q =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__INIT;

	q.message_request_case =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL;
	q.file_containing_symbol = (char *)"ghostfleet.v1.FleetService.GetFleet";
	Grpc__Reflection__V1__ServerReflectionResponse *r = reflect(s, &q);
	Grpc__Reflection__V1__FileDescriptorResponse *f = r->file_descriptor_response;

	/* The file, and the one it imports. */
	assert_int_equal(f->n_file_descriptor_proto, 2);
	Google__Protobuf__FileDescriptorProto *p = google__protobuf__file_descriptor_proto__unpack(
		NULL, f->file_descriptor_proto[0].len, f->file_descriptor_proto[0].data);

	assert_string_equal(p->name, "ghostfleet/v1/fleet.proto");
	google__protobuf__file_descriptor_proto__free_unpacked(p, NULL);
	grpc__reflection__v1__server_reflection_response__free_unpacked(r, NULL);

	q.file_containing_symbol = (char *)"ghostfleet.v1.Nothing";
	r = reflect(s, &q);
	assert_int_equal(r->error_response->error_code, 5);
	assert_string_equal(r->error_response->error_message, "no symbol 'ghostfleet.v1.Nothing'");
	grpc__reflection__v1__server_reflection_response__free_unpacked(r, NULL);
}

static void reflect_file(struct grpc_talk *s)
{
	Grpc__Reflection__V1__ServerReflectionRequest q =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__INIT;

	q.message_request_case =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME;
	q.file_by_filename = (char *)"google/protobuf/timestamp.proto";
	Grpc__Reflection__V1__ServerReflectionResponse *r = reflect(s, &q);

	assert_int_equal(r->file_descriptor_response->n_file_descriptor_proto, 1);
	grpc__reflection__v1__server_reflection_response__free_unpacked(r, NULL);

	q.message_request_case =
		GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE;
	q.all_extension_numbers_of_type = (char *)"ghostfleet.v1.Wallet";
	r = reflect(s, &q);
	assert_string_equal(r->all_extension_numbers_response->base_type_name,
			    "ghostfleet.v1.Wallet");
	grpc__reflection__v1__server_reflection_response__free_unpacked(r, NULL);
}

static void reflection_answers_in_both_versions(void **state)
{
	static const char *const paths[] = {
		"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
		"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
	};
	struct door_fixture *d = *state;

	for (int i = 0; i < 2; i++) {
		struct grpc_ask ask = { .path = paths[i] };
		struct grpc_talk *s = grpc_talk_open(d->client, &ask, false);
		struct grpc_said said;
		bool ended = false;

		reflect_services(s);
		reflect_symbol(s);
		reflect_file(s);
		grpc_talk_half_close(s);
		assert_false(grpc_talk_next(s, 10000, &said, &ended));
		assert_true(grpc_talk_end(s, 10000, &said));
		assert_said(&said, 0, NULL, NULL);
		grpc_talk_free(s);
	}
}

static void a_reflection_request_without_a_question_is_refused(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_ask ask = {
		.path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
	};
	struct grpc_talk *s = grpc_talk_open(d->client, &ask, false);
	struct grpc_said said;

	grpc_talk_say(s, "", 0);
	assert_false(grpc_talk_next(s, 10000, &said, NULL));
	assert_true(grpc_talk_end(s, 10000, &said));
	assert_said(&said, 3, "INVALID_ARGUMENT", "asks nothing");
	grpc_talk_free(s);
}

static void draining_ends_an_idle_reflection(void **state)
{
	struct door_fixture *d = *state;
	struct grpc_ask ask = {
		.path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"
	};
	struct grpc_talk *s = grpc_talk_open(d->client, &ask, false);
	struct grpc_said said;

	reflect_services(s);
	int64_t began = clock_mono_ms();

	grpc_door_close(d->door, 5000);
	d->door = NULL;
	assert_true(clock_mono_ms() - began < 1000);
	assert_true(grpc_talk_end(s, 10000, &said));
	assert_said(&said, 14, "SERVER_DRAINING", "draining");
	grpc_talk_free(s);
}

#define door_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		door_test(a_stream_tells_each_change_in_order),
		door_test(what_happened_before_comes_without_a_kick),
		door_test(a_topic_that_was_not_listed_does_not_wake_a_stream),
		door_test(a_stream_is_asked_at_most_ten_times_a_second),
		door_test(a_quiet_stream_sends_heartbeats),
		door_test(a_handler_may_ask_to_be_called_again),
		door_test(a_handler_ends_its_stream),
		door_test(a_handler_s_error_ends_its_stream),
		door_test(streams_are_limited_in_all_and_for_each),
		door_test(a_deadline_ends_a_stream),
		door_test(nobody_watches_without_a_token),
		door_test(a_renewed_token_ends_the_streams_it_opened),
		door_test(a_slow_reader_costs_one_message),
		door_test(draining_ends_streams_at_once),
		door_test(a_reader_that_does_not_read_does_not_hold_up_the_end),
		door_test(health_is_told_for_the_whole_and_for_each_service),
		door_test(health_transitions_are_watched),
		door_test(reflection_answers_in_both_versions),
		door_test(a_reflection_request_without_a_question_is_refused),
		door_test(draining_ends_an_idle_reflection),
	};

	return cmocka_run_group_tests_name("door.grpc_stream", tests, NULL, NULL);
}
