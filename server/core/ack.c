#include "server/core/ack.h"

#include <assert.h>
#include <errno.h>
#include <nettle/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "server/core/incident.h"
#include "server/core/shared.h"
#include "store/base/hex.h"
#include "store/meta.h"

enum { KEY_BYTES = 32, MAC_BYTES = 16, MAC_TEXT = 2 * MAC_BYTES + 1 };

static const char KEY[] = "ack.key";

/* As hex: what is sealed is text. */
static enum err key_make(struct turn *t, char **out)
{
	uint8_t key[KEY_BYTES];
	char *hex = turn_alloc(t, 2 * KEY_BYTES + 1);
	struct bytes sealed;

	turn_random(t, key, sizeof(key));
	hex_put(key, sizeof(key), hex);
	wipe(key, sizeof(key));
	TRY(keyring_seal_text(t, shared()->keyring, KEY, hex, &sealed));
	TRY(meta_set(t, KEY, sealed.p, sealed.n));
	*out = hex;
	return OK;
}

/* NULL: the keys are locked, or there is none yet and this is no place to make one. */
static enum err key_open(struct turn *t, char **out)
{
	struct bytes sealed;

	*out = NULL;
	if (!shared()->keyring)
		return OK;
	enum err e = meta_get(t, KEY, &sealed);

	if (e == ERR_MISSING)
		return t->in_lane ? key_make(t, out) : OK;
	TRY(e);
	return keyring_open_text(t, shared()->keyring, KEY, sealed, out);
}

static void mac_of(struct turn *t, const char *key, const struct page *p, int64_t expires_s,
		   char out[MAC_TEXT])
{
	const char *text =
		turn_printf(t, "ghost-fleet ack 1\n%lld\n%s\n%lld\n%lld", (long long)p->incident,
			    p->person, (long long)p->id, (long long)expires_s);
	struct hmac_sha256_ctx ctx;
	uint8_t mac[MAC_BYTES];

	hmac_sha256_set_key(&ctx, strlen(key), (const uint8_t *)key);
	hmac_sha256_update(&ctx, strlen(text), (const uint8_t *)text);
	hmac_sha256_digest(&ctx, sizeof(mac), mac);
	wipe(&ctx, sizeof(ctx));
	hex_put(mac, sizeof(mac), out);
}

enum err ack_link(struct turn *t, const struct page *p, const char **url_out)
{
	const char *base = policy()->base_url;
	int64_t expires_s = p->expires_ms / 1000;
	char mac[MAC_TEXT], *key;

	*url_out = "";
	if (!base || !*base || p->incident == 0 || p->expires_ms <= t->now_ms)
		return OK;
	TRY(key_open(t, &key));
	if (!key)
		return OK;
	mac_of(t, key, p, expires_s, mac);
	wipe(key, strlen(key));
	*url_out = turn_printf(t, "%s/ack/%lld.%lld.%s", base, (long long)p->id,
			       (long long)expires_s, mac);
	return OK;
}

static enum err no_link(struct turn *t)
{
	return fail(t, ERR_DENIED, "this is no link of ours, or not all of it");
}

/* In the same time wherever they differ. */
static bool same(const char *a, const char *b, size_t n)
{
	unsigned differs = 0;

	for (size_t k = 0; k < n; k++)
		differs |= (unsigned char)a[k] ^ (unsigned char)b[k];
	return differs == 0;
}

enum err ack_read(struct turn *t, const char *token, struct page *p, struct incident *i)
{
	char *end, mac[MAC_TEXT], *key;

	errno = 0;
	int64_t id = strtoll(token, &end, 10);

	if (errno || end == token || *end != '.' || id <= 0)
		return no_link(t);
	const char *from = end + 1;
	int64_t expires_s = strtoll(from, &end, 10);

	if (errno || end == from || *end != '.' || strlen(end + 1) != MAC_TEXT - 1)
		return no_link(t);
	TRY(key_open(t, &key));
	if (!key)
		return fail_reason(t, REASON_KEYS_LOCKED,
				   "the keys are locked: links cannot be checked");
	enum err e = page_get(t, id, p);

	if (e != OK && e != ERR_MISSING)
		return e;
	if (e == OK)
		mac_of(t, key, p, expires_s, mac);
	wipe(key, strlen(key));
	if (e != OK || !same(mac, end + 1, MAC_TEXT - 1))
		return no_link(t);
	if (expires_s * 1000 <= t->now_ms)
		return fail(t, ERR_REFUSED, "this link has ended: use a newer one, or ghostctl");
	return incident_get(t, p->incident, i);
}

const char *ack_who(const struct page *p)
{
	return *p->person ? p->person : "link";
}

enum err ack_use(struct turn *t, const char *token, const char *comment, struct page *p,
		 struct incident *i, bool *applied_out)
{
	assert(t->in_lane);
	TRY(ack_read(t, token, p, i));
	*applied_out = p->ack_ms == 0;
	if (!*applied_out)
		return OK;
	TRY(page_used(t, p->id));
	t->actor = ack_who(p);
	return incident_ack(t, p->incident, ack_who(p),
			    *comment ? comment : "by the link of a page", i, applied_out);
}
