/* A look at everything: the journal against the chain, and the books of operations. */
#include <string.h>

#include "store/base/wei.h"
#include "tests/sim/sim.h"
#include "tests/support/test.h"

enum { ATTEMPTS = 32 };

static const int64_t DAY_MS = 86400000;

/* What came of one intent, as the chain tells. */
struct fate {
	const struct fake_tx *mined;
	size_t n, on_chain;
	const struct attempt *attempts;
};

static void look_at_chain(struct sim *s, struct turn *t, const struct intent *i, struct fate *f)
{
	struct attempt *a;

	*f = (struct fate){ 0 };
	assert_ok(&s->w.f, attempt_list(t, i->id, ATTEMPTS, &a, &f->n));
	f->attempts = a;
	for (size_t k = 0; k < f->n; k++) {
		const struct fake_tx *x = fake_tx_of(s->w.chain, a[k].hash);

		if (x && a[k].first_ms == 0 && !s->restored)
			sim_fail(s,
				 "transaction %lld came to the chain and the store thinks it "
				 "was never sent",
				 (long long)i->id);
		if (a[k].newest != (k + 1 == f->n))
			sim_fail(s, "transaction %lld: which attempt is the newest?",
				 (long long)i->id);
		if (x && x->block) {
			f->mined = x;
			f->on_chain++;
		}
	}
}

static void check_intent(struct sim *s, struct turn *t, const struct intent *i, bool closed,
			 struct fate *f)
{
	bool withdrawn = i->state == TX_CANCELLED && !i->has_nonce;

	look_at_chain(s, t, i, f);
	if ((f->n == 0) != withdrawn || i->has_nonce == withdrawn)
		sim_fail(s, "transaction %lld has %zu attempts and is %s", (long long)i->id, f->n,
			 tx_state_name(i->state));
	if (f->on_chain > 1)
		sim_fail(s, "transaction %lld happened twice", (long long)i->id);
	if ((i->final_ms != 0) != tx_is_final(i->state))
		sim_fail(s, "transaction %lld ended and did not", (long long)i->id);
	/* Money on its way home is given up soon, as home cannot be paid twice, and watched for two
	 * hours: who lies for longer is believed. */
	if (i->state == TX_SUPERSEDED && f->on_chain && !s->shaken[i->id] &&
	    (!journal_comes_home(i->purpose) || (closed && s->honest)))
		sim_fail(s, "transaction %lld was given up and has happened", (long long)i->id);
}

/* What may have left in the last day is never more than the cap. */
static void check_day(struct sim *s, const struct intent *i, size_t n)
{
	struct wei day = { 0 };

	for (size_t k = 0; k < n; k++)
		if (i[k].purpose == PURPOSE_FUND && i[k].state != TX_REVERTED &&
		    i[k].state != TX_CANCELLED && i[k].created_ms > s->w.now_ms - DAY_MS)
			day = wei_add_sat(day, i[k].value);
	if (wei_cmp(day, s->w.policy.cap_day) > 0)
		sim_fail(s, "the cap of a day was crossed");
}

/* What an operation says it moved is what its confirmed transactions carried. */
static void check_moved(struct sim *s, const struct intent *i, size_t n)
{
	static struct wei moved[SIM_OPS];

	memset(moved, 0, sizeof(moved));
	for (size_t k = 0; k < n; k++) {
		size_t o = 0;

		if (i[k].state != TX_CONFIRMED ||
		    (i[k].purpose != PURPOSE_FUND && i[k].purpose != PURPOSE_SWEEP))
			continue;
		while (o < s->n_ops && s->ops[o] != i[k].operation)
			o++;
		if (o < s->n_ops)
			moved[o] = wei_add_sat(moved[o], i[k].value);
	}
	struct turn *t = stage_turn(&s->w);

	for (size_t o = 0; o < s->n_ops; o++) {
		struct operation op;

		assert_ok(&s->w.f, operation_get(t, s->ops[o], &op));
		if (wei_cmp(op.moved, moved[o]) != 0)
			sim_fail(s, "operation %lld says that it moved something else",
				 (long long)op.id);
	}
}

void sim_books(struct sim *s)
{
	struct intent *i;
	size_t n = sim_intents(s, 0, &i);
	struct turn *t = &s->w.f.t;
	struct fate f;

	for (size_t k = 0; k < n; k++)
		check_intent(s, t, &i[k], false, &f);
	check_day(s, i, n);
	check_moved(s, i, n);
}

/* Once all is settled the store's last word is the chain's. */
static void check_last_word(struct sim *s, const struct intent *i, const struct fate *f)
{
	bool happened = i->state == TX_CONFIRMED || i->state == TX_REVERTED ||
			(i->state == TX_CANCELLED && i->has_nonce);

	if (!tx_is_final(i->state))
		sim_fail(s, "transaction %lld is %s at the end", (long long)i->id,
			 tx_state_name(i->state));
	/* A thief may have the nonce of what was final and is gone. */
	if (happened && !f->mined && !(s->shaken[i->id] && s->thief_came))
		sim_fail(s, "transaction %lld is %s and not on the chain", (long long)i->id,
			 tx_state_name(i->state));
	if (!f->mined || !happened || s->shaken[i->id])
		return;
	struct wei fee = wei_mul_sat(f->mined->price, f->mined->gas_used);

	if (wei_cmp(fee, i->fee_paid) != 0)
		sim_fail(s, "transaction %lld paid another fee", (long long)i->id);
	if (i->state == TX_CANCELLED)
		return;
	if (f->mined->succeeded != (i->state == TX_CONFIRMED))
		sim_fail(s, "transaction %lld is %s, the chain says otherwise", (long long)i->id,
			 tx_state_name(i->state));
	if (wei_cmp(f->mined->tx.value, i->value) != 0)
		sim_fail(s, "transaction %lld carried another value", (long long)i->id);
}

void sim_books_closed(struct sim *s)
{
	struct intent *i;

	sim_books(s);
	size_t n = sim_intents(s, 0, &i);
	struct turn *t = &s->w.f.t;
	struct fate f;

	for (size_t k = 0; k < n; k++) {
		check_intent(s, t, &i[k], true, &f);
		check_last_word(s, &i[k], &f);
	}
}
