#include "server/jobs/views.h"

#include "server/eth/multicall.h"
#include "store/base/turn.h"

/* Fewer are not worth a detour; a hundred balances are some 5 million gas, a tenth of what nodes
 * allow a call. Whether the contract is there changes once in a chain's life. */
enum { WORTH_IT = 8, PART = 100, LOOK_AGAIN_MS = 10 * 60 * 1000 };

static enum err look_for_it(struct turn *t, struct el *el, struct views *v)
{
	struct el_code code;

	if (v->asked_ms && t->now_ms - v->asked_ms < LOOK_AGAIN_MS)
		return OK;
	TRY(el_codes(t, el, &multicall_addr, 1, &code));
	if (!code.known)
		return OK;
	v->there = code.size > 0 && !code.delegated;
	v->asked_ms = t->now_ms;
	return OK;
}

/* The answers of one part; those it does not hold stay UNKNOWN. */
static void take_part(struct turn *t, const struct el_call_result *said, size_t n,
		      struct el_call_result *out)
{
	struct multicall_answer a[PART];

	if (said->outcome != EL_CALL_OK || multicall_decode(t, said->data, n, a) != OK)
		return;
	for (size_t i = 0; i < n; i++)
		if (a[i].succeeded)
			out[i] = (struct el_call_result){ .outcome = EL_CALL_OK,
							  .data = a[i].data,
							  .message = "" };
}

static enum err ask_together(struct turn *t, struct el *el, const struct el_call *calls, size_t n,
			     struct el_call_result *out)
{
	size_t parts = (n + PART - 1) / PART;
	struct el_call *whole = turn_array(t, parts, sizeof(*whole));
	struct el_call_result *said = turn_array(t, parts, sizeof(*said));
	struct multicall_ask asks[PART];

	for (size_t p = 0; p < parts; p++) {
		size_t from = p * PART, m = n - from < PART ? n - from : PART;

		for (size_t i = 0; i < m; i++)
			asks[i] = (struct multicall_ask){ .to = calls[from + i].to,
							  .data = calls[from + i].data };
		whole[p].to = multicall_addr;
		TRY(multicall_encode(t, asks, m, &whole[p].data));
	}
	TRY(el_calls(t, el, whole, parts, said));
	for (size_t p = 0; p < parts; p++)
		take_part(t, &said[p], n - p * PART < PART ? n - p * PART : PART, out + p * PART);
	return OK;
}

/* What nobody answered yet, one by one. */
static enum err ask_alone(struct turn *t, struct el *el, const struct el_call *calls, size_t n,
			  struct el_call_result *out)
{
	struct el_call *left = turn_array(t, n, sizeof(*left));
	struct el_call_result *said = turn_array(t, n, sizeof(*said));
	size_t *place = turn_array(t, n, sizeof(*place)), m = 0;

	for (size_t i = 0; i < n; i++)
		if (out[i].outcome == EL_CALL_UNKNOWN) {
			left[m] = calls[i];
			place[m++] = i;
		}
	if (m == 0)
		return OK;
	TRY(el_calls(t, el, left, m, said));
	for (size_t i = 0; i < m; i++)
		out[place[i]] = said[i];
	return OK;
}

enum err views_ask(struct turn *t, struct el *el, struct views *v, const struct el_call *calls,
		   size_t n, struct el_call_result *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (struct el_call_result){ .message = "not asked" };
	if (n >= WORTH_IT)
		TRY(look_for_it(t, el, v));
	if (n >= WORTH_IT && v->there)
		TRY(ask_together(t, el, calls, n, out));
	return ask_alone(t, el, calls, n, out);
}
