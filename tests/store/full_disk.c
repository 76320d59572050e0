/* Real full disks: an ext4 file system in a file, and a tmpfs. Pause answers within a second and
 * outlives a kill -9, first from the WAL's own blocks, then from the reserve, at last from
 * pause.latch. Needs root and mount; says why when it cannot. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/events.h"
#include "store/pauses.h"
#include "tests/support/store.h"
#include "tests/support/test.h"

enum { RESERVE = 4 << 20 };

struct disk {
	char dir[128];   /* where it is mounted */
	char image[160]; /* the file behind it; "": none */
};

static bool run(const char *command)
{
	return system(command) == 0;
}

static bool mount_ext4(struct disk *d)
{
	char command[800];

	test_dir(d->dir, sizeof(d->dir));
	(void)snprintf(d->image, sizeof(d->image), "%s.img", d->dir);
	(void)snprintf(command, sizeof(command),
		       "truncate -s 48M %s && mkfs.ext4 -q -m 0 %s >/dev/null 2>&1 && "
		       "mount -o loop %s %s 2>/dev/null",
		       d->image, d->image, d->image, d->dir);
	return run(command);
}

static bool mount_tmpfs(struct disk *d)
{
	test_dir(d->dir, sizeof(d->dir));
	d->image[0] = 0;
	return mount("none", d->dir, "tmpfs", 0, "size=32m") == 0;
}

static struct disk disk; /* of the test that runs; unmounted however it ends */

static int unmount(void **state)
{
	(void)state;
	if (!disk.dir[0])
		return 0;
	(void)umount2(disk.dir, MNT_DETACH);
	test_dir_remove(disk.dir);
	if (disk.image[0])
		(void)unlink(disk.image);
	disk.dir[0] = 0;
	return 0;
}

static void path_of(const struct disk *d, const char *name, char out[200])
{
	(void)snprintf(out, 200, "%s/%s", d->dir, name);
}

/* Takes what room there is, to the last byte that a file can get. */
static void fill(const struct disk *d, const char *name)
{
	static char zeros[1 << 16];
	char path[200];

	path_of(d, name, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	if (fd < 0)
		return; /* not even an inode is left */
	/* A sync gives back what ext4 had set aside for its own tables: fill that too. */
	for (bool more = true; more;) {
		more = false;
		for (size_t n = sizeof(zeros); n > 0;)
			if (write(fd, zeros, n) > 0)
				more = true;
			else
				n /= 2;
		(void)fsync(fd);
	}
	(void)close(fd);
}

static void free_room(const struct disk *d)
{
	char path[200];

	path_of(d, "filler", path);
	(void)unlink(path);
	path_of(d, "filler2", path);
	(void)unlink(path);
	sync();
}

/* What the child tells about a pause it asked for. */
struct said {
	enum err e;
	int64_t took_ms;
	bool latched, stopped, reserve_gone;
};

static enum err add_pause(struct turn *t, void *arg)
{
	struct pause *p = arg;

	return pause_add(t, PAUSE_PLAIN, "fleet", "3 a.m.", p);
}

static enum err lift(struct turn *t, void *arg)
{
	return pause_lift(t, "fleet", arg);
}

static enum err add_bulk(struct turn *t, void *arg)
{
	char text[901];

	(void)arg;
	memset(text, 'b', 900);
	text[900] = 0;
	for (int i = 0; i < 100; i++)
		TRY(event_add(t, TOPIC_WALLET, "fleet", "bulk", text));
	return OK;
}

static struct said pause_now(struct fixture *f)
{
	struct pause p = { 0 };
	struct said said = { 0 };
	struct turn *t = fixture_turn(f);
	int64_t start = clock_mono_ms();

	t->urgent = t->emergency = true;
	said.e = lane_run(t, add_pause, &p);
	said.took_ms = clock_mono_ms() - start;
	said.latched = p.latched;
	said.stopped = store_stopped(f->store);
	said.reserve_gone = store_stats(f->store).reserve_gone;
	return said;
}

static enum err add_small(struct turn *t, void *arg)
{
	(void)arg;
	return event_add(t, TOPIC_WALLET, "fleet", "small", "one line");
}

/* As small as the pause that the test is about. */
static enum err add_wallet_pause(struct turn *t, void *arg)
{
	struct pause p;

	(void)arg;
	return pause_add(t, PAUSE_PLAIN, "wallets/one", "3 a.m.", &p);
}

/* Changes until the disk refuses all of them (after one refusal the WAL starts anew, and has room
 * again); emergency: until even the reserve is used up. How many were taken; < 0: something else
 * failed. */
static int fill_store(struct fixture *f, store_fn *fn, bool emergency)
{
	int taken = 0;

	for (int refused = 0; refused < 3;) {
		struct turn *t = fixture_turn(f);

		t->emergency = emergency;
		enum err e = lane_run(t, fn, NULL);

		if (e != OK && (e != ERR_FULL || t->reason != REASON_DISK_FULL))
			return -1;
		taken += e == OK;
		refused = e == OK ? 0 : refused + 1;
	}
	return taken;
}

/* In a child: fill the disk, fill the store, pause, tell, and wait to be killed. */
static void child_life(const struct disk *d, bool to_the_latch, int fd)
{
	struct fixture f;
	struct said said;

	log_open((struct log_options){ .least = LOG_ERROR, .fd = -1 });
	fixture_open_in(&f, d->dir, (struct store_options){ .reserve_bytes = RESERVE });
	fill(d, "filler");
	if (fill_store(&f, add_bulk, false) < 0)
		_exit(3);
	if (to_the_latch) {
		/* The first emergency frees the reserve; this takes it away again. */
		if (fill_store(&f, add_bulk, true) < 0)
			_exit(4);
		fill(d, "filler2");
		if (fill_store(&f, add_small, true) < 0 ||
		    fill_store(&f, add_wallet_pause, true) < 0)
			_exit(5);
	}
	said = pause_now(&f);
	if (write(fd, &said, sizeof(said)) != sizeof(said))
		_exit(6);
	for (;;)
		(void)pause();
}

static struct said pause_and_kill(const struct disk *d, bool to_the_latch)
{
	struct said said;
	int fds[2], status;

	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		child_life(d, to_the_latch, fds[1]);
	(void)close(fds[1]);
	ssize_t n = read(fds[0], &said, sizeof(said));

	(void)close(fds[0]);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (n != sizeof(said))
		fail_msg("the child ended with status %x before it paused\n", (unsigned)status);
	return said;
}

static bool mounted(bool (*how)(struct disk *))
{
	if (geteuid() != 0) {
		print_message("skipped: only root can mount a small file system\n");
		return false;
	}
	if (how(&disk))
		return true;
	print_message("skipped: mount was refused: %s\n", strerror(errno));
	return false;
}

static void expect_paused(struct fixture *f, bool latched)
{
	struct pause *list;
	size_t n;

	assert_true(store_stopped(f->store));
	assert_int_equal(store_stats(f->store).latched, latched);
	assert_ok(f, pause_active(fixture_turn(f), "fleet", 10, &list, &n));
	assert_int_equal(n, 1);
	assert_string_equal(list[0].reason, "3 a.m.");
	assert_string_equal(list[0].actor, "tester");
	assert_int_equal(list[0].latched, latched);
}

static void pause_by_row(bool (*how)(struct disk *))
{
	struct fixture f;

	if (!mounted(how))
		skip();
	struct said said = pause_and_kill(&disk, false);

	assert_int_equal(said.e, OK);
	assert_true(said.took_ms < 1000);
	assert_true(said.stopped);
	assert_false(said.latched);
	/* The next start is on the full disk still. */
	fixture_open_in(&f, disk.dir, (struct store_options){ .reserve_bytes = RESERVE });
	expect_paused(&f, false);
	free_room(&disk);
	assert_ok(&f, fixture_lane(&f, add_bulk, NULL));
	expect_paused(&f, false);
	fixture_close(&f);
}

static void pause_by_latch(bool (*how)(struct disk *))
{
	struct fixture f;
	size_t n;

	if (!mounted(how))
		skip();
	struct said said = pause_and_kill(&disk, true);

	assert_int_equal(said.e, OK);
	assert_true(said.took_ms < 1000);
	assert_true(said.stopped);
	assert_true(said.latched);
	assert_true(said.reserve_gone);
	fixture_open_in(&f, disk.dir, (struct store_options){ .reserve_bytes = RESERVE });
	expect_paused(&f, true);
	/* Room again: the next start writes the row, and one resume lifts it. */
	free_room(&disk);
	assert_ok(&f, fixture_reopen(&f));
	expect_paused(&f, false);
	assert_false(store_stats(f.store).reserve_gone);
	assert_ok(&f, fixture_lane(&f, lift, &n));
	assert_int_equal(n, 1);
	assert_false(store_stopped(f.store));
	assert_ok(&f, fixture_reopen(&f));
	assert_false(store_stopped(f.store));
	fixture_close(&f);
}

static void pause_on_a_full_ext4_is_a_row_within_a_second_and_outlives_kill_9(void **state)
{
	(void)state;
	pause_by_row(mount_ext4);
}

static void pause_on_a_full_tmpfs_is_a_row_within_a_second_and_outlives_kill_9(void **state)
{
	(void)state;
	pause_by_row(mount_tmpfs);
}

static void pause_on_an_ext4_without_a_reserve_left_goes_to_the_latch(void **state)
{
	(void)state;
	pause_by_latch(mount_ext4);
}

static void pause_on_a_tmpfs_without_a_reserve_left_goes_to_the_latch(void **state)
{
	(void)state;
	pause_by_latch(mount_tmpfs);
}

static void a_kept_wal_takes_small_commits_on_a_full_disk(void **state)
{
	struct fixture f;

	(void)state;
	if (!mounted(mount_ext4))
		skip();
	fixture_open_in(&f, disk.dir, (struct store_options){ .reserve_bytes = RESERVE });
	fill(&disk, "filler");
	/* More than the WAL's own blocks take: once it is refused, it starts anew. */
	int taken = 0, refused = 0;

	while (taken < 1500 && refused < 10)
		if (fixture_lane(&f, add_small, NULL) == OK)
			taken++;
		else
			refused++;
	assert_int_equal(taken, 1500);
	assert_true(refused > 0);
	assert_false(store_stats(f.store).reserve_gone);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			pause_on_a_full_ext4_is_a_row_within_a_second_and_outlives_kill_9, unmount),
		cmocka_unit_test_teardown(
			pause_on_a_full_tmpfs_is_a_row_within_a_second_and_outlives_kill_9,
			unmount),
		cmocka_unit_test_teardown(pause_on_an_ext4_without_a_reserve_left_goes_to_the_latch,
					  unmount),
		cmocka_unit_test_teardown(pause_on_a_tmpfs_without_a_reserve_left_goes_to_the_latch,
					  unmount),
		cmocka_unit_test_teardown(a_kept_wal_takes_small_commits_on_a_full_disk, unmount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
