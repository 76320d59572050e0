#include "server/net/jsonrpc.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "server/net/json_bounded.h"
#include "server/net/slowdown.h"
#include "store/base/buf.h"
#include "store/base/hex.h"

enum {
	BATCH = 100,
	BATCH_MAX = 1000,
	PARALLEL = 4,
	BODY_MAX = 120 << 10,
	BODY_LIMIT = 8 << 20, /* one call alone */
	DATA_MAX = 64 << 10,
	TEXT_MAX = 200,
};

/* One HTTP request: some of the round's calls. */
struct post {
	struct post *next;
	size_t *calls; /* indexes into the round */
	size_t n;
	size_t first_id; /* the id of the `first` call; 0: none was asked */
	unsigned stream;
	struct buf body;
};

struct round {
	struct turn *t;
	const struct rpc_options *o;
	const struct rpc_call *calls;
	size_t n, batch, max_body, streams;
	struct post *posts, **last;
	size_t n_posts;
	bool fine; /* nothing was noted of the answer being read */
	struct rpc_round *out;
};

/* ---- what people are shown ---- */

const char *rpc_text(struct turn *t, const char *s, size_t n)
{
	size_t keep = n < TEXT_MAX ? n : TEXT_MAX;
	char *out = turn_alloc(t, keep + 1);

	for (size_t i = 0; i < keep; i++)
		out[i] = s[i] >= ' ' && s[i] <= '~' ? s[i] : '?';
	if (n > keep)
		memcpy(out + keep - 3, "...", 3);
	return out;
}

/* ---- building ---- */

static size_t call_room(const struct rpc_call *c)
{
	return strlen(c->method) + strlen(c->params_json) + 80;
}

static void add_call(struct post *r, const struct rpc_call *c, size_t id)
{
	buf_str(&r->body, r->body.n ? "," : "[");
	buf_printf(&r->body, "{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"%s\",\"params\":", id,
		   c->method);
	buf_str(&r->body, c->params_json);
	buf_char(&r->body, '}');
}

static struct post *post_new(struct round *k, unsigned stream)
{
	struct post *r = turn_alloc(k->t, sizeof(*r));

	*r = (struct post){ .calls = turn_array(k->t, k->batch, sizeof(size_t)),
			    .first_id = k->o->first ? k->n + 1 + k->n_posts : 0,
			    .stream = stream,
			    .body = buf_in(k->t->mem, BODY_LIMIT) };
	*k->last = r;
	k->last = &r->next;
	k->n_posts++;
	if (k->o->first)
		add_call(r, k->o->first, r->first_id);
	return r;
}

/* The request that the next call of this stream goes into. */
static struct post *post_for(struct round *k, struct post **open, const struct rpc_call *c)
{
	unsigned stream = k->o->ordered ? c->lane % (unsigned)k->streams : 0;
	struct post *r = open[stream];

	if (r && r->n < k->batch && (!r->n || r->body.n + call_room(c) <= k->max_body))
		return r;
	return open[stream] = post_new(k, stream);
}

static void plan(struct round *k)
{
	struct post **open = turn_array(k->t, k->streams, sizeof(struct post *));

	k->last = &k->posts;
	for (size_t i = 0; i < k->n; i++) {
		struct post *r = post_for(k, open, &k->calls[i]);

		add_call(r, &k->calls[i], i + 1);
		r->calls[r->n++] = i;
	}
}

/* A batch of one goes as a plain object: every server knows that form. */
static struct bytes post_body(const struct round *k, struct post *r)
{
	assert(!r->body.full);
	if (r->n == 1 && !k->o->first)
		return (struct bytes){ r->body.p + 1, r->body.n - 1 };
	buf_char(&r->body, ']');
	return (struct bytes){ r->body.p, r->body.n };
}

/* ---- judging ---- */

static void fill(struct round *k, const struct post *r, enum rpc_outcome outcome, int64_t code,
		 const char *message)
{
	for (size_t i = 0; i < r->n; i++)
		k->out->answers[r->calls[i]] =
			(struct rpc_answer){ .outcome = outcome, .code = code, .message = message };
}

static void note(struct round *k, enum rpc_health health, const char *said)
{
	k->fine = false;
	if (health >= k->out->health)
		return;
	k->out->health = health;
	k->out->said = *said ? said : "an error without a word";
}

static void limited(struct round *k, int64_t retry_after_ms, const char *message)
{
	int64_t wait = retry_after_ms > 0 ? retry_after_ms : slowdown_wait_ms(message);

	wait = wait < SLOWDOWN_MAX_MS ? wait : SLOWDOWN_MAX_MS;
	k->out->wait_ms = wait > k->out->wait_ms ? wait : k->out->wait_ms;
	note(k, RPC_LIMITED, message);
}

static struct bytes error_data(struct turn *t, const json_t *data)
{
	static const char parity[] = "Reverted ";
	const char *s = json_string_value(data);
	size_t n;

	if (s && strncmp(s, parity, sizeof(parity) - 1) == 0)
		s += sizeof(parity) - 1;
	if (!s || strncmp(s, "0x", 2) != 0 || strlen(s) / 2 > DATA_MAX)
		return (struct bytes){ 0 };
	uint8_t *p = turn_alloc(t, strlen(s) / 2);

	return hex_get_any(s, p, strlen(s) / 2, &n) ? (struct bytes){ p, n } : (struct bytes){ 0 };
}

/* An item's error object. False: it is not one. */
static bool read_error(struct turn *t, const json_t *error, struct rpc_answer *a)
{
	const json_t *code = json_object_get(error, "code");
	const json_t *message = json_object_get(error, "message");

	if (!json_is_integer(code) || !json_is_string(message))
		return false;
	*a = (struct rpc_answer){
		.outcome = RPC_ERROR,
		.code = json_integer_value(code),
		.message = rpc_text(t, json_string_value(message), json_string_length(message)),
		.data = error_data(t, json_object_get(error, "data")),
	};
	return true;
}

static bool read_item(struct turn *t, const json_t *item, struct rpc_answer *a)
{
	const json_t *result = json_object_get(item, "result");
	const json_t *error = json_object_get(item, "error");
	const json_t *version = json_object_get(item, "jsonrpc");

	if (version && (!json_is_string(version) || strcmp(json_string_value(version), "2.0") != 0))
		return false;
	if (error && !json_is_null(error))
		return (!result || json_is_null(result)) && read_error(t, error, a);
	if (!result)
		return false;
	*a = (struct rpc_answer){ .outcome = RPC_RESULT, .result = result, .message = "" };
	return true;
}

/* ---- reading ---- */

static void garbage(struct round *k, const struct post *r, const char *said)
{
	fill(k, r, RPC_UNKNOWN, 0, said);
	note(k, RPC_GARBAGE, said);
}

/* Not JSON-RPC at all. */
static void read_text(struct round *k, const struct post *r, const struct http_answer *h)
{
	const char *body = (const char *)h->body.p;
	size_t n = h->body.n;

	while (n && (*body == ' ' || *body == '\n' || *body == '\r' || *body == '\t'))
		body++, n--;
	const char *text = rpc_text(k->t, body, n);
	bool html = n && *body == '<';
	const char *said =
		html ? turn_printf(k->t, "HTTP %d with a page, not JSON", h->status)
		     : turn_printf(k->t, "HTTP %d, not JSON-RPC: %.80s", h->status, text);

	if (h->status == 429 || (!html && slowdown_text(text))) {
		fill(k, r, RPC_UNKNOWN, 0, said);
		limited(k, h->retry_after_ms, html ? said : text);
	} else if (h->status >= 500) {
		fill(k, r, RPC_UNKNOWN, 0, said);
		note(k, RPC_AWAY, said);
	} else {
		garbage(k, r, said);
	}
}

/* One error object for the whole batch. It says nothing sure about any single call. */
static void read_whole(struct round *k, const struct post *r, const struct http_answer *h,
		       const json_t *object)
{
	struct rpc_answer a;

	if (!read_item(k->t, object, &a) || a.outcome != RPC_ERROR) {
		garbage(k, r, "an answer to nothing that was asked");
		return;
	}
	fill(k, r, RPC_UNKNOWN, a.code, a.message);
	if (h->status == 429 || slowdown_error(a.code, a.message)) {
		limited(k, h->retry_after_ms, a.message);
		return;
	}
	note(k, h->status >= 500 ? RPC_AWAY : RPC_GARBAGE, a.message);
	size_t size = r->n + (r->first_id != 0);

	if (size > 1 && (!k->out->batch_refused || size < k->out->batch_refused))
		k->out->batch_refused = size;
}

/* The place of an id in the round: 1.. a call of this request, 0 the `first` call, -1 neither. */
static int64_t place_of(const struct post *r, const json_t *id)
{
	int64_t v = json_is_integer(id) ? json_integer_value(id) : -1;

	if (r->first_id && v == (int64_t)r->first_id)
		return 0;
	for (size_t lo = 0, hi = r->n; lo < hi;) { /* a request's ids rise */
		size_t mid = (lo + hi) / 2;
		int64_t at = (int64_t)r->calls[mid] + 1;

		if (at == v)
			return v;
		if (at < v)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
}

/* One entry of the array. False: the whole answer is not to be trusted. */
static bool read_entry(struct round *k, const struct post *r, const struct http_answer *h,
		       const json_t *item, const json_t **first)
{
	const json_t *id = json_object_get(item, "id");
	struct rpc_answer a;

	if (!json_is_object(item) || !read_item(k->t, item, &a))
		return false;
	if (!id || json_is_null(id))
		return a.outcome == RPC_ERROR; /* nobody's: its call stays unknown */
	int64_t place = place_of(r, id);

	if (place < 0 || (place > 0 && k->out->answers[place - 1].message))
		return false;
	if (place == 0) {
		if (*first)
			return false;
		*first = a.outcome == RPC_RESULT ? a.result : json_null();
		return true;
	}
	if (a.outcome == RPC_ERROR && slowdown_error(a.code, a.message)) {
		limited(k, h->retry_after_ms, a.message);
		a.outcome = RPC_UNKNOWN;
	} else if (a.outcome == RPC_RESULT && h->status != 200) {
		a = (struct rpc_answer){ .outcome = RPC_UNKNOWN,
					 .message = "a result under an HTTP error status" };
	}
	k->out->answers[place - 1] = a;
	return true;
}

/* Missing entries stay unknown; what is there is taken only when all of it makes sense. */
static void read_entries(struct round *k, const struct post *r, const struct http_answer *h,
			 const json_t *root)
{
	static const char missing[] = "the answer has no entry for this call";
	size_t count = json_is_array(root) ? json_array_size(root) : 1;
	const json_t *first = NULL;
	bool good = count <= r->n + 1, whole = true;

	for (size_t i = 0; good && i < count; i++)
		good = read_entry(k, r, h, json_is_array(root) ? json_array_get(root, i) : root,
				  &first);
	if (!good) {
		garbage(k, r, "an answer with a wrong or repeated id, or that is not JSON-RPC");
		return;
	}
	for (size_t i = 0; i < r->n; i++) {
		struct rpc_answer *a = &k->out->answers[r->calls[i]];

		if (!a->message) {
			*a = (struct rpc_answer){ .outcome = RPC_UNKNOWN, .message = missing };
			whole = false;
		}
		a->first = first && !json_is_null(first) ? first : NULL;
	}
	if (!whole)
		note(k, RPC_GARBAGE, missing);
}

static bool for_whole_batch(const struct post *r, const json_t *root)
{
	const json_t *id = json_object_get(root, "id");

	return json_is_object(root) && (r->n > 1 || !json_is_integer(id));
}

static void read_answered(struct round *k, const struct post *r, const struct http_answer *h)
{
	json_error_t why;
	json_t *root = json_bounded(h->body) ? json_loadb((const char *)h->body.p, h->body.n,
							  JSON_REJECT_DUPLICATES, &why)
					     : NULL;

	if (!root) {
		read_text(k, r, h);
		return;
	}
	k->out->roots[k->out->n_roots++] = root;
	k->fine = true;
	if (for_whole_batch(r, root))
		read_whole(k, r, h, root);
	else
		read_entries(k, r, h, root);
	if (!k->fine)
		return;
	k->out->any_fine = true;
	if (!k->out->latency_us || h->took_us < k->out->latency_us)
		k->out->latency_us = h->took_us;
}

static void read_post(struct round *k, const struct post *r, const struct http_answer *h)
{
	const char *said = rpc_text(k->t, h->said, strlen(h->said));

	switch (h->outcome) {
	case HTTP_NO_CONNECT:
		fill(k, r, RPC_NOT_SENT, 0, said);
		if (h->layer[0])
			note(k, RPC_AWAY, said);
		break;
	case HTTP_NO_ANSWER:
		fill(k, r, RPC_UNKNOWN, 0, said);
		note(k, RPC_AWAY, said);
		break;
	case HTTP_TOO_BIG:
		garbage(k, r, said);
		break;
	case HTTP_ANSWERED:
		read_answered(k, r, h);
		break;
	}
}

/* Lanes of several rounds are apart: `lanes` were given out before. */
static struct http_ask *put_asks(struct round *k, struct http_ask *at, unsigned lanes)
{
	static const char *const headers[] = { "Content-Type: application/json" };

	for (struct post *r = k->posts; r; r = r->next)
		*at++ = (struct http_ask){ .url = k->o->url,
					   .headers = headers,
					   .n_headers = 1,
					   .body = post_body(k, r),
					   .max_answer = k->o->max_answer,
					   .within_ms = k->o->within_ms,
					   .begin_by = k->o->begin_by,
					   .lane = k->o->ordered ? lanes + r->stream + 1 : 0 };
	return at;
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

static struct round round_of(struct turn *t, struct rpc_one *r)
{
	size_t batch = r->o.batch ? r->o.batch : BATCH, parallel = r->o.parallel;

	r->round =
		(struct rpc_round){ .answers = turn_array(t, r->n + 1, sizeof(struct rpc_answer)),
				    .health = RPC_FINE,
				    .said = "" };
	return (struct round){ .t = t,
			       .o = &r->o,
			       .calls = r->calls,
			       .n = r->n,
			       .batch = min3(batch, BATCH_MAX, r->n ? r->n : 1),
			       .max_body = r->o.max_body ? r->o.max_body : BODY_MAX,
			       .streams = r->o.ordered ? (parallel ? parallel : PARALLEL) : 1,
			       .out = &r->round };
}

void rpc_ask_many(struct turn *t, struct http_client *c, struct rpc_one *rounds, size_t n)
{
	struct round *k = turn_array(t, n + 1, sizeof(*k));
	size_t n_posts = 0;
	unsigned lanes = 0;

	for (size_t i = 0; i < n; i++) {
		k[i] = round_of(t, &rounds[i]);
		plan(&k[i]);
		n_posts += k[i].n_posts;
	}
	struct http_ask *asks = turn_array(t, n_posts + 1, sizeof(*asks)), *at = asks;

	for (size_t i = 0; i < n; i++) {
		at = put_asks(&k[i], at, lanes);
		lanes += (unsigned)k[i].streams;
	}
	const struct http_answer *said = http_ask_many(t, c, asks, n_posts);

	for (size_t i = 0; i < n; i++) {
		rounds[i].round.roots = turn_array(t, k[i].n_posts + 1, sizeof(json_t *));
		for (struct post *r = k[i].posts; r; r = r->next)
			read_post(&k[i], r, said++);
	}
}

void rpc_ask(struct turn *t, struct http_client *c, const struct rpc_options *o,
	     const struct rpc_call *calls, size_t n, struct rpc_round *out)
{
	struct rpc_one one = { .o = *o, .calls = calls, .n = n };

	rpc_ask_many(t, c, &one, 1);
	*out = one.round;
}

void rpc_done(struct rpc_round *r)
{
	for (size_t i = 0; i < r->n_roots; i++)
		json_decref(r->roots[i]);
	r->n_roots = 0;
}
