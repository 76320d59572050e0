#include "server/net/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/clock.h"

enum { LOOK_MS = 20, PIECE = 4096 };

/* Nothing of our own environment: it may hold the passphrase. */
static char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", NULL
};

/* One run: what is written, what is read. */
struct run {
	pid_t pid;
	int in, out; /* our ends; -1: closed */
	const struct process_ask *ask;
	size_t written;
	struct buf output;
};

static void close_end(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static int spawn(struct run *r, int in, int out)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t none;

	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawnattr_init(&how);
	(void)posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	(void)posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	(void)posix_spawn_file_actions_adddup2(&files, out, STDERR_FILENO);
	(void)posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	(void)sigemptyset(&none);
	(void)posix_spawnattr_setsigmask(&how, &none);
	(void)sigaddset(&none, SIGPIPE); /* we ignore it, the program need not */
	(void)posix_spawnattr_setsigdefault(&how, &none);
	/* A session of its own, so that all it starts ends with it. */
	(void)posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
						     POSIX_SPAWN_SETSIGDEF);
	int rc = posix_spawn(&r->pid, r->ask->argv[0], &files, &how, (char *const *)r->ask->argv,
			     environment);

	(void)posix_spawnattr_destroy(&how);
	(void)posix_spawn_file_actions_destroy(&files);
	return rc;
}

static void feed(struct run *r)
{
	ssize_t n = write(r->in, r->ask->input.p + r->written, r->ask->input.n - r->written);

	if (n > 0)
		r->written += (size_t)n;
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || r->written == r->ask->input.n)
		close_end(&r->in);
}

static void drain(struct run *r)
{
	char piece[PIECE];
	ssize_t n = read(r->out, piece, sizeof(piece));

	if (n > 0 && !r->output.full)
		buf_add(&r->output, piece, (size_t)n);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_end(&r->out);
}

/* Until it ended or `end_ms` (monotonic) passed. False: late. What it started may hold its output
 * open, and write for ever: that is not waited for. */
static bool attend(struct run *r, int64_t end_ms, int *status)
{
	for (;;) {
		struct pollfd p[2] = { { .fd = r->in, .events = POLLOUT },
				       { .fd = r->out, .events = POLLIN } };

		if (waitpid(r->pid, status, WNOHANG) == r->pid) {
			while (r->out >= 0 && !r->output.full && poll(&p[1], 1, 0) > 0)
				drain(r);
			return true;
		}
		if (clock_mono_ms() >= end_ms)
			return false;
		(void)poll(p, 2, LOOK_MS);
		if (p[0].revents)
			feed(r);
		if (p[1].revents)
			drain(r);
	}
}

static struct process_end failed(const char *said)
{
	return (struct process_end){ .code = -1, .output = "", .said = said };
}

static struct process_end attended(struct turn *t, struct run *r, int64_t within_ms)
{
	int64_t start_ms = clock_mono_ms(), left = turn_left_ms(t);
	struct process_end e = { .started = true };
	int status = 0;

	e.late = !attend(r, start_ms + (left < within_ms ? left : within_ms), &status);
	(void)kill(-r->pid, SIGKILL); /* with whatever it left behind */
	if (e.late)
		(void)waitpid(r->pid, &status, 0);
	e.took_ms = clock_mono_ms() - start_ms;
	e.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	e.output = buf_text(&r->output);
	if (e.late)
		e.said = turn_printf(t, "not done within %lld ms; ended", (long long)within_ms);
	else if (e.code < 0)
		e.said = turn_printf(t, "ended by %s", strsignal(WTERMSIG(status)));
	else
		e.said = e.code ? turn_printf(t, "exit code %d", e.code) : "";
	return e;
}

struct process_end process_run(struct turn *t, const struct process_ask *ask)
{
	struct run r = {
		.ask = ask, .in = -1, .out = -1, .output = buf_in(t->mem, ask->max_output)
	};
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC) < 0)
		return failed(turn_printf(t, "no pipe: %s", strerror(errno)));
	if (pipe2(out, O_CLOEXEC) < 0) {
		(void)close(in[0]);
		(void)close(in[1]);
		return failed(turn_printf(t, "no pipe: %s", strerror(errno)));
	}
	r.in = in[1];
	r.out = out[0];
	(void)fcntl(r.in, F_SETFL, O_NONBLOCK);
	(void)fcntl(r.out, F_SETFL, O_NONBLOCK);
	int rc = spawn(&r, in[0], out[1]);

	(void)close(in[0]);
	(void)close(out[1]);
	struct process_end e = rc == 0 ? attended(t, &r, ask->within_ms)
				       : failed(turn_printf(t, "cannot be run: %s", strerror(rc)));

	close_end(&r.in);
	close_end(&r.out);
	return e;
}
