/* Signing against bare libsecp256k1, in CPU time of this thread, in turns of 500 so that both see
 * the same machine. signer_sign checks the grant, opens the sealed key, encodes twice (what is
 * signed, what is sent), hashes both and signs; the bare loop only signs a ready hash. */
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/eth/signer.h"
#include "store/base/turn.h"
#include "store/base/wei.h"

enum { SLICE = 500, ROUNDS = 40 };

static double cpu_seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "sign: %s\n", what);
	exit(1);
}

static double bare(const secp256k1_context *ctx, const struct secret *key, unsigned round)
{
	uint8_t hash[32] = { 0 }, compact[64];
	double from = cpu_seconds();

	for (unsigned i = 0; i < SLICE; i++) {
		secp256k1_ecdsa_recoverable_signature sig;
		int parity;
		unsigned n = round * SLICE + i;

		memcpy(hash, &n, sizeof(n));
		must(secp256k1_ecdsa_sign_recoverable(ctx, &sig, hash, key->b, NULL, NULL) == 1,
		     "secp256k1");
		(void)secp256k1_ecdsa_recoverable_signature_serialize_compact(ctx, compact, &parity,
									      &sig);
	}
	return cpu_seconds() - from;
}

struct wallet {
	struct keyring *kr;
	struct bytes sealed;
	struct eth_addr addr;
};

static double ours(struct turn *t, const struct wallet *w, unsigned round)
{
	struct grant grant = { .chain_id = 6343,
			       .max_value = wei_u64(1000000000),
			       .max_fee_total = wei_u64(UINT64_MAX),
			       .to = w->addr };
	struct eth_tx tx = { .type = ETH_TX_FEE_MARKET,
			     .chain_id = 6343,
			     .gas = 60000,
			     .has_to = true,
			     .to = w->addr,
			     .value = wei_u64(1000000000),
			     .max_fee = wei_u64(1000000) };
	double from = cpu_seconds();

	for (unsigned i = 0; i < SLICE; i++) {
		struct raw_tx raw;

		tx.nonce = round * SLICE + i;
		must(signer_sign(t, w->kr, w->sealed, w->addr, &grant, &tx, &raw) == OK, t->why);
	}
	return cpu_seconds() - from;
}

int main(void)
{
	struct arena *mem = arena_new(64 << 20);
	secp256k1_context *ctx = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
	SECRET struct secret key;
	double bare_s = 0, ours_s = 0;
	struct bytes sealed_data_key;
	struct arena *round_mem = arena_new(64 << 20);
	struct wallet w;
	struct turn t;

	turn_begin(&t, NULL, NULL, mem, "bench", "bench", 60000);
	key_random(&t, &key);
	key_address(&key, &w.addr);
	must(keyring_create(&t, "bench", 5, &sealed_data_key, &w.kr) == OK, t.why);
	must(keyring_seal_key(&t, w.kr, &key, w.addr, &w.sealed) == OK, t.why);
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct turn r;

		bare_s += bare(ctx, &key, round);
		turn_begin(&r, NULL, NULL, round_mem, "bench", "bench", 60000);
		ours_s += ours(&r, &w, round);
		turn_end(&r);
	}
	printf("signatures per second of CPU, %d of each\n", SLICE * ROUNDS);
	printf("libsecp256k1 sign_recoverable  %8.0f\n", SLICE * ROUNDS / bare_s);
	printf("signer_sign                    %8.0f\n", SLICE * ROUNDS / ours_s);
	printf("ratio                          %8.2f  (aim: 0.90 or more)\n", bare_s / ours_s);
	keyring_close(w.kr);
	turn_end(&t);
	arena_free(round_mem);
	arena_free(mem);
	secp256k1_context_destroy(ctx);
	return 0;
}
