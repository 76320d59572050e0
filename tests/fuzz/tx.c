/* Any bytes as RLP and as a signed transaction: one value has one encoding, so whatever is read
 * is written again as the same bytes. */
#include <string.h>

#include "server/eth/rlp.h"
#include "server/eth/tx.h"
#include "tests/fuzz/fuzz.h"

/* Nothing in the reader recurses; this does, so it stops where the writer does. */
static bool rewrite(struct rlp *r, struct bytes rest, unsigned depth)
{
	struct rlp_item item;

	while (rest.n) {
		if (!rlp_next(&rest, &item))
			return false;
		if (!item.list) {
			rlp_bytes(r, item.body.p, item.body.n);
			continue;
		}
		if (depth + 1 == RLP_DEPTH)
			return false;
		rlp_list_open(r);
		if (!rewrite(r, item.body, depth + 1))
			return false;
		rlp_list_close(r);
	}
	return true;
}

static void rlp_holds(struct turn *t, struct bytes raw)
{
	struct rlp r = rlp_in(t->mem, raw.n + 64);
	struct bytes again;

	if (!rewrite(&r, raw, 0))
		return;
	fuzz_must(rlp_done(&r, &again), "RLP that was read is too long to write");
	fuzz_must(again.n == raw.n && (!raw.n || memcmp(again.p, raw.p, raw.n) == 0),
		  "%zu bytes of RLP are written as %zu others", raw.n, again.n);
}

/* The last three items are the signature, in every type. */
static void signature_of(struct bytes raw, struct eth_signature *sig)
{
	struct rlp_item item, last[3] = { 0 };
	bool typed = raw.p[0] < 0xc0;
	uint64_t v = 0;

	raw = (struct bytes){ raw.p + typed, raw.n - typed };
	fuzz_must(rlp_only(raw, &item), "a transaction that is no RLP");
	for (struct bytes rest = item.body; rlp_next(&rest, &item);) {
		last[0] = last[1];
		last[1] = last[2];
		last[2] = item;
	}
	for (size_t i = 0; i < last[0].body.n; i++)
		v = v << 8 | last[0].body.p[i];
	*sig = (struct eth_signature){ .parity = (uint8_t)(typed || v >= 35 ? (v + !typed) & 1
									    : v - 27) };
	memcpy(sig->r + 32 - last[1].body.n, last[1].body.p, last[1].body.n);
	memcpy(sig->s + 32 - last[2].body.n, last[2].body.p, last[2].body.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct turn *t = fuzz_begin();
	struct bytes raw = { p, n };
	struct eth_signature sig;
	struct eth_addr sender;
	struct raw_tx again;
	struct eth_tx tx;

	rlp_holds(t, raw);
	if (eth_tx_decode(t, raw, &tx, &sender) == OK) {
		signature_of(raw, &sig);
		enum err e = eth_tx_encode_signed(t, &tx, &sig, &again);

		fuzz_must(e == OK, "a transaction that was read: %s", t->why);
		fuzz_must(again.raw.n == n && memcmp(again.raw.p, p, n) == 0,
			  "a transaction is written as other bytes");
	} else {
		fuzz_must(t->why[0], "refused without a word");
	}
	fuzz_end();
	return 0;
}
