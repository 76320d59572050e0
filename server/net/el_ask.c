#include "server/net/el_ask.h"

#include <string.h>

struct rpc_options el_options_for(const struct el *e, const struct endpoint_pick *p,
				  size_t max_body)
{
	bool hurry = p->patience_ms > 0 && p->patience_ms < e->within_ms;

	return (struct rpc_options){ .url = p->url,
				     .batch = p->batch,
				     .parallel = e->parallel,
				     .max_body = max_body,
				     .max_answer = e->max_answer,
				     .within_ms = hurry ? p->patience_ms : e->within_ms };
}

static enum endpoint_news news_of(const struct rpc_round *r)
{
	switch (r->health) {
	case RPC_FINE:
		return NEWS_FINE;
	case RPC_LIMITED:
		return NEWS_LIMITED;
	case RPC_AWAY:
	case RPC_GARBAGE:
		return r->any_fine || r->batch_refused ? NEWS_PARTLY : NEWS_AWAY;
	}
	return NEWS_AWAY;
}

void el_heard(struct el *e, unsigned id, const struct rpc_round *r)
{
	if (r->batch_refused)
		endpoint_batch_refused(e->pool, id, r->batch_refused);
	/* Nothing was sent because our own time was up: no news of the endpoint. */
	if (r->health == RPC_FINE && !r->any_fine)
		return;
	endpoint_heard(e->pool, id, news_of(r), r->wait_ms, r->latency_us, r->said);
}

void el_ask(struct turn *t, struct el *e, struct endpoint_pick *p, const struct rpc_call *calls,
	    size_t n, struct rpc_round *out)
{
	for (;;) {
		struct rpc_options o = el_options_for(e, p, EL_READ_BODY);

		rpc_ask(t, e->http, &o, calls, n, out);
		el_heard(e, p->id, out);
		if (!out->batch_refused)
			return;
		/* At least halved each time, and a single call is never a refused batch. */
		p->batch = out->batch_refused / 2;
		rpc_done(out);
	}
}

/* ---- choosing ---- */

/* OK: it serves our chain, and the pool knows. Else it is not to be used now. */
static enum err check_chain(struct turn *t, struct el *e, struct endpoint_pick *p)
{
	static const struct rpc_call calls[] = {
		{ .method = "eth_chainId", .params_json = "[]" },
		{ .method = "eth_getBlockByNumber", .params_json = "[\"0x0\",false]" },
	};
	struct rpc_round r;
	struct eth_hash genesis;
	uint64_t chain_id;
	enum err result;

	el_ask(t, e, p, calls, 2, &r);
	bool told = el_u64(r.answers[0].result, &chain_id) &&
		    el_hash(json_object_get(r.answers[1].result, "hash"), &genesis);

	if (!told && r.any_fine)
		endpoint_heard(e->pool, p->id, NEWS_AWAY, 0, 0,
			       "it does not tell its chain id and its genesis block");
	result = told ? endpoint_checked(t, e->pool, p->id, chain_id, &genesis) : ERR_AWAY;
	rpc_done(&r);
	return result;
}

enum err el_pick(struct turn *t, struct el *e, bool to_send, unsigned tried[ENDPOINTS_MAX],
		 size_t *n_tried, struct endpoint_pick *out)
{
	const char *why = "";
	int64_t wait_ms = 0;

	while (*n_tried < ENDPOINTS_MAX && turn_left_ms(t) > 0 &&
	       endpoints_choose(t, e->pool, to_send, tried, *n_tried, out, &wait_ms, &why)) {
		if (!out->check || check_chain(t, e, out) == OK)
			return OK;
		tried[(*n_tried)++] = out->id;
	}
	if (turn_left_ms(t) == 0)
		return fail_reason(t, REASON_ENDPOINT_AWAY,
				   "no endpoint answered before this turn's deadline");
	t->retry_ms = wait_ms;
	return fail_reason(t, REASON_ENDPOINT_AWAY, "no endpoint answers: %s", why);
}

/* ---- reading ---- */

struct reading {
	struct turn *t;
	struct el *e;
	const struct el_question *q;
	struct rpc_call *calls; /* those not settled, */
	size_t *index;          /* and where they stand in the question */
	size_t left, settled;
	uint64_t stale; /* the newest head of an answer that was too old; 0: none */
};

/* What was told before the question was asked is known: an answer that is older is none. */
static void take_answers(struct reading *k, const struct rpc_round *r, unsigned id, uint64_t mark)
{
	uint64_t head = 0;
	size_t left = 0;

	for (size_t i = 0; i < k->left; i++) {
		const struct rpc_answer *a = &r->answers[i];
		uint64_t first = el_first_head(a);

		if (k->q->is_head)
			(void)el_u64(a->result, &first);
		head = first > head ? first : head;
		if (first > 0 && first < mark) {
			k->stale = first > k->stale ? first : k->stale;
			k->index[left] = k->index[i];
			k->calls[left++] = k->calls[i];
			continue;
		}
		if (k->q->take(k->t, k->q->arg, k->index[i], a)) {
			k->settled++;
			continue;
		}
		k->index[left] = k->index[i];
		k->calls[left++] = k->calls[i];
	}
	k->left = left;
	if (head)
		endpoint_told_head(k->e->pool, id, head);
}

/* True: the same endpoint may be asked again, in smaller batches. */
static bool ask_one(struct reading *k, const struct endpoint_pick *p)
{
	static const struct rpc_call head = { .method = "eth_blockNumber", .params_json = "[]" };
	struct rpc_options o = el_options_for(k->e, p, k->q->max_body);
	bool apart = k->q->with_head && p->batch <= 1;
	struct rpc_round r, before;
	uint64_t mark;

	(void)endpoints_mark(k->e->pool, &mark);
	/* One that takes no batches is asked one by one, and its head before them all. */
	o.first = k->q->with_head && !apart ? &head : NULL;
	if (apart)
		rpc_ask(k->t, k->e->http, &o, &head, 1, &before);
	rpc_ask(k->t, k->e->http, &o, k->calls, k->left, &r);
	for (size_t i = 0; apart && i < k->left; i++)
		r.answers[i].first = before.answers[0].result;
	take_answers(k, &r, p->id, mark);
	el_heard(k->e, p->id, &r);
	rpc_done(&r);
	if (apart)
		rpc_done(&before);
	return r.batch_refused;
}

static enum err too_old(struct reading *k)
{
	uint64_t mark;

	(void)endpoints_mark(k->e->pool, &mark);
	return fail_reason(k->t, REASON_ENDPOINT_AWAY,
			   "no endpoint answers: block %llu was seen, and they are at %llu",
			   (unsigned long long)mark, (unsigned long long)k->stale);
}

enum err el_read(struct turn *t, struct el *e, const struct el_question *q)
{
	struct reading k = { .t = t,
			     .e = e,
			     .q = q,
			     .calls = turn_memdup(t, q->calls, q->n * sizeof(*q->calls)),
			     .index = turn_array(t, q->n + 1, sizeof(size_t)),
			     .left = q->n };
	unsigned tried[ENDPOINTS_MAX];
	struct endpoint_pick *p = turn_alloc(t, sizeof(*p));
	size_t n_tried = 0;

	for (size_t i = 0; i < q->n; i++)
		k.index[i] = i;
	struct endpoint_pick *late = turn_alloc(t, sizeof(*late));
	enum err err = OK;

	while (k.left > 0 && (err = el_pick(t, e, false, tried, &n_tried, p)) == OK) {
		uint64_t stale = k.stale;

		if (ask_one(&k, p))
			continue;
		tried[n_tried++] = p->id;
		if (k.stale > stale)
			*late = *p;
	}
	if (k.left == 0)
		return OK;
	/* Behind one URL there may be many nodes, and another one answers now. */
	if (k.stale && turn_left_ms(t) > 0)
		(void)ask_one(&k, late);
	if (k.settled)
		return OK;
	return k.stale ? too_old(&k) : err;
}
