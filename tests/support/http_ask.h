/* tests/support/http_ask.h - HTTP by raw sockets: what a client sends, byte for byte, and what
 * comes back. For tests of the HTTP door on 127.0.0.1. */
#ifndef TESTS_SUPPORT_HTTP_ASK_H
#define TESTS_SUPPORT_HTTP_ASK_H

#include <stdbool.h>
#include <stddef.h>

enum { HTTP_ANSWER_MAX = 1 << 20 };

struct http_answer {
	int status; /* 0: the connection was closed without an answer */
	char *head; /* with the status line, ends in an empty line */
	char *body; /* NUL-terminated */
	size_t n_body;
};

/* A connection; fails the test when there is none. */
int http_connect(unsigned port);
void http_send(int fd, const void *p, size_t n);

/* One answer; no_body for HEAD. Fails the test after ten seconds of silence. */
struct http_answer http_receive(int fd, bool no_body);
void http_answer_free(struct http_answer *a);

/* "VERB path", with these header lines (each ended by \r\n; "" for none; a Host is added unless
 * they have one) and this body (NULL: none), on a connection of its own. */
struct http_answer http_ask(unsigned port, const char *verb, const char *path, const char *headers,
			    const char *body);

/* The value of a header of the answer, "" when it is not there; until the next call. */
const char *http_header(const struct http_answer *a, const char *name);

#endif
