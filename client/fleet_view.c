#include "client/fleet_view.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "client/out.h"
#include "store/base/turn.h"

int64_t in_the_air(const Ghostfleet__V1__TransactionCounts *x)
{
	return x ? x->signed_ + x->unknown + x->in_pool + x->mined + x->review : 0;
}

static const Ghostfleet__V1__Pause *fleet_pause(const Ghostfleet__V1__Fleet *f)
{
	for (size_t i = 0; i < f->n_pauses; i++)
		if (strcmp(f->pauses[i]->scope, "fleet") == 0)
			return f->pauses[i];
	return NULL;
}

const char *fleet_headline(struct turn *t, const Ghostfleet__V1__Fleet *f)
{
	const Ghostfleet__V1__Pause *p = fleet_pause(f);
	char *state = turn_strdup(
		t, enum_text(t, &ghostfleet__v1__fleet_state__descriptor, (int)f->state));

	for (char *s = state; *s; s++)
		*s = (char)toupper((unsigned char)*s);
	if (!p)
		return state;
	return turn_printf(t, "%s %s%s%s%s%s", state, age(t, p->create_time),
			   *p->reason ? ": " : "", clean(t, p->reason), *p->actor ? ", by " : "",
			   clean(t, p->actor));
}

struct next_step next_step(struct turn *t, const Ghostfleet__V1__Fleet *f,
			   const Ghostfleet__V1__Operation *planned, bool incidents)
{
	const Ghostfleet__V1__TransactionCounts *x = f->transactions;
	const Ghostfleet__V1__WalletCounts *w = f->wallets;
	const Ghostfleet__V1__ChainStatus *chain = f->chain;

	if (x && x->review > 0)
		return (struct next_step){
			"ghostctl tx list --state review",
			"nothing more is signed for these before a person looked"
		};
	if (f->state == GHOSTFLEET__V1__FLEET_STATE__FLEET_STATE_LOCKDOWN)
		return (struct next_step){ "ghostctl extract",
					   "in lockdown money can only go home" };
	if (chain && chain->endpoints > 0 && chain->endpoints_ok == 0)
		return (struct next_step){ "ghostctl endpoints check", "no endpoint answers" };
	if (x && x->unknown > 0)
		return (struct next_step){
			"ghostctl tx list --state unknown",
			"sent without a clear answer; they are being cleared up"
		};
	if (w && w->tripped > 0)
		return (struct next_step){ "ghostctl wallets list --tripped",
					   "their breakers are not closed" };
	if (f->state == GHOSTFLEET__V1__FLEET_STATE__FLEET_STATE_PAUSED)
		return (struct next_step){ "ghostctl resume", "the fleet is paused" };
	if (planned)
		return (struct next_step){ turn_printf(t, "ghostctl operations run %s",
						       clean(t, short_name(planned->name))),
					   "a plan waits to be run" };
	if (w && w->total == 0)
		return (struct next_step){ "ghostctl wallets generate --count 10",
					   "there are no wallets yet" };
	if (incidents)
		return (struct next_step){ "ghostctl incidents list", "incidents are open" };
	return (struct next_step){ "ghostctl watch", "nothing waits for you" };
}
