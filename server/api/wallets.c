/* ghostfleet.v1.WalletService */
#include "server/core/wallet.h"

#include <string.h>

#include "ghostfleet/v1/wallet.pb-c.h"
#include "server/api/convert.h"
#include "server/api/rows.h"
#include "server/api/wallet_keys.h"
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

static enum err generate_wallets(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GenerateWalletsRequest *in = vin;
	Ghostfleet__V1__GenerateWalletsResponse *out = vout;
	struct generate_ask ask = {
		.count = in->count,
		.prefix = *in->name_prefix ? in->name_prefix : "wallet",
		.profile = in->profile,
		.enabled = in->enabled,
	};
	struct wallet *w;

	TRY(wallet_prepare_generated(t, &ask, &w));
	return wallets_add(t, w, (size_t)ask.count, "wallets.generated", &out->wallets,
			   &out->n_wallets, out);
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

static enum err destroy_key(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__DestroyKeyRequest *in = vin;
	Ghostfleet__V1__DestroyKeyResponse *out = vout;
	struct eth_addr addr;
	const char *name;
	struct wallet w;
	int64_t version;

	TRY(name_of(t, "name", "wallets", in->name, &name));
	TRY(addr_of(t, "address", in->address, &addr));
	TRY(etag_of(t, in->etag, &version));
	TRY(key_destroy(t, name, version, addr, in->reason, &w));
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
	{ S, "ExportWallets", METHOD_SLOW, ROLE_ADMIN, METHOD_SECRET, 0, export_wallets, NULL },
	{ S, "DestroyKey", METHOD_WRITE, ROLE_ADMIN, 0, 0, destroy_key, NULL },
};
const size_t n_wallet_rows = sizeof(wallet_rows) / sizeof(wallet_rows[0]);
