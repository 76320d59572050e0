/* Starting and stopping our validator client: written down, told once, looked at for good; and
 * never two of them. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/core/control.h"
#include "server/core/fleet.h"
#include "server/core/incident.h"
#include "server/core/shared.h"
#include "server/jobs/jobs.h"
#include "store/beacon.h"
#include "store/clients.h"
#include "store/validators.h"
#include "tests/support/own_time.h"

static const int64_t MINUTE = 60000, EPOCH_MS = 32 * 12000;
static struct policy rules;
static struct shared all;
static struct jobs jobs;
static char up[160];
static const char *start_argv[] = { "/usr/bin/touch", up, NULL };
static const char *stop_argv[] = { "/usr/bin/rm", "-f", up, NULL };
static const char *status_argv[] = { "/usr/bin/test", "-e", up, NULL };
static const char *broken_argv[] = { "/usr/bin/cat", "/nowhere/to/be/found", NULL };

static int setup(void **state)
{
	(void)fresh(state);
	policy_defaults(&rules, 6343);
	rules.control = true;
	all = (struct shared){ .policy = &rules };
	shared_set(&all);
	(void)snprintf(up, sizeof(up), "%s/up", f.dir);
	jobs = (struct jobs){ .control = { .start = start_argv,
					   .stop = stop_argv,
					   .status = status_argv,
					   .within_ms = MINUTE } };
	return 0;
}

struct asking {
	enum op_kind kind;
	bool force;
	const char *reason;
	struct operation o;
};

static enum err ask(struct turn *t, void *arg)
{
	struct asking *a = arg;

	return control_ask(t, a->kind, "validators", a->force, a->reason ? a->reason : "", &a->o);
}

static enum err asked(struct asking *a)
{
	return lane_run(at_now(), ask, a);
}

static void tick(void)
{
	bool more;

	assert_ok(&f, job_control(at_now(), &jobs, &more));
}

static struct operation operation(int64_t id)
{
	struct operation o;

	assert_ok(&f, operation_get(at_now(), id, &o));
	return o;
}

/* A validator that is active, last seen live in an epoch; `missed` in a row. */
struct known {
	int64_t live_epoch, missed;
	enum client_says word;
	int64_t word_since_ms;
};

static enum err know(struct turn *t, void *arg)
{
	const struct known *k = arg;
	struct pubkey key = { { 7 } };
	struct validator v;
	bool added;

	TRY(validator_add(t, &key, "one", &v, &added));
	v.life = LIFE_ACTIVE;
	v.live_epoch = k->live_epoch;
	v.missed_row = k->missed;
	v.text = "";
	TRY(validator_save(t, &v));
	struct beacon b = { .genesis_ms = now - 100 * EPOCH_MS,
			    .slot_ms = 12000,
			    .slots = 32,
			    .network = "test",
			    .participation_source = "" };

	TRY(beacon_set(t, &b));
	if (!k->word)
		return OK;
	return client_put(t, &(struct client_probe){ .kind = CLIENT_METRICS,
						     .word = k->word,
						     .since_ms = k->word_since_ms,
						     .seen_ms = now,
						     .text = "refused" });
}

static enum err lock_down(struct turn *t, void *arg)
{
	struct pause p;

	(void)arg;
	return fleet_pause(t, "", PAUSE_LOCKDOWN, "test", &p);
}

static enum err open_incident(struct turn *t, void *arg)
{
	bool fresh;
	struct trigger g = { .key = "down",
			     .rule = "validator-down",
			     .subject = "validators/1",
			     .title = "down",
			     .text = "",
			     .severity = INCIDENT_CRITICAL };

	return incident_trigger(t, &g, arg, &fresh);
}

static void it_is_told_once_and_looked_at_for_good(void **state)
{
	struct asking a = { .kind = OP_START };

	(void)state;
	assert_ok(&f, asked(&a));
	assert_int_equal(operation(a.o.id).state, OP_RUNNING);
	tick();
	assert_int_equal(access(up, F_OK), 0);
	assert_int_equal(operation(a.o.id).state, OP_RUNNING);
	assert_int_equal(unlink(up), 0);
	tick();
	assert_int_not_equal(access(up, F_OK), 0); /* not told twice */
	now += MINUTE;
	tick();
	struct operation o = operation(a.o.id);

	assert_int_equal(o.state, OP_FAILED);
	assert_non_null(strstr(o.text, "does not run"));
}

static void a_restart_stops_and_starts_and_its_incident_hears_of_it(void **state)
{
	struct asking a = { .kind = OP_RESTART, .reason = "new release" };
	struct incident i;
	struct incident_row *rows;
	size_t n, told = 0;

	(void)state;
	assert_ok(&f, lane_run(at_now(), open_incident, &i));
	int64_t incident = i.id;

	assert_ok(&f, asked(&a));
	tick();
	now += MINUTE;
	tick();
	assert_int_equal(operation(a.o.id).state, OP_DONE);
	assert_ok(&f, incident_timeline(at_now(), incident, 0, 50, &rows, &n));
	for (size_t k = 0; k < n; k++)
		told += rows[k].kind == ROW_CHANGE && strstr(rows[k].text, "restart") != NULL;
	assert_int_equal(told, 1);
}

static enum err begin_only(struct turn *t, void *arg)
{
	const struct asking *a = arg;

	return control_begun(t, a->o.id);
}

static void a_crash_between_is_watched_and_never_told_twice(void **state)
{
	struct asking a = { .kind = OP_START };

	(void)state;
	assert_ok(&f, asked(&a));
	assert_ok(&f, lane_run(at_now(), begin_only, &a)); /* and here the process ends */
	tick();
	tick();
	assert_int_not_equal(access(up, F_OK), 0);
	assert_non_null(strstr(operation(a.o.id).text, "not known"));
	now += MINUTE;
	tick();
	assert_int_equal(operation(a.o.id).state, OP_FAILED);
}

static void what_a_program_says_when_it_fails_is_kept(void **state)
{
	struct asking a = { .kind = OP_START };

	(void)state;
	jobs.control.start = broken_argv;
	assert_ok(&f, asked(&a));
	tick();
	struct operation o = operation(a.o.id);

	assert_int_equal(o.state, OP_FAILED);
	assert_non_null(strstr(o.text, "No such file"));
}

static void one_at_a_time_and_none_where_nothing_is_set(void **state)
{
	struct asking a = { .kind = OP_STOP }, b = { .kind = OP_START };

	(void)state;
	assert_ok(&f, asked(&a));
	assert_int_equal(asked(&b), ERR_REFUSED);
	assert_non_null(strstr(f.t.why, "is at it"));
	rules.control = false;
	assert_int_equal(asked(&b), ERR_REFUSED);
	assert_non_null(strstr(f.t.why, "control.unit"));
}

static void in_a_lockdown_nothing_starts_and_stopping_is_free(void **state)
{
	struct asking start = { .kind = OP_START }, restart = { .kind = OP_RESTART };
	struct asking stop = { .kind = OP_STOP };

	(void)state;
	assert_ok(&f, asked(&start)); /* asked before */
	assert_ok(&f, lane_run(at_now(), lock_down, NULL));
	tick();
	assert_int_equal(operation(start.o.id).state, OP_FAILED);
	assert_int_not_equal(access(up, F_OK), 0);
	assert_int_equal(asked(&restart), ERR_REFUSED);
	assert_non_null(strstr(f.t.why, "locked down"));
	assert_ok(&f, asked(&stop));
	tick();
	now += MINUTE;
	tick();
	assert_int_equal(operation(stop.o.id).state, OP_DONE);
}

static void keys_that_the_chain_saw_since_are_not_started(void **state)
{
	struct asking a = { .kind = OP_START, .force = true, .reason = "I know better" };
	/* Our client is gone for ten epochs, and the chain saw the key two epochs ago. */
	struct known k = { .live_epoch = 98,
			   .word = SAYS_GONE,
			   .word_since_ms = now - 10 * EPOCH_MS };

	(void)state;
	assert_ok(&f, lane_run(at_now(), know, &k));
	assert_int_equal(asked(&a), ERR_REFUSED);
	assert_non_null(strstr(f.t.why, "signs elsewhere"));
	a.kind = OP_RESTART; /* of a client that is gone: a start by another name */
	assert_int_equal(asked(&a), ERR_REFUSED);
	assert_non_null(strstr(f.t.why, "signs elsewhere"));
}

static void keys_that_were_silent_since_our_client_is_gone_are_started(void **state)
{
	struct asking a = { .kind = OP_START };
	struct known k = { .live_epoch = 89,
			   .word = SAYS_GONE,
			   .word_since_ms = now - 10 * EPOCH_MS };

	(void)state;
	assert_ok(&f, lane_run(at_now(), know, &k));
	assert_ok(&f, asked(&a));
}

static void where_nobody_can_tell_two_silent_epochs_are_waited_for(void **state)
{
	struct asking a = { .kind = OP_START };
	struct known k = { .live_epoch = 99, .missed = 1 };

	(void)state;
	assert_ok(&f, lane_run(at_now(), know, &k));
	assert_int_equal(asked(&a), ERR_REFUSED);
	assert_non_null(strstr(f.t.why, "two finished epochs"));
	a.force = true;
	assert_int_equal(asked(&a), ERR_REFUSED); /* without a reason */
	a.reason = "first start on this host";
	assert_ok(&f, asked(&a));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_told_once_and_looked_at_for_good),
		TEST(a_restart_stops_and_starts_and_its_incident_hears_of_it),
		TEST(a_crash_between_is_watched_and_never_told_twice),
		TEST(what_a_program_says_when_it_fails_is_kept),
		TEST(one_at_a_time_and_none_where_nothing_is_set),
		TEST(in_a_lockdown_nothing_starts_and_stopping_is_free),
		TEST(keys_that_the_chain_saw_since_are_not_started),
		TEST(keys_that_were_silent_since_our_client_is_gone_are_started),
		TEST(where_nobody_can_tell_two_silent_epochs_are_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
