/* One request: its head and body arrive, a route is found, its handler runs where the route says,
 * and the answer goes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "server/door/http_inside.h"
#include "server/door/trace.h"
#include "server/ops/metrics.h"
#include "store/base/clock.h"
#include "store/base/log.h"

enum { FAILURES_SAID = 20, PATH_SAID = 160 };

static const char *const mode_names[] = { "read", "write", "slow", "stream", "wait" };

struct call *call_new(struct http_door *d, struct MHD_Connection *c, struct conn *conn,
		      const char *uri)
{
	struct arena *mem = arena_new(HTTP_ARENA_CAP);
	struct call *call = arena_alloc(mem, sizeof(*call));

	*call = (struct call){ .door = d, .c = c, .conn = conn, .mem = mem };
	call->start_us = clock_mono_us();
	turn_begin(&call->t, d->store, d->db, mem, "HTTP", "anonymous", HTTP_TURN_MS);
	call->body = buf_in(mem, HTTP_BODY_MAX);
	char *target = turn_strdup(&call->t, uri), *query = strchr(target, '?');

	if (query)
		*query++ = 0;
	call->target = target;
	call->is_rpc = rpc_find(d->rpcs, target, &call->rpc);
	if (call->is_rpc)
		call->body.max = RPC_BODY_MAX;
	call->q = (struct http_request){ .path = target, .tail = "" };
	for (char *rest = query, *field; (field = strsep(&rest, "&")) != NULL;)
		if (strncmp(field, "verbose", 7) == 0 && (field[7] == 0 || field[7] == '='))
			call->q.verbose =
				strcmp(field + 7, "=0") != 0 && strcmp(field + 7, "=false") != 0;
	return call;
}

void call_free(struct call *call)
{
	arena_free(call->mem);
}

/* Refused by the door itself, before any handler. */
static void refuse(struct call *call, int status, enum err e)
{
	call->status = status;
	call->result = e;
}

static bool is_tail(const char *s, size_t n)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

	return n > 0 && n <= HTTP_TAIL_MAX && strspn(s, letters) >= n;
}

/* NULL: another path; else its tail, "" where the route has none. */
static const char *path_tail(struct turn *t, const struct http_route *r, const char *target)
{
	size_t n = strcspn(r->path, "*"), all = strlen(target);

	if (!r->path[n])
		return strcmp(r->path, target) == 0 ? "" : NULL;
	const char *rest = r->path + n + 1;
	size_t behind = strlen(rest);

	if (all <= n + behind || strncmp(r->path, target, n) != 0 ||
	    strcmp(target + all - behind, rest) != 0 || !is_tail(target + n, all - n - behind))
		return NULL;
	return turn_printf(t, "%.*s", (int)(all - n - behind), target + n);
}

/* Finds the route by path and verb; HEAD goes where GET goes. */
static void route_find(struct call *call)
{
	const struct http_door *d = call->door;
	const char *verb = strcmp(call->q.verb, "HEAD") == 0 ? "GET" : call->q.verb;
	struct buf allow = buf_in(call->mem, 128);

	for (size_t i = 0; i < d->n_routes && !call->route; i++) {
		const struct http_route *r = &d->routes[i];
		const char *tail = path_tail(&call->t, r, call->target);

		if (!tail)
			continue;
		buf_printf(&allow, "%s%s%s", allow.n ? ", " : "", r->verb,
			   strcmp(r->verb, "GET") == 0 ? ", HEAD" : "");
		if (strcmp(r->verb, verb) == 0) {
			call->route = r;
			call->mode = r->mode;
			call->roles = r->roles;
			call->flags = r->flags;
			call->q.tail = tail;
			call->t.what = d->what[i];
		}
	}
	if (call->route)
		return;
	if (allow.n == 0) {
		refuse(call, MHD_HTTP_NOT_FOUND,
		       fail(&call->t, ERR_MISSING, "no such path: %.100s", call->target));
		return;
	}
	call->allow = buf_text(&allow);
	refuse(call, MHD_HTTP_METHOD_NOT_ALLOWED,
	       fail(&call->t, ERR_NEVER, "%.20s is not for this path, but %s", call->q.verb,
		    call->allow));
}

/* As route_find, for a path that is a method's. */
static void method_find(struct call *call, const struct head *h)
{
	const struct rpc_method *m = call->rpc;
	int status = 0;

	if (!m) {
		refuse(call, MHD_HTTP_NOT_FOUND,
		       fail(&call->t, ERR_NEVER, "no such method: %.100s", call->target));
		return;
	}
	call->mode = m->row->mode;
	call->roles = m->row->roles;
	call->flags = m->row->flags;
	call->t.what = m->what;
	struct rpc_head head = { call->q.verb, h->content_type, h->content_encoding,
				 h->connect_version, h->connect_timeout };
	enum err e = rpc_begin(&call->t, m, &head, &call->rpc_call, &status);

	refuse(call, status, e);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		call->allow = "POST";
	else if (status == MHD_HTTP_UNSUPPORTED_MEDIA_TYPE)
		call->accept = RPC_TYPES;
}

/* Where the call goes, and whether its caller may. */
static void place_find(struct call *call, const struct head *h)
{
	if (call->is_rpc)
		method_find(call, h);
	else
		route_find(call);
	if (call->result == OK)
		call->result = who_asks(call, h);
}

static bool is_json(const char *type)
{
	static const char json[] = "application/json";

	return type && strncasecmp(type, json, sizeof(json) - 1) == 0 &&
	       (type[sizeof(json) - 1] == 0 || strchr("; \t", type[sizeof(json) - 1]));
}

/* What can be refused before the body came: a long one must not be sent in vain. */
static void head_check(struct call *call, const struct head *h)
{
	struct turn *t = &call->t;
	/* Each protocol's own word for it. */
	enum err too_big = call->is_rpc ? ERR_FULL : ERR_INVALID;

	if (h->size > HTTP_HEAD_MAX)
		refuse(call, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
		       fail(t, ERR_INVALID, "the header is %zu bytes; at most %d are read", h->size,
			    HTTP_HEAD_MAX));
	else if (h->twice)
		refuse(call, MHD_HTTP_BAD_REQUEST,
		       fail(t, ERR_INVALID,
			    "one of Host, Origin, Authorization, Content-Type, Content-Length, "
			    "Content-Encoding and Connect's own came twice"));
	else if (h->content_length && strtoull(h->content_length, NULL, 10) > call->body.max)
		refuse(call, MHD_HTTP_CONTENT_TOO_LARGE,
		       fail(t, too_big, "the body is %.20s bytes; at most %zu are read",
			    h->content_length, call->body.max));
	else if (call->is_rpc)
		/* Who may not call shall not make us hold a long body; a route's is short. */
		place_find(call, h);
}

static void body_check(struct call *call, const struct head *h)
{
	struct bytes body = { call->body.p, call->body.n };

	if (call->body.full)
		refuse(call, MHD_HTTP_CONTENT_TOO_LARGE,
		       fail(&call->t, call->is_rpc ? ERR_FULL : ERR_INVALID,
			    "the body is longer than %zu bytes", call->body.max));
	else if (call->is_rpc)
		call->result = rpc_read(&call->t, call->rpc, body, &call->rpc_call);
	else if (call->body.n > 0 && !(call->flags & METHOD_ANY_BODY) && !is_json(h->content_type))
		refuse(call, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
		       fail(&call->t, ERR_INVALID,
			    "the body is '%.60s': send 'Content-Type: application/json'",
			    h->content_type ? h->content_type : "of no type"));
	call->q.body = body;
	call->q.signature = h->signature ? turn_strdup(&call->t, h->signature) : "";
}

static enum err handler_run(struct turn *t, void *arg)
{
	struct call *call = arg;

	if (call->rpc)
		return rpc_run(t, call->rpc, &call->rpc_call);
	/* Anew each time: in the lane a turn may be tried twice. */
	call->r = (struct http_reply){ .status = MHD_HTTP_OK,
				       .type = "application/json",
				       .body = buf_in(t->mem, HTTP_REPLY_MAX) };
	return call->route->fn(t, &call->q, &call->r);
}

/* On the lane's thread or the worker's: hands the call back to the door's. */
static void handler_done(void *arg, enum err e)
{
	struct call *call = arg;
	struct http_door *d = call->door;

	call->result = e;
	(void)pthread_mutex_lock(&d->lock);
	call->next = d->finished;
	d->finished = call;
	/* With the lock: once it is free the door may be gone. */
	http_wake(d);
	(void)pthread_mutex_unlock(&d->lock);
}

static void hand_over(struct call *call)
{
	struct http_door *d = call->door;
	enum err e;

	call->stage = CALL_WORKING;
	call->conn->working = true;
	d->working++;
	MHD_suspend_connection(call->c);
	if (call->mode == METHOD_SLOW)
		e = slow_submit(d->slow, &call->t, handler_run, call, handler_done, call);
	else
		e = lane_submit(&call->t, handler_run, call, handler_done, call);
	if (e != OK)
		handler_done(call, e);
}

/* A flood of refused requests must not flood the log. */
static bool may_say_failure(struct http_door *d)
{
	int64_t now = clock_mono_ms();

	if (now - d->quiet_since_ms >= 1000) {
		d->quiet_since_ms = now;
		d->said = 0;
	}
	return d->said++ < FAILURES_SAID;
}

static void note_refusal(struct call *call, enum err e)
{
	char peer[INET6_ADDRSTRLEN];

	if (e != ERR_NOBODY && e != ERR_DENIED)
		return;
	peer_text(call->c, peer);
	refusals_note(call->door->refusals, &call->t, e, peer);
}

static void say(struct call *call, int status, enum err e, int64_t us)
{
	bool change = call->mode == METHOD_WRITE && e == OK;
	char path[PATH_SAID], code[16], ms[24];

	metric_add(METRIC_CALLS, "http", err_name(e), 1);
	note_refusal(call, e);
	if (call->route || call->rpc)
		metric_observe(METRIC_TURN_SECONDS, "http", mode_names[call->mode], us);
	if (e == ERR_BROKEN)
		log_broken(&call->t, "HTTP: %s", call->t.why);
	bool slow = call->mode != METHOD_WAIT && us / 1000 >= HTTP_WORTH_SAYING_MS;

	if (e != OK ? !may_say_failure(call->door) : !change && !slow)
		return;
	(void)snprintf(path, sizeof(path), "%s",
		       call->route && call->flags & METHOD_SECRET ? call->route->path
								  : call->target);
	(void)snprintf(code, sizeof(code), "%d", status);
	(void)snprintf(ms, sizeof(ms), "%.1f", (double)us / 1000);
	log_line(&call->t, status >= 500 ? LOG_WARN : LOG_INFO, "http", "verb", call->q.verb,
		 "path", path, "status", code, "ms", ms, e == OK ? NULL : "why", call->t.why, NULL);
}

/* A handler's answer has its own; an error is JSON, or a stream's end. */
static const char *answer_type(const struct call *call)
{
	if (call->result == OK)
		return call->r.type;
	return call->rpc_call.stream_type ? call->rpc_call.stream_type : "application/json";
}

/* A page of ours has a form and a style, runs nothing, and is framed by nobody; what its address is
 * must not go to others. */
static bool put_page_headers(struct MHD_Response *r)
{
	return MHD_add_response_header(r, "Content-Security-Policy",
				       "default-src 'none'; style-src 'unsafe-inline'; form-action "
				       "'self'; frame-ancestors 'none'") &&
	       MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
}

static bool put_headers(const struct call *call, struct MHD_Response *r, int status)
{
	const struct turn *t = &call->t;
	bool ok = MHD_add_response_header(r, "Content-Type", answer_type(call)) &&
		  MHD_add_response_header(r, "Cache-Control", "no-store") &&
		  MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	char seconds[24];

	if (strncmp(answer_type(call), "text/html", 9) == 0)
		ok = ok && put_page_headers(r);
	if (status == MHD_HTTP_UNAUTHORIZED)
		ok = ok &&
		     MHD_add_response_header(r, "WWW-Authenticate", "Bearer realm=\"ghost-fleet\"");
	if (call->allow)
		ok = ok && MHD_add_response_header(r, "Allow", call->allow);
	if (call->accept)
		ok = ok && MHD_add_response_header(r, "Accept-Post", call->accept);
	if (t->retry_ms > 0 || t->reason == REASON_SERVER_BUSY) {
		(void)snprintf(seconds, sizeof(seconds), "%lld",
			       (long long)(t->retry_ms > 0 ? (t->retry_ms + 999) / 1000 : 1));
		ok = ok && MHD_add_response_header(r, "Retry-After", seconds);
	}
	return ok;
}

static enum MHD_Result send_response(struct call *call, struct MHD_Response *r, int status)
{
	enum MHD_Result sent = MHD_queue_response(call->c, (unsigned)status, r);

	call->conn->answering = true;
	call->conn->since_ms = clock_mono_ms();
	say(call, status, call->result, clock_mono_us() - call->start_us);
	return sent;
}

static struct cache_key key_of(const struct call *call)
{
	return (struct cache_key){ .method = call->rpc,
				   .form = call->rpc_call.json,
				   .request = { call->body.p, call->body.n } };
}

/* The answer of a CACHED row that still holds, NULL: it must be made, and is kept then. */
static struct MHD_Response *response_kept(struct call *call)
{
	const struct method *row = call->rpc ? call->rpc->row : NULL;
	struct cache_key key = key_of(call);

	if (!row || !(row->flags & METHOD_CACHED) || call->body.full)
		return NULL;
	call->keeps = true;
	/* Read before the snapshot is taken: an answer may be newer than its version, never older.
	 */
	call->version = store_version(call->door->store, row->topics);
	return cache_get(call->door->kept, &key, call->version);
}

static void response_done(struct call *call, struct MHD_Response *r, size_t n)
{
	struct cache_key key = key_of(call);

	if (call->keeps && call->result == OK)
		cache_put(call->door->kept, &key, call->version, n, r);
	else
		MHD_destroy_response(r);
}

static enum MHD_Result answer(struct call *call)
{
	if (call->result == OK && call->rpc)
		call->result = rpc_reply(&call->t, call->rpc, &call->rpc_call, &call->r);
	else if (call->result == OK && call->r.body.full)
		call->result =
			fail(&call->t, ERR_BROKEN, "the answer is above %d bytes", HTTP_REPLY_MAX);
	enum err e = call->result;
	bool stream = call->rpc_call.stream_type;
	struct buf body = e == OK        ? call->r.body
			  : stream       ? rpc_error_end(&call->t, e)
			  : call->is_rpc ? rpc_error_body(&call->t, e)
					 : http_error_body(&call->t, e);
	int status = call->status   ? call->status
		     : stream       ? MHD_HTTP_OK
		     : e == OK      ? call->r.status
		     : call->is_rpc ? rpc_status(e)
				    : http_status(&call->t, e);

	/* The body is in the call's arena, which outlives a response that nobody keeps. */
	struct MHD_Response *r = MHD_create_response_from_buffer(
		body.n, (void *)(uintptr_t)buf_text(&body),
		call->keeps ? MHD_RESPMEM_MUST_COPY : MHD_RESPMEM_PERSISTENT);

	if (!r)
		return MHD_NO;
	enum MHD_Result sent =
		put_headers(call, r, status) ? send_response(call, r, status) : MHD_NO;

	response_done(call, r, body.n);
	return sent;
}

/* What a call may take: by its mode, or as Connect's caller says, up to HTTP_SLOW_MS since its
 * first line came. */
static enum err due_set(struct call *call, int64_t arriving_ms)
{
	struct turn *t = &call->t;
	int64_t wanted = call->rpc ? call->rpc_call.timeout_ms : -1;
	bool long_one = call->mode == METHOD_SLOW || call->mode == METHOD_WAIT;
	int64_t may = long_one ? HTTP_SLOW_MS : HTTP_TURN_MS;

	if (wanted >= 0)
		may = (wanted < HTTP_SLOW_MS ? wanted : HTTP_SLOW_MS) - arriving_ms;
	if (may <= 0)
		return fail(t, ERR_LATE, "the deadline passed before the call ran");
	t->due_ms += may - HTTP_TURN_MS;
	return OK;
}

/* All of the request is here. */
static enum MHD_Result call_run(struct call *call)
{
	struct http_door *d = call->door;
	struct head h = head_read(call->c);
	struct turn *t = &call->t;

	int64_t arriving_ms = (clock_mono_us() - call->start_us) / 1000;

	call->start_us = clock_mono_us();
	turn_begin(t, d->store, d->db, call->mem, "HTTP", "anonymous", HTTP_TURN_MS);
	if (h.traceparent)
		t->trace = trace_read(
			t, (struct bytes){ (const uint8_t *)h.traceparent, strlen(h.traceparent) });
	place_find(call, &h);
	if (call->result == OK)
		call->result = due_set(call, arriving_ms);
	struct MHD_Response *kept = call->result == OK ? response_kept(call) : NULL;

	if (kept)
		return send_response(call, kept, MHD_HTTP_OK);
	if (call->result == OK)
		body_check(call, &h);
	if (call->result != OK)
		return answer(call);
	t->urgent = call->flags & METHOD_URGENT;
	t->emergency = call->flags & METHOD_EMERGENCY;
	if (call->mode == METHOD_READ) {
		call->result = read_run(t, handler_run, call);
		return answer(call);
	}
	if (call->mode == METHOD_WAIT)
		return wait_begin(call) ? answer(call) : MHD_YES;
	hand_over(call);
	return MHD_YES;
}

/* A body that short is on its way already. Who is refused before it came has the connection closed
 * in the middle of a write, and many a client then tells of that and not of what we said. */
static bool body_is_near(const struct head *h)
{
	return !h->content_length || strtoull(h->content_length, NULL, 10) <= HTTP_BODY_MAX;
}

enum MHD_Result call_step(struct call *call, const char *verb, const char *data, size_t *n)
{
	struct head h;

	switch (call->stage) {
	case CALL_HEAD:
		call->stage = CALL_BODY;
		call->q.verb = verb;
		h = head_read(call->c);
		head_check(call, &h);
		return call->result == OK || body_is_near(&h) ? MHD_YES : answer(call);
	case CALL_BODY:
		if (*n == 0)
			return call->result == OK ? call_run(call) : answer(call);
		if (call->result == OK)
			buf_add(&call->body, data, *n);
		/* libmicrohttpd's own buffer, which it does not read again: there may be keys in
		 * it. */
		wipe((void *)(uintptr_t)data, *n);
		*n = 0;
		return MHD_YES;
	case CALL_DONE:
		return answer(call);
	case CALL_WORKING:
		break;
	}
	return MHD_NO;
}
