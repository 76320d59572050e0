/* Several endpoints before one chain: they lag, lie, fall silent and disagree. Whoever answers is
 * chosen anew now and then, as the pool does it: by a person's wish, or when one falls silent. */
#include "server/core/chain.h"
#include "store/base/wei.h"
#include "tests/sim/sim.h"
#include "tests/support/test.h"

#define ABSURD (UINT64_C(1) << 40)

static struct sim_endpoint *speaker(struct sim *s)
{
	for (size_t i = 0; i < SIM_ENDPOINTS && s->ends[s->chosen].away; i++)
		s->chosen = (s->chosen + 1) % SIM_ENDPOINTS;
	return &s->ends[s->chosen];
}

/* The chain shows itself as the one that answers sees it. */
static void put_on(struct sim *s)
{
	struct fake_chain *c = s->w.chain;
	const struct sim_endpoint *e = speaker(s);

	c->away = e->away;
	c->lag = e->lag < c->head ? e->lag : 0;
	c->stale = e->stale;
	c->denies = e->denies;
	c->invents = e->invents;
	/* Such a lie never heals where nobody contradicts it. */
	c->absurd = c->seconded && s->chosen % 2 ? c->head + ABSURD : 0;
	c->mute_every = e->mute_every;
	c->mute_until = e->mute_every ? SIZE_MAX : 0;
}

static void asked(struct fake_chain *c, struct turn *t)
{
	(void)t;
	put_on(sim_now);
	/* Not twice running: who is alone and says so at every head is believed. */
	c->nonce_lie = 0;
	if (speaker(sim_now)->boasts && c->head >= sim_now->boasted + 8 &&
	    sim_chance(sim_now, 6) == 0) {
		c->nonce_lie = 17 + sim_chance(sim_now, 1000000);
		sim_now->boasted = c->head;
	}
	sim_step_towards_death(sim_now);
}

static void told(struct fake_chain *c, struct turn *t)
{
	(void)c, (void)t;
	sim_step_towards_death(sim_now);
}

static enum fake_fault weather(struct fake_chain *c, size_t nth)
{
	static const char *const refusals[] = {
		"already known",
		"nonce too low",
		"txpool is full",
		"internal error",
		"transaction underpriced",
		"insufficient funds for gas * price + value",
		"rate limit, retry in 3 seconds",
		"execution reverted: invalid nonce",
		"intrinsic gas too low",
	};
	static const enum fake_fault faults[] = { FAKE_LOST,      FAKE_DROPPED, FAKE_DELAYED,
						  FAKE_TWICE,     FAKE_DELAYED, FAKE_NOT_SENT,
						  FAKE_SWALLOWED, FAKE_REFUSED, FAKE_WAITED };
	struct sim *s = sim_now;

	(void)nth;
	sim_watch_send(s, c->sending_by, c->sending);
	sim_step_towards_death(s); /* between two sends, or before the first */
	/* A chain that seals at once, and a node that tells the receipt along. */
	if (c->sync && sim_chance(s, 4) == 0) {
		(void)fake_chain_send(c, c->sending_by, c->sending);
		fake_chain_mine(c);
		return FAKE_FINE; /* it has them: whatever else is said would be a lie about that */
	}
	if (sim_chance(s, 100) >= s->faults)
		return FAKE_FINE;
	/* The last two are said of bytes that are in order only now and then. */
	c->refusal = refusals[sim_chance(s, sim_chance(s, 20) ? 7 : 9)];
	return faults[sim_chance(s, sizeof(faults) / sizeof(faults[0]))];
}

void sim_endpoints_open(struct sim *s)
{
	s->w.chain->on_ask = asked;
	s->w.chain->on_told = told;
	s->w.chain->on_send = weather;
	s->w.chain->others = sim_chance(s, SIM_ENDPOINTS);
	s->w.chain->seconded = s->w.chain->others > 0;
	s->w.chain->sync = sim_chance(s, 4) == 0;
}

static enum err hear(struct turn *t, void *arg)
{
	const struct fake_chain *c = arg;
	struct chain now = { .chain_id = c->chain_id,
			     .genesis = { { 1 } },
			     .head = c->head - c->lag,
			     .head_ms = t->now_ms,
			     .base_fee = c->base_fee,
			     .tip = c->tip,
			     .seen_ms = t->now_ms };

	return chain_heard(t, &now);
}

/* What the probe would tell. */
void sim_hear_chain(struct sim *s)
{
	put_on(s);
	if (!s->w.chain->away)
		sim_may_fail(s, stage_lane(&s->w, hear, s->w.chain));
}

void an_endpoint_sickens(struct sim *s)
{
	size_t i = sim_chance(s, SIM_ENDPOINTS);

	s->ends[i] = (struct sim_endpoint){
		.away = sim_chance(s, 4) == 0,
		.lag = sim_chance(s, 3) ? 0 : sim_chance(s, 6),
		.stale = sim_chance(s, 6) ? 0 : sim_chance(s, 4),
		.denies = sim_chance(s, 8) == 0,
		.boasts = sim_chance(s, 8) == 0,
		.invents = sim_chance(s, 10) == 0,
		.mute_every = sim_chance(s, 4) ? 0 : 1 + (unsigned)sim_chance(s, 5),
	};
	if (s->honest)
		s->ends[i].stale = s->ends[i].denies = s->ends[i].boasts = s->ends[i].invents = 0;
	sim_note(s, "an endpoint sickens", (int64_t)i,
		 s->ends[i].away | s->ends[i].denies << 1 | (int64_t)s->ends[i].lag << 4 |
			 (int64_t)s->ends[i].stale << 8);
}

void another_endpoint_is_chosen(struct sim *s)
{
	s->chosen = sim_chance(s, SIM_ENDPOINTS);
	sim_note(s, "chosen", (int64_t)s->chosen, 0);
}

void the_wire_worsens(struct sim *s)
{
	s->faults = (unsigned)sim_chance(s, 60);
	sim_note(s, "of 100 sends go wrong", s->faults, 0);
}

void sim_endpoints_calm(struct sim *s)
{
	for (size_t i = 0; i < SIM_ENDPOINTS; i++)
		s->ends[i] = (struct sim_endpoint){ 0 };
	s->faults = 0;
	put_on(s);
}
