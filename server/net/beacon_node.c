/* The node itself, and the chain it follows. */
#include <string.h>

#include "server/net/beacon_ask.h"

enum { SLOT_MS_MAX = 600000, SLOTS_MAX = 1024 };
static const int64_t SLOT_MAX = INT64_C(1) << 40;

static void read_look(const struct bn_ask *a, struct bn_look *l)
{
	const json_t *d = bn_data(a);

	l->took_us = a->a->took_us;
	l->said = a->json ? "HTTP 200 without a head slot" : a->said;
	if (!bn_number(json_object_get(d, "head_slot"), &l->head_slot) || l->head_slot < 0 ||
	    l->head_slot > SLOT_MAX)
		return;
	l->answered = true;
	l->said = "";
	l->syncing = json_is_true(json_object_get(d, "is_syncing"));
	l->optimistic = json_is_true(json_object_get(d, "is_optimistic"));
	l->el_offline = json_is_true(json_object_get(d, "el_offline"));
}

void bn_look(struct turn *t, struct bn *b, struct bn_look *out)
{
	struct bn_asks k = { 0 };

	for (size_t s = 0; s < b->n; s++)
		bn_add(t, &k, s, "/eth/v1/node/syncing", NULL, 0, 0);
	bn_ask_all(t, b, &k, false);
	for (size_t s = 0; s < b->n; s++) {
		out[s] = (struct bn_look){ 0 };
		read_look(&k.v[s], &out[s]);
	}
	bn_asked(&k);
}

/* ---- the chain ---- */

static bool read_genesis(const struct bn_ask *a, struct bn_chain *c)
{
	const json_t *d = bn_data(a);

	if (!bn_number(json_object_get(d, "genesis_time"), &c->genesis_ms) || c->genesis_ms < 0 ||
	    c->genesis_ms > SLOT_MAX)
		return false;
	c->genesis_ms *= 1000;
	return bn_hash(json_object_get(d, "genesis_validators_root"), &c->genesis_root);
}

/* SLOT_DURATION_MS is the newer name. */
static bool read_spec(struct turn *t, const struct bn_ask *a, struct bn_chain *c)
{
	const json_t *d = bn_data(a);

	if (!bn_number(json_object_get(d, "SLOT_DURATION_MS"), &c->slot_ms)) {
		if (!bn_number(json_object_get(d, "SECONDS_PER_SLOT"), &c->slot_ms) ||
		    c->slot_ms > SLOT_MS_MAX)
			return false;
		c->slot_ms *= 1000;
	}
	c->network = bn_words(t, json_object_get(d, "CONFIG_NAME"));
	return bn_number(json_object_get(d, "SLOTS_PER_EPOCH"), &c->slots) && c->slots >= 1 &&
	       c->slots <= SLOTS_MAX && c->slot_ms >= 1 && c->slot_ms <= SLOT_MS_MAX;
}

enum { GENESIS, SPEC, VERSION, PEERS, QUESTIONS };

void bn_chain(struct turn *t, struct bn *b, const bool *ask, struct bn_chain *out)
{
	static const char *const paths[QUESTIONS] = { "/eth/v1/beacon/genesis",
						      "/eth/v1/config/spec", "/eth/v1/node/version",
						      "/eth/v1/node/peer_count" };
	struct bn_asks k = { 0 };

	for (size_t s = 0; s < b->n; s++) {
		out[s] = (struct bn_chain){ .network = "", .client = "", .peers = -1 };
		for (size_t q = 0; ask[s] && q < QUESTIONS; q++)
			bn_add(t, &k, s, paths[q], NULL, q, 0);
	}
	bn_ask_all(t, b, &k, true);
	for (size_t i = 0; i < k.n; i += QUESTIONS) {
		const struct bn_ask *a = &k.v[i];
		struct bn_chain *c = &out[a->source];

		c->known = read_genesis(&a[GENESIS], c) && read_spec(t, &a[SPEC], c);
		c->client = bn_words(t, json_object_get(bn_data(&a[VERSION]), "version"));
		if (!bn_number(json_object_get(bn_data(&a[PEERS]), "connected"), &c->peers) ||
		    c->peers > INT32_MAX)
			c->peers = -1;
	}
	bn_asked(&k);
}

void bn_finality(struct turn *t, struct bn *b, const bool *ask, struct bn_finality *out)
{
	struct bn_asks k = { 0 };

	for (size_t s = 0; s < b->n; s++) {
		out[s] = (struct bn_finality){ 0 };
		if (ask[s])
			bn_add(t, &k, s, "/eth/v1/beacon/states/head/finality_checkpoints", NULL, 0,
			       0);
	}
	bn_ask_all(t, b, &k, false);
	for (size_t i = 0; i < k.n; i++) {
		struct bn_finality *f = &out[k.v[i].source];

		f->known = bn_number(json_object_get(json_object_get(bn_data(&k.v[i]), "finalized"),
						     "epoch"),
				     &f->finalized) &&
			   f->finalized >= 0 && f->finalized < SLOT_MAX;
	}
	bn_asked(&k);
}
