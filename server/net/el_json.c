#include <string.h>

#include "server/net/el_ask.h"
#include "store/base/hex.h"

static const char *hex_text(const json_t *j)
{
	const char *s = json_string_value(j);

	return s && s[0] == '0' && s[1] == 'x' ? s : NULL;
}

/* No block, nonce, gas or time comes near 2^63; whoever says so is wrong, or lies, and the store
 * counts in signed numbers. */
bool el_u64(const json_t *j, uint64_t *out)
{
	const char *s = hex_text(j);

	return s && hex_quantity_u64(s, out) && *out <= INT64_MAX / 1000;
}

bool el_wei(const json_t *j, struct wei *out)
{
	const char *s = hex_text(j);

	return s && hex_quantity_wei(s, out);
}

bool el_hash(const json_t *j, struct eth_hash *out)
{
	const char *s = hex_text(j);

	return s && hex_get(s, out->b, sizeof(out->b));
}

bool el_addr(const json_t *j, struct eth_addr *out)
{
	const char *s = hex_text(j);

	return s && hex_get(s, out->b, sizeof(out->b));
}

bool el_bytes(struct turn *t, const json_t *j, size_t max, struct bytes *out)
{
	const char *s = hex_text(j);
	size_t n = s ? strlen(s) / 2 - 1 : 0;

	if (!s || n > max)
		return false;
	uint8_t *p = turn_alloc(t, n + 1);

	if (!hex_get_any(s, p, n, &n))
		return false;
	*out = (struct bytes){ p, n };
	return true;
}

uint64_t el_first_head(const struct rpc_answer *a)
{
	uint64_t head = 0;

	return a->first && el_u64(a->first, &head) ? head : 0;
}

bool el_sealed(const json_t *block_hash, struct eth_hash *out)
{
	struct eth_hash ff;

	memset(&ff, 0xff, sizeof(ff));
	*out = (struct eth_hash){ 0 };
	return el_hash(block_hash, out) && !hash_eq(*out, (struct eth_hash){ 0 }) &&
	       !hash_eq(*out, ff);
}
