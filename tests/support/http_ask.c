#include "tests/support/http_ask.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tests/support/stop.h"

enum { PATIENCE_S = 10, REQUEST_MAX = 256 * 1024 };

int http_connect(unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		stop_test("no connection to port %u", port);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

void http_send(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n > 0) {
		ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);

		/* The door may have answered and closed already: the answer says why. */
		if (sent <= 0)
			return;
		at += sent;
		n -= (size_t)sent;
	}
}

/* One byte more than asked is never taken: the next answer on the connection stays. */
static bool take(int fd, char *p, size_t n)
{
	while (n > 0) {
		ssize_t got = recv(fd, p, n, 0);

		if (got <= 0)
			return false;
		p += got;
		n -= (size_t)got;
	}
	return true;
}

const char *http_header(const struct http_answer *a, const char *name)
{
	static _Thread_local char value[512];
	size_t n = strlen(name);

	for (const char *p = a->head; (p = strstr(p, "\r\n")) != NULL;) {
		p += 2;
		if (strncasecmp(p, name, n) == 0 && p[n] == ':') {
			p += n + 1 + strspn(p + n + 1, " ");
			(void)snprintf(value, sizeof(value), "%.*s", (int)strcspn(p, "\r"), p);
			return value;
		}
	}
	return "";
}

struct http_answer http_receive(int fd, bool no_body)
{
	struct http_answer a = { .head = calloc(1, 64 * 1024), .body = calloc(1, 1) };
	size_t n = 0;

	while (n < 4 || memcmp(a.head + n - 4, "\r\n\r\n", 4) != 0) {
		if (n + 1 == 64 * 1024)
			stop_test("the head of the answer does not end");
		if (!take(fd, a.head + n, 1))
			return a;
		n++;
	}
	if (sscanf(a.head, "HTTP/1.%*c %d", &a.status) != 1)
		stop_test("not HTTP: %s", a.head);
	a.n_body = no_body ? 0 : strtoul(http_header(&a, "Content-Length"), NULL, 10);
	if (a.n_body > HTTP_ANSWER_MAX)
		stop_test("an answer of %zu bytes", a.n_body);
	a.body = realloc(a.body, a.n_body + 1);
	a.body[a.n_body] = 0;
	if (!take(fd, a.body, a.n_body))
		stop_test("the answer ends early: %s", a.head);
	return a;
}

void http_answer_free(struct http_answer *a)
{
	free(a->head);
	free(a->body);
	*a = (struct http_answer){ 0 };
}

struct http_answer http_ask(unsigned port, const char *verb, const char *path, const char *headers,
			    const char *body)
{
	char *request = calloc(1, REQUEST_MAX);
	int fd = http_connect(port);
	int n = snprintf(request, REQUEST_MAX, "%s %s HTTP/1.1\r\n%s%s", verb, path,
			 strstr(headers, "Host:") ? "" : "Host: localhost\r\n", headers);

	if (body)
		n += snprintf(request + n, REQUEST_MAX - (size_t)n, "Content-Length: %zu\r\n\r\n%s",
			      strlen(body), body);
	else
		n += snprintf(request + n, REQUEST_MAX - (size_t)n, "\r\n");
	http_send(fd, request, (size_t)n);
	struct http_answer a = http_receive(fd, strcmp(verb, "HEAD") == 0);

	(void)close(fd);
	free(request);
	return a;
}
