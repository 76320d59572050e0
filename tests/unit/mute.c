/* What keeps pages back: silences, and windows of planned work. */
#include "tests/support/test.h"

#include <string.h>

#include "server/core/incident.h"
#include "server/core/mute.h"
#include "server/core/window.h"
#include "tests/support/own_time.h"

static const int64_t MINUTE = 60000, HOUR = 3600000, DAY = 86400000;

struct doing {
	struct trigger g;
	struct incident i;
	struct silence_ask silence;
	struct silence s;
	struct window_ask plan;
	struct routine_ask again;
	struct window w;
	struct routine r;
	int64_t id;
	bool flag;
	const char *text;
};

static enum err trigger(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return incident_trigger(t, &d->g, &d->i, &d->flag);
}

static enum err fire(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return incidents_fire(t, 100, &d->flag);
}

static enum err clear(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return incident_clear(t, d->text, "it is well");
}

static enum err silence(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return silence_begin(t, &d->silence, &d->s);
}

static enum err unsilence(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return silence_end(t, d->id, &d->flag, &d->s);
}

static enum err plan(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return window_plan(t, &d->plan, &d->w);
}

static enum err start(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return window_start(t, d->id, d->flag, d->text, &d->w);
}

static enum err end(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return window_end(t, d->id, d->text, &d->w);
}

/* Until plan.start_ms. */
static enum err longer(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return window_extend(t, d->id, d->plan.start_ms, &d->w);
}

static enum err noticed(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return window_noticed(t, d->id, &d->w);
}

static enum err tick(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return window_tick(t, d->id, 1, true, &d->w);
}

static enum err repeat(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return routine_plan(t, &d->again, &d->r);
}

static enum err stop_repeat(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return routine_end(t, d->id, &d->r);
}

static enum err clock_turn(struct turn *t, void *arg)
{
	(void)arg;
	TRY(windows_turn(t));
	return silences_turn(t);
}

static enum err lane(store_fn *fn, struct doing *d)
{
	return lane_run(at_now(), fn, d);
}

static void lane_ok(store_fn *fn, struct doing *d)
{
	assert_ok(&f, lane(fn, d));
}

static int64_t down(const char *subject)
{
	struct doing d = { .g = { .key = subject,
				  .rule = "validator-down",
				  .subject = subject,
				  .title = "a validator is down",
				  .text = "",
				  .severity = INCIDENT_CRITICAL,
				  .page = true } };

	lane_ok(trigger, &d);
	return d.i.id;
}

static struct incident incident(int64_t id)
{
	struct incident i;

	assert_ok(&f, incident_get(at_now(), id, &i));
	return i;
}

/* Rows of the timeline of one kind that hold the word. */
static size_t rows(int64_t id, enum incident_row_kind kind, const char *word)
{
	struct incident_row *all;
	size_t n, found = 0;

	assert_ok(&f, incident_timeline(at_now(), id, 0, 500, &all, &n));
	for (size_t k = 0; k < n; k++)
		found += all[k].kind == kind && strstr(all[k].text, word);
	return found;
}

static struct doing silenced(const char *subject, int64_t ms)
{
	struct doing d = { .silence = { .rule = "",
					.subject = subject,
					.reason = "the disk is being replaced",
					.end_ms = now + ms } };

	lane_ok(silence, &d);
	return d;
}

static void a_star_stands_for_any_text(void **state)
{
	(void)state;
	assert_true(mute_matches("*", ""));
	assert_true(mute_matches("validators/*", "validators/7"));
	assert_true(mute_matches("*.cpu", "host.cpu"));
	assert_true(mute_matches("a*b*c", "a-b-b-c"));
	assert_false(mute_matches("validators/*", "wallets/7"));
	assert_false(mute_matches("a*b", "a-b-c"));
	assert_false(mute_matches("", "a"));
	assert_true(mute_matches("host.cpu", "host.cpu"));
}

static void what_is_silenced_is_written_down_and_pages_nobody(void **state)
{
	(void)state;
	silenced("validators/7", 2 * HOUR);
	int64_t a = down("validators/7"), b = down("validators/8");

	assert_int_equal(incident(a).pages, 0);
	assert_int_equal(rows(a, ROW_NOTIFY_SUPPRESSED, "silences/1"), 1);
	assert_int_equal(rows(a, ROW_NOTIFY_SUPPRESSED, "the disk is being replaced"), 1);
	assert_int_equal(incident(b).pages, 1);
}

/* goalert #2594: pages that run already go on although maintenance has begun. */
static void goalert_2594_a_cycle_that_runs_stops_when_it_is_silenced(void **state)
{
	struct doing d = { 0 };

	(void)state;
	int64_t id = down("validators/7");

	assert_int_equal(incident(id).pages, 1);
	silenced("validators/*", 2 * HOUR);
	now += 6 * MINUTE; /* nobody acknowledged it within 5 minutes */
	lane_ok(fire, &d);
	assert_int_equal(incident(id).pages, 1);
	assert_true(rows(id, ROW_NOTIFY_SUPPRESSED, "silences/1") > 0);
	assert_true(incident(id).ack_missed); /* it is counted all the same */
}

static void what_must_never_be_kept_back_is_not(void **state)
{
	struct doing d = { .g = { .key = "slashed:7",
				  .rule = "validator-slashed",
				  .subject = "validators/7",
				  .title = "slashed",
				  .text = "",
				  .severity = INCIDENT_CRITICAL,
				  .page = true,
				  .never_suppress = true } };

	(void)state;
	silenced("validators/*", HOUR);
	lane_ok(trigger, &d);
	assert_int_equal(incident(d.i.id).pages, 1);
}

static void at_its_end_what_is_still_wrong_pages_once(void **state)
{
	struct doing none = { 0 };

	(void)state;
	silenced("validators/*", 2 * HOUR);
	int64_t id = down("validators/7"), well = down("validators/8");

	none.text = "validators/8";
	lane_ok(clear, &none);
	now += 2 * HOUR;
	bool due;
	assert_ok(&f, silences_due(at_now(), &due));
	assert_true(due);
	lane_ok(clock_turn, &none);
	lane_ok(clock_turn, &none);
	assert_int_equal(incident(id).pages, 1);
	assert_int_equal(incident(well).pages, 0);
	assert_ok(&f, silences_due(at_now(), &due));
	assert_false(due);
}

static void until_resolved_it_ends_with_its_incident(void **state)
{
	struct doing d = { .silence = { .rule = "validator-down",
					.subject = "validators/7",
					.reason = "known, being repaired",
					.until_resolved = true } };

	(void)state;
	int64_t id = down("validators/7");

	d.silence.end_ms = now + DAY;
	lane_ok(silence, &d);
	d.text = "validators/7";
	lane_ok(clear, &d);
	assert_int_equal(incident(id).state, INCIDENT_RESOLVED);
	assert_int_equal(rows(id, ROW_NOTIFY_SENT, "resolved"), 1); /* who knew, hears */
	int64_t again = down("validators/7");

	assert_int_equal(incident(again).pages, 1);
}

static void a_silence_has_a_reason_an_end_and_says_what_it_means(void **state)
{
	static const struct {
		struct silence_ask ask;
		int64_t ms;
		const char *word;
	} bad[] = {
		{ { .rule = "", .subject = "validators/7", .reason = "" }, 1, "reason" },
		{ { .rule = "", .subject = "validators/7", .reason = "x" }, 0, "must have an end" },
		{ { .rule = "", .subject = "", .reason = "x" }, 1, "one of them" },
		{ { .rule = "*", .subject = "**", .reason = "x" }, 1, "one of them" },
		{ { .rule = "a b", .subject = "", .reason = "x" }, 1, "rule" },
		{ { .rule = "", .subject = "validators/7", .reason = "x" }, 8 * 24, "7 days" },
	};

	(void)state;
	for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
		struct doing d = { .silence = bad[k].ask };

		d.silence.end_ms = bad[k].ms ? now + bad[k].ms * HOUR : 0;
		assert_int_equal(lane(silence, &d), ERR_INVALID);
		assert_non_null(strstr(f.t.why, bad[k].word));
	}
}

static void ended_by_hand_it_is_heard_at_once(void **state)
{
	(void)state;
	struct doing d = silenced("validators/*", 2 * HOUR);
	int64_t id = down("validators/7");

	d.id = d.s.id;
	lane_ok(unsilence, &d);
	assert_true(d.flag);
	assert_int_equal(incident(id).pages, 1);
	lane_ok(unsilence, &d);
	assert_false(d.flag);
}

/* ---- windows ---- */

static struct doing planned(int64_t in_ms, int64_t length_ms, unsigned gates)
{
	static const char *const tasks[] = { "stop the client", "reboot" };
	struct doing d = { .plan = { .title = "kernel update",
				     .rule = "*",
				     .subject = "validators/*",
				     .reason = "CVE",
				     .zone = "Europe/Berlin",
				     .length_ms = length_ms,
				     .gates = gates,
				     .tasks = tasks,
				     .n_tasks = 2 } };

	d.plan.start_ms = now + in_ms;
	lane_ok(plan, &d);
	d.id = d.w.id;
	return d;
}

static enum window_state state_of(int64_t id)
{
	struct window w;

	assert_ok(&f, window_get(at_now(), id, &w));
	return w.state;
}

static void it_starts_and_ends_by_itself_and_what_is_left_is_a_ticket(void **state)
{
	(void)state;
	struct doing d = planned(HOUR, HOUR, 0);
	bool due;

	lane_ok(clock_turn, &d);
	assert_int_equal(state_of(d.id), WINDOW_PLANNED);
	now += HOUR;
	assert_ok(&f, windows_due(at_now(), &due));
	assert_true(due);
	lane_ok(clock_turn, &d);
	assert_int_equal(state_of(d.id), WINDOW_ACTIVE);
	int64_t id = down("validators/7");

	assert_int_equal(incident(id).pages, 0);
	assert_int_equal(rows(id, ROW_NOTIFY_SUPPRESSED, "planned work until"), 1);
	lane_ok(tick, &d);
	now += HOUR;
	lane_ok(clock_turn, &d);
	assert_int_equal(state_of(d.id), WINDOW_ENDED);
	assert_int_equal(incident(id).pages, 1);
	struct incident left;

	assert_ok(&f, incident_open_of(at_now(), "window-unfinished:1", &left));
	assert_non_null(strstr(left.text, "reboot"));
	assert_null(strstr(left.text, "stop the client"));
}

static void gates_hold_it_until_its_time_is_over(void **state)
{
	(void)state;
	struct doing d = planned(HOUR, HOUR, GATE_NOTICE | GATE_INCIDENTS);
	int64_t id = down("wallets/w"); /* critical */
	struct window w;

	now += HOUR;
	lane_ok(clock_turn, &d);
	assert_int_equal(state_of(d.id), WINDOW_PLANNED);
	assert_ok(&f, window_get(at_now(), d.id, &w));
	assert_non_null(strstr(w.text, "72 hours"));
	assert_non_null(strstr(w.text, "critical and open"));
	assert_int_equal(incident(id).pages, 1);
	assert_int_equal(lane(start, &d), ERR_REFUSED);
	assert_non_null(strstr(f.t.why, "not yet"));
	d.flag = true;
	d.text = "";
	assert_int_equal(lane(start, &d), ERR_INVALID);
	now += HOUR;
	lane_ok(clock_turn, &d);
	assert_int_equal(state_of(d.id), WINDOW_MISSED);
}

static void begun_before_its_time_it_lasts_no_longer_than_planned(void **state)
{
	(void)state;
	struct doing d = planned(144 * HOUR, HOUR, 0);

	lane_ok(start, &d);
	assert_int_equal(d.w.end_ms, now + HOUR);
	d.plan.start_ms = now + 24 * HOUR;
	lane_ok(longer, &d);
	assert_int_equal(d.w.end_ms, now + 24 * HOUR);
	d.plan.start_ms = now + 25 * HOUR;
	assert_int_equal(lane(longer, &d), ERR_INVALID);
	assert_non_null(strstr(f.t.why, "24 hours after its start"));
}

static void a_person_may_force_it_with_a_reason(void **state)
{
	(void)state;
	struct doing d = planned(0, HOUR, GATE_ALL);

	d.flag = true;
	d.text = "the provider pulls the plug";
	lane_ok(start, &d);
	assert_int_equal(d.w.state, WINDOW_ACTIVE);
	assert_non_null(strstr(d.w.text, "the provider pulls the plug"));
	d.text = "all back";
	lane_ok(end, &d);
	assert_int_equal(d.w.state, WINDOW_ENDED);
}

static void notice_in_time_opens_its_gate(void **state)
{
	(void)state;
	struct doing early = planned(73 * HOUR, HOUR, GATE_NOTICE);
	struct doing late = planned(71 * HOUR, HOUR, GATE_NOTICE);

	lane_ok(noticed, &early);
	lane_ok(noticed, &late);
	now += 73 * HOUR;
	lane_ok(clock_turn, &early);
	assert_int_equal(state_of(early.id), WINDOW_ACTIVE);
	assert_int_equal(state_of(late.id), WINDOW_MISSED);
}

static void what_comes_again_is_laid_out_once_and_called_off(void **state)
{
	struct doing d = { .again = { .window = { .title = "weekly update",
						  .rule = "*",
						  .subject = "validators/*",
						  .reason = "",
						  .zone = "Europe/Berlin",
						  .length_ms = HOUR,
						  .gates = GATE_ALL },
				      .first = "2026-01-04T02:00",
				      .recurrence = "FREQ=WEEKLY;BYDAY=SU" } };
	struct window *w;
	size_t n;

	(void)state;
	lane_ok(repeat, &d);
	lane_ok(clock_turn, &d);
	lane_ok(clock_turn, &d);
	assert_ok(&f, window_open(at_now(), 50, &w, &n));
	assert_int_equal(n, 5);
	assert_int_equal(w[1].start_ms - w[0].start_ms, 7 * DAY);
	now += 7 * DAY;
	lane_ok(clock_turn, &d);
	d.id = d.r.id;
	lane_ok(stop_repeat, &d);
	lane_ok(clock_turn, &d);
	assert_ok(&f, window_open(at_now(), 50, &w, &n));
	for (size_t k = 0; k < n; k++)
		assert_int_not_equal(w[k].state, WINDOW_PLANNED);
}

static void work_of_more_than_a_day_or_of_everything_is_refused(void **state)
{
	struct doing d = { .plan = { .title = "x",
				     .rule = "*",
				     .subject = "validators/*",
				     .reason = "",
				     .zone = "UTC",
				     .length_ms = 25 * HOUR } };

	(void)state;
	d.plan.start_ms = now;
	assert_int_equal(lane(plan, &d), ERR_INVALID);
	assert_non_null(strstr(f.t.why, "24 hours"));
	d.plan.length_ms = HOUR;
	d.plan.subject = "*";
	assert_int_equal(lane(plan, &d), ERR_INVALID);
	d.plan.subject = "validators/*";
	d.plan.start_ms = now - HOUR;
	assert_int_equal(lane(plan, &d), ERR_INVALID);
	assert_non_null(strstr(f.t.why, "past"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_star_stands_for_any_text),
		TEST(what_is_silenced_is_written_down_and_pages_nobody),
		TEST(goalert_2594_a_cycle_that_runs_stops_when_it_is_silenced),
		TEST(what_must_never_be_kept_back_is_not),
		TEST(at_its_end_what_is_still_wrong_pages_once),
		TEST(until_resolved_it_ends_with_its_incident),
		TEST(a_silence_has_a_reason_an_end_and_says_what_it_means),
		TEST(ended_by_hand_it_is_heard_at_once),
		TEST(it_starts_and_ends_by_itself_and_what_is_left_is_a_ticket),
		TEST(gates_hold_it_until_its_time_is_over),
		TEST(begun_before_its_time_it_lasts_no_longer_than_planned),
		TEST(a_person_may_force_it_with_a_reason),
		TEST(notice_in_time_opens_its_gate),
		TEST(what_comes_again_is_laid_out_once_and_called_off),
		TEST(work_of_more_than_a_day_or_of_everything_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
