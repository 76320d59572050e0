/* 1,000 balances and nonces through el_accounts against a real node; prints ms and calls a second.
 * usage: bench_balances [accounts [rounds]] */
#include <stdio.h>
#include <stdlib.h>

#include "server/net/el.h"
#include "store/base/clock.h"
#include "tests/support/anvil.h"
#include "tests/support/stop.h"

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t once_us(struct turn *t, struct el *el, const struct eth_addr *a, size_t n)
{
	struct el_account *out = turn_array(t, n, sizeof(*out));
	int64_t from = clock_mono_us();

	if (el_accounts(t, el, a, n, out) != OK)
		stop_test("%s", t->why);
	int64_t us = clock_mono_us() - from;

	for (size_t i = 0; i < n; i++)
		if (!out[i].known)
			stop_test("account %zu is unknown", i);
	return us;
}

static void measure(struct endpoints *pool, struct arena *mem, size_t parallel, size_t n,
		    size_t rounds)
{
	struct turn t;
	struct el *el;
	int64_t *us = calloc(rounds, sizeof(*us));
	struct eth_addr *a = calloc(n, sizeof(*a));

	if (!us || !a)
		abort();
	for (size_t i = 0; i < n; i++)
		a[i] = (struct eth_addr){ { 1, (uint8_t)(i >> 16), (uint8_t)(i >> 8),
					    (uint8_t)i } };
	turn_begin(&t, NULL, NULL, mem, "bench", "bench", 60000);
	if (el_open(&t, pool, &(struct el_options){ .parallel = parallel }, &el) != OK)
		stop_test("%s", t.why);
	(void)once_us(&t, el, a, n);
	size_t used = arena_used(mem);

	for (size_t i = 0; i < rounds; i++) {
		turn_end(&t);
		turn_begin(&t, NULL, NULL, mem, "bench", "bench", 60000);
		us[i] = once_us(&t, el, a, n);
	}
	qsort(us, rounds, sizeof(*us), by_value);
	(void)printf("%zu accounts, %zu connections: median %.1f ms, best %.1f ms, %.0f calls/s, "
		     "%zu KiB of turn memory\n",
		     n, parallel, (double)us[rounds / 2] / 1000, (double)us[0] / 1000,
		     2e6 * (double)n / (double)us[rounds / 2], used / 1024);
	el_close(el);
	turn_end(&t);
	free(us);
	free(a);
}

int main(int argc, char **argv)
{
	size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
	size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 20;
	struct anvil *node = anvil_start(&(struct anvil_options){ .no_mining = true });
	struct arena *mem = arena_new((size_t)256 << 20);
	struct endpoint_setting s = { .name = "anvil", .url = node->url };
	struct endpoints *pool;
	struct turn t;

	if (n == 0 || n > 100000 || rounds == 0 || rounds > 1000)
		stop_test("1 to 100000 accounts, 1 to 1000 rounds");
	turn_begin(&t, NULL, NULL, mem, "bench", "bench", 60000);
	if (endpoints_open(&t, &(struct endpoints_options){ .chain_id = 31337 }, &s, 1, &pool) !=
	    OK)
		stop_test("%s", t.why);
	turn_end(&t);
	for (size_t parallel = 1; parallel <= 8; parallel *= 2)
		measure(pool, mem, parallel, n, rounds);
	endpoints_close(pool);
	arena_free(mem);
	anvil_stop(node);
	return 0;
}
