/* From events to channels: once into the outbox, in order out of it, and what each answer means.
 * The channels are an HTTP server of the test's; time is the test's too. */
#include <stdlib.h>
#include <string.h>

#include "server/api/api.h"
#include "server/core/channel.h"
#include "server/core/deliver.h"
#include "server/jobs/notify.h"
#include "store/events.h"
#include "store/meta.h"
#include "store/outbox.h"
#include "tests/support/httpd.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

enum { HEARD_MAX = 400 };

static struct stage w;
static struct notify *notify;
static struct httpd *server;

/* How each path answers, and what came there. */
static struct {
	int status;
	const char *extra;
	unsigned heard;
} paths[3];
static char order[HEARD_MAX][64]; /* webhook-id, as they came to path 0 and were taken */
static unsigned n_order;

static void answer(void *arg, const struct httpd_request *q, struct httpd_reply *r)
{
	const char *slash = strchr(q->head, '/'), *id = strstr(q->head, "webhook-id: ");
	unsigned i = (unsigned)(slash[1] - '0');

	(void)arg;
	paths[i].heard++;
	r->status = paths[i].status ? paths[i].status : 204;
	r->extra = paths[i].extra;
	if (i == 0 && r->status == 204 && id && n_order < HEARD_MAX)
		(void)snprintf(order[n_order++], sizeof(order[0]), "%.*s",
			       (int)strcspn(id + 12, "\r\n"), id + 12);
}

static void answers(unsigned path, int status, const char *extra)
{
	httpd_lock(server);
	paths[path].status = status;
	paths[path].extra = extra;
	httpd_unlock(server);
}

static unsigned heard(unsigned path)
{
	httpd_lock(server);
	unsigned n = paths[path].heard;

	httpd_unlock(server);
	return n;
}

static int setup(void **state)
{
	struct notify_options o = { .event_data = api_event_data,
				    .source = "/ghost-fleet/test",
				    .allow_private = true };

	(void)state;
	memset(paths, 0, sizeof(paths));
	n_order = 0;
	stage_open(&w, 1);
	w.policy.allow_private = true;
	assert_ok(&w.f, notify_open(stage_turn(&w), &o, &notify));
	w.jobs->notify = notify;
	server = httpd_start(answer, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	httpd_stop(server);
	notify_close(notify);
	stage_close(&w);
	return 0;
}

static void crash(void)
{
	stage_crash(&w);
	w.jobs->notify = notify;
	notify->seen = 0;
}

/* ---- channels and events ---- */

static enum err create(struct turn *t, void *arg)
{
	struct channel c;

	return channel_create(t, arg, &c);
}

static const char *const everything[] = { "*" };

static struct channel_ask ask(const char *name, unsigned path)
{
	static char urls[3][80];

	(void)snprintf(urls[path], sizeof(urls[path]), "%s%u", httpd_url(server), path);
	return (struct channel_ask){ .name = name,
				     .kind = CHANNEL_WEBHOOK,
				     .enabled = true,
				     .events = { everything, 1 },
				     .url = urls[path],
				     .username = "",
				     .sender = "",
				     .secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };
}

static void add(const char *name, unsigned path)
{
	struct channel_ask a = ask(name, path);

	assert_ok(&w.f, stage_lane(&w, create, &a));
}

static struct channel channel(const char *name)
{
	struct channel c;

	assert_ok(&w.f, channel_get(stage_turn(&w), name, &c));
	return c;
}

static enum err happen(struct turn *t, void *arg)
{
	for (int i = 0; i < *(int *)arg; i++)
		TRY(event_add(t, TOPIC_WALLET, "wallets/w-000", "breaker.tripped", "it reverts"));
	return OK;
}

static void events(int n)
{
	assert_ok(&w.f, stage_lane(&w, happen, &n));
}

static void expand(void)
{
	assert_ok(&w.f, stage_job(&w, JOB_OUTBOX));
}

static void deliver(void)
{
	expand();
	assert_ok(&w.f, stage_job(&w, JOB_DELIVER));
	assert_ok(&w.f, stage_job(&w, JOB_DELIVER_SLOW));
	assert_ok(&w.f, stage_job(&w, JOB_DELIVER)); /* one that is well again */
}

static struct delivery *list(unsigned states, size_t *n)
{
	struct delivery_filter f = { .states = states };
	struct delivery *d;

	assert_ok(&w.f, delivery_list(stage_turn(&w), &f, 1000, &d, n));
	return d;
}

static size_t count(enum delivery_state s)
{
	size_t n;

	(void)list(1u << s, &n);
	return n;
}

/* ---- in ---- */

static enum err rewind_cursor(struct turn *t, void *arg)
{
	(void)arg;
	return meta_set(t, "notify.cursor", "\0\0\0\0\0\0\0\0", 8);
}

static void an_event_is_one_row_a_channel_however_often_it_is_taken_up(void **state)
{
	size_t n;

	(void)state;
	events(2); /* before anybody cared */
	add("a", 0);
	add("b", 1);
	expand();
	/* b's own addition is told to a, not to b. */
	assert_int_equal(count(DELIVERY_QUEUED), 1);
	events(3);
	expand();
	assert_int_equal(count(DELIVERY_QUEUED), 7);
	for (int i = 0; i < 3; i++) {
		crash();
		assert_ok(&w.f, stage_lane(&w, rewind_cursor, NULL));
		expand();
	}
	struct delivery *d = list(0, &n);

	assert_int_equal(n, 7);
	assert_string_equal(d[0].what.kind, "breaker.tripped");
	assert_int_equal(d[0].what.severity, SEVERITY_ERROR);
	assert_string_equal(d[0].what.uid, d[1].what.uid);
	assert_string_not_equal(d[0].what.uid, d[2].what.uid);
}

static void what_a_channel_does_not_want_is_not_queued(void **state)
{
	static const char *const fleet[] = { "fleet.*" };
	struct channel_ask a = ask("a", 0);

	(void)state;
	a.events = (struct texts){ fleet, 1 };
	assert_ok(&w.f, stage_lane(&w, create, &a));
	events(5);
	expand();
	assert_int_equal(count(DELIVERY_QUEUED), 0);
	assert_ok(&w.f, stage_pause(&w, "fleet", true));
	expand();
	assert_int_equal(count(DELIVERY_QUEUED), 1);
}

/* ---- out ---- */

static void a_channel_is_served_in_order_and_held_while_it_fails(void **state)
{
	int64_t held = 0;
	size_t n;

	(void)state;
	add("a", 0);
	events(4);
	answers(0, 503, NULL);
	for (int i = 1; i <= 6; i++) {
		deliver();
		struct channel c = channel("a");

		/* One at a time, and each time later: 1 s, 2 s, 4 s ..., up to a quarter more. */
		assert_int_equal(heard(0), i);
		assert_int_equal(c.failures, i);
		held = c.hold_ms - w.now_ms;
		assert_true(held >= 1000 << (i - 1) && held <= (1250 << (i - 1)) + 1);
		assert_int_equal(c.state, i < FAILING_TRIES ? CHANNEL_OK : CHANNEL_FAILING);
		deliver();
		assert_int_equal(heard(0), i); /* not before its time */
		w.now_ms += held;
	}
	answers(0, 0, NULL);
	deliver();
	assert_int_equal(channel("a").failures, 0);
	assert_int_equal(channel("a").state, CHANNEL_OK);
	struct delivery *d = list(1u << DELIVERY_SENT, &n);

	/* The first four are the events; each once, in the order in which they happened. */
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(order[i], d[n - 1 - i].what.uid);
	assert_int_equal(d[n - 1].attempts, 7);
}

static void patience_that_is_asked_for_is_given(void **state)
{
	(void)state;
	add("a", 0);
	events(1);
	answers(0, 429, "Retry-After: 7\r\n");
	deliver();
	int64_t wait = channel("a").hold_ms - w.now_ms;

	assert_true(wait >= 7000 && wait <= 7250);
	w.now_ms += wait;
	answers(0, 503, "Retry-After: 999999\r\n");
	deliver();
	assert_true(channel("a").hold_ms - w.now_ms <= RETRY_AFTER_MAX + 250);
}

static void the_wait_stops_growing(void **state)
{
	struct turn *t;

	(void)state;
	t = stage_turn(&w);
	for (int i = 0; i < 50; i++) {
		int64_t wait = deliver_backoff(t, 40);

		assert_true(wait >= LAST_RETRY_MS && wait <= LAST_RETRY_MS * 5 / 4);
	}
}

static void what_is_refused_steps_aside_and_is_given_up(void **state)
{
	size_t n;

	(void)state;
	add("a", 0);
	events(1);
	answers(0, 422, NULL);
	deliver();
	answers(0, 0, NULL);
	events(1);
	deliver(); /* the second does not wait for the first */
	assert_int_equal(count(DELIVERY_SENT), 1);
	assert_int_equal(channel("a").failures, 0);
	answers(0, 422, NULL);
	for (int i = 1; i < REFUSED_TRIES; i++) {
		w.now_ms += LAST_RETRY_MS;
		deliver();
	}
	struct delivery *d = list(1u << DELIVERY_DEAD, &n);

	assert_int_equal(n, 1);
	assert_int_equal(d->attempts, REFUSED_TRIES);
	assert_non_null(strstr(d->said, "refused: HTTP 422"));
	assert_int_equal(channel("a").dead, 1);
}

static enum err bring_back(struct turn *t, void *arg)
{
	struct channel_change ch = { .enabled = true, .to = { .name = arg, .enabled = true } };
	struct channel c;

	ch.to.secret = ch.to.url = "";
	return channel_change(t, 0, &ch, &c);
}

static void gone_switches_a_channel_off_until_a_person_says_otherwise(void **state)
{
	(void)state;
	add("a", 0);
	add("b", 1);
	deliver();
	events(1);
	answers(0, 410, NULL);
	deliver();
	assert_int_equal(channel("a").state, CHANNEL_GONE);
	assert_false(channel("a").enabled);
	unsigned so_far = heard(0);

	events(1);
	deliver();
	w.now_ms += 3600000;
	deliver();
	assert_int_equal(heard(0), so_far);
	/* The other channel was told of it: the two events, and what became of a. */
	assert_int_equal(heard(1), 3);
	answers(0, 0, NULL);
	assert_ok(&w.f, stage_lane(&w, bring_back, "a"));
	deliver();
	/* What waited is sent; what happened while it was off is not its business. */
	assert_int_equal(heard(0), so_far + 1);
}

static void what_waits_for_too_long_is_given_up(void **state)
{
	(void)state;
	add("a", 0);
	events(2);
	answers(0, 500, NULL);
	deliver();
	w.now_ms += w.policy.give_up_ms + 1000;
	deliver();
	assert_int_equal(count(DELIVERY_DEAD), 1);
	assert_ok(&w.f, stage_job(&w, JOB_UPKEEP)); /* the one that never had its turn */
	assert_int_equal(count(DELIVERY_DEAD), 2);
	w.now_ms += INT64_C(8) * 86400000;
	assert_ok(&w.f, stage_job(&w, JOB_UPKEEP));
	assert_int_equal(count(DELIVERY_DEAD), 0);
}

struct take {
	struct parcel p[CHANNELS_MAX];
	size_t n;
};

static enum err take(struct turn *t, void *arg)
{
	struct take *k = arg;

	return deliver_take(t, LANE_QUICK, k->p, CHANNELS_MAX, &k->n);
}

static enum err recover(struct turn *t, void *arg)
{
	(void)arg;
	return delivery_recover(t);
}

static void what_was_being_sent_at_a_crash_is_sent_again(void **state)
{
	struct take *k = calloc(1, sizeof(*k));

	(void)state;
	add("a", 0);
	events(2);
	expand();
	assert_ok(&w.f, stage_lane(&w, take, k));
	assert_int_equal(k->n, 1);
	assert_int_equal(count(DELIVERY_SENDING), 1);
	/* Nothing overtakes it, and nobody else takes it. */
	assert_ok(&w.f, stage_lane(&w, take, k));
	assert_int_equal(k->n, 0);
	free(k);
	crash();
	assert_ok(&w.f, stage_lane(&w, recover, NULL));
	deliver();
	assert_int_equal(count(DELIVERY_SENT), 2);
	assert_int_equal(heard(0), 2);
}

static void what_nobody_wrote_down_is_freed_after_a_while(void **state)
{
	struct take *k = calloc(1, sizeof(*k));

	(void)state;
	add("a", 0);
	events(1);
	expand();
	assert_ok(&w.f, stage_lane(&w, take, k));
	free(k);
	deliver();
	assert_int_equal(heard(0), 0);
	w.now_ms += STUCK_MS + 1;
	assert_ok(&w.f, stage_job(&w, JOB_UPKEEP));
	deliver();
	assert_int_equal(count(DELIVERY_SENT), 1);
}

static void two_that_refuse_everything_do_not_keep_each_other_busy(void **state)
{
	size_t n;

	(void)state;
	add("a", 0);
	add("b", 1);
	answers(0, 400, NULL);
	answers(1, 400, NULL);
	events(1);
	for (int i = 0; i < 60; i++) {
		deliver();
		w.now_ms += LAST_RETRY_MS * 2;
	}
	(void)list(0, &n);
	/* a: b was added, the event, that b loses something; b: the event, that a loses something.
	 */
	assert_true(n <= 6);
	assert_int_equal(count(DELIVERY_DEAD), n);
}

static enum err fill(struct turn *t, void *arg)
{
	struct channel c;

	TRY(channel_get(t, arg, &c));
	for (int i = 0; i < 1000; i++) {
		struct notice n = { .source = NOTICE_TEST,
				    .kind = "channel.test",
				    .subject = "channels/a",
				    .severity = SEVERITY_INFO,
				    .at_ms = t->now_ms,
				    .text = "",
				    .actor = "",
				    .data = "{}" };
		struct delivery d = { .channel = c.id, .state = DELIVERY_QUEUED, .said = "" };

		TRY(notice_add(t, &n));
		d.notice = n.id;
		d.queued_ms = t->now_ms;
		TRY(delivery_add(t, &d));
	}
	return OK;
}

static void a_full_queue_takes_no_more_and_says_so(void **state)
{
	size_t n;

	(void)state;
	add("a", 0);
	add("b", 1);
	for (int i = 0; i < QUEUE_MAX / 1000; i++)
		assert_ok(&w.f, stage_lane(&w, fill, "a"));
	events(3);
	expand();
	assert_int_equal(channel("a").dropped, 4); /* the three, and that b was added */
	struct delivery *d = list(1u << DELIVERY_DEAD, &n);

	assert_int_equal(n, 4);
	assert_non_null(strstr(d->said, "not queued: 10000 wait already"));
	answers(0, 500, NULL);
	deliver();
	assert_int_equal(heard(1), 4); /* the three, and once that a loses something */
}

static enum err remove_it(struct turn *t, void *arg)
{
	struct channel c;

	return channel_delete(t, arg, 0, &c);
}

static void a_removed_channel_forgets_its_secret_and_what_waited(void **state)
{
	(void)state;
	add("a", 0);
	events(2);
	expand();
	assert_ok(&w.f, stage_lane(&w, remove_it, "a"));
	deliver();
	assert_int_equal(heard(0), 0);
	assert_ok(&w.f, stage_job(&w, JOB_UPKEEP));
	assert_int_equal(count(DELIVERY_DEAD), 2);
	/* Its name is free for another. */
	add("a", 0);
	events(1);
	deliver();
	assert_int_equal(heard(0), 1);
}

static enum err replay(struct turn *t, void *arg)
{
	const struct replay_ask *a = arg;
	int64_t n;
	bool more;

	TRY(deliver_replay(t, a, &n, &more));
	return n == 2 && !more ? OK : fail(t, ERR_BROKEN, "%lld were replayed", (long long)n);
}

static void what_is_replayed_comes_under_the_same_ids(void **state)
{
	struct replay_ask a = { .events = "breaker.*", .sent = true };

	(void)state;
	add("a", 0);
	events(2);
	deliver();
	a.channel = channel("a").id;
	assert_ok(&w.f, stage_lane(&w, replay, &a));
	deliver();
	assert_int_equal(n_order, 4);
	assert_string_equal(order[0], order[2]);
	assert_string_equal(order[1], order[3]);
	a = (struct replay_ask){ .events = "" };
	assert_fails(&w.f, stage_lane(&w, replay, &a), ERR_INVALID, "say which");
}

static void a_secret_opens_for_its_own_channel_only(void **state)
{
	const char *secret;

	(void)state;
	add("a", 0);
	struct channel c = channel("a");

	assert_ok(&w.f, channel_secret(&w.f.t, &c, false, &secret));
	assert_string_equal(secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
	c.name = "b";
	assert_fails(&w.f, channel_secret(&w.f.t, &c, false, &secret), ERR_BROKEN, "does not open");
}

static enum err change(struct turn *t, void *arg)
{
	struct channel c;

	return channel_change(t, 0, arg, &c);
}

static void a_new_target_wants_its_secret_again(void **state)
{
	struct channel_change ch = { .target = true };

	(void)state;
	add("a", 0);
	ch.to = ask("a", 1);
	ch.to.secret = "";
	assert_fails(&w.f, stage_lane(&w, change, &ch), ERR_INVALID, "needs its secret");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(an_event_is_one_row_a_channel_however_often_it_is_taken_up),
		T(what_a_channel_does_not_want_is_not_queued),
		T(a_channel_is_served_in_order_and_held_while_it_fails),
		T(patience_that_is_asked_for_is_given),
		T(the_wait_stops_growing),
		T(what_is_refused_steps_aside_and_is_given_up),
		T(gone_switches_a_channel_off_until_a_person_says_otherwise),
		T(what_waits_for_too_long_is_given_up),
		T(what_was_being_sent_at_a_crash_is_sent_again),
		T(what_nobody_wrote_down_is_freed_after_a_while),
		T(two_that_refuse_everything_do_not_keep_each_other_busy),
		T(a_full_queue_takes_no_more_and_says_so),
		T(a_removed_channel_forgets_its_secret_and_what_waited),
		T(what_is_replayed_comes_under_the_same_ids),
		T(a_secret_opens_for_its_own_channel_only),
		T(a_new_target_wants_its_secret_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
