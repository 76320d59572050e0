#include <string.h>
#include <strings.h>

#include "server/net/el_ask.h"
#include "store/base/hex.h"
#include "store/base/wei.h"

enum { RETURN_MAX = 1 << 20, METHOD_MISSING = -32601, INTERNAL = -32603, REVERTED = 3 };

struct asking_calls {
	struct el_call_result *out;
	bool estimate;
};

/* A QUANTITY has no leading zeros. */
static const char *quantity(struct turn *t, struct wei v)
{
	const char *s = hex_of(t, v.be, sizeof(v.be)) + 2;

	while (*s == '0' && s[1])
		s++;
	return s;
}

/* `more`: further fields of the object; `block`: a further parameter. */
static const char *params_of(struct turn *t, const struct el_call *c, const char *more,
			     const char *block)
{
	return turn_printf(
		t, "[{\"from\":\"%s\",\"to\":\"%s\",\"value\":\"0x%s\",\"data\":\"%s\"%s}%s]",
		hex_of(t, c->from.b, 20), hex_of(t, c->to.b, 20), quantity(t, c->value),
		hex_of(t, c->data.p, c->data.n), more, block);
}

static bool is_revert(const struct rpc_answer *a)
{
	return a->code == REVERTED || strncasecmp(a->message, "execution reverted", 18) == 0 ||
	       (a->data.n >= 4 && strcasestr(a->message, "revert"));
}

static bool take_error(struct el_call_result *out, const struct rpc_answer *a)
{
	out->code = a->code;
	out->message = a->message;
	if (is_revert(a)) {
		out->outcome = EL_CALL_REVERTED;
		out->data = a->data;
		return true;
	}
	/* The endpoint's own trouble, not a word about the call. */
	if (a->code == METHOD_MISSING || a->code == INTERNAL)
		return false;
	out->outcome = EL_CALL_REFUSED;
	return true;
}

static bool take_call(struct turn *t, void *arg, size_t i, const struct rpc_answer *a)
{
	const struct asking_calls *k = arg;
	struct el_call_result *out = &k->out[i];

	switch (a->outcome) {
	case RPC_NOT_SENT:
	case RPC_UNKNOWN:
		out->message = a->message;
		return false;
	case RPC_ERROR:
		return take_error(out, a);
	case RPC_RESULT:
		break;
	}
	if (k->estimate ? !el_u64(a->result, &out->gas)
			: !el_bytes(t, a->result, RETURN_MAX, &out->data)) {
		out->message = "the answer is not what the method returns";
		return false;
	}
	out->outcome = EL_CALL_OK;
	out->message = "";
	return true;
}

static enum err ask(struct turn *t, struct el *e, const struct rpc_call *rpc, size_t n,
		    bool estimate, struct el_call_result *out)
{
	struct asking_calls k = { .out = out, .estimate = estimate };

	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_call_result){ .message = "not asked" };
	return el_read(t, e,
		       &(struct el_question){ .calls = rpc,
					      .n = n,
					      .max_body = EL_CALL_BODY,
					      .with_head = true,
					      .take = take_call,
					      .arg = &k });
}

enum err el_calls(struct turn *t, struct el *e, const struct el_call *calls, size_t n,
		  struct el_call_result *out)
{
	struct rpc_call *rpc = turn_array(t, n + 1, sizeof(*rpc));

	for (size_t i = 0; i < n; i++)
		rpc[i] = (struct rpc_call){ .method = "eth_call",
					    .params_json =
						    params_of(t, &calls[i], "", ",\"latest\"") };
	return ask(t, e, rpc, n, false, out);
}

enum err el_replays(struct turn *t, struct el *e, const struct el_replay *replays, size_t n,
		    struct el_call_result *out)
{
	struct rpc_call *rpc = turn_array(t, n + 1, sizeof(*rpc));

	for (size_t i = 0; i < n; i++) {
		const struct el_replay *r = &replays[i];
		const char *gas = turn_printf(t, ",\"gas\":\"0x%llx\"", (unsigned long long)r->gas);
		const char *block = turn_printf(t, ",\"0x%llx\"", (unsigned long long)r->block);

		rpc[i] = (struct rpc_call){ .method = "eth_call",
					    .params_json = params_of(t, &r->call, gas, block) };
	}
	return ask(t, e, rpc, n, false, out);
}

/* Without a block it is at the newest state on every node. */
enum err el_estimates(struct turn *t, struct el *e, const struct el_call *calls, size_t n,
		      struct el_call_result *out)
{
	struct rpc_call *rpc = turn_array(t, n + 1, sizeof(*rpc));

	for (size_t i = 0; i < n; i++)
		rpc[i] = (struct rpc_call){ .method = "eth_estimateGas",
					    .params_json = params_of(t, &calls[i], "", "") };
	return ask(t, e, rpc, n, true, out);
}
