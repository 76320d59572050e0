#include "server/eth/kit.h"

#include <assert.h>
#include <nettle/sha2.h>
#include <sodium.h>
#include <string.h>

#include "server/eth/addr.h"
#include "server/eth/kdf.h"
#include "server/eth/kit_text.h"
#include "store/base/turn.h"

enum { VERSION = 1, KDF_SCRYPT = 1, SALT = 32, MAGIC = 8 };
enum { NONCE = crypto_secretbox_NONCEBYTES, MAC = crypto_secretbox_MACBYTES };

/* Where things stand. */
enum {
	AT_VERSION = MAGIC,
	AT_KDF,
	AT_LOG2_N,
	AT_R,
	AT_P,
	AT_SALT,
	AT_NONCE = AT_SALT + SALT,
	AT_BOX = AT_NONCE + NONCE,
};
static_assert(AT_BOX == (int)KIT_HEAD, "as the header says");

/* As PNG's: what mangles line ends or cuts at ^Z shows at once. */
static const uint8_t magic[MAGIC] = { 'G', 'F', 'K', 'I', 'T', '\r', '\n', 0x1a };

enum err kit_seal(struct turn *t, const struct kit *k, struct keyring_cost cost,
		  const char *passphrase, size_t n, struct bytes *out)
{
	uint8_t key[crypto_secretbox_KEYBYTES];
	struct bytes text;

	if (n < KIT_PASSPHRASE_MIN)
		return fail(t, ERR_INVALID,
			    "passphrase: %zu bytes; a kit holds every key, so it takes at least %d",
			    n, KIT_PASSPHRASE_MIN);
	if (!kdf_cost_ok(cost))
		return fail(t, ERR_INVALID, "kit: scrypt at n=2^%u r=%u p=%u is out of range",
			    cost.log2_n, cost.r, cost.p);
	TRY(kit_print(t, k, &text));
	uint8_t *p = turn_alloc(t, AT_BOX + MAC + text.n);

	memcpy(p, magic, MAGIC);
	p[AT_VERSION] = VERSION;
	p[AT_KDF] = KDF_SCRYPT;
	p[AT_LOG2_N] = cost.log2_n;
	p[AT_R] = cost.r;
	p[AT_P] = cost.p;
	turn_random(t, p + AT_SALT, SALT + NONCE);
	TRY(kdf_scrypt(t, cost, passphrase, n, (struct bytes){ p + AT_SALT, SALT }, key));
	(void)crypto_secretbox_easy(p + AT_BOX, text.p, text.n, p + AT_NONCE, key);
	wipe(key, sizeof(key));
	*out = (struct bytes){ p, AT_BOX + MAC + text.n };
	return OK;
}

struct eth_hash kit_digest(struct bytes file)
{
	struct sha256_ctx sha;
	struct eth_hash h;

	sha256_init(&sha);
	sha256_update(&sha, file.n, file.p);
	sha256_digest(&sha, sizeof(h.b), h.b);
	return h;
}

static enum err check_head(struct turn *t, struct bytes file, struct keyring_cost *cost)
{
	const uint8_t *p = file.p;

	if (file.n < AT_BOX + MAC || memcmp(p, magic, MAGIC) != 0)
		return fail(
			t, ERR_INVALID,
			"not a recovery kit: it does not begin as one; was it copied whole, and "
			"as binary?");
	if (file.n > KIT_FILE_MAX)
		return fail(t, ERR_INVALID, "not a recovery kit: longer than 8 MiB");
	if (p[AT_VERSION] != VERSION || p[AT_KDF] != KDF_SCRYPT)
		return fail(t, ERR_INVALID,
			    "a recovery kit of version %u with kdf %u, which is not known here: a "
			    "newer program made it, or it is damaged",
			    p[AT_VERSION], p[AT_KDF]);
	*cost = (struct keyring_cost){ .log2_n = p[AT_LOG2_N], .r = p[AT_R], .p = p[AT_P] };
	if (!kdf_cost_ok(*cost))
		return fail(
			t, ERR_INVALID,
			"the recovery kit asks for scrypt at n=2^%u r=%u p=%u, above the cap of "
			"256 MiB: it is damaged",
			cost->log2_n, cost->r, cost->p);
	return OK;
}

enum err kit_open(struct turn *t, struct bytes file, const char *passphrase, size_t n,
		  struct kit *out)
{
	uint8_t key[crypto_secretbox_KEYBYTES];
	struct keyring_cost cost;

	TRY(check_head(t, file, &cost));
	TRY(kdf_scrypt(t, cost, passphrase, n, (struct bytes){ file.p + AT_SALT, SALT }, key));
	uint8_t *text = turn_alloc(t, file.n - AT_BOX);
	int opened = crypto_secretbox_open_easy(text, file.p + AT_BOX, file.n - AT_BOX,
						file.p + AT_NONCE, key);

	wipe(key, sizeof(key));
	if (opened != 0)
		return fail_reason(t, REASON_WRONG_PASSPHRASE,
				   "the passphrase does not open this kit, or the file is damaged");
	return kit_read(t, (struct bytes){ text, file.n - AT_BOX - MAC }, out);
}
