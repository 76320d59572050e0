/* Those who ask for things, and ask again when they heard no answer, and change their minds. */
#include "server/core/breaker.h"
#include "server/core/nonces.h"
#include <string.h>

#include "store/base/wei.h"
#include "tests/sim/sim.h"
#include "tests/support/test.h"

static const uint64_t MILLI = 1000000000000000u;

/* ---- clients that repeat their request id ---- */

struct call {
	const struct sim_asked *ask;
	struct operation op;
};

static enum err plan(struct turn *t, void *arg)
{
	struct call *c = arg;
	struct selection all = { 0 };

	if (c->ask->extract)
		TRY(operation_plan_extract(t, &all, NULL, c->ask->native_only, &c->op));
	else
		TRY(operation_plan_fund(t, &all, c->ask->target, NULL, &c->op));
	t->request->reply =
		(struct bytes){ turn_memdup(t, &c->op.id, sizeof(c->op.id)), sizeof(c->op.id) };
	return OK;
}

/* One id, one operation, however often and in whichever life of the process it is said. */
static void check_answer(struct sim *s, struct sim_asked *a, int64_t id)
{
	if (a->answered && a->answered != id)
		sim_fail(s, "request %u made operation %lld and then %lld", a->number,
			 (long long)a->answered, (long long)id);
	for (size_t i = 0; i < SIM_ASKED; i++)
		if (&s->asked[i] != a && s->asked[i].answered == id)
			sim_fail(s, "requests %u and %u made one operation", a->number,
				 s->asked[i].number);
}

static void say(struct sim *s, struct sim_asked *a)
{
	struct turn *t = stage_turn(&s->w);
	struct request r = { .id = turn_printf(t, "request-%u", a->number), .method = "sim/Plan" };
	struct call c = { .ask = a };
	int64_t id;

	memcpy(r.body.b, &a->number, sizeof(a->number));
	t->request = &r;
	enum err e = lane_run(t, plan, &c);

	t->request = NULL;
	sim_may_fail(s, e);
	if (e != OK)
		return;
	assert_int_equal(r.reply.n, sizeof(id));
	memcpy(&id, r.reply.p, sizeof(id));
	check_answer(s, a, id);
	if (sim_chance(s, 4)) /* else the answer was lost on its way */
		a->answered = id;
}

static void ask(struct sim *s, struct sim_asked a)
{
	struct sim_asked *slot = &s->asked[s->requests % SIM_ASKED];

	if (s->n_ops + 8 > SIM_OPS)
		return;
	a.number = ++s->requests;
	*slot = a;
	sim_note(s, a.extract ? "somebody extracts" : "somebody funds", a.number, 0);
	say(s, slot);
}

void somebody_funds(struct sim *s)
{
	ask(s, (struct sim_asked){ .target = wei_u64(MILLI * (1 + sim_chance(s, 300))) });
}

void somebody_extracts(struct sim *s)
{
	ask(s, (struct sim_asked){ .extract = true, .native_only = sim_chance(s, 2) });
}

void somebody_asks_again(struct sim *s)
{
	struct sim_asked *a = &s->asked[sim_chance(s, SIM_ASKED)];

	if (!a->number || s->n_ops + 8 > SIM_OPS)
		return;
	sim_note(s, "somebody asks again", a->number, a->answered);
	say(s, a);
}

/* ---- operations ---- */

struct deed {
	int64_t op, intent;
	struct eth_hash hash;
	const char *wallet;
	bool changed;
	enum wish wish;
	bool urgent;
	enum resolution how;
	union {
		struct operation o;
		struct intent i;
		struct nonces n;
		struct wallet w;
	} out;
};

static enum err urgently(struct sim *s, store_fn *fn, struct deed *d)
{
	struct turn *t = stage_turn(&s->w);

	t->urgent = t->emergency = true;
	return lane_run(t, fn, d);
}

static enum err evacuate(struct turn *t, void *arg)
{
	struct deed *d = arg;

	return operation_evacuate(t, NULL, "the simulation", &d->out.o);
}

void somebody_evacuates(struct sim *s)
{
	struct deed d = { 0 };

	if (s->n_ops + 8 > SIM_OPS || sim_chance(s, 3))
		return;
	s->evacuations++;
	sim_note(s, "somebody evacuates", 0, 0);
	sim_may_fail(s, urgently(s, evacuate, &d));
}

static int64_t any_op(struct sim *s)
{
	return s->ops[sim_chance(s, s->n_ops)];
}

/* The later ones are those that people think of. */
static int64_t late_op(struct sim *s)
{
	size_t n = s->n_ops < 6 ? s->n_ops : 6;

	return s->ops[s->n_ops - 1 - sim_chance(s, n)];
}

void somebody_runs(struct sim *s)
{
	if (s->n_ops == 0)
		return;
	int64_t op = late_op(s);

	sim_note(s, "somebody runs", op, 0);
	sim_may_fail(s, stage_run(&s->w, op, true));
}

void somebody_cancels(struct sim *s)
{
	if (s->n_ops == 0 || sim_chance(s, 3))
		return;
	int64_t op = any_op(s);

	sim_note(s, "somebody cancels", op, 0);
	sim_may_fail(s, stage_cancel(&s->w, op));
}

void somebody_pauses(struct sim *s)
{
	bool lockdown = sim_chance(s, 4) == 0;

	sim_note(s, "somebody pauses", lockdown, 0);
	sim_may_fail(s, stage_pause(&s->w, "", lockdown));
}

void somebody_resumes(struct sim *s)
{
	sim_note(s, "somebody resumes", 0, 0);
	sim_may_fail(s, stage_resume(&s->w, ""));
}

/* ---- transactions ---- */

static enum err wish(struct turn *t, void *arg)
{
	struct deed *d = arg;

	return journal_wish(t, d->intent, d->wish, d->urgent, "", &d->out.i);
}

static enum err resolve(struct turn *t, void *arg)
{
	struct deed *d = arg;

	return journal_resolve(t, d->intent, d->how, "the simulation looked", &d->out.i);
}

static enum err resync(struct turn *t, void *arg)
{
	struct deed *d = arg;

	return nonces_resync(t, d->wallet, "the simulation", &d->out.n);
}

size_t sim_intents(struct sim *s, unsigned states, struct intent **out)
{
	struct intent_filter f = { .states = states };
	size_t n;

	assert_ok(&s->w.f, intent_list(stage_turn(&s->w), &f, 0, SIM_INTENTS, out, &n));
	return n;
}

void somebody_wishes(struct sim *s)
{
	struct intent *i;
	size_t n = sim_intents(
		s, 1u << TX_SIGNED | 1u << TX_UNKNOWN | 1u << TX_IN_POOL | 1u << TX_FEE_WAIT, &i);

	if (n == 0)
		return;
	struct deed d = { .intent = i[sim_chance(s, n)].id,
			  .wish = sim_chance(s, 3) ? WISH_RAISE : WISH_CANCEL,
			  .urgent = sim_chance(s, 2) };

	sim_note(s, d.wish == WISH_RAISE ? "somebody raises" : "somebody stops", d.intent, 0);
	sim_may_fail(s, stage_lane(&s->w, wish, &d));
}

/* The one who gives up has looked: an explorer does not know it either. */
static bool is_on_chain(const struct sim *s, int64_t intent)
{
	for (size_t i = 0; i < s->w.chain->n_txs; i++)
		if (s->tx_intent[i] == intent && s->w.chain->txs[i].block)
			return true;
	return false;
}

static enum err end_review(struct sim *s, int64_t intent, enum resolution how)
{
	struct deed d = { .intent = intent, .how = how };

	if (how == RESOLVE_GIVE_UP && is_on_chain(s, intent))
		return ERR_REFUSED;
	sim_note(s, "somebody reviews", intent, how);
	enum err e = stage_lane(&s->w, resolve, &d);

	sim_may_fail(s, e);
	return e;
}

void somebody_reviews(struct sim *s)
{
	struct intent *i;
	size_t n = sim_intents(s, 1u << TX_REVIEW, &i);

	if (n == 0)
		return;
	(void)end_review(s, i[sim_chance(s, n)].id, (enum resolution)(1 + sim_chance(s, 3)));
}

void somebody_resyncs(struct sim *s)
{
	static const char *const names[] = { "funder", "w-000", "w-001", "w-002" };
	struct deed d = { .wallet = names[sim_chance(s, sizeof(names) / sizeof(names[0]))] };

	sim_note(s, "somebody syncs nonces", d.wallet[0], 0);
	sim_may_fail(s, stage_lane(&s->w, resync, &d));
}

static enum err reset(struct turn *t, void *arg)
{
	struct deed *d = arg;

	return breaker_reset(t, d->wallet, true, "the simulation", &d->changed, &d->out.w);
}

void somebody_resets_a_breaker(struct sim *s)
{
	static const char *const names[] = { "funder", "w-000", "w-001", "w-002",
					     "w-003",  "w-004", "w-005" };
	size_t i = sim_chance(s, sizeof(names) / sizeof(names[0]));
	struct deed d = { .wallet = names[i] };

	sim_note(s, "somebody resets a breaker", (int64_t)i, 0);
	sim_may_fail(s, stage_lane(&s->w, reset, &d));
}

/* As after every start, until a passphrase is typed. */
void somebody_locks_the_keys(struct sim *s)
{
	s->w.shared.keyring = NULL;
	sim_note(s, "the keys are locked", 0, 0);
}

void somebody_unlocks_the_keys(struct sim *s)
{
	if (s->w.shared.keyring)
		return;
	s->w.shared.keyring = s->w.keyring;
	sim_note(s, "the keys are open", 0, 0);
}

/* ---- at the end ---- */

enum { REVIEWED_AT_ONCE = 64 };

static size_t some_ids(struct sim *s, unsigned states, int64_t ids[REVIEWED_AT_ONCE])
{
	struct intent *i;
	size_t n = sim_intents(s, states, &i), m = n < REVIEWED_AT_ONCE ? n : REVIEWED_AT_ONCE;

	for (size_t k = 0; k < m; k++)
		ids[k] = i[n - 1 - k].id; /* the oldest first */
	return m;
}

/* A person looks at each: what is spent elsewhere is given up, the rest goes out again. */
void sim_review_all(struct sim *s)
{
	int64_t ids[REVIEWED_AT_ONCE];
	size_t n = some_ids(s, 1u << TX_REVIEW, ids);

	for (size_t k = 0; k < n; k++)
		if (end_review(s, ids[k], RESOLVE_GIVE_UP) != OK)
			(void)end_review(s, ids[k], RESOLVE_RESEND);
}

/* What still does not move is cancelled: its nonce is spent by nothing. */
void sim_cancel_all(struct sim *s)
{
	int64_t ids[REVIEWED_AT_ONCE];
	size_t n = some_ids(
		s, 1u << TX_SIGNED | 1u << TX_UNKNOWN | 1u << TX_IN_POOL | 1u << TX_FEE_WAIT, ids);

	for (size_t k = 0; k < n; k++) {
		struct deed d = { .intent = ids[k], .wish = WISH_CANCEL, .urgent = true };

		sim_note(s, "somebody stops", ids[k], 1);
		sim_may_fail(s, stage_lane(&s->w, wish, &d));
	}
}

void sim_people_calm(struct sim *s)
{
	sim_note(s, "all is calm", 0, 0);
	somebody_unlocks_the_keys(s);
	sim_may_fail(s, stage_resume(&s->w, ""));
}
