/* From an incident to the people on call: who is told by what, what is held, what goes another way,
 * and that a link acknowledges once. Channels are an HTTP server of the test's; time is the test's.
 */
#include <stdlib.h>
#include <string.h>

#include "ghostfleet/v1/oncall.pb-c.h"
#include "proto/json.h"
#include "server/api/api.h"
#include "server/core/ack.h"
#include "server/core/channel.h"
#include "server/core/heartbeat.h"
#include "server/core/incident.h"
#include "server/core/oncall.h"
#include "server/core/page_watch.h"
#include "server/jobs/notify.h"
#include "store/base/log.h"
#include "tests/support/httpd.h"
#include "tests/support/stage.h"
#include "tests/support/test.h"

enum { HEARD_MAX = 200 };

static struct stage w;
static struct notify *notify;
static struct httpd *server;

static struct {
	char path[40];
	char *body;
} heard[HEARD_MAX];
static unsigned n_heard;
static int statuses[10]; /* by the path's last letter; 0: 202 */

static void answer(void *arg, const struct httpd_request *q, struct httpd_reply *r)
{
	const char *slash = strchr(q->head, '/');
	size_t n = strcspn(slash + 1, " ");

	(void)arg;
	r->status = statuses[(slash[n] - '0') % 10] ? statuses[(slash[n] - '0') % 10] : 202;
	if (r->status != 202 || n_heard >= HEARD_MAX)
		return;
	(void)snprintf(heard[n_heard].path, sizeof(heard[0].path), "%.*s", (int)n, slash + 1);
	heard[n_heard++].body = strdup(q->body);
}

static int setup(void **state)
{
	struct notify_options o = { .event_data = api_event_data,
				    .source = "/ghost-fleet/test",
				    .allow_private = true };

	(void)state;
	memset(statuses, 0, sizeof(statuses));
	stage_open(&w, 1);
	w.policy.allow_private = true;
	w.policy.base_url = "https://fleet.example";
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
	while (n_heard > 0)
		free(heard[--n_heard].body);
	return 0;
}

/* ---- what there is ---- */

static enum err create(struct turn *t, void *arg)
{
	struct channel c;

	return channel_create(t, arg, &c);
}

static const char *const pages[] = { "incident.page" };

/* A chat at path NAME. */
static void chat(const char *name)
{
	char url[120];
	struct channel_ask a = { .name = name,
				 .kind = CHANNEL_SLACK,
				 .enabled = true,
				 .events = { pages, 1 },
				 .url = "",
				 .username = "",
				 .sender = "",
				 .secret = url };

	(void)snprintf(url, sizeof(url), "%s%s", httpd_url(server), name);
	assert_ok(&w.f, stage_lane(&w, create, &a));
}

static void pager(const char *name)
{
	char url[120];
	struct channel_ask a = { .name = name,
				 .kind = CHANNEL_PAGERDUTY,
				 .enabled = true,
				 .events = { pages, 1 },
				 .url = url,
				 .username = "",
				 .sender = "",
				 .secret = "0123456789abcdef0123456789abcdef" };

	(void)snprintf(url, sizeof(url), "%s%s", httpd_url(server), name);
	assert_ok(&w.f, stage_lane(&w, create, &a));
}

static enum err save_person(struct turn *t, void *arg)
{
	return oncall_save_person(t, 0, arg);
}

static void person(const char *name, const char *channels)
{
	struct person p = { .name = name,
			    .kind = PERSON_RESPONDER,
			    .full_name = "",
			    .email = "",
			    .phone = "",
			    .zone = "",
			    .note = "",
			    .channels = channels };

	assert_ok(&w.f, stage_lane(&w, save_person, &p));
}

struct level_ask {
	int level;
	const char *targets;
};

static enum err set_level(struct turn *t, void *arg)
{
	const struct level_ask *a = arg;

	return oncall_set_level(t, a->level, a->targets);
}

static void level(int n, const char *targets)
{
	assert_ok(&w.f, stage_lane(&w, set_level, &(struct level_ask){ n, targets }));
}

struct ask {
	struct trigger g;
	struct incident i;
	bool opened, applied;
	const char *who, *token, *comment;
	struct page page;
	enum incident_resolution how;
	enum page_level level;
};

static enum err trigger(struct turn *t, void *arg)
{
	struct ask *a = arg;

	return incident_trigger(t, &a->g, &a->i, &a->opened);
}

static int64_t incident(const char *key, enum incident_severity s)
{
	struct ask a = { .g = { .key = key,
				.rule = "validator-down",
				.subject = "validators/7",
				.title = key,
				.text = "no attestation for 5 min",
				.severity = s,
				.page = true } };

	assert_ok(&w.f, stage_lane(&w, trigger, &a));
	return a.i.id;
}

static enum err ack(struct turn *t, void *arg)
{
	struct ask *a = arg;

	return incident_ack(t, a->i.id, a->who, "", &a->i, &a->applied);
}

static enum err resolve(struct turn *t, void *arg)
{
	struct ask *a = arg;

	return incident_resolve(t, a->i.id, a->who, "repaired", RESOLVED_MANUAL, &a->i,
				&a->applied);
}

static enum err escalate(struct turn *t, void *arg)
{
	struct ask *a = arg;

	return incident_escalate(t, a->i.id, "tester", a->level, "", &a->i, &a->applied);
}

static void by(store_fn *fn, int64_t id, const char *who)
{
	struct ask a = { .i = { .id = id }, .who = who };

	assert_ok(&w.f, stage_lane(&w, fn, &a));
}

static struct incident get(int64_t id)
{
	struct incident i;

	assert_ok(&w.f, incident_get(stage_turn(&w), id, &i));
	return i;
}

static bool open_of(const char *key)
{
	struct incident i;

	return incident_open_of(stage_turn(&w), key, &i) == OK;
}

/* All rows of its timeline as one text. */
static const char *timeline(int64_t id)
{
	struct incident_row *r;
	const char *all = "";
	size_t n;
	struct turn *t = stage_turn(&w);

	assert_ok(&w.f, incident_timeline(t, id, 0, 200, &r, &n));
	for (size_t k = 0; k < n; k++)
		all = turn_printf(t, "%s%s\n", all, r[k].text);
	return all;
}

static void deliver(void)
{
	assert_ok(&w.f, stage_job(&w, JOB_DELIVER));
	assert_ok(&w.f, stage_job(&w, JOB_DELIVER_SLOW));
	assert_ok(&w.f, stage_job(&w, JOB_DELIVER));
}

/* How many came by this channel; the last is *body. */
static unsigned came(const char *path, const char **body)
{
	unsigned n = 0;

	deliver();
	for (unsigned k = 0; k < n_heard; k++)
		if (strcmp(heard[k].path, path) == 0) {
			n++;
			if (body)
				*body = heard[k].body;
		}
	return n;
}

static void look(int64_t ms)
{
	w.now_ms += ms;
	assert_ok(&w.f, stage_job(&w, JOB_PAGER));
}

/* ---- who ---- */

static void a_page_says_what_why_and_who_else_and_what_it_was_before(void **state)
{
	const char *body = NULL;
	int64_t first;

	(void)state;
	chat("anna1");
	chat("ben1");
	person("anna", "anna1 1");
	person("ben", "ben1 1");
	level(1, "people/anna\npeople/ben");
	first = incident("disk is full", INCIDENT_CRITICAL);
	w.now_ms += 720000;
	by(resolve, first, "anna");
	w.now_ms += 60000;
	(void)incident("disk is full", INCIDENT_CRITICAL);
	assert_int_equal(came("anna1", &body), 3);
	assert_non_null(strstr(body, "CRITICAL: disk is full"));
	assert_non_null(strstr(body, "why      it opened"));
	assert_non_null(strstr(body, "about    validators/7, rule validator-down"));
	assert_non_null(strstr(body, "seen     no attestation for 5 min"));
	assert_non_null(strstr(body, "before   2023-11-14 22:13 UTC, 12m00s, by anna"));
	assert_non_null(strstr(body, "told     anna; also ben by ben1"));
	assert_non_null(strstr(body, "https://fleet.example/ack/"));
	assert_non_null(strstr(body, "audit "));
	assert_int_equal(came("ben1", NULL), 3);
}

static void *take(void *turn, size_t size)
{
	return turn_alloc(turn, size);
}

static void leave(void *turn, void *p)
{
	(void)turn;
	(void)p;
}

static void the_data_of_a_page_is_a_page_data(void **state)
{
	struct delivery_filter f = { 0 };
	struct delivery *d, one;
	size_t n;

	(void)state;
	chat("anna1");
	by(resolve, incident("disk is full", INCIDENT_CRITICAL), "anna");
	(void)incident("disk is full", INCIDENT_LOW);
	assert_ok(&w.f, delivery_list(stage_turn(&w), &f, 10, &d, &n));
	assert_int_equal(n, 3);
	for (size_t k = 0; k < n; k++) {
		struct turn *t = &w.f.t;
		ProtobufCAllocator in_turn = { take, leave, t };
		ProtobufCMessage *m;
		char why[200] = "";

		assert_ok(&w.f, delivery_get(t, d[k].id, &one));
		if (!json_read(&ghostfleet__v1__page_data__descriptor, one.what.data,
			       strlen(one.what.data), &in_turn, &m, why, sizeof(why)))
			fail_msg("%s: %s", why, one.what.data);
		Ghostfleet__V1__PageData *p = (Ghostfleet__V1__PageData *)m;

		assert_string_equal(p->title, "disk is full");
		assert_int_equal(p->reason,
				 k == 1 ? GHOSTFLEET__V1__PAGE_REASON__PAGE_REASON_RESOLVED
					: GHOSTFLEET__V1__PAGE_REASON__PAGE_REASON_FIRST);
		assert_int_equal(p->n_earlier, k == 0);
	}
}

static void a_page_goes_out_whatever_it_quotes(void **state)
{
	const char *body = NULL;

	(void)state;
	chat("anna1");
	(void)incident("disk \xff\xfe is \"full\"", INCIDENT_CRITICAL);
	assert_int_equal(came("anna1", &body), 1);
	assert_non_null(strstr(body, "CRITICAL: disk ?? is \\\"full\\\""));
}

static void a_channel_of_a_person_gets_what_is_bad_enough_for_it(void **state)
{
	int64_t id;

	(void)state;
	chat("quiet1");
	chat("loud1");
	person("anna", "quiet1 1\nloud1 3");
	level(1, "people/anna");
	(void)incident("a", INCIDENT_MEDIUM);
	assert_int_equal(came("quiet1", NULL), 1);
	assert_int_equal(came("loud1", NULL), 0);
	(void)incident("b", INCIDENT_HIGH);
	assert_int_equal(came("quiet1", NULL), 2);
	assert_int_equal(came("loud1", NULL), 1);
	person("anna", "loud1 3");
	id = incident("c", INCIDENT_LOW);
	assert_non_null(strstr(timeline(id), "anna has no channel for low"));
	assert_false(open_of("oncall/nobody"));
}

static void a_level_without_anybody_falls_to_the_next_and_says_so(void **state)
{
	int64_t id;

	(void)state;
	chat("ben1");
	chat("off1");
	person("ben", "ben1 1");
	person("nobody", "");
	level(1, "people/nobody");
	level(2, "people/ben");
	id = incident("disk is full", INCIDENT_HIGH);
	assert_non_null(strstr(timeline(id), "nobody has no channel that works; primary: nobody; "
					     "ben by ben1"));
	assert_true(open_of("oncall/nobody"));
	/* Of the disk, and of that nobody is there. */
	assert_int_equal(came("ben1", NULL), 2);
	person("nobody", "off1 1");
	look(6000);
	assert_false(open_of("oncall/nobody"));
}

static void without_anybody_at_all_every_channel_that_takes_pages_is_told(void **state)
{
	int64_t id;

	(void)state;
	chat("one1");
	chat("two1");
	id = incident("disk is full", INCIDENT_HIGH);
	assert_int_equal(came("one1", NULL), 1);
	assert_int_equal(came("two1", NULL), 1);
	assert_non_null(strstr(timeline(id), "primary told that it opened: one1, two1"));
	/* Nobody said that somebody should be there. */
	assert_false(open_of("oncall/nobody"));
	person("nobody", "");
	level(1, "people/nobody");
	(void)incident("another", INCIDENT_HIGH);
	assert_true(open_of("oncall/nobody"));
	assert_int_equal(came("one1", NULL), 3);
	assert_int_equal(came("two1", NULL), 3);
}

static void who_was_told_that_it_began_is_told_that_it_is_over(void **state)
{
	const char *body = NULL;
	int64_t id;

	(void)state;
	chat("anna1");
	chat("lea1");
	chat("other1");
	person("anna", "anna1 1");
	person("lea", "lea1 1");
	level(1, "people/anna");
	level(3, "people/lea");
	id = incident("disk is full", INCIDENT_CRITICAL);
	by(escalate, id, "");
	struct ask a = { .i = { .id = id }, .level = LEVEL_LEAD };

	assert_ok(&w.f, stage_lane(&w, escalate, &a));
	assert_true(came("lea1", NULL) >= 1);
	by(resolve, id, "anna");
	(void)came("anna1", &body);
	assert_non_null(strstr(body, "RESOLVED: disk is full"));
	(void)came("lea1", &body);
	assert_non_null(strstr(body, "RESOLVED: disk is full"));
	assert_int_equal(came("other1", NULL), 0);
}

/* ---- many ---- */

static void what_is_too_much_for_a_channel_is_told_in_one_message(void **state)
{
	const char *body = NULL;
	char key[20];

	(void)state;
	chat("anna1");
	person("anna", "anna1 1");
	level(1, "people/anna");
	for (int k = 0; k < 12; k++) {
		(void)snprintf(key, sizeof(key), "thing %d", k);
		(void)incident(key, INCIDENT_HIGH);
	}
	assert_int_equal(came("anna1", NULL), 3);
	/* What is critical does not wait, and does not hold up more. */
	(void)incident("slashed", INCIDENT_CRITICAL);
	assert_int_equal(came("anna1", &body), 4);
	assert_non_null(strstr(body, "CRITICAL: slashed"));
	look(1000);
	assert_int_equal(came("anna1", NULL), 4);
	look(60000);
	assert_int_equal(came("anna1", &body), 5);
	assert_non_null(strstr(body, "9 pages in one"));
	assert_non_null(strstr(body, "high: thing 11"));
	assert_non_null(strstr(body, "https://fleet.example/ack/"));
	look(3600000);
	assert_int_equal(came("anna1", NULL), 5);
}

static void what_was_taken_meanwhile_is_not_told_any_more(void **state)
{
	int64_t ids[6];
	char key[20];
	const char *body = NULL;

	(void)state;
	chat("anna1");
	person("anna", "anna1 1");
	level(1, "people/anna");
	for (int k = 0; k < 6; k++) {
		(void)snprintf(key, sizeof(key), "thing %d", k);
		ids[k] = incident(key, INCIDENT_HIGH);
	}
	by(ack, ids[4], "anna");
	by(resolve, ids[5], "anna");
	look(61000);
	assert_int_equal(came("anna1", &body), 4);
	/* One is left, and one alone is no bundle. */
	assert_non_null(strstr(body, "HIGH: thing 3"));
}

/* ---- another way ---- */

static void a_page_that_a_channel_refuses_goes_by_another(void **state)
{
	int64_t id;

	(void)state;
	chat("first1");
	chat("spare2");
	person("anna", "first1 1\nspare2 4");
	level(1, "people/anna");
	statuses[1] = 400;
	id = incident("disk is full", INCIDENT_HIGH);
	for (int k = 0; k < 8; k++) {
		w.now_ms += 20000;
		deliver();
	}
	assert_int_equal(came("spare2", NULL), 1);
	assert_non_null(strstr(timeline(id), "again by spare2"));
}

static void a_page_that_waits_goes_by_another_and_is_still_sent(void **state)
{
	(void)state;
	chat("first1");
	chat("spare2");
	person("anna", "first1 1");
	level(1, "people/anna");
	statuses[1] = 503;
	(void)incident("disk is full", INCIDENT_CRITICAL);
	assert_int_equal(came("first1", NULL), 0);
	look(61000);
	assert_int_equal(came("spare2", NULL), 1);
	look(61000);
	assert_int_equal(came("spare2", NULL), 1);
	statuses[1] = 0;
	w.now_ms += 600000;
	assert_int_equal(came("first1", NULL), 1);
}

static void no_channel_for_five_minutes_is_an_incident_until_one_is_back(void **state)
{
	(void)state;
	chat("first1");
	(void)incident("disk is full", INCIDENT_HIGH);
	statuses[1] = 503;
	(void)incident("another", INCIDENT_HIGH);
	for (int k = 0; k < 14; k++) {
		deliver();
		look(60000);
	}
	assert_true(open_of("paging.failing"));
	statuses[1] = 0;
	for (int k = 0; k < 8; k++) {
		deliver();
		look(60000);
	}
	assert_false(open_of("paging.failing"));
}

/* ---- pagers ---- */

static void a_pager_has_one_alarm_an_incident_and_agrees_who_has_it(void **state)
{
	const char *body = NULL, *first = NULL;
	int64_t id;

	(void)state;
	pager("pd1");
	person("anna", "pd1 1");
	level(1, "people/anna");
	id = incident("disk is full", INCIDENT_HIGH);
	assert_int_equal(came("pd1", &first), 1);
	assert_non_null(strstr(first, "\"event_action\":\"trigger\""));
	assert_non_null(strstr(first, "\"summary\":\"HIGH: disk is full\""));
	by(ack, id, "ben");
	assert_int_equal(came("pd1", &body), 2);
	assert_non_null(strstr(body, "\"event_action\":\"acknowledge\""));
	char key[200];

	assert_int_equal(
		sscanf(strstr(first, "\"dedup_key\":\""), "\"dedup_key\":\"%199[^\"]", key), 1);
	assert_non_null(strstr(body, key));
	by(resolve, id, "ben");
	assert_int_equal(came("pd1", &body), 3);
	assert_non_null(strstr(body, "\"event_action\":\"resolve\""));
	assert_non_null(strstr(body, key));
	int64_t back;

	assert_ok(&w.f, page_of_alarm(stage_turn(&w), key, &back));
	assert_int_equal(back, id);
	assert_ok(&w.f, page_of_alarm(stage_turn(&w), "someone/incidents/1/2", &back));
	assert_int_equal(back, 0);
}

static void what_the_pager_says_itself_is_not_said_back(void **state)
{
	int64_t id;

	(void)state;
	pager("pd1");
	id = incident("disk is full", INCIDENT_HIGH);
	assert_int_equal(came("pd1", NULL), 1);
	by(ack, id, "pagerduty: Anna");
	by(resolve, id, "pagerduty: Anna");
	assert_int_equal(came("pd1", NULL), 1);
}

/* ---- links ---- */

static enum err use(struct turn *t, void *arg)
{
	struct ask *a = arg;

	return ack_use(t, a->token, "", &a->page, &a->i, &a->applied);
}

static const char *link_in(const char *body, char out[120])
{
	const char *at = strstr(body, "/ack/");

	assert_non_null(at);
	assert_int_equal(sscanf(at, "/ack/%119[0-9a-f.]", out), 1);
	return out;
}

static void a_link_acknowledges_once_and_for_its_person(void **state)
{
	const char *body = NULL;
	char token[120], other[120];
	int64_t id;

	(void)state;
	chat("anna1");
	person("anna", "anna1 1");
	level(1, "people/anna");
	id = incident("disk is full", INCIDENT_HIGH);
	assert_int_equal(came("anna1", &body), 1);
	struct ask a = { .token = link_in(body, token) };

	assert_ok(&w.f, stage_lane(&w, use, &a));
	assert_true(a.applied);
	assert_int_equal(get(id).state, INCIDENT_ACKNOWLEDGED);
	assert_string_equal(get(id).ack_by, "anna");
	assert_ok(&w.f, stage_lane(&w, use, &a));
	assert_false(a.applied);

	/* Any other number, person or end is not signed. */
	memcpy(other, token, sizeof(other));
	other[strlen(other) - 1] ^= 1;
	a.token = other;
	assert_fails(&w.f, stage_lane(&w, use, &a), ERR_DENIED, "no link of ours");
	a.token = "1";
	assert_fails(&w.f, stage_lane(&w, use, &a), ERR_DENIED, "no link of ours");
	w.now_ms += w.policy.ack_ms + 1000;
	a.token = token;
	assert_fails(&w.f, stage_lane(&w, use, &a), ERR_REFUSED, "has ended");
}

/* ---- heartbeats ---- */

static const char *hb_token;

static enum err hb_create(struct turn *t, void *arg)
{
	static char kept[HEARTBEAT_TOKEN];
	const char *token;

	TRY(heartbeat_create(t, arg, &token));
	(void)snprintf(kept, sizeof(kept), "%s", token);
	hb_token = kept;
	return OK;
}

static enum err hb_beat(struct turn *t, void *arg)
{
	struct heartbeat h;

	return heartbeat_beat(t, hb_token, *(enum beat *)arg, "", &h);
}

static void beat(enum beat what)
{
	assert_ok(&w.f, stage_lane(&w, hb_beat, &what));
}

static void a_late_heartbeat_is_an_incident_until_it_beats_again(void **state)
{
	struct heartbeat h = { .name = "backup",
			       .kind = HEARTBEAT_JOB,
			       .period_ms = 3600000,
			       .grace_ms = 60000,
			       .severity = INCIDENT_HIGH,
			       .note = "the nightly backup" };

	(void)state;
	assert_ok(&w.f, stage_lane(&w, hb_create, &h));
	look(24 * 3600000); /* it never beat: it is not missed */
	assert_false(open_of("heartbeat/backup"));
	beat(BEAT_SUCCESS);
	look(3660000 - 1);
	assert_false(open_of("heartbeat/backup"));
	look(1);
	assert_true(open_of("heartbeat/backup"));
	stage_crash(&w);
	w.jobs->notify = notify;
	look(500);
	beat(BEAT_START);
	assert_true(open_of("heartbeat/backup"));
	beat(BEAT_SUCCESS);
	assert_false(open_of("heartbeat/backup"));
	beat(BEAT_FAIL);
	assert_true(open_of("heartbeat/backup"));
	beat(BEAT_SUCCESS);
	assert_false(open_of("heartbeat/backup"));
}

/* ---- ahead ---- */

static enum err save_schedule(struct turn *t, void *arg)
{
	return oncall_save_schedule(t, 0, arg);
}

static void a_gap_is_told_a_week_before(void **state)
{
	struct schedule s = { .name = "first",
			      .zone = "Europe/Berlin",
			      .note = "",
			      .n_layers = 1,
			      .layers = { { .name = "days",
					    .kind = LAYER_DAILY,
					    .every = 1,
					    .start_min = 0,
					    .people = "anna",
					    .handoffs = "",
					    .active = "mon-sun 00:00-24:00" } } };

	(void)state;
	person("anna", "");
	assert_ok(&w.f, stage_lane(&w, save_schedule, &s));
	level(1, "schedules/first");
	look(61000);
	assert_false(open_of("oncall/gap/primary"));
	s.layers[0].active = "mon-sat 00:00-24:00";
	assert_ok(&w.f, stage_lane(&w, save_schedule, &s));
	look(61000);
	assert_true(open_of("oncall/gap/primary"));
	struct incident i;

	assert_ok(&w.f, incident_open_of(stage_turn(&w), "oncall/gap/primary", &i));
	assert_int_equal(i.severity, INCIDENT_MEDIUM);
	assert_int_equal(i.occurrences, 1);
	look(61000);
	assert_int_equal(get(i.id).occurrences, 1);
	s.layers[0].active = "";
	assert_ok(&w.f, stage_lane(&w, save_schedule, &s));
	look(61000);
	assert_false(open_of("oncall/gap/primary"));
}

static void a_silent_channel_is_tested(void **state)
{
	(void)state;
	chat("anna1");
	w.policy.test_every_ms = 7 * INT64_C(86400000);
	look(61000);
	assert_int_equal(came("anna1", NULL), 0);
	look(7 * INT64_C(86400000));
	assert_int_equal(came("anna1", NULL), 1);
	look(61000);
	assert_int_equal(came("anna1", NULL), 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_page_says_what_why_and_who_else_and_what_it_was_before),
		T(the_data_of_a_page_is_a_page_data),
		T(a_page_goes_out_whatever_it_quotes),
		T(a_channel_of_a_person_gets_what_is_bad_enough_for_it),
		T(a_level_without_anybody_falls_to_the_next_and_says_so),
		T(without_anybody_at_all_every_channel_that_takes_pages_is_told),
		T(who_was_told_that_it_began_is_told_that_it_is_over),
		T(what_is_too_much_for_a_channel_is_told_in_one_message),
		T(what_was_taken_meanwhile_is_not_told_any_more),
		T(a_page_that_a_channel_refuses_goes_by_another),
		T(a_page_that_waits_goes_by_another_and_is_still_sent),
		T(no_channel_for_five_minutes_is_an_incident_until_one_is_back),
		T(a_pager_has_one_alarm_an_incident_and_agrees_who_has_it),
		T(what_the_pager_says_itself_is_not_said_back),
		T(a_link_acknowledges_once_and_for_its_person),
		T(a_late_heartbeat_is_an_incident_until_it_beats_again),
		T(a_gap_is_told_a_week_before),
		T(a_silent_channel_is_tested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
