/* The chain room's own work, without a network: prints what was done a second, a line each.
 * tests/bench/codec.mjs does the same with viem. */
#include <stdio.h>
#include <string.h>

#include "server/eth/abi.h"
#include "server/eth/curve.h"
#include "server/eth/keccak.h"
#include "server/eth/signed_text.h"
#include "server/eth/tx.h"
#include "server/eth/typed_data.h"
#include "store/base/clock.h"
#include "store/base/turn.h"
#include "store/base/wei.h"

enum { FOR_US = 300000 };

static uint8_t block[1024];
static struct turn t;
static struct bytes answers;
static struct bytes raw;

static void hash_1k(void)
{
	struct eth_hash h;

	keccak256(block, sizeof(block), &h);
	block[0] = h.b[0];
}

static void encode_transfer(void)
{
	struct abi_value args[] = { abi_addr((struct eth_addr){ { 1 } }), abi_u64(5) };

	(void)abi_call(&t, "transfer(address,uint256)", args, 2);
}

static void decode_answers(void)
{
	const struct abi_value *out;
	size_t n;

	(void)(abi_decode(&t, "((bool,bytes)[])", answers, &out, &n) == OK);
}

static void decode_tx(void)
{
	struct eth_addr sender;
	struct eth_tx tx;

	(void)(eth_tx_decode(&t, raw, &tx, &sender) == OK);
}

static void hash_typed(void)
{
	static const char text[] =
		"{\"types\":{\"Person\":[{\"name\":\"name\",\"type\":\"string\"},{\"name\":"
		"\"wallet\","
		"\"type\":\"address\"}],\"Mail\":[{\"name\":\"from\",\"type\":\"Person\"},{"
		"\"name\":"
		"\"contents\",\"type\":\"string\"}]},\"primaryType\":\"Mail\",\"domain\":{\"name\":"
		"\"x\",\"chainId\":1},\"message\":{\"from\":{\"name\":\"Cow\",\"wallet\":"
		"\"0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826\"},\"contents\":\"Hello\"}}";
	struct eth_hash h;

	(void)(typed_data_hash(&t, (struct bytes){ (const uint8_t *)text, sizeof(text) - 1 }, &h) ==
	       OK);
}

static void measure(const char *what, void (*fn)(void))
{
	int64_t from = clock_mono_us(), us;
	double n = 0;

	do {
		for (int i = 0; i < 20; i++)
			fn();
		n += 20;
		turn_end(&t);
		turn_begin(&t, NULL, NULL, t.mem, "bench", "bench", 60000);
		us = clock_mono_us() - from;
	} while (us < FOR_US);
	(void)printf("%s %.0f\n", what, n * 1e6 / (double)us);
}

int main(void)
{
	struct arena *mem = arena_new((size_t)64 << 20), *kept = arena_new((size_t)4 << 20);
	struct abi_value pair[2] = { abi_bool(true), abi_bytes((struct bytes){ block, 32 }) };
	struct abi_value list[100], all = abi_list(list, 100);
	struct eth_tx tx = {
		.type = ETH_TX_FEE_MARKET, .chain_id = 1, .gas = 21000, .has_to = true
	};
	SECRET struct secret key = { { [31] = 7 } };
	struct eth_signature sig;
	struct raw_tx made;
	struct eth_hash h;

	turn_begin(&t, NULL, NULL, kept, "bench", "bench", 60000);
	for (size_t i = 0; i < 100; i++)
		list[i] = abi_list(pair, 2);
	tx.max_fee = wei_u64(1000000000);
	if (abi_encode_types(&t, "((bool,bytes)[])", &all, 1, &answers) != OK ||
	    eth_tx_sighash(&t, &tx, &h) != OK)
		return 1;
	curve_sign(&h, &key, &sig);
	if (eth_tx_encode_signed(&t, &tx, &sig, &made) != OK)
		return 1;
	raw = made.raw;
	t.mem = mem;
	measure("keccak256-1KiB", hash_1k);
	measure("abi-encode-transfer", encode_transfer);
	measure("abi-decode-100-answers", decode_answers);
	measure("decode-and-recover-type-2", decode_tx);
	measure("eip712-hash", hash_typed);
	arena_free(mem);
	arena_free(kept);
	return 0;
}
