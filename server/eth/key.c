#include "server/eth/key.h"

#include <string.h>

#include "server/eth/curve.h"
#include "store/base/hex.h"
#include "store/base/turn.h"

bool key_valid(const struct secret *key)
{
	return curve_key_valid(key);
}

void key_address(const struct secret *key, struct eth_addr *out)
{
	uint8_t pub[64];

	curve_public64(key, pub);
	curve_address(pub, out);
}

bool key_parse(const char *text, struct secret *out, const char **why_out)
{
	const char *digits = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? text + 2 : text;

	if (strlen(digits) != 64)
		*why_out = "a private key has 64 hex digits";
	else if (!hex_get(digits, out->b, sizeof(out->b)))
		*why_out = "not hex: a private key has only 0-9 and a-f";
	else if (!key_valid(out))
		*why_out = "not a key of secp256k1: zero, or above the order of the curve";
	else
		return true;
	secret_clear(out);
	return false;
}

void key_random(struct turn *t, struct secret *out)
{
	do
		turn_random(t, out->b, sizeof(out->b));
	while (!key_valid(out));
}
