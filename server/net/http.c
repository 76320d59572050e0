#include "server/net/http.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/inet.h"

enum {
	CONNECTIONS = 8,
	CONNECTIONS_MAX = 64,
	CONNECT_MS = 5000,
	ANSWER_MAX = 8 << 20,
	ANSWER_LIMIT = 64 << 20, /* whatever the caller says */
	HEADERS_MAX = 64 << 10,
	IDLE_S = 20,     /* a connection idle for longer is likelier dead than alive */
	LIFETIME_S = 60, /* so that a changed address of the host is noticed */
	WAIT_MS = 1000,
};

enum progress { WAITING, RUNNING, DONE };

/* One transfer at a time; the answer grows in `mem`, and is copied to the turn when it is whole,
 * so that a hostile answer costs the turn nothing. */
struct slot {
	CURL *easy;
	struct curl_slist *headers;
	struct arena *mem;
	struct buf body;
	const struct http_ask *ask;
	size_t index;
	size_t header_bytes;
	bool busy, sent, too_big, retry_after, ours; /* ours: an address was not public */
	char why[CURL_ERROR_SIZE];
};

struct http_client {
	CURLM *multi;
	struct slot *slots;
	size_t n_slots;
	int64_t connect_ms;
	char *ca_file;
	bool public_only;
};

/* One http_ask_many. */
struct asking {
	struct turn *t;
	struct http_client *c;
	const struct http_ask *asks;
	struct http_answer *answers;
	uint8_t *progress;
	size_t n, done, first; /* all before `first` are no longer waiting */
	int64_t start_ms;
};

static void curl_start(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		abort();
}

enum err http_open(struct turn *t, const struct http_options *o, struct http_client **out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (o->ca_file && access(o->ca_file, R_OK) != 0)
		return fail(t, ERR_INVALID, "the certificate file '%s' cannot be read", o->ca_file);
	(void)pthread_once(&once, curl_start);
	struct http_client *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->n_slots = o->connections ? o->connections : CONNECTIONS;
	if (c->n_slots > CONNECTIONS_MAX)
		c->n_slots = CONNECTIONS_MAX;
	c->connect_ms = o->connect_ms ? o->connect_ms : CONNECT_MS;
	c->ca_file = o->ca_file ? strdup(o->ca_file) : NULL;
	c->public_only = o->public_only;
	c->slots = calloc(c->n_slots, sizeof(*c->slots));
	c->multi = curl_multi_init();
	if (!c->slots || !c->multi || (o->ca_file && !c->ca_file))
		abort();
	for (size_t i = 0; i < c->n_slots; i++) {
		c->slots[i].mem = arena_new((size_t)ANSWER_LIMIT * 5);
		c->slots[i].easy = curl_easy_init();
		if (!c->slots[i].easy)
			abort();
	}
	(void)curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)c->n_slots);
	(void)curl_multi_setopt(c->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)c->n_slots);
	*out = c;
	return OK;
}

void http_close(struct http_client *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_slots; i++) {
		curl_easy_cleanup(c->slots[i].easy);
		arena_free(c->slots[i].mem);
	}
	(void)curl_multi_cleanup(c->multi);
	free(c->ca_file);
	free(c->slots);
	free(c);
}

/* curl calls this when a connection stands and the request is about to go out. A second time means
 * that it wants to send again on a fresh connection: we do not repeat behind the caller's back. */
static int on_ready(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct slot *s = arg;

	(void)ip, (void)local_ip, (void)port, (void)local_port;
	if (s->sent)
		return CURL_PREREQFUNC_ABORT;
	s->sent = true;
	return CURL_PREREQFUNC_OK;
}

/* Where a name leads is known only here, and may be another place than when it was checked. */
static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct slot *s = arg;

	(void)purpose;
	if (!inet_is_public(&a->addr)) {
		s->ours = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct slot *s = arg;

	buf_add(&s->body, p, size * n);
	s->too_big = s->too_big || s->body.full;
	return s->too_big ? 0 : size * n;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	static const char retry[] = "retry-after:";
	struct slot *s = arg;

	s->header_bytes += size * n;
	if (s->header_bytes > HEADERS_MAX) {
		s->too_big = true;
		return 0;
	}
	if (size * n >= sizeof(retry) - 1 && strncasecmp(p, retry, sizeof(retry) - 1) == 0)
		s->retry_after = true;
	return size * n;
}

static size_t max_answer(const struct http_ask *a)
{
	size_t max = a->max_answer ? a->max_answer : ANSWER_MAX;

	return max < ANSWER_LIMIT ? max : ANSWER_LIMIT;
}

static void set_headers(struct slot *s)
{
	/* Never wait for "100 Continue". */
	s->headers = curl_slist_append(NULL, "Expect:");
	for (size_t i = 0; i < s->ask->n_headers; i++)
		s->headers = curl_slist_append(s->headers, s->ask->headers[i]);
	(void)curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers);
}

static void slot_start(struct http_client *c, struct slot *s, const struct http_ask *ask,
		       size_t index, int64_t left_ms)
{
	CURL *e = s->easy;

	s->ask = ask;
	s->index = index;
	s->busy = true;
	s->sent = s->too_big = s->retry_after = s->ours = false;
	s->header_bytes = 0;
	s->why[0] = 0;
	s->body = buf_in(s->mem, max_answer(ask));
	curl_easy_reset(e);
	set_headers(s);
	(void)curl_easy_setopt(e, CURLOPT_URL, ask->url);
	(void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(e, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(e, CURLOPT_USERAGENT, "ghost-fleet/" GF_VERSION);
	(void)curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
			       (long)(left_ms < c->connect_ms ? left_ms : c->connect_ms));
	(void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)left_ms);
	(void)curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, (long)IDLE_S);
	(void)curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)IDLE_S);
	(void)curl_easy_setopt(e, CURLOPT_MAXLIFETIME_CONN, (long)LIFETIME_S);
	(void)curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)max_answer(ask));
	(void)curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_ready);
	(void)curl_easy_setopt(e, CURLOPT_PREREQDATA, s);
	(void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(e, CURLOPT_WRITEDATA, s);
	(void)curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(e, CURLOPT_HEADERDATA, s);
	(void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, s->why);
	(void)curl_easy_setopt(e, CURLOPT_PRIVATE, s);
	if (c->public_only) {
		(void)curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket);
		(void)curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, s);
	}
	if (c->ca_file)
		(void)curl_easy_setopt(e, CURLOPT_CAINFO, c->ca_file);
	if (ask->body.p) {
		(void)curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->body.n);
		(void)curl_easy_setopt(e, CURLOPT_POSTFIELDS, (const char *)ask->body.p);
	}
	if (curl_multi_add_handle(c->multi, e) != CURLM_OK)
		abort();
}

static bool took_place(CURL *e, CURLINFO what)
{
	curl_off_t us = 0;

	return curl_easy_getinfo(e, what, &us) == CURLE_OK && us > 0;
}

static const char *failed_layer(const struct slot *s, CURLcode code)
{
	if (s->sent)
		return "HTTP";
	switch ((int)code) {
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return "URL";
	case CURLE_COULDNT_RESOLVE_HOST:
		return "DNS";
	case CURLE_COULDNT_CONNECT:
		return "TCP";
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_PEER_FAILED_VERIFICATION:
		return "TLS";
	}
	/* A timeout; curl tells its TLS part by text only. */
	if (strstr(s->why, "SSL"))
		return "TLS";
	return took_place(s->easy, CURLINFO_NAMELOOKUP_TIME_T) ? "TCP" : "DNS";
}

/* The answer is whole: hand it to the turn. */
static void answered(struct turn *t, struct slot *s, struct http_answer *a)
{
	uint8_t *copy = arena_try(t->mem, s->body.n + 1);
	curl_off_t retry_s = 0;
	long status = 0;

	if (!copy) {
		a->outcome = HTTP_TOO_BIG;
		a->layer = "HTTP";
		a->said = "the answer does not fit into this turn's memory";
		return;
	}
	if (s->body.n)
		memcpy(copy, s->body.p, s->body.n);
	(void)curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	a->outcome = HTTP_ANSWERED;
	a->status = (int)status;
	a->body = (struct bytes){ copy, s->body.n };
	a->layer = a->said = "";
	if (s->retry_after &&
	    curl_easy_getinfo(s->easy, CURLINFO_RETRY_AFTER, &retry_s) == CURLE_OK &&
	    retry_s >= 0 && retry_s < INT64_MAX / 1000)
		a->retry_after_ms = retry_s * 1000;
}

static bool refused(CURL *easy, CURLcode code)
{
	long os = 0;

	return code == CURLE_COULDNT_CONNECT &&
	       curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os) == CURLE_OK && os == ECONNREFUSED;
}

static void slot_ended(struct turn *t, struct slot *s, CURLcode code, struct http_answer *a)
{
	curl_off_t us = 0;

	(void)curl_easy_getinfo(s->easy, CURLINFO_TOTAL_TIME_T, &us);
	*a = (struct http_answer){ .took_us = us, .retry_after_ms = -1 };
	if (code == CURLE_OK) {
		answered(t, s, a);
	} else if (s->too_big || code == CURLE_FILESIZE_EXCEEDED) {
		a->outcome = HTTP_TOO_BIG;
		a->layer = "HTTP";
		a->said = turn_printf(t, "the answer is larger than %zu bytes", max_answer(s->ask));
	} else {
		a->outcome = s->sent ? HTTP_NO_ANSWER : HTTP_NO_CONNECT;
		a->layer = failed_layer(s, code);
		a->refused = !s->sent && refused(s->easy, code);
		if (s->ours)
			a->said = "TCP: the name leads to an address that is not public";
		else if (code == CURLE_ABORTED_BY_CALLBACK)
			a->said = "HTTP: the kept connection was closed before an answer came";
		else
			a->said = turn_printf(t, "%s: %s", a->layer,
					      s->why[0] ? s->why : curl_easy_strerror(code));
	}
	curl_slist_free_all(s->headers);
	s->headers = NULL;
	s->busy = false;
	arena_reset(s->mem);
}

/* We did not send it, and it is no fault of the other side. */
static void not_sent(struct asking *k, size_t i, const char *said)
{
	k->progress[i] = DONE;
	k->done++;
	k->answers[i] = (struct http_answer){
		.outcome = HTTP_NO_CONNECT, .retry_after_ms = -1, .layer = "", .said = said
	};
}

static bool lane_runs(const struct http_client *c, unsigned lane)
{
	for (size_t i = 0; lane && i < c->n_slots; i++)
		if (c->slots[i].busy && c->slots[i].ask->lane == lane)
			return true;
	return false;
}

/* The next ask that may go: in order, but never two of one lane at once. k->n: none. */
static size_t next_ask(struct asking *k)
{
	while (k->first < k->n && k->progress[k->first] != WAITING)
		k->first++;
	for (size_t i = k->first; i < k->n; i++)
		if (k->progress[i] == WAITING && !lane_runs(k->c, k->asks[i].lane))
			return i;
	return k->n;
}

static int64_t ask_left_ms(const struct asking *k, const struct http_ask *a)
{
	int64_t left = turn_left_ms(k->t);

	if (a->within_ms > 0) {
		int64_t own = k->start_ms + a->within_ms - clock_mono_ms();

		left = own < left ? own : left;
	}
	return left < INT32_MAX ? left : INT32_MAX;
}

static bool too_late(const struct http_ask *a)
{
	return a->begin_by > 0 && clock_mono_ms() > a->begin_by;
}

static void start_what_may(struct asking *k)
{
	for (size_t i = 0; i < k->c->n_slots; i++) {
		struct slot *s = &k->c->slots[i];
		size_t next;

		while (!s->busy && (next = next_ask(k)) < k->n) {
			int64_t left = ask_left_ms(k, &k->asks[next]);

			if (too_late(&k->asks[next])) {
				not_sent(k, next, "held back: it could not begin in time");
				continue;
			}
			if (left <= 0) {
				not_sent(k, next, "the deadline passed before it was sent");
				continue;
			}
			k->progress[next] = RUNNING;
			slot_start(k->c, s, &k->asks[next], next, left);
		}
	}
}

/* A lane is a promise of order: what follows an unanswered ask must not overtake it. */
static void hold_lane(struct asking *k, unsigned lane)
{
	for (size_t i = k->first; lane && i < k->n; i++)
		if (k->progress[i] == WAITING && k->asks[i].lane == lane)
			not_sent(k, i, "held back: an earlier one of its lane failed");
}

/* True: something ended, so that something new may start. */
static bool take_what_ended(struct asking *k)
{
	size_t before = k->done;
	CURLMsg *m;
	int more;

	while ((m = curl_multi_info_read(k->c->multi, &more))) {
		struct slot *s = NULL;
		CURLcode code = m->data.result;

		if (m->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &s);
		(void)curl_multi_remove_handle(k->c->multi, s->easy);
		struct http_answer *a = &k->answers[s->index];

		slot_ended(k->t, s, code, a);
		k->progress[s->index] = DONE;
		k->done++;
		if (a->outcome != HTTP_ANSWERED || a->status != 200)
			hold_lane(k, s->ask->lane);
	}
	return k->done > before;
}

struct http_answer *http_ask_many(struct turn *t, struct http_client *c,
				  const struct http_ask *asks, size_t n)
{
	struct asking k = { .t = t,
			    .c = c,
			    .asks = asks,
			    .n = n,
			    .answers = turn_array(t, n + 1, sizeof(struct http_answer)),
			    .progress = turn_array(t, n + 1, 1),
			    .start_ms = clock_mono_ms() };
	int running;

	while (start_what_may(&k), k.done < n) {
		if (curl_multi_perform(c->multi, &running) != CURLM_OK)
			abort();
		if (!take_what_ended(&k) && running > 0 &&
		    curl_multi_poll(c->multi, NULL, 0, WAIT_MS, NULL) != CURLM_OK)
			abort();
	}
	return k.answers;
}
