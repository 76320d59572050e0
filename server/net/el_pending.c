#include "server/net/el_ask.h"
#include "store/base/hex.h"

static bool take_pending(struct turn *t, void *arg, size_t i, const struct rpc_answer *a)
{
	struct el_pending *out = (struct el_pending *)arg + i;

	(void)t;
	out->known = el_u64(a->result, &out->nonce);
	return out->known;
}

enum err el_pending(struct turn *t, struct el *e, const struct eth_addr *a, size_t n,
		    struct el_pending *out)
{
	struct rpc_call *calls = turn_array(t, n + 1, sizeof(*calls));

	for (size_t i = 0; i < n; i++) {
		out[i] = (struct el_pending){ 0 };
		calls[i].method = "eth_getTransactionCount";
		calls[i].params_json =
			turn_printf(t, "[\"%s\",\"pending\"]", hex_of(t, a[i].b, 20));
	}
	return el_read(t, e,
		       &(struct el_question){ .calls = calls,
					      .n = n,
					      .max_body = EL_READ_BODY,
					      .take = take_pending,
					      .arg = out });
}
