/* Blocks: who was to propose them, whether they came, what they carry. */
#include <string.h>

#include "server/net/beacon_ask.h"
#include "store/base/hex.h"

/* Lodestar 1.5.1 labels the proposers of the next epoch with slots of this one: what is outside the
 * epoch that was asked for is not believed. */
static void read_proposers(const struct bn_ask *a, int64_t first, int64_t slots,
			   struct bn_proposers *out)
{
	const json_t *row;
	size_t i;

	json_array_foreach(bn_data(a), i, row)
	{
		int64_t slot, index;

		if (!bn_number(json_object_get(row, "slot"), &slot) || slot < first ||
		    slot >= first + slots ||
		    !bn_number(json_object_get(row, "validator_index"), &index))
			continue;
		out->index[slot - first] = index;
		out->known = true;
	}
}

void bn_proposers(struct turn *t, struct bn *b, const bool *ask, int64_t epoch, int64_t slots,
		  struct bn_proposers *out)
{
	const char *path =
		turn_printf(t, "/eth/v1/validator/duties/proposer/%lld", (long long)epoch);
	struct bn_asks k = { 0 };

	for (size_t s = 0; s < b->n; s++) {
		out[s] = (struct bn_proposers){ 0 };
		if (!ask[s])
			continue;
		out[s].index = turn_array(t, (size_t)slots, sizeof(*out[s].index));
		for (int64_t i = 0; i < slots; i++)
			out[s].index[i] = -1;
		bn_add(t, &k, s, path, NULL, 0, 0);
	}
	bn_ask_all(t, b, &k, false);
	for (size_t i = 0; i < k.n; i++)
		read_proposers(&k.v[i], epoch * slots, slots, &out[k.v[i].source]);
	bn_asked(&k);
}

void bn_blocks(struct turn *t, struct bn *b, const bool *ask, const int64_t *slots, size_t n,
	       uint8_t *out[BN_SOURCES])
{
	struct bn_asks k = { 0 };

	for (size_t s = 0; s < b->n; s++) {
		out[s] = ask[s] ? turn_array(t, n + 1, 1) : NULL;
		for (size_t i = 0; ask[s] && i < n; i++)
			bn_add(t, &k, s,
			       turn_printf(t, "/eth/v1/beacon/headers/%lld", (long long)slots[i]),
			       NULL, i, 1);
	}
	bn_ask_all(t, b, &k, true);
	for (size_t i = 0; i < k.n; i++) {
		const struct bn_ask *a = &k.v[i];
		const json_t *header = json_object_get(bn_data(a), "header");
		int64_t slot;

		/* Some answer with the block before it. */
		if (bn_number(json_object_get(json_object_get(header, "message"), "slot"), &slot))
			out[a->source][a->from] =
				slot == slots[a->from] ? BN_BLOCK_THERE : BN_BLOCK_NONE;
		else if (a->status == 404)
			out[a->source][a->from] = BN_BLOCK_NONE;
	}
	bn_asked(&k);
}

static void read_share(const struct bn_ask *a, struct bn_sync_share *out)
{
	const json_t *m = json_object_get(bn_data(a), "message");
	const json_t *sync = json_object_get(json_object_get(m, "body"), "sync_aggregate");
	const char *bits = json_string_value(json_object_get(sync, "sync_committee_bits"));
	uint8_t b[64];
	size_t n, set = 0;

	if (!bits || !hex_get_any(bits, b, sizeof(b), &n) || n == 0 ||
	    !bn_number(json_object_get(m, "slot"), &out->slot))
		return;
	for (size_t i = 0; i < n; i++)
		set += (size_t)__builtin_popcount(b[i]);
	out->ppm = (int64_t)(set * 1000000 / (n * 8));
	out->known = true;
}

void bn_sync_shares(struct turn *t, struct bn *b, const bool *ask, struct bn_sync_share *out)
{
	struct bn_asks k = { 0 };

	for (size_t s = 0; s < b->n; s++) {
		out[s] = (struct bn_sync_share){ 0 };
		if (ask[s])
			bn_add(t, &k, s, "/eth/v2/beacon/blocks/head", NULL, 0, 0);
	}
	bn_ask_all(t, b, &k, false);
	for (size_t i = 0; i < k.n; i++)
		read_share(&k.v[i], &out[k.v[i].source]);
	bn_asked(&k);
}
