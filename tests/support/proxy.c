/* tests/support/proxy.c - see proxy.h. */
#include "tests/support/proxy.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "store/base/clock.h"

#include "tests/support/ask.h"
#include "tests/support/stop.h"

enum { START_MS = 20000 };

struct proxy *proxy_start(const char *upstream, const char *mode, double rate, unsigned seed)
{
	struct proxy *p = calloc(1, sizeof(*p));
	char dir[] = "/tmp/proxy-XXXXXX", ports[64], rate_text[32], seed_text[16];

	if (!p || !mkdtemp(dir))
		stop_test("cannot make a folder for the proxy: %s", strerror(errno));
	snprintf(ports, sizeof(ports), "%s/ports", dir);
	snprintf(p->witness, sizeof(p->witness), "%s/witness", dir);
	snprintf(rate_text, sizeof(rate_text), "%g", rate);
	snprintf(seed_text, sizeof(seed_text), "%u", seed);
	pid_t parent = getpid();
	p->pid = fork();
	if (p->pid < 0)
		stop_test("fork: %s", strerror(errno));
	if (p->pid == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
			_exit(126);
		execlp("python3", "python3", "tests/support/proxy.py", "--upstream", upstream,
		       "--mode", mode, "--rate", rate_text, "--seed", seed_text, "--witness",
		       p->witness, "--ports-file", ports, (char *)NULL);
		_exit(127);
	}
	int64_t give_up = clock_mono_ms() + START_MS;
	FILE *f;
	while (!(f = fopen(ports, "r"))) {
		if (waitpid(p->pid, NULL, WNOHANG) == p->pid || clock_mono_ms() > give_up)
			stop_test("tests/support/proxy.py did not start");
		usleep(5000);
	}
	if (!fgets(p->url, sizeof(p->url), f))
		stop_test("%s is empty", ports);
	p->url[strcspn(p->url, "\n")] = '\0';
	fclose(f);
	unlink(ports);
	return p;
}

void proxy_stop(struct proxy *p)
{
	if (!p)
		return;
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	unlink(p->witness);
	*strrchr(p->witness, '/') = '\0';
	rmdir(p->witness);
	free(p);
}

static json_t *control(struct proxy *p, const char *body)
{
	char url[96];
	snprintf(url, sizeof(url), "%s/_proxy", p->url);
	return ask_http(url, body);
}

void proxy_set(struct proxy *p, const char *mode, double rate)
{
	char body[96];

	snprintf(body, sizeof(body), "{\"mode\":\"%s\",\"rate\":%g}", mode, rate);
	json_t *said = control(p, body);
	if (json_object_get(said, "error"))
		stop_test("the proxy knows no mode '%s'", mode);
	json_decref(said);
}

uint64_t proxy_count(struct proxy *p, const char *what)
{
	json_t *said = control(p, NULL);
	uint64_t n = (uint64_t)json_integer_value(json_object_get(said, what));

	json_decref(said);
	return n;
}
