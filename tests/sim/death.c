/* The process ends anywhere, the disk fails or is full, and an older store comes back.
 *
 * Death between two questions drops all that is in memory. Death at a COMMIT is the disk's doing:
 * the write fails, or is done and fails all the same, and the log stays as it is for the next
 * start. Nobody but the next start can say which it was. */
#include <stdio.h>
#include <unistd.h>

#include "store/backup.h"
#include "store/fault_vfs.h"
#include "tests/sim/sim.h"
#include "tests/support/test.h"

enum { RESTORE_TAKES_MS = 130000 };

void the_process_dies(struct sim *s)
{
	fault_disarm();
	if (s->disk_is_full)
		the_disk_has_room(s);
	s->die_in = 0;
	s->died_ms = s->w.now_ms;
	s->deaths++;
	stage_crash(&s->w);
	sim_note(s, "the process dies", 0, 0);
}

/* In the middle of a job: before a question, after an answer, between two sends. */
void it_dies_soon(struct sim *s)
{
	s->die_in = 1 + (unsigned)sim_chance(s, 12);
	sim_note(s, "it dies in", s->die_in, 0);
}

void sim_step_towards_death(struct sim *s)
{
	if (s->in_job && s->die_in > 0 && --s->die_in == 0)
		longjmp(s->way_out, 1);
}

enum err sim_job(struct sim *s, enum job_id job)
{
	enum err e;

	if (setjmp(s->way_out)) {
		s->in_job = false;
		the_process_dies(s);
		return OK;
	}
	s->in_job = true;
	e = stage_job_once(&s->w, job);
	s->in_job = false;
	return e;
}

/* ---- the disk ---- */

void the_disk_fills(struct sim *s)
{
	if (s->disk_is_full)
		return;
	fault_arm(&(struct fault_plan){ .ops = FAULT_WRITE,
					.suffix = "-wal",
					.kind = FAULT_FULL,
					.nth = 1 + (int64_t)sim_chance(s, 20),
					.times = -1 });
	s->disk_is_full = true;
	sim_note(s, "the disk fills", 0, 0);
}

void the_disk_has_room(struct sim *s)
{
	if (!s->disk_is_full)
		return;
	fault_disarm();
	s->disk_is_full = false;
	sim_note(s, "the disk has room", 0, 0);
}

/* One job at a disk that fails: what it tried to write is there, or not, and the process ends. */
void the_disk_fails(struct sim *s)
{
	static const enum job_id jobs[] = { JOB_PLAN,     JOB_DRIVE,   JOB_SEND,
					    JOB_RECEIPTS, JOB_REPLACE, JOB_ACCOUNTS };
	struct fault_plan p = { .ops = sim_chance(s, 2) ? FAULT_SYNC : FAULT_WRITE,
				.suffix = "-wal",
				.kind = sim_chance(s, 2) ? FAULT_AFTER : FAULT_IO,
				.nth = 1 + (int64_t)sim_chance(s, 4),
				.times = -1 };
	enum job_id job = jobs[sim_chance(s, sizeof(jobs) / sizeof(jobs[0]))];

	if (s->disk_is_full)
		return;
	sim_note(s, "the disk fails under job", job, p.ops | (int64_t)p.kind << 8);
	fault_arm(&p);
	enum err e = sim_job(s, job);
	bool hit = fault_hits() > 0;

	fault_disarm();
	sim_may_fail(s, e);
	if (hit)
		the_process_dies(s);
}

/* ---- an older store ---- */

static const char *copy_path(const struct sim *s)
{
	static char path[200];

	(void)snprintf(path, sizeof(path), "%s/copy", s->w.f.dir);
	return path;
}

void a_copy_is_made(struct sim *s)
{
	uint64_t bytes;

	if (s->disk_is_full)
		return;
	(void)unlink(copy_path(s));
	assert_ok(&s->w.f, store_backup(stage_turn(&s->w), s->w.f.store, copy_path(s), &bytes));
	s->has_copy = true;
	s->copy_ms = s->w.now_ms;
	sim_note(s, "a copy is made", 0, 0);
}

static void remove_beside(const struct sim *s, const char *suffix)
{
	char path[200];

	(void)snprintf(path, sizeof(path), "%s%s", s->w.f.path, suffix);
	(void)unlink(path);
}

/* What was done since is forgotten; the chain goes on meanwhile. */
void an_older_copy_is_restored(struct sim *s)
{
	if (!s->has_copy)
		return;
	the_disk_has_room(s);
	s->has_copy = false;
	s->restored = true;
	s->restores++;
	sim_note(s, "a copy is restored, older by ms", s->w.now_ms - s->copy_ms, 0);
	fixture_shut(&s->w.f);
	remove_beside(s, "-wal");
	remove_beside(s, "-shm");
	assert_int_equal(rename(copy_path(s), s->w.f.path), 0);
	s->w.now_ms += RESTORE_TAKES_MS;
	stage_crash(&s->w);
	sim_watch_forget(s);
}

void sim_death_calm(struct sim *s)
{
	the_disk_has_room(s);
	s->die_in = 0;
}
