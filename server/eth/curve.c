#include "server/eth/curve.h"

#include <assert.h>
#include <pthread.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <string.h>

#include "server/eth/keccak.h"
#include "store/base/clock.h"

static secp256k1_context *shared;

/* The blinding is against side channels and changes no result, so it is no turn's chance. */
static void make_shared(void)
{
	uint8_t seed[32];

	shared = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
	assert(shared);
	chance_system(NULL, seed, sizeof(seed));
	int ok = secp256k1_context_randomize(shared, seed);

	assert(ok);
	(void)ok;
	wipe(seed, sizeof(seed));
}

static const secp256k1_context *curve(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, make_shared);
	return shared;
}

bool curve_key_valid(const struct secret *key)
{
	return secp256k1_ec_seckey_verify(curve(), key->b) == 1;
}

static void public_key(const struct secret *key, uint8_t *out, size_t size, unsigned flags)
{
	secp256k1_pubkey pub;
	size_t n = size;
	int ok = secp256k1_ec_pubkey_create(curve(), &pub, key->b);

	assert(ok);
	(void)ok;
	(void)secp256k1_ec_pubkey_serialize(curve(), out, &n, &pub, flags);
}

void curve_public33(const struct secret *key, uint8_t out[33])
{
	public_key(key, out, 33, SECP256K1_EC_COMPRESSED);
}

void curve_public64(const struct secret *key, uint8_t out[64])
{
	uint8_t full[65]; /* 0x04, x, y */

	public_key(key, full, sizeof(full), SECP256K1_EC_UNCOMPRESSED);
	memcpy(out, full + 1, 64);
}

bool curve_key_add(struct secret *key, const uint8_t tweak[32])
{
	return secp256k1_ec_seckey_tweak_add(curve(), key->b, tweak) == 1;
}

void curve_sign(const struct eth_hash *h, const struct secret *key, struct eth_signature *out)
{
	secp256k1_ecdsa_recoverable_signature sig;
	uint8_t compact[64];
	int parity;
	int ok = secp256k1_ecdsa_sign_recoverable(curve(), &sig, h->b, key->b, NULL, NULL);

	assert(ok);
	(void)ok;
	(void)secp256k1_ecdsa_recoverable_signature_serialize_compact(curve(), compact, &parity,
								      &sig);
	memcpy(out->r, compact, 32);
	memcpy(out->s, compact + 32, 32);
	out->parity = (uint8_t)parity;
}

void curve_address(const uint8_t public64[64], struct eth_addr *out)
{
	struct eth_hash h;

	keccak256(public64, 64, &h);
	memcpy(out->b, h.b + 12, sizeof(out->b));
}

static bool low_s(const uint8_t compact[64])
{
	secp256k1_ecdsa_signature sig;

	return secp256k1_ecdsa_signature_parse_compact(curve(), &sig, compact) &&
	       !secp256k1_ecdsa_signature_normalize(curve(), NULL, &sig);
}

bool curve_recover(const struct eth_hash *h, const struct eth_signature *sig, struct eth_addr *out)
{
	secp256k1_ecdsa_recoverable_signature rec;
	secp256k1_pubkey pub;
	uint8_t compact[64], full[65];
	size_t n = sizeof(full);

	memcpy(compact, sig->r, 32);
	memcpy(compact + 32, sig->s, 32);
	if (sig->parity > 1 || !low_s(compact) ||
	    !secp256k1_ecdsa_recoverable_signature_parse_compact(curve(), &rec, compact,
								 sig->parity) ||
	    !secp256k1_ecdsa_recover(curve(), &pub, &rec, h->b))
		return false;
	(void)secp256k1_ec_pubkey_serialize(curve(), full, &n, &pub, SECP256K1_EC_UNCOMPRESSED);
	curve_address(full + 1, out);
	return true;
}
