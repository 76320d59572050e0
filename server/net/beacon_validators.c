/* Many validators at once: states, liveness, rewards. */
#include <stdlib.h>
#include <string.h>

#include "server/net/beacon_ask.h"
#include "store/base/hex.h"

/* ALONE: how many that an answer left out are asked for one by one in a round. */
enum { POST_BATCH = 1000, GET_BATCH = 48, ALONE = 16, PASSES = 4, REST_MS = 3600000 };

/* ---- which of the caller's items an answer speaks of ---- */

struct place {
	const void *key;
	size_t i;
};

static int by_pubkey(const void *a, const void *b)
{
	return memcmp(((const struct place *)a)->key, ((const struct place *)b)->key,
		      sizeof(struct pubkey));
}

static int by_index(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)((const struct place *)a)->key;
	int64_t y = *(const int64_t *)((const struct place *)b)->key;

	return (x > y) - (x < y);
}

typedef int place_order(const void *a, const void *b);

static struct place *sorted(struct turn *t, const void *keys, size_t size, size_t n,
			    place_order *order)
{
	struct place *p = turn_array(t, n + 1, sizeof(*p));

	for (size_t i = 0; i < n; i++)
		p[i] = (struct place){ (const char *)keys + i * size, i };
	qsort(p, n, sizeof(*p), order);
	return p;
}

/* -1: the answer speaks of one that was not asked for. */
static int64_t find(const struct place *p, size_t n, const void *key, place_order *order)
{
	struct place want = { key, 0 };
	const struct place *at = bsearch(&want, p, n, sizeof(*p), order);

	return at ? (int64_t)at->i : -1;
}

/* ---- states ---- */

struct states {
	struct turn *t;
	struct bn *b;
	const struct pubkey *keys;
	size_t n;
	struct place *order;
	struct bn_validator **out;
};

static bool read_state(struct turn *t, const json_t *row, struct bn_validator *v)
{
	const json_t *in = json_object_get(row, "validator");

	*v = (struct bn_validator){ 0 };
	v->status = bn_words(t, json_object_get(row, "status"));
	v->slashed = json_is_true(json_object_get(in, "slashed"));
	v->known = bn_number(json_object_get(row, "index"), &v->index) && v->index >= 0 &&
		   bn_amount(json_object_get(row, "balance"), &v->balance) && v->balance >= 0 &&
		   bn_amount(json_object_get(in, "effective_balance"), &v->effective) &&
		   bn_number(json_object_get(in, "activation_epoch"), &v->activation) &&
		   bn_number(json_object_get(in, "exit_epoch"), &v->exit) &&
		   bn_number(json_object_get(in, "withdrawable_epoch"), &v->withdrawable);
	return v->known;
}

static void take_state(struct states *k, size_t source, const json_t *row)
{
	const char *hex =
		json_string_value(json_object_get(json_object_get(row, "validator"), "pubkey"));
	struct pubkey key;
	struct bn_validator v;

	if (!hex || !hex_get(hex, key.b, sizeof(key.b)) || !read_state(k->t, row, &v))
		return;
	int64_t i = find(k->order, k->n, &key, by_pubkey);

	if (i >= 0)
		k->out[source][i] = v;
}

static const char *ids_body(struct turn *t, const struct pubkey *keys, size_t n)
{
	struct buf b = buf_in(t->mem, n * 102 + 32);

	buf_str(&b, "{\"ids\":[");
	for (size_t i = 0; i < n; i++) {
		char hex[2 * sizeof(struct pubkey) + 1];

		hex_put(keys[i].b, sizeof(keys[i].b), hex);
		buf_printf(&b, "%s\"0x%s\"", i ? "," : "", hex);
	}
	buf_str(&b, "]}");
	return buf_text(&b);
}

static const char *ids_path(struct turn *t, const struct pubkey *keys, size_t n, bool commas)
{
	struct buf b = buf_in(t->mem, n * 104 + 64);

	buf_str(&b, "/eth/v1/beacon/states/head/validators?");
	for (size_t i = 0; i < n; i++) {
		char hex[2 * sizeof(struct pubkey) + 1];

		hex_put(keys[i].b, sizeof(keys[i].b), hex);
		buf_printf(&b, "%s0x%s", i == 0 ? "id=" : commas ? "," : "&id=", hex);
	}
	return buf_text(&b);
}

/* Only what nobody told yet, in batches of the source's form. */
static void add_batches(struct states *k, struct bn_asks *asks, size_t s)
{
	enum bn_form form = k->b->source[s].form;
	size_t batch = form == FORM_POST ? POST_BATCH : GET_BATCH;

	for (size_t from = 0; from < k->n; from += batch) {
		size_t n = k->n - from < batch ? k->n - from : batch, known = 0;
		const struct pubkey *keys = k->keys + from;

		for (size_t i = 0; i < n; i++)
			known += k->out[s][from + i].known || k->out[s][from + i].absent;
		if (known == n)
			continue;
		if (form == FORM_POST)
			bn_add(k->t, asks, s, "/eth/v1/beacon/states/head/validators",
			       ids_body(k->t, keys, n), from, n);
		else
			bn_add(k->t, asks, s, ids_path(k->t, keys, n, form == FORM_COMMAS), NULL,
			       from, n);
	}
}

/* A node that does not know the form says so with one of these. */
static bool not_that_form(int status)
{
	return status == 400 || status == 404 || status == 405 || status == 415 || status == 501;
}

/* What the batches left out is asked for alone: a node drops keys it does not know without a word,
 * and some drop all of a list they do not understand. True: it withheld one that it knows. */
static bool ask_alone(struct states *k, size_t s)
{
	struct bn_asks asks = { 0 };
	bool withheld = false;
	/* Begin anywhere, so that in time each of many absent ones is asked for. */
	size_t start = (size_t)turn_pick(k->t, k->n);

	for (size_t j = 0; j < k->n && asks.n < ALONE; j++) {
		size_t i = (start + j) % k->n;
		char hex[2 * sizeof(struct pubkey) + 1];

		if (k->out[s][i].known || k->out[s][i].absent)
			continue;
		hex_put(k->keys[i].b, sizeof(k->keys[i].b), hex);
		bn_add(k->t, &asks, s,
		       turn_printf(k->t, "/eth/v1/beacon/states/head/validators/0x%s", hex), NULL,
		       i, 1);
	}
	bn_ask_all(k->t, k->b, &asks, true);
	for (size_t j = 0; j < asks.n; j++) {
		struct bn_validator *v = &k->out[s][asks.v[j].from];

		if (asks.v[j].status == 404)
			v->absent = true;
		else if (asks.v[j].json && read_state(k->t, bn_data(&asks.v[j]), v))
			withheld = true;
	}
	bn_asked(&asks);
	return withheld;
}

/* One round to one source and another form where it needs one. False: there is nothing more to
 * learn from it now. */
static bool next_form(struct states *k, size_t s, bool refused, bool answered)
{
	struct bn_source *from = &k->b->source[s];
	bool missing = false;

	for (size_t i = 0; i < k->n && !missing; i++)
		missing = !k->out[s][i].known && !k->out[s][i].absent;
	if (!missing || (!refused && !answered))
		return false;
	if (!refused && !ask_alone(k, s))
		return false;
	from->form = (enum bn_form)((from->form + 1) % FORM_LAST);
	return from->form != FORM_POST;
}

void bn_validators(struct turn *t, struct bn *b, const bool *ask, const struct pubkey *keys,
		   size_t n, struct bn_validator *out[BN_SOURCES])
{
	struct states k = { t, b, keys, n, sorted(t, keys, sizeof(*keys), n, by_pubkey), out };
	bool again[BN_SOURCES] = { 0 };

	for (size_t s = 0; s < b->n; s++) {
		again[s] = ask[s] && n > 0;
		out[s] = ask[s] ? turn_array(t, n + 1, sizeof(**out)) : NULL;
	}
	for (int pass = 0; pass < PASSES; pass++) {
		bool refused[BN_SOURCES] = { 0 }, answered[BN_SOURCES] = { 0 };
		struct bn_asks asks = { 0 };

		for (size_t s = 0; s < b->n; s++)
			if (again[s])
				add_batches(&k, &asks, s);
		bn_ask_all(t, b, &asks, pass == 0);
		for (size_t i = 0; i < asks.n; i++) {
			const struct bn_ask *a = &asks.v[i];
			const json_t *row;
			size_t at;

			refused[a->source] |= not_that_form(a->status);
			answered[a->source] |= a->json != NULL;
			json_array_foreach(bn_data(a), at, row) take_state(&k, a->source, row);
		}
		bn_asked(&asks);
		for (size_t s = 0; s < b->n; s++)
			again[s] = again[s] && next_form(&k, s, refused[s], answered[s]);
	}
}

/* ---- liveness ---- */

static const char *indices_body(struct turn *t, const int64_t *indices, size_t n)
{
	struct buf b = buf_in(t->mem, n * 24 + 8);

	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s\"%lld\"", i ? "," : "[", (long long)indices[i]);
	buf_str(&b, n ? "]" : "[]");
	return buf_text(&b);
}

/* The form of before the standard, which Lodestar 1.5.1 has. */
static const char *live_path(struct turn *t, int64_t epoch, const int64_t *indices, size_t n)
{
	struct buf b = buf_in(t->mem, n * 32 + 80);

	buf_printf(&b, "/eth/v1/validator/liveness?epoch=%lld", (long long)epoch);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "&indices=%lld", (long long)indices[i]);
	return buf_text(&b);
}

struct lives {
	struct turn *t;
	int64_t epoch;
	const int64_t *indices;
	size_t n;
	struct place *order;
	uint8_t **out;
};

static void add_live(struct lives *k, struct bn_asks *asks, size_t s, enum bn_live_form form)
{
	size_t batch = form == LIVE_POST ? POST_BATCH : GET_BATCH;

	for (size_t from = 0; from < k->n; from += batch) {
		size_t n = k->n - from < batch ? k->n - from : batch;

		if (form == LIVE_POST)
			bn_add(k->t, asks, s,
			       turn_printf(k->t, "/eth/v1/validator/liveness/%lld",
					   (long long)k->epoch),
			       indices_body(k->t, k->indices + from, n), from, n);
		else
			bn_add(k->t, asks, s, live_path(k->t, k->epoch, k->indices + from, n), NULL,
			       from, n);
	}
}

static void take_live(struct lives *k, const struct bn_ask *a)
{
	const json_t *row;
	size_t at;

	json_array_foreach(bn_data(a), at, row)
	{
		const json_t *live = json_object_get(row, "is_live");
		int64_t index, epoch = k->epoch;

		(void)bn_number(json_object_get(row, "epoch"), &epoch);
		if (!bn_number(json_object_get(row, "index"), &index) || !json_is_boolean(live) ||
		    epoch != k->epoch)
			continue;
		int64_t i = find(k->order, k->n, &index, by_index);

		if (i >= 0)
			k->out[a->source][i] = json_is_true(live) ? BN_LIVE : BN_NOT_LIVE;
	}
}

void bn_liveness(struct turn *t, struct bn *b, const bool *ask, int64_t epoch,
		 const int64_t *indices, size_t n, uint8_t *out[BN_SOURCES])
{
	struct lives k = { t,  epoch, indices, n, sorted(t, indices, sizeof(*indices), n, by_index),
			   out };
	bool again[BN_SOURCES] = { 0 };

	for (size_t s = 0; s < b->n; s++) {
		again[s] = ask[s] && n > 0;
		out[s] = ask[s] ? turn_array(t, n + 1, 1) : NULL;
	}
	for (int pass = 0; pass < 2; pass++) {
		bool other[BN_SOURCES] = { 0 };
		struct bn_asks asks = { 0 };

		for (size_t s = 0; s < b->n; s++)
			if (again[s])
				add_live(&k, &asks, s, b->source[s].live);
		bn_ask_all(t, b, &asks, pass == 0);
		for (size_t i = 0; i < asks.n; i++) {
			take_live(&k, &asks.v[i]);
			other[asks.v[i].source] |= not_that_form(asks.v[i].status);
		}
		bn_asked(&asks);
		for (size_t s = 0; s < b->n; s++) {
			again[s] = again[s] && other[s];
			if (again[s])
				b->source[s].live =
					b->source[s].live == LIVE_POST ? LIVE_GET : LIVE_POST;
		}
	}
}

/* ---- rewards ---- */

static bool read_reward(const json_t *row, struct bn_reward *r)
{
	r->known = bn_amount(json_object_get(row, "head"), &r->head) &&
		   bn_amount(json_object_get(row, "target"), &r->target) &&
		   bn_amount(json_object_get(row, "source"), &r->source);
	if (!bn_amount(json_object_get(row, "inactivity"), &r->inactivity))
		r->inactivity = 0;
	return r->known;
}

static bool rewards_of(struct turn *t, struct bn *b, size_t s, int64_t epoch,
		       const int64_t *indices, size_t n, struct bn_reward *out)
{
	struct place *order = sorted(t, indices, sizeof(*indices), n, by_index);
	const char *path =
		turn_printf(t, "/eth/v1/beacon/rewards/attestations/%lld", (long long)epoch);
	struct bn_asks asks = { 0 };
	bool any = false, refused = false;

	for (size_t from = 0; from < n; from += POST_BATCH) {
		size_t count = n - from < POST_BATCH ? n - from : POST_BATCH;

		bn_add(t, &asks, s, path, indices_body(t, indices + from, count), from, count);
	}
	bn_ask_all(t, b, &asks, true);
	for (size_t i = 0; i < asks.n; i++) {
		const json_t *row;
		size_t at;

		refused |= not_that_form(asks.v[i].status);
		json_array_foreach(json_object_get(bn_data(&asks.v[i]), "total_rewards"), at, row)
		{
			int64_t index, k = -1;

			if (bn_number(json_object_get(row, "validator_index"), &index))
				k = find(order, n, &index, by_index);
			if (k >= 0)
				any |= read_reward(row, &out[k]);
		}
	}
	bn_asked(&asks);
	if (refused && !any)
		b->source[s].rewards_from_ms = t->now_ms + REST_MS;
	return any;
}

bool bn_rewards(struct turn *t, struct bn *b, const bool *ask, int64_t epoch,
		const int64_t *indices, size_t n, struct bn_reward *out)
{
	for (size_t s = 0; s < b->n; s++)
		if (ask[s] && n > 0 && b->source[s].rewards_from_ms <= t->now_ms &&
		    rewards_of(t, b, s, epoch, indices, n, out))
			return true;
	return false;
}
