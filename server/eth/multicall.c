#include "server/eth/multicall.h"

#include <assert.h>

#include "server/eth/abi.h"
#include "store/base/turn.h"

const struct eth_addr multicall_addr = { { 0xca, 0x11, 0xbd, 0xe0, 0x59, 0x77, 0xb3,
					   0x63, 0x11, 0x67, 0x02, 0x88, 0x62, 0xbe,
					   0x2a, 0x17, 0x39, 0x76, 0xca, 0x11 } };

enum { MEMBERS = 3 };

enum err multicall_encode(struct turn *t, const struct multicall_ask *asks, size_t n,
			  struct bytes *out)
{
	struct abi_value *members = turn_array(t, n * MEMBERS, sizeof(*members));
	struct abi_value *calls = turn_array(t, n, sizeof(*calls)), all;

	assert(n > 0 && n <= MULTICALL_MAX);
	for (size_t i = 0; i < n; i++) {
		struct abi_value *m = &members[i * MEMBERS];

		m[0] = abi_addr(asks[i].to);
		m[1] = abi_bool(true);
		m[2] = abi_bytes(asks[i].data);
		calls[i] = abi_list(m, MEMBERS);
	}
	all = abi_list(calls, n);
	return abi_encode(t, "aggregate3((address,bool,bytes)[])", &all, 1, out);
}

enum err multicall_decode(struct turn *t, struct bytes data, size_t n, struct multicall_answer *out)
{
	const struct abi_value *values;
	size_t one;

	TRY(abi_decode(t, "((bool,bytes)[])", data, &values, &one));
	if (values[0].n_items != n)
		return fail(t, ERR_INVALID, "multicall: %zu answers to %zu calls",
			    values[0].n_items, n);
	for (size_t i = 0; i < n; i++) {
		const struct abi_value *pair = values[0].items[i].items;

		out[i] = (struct multicall_answer){ .succeeded = pair[0].truth,
						    .data = pair[1].bytes };
	}
	return OK;
}
