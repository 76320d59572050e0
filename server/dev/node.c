#include "server/dev/node.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "store/base/turn.h"

enum { START_MS = 10000, SAID_MAX = 8192, WORDS = 160 };

static const rlim_t MEMORY = (rlim_t)8 << 30;
static const char LISTENING[] = "Listening on 127.0.0.1:";
static const char INSTALLED[] = ".run/tools/*/node_modules/@foundry-rs/anvil-*/bin/anvil";

static const char *on_path(struct turn *t, const char *name)
{
	const char *path = getenv("PATH");

	while (path && *path) {
		size_t n = strcspn(path, ":");
		const char *at = turn_printf(t, "%.*s/%s", (int)n, path, name);

		if (n > 0 && access(at, X_OK) == 0)
			return at;
		path += n + (path[n] == ':');
	}
	return NULL;
}

const char *dev_node_find(struct turn *t)
{
	const char *named = getenv("GF_ANVIL"), *found = NULL;
	glob_t g;

	if (named && *named)
		return turn_strdup(t, named);
	found = on_path(t, "anvil");
	if (!found && glob(INSTALLED, 0, NULL, &g) == 0) {
		if (access(g.gl_pathv[0], X_OK) == 0)
			found = turn_strdup(t, g.gl_pathv[0]);
		globfree(&g);
	}
	return found;
}

static void become_node(const char *path, int said, pid_t parent)
{
	char *argv[] = { (char *)(uintptr_t)path, "--host", "127.0.0.1",  "--port", "0",
			 "--block-time",          "1",      "--chain-id", "31337",  NULL };
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent || dup2(said, 1) < 0 ||
	    dup2(said, 2) < 0)
		_exit(126);
	(void)close(0);
	(void)open("/dev/null", O_RDONLY);
	(void)execv(path, argv);
	_exit(127);
}

/* The last line of what it said, for a person. */
static const char *last_words(struct turn *t, char *said)
{
	size_t n = strlen(said);

	while (n > 0 && (unsigned char)said[n - 1] <= ' ')
		said[--n] = 0;
	const char *line = strrchr(said, '\n');

	return n ? turn_printf(t, "%.*s", WORDS, line ? line + 1 : said) : "it said nothing";
}

static enum err wait_until_up(struct turn *t, const char *path, struct dev_node *node)
{
	int64_t until = clock_mono_ms() + START_MS, left;
	char *said = turn_alloc(t, SAID_MAX + 1);
	struct pollfd p = { .fd = node->said, .events = POLLIN };
	size_t n = 0;

	while ((left = until - clock_mono_ms()) > 0 && n < SAID_MAX) {
		(void)poll(&p, 1, (int)left);
		ssize_t got = read(node->said, said + n, SAID_MAX - n);

		if (got == 0)
			return fail(t, ERR_REFUSED, "%s ended at its start: %s", path,
				    last_words(t, said));
		if (got < 0)
			continue;
		n += (size_t)got;
		const char *line = strstr(said, LISTENING);

		if (!line || !strchr(line, '\n'))
			continue;
		node->port = (unsigned)strtoul(line + sizeof(LISTENING) - 1, NULL, 10);
		return OK;
	}
	return fail(t, ERR_LATE, "%s does not listen within %d s: %s", path, START_MS / 1000,
		    last_words(t, said));
}

enum err dev_node_start(struct turn *t, const char *path, struct dev_node *out)
{
	pid_t parent = getpid();
	int ends[2];

	if (access(path, X_OK) != 0)
		return fail(t, ERR_REFUSED, "%s cannot be run: %s", path, strerror(errno));
	if (pipe2(ends, O_CLOEXEC) != 0)
		return fail(t, ERR_AWAY, "no pipe: %s", strerror(errno));
	*out = (struct dev_node){ .said = ends[0] };
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	out->pid = fork();
	if (out->pid == 0)
		become_node(path, ends[1], parent);
	(void)close(ends[1]);
	enum err e = out->pid < 0
			     ? fail(t, ERR_AWAY, "no process can be started: %s", strerror(errno))
			     : wait_until_up(t, path, out);

	/* From outside, and only now: before its exec it is a copy of us, which may hold more. */
	if (e == OK)
		(void)prlimit(out->pid, RLIMIT_AS, &(struct rlimit){ MEMORY, MEMORY }, NULL);
	if (e != OK && out->pid > 0) {
		(void)kill(out->pid, SIGKILL);
		(void)waitpid(out->pid, NULL, 0);
	}
	if (e != OK)
		(void)close(ends[0]);
	return e;
}
