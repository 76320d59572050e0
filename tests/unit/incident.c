/* Incidents: dedup, worsening, flapping, acknowledging, resolving, and what the timeline says. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "server/core/incident.h"
#include "server/core/incident_export.h"
#include "server/core/status_page.h"
#include "store/audit.h"
#include "store/validators.h"
#include "tests/support/own_time.h"

static const int64_t MINUTE = 60000, HOUR = 3600000;

static void lane_ok(store_fn *fn, void *arg)
{
	assert_ok(&f, lane_run(at_now(), fn, arg));
}

struct ask {
	struct trigger g;
	struct incident i;
	bool opened, applied;
	int64_t id;
	int n;
	const char *field, *text;
	enum incident_severity severity;
};

static enum err trigger(struct turn *t, void *arg)
{
	struct ask *a = arg;

	return incident_trigger(t, &a->g, &a->i, &a->opened);
}

static enum err trigger_often(struct turn *t, void *arg)
{
	struct ask *a = arg;

	for (int k = 0; k < a->n; k++) {
		TRY(incident_trigger(t, &a->g, &a->i, &a->opened));
		assert_false(a->opened);
	}
	return OK;
}

static struct ask trigger_one(const char *key, enum incident_severity s)
{
	struct ask a = { .g = { .key = key,
				.rule = "validator-down",
				.subject = "validators/7",
				.title = "validator 7 is down",
				.text = "no attestation for 5 min",
				.severity = s,
				.page = true } };

	lane_ok(trigger, &a);
	return a;
}

static enum err clear(struct turn *t, void *arg)
{
	return incident_clear(t, arg, "it attests again");
}

static enum err ack(struct turn *t, void *arg)
{
	struct ask *a = arg;

	return incident_ack(t, a->id, "alice", a->text, &a->i, &a->applied);
}

static enum err unack(struct turn *t, void *arg)
{
	struct ask *a = arg;

	return incident_unack(t, a->id, "alice", a->text, &a->i, &a->applied);
}

static enum err resolve(struct turn *t, void *arg)
{
	struct ask *a = arg;

	return incident_resolve(t, a->id, "alice", a->text, RESOLVED_MANUAL, &a->i, &a->applied);
}

static enum err set_severity(struct turn *t, void *arg)
{
	struct ask *a = arg;

	return incident_set_severity(t, a->id, a->severity, "alice", a->text, &a->i, &a->applied);
}

static enum err fire(struct turn *t, void *arg)
{
	return incidents_fire(t, 100, arg);
}

static void fire_all(void)
{
	bool more;

	lane_ok(fire, &more);
	assert_false(more);
}

static struct incident get(int64_t id)
{
	struct incident i;

	assert_ok(&f, incident_get(at_now(), id, &i));
	return i;
}

/* How many rows of that kind; *last_out: the last one's text, "" for none. */
static size_t rows_of(int64_t id, enum incident_row_kind kind, const char **last_out)
{
	struct incident_row *r;
	size_t n, found = 0;

	*last_out = "";
	assert_ok(&f, incident_timeline(at_now(), id, 0, 1000, &r, &n));
	for (size_t k = 0; k < n; k++) {
		assert_int_equal(r[k].seq, k + 1);
		if (r[k].kind != kind)
			continue;
		found++;
		*last_out = r[k].text;
	}
	return found;
}

static void the_first_trigger_opens_one_with_both_clocks_and_one_page(void **state)
{
	struct ask a = trigger_one("down:7", INCIDENT_CRITICAL);
	const char *text;

	(void)state;
	assert_true(a.opened);
	assert_int_equal(a.i.state, INCIDENT_TRIGGERED);
	assert_int_equal(a.i.ack_due_ms, now + 5 * MINUTE);
	assert_int_equal(a.i.resolve_due_ms, now + 15 * MINUTE);
	assert_int_equal(rows_of(a.i.id, ROW_NOTIFY_SENT, &text), 1);
	assert_non_null(strstr(text, "primary told that it opened"));
}

static void ten_thousand_duplicates_are_one_incident_one_page_one_row_a_minute(void **state)
{
	struct ask a = trigger_one("down:7", INCIDENT_CRITICAL);
	const char *text;
	struct incident_row *r;
	struct incident *all;
	size_t n;

	(void)state;
	for (int k = 0; k < 10; k++) {
		struct ask b = a;

		b.n = k ? 1000 : 999;
		now += k == 5 ? MINUTE : 0;
		lane_ok(trigger_often, &b);
	}
	struct incident i = get(a.i.id);

	assert_int_equal(i.occurrences, 10000);
	assert_int_equal(i.pages, 1);
	assert_int_equal(rows_of(i.id, ROW_AGAIN, &text), 2);
	assert_int_equal(rows_of(i.id, ROW_NOTIFY_SENT, &text), 1);
	assert_ok(&f, incident_timeline(at_now(), i.id, 0, 100, &r, &n));
	int64_t counted = 1;

	for (size_t k = 0; k < n; k++)
		counted += r[k].kind == ROW_AGAIN ? r[k].n : 0;
	assert_int_equal(counted, 10000);
	assert_ok(&f, incident_list(at_now(), &(struct incident_filter){ 0 }, 10, &all, &n));
	assert_int_equal(n, 1);
}

static void a_trigger_after_the_end_is_a_new_incident_that_names_the_one_before(void **state)
{
	struct ask a = trigger_one("down:7", INCIDENT_HIGH);

	(void)state;
	lane_ok(clear, "down:7");
	assert_int_equal(get(a.i.id).resolution, RESOLVED_AUTO);
	struct ask b = trigger_one("down:7", INCIDENT_HIGH);

	assert_true(b.opened);
	assert_int_equal(b.i.recurrence_of, a.i.id);
	assert_int_equal(get(a.i.id).state, INCIDENT_RESOLVED);
	assert_int_equal(b.i.pages, 1);
}

static void late_acts_are_answered_and_change_nothing(void **state)
{
	struct ask a = trigger_one("down:7", INCIDENT_HIGH);

	(void)state;
	lane_ok(clear, "down:7");
	struct incident before = get(a.i.id);

	a.id = a.i.id;
	a.text = "";
	lane_ok(ack, &a);
	assert_false(a.applied);
	lane_ok(resolve, &a);
	assert_false(a.applied);
	assert_int_equal(get(a.id).version, before.version);
	/* Nothing is open: clearing it again is fine. */
	lane_ok(clear, "down:7");
}

static void acknowledging_stops_the_first_clock_only(void **state)
{
	struct ask a = trigger_one("down:7", INCIDENT_CRITICAL);
	int64_t opened = now;

	(void)state;
	now += MINUTE;
	a.id = a.i.id;
	a.text = "looking";
	lane_ok(ack, &a);
	assert_true(a.applied);
	assert_int_equal(a.i.state, INCIDENT_ACKNOWLEDGED);
	assert_int_equal(a.i.ack_due_ms, 0);
	assert_int_equal(a.i.resolve_due_ms, opened + 15 * MINUTE);
	assert_int_equal(a.i.lapse_due_ms, now + 20 * MINUTE);
	now = opened + 6 * MINUTE;
	fire_all();
	assert_false(get(a.id).ack_missed);
	assert_int_equal(get(a.id).pages, 1);
}

static void worse_goes_back_to_triggered_and_is_told_and_less_bad_does_not(void **state)
{
	struct ask a = trigger_one("down:7", INCIDENT_MEDIUM);
	const char *text;

	(void)state;
	a.id = a.i.id;
	a.text = "";
	lane_ok(ack, &a);
	trigger_one("down:7", INCIDENT_LOW);
	assert_int_equal(get(a.id).state, INCIDENT_ACKNOWLEDGED);
	struct ask b = trigger_one("down:7", INCIDENT_CRITICAL);

	assert_int_equal(b.i.state, INCIDENT_TRIGGERED);
	assert_int_equal(b.i.severity, INCIDENT_CRITICAL);
	assert_int_equal(b.i.ack_due_ms, now + 5 * MINUTE);
	assert_int_equal(b.i.lapse_due_ms, 0);
	assert_int_equal(rows_of(a.id, ROW_NOTIFY_SENT, &text), 2);
	assert_non_null(strstr(text, "got worse"));
}

static void a_person_lowers_with_a_word_and_the_same_trigger_does_not_raise_it(void **state)
{
	struct ask a = trigger_one("down:7", INCIDENT_CRITICAL);

	(void)state;
	a.id = a.i.id;
	a.text = "";
	a.severity = INCIDENT_LOW;
	assert_fails(&f, lane_run(at_now(), set_severity, &a), ERR_INVALID, "say why");
	a.text = "a test machine";
	lane_ok(set_severity, &a);
	assert_int_equal(a.i.severity, INCIDENT_LOW);
	trigger_one("down:7", INCIDENT_CRITICAL);
	assert_int_equal(get(a.id).severity, INCIDENT_LOW);
	assert_int_equal(get(a.id).pages, 1);
}

static void an_acknowledgement_lapses_after_four_times_the_response_time(void **state)
{
	struct ask a = trigger_one("down:7", INCIDENT_HIGH);
	const char *text;

	(void)state;
	a.id = a.i.id;
	a.text = "";
	lane_ok(ack, &a);
	now += 2 * HOUR - 1;
	fire_all();
	assert_int_equal(get(a.id).state, INCIDENT_ACKNOWLEDGED);
	now += 1;
	fire_all();
	struct incident i = get(a.id);

	assert_int_equal(i.state, INCIDENT_TRIGGERED);
	assert_int_equal(i.ack_due_ms, now + 30 * MINUTE);
	assert_int_equal(rows_of(a.id, ROW_ACK_LAPSED, &text), 1);
	assert_non_null(strstr(text, "alice had it"));
}

static void giving_it_back_starts_the_first_clock_again(void **state)
{
	struct ask a = trigger_one("down:7", INCIDENT_HIGH);

	(void)state;
	a.id = a.i.id;
	a.text = "my shift ends";
	lane_ok(unack, &a);
	assert_false(a.applied);
	lane_ok(ack, &a);
	now += HOUR / 4;
	lane_ok(unack, &a);
	assert_true(a.applied);
	assert_int_equal(a.i.state, INCIDENT_TRIGGERED);
	assert_int_equal(a.i.ack_due_ms, now + 30 * MINUTE);
	assert_string_equal(a.i.ack_by, "");
}

static void what_comes_and_goes_is_held_open_and_paged_once_a_quarter_of_an_hour(void **state)
{
	struct ask a = { 0 };
	const char *text;

	(void)state;
	for (int k = 0; k < 2; k++) {
		a = trigger_one("down:7", INCIDENT_HIGH);
		assert_false(a.i.flapping);
		now += MINUTE;
		lane_ok(clear, "down:7");
	}
	a = trigger_one("down:7", INCIDENT_HIGH);
	assert_true(a.i.flapping);
	for (int k = 0; k < 20; k++) {
		now += MINUTE;
		lane_ok(clear, "down:7");
		now += MINUTE;
		assert_false(trigger_one("down:7", INCIDENT_HIGH).opened);
	}
	/* 40 minutes: the first page and two more. */
	assert_int_equal(get(a.i.id).pages, 3);
	assert_int_equal(rows_of(a.i.id, ROW_FLAPPING, &text), 21);
	lane_ok(clear, "down:7");
	now += 15 * MINUTE;
	fire_all();
	assert_int_equal(get(a.i.id).resolution, RESOLVED_AUTO);
}

static void a_ticket_is_recorded_and_never_paged(void **state)
{
	struct ask a = { .g = { .key = "cpu",
				.rule = "high-cpu",
				.subject = "fleet",
				.title = "CPU above 80 %",
				.text = "",
				.severity = INCIDENT_MEDIUM } };
	const char *text;

	(void)state;
	lane_ok(trigger, &a);
	now += 5 * HOUR;
	fire_all();
	struct incident i = get(a.i.id);

	assert_int_equal(i.pages, 0);
	assert_true(i.ack_missed && i.resolve_missed);
	assert_int_equal(rows_of(i.id, ROW_NOTIFY_SENT, &text), 0);
	assert_int_equal(rows_of(i.id, ROW_NOTIFY_SUPPRESSED, &text), 1);
	assert_non_null(strstr(text, "it is a ticket"));
}

static void a_slashing_waits_for_a_person(void **state)
{
	struct ask a = { .g = { .key = "slashed:7",
				.rule = "validator-slashed",
				.subject = "validators/7",
				.title = "slashed",
				.text = "",
				.severity = INCIDENT_CRITICAL,
				.page = true } };
	const char *text;

	(void)state;
	lane_ok(trigger, &a);
	assert_int_equal(a.i.kind, KIND_SLASHING);
	assert_int_equal(a.i.ack_due_ms, now + 24 * HOUR);
	lane_ok(clear, "slashed:7");
	assert_int_equal(get(a.i.id).state, INCIDENT_TRIGGERED);
	assert_int_equal(rows_of(a.i.id, ROW_CLEARED, &text), 1);
}

static enum err change(struct turn *t, void *arg)
{
	t->roles = 1;
	return audit_add(t, "fleet.paused", arg, "to be safe");
}

static void an_act_in_its_scope_attaches_itself(void **state)
{
	struct ask v = trigger_one("down:7", INCIDENT_HIGH);
	struct ask w = { .g = { .key = "breaker:a",
				.rule = "breaker-open",
				.subject = "wallets/a",
				.title = "breaker open",
				.text = "",
				.severity = INCIDENT_MEDIUM } };
	const char *text;

	(void)state;
	lane_ok(trigger, &w);
	lane_ok(change, "fleet");
	lane_ok(change, "validators/7");
	lane_ok(change, "wallets/b");
	assert_int_equal(rows_of(v.i.id, ROW_CHANGE, &text), 1);
	assert_string_equal(text, "fleet.paused validators/7: to be safe");
	assert_int_equal(rows_of(w.i.id, ROW_CHANGE, &text), 1);
	assert_string_equal(text, "fleet.paused fleet: to be safe");
}

static void each_row_names_the_audit_record_it_stands_at(void **state)
{
	struct ask a = trigger_one("down:7", INCIDENT_HIGH);
	struct audit_record *log;
	struct incident_row *r;
	size_t n, n_log;

	(void)state;
	assert_ok(&f, audit_list(at_now(), 0, 100, &log, &n_log));
	assert_ok(&f, incident_timeline(&f.t, a.i.id, 0, 100, &r, &n));
	assert_true(n >= 2 && n_log >= 2);
	for (size_t k = 0; k < n; k++)
		assert_int_equal(r[k].audit, k + 1);
	assert_string_equal(log[0].action, "incident.opened");
	assert_string_equal(log[1].action, "incident.paged");
}

struct write {
	int64_t id;
	const char *text;
	struct note n;
};

static enum err write_note(struct turn *t, void *arg)
{
	struct write *w = arg;

	return incident_note(t, w->id, "alice", w->text, &w->n);
}

static enum err edit_note(struct turn *t, void *arg)
{
	struct write *w = arg;

	return incident_note_edit(t, w->n.id, "bob", w->text, &w->n);
}

static void a_note_is_edited_and_what_it_said_is_kept(void **state)
{
	struct ask a = trigger_one("down:7", INCIDENT_HIGH);
	struct write w = { .id = a.i.id, .text = "the disk was full" };
	struct note_version *v;
	struct note *n;
	size_t count;
	char *long_text = turn_alloc(at_now(), NOTE_MAX + 2);

	(void)state;
	memset(long_text, 'x', NOTE_MAX + 1);
	struct write too_long = { .id = a.i.id, .text = strdup(long_text) };

	assert_fails(&f, lane_run(at_now(), write_note, &too_long), ERR_INVALID, "16384");
	free((void *)(uintptr_t)too_long.text);
	lane_ok(write_note, &w);
	w.text = "the disk was full of logs";
	lane_ok(edit_note, &w);
	assert_ok(&f, note_list(at_now(), a.i.id, &n, &count));
	assert_int_equal(count, 1);
	assert_string_equal(n[0].text, "the disk was full of logs");
	assert_string_equal(n[0].author, "alice");
	assert_string_equal(n[0].edited_by, "bob");
	assert_ok(&f, note_history(&f.t, n[0].id, &v, &count));
	assert_int_equal(count, 1);
	assert_string_equal(v[0].text, "the disk was full");
	assert_string_equal(v[0].author, "alice");
}

static enum err answer(struct turn *t, void *arg)
{
	struct ask *a = arg;

	return incident_answer_put(t, a->id, "alice", a->field, a->text, &a->i);
}

static void a_template_holds_the_end_until_its_fields_are_there(void **state)
{
	static const char *const fields[] = { "isolated", "exposed", "notified", "all_clear",
					      "recovery" };
	struct ask a = { .g = { .key = "wallet.key_used_elsewhere:a",
				.rule = "key-used-elsewhere",
				.subject = "wallets/a",
				.title = "somebody else sends with its key",
				.text = "",
				.severity = INCIDENT_CRITICAL,
				.page = true } };

	(void)state;
	lane_ok(trigger, &a);
	assert_int_equal(a.i.kind, KIND_COMPROMISE);
	a.id = a.i.id;
	a.text = "done";
	assert_fails(&f, lane_run(at_now(), resolve, &a), ERR_REFUSED,
		     "lacks isolated, exposed, notified, all_clear, recovery");
	a.field = "colour";
	assert_fails(&f, lane_run(at_now(), answer, &a), ERR_INVALID, "no field 'colour'");
	for (size_t k = 0; k < 5; k++) {
		a.field = fields[k];
		lane_ok(answer, &a);
	}
	lane_ok(resolve, &a);
	assert_true(a.applied);
	assert_int_equal(get(a.id).wallets, 1);
}

static enum err act_add(struct turn *t, void *arg)
{
	return incident_action_add(t, arg);
}

struct did {
	int64_t id;
	bool done, changed;
	struct action_item a;
};

static enum err act_done(struct turn *t, void *arg)
{
	struct did *d = arg;

	return incident_action_done(t, d->id, "bob", d->done, &d->a, &d->changed);
}

static void action_items_have_an_owner_and_an_end(void **state)
{
	struct ask i = trigger_one("down:7", INCIDENT_HIGH);
	struct action_item a = { .incident = i.i.id,
				 .kind = ACTION_PREVENT,
				 .text = "rotate the logs",
				 .owner = "bob",
				 .due_ms = now + HOUR },
			   *list;
	struct did d = { .done = true };
	size_t n;

	(void)state;
	lane_ok(act_add, &a);
	assert_ok(&f, action_list(at_now(), 0, 10, &list, &n));
	assert_int_equal(n, 1);
	assert_string_equal(list[0].owner, "bob");
	d.id = a.id;
	lane_ok(act_done, &d);
	assert_true(d.changed);
	lane_ok(act_done, &d);
	assert_false(d.changed);
	assert_ok(&f, action_list(at_now(), 0, 10, &list, &n));
	assert_int_equal(n, 0);
	a.kind = 7;
	assert_fails(&f, lane_run(at_now(), act_add, &a), ERR_INVALID, "kind");
}

struct linking {
	int64_t a, b;
	bool merge, changed;
	struct incident i;
};

static enum err link_them(struct turn *t, void *arg)
{
	struct linking *l = arg;

	return incident_link(t, l->a, l->b, "alice", l->merge, &l->i, &l->changed);
}

static void one_that_is_the_same_as_another_is_merged_into_it(void **state)
{
	struct ask a = trigger_one("down:7", INCIDENT_HIGH),
		   b = trigger_one("down:8", INCIDENT_HIGH);
	struct linking l = { .a = a.i.id, .b = b.i.id };
	int64_t *others;
	size_t n;

	(void)state;
	lane_ok(link_them, &l);
	assert_true(l.changed);
	assert_int_equal(get(a.i.id).state, INCIDENT_TRIGGERED);
	lane_ok(link_them, &l);
	assert_false(l.changed);
	l.merge = true;
	lane_ok(link_them, &l);
	assert_int_equal(get(a.i.id).resolution, RESOLVED_MERGED);
	assert_int_equal(get(a.i.id).merged_into, b.i.id);
	assert_ok(&f, incident_link_list(at_now(), b.i.id, &others, &n));
	assert_int_equal(n, 1);
	assert_int_equal(others[0], a.i.id);
}

static enum err rate(struct turn *t, void *arg)
{
	struct ask *a = arg;

	return incident_rate(t, a->id, "alice", FEEDBACK_NOISE, "a flaky probe", &a->i);
}

static void a_new_one_recalls_the_last_three_of_its_rule(void **state)
{
	struct ask a = trigger_one("down:7", INCIDENT_HIGH);
	struct write w = { .id = a.i.id, .text = "the disk was full of logs" };
	const char *text;

	(void)state;
	assert_int_equal(rows_of(a.i.id, ROW_RECALLED, &text), 0);
	a.id = a.i.id;
	a.text = "";
	lane_ok(write_note, &w);
	lane_ok(rate, &a);
	now += 12 * MINUTE;
	lane_ok(resolve, &a);
	a = trigger_one("down:8", INCIDENT_HIGH);
	assert_int_equal(rows_of(a.i.id, ROW_RECALLED, &text), 1);
	assert_non_null(strstr(text, "by alice, noise, last note: the disk was full"));
}

static enum err announce(struct turn *t, void *arg)
{
	struct announcement *a = arg;
	const char **told;
	size_t n;

	return incident_announce(t, a, &told, &n);
}

static void an_announcement_is_in_the_timeline_and_for_the_page(void **state)
{
	struct ask i = trigger_one("down:7", INCIDENT_HIGH);
	struct announcement a = { .incident = i.i.id,
				  .author = "alice",
				  .state = ANNOUNCE_INVESTIGATING,
				  .title = "Missed attestations",
				  .text = "We look into it." },
			    *list;
	const char *text;
	size_t n;

	(void)state;
	lane_ok(announce, &a);
	assert_int_equal(rows_of(i.i.id, ROW_ANNOUNCED, &text), 1);
	assert_non_null(strstr(text, "no channel"));
	assert_ok(&f, announcement_list(at_now(), 0, 0, 10, &list, &n));
	assert_int_equal(n, 1);
	assert_string_equal(list[0].title, "Missed attestations");
	a.state = 9;
	assert_fails(&f, lane_run(at_now(), announce, &a), ERR_INVALID, "state");
}

/* Stakers read it, and whoever wants to: nothing that people wrote is markup. */
static void the_status_page_shows_announcements_only_and_escapes_them(void **state)
{
	struct ask i = trigger_one("down:7", INCIDENT_CRITICAL);
	struct announcement a = { .incident = i.i.id,
				  .author = "alice",
				  .state = ANNOUNCE_INVESTIGATING,
				  .title = "<script>alert(1)</script>",
				  .text = "We look & \"wait\"." };
	struct turn *t = at_now();
	struct buf html = buf_in(t->mem, STATUS_PAGE_MAX), json;

	(void)state;
	assert_ok(&f, status_page_html(t, &html));
	assert_non_null(strstr(buf_text(&html), "Everything works"));
	lane_ok(announce, &a);
	t = at_now();
	html = buf_in(t->mem, STATUS_PAGE_MAX);
	json = buf_in(t->mem, STATUS_PAGE_MAX);
	assert_ok(&f, status_page_html(t, &html));
	assert_ok(&f, status_page_json(t, &json));
	assert_null(strstr(buf_text(&html), "<script>"));
	assert_non_null(strstr(buf_text(&html), "&lt;script&gt;alert(1)"));
	assert_non_null(strstr(buf_text(&html), "There is a disturbance"));
	assert_null(strstr(buf_text(&html), "validator 7"));
	assert_null(strstr(buf_text(&html), "alice"));
	assert_non_null(strstr(buf_text(&json), "\"status\":\"disturbed\""));
	assert_non_null(strstr(buf_text(&json), "We look & \\\"wait\\\"."));
	now += MINUTE;
	a.state = ANNOUNCE_RESOLVED;
	lane_ok(announce, &a);
	t = at_now();
	json = buf_in(t->mem, STATUS_PAGE_MAX);
	assert_ok(&f, status_page_json(t, &json));
	assert_non_null(strstr(buf_text(&json), "\"status\":\"operational\""));
}

static void a_postmortem_quotes_what_people_wrote(void **state)
{
	struct ask a = trigger_one("down:7", INCIDENT_HIGH);
	struct write w = { .id = a.i.id, .text = "<b>bold</b> | # heading" };
	struct turn *t;
	struct buf b;

	(void)state;
	a.id = a.i.id;
	a.text = "=1+1 | [x](http://y)";
	lane_ok(write_note, &w);
	lane_ok(ack, &a);
	t = at_now();
	b = buf_in(t->mem, EXPORT_MAX);
	assert_ok(&f, incident_markdown(t, a.id, &b));
	for (const char *const *h =
		     (const char *const[]){ "## Overview", "## Impact", "## Timeline", "## Notes",
					    "## Where we got lucky", "### Prevent", "### Detect",
					    "### Mitigate", NULL };
	     *h; h++)
		assert_non_null(strstr(buf_text(&b), *h));
	assert_null(strstr(buf_text(&b), "<b>"));
	assert_null(strstr(buf_text(&b), "[x](http"));
	assert_non_null(strstr(buf_text(&b), "Audit records: 1 to "));
	b = buf_in(t->mem, EXPORT_MAX);
	incidents_csv_head(&b);
	a.i.title = "=cmd()";
	assert_ok(&f, incident_csv(t, &a.i, &b));
	assert_non_null(strstr(buf_text(&b), "\"'=cmd()\""));
}

static enum err down_for_a_while(struct turn *t, void *arg)
{
	struct pubkey key = { .b = { 7 } };
	struct spell s = { .health = VALIDATOR_DOWN, .from_ms = now, .text = "no attestation" };
	struct validator v;
	bool added;

	(void)arg;
	TRY(validator_add(t, &key, "seven", &v, &added));
	s.validator = v.id;
	TRY(spell_begin(t, &s));
	s.health = VALIDATOR_UP;
	s.from_ms = now + 7 * MINUTE;
	return spell_begin(t, &s);
}

static void what_it_cost_is_measured_at_its_end(void **state)
{
	struct ask a = { .g = { .key = "down:seven",
				.rule = "validator-down",
				.subject = "validators/seven",
				.title = "down",
				.text = "",
				.severity = INCIDENT_CRITICAL,
				.page = true },
			 .text = "restarted" };
	const char *text;

	(void)state;
	lane_ok(down_for_a_while, NULL);
	now += 2 * MINUTE;
	a.g.since_ms = now;
	lane_ok(trigger, &a);
	a.id = a.i.id;
	now += 10 * MINUTE;
	lane_ok(resolve, &a);
	/* Down until the seventh minute, and it began in the second. */
	assert_int_equal(a.i.downtime_ms, 5 * MINUTE);
	assert_int_equal(a.i.missed, -1);
	assert_int_equal(rows_of(a.id, ROW_RESOLVED, &text), 1);
	assert_non_null(strstr(text, "downtime 5m"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, fresh, done)
		T(the_first_trigger_opens_one_with_both_clocks_and_one_page),
		T(ten_thousand_duplicates_are_one_incident_one_page_one_row_a_minute),
		T(a_trigger_after_the_end_is_a_new_incident_that_names_the_one_before),
		T(late_acts_are_answered_and_change_nothing),
		T(acknowledging_stops_the_first_clock_only),
		T(worse_goes_back_to_triggered_and_is_told_and_less_bad_does_not),
		T(a_person_lowers_with_a_word_and_the_same_trigger_does_not_raise_it),
		T(an_acknowledgement_lapses_after_four_times_the_response_time),
		T(giving_it_back_starts_the_first_clock_again),
		T(what_comes_and_goes_is_held_open_and_paged_once_a_quarter_of_an_hour),
		T(a_ticket_is_recorded_and_never_paged),
		T(a_slashing_waits_for_a_person),
		T(an_act_in_its_scope_attaches_itself),
		T(each_row_names_the_audit_record_it_stands_at),
		T(a_note_is_edited_and_what_it_said_is_kept),
		T(a_template_holds_the_end_until_its_fields_are_there),
		T(action_items_have_an_owner_and_an_end),
		T(one_that_is_the_same_as_another_is_merged_into_it),
		T(a_new_one_recalls_the_last_three_of_its_rule),
		T(an_announcement_is_in_the_timeline_and_for_the_page),
		T(the_status_page_shows_announcements_only_and_escapes_them),
		T(a_postmortem_quotes_what_people_wrote),
		T(what_it_cost_is_measured_at_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
