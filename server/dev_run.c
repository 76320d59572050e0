#include "server/dev_run.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/eth/addr.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/turn.h"

enum { TOLD_MAX = 16 << 10, END_MS = 10000, ENV_MOST = 8, BY_SIGNAL = 128 };
enum { CANNOT_RUN = 126, NOT_FOUND = 127 };

/* ---- what it tells ---- */

const char *dev_told_json(struct turn *t, const struct dev_told *w)
{
	json_t *o = json_pack("{s:s,s:s,s:i,s:i,s:s,s:s,s:{s:s,s:s,s:I},s:I,s:b,s:i,s:I}", "grpc",
			      turn_printf(t, "127.0.0.1:%u", w->grpc), "http",
			      turn_printf(t, "http://127.0.0.1:%u", w->http), "grpc_port",
			      (int)w->grpc, "http_port", (int)w->http, "token_file", w->token_file,
			      "folder", dev_home_path(w->home), "chain", "kind", w->chain_kind,
			      "url", w->url, "chain_id", (json_int_t)w->chain_id, "wallets",
			      (json_int_t)w->fixture->n, "watch_only", w->fixture->watch_only,
			      "pid", (int)getpid(), "ready_ms", (json_int_t)w->ready_ms);

	if (!w->fixture->watch_only) {
		(void)json_object_set_new(o, "funder",
					  json_string(addr_str(t, w->fixture->funder)));
		(void)json_object_set_new(o, "safe_address",
					  json_string(addr_str(t, w->fixture->safe)));
	}
	char *text = json_dumps(o, JSON_COMPACT);
	const char *line = turn_printf(t, "%s\n", text ? text : "{}");

	free(text);
	json_decref(o);
	return line;
}

/* NAME=VALUE of each, NULL at the end. */
static char **told_vars(struct turn *t, const struct dev_told *w)
{
	char **v = turn_array(t, ENV_MOST, sizeof(*v));
	size_t n = 0;

	v[n++] = turn_printf(t, "GHOST_FLEET_ADDRESS=127.0.0.1:%u", w->grpc);
	v[n++] = turn_printf(t, "GHOST_FLEET_HTTP=http://127.0.0.1:%u", w->http);
	v[n++] = turn_printf(t, "GHOST_FLEET_TOKEN_FILE=%s", w->token_file);
	v[n++] = turn_printf(t, "GHOST_FLEET_PID=%d", (int)getpid());
	v[n++] = turn_printf(t, "RPC_URL=%s", w->url);
	v[n++] = turn_printf(t, "CHAIN_ID=%llu", (unsigned long long)w->chain_id);
	return v;
}

/* For a shell: in single quotes, a quote itself as '\''. */
const char *dev_told_env(struct turn *t, const struct dev_told *w)
{
	struct buf b = buf_in(t->mem, TOLD_MAX);

	for (char **v = told_vars(t, w); *v; v++) {
		size_t name = strcspn(*v, "=");

		buf_printf(&b, "export %.*s='", (int)name, *v);
		for (const char *s = *v + name + 1; *s; s++)
			if (*s == '\'')
				buf_str(&b, "'\\''");
			else
				buf_char(&b, *s);
		buf_str(&b, "'\n");
	}
	return buf_text(&b);
}

/* ---- how long it stays ---- */

static void waited_for(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGTERM);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGHUP);
	(void)sigaddset(set, SIGCHLD);
}

void dev_signals(void)
{
	sigset_t set;

	waited_for(&set);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int dev_signal(int64_t within_ms)
{
	struct timespec most = { .tv_sec = within_ms / 1000,
				 .tv_nsec = within_ms % 1000 * 1000000 };
	sigset_t set;
	int got;

	waited_for(&set);
	do
		got = within_ms < 0 ? sigwaitinfo(&set, NULL) : sigtimedwait(&set, NULL, &most);
	while (got < 0 && errno == EINTR && within_ms < 0);
	return got > 0 ? got : 0;
}

/* The caller's environment with ours over it. */
static char **environment(struct turn *t, char **ours)
{
	size_t n = 0, most = ENV_MOST + 1;

	while (environ[n])
		n++;
	char **all = turn_array(t, n + most, sizeof(*all));

	n = 0;
	for (char **v = environ; *v; v++) {
		bool over = false;

		for (char **o = ours; *o && !over; o++)
			over = strncmp(*v, *o, strcspn(*o, "=") + 1) == 0;
		if (!over)
			all[n++] = *v;
	}
	for (char **o = ours; *o; o++)
		all[n++] = *o;
	return all;
}

/* It ends with us, also when we are killed. */
static pid_t start_command(struct turn *t, char *const *command, char **env)
{
	const char *not_found = turn_printf(t, "ghost-fleet: %.200s: not found\n", command[0]);
	const char *cannot = turn_printf(t, "ghost-fleet: %.200s: cannot be run\n", command[0]);
	pid_t parent = getpid(), child = fork();
	sigset_t none;

	if (child != 0)
		return child;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
		_exit(CANNOT_RUN);
	(void)execvpe(command[0], command, env);
	bool missing = errno == ENOENT;
	const char *line = missing ? not_found : cannot;
	ssize_t ignored = write(STDERR_FILENO, line, strlen(line));

	(void)ignored;
	_exit(missing ? NOT_FOUND : CANNOT_RUN);
}

/* True: the command has ended. */
static bool command_ended(pid_t command, int *exit_out)
{
	int status;

	if (command <= 0 || waitpid(command, &status, WNOHANG) != command)
		return false;
	*exit_out = WIFSIGNALED(status) ? BY_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
	return true;
}

/* It was asked to end: so long, and no longer. */
static void end_command(pid_t command, int signal, int *exit_out)
{
	int64_t until = clock_mono_ms() + END_MS, left;

	(void)kill(command, signal);
	while (!command_ended(command, exit_out)) {
		left = until - clock_mono_ms();
		if (left <= 0)
			(void)kill(command, SIGKILL);
		(void)dev_signal(left > 0 ? left : END_MS);
	}
}

enum err dev_stay(struct turn *t, const struct dev_told *w, char *const *command, int *exit_out)
{
	pid_t child = command ? start_command(t, command, environment(t, told_vars(t, w))) : 0;

	if (child < 0)
		return fail(t, ERR_AWAY, "no process can be started: %s", strerror(errno));
	for (;;) {
		int got = dev_signal(-1);

		if (got == SIGCHLD && command_ended(child, exit_out))
			return OK;
		const char *ended = got == SIGCHLD ? dev_home_ended(w->home) : NULL;

		if (ended) {
			if (child)
				end_command(child, SIGTERM, exit_out);
			return fail(t, ERR_AWAY, "%s of %s ended", ended, dev_home_path(w->home));
		}
		if (got == SIGCHLD)
			continue;
		if (child)
			end_command(child, got, exit_out);
		return OK;
	}
}
