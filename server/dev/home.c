#include "server/dev/home.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/turn.h"

enum { END_MS = 10000, NODE_MS = 3000, DEEP = 16, FD_MOST = 1024 };

struct dev_home {
	char path[PATH_MAX];
	struct dev_home_options o;
	pid_t keeper;
	int alive; /* the write end of a pipe: open as long as we live */
};

/* ---- the end of everything ---- */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	(void)remove(path);
	return 0;
}

/* The node may be our child or our parent's child: in both cases a pidfd tells its end. */
static void end_node(pid_t node)
{
	int fd = node > 0 ? pidfd_open(node, 0) : -1;

	if (fd < 0)
		return;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	(void)pidfd_send_signal(fd, SIGTERM, NULL, 0);
	if (poll(&p, 1, NODE_MS) != 1)
		(void)pidfd_send_signal(fd, SIGKILL, NULL, 0);
	(void)close(fd);
	(void)waitpid(node, NULL, WNOHANG);
}

static void clean_up(const struct dev_home *h)
{
	/* The folder last: who sees it gone may count on the rest. */
	for (size_t i = 0; i < DEV_HOME_FILES; i++)
		if (h->o.files[i])
			(void)unlink(h->o.files[i]);
	end_node(h->o.node);
	(void)nftw(h->path, remove_one, DEEP, FTW_DEPTH | FTW_PHYS);
}

/* ---- the keeper ---- */

static void throw_away(int fd)
{
	char said[4096];

	while (read(fd, said, sizeof(said)) > 0)
		;
}

/* Nothing of ours stays open in it: who reads what we print must see its end. */
static void let_go(const int *keep, size_t n)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3 && null >= 0; fd++)
		(void)dup2(null, fd);
	for (int fd = 3; fd < FD_MOST; fd++) {
		bool kept = false;

		for (size_t i = 0; i < n; i++)
			kept = kept || fd == keep[i];
		if (!kept)
			(void)close(fd);
	}
}

/* Until the daemon has ended: its end of the pipe closes. */
static void watch(const struct dev_home *h, pid_t daemon, int alive, int parent)
{
	struct pollfd p[] = {
		{ .fd = alive, .events = POLLIN },
		{ .fd = parent, .events = POLLIN },
		{ .fd = h->o.node_said, .events = POLLIN },
	};
	int64_t kill_at = 0;

	for (;;) {
		int64_t left = kill_at - clock_mono_ms();

		(void)poll(p, 3, !kill_at ? -1 : left > 0 ? (int)left : 0);
		if (p[0].revents)
			return;
		if (p[2].revents & POLLIN)
			throw_away(p[2].fd);
		else if (p[2].revents)
			p[2].fd = -1;
		if (p[1].revents) {
			p[1].fd = -1;
			kill_at = clock_mono_ms() + END_MS;
			(void)kill(daemon, SIGTERM);
		} else if (kill_at && clock_mono_ms() >= kill_at) {
			kill_at = 0;
			(void)kill(daemon, SIGKILL);
		}
	}
}

/* In a session of its own: what is sent to the whole group, by a terminal or by a runner that
 * cleans up, does not end it. */
static void keep(const struct dev_home *h, pid_t daemon, int alive, int parent)
{
	const int mine[] = { alive, parent, h->o.node_said };
	sigset_t none;

	(void)setsid();
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	let_go(mine, sizeof(mine) / sizeof(mine[0]));
	watch(h, daemon, alive, parent);
	clean_up(h);
	_exit(0);
}

static bool start_keeper(struct dev_home *h)
{
	pid_t daemon = getpid();
	/* By a descriptor: the parent as a process. PR_SET_PDEATHSIG would mean the one thread of
	 * it that started us, which in many a test runner is gone at once. */
	int parent = h->o.outlive_parent ? -1 : pidfd_open(getppid(), 0), ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	h->keeper = fork();
	if (h->keeper == 0) {
		(void)close(ends[1]);
		keep(h, daemon, ends[0], parent);
	}
	(void)close(ends[0]);
	if (parent >= 0)
		(void)close(parent);
	h->alive = ends[1];
	return h->keeper > 0;
}

/* ---- ours ---- */

enum err dev_home_open(struct turn *t, const struct dev_home_options *o, struct dev_home **out)
{
	struct dev_home *h = calloc(1, sizeof(*h));
	const char *tmp = getenv("TMPDIR");

	if (!h)
		abort();
	h->o = *o;
	h->alive = -1;
	(void)snprintf(h->path, sizeof(h->path), "%s/ghost-fleet-dev-XXXXXX",
		       tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(h->path)) {
		enum err e = fail(t, ERR_AWAY, "no folder can be made at %s: %s", h->path,
				  strerror(errno));

		end_node(o->node);
		free(h);
		return e;
	}
	if (!start_keeper(h)) {
		enum err e = fail(t, ERR_AWAY, "no process can be started: %s", strerror(errno));

		dev_home_close(h);
		return e;
	}
	*out = h;
	return OK;
}

const char *dev_home_path(const struct dev_home *h)
{
	return h->path;
}

enum err dev_home_write(struct turn *t, const struct dev_home *h, const char *name,
			const char *text, const char **path_out)
{
	const char *path = turn_printf(t, "%s/%s", h->path, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t n = strlen(text), done = 0;

	while (fd >= 0 && done < n) {
		ssize_t wrote = write(fd, text + done, n - done);

		if (wrote < 0 && errno != EINTR)
			break;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	if (fd < 0 || done < n)
		return fail(t, ERR_AWAY, "%s cannot be written: %s", path, strerror(errno));
	(void)close(fd);
	*path_out = path;
	return OK;
}

/* Without taking their status: dev_home_close() does. */
static bool has_ended(pid_t child)
{
	siginfo_t info = { .si_pid = 0 };

	return child > 0 && waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == child;
}

const char *dev_home_ended(const struct dev_home *h)
{
	return has_ended(h->keeper) ? "the keeper" : has_ended(h->o.node) ? "the node" : NULL;
}

void dev_home_close(struct dev_home *h)
{
	int status = -1;

	if (!h)
		return;
	if (h->alive >= 0)
		(void)close(h->alive);
	if (h->keeper > 0)
		while (waitpid(h->keeper, &status, 0) < 0 && errno == EINTR)
			;
	if (status != 0)
		clean_up(h);
	if (h->o.node > 0)
		(void)waitpid(h->o.node, NULL, 0);
	free(h);
}
