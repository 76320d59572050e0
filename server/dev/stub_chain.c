#include "server/dev/stub_chain.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/dev/stub_answer.h"
#include "store/base/clock.h"
#include "store/base/turn.h"

enum {
	CONNECTIONS = 16,
	REQUEST_MAX = 1 << 20,
	HEAD_MAX = 8192,
	SEND_MS = 5000,
	BACKLOG = 16,
};

struct visitor {
	int fd; /* -1: nobody */
	char *said;
	size_t n;
};

struct stub_chain {
	struct stub_facts facts;
	int listener, wake;
	unsigned port;
	pthread_t thread;
	struct visitor visitors[CONNECTIONS];
};

static void leave(struct visitor *v)
{
	(void)close(v->fd);
	free(v->said);
	*v = (struct visitor){ .fd = -1 };
}

/* The whole text, however slowly it is taken; false: not within SEND_MS. */
static bool send_all(int fd, const char *s, size_t n)
{
	int64_t until = clock_mono_ms() + SEND_MS;

	while (n > 0) {
		ssize_t sent = send(fd, s, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		int64_t left = until - clock_mono_ms();

		if (sent < 0 && errno == EAGAIN && left > 0)
			(void)poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, (int)left);
		else if (sent < 0 && errno != EINTR)
			return false;
		if (sent > 0) {
			s += sent;
			n -= (size_t)sent;
		}
	}
	return true;
}

static bool reply(struct stub_chain *s, int fd, const char *body, size_t n)
{
	char head[128];

	s->facts.now_s = clock_wall_ms() / 1000;
	char *said = stub_answer(&s->facts, body, n);
	size_t len = said ? strlen(said) : 0;
	int h = snprintf(head, sizeof(head),
			 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
			 "Content-Length: %zu\r\n\r\n",
			 len);
	bool sent = send_all(fd, head, (size_t)h) && send_all(fd, said ? said : "", len);

	free(said);
	return sent;
}

/* The length of a request's body, by its head; -1: there is none we take. */
static long body_length(const char *head, const char *end)
{
	static const char name[] = "\r\ncontent-length:";

	for (const char *p = head; p < end; p++)
		if (strncasecmp(p, name, sizeof(name) - 1) == 0)
			return strtol(p + sizeof(name) - 1, NULL, 10);
	return -1;
}

/* Answers the requests that are whole; false: this visitor is to go. */
static bool answer_whole(struct stub_chain *s, struct visitor *v)
{
	for (;;) {
		v->said[v->n] = 0;
		char *end = strstr(v->said, "\r\n\r\n");

		if (!end)
			return v->n < HEAD_MAX;
		size_t head = (size_t)(end - v->said) + 4;
		long body = body_length(v->said, end);

		if (body < 0 || (size_t)body > REQUEST_MAX - head || strncmp(v->said, "POST ", 5))
			return false;
		if (v->n - head < (size_t)body)
			return true;
		if (!reply(s, v->fd, v->said + head, (size_t)body))
			return false;
		v->n -= head + (size_t)body;
		memmove(v->said, v->said + head + (size_t)body, v->n);
	}
}

static void hear(struct stub_chain *s, struct visitor *v)
{
	ssize_t got = recv(v->fd, v->said + v->n, REQUEST_MAX - v->n, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0) {
		v->n += (size_t)got;
		if (answer_whole(s, v) && v->n < REQUEST_MAX)
			return;
	}
	leave(v);
}

static void welcome(struct stub_chain *s)
{
	int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);

	for (size_t i = 0; i < CONNECTIONS && fd >= 0; i++) {
		if (s->visitors[i].fd >= 0)
			continue;
		char *room = calloc(1, REQUEST_MAX + 1);

		if (!room)
			abort();
		s->visitors[i] = (struct visitor){ .fd = fd, .said = room };
		return;
	}
	if (fd >= 0)
		(void)close(fd);
}

static void *stub_main(void *arg)
{
	struct stub_chain *s = arg;
	struct pollfd p[CONNECTIONS + 2];

	for (;;) {
		p[0] = (struct pollfd){ .fd = s->wake, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = s->listener, .events = POLLIN };
		for (size_t i = 0; i < CONNECTIONS; i++)
			p[i + 2] = (struct pollfd){ .fd = s->visitors[i].fd, .events = POLLIN };
		if (poll(p, CONNECTIONS + 2, -1) < 0)
			continue;
		if (p[0].revents)
			return NULL;
		for (size_t i = 0; i < CONNECTIONS; i++)
			if (p[i + 2].revents)
				hear(s, &s->visitors[i]);
		if (p[1].revents)
			welcome(s);
	}
}

static bool listen_anywhere(struct stub_chain *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);

	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(s->listener, BACKLOG) != 0 ||
	    getsockname(s->listener, (struct sockaddr *)&at, &n) != 0)
		return false;
	s->port = ntohs(at.sin_port);
	return true;
}

/* No signal meant for main goes to this thread. */
static bool start(struct stub_chain *s)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	bool fine = pthread_create(&s->thread, NULL, stub_main, s) == 0;

	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return fine;
}

static void forget(struct stub_chain *s)
{
	if (s->listener >= 0)
		(void)close(s->listener);
	if (s->wake >= 0)
		(void)close(s->wake);
	free(s);
}

enum err stub_chain_open(struct turn *t, uint64_t chain_id, struct eth_addr rich,
			 struct stub_chain **out)
{
	struct stub_chain *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->facts = (struct stub_facts){ .chain_id = chain_id,
					.rich = rich,
					.genesis_s = clock_wall_ms() / 1000 - 1 };
	for (size_t i = 0; i < CONNECTIONS; i++)
		s->visitors[i].fd = -1;
	s->wake = eventfd(0, EFD_CLOEXEC);
	if (s->wake < 0 || !listen_anywhere(s) || !start(s)) {
		enum err e = fail(t, ERR_AWAY, "the stub chain cannot listen on 127.0.0.1: %s",
				  strerror(errno));

		forget(s);
		return e;
	}
	*out = s;
	return OK;
}

unsigned stub_chain_port(const struct stub_chain *s)
{
	return s->port;
}

void stub_chain_close(struct stub_chain *s)
{
	static const uint64_t one = 1;

	if (!s)
		return;
	if (write(s->wake, &one, sizeof(one)) != sizeof(one))
		abort();
	(void)pthread_join(s->thread, NULL);
	for (size_t i = 0; i < CONNECTIONS; i++)
		if (s->visitors[i].fd >= 0)
			leave(&s->visitors[i]);
	forget(s);
}
