/* One group of turns: each in a savepoint, one COMMIT for all.
 *
 * What SQLite may do under us, and what follows:
 *  - FULL, IOERR or out of memory inside a statement can roll back the whole transaction. Later
 *    savepoints would then commit one by one. So after every turn: is the transaction still open?
 *    If not, the group is lost, and nothing more runs in it.
 *  - FULL at COMMIT: nothing was changed. The emergency turns of the group are tried again, each
 *    alone: as it is, with the reserve freed, and at the last by the latch.
 *  - Any other failure at COMMIT: it may be on the disk. Nobody can say before the next start.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "store/audit.h"
#include "store/base/clock.h"
#include "store/base/crash.h"
#include "store/base/log.h"
#include "store/events.h"
#include "store/inside.h"
#include "store/lane.h"
#include "store/pauses.h"
#include "store/requests.h"

enum { GROUP_TURNS = 256, GROUP_US = 5000, SLOW_US = 100000, FULL_AGAIN_MS = 60000 };

struct group {
	struct job *jobs[GROUP_TURNS];
	size_t n;
	size_t kept; /* turns that the COMMIT would make durable */
	unsigned topics;
	bool pauses_changed, fleet_lifted;
};

/* The request-id rules around the turn's own function. A dry run neither asks nor keeps. */
static enum err run_request(struct job *j)
{
	struct turn *t = j->t;
	struct request *r = t->request;
	bool seen = false;

	if (!r || !r->id || !*r->id || t->validate_only)
		return j->fn(t, j->arg);
	r->replayed = false;
	r->reply = (struct bytes){ 0 };
	TRY(request_seen(t, &seen));
	if (seen) {
		r->replayed = true;
		return OK;
	}
	TRY(j->fn(t, j->arg));
	return request_keep(t);
}

/* A turn has 20 ms; everyone else waits for what it takes beyond. */
static void warn_if_slow(struct turn *t, int64_t us)
{
	char ms[24];

	if (us < SLOW_US)
		return;
	(void)snprintf(ms, sizeof(ms), "%lld", (long long)(us / 1000));
	log_line(t, LOG_WARN, "a turn held the lane too long", "ms", ms, NULL);
}

/* False: the transaction is gone, and the group with it. */
static bool run_turn(struct store *s, struct group *g, struct job *j)
{
	struct db *db = s->db, *reader = j->t->db;

	g->jobs[g->n++] = j;
	db->topics = 0;
	db->pauses_changed = db->fleet_lifted = false;
	if (db_control(db, Q_SAVEPOINT) != SQLITE_OK)
		return false;
	j->t->db = db;
	j->t->in_lane = true;
	j->t->reason = REASON_NONE;
	j->t->why[0] = 0;
	int64_t start_us = clock_mono_us();

	j->result = run_request(j);
	bool left = db_settle(db);

	assert(!left || j->result != OK);
	warn_if_slow(j->t, clock_mono_us() - start_us);
	j->t->db = reader;
	j->t->in_lane = false;
	if (sqlite3_get_autocommit(db->sql))
		return false;
	bool keep = j->result == OK && !j->t->validate_only;

	if (!keep && db_control(db, Q_ROLLBACK_TO) != SQLITE_OK)
		return false;
	if (db_control(db, Q_RELEASE) != SQLITE_OK)
		return false;
	if (keep) {
		g->kept++;
		g->topics |= db->topics;
		g->pauses_changed |= db->pauses_changed;
		g->fleet_lifted |= db->fleet_lifted;
	}
	return true;
}

static void rollback(struct store *s)
{
	if (!sqlite3_get_autocommit(s->db->sql))
		(void)db_control(s->db, Q_ROLLBACK);
}

static int begin(struct store *s)
{
	s->db->first_error = SQLITE_OK;
	return db_control(s->db, Q_BEGIN_WRITE);
}

/* SQLite's code; the transaction is over in any case. */
static int commit(struct store *s, const struct group *g)
{
	int rc = SQLITE_OK;

	if (g->kept > 0)
		rc = db_control(s->db, Q_COMMIT);
	rollback(s);
	return rc;
}

/* store_stopped(): a fleet pause holds, as a row or in the latch. */
static void stopped_compute(struct store *s)
{
	struct turn t;

	turn_begin(&t, s, s->db, s->lane.mem, "store.stopped", "store", 1000);
	t.in_lane = true;
	struct row *r = db_query(&t, Q_PAUSE_HELD);

	bind_text(r, "fleet");
	/* Unknown is a stop: nothing is authorised on a store that cannot be read. */
	bool held = db_one(r) != OK || get_i64(r) > 0;

	atomic_store(&s->stopped, held || atomic_load(&s->latched));
	turn_end(&t);
}

/* These topics are not what they were: to caches, waiters and streams. */
static void tell(struct store *s, unsigned topics)
{
	for (unsigned i = 0; i < TOPICS; i++)
		if (topics & 1u << i)
			(void)atomic_fetch_add(&s->versions[i], 1);
	(void)pthread_mutex_lock(&s->listening);
	for (size_t i = 0; topics && i < s->n_listeners; i++)
		s->listeners[i].fn(s->listeners[i].arg, topics);
	(void)pthread_mutex_unlock(&s->listening);
}

/* Small changes may still fit where large ones do not: said now and then, not at each turn. */
static void set_full(struct store *s, bool full)
{
	int64_t now = clock_mono_ms();

	if (atomic_exchange(&s->full, full) == full)
		return;
	if (!full) {
		log_line(NULL, LOG_INFO, "the disk takes changes again", "folder", s->folder, NULL);
	} else if (s->full_said_ms == 0 || now - s->full_said_ms > FULL_AGAIN_MS) {
		log_line(NULL, LOG_ERROR,
			 "the disk is full: nothing is signed, sent or changed; free space",
			 "folder", s->folder, NULL);
		s->full_said_ms = now;
	}
	tell(s, TOPIC_FLEET);
}

/* After COMMIT, and before anyone is answered: whoever hears the answer sees the change. */
static void publish(struct store *s, const struct group *g)
{
	if (g->kept == 0)
		return;
	(void)atomic_fetch_add(&s->commits, 1);
	if (g->fleet_lifted && atomic_load(&s->latched) &&
	    latch_write(&s->latch, &(struct latch_note){ 0 }))
		atomic_store(&s->latched, false);
	if (g->pauses_changed)
		stopped_compute(s);
	tell(s, g->topics);
}

static void answer_all(struct store *s, struct group *g)
{
	for (size_t i = 0; i < g->n; i++) {
		(void)atomic_fetch_add(&s->turns, 1);
		if (g->jobs[i]->result != OK)
			(void)atomic_fetch_add(&s->rolled_back, 1);
		lane_answer(g->jobs[i]);
	}
}

/* It may be on the disk or not. Say so to all who wait, and stop: the next start decides. */
static void in_doubt(struct store *s, struct group *g, int rc)
{
	char why[160];

	(void)snprintf(why, sizeof(why), "COMMIT failed: %s (%d)", sqlite3_errmsg(s->db->sql), rc);
	atomic_store(&s->dead, true);
	for (size_t i = 0; i < g->n; i++)
		g->jobs[i]->result = fail(g->jobs[i]->t, ERR_AWAY,
					  "the disk failed while this was written; it may be done "
					  "or not: repeat with the same request_id");
	answer_all(s, g);
	for (struct job *j; (j = lane_take(s)) != NULL; lane_answer(j))
		j->result = fail(j->t, ERR_AWAY, "the store has stopped; retry later");
	store_broken(s, NULL, why);
}

/* One job in a transaction of its own. SQLite's code of what ended it. */
static int run_alone(struct store *s, struct job *j)
{
	struct group g = { 0 };
	int rc = begin(s);

	if (rc != SQLITE_OK)
		return rc;
	if (!run_turn(s, &g, j)) {
		rollback(s);
		return s->db->first_error ? s->db->first_error : SQLITE_IOERR;
	}
	rc = commit(s, &g);
	if (rc == SQLITE_OK)
		publish(s, &g);
	else if ((rc & 0xff) != SQLITE_FULL)
		in_doubt(s, &g, rc);
	return rc;
}

/* The rules run once more, nothing is committed, and what pause_add noted goes to the latch. */
static enum err run_latched(struct store *s, struct job *j)
{
	struct group g = { 0 };

	s->db->latching = true;
	s->db->noted = (struct latch_note){ 0 };
	bool ran = begin(s) == SQLITE_OK && run_turn(s, &g, j);

	rollback(s);
	s->db->latching = false;
	if (!ran || (j->result == OK && !s->db->noted.kind))
		return fail_reason(j->t, REASON_DISK_FULL,
				   "the disk is full, the reserve is used up; free space in %s",
				   s->folder);
	if (j->result != OK)
		return j->result;
	/* In memory first: stopping is free, whatever the disk says. */
	atomic_store(&s->stopped, true);
	if (!latch_write(&s->latch, &s->db->noted)) {
		tell(s, TOPIC_FLEET);
		return fail_reason(j->t, REASON_DISK_FULL,
				   "paused until this process ends, but the disk takes nothing "
				   "more; free space in %s and pause again",
				   s->folder);
	}
	atomic_store(&s->latched, true);
	tell(s, TOPIC_FLEET);
	log_line(j->t, LOG_WARN, "the pause is in pause.latch, the disk is full", NULL);
	return OK;
}

/* An emergency turn whose group a full disk refused. */
static void rescue(struct store *s, struct job *j)
{
	int rc = run_alone(s, j);

	if ((rc & 0xff) == SQLITE_FULL && reserve_free(s)) {
		log_line(j->t, LOG_WARN, "the disk is full; the reserve was freed", NULL);
		rc = run_alone(s, j);
	}
	if (atomic_load(&s->dead))
		return; /* answered already */
	if ((rc & 0xff) == SQLITE_FULL)
		j->result = run_latched(s, j);
	else if (rc != SQLITE_OK)
		j->result = fail(j->t, ERR_AWAY, "the disk fails; nothing was changed, retry");
	struct group one = { .jobs = { j }, .n = 1 };

	answer_all(s, &one);
}

/* Nothing of the group is kept. */
static void lost(struct store *s, struct group *g, int rc)
{
	bool full = (rc & 0xff) == SQLITE_FULL;
	struct group others = { 0 }, urgent = { 0 };

	if (full) {
		(void)atomic_fetch_add(&s->disk_full, 1);
		set_full(s, true);
		/* What the WAL has in front is ours already; what comes next may fit there. */
		(void)wal_restart(s);
	}
	for (size_t i = 0; i < g->n; i++) {
		struct job *j = g->jobs[i];

		if (full && j->t->emergency) {
			urgent.jobs[urgent.n++] = j;
			continue;
		}
		others.jobs[others.n++] = j;
		if (full)
			j->result = fail_reason(j->t, REASON_DISK_FULL,
						"the disk is full, nothing was changed; free "
						"space in %s",
						s->folder);
		else
			j->result = fail(j->t, ERR_AWAY,
					 "the store could not write (%s), nothing was changed; "
					 "retry",
					 sqlite3_errstr(rc));
	}
	for (size_t i = 0; i < urgent.n; i++)
		rescue(s, urgent.jobs[i]);
	answer_all(s, &others);
}

/* False: it is too late for it, and it is answered. */
static bool in_time(struct job *j)
{
	if (clock_mono_ms() < j->t->due_ms)
		return true;
	j->result = fail(j->t, ERR_LATE, "the deadline passed before the change ran");
	lane_answer(j);
	return false;
}

/* Fills the group. False: the transaction is gone; *rc_out says why. */
static bool run_turns(struct store *s, struct group *g, int *rc_out)
{
	int64_t end_us = clock_mono_us() + GROUP_US;
	bool alive = true;

	for (struct job *j; alive && g->n < GROUP_TURNS && (j = lane_take(s)) != NULL;) {
		if (!in_time(j))
			continue;
		if (g->n == 0 && (*rc_out = begin(s)) != SQLITE_OK) {
			g->jobs[g->n++] = j;
			return false;
		}
		alive = run_turn(s, g, j);
		if (clock_mono_us() >= end_us)
			break;
	}
	if (!alive)
		*rc_out = s->db->first_error ? s->db->first_error : SQLITE_IOERR;
	return alive;
}

/* For each turn that the COMMIT makes, or made, durable. */
static void crash_points(enum crash_point point, const struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->jobs[i]->result == OK && !g->jobs[i]->t->validate_only)
			crash_point(point, g->jobs[i]->t->what);
}

void group_run(struct store *s)
{
	struct group g;
	int rc = SQLITE_OK;

	g.n = g.kept = 0;
	g.topics = 0;
	g.pauses_changed = g.fleet_lifted = false;
	if (!run_turns(s, &g, &rc)) {
		rollback(s);
		lost(s, &g, rc);
		return;
	}
	if (g.n == 0)
		return;
	(void)atomic_fetch_add(&s->groups, 1);
	crash_points(CRASH_BEFORE_COMMIT, &g);
	rc = commit(s, &g);
	if ((rc & 0xff) == SQLITE_FULL) {
		lost(s, &g, rc);
		return;
	}
	if (rc != SQLITE_OK) {
		in_doubt(s, &g, rc);
		return;
	}
	publish(s, &g);
	if (g.kept > 0)
		set_full(s, false);
	crash_points(CRASH_AFTER_COMMIT, &g);
	answer_all(s, &g);
	wal_tend(s);
}

static enum err absorb(struct turn *t, void *arg)
{
	const struct latch_note *note = arg;
	struct pause p;

	TRY(pause_add(t, (enum pause_kind)note->kind, "fleet", note->reason, &p));
	const char *what = p.kind == PAUSE_LOCKDOWN ? "fleet.locked-down" : "fleet.paused";

	TRY(audit_add(t, what, "fleet", note->reason));
	return event_add(t, TOPIC_FLEET, "fleet", what, note->reason);
}

void latch_absorb(struct store *s)
{
	struct latch_note note = s->latch.note;

	if (note.kind) {
		struct turn t;
		struct job j = { .t = &t, .fn = absorb, .arg = &note };

		atomic_store(&s->latched, true);
		turn_begin(&t, s, NULL, s->lane.mem, "store.latch", note.actor, 1000);
		t.now_ms = note.at_ms;
		if (run_alone(s, &j) == SQLITE_OK && j.result == OK &&
		    latch_write(&s->latch, &(struct latch_note){ 0 })) {
			atomic_store(&s->latched, false);
			tell(s, TOPIC_FLEET);
			log_line(&t, LOG_WARN, "the pause in pause.latch is a row now", NULL);
		}
		turn_end(&t);
	}
	stopped_compute(s);
}
