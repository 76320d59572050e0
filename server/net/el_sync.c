#include "server/net/el_sync.h"

#include <string.h>
#include <strings.h>

#include "store/base/clock.h"
#include "store/base/hex.h"

/* A call that waits holds a connection, and those that come after it: few at a time, not for long,
 * and where it takes longer than SLOW_MS a batch and a look at receipts are better. */
enum { AT_ONCE = 4, WAIT_MS = 400, SLOW_MS = 200, WAY_MS = 2000 };

/* The mark is a few seconds old at most, and blocks may come every ten milliseconds. */
enum { AHEAD_MOST = 4096 };

/* EIP-7966: waited in vain; not taken yet; a gap before it. */
enum { CODE_TIMEOUT = 4, CODE_QUEUED = 5, CODE_GAP = 6, CODE_NO_METHOD = -32601 };

static const char *const methods[] = { "eth_sendRawTransactionSync",
				       "realtime_sendRawTransaction" };

/* ---- which method it has ---- */

static bool has_not(const struct rpc_answer *a)
{
	return a->outcome != RPC_ERROR || a->code == CODE_NO_METHOD ||
	       strcasestr(a->message, "method not found") || strcasestr(a->message, "whitelist");
}

static bool same_error(const struct rpc_answer *a, const struct rpc_answer *b)
{
	return a->code == b->code && strcmp(a->message, b->message) == 0;
}

/* Bytes that are no transaction: who minds them has the method, who minds the time does not take
 * it. No news for the pool: a gateway may answer a method it does not allow with any page. */
void el_sync_probe(struct turn *t, struct el *e, const struct endpoint_pick *p)
{
	const struct rpc_call calls[] = {
		{ .method = methods[0], .params_json = "[\"0x\"]" },
		{ .method = methods[0], .params_json = "[\"0x\",400]" },
		{ .method = methods[1], .params_json = "[\"0x\"]" },
		{ .method = methods[1], .params_json = "[\"0x\",400]" },
	};
	struct rpc_one asks[4] = { 0 };
	const char *method = NULL;
	bool timed = false;

	for (size_t i = 0; i < 4; i++) {
		asks[i] = (struct rpc_one){ .o = el_options_for(e, p, EL_READ_BODY),
					    .calls = &calls[i],
					    .n = 1 };
	}
	rpc_ask_many(t, e->http, asks, 4);
	for (size_t i = 0; i < 4 && !method; i += 2) {
		const struct rpc_answer *a = asks[i].round.answers;

		if (has_not(a))
			continue;
		method = methods[i / 2];
		timed = same_error(a, asks[i + 1].round.answers);
	}
	endpoint_told_sync(e->pool, p->id, method, timed);
	for (size_t i = 0; i < 4; i++)
		rpc_done(&asks[i].round);
}

/* ---- sending ---- */

static bool fits(const struct el_raw *raw, size_t n)
{
	if (n > AT_ONCE)
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j <= i; j++)
			if (raw[i].again || (j < i && raw[i].lane == raw[j].lane))
				return false;
	return true;
}

static bool waited_in_vain(const struct rpc_answer *a)
{
	return a->code == CODE_TIMEOUT || a->code == CODE_QUEUED || a->code == CODE_GAP ||
	       strcasestr(a->message, "transaction expired");
}

static const char in_vain[] = "sent; no receipt while the node waited";

/* Its receipt comes without a head: a block far beyond the mark is no answer. */
static bool believable(const struct el *e, uint64_t block)
{
	uint64_t mark;

	return !endpoints_mark(e->pool, &mark) || block <= mark || block - mark <= AHEAD_MOST;
}

/* False: this endpoint does not have the method after all, and nothing was sent. */
static bool take(struct turn *t, struct el *e, const struct el_raw *raw, const struct rpc_answer *a,
		 const char *name, bool our_time_up, struct el_sent *out)
{
	struct el_word w = { .endpoint = name, .outcome = EL_SENT_UNKNOWN, .message = a->message };
	struct el_receipt *receipt = turn_alloc(t, sizeof(*receipt));

	switch (a->outcome) {
	case RPC_NOT_SENT:
		w.outcome = EL_SENT_NOT_SENT;
		break;
	case RPC_UNKNOWN:
		out->waited = our_time_up;
		w.message = our_time_up ? in_vain : a->message;
		break;
	case RPC_ERROR:
		if (has_not(a))
			return false;
		out->waited = waited_in_vain(a);
		w.outcome = out->waited ? EL_SENT_UNKNOWN : EL_SENT_REFUSED;
		w.code = out->waited ? 0 : a->code;
		w.message = out->waited ? in_vain : a->message;
		break;
	case RPC_RESULT:
		if (!el_receipt_read(a->result, &raw->hash, receipt)) {
			w.message = "the endpoint answered with another transaction's receipt";
			break;
		}
		/* It is as new as its block at least. */
		receipt->at_block = receipt->block;
		if (believable(e, receipt->block))
			out->receipt = receipt;
		w.outcome = EL_SENT_ACCEPTED;
		break;
	}
	el_sent_hear(t, out, &w);
	return true;
}

void el_sync_send(struct turn *t, struct el *e, const struct endpoint_pick *p,
		  const struct el_raw *raw, size_t n, int64_t begin_by, struct el_sent *out)
{
	struct rpc_call calls[AT_ONCE];
	struct rpc_options o = el_options_for(e, p, EL_SEND_BODY);
	const char *name = turn_strdup(t, p->name);
	int64_t start = clock_mono_ms(), took;
	bool has = true, any_waited = false;
	struct rpc_round r;

	if (!p->sync_method || !fits(raw, n))
		return;
	for (size_t i = 0; i < n; i++) {
		const char *hex = hex_of(t, raw[i].raw.p, raw[i].raw.n);

		calls[i] = (struct rpc_call){
			.method = p->sync_method,
			.params_json = p->sync_timed ? turn_printf(t, "[\"%s\",%d]", hex, WAIT_MS)
						     : turn_printf(t, "[\"%s\"]", hex),
		};
	}
	o.batch = 1;
	o.begin_by = begin_by;
	/* One that takes no time of ours waits as long as it likes: we do not. */
	int64_t within = WAIT_MS + (p->sync_timed ? WAY_MS : 0);

	o.within_ms = o.within_ms < within ? o.within_ms : within;
	rpc_ask(t, e->http, &o, calls, n, &r);
	took = clock_mono_ms() - start;
	for (size_t i = 0; i < n; i++) {
		has = take(t, e, &raw[i], &r.answers[i], name, took >= o.within_ms, &out[i]) && has;
		any_waited = any_waited || out[i].waited;
	}
	if (!any_waited)
		el_heard(e, p->id, &r);
	if (!has)
		endpoint_told_sync(e->pool, p->id, NULL, false);
	if (any_waited || took > SLOW_MS)
		endpoint_sync_slow(e->pool, p->id);
	rpc_done(&r);
}
