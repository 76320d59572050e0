#include "server/core/wallet.h"

#include <assert.h>
#include <string.h>

#include "server/core/seed.h"
#include "server/core/shared.h"
#include "server/eth/addr.h"
#include "server/eth/key.h"
#include "server/eth/keyring.h"
#include "store/audit.h"
#include "store/events.h"
#include "store/intents.h"
#include "store/operations.h"

enum { NAME_MAX_BYTES = 40, PREFIX_MAX = 30 };

bool wallet_name_ok(const char *name)
{
	size_t n = strlen(name);

	if (n < 1 || n > NAME_MAX_BYTES || name[0] < 'a' || name[0] > 'z')
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static enum err derive(struct turn *t, const struct keyring *kr, const struct hd_branch *b,
		       struct wallet *w)
{
	SECRET struct secret key;

	TRY(hd_branch_key(t, b, (uint32_t)w->hd_index, &key));
	key_address(&key, &w->addr);
	return keyring_seal_key(t, kr, &key, w->addr, &w->sealed);
}

/* One whose profile is nowhere would look as if it acted, and never would. */
static enum err check_acts(struct turn *t, bool enabled, const char *profile)
{
	if (!enabled || !*profile || policy_profile(policy(), profile))
		return OK;
	return fail(t, ERR_REFUSED,
		    "profile: the configuration has no [profiles.%s], so that nothing could be "
		    "done: write it, name another one, or leave the wallet disabled",
		    profile);
}

static enum err check_prefix(struct turn *t, const char *prefix)
{
	if (strlen(prefix) <= PREFIX_MAX && wallet_name_ok(prefix))
		return OK;
	return fail(t, ERR_INVALID,
		    "name_prefix: '%.40s' is not [a-z][a-z0-9-]* of at most %d letters", prefix,
		    PREFIX_MAX);
}

static enum err check_generate(struct turn *t, const struct generate_ask *ask)
{
	if (ask->count < 1 || ask->count > WALLETS_A_CALL)
		return fail(t, ERR_INVALID, "count: %lld, want 1 to %d at a call",
			    (long long)ask->count, WALLETS_A_CALL);
	TRY(check_prefix(t, ask->prefix));
	if (strlen(ask->profile) > NAME_MAX_BYTES)
		return fail(t, ERR_INVALID, "profile: longer than %d letters", NAME_MAX_BYTES);
	return check_acts(t, ask->enabled, ask->profile);
}

static enum err derive_all(struct turn *t, const struct keyring *kr, const struct hd_branch *b,
			   struct wallet *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		TRY(derive(t, kr, b, &w[i]));
	return OK;
}

enum err wallet_prepare_generated(struct turn *t, const struct generate_ask *ask,
				  struct wallet **out)
{
	const struct keyring *kr;
	struct hd_branch branch;
	int64_t number, index;

	TRY(check_generate(t, ask));
	TRY(need_keys(t, &kr));
	TRY(wallet_highest(t, ask->prefix, &number, &index));
	size_t n = (size_t)ask->count;
	struct wallet *w = turn_array(t, n, sizeof(*w));

	for (size_t i = 0; i < n; i++)
		w[i] = (struct wallet){
			.name = turn_printf(t, "%s-%03lld", ask->prefix,
					    (long long)(number + 1 + (int64_t)i)),
			.profile = ask->profile,
			.role = WALLET_FLEET,
			.key_kind = KEY_SEED,
			.hd_index = index + 1 + (int64_t)i,
			.state = WALLET_ACTIVE,
			.enabled = ask->enabled,
		};
	TRY(seed_branch(t, kr, &branch));
	enum err e = derive_all(t, kr, &branch, w, n);

	hd_branch_clear(&branch);
	*out = w;
	return e;
}

/* What an error calls a row. */
static const char *row_name(struct turn *t, const struct import_ask *a, size_t row)
{
	return a->source ? a->source : turn_printf(t, "row %zu", row);
}

static enum err check_import(struct turn *t, const struct import_ask *a, const char *row)
{
	if (*a->name && !wallet_name_ok(a->name))
		return fail(t, ERR_INVALID,
			    "%s: the name '%.40s' is not [a-z][a-z0-9-]* of at most 40", row,
			    a->name);
	if (!a->key && !a->has_addr)
		return fail(t, ERR_INVALID, "%s: neither an address nor a key", row);
	if (strlen(a->profile) > NAME_MAX_BYTES)
		return fail(t, ERR_INVALID, "%s: profile: longer than %d letters", row,
			    NAME_MAX_BYTES);
	enum err e = check_acts(t, a->enabled && a->key, a->profile);

	return e == OK ? OK : fail(t, e, "%s: %s", row, turn_strdup(t, t->why));
}

static enum err prepare_one(struct turn *t, const struct keyring *kr, const struct import_ask *a,
			    const char *row, struct wallet *w)
{
	struct eth_addr of_key;

	*w = (struct wallet){
		.name = a->name,
		.addr = a->addr,
		.profile = a->profile,
		.role = a->role,
		.key_kind = a->key ? KEY_IMPORTED : KEY_WATCH_ONLY,
		.hd_index = -1,
		.state = WALLET_ACTIVE,
		.enabled = a->enabled && a->key,
	};
	TRY(check_import(t, a, row));
	if (!a->key)
		return OK;
	if (!key_valid(a->key))
		return fail(t, ERR_INVALID, "%s: not a private key of secp256k1", row);
	key_address(a->key, &of_key);
	if (a->has_addr && !addr_eq(a->addr, of_key))
		return fail_reason(t, REASON_ADDRESS_MISMATCH,
				   "%s: the key belongs to %s, not to %s", row, addr_str(t, of_key),
				   addr_str(t, a->addr));
	w->addr = of_key;
	return keyring_seal_key(t, kr, a->key, of_key, &w->sealed);
}

enum err wallet_prepare_imported(struct turn *t, const struct import_ask *asks, size_t n,
				 const char *prefix, struct wallet **out)
{
	const struct keyring *kr = NULL;
	int64_t number, index;

	if (n < 1 || n > WALLETS_A_CALL)
		return fail(t, ERR_INVALID, "wallets: %zu rows, want 1 to %d at a call", n,
			    WALLETS_A_CALL);
	TRY(check_prefix(t, prefix));
	struct wallet *w = turn_array(t, n, sizeof(*w));

	TRY(wallet_highest(t, prefix, &number, &index));
	for (size_t i = 0; i < n; i++) {
		if (asks[i].key && !kr)
			TRY(need_keys(t, &kr));
		TRY(prepare_one(t, kr, &asks[i], row_name(t, &asks[i], i + 1), &w[i]));
		if (!*w[i].name)
			w[i].name = turn_printf(t, "%s-%03lld", prefix, (long long)++number);
	}
	*out = w;
	return OK;
}

/* Names and indices were chosen from what the store held before the lane. */
static enum err add_one(struct turn *t, struct wallet *w)
{
	struct wallet there;
	enum err e = wallet_add(t, w);

	if (e != ERR_EXISTS)
		return e;
	if (wallet_by_addr(t, w->addr, &there) == OK)
		return fail(t, ERR_EXISTS, "the address %s is here already, as '%s'",
			    addr_str(t, w->addr), there.name);
	if (w->key_kind == KEY_SEED)
		return fail(t, ERR_STALE, "somebody generated wallets at the same time: repeat");
	return fail(t, ERR_EXISTS, "a wallet named '%s' is here already", w->name);
}

enum err wallet_add_prepared(struct turn *t, struct wallet *w, size_t n, const char *how)
{
	assert(t->in_lane);
	for (size_t i = 0; i < n; i++)
		TRY(add_one(t, &w[i]));
	const char *text =
		n == 1 ? turn_printf(t, "%s %s", w[0].name, addr_str(t, w[0].addr))
		       : turn_printf(t, "%zu wallets, %s to %s", n, w[0].name, w[n - 1].name);

	TRY(event_add(t, TOPIC_WALLET, "wallets", how, text));
	return audit_add(t, how, "wallets", text);
}

static enum err at_version(struct turn *t, const char *name, int64_t version, struct wallet *out)
{
	TRY(wallet_get(t, name, out));
	if (version && version != out->version)
		return fail(t, ERR_STALE, "etag: '%s' changed since you read it: read it again",
			    name);
	return OK;
}

enum err wallet_retire(struct turn *t, const char *name, int64_t version, const char *reason,
		       struct wallet *out)
{
	bool used;

	assert(t->in_lane);
	TRY(at_version(t, name, version, out));
	if (out->role == WALLET_FUNDER)
		return fail(t, ERR_REFUSED, "'%s' pays for the fleet: name another funder first",
			    name);
	if (out->in_flight > 0)
		return fail(t, ERR_REFUSED, "'%s' has %lld transactions in flight", name,
			    (long long)out->in_flight);
	TRY(step_uses_wallet(t, out->id, &used));
	if (used)
		return fail(t, ERR_REFUSED, "'%s' has a step in a running operation", name);
	TRY(wallet_update(t, out->id, out->version, out->profile, false, WALLET_RETIRED));
	TRY(wallet_get(t, name, out));
	const char *subject = turn_printf(t, "wallets/%s", name);

	TRY(event_add(t, TOPIC_WALLET, subject, "wallet.retired", reason));
	return audit_add(t, "wallet.retired", subject, reason);
}

enum err wallet_change(struct turn *t, const char *name, int64_t version, const char *profile,
		       const bool *enabled, struct wallet *out)
{
	assert(t->in_lane);
	TRY(at_version(t, name, version, out));
	bool on = enabled ? *enabled : out->enabled;

	if (!profile)
		profile = out->profile;
	if (strlen(profile) > NAME_MAX_BYTES)
		return fail(t, ERR_INVALID, "profile: longer than %d letters", NAME_MAX_BYTES);
	if (on && out->key_kind == KEY_WATCH_ONLY)
		return fail_reason(t, REASON_WATCH_ONLY,
				   "enabled: no key is held for '%s', it cannot act", name);
	TRY(check_acts(t, on, profile));
	TRY(wallet_update(t, out->id, out->version, profile, on, out->state));
	out->version++;
	out->profile = profile;
	out->enabled = on;
	return audit_add(t, "wallet.updated", turn_printf(t, "wallets/%s", name),
			 turn_printf(t, "profile %s, %s", profile, on ? "enabled" : "disabled"));
}
