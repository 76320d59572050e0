#include "server/net/beacon.h"

#include <stdlib.h>
#include <string.h>

#include "server/net/beacon_ask.h"
#include "server/net/json_bounded.h"
#include "server/net/jsonrpc.h"
#include "store/base/hex.h"

enum {
	WITHIN_MS = 10000,
	A_SOURCE = 4,
	ANSWER_MAX = 8 << 20,
	DIGITS_MAX = 20,
	BROKE_AT_ONCE_US = 500000
};

enum err bn_open(struct turn *t, const struct bn_options *o, struct bn **out)
{
	struct http_client *http;

	if (o->n < 1 || o->n > BN_SOURCES)
		return fail(t, ERR_INVALID, "%zu Beacon nodes; 1 to %d can be asked", o->n,
			    BN_SOURCES);
	TRY(http_open(
		t, &(struct http_options){ .connections = A_SOURCE * o->n, .ca_file = o->ca_file },
		&http));
	struct bn *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	b->http = http;
	b->n = o->n;
	b->within_ms = o->within_ms ? o->within_ms : WITHIN_MS;
	for (size_t i = 0; i < o->n; i++) {
		size_t len = strlen(o->urls[i]);

		while (len > 0 && o->urls[i][len - 1] == '/')
			len--;
		b->source[i].url = strndup(o->urls[i], len);
		if (!b->source[i].url)
			abort();
	}
	*out = b;
	return OK;
}

void bn_close(struct bn *b)
{
	if (!b)
		return;
	http_close(b->http);
	for (size_t i = 0; i < b->n; i++)
		free(b->source[i].url);
	free(b);
}

size_t bn_count(const struct bn *b)
{
	return b->n;
}

struct bn_news bn_news(struct turn *t, struct bn *b, size_t source)
{
	struct bn_source *s = &b->source[source];
	struct bn_news n = { s->asked, s->failed, turn_strdup(t, s->said) };

	s->asked = s->failed = 0;
	s->said[0] = 0;
	return n;
}

/* ---- asking ---- */

void bn_add(struct turn *t, struct bn_asks *k, size_t source, const char *path, const char *body,
	    size_t from, size_t n)
{
	k->v = turn_grow(t, k->v, k->n, &k->room, sizeof(*k->v));
	k->v[k->n++] = (struct bn_ask){
		.source = source, .path = path, .body = body, .from = from, .n = n, .said = ""
	};
}

/* What a node says of an error: {"message": ...}, else the text itself. */
static const char *complaint(struct turn *t, const struct http_answer *a)
{
	json_t *j = json_bounded(a->body) ? json_loadb((const char *)a->body.p, a->body.n, 0, NULL)
					  : NULL;
	const char *words = bn_words(t, json_object_get(j, "message"));
	const char *said = turn_printf(t, "HTTP %d%s%.120s", a->status, *words ? ": " : "", words);

	json_decref(j);
	return said;
}

static void judge(struct turn *t, struct bn_ask *k)
{
	const struct http_answer *a = k->a;

	if (a->outcome != HTTP_ANSWERED) {
		k->said = a->said;
		return;
	}
	k->status = a->status;
	if (a->status != 200) {
		k->said = complaint(t, a);
		return;
	}
	if (json_bounded(a->body))
		k->json = json_loadb((const char *)a->body.p, a->body.n, JSON_REJECT_DUPLICATES,
				     NULL);
	if (!json_is_object(k->json)) {
		json_decref(k->json);
		k->json = NULL;
		k->said = "HTTP 200 with something that is no Beacon API answer";
	}
}

/* Nodes close connections that were idle for seconds, and a request may cross with that. Every
 * question here is harmless when it is asked twice, so what broke at once is asked once more. */
static void ask_again(struct turn *t, struct bn *b, const struct http_ask *asks,
		      struct http_answer *answers, size_t n)
{
	struct http_ask *again = turn_array(t, n + 1, sizeof(*again));
	size_t *of = turn_array(t, n + 1, sizeof(*of)), m = 0;

	for (size_t i = 0; i < n; i++)
		if (answers[i].outcome == HTTP_NO_ANSWER && answers[i].took_us < BROKE_AT_ONCE_US) {
			again[m] = asks[i];
			of[m++] = i;
		}
	if (m == 0)
		return;
	struct http_answer *more = http_ask_many(t, b->http, again, m);

	for (size_t i = 0; i < m; i++)
		answers[of[i]] = more[i];
}

/* One of each source in turn: a slow one then leaves room for the others, and every source keeps
 * its own connections. */
static size_t *by_turns(struct turn *t, const struct bn *b, const struct bn_asks *k)
{
	size_t *order = turn_array(t, k->n + 1, sizeof(*order)), n = 0;
	size_t next[BN_SOURCES] = { 0 };

	while (n < k->n)
		for (size_t s = 0; s < b->n; s++) {
			while (next[s] < k->n && k->v[next[s]].source != s)
				next[s]++;
			if (next[s] < k->n)
				order[n++] = next[s]++;
		}
	return order;
}

void bn_ask_all(struct turn *t, struct bn *b, struct bn_asks *k, bool may_miss)
{
	static const char *const headers[] = { "Content-Type: application/json",
					       "Accept: application/json" };
	struct http_ask *asks = turn_array(t, k->n + 1, sizeof(*asks));
	size_t *order = by_turns(t, b, k);

	for (size_t i = 0; i < k->n; i++) {
		const struct bn_ask *a = &k->v[order[i]];

		asks[i] = (struct http_ask){
			.url = turn_printf(t, "%s%s", b->source[a->source].url, a->path),
			.headers = headers,
			.n_headers = 2,
			.body = { (const uint8_t *)a->body, a->body ? strlen(a->body) : 0 },
			.max_answer = ANSWER_MAX,
			.within_ms = b->within_ms,
		};
	}
	struct http_answer *answers = http_ask_many(t, b->http, asks, k->n);

	ask_again(t, b, asks, answers, k->n);
	for (size_t i = 0; i < k->n; i++)
		k->v[order[i]].a = &answers[i];
	for (size_t i = 0; i < k->n; i++) {
		struct bn_source *s = &b->source[k->v[i].source];

		judge(t, &k->v[i]);
		s->asked++;
		if (k->v[i].json || (may_miss && k->v[i].status == 404))
			continue;
		s->failed++;
		size_t n = strlen(k->v[i].said);

		n = n < sizeof(s->said) - 1 ? n : sizeof(s->said) - 1;
		memcpy(s->said, k->v[i].said, n);
		s->said[n] = 0;
	}
}

void bn_asked(struct bn_asks *k)
{
	for (size_t i = 0; i < k->n; i++)
		json_decref(k->v[i].json);
	k->n = 0;
}

const json_t *bn_data(const struct bn_ask *a)
{
	return json_object_get(a->json, "data");
}

/* ---- reading ---- */

bool bn_number(const json_t *j, int64_t *out)
{
	const char *s = json_string_value(j);
	uint64_t v = 0;

	if (json_is_integer(j)) {
		*out = json_integer_value(j);
		return *out >= 0;
	}
	if (!s || !*s || strlen(s) > DIGITS_MAX)
		return false;
	for (; *s; s++) {
		uint64_t digit = (uint64_t)(unsigned char)*s - '0';

		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v >= UINT64_C(1) << 53 ? -1 : (int64_t)v;
	return true;
}

bool bn_amount(const json_t *j, int64_t *out)
{
	const char *s = json_string_value(j);
	bool less = s && *s == '-';
	int64_t v;

	if (json_is_integer(j)) {
		*out = json_integer_value(j);
		return *out < INT64_C(1) << 53 && *out > -(INT64_C(1) << 53);
	}
	if (!s || strlen(s) > DIGITS_MAX)
		return false;
	json_t *digits = json_string(s + less);
	bool fine = bn_number(digits, &v) && v >= 0 && v < INT64_C(1) << 53;

	json_decref(digits);
	*out = less ? -v : v;
	return fine;
}

bool bn_hash(const json_t *j, struct eth_hash *out)
{
	const char *s = json_string_value(j);

	return s && hex_get(s, out->b, sizeof(out->b));
}

const char *bn_words(struct turn *t, const json_t *j)
{
	return json_is_string(j) ? rpc_text(t, json_string_value(j), json_string_length(j)) : "";
}
