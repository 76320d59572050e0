#include "tests/support/httpd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/stop.h"

enum { CONNECTIONS_MAX = 64, REQUEST_MAX = 4 << 20 };

struct connection {
	struct httpd *h;
	pthread_t thread;
	int fd;
	unsigned number;
	char *in; /* REQUEST_MAX + 1 */
	size_t n;
};

struct httpd {
	httpd_fn *fn;
	void *arg;
	int fd;
	int stop[2]; /* readable once it is to stop */
	char url[64];
	pthread_t thread;
	pthread_mutex_t lock; /* of all below, and around fn */
	unsigned requests, connections;
	struct connection c[CONNECTIONS_MAX];
};

/* Readable within the time? Not when the server is to stop. */
static bool wait_for(struct httpd *h, int fd, int ms)
{
	struct pollfd p[2] = { { .fd = h->stop[0], .events = POLLIN },
			       { .fd = fd, .events = POLLIN } };

	return poll(p, fd < 0 ? 1 : 2, ms) > 0 && !p[0].revents;
}

static bool send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

char *httpd_text(const char *fmt, ...)
{
	char *s;
	va_list ap;

	va_start(ap, fmt);
	int n = vasprintf(&s, fmt, ap);

	va_end(ap);
	if (n < 0)
		abort();
	return s;
}

/* ---- one connection ---- */

/* The length of the first whole request in c->in; 0: not whole yet. */
static size_t whole(const struct connection *c, size_t *head_out)
{
	const char *end = strstr(c->in, "\r\n\r\n");
	const char *length = strcasestr(c->in, "\r\ncontent-length:");

	if (!end)
		return 0;
	*head_out = (size_t)(end - c->in) + 4;
	size_t body = length && length < end ? strtoul(length + 17, NULL, 10) : 0;

	return c->n >= *head_out + body ? *head_out + body : 0;
}

static bool answer_whole(int fd, const struct httpd_reply *r)
{
	size_t n = r->body ? strlen(r->body) : 0;
	char *head = httpd_text("HTTP/1.1 %d Said\r\nContent-Length: %zu\r\n%s\r\n",
				r->status ? r->status : 200, n, r->extra ? r->extra : "");
	bool ok = send_all(fd, head, strlen(head)) &&
		  send_all(fd, r->body ? r->body : "", r->how == HTTPD_CUT ? n / 2 : n);

	free(head);
	return ok && r->how == HTTPD_WHOLE;
}

static bool answer_chunked(int fd, const struct httpd_reply *r)
{
	const char *p = r->body ? r->body : "";
	char *head = httpd_text("HTTP/1.1 %d Said\r\nTransfer-Encoding: chunked\r\n%s\r\n",
				r->status ? r->status : 200, r->extra ? r->extra : "");
	bool ok = send_all(fd, head, strlen(head));

	free(head);
	for (size_t n = strlen(p); ok && n;) {
		size_t part = n < 1000 ? n : 1000;
		char *size = httpd_text("%zx\r\n", part);

		ok = send_all(fd, size, strlen(size)) && send_all(fd, p, part) &&
		     send_all(fd, "\r\n", 2);
		free(size);
		p += part;
		n -= part;
	}
	return ok && send_all(fd, "0\r\n\r\n", 5);
}

/* True: the connection goes on. */
static bool answer(struct httpd *h, int fd, const struct httpd_reply *r)
{
	if (r->delay_ms) {
		(void)wait_for(h, -1, (int)r->delay_ms);
		/* Nobody answers after the end. */
		if (poll(&(struct pollfd){ .fd = h->stop[0], .events = POLLIN }, 1, 0) > 0)
			return false;
	}
	switch (r->how) {
	case HTTPD_WHOLE:
	case HTTPD_CUT:
		return answer_whole(fd, r);
	case HTTPD_CHUNKED:
		return answer_chunked(fd, r);
	case HTTPD_RAW:
		(void)send_all(fd, r->body, strlen(r->body));
		return false;
	case HTTPD_CLOSE:
		return false;
	}
	return false;
}

static bool serve_one(struct connection *c, size_t head, size_t n)
{
	struct httpd_reply r = { 0 };
	char *first = strndup(c->in, head), *body = strndup(c->in + head, n - head);

	if (!first || !body)
		abort();
	pthread_mutex_lock(&c->h->lock);
	c->h->fn(c->h->arg,
		 &(struct httpd_request){ .connection = c->number,
					  .number = ++c->h->requests,
					  .head = first,
					  .body = body },
		 &r);
	pthread_mutex_unlock(&c->h->lock);
	bool more = answer(c->h, c->fd, &r);

	free(r.body);
	free(first);
	free(body);
	memmove(c->in, c->in + n, c->n - n);
	c->n -= n;
	c->in[c->n] = 0;
	return more;
}

static void *serve(void *arg)
{
	struct connection *c = arg;
	bool more = true;

	while (more && wait_for(c->h, c->fd, -1)) {
		ssize_t got = recv(c->fd, c->in + c->n, REQUEST_MAX - c->n, 0);
		size_t head, n;

		if (got <= 0)
			break;
		c->n += (size_t)got;
		c->in[c->n] = 0;
		while (more && (n = whole(c, &head)))
			more = serve_one(c, head, n);
	}
	(void)shutdown(c->fd, SHUT_RDWR);
	return NULL;
}

/* ---- all of them ---- */

static void *accept_all(void *arg)
{
	struct httpd *h = arg;

	while (wait_for(h, h->fd, -1)) {
		int fd = accept(h->fd, NULL, NULL);

		if (fd < 0)
			continue;
		pthread_mutex_lock(&h->lock);
		if (!h->fn || h->connections == CONNECTIONS_MAX) {
			(void)close(fd);
			h->connections += !h->fn;
			pthread_mutex_unlock(&h->lock);
			continue;
		}
		struct connection *c = &h->c[h->connections++];

		/* Head and body are two writes: without this each answer may wait 40 ms. */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));

		*c = (struct connection){
			.h = h, .fd = fd, .number = h->connections, .in = calloc(1, REQUEST_MAX + 1)
		};
		if (!c->in || pthread_create(&c->thread, NULL, serve, c) != 0)
			abort();
		pthread_mutex_unlock(&h->lock);
	}
	return NULL;
}

struct httpd *httpd_start(httpd_fn *fn, void *arg)
{
	struct httpd *h = calloc(1, sizeof(*h));
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);

	if (!h || pipe(h->stop) != 0 || pthread_mutex_init(&h->lock, NULL) != 0)
		stop_test("httpd: no pipe");
	h->fn = fn;
	h->arg = arg;
	h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (h->fd < 0 || bind(h->fd, (struct sockaddr *)&at, n) != 0 || listen(h->fd, 64) != 0 ||
	    getsockname(h->fd, (struct sockaddr *)&at, &n) != 0)
		stop_test("httpd: cannot listen");
	(void)snprintf(h->url, sizeof(h->url), "http://127.0.0.1:%u/", ntohs(at.sin_port));
	if (pthread_create(&h->thread, NULL, accept_all, h) != 0)
		abort();
	return h;
}

void httpd_stop(struct httpd *h)
{
	if (!h)
		return;
	if (write(h->stop[1], "", 1) != 1)
		abort();
	(void)pthread_join(h->thread, NULL);
	for (unsigned i = 0; h->fn && i < h->connections; i++) {
		(void)pthread_join(h->c[i].thread, NULL);
		(void)close(h->c[i].fd);
		free(h->c[i].in);
	}
	(void)close(h->fd);
	(void)close(h->stop[0]);
	(void)close(h->stop[1]);
	(void)pthread_mutex_destroy(&h->lock);
	free(h);
}

const char *httpd_url(const struct httpd *h)
{
	return h->url;
}

void httpd_lock(struct httpd *h)
{
	pthread_mutex_lock(&h->lock);
}

void httpd_unlock(struct httpd *h)
{
	pthread_mutex_unlock(&h->lock);
}

unsigned httpd_requests(struct httpd *h)
{
	pthread_mutex_lock(&h->lock);
	unsigned n = h->requests;

	pthread_mutex_unlock(&h->lock);
	return n;
}

unsigned httpd_connections(struct httpd *h)
{
	pthread_mutex_lock(&h->lock);
	unsigned n = h->connections;

	pthread_mutex_unlock(&h->lock);
	return n;
}

/* ---- JSON-RPC ---- */

static void answer_call(FILE *f, const json_t *call, bool *any, httpd_call_fn *fn, void *arg)
{
	char *said = fn(arg, json_string_value(json_object_get(call, "method")),
			json_object_get(call, "params"));
	char *id = json_dumps(json_object_get(call, "id"), JSON_ENCODE_ANY);

	if (!id)
		stop_test("httpd: a call without an id");
	if (said)
		(void)fprintf(f, "%s{\"jsonrpc\":\"2.0\",\"id\":%s,%s}", *any ? "," : "", id, said);
	*any = *any || said;
	free(said);
	free(id);
}

char *httpd_rpc(const char *body, httpd_call_fn *fn, void *arg)
{
	json_t *asked = json_loads(body, 0, NULL);
	char *text = NULL;
	size_t n, i;
	FILE *f = open_memstream(&text, &n);
	json_t *call;
	bool any = false;

	if (!asked || !f)
		stop_test("httpd: asked something that is not JSON: %s", body);
	if (json_is_array(asked)) {
		(void)fputc('[', f);
		json_array_foreach(asked, i, call) answer_call(f, call, &any, fn, arg);
		(void)fputc(']', f);
	} else {
		answer_call(f, asked, &any, fn, arg);
	}
	(void)fclose(f);
	json_decref(asked);
	return text;
}
