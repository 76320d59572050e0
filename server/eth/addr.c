#include "server/eth/addr.h"

#include <string.h>

#include "server/eth/keccak.h"
#include "store/base/hex.h"
#include "store/base/turn.h"

/* EIP-55: a letter is upper case where the hash of the lower case digits has a nibble >= 8. */
static void checksum(char digits[41])
{
	struct eth_hash h;

	keccak256(digits, 40, &h);
	for (int i = 0; i < 40; i++) {
		int nibble = h.b[i / 2] >> (i % 2 ? 0 : 4) & 15;

		if (digits[i] >= 'a' && nibble >= 8)
			digits[i] = (char)(digits[i] - 'a' + 'A');
	}
}

void addr_text(const struct eth_addr *a, char out[ADDR_TEXT])
{
	out[0] = '0';
	out[1] = 'x';
	hex_put(a->b, sizeof(a->b), out + 2);
	checksum(out + 2);
}

bool addr_parse(const char *text, struct eth_addr *out, const char **why_out)
{
	bool lower = false, upper = false;
	char right[ADDR_TEXT];
	struct eth_addr a;

	if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X')) {
		*why_out = "an address begins with 0x";
		return false;
	}
	size_t n = strlen(text + 2);

	if (n != 40) {
		*why_out =
			n < 40    ? "too short: an address has 40 hex digits after 0x"
			: n == 64 ? "64 hex digits: this is a hash or a private key, not an address"
				  : "too long: an address has 40 hex digits after 0x";
		return false;
	}
	if (!hex_get(text, a.b, sizeof(a.b))) {
		*why_out = "not hex: an address has only 0-9 and a-f after 0x";
		return false;
	}
	for (const char *c = text + 2; *c; c++) {
		lower |= *c >= 'a' && *c <= 'f';
		upper |= *c >= 'A' && *c <= 'F';
	}
	addr_text(&a, right);
	if (lower && upper && strcmp(right + 2, text + 2) != 0) {
		*why_out = "the EIP-55 checksum (upper and lower case) does not hold: a digit is "
			   "mistyped, copy the address again";
		return false;
	}
	*out = a;
	return true;
}

const char *addr_str(struct turn *t, struct eth_addr a)
{
	char *s = turn_alloc(t, ADDR_TEXT);

	addr_text(&a, s);
	return s;
}

bool hash_parse(const char *text, struct eth_hash *out)
{
	return text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
	       hex_get(text, out->b, sizeof(out->b));
}

const char *hash_str(struct turn *t, struct eth_hash h)
{
	return hex_of(t, h.b, sizeof(h.b));
}
