/* Many callers at once, some of whom leave, and a door that closes under them: every call gets
 * exactly one answer, nothing is lost in the hand-over between threads (run under asan and tsan).
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ghostfleet/v1/fleet.pb-c.h"
#include "ghostfleet/v1/wallet.pb-c.h"
#include "store/base/clock.h"
#include "store/events.h"
#include "tests/support/door.h"
#include "tests/support/test.h"

#define FLEET    "/ghostfleet.v1.FleetService/"
#define GENERATE "/ghostfleet.v1.WalletService/GenerateWallets"

enum { CALLERS = 8, MIX_CALLS = 60 };

static atomic_int written;

static enum err get_fleet(struct turn *t, const void *in, void *out)
{
	Ghostfleet__V1__GetFleetResponse *r = out;

	(void)in;
	r->fleet = turn_alloc(t, sizeof(*r->fleet));
	ghostfleet__v1__fleet__init(r->fleet);
	return event_last(t, &r->fleet->last_event_id);
}

static enum err pause_fleet(struct turn *t, const void *in, void *out)
{
	(void)in;
	(void)out;
	TRY(event_add(t, TOPIC_FLEET, "fleet", "paused", "for a test"));
	(void)atomic_fetch_add(&written, 1);
	return OK;
}

static enum err in_lane(struct turn *t, void *out)
{
	return pause_fleet(t, NULL, out);
}

static enum err generate(struct turn *t, const void *in, void *out)
{
	(void)in;
	return lane_run(t, in_lane, out);
}

static enum err watch_fleet(struct turn *t, struct watch *w, void *out, bool *have)
{
	Ghostfleet__V1__WatchFleetResponse *r = out;
	struct event *e;
	size_t n;

	TRY(event_list(t, w->after, TOPIC_FLEET, NULL, 1, &e, &n));
	if (n == 0)
		return OK;
	w->after = e->id;
	r->kind_case = GHOSTFLEET__V1__WATCH_FLEET_RESPONSE__KIND_EVENT;
	r->event = turn_alloc(t, sizeof(*r->event));
	ghostfleet__v1__event__init(r->event);
	r->event->id = e->id;
	*have = true;
	return OK;
}

static const struct method rows[] = {
	{ "ghostfleet.v1.FleetService", "GetFleet", METHOD_READ, ROLE_VIEWER, METHOD_CACHED,
	  TOPIC_FLEET, get_fleet, NULL },
	{ "ghostfleet.v1.FleetService", "PauseFleet", METHOD_WRITE, ROLE_VIEWER, 0, 0, pause_fleet,
	  NULL },
	{ "ghostfleet.v1.FleetService", "WatchFleet", METHOD_STREAM, ROLE_VIEWER, 0, TOPIC_FLEET,
	  NULL, watch_fleet },
	{ "ghostfleet.v1.WalletService", "GenerateWallets", METHOD_SLOW, ROLE_VIEWER, 0, 0,
	  generate, NULL },
};

static int setup(void **state)
{
	struct door_fixture *d = malloc(sizeof(*d));

	atomic_store(&written, 0);
	door_open(d, rows, 4, (struct grpc_options){ 0 });
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	door_close(*state);
	free(*state);
	return 0;
}

struct caller {
	pthread_t id;
	unsigned port;
	unsigned seed;
	atomic_int *stop; /* NULL: MIX_CALLS calls */
	int done, odd;    /* odd: answered with what nobody should see */
};

static bool expected(int status)
{
	/* OK, cancelled, late, busy, unavailable (the door closes). */
	return status == 0 || status == 1 || status == 4 || status == 8 || status == 14;
}

static void one_call(struct caller *me, struct grpc_client *client, unsigned kind)
{
	struct grpc_said *said = malloc(sizeof(*said));
	struct grpc_ask ask = { .path = FLEET "GetFleet", .token = "gf_viewer" };

	assert_non_null(said);
	if (kind % 4 == 1)
		ask.path = FLEET "PauseFleet";
	if (kind % 4 == 2)
		ask.path = GENERATE;
	if (kind % 5 == 0)
		ask.cancel_ms = 1;
	if (kind % 7 == 0)
		ask.deadline_ms = 1 + kind % 3;
	if (kind % 4 == 3) {
		ask.path = FLEET "WatchFleet";
		ask.deadline_ms = 5 + kind % 50;
		struct grpc_talk *s = grpc_talk_open(client, &ask, true);

		while (grpc_talk_next(s, 20, said, NULL))
			;
		grpc_talk_free(s);
	} else {
		grpc_ask(client, &ask, said);
		me->odd += !expected(said->status);
	}
	me->done++;
	free(said);
}

static void *call_away(void *arg)
{
	struct caller *me = arg;
	struct grpc_client *client = grpc_client_open(me->port);

	for (int i = 0; me->stop ? !atomic_load(me->stop) : i < MIX_CALLS; i++) {
		me->seed = me->seed * 1664525 + 1013904223;
		one_call(me, client, me->seed >> 8);
	}
	grpc_client_close(client);
	return NULL;
}

static void start(struct door_fixture *d, struct caller *c, atomic_int *stop)
{
	for (unsigned i = 0; i < CALLERS; i++) {
		c[i] = (struct caller){ .port = grpc_door_port(d->door),
					.seed = i + 1,
					.stop = stop };
		assert_int_equal(pthread_create(&c[i].id, NULL, call_away, &c[i]), 0);
	}
}

static void join(struct caller *c)
{
	for (unsigned i = 0; i < CALLERS; i++) {
		(void)pthread_join(c[i].id, NULL);
		assert_int_equal(c[i].odd, 0);
		assert_true(c[i].done > 0);
	}
}

/* What the handlers wrote is what the store holds, and what a reader sees. */
static bool reader_sees_what_was_written(void *arg)
{
	struct grpc_said *said = malloc(sizeof(*said));

	assert_non_null(said);
	door_ask_bytes(arg, FLEET "GetFleet", "viewer", "", 0, said);
	assert_said(said, 0, NULL, NULL);
	Ghostfleet__V1__GetFleetResponse *r =
		said_message(said, &ghostfleet__v1__get_fleet_response__descriptor);
	bool same = r->fleet->last_event_id == atomic_load(&written);

	ghostfleet__v1__get_fleet_response__free_unpacked(r, NULL);
	free(said);
	return same;
}

static void callers_of_every_kind_at_once(void **state)
{
	struct door_fixture *d = *state;
	struct caller c[CALLERS];

	start(d, c, NULL);
	join(c);
	/* A caller who left may have a write under way still. */
	wait_until(reader_sees_what_was_written, d, "a reader to see what was written");
}

static void a_door_that_closes_under_its_callers(void **state)
{
	struct door_fixture *d = *state;
	struct caller c[CALLERS];
	atomic_int stop = 0;

	start(d, c, &stop);
	(void)usleep(300 * 1000);
	int64_t began = clock_mono_ms();

	grpc_door_close(d->door, 200);
	d->door = NULL;
	assert_true(clock_mono_ms() - began < 3000);
	atomic_store(&stop, 1);
	join(c);
}

static void a_door_opens_and_closes_many_times(void **state)
{
	struct door_fixture *d = *state;

	grpc_door_close(d->door, 100);
	for (int i = 0; i < 10; i++) {
		d->options.port = 0;
		assert_ok(&d->f,
			  grpc_door_open(fixture_turn(&d->f), d->f.store, &d->options, &d->door));
		grpc_door_close(d->door, 0);
	}
	d->door = NULL;
}

#define door_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		door_test(callers_of_every_kind_at_once),
		door_test(a_door_that_closes_under_its_callers),
		door_test(a_door_opens_and_closes_many_times),
	};

	return cmocka_run_group_tests_name("door.grpc_storm", tests, NULL, NULL);
}
