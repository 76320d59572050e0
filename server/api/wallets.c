/* ghostfleet.v1.WalletService */
#include "server/core/wallet.h"

#include <string.h>

#include "ghostfleet/v1/wallet.pb-c.h"
#include "server/api/convert.h"
#include "server/api/rows.h"
#include "server/core/breaker.h"
#include "server/eth/addr.h"
#include "store/base/hex.h"
#include "store/pauses.h"

enum { PAGE = 100, PAGE_MOST = 1000, TOKENS_READ = 16 };

static enum err find(struct turn *t, const char *name, struct wallet *out)
{
	struct eth_addr a;

	TRY(name_of(t, "name", "wallets", name, &name));
	if (strncmp(name, "0x", 2) != 0)
		return wallet_get(t, name, out);
	TRY(addr_of(t, "name", name, &a));
	return wallet_by_addr(t, a, out);
}

/* With what only a look at one wallet is worth. */
static enum err full(struct turn *t, const struct wallet *w, Ghostfleet__V1__Wallet **out)
{
	struct token_balance *b;
	struct pause *p;
	size_t n;

	*out = msg_wallet(t, w);
	TRY(token_balance_list(t, w->id, TOKENS_READ, &b, &n));
	(*out)->tokens = turn_array(t, n + 1, sizeof(*(*out)->tokens));
	for (size_t i = 0; i < n; i++) {
		Ghostfleet__V1__TokenBalance *m =
			msg_new(t, &ghostfleet__v1__token_balance__descriptor);

		m->token = msg_text(t, addr_str(t, b[i].token));
		m->amount = msg_wei(t, b[i].amount);
		(*out)->tokens[(*out)->n_tokens++] = m;
	}
	TRY(pause_active(t, turn_printf(t, "wallets/%s", w->name), 1, &p, &n));
	(*out)->paused = n > 0;
	return OK;
}

static enum err get_wallet(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GetWalletRequest *in = vin;
	Ghostfleet__V1__GetWalletResponse *out = vout;
	struct wallet w;

	TRY(find(t, in->name, &w));
	return full(t, &w, &out->wallet);
}

static enum err list_wallets(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListWalletsRequest *in = vin;
	Ghostfleet__V1__ListWalletsResponse *out = vout;
	struct wallet_filter f = { .role = (enum wallet_role)in->role,
				   .profile = in->profile,
				   .tripped = in->tripped };
	struct wallet *w;
	size_t limit, n;
	int64_t after;

	TRY(page_of(t, in->page_size, in->page_token, PAGE, PAGE_MOST, &limit, &after));
	TRY(bits_of(t, "states", in->states, in->n_states, WALLET_RETIRED, &f.states));
	if (f.states == 0)
		f.states = 1u << WALLET_ACTIVE;
	TRY(wallet_list(t, &f, after, limit, &w, &n));
	out->wallets = turn_array(t, n + 1, sizeof(*out->wallets));
	for (size_t i = 0; i < n; i++)
		TRY(full(t, &w[i], &out->wallets[out->n_wallets++]));
	if (n == limit && n > 0)
		out->next_page_token = page_next(t, w[n - 1].id);
	return OK;
}

struct adding {
	struct wallet *w;
	size_t n;
	const char *how;
	Ghostfleet__V1__Wallet ***list;
	size_t *n_list;
	const void *reply;
};

static enum err add_in_lane(struct turn *t, void *arg)
{
	struct adding *a = arg;

	TRY(wallet_add_prepared(t, a->w, a->n, a->how));
	*a->list = turn_array(t, a->n, sizeof(**a->list));
	*a->n_list = 0;
	for (size_t i = 0; i < a->n; i++)
		(*a->list)[(*a->n_list)++] = msg_wallet(t, &a->w[i]);
	method_answer(t, a->reply);
	return OK;
}

static enum err generate_wallets(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GenerateWalletsRequest *in = vin;
	Ghostfleet__V1__GenerateWalletsResponse *out = vout;
	struct generate_ask ask = {
		.count = in->count > 0 ? (size_t)in->count : 0,
		.prefix = *in->name_prefix ? in->name_prefix : "wallet",
		.profile = in->profile,
		.enabled = in->enabled,
	};
	struct adding a = { .n = ask.count,
			    .how = "wallets.generated",
			    .list = &out->wallets,
			    .n_list = &out->n_wallets,
			    .reply = out };

	TRY(wallet_prepare_generated(t, &ask, &a.w));
	return lane_run(t, add_in_lane, &a);
}

static enum err import_ask_of(struct turn *t, const Ghostfleet__V1__ImportedWallet *m, size_t row,
			      struct import_ask *a, struct secret *key)
{
	const char *why;

	*a = (struct import_ask){ .name = m->name,
				  .profile = m->profile,
				  .enabled = m->enabled,
				  .role = WALLET_FLEET,
				  .has_addr = *m->address };
	if (*m->address && !addr_parse(m->address, &a->addr, &why))
		return fail(t, ERR_INVALID, "row %zu: address '%.60s': %s", row, m->address, why);
	if (m->private_key.len == 0)
		return OK;
	if (m->private_key.len != sizeof(key->b))
		return fail(t, ERR_INVALID, "row %zu: a private key has 32 bytes, this has %zu",
			    row, m->private_key.len);
	memcpy(key->b, m->private_key.data, sizeof(key->b));
	a->key = key;
	return OK;
}

static enum err import_wallets(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ImportWalletsRequest *in = vin;
	Ghostfleet__V1__ImportWalletsResponse *out = vout;
	struct import_ask *asks = turn_array(t, in->n_wallets + 1, sizeof(*asks));
	/* In the turn's memory, which is cleared when it ends. */
	struct secret *keys = turn_array(t, in->n_wallets + 1, sizeof(*keys));
	struct adding a = { .n = in->n_wallets,
			    .how = "wallets.imported",
			    .list = &out->wallets,
			    .n_list = &out->n_wallets,
			    .reply = out };

	for (size_t i = 0; i < in->n_wallets; i++)
		TRY(import_ask_of(t, in->wallets[i], i + 1, &asks[i], &keys[i]));
	TRY(wallet_prepare_imported(t, asks, in->n_wallets, &a.w));
	return lane_run(t, add_in_lane, &a);
}

static enum err etag_of(struct turn *t, const char *etag, int64_t *out)
{
	*out = 0;
	return *etag ? id_of(t, "etag", "etag", etag, out) : OK;
}

static enum err update_wallet(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__UpdateWalletRequest *in = vin;
	Ghostfleet__V1__UpdateWalletResponse *out = vout;
	const char *name, *profile = NULL;
	bool on, *enabled = NULL;
	struct wallet w;
	int64_t version;

	if (!in->wallet)
		return fail(t, ERR_INVALID, "wallet: is missing");
	if (!in->update_mask || in->update_mask->n_paths == 0)
		return fail(t, ERR_INVALID, "update_mask: name what changes: profile, enabled");
	for (size_t i = 0; i < in->update_mask->n_paths; i++) {
		const char *path = in->update_mask->paths[i];

		if (strcmp(path, "profile") == 0) {
			profile = in->wallet->profile;
		} else if (strcmp(path, "enabled") == 0) {
			on = in->wallet->enabled;
			enabled = &on;
		} else {
			return fail(t, ERR_INVALID, "update_mask: '%.40s' cannot be changed", path);
		}
	}
	TRY(name_of(t, "wallet.name", "wallets", in->wallet->name, &name));
	TRY(etag_of(t, in->wallet->etag, &version));
	TRY(wallet_change(t, name, version, profile, enabled, &w));
	return full(t, &w, &out->wallet);
}

static enum err reset_breaker(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ResetBreakerRequest *in = vin;
	Ghostfleet__V1__ResetBreakerResponse *out = vout;
	const char *name;
	struct wallet w;
	bool changed;

	TRY(name_of(t, "name", "wallets", in->name, &name));
	TRY(breaker_reset(t, name, in->force, in->reason, &changed, &w));
	out->changed = changed;
	return full(t, &w, &out->wallet);
}

static enum err retire_wallet(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__RetireWalletRequest *in = vin;
	Ghostfleet__V1__RetireWalletResponse *out = vout;
	const char *name;
	struct wallet w;
	int64_t version;

	TRY(name_of(t, "name", "wallets", in->name, &name));
	TRY(etag_of(t, in->etag, &version));
	TRY(wallet_retire(t, name, version, in->reason, &w));
	return full(t, &w, &out->wallet);
}

#define S "ghostfleet.v1.WalletService"
const struct method wallet_rows[] = {
	{ S, "ListWallets", METHOD_READ, ANY_READER, 0, 0, list_wallets, NULL },
	{ S, "GetWallet", METHOD_READ, ANY_READER, 0, 0, get_wallet, NULL },
	{ S, "GenerateWallets", METHOD_SLOW, ROLE_OPERATOR, 0, 0, generate_wallets, NULL },
	{ S, "ImportWallets", METHOD_SLOW, ROLE_ADMIN, 0, 0, import_wallets, NULL },
	{ S, "UpdateWallet", METHOD_WRITE, ROLE_OPERATOR, 0, 0, update_wallet, NULL },
	{ S, "ResetBreaker", METHOD_WRITE, ROLE_OPERATOR, METHOD_URGENT, 0, reset_breaker, NULL },
	{ S, "RetireWallet", METHOD_WRITE, ROLE_OPERATOR, 0, 0, retire_wallet, NULL },
};
const size_t n_wallet_rows = sizeof(wallet_rows) / sizeof(wallet_rows[0]);
