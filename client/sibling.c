#include "client/sibling.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/stop.h"
#include "store/base/clock.h"
#include "store/base/turn.h"

enum { LOOK_MS = 20, END_MS = 15000, NOT_STARTED = 127 };

char *sibling_path(struct turn *t, const char *name)
{
	char *self = turn_alloc(t, PATH_MAX);
	ssize_t n = readlink("/proc/self/exe", self, PATH_MAX - 1);
	char *slash = n > 0 ? strrchr(self, '/') : NULL;

	if (!slash)
		return turn_strdup(t, name);
	*slash = 0;
	return turn_printf(t, "%s/%s", self, name);
}

/* Settings that win over the file (server/settings.def). */
static bool speaks_to_fleet(const char *var)
{
	static const char *const names[] = { "GHOST_FLEET_", "RPC_URL=",        "CHAIN_ID=",
					     "FUNDER_KEY=",  "GHOST_CORE=",     "DATA_TOKEN=",
					     "BEACON_URLS=", "BACKUP_RPC_URLS=" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(var, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static char **environment(struct turn *t, const char *const *extra)
{
	size_t have = 0, more = 0, n = 0;

	while (environ[have])
		have++;
	while (extra && extra[more])
		more++;
	char **all = turn_array(t, have + more + 1, sizeof(*all));

	for (size_t i = 0; i < have; i++)
		if (!speaks_to_fleet(environ[i]))
			all[n++] = environ[i];
	for (size_t i = 0; i < more; i++)
		all[n++] = turn_strdup(t, extra[i]);
	return all;
}

static char **arguments(struct turn *t, const char *program, const char *const *args)
{
	size_t n = 0;

	while (args[n])
		n++;
	char **all = turn_array(t, n + 1, sizeof(*all));

	all[0] = turn_strdup(t, program);
	for (size_t i = 1; i < n; i++)
		all[i] = turn_strdup(t, args[i]);
	return all;
}

enum err sibling_start(struct turn *t, const struct sibling_ask *ask, struct sibling *out)
{
	const char *program = sibling_path(t, ask->args[0]);
	char **args = arguments(t, program, ask->args), **env = environment(t, ask->extra);
	int to = open(ask->output_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int from = open("/dev/null", O_RDONLY | O_CLOEXEC);
	pid_t parent = getpid(), child = -1;

	out->pid = 0;
	if (access(program, X_OK) != 0)
		errno = ENOENT;
	else if (to >= 0 && from >= 0)
		child = fork();
	if (child == 0) {
		/* A group of its own: Ctrl-C is ours to hear, and to pass on. */
		bool fine = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
			    setpgid(0, 0) == 0 && dup2(from, STDIN_FILENO) >= 0 &&
			    dup2(to, STDOUT_FILENO) >= 0 && dup2(to, STDERR_FILENO) >= 0;

		if (fine)
			(void)execve(program, args, env);
		_exit(NOT_STARTED);
	}
	int why = errno;

	if (to >= 0)
		(void)close(to);
	if (from >= 0)
		(void)close(from);
	if (child < 0)
		return fail(t, ERR_AWAY, "%s cannot be started: %s; it comes with ghostctl",
			    program, strerror(why));
	out->pid = child;
	return OK;
}

/* True: it has ended, and *exit_out says how. */
static bool ended(struct sibling *s, int *exit_out)
{
	int status = 0;

	if (s->pid > 0 && waitpid(s->pid, &status, WNOHANG) != s->pid)
		return false;
	s->pid = 0;
	*exit_out = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return true;
}

bool sibling_runs(struct sibling *s)
{
	int code;

	return s->pid > 0 && !ended(s, &code);
}

static void kill_now(struct sibling *s)
{
	(void)kill(s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
	s->pid = 0;
}

enum err sibling_wait(struct turn *t, struct sibling *s, int64_t within_ms, int *exit_out)
{
	int64_t until = clock_mono_ms() + within_ms;

	while (!ended(s, exit_out)) {
		bool late = clock_mono_ms() >= until;

		if (!late && stop_sleep(LOOK_MS))
			continue;
		kill_now(s);
		return late ? fail(t, ERR_LATE, "ghost-fleet did not answer within %lld s",
				   (long long)(within_ms / 1000))
			    : fail(t, ERR_GONE, "stopped");
	}
	return OK;
}

bool sibling_stop(struct sibling *s)
{
	int64_t until = clock_mono_ms() + END_MS;
	int code = 0;

	if (s->pid <= 0)
		return true;
	(void)kill(s->pid, SIGTERM);
	while (!ended(s, &code)) {
		if (clock_mono_ms() >= until) {
			kill_now(s);
			return false;
		}
		/* Not stop_sleep: who asked us to stop still waits for a clean end. */
		(void)poll(NULL, 0, LOOK_MS);
	}
	return code == 0;
}
