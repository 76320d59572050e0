/* Somebody else holds a wallet's key too. */
#include "store/base/wei.h"
#include "tests/sim/sim.h"
#include "tests/support/test.h"

static const uint64_t GWEI = 1000000000u;

/* A fleet wallet's next nonce is gone and nothing else; rarely the funder's: an operator who pays
 * by hand with the fleet's key. */
void a_nonce_is_spent_elsewhere(struct sim *s)
{
	bool funder = sim_chance(s, 12) == 0;
	size_t i = funder ? SIM_WALLETS : sim_chance(s, SIM_WALLETS);

	if (sim_chance(s, 8))
		return;
	fake_chain_steal_nonce(s->w.chain, funder ? s->w.funder : s->w.wallets[i]);
	s->thief_came = true;
	sim_note(s, "a nonce is spent elsewhere", (int64_t)i, 0);
}

/* All that a wallet holds goes to a stranger, with a fee that beats what we offered. */
void a_thief_comes(struct sim *s)
{
	size_t i = sim_chance(s, SIM_WALLETS);
	struct fake_account *a = fake_account(s->w.chain, s->w.wallets[i]);
	struct wei price = wei_u64(GWEI * (2 + sim_chance(s, 600)));
	struct wei fee = wei_mul_sat(price, 21000);

	if (sim_chance(s, 8) || wei_cmp(a->balance, fee) <= 0)
		return;
	struct eth_tx tx = {
		.type = ETH_TX_FEE_MARKET,
		.chain_id = s->w.chain->chain_id,
		.nonce = a->nonce,
		.gas = 21000,
		.has_to = true,
		.to = s->stranger,
		.value = wei_sub_sat(a->balance, fee),
		.max_fee = price,
		.max_tip = price,
	};
	const char *no = fake_chain_forge(s->w.chain, a->addr, &tx);

	s->thief_came = s->thief_came || !no;
	sim_note(s, no ? "a thief is outbid" : "a thief outbids", (int64_t)i, (int64_t)tx.nonce);
}
