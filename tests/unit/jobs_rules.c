/* The job of the rules on the real store: figures in, incidents out; the clock is the test's, and
 * the store is closed and opened again in between. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/core/burn.h"
#include "server/core/incident.h"
#include "server/core/rule_replay.h"
#include "server/core/rules.h"
#include "server/core/validator.h"
#include "store/base/clock.h"
#include "store/beacon.h"
#include "store/incidents.h"
#include "tests/support/fake_beacon.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static struct stage w;

static enum err ship(struct turn *t, void *arg)
{
	(void)arg;
	return rules_ship(t);
}

static int open_stage(void **state)
{
	(void)state;
	stage_open(&w, 4);
	assert_ok(&w.f, stage_lane(&w, ship, NULL));
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	stage_close(&w);
	return 0;
}

/* ---- figures ---- */

struct figure {
	enum signal signal;
	const char *entity;
	double value;
};

static enum err put_figure(struct turn *t, void *arg)
{
	const struct figure *f = arg;

	return signal_put(t, f->signal, f->entity, f->value, "test");
}

static void say(enum signal s, const char *entity, double value)
{
	struct figure f = { s, entity, value };

	assert_ok(&w.f, stage_lane(&w, put_figure, &f));
}

static void look(void)
{
	assert_ok(&w.f, stage_job(&w, JOB_RULES));
}

/* Time passes, with the same figure twice a minute, or without any. */
static void pass_with(int64_t ms, enum signal s, const char *entity, double value)
{
	for (int64_t end = w.now_ms + ms; w.now_ms < end;) {
		w.now_ms += end - w.now_ms < 30 * SECOND ? end - w.now_ms : 30 * SECOND;
		say(s, entity, value);
		look();
	}
}

static void pass_silent(int64_t ms)
{
	for (int64_t end = w.now_ms + ms; w.now_ms < end;) {
		w.now_ms += 30 * SECOND;
		look();
	}
}

/* ---- validators ---- */

static enum err watch(struct turn *t, void *arg)
{
	const size_t *range = arg; /* from, how many */
	size_t n = range[1], added;
	struct validator_ask *asks = turn_array(t, n, sizeof(*asks));

	for (size_t i = 0; i < n; i++)
		asks[i] = (struct validator_ask){ fake_beacon_key(range[0] + i), "" };
	return validators_add(t, asks, n, turn_array(t, n, sizeof(struct validator)), &added);
}

struct edit {
	size_t i;
	void (*fn)(struct validator *v);
};

static enum err save_edit(struct turn *t, void *arg)
{
	const struct edit *e = arg;
	struct pubkey k = fake_beacon_key(e->i);
	struct validator v;

	TRY(validator_by_key(t, &k, &v));
	e->fn(&v);
	lane_touch(t, TOPIC_VALIDATOR);
	return validator_save(t, &v);
}

static void edit(size_t i, void (*fn)(struct validator *v))
{
	struct edit e = { i, fn };

	assert_ok(&w.f, stage_lane(&w, save_edit, &e));
}

static void is_up(struct validator *v)
{
	v->life = LIFE_ACTIVE;
	v->health = VALIDATOR_UP;
	v->since_ms = w.now_ms;
	v->missed_row = 0;
	v->heard_epoch = 100;
	v->judged_epoch = 100;
	v->balance = v->effective = INT64_C(32000000000);
	v->evidence = EVIDENCE_CHAIN;
}

static void is_down(struct validator *v)
{
	v->health = VALIDATOR_DOWN;
	v->since_ms = w.now_ms;
}

static void is_unknown(struct validator *v)
{
	v->health = VALIDATOR_UNKNOWN;
	v->since_ms = w.now_ms;
}

static void is_exited(struct validator *v)
{
	v->life = LIFE_EXITED;
	v->health = VALIDATOR_IDLE;
	v->since_ms = w.now_ms;
	v->balance = 0;
}

static void is_slashed(struct validator *v)
{
	v->slashed = true;
}

static void declines_thrice(struct validator *v)
{
	v->declines = 3;
}

static void missed_three(struct validator *v)
{
	v->health = VALIDATOR_DEGRADED;
	v->missed_row = 3;
	v->missed_bits = 7;
}

static void watch_well(size_t n)
{
	size_t range[] = { 0, n };

	assert_ok(&w.f, stage_lane(&w, watch, range));
	for (size_t i = 0; i < n; i++)
		edit(i, is_up);
}

/* ---- incidents ---- */

/* The newest of the rule; false: there is none. */
static bool newest(const char *rule, struct incident *out)
{
	struct incident_filter f = { .rule = rule };
	struct incident *list;
	size_t n;

	assert_ok(&w.f, incident_list(stage_turn(&w), &f, 1, &list, &n));
	if (n > 0)
		*out = list[0];
	return n > 0;
}

static bool is_open(const char *rule)
{
	struct incident i;

	return newest(rule, &i) && i.state != INCIDENT_RESOLVED;
}

static size_t count(const char *rule)
{
	struct incident_filter f = { .rule = rule };
	struct incident *list;
	size_t n;

	assert_ok(&w.f, incident_list(stage_turn(&w), &f, 1000, &list, &n));
	return n;
}

static struct incident the(const char *rule)
{
	struct incident i;

	if (!newest(rule, &i))
		fail_msg("no incident of rule %s\n", rule);
	return i;
}

/* ---- changing rules ---- */

struct change {
	const char *id;
	void (*fn)(struct rule *r);
	int64_t version;
};

static enum err change_in_lane(struct turn *t, void *arg)
{
	const struct change *c = arg;
	struct rule r;
	bool changed;

	TRY(rule_get(t, c->id, 0, &r));
	c->fn(&r);
	return rule_change(t, &r, c->version, "a test", &changed);
}

static enum err change(const char *id, void (*fn)(struct rule *r))
{
	struct change c = { id, fn, 0 };

	return stage_lane(&w, change_in_lane, &c);
}

static void off(struct rule *r)
{
	r->enabled = false;
}

static void at_seventy(struct rule *r)
{
	r->threshold = 70;
}

static void three_of_five(struct rule *r)
{
	r->for_ms = 0;
	r->hits = 3;
	r->looks = 5;
	r->keep_ms = 0;
}

static void a_third(struct rule *r)
{
	r->min_affected = 2;
	r->share = 33;
}

static void an_entity_each(struct rule *r)
{
	r->group = GROUP_ENTITY;
}

static void two_must_agree(struct rule *r)
{
	r->min_sources = 2;
}

static void at_once(struct rule *r)
{
	r->for_ms = 0;
	r->keep_ms = 0;
}

static void warms_for_ten_minutes(struct rule *r)
{
	r->for_ms = 0;
	r->keep_ms = 0;
	r->warm_up_ms = 10 * MINUTE;
}

static void over_five_minutes(struct rule *r)
{
	r->for_ms = 0;
	r->window_ms = 5 * MINUTE;
}

/* ---- for, keep, levels ---- */

static void it_pends_for_so_long_fires_and_ends(void **state)
{
	(void)state;
	pass_with(9 * MINUTE, SIGNAL_HOST_CPU, "host", 95);
	assert_false(is_open("HighCpu"));
	pass_with(90 * SECOND, SIGNAL_HOST_CPU, "host", 95);
	struct incident i = the("HighCpu");

	assert_int_equal(i.state, INCIDENT_TRIGGERED);
	assert_int_equal(i.severity, INCIDENT_MEDIUM);
	assert_false(i.page); /* the runbook's noisy one ships as a ticket */
	assert_string_equal(i.subject, "host");
	assert_non_null(strstr(i.text, "host.cpu > 80 percent for 10 min"));
	pass_with(60 * SECOND, SIGNAL_HOST_CPU, "host", 20);
	assert_true(is_open("HighCpu")); /* keep_firing_for */
	pass_with(2 * MINUTE, SIGNAL_HOST_CPU, "host", 20);
	assert_false(is_open("HighCpu"));
	assert_int_equal(the("HighCpu").resolution, RESOLVED_AUTO);
}

static void one_good_look_begins_the_wait_anew(void **state)
{
	(void)state;
	pass_with(9 * MINUTE, SIGNAL_HOST_CPU, "host", 95);
	pass_with(15 * SECOND, SIGNAL_HOST_CPU, "host", 20);
	pass_with(9 * MINUTE, SIGNAL_HOST_CPU, "host", 95);
	assert_int_equal(count("HighCpu"), 0);
}

static void what_pends_goes_on_after_a_restart(void **state)
{
	(void)state;
	pass_with(6 * MINUTE, SIGNAL_HOST_CPU, "host", 95);
	stage_crash(&w);
	pass_with(5 * MINUTE, SIGNAL_HOST_CPU, "host", 95);
	assert_true(is_open("HighCpu"));
}

static void three_of_five_looks(void **state)
{
	static const double values[] = { 95, 20, 95, 20, 20, 95, 20, 95, 95 };
	static const bool fires[] = { 0, 0, 0, 0, 0, 0, 0, 0, 1 };

	(void)state;
	assert_ok(&w.f, change("HighCpu", three_of_five));
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		w.now_ms += 15 * SECOND;
		say(SIGNAL_HOST_CPU, "host", values[i]);
		look();
		look(); /* the same measurement counts once */
		if (i % 3 == 2)
			stage_crash(&w);
		if (is_open("HighCpu") != fires[i])
			fail_msg("look %zu: fires %d\n", i, !fires[i]);
	}
}

static void a_mean_over_a_window(void **state)
{
	(void)state;
	assert_ok(&w.f, change("HighCpu", over_five_minutes));
	pass_with(10 * MINUTE, SIGNAL_HOST_CPU, "host", 20);
	pass_with(30 * SECOND, SIGNAL_HOST_CPU, "host", 100); /* a spike is no mean */
	assert_false(is_open("HighCpu"));
	pass_with(5 * MINUTE, SIGNAL_HOST_CPU, "host", 100);
	assert_true(is_open("HighCpu"));
}

/* ---- nobody can tell ---- */

/* tenderduty #28: the monitor lost its node, and that resolved a real alarm. */
static void tenderduty_28_losing_the_data_resolves_nothing(void **state)
{
	(void)state;
	pass_with(11 * MINUTE, SIGNAL_HOST_CPU, "host", 95);
	assert_true(is_open("HighCpu"));
	pass_silent(2 * HOUR);
	assert_true(is_open("HighCpu"));
	assert_int_equal(count("HighCpu"), 1);
	struct incident i = the("DataStale");

	assert_int_equal(i.state, INCIDENT_TRIGGERED);
	assert_true(i.page);
	assert_non_null(strstr(i.title, "host.cpu of host"));
	pass_with(15 * SECOND, SIGNAL_HOST_CPU, "host", 95);
	assert_true(is_open("HighCpu"));
	pass_with(3 * MINUTE, SIGNAL_HOST_CPU, "host", 20);
	assert_false(is_open("HighCpu"));
	assert_false(is_open("DataStale"));
}

static void nobody_can_tell_fires_nothing(void **state)
{
	(void)state;
	pass_with(5 * MINUTE, SIGNAL_HOST_CPU, "host", 95);
	pass_silent(30 * MINUTE);
	assert_int_equal(count("HighCpu"), 0);
	assert_true(is_open("DataStale"));
}

static void a_figure_that_may_be_missing_is_not_missed(void **state)
{
	(void)state;
	pass_with(6 * MINUTE, SIGNAL_HOST_CLOCK_ERROR, "host", 900);
	assert_true(is_open("ClockSkew"));
	pass_silent(30 * MINUTE); /* nothing keeps the clock: ClockNotKept's */
	assert_false(is_open("ClockSkew"));
	assert_int_equal(count("DataStale"), 0);
}

static void a_figure_of_what_is_no_longer_configured_is_not_missed(void **state)
{
	(void)state;
	say(SIGNAL_BEACON_COUNTS, "beacons/gone", 0);
	pass_silent(30 * MINUTE);
	assert_int_equal(count("BeaconDown"), 0);
	assert_int_equal(count("DataStale"), 0);
}

static void who_comes_back_is_not_believed_at_once(void **state)
{
	(void)state;
	assert_ok(&w.f, change("HighCpu", warms_for_ten_minutes));
	pass_with(1 * MINUTE, SIGNAL_HOST_CPU, "host", 20);
	pass_silent(3 * MINUTE);
	pass_with(9 * MINUTE, SIGNAL_HOST_CPU, "host", 95);
	stage_crash(&w);
	assert_int_equal(count("HighCpu"), 0);
	pass_with(2 * MINUTE, SIGNAL_HOST_CPU, "host", 95);
	assert_true(is_open("HighCpu"));
}

/* ---- regressions of others ---- */

/* tenderduty #65: a restart while the alarm is on left it stuck for ever, and nothing new came. */
static void tenderduty_65_a_restart_leaves_no_alarm_stuck(void **state)
{
	(void)state;
	assert_ok(&w.f, change("HighCpu", at_once));
	pass_with(15 * SECOND, SIGNAL_HOST_CPU, "host", 95);
	assert_true(is_open("HighCpu"));
	stage_crash(&w);
	pass_with(30 * SECOND, SIGNAL_HOST_CPU, "host", 95);
	assert_int_equal(count("HighCpu"), 1); /* the same one */
	stage_crash(&w);
	pass_with(30 * SECOND, SIGNAL_HOST_CPU, "host", 20);
	assert_false(is_open("HighCpu"));
	stage_crash(&w);
	pass_with(30 * SECOND, SIGNAL_HOST_CPU, "host", 95);
	assert_true(is_open("HighCpu")); /* and the next one comes */
	assert_int_equal(count("HighCpu"), 2);
}

/* tenderduty's watch(): the branch that clears the percentage alarm said `resolved = false`. */
static void the_percentage_clear_bug_a_share_that_falls_clears(void **state)
{
	(void)state;
	watch_well(6);
	assert_ok(&w.f, change("MissedDuties", a_third));
	look();
	edit(0, missed_three);
	look();
	assert_int_equal(count("MissedDuties"), 0); /* one of six is no third */
	edit(1, missed_three);
	look();
	assert_true(is_open("MissedDuties"));
	assert_non_null(strstr(the("MissedDuties").text, "2 of 6"));
	stage_crash(&w);
	edit(1, is_up);
	look();
	assert_false(is_open("MissedDuties"));
	assert_int_equal(the("MissedDuties").resolution, RESOLVED_AUTO);
	edit(2, missed_three);
	look();
	assert_int_equal(count("MissedDuties"), 2); /* and it comes again */
}

/* ---- validators ---- */

static void a_validator_is_down_for_five_minutes(void **state)
{
	(void)state;
	watch_well(3);
	look();
	edit(1, is_down);
	for (int i = 0; i < 299; i++) {
		w.now_ms += SECOND;
		look();
	}
	assert_int_equal(count("ValidatorDown"), 0);
	w.now_ms += SECOND;
	look();
	struct pubkey k = fake_beacon_key(1);
	struct incident i = the("ValidatorDown");

	assert_int_equal(i.severity, INCIDENT_CRITICAL);
	assert_true(i.page);
	assert_string_equal(i.subject + strlen("validators/"), pubkey_str(&w.f.t, &k));
	edit(1, is_up);
	look();
	assert_false(is_open("ValidatorDown"));
}

static void many_at_once_are_one_incident_and_later_ones_another(void **state)
{
	(void)state;
	watch_well(40);
	look();
	for (size_t i = 0; i < 30; i++)
		edit(i, is_down);
	w.now_ms += 5 * MINUTE;
	look();
	assert_int_equal(count("ValidatorDown"), 1);
	struct incident first = the("ValidatorDown");

	assert_string_equal(first.subject, "fleet");
	assert_non_null(strstr(first.title, "and 29 more"));
	assert_non_null(strstr(first.text, "and 10 more"));
	w.now_ms += HOUR;
	look();
	edit(35, is_down);
	w.now_ms += 5 * MINUTE;
	look();
	assert_int_equal(count("ValidatorDown"), 2); /* not hidden behind an hour-old one */
	for (size_t i = 0; i < 30; i++)
		edit(i, is_up);
	look();
	assert_int_equal(the("ValidatorDown").state, INCIDENT_TRIGGERED);
	struct incident was;

	assert_ok(&w.f, incident_get(stage_turn(&w), first.id, &was));
	assert_int_equal(was.state, INCIDENT_RESOLVED);
}

static void one_each_where_the_rule_says_so(void **state)
{
	(void)state;
	watch_well(3);
	assert_ok(&w.f, change("ValidatorDown", an_entity_each));
	look();
	edit(0, is_down);
	edit(2, is_down);
	w.now_ms += 5 * MINUTE;
	look();
	assert_int_equal(count("ValidatorDown"), 2);
}

static void an_exit_raises_no_alarm(void **state)
{
	(void)state;
	watch_well(2);
	look();
	edit(0, is_down);
	w.now_ms += 5 * MINUTE;
	look();
	assert_true(is_open("ValidatorDown"));
	edit(0, is_exited);
	look();
	assert_false(is_open("ValidatorDown"));
	w.now_ms += HOUR;
	look();
	assert_int_equal(count("BalanceLow"), 0);
}

static void unknown_validators_are_stale_data_and_down_stays_down(void **state)
{
	(void)state;
	watch_well(2);
	look();
	edit(0, is_down);
	w.now_ms += 5 * MINUTE;
	look();
	assert_true(is_open("ValidatorDown"));
	edit(0, is_unknown);
	edit(1, is_unknown);
	pass_silent(25 * MINUTE);
	assert_true(is_open("ValidatorDown"));
	assert_true(is_open("DataStale"));
	assert_int_equal(count("DataStale"), 1);
	edit(0, is_up);
	edit(1, is_up);
	pass_silent(MINUTE);
	assert_false(is_open("ValidatorDown"));
	assert_false(is_open("DataStale"));
}

static enum err one_node_counts(struct turn *t, void *arg)
{
	struct beacon_source s = { .name = arg,
				   .url = "",
				   .state = SOURCE_OK,
				   .good_ms = t->now_ms,
				   .text = "",
				   .client = "" };

	return source_put(t, &s);
}

static void as_many_must_agree_as_the_rule_says(void **state)
{
	static char one[] = "one", two[] = "two";

	(void)state;
	watch_well(1);
	assert_ok(&w.f, stage_lane(&w, one_node_counts, one));
	assert_ok(&w.f, change("ValidatorDown", two_must_agree));
	edit(0, is_down);
	w.now_ms += 10 * MINUTE;
	look();
	assert_int_equal(count("ValidatorDown"), 0);
	assert_ok(&w.f, stage_lane(&w, one_node_counts, two));
	look();
	assert_true(is_open("ValidatorDown"));
}

static void a_slashing_is_said_of_each_and_never_held_back(void **state)
{
	(void)state;
	watch_well(2);
	edit(0, is_slashed);
	edit(1, is_slashed);
	look();
	assert_int_equal(count("SlashingDetected"), 2);
	assert_true(the("SlashingDetected").never_suppress);
}

/* ---- causes ---- */

static void a_cause_mutes_what_follows_and_names_it(void **state)
{
	(void)state;
	watch_well(3);
	look();
	edit(0, is_down);
	w.now_ms += 5 * MINUTE;
	look();
	edit(0, declines_thrice);
	look();
	assert_int_equal(count("BalanceDeclining"), 0);
	assert_non_null(strstr(the("ValidatorDown").text, "Muted by it: BalanceDeclining (1)"));
	edit(1, declines_thrice); /* another one's: that is nobody's effect */
	look();
	assert_int_equal(count("BalanceDeclining"), 1);
	edit(0, is_up);
	edit(0, declines_thrice);
	look();
	assert_false(is_open("ValidatorDown"));
	assert_int_equal(count("BalanceDeclining"), 1); /* it needs a while to be well */
	for (int i = 0; i < 14 * 60; i += 15) {
		w.now_ms += 15 * SECOND;
		look();
	}
	assert_int_equal(count("BalanceDeclining"), 2); /* but not for ever */
}

static void nine_things_of_one_cause_are_one_page(void **state)
{
	struct incident_filter f = { .states = 1u << INCIDENT_TRIGGERED };
	struct incident *list;
	size_t n, pages = 0;

	(void)state;
	watch_well(9);
	look();
	for (size_t i = 0; i < 9; i++) {
		edit(i, is_down);
		edit(i, declines_thrice);
	}
	pass_with(30 * MINUTE, SIGNAL_FLEET_ATTESTING, "fleet", 0);
	assert_ok(&w.f, incident_list(stage_turn(&w), &f, 100, &list, &n));
	for (size_t i = 0; i < n; i++)
		pages += list[i].page;
	/* BalanceDeclining of the first minutes was before ValidatorDown fired */
	assert_true(pages <= 2);
	assert_int_equal(count("ValidatorDown"), 1);
	assert_int_equal(count("ParticipationLow"), 0);
}

/* ---- flapping, hands ---- */

static void what_flaps_is_one_incident(void **state)
{
	(void)state;
	assert_ok(&w.f, change("HighCpu", at_once));
	for (int i = 0; i < 20; i++) {
		pass_with(15 * SECOND, SIGNAL_HOST_CPU, "host", 95);
		pass_with(15 * SECOND, SIGNAL_HOST_CPU, "host", 20);
		if (i % 5 == 0)
			stage_crash(&w);
	}
	assert_true(count("HighCpu") <= 3);
	pass_with(16 * MINUTE, SIGNAL_HOST_CPU, "host", 20);
	struct rule_count *c;
	size_t n;

	assert_ok(&w.f, rule_counts(stage_turn(&w), &c, &n));
	for (size_t i = 0; i < n; i++)
		assert_int_equal(c[i].firing, 0);
}

static enum err resolve_by_hand(struct turn *t, void *arg)
{
	struct incident i;
	bool applied;

	return incident_resolve(t, *(int64_t *)arg, "tester", "", RESOLVED_MANUAL, &i, &applied);
}

static void what_still_holds_after_it_was_resolved_by_hand_comes_again(void **state)
{
	(void)state;
	assert_ok(&w.f, change("HighCpu", at_once));
	pass_with(15 * SECOND, SIGNAL_HOST_CPU, "host", 95);
	int64_t id = the("HighCpu").id;

	assert_ok(&w.f, stage_lane(&w, resolve_by_hand, &id));
	pass_with(10 * MINUTE, SIGNAL_HOST_CPU, "host", 95);
	assert_false(is_open("HighCpu"));
	pass_with(6 * MINUTE, SIGNAL_HOST_CPU, "host", 95);
	assert_true(is_open("HighCpu"));
	assert_int_equal(count("HighCpu"), 2);
}

/* ---- changes ---- */

static void a_change_counts_at_the_next_look(void **state)
{
	(void)state;
	pass_with(11 * MINUTE, SIGNAL_HOST_CPU, "host", 75);
	assert_false(is_open("HighCpu"));
	assert_ok(&w.f, change("HighCpu", at_seventy));
	pass_with(11 * MINUTE, SIGNAL_HOST_CPU, "host", 75);
	assert_true(is_open("HighCpu"));
	assert_ok(&w.f, change("HighCpu", off));
	look();
	assert_false(is_open("HighCpu"));
	struct rule *h;
	size_t n;

	assert_ok(&w.f, rule_history(stage_turn(&w), "HighCpu", 10, &h, &n));
	assert_int_equal(n, 3);
	assert_false(h[0].enabled);
	assert_string_equal(h[1].author, "tester");
	assert_string_equal(h[2].author, "default");
}

static void by_breaker_open(struct rule *r)
{
	r->inhibited_by = "BreakerOpen";
}

static void by_nobody_there(struct rule *r)
{
	r->inhibited_by = "Nobody";
}

static void causes_that_form_a_ring_are_refused(void **state)
{
	(void)state;
	assert_fails(&w.f, change("BreakerManyOpen", by_breaker_open), ERR_INVALID,
		     "cause of itself");
	assert_fails(&w.f, change("BreakerManyOpen", by_nobody_there), ERR_INVALID,
		     "no rule 'Nobody'");
}

static void an_old_version_is_refused(void **state)
{
	struct change c = { "HighCpu", off, 1 };

	(void)state;
	assert_ok(&w.f, change("HighCpu", at_seventy));
	assert_fails(&w.f, stage_lane(&w, change_in_lane, &c), ERR_STALE, "version 2");
}

static enum err apply(struct turn *t, void *arg)
{
	return rules_apply_file(t, arg);
}

static void a_file_is_applied_when_it_says_something_else_and_only_then(void **state)
{
	struct rules_file f = { 10, 31.75, -1, -1, 85 };
	struct rule r;

	(void)state;
	assert_ok(&w.f, stage_lane(&w, apply, &f));
	assert_ok(&w.f, rule_get(stage_turn(&w), "ValidatorDown", 0, &r));
	assert_true(r.threshold > 599 && r.threshold < 601);
	assert_string_equal(r.author, "file");
	assert_ok(&w.f, rule_get(stage_turn(&w), "DiskFull", 0, &r));
	assert_int_equal(r.version, 2);
	assert_ok(&w.f, rule_get(stage_turn(&w), "HighCpu", 0, &r));
	assert_int_equal(r.version, 1);
	assert_ok(&w.f, change("DiskFull", at_seventy));
	assert_ok(&w.f, stage_lane(&w, apply, &f)); /* the next start */
	assert_ok(&w.f, rule_get(stage_turn(&w), "DiskFull", 0, &r));
	assert_string_equal(r.author, "tester");
	f.disk = 88;
	assert_ok(&w.f, stage_lane(&w, apply, &f));
	assert_ok(&w.f, rule_get(stage_turn(&w), "DiskFull", 0, &r));
	assert_true(r.threshold > 87 && r.threshold < 89);
}

static enum err forget_shipped(struct turn *t, void *arg)
{
	struct eth_hash other = { { 1 } };
	struct rule r;

	(void)arg;
	TRY(rule_get(t, "HighCpu", 0, &r));
	return rule_set_shipped(t, r.no, &other);
}

static void a_later_default_is_a_proposal(void **state)
{
	struct rule r;

	(void)state;
	assert_ok(&w.f, change("HighCpu", at_seventy));
	assert_ok(&w.f, stage_lane(&w, forget_shipped, NULL)); /* as by an older version */
	assert_ok(&w.f, stage_lane(&w, ship, NULL));
	assert_ok(&w.f, rule_get(stage_turn(&w), "HighCpu", 0, &r));
	assert_true(r.threshold < 71);
	assert_int_equal(r.proposed, 3);
	assert_ok(&w.f, stage_lane(&w, ship, NULL)); /* once */
	assert_ok(&w.f, rule_get(stage_turn(&w), "HighCpu", 0, &r));
	assert_int_equal(r.newest, 3);
}

/* ---- wallets ---- */

static enum err trip(struct turn *t, void *arg)
{
	struct wallet x;

	TRY(wallet_get(t, arg, &x));
	x.breaker.wallet = x.id;
	x.breaker.state = BREAKER_OPEN;
	x.breaker.cause = "a test";
	x.breaker.tripped_ms = t->now_ms;
	lane_touch(t, TOPIC_WALLET);
	return breaker_set(t, &x.breaker);
}

static void one_breaker_is_one_and_many_are_another(void **state)
{
	static char first[] = "w-000", second[] = "w-001";

	(void)state;
	look();
	assert_ok(&w.f, stage_lane(&w, trip, first));
	w.now_ms += 3 * SECOND;
	look();
	struct incident i = the("BreakerOpen");

	assert_string_equal(i.subject, "wallets/w-000");
	assert_int_equal(count("BreakerManyOpen"), 0);
	assert_ok(&w.f, stage_lane(&w, trip, second));
	w.now_ms += 3 * SECOND;
	look();
	assert_true(is_open("BreakerManyOpen"));
	assert_int_equal(the("BreakerManyOpen").severity, INCIDENT_CRITICAL);
	assert_int_equal(count("BreakerOpen"), 1);
}

static void what_a_wallet_uses_up_is_told_after_an_hour(void **state)
{
	struct burn b = burn_after((struct burn){ .wallet = 1 }, 10, HOUR);

	(void)state;
	b = burn_after(b, 9.5, HOUR + 30 * MINUTE);
	assert_true(burn_per_hour(&b) < 0);
	b = burn_after(b, 9, 2 * HOUR);
	assert_true(burn_per_hour(&b) > 0.99 && burn_per_hour(&b) < 1.01);
	b = burn_after(b, 20, 3 * HOUR); /* a top-up is no news */
	assert_true(burn_per_hour(&b) > 0.49 && burn_per_hour(&b) < 0.51);
	b = burn_after(b, 0.1, 4 * HOUR); /* brought home: that is not used up */
	assert_true(burn_per_hour(&b) < 0);
}

/* ---- the past ---- */

static struct replay replay(const char *id, void (*fn)(struct rule *r), int64_t back_ms)
{
	struct turn *t = stage_turn(&w);
	struct replay out;
	struct rule r;

	assert_ok(&w.f, rule_get(t, id, 0, &r));
	if (fn)
		fn(&r);
	assert_ok(&w.f, rule_replay(t, &r, t->now_ms - back_ms, t->now_ms, &out));
	return out;
}

static void a_test_by_the_past_finds_what_the_rule_found(void **state)
{
	(void)state;
	pass_with(20 * MINUTE, SIGNAL_HOST_CPU, "host", 20);
	pass_with(15 * MINUTE, SIGNAL_HOST_CPU, "host", 95);
	pass_with(20 * MINUTE, SIGNAL_HOST_CPU, "host", 20);
	pass_with(12 * MINUTE, SIGNAL_HOST_CPU, "host", 75);
	pass_with(5 * MINUTE, SIGNAL_HOST_CPU, "host", 20);
	struct incident real = the("HighCpu");
	struct replay r = replay("HighCpu", NULL, 2 * HOUR);

	assert_int_equal(r.count, 1);
	assert_int_equal(r.v[0].opened_ms, real.opened_ms);
	assert_int_equal(r.v[0].ended_ms, real.resolved_ms);
	assert_string_equal(r.v[0].entity, "host");
	assert_true(r.v[0].worst > 94);
	assert_int_equal(replay("HighCpu", at_seventy, 2 * HOUR).count, 2);
	assert_int_equal(count("HighCpu"), 1); /* nothing was changed */
}

static void the_past_of_a_lost_source_neither_fires_nor_ends(void **state)
{
	(void)state;
	pass_with(12 * MINUTE, SIGNAL_HOST_CPU, "host", 95);
	pass_silent(HOUR);
	pass_with(10 * MINUTE, SIGNAL_HOST_CPU, "host", 20);
	struct replay r = replay("HighCpu", NULL, 3 * HOUR);

	assert_int_equal(r.count, 1);
	assert_true(r.open_ms > HOUR);
}

struct stretch {
	size_t i;
	enum validator_health health;
};

static enum err begin_spell(struct turn *t, void *arg)
{
	const struct stretch *k = arg;
	struct pubkey key = fake_beacon_key(k->i);
	struct validator v;

	TRY(validator_by_key(t, &key, &v));
	struct spell s = {
		.validator = v.id, .health = k->health, .from_ms = t->now_ms, .text = ""
	};

	return spell_begin(t, &s);
}

static void spell(size_t i, enum validator_health health)
{
	struct stretch k = { i, health };

	assert_ok(&w.f, stage_lane(&w, begin_spell, &k));
}

static void hour_long(struct rule *r)
{
	r->threshold = 3600;
}

static void spells_of_validators_are_their_past(void **state)
{
	(void)state;
	watch_well(3);
	spell(0, VALIDATOR_UP);
	spell(1, VALIDATOR_UP);
	w.now_ms += HOUR;
	spell(0, VALIDATOR_DOWN);
	w.now_ms += MINUTE;
	spell(1, VALIDATOR_ISOLATED);
	w.now_ms += 10 * MINUTE;
	spell(0, VALIDATOR_UP);
	w.now_ms += 10 * MINUTE;
	spell(1, VALIDATOR_UP);
	w.now_ms += HOUR;
	spell(2, VALIDATOR_DOWN); /* too short */
	w.now_ms += 4 * MINUTE;
	spell(2, VALIDATOR_UP);
	w.now_ms += HOUR;
	struct replay r = replay("ValidatorDown", NULL, 24 * (int64_t)HOUR);

	assert_int_equal(r.count, 1);
	assert_int_equal(r.v[0].affected, 2);
	assert_int_equal(r.v[0].ended_ms - r.v[0].opened_ms, 16 * MINUTE);
	assert_int_equal(replay("ValidatorDown", an_entity_each, 24 * (int64_t)HOUR).count, 2);
	assert_int_equal(replay("ValidatorDown", hour_long, 24 * (int64_t)HOUR).count, 0);
}

/* ---- what must hold whatever happens ---- */

/* The same figures, once without and once with restarts in between, make the same
 * incidents at the same times. */
static void restarts_change_nothing(void **state)
{
	char said[2][4000];

	(void)state;
	for (int crash = 0; crash < 2; crash++) {
		uint64_t x = 12345;
		size_t at = 0;

		if (crash) {
			stage_close(&w);
			(void)open_stage(NULL);
		}
		assert_ok(&w.f, change("HighCpu", three_of_five));
		int64_t began = w.now_ms;

		for (int i = 0; i < 150; i++) {
			x = x * 6364136223846793005u + 1442695040888963407u;
			w.now_ms += 15 * SECOND;
			if (x >> 60 != 0)
				say(SIGNAL_HOST_CPU, "host", x >> 62 ? 95 : 20);
			if (x >> 61 != 3)
				say(SIGNAL_HOST_DISK, "host", x >> 58 & 1 || i % 40 > 20 ? 95 : 20);
			look();
			if (crash && i % 3 == 0)
				stage_crash(&w);
		}
		struct incident_filter f = { 0 };
		struct incident *list;
		size_t n;

		assert_ok(&w.f, incident_list(stage_turn(&w), &f, 200, &list, &n));
		assert_true(n > 3);
		for (size_t i = 0; i < n && at < sizeof(said[0]) - 100; i++)
			at += (size_t)snprintf(
				said[crash] + at, sizeof(said[0]) - at, "%s %lld %lld\n",
				list[i].rule, (long long)(list[i].opened_ms - began),
				list[i].resolved_ms ? (long long)(list[i].resolved_ms - began) : 0);
	}
	assert_string_equal(said[0], said[1]);
}

static void looking_again_and_again_is_one_incident_and_one_page(void **state)
{
	(void)state;
	watch_well(1);
	edit(0, is_down);
	w.now_ms += 5 * MINUTE;
	for (int i = 0; i < 300; i++)
		look();
	assert_int_equal(count("ValidatorDown"), 1);
	assert_int_equal(the("ValidatorDown").pages, 1);
}

/* ---- many ---- */

static enum err edit_many(struct turn *t, void *arg)
{
	const struct edit *e = arg;

	for (size_t i = e->i; i < e->i + 500; i++) {
		struct edit one = { i, e->fn };

		TRY(save_edit(t, &one));
	}
	return OK;
}

static int64_t timed_look(const char *what)
{
	int64_t began = clock_mono_us();

	look();
	int64_t took = clock_mono_us() - began;

	print_message("%s: %lld us\n", what, (long long)took);
	return took;
}

/* One lane turn writes so many and no more, and the fleet is one incident. GF_MEASURE=10000 says
 * how long a look takes. */
static void a_whole_fleet_is_one_incident_in_one_look(void **state)
{
	const char *said = getenv("GF_MEASURE");
	size_t n = said ? (size_t)strtoul(said, NULL, 10) : 1000;

	(void)state;
	for (size_t from = 0; from < n; from += 500) {
		struct edit e = { from, is_up };
		size_t range[] = { from, 500 };

		assert_ok(&w.f, stage_lane(&w, watch, range));
		assert_ok(&w.f, stage_lane(&w, edit_many, &e));
	}
	(void)timed_look("all is well, first look");
	w.now_ms += SECOND;
	(void)timed_look("nothing changed");
	for (size_t from = 0; from < n; from += 500) {
		struct edit e = { from, is_down };

		assert_ok(&w.f, stage_lane(&w, edit_many, &e));
	}
	(void)timed_look("all went down");
	w.now_ms += 5 * MINUTE;
	(void)timed_look("all fire");
	w.now_ms += SECOND;
	(void)timed_look("all still fire");
	struct incident i = the("ValidatorDown");
	char more[40];

	(void)snprintf(more, sizeof(more), "and %zu more", n - 1);
	assert_int_equal(count("ValidatorDown"), 1);
	assert_non_null(strstr(i.title, more));
	assert_int_equal(i.pages, 1);
	for (size_t from = 0; from < n; from += 500) {
		struct edit e = { from, is_up };

		assert_ok(&w.f, stage_lane(&w, edit_many, &e));
	}
	(void)timed_look("all are up");
	assert_false(is_open("ValidatorDown"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, open_stage, close_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_pends_for_so_long_fires_and_ends),
		T(one_good_look_begins_the_wait_anew),
		T(what_pends_goes_on_after_a_restart),
		T(three_of_five_looks),
		T(a_mean_over_a_window),
		T(tenderduty_28_losing_the_data_resolves_nothing),
		T(nobody_can_tell_fires_nothing),
		T(a_figure_that_may_be_missing_is_not_missed),
		T(a_figure_of_what_is_no_longer_configured_is_not_missed),
		T(who_comes_back_is_not_believed_at_once),
		T(tenderduty_65_a_restart_leaves_no_alarm_stuck),
		T(the_percentage_clear_bug_a_share_that_falls_clears),
		T(a_validator_is_down_for_five_minutes),
		T(many_at_once_are_one_incident_and_later_ones_another),
		T(one_each_where_the_rule_says_so),
		T(an_exit_raises_no_alarm),
		T(unknown_validators_are_stale_data_and_down_stays_down),
		T(as_many_must_agree_as_the_rule_says),
		T(a_slashing_is_said_of_each_and_never_held_back),
		T(a_cause_mutes_what_follows_and_names_it),
		T(nine_things_of_one_cause_are_one_page),
		T(what_flaps_is_one_incident),
		T(what_still_holds_after_it_was_resolved_by_hand_comes_again),
		T(a_change_counts_at_the_next_look),
		T(causes_that_form_a_ring_are_refused),
		T(an_old_version_is_refused),
		T(a_file_is_applied_when_it_says_something_else_and_only_then),
		T(a_later_default_is_a_proposal),
		T(one_breaker_is_one_and_many_are_another),
		cmocka_unit_test(what_a_wallet_uses_up_is_told_after_an_hour),
		T(a_test_by_the_past_finds_what_the_rule_found),
		T(the_past_of_a_lost_source_neither_fires_nor_ends),
		T(spells_of_validators_are_their_past),
		T(restarts_change_nothing),
		T(a_whole_fleet_is_one_incident_in_one_look),
		T(looking_again_and_again_is_one_incident_and_one_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
