#include "server/eth/signer.h"

#include "server/eth/addr.h"
#include "server/eth/curve.h"
#include "store/base/turn.h"
#include "store/base/units.h"
#include "store/base/wei.h"

/* A transaction that a chain takes, and of a kind that this program makes. */
static enum err check_tx(struct turn *t, const struct eth_tx *tx)
{
	if (tx->chain_id == 0)
		return fail(t, ERR_INVALID, "sign: the transaction names no chain id");
	if (tx->gas == 0)
		return fail(t, ERR_INVALID, "sign: the transaction has no gas");
	if (tx->type == ETH_TX_SET_CODE)
		return fail(t, ERR_INVALID,
			    "sign: type 4 gives a contract power over a wallet (EIP-7702); none "
			    "is signed here");
	if (!tx->has_to)
		return fail(t, ERR_INVALID, "sign: the transaction would create a contract");
	return eth_tx_check(t, tx);
}

static enum err check_grant(struct turn *t, const struct grant *g, const struct eth_tx *tx)
{
	struct wei fee, total;

	if (tx->chain_id != g->chain_id)
		return fail_reason(t, REASON_CHAIN_MISMATCH,
				   "sign: the transaction is for chain %llu, the grant for %llu",
				   (unsigned long long)tx->chain_id,
				   (unsigned long long)g->chain_id);
	if (!g->any_to && !addr_eq(tx->to, g->to))
		return fail_reason(t, REASON_PERMISSION_DENIED,
				   "sign: the transaction pays %s, the grant allows only %s",
				   addr_str(t, tx->to), addr_str(t, g->to));
	if (tx->data.n && !g->may_call)
		return fail_reason(t, REASON_PERMISSION_DENIED,
				   "sign: the transaction calls a contract, the grant allows only "
				   "a plain transfer");
	if (wei_cmp(tx->value, g->max_value) > 0)
		return fail_reason(t, REASON_CAP_EXCEEDED,
				   "sign: the value of %s wei is above the %s wei granted",
				   wei_str(t, tx->value), wei_str(t, g->max_value));
	if (!eth_tx_cost(tx, &fee, &total))
		return fail_reason(t, REASON_CAP_EXCEEDED,
				   "sign: value and fee together are above 2^256-1 wei");
	if (wei_cmp(fee, g->max_fee_total) > 0)
		return fail_reason(t, REASON_CAP_EXCEEDED,
				   "sign: the fee of up to %s wei is above the %s wei granted",
				   wei_str(t, fee), wei_str(t, g->max_fee_total));
	return OK;
}

enum err signer_sign(struct turn *t, const struct keyring *kr, struct bytes sealed_key,
		     struct eth_addr from, const struct grant *g, const struct eth_tx *tx,
		     struct raw_tx *out)
{
	struct eth_signature sig;
	const struct secret *key;
	struct eth_hash h;

	TRY(check_tx(t, tx));
	TRY(check_grant(t, g, tx));
	if (sealed_key.n == 0)
		return fail_reason(t, REASON_WATCH_ONLY, "sign: no key is held for %s",
				   addr_str(t, from));
	if (!kr)
		return fail_reason(
			t, REASON_KEYS_LOCKED,
			"sign: the keys are sealed; start the daemon with the passphrase");
	TRY(eth_tx_sighash(t, tx, &h));
	TRY(keyring_borrow(t, kr, sealed_key, from, &key));
	curve_sign(&h, key, &sig);
	keyring_return(kr);
	return eth_tx_encode_signed(t, tx, &sig, out);
}
