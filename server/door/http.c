#include "server/door/http.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <gnutls/abstract.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/door/http_inside.h"
#include "server/door/port.h"
#include "store/base/clock.h"
#include "store/base/log.h"

enum {
	WAIT_MS = 500,   /* how often late connections are looked for */
	POOL = 24 << 10, /* libmicrohttpd's memory of one connection: header and buffers */
	CLOSE_MS = 5000, /* what is being sent may go on this long after a close */
	BACKLOG = 512,
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* libmicrohttpd's callbacks, all on the door's thread. */

/* Before the handshake: the session gets the certificate that is in force now. */
static void begin_tls(struct http_door *d, struct MHD_Connection *c, struct conn *conn)
{
	if (!d->tls)
		return;
	conn->tls = MHD_get_connection_info(c, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
	conn->pair = tls_hold(d->tls);
	tls_attach(conn->tls, conn->pair);
}

static void free_closed(struct http_door *d)
{
	for (struct conn *c = d->closed, *next; c; c = next) {
		next = c->next;
		tls_let_go(c->pair);
		free(c);
	}
	d->closed = NULL;
}

static void on_connection(void *arg, struct MHD_Connection *c, void **context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct http_door *d = arg;
	struct conn *conn = *context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		conn = must(calloc(1, sizeof(*conn)));
		conn->fd =
			MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		conn->since_ms = clock_mono_ms();
		begin_tls(d, c, conn);
		conn->next = d->conns;
		if (conn->next)
			conn->next->prev = conn;
		d->conns = conn;
		*context = conn;
		return;
	}
	if (conn->next)
		conn->next->prev = conn->prev;
	if (conn->prev)
		conn->prev->next = conn->next;
	else
		d->conns = conn->next;
	/* The library ends the session after this, and the session points into the pair. */
	conn->next = d->closed;
	d->closed = conn;
	*context = NULL;
}

/* The request's first line is here; what this returns is the call's context from now on. */
static void *on_target(void *arg, const char *uri, struct MHD_Connection *c)
{
	struct conn *conn =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;

	conn->began = true;
	return call_new(arg, c, conn, uri);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url,
				  const char *verb, const char *version, const char *data,
				  size_t *n, void **context)
{
	(void)arg;
	(void)c;
	(void)url;
	(void)version;
	return call_step(*context, verb, data, n);
}

static void on_completed(void *arg, struct MHD_Connection *c, void **context,
			 enum MHD_RequestTerminationCode why)
{
	struct call *call = *context;

	(void)arg;
	(void)c;
	(void)why;
	if (!call)
		return;
	call->conn->began = call->conn->answering = false;
	call->conn->since_ms = clock_mono_ms();
	call_free(call);
	*context = NULL;
}

static void on_log(void *arg, const char *format, va_list ap) PRINTF(2, 0);
static void on_log(void *arg, const char *format, va_list ap)
{
	char why[256];

	(void)arg;
	(void)vsnprintf(why, sizeof(why), format, ap);
	why[strcspn(why, "\n")] = 0;
	log_line(NULL, LOG_DEBUG, "libmicrohttpd", "why", why, NULL);
}

static void on_panic(void *arg, const char *file, unsigned line, const char *why)
{
	(void)arg;
	log_broken(NULL, "libmicrohttpd: %s at %s:%u", why ? why : "", file, line);
	abort();
}

/* The door's thread. */

/* A request that does not arrive is told so, where enough of it came to deserve an answer. The
 * library waits for it and sends nothing, so this may. */
static void tell_late(const struct conn *conn)
{
	static const char body[] =
		"{\"error\":{\"code\":\"deadline_exceeded\",\"reason\":\"DEADLINE_EXCEEDED\","
		"\"message\":\"the request came too slowly\"}}\n";
	char late[512];
	int n = snprintf(late, sizeof(late),
			 "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
			 "Cache-Control: no-store\r\nContent-Type: application/json\r\n"
			 "Content-Length: %zu\r\n\r\n%s",
			 sizeof(body) - 1, body);

	if (conn->tls ? gnutls_record_send(conn->tls, late, (size_t)n) < 0
		      : send(conn->fd, late, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_line(NULL, LOG_DEBUG, "http", "why", "a slow caller left", NULL);
}

/* Shutting the socket down makes the library close the connection in its own way. */
static void end_late(struct http_door *d, int64_t now)
{
	for (struct conn *c = d->conns; c; c = c->next) {
		int64_t may = c->answering ? HTTP_SEND_MS : d->arrive_ms;

		if (c->working || now - c->since_ms < may)
			continue;
		if (c->began && !c->answering)
			tell_late(c);
		(void)shutdown(c->fd, SHUT_RDWR);
		c->since_ms = now;
	}
}

static bool busy(const struct http_door *d)
{
	for (const struct conn *c = d->conns; c; c = c->next)
		if (c->working || c->answering)
			return true;
	return false;
}

void call_resume(struct call *call)
{
	call->stage = CALL_DONE;
	call->conn->working = false;
	call->conn->since_ms = clock_mono_ms();
	MHD_resume_connection(call->c);
}

/* What the lane and the worker gave back. The library is told here, on its own thread. */
static void resume_finished(struct http_door *d)
{
	struct call *call;

	(void)pthread_mutex_lock(&d->lock);
	call = d->finished;
	d->finished = NULL;
	(void)pthread_mutex_unlock(&d->lock);
	for (; call; call = call->next) {
		/* Counted here, not where it is answered: a caller who left is never answered. */
		d->working--;
		call_resume(call);
	}
}

/* One round: waits for the sockets, for finished calls and for the library's own clocks. */
static void run_once(struct http_door *d, int wait_ms)
{
	struct pollfd fd[] = { { .fd = d->epoll, .events = POLLIN },
			       { .fd = d->wake, .events = POLLIN } };
	MHD_UNSIGNED_LONG_LONG own_ms;
	uint64_t wakes;

	wait_ms = wait_timeout(d, wait_ms);
	if (MHD_get_timeout(d->mhd, &own_ms) == MHD_YES && own_ms < (unsigned)wait_ms)
		wait_ms = (int)own_ms;
	if (poll(fd, 2, wait_ms) < 0 && errno != EINTR)
		log_broken(NULL, "the HTTP door cannot wait: %s", strerror(errno));
	if (read(d->wake, &wakes, sizeof(wakes)) > 0)
		resume_finished(d);
	wait_look(d);
	if (MHD_run(d->mhd) != MHD_YES)
		log_broken(NULL, "the HTTP door does not run");
	free_closed(d);
}

static void *door_main(void *arg)
{
	struct http_door *d = arg;
	int wait = d->arrive_ms < 2 * WAIT_MS ? (int)(d->arrive_ms / 4 + 1) : WAIT_MS;

	while (!atomic_load(&d->stop)) {
		run_once(d, wait);
		end_late(d, clock_mono_ms());
	}
	(void)MHD_quiesce_daemon(d->mhd);
	int64_t until = clock_mono_ms() + CLOSE_MS;

	/* What the lane or the worker has must come back: its memory is here. */
	while (d->working > 0 || d->waiting || (busy(d) && clock_mono_ms() < until))
		run_once(d, wait);
	MHD_stop_daemon(d->mhd);
	free_closed(d);
	return NULL;
}

void http_wake(struct http_door *d)
{
	static const uint64_t one = 1;

	if (write(d->wake, &one, sizeof(one)) < 0)
		abort();
}

/* Opening and closing. */

static enum err listen_on(struct turn *t, const struct http_options *o, int *fd_out, bool *local)
{
	struct sockaddr_storage a = { 0 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&a;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a;
	const char *address = strcmp(o->address, "localhost") == 0 ? "127.0.0.1" : o->address;
	socklen_t n = sizeof(*v4);
	int one = 1;

	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)o->port);
		*local = ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	} else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)o->port);
		*local = IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
		n = sizeof(*v6);
	} else {
		return fail(t, ERR_INVALID, "HTTP address '%.60s' is not an IP address", address);
	}
	int fd = socket(a.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return fail(t, ERR_AWAY, "no socket for the HTTP door: %s", strerror(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, n) != 0 || listen(fd, BACKLOG) != 0) {
		int why = errno;
		const char *holder = why == EADDRINUSE ? port_holder(t, o->port) : "";

		(void)close(fd);
		return fail(t, why == EADDRINUSE ? ERR_EXISTS : ERR_INVALID,
			    "HTTP cannot listen on %s:%u: %s%s%s; choose another port or stop it",
			    address, o->port, strerror(why), *holder ? ", held by " : "", holder);
	}
	*fd_out = fd;
	return OK;
}

static unsigned port_of(int fd)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &n) != 0)
		abort();
	return ntohs(a.ss_family == AF_INET ? ((struct sockaddr_in *)&a)->sin_port
					    : ((struct sockaddr_in6 *)&a)->sin6_port);
}

static enum err slow_wanted(struct turn *t, const struct http_options *o)
{
	bool wanted = false;

	for (size_t i = 0; i < o->n_routes; i++)
		wanted = wanted || o->routes[i].mode == METHOD_SLOW;
	for (size_t i = 0; i < o->n_methods; i++)
		wanted = wanted || o->methods[i].mode == METHOD_SLOW;
	return wanted && !o->slow ? fail(t, ERR_BROKEN, "a SLOW row needs the slow worker") : OK;
}

static void name_routes(struct http_door *d)
{
	d->what = must(calloc(d->n_routes + 1, sizeof(*d->what)));
	for (size_t i = 0; i < d->n_routes; i++) {
		const struct http_route *r = &d->routes[i];
		size_t size = strlen(r->verb) + strlen(r->path) + sizeof("HTTP  ");

		assert(r->mode != METHOD_STREAM && r->mode != METHOD_WAIT);
		d->what[i] = must(calloc(1, size));
		(void)snprintf(d->what[i], size, "HTTP %s %s", r->verb, r->path);
	}
}

/* The library wants to be told of a certificate; begin_tls gave the session its own. */
static int no_certificate(gnutls_session_t session, const gnutls_datum_t *ca, int n_ca,
			  const gnutls_pk_algorithm_t *pk, int n_pk, gnutls_pcert_st **cert,
			  unsigned *n, gnutls_privkey_t *key)
{
	(void)session;
	(void)ca;
	(void)n_ca;
	(void)pk;
	(void)n_pk;
	(void)cert;
	(void)n;
	(void)key;
	return -1;
}

static struct MHD_Daemon *mhd_start(struct http_door *d)
{
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(intptr_t)no_certificate },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)tls_priorities },
		{ MHD_OPTION_END, 0, NULL },
	};

	MHD_set_panic_func(on_panic, NULL);
	/* The library owns the listening socket from here on. */
	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
			(d->tls ? MHD_USE_TLS : 0),
		0, NULL, NULL, on_request, d, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
		MHD_OPTION_LISTEN_SOCKET, d->listener, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
		d, MHD_OPTION_NOTIFY_COMPLETED, on_completed, d, MHD_OPTION_URI_LOG_CALLBACK,
		on_target, d, MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, d->local ? 0U : (unsigned)HTTP_PER_ADDRESS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_ARRAY, d->tls ? tls : tls + 2, MHD_OPTION_END);
}

static void drop_response(void *answer)
{
	MHD_destroy_response(answer);
}

static void door_free(struct http_door *d)
{
	(void)close(d->wake);
	(void)pthread_mutex_destroy(&d->lock);
	doorman_close(d->doorman);
	arena_free(d->mem);
	cache_close(d->kept);
	store_session_close(d->db);
	for (size_t i = 0; d->what && i < d->n_routes; i++)
		free(d->what[i]);
	free(d->what);
	rpc_table_close(d->rpcs);
	free(d);
}

enum err http_door_open(struct turn *t, struct store *s, const struct http_options *o,
			struct http_door **out)
{
	struct http_door *d = must(calloc(1, sizeof(*d)));
	enum err e;

	d->store = s;
	d->tls = o->tls;
	d->refusals = o->refusals;
	d->routes = o->routes;
	d->n_routes = o->n_routes;
	d->slow = o->slow;
	d->kept = cache_open(drop_response);
	d->mem = arena_new(HTTP_ARENA_CAP);
	d->arrive_ms = o->arrive_ms ? o->arrive_ms : HTTP_ARRIVE_MS;
	(void)pthread_mutex_init(&d->lock, NULL);
	d->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (d->wake < 0)
		abort();
	name_routes(d);
	e = slow_wanted(t, o);
	if (e == OK)
		e = rpc_table_open(t, o->methods, o->n_methods, &d->rpcs);
	if (e == OK)
		e = listen_on(t, o, &d->listener, &d->local);
	if (e == OK) {
		d->port = port_of(d->listener);
		d->doorman = doorman_open(s);
		e = store_session(t, s, &d->db);
		if (e == OK && !(d->mhd = mhd_start(d)))
			e = fail(t, ERR_AWAY, "the HTTP door does not start: %s", strerror(errno));
		if (e != OK)
			(void)close(d->listener);
	}
	if (e != OK) {
		door_free(d);
		return e;
	}
	d->epoll = MHD_get_daemon_info(d->mhd, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	if (pthread_create(&d->thread, NULL, door_main, d) != 0)
		abort();
	*out = d;
	return OK;
}

unsigned http_door_port(const struct http_door *d)
{
	return d->port;
}

void http_door_close(struct http_door *d)
{
	if (!d)
		return;
	atomic_store(&d->stop, true);
	http_wake(d);
	(void)pthread_join(d->thread, NULL);
	(void)close(d->listener);
	door_free(d);
}
