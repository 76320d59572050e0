/* `ghost-fleet health`, for container and systemd checks: one GET on a socket of its own, so that
 * it needs no curl and no token. */
#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/commands.h"
#include "server/health_tls.h"
#include "store/base/clock.h"

enum { ANSWER_MAX = 16 * 1024, PATIENCE_MS = 5000 };
enum { EXIT_UNREACHED = 3, EXIT_UNHEALTHY = 4 };

static int unreached(const char *where, const char *why)
{
	(void)fprintf(stderr, "ghost-fleet: the daemon at %s does not answer: %s\n", where, why);
	return EXIT_UNREACHED;
}

/* {"grpc":P,"http":P}, as serve wrote it. 0: not there. */
static uint64_t port_of_file(const char *path)
{
	json_t *ports = json_load_file(path, 0, NULL);
	json_int_t port = json_integer_value(json_object_get(ports, "http"));

	json_decref(ports);
	return port > 0 && port <= 65535 ? (uint64_t)port : 0;
}

static bool wait_for(int fd, short what, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = what };
	int64_t left = until - clock_mono_ms();

	return left > 0 && poll(&p, 1, (int)left) == 1;
}

static int connect_to(const char *address, uint64_t port, int64_t until)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	bool four = inet_pton(AF_INET, address, &v4.sin_addr) == 1;
	int fd, fault = 0;
	socklen_t n = sizeof(fault);

	if (!four)
		(void)inet_pton(AF_INET6, address, &v6.sin6_addr);
	fd = socket(four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, four ? (void *)&v4 : (void *)&v6, four ? sizeof(v4) : sizeof(v6)) == 0)
		return fd;
	if (errno == EINPROGRESS && wait_for(fd, POLLOUT, until) &&
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &n) == 0 && fault == 0)
		return fd;
	if (fault)
		errno = fault;
	(void)close(fd);
	return -1;
}

/* The whole answer, up to `max`; the server closes after it. */
static size_t ask(int fd, const char *question, char *answer, size_t max, int64_t until)
{
	size_t n = 0;

	if (!wait_for(fd, POLLOUT, until) ||
	    send(fd, question, strlen(question), MSG_NOSIGNAL) != (ssize_t)strlen(question))
		return 0;
	while (n < max && wait_for(fd, POLLIN, until)) {
		ssize_t got = recv(fd, answer + n, max - n, 0);

		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	return n;
}

int command_health(struct turn *t, const struct command_input *in)
{
	int64_t until = clock_mono_ms() + PATIENCE_MS;
	char *answer = turn_alloc(t, ANSWER_MAX + 1);
	const char *where, *question, *body;
	struct config_env env = in->env;
	struct config_problems problems;
	struct config *c;
	uint64_t port;
	const char *why = "no answer within 5 s";
	int fd, status = 0;
	size_t n = 0;

	env.offline = true; /* the daemon has the files that it needs */
	/* A file that was broken after the start still says where the doors are. */
	if (config_load(t, in->config_path, &env, &c, &problems) != OK)
		(void)fprintf(stderr, "ghost-fleet: %s\n", t->why);
	port = in->ports_file ? port_of_file(in->ports_file) : c->doors.http_port;
	where = turn_printf(t, "%s://%s:%llu", c->tls.http ? "https" : "http",
			    c->doors.http_address, (unsigned long long)port);
	question =
		turn_printf(t, "GET /health HTTP/1.1\r\nHost: %s:%llu\r\nConnection: close\r\n\r\n",
			    c->doors.http_address, (unsigned long long)port);
	fd = port ? connect_to(c->doors.http_address, port, until) : -1;
	if (fd >= 0 && c->tls.http)
		n = health_tls_ask(c, fd, question, answer, ANSWER_MAX, until, &why);
	else if (fd >= 0)
		n = ask(fd, question, answer, ANSWER_MAX, until);
	config_free(c);
	if (port == 0)
		return unreached(where, "its port is not known; give --ports-file FILE");
	if (fd < 0)
		return unreached(where, errno ? strerror(errno) : "no connection within 5 s");
	(void)close(fd);
	if (n == 0)
		return unreached(where, why);
	if (sscanf(answer, "HTTP/1.%*1d %3d", &status) != 1)
		return unreached(where, "what answers is no HTTP door");
	body = strstr(answer, "\r\n\r\n");
	(void)printf("%s\n", body ? body + 4 : "");
	return status == 200 ? EXIT_SUCCESS : EXIT_UNHEALTHY;
}
