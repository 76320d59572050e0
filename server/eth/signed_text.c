#include "server/eth/signed_text.h"

#include <stdio.h>
#include <string.h>

#include "server/eth/abi.h"
#include "server/eth/curve.h"
#include "server/eth/keccak.h"

enum { FULL = 65, COMPACT = 64, WORD = 32 };

void signed_text_hash(const void *p, size_t n, struct eth_hash *out)
{
	struct keccak k;
	char head[64];
	int len = snprintf(head, sizeof(head),
			   "\x19"
			   "Ethereum Signed Message:\n%zu",
			   n);

	keccak_init(&k);
	keccak_update(&k, head, (size_t)len);
	keccak_update(&k, p, n);
	keccak_final(&k, out);
}

/* r, s, v; or r and s with the parity in the top bit of s, which is free as s is low. */
static bool take_apart(struct bytes signature, struct eth_signature *out)
{
	if (signature.n != FULL && signature.n != COMPACT)
		return false;
	memcpy(out->r, signature.p, sizeof(out->r));
	memcpy(out->s, signature.p + sizeof(out->r), sizeof(out->s));
	if (signature.n == COMPACT) {
		out->parity = out->s[0] >> 7;
		out->s[0] &= 0x7f;
		return true;
	}
	uint8_t v = signature.p[COMPACT];

	out->parity = v >= 27 ? (uint8_t)(v - 27) : v;
	return out->parity <= 1;
}

bool signed_hash_owner(const struct eth_hash *h, struct bytes signature, struct eth_addr *out)
{
	struct eth_signature sig;

	return take_apart(signature, &sig) && curve_recover(h, &sig, out);
}

struct bytes signed_hash_ask(struct turn *t, const struct eth_hash *h, struct bytes signature)
{
	struct abi_value args[] = {
		abi_bytes((struct bytes){ h->b, sizeof(h->b) }),
		abi_bytes(signature),
	};

	return abi_call(t, "isValidSignature(bytes32,bytes)", args, 2);
}

bool signed_hash_is_yes(struct bytes answer)
{
	static const uint8_t yes[WORD] = { 0x16, 0x26, 0xba, 0x7e };

	return answer.n == WORD && memcmp(answer.p, yes, WORD) == 0;
}
