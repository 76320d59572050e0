#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/app.h"
#include "server/core/safe.h"
#include "server/core/validator.h"
#include "server/core/wallet.h"
#include "server/eth/addr.h"
#include "server/eth/key.h"
#include "server/secret_file.h"
#include "store/base/log.h"
#include "store/meta.h"
#include "store/safe_list.h"

/* meta: SHA-256 of the configuration that was applied last. */
static const char APPLIED[] = "config.applied";

/* Wallets of a batch: one lane turn of adding. */
enum { BATCH = 200, BATCH_MS = 60000, BATCH_MEMORY = 16 << 20 };

/* Who changes what the file says. */
static const char ACTOR[] = "file";

/* Which setting named the file that is wrong. */
static enum err of_setting(struct turn *t, enum err e, const char *setting)
{
	return e == OK ? OK : fail(t, e, "%s: %s", setting, turn_strdup(t, t->why));
}

/* The key of a file: 64 hex digits in its first line. */
static enum err key_of_file(struct turn *t, const char *path, struct secret *out)
{
	const char *why;
	char *line;

	TRY(secret_file_line(t, path, 128, &line));
	bool fine = key_parse(line, out, &why);

	if (strncmp(line, "Salted__", 8) == 0)
		why = "it is encrypted; decrypt it with openssl enc -d -aes-256-cbc -pbkdf2";
	else if (*line == '{')
		why = "it is a keystore; write the key itself into a file of mode 600";

	wipe(line, strlen(line));
	return fine ? OK : fail(t, ERR_REFUSED, "%s: holds no private key: %s", path, why);
}

/* Whether the store has it, under this name and address. */
static enum err is_there(struct turn *t, const char *name, struct eth_addr addr, struct wallet *w,
			 bool *out)
{
	enum err e = wallet_get(t, name, w);

	*out = e == OK;
	if (e == OK && !addr_eq(w->addr, addr))
		return fail(t, ERR_REFUSED,
			    "wallet %s is %s in the configuration, but %s in the store: give it "
			    "another id",
			    name, addr_str(t, addr), addr_str(t, w->addr));
	if (e != ERR_MISSING)
		return e;
	e = wallet_by_addr(t, addr, w);
	if (e == OK)
		return fail(
			t, ERR_REFUSED,
			"%s is wallet %s in the configuration, but %s in the store: use that id",
			addr_str(t, addr), name, w->name);
	return e == ERR_MISSING ? OK : e;
}

struct adding {
	struct wallet *wallets;
	size_t n;
};

static enum err add_in_lane(struct turn *t, void *arg)
{
	struct adding *a = arg;

	return wallet_add_prepared(t, a->wallets, a->n, "wallets.imported");
}

/* Keys first, outside the lane; then all of the batch in one turn. */
static enum err add(struct turn *t, const struct import_ask *asks, size_t n)
{
	struct adding a = { .n = n };

	if (n == 0)
		return OK;
	TRY(wallet_prepare_imported(t, asks, n, "wallet", &a.wallets));
	return lane_run(t, add_in_lane, &a);
}

struct change {
	const char *name, *profile;
	bool enabled;
};

static enum err change_in_lane(struct turn *t, void *arg)
{
	const struct change *c = arg;
	struct wallet w;

	return wallet_change(t, c->name, 0, c->profile, &c->enabled, &w);
}

/* One wallet of the file: noted for the batch, or made to follow the file. */
static enum err import_one(struct turn *t, const struct config_wallet *from, struct import_ask *ask,
			   struct secret *key, bool *add_out)
{
	struct wallet there;
	bool known, keyed = from->private_key.given || from->keyfile;

	*add_out = false;
	TRY(is_there(t, from->id, from->address, &there, &known));
	if (known && there.state != WALLET_ACTIVE)
		return OK;
	if (known) {
		struct change c = { from->id, from->profile,
				    from->enabled && there.key_kind != KEY_WATCH_ONLY };

		if (strcmp(there.profile, c.profile) == 0 && there.enabled == c.enabled)
			return OK;
		return lane_run(t, change_in_lane, &c);
	}
	if (from->private_key.given)
		*key = from->private_key.key;
	else if (from->keyfile)
		TRY(key_of_file(t, from->keyfile, key));
	*ask = (struct import_ask){
		.name = from->id,
		.has_addr = true,
		.addr = from->address,
		.key = keyed ? key : NULL,
		.profile = from->profile,
		.enabled = from->enabled,
		.role = WALLET_FLEET,
	};
	*add_out = true;
	return OK;
}

static enum err import_some(struct turn *t, const struct config *c, size_t from, size_t to,
			    struct secret *keys)
{
	struct import_ask asks[BATCH];
	size_t n = 0;

	for (size_t i = from; i < to; i++) {
		bool new;

		TRY(import_one(t, &c->wallets[i], &asks[n], &keys[n], &new));
		n += new;
	}
	return add(t, asks, n);
}

/* In a turn of its own: its memory and its deadline are for one batch. */
static enum err import_batch(struct turn *t, const struct config *c, size_t from, size_t to,
			     struct arena *mem)
{
	struct secret keys[BATCH];
	struct turn own;

	turn_begin(&own, t->store, t->db, mem, t->what, ACTOR, BATCH_MS);
	enum err e = import_some(&own, c, from, to, keys);

	if (e != OK) {
		t->reason = own.reason;
		memcpy(t->why, own.why, sizeof(t->why));
	}
	turn_end(&own);
	wipe(keys, sizeof(keys));
	return e;
}

static enum err import_wallets(struct turn *t, const struct config *c)
{
	struct arena *mem = arena_new(BATCH_MEMORY);
	enum err e = OK;

	for (size_t i = 0; i < c->n_wallets && e == OK; i += BATCH) {
		size_t to = i + BATCH < c->n_wallets ? i + BATCH : c->n_wallets;

		e = import_batch(t, c, i, to, mem);
	}
	arena_free(mem);
	return e;
}

static enum err import_funder(struct turn *t, const struct config *c)
{
	SECRET struct secret key;
	struct import_ask ask = { .name = FUNDER_NAME,
				  .has_addr = true,
				  .key = &key,
				  .profile = "",
				  .role = WALLET_FUNDER };
	struct wallet there;
	bool known;

	if (c->funding.key.key.given)
		key = c->funding.key.key.key;
	else if (c->funding.key.file)
		TRY(of_setting(t, key_of_file(t, c->funding.key.file, &key), "funding.key_file"));
	else
		return OK;
	key_address(&key, &ask.addr);
	TRY(is_there(t, FUNDER_NAME, ask.addr, &there, &known));
	return known ? OK : add(t, &ask, 1);
}

static enum err propose_in_lane(struct turn *t, void *arg)
{
	const struct config_addrs *list = arg;

	return safe_propose(t, list->v, list->n);
}

static enum err applied_in_lane(struct turn *t, void *arg)
{
	const struct eth_hash *hash = arg;

	return meta_set(t, APPLIED, hash->b, sizeof(hash->b));
}

/* Whether this configuration is another one than was applied last. */
static enum err is_new(struct turn *t, const struct config *c, bool *out)
{
	struct bytes last;
	enum err e = meta_get(t, APPLIED, &last);

	*out = e == ERR_MISSING || last.n != sizeof(c->hash.b) ||
	       memcmp(last.p, c->hash.b, sizeof(c->hash.b)) != 0;
	return e == ERR_MISSING ? OK : e;
}

/* meta: SHA-256 of the validators' keys that were applied last. */
static const char VALIDATORS_APPLIED[] = "validators.applied";

struct watch_list {
	struct validator_ask *v;
	size_t n, room;
};

static enum err watch_one(struct turn *t, struct watch_list *l, const char *field, const char *key,
			  const char *label)
{
	struct validator_ask ask = { .label = label };

	TRY(pubkey_of(t, field, key, &ask.pubkey));
	l->v = turn_grow(t, l->v, l->n, &l->room, sizeof(*l->v));
	l->v[l->n++] = ask;
	return OK;
}

/* One key a line, then a label; # begins a comment. */
static enum err watch_file(struct turn *t, struct watch_list *l, const char *path)
{
	char *line = NULL;
	size_t room = 0, number = 0;
	FILE *f = fopen(path, "re");
	enum err e = OK;

	if (!f)
		return fail(t, ERR_REFUSED, "validators.keys_file: %s: %s", path, strerror(errno));
	while (e == OK && l->n < VALIDATORS_MOST && getline(&line, &room, f) > 0) {
		const char *field = turn_printf(t, "%s:%zu", path, ++number);
		char *rest = line, *key;

		line[strcspn(line, "#\r\n")] = 0;
		do
			key = strsep(&rest, " \t,");
		while (key && !*key);
		if (!key)
			continue;
		rest = rest ? rest + strspn(rest, " \t,") : line + strlen(line);
		e = watch_one(t, l, field, key, turn_strdup(t, rest));
	}
	free(line);
	(void)fclose(f);
	return e;
}

static enum err watch_in_lane(struct turn *t, void *arg)
{
	const struct watch_list *l = arg;
	size_t added;

	return validators_add(t, l->v, l->n, turn_array(t, l->n, sizeof(struct validator)), &added);
}

static enum err watched_in_lane(struct turn *t, void *arg)
{
	const struct eth_hash *hash = arg;

	return meta_set(t, VALIDATORS_APPLIED, hash->b, sizeof(hash->b));
}

/* Not by the configuration's hash: the file with the keys may hold others. What was removed by a
 * command stays removed until the list is another one. */
static enum err import_validators(struct turn *t, const struct config *c)
{
	struct watch_list l = { 0 };
	struct eth_hash hash;
	struct bytes last;

	for (size_t i = 0; i < c->validators.pubkey.n; i++)
		TRY(watch_one(t, &l, "validators.pubkey", c->validators.pubkey.v[i], ""));
	for (size_t i = 0; i < c->validators.more.n; i++)
		TRY(watch_one(t, &l, "validators.more_pubkeys", c->validators.more.v[i], ""));
	if (c->validators.keys_file)
		TRY(watch_file(t, &l, c->validators.keys_file));
	if (l.n == 0)
		return OK;
	crypto_hash_sha256_state state;

	(void)crypto_hash_sha256_init(&state);
	for (size_t i = 0; i < l.n; i++)
		(void)crypto_hash_sha256_update(&state, l.v[i].pubkey.b, sizeof(l.v[i].pubkey.b));
	(void)crypto_hash_sha256_final(&state, hash.b);
	enum err e = meta_get(t, VALIDATORS_APPLIED, &last);

	if (e != OK && e != ERR_MISSING)
		return e;
	if (e == OK && last.n == sizeof(hash.b) && memcmp(last.p, hash.b, sizeof(hash.b)) == 0)
		return OK;
	for (size_t i = 0; i < l.n; i += VALIDATORS_A_CALL) {
		struct watch_list part = { .v = l.v + i,
					   .n = l.n - i < VALIDATORS_A_CALL ? l.n - i
									    : VALIDATORS_A_CALL };

		TRY(lane_run(t, watch_in_lane, &part));
	}
	return lane_run(t, watched_in_lane, &hash);
}

static enum err apply(struct turn *t, const struct config *c)
{
	struct config_addrs safe = c->chain.safe_list;
	struct eth_hash hash = c->hash;
	bool new;

	/* Not by the hash: the file with the funder's key may hold another one. */
	TRY(import_funder(t, c));
	TRY(import_validators(t, c));
	TRY(is_new(t, c, &new));
	if (!new)
		return OK;
	TRY(import_wallets(t, c));
	if (safe.n > 0)
		TRY(lane_run(t, propose_in_lane, &safe));
	TRY(lane_run(t, applied_in_lane, &hash));
	log_line(t, LOG_INFO, "the configuration was applied", "file",
		 c->file ? c->file : "environment", NULL);
	return OK;
}

enum err app_import(struct turn *t, const struct config *c)
{
	const char *actor = t->actor;

	t->actor = ACTOR;
	enum err e = apply(t, c);

	t->actor = actor;
	return e;
}
