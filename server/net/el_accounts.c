#include "server/net/el_ask.h"
#include "store/base/hex.h"

enum { CODE_MAX = 256 << 10, DELEGATION = 23 };

/* Each account is two calls: 2i its balance, 2i + 1 its nonce. */
struct accounts {
	struct el_account *out;
	bool *have; /* per call */
};

static bool take_account(struct turn *t, void *arg, size_t i, const struct rpc_answer *a)
{
	struct accounts *k = arg;
	struct el_account *out = &k->out[i / 2];
	uint64_t head = el_first_head(a);

	(void)t;
	k->have[i] = i % 2 ? el_u64(a->result, &out->nonce) : el_wei(a->result, &out->balance);
	if (!k->have[i])
		return false;
	/* The older of the two heads: both values are at least as new as that. */
	if (!k->have[i ^ 1] || head < out->at_block)
		out->at_block = head;
	out->known = k->have[i ^ 1];
	return true;
}

enum err el_accounts(struct turn *t, struct el *e, const struct eth_addr *a, size_t n,
		     struct el_account *out)
{
	struct rpc_call *calls = turn_array(t, 2 * n + 1, sizeof(*calls));
	struct accounts k = { .out = out, .have = turn_array(t, 2 * n + 1, sizeof(bool)) };

	for (size_t i = 0; i < n; i++) {
		const char *params = turn_printf(t, "[\"%s\",\"latest\"]", hex_of(t, a[i].b, 20));

		out[i] = (struct el_account){ 0 };
		calls[2 * i] =
			(struct rpc_call){ .method = "eth_getBalance", .params_json = params };
		calls[2 * i + 1] = (struct rpc_call){ .method = "eth_getTransactionCount",
						      .params_json = params };
	}
	return el_read(t, e,
		       &(struct el_question){ .calls = calls,
					      .n = 2 * n,
					      .max_body = EL_READ_BODY,
					      .with_head = true,
					      .take = take_account,
					      .arg = &k });
}

static bool take_code(struct turn *t, void *arg, size_t i, const struct rpc_answer *a)
{
	struct el_code *out = (struct el_code *)arg + i;
	struct bytes code;

	if (!el_bytes(t, a->result, CODE_MAX, &code))
		return false;
	/* EIP-7702: 0xef0100 and the address of the delegate. */
	*out = (struct el_code){ .known = true,
				 .size = code.n,
				 .delegated = code.n == DELEGATION && code.p[0] == 0xef &&
					      code.p[1] == 0x01 && code.p[2] == 0x00 };
	return true;
}

enum err el_codes(struct turn *t, struct el *e, const struct eth_addr *a, size_t n,
		  struct el_code *out)
{
	struct rpc_call *calls = turn_array(t, n + 1, sizeof(*calls));

	for (size_t i = 0; i < n; i++) {
		out[i] = (struct el_code){ 0 };
		calls[i].method = "eth_getCode";
		calls[i].params_json = turn_printf(t, "[\"%s\",\"latest\"]", hex_of(t, a[i].b, 20));
	}
	return el_read(t, e,
		       &(struct el_question){ .calls = calls,
					      .n = n,
					      .max_body = EL_READ_BODY,
					      .take = take_code,
					      .arg = out });
}
