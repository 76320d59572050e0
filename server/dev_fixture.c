#include "server/dev_fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server/core/wallet.h"
#include "server/eth/addr.h"
#include "server/eth/hd.h"
#include "server/eth/key.h"
#include "store/base/buf.h"
#include "store/base/hex.h"
#include "store/base/turn.h"

enum { FUNDER_INDEX = 0, SAFE_INDEX = 99, WALLET_INDEX = 100 };
enum { CONFIG_MAX = 16 << 20, KEY_TEXT = 65 };

static const char WORDS[] = "test test test test test test test test test test test junk";
static const char *const profiles[] = { "steady", "quick" };

static enum err open_branch(struct turn *t, struct hd_branch *out)
{
	uint8_t entropy[HD_ENTROPY_MAX];
	size_t n;

	TRY(hd_entropy(t, WORDS, entropy, &n));
	return hd_branch_open(t, entropy, n, out);
}

static enum err address_at(struct turn *t, const struct hd_branch *b, uint32_t index,
			   struct eth_addr *out)
{
	SECRET struct secret key;

	TRY(hd_branch_key(t, b, index, &key));
	key_address(&key, out);
	return OK;
}

/* The configuration that names it lies elsewhere. */
static enum err whole_path(struct turn *t, const char *path, const char **out)
{
	char *whole = realpath(path, NULL);

	if (!whole)
		return fail(t, ERR_REFUSED, "%s: %s", path, strerror(errno));
	*out = turn_strdup(t, whole);
	free(whole);
	return OK;
}

/* Here, where file and line are known: in the configuration made of it they are others. A label
 * that is no name of a wallet is left away. */
static enum err check_watched(struct turn *t, const char *path, struct dev_fixture *f)
{
	for (size_t i = 0; i < f->n; i++) {
		struct dev_address *a = &f->watch[i];
		struct eth_addr addr;
		const char *why;

		if (!addr_parse(a->address, &addr, &why))
			return fail(t, ERR_INVALID, "%s:%u: '%.60s': %s", path, a->line, a->address,
				    why);
		if (!wallet_name_ok(a->name))
			a->name = "";
	}
	return OK;
}

enum err dev_fixture_make(struct turn *t, const struct dev_options *o, struct dev_fixture *out)
{
	HD_BRANCH struct hd_branch b;

	*out = (struct dev_fixture){ .n = (size_t)o->wallets, .beacon = o->beacon };
	out->watch_only = o->addresses || o->validators;
	if (out->watch_only)
		out->n = 0;
	if (o->validators)
		TRY(whole_path(t, o->validators, &out->validators));
	if (o->addresses)
		TRY(dev_addresses(t, o->addresses, &out->watch, &out->n));
	if (o->addresses)
		TRY(check_watched(t, o->addresses, out));
	if (out->watch_only)
		return OK;
	TRY(open_branch(t, &b));
	TRY(address_at(t, &b, FUNDER_INDEX, &out->funder));
	return address_at(t, &b, SAFE_INDEX, &out->safe);
}

/* A TOML string; what needs care in one is escaped. */
static void quoted(struct buf *b, const char *text)
{
	buf_char(b, '"');
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			buf_printf(b, "\\%c", *text);
		else if ((unsigned char)*text < 0x20 || *text == 0x7f)
			buf_printf(b, "\\u%04x", (unsigned char)*text);
		else
			buf_char(b, *text);
	buf_char(b, '"');
}

static void put_common(struct buf *b, const struct dev_home *h, const char *url, uint64_t chain_id)
{
	buf_str(b, "[service]\nname = \"ghost-fleet-dev\"\n"
		   "[doors]\ngrpc_port = 0\nhttp_port = 0\n[store]\npath = ");
	quoted(b, dev_home_path(h));
	b->n--; /* goes on behind the folder */
	buf_printf(b,
		   "/data/fleet.db\"\nreserve = \"1MiB\"\n"
		   /* What a test listens with is on this machine. */
		   "[notifications]\nallow_private = true\n"
		   /* A daemon that only looks has them too: nothing is wrong with it. */
		   "[keys]\npassphrase_file = \"passphrase\"\nrequire_backup = false\n"
		   "[chain]\nchain_id = %llu\nrpc_url = ",
		   (unsigned long long)chain_id);
	quoted(b, url);
	buf_char(b, '\n');
}

static void put_profiles(struct buf *b)
{
	buf_printf(b,
		   "[profiles.%s]\naction_interval_secs = 3600\n"
		   "[profiles.%s]\naction_interval_secs = 60\n",
		   profiles[0], profiles[1]);
}

static void put_watched(struct buf *b, const struct dev_fixture *f)
{
	if (f->validators) {
		buf_str(b, "[beacon]\nurls = [");
		quoted(b, f->beacon);
		buf_str(b, "]\n[validators]\nkeys_file = ");
		quoted(b, f->validators);
		buf_char(b, '\n');
	}
	for (size_t i = 0; i < f->n; i++) {
		const struct dev_address *a = &f->watch[i];

		buf_str(b, "[[wallets]]\nid = ");
		if (*a->name)
			quoted(b, a->name);
		else
			buf_printf(b, "\"wallet-%03zu\"", i + 1);
		buf_str(b, "\naddress = ");
		quoted(b, a->address);
		buf_printf(b, "\nprofile = \"%s\"\n", profiles[0]);
	}
}

static enum err put_wallets(struct turn *t, struct buf *b, const struct dev_fixture *f,
			    const struct hd_branch *branch)
{
	for (size_t i = 0; i < f->n; i++) {
		SECRET struct secret key;
		struct eth_addr a;
		char hex[KEY_TEXT];

		TRY(hd_branch_key(t, branch, (uint32_t)(WALLET_INDEX + i), &key));
		key_address(&key, &a);
		hex_put(key.b, sizeof(key.b), hex);
		buf_printf(b,
			   "[[wallets]]\nid = \"wallet-%03zu\"\naddress = \"%s\"\nprofile = "
			   "\"%s\"\nprivate_key = \"0x%s\"\n",
			   i + 1, addr_str(t, a), profiles[i % 2], hex);
		wipe(hex, sizeof(hex));
	}
	return OK;
}

/* The funder's key and the passphrase lie in files of their own, as they do elsewhere. */
static enum err put_ours(struct turn *t, struct buf *b, const struct dev_fixture *f,
			 const struct dev_home *h)
{
	HD_BRANCH struct hd_branch branch;
	SECRET struct secret key;
	const char *path;
	char hex[KEY_TEXT];

	TRY(open_branch(t, &branch));
	TRY(hd_branch_key(t, &branch, FUNDER_INDEX, &key));
	hex_put(key.b, sizeof(key.b), hex);
	TRY(dev_home_write(t, h, "funder.key", hex, &path));
	buf_printf(b, "safe_list = [\"%s\"]\n[funding]\nkey_file = \"funder.key\"\n",
		   addr_str(t, f->safe));
	put_profiles(b);
	return put_wallets(t, b, f, &branch);
}

enum err dev_fixture_write(struct turn *t, const struct dev_fixture *f, const struct dev_home *h,
			   const char *url, uint64_t chain_id, const char **path_out)
{
	struct buf b = buf_in(t->mem, CONFIG_MAX);
	const char *path;

	TRY(dev_home_write(t, h, "passphrase", "ghost-fleet dev\n", &path));
	put_common(&b, h, url, chain_id);
	if (f->watch_only) {
		put_profiles(&b);
		put_watched(&b, f);
	} else {
		TRY(put_ours(t, &b, f, h));
	}
	const char *text = buf_text(&b);

	if (b.full)
		return fail(t, ERR_FULL, "the configuration of so many wallets is too long");
	return dev_home_write(t, h, "config.toml", text, path_out);
}
