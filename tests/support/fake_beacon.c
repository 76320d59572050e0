#include "tests/support/fake_beacon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/hex.h"

enum { HEX = 2 * sizeof(struct pubkey) };

struct text {
	char *p;
	size_t n, room;
};

static void add(struct text *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *x, const char *fmt, ...)
{
	va_list ap;

	for (;;) {
		va_start(ap, fmt);
		int n = vsnprintf(x->p + x->n, x->room - x->n, fmt, ap);

		va_end(ap);
		if (n < 0)
			abort();
		if ((size_t)n < x->room - x->n) {
			x->n += (size_t)n;
			return;
		}
		x->room = x->room * 2 + (size_t)n;
		x->p = realloc(x->p, x->room);
		if (!x->p)
			abort();
	}
}

static struct text text_new(void)
{
	struct text x = { calloc(1, 4096), 0, 4096 };

	if (!x.p)
		abort();
	return x;
}

struct pubkey fake_beacon_key(size_t i)
{
	struct pubkey k;

	memset(k.b, 0xa0, sizeof(k.b));
	for (size_t at = 0; at < sizeof(i); at++)
		k.b[sizeof(k.b) - 1 - at] = (uint8_t)(i >> 8 * at);
	return k;
}

static int64_t slot_now(const struct fake_beacon *b)
{
	return (*b->now_ms - b->genesis_ms) / b->slot_ms;
}

static bool is_live(const struct fake_beacon *b, size_t i, int64_t epoch)
{
	const struct fake_validator *v = &b->v[i];

	if (b->says_all_live || b->says_none_live)
		return b->says_all_live;
	return v->down_from < 0 || epoch < v->down_from || (v->down_to >= 0 && epoch >= v->down_to);
}

/* ---- answers ---- */

static void far(struct text *x, const char *name, int64_t epoch)
{
	if (epoch < 0)
		add(x, "\"%s\":\"18446744073709551615\"", name);
	else
		add(x, "\"%s\":\"%lld\"", name, (long long)epoch);
}

static void validator(struct text *x, const struct fake_beacon *b, size_t i)
{
	const struct fake_validator *v = &b->v[i];
	struct pubkey k = fake_beacon_key(i);
	char hex[HEX + 1];

	hex_put(k.b, sizeof(k.b), hex);
	add(x,
	    "{\"index\":\"%zu\",\"balance\":\"%lld\",\"status\":\"%s\",\"validator\":{\"pubkey\":"
	    "\"0x%s\",\"effective_balance\":\"%lld\",\"slashed\":%s,",
	    i, (long long)v->balance, b->says_exited ? "exited_unslashed" : v->status, hex,
	    (long long)v->effective, v->slashed ? "true" : "false");
	far(x, "activation_epoch", v->activation);
	add(x, ",");
	far(x, "exit_epoch", v->exit);
	add(x, ",");
	far(x, "withdrawable_epoch", v->exit < 0 ? -1 : v->exit + 256);
	add(x, "}}");
}

/* The index of a key or a decimal index; -1: not known. */
static int64_t find(const struct fake_beacon *b, const char *id, size_t len)
{
	struct pubkey k;
	char copy[HEX + 3];

	if (len >= sizeof(copy))
		return -1;
	memcpy(copy, id, len);
	copy[len] = 0;
	if (len < HEX)
		return len && strspn(copy, "0123456789") == len &&
				       (size_t)strtol(copy, NULL, 10) < b->n
			       ? strtol(copy, NULL, 10)
			       : -1;
	if (!hex_get(copy, k.b, sizeof(k.b)))
		return -1;
	for (size_t i = 0; i < sizeof(size_t); i++)
		if (k.b[i] != 0xa0)
			return -1;
	size_t i = 0;

	for (size_t at = 0; at < sizeof(i); at++)
		i = i << 8 | k.b[sizeof(k.b) - sizeof(i) + at];
	return i < b->n && !b->v[i].absent ? (int64_t)i : -1;
}

static void add_known(struct text *x, const struct fake_beacon *b, const char *id, size_t len)
{
	int64_t i = find(b, id, len);

	if (i < 0)
		return;
	add(x, x->p[x->n - 1] == '[' ? "" : ",");
	validator(x, b, (size_t)i);
}

static char *states_of(const struct fake_beacon *b, const char *query, const char *body)
{
	struct text x = text_new();
	unsigned nth = 0;

	add(&x, "{\"data\":[");
	if (body && *body) {
		json_t *j = json_loads(body, 0, NULL);
		const json_t *id;
		size_t i;

		json_array_foreach(json_object_get(j, "ids"), i, id)
			add_known(&x, b, json_string_value(id), json_string_length(id));
		json_decref(j);
	}
	for (const char *at = query; at && (at = strstr(at, "id=")); nth++) {
		at += 3;
		size_t whole = strcspn(at, "& ");
		bool list = memchr(at, ',', whole) != NULL;

		if (b->commas && strstr(at, "&id="))
			continue; /* it takes the last one only */
		if (list && b->lodestar)
			continue;
		for (size_t from = 0; from < whole;) {
			size_t len = strcspn(at + from, ",& ");

			add_known(&x, b, at + from, len);
			from += len + 1;
		}
	}
	add(&x, "]}");
	return x.p;
}

static void live_row(struct text *x, const struct fake_beacon *b, const char *id, int64_t epoch)
{
	int64_t i = find(b, id, strspn(id, "0123456789"));

	if (i < 0)
		return;
	add(x, x->p[x->n - 1] == '[' ? "" : ",");
	if (b->lodestar)
		add(x, "{\"index\":%lld,\"epoch\":%lld,\"is_live\":%s}", (long long)i,
		    (long long)epoch, is_live(b, (size_t)i, epoch) ? "true" : "false");
	else
		add(x, "{\"index\":\"%lld\",\"is_live\":%s}", (long long)i,
		    is_live(b, (size_t)i, epoch) ? "true" : "false");
}

static char *lives_of(const struct fake_beacon *b, int64_t epoch, const char *query,
		      const char *body)
{
	struct text x = text_new();

	add(&x, "{\"data\":[");
	if (body && *body) {
		json_t *j = json_loads(body, 0, NULL);
		const json_t *id;
		size_t i;

		json_array_foreach(j, i, id) live_row(&x, b, json_string_value(id), epoch);
		json_decref(j);
	}
	for (const char *at = query; at && (at = strstr(at, "indices=")); at += 8)
		live_row(&x, b, at + 8, epoch);
	add(&x, "]}");
	return x.p;
}

static char *rewards_of(const struct fake_beacon *b, int64_t epoch, const char *body)
{
	json_t *j = json_loads(body, 0, NULL);
	struct text x = text_new();
	const json_t *id;
	size_t i;

	add(&x, "{\"data\":{\"ideal_rewards\":[],\"total_rewards\":[");
	json_array_foreach(j, i, id)
	{
		int64_t v = find(b, json_string_value(id), json_string_length(id));
		bool live = v >= 0 && is_live(b, (size_t)v, epoch);

		if (v >= 0)
			add(&x,
			    "%s{\"validator_index\":\"%lld\",\"head\":\"%d\",\"target\":\"%d\","
			    "\"source\":\"%d\",\"inactivity\":\"0\"}",
			    x.p[x.n - 1] == '[' ? "" : ",", (long long)v, live ? 3000 : 0,
			    live ? 5600 : -5600, live ? 3000 : -3000);
	}
	json_decref(j);
	add(&x, "]}}");
	return x.p;
}

static char *proposers_of(const struct fake_beacon *b, int64_t epoch)
{
	struct text x = text_new();

	add(&x, "{\"data\":[");
	for (int64_t s = 0; s < b->slots; s++)
		add(&x, "%s{\"slot\":\"%lld\",\"validator_index\":\"%lld\"}", s ? "," : "",
		    (long long)(epoch * b->slots + s),
		    (long long)((epoch * b->slots + s) % (int64_t)b->n));
	add(&x, "]}");
	return x.p;
}

static bool path_is(const char *path, const char *prefix, const char **rest)
{
	size_t n = strlen(prefix);

	*rest = path + n;
	return strncmp(path, prefix, n) == 0;
}

static char *answer(struct fake_beacon *b, const char *path, const char *body, int *status)
{
	bool post = body && *body;
	const char *rest, *query = strchr(path, '?');
	int64_t head = slot_now(b) - b->lag;

	if (path_is(path, "/eth/v1/node/syncing", &rest))
		return httpd_text("{\"data\":{\"head_slot\":\"%lld\",\"sync_distance\":\"0\","
				  "\"is_syncing\":%s}}",
				  (long long)head, b->syncing ? "true" : "false");
	if (path_is(path, "/eth/v1/beacon/genesis", &rest))
		return httpd_text(
			"{\"data\":{\"genesis_time\":\"%lld\",\"genesis_validators_root\":"
			"\"0x%062d%02x\"}}",
			(long long)(b->genesis_ms / 1000), 0, b->root);
	if (path_is(path, "/eth/v1/config/spec", &rest))
		return httpd_text(
			"{\"data\":{\"CONFIG_NAME\":\"fake\",\"SLOT_DURATION_MS\":\"%lld\","
			"\"SLOTS_PER_EPOCH\":\"%lld\"}}",
			(long long)b->slot_ms, (long long)b->slots);
	if (path_is(path, "/eth/v1/node/version", &rest))
		return httpd_text("{\"data\":{\"version\":\"Fake/v1\"}}");
	if (path_is(path, "/eth/v1/node/peer_count", &rest))
		return httpd_text("{\"data\":{\"connected\":\"50\"}}");
	if (path_is(path, "/eth/v1/beacon/states/head/finality", &rest))
		return httpd_text("{\"data\":{\"finalized\":{\"epoch\":\"%lld\"}}}",
				  (long long)(head / b->slots > 2 ? head / b->slots - 2 : 0));
	if (path_is(path, "/eth/v2/beacon/blocks/head", &rest))
		return httpd_text("{\"data\":{\"message\":{\"slot\":\"%lld\",\"body\":{"
				  "\"sync_aggregate\":{\"sync_committee_bits\":\"0x%08llx\"}}}}}",
				  (long long)head,
				  (unsigned long long)((UINT64_C(1) << b->sync_bits) - 1));
	if (path_is(path, "/eth/v1/beacon/states/head/validators/", &rest)) {
		int64_t i = find(b, rest, strlen(rest));
		struct text x = text_new();

		b->asked_states++;
		*status = i < 0 ? 404 : 200;
		add(&x, "{\"data\":");
		if (i >= 0)
			validator(&x, b, (size_t)i);
		add(&x, i >= 0 ? "}" : "null}");
		return x.p;
	}
	if (path_is(path, "/eth/v1/beacon/states/head/validators", &rest) &&
	    !(post && (b->lodestar || b->commas))) {
		b->asked_states++;
		return states_of(b, query, body);
	}
	if (path_is(path, "/eth/v1/validator/liveness/", &rest) && !b->lodestar) {
		b->asked_live++;
		return lives_of(b, strtol(rest, NULL, 10), NULL, body);
	}
	if (path_is(path, "/eth/v1/validator/liveness?epoch=", &rest) && b->lodestar) {
		b->asked_live++;
		return lives_of(b, strtol(rest, NULL, 10), query, NULL);
	}
	if (path_is(path, "/eth/v1/beacon/rewards/attestations/", &rest) && !b->lodestar)
		return rewards_of(b, strtol(rest, NULL, 10), body);
	if (path_is(path, "/eth/v1/validator/duties/proposer/", &rest))
		return proposers_of(b, strtol(rest, NULL, 10));
	if (path_is(path, "/eth/v1/beacon/headers/", &rest) &&
	    strtol(rest, NULL, 10) != b->missing_slot && strtol(rest, NULL, 10) <= head)
		return httpd_text("{\"data\":{\"header\":{\"message\":{\"slot\":\"%ld\"}}}}",
				  strtol(rest, NULL, 10));
	*status = 404;
	return httpd_text("{\"statusCode\":404,\"message\":\"Route not found\"}");
}

static void serve(void *arg, const struct httpd_request *q, struct httpd_reply *r)
{
	struct fake_beacon *b = arg;
	const char *path = strchr(q->head, ' ');
	size_t n = path ? strcspn(path + 1, " ") : 0;
	char *copy = strndup(path ? path + 1 : "", n);

	if (!copy)
		abort();
	b->asked_all++;
	r->status = 200;
	r->delay_ms = b->slow ? 3000 : 0;
	if (b->away)
		r->status = 503;
	else
		r->body = answer(b, copy, q->body, &r->status);
	free(copy);
}

struct fake_beacon *fake_beacon_start(size_t n, const int64_t *now_ms)
{
	struct fake_beacon *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	*b = (struct fake_beacon){ .now_ms = now_ms,
				   .genesis_ms = INT64_C(1700000000000),
				   .slot_ms = 12000,
				   .slots = 32,
				   .n = n,
				   .missing_slot = -1,
				   .sync_bits = 32 };
	b->v = calloc(n, sizeof(*b->v));
	if (!b->v)
		abort();
	for (size_t i = 0; i < n; i++)
		b->v[i] = (struct fake_validator){ .status = "active_ongoing",
						   .balance = INT64_C(32000000000),
						   .effective = INT64_C(32000000000),
						   .exit = -1,
						   .down_from = -1,
						   .down_to = -1 };
	b->http = httpd_start(serve, b);
	return b;
}

void fake_beacon_stop(struct fake_beacon *b)
{
	if (!b)
		return;
	httpd_stop(b->http);
	free(b->v);
	free(b);
}

const char *fake_beacon_url(const struct fake_beacon *b)
{
	return httpd_url(b->http);
}

void fake_beacon_lock(struct fake_beacon *b)
{
	httpd_lock(b->http);
}

void fake_beacon_unlock(struct fake_beacon *b)
{
	httpd_unlock(b->http);
}
