#include "server/api/wallet_keys.h"

#include <string.h>

#include "server/api/convert.h"
#include "server/core/backup.h"
#include "server/core/seed.h"
#include "server/core/wallet.h"
#include "server/eth/addr.h"
#include "server/eth/hd.h"
#include "server/eth/keystore.h"
#include "store/audit.h"
#include "store/events.h"

/* Each key file may take a second and 256 MiB, one after the other. */
enum { KEYSTORES_A_CALL = 16, PASSPHRASE_MIN = 12 };

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

enum err wallets_add(struct turn *t, struct wallet *w, size_t n, const char *how,
		     Ghostfleet__V1__Wallet ***list, size_t *n_list, const void *reply)
{
	struct adding a = {
		.w = w,
		.n = n,
		.how = how,
		.list = list,
		.n_list = n_list,
		.reply = reply,
	};

	return lane_run(t, add_in_lane, &a);
}

/* ---- in ---- */

static const char *row_name(struct turn *t, const Ghostfleet__V1__ImportedWallet *m, size_t row)
{
	return *m->source ? turn_printf(t, "%.120s", m->source) : turn_printf(t, "row %zu", row);
}

static enum err of_row(struct turn *t, enum err e, const char *row)
{
	enum reason why = t->reason;

	if (e == OK)
		return OK;
	e = fail(t, e, "%s: %s", row, turn_strdup(t, t->why));
	t->reason = why;
	return e;
}

/* A key file costs what its own numbers say, up to the cap: none is begun without the time. */
static enum err open_keystore(struct turn *t, const Ghostfleet__V1__ImportedWallet *m,
			      struct import_ask *a, struct secret *key)
{
	struct bytes json = { (const uint8_t *)m->keystore, strlen(m->keystore) };
	struct eth_addr owner;

	if (turn_left_ms(t) == 0)
		return fail(t, ERR_LATE,
			    "%s: the call's time is over: import fewer key files at a time, or "
			    "allow more with --timeout",
			    a->source);
	TRY(of_row(t, keystore_read(t, json, m->passphrase, strlen(m->passphrase), key, &owner),
		   a->source));
	a->key = key;
	return OK;
}

static enum err import_ask_of(struct turn *t, const Ghostfleet__V1__ImportedWallet *m, size_t row,
			      struct import_ask *a, struct secret *key)
{
	const char *why;

	*a = (struct import_ask){ .name = m->name,
				  .source = row_name(t, m, row),
				  .profile = m->profile,
				  .enabled = m->enabled,
				  .role = WALLET_FLEET,
				  .has_addr = *m->address };
	if (*m->address && !addr_parse(m->address, &a->addr, &why))
		return fail(t, ERR_INVALID, "%s: address '%.60s': %s", a->source, m->address, why);
	if (*m->keystore && m->private_key.len)
		return fail(t, ERR_INVALID, "%s: a private key or a keystore, not both", a->source);
	if (*m->keystore)
		return open_keystore(t, m, a, key);
	if (m->private_key.len == 0)
		return OK;
	if (m->private_key.len != sizeof(key->b))
		return fail(t, ERR_INVALID, "%s: a private key has 32 bytes, this has %zu",
			    a->source, m->private_key.len);
	memcpy(key->b, m->private_key.data, sizeof(key->b));
	a->key = key;
	return OK;
}

static enum err check_keystores(struct turn *t, const Ghostfleet__V1__ImportWalletsRequest *in)
{
	size_t n = 0;

	for (size_t i = 0; i < in->n_wallets; i++)
		n += *in->wallets[i]->keystore != 0;
	if (n <= KEYSTORES_A_CALL)
		return OK;
	return fail(t, ERR_INVALID, "wallets: %zu keystores, at most %d at a call", n,
		    KEYSTORES_A_CALL);
}

static enum err derive_asks(struct turn *t, const Ghostfleet__V1__ImportedPhrase *p,
			    const struct hd_branch *b, struct import_ask *asks, struct secret *keys)
{
	for (uint32_t i = 0; i < p->count; i++) {
		asks[i] = (struct import_ask){
			.name = "",
			.source = turn_printf(t, "index %u", p->first_index + i),
			.key = &keys[i],
			.profile = p->profile,
			.enabled = p->enabled,
			.role = WALLET_FLEET,
		};
		TRY(hd_branch_key(t, b, p->first_index + i, &keys[i]));
	}
	return OK;
}

static enum err phrase_asks(struct turn *t, const Ghostfleet__V1__ImportedPhrase *p,
			    struct import_ask **asks_out)
{
	HD_BRANCH struct hd_branch b = { 0 };

	if (p->count < 1 || p->count > WALLETS_A_CALL)
		return fail(t, ERR_INVALID, "phrase.count: %u, want 1 to %d at a call", p->count,
			    WALLETS_A_CALL);
	if (p->first_index > HD_INDEX_MAX - p->count)
		return fail(t, ERR_INVALID, "phrase.first_index: %u is too high", p->first_index);
	if (strlen(p->passphrase) > KEYRING_PASSPHRASE_MAX)
		return fail(t, ERR_INVALID, "phrase.passphrase: longer than %d bytes",
			    KEYRING_PASSPHRASE_MAX);
	*asks_out = turn_array(t, p->count, sizeof(**asks_out));
	TRY(hd_phrase_open(t, p->words, p->passphrase, p->path, &b));
	return derive_asks(t, p, &b, *asks_out, turn_array(t, p->count, sizeof(struct secret)));
}

/* Keys in the clear are in the turn's memory, which is cleared when it ends. */
static enum err row_asks(struct turn *t, const Ghostfleet__V1__ImportWalletsRequest *in,
			 struct import_ask **asks_out)
{
	struct secret *keys = turn_array(t, in->n_wallets + 1, sizeof(*keys));

	*asks_out = turn_array(t, in->n_wallets + 1, sizeof(**asks_out));
	if (in->n_wallets > WALLETS_A_CALL)
		return fail(t, ERR_INVALID, "wallets: %zu rows, want 1 to %d at a call",
			    in->n_wallets, WALLETS_A_CALL);
	TRY(check_keystores(t, in));
	for (size_t i = 0; i < in->n_wallets; i++)
		TRY(import_ask_of(t, in->wallets[i], i + 1, &(*asks_out)[i], &keys[i]));
	return OK;
}

enum err import_wallets(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ImportWalletsRequest *in = vin;
	Ghostfleet__V1__ImportWalletsResponse *out = vout;
	const char *prefix = "wallet";
	struct import_ask *asks = NULL;
	struct wallet *w;
	size_t n = in->n_wallets;

	if (in->phrase && n > 0)
		return fail(t, ERR_INVALID, "phrase: a phrase or wallets, not both");
	if (in->phrase) {
		TRY(phrase_asks(t, in->phrase, &asks));
		n = in->phrase->count;
		if (*in->phrase->name_prefix)
			prefix = in->phrase->name_prefix;
	} else {
		TRY(row_asks(t, in, &asks));
	}
	TRY(wallet_prepare_imported(t, asks, n, prefix, &w));
	return wallets_add(t, w, n, "wallets.imported", &out->wallets, &out->n_wallets, out);
}

/* ---- out ---- */

static enum err export_one(struct turn *t, const struct keyring *kr, const struct wallet *w,
			   const Ghostfleet__V1__ExportWalletsRequest *in,
			   Ghostfleet__V1__ExportedWallet **out)
{
	SECRET struct secret key;
	const char *json;

	if (turn_left_ms(t) == 0)
		return fail(t, ERR_LATE, "the call's time is over: export fewer at a time");
	TRY(keyring_open_key(t, kr, w->sealed, w->addr, &key));
	TRY(keystore_write(t, &key, in->light ? KEYSTORE_LIGHT : KEYSTORE_STANDARD, in->passphrase,
			   strlen(in->passphrase), &json));
	*out = msg_new(t, &ghostfleet__v1__exported_wallet__descriptor);
	(*out)->name = turn_printf(t, "wallets/%s", w->name);
	(*out)->address = msg_text(t, addr_str(t, w->addr));
	(*out)->keystore = msg_text(t, json);
	return OK;
}

static enum err check_export(struct turn *t, const Ghostfleet__V1__ExportWalletsRequest *in,
			     struct wallet *w)
{
	if (in->n_names < 1 || in->n_names > KEYSTORES_A_CALL)
		return fail(t, ERR_INVALID, "names: %zu wallets, want 1 to %d at a call",
			    in->n_names, KEYSTORES_A_CALL);
	if (strlen(in->passphrase) < PASSPHRASE_MIN)
		return fail(t, ERR_INVALID,
			    "passphrase: %zu bytes; what opens a key file takes at least %d",
			    strlen(in->passphrase), PASSPHRASE_MIN);
	for (size_t i = 0; i < in->n_names; i++) {
		const char *name;

		TRY(name_of(t, "names", "wallets", in->names[i], &name));
		TRY(wallet_get(t, name, &w[i]));
		if (w[i].key_kind == KEY_WATCH_ONLY)
			return fail_reason(t, REASON_WATCH_ONLY, "no key is held for '%s'", name);
	}
	return keystore_passphrase_ok(t, in->passphrase);
}

struct exported {
	const struct wallet *w;
	size_t n;
	const char *reason;
	const void *reply;
};

/* Said before it is answered: a key that may have left is a key that left. */
static enum err exported_in_lane(struct turn *t, void *arg)
{
	const struct exported *x = arg;

	for (size_t i = 0; i < x->n; i++) {
		const char *subject = turn_printf(t, "wallets/%s", x->w[i].name);

		TRY(event_add(t, TOPIC_WALLET, subject, "wallet.exported", x->reason));
		TRY(audit_add(t, "wallet.exported", subject, x->reason));
	}
	method_answer(t, x->reply);
	return OK;
}

enum err export_wallets(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ExportWalletsRequest *in = vin;
	Ghostfleet__V1__ExportWalletsResponse *out = vout;
	struct wallet *w = turn_array(t, in->n_names + 1, sizeof(*w));
	const struct keyring *kr;

	TRY(need_keys(t, &kr));
	TRY(check_export(t, in, w));
	out->wallets = turn_array(t, in->n_names, sizeof(*out->wallets));
	for (size_t i = 0; i < in->n_names && !t->validate_only; i++) {
		TRY(export_one(t, kr, &w[i], in, &out->wallets[i]));
		out->n_wallets++;
	}
	struct exported x = { w, in->n_names, turn_printf(t, "%.200s", in->reason), out };

	return lane_run(t, exported_in_lane, &x);
}
