#include "server/net/el_ask.h"
#include "store/base/clock.h"
#include "store/base/hex.h"

/* A pause counts within a second: what was handed out and could not begin by then waits for the
 * next leave to go. */
enum { BEGIN_MS = 700 };

static void take_sent(const struct el_raw *raw, const struct rpc_answer *a, struct el_sent *out)
{
	struct eth_hash hash;

	out->message = a->message;
	switch (a->outcome) {
	case RPC_NOT_SENT:
		out->outcome = EL_SENT_NOT_SENT;
		return;
	case RPC_UNKNOWN:
		out->outcome = EL_SENT_UNKNOWN;
		return;
	case RPC_ERROR:
		out->outcome = EL_SENT_REFUSED;
		out->code = a->code;
		return;
	case RPC_RESULT:
		out->outcome = EL_SENT_ACCEPTED;
		if (el_hash(a->result, &hash) && hash_eq(hash, raw->hash))
			return;
		out->outcome = EL_SENT_UNKNOWN;
		out->message = "the endpoint answered with another hash";
		return;
	}
}

/* True: something may have left this machine. */
static bool send_to(struct turn *t, struct el *e, const struct endpoint_pick *p,
		    const struct el_raw *raw, size_t n, int64_t begin_by, struct el_sent *out)
{
	struct rpc_call *calls = turn_array(t, n + 1, sizeof(*calls));
	struct rpc_options o = el_options_for(e, p, EL_SEND_BODY);
	const char *name = turn_strdup(t, p->name);
	struct rpc_round r;
	bool any = false;

	for (size_t i = 0; i < n; i++)
		calls[i] = (struct rpc_call){
			.method = "eth_sendRawTransaction",
			.params_json =
				turn_printf(t, "[\"%s\"]", hex_of(t, raw[i].raw.p, raw[i].raw.n)),
			.lane = raw[i].lane,
		};
	o.ordered = true;
	o.begin_by = begin_by;
	rpc_ask(t, e->http, &o, calls, n, &r);
	for (size_t i = 0; i < n; i++) {
		out[i].endpoint = name;
		take_sent(&raw[i], &r.answers[i], &out[i]);
		any = any || out[i].outcome != EL_SENT_NOT_SENT;
	}
	el_heard(e, p->id, &r);
	rpc_done(&r);
	return any;
}

enum err el_send_raw(struct turn *t, struct el *e, const struct el_raw *raw, size_t n,
		     struct el_sent *out)
{
	struct endpoint_pick *p = turn_alloc(t, sizeof(*p));
	int64_t begin_by = clock_mono_ms() + BEGIN_MS;
	unsigned tried[ENDPOINTS_MAX];
	size_t n_tried = 0;

	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_sent){ .message = "no endpoint was asked", .endpoint = "" };
	if (n == 0)
		return OK;
	TRY(el_pick(t, e, true, tried, &n_tried, p));
	if (send_to(t, e, p, raw, n, begin_by, out))
		return OK;
	return fail_reason(t, REASON_ENDPOINT_AWAY, "nothing was sent: endpoint '%s': %s", p->name,
			   out[0].message);
}
