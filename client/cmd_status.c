#include <inttypes.h>

#include "client/commands.h"
#include "client/fleet_view.h"
#include "client/out.h"
#include "store/base/turn.h"

static void show_wallets(const Ghostfleet__V1__WalletCounts *w)
{
	(void)printf("wallets     %" PRId64 " (%" PRId64 " active, %" PRId64 " paused, %" PRId64
		     " tripped, %" PRId64 " watch-only, %" PRId64 " retired)\n",
		     w->total, w->active, w->paused, w->tripped, w->watch_only, w->retired);
}

static void show_work(const Ghostfleet__V1__Fleet *f)
{
	const Ghostfleet__V1__OperationCounts *o = f->operations;
	const Ghostfleet__V1__TransactionCounts *x = f->transactions;

	if (o)
		(void)printf("operations  %" PRId64 " running, %" PRId64 " held, %" PRId64
			     " planned, %" PRId64 " planning\n",
			     o->running, o->held, o->planned, o->planning);
	if (x)
		(void)printf("tx          %" PRId64 " signed, %" PRId64 " in pool, %" PRId64
			     " mined, %" PRId64 " unknown, %" PRId64 " in review\n",
			     x->signed_, x->in_pool, x->mined, x->unknown, x->review);
}

static void show_chain(struct turn *t, const Ghostfleet__V1__ChainStatus *c)
{
	(void)printf("chain       %" PRIu64 ", block %" PRIu64 ", seen %s; base fee %s, tip %s; "
		     "%" PRId32 " of %" PRId32 " endpoints answer\n",
		     c->chain_id, c->head_block, age(t, c->observe_time), gwei_of(t, c->base_fee),
		     gwei_of(t, c->tip), c->endpoints_ok, c->endpoints);
}

enum err cmd_status(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__GetFleetRequest q = GHOSTFLEET__V1__GET_FLEET_REQUEST__INIT;
	void *answer;
	enum err e;

	TRY(cli_call(t, c, &ghostfleet__v1__fleet_service__descriptor, "GetFleet", &q, &answer));
	const Ghostfleet__V1__GetFleetResponse *r = answer;
	const Ghostfleet__V1__Fleet *f = r->fleet;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (!f)
		return fail(t, ERR_BROKEN, "the server's answer holds no fleet");
	(void)printf("fleet       %s\n", fleet_headline(t, f));
	if (f->wallets)
		show_wallets(f->wallets);
	show_work(f);
	(void)printf("money       %s in the wallets; the oldest balance was seen %s\n",
		     ether_of(t, f->total_balance), age(t, f->oldest_observe_time));
	if (f->chain)
		show_chain(t, f->chain);
	(void)printf("problems    %s\n",
		     f->n_problems ? turn_printf(t, "%zu", f->n_problems) : "none");
	for (size_t i = 0; i < f->n_problems; i++)
		(void)printf("  ! %s\n", clean(t, f->problems[i]));
	return OK;
}
