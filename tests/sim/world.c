/* The chain and its weather. */
#include <string.h>

#include "store/base/wei.h"
#include "tests/sim/sim.h"
#include "tests/support/test.h"

enum { DEEP = 12 }; /* blocks, at most */

static const uint64_t GWEI = 1000000000u, ETHER = 1000000000000000000u;

/* A token with tax, a contract that holds stakes, and somebody who is none of ours. */
void sim_world_open(struct sim *s)
{
	struct fake_chain *c = s->w.chain;

	memset(s->stranger.b, 0x77, sizeof(s->stranger.b));
	fake_account(c, s->stranger)->balance = wei_mul_sat(wei_u64(ETHER), 1000);
	c->has_token = true;
	c->tax_bps = 100 * (unsigned)sim_chance(s, 2);
	s->w.policy.n_tokens = 1;
	s->w.policy.tokens[0] =
		(struct token){ .addr = c->token, .symbol = "DATA", .tax_bps = c->tax_bps };
	s->w.policy.has_ghost_core = true;
	s->w.policy.ghost_core = c->core;
	for (size_t i = 0; i < SIM_WALLETS; i++) {
		struct fake_account *a = fake_account(c, s->w.wallets[i]);

		if (sim_chance(s, 2))
			a->token = wei_u64(1 + sim_chance(s, 1000000));
		if (sim_chance(s, 2)) {
			a->staked = wei_u64(1 + sim_chance(s, 1000000));
			a->stake = (enum fake_stake)(1 + sim_chance(s, 3));
		}
	}
	for (size_t i = 0; i < c->n_accounts; i++)
		s->supply = wei_add_sat(s->supply, c->accounts[i].balance);
}

static void mine(struct sim *s)
{
	struct fake_chain *c = s->w.chain;

	c->per_block = sim_chance(s, 4) ? 0 : 1 + sim_chance(s, 3);
	fake_chain_mine(c);
	if (c->head > s->highest)
		s->highest = c->head;
}

void a_block_comes(struct sim *s)
{
	mine(s);
	sim_note(s, "block", (int64_t)s->w.chain->head, (int64_t)s->w.chain->n_txs);
}

void time_passes(struct sim *s)
{
	int64_t ms = (int64_t)sim_chance(s, sim_chance(s, 10) ? 1500 : 40000);

	s->w.now_ms += ms;
	s->w.chain->time_ms = s->w.now_ms;
	sim_note(s, "time passes, ms", ms, 0);
	if (sim_chance(s, 3) == 0) /* the probe has its turn */
		sim_hear_chain(s);
}

/* Nobody looked for hours: plans expired, what was known is old. */
void a_night_passes(struct sim *s)
{
	int64_t ms = 60000 + (int64_t)sim_chance(s, 4 * 3600000);

	s->w.now_ms += ms;
	s->w.chain->time_ms = s->w.now_ms;
	sim_note(s, "a night passes, ms", ms, 0);
}

/* What a stranger sends: too little to be worth a fee, or more. */
void dust_falls(struct sim *s)
{
	struct fake_account *from = fake_account(s->w.chain, s->stranger);
	size_t i = sim_chance(s, SIM_WALLETS);
	struct fake_account *to = fake_account(s->w.chain, s->w.wallets[i]);
	struct wei dust = wei_u64(sim_chance(s, 2) ? 1 : 1 + sim_chance(s, ETHER / 100));

	from->balance = wei_sub_sat(from->balance, dust);
	to->balance = wei_add_sat(to->balance, dust);
	sim_note(s, "dust", (int64_t)i, 0);
}

void the_contracts_change(struct sim *s)
{
	struct fake_chain *c = s->w.chain;
	size_t i = sim_chance(s, SIM_WALLETS);
	struct fake_account *a = fake_account(c, s->w.wallets[i]);

	c->core_paused = sim_chance(s, 4) == 0;
	c->token_reverts = sim_chance(s, 6) == 0;
	c->token_unread = sim_chance(s, 8) == 0;
	c->has_multicall = sim_chance(s, 3) == 0;
	a->refuses = sim_chance(s, 8) == 0;
	if (a->stake == FAKE_STAKE_OPEN || a->stake == FAKE_STAKE_LOCKED)
		a->stake = sim_chance(s, 2) ? FAKE_STAKE_OPEN : FAKE_STAKE_LOCKED;
	sim_note(s, "contracts change", (int64_t)i, (int64_t)a->stake);
}

void fees_move(struct sim *s)
{
	static const uint64_t gwei[] = { 1, 1, 2, 5, 20, 60, 150, 400 };
	uint64_t now = gwei[sim_chance(s, sizeof(gwei) / sizeof(gwei[0]))];

	s->w.chain->base_fee = wei_u64(GWEI * now);
	s->w.chain->tip = wei_u64(GWEI / 10 * (1 + sim_chance(s, 5)));
	sim_note(s, "fees, gwei", (int64_t)now, 0);
}

void the_pool_forgets(struct sim *s)
{
	fake_chain_forget_pool(s->w.chain);
	sim_note(s, "the pool forgets", 0, 0);
}

void late_bytes_arrive(struct sim *s)
{
	struct fake_chain *c = s->w.chain;

	if (c->n_letters == 0)
		return;
	fake_chain_deliver(c, stage_turn(&s->w), sim_chance(s, c->n_letters));
	sim_note(s, "late bytes", (int64_t)c->n_letters, 0);
}

/* What counted as final is gone with one of five. Mostly the other branch is as long at once. */
void a_block_never_was(struct sim *s)
{
	struct fake_chain *c = s->w.chain;
	uint64_t enough = (uint64_t)s->w.policy.confirmations, head = c->head;
	bool deep = enough == 1 || sim_chance(s, 5) == 0;
	uint64_t depth = 1 + sim_chance(s, deep ? DEEP : enough - 1);

	if (head <= 100 + depth + FAKE_BLOCKS / 2)
		return;
	if (!deep && head - depth + enough <= s->highest)
		return;
	sim_watch_shake(s, head - depth);
	fake_chain_reorg(c, depth, sim_chance(s, 2));
	for (uint64_t i = 0; sim_chance(s, 4) && i < depth + 1; i++)
		mine(s);
	sim_note(s, "blocks never were, head", (int64_t)depth, (int64_t)c->head);
}

/* What a thief left cannot even pay for a cancel: a person helps out. */
void somebody_sends_gas(struct sim *s)
{
	struct fake_account *from = fake_account(s->w.chain, s->stranger);

	for (size_t i = 0; i < SIM_KEYS; i++) {
		struct fake_account *to =
			fake_account(s->w.chain, i < SIM_WALLETS ? s->w.wallets[i] : s->w.funder);

		from->balance = wei_sub_sat(from->balance, wei_u64(ETHER / 10));
		to->balance = wei_add_sat(to->balance, wei_u64(ETHER / 10));
	}
	sim_note(s, "somebody sends gas by hand", 0, 0);
}

void sim_world_calm(struct sim *s)
{
	struct fake_chain *c = s->w.chain;

	c->per_block = 0;
	c->base_fee = wei_u64(GWEI * (1 + sim_chance(s, 40)));
	c->tip = wei_u64(GWEI / 10);
	c->core_paused = c->token_reverts = c->token_unread = false;
	for (size_t i = 0; i < c->n_accounts; i++)
		c->accounts[i].refuses = false;
	while (c->n_letters > 0)
		late_bytes_arrive(s);
}
