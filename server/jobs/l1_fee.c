#include "server/jobs/l1_fee.h"

#include "server/eth/abi.h"
#include "store/base/wei.h"

const struct eth_addr l1_oracle_addr = { { 0x42, [19] = 0x0f } };

/* The longest that we order is a token's transfer: with numbers of full size its unsigned bytes are
 * fewer than these. The contract adds the signature's. */
enum { TX_BYTES = 192, LOOK_AGAIN_MS = 10 * 60 * 1000 };

/* An endpoint that does not tell the code holds nothing up: what was known stays. */
static enum err look_for_it(struct turn *t, struct el *el, struct l1_oracle *o)
{
	struct el_code code;

	if (o->asked_ms && t->now_ms - o->asked_ms < LOOK_AGAIN_MS)
		return OK;
	TRY(el_codes(t, el, &l1_oracle_addr, 1, &code));
	if (!code.known)
		return OK;
	o->there = code.size > 0 && !code.delegated;
	o->asked_ms = t->now_ms;
	return OK;
}

/* A transaction that is as dear as one of its length can be: no byte is zero. */
static struct bytes dearest(struct turn *t)
{
	uint8_t *p = turn_alloc(t, TX_BYTES);

	for (size_t i = 0; i < TX_BYTES; i++)
		p[i] = (uint8_t)(1 + i);
	return (struct bytes){ p, TX_BYTES };
}

static bool was_told(const struct el_call_result *r, struct wei *out)
{
	return r->outcome == EL_CALL_OK && abi_word_wei(r->data, 0, out);
}

static bool was_answered(const struct el_call_result *r)
{
	return r->outcome == EL_CALL_OK || r->outcome == EL_CALL_REVERTED;
}

enum err l1_fee_ask(struct turn *t, struct el *el, struct l1_oracle *o, struct wei *out)
{
	struct abi_value size = abi_u64(TX_BYTES), bytes = abi_bytes(dearest(t));
	struct el_call calls[2] = { { .to = l1_oracle_addr }, { .to = l1_oracle_addr } };
	struct el_call_result said[2];
	struct wei fee;

	*out = (struct wei){ 0 };
	TRY(look_for_it(t, el, o));
	if (!o->there)
		return OK;
	calls[0].data = abi_call(t, "getL1FeeUpperBound(uint256)", &size, 1);
	TRY(abi_encode(t, "getL1Fee(bytes)", &bytes, 1, &calls[1].data));
	TRY(el_calls(t, el, calls, 2, said));
	/* The bound is there since Fjord; before that the fee does not depend on how bytes repeat.
	 * A contract that knows neither is another one. */
	if (!was_told(&said[0], &fee) && !was_told(&said[1], &fee)) {
		if (was_answered(&said[0]) && was_answered(&said[1]))
			return OK;
		return fail_reason(t, REASON_STATE_STALE,
				   "no endpoint tells the L1 fee, which the contract "
				   "0x420000000000000000000000000000000000000F knows");
	}
	*out = wei_add_sat(fee, wei_div_u64(fee, 4, NULL));
	return OK;
}
