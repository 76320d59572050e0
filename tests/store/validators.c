/* The store's validators: registry, spells, duties and their sums, what is kept how long. */
#include "tests/support/test.h"

#include <string.h>

#include "store/beacon.h"
#include "store/clients.h"
#include "store/validators.h"
#include "tests/support/store.h"

static struct fixture f;
static const int64_t DAY = INT64_C(86400000), HOUR = 3600000;

static int setup(void **state)
{
	(void)state;
	fixture_open(&f, (struct store_options){ .no_lane_thread = true });
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

static struct pubkey key(uint8_t i)
{
	struct pubkey k;

	memset(k.b, i, sizeof(k.b));
	return k;
}

struct one {
	uint8_t i;
	const char *label;
	struct validator v;
	bool added;
};

static enum err add(struct turn *t, void *arg)
{
	struct one *o = arg;
	struct pubkey k = key(o->i);

	return validator_add(t, &k, o->label, &o->v, &o->added);
}

static struct validator add_one(uint8_t i, const char *label)
{
	struct one o = { .i = i, .label = label };

	assert_ok(&f, fixture_lane(&f, add, &o));
	return o.v;
}

static enum err remove_it(struct turn *t, void *arg)
{
	struct validator *v = arg;

	return validator_remove(t, v, v->version);
}

static void one_that_is_there_is_left_as_it_is(void **state)
{
	struct one o = { .i = 1, .label = "again" };

	(void)state;
	add_one(1, "first");
	assert_ok(&f, fixture_lane(&f, add, &o));
	assert_false(o.added);
	assert_string_equal(o.v.label, "first");
	assert_int_equal(o.v.health, VALIDATOR_UNKNOWN);
}

static void one_that_was_removed_is_watched_again_with_its_history(void **state)
{
	struct validator v = add_one(1, "a");
	struct validator_filter all = { 0 }, removed = { .removed = true };
	struct validator *list;
	struct spell *s;
	size_t n;

	(void)state;
	assert_ok(&f, fixture_lane(&f, remove_it, &v));
	assert_fails(&f, fixture_lane(&f, remove_it, &v), ERR_STALE, "read it again");
	assert_ok(&f, validator_list(fixture_turn(&f), &all, 0, 10, &list, &n));
	assert_int_equal(n, 0);
	assert_ok(&f, validator_list(fixture_turn(&f), &removed, 0, 10, &list, &n));
	assert_int_equal(n, 1);
	assert_int_equal(add_one(1, "b").id, v.id);
	assert_ok(&f, spell_last(fixture_turn(&f), v.id, 10, &s, &n));
	assert_int_equal(n, 2);
	assert_int_equal(s[0].to_ms, 0);
	assert_true(s[1].to_ms > 0);
}

static void it_is_found_by_key_index_and_label_but_not_by_two_labels(void **state)
{
	struct validator v;

	(void)state;
	add_one(1, "twice");
	add_one(2, "twice");
	add_one(3, "once");
	assert_ok(&f, validator_by_label(fixture_turn(&f), "once", &v));
	assert_fails(&f, validator_by_label(fixture_turn(&f), "twice", &v), ERR_INVALID,
		     "several validators");
	assert_fails(&f, validator_by_label(fixture_turn(&f), "never", &v), ERR_MISSING, "never");
	assert_fails(&f, validator_by_place(fixture_turn(&f), 5, &v), ERR_MISSING, "index 5");
}

/* ---- spells ---- */

struct spells {
	struct spell *s;
	size_t n;
};

static enum err begin(struct turn *t, void *arg)
{
	struct spells *k = arg;

	for (size_t i = 0; i < k->n; i++)
		TRY(spell_begin(t, &k->s[i]));
	return OK;
}

static void spells_follow_each_other_without_a_gap(void **state)
{
	struct validator v = add_one(1, "");
	int64_t t0 = v.created_ms;
	struct spell in[] = {
		{ .validator = v.id,
		  .health = VALIDATOR_UP,
		  .from_ms = t0 - 5000,
		  .text = "early" },
		{ .validator = v.id, .health = VALIDATOR_UP, .from_ms = t0 + 1000, .text = "same" },
		{ .validator = v.id,
		  .health = VALIDATOR_DEGRADED,
		  .from_ms = t0 + 2000,
		  .text = "" },
		{ .validator = v.id, .health = VALIDATOR_DOWN, .from_ms = t0 + 1500, .text = "" },
		{ .validator = v.id, .health = VALIDATOR_UP, .from_ms = t0 + 9000, .text = "" },
	};
	struct spell *s;
	size_t n;

	(void)state;
	assert_ok(&f, fixture_lane(&f, begin, &(struct spells){ in, 5 }));
	assert_int_equal(in[0].from_ms, t0); /* not before the open one began, which it replaced */
	assert_int_equal(in[3].from_ms, t0 + 2000);
	assert_ok(&f, spell_list(fixture_turn(&f), v.id, 0, t0 + 100000, 10, &s, &n));
	assert_int_equal(n, 3);
	assert_int_equal(s[0].health, VALIDATOR_UP);
	assert_string_equal(s[0].text, "early");
	assert_int_equal(s[1].health, VALIDATOR_DOWN);
	assert_int_equal(s[1].from_ms, s[0].to_ms);
	assert_int_equal(s[2].from_ms, s[1].to_ms);
	assert_ok(&f, spell_down(fixture_turn(&f), 0, t0, t0 + 100000, 10, &s, &n));
	assert_int_equal(n, 1);
	assert_ok(&f, spell_down(fixture_turn(&f), 0, t0 + 9000, t0 + 100000, 10, &s, &n));
	assert_int_equal(n, 0);
}

/* ---- duties ---- */

struct duties {
	struct duty *d;
	size_t n;
	int64_t at_ms;
};

static enum err put(struct turn *t, void *arg)
{
	const struct duties *k = arg;

	for (size_t i = 0; i < k->n; i++)
		TRY(duty_put(t, &k->d[i], k->at_ms));
	return OK;
}

static void what_is_told_twice_is_summed_once_and_may_only_learn(void **state)
{
	struct validator v = add_one(1, ""), w = add_one(2, "");
	enum { LIVE = DUTY_ACTIVE | DUTY_KNOWN | DUTY_LIVE };
	struct duty d[] = {
		{ 7, v.id, LIVE, 100, 0 },
		{ 7, v.id, LIVE, 100, 0 },
		{ 7, v.id, DUTY_ACTIVE | DUTY_REWARDED | DUTY_SOURCE | DUTY_TARGET, 100, 8600 },
		{ 7, v.id, DUTY_ACTIVE | DUTY_REWARDED, 100, -999 }, /* too late: told already */
		{ 8, v.id, DUTY_ACTIVE | DUTY_KNOWN, 90, 0 },
		{ 8, v.id, DUTY_ACTIVE | DUTY_REWARDED, 90, -8600 },
		{ 7, w.id, DUTY_ACTIVE, 50, 0 },
	};
	struct duty_sum *s;
	struct duty got;
	size_t n;
	int64_t at = 20000 * DAY + 5 * HOUR + 1;

	(void)state;
	assert_ok(&f, fixture_lane(&f, put, &(struct duties){ d, 7, at }));
	assert_ok(&f, duty_get(fixture_turn(&f), 7, v.id, &got));
	assert_int_equal(got.flags, LIVE | DUTY_REWARDED | DUTY_SOURCE | DUTY_TARGET);
	assert_int_equal(got.reward, 8600);
	assert_ok(&f, duty_sums(fixture_turn(&f), SUM_HOUR, v.id, 0, INT64_MAX, 10, &s, &n));
	assert_int_equal(n, 1);
	assert_int_equal(s->start_ms, 20000 * DAY + 5 * HOUR);
	assert_int_equal(s->epochs, 2);
	assert_int_equal(s->known, 2);
	assert_int_equal(s->live, 1);
	assert_int_equal(s->rewarded, 2);
	assert_int_equal(s->source, 1);
	assert_int_equal(s->earned, 8600);
	assert_int_equal(s->lost, 8600);
	assert_int_equal(s->first, 100);
	assert_int_equal(s->last, 90);
	assert_ok(&f, duty_sums(fixture_turn(&f), SUM_DAY, 0, 0, INT64_MAX, 10, &s, &n));
	assert_int_equal(n, 1);
	assert_int_equal(s->epochs, 3);
	assert_ok(&f, duty_totals(fixture_turn(&f), SUM_DAY, 0, 10, &s, &n));
	assert_int_equal(n, 2);
	assert_int_equal(s[1].known, 0);
}

struct pruned {
	int64_t before;
	size_t n;
};

static enum err prune(struct turn *t, void *arg)
{
	struct pruned *p = arg;

	return validator_prune(t, p->before, 100, &p->n);
}

static size_t rows_left(int span, int64_t validator)
{
	struct duty_sum *s;
	size_t n;

	assert_ok(&f, duty_sums(fixture_turn(&f), span, validator, 0, INT64_MAX, 1000, &s, &n));
	return n;
}

static void raw_goes_first_then_hours_then_days(void **state)
{
	struct validator v = add_one(1, "");
	int64_t now = fixture_turn(&f)->now_ms;
	static const int ages[] = { 500, 100, 36, 2 };
	struct duty got;

	(void)state;
	for (int64_t i = 0; i < 4; i++) {
		struct duty d = { 10 + i, v.id, DUTY_ACTIVE, 1, 0 };

		assert_ok(&f,
			  fixture_lane(&f, put, &(struct duties){ &d, 1, now - ages[i] * DAY }));
	}
	struct pruned p = { .before = 13 };

	assert_ok(&f, fixture_lane(&f, prune, &p));
	assert_int_equal(p.n, 3 + 3 + 1);
	assert_int_equal(duty_get(fixture_turn(&f), 12, v.id, &got), ERR_MISSING);
	assert_ok(&f, duty_get(fixture_turn(&f), 13, v.id, &got));
	assert_int_equal(rows_left(SUM_HOUR, v.id), 1);
	assert_int_equal(rows_left(SUM_DAY, v.id), 3);
}

static void raw_rows_are_bounded_by_days_and_by_number(void **state)
{
	int64_t oldest, epoch_ms = 384000;

	(void)state;
	add_one(1, "");
	assert_ok(&f, duty_oldest_kept(fixture_turn(&f), 100000, epoch_ms, &oldest));
	assert_int_equal(100000 - oldest, 30 * DAY / epoch_ms);
	/* So short an epoch that the number is what bounds. */
	assert_ok(&f, duty_oldest_kept(fixture_turn(&f), 100000000, 100, &oldest));
	assert_int_equal(100000000 - oldest, DUTIES_MOST);
}

/* ---- proposals, clients ---- */

static enum err propose(struct turn *t, void *arg)
{
	struct proposal *p = arg;

	TRY(proposal_add(t, p->slot, p->validator, p->at_ms));
	return p->state == PROPOSAL_DUE ? OK : proposal_end(t, p);
}

static void a_proposal_ends_once(void **state)
{
	struct validator v = add_one(1, "");
	struct proposal p = { 5, v.id, PROPOSAL_DUE, 0, 1000, "" }, *list;
	int64_t count[PROPOSAL_UNKNOWN + 1];
	size_t n;

	(void)state;
	assert_ok(&f, fixture_lane(&f, propose, &p));
	assert_ok(&f, proposal_due(fixture_turn(&f), 4, 10, &list, &n));
	assert_int_equal(n, 0);
	assert_ok(&f, proposal_due(fixture_turn(&f), 5, 10, &list, &n));
	assert_int_equal(n, 1);
	p.state = PROPOSAL_MISSED;
	p.text = "why";
	assert_ok(&f, fixture_lane(&f, propose, &p));
	p.state = PROPOSAL_DONE;
	assert_ok(&f, fixture_lane(&f, propose, &p));
	assert_ok(&f, proposal_list(fixture_turn(&f), v.id, 0, 10, &list, &n));
	assert_int_equal(list->state, PROPOSAL_MISSED);
	assert_string_equal(list->text, "why");
	assert_ok(&f, proposal_count(fixture_turn(&f), 0, 0, 2000, count));
	assert_int_equal(count[PROPOSAL_MISSED], 1);
	assert_ok(&f, proposal_count(fixture_turn(&f), v.id, 1001, 2000, count));
	assert_int_equal(count[PROPOSAL_MISSED], 0);
}

struct listed {
	struct pubkey keys[4];
	size_t n;
	int64_t changed;
};

static enum err list_keys(struct turn *t, void *arg)
{
	struct listed *l = arg;

	return clients_listed(t, l->keys, l->n, &l->changed);
}

static void the_listed_are_those_of_the_last_list(void **state)
{
	struct listed l = { { key(1), key(2), key(9) }, 3, 0 };
	int64_t n;

	(void)state;
	add_one(1, "");
	add_one(2, "");
	add_one(3, "");
	assert_ok(&f, fixture_lane(&f, list_keys, &l));
	assert_int_equal(l.changed, 2);
	assert_ok(&f, clients_count(fixture_turn(&f), &n));
	assert_int_equal(n, 2);
	l = (struct listed){ { key(2), key(3) }, 2, 0 };
	assert_ok(&f, fixture_lane(&f, list_keys, &l));
	assert_int_equal(l.changed, 2);
	assert_ok(&f, fixture_lane(&f, list_keys, &l));
	assert_int_equal(l.changed, 0);
}

int main(void)
{
#define IN_A_STORE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		IN_A_STORE(one_that_is_there_is_left_as_it_is),
		IN_A_STORE(one_that_was_removed_is_watched_again_with_its_history),
		IN_A_STORE(it_is_found_by_key_index_and_label_but_not_by_two_labels),
		IN_A_STORE(spells_follow_each_other_without_a_gap),
		IN_A_STORE(what_is_told_twice_is_summed_once_and_may_only_learn),
		IN_A_STORE(raw_goes_first_then_hours_then_days),
		IN_A_STORE(raw_rows_are_bounded_by_days_and_by_number),
		IN_A_STORE(a_proposal_ends_once),
		IN_A_STORE(the_listed_are_those_of_the_last_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
