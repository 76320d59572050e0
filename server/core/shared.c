#include "server/core/shared.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#include "server/eth/addr.h"
#include "store/base/units.h"
#include "store/base/wei.h"

static _Atomic(const struct shared *) current;

void shared_set(const struct shared *s)
{
	atomic_store_explicit(&current, s, memory_order_release);
}

const struct shared *shared(void)
{
	const struct shared *s = atomic_load_explicit(&current, memory_order_acquire);

	assert(s && s->policy);
	return s;
}

const struct policy *policy(void)
{
	return shared()->policy;
}

static struct wei gwei(uint64_t n)
{
	return wei_u64(n * 1000000000u);
}

/* How many transactions of one wallet a chain's pool takes well. */
static int64_t in_flight_of(uint64_t chain_id)
{
	switch (chain_id) {
	case 4326:
	case 6343: /* MegaETH takes 500 */
		return 400;
	case 31337: /* anvil */
		return 1000;
	default:
		return 16;
	}
}

void policy_defaults(struct policy *p, uint64_t chain_id)
{
	*p = (struct policy){
		.chain_id = chain_id,
		.confirmations = 1,
		.in_flight = in_flight_of(chain_id),
		.max_fee = gwei(100),
		.max_fee_urgent = gwei(500),
		.raise_after_ms = 30000,
		.keep_ms = INT64_C(7) * 86400000,
		.cap_loan = gwei(10000000), /* 0.01 ether */
		.safe_delay_ms = 24 * 3600000,
		.max_failures = 5,
		.cooldown_ms = 3600000,
		.give_up_ms = 72 * INT64_C(3600000),
		.ack_ms = 24 * INT64_C(3600000),
		.plan_ttl_ms = 600000,
		.fees_old_ms = 15000,
		.account_old_ms = 30000,
		.engine = true,
		.require_backup = true,
		.sla_down_ms = 60 * 60000,
		.sla_bps = 100,
		.sla_most_bps = 1000,
	};
}

const struct profile *policy_profile(const struct policy *p, const char *name)
{
	for (size_t i = 0; i < p->n_profiles; i++)
		if (strcmp(p->profiles[i].name, name) == 0)
			return &p->profiles[i];
	return NULL;
}

struct wei policy_ceiling(const struct policy *p, bool urgent)
{
	return urgent && wei_cmp(p->max_fee_urgent, p->max_fee) > 0 ? p->max_fee_urgent
								    : p->max_fee;
}

const struct token *policy_token(const struct policy *p, struct eth_addr a)
{
	for (size_t i = 0; i < p->n_tokens; i++)
		if (addr_eq(p->tokens[i].addr, a))
			return &p->tokens[i];
	return NULL;
}

const char *token_str(struct turn *t, struct eth_addr token, struct wei a)
{
	const struct token *known = policy_token(policy(), token);
	char text[AMOUNT_TEXT];

	if (!known)
		return turn_printf(t, "%s units of %s", wei_str(t, a), addr_str(t, token));
	amount_text(a, known->decimals, 6, text);
	return turn_printf(t, "%s %s", text, known->symbol);
}
