/* What the node itself can do: COUNT transfers of one fresh sender, signed beforehand, sent in
 * batches over some connections, and confirmed by their receipts. Prints the seconds from the
 * first byte sent to the last receipt read.
 * usage: bench_ceiling PORT COUNT BATCH CONNECTIONS */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/eth/signer.h"
#include "store/base/buf.h"
#include "store/base/clock.h"
#include "store/base/hex.h"
#include "store/base/turn.h"
#include "store/base/wei.h"
#include "tests/bench/post.h"
#include "tests/support/stop.h"

enum { COUNT_MOST = 10000, CONNECTIONS_MOST = 16, RECEIPTS = 100, CHAIN = 31337 };

struct round {
	struct turn t;
	struct raw_tx tx[COUNT_MOST];
	const char *bodies[COUNT_MOST];
	size_t count, batch, connections, n_bodies;
};

struct sender {
	struct round *r;
	struct post *p;
	size_t from;
	pthread_t thread;
};

/* ---- beforehand ---- */

static void sign_all(struct round *r, struct post *p)
{
	struct turn *t = &r->t;
	SECRET struct secret key;
	struct eth_addr from, to;
	struct bytes sealed_data_key, sealed;
	struct keyring *kr;

	key_random(t, &key);
	key_address(&key, &from);
	if (keyring_create(t, "bench", 5, &sealed_data_key, &kr) != OK ||
	    keyring_seal_key(t, kr, &key, from, &sealed) != OK)
		stop_test("%s", t->why);
	turn_random(t, &to, sizeof(to));
	for (size_t i = 0; i < r->count; i++) {
		memcpy(to.b, &i, sizeof(i));
		struct grant grant = { .chain_id = CHAIN,
				       .max_value = wei_u64(1),
				       .max_fee_total = wei_u64(UINT64_MAX),
				       .to = to };
		struct eth_tx tx = { .type = ETH_TX_FEE_MARKET,
				     .chain_id = CHAIN,
				     .nonce = i,
				     .gas = 21000,
				     .has_to = true,
				     .to = to,
				     .value = wei_u64(1),
				     .max_fee = wei_u64(20000000000),
				     .max_tip = wei_u64(1000000000) };

		if (signer_sign(t, kr, sealed, from, &grant, &tx, &r->tx[i]) != OK)
			stop_test("%s", t->why);
	}
	keyring_close(kr);
	const char *rich = turn_printf(t,
				       "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":"
				       "\"anvil_setBalance\",\"params\":[\"%s\","
				       "\"0x3635c9adc5dea00000\"]}",
				       hex_of(t, from.b, sizeof(from.b)));

	if (post_count(post(p, rich, strlen(rich)), "\"error\""))
		stop_test("the node gives the sender no money");
}

/* One JSON-RPC request with `n` calls; `one`: not as an array. */
static const char *body_of(struct round *r, const char *method, size_t from, size_t n, bool receipt)
{
	struct turn *t = &r->t;
	struct buf b = buf_in(t->mem, 8 << 20);

	if (n > 1)
		buf_char(&b, '[');
	for (size_t i = from; i < from + n; i++) {
		const struct raw_tx *tx = &r->tx[i];
		const char *hex = receipt ? hex_of(t, tx->hash.b, sizeof(tx->hash.b))
					  : hex_of(t, tx->raw.p, tx->raw.n);

		buf_printf(&b,
			   "%s{\"jsonrpc\":\"2.0\",\"id\":%zu,\"method\":\"%s\",\"params\":[\"%s\"]"
			   "}",
			   i > from ? "," : "", i, method, hex);
	}
	if (n > 1)
		buf_char(&b, ']');
	return buf_text(&b);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* ---- measured ---- */

static void *send_some(void *arg)
{
	struct sender *s = arg;
	struct round *r = s->r;

	for (size_t i = s->from; i < r->n_bodies; i += r->connections) {
		size_t n = least(r->batch, r->count - i * r->batch);
		const char *said = post(s->p, r->bodies[i], strlen(r->bodies[i]));

		if (post_count(said, "\"result\":\"0x") != n)
			stop_test("the node refused: %.300s", said);
	}
	return NULL;
}

static void confirm(struct round *r, struct post *p, const char *last, const char *const *receipts)
{
	const struct timespec nap = { .tv_nsec = 5000000 };
	size_t good = 0;

	/* The last nonce is mined after all others. */
	while (!post_count(post(p, last, strlen(last)), "\"status\":\"0x1\""))
		(void)nanosleep(&nap, NULL);
	for (size_t i = 0; i * RECEIPTS < r->count; i++)
		good += post_count(post(p, receipts[i], strlen(receipts[i])), "\"status\":\"0x1\"");
	if (good != r->count)
		stop_test("%zu of %zu were paid", good, r->count);
}

int main(int argc, char **argv)
{
	struct round *r = calloc(1, sizeof(*r));
	struct arena *mem = arena_new((size_t)256 << 20);
	struct sender senders[CONNECTIONS_MOST];
	const char *receipts[COUNT_MOST / RECEIPTS + 1];

	if (!r || argc != 5)
		stop_test("usage: bench_ceiling PORT COUNT BATCH CONNECTIONS");
	unsigned port = (unsigned)strtoul(argv[1], NULL, 10);

	r->count = strtoul(argv[2], NULL, 10);
	r->batch = strtoul(argv[3], NULL, 10);
	r->connections = strtoul(argv[4], NULL, 10);
	if (r->count < 1 || r->count > COUNT_MOST || r->batch < 1 || r->connections < 1 ||
	    r->connections > CONNECTIONS_MOST)
		stop_test("at most %d transfers over %d connections", COUNT_MOST, CONNECTIONS_MOST);
	turn_begin(&r->t, NULL, NULL, mem, "bench", "bench", 600000);
	for (size_t i = 0; i < r->connections; i++)
		senders[i] = (struct sender){ .r = r, .p = post_open(port), .from = i };
	sign_all(r, senders[0].p);
	for (size_t i = 0; i < r->count; i += r->batch)
		r->bodies[r->n_bodies++] = body_of(r, "eth_sendRawTransaction", i,
						   least(r->batch, r->count - i), false);
	for (size_t i = 0; i < r->count; i += RECEIPTS)
		receipts[i / RECEIPTS] = body_of(r, "eth_getTransactionReceipt", i,
						 least(RECEIPTS, r->count - i), true);
	const char *last = body_of(r, "eth_getTransactionReceipt", r->count - 1, 1, true);
	int64_t from = clock_mono_us();

	for (size_t i = 0; i < r->connections; i++)
		if (pthread_create(&senders[i].thread, NULL, send_some, &senders[i]) != 0)
			abort();
	for (size_t i = 0; i < r->connections; i++)
		(void)pthread_join(senders[i].thread, NULL);
	int64_t sent = clock_mono_us();

	confirm(r, senders[0].p, last, receipts);
	(void)printf("%.3f %.3f\n", (double)(clock_mono_us() - from) / 1e6,
		     (double)(sent - from) / 1e6);
	for (size_t i = 0; i < r->connections; i++)
		post_close(senders[i].p);
	turn_end(&r->t);
	arena_free(mem);
	free(r);
	return 0;
}
