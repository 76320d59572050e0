#include <stdlib.h>
#include <string.h>

#include "server/eth/curve.h"
#include "server/eth/keccak.h"
#include "server/eth/rlp.h"
#include "server/eth/tx.h"
#include "store/base/wei.h"
#include "tests/support/vectors.h"

enum { RLP_MAX = 1 << 20 };

/* ---- RLP ---- */

static const char *encode_nested(struct vector *v, struct rlp *r, const char *s)
{
	if (*s != '[') {
		size_t n = strcspn(s, ",]");
		struct bytes b = vector_bytes(v, turn_printf(v->t, "%.*s", (int)n, s));

		rlp_bytes(r, b.p, b.n);
		return s + n;
	}
	rlp_list_open(r);
	for (s++; *s != ']'; s += *s == ',')
		s = encode_nested(v, r, s);
	rlp_list_close(r);
	return s + 1;
}

static const char *compare_nested(struct vector *v, struct rlp_item item, const char *s)
{
	if (*s != '[') {
		size_t n = strcspn(s, ",]");
		struct bytes b = vector_bytes(v, turn_printf(v->t, "%.*s", (int)n, s));

		vector_check(v, !item.list && bytes_same(item.body, b), "rlp string");
		return s + n;
	}
	vector_check(v, item.list, "rlp list");
	for (s++; *s != ']'; s += *s == ',') {
		struct rlp_item deeper;

		vector_check(v, rlp_next(&item.body, &deeper), "rlp item");
		s = compare_nested(v, deeper, s);
	}
	vector_check(v, item.body.n == 0, "rlp list's end");
	return s + 1;
}

/* decoded as [0x..,[0x..]], encoded */
void vector_rlp(struct vector *v)
{
	struct rlp r = rlp_in(v->t->mem, RLP_MAX);
	struct bytes expected = vector_bytes(v, v->f[2]), got;
	struct rlp_item item;

	(void)encode_nested(v, &r, v->f[1]);
	vector_check(v, rlp_done(&r, &got) && bytes_same(got, expected), "rlp encoding");
	vector_check(v, rlp_only(expected, &item), "rlp decoding");
	(void)compare_nested(v, item, v->f[1]);
}

/* ---- transactions ---- */

/* key, address, then for one transaction, or for two of it, these. */
enum {
	KEY = 1,
	ADDRESS,
	TYPE = 0,
	CHAIN,
	NONCE,
	TIP,
	FEE,
	GAS,
	TO,
	VALUE,
	DATA,
	LIST,
	UNSIGNED,
	SIGNED,
	TX_FIELDS
};

static uint64_t u64_of(const struct vector *v, const char *decimal)
{
	uint64_t n = 0;

	vector_check(v, wei_to_u64(vector_wei(v, decimal), &n), "64 bits");
	return n;
}

/* The items of "[[address,[key,..]],..]", encoded. */
static struct bytes access_list(struct vector *v, const char *text)
{
	struct rlp r = rlp_in(v->t->mem, RLP_MAX);
	struct rlp_item item;
	struct bytes b;

	(void)encode_nested(v, &r, text);
	vector_check(v, rlp_done(&r, &b) && rlp_only(b, &item) && item.list, "access list");
	return item.body;
}

static struct eth_tx build(struct vector *v, char **f)
{
	struct eth_tx tx = { .type = (enum eth_tx_type)u64_of(v, f[TYPE]) };

	tx.chain_id = u64_of(v, f[CHAIN]);
	tx.nonce = u64_of(v, f[NONCE]);
	tx.gas = u64_of(v, f[GAS]);
	tx.max_tip = vector_wei(v, f[TIP]);
	tx.max_fee = vector_wei(v, f[FEE]);
	tx.value = vector_wei(v, f[VALUE]);
	tx.data = vector_bytes(v, f[DATA]);
	tx.has_to = strcmp(f[TO], "-") != 0;
	if (tx.has_to)
		tx.to = vector_addr(v, f[TO]);
	if (tx.type != ETH_TX_LEGACY)
		tx.access_list = access_list(v, f[LIST]);
	return tx;
}

static bool same_tx(const struct eth_tx *a, const struct eth_tx *b)
{
	return a->type == b->type && a->chain_id == b->chain_id && a->nonce == b->nonce &&
	       a->gas == b->gas && a->has_to == b->has_to &&
	       (!a->has_to || addr_eq(a->to, b->to)) && wei_cmp(a->value, b->value) == 0 &&
	       wei_cmp(a->max_fee, b->max_fee) == 0 && wei_cmp(a->max_tip, b->max_tip) == 0 &&
	       bytes_same(a->data, b->data) && bytes_same(a->access_list, b->access_list);
}

/* From fields to bytes, from bytes to fields and sender. */
static void check_tx(struct vector *v, char **f, bool taken)
{
	struct bytes raw = vector_bytes(v, f[SIGNED]), unsig = vector_bytes(v, f[UNSIGNED]);
	SECRET struct secret key = vector_key(v, v->f[KEY]);
	struct eth_tx tx = build(v, f), got;
	struct eth_signature sig;
	struct eth_hash h, want;
	struct eth_addr sender;
	struct raw_tx again;

	vector_check(v, eth_tx_sighash(v->t, &tx, &h) == OK, "sighash");
	keccak256(unsig.p, unsig.n, &want);
	vector_check(v, hash_eq(h, want), "unsigned bytes");
	curve_sign(&h, &key, &sig);
	vector_check(v, eth_tx_encode_signed(v->t, &tx, &sig, &again) == OK, "encode");
	vector_check(v, bytes_same(again.raw, raw), "signed bytes");
	enum err e = eth_tx_decode(v->t, raw, &got, &sender);

	vector_check(v, e == (taken ? OK : ERR_INVALID), "decode");
	if (!taken)
		return;
	vector_check(v, same_tx(&tx, &got), "decoded fields");
	vector_check(v, addr_eq(sender, vector_addr(v, v->f[ADDRESS])), "sender");
	vector_check(v, eth_tx_encode_signed(v->t, &got, &sig, &again) == OK, "encode again");
	vector_check(v, bytes_same(again.raw, raw), "bytes of what was decoded");
}

void vector_tx(struct vector *v)
{
	for (size_t at = ADDRESS + 1; at + TX_FIELDS <= v->n; at += TX_FIELDS)
		check_tx(v, v->f + at, true);
}

void vector_odd_tx(struct vector *v)
{
	for (size_t at = ADDRESS + 1; at + TX_FIELDS <= v->n; at += TX_FIELDS)
		check_tx(v, v->f + at, false);
}

void vector_wide_tx(struct vector *v)
{
	struct eth_tx got;

	for (size_t at = ADDRESS + 1; at + TX_FIELDS <= v->n; at += TX_FIELDS) {
		vector_check(v,
			     eth_tx_decode(v->t, vector_bytes(v, v->f[at + SIGNED]), &got, NULL) ==
				     ERR_INVALID,
			     "refused");
		vector_check(v, strstr(v->t->why, "64 bits"), "because of its width");
	}
}
