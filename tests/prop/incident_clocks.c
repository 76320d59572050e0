/* The clocks of incidents on a clock of the test's: every severity and kind, through every tick
 * around every deadline, with the store closed and opened again between all of them. What is told
 * is held against the runbook's table, written down here once more. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "server/core/incident.h"
#include "server/jobs/jobs.h"
#include "tests/support/store.h"

enum { TOLD_MAX = 600, RESTARTS = 6 };
static const int64_t S = 1000, MIN = 60000, HOUR = 3600000, DAY = 86400000;

static struct fixture f;
static int64_t now;

struct numbers {
	enum incident_severity severity;
	enum incident_kind kind;
	int64_t ack, resolve, repeat, again;
};

static const struct numbers table[] = {
	{ INCIDENT_CRITICAL, KIND_PLAIN, 5 * 60000, 15 * 60000, 15 * 60000, 0 },
	{ INCIDENT_HIGH, KIND_PLAIN, 30 * 60000, 3600000, 0, 0 },
	{ INCIDENT_MEDIUM, KIND_PLAIN, 2 * 3600000, 4 * 3600000, 0, 0 },
	{ INCIDENT_LOW, KIND_PLAIN, 86400000, 3 * 86400000, 0, 0 },
	{ INCIDENT_CRITICAL, KIND_COMPROMISE, 15 * 60000, 45 * 60000, 15 * 60000, 0 },
	{ INCIDENT_CRITICAL, KIND_RPC_LOSS, 10 * 60000, 30 * 60000, 15 * 60000, 0 },
	{ INCIDENT_CRITICAL, KIND_SLASHING, 86400000, 3 * 86400000, 15 * 60000, 3600000 },
	{ INCIDENT_HIGH, KIND_PARTITION, 30 * 60000, 3600000, 0, 0 },
};

/* ---- what must be told, and when ---- */

struct told {
	int64_t at;
	char level; /* P, S, L */
	enum page_reason reason;
};

struct story {
	const struct numbers *n;
	int64_t ack_due, resolve_due, lapse_due, repeat_due;
	bool acked, late;
	struct told told[TOLD_MAX];
	size_t n_told;
};

static void say(struct story *s, int64_t at, char level, enum page_reason reason)
{
	assert_true(s->n_told < TOLD_MAX);
	s->told[s->n_told++] = (struct told){ at, level, reason };
}

static struct story begin(const struct numbers *n, int64_t at)
{
	struct story s = { .n = n,
			   .ack_due = at + n->ack,
			   .resolve_due = at + n->resolve,
			   .repeat_due = n->again ? at + n->again : INT64_MAX,
			   .lapse_due = INT64_MAX };

	say(&s, at, 'P', PAGE_FIRST);
	return s;
}

static void tick(struct story *s, int64_t at)
{
	const struct numbers *n = s->n;
	bool repeat = s->repeat_due <= at, lapse = s->lapse_due <= at;
	bool late = s->resolve_due <= at;

	if (s->ack_due <= at) {
		s->ack_due = INT64_MAX;
		say(s, at, n->severity == INCIDENT_LOW ? 'P' : 'S', PAGE_ACK_MISSED);
		if (n->severity == INCIDENT_CRITICAL)
			say(s, at, 'P', PAGE_REPEAT);
	}
	if (late) {
		s->resolve_due = INT64_MAX;
		s->late = true;
		if (n->severity != INCIDENT_LOW)
			say(s, at, 'L', PAGE_RESOLVE_MISSED);
		if (n->severity == INCIDENT_CRITICAL) {
			s->repeat_due = at + n->repeat;
			if (s->acked)
				say(s, at, 'P', PAGE_RESOLVE_MISSED);
		}
	}
	if (lapse) {
		s->lapse_due = INT64_MAX;
		s->acked = false;
		s->ack_due = at + n->ack;
		say(s, at, 'P', PAGE_ACK_LAPSED);
	}
	if (repeat && !late) {
		s->repeat_due = at + (s->late ? n->repeat : n->again);
		say(s, at, s->late ? 'L' : 'P', PAGE_REPEAT);
	}
}

static void took_it(struct story *s, int64_t at)
{
	s->acked = true;
	s->ack_due = INT64_MAX;
	s->lapse_due = at + 4 * s->n->ack;
	if (!s->late)
		s->repeat_due = INT64_MAX;
}

/* ---- what was told ---- */

static struct turn *at_now(void)
{
	struct turn *t = fixture_turn(&f);

	t->now_ms = now;
	return t;
}

struct doing {
	const struct numbers *n;
	struct incident i;
	bool flag;
};

static enum err trigger(struct turn *t, void *arg)
{
	struct doing *d = arg;
	struct trigger g = { .key = "k",
			     .rule = "r",
			     .subject = "fleet",
			     .title = "t",
			     .text = "",
			     .severity = d->n->severity,
			     .kind = d->n->kind,
			     .page = true };

	return incident_trigger(t, &g, &d->i, &d->flag);
}

static enum err take(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return incident_ack(t, d->i.id, "alice", "", &d->i, &d->flag);
}

static enum err finish(struct turn *t, void *arg)
{
	struct doing *d = arg;

	return incident_resolve(t, d->i.id, "alice", "", RESOLVED_EXPIRED, &d->i, &d->flag);
}

static void tick_ours(void)
{
	bool more = true;
	struct turn *t = at_now();

	for (int k = 0; more && k < 10; k++)
		assert_ok(&f, job_incidents(t, NULL, &more));
	assert_false(more);
}

static const char *level_name(char c)
{
	return c == 'P' ? "primary" : c == 'S' ? "secondary" : "lead";
}

static void compare(const struct story *s, int64_t id)
{
	struct incident_row *r;
	size_t n, k = 0;

	assert_ok(&f, incident_timeline(at_now(), id, 0, 4000, &r, &n));
	for (size_t row = 0; row < n; row++) {
		assert_int_equal(r[row].seq, row + 1);
		if (r[row].kind != ROW_NOTIFY_SENT)
			continue;
		assert_true(k < s->n_told);
		const struct told *w = &s->told[k++];
		const char *want = turn_printf(&f.t, "%s told that %s", level_name(w->level),
					       page_reason_text(w->reason));

		if (strncmp(r[row].text, want, strlen(want)) != 0 || r[row].at_ms != w->at)
			fail_msg("told %zu: '%s' at %lld, wanted '%s' at %lld\n", k, r[row].text,
				 (long long)r[row].at_ms, want, (long long)w->at);
	}
	assert_int_equal(k, s->n_told);
}

/* NULL iff not pending: what the row says against the story. */
static void compare_deadlines(const struct story *s, int64_t id)
{
	struct incident i;

	assert_ok(&f, incident_get(at_now(), id, &i));
	assert_int_equal(i.ack_due_ms, s->ack_due == INT64_MAX ? 0 : s->ack_due);
	assert_int_equal(i.resolve_due_ms, s->resolve_due == INT64_MAX ? 0 : s->resolve_due);
	assert_int_equal(i.lapse_due_ms, s->lapse_due == INT64_MAX ? 0 : s->lapse_due);
	assert_int_equal(i.repeat_due_ms, s->repeat_due == INT64_MAX ? 0 : s->repeat_due);
	assert_int_equal(i.state, s->acked ? INCIDENT_ACKNOWLEDGED : INCIDENT_TRIGGERED);
}

static int64_t nearest(const struct story *s)
{
	int64_t m = s->ack_due < s->resolve_due ? s->ack_due : s->resolve_due;

	m = s->lapse_due < m ? s->lapse_due : m;
	return s->repeat_due < m ? s->repeat_due : m;
}

static void restart(void)
{
	assert_ok(&f, fixture_reopen(&f));
}

/* ack_at: so long after it opened somebody takes it; 0: nobody. `outage`: so long nothing runs,
 * before the first deadline. */
static void play(const struct numbers *n, int64_t ack_at, int64_t outage)
{
	struct doing d = { .n = n };

	fixture_open(&f, (struct store_options){ .no_lane_thread = true });
	now = fixture_turn(&f)->now_ms;
	int64_t start = now, end = now + n->resolve + 4 * n->ack + HOUR;

	assert_ok(&f, lane_run(at_now(), trigger, &d));
	struct story s = begin(n, now);

	if (ack_at) {
		now += ack_at;
		assert_ok(&f, lane_run(at_now(), take, &d));
		took_it(&s, now);
	}
	if (outage) {
		now = start + outage;
		restart();
		tick_ours();
		tick(&s, now);
	}
	/* To each deadline: one millisecond before it, at it, and one after; with a restart before
	 * one of the three. The later repeats are like the first. */
	for (int k = 0; k < 90 && now < end && nearest(&s) < end; k++) {
		int64_t due = nearest(&s);

		for (now = due - 1; now <= due + 1; now++) {
			if (k < RESTARTS && (now - due + 1 + k) % 3 == 0)
				restart();
			tick_ours();
			tick(&s, now);
			compare_deadlines(&s, d.i.id);
		}
	}
	compare(&s, d.i.id);
	assert_ok(&f, lane_run(at_now(), finish, &d));
	assert_int_equal(incident_next_ms(&d.i), 0);
	now += 10 * DAY;
	size_t pages = (size_t)d.i.pages;

	restart();
	tick_ours();
	assert_ok(&f, incident_get(at_now(), d.i.id, &d.i));
	assert_int_equal(d.i.pages, pages);
	fixture_close(&f);
}

static void each_deadline_fires_once_at_its_time_with_a_restart_at_every_tick(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++)
		play(&table[k], 0, 0);
}

static void an_acknowledgement_stops_the_first_clock_and_lapses(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++)
		play(&table[k], MIN, 0);
}

static void what_became_due_while_nobody_ran_fires_at_the_start_each_once(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++) {
		play(&table[k], 0, table[k].resolve + S);
		play(&table[k], MIN, 5 * table[k].ack + HOUR);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_deadline_fires_once_at_its_time_with_a_restart_at_every_tick),
		cmocka_unit_test(an_acknowledgement_stops_the_first_clock_and_lapses),
		cmocka_unit_test(what_became_due_while_nobody_ran_fires_at_the_start_each_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
