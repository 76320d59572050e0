/* What must hold after every step, seen by what changed: a step that changed nothing is free. */
#include <string.h>

#include "server/eth/keccak.h"
#include "store/base/wei.h"
#include "store/pauses.h"
#include "tests/sim/sim.h"
#include "tests/support/test.h"

enum { PAGE = 64 };

static const unsigned FINAL = 1u << TX_CONFIRMED | 1u << TX_REVERTED | 1u << TX_SUPERSEDED |
			      1u << TX_CANCELLED | 1u << TX_SKIPPED_DUST;

static bool is_final(enum tx_state s)
{
	return FINAL & 1u << s;
}

size_t sim_key_of(struct sim *s, struct eth_addr a)
{
	for (size_t k = 0; k < SIM_WALLETS; k++)
		if (addr_eq(a, s->w.wallets[k]))
			return k;
	return addr_eq(a, s->w.funder) ? SIM_WALLETS : SIM_KEYS;
}

static size_t key_of_id(const struct sim *s, int64_t wallet)
{
	for (size_t k = 0; k < SIM_KEYS; k++)
		if (s->wallet_ids[k] == wallet)
			return k;
	return SIM_KEYS;
}

void sim_watch_open(struct sim *s)
{
	for (size_t k = 0; k < SIM_KEYS; k++) {
		struct wallet w;
		struct eth_addr a = k < SIM_WALLETS ? s->w.wallets[k] : s->w.funder;

		assert_ok(&s->w.f, wallet_by_addr(stage_turn(&s->w), a, &w));
		s->wallet_ids[k] = w.id;
	}
}

/* ---- the journal ---- */

/* One nonce has one intent; what was withdrawn unsent has given its nonce back. */
static void check_nonce(struct sim *s, const struct sim_intent *was, const struct intent *i)
{
	size_t key = key_of_id(s, i->wallet);

	assert_true(key < SIM_KEYS);
	if (was->there && was->has_nonce && i->has_nonce && was->nonce != i->nonce)
		sim_fail(s, "transaction %lld had nonce %llu and has %llu", (long long)i->id,
			 (unsigned long long)was->nonce, (unsigned long long)i->nonce);
	if (was->there && was->has_nonce && !i->has_nonce) {
		if (i->state != TX_CANCELLED || was->mined > 0)
			sim_fail(s, "transaction %lld lost its nonce", (long long)i->id);
		s->owner[key][was->nonce] = 0;
	}
	if (!i->has_nonce)
		return;
	if (i->nonce >= SIM_NONCES)
		sim_fail(s, "nonce %llu is not to be believed", (unsigned long long)i->nonce);
	int64_t *owner = &s->owner[key][i->nonce];

	if (*owner && *owner != i->id && s->intents[*owner].has_nonce)
		sim_fail(s, "transactions %lld and %lld have one nonce", (long long)*owner,
			 (long long)i->id);
	*owner = i->id;
}

static void note_intent(struct sim *s, const struct intent *i)
{
	struct sim_intent *was = &s->intents[i->id];

	if (was->there && was->final_once && was->state != i->state && !i->undone)
		sim_fail(s, "transaction %lld was %s and is %s", (long long)i->id,
			 tx_state_name(was->state), tx_state_name(i->state));
	check_nonce(s, was, i);
	if (!was->there || was->state != i->state)
		sim_note(s, tx_state_name(i->state), i->id, (int64_t)i->nonce);
	was->there = true;
	was->state = i->state;
	was->final_once = is_final(i->state);
	was->purpose = i->purpose;
	was->operation = i->operation;
	was->step = i->step;
	was->key = key_of_id(s, i->wallet);
	was->has_nonce = i->has_nonce;
	was->nonce = i->nonce;
}

/* Those that came since, the oldest first: a freed nonce is freed before it is taken. */
static void see_new(struct sim *s)
{
	struct intent_filter any = { 0 };
	struct intent *i;
	int64_t before = 0, last = s->last_intent;
	size_t n;

	do {
		assert_ok(&s->w.f, intent_list(&s->w.f.t, &any, before, PAGE, &i, &n));
		for (size_t k = 0; k < n && i[k].id > last; k++) {
			if (i[k].id >= SIM_INTENTS)
				sim_fail(s, "more transactions than the simulation counts");
			note_intent(s, &i[k]);
			if (i[k].id > s->last_intent)
				s->last_intent = i[k].id;
		}
		before = n ? i[n - 1].id : 0;
	} while (n == PAGE && before > last + 1);
}

static void see_again(struct sim *s, bool final_too)
{
	struct turn *t = &s->w.f.t;

	for (int64_t id = 1; id <= s->last_intent; id++) {
		struct intent i;

		if (!s->intents[id].there || (s->intents[id].final_once && !final_too))
			continue;
		assert_ok(&s->w.f, intent_get(t, id, &i));
		note_intent(s, &i);
	}
}

/* What is final may be taken back where the chain, or who told of it, took it back: then more are
 * live than we know. */
static void see_undone(struct sim *s)
{
	int64_t counts[TX_REVIEW + 1], live = 0;

	assert_ok(&s->w.f, intent_count(&s->w.f.t, counts));
	for (int64_t id = 1; id <= s->last_intent; id++)
		live -= s->intents[id].there && !s->intents[id].final_once;
	for (int k = 1; k <= TX_REVIEW; k++)
		live += is_final((enum tx_state)k) ? 0 : counts[k];
	if (live != 0)
		see_again(s, true);
}

/* Few come at a time: as many are read as it takes. */
static void see_operations(struct sim *s)
{
	struct operation *o;
	size_t n, fresh = 0, limit = 2;

	do {
		limit *= 2;
		assert_ok(&s->w.f, operation_list(&s->w.f.t, 0, 0, limit, &o, &n));
		fresh = 0;
		while (fresh < n && (s->n_ops == 0 || o[fresh].id > s->ops[s->n_ops - 1]))
			fresh++;
	} while (fresh == limit && limit < SIM_OPS);
	while (fresh-- > 0) {
		if (s->n_ops == SIM_OPS)
			sim_fail(s, "more operations than the simulation counts");
		s->ops[s->n_ops++] = o[fresh].id;
	}
	if (!s->restored && s->n_ops > s->requests + s->evacuations)
		sim_fail(s, "%zu operations of %u requests and %u evacuations", s->n_ops,
			 s->requests, s->evacuations);
}

void sim_watch_forget(struct sim *s)
{
	struct fake_chain *c = s->w.chain;

	memset(s->intents, 0, sizeof(s->intents));
	memset(s->owner, 0, sizeof(s->owner));
	memset(s->asked, 0, sizeof(s->asked));
	s->last_intent = 0;
	s->n_ops = 0;
	see_operations(s);
	see_new(s);
	for (size_t k = 0; k < c->n_txs; k++) {
		struct attempt a;

		if (c->txs[k].foreign && !s->tx_intent[k])
			continue;
		bool known = attempt_by_hash(stage_turn(&s->w), &c->txs[k].hash, &a) == OK;

		s->tx_intent[k] = known ? a.intent : 0;
		c->txs[k].foreign = !known;
	}
	s->forks_seen = UINT64_MAX;
}

/* ---- what goes out ---- */

static void check_price(struct sim *s, const struct attempt *a, const struct intent *i)
{
	bool urgent = i->urgent || a->kind == ATTEMPT_CANCEL;

	if (wei_cmp(a->max_fee, policy_ceiling(&s->w.policy, urgent)) > 0)
		sim_fail(s, "transaction %lld offers more than the ceiling", (long long)i->id);
	if (i->purpose == PURPOSE_FUND && wei_cmp(i->value, s->w.policy.cap_tx) > 0)
		sim_fail(s, "transaction %lld is above the cap of one", (long long)i->id);
	if (i->purpose == PURPOSE_GAS_LOAN && wei_cmp(i->value, s->w.policy.cap_loan) > 0)
		sim_fail(s, "loan %lld is above the cap", (long long)i->id);
	if (i->purpose == PURPOSE_SWEEP && !addr_eq(i->dest, s->w.safe))
		sim_fail(s, "sweep %lld does not go home", (long long)i->id);
}

/* A first broadcast, handed out in this very turn: no pause holds it. (One that was handed out
 * before a death goes out again whatever holds: it may have been sent.) */
static void check_pauses(struct sim *s, struct turn *t, const struct attempt *a,
			 const struct intent *i)
{
	struct operation o = { 0 };
	struct pause *p;
	size_t n;

	if (a->first_ms != t->now_ms || s->died_ms == t->now_ms || a->kind != ATTEMPT_ORDER)
		return;
	assert_ok(&s->w.f, pause_active(t, NULL, PAGE, &p, &n));
	if (n > 0 && i->operation)
		assert_ok(&s->w.f, operation_get(t, i->operation, &o));
	for (size_t k = 0; k < n; k++)
		if (p[k].kind == PAUSE_LOCKDOWN ? o.kind != OP_EXTRACT && o.kind != OP_EVACUATE
						: p[k].id > o.run_epoch && p[k].id > i->wish_epoch)
			sim_fail(s, "transaction %lld is sent although all is paused",
				 (long long)i->id);
}

/* Bytes that leave are in the store already, as committed, and the store knows that they leave;
 * nothing that waits for a person goes out but by his word. */
void sim_watch_send(struct sim *s, struct turn *t, struct bytes raw)
{
	struct fake_chain *c = s->w.chain;
	struct fake_tx *x;
	struct eth_hash hash;
	struct attempt a;
	struct intent i;

	keccak256(raw.p, raw.n, &hash);
	if (attempt_by_hash(t, &hash, &a) != OK)
		sim_fail(s, "bytes are sent that the store does not hold");
	if (a.first_ms == 0)
		sim_fail(s, "attempt %lld is sent and the store says that it was never handed out",
			 (long long)a.id);
	if (a.raw.n != raw.n || memcmp(a.raw.p, raw.p, raw.n) != 0)
		sim_fail(s, "attempt %lld is sent with other bytes than stored", (long long)a.id);
	assert_ok(&s->w.f, intent_get(t, a.intent, &i));
	if (i.state == TX_REVIEW && a.kind != ATTEMPT_CANCEL)
		sim_fail(s, "transaction %lld waits for a person and is sent", (long long)i.id);
	check_price(s, &a, &i);
	check_pauses(s, t, &a, &i);
	sim_note(s, "sent", i.id, a.id);
	x = fake_tx_of(c, hash);
	if (x && x->foreign) { /* a life that was lost signed the same */
		x->foreign = false;
		s->tx_intent[x - c->txs] = i.id;
	}
}

/* ---- the chain ---- */

static void note_tx(struct sim *s, size_t k)
{
	struct attempt a;

	if (s->w.chain->txs[k].foreign)
		return;
	bool known = attempt_by_hash(&s->w.f.t, &s->w.chain->txs[k].hash, &a) == OK;

	s->w.chain->txs[k].foreign = !known && s->restored; /* late bytes of a life that was lost */
	if (!known && !s->restored)
		sim_fail(s, "the chain holds a transaction that the store does not");
	s->tx_intent[k] = known ? a.intent : 0;
}

void sim_watch_shake(struct sim *s, uint64_t to)
{
	for (size_t k = 0; k < s->chain_seen; k++)
		if (s->tx_intent[k] && s->w.chain->txs[k].block > to &&
		    s->intents[s->tx_intent[k]].final_once)
			s->shaken[s->tx_intent[k]] = true;
}

static void count_mined(struct sim *s)
{
	const struct fake_chain *c = s->w.chain;

	for (int64_t id = 1; id <= s->last_intent; id++)
		s->intents[id].mined = s->intents[id].paid = 0;
	for (size_t k = 0; k < c->n_txs; k++) {
		struct sim_intent *i = &s->intents[s->tx_intent[k]];

		if (!s->tx_intent[k] || !c->txs[k].block)
			continue;
		if (++i->mined > 1)
			sim_fail(s, "transaction %lld was mined twice", (long long)s->tx_intent[k]);
		i->paid += c->txs[k].succeeded && !wei_is_zero(c->txs[k].tx.value);
	}
}

/* A step of an operation pays once, whatever was signed for it. */
static void check_steps(struct sim *s)
{
	for (int64_t a = 1; a <= s->last_intent; a++) {
		if (!s->intents[a].paid || s->intents[a].purpose != PURPOSE_FUND)
			continue;
		for (int64_t b = a + 1; b <= s->last_intent; b++)
			if (s->intents[b].paid && s->intents[b].purpose == PURPOSE_FUND &&
			    s->intents[b].step == s->intents[a].step && !s->shaken[a] &&
			    !s->shaken[b])
				sim_fail(s, "step %lld was paid by %lld and by %lld",
					 (long long)s->intents[a].step, (long long)a, (long long)b);
	}
}

/* To the wei: what everybody holds and what was burned is what there was. */
static void check_value(struct sim *s)
{
	const struct fake_chain *c = s->w.chain;
	struct wei sum = c->burned;

	for (size_t i = 0; i < c->n_accounts; i++)
		sum = wei_add_sat(sum, c->accounts[i].balance);
	if (wei_cmp(sum, s->supply) != 0)
		sim_fail(s, "value was not conserved");
}

static void see_chain(struct sim *s)
{
	const struct fake_chain *c = s->w.chain;

	while (s->chain_seen < c->n_txs)
		note_tx(s, s->chain_seen++);
	if (c->head == s->head_seen && c->forks == s->forks_seen)
		return;
	s->head_seen = c->head;
	s->forks_seen = c->forks;
	count_mined(s);
	check_steps(s);
	check_value(s);
}

static enum err look(struct turn *t, void *arg)
{
	struct sim *s = arg;
	uint64_t tx = store_version(t->store, TOPIC_TX);
	uint64_t op = store_version(t->store, TOPIC_OPERATION);

	if (op != s->op_version)
		see_operations(s);
	if (tx != s->tx_version) {
		see_again(s, false);
		see_new(s);
		see_undone(s);
	}
	see_chain(s);
	s->tx_version = tx;
	s->op_version = op;
	return OK;
}

/* On one snapshot of the store: it is one look, and cheaper than many. */
void sim_watch(struct sim *s)
{
	const struct fake_chain *c = s->w.chain;

	if (store_version(s->w.f.store, TOPIC_TX) != s->tx_version ||
	    store_version(s->w.f.store, TOPIC_OPERATION) != s->op_version ||
	    s->chain_seen < c->n_txs || c->head != s->head_seen || c->forks != s->forks_seen)
		assert_ok(&s->w.f, read_run(stage_turn(&s->w), look, s));
}
