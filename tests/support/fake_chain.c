#include "tests/support/fake_chain.h"

#include <stdlib.h>
#include <string.h>

#include "server/eth/abi.h"
#include "server/eth/keccak.h"
#include "server/eth/multicall.h"
#include "server/jobs/l1_fee.h"
#include "store/base/wei.h"
#include "tests/support/stop.h"

enum { GAS_PLAIN = 21000, GAS_TOKEN = 50000, GAS_STAKE = 90000 };

void fake_chain_init(struct fake_chain *c, uint64_t chain_id)
{
	memset(c, 0, sizeof(*c));
	c->chain_id = chain_id;
	c->head = 100;
	c->base_fee = wei_u64(1000000000);
	c->tip = wei_u64(100000000);
	memset(c->token.b, 0x70, sizeof(c->token.b));
	memset(c->core.b, 0xc0, sizeof(c->core.b));
}

void fake_chain_clear(struct fake_chain *c)
{
	for (size_t i = 0; i < FAKE_BLOCKS; i++)
		free(c->before[i]);
}

struct fake_account *fake_account(struct fake_chain *c, struct eth_addr a)
{
	for (size_t i = 0; i < c->n_accounts; i++)
		if (addr_eq(c->accounts[i].addr, a))
			return &c->accounts[i];
	if (c->n_accounts == FAKE_ACCOUNTS)
		stop_test("the fake chain has no room for another account");
	c->accounts[c->n_accounts].addr = a;
	return &c->accounts[c->n_accounts++];
}

const struct fake_account *fake_account_at(struct fake_chain *c, struct eth_addr a, uint64_t block)
{
	struct fake_account *now = fake_account(c, a);
	const struct fake_account *then = c->before[(block + 1) % FAKE_BLOCKS];

	if (block >= c->head || c->head - block >= FAKE_BLOCKS - 1 || !then)
		return now;
	then += now - c->accounts;
	return addr_eq(then->addr, a) ? then : now;
}

static size_t place_of(struct eth_hash h)
{
	return (h.b[0] | (size_t)h.b[1] << 8) % FAKE_INDEX;
}

struct fake_tx *fake_tx_of(struct fake_chain *c, struct eth_hash h)
{
	for (size_t at = place_of(h); c->index[at]; at = (at + 1) % FAKE_INDEX)
		if (hash_eq(c->txs[c->index[at] - 1].hash, h))
			return &c->txs[c->index[at] - 1];
	return NULL;
}

static struct fake_tx *tx_new(struct fake_chain *c, struct eth_hash h)
{
	size_t at = place_of(h);

	if (c->n_txs == FAKE_TXS)
		stop_test("the fake chain has no room for another transaction");
	while (c->index[at])
		at = (at + 1) % FAKE_INDEX;
	c->index[at] = (uint16_t)(c->n_txs + 1);
	return &c->txs[c->n_txs++];
}

/* ---- the pool ---- */

static bool is_in_pool(const struct fake_tx *x)
{
	return !x->gone && !x->block;
}

static void pool_forward(struct fake_chain *c)
{
	while (c->open_from < c->n_txs && !is_in_pool(&c->txs[c->open_from]))
		c->open_from++;
}

static void into_pool(struct fake_chain *c, struct fake_tx *x)
{
	x->gone = false;
	if ((size_t)(x - c->txs) < c->open_from)
		c->open_from = (size_t)(x - c->txs);
}

static struct fake_tx *occupant(struct fake_chain *c, struct eth_addr from, uint64_t nonce)
{
	pool_forward(c);
	for (size_t i = c->open_from; i < c->n_txs; i++)
		if (is_in_pool(&c->txs[i]) && c->txs[i].tx.nonce == nonce &&
		    addr_eq(c->txs[i].from, from))
			return &c->txs[i];
	return NULL;
}

/* Both prices at least a tenth above. */
static bool outbids(const struct eth_tx *a, const struct eth_tx *b)
{
	return wei_cmp(wei_mul_sat(a->max_fee, 10), wei_mul_sat(b->max_fee, 11)) >= 0 &&
	       wei_cmp(wei_mul_sat(a->max_tip, 10), wei_mul_sat(b->max_tip, 11)) >= 0;
}

static const char *refuse(struct fake_chain *c, const struct fake_account *who,
			  const struct eth_tx *tx)
{
	struct wei fee, total;

	if (tx->chain_id != c->chain_id)
		return "invalid chain id for signer";
	if (tx->nonce < who->nonce)
		return "nonce too low: next nonce is above it";
	if (tx->gas < GAS_PLAIN)
		return "intrinsic gas too low";
	if (!eth_tx_cost(tx, &fee, &total) ||
	    wei_cmp(wei_add_sat(total, c->l1_fee), who->balance) > 0)
		return "insufficient funds for gas * price + value";
	return NULL;
}

static const char *take(struct fake_chain *c, struct eth_addr from, const struct eth_tx *tx,
			struct eth_hash hash, bool foreign)
{
	const char *no = refuse(c, fake_account(c, from), tx);
	struct fake_tx *other = occupant(c, from, tx->nonce), *new;

	if (no)
		return no;
	if (other && !outbids(tx, &other->tx))
		return "replacement transaction underpriced";
	if (other)
		other->gone = true;
	new = tx_new(c, hash);
	*new = (struct fake_tx){
		.hash = hash, .from = from, .tx = *tx, .sent = 1, .foreign = foreign
	};
	if (tx->data.n > sizeof(new->data))
		stop_test("the fake chain takes no such long call");
	if (tx->data.n)
		memcpy(new->data, tx->data.p, tx->data.n);
	new->tx.data.p = new->data;
	return NULL;
}

const char *fake_chain_send(struct fake_chain *c, struct turn *t, struct bytes raw)
{
	struct eth_hash hash;
	struct eth_addr from;
	struct eth_tx tx;

	keccak256(raw.p, raw.n, &hash);
	struct fake_tx *known = fake_tx_of(c, hash);

	if (known) {
		known->sent++;
		if (known->block)
			return "nonce too low";
		if (!known->gone)
			return "already known";
		if (occupant(c, known->from, known->tx.nonce))
			return "replacement transaction underpriced";
		if (known->tx.nonce < fake_account(c, known->from)->nonce)
			return "nonce too low";
		into_pool(c, known); /* it was dropped; here it is again */
		return NULL;
	}
	if (eth_tx_decode(t, raw, &tx, &from) != OK)
		return "failed to decode signed transaction";
	return take(c, from, &tx, hash, false);
}

const char *fake_chain_forge(struct fake_chain *c, struct eth_addr from, const struct eth_tx *tx)
{
	struct eth_hash hash;

	keccak256(&c->n_txs, sizeof(c->n_txs), &hash); /* no two are made at the same place */
	return take(c, from, tx, hash, true);
}

void fake_chain_deliver(struct fake_chain *c, struct turn *t, size_t nth)
{
	struct fake_letter *l = &c->letters[nth];

	(void)fake_chain_send(c, t, (struct bytes){ l->raw, l->n });
	*l = c->letters[--c->n_letters];
}

/* ---- contracts ---- */

static struct bytes revert(struct turn *t, const char *signature)
{
	return abi_call(t, signature, NULL, 0);
}

static bool core_says(struct fake_chain *c, struct turn *t, const struct fake_account *who,
		      bool emergency, struct bytes *out)
{
	if (c->core_broken)
		*out = (struct bytes){ 0 };
	else if (!emergency && c->core_paused)
		*out = revert(t, "EnforcedPause()");
	else if (who->stake == FAKE_STAKE_NONE)
		*out = revert(t, "NoPositionExists()");
	else if (!emergency && who->stake == FAKE_STAKE_LOCKED)
		*out = revert(t, "PositionLocked()");
	else if (who->stake == FAKE_STAKE_DEAD)
		*out = revert(t, "PositionDead()");
	else
		return true;
	return false;
}

static struct bytes words(struct turn *t, const struct wei *w, size_t n)
{
	uint8_t *p = turn_alloc(t, 32 * n);

	for (size_t i = 0; i < n; i++)
		memcpy(p + 32 * i, w[i].be, 32);
	return (struct bytes){ p, 32 * n };
}

static bool token_call(struct fake_chain *c, struct turn *t, struct eth_addr from,
		       struct bytes data, struct bytes *out)
{
	struct bytes args = { data.p + 4, data.n - 4 };
	struct eth_addr a = { 0 };
	struct wei w = { 0 };

	(void)abi_word_addr(args, 0, &a);
	if (abi_selector_is(data, "balanceOf(address)")) {
		w = fake_account(c, a)->token;
	} else if (abi_selector_is(data, "isExcludedFromTax(address)")) {
		w = wei_u64(addr_eq(a, c->excluded));
	} else if (abi_selector_is(data, "allowance(address,address)")) {
		w = wei_u64(1);
	} else if (abi_selector_is(data, "transfer(address,uint256)")) {
		(void)abi_word_wei(args, 1, &w);
		if (c->token_reverts || wei_cmp(w, fake_account(c, from)->token) > 0) {
			*out = revert(t, "AccountBlocked()");
			return false;
		}
		w = wei_u64(1);
	}
	*out = words(t, &w, 1);
	return true;
}

/* aggregate3: each call comes from the contract. */
static bool multicall(struct fake_chain *c, struct turn *t, struct bytes data, struct bytes *out)
{
	struct bytes args = { data.p + 4, data.n - 4 };
	const struct abi_value *in;
	struct abi_value *pairs, all;
	size_t one, n;

	c->multicalls++;
	if (data.n < 4 || abi_decode(t, "((address,bool,bytes)[])", args, &in, &one) != OK)
		return false;
	n = in[0].n_items;
	pairs = turn_array(t, n + 1, sizeof(*pairs));
	for (size_t i = 0; i < n; i++) {
		const struct abi_value *call = in[0].items[i].items;
		struct abi_value *pair = turn_array(t, 2, sizeof(*pair));
		struct bytes said = { 0 };
		uint64_t gas;
		bool fine = i >= c->multicall_gas_burned &&
			    fake_chain_call(c, t, multicall_addr, call[0].addr, call[2].bytes,
					    &said, &gas);

		pair[0] = abi_bool(fine);
		pair[1] = abi_bytes(said);
		pairs[i] = abi_list(pair, 2);
	}
	all = abi_list(pairs, n);
	return abi_encode_types(t, "((bool,bytes)[])", &all, 1, out) == OK;
}

bool fake_chain_call(struct fake_chain *c, struct turn *t, struct eth_addr from, struct eth_addr to,
		     struct bytes data, struct bytes *out, uint64_t *gas_out)
{
	struct fake_account *who = fake_account(c, from);
	struct wei two[4] = { who->staked };

	*out = (struct bytes){ 0 };
	*gas_out = GAS_PLAIN;
	if (c->has_multicall && addr_eq(to, multicall_addr))
		return multicall(c, t, data, out);
	if (data.n < 4)
		return !fake_account(c, to)->refuses;
	if (c->has_token && addr_eq(to, c->token)) {
		*gas_out = GAS_TOKEN;
		return token_call(c, t, from, data, out);
	}
	if (abi_selector_is(data, "isValidSignature(bytes32,bytes)")) {
		struct wei yes = { { 0x16, 0x26, 0xba, 0x7e } };

		*out = fake_account(c, to)->signs ? words(t, &yes, 1) : (struct bytes){ 0 };
		return true;
	}
	if (addr_eq(to, l1_oracle_addr)) {
		*out = words(t, &c->l1_fee, 1);
		return !c->before_fjord || abi_selector_is(data, "getL1Fee(bytes)");
	}
	if (!addr_eq(to, c->core))
		return true;
	*gas_out = GAS_STAKE;
	if (abi_selector_is(data, "getPosition(address)")) {
		two[1] = wei_u64(1);
	} else if (abi_selector_is(data, "getLevelState(uint8)")) {
		two[3] = wei_u64((uint64_t)(c->time_ms / 1000) + 60);
	} else if (!core_says(c, t, who, abi_selector_is(data, "emergencyWithdraw()"), out)) {
		return false;
	}
	*out = words(t, two, 4);
	return true;
}

/* ---- blocks ---- */

static void move_token(struct fake_chain *c, struct fake_account *from, struct bytes data)
{
	struct bytes args = { data.p + 4, data.n - 4 };
	struct eth_addr to;
	struct wei amount, tax = { 0 };

	if (c->token_swallows || !abi_word_addr(args, 0, &to) || !abi_word_wei(args, 1, &amount))
		return;
	if (!addr_eq(to, c->excluded))
		tax = wei_div_u64(wei_mul_sat(amount, c->tax_bps), 10000, NULL);
	from->token = wei_sub_sat(from->token, amount);
	fake_account(c, to)->token =
		wei_add_sat(fake_account(c, to)->token, wei_sub_sat(amount, tax));
}

static void apply(struct fake_chain *c, struct turn *t, struct fake_tx *x)
{
	struct fake_account *from = fake_account(c, x->from);
	struct bytes out;

	x->block = c->head;
	x->price = wei_min(x->tx.max_fee, wei_add_sat(c->base_fee, x->tx.max_tip));
	x->succeeded = fake_chain_call(c, t, x->from, x->tx.to, x->tx.data, &out, &x->gas_used);
	if (x->gas_used > x->tx.gas) {
		x->succeeded = false;
		x->gas_used = x->tx.gas;
	}
	x->l1_fee = c->l1_fee;
	struct wei fee = wei_add_sat(wei_mul_sat(x->price, x->gas_used), x->l1_fee);

	from->nonce++;
	c->burned = wei_add_sat(c->burned, fee);
	from->balance = wei_sub_sat(from->balance, fee);
	if (!x->succeeded)
		return;
	from->balance = wei_sub_sat(from->balance, x->tx.value);
	struct fake_account *to = fake_account(c, x->tx.to);

	to->balance = wei_add_sat(to->balance, x->tx.value);
	if (c->has_token && addr_eq(x->tx.to, c->token) && x->tx.data.n)
		move_token(c, from, x->tx.data);
	if (addr_eq(x->tx.to, c->core) && x->tx.data.n) {
		from->token = wei_add_sat(from->token, from->staked);
		from->staked = (struct wei){ 0 };
		from->stake = FAKE_STAKE_NONE;
	}
}

static bool can_run(struct fake_chain *c, const struct fake_tx *x)
{
	const struct fake_account *from = fake_account(c, x->from);
	struct wei fee, total;

	return is_in_pool(x) && x->tx.nonce == from->nonce &&
	       wei_cmp(x->tx.max_fee, c->base_fee) >= 0 && eth_tx_cost(&x->tx, &fee, &total) &&
	       wei_cmp(wei_add_sat(total, c->l1_fee), from->balance) <= 0;
}

void fake_chain_mine(struct fake_chain *c)
{
	struct arena *mem = arena_new((size_t)1 << 20);
	struct fake_account **slot;
	size_t room = c->per_block ? c->per_block : FAKE_TXS;
	struct turn t;

	if (c->before_mine)
		c->before_mine(c);
	turn_begin(&t, NULL, NULL, mem, "fake", "fake", 10000);
	c->head++;
	slot = &c->before[c->head % FAKE_BLOCKS];
	if (!*slot)
		*slot = calloc(FAKE_ACCOUNTS, sizeof(**slot));
	if (!*slot)
		abort();
	memcpy(*slot, c->accounts, c->n_accounts * sizeof(**slot));
	c->burned_before[c->head % FAKE_BLOCKS] = c->burned;
	pool_forward(c);
	for (bool any = true; any && room > 0;) {
		any = false;
		for (size_t i = c->open_from; i < c->n_txs && room > 0; i++)
			if (can_run(c, &c->txs[i])) {
				apply(c, &t, &c->txs[i]);
				any = true;
				room--;
			}
	}
	turn_end(&t);
	arena_free(mem);
}

void fake_chain_reorg(struct fake_chain *c, uint64_t blocks, bool lost)
{
	uint64_t to = c->head - blocks;

	const struct fake_account *then = c->before[(to + 1) % FAKE_BLOCKS];

	c->burned = c->burned_before[(to + 1) % FAKE_BLOCKS];
	c->open_from = 0;
	c->forks++;
	/* Who came later was nobody then. */
	for (size_t i = 0; i < c->n_accounts; i++)
		c->accounts[i] = addr_eq(then[i].addr, c->accounts[i].addr)
					 ? then[i]
					 : (struct fake_account){ .addr = c->accounts[i].addr };
	for (size_t i = 0; i < c->n_txs; i++)
		if (c->txs[i].block > to) {
			c->txs[i].block = 0;
			c->txs[i].gone = lost;
		}
	c->head = to;
}

void fake_chain_steal_nonce(struct fake_chain *c, struct eth_addr a)
{
	struct fake_account *who = fake_account(c, a);
	struct fake_tx *x = occupant(c, a, who->nonce);

	if (x)
		x->gone = true;
	who->nonce++;
}

void fake_chain_again(struct fake_chain *c, struct eth_hash h)
{
	into_pool(c, fake_tx_of(c, h));
}

void fake_chain_forget_pool(struct fake_chain *c)
{
	for (size_t i = c->open_from; i < c->n_txs; i++)
		if (!c->txs[i].block)
			c->txs[i].gone = true;
}

size_t fake_chain_paid(const struct fake_chain *c, struct eth_addr from, struct eth_addr to)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_txs; i++)
		n += c->txs[i].block && c->txs[i].succeeded && c->txs[i].tx.data.n == 0 &&
		     addr_eq(c->txs[i].from, from) && addr_eq(c->txs[i].tx.to, to);
	return n;
}
