/* Opening: what is refused and by which words, what is made, what a read-only opening may do. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/base/log.h"
#include "store/db.h"
#include "store/events.h"
#include "store/inside.h"
#include "store/meta.h"
#include "tests/support/crowd.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

/* store_open of f's file a second time, with these options. */
static enum err open_again(struct fixture *f, struct store_options o, struct store **out)
{
	o.path = f->path;
	o.reserve_bytes = 4096;
	return store_open(fixture_turn(f), &o, out);
}

static void a_second_daemon_is_refused_and_told_which_process(void **state)
{
	struct fixture f;
	struct store *s = NULL;
	char pid[40];

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	(void)snprintf(pid, sizeof(pid), "process %ld;", (long)getpid());
	assert_fails(&f, open_again(&f, (struct store_options){ 0 }, &s), ERR_REFUSED, pid);
	fixture_close(&f);
}

static void the_lock_of_a_killed_process_is_no_lock(void **state)
{
	struct fixture f;
	char dir[128];
	int status, fds[2];

	(void)state;
	test_dir(dir, sizeof(dir));
	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();

	if (pid == 0) {
		fixture_open_in(&f, dir, (struct store_options){ 0 });
		if (fixture_lane(&f, crowd_add_event, NULL) != OK || write(fds[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	char x;

	assert_int_equal(read(fds[0], &x, 1), 1);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)close(fds[0]);
	(void)close(fds[1]);
	int64_t last;

	fixture_open_in(&f, dir, (struct store_options){ 0 });
	assert_ok(&f, event_last(fixture_turn(&f), &last));
	assert_int_equal(last, 1);
	fixture_close(&f);
}

/* One statement on the closed file, by a program that is not ours. */
static void outside(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

static void close_both(struct fixture *f)
{
	store_session_close(f->db);
	store_close(f->store);
	f->db = NULL;
	f->store = NULL;
}

static void a_newer_schema_is_refused(void **state)
{
	struct fixture f;
	struct store *s = NULL;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	close_both(&f);
	outside(f.path, "PRAGMA user_version = 9999");
	assert_fails(&f, open_again(&f, (struct store_options){ 0 }, &s), ERR_REFUSED,
		     "newer version");
	assert_fails(&f, open_again(&f, (struct store_options){ .offline = true }, &s), ERR_REFUSED,
		     "schema 9999");
	fixture_close(&f);
}

static void a_migration_that_was_another_text_is_refused(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	close_both(&f);
	outside(f.path, "UPDATE migrations SET hash = zeroblob(32) WHERE number = 1");
	assert_fails(&f, fixture_reopen(&f), ERR_REFUSED, "0001_mechanics");
	fixture_close(&f);
}

static void a_database_of_another_program_is_refused_and_left_alone(void **state)
{
	struct fixture f;
	struct store *s = NULL;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	char other[200];

	(void)snprintf(other, sizeof(other), "%s/other", f.dir);
	assert_int_equal(mkdir(other, 0700), 0);
	char path[300];

	(void)snprintf(path, sizeof(path), "%s/theirs.db", other);
	outside(path, "CREATE TABLE theirs (x)");
	assert_fails(&f,
		     store_open(fixture_turn(&f),
				&(struct store_options){ .path = path, .reserve_bytes = 4096 }, &s),
		     ERR_REFUSED, "another program");
	/* Not even its journal mode was changed. */
	outside(path, "INSERT INTO theirs VALUES (1)");
	memcpy(path + strlen(path), "-wal", 5);
	assert_int_equal(access(path, F_OK), -1);
	test_dir_remove(other);
	fixture_close(&f);
}

static void copy_file(const char *from, const char *to)
{
	char command[600];

	(void)snprintf(command, sizeof(command), "cp %s %s", from, to);
	assert_int_equal(system(command), 0);
}

static void a_backup_that_is_copied_in_place_is_not_mixed_with_the_log_of_before(void **state)
{
	struct fixture f;
	char backup[200];
	int64_t last;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	(void)snprintf(backup, sizeof(backup), "%s/backup", f.dir);
	assert_ok(&f, fixture_lane(&f, crowd_add_event, NULL));
	close_both(&f);
	copy_file(f.path, backup);
	assert_ok(&f, fixture_reopen(&f));
	assert_ok(&f, fixture_lane(&f, crowd_add_event, NULL));
	close_both(&f);
	copy_file(backup, f.path);
	assert_ok(&f, fixture_reopen(&f));
	assert_ok(&f, event_last(fixture_turn(&f), &last));
	assert_int_equal(last, 1);
	fixture_close(&f);
}

static void what_is_no_database_is_refused(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	close_both(&f);
	int fd = open(f.path, O_WRONLY | O_TRUNC);
	static const char text[] = "This is a letter and not a database, and it is long enough to "
				   "be taken for a header of one hundred bytes, I believe so.";

	assert_int_equal(write(fd, text, sizeof(text)), sizeof(text));
	(void)close(fd);
	log_open((struct log_options){ .least = LOG_ERROR, .fd = -1 });
	assert_fails(&f, fixture_reopen(&f), ERR_BROKEN, "fleet.db");
	log_open((struct log_options){ .least = LOG_INFO, .fd = 2 });
	fixture_close(&f);
}

static void a_folder_that_is_not_there_is_refused_by_name(void **state)
{
	struct fixture f;
	struct store *s = NULL;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	assert_fails(&f,
		     store_open(fixture_turn(&f),
				&(struct store_options){ .path = "/nowhere/at/all/fleet.db" }, &s),
		     ERR_REFUSED, "/nowhere/at/all");
	fixture_close(&f);
}

static void only_the_owner_may_read_the_files(void **state)
{
	static const char *const names[] = { "fleet.db", "fleet.db-wal", "lock", "reserve",
					     "pause.latch" };
	struct fixture f;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct stat st;
		char path[200];

		(void)snprintf(path, sizeof(path), "%s/%s", f.dir, names[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	fixture_close(&f);
}

static void an_empty_file_becomes_a_store_with_every_migration(void **state)
{
	struct fixture f;
	sqlite3_stmt *st;

	(void)state;
	fixture_open(&f, (struct store_options){ .no_lane_thread = true });
	assert_int_equal(sqlite3_prepare_v2(f.store->db->sql,
					    "SELECT count(*), max(number), (SELECT user_version "
					    "FROM pragma_user_version) FROM migrations",
					    -1, &st, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	assert_true(sqlite3_column_int(st, 0) >= 1);
	assert_int_equal(sqlite3_column_int(st, 0), sqlite3_column_int(st, 1));
	assert_int_equal(sqlite3_column_int(st, 0), sqlite3_column_int(st, 2));
	(void)sqlite3_finalize(st);
	fixture_close(&f);
}

/* One value of a PRAGMA on the lane's session. */
static int64_t pragma(struct fixture *f, const char *name)
{
	char sql[80];
	sqlite3_stmt *st;

	(void)snprintf(sql, sizeof(sql), "PRAGMA %s", name);
	assert_int_equal(sqlite3_prepare_v2(f->store->db->sql, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int64_t v = sqlite3_column_int64(st, 0);

	(void)sqlite3_finalize(st);
	return v;
}

static void the_lane_writes_with_the_settings_that_make_commits_durable(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f, (struct store_options){ .no_lane_thread = true });
	assert_int_equal(pragma(&f, "synchronous"), 2);
	assert_int_equal(pragma(&f, "wal_autocheckpoint"), 0);
	assert_int_equal(pragma(&f, "journal_size_limit"), -1);
	assert_int_equal(pragma(&f, "cache_spill"), 0);
	assert_int_equal(pragma(&f, "temp_store"), 2);
	assert_int_equal(pragma(&f, "foreign_keys"), 1);
	assert_int_equal(pragma(&f, "trusted_schema"), 0);
	fixture_close(&f);
}

static void the_files_own_the_blocks_that_a_full_disk_would_refuse(void **state)
{
	static const struct {
		const char *name;
		off_t least;
	} files[] = { { "fleet.db", 1 << 20 },
		      { "fleet.db-wal", 4 << 20 },
		      { "fleet.db-shm", 5 * 32768 },
		      { "reserve", 1 << 20 },
		      { "pause.latch", 8192 } };
	struct fixture f;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct stat st;
		char path[200];

		(void)snprintf(path, sizeof(path), "%s/%s", f.dir, files[i].name);
		assert_int_equal(stat(path, &st), 0);
		assert_true(st.st_size >= files[i].least);
		assert_true(st.st_blocks * 512 >= files[i].least);
	}
	fixture_close(&f);
}

static void an_offline_store_is_read_beside_the_daemon_and_never_written(void **state)
{
	struct fixture f;
	struct store *s = NULL;
	struct db *db = NULL;
	struct turn *t;
	int64_t last;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	assert_ok(&f, fixture_lane(&f, crowd_add_event, NULL));
	assert_ok(&f, open_again(&f, (struct store_options){ .offline = true }, &s));
	t = fixture_turn(&f);
	assert_ok(&f, store_session(t, s, &db));
	t->store = s;
	t->db = db;
	assert_ok(&f, event_last(t, &last));
	assert_int_equal(last, 1);
	assert_fails(&f, lane_run(t, crowd_add_event, NULL), ERR_REFUSED, "read only");
	store_session_close(db);
	store_close(s);
	fixture_close(&f);
}

static enum err event_loop_left_early(struct turn *t)
{
	struct row *r = db_query(t, Q_EVENT_LIST);

	bind_i64(r, 0);
	bind_i64(r, TOPIC_ALL);
	bind_i64(r, 10);
	return db_next(r);
}

/* The bug is said in the log, and the next turn reads the present. */
static void a_loop_left_early_does_not_pin_the_snapshot_of_later_turns(void **state)
{
	struct fixture f;
	int64_t last;

	(void)state;
	fixture_open(&f, (struct store_options){ 0 });
	assert_ok(&f, fixture_lane(&f, crowd_add_event, NULL));
	assert_ok(&f, event_loop_left_early(fixture_turn(&f)));
	assert_ok(&f, fixture_lane(&f, crowd_add_event, NULL));
	struct turn *t = fixture_turn(&f);

	t->now_ms++;
	log_open((struct log_options){ .least = LOG_ERROR, .fd = -1 });
	assert_ok(&f, event_last(t, &last));
	log_open((struct log_options){ .least = LOG_INFO, .fd = 2 });
	assert_int_equal(last, 2);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lock_of_a_killed_process_is_no_lock),
		cmocka_unit_test(a_second_daemon_is_refused_and_told_which_process),
		cmocka_unit_test(a_newer_schema_is_refused),
		cmocka_unit_test(a_migration_that_was_another_text_is_refused),
		cmocka_unit_test(a_database_of_another_program_is_refused_and_left_alone),
		cmocka_unit_test(
			a_backup_that_is_copied_in_place_is_not_mixed_with_the_log_of_before),
		cmocka_unit_test(what_is_no_database_is_refused),
		cmocka_unit_test(a_folder_that_is_not_there_is_refused_by_name),
		cmocka_unit_test(only_the_owner_may_read_the_files),
		cmocka_unit_test(an_empty_file_becomes_a_store_with_every_migration),
		cmocka_unit_test(the_lane_writes_with_the_settings_that_make_commits_durable),
		cmocka_unit_test(the_files_own_the_blocks_that_a_full_disk_would_refuse),
		cmocka_unit_test(an_offline_store_is_read_beside_the_daemon_and_never_written),
		cmocka_unit_test(a_loop_left_early_does_not_pin_the_snapshot_of_later_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
