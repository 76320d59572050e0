#include "server/core/backup.h"

#include <assert.h>
#include <string.h>

#include "server/core/seed.h"
#include "server/eth/kit.h"
#include "store/audit.h"
#include "store/base/buf.h"
#include "store/chain.h"
#include "store/events.h"
#include "store/safe_list.h"
#include "store/wallets.h"

enum { PAGE = 500, NAMED = 5 };

/* ---- making one ---- */

static enum err add_key(struct turn *t, const struct keyring *kr, const struct wallet *w,
			struct kit *k)
{
	if (k->n_keys == KIT_KEYS_MAX)
		return fail(t, ERR_FULL,
			    "a kit takes %d imported keys, and this fleet has more: export those "
			    "that are not needed any more, and destroy their keys",
			    KIT_KEYS_MAX);
	struct kit_key *key = &k->keys[k->n_keys];

	*key = (struct kit_key){ .name = w->name,
				 .addr = w->addr,
				 .funder = w->role == WALLET_FUNDER };
	TRY(keyring_open_key(t, kr, w->sealed, w->addr, &key->key));
	k->n_keys++;
	return OK;
}

/* Retired ones too: funds may still come to them. */
static enum err add_keys(struct turn *t, const struct keyring *kr, const struct kit_ask *ask,
			 struct kit *k, struct kit_row *row)
{
	int64_t after = 0;
	size_t n = PAGE;

	k->keys = turn_array(t, KIT_KEYS_MAX, sizeof(*k->keys));
	while (n == PAGE) {
		struct wallet *w;

		TRY(wallet_imported(t, after, PAGE, &w, &n));
		for (size_t i = 0; i < n; i++) {
			bool funder = w[i].role == WALLET_FUNDER;

			after = row->wallets_to = w[i].id;
			if (funder && ask->without_funder)
				continue;
			row->funder = row->funder || funder;
			TRY(add_key(t, kr, &w[i], k));
		}
	}
	row->imported = (int64_t)k->n_keys;
	return OK;
}

static enum err add_safe(struct turn *t, struct kit *k)
{
	struct safe_address *s;
	size_t n;

	TRY(safe_list(t, policy()->chain_id, KIT_SAFE_MAX, &s, &n));
	k->safe = turn_array(t, n + 1, sizeof(*k->safe));
	for (size_t i = 0; i < n; i++)
		if (s[i].state != SAFE_REMOVED)
			k->safe[k->n_safe++] = (struct kit_safe){
				.chain_id = s[i].chain_id,
				.addr = s[i].addr,
				.label = s[i].label,
				.active = s[i].state == SAFE_ACTIVE,
			};
	return OK;
}

static void add_contracts(struct turn *t, struct kit *k)
{
	const struct policy *pol = policy();

	k->has_stake = pol->has_ghost_core;
	k->stake = pol->ghost_core;
	k->tokens = turn_array(t, TOKENS_MAX, sizeof(*k->tokens));
	for (size_t i = 0; i < pol->n_tokens; i++)
		k->tokens[k->n_tokens++] = (struct kit_token){
			.addr = pol->tokens[i].addr,
			.symbol = pol->tokens[i].symbol,
			.decimals = pol->tokens[i].decimals,
			.tax_bps = pol->tokens[i].tax_bps,
		};
}

static enum err gather(struct turn *t, const struct kit_ask *ask, struct kit *k,
		       struct kit_row *row)
{
	const struct keyring *kr;
	struct chain chain;
	int64_t number, index;

	TRY(need_keys(t, &kr));
	TRY(chain_get(t, &chain));
	*k = (struct kit){
		.fleet = policy()->fleet ? policy()->fleet : "",
		.created_ms = t->now_ms,
		.chain_id = policy()->chain_id,
		.has_genesis = chain.seen_ms != 0,
		.genesis = chain.genesis,
	};
	/* Also before the first wallet: what is generated after it is covered. */
	TRY(seed_words(t, kr, &k->words));
	TRY(wallet_highest(t, "", &number, &index));
	k->indices = index + 1;
	*row = (struct kit_row){ .seed = true, .indices = k->indices };
	TRY(add_keys(t, kr, ask, k, row));
	TRY(add_safe(t, k));
	add_contracts(t, k);
	return OK;
}

enum err kit_make(struct turn *t, const struct kit_ask *ask, struct kit_row *row,
		  struct bytes *sealed_out)
{
	struct kit k;

	TRY(gather(t, ask, &k, row));
	TRY(kit_seal(t, &k, KIT_COST, ask->passphrase, ask->n, sealed_out));
	row->digest = kit_digest(*sealed_out);
	row->size = (int64_t)sealed_out->n;
	return OK;
}

static const char *kit_name(struct turn *t, int64_t id)
{
	return turn_printf(t, "kits/%lld", (long long)id);
}

enum err kit_store(struct turn *t, struct kit_row *row)
{
	assert(t->in_lane);
	TRY(kit_add(t, row));
	const char *text = turn_printf(
		t,
		"the seed with %lld indices and %lld imported keys%s, sealed under a passphrase "
		"of the caller's",
		(long long)row->indices, (long long)row->imported,
		row->funder ? " (the funder's among them)" : "");

	TRY(event_add(t, TOPIC_FLEET, kit_name(t, row->id), "kit.made", text));
	return audit_add(t, "kit.made", kit_name(t, row->id), text);
}

enum err kit_written(struct turn *t, int64_t id, const struct eth_hash *digest, struct kit_row *out)
{
	assert(t->in_lane);
	TRY(kit_get(t, id, out));
	if (!hash_eq(out->digest, *digest))
		return fail(t, ERR_INVALID,
			    "sha256: the file is not %s as it was made: it was changed or is "
			    "another one",
			    kit_name(t, id));
	if (out->state == KIT_CONFIRMED)
		return OK;
	TRY(kit_confirm(t, id));
	TRY(kit_get(t, id, out));
	TRY(event_add(t, TOPIC_FLEET, kit_name(t, id), "kit.confirmed", "written and read back"));
	return audit_add(t, "kit.confirmed", kit_name(t, id), "written and read back");
}

/* ---- refusing what no kit holds ---- */

static enum err refuse(struct turn *t, const char *const *names, size_t n)
{
	struct buf b = buf_in(t->mem, 256);

	for (size_t i = 0; i < n && i < NAMED; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", names[i]);
	return fail_reason(
		t, REASON_KEY_NOT_BACKED_UP,
		"no recovery kit holds the keys of %s%s: `ghostctl kit create --out FILE`, "
		"then fund",
		buf_text(&b), n > NAMED ? " and others" : "");
}

static bool lacks(const struct cover *c, const struct wallet *w)
{
	switch (w->key_kind) {
	case KEY_SEED:
		return w->hd_index >= c->indices;
	case KEY_IMPORTED:
		return w->id > c->wallets_to;
	case KEY_WATCH_ONLY:
		break;
	}
	return false;
}

static enum err check_named(struct turn *t, const struct cover *c, const struct selection *sel)
{
	const char *missing[NAMED + 1];
	size_t n = 0;

	for (size_t i = 0; i < sel->n_names && n <= NAMED; i++) {
		struct wallet w;
		enum err e = wallet_get(t, sel->names[i], &w);

		if (e == ERR_MISSING) /* said where the steps are made */
			continue;
		if (e != OK)
			return e;
		if (lacks(c, &w))
			missing[n++] = w.name;
	}
	return n ? refuse(t, missing, n) : OK;
}

enum err backup_check_selection(struct turn *t, const struct selection *sel)
{
	const char **names;
	struct cover c;
	size_t n;

	if (!policy()->require_backup)
		return OK;
	TRY(kit_cover(t, &c));
	if (sel->n_names)
		return check_named(t, &c, sel);
	TRY(cover_missing(t, &c, sel->profile ? sel->profile : "", NAMED + 1, &names, &n));
	return n ? refuse(t, names, n) : OK;
}

enum err backup_check_operation(struct turn *t, const struct operation *o)
{
	const char **names;
	struct cover c;
	size_t n;

	if (!policy()->require_backup || o->kind != OP_FUND)
		return OK;
	TRY(kit_cover(t, &c));
	TRY(cover_missing_of(t, &c, o->id, NAMED + 1, &names, &n));
	return n ? refuse(t, names, n) : OK;
}
