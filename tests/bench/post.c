#include "tests/bench/post.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

enum { ROOM = 16 << 20, GIVE_UP_S = 60 };

struct post {
	int fd;
	char *in;
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

struct post *post_open(unsigned port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval limit = { .tv_sec = GIVE_UP_S };
	struct post *p = calloc(1, sizeof(*p));
	int on = 1;

	if (!p || !(p->in = calloc(1, ROOM)))
		abort();
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (p->fd < 0 || connect(p->fd, (struct sockaddr *)&at, sizeof(at)) != 0)
		die("post: connect");
	(void)setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return p;
}

void post_close(struct post *p)
{
	(void)close(p->fd);
	free(p->in);
	free(p);
}

static void say(struct post *p, const char *body, size_t n)
{
	char head[160];
	int len =
		snprintf(head, sizeof(head),
			 "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
			 "Content-Length: %zu\r\n\r\n",
			 n);
	struct iovec v[] = { { head, (size_t)len }, { (void *)(size_t)body, n } };
	size_t left = (size_t)len + n;
	int i = 0;

	while (left > 0) {
		ssize_t sent = writev(p->fd, v + i, 2 - i);

		if (sent <= 0)
			die("post: send");
		left -= (size_t)sent;
		while (i < 2 && (size_t)sent >= v[i].iov_len)
			sent -= (ssize_t)v[i++].iov_len;
		if (i < 2) {
			v[i].iov_base = (char *)v[i].iov_base + sent;
			v[i].iov_len -= (size_t)sent;
		}
	}
}

/* Where the body starts, once head and body are there whole; NULL: not yet. */
static char *whole(struct post *p, size_t have)
{
	char *end = strstr(p->in, "\r\n\r\n");

	if (!end)
		return NULL;
	if (strncmp(p->in, "HTTP/1.1 200", 12) != 0)
		die("post: no 200");
	const char *len = strcasestr(p->in, "\ncontent-length:");

	if (!len || len > end)
		die("post: no content-length");
	return have >= (size_t)(end + 4 - p->in) + strtoul(len + 16, NULL, 10) ? end + 4 : NULL;
}

const char *post(struct post *p, const char *body, size_t n)
{
	size_t have = 0;
	char *answer;

	say(p, body, n);
	do {
		ssize_t got = recv(p->fd, p->in + have, ROOM - 1 - have, 0);

		if (got <= 0)
			die("post: receive");
		have += (size_t)got;
		p->in[have] = '\0';
	} while (!(answer = whole(p, have)));
	return answer;
}

size_t post_count(const char *text, const char *word)
{
	size_t n = 0, len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len)
		n++;
	return n;
}
