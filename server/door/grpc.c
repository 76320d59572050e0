/* Opening and closing the gRPC door, and its threads. */
#include "server/door/grpc.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <grpc/compression.h>
#include <grpc/support/log.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/door/grpc_inside.h"
#include "server/door/limits.h"
#include "server/door/port.h"
#include "store/base/clock.h"
#include "store/base/log.h"

enum {
	THREADS_MAX = 4,
	CORE_LOG = 20,
	/* Calls that C-core may give us before we ask again; more cost memory, 512 cost time. */
	ASKED_CACHED = 64,
	ASKED_UNARY = 16,
	ASKED_STREAM = 4,
	/* At least one must be out at any time, or a call of an unknown method waits for its
	 * deadline instead of being told. */
	ASKED_UNKNOWN = 4,
};

/* ---- routes ---- */

static const struct {
	struct method m;
	own_fn *own;
	own_watch_fn *own_watch;
} built_in[] = {
	{ { .service = "grpc.health.v1.Health", .name = "Check", .mode = METHOD_READ },
	  health_check,
	  NULL },
	{ { .service = "grpc.health.v1.Health", .name = "List", .mode = METHOD_READ },
	  health_list_services,
	  NULL },
	{ { .service = "grpc.health.v1.Health",
	    .name = "Watch",
	    .mode = METHOD_STREAM,
	    .topics = CHANGED_SERVING },
	  NULL,
	  health_watch },
	{ { .service = "grpc.reflection.v1.ServerReflection",
	    .name = "ServerReflectionInfo",
	    .mode = METHOD_STREAM },
	  reflect_answer,
	  NULL },
	{ { .service = "grpc.reflection.v1alpha.ServerReflection",
	    .name = "ServerReflectionInfo",
	    .mode = METHOD_STREAM },
	  reflect_answer,
	  NULL },
};
enum { BUILT_IN = sizeof(built_in) / sizeof(built_in[0]) };

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct route *)a)->p->path, ((const struct route *)b)->p->path);
}

static enum err route_fill(struct turn *t, const struct grpc_door *d, const struct method *m,
			   struct route *r)
{
	r->m = m;
	r->p = proto_method(m->service, m->name);
	if (!r->p)
		return fail(t, ERR_BROKEN, "the contract has no method %s/%s", m->service, m->name);
	if (r->p->server_streaming != (m->mode == METHOD_STREAM))
		return fail(t, ERR_BROKEN, "%s: the row's mode is not what the contract says",
			    r->p->path);
	if (m->flags & METHOD_CACHED && (m->mode != METHOD_READ || !m->topics))
		return fail(t, ERR_BROKEN, "%s: only a READ row with topics can be CACHED",
			    r->p->path);
	if (m->mode == METHOD_SLOW && !d->slow)
		return fail(t, ERR_BROKEN, "%s: a SLOW row needs the slow worker", r->p->path);
	/* v1alpha's messages are v1's on the wire, and one handler serves both. */
	const struct proto_method *as =
		strcmp(m->service, "grpc.reflection.v1alpha.ServerReflection") == 0
			? proto_method("grpc.reflection.v1.ServerReflection", m->name)
			: r->p;
	const char *package_end = strrchr(m->service, '.');

	r->in = as->method->input;
	r->out = as->method->output;
	r->fields = message_fields(r->in);
	r->what = r->p->path + 1 + (package_end ? package_end + 1 - m->service : 0);
	return OK;
}

/* Sorted by path, so that the routes of a service stand together. */
static enum err routes_make(struct turn *t, struct grpc_door *d, const struct grpc_options *o)
{
	d->n_routes = BUILT_IN + o->n_methods;
	d->routes = calloc(d->n_routes, sizeof(*d->routes));
	if (!d->routes)
		abort();
	for (size_t i = 0; i < BUILT_IN; i++) {
		TRY(route_fill(t, d, &built_in[i].m, &d->routes[i]));
		d->routes[i].own = built_in[i].own;
		d->routes[i].own_watch = built_in[i].own_watch;
	}
	for (size_t i = 0; i < o->n_methods; i++)
		TRY(route_fill(t, d, &o->methods[i], &d->routes[BUILT_IN + i]));
	qsort(d->routes, d->n_routes, sizeof(*d->routes), by_path);
	for (size_t i = 1; i < d->n_routes; i++)
		if (by_path(&d->routes[i - 1], &d->routes[i]) == 0)
			return fail(t, ERR_BROKEN, "two rows for %s", d->routes[i].p->path);
	return OK;
}

/* ---- threads ---- */

static void server_is_down(struct grpc_door *d)
{
	(void)pthread_mutex_lock(&d->calls_lock);
	d->shut_down = true;
	(void)pthread_cond_broadcast(&d->calls_changed);
	(void)pthread_mutex_unlock(&d->calls_lock);
}

static void *door_main(void *arg)
{
	struct door_thread *th = arg;
	struct grpc_door *d = th->door;

	for (;;) {
		grpc_event ev =
			grpc_completion_queue_next(d->cq, gpr_inf_future(GPR_CLOCK_REALTIME), NULL);

		if (ev.type == GRPC_QUEUE_SHUTDOWN)
			return NULL;
		if (ev.tag == d) {
			server_is_down(d);
			continue;
		}
		struct tag *tag = ev.tag;

		(void)atomic_load_explicit(&tag->handed, memory_order_acquire);
		struct call *c = tag->call;

		tag->fn(th, c, ev.success);
		call_unref(c);
	}
}

static void drop_buffer(void *answer)
{
	grpc_byte_buffer_destroy(answer);
}

static enum err threads_make(struct turn *t, struct grpc_door *d, unsigned n)
{
	d->threads = calloc(n, sizeof(*d->threads));
	if (!d->threads)
		abort();
	d->n_threads = n;
	for (unsigned i = 0; i < n; i++) {
		struct door_thread *th = &d->threads[i];

		th->door = d;
		th->mem = arena_new(CALL_MEMORY);
		th->doorman = doorman_open(d->store);
		th->cache = cache_open(drop_buffer);
		TRY(store_session(t, d->store, &th->db));
	}
	return OK;
}

static enum err threads_start(struct turn *t, struct grpc_door *d)
{
	for (unsigned i = 0; i < d->n_threads; i++) {
		struct door_thread *th = &d->threads[i];

		th->running = pthread_create(&th->id, NULL, door_main, th) == 0;
		if (!th->running)
			return fail(t, ERR_AWAY, "cannot start a thread of the gRPC door");
	}
	if (!pulse_start(d))
		return fail(t, ERR_AWAY, "cannot start a thread of the gRPC door");
	return OK;
}

static void threads_free(struct grpc_door *d)
{
	for (unsigned i = 0; i < d->n_threads; i++) {
		struct door_thread *th = &d->threads[i];

		store_session_close(th->db);
		doorman_close(th->doorman);
		cache_close(th->cache);
		arena_free(th->mem);
	}
	free(d->threads);
}

/* ---- C-core ---- */

/* What C-core complains of is mostly what a caller did: at most CORE_LOG lines a second. */
static void log_from_core(gpr_log_func_args *a)
{
	static atomic_llong second;
	static atomic_int lines;
	const char *file = strrchr(a->file, '/');
	long long now = clock_mono_ms() / 1000;

	if (atomic_exchange(&second, now) != now)
		atomic_store(&lines, 0);
	if (atomic_fetch_add(&lines, 1) >= CORE_LOG)
		return;

	log_line(NULL, a->severity == GPR_LOG_SEVERITY_ERROR ? LOG_WARN : LOG_DEBUG, "grpc", "why",
		 a->message, "at", file ? file + 1 : a->file, NULL);
}

static grpc_arg arg(const char *key, int value)
{
	return (grpc_arg){ .type = GRPC_ARG_INTEGER, .key = (char *)key, .value.integer = value };
}

/* Debian builds abseil, C-core's locks, with a search for deadlocks at each lock: some 4 % of a
 * call. It is a developer's tool, and ours is tsan. The name is abseil's of 2022-06-23; where it
 * is another, nothing is changed. */
static void no_deadlock_search(void)
{
	static const char name[] =
		"_ZN4absl7debian329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE";
	void (*set_mode)(int);

	*(void **)&set_mode = dlsym(RTLD_DEFAULT, name);
	if (set_mode)
		set_mode(0);
}

static void core_start(struct grpc_door *d, const struct grpc_options *o)
{
	size_t max = o->max_message ? o->max_message : LIMIT_GRPC_REQUEST;
	grpc_arg list[] = {
		arg(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, (int)max),
		/* C-core inflates a message before it looks at its size: 1 MiB of gzip would
		 * become 1 GiB before anyone was asked for a token. */
		arg(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0),
		arg(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0),
		arg(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE),
		/* Else a second daemon would bind the same port without a word. */
		arg(GRPC_ARG_ALLOW_REUSEPORT, 0),
		arg(GRPC_ARG_MAX_CONCURRENT_STREAMS, LIMIT_GRPC_CONCURRENT),
		arg(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, LIMIT_GRPC_HANDSHAKE),
		arg(GRPC_ARG_KEEPALIVE_TIME_MS, LIMIT_GRPC_KEEPALIVE),
		arg(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, LIMIT_GRPC_KEEPALIVE_TIMEOUT),
		arg(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1),
		arg(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, LIMIT_GRPC_PING_MIN),
		arg(GRPC_ARG_HTTP2_MAX_PING_STRIKES, LIMIT_GRPC_PING_STRIKES),
		arg(GRPC_ARG_MAX_CONNECTION_IDLE_MS, LIMIT_GRPC_IDLE),
		arg(GRPC_ARG_MAX_CONNECTION_AGE_MS, o->age_ms ? o->age_ms : LIMIT_GRPC_AGE),
		arg(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
		    o->age_grace_ms ? o->age_grace_ms : LIMIT_GRPC_AGE_GRACE),
		arg(GRPC_ARG_ENABLE_CHANNELZ, 0),
		arg(GRPC_ARG_ENABLE_CENSUS, 0),
		arg(GRPC_ARG_ENABLE_LOAD_REPORTING, 0),
		arg(GRPC_ARG_MAX_CHANNEL_TRACE_EVENT_MEMORY_PER_NODE, 0),
	};
	grpc_channel_args args = { sizeof(list) / sizeof(list[0]), list };

	no_deadlock_search();
	grpc_init();
	gpr_set_log_function(log_from_core);
	d->server = grpc_server_create(&args, NULL);
	d->cq = grpc_completion_queue_create_for_next(NULL);
	grpc_server_register_completion_queue(d->server, d->cq, NULL);
}

/* What bind() itself says: C-core only tells that it failed. */
static int bind_errno(const char *address, unsigned port)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				  .ai_socktype = SOCK_STREAM },
			*a;
	char service[16];
	int on = 1, why = 0;

	(void)snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(address, service, &hints, &a) != 0)
		return EADDRNOTAVAIL;
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, 1) != 0)
		why = errno;
	if (fd >= 0)
		(void)close(fd);
	freeaddrinfo(a);
	return why;
}

static enum err cannot_bind(struct turn *t, const struct grpc_options *o)
{
	int why = bind_errno(o->address, o->port);

	if (why == EADDRINUSE) {
		const char *who = port_holder(t, o->port);

		return fail(t, ERR_EXISTS,
			    "gRPC: %s port %u is taken%s%s: stop it, or choose another port",
			    o->address, o->port, *who ? " by " : "", who);
	}
	return fail(t, ERR_REFUSED, "gRPC: cannot listen on %s port %u: %s", o->address, o->port,
		    strerror(why));
}

static enum err core_bind(struct turn *t, struct grpc_door *d, const struct grpc_options *o)
{
	grpc_server_credentials *creds = door_credentials(d);
	bool six = strchr(o->address, ':') != NULL;
	const char *at = turn_printf(t, six ? "[%s]:%u" : "%s:%u", o->address, o->port);
	int port = grpc_server_add_http2_port(d->server, at, creds);

	grpc_server_credentials_release(creds);
	d->port = (unsigned)port;
	return port > 0 ? OK : cannot_bind(t, o);
}

static enum err core_register(struct turn *t, struct grpc_door *d)
{
	for (size_t i = 0; i < d->n_routes; i++) {
		struct route *r = &d->routes[i];

		r->handle = grpc_server_register_method(
			d->server, r->p->path, NULL,
			r->p->client_streaming ? GRPC_SRM_PAYLOAD_NONE
					       : GRPC_SRM_PAYLOAD_READ_INITIAL_BYTE_BUFFER,
			0);
		if (!r->handle)
			return fail(t, ERR_BROKEN, "cannot register %s", r->p->path);
	}
	return OK;
}

static bool holds_on(const struct method *m)
{
	return m->mode == METHOD_STREAM || m->mode == METHOD_WAIT;
}

static void ask_for_calls(struct grpc_door *d)
{
	for (size_t i = 0; i < d->n_routes; i++) {
		const struct method *m = d->routes[i].m;
		unsigned n = holds_on(m)                ? ASKED_STREAM
			     : m->flags & METHOD_CACHED ? ASKED_CACHED
							: ASKED_UNARY;

		for (unsigned k = 0; k < n; k++)
			(void)call_post(d, &d->routes[i]);
	}
	for (unsigned k = 0; k < ASKED_UNKNOWN; k++)
		(void)call_post(d, NULL);
}

/* ---- open and close ---- */

static void cond_init(pthread_cond_t *c)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(c, &attr);
	(void)pthread_condattr_destroy(&attr);
}

static struct grpc_door *door_new(struct store *s, const struct grpc_options *o)
{
	struct grpc_door *d = calloc(1, sizeof(*d));

	if (!d)
		abort();
	d->store = s;
	d->slow = o->slow;
	d->tls = o->tls;
	d->refusals = o->refusals;
	d->max_streams = o->streams ? o->streams : LIMIT_GRPC_STREAMS;
	d->max_streams_each = o->streams_each ? o->streams_each : LIMIT_GRPC_STREAMS_EACH;
	d->heartbeat_ms = o->heartbeat_ms ? o->heartbeat_ms : LIMIT_GRPC_HEARTBEAT;
	d->answered_end = &d->answered;
	(void)pthread_mutex_init(&d->calls_lock, NULL);
	(void)pthread_mutex_init(&d->answered_lock, NULL);
	(void)pthread_mutex_init(&d->streams_lock, NULL);
	cond_init(&d->calls_changed);
	cond_init(&d->streams_changed);
	return d;
}

static unsigned threads_wanted(const struct grpc_options *o)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (o->threads)
		return o->threads;
	return cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (unsigned)cores;
}

static enum err open_all(struct turn *t, struct grpc_door *d, const struct grpc_options *o)
{
	TRY(routes_make(t, d, o));
	TRY(threads_make(t, d, threads_wanted(o)));
	core_start(d, o);
	TRY(core_bind(t, d, o));
	TRY(core_register(t, d));
	grpc_server_start(d->server);
	ask_for_calls(d);
	TRY(threads_start(t, d));
	store_listen(d->store, pulse_changed, d);
	return OK;
}

enum err grpc_door_open(struct turn *t, struct store *s, const struct grpc_options *o,
			struct grpc_door **out)
{
	struct grpc_door *d = door_new(s, o);
	sigset_t all, before;

	/* No thread that is started in here, C-core's included, takes a signal meant for main. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	enum err e = open_all(t, d, o);

	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (e != OK) {
		grpc_door_close(d, 0);
		return e;
	}
	*out = d;
	return OK;
}

unsigned grpc_door_port(const struct grpc_door *d)
{
	return d->port;
}

void grpc_door_serving(struct grpc_door *d, bool serving)
{
	atomic_store(&d->serving, serving);
	pulse_changed(d, CHANGED_SERVING);
}

/* Until every call is back and C-core says so too. False: `until_ms` came first; 0: no limit. */
static bool wait_for_calls(struct grpc_door *d, int64_t until_ms)
{
	struct timespec until = { .tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000 };
	int rc = 0;

	(void)pthread_mutex_lock(&d->calls_lock);
	while ((d->out > 0 || !d->shut_down) && rc == 0)
		rc = until_ms ? pthread_cond_timedwait(&d->calls_changed, &d->calls_lock, &until)
			      : pthread_cond_wait(&d->calls_changed, &d->calls_lock);
	(void)pthread_mutex_unlock(&d->calls_lock);
	return rc == 0;
}

/* New calls are refused, streams end themselves, the rest may finish, then it is cancelled. What a
 * handler has begun always ends: the lane, the worker and the door threads run to the end. */
static void drain(struct grpc_door *d, int64_t grace_ms)
{
	atomic_store(&d->draining, true);
	atomic_store(&d->serving, false);
	grpc_server_shutdown_and_notify(d->server, d->cq, d);
	pulse_changed(d, CHANGED_DRAINING);
	if (!wait_for_calls(d, clock_mono_ms() + grace_ms)) {
		grpc_server_cancel_all_calls(d->server);
		(void)wait_for_calls(d, 0);
	}
}

/* C-core wants the server to be shut down also when no thread of ours ever ran. */
static void drain_alone(struct grpc_door *d)
{
	atomic_store(&d->draining, true);
	grpc_server_shutdown_and_notify(d->server, d->cq, d);
	grpc_server_cancel_all_calls(d->server);
}

void grpc_door_close(struct grpc_door *d, int64_t grace_ms)
{
	if (!d)
		return;
	bool threads = d->n_threads > 0 && d->threads[0].running;

	store_unlisten(d->store, pulse_changed, d);
	if (d->server && threads)
		drain(d, grace_ms);
	else if (d->server)
		drain_alone(d);
	pulse_stop(d);
	if (d->server) {
		grpc_completion_queue_shutdown(d->cq);
		for (unsigned i = 0; i < d->n_threads; i++)
			if (d->threads[i].running)
				(void)pthread_join(d->threads[i].id, NULL);
		if (!threads)
			(void)door_main(&d->threads[0]);
		grpc_server_destroy(d->server);
		grpc_completion_queue_destroy(d->cq);
		grpc_shutdown_blocking();
	}
	call_free_all(d);
	threads_free(d);
	(void)pthread_cond_destroy(&d->streams_changed);
	(void)pthread_cond_destroy(&d->calls_changed);
	(void)pthread_mutex_destroy(&d->streams_lock);
	(void)pthread_mutex_destroy(&d->answered_lock);
	(void)pthread_mutex_destroy(&d->calls_lock);
	free(d->routes);
	free(d);
}
