/* tests/support/world.c - see world.h. */
#include "tests/support/world.h"

#include <string.h>

#include "tests/support/stop.h"

struct world world;

static char *usual(void *arg, const char *method, const json_t *params)
{
	struct node *n = arg;
	const char *own = NULL;

	n->sends += strcmp(method, "eth_sendRawTransaction") == 0;
	n->balances += strcmp(method, "eth_getBalance") == 0;
	n->checks += strcmp(method, "eth_chainId") == 0;
	if (n->answer)
		own = n->answer(n, method, params);
	if (own)
		return own[0] ? httpd_text("%s", own) : NULL;
	if (strcmp(method, "eth_chainId") == 0)
		return httpd_text("\"result\":\"0x%x\"", n->chain_id);
	if (strcmp(method, "eth_getBlockByNumber") == 0)
		return httpd_text("\"result\":{\"hash\":\"%s\",\"number\":\"0x10\",\"timestamp\":"
				  "\"0x65\",\"gasLimit\":\"0x1c9c380\",\"baseFeePerGas\":\"0x7\"}",
				  n->genesis);
	if (strcmp(method, "eth_blockNumber") == 0)
		return httpd_text("\"result\":\"0x10\"");
	if (strcmp(method, "eth_getBalance") == 0)
		return httpd_text("\"result\":\"0xde0b6b3a7640000\"");
	if (strcmp(method, "eth_getTransactionCount") == 0)
		return httpd_text("\"result\":\"0x5\"");
	return httpd_text("\"error\":{\"code\":-32601,\"message\":\"Method not found\"}");
}

static void serve(void *arg, const struct httpd_request *q, struct httpd_reply *r)
{
	struct node *n = arg;

	if (!n->first || !n->first(n, q, r))
		r->body = httpd_rpc(q->body, usual, n);
}

unsigned world_count(struct node *n, const unsigned *which)
{
	httpd_lock(n->http);
	unsigned v = *which;

	httpd_unlock(n->http);
	return v;
}

void world_open_as(size_t n, const struct el_options *o)
{
	struct endpoint_setting list[2];

	for (size_t i = 0; i < n; i++)
		list[i] = (struct endpoint_setting){ .name = world.nodes[i].name,
						     .url = httpd_url(world.nodes[i].http) };
	if (endpoints_open(&world.t, &(struct endpoints_options){ .chain_id = 6343 }, list, n,
			   &world.pool) != OK)
		stop_test("%s", world.t.why);
	if (el_open(&world.t, world.pool, o, &world.el) != OK)
		stop_test("%s", world.t.why);
}

void world_open_with(size_t n)
{
	world_open_as(n, &(struct el_options){ .within_ms = 2000 });
}

int world_setup(void **state)
{
	(void)state;
	turn_begin(&world.t, NULL, NULL, arena_new(64 << 20), "test", "test", 20000);
	for (size_t i = 0; i < 2; i++) {
		world.nodes[i] = (struct node){ .name = i ? "backup" : "main",
						.chain_id = 6343,
						.genesis = GENESIS };
		world.nodes[i].http = httpd_start(serve, &world.nodes[i]);
	}
	world.pool = NULL;
	world.el = NULL;
	return 0;
}

int world_teardown(void **state)
{
	(void)state;
	el_close(world.el);
	endpoints_close(world.pool);
	for (size_t i = 0; i < 2; i++)
		httpd_stop(world.nodes[i].http);
	arena_free(world.t.mem);
	return 0;
}

struct endpoint world_endpoint(const char *name)
{
	size_t n;
	struct endpoint *all = endpoints_snapshot(&world.t, world.pool, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(all[i].name, name) == 0)
			return all[i];
	stop_test("no endpoint %s", name);
}
