/* 1,000 token balances from a real node: one by one in batches, and through Multicall3; prints
 * medians in ms and how many requests went over the wire.
 * usage: bench_views [balances [rounds]] */
#include <stdio.h>
#include <stdlib.h>

#include "server/eth/abi.h"
#include "server/eth/addr.h"
#include "server/eth/multicall.h"
#include "server/jobs/views.h"
#include "store/base/clock.h"
#include "tests/support/anvil.h"
#include "tests/support/stop.h"

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The contract's code where it stands on other chains. */
static void place_multicall(struct anvil *node)
{
	struct eth_addr at = anvil_deploy(node, "Multicall3", NULL);
	char from[ADDR_TEXT], to[ADDR_TEXT];

	addr_text(&at, from);
	addr_text(&multicall_addr, to);
	json_t *code = anvil_ask(node, "eth_getCode", json_pack("[s,s]", from, "latest"));

	json_decref(anvil_ask(node, "anvil_setCode", json_pack("[s,o]", to, code)));
}

static int64_t once_us(struct turn *t, struct el *el, struct views *v, const struct el_call *calls,
		       size_t n)
{
	struct el_call_result *out = turn_array(t, n, sizeof(*out));
	int64_t from = clock_mono_us();
	enum err e = v ? views_ask(t, el, v, calls, n, out) : el_calls(t, el, calls, n, out);

	if (e != OK)
		stop_test("%s", t->why);
	int64_t us = clock_mono_us() - from;

	for (size_t i = 0; i < n; i++)
		if (out[i].outcome != EL_CALL_OK || out[i].data.n != 32)
			stop_test("balance %zu: %s", i, out[i].message);
	return us;
}

static void measure(const struct anvil *node, struct arena *mem, size_t batch, bool together,
		    size_t n, size_t rounds)
{
	struct endpoint_setting s = { .name = "anvil", .url = node->url, .batch = batch };
	struct endpoints_options o = { .chain_id = 31337 };
	int64_t *us = calloc(rounds, sizeof(*us));
	struct views v = { 0 };
	struct endpoints *pool;
	struct turn t;
	struct el *el;

	if (!us)
		abort();
	turn_begin(&t, NULL, NULL, mem, "bench", "bench", 60000);
	if (endpoints_open(&t, &o, &s, 1, &pool) != OK ||
	    el_open(&t, pool, &(struct el_options){ 0 }, &el) != OK)
		stop_test("%s", t.why);
	for (size_t r = 0; r < rounds; r++) {
		turn_end(&t);
		turn_begin(&t, NULL, NULL, mem, "bench", "bench", 60000);
		struct el_call *calls = turn_array(&t, n, sizeof(*calls));

		for (size_t i = 0; i < n; i++) {
			struct abi_value arg = abi_addr((struct eth_addr){
				{ 1, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i } });

			calls[i].to = node->data_token;
			calls[i].data = abi_call(&t, "balanceOf(address)", &arg, 1);
		}
		us[r] = once_us(&t, el, together ? &v : NULL, calls, n);
	}
	size_t calls = together ? (n + 99) / 100 : n;

	qsort(us, rounds, sizeof(*us), by_value);
	(void)printf("%-10s batches of %3zu: median %6.1f ms, best %6.1f ms, %zu requests\n",
		     together ? "Multicall3" : "one by one", batch, (double)us[rounds / 2] / 1000,
		     (double)us[0] / 1000, (calls + batch - 1) / batch);
	el_close(el);
	endpoints_close(pool);
	turn_end(&t);
	free(us);
}

int main(int argc, char **argv)
{
	static const size_t batches[] = { 20, 100 };
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 20;
	struct anvil *node = anvil_start(&(struct anvil_options){ .contracts = true });
	struct arena *mem = arena_new((size_t)256 << 20);

	if (n < 100 || n > 100000 || rounds == 0 || rounds > 1000)
		stop_test("100 to 100000 balances, 1 to 1000 rounds");
	place_multicall(node);
	for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
		measure(node, mem, batches[i], false, n, rounds);
		measure(node, mem, batches[i], true, n, rounds);
	}
	arena_free(mem);
	anvil_stop(node);
	return 0;
}
