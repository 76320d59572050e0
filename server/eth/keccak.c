#include "server/eth/keccak.h"

#include <string.h>

enum { RATE = 136 }; /* bytes a block: 1600 - 2 * 256 bits */

/* The state's words are little-endian in the specification and native in nettle. */
static void xor_byte(struct keccak *k, size_t at, uint8_t v)
{
	k->state.a[at / 8] ^= (uint64_t)v << (8 * (at % 8));
}

static uint64_t load_le64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

void keccak_init(struct keccak *k)
{
	*k = (struct keccak){ 0 };
}

void keccak_update(struct keccak *k, const void *data, size_t n)
{
	const uint8_t *p = data;

	while (n) {
		if (k->at % 8 == 0 && n >= 8) {
			k->state.a[k->at / 8] ^= load_le64(p);
			k->at += 8;
			p += 8;
			n -= 8;
		} else {
			xor_byte(k, k->at++, *p++);
			n--;
		}
		if (k->at == RATE) {
			sha3_permute(&k->state);
			k->at = 0;
		}
	}
}

void keccak_final(struct keccak *k, struct eth_hash *out)
{
	xor_byte(k, k->at, 0x01);
	xor_byte(k, RATE - 1, 0x80);
	sha3_permute(&k->state);
	for (size_t i = 0; i < sizeof(out->b); i++)
		out->b[i] = (uint8_t)(k->state.a[i / 8] >> (8 * (i % 8)));
	k->at = 0;
}

void keccak256(const void *p, size_t n, struct eth_hash *out)
{
	struct keccak k;

	keccak_init(&k);
	keccak_update(&k, p, n);
	keccak_final(&k, out);
}
