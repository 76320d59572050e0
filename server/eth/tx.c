#include "server/eth/tx.h"

#include <string.h>

#include "server/eth/curve.h"
#include "server/eth/keccak.h"
#include "server/eth/rlp.h"
#include "store/base/turn.h"
#include "store/base/wei.h"

enum { BLOBS = 3, AUTHORIZATION_MAX = 128 };

static enum err bad(struct turn *t, const char *what)
{
	return fail(t, ERR_INVALID, "raw transaction: %s", what);
}

static bool has_tip(const struct eth_tx *tx)
{
	return tx->type == ETH_TX_FEE_MARKET || tx->type == ETH_TX_SET_CODE;
}

bool eth_tx_cost(const struct eth_tx *tx, struct wei *fee_out, struct wei *total_out)
{
	return wei_mul_u64(tx->max_fee, tx->gas, fee_out) &&
	       wei_add(*fee_out, tx->value, total_out);
}

enum err eth_tx_check(struct turn *t, const struct eth_tx *tx)
{
	if (tx->nonce == UINT64_MAX)
		return fail(t, ERR_INVALID,
			    "transaction: the nonce 2^64-1 cannot be used (EIP-2681)");
	if (has_tip(tx) && wei_cmp(tx->max_tip, tx->max_fee) > 0)
		return fail(t, ERR_INVALID,
			    "transaction: the tip per gas is above the maximum fee per gas");
	if (tx->type == ETH_TX_SET_CODE && !tx->has_to)
		return fail(t, ERR_INVALID,
			    "transaction: one that sets code creates no contract (EIP-7702)");
	if (tx->type == ETH_TX_SET_CODE && tx->auth_list.n == 0)
		return fail(t, ERR_INVALID,
			    "transaction: one that sets code has an authorization (EIP-7702)");
	return OK;
}

/* What the encoding cannot hold. */
static enum err check_shape(struct turn *t, const struct eth_tx *tx)
{
	if (tx->type != ETH_TX_SET_CODE && tx->auth_list.n)
		return fail(t, ERR_INVALID, "transaction: only type 4 has authorizations");
	if (tx->type != ETH_TX_LEGACY)
		return OK;
	/* v = 35 + 2 * chain_id + parity must fit, here and in what reads it. */
	if (tx->chain_id > (UINT64_MAX - 36) / 2)
		return fail(t, ERR_INVALID, "transaction: the chain id is too large for EIP-155");
	if (tx->access_list.n)
		return fail(t, ERR_INVALID, "transaction: a legacy one has no access list");
	return OK;
}

static void put_common(struct rlp *r, const struct eth_tx *tx)
{
	if (tx->type != ETH_TX_LEGACY)
		rlp_u64(r, tx->chain_id);
	rlp_u64(r, tx->nonce);
	if (has_tip(tx))
		rlp_wei(r, tx->max_tip);
	rlp_wei(r, tx->max_fee);
	rlp_u64(r, tx->gas);
	rlp_bytes(r, tx->to.b, tx->has_to ? sizeof(tx->to.b) : 0);
	rlp_wei(r, tx->value);
	rlp_bytes(r, tx->data.p, tx->data.n);
	if (tx->type == ETH_TX_LEGACY)
		return;
	rlp_list_open(r);
	rlp_raw(r, tx->access_list);
	rlp_list_close(r);
	if (tx->type != ETH_TX_SET_CODE)
		return;
	rlp_list_open(r);
	rlp_raw(r, tx->auth_list);
	rlp_list_close(r);
}

static void put_signature(struct rlp *r, const struct eth_tx *tx, const struct eth_signature *sig)
{
	struct wei rs;

	if (tx->type != ETH_TX_LEGACY)
		rlp_u64(r, sig->parity);
	else
		rlp_u64(r, (tx->chain_id ? 35 + 2 * tx->chain_id : 27) + sig->parity);
	memcpy(rs.be, sig->r, sizeof(rs.be));
	rlp_wei(r, rs);
	memcpy(rs.be, sig->s, sizeof(rs.be));
	rlp_wei(r, rs);
}

/* sig NULL: what is signed. The type byte stands before the list (EIP-2718). */
static enum err encode(struct turn *t, const struct eth_tx *tx, const struct eth_signature *sig,
		       struct bytes *out)
{
	struct rlp r = rlp_in(t->mem, ETH_TX_MAX);

	TRY(check_shape(t, tx));
	if (tx->type != ETH_TX_LEGACY) {
		uint8_t type = (uint8_t)tx->type;

		rlp_raw(&r, (struct bytes){ &type, 1 });
	}
	rlp_list_open(&r);
	put_common(&r, tx);
	if (sig) {
		put_signature(&r, tx, sig);
	} else if (tx->type == ETH_TX_LEGACY && tx->chain_id) { /* EIP-155 */
		rlp_u64(&r, tx->chain_id);
		rlp_u64(&r, 0);
		rlp_u64(&r, 0);
	}
	rlp_list_close(&r);
	if (!rlp_done(&r, out))
		return fail(t, ERR_INVALID, "transaction: longer than %d bytes", ETH_TX_MAX);
	return OK;
}

enum err eth_tx_sighash(struct turn *t, const struct eth_tx *tx, struct eth_hash *out)
{
	struct bytes b;

	TRY(encode(t, tx, NULL, &b));
	keccak256(b.p, b.n, out);
	return OK;
}

enum err eth_tx_encode_signed(struct turn *t, const struct eth_tx *tx,
			      const struct eth_signature *sig, struct raw_tx *out)
{
	TRY(encode(t, tx, sig, &out->raw));
	keccak256(out->raw.p, out->raw.n, &out->hash);
	return OK;
}

static bool get_to(struct bytes *rest, struct eth_tx *tx)
{
	struct bytes b;

	if (!rlp_next_string(rest, &b) || (b.n != 0 && b.n != sizeof(tx->to.b)))
		return false;
	tx->has_to = b.n != 0;
	if (b.n)
		memcpy(tx->to.b, b.p, b.n);
	return true;
}

/* [[address, [32-byte key, ...]], ...] */
static bool access_list_ok(struct bytes list)
{
	while (list.n) {
		struct bytes entry, addr, keys, key;

		if (!rlp_next_list(&list, &entry) || !rlp_next_string(&entry, &addr) ||
		    addr.n != 20 || !rlp_next_list(&entry, &keys) || entry.n)
			return false;
		while (keys.n)
			if (!rlp_next_string(&keys, &key) || key.n != 32)
				return false;
	}
	return true;
}

/* A line of an authorization list; what it must be for the transaction to be one. Whether its
 * signature is anybody's is another question: the chain skips those. */
static bool get_authorization(struct bytes *list, struct eth_authorization *out,
			      struct wei *parity_out, struct wei *r_out, struct wei *s_out)
{
	struct bytes entry, addr;

	*out = (struct eth_authorization){ 0 };
	if (!rlp_next_list(list, &entry) || !rlp_next_wei(&entry, &out->chain_id) ||
	    !rlp_next_string(&entry, &addr) || addr.n != sizeof(out->code.b) ||
	    !rlp_next_u64(&entry, &out->nonce) || !rlp_next_wei(&entry, parity_out) ||
	    !rlp_next_wei(&entry, r_out) || !rlp_next_wei(&entry, s_out) || entry.n)
		return false;
	memcpy(out->code.b, addr.p, addr.n);
	return wei_cmp(*parity_out, wei_u64(UINT8_MAX)) <= 0;
}

static bool auth_list_ok(struct bytes list)
{
	struct eth_authorization a;
	struct wei parity, r, s;

	while (list.n)
		if (!get_authorization(&list, &a, &parity, &r, &s))
			return false;
	return true;
}

void eth_authorization_hash(struct turn *t, const struct eth_authorization *a, struct eth_hash *out)
{
	static const uint8_t magic = 5;
	struct rlp rlp = rlp_in(t->mem, AUTHORIZATION_MAX);
	struct bytes b;

	rlp_raw(&rlp, (struct bytes){ &magic, 1 });
	rlp_list_open(&rlp);
	rlp_wei(&rlp, a->chain_id);
	rlp_bytes(&rlp, a->code.b, sizeof(a->code.b));
	rlp_u64(&rlp, a->nonce);
	rlp_list_close(&rlp);
	(void)rlp_done(&rlp, &b);
	keccak256(b.p, b.n, out);
}

enum err eth_tx_authorizations(struct turn *t, const struct eth_tx *tx,
			       const struct eth_authorization **out, size_t *n_out)
{
	struct eth_authorization *all = NULL;
	struct bytes list = tx->auth_list;
	size_t n = 0, room = 0;

	while (list.n) {
		struct eth_signature sig = { 0 };
		struct wei parity, r, s;
		struct eth_hash h;

		all = turn_grow(t, all, n, &room, sizeof(*all));
		if (!get_authorization(&list, &all[n], &parity, &r, &s))
			return bad(t, "the authorization list is malformed");
		memcpy(sig.r, r.be, sizeof(sig.r));
		memcpy(sig.s, s.be, sizeof(sig.s));
		sig.parity = parity.be[sizeof(parity.be) - 1];
		eth_authorization_hash(t, &all[n], &h);
		all[n].signed_by_known = curve_recover(&h, &sig, &all[n].signed_by);
		n++;
	}
	*out = all;
	*n_out = n;
	return OK;
}

static enum err get_common(struct turn *t, struct bytes *rest, struct eth_tx *tx)
{
	if (tx->type != ETH_TX_LEGACY && !rlp_next_u64(rest, &tx->chain_id))
		return bad(t, "the chain id is not a number of at most 64 bits");
	if (!rlp_next_u64(rest, &tx->nonce))
		return bad(t, "the nonce is not a number of at most 64 bits");
	if (has_tip(tx) && !rlp_next_wei(rest, &tx->max_tip))
		return bad(t, "the tip per gas is not a number of at most 256 bits");
	if (!rlp_next_wei(rest, &tx->max_fee))
		return bad(t, "the fee per gas is not a number of at most 256 bits");
	if (!rlp_next_u64(rest, &tx->gas))
		return bad(t, "the gas limit is not a number of at most 64 bits");
	if (!get_to(rest, tx))
		return bad(t, "the recipient is not an address of 20 bytes");
	if (!rlp_next_wei(rest, &tx->value))
		return bad(t, "the value is not a number of at most 256 bits");
	if (!rlp_next_string(rest, &tx->data))
		return bad(t, "the data is not a string of bytes");
	if (tx->type != ETH_TX_LEGACY &&
	    (!rlp_next_list(rest, &tx->access_list) || !access_list_ok(tx->access_list)))
		return bad(t, "the access list is malformed");
	if (tx->type == ETH_TX_SET_CODE &&
	    (!rlp_next_list(rest, &tx->auth_list) || !auth_list_ok(tx->auth_list)))
		return bad(t, "the authorization list is malformed");
	return OK;
}

/* v is 27 or 28 before EIP-155, 35 + 2 * chain id + parity since. */
static enum err legacy_v(struct turn *t, uint64_t v, struct eth_tx *tx, struct eth_signature *sig)
{
	if (v == 27 || v == 28)
		sig->parity = (uint8_t)(v - 27);
	else if (v < 37)
		return bad(t, "the signature's v is neither 27, 28 nor one of EIP-155");
	else {
		sig->parity = (uint8_t)((v - 35) % 2);
		tx->chain_id = (v - 35) / 2;
	}
	return OK;
}

static enum err get_signature(struct turn *t, struct bytes *rest, struct eth_tx *tx,
			      struct eth_signature *sig)
{
	struct wei r, s;
	uint64_t v;

	if (!rlp_next_u64(rest, &v) || !rlp_next_wei(rest, &r) || !rlp_next_wei(rest, &s))
		return bad(t, "the signature is not three numbers");
	if (rest->n)
		return bad(t, "fields after the signature");
	memcpy(sig->r, r.be, sizeof(sig->r));
	memcpy(sig->s, s.be, sizeof(sig->s));
	if (tx->type == ETH_TX_LEGACY)
		return legacy_v(t, v, tx, sig);
	if (v > 1)
		return bad(t, "the signature's parity is neither 0 nor 1");
	sig->parity = (uint8_t)v;
	return OK;
}

static enum err get_type(struct turn *t, struct bytes *raw, struct eth_tx *tx)
{
	if (raw->n == 0)
		return bad(t, "no bytes");
	if (raw->n > ETH_TX_MAX)
		return fail(t, ERR_INVALID, "raw transaction: longer than %d bytes", ETH_TX_MAX);
	if (raw->p[0] >= 0xc0)
		return OK;
	if (raw->p[0] == BLOBS)
		return bad(t, "it carries blobs (type 3, EIP-4844), which a wallet of ours never "
			      "sends");
	if (raw->p[0] != ETH_TX_ACCESS_LIST && raw->p[0] != ETH_TX_FEE_MARKET &&
	    raw->p[0] != ETH_TX_SET_CODE)
		return fail(t, ERR_INVALID, "raw transaction: type 0x%02x is not known here",
			    raw->p[0]);
	tx->type = (enum eth_tx_type)raw->p[0];
	*raw = (struct bytes){ raw->p + 1, raw->n - 1 };
	return OK;
}

enum err eth_tx_decode(struct turn *t, struct bytes raw, struct eth_tx *out,
		       struct eth_addr *sender_out)
{
	struct eth_tx tx = { .type = ETH_TX_LEGACY };
	struct eth_signature sig = { 0 };
	struct rlp_item item;
	struct eth_hash h;
	struct eth_addr sender;

	TRY(get_type(t, &raw, &tx));
	if (!rlp_only(raw, &item) || !item.list)
		return bad(t, "not one RLP list, or bytes after it");
	TRY(get_common(t, &item.body, &tx));
	TRY(get_signature(t, &item.body, &tx, &sig));
	TRY(eth_tx_check(t, &tx));
	TRY(eth_tx_sighash(t, &tx, &h));
	if (!curve_recover(&h, &sig, &sender))
		return bad(t, "the signature is nobody's: r or s out of range, or s in the upper "
			      "half (EIP-2)");
	*out = tx;
	if (sender_out)
		*sender_out = sender;
	return OK;
}
