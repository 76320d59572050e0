#include "server/core/safe.h"

#include <assert.h>
#include <string.h>

#include "server/core/shared.h"
#include "server/eth/addr.h"
#include "store/audit.h"
#include "store/base/units.h"
#include "store/events.h"
#include "store/wallets.h"

enum { LIST_READ = 256, LABEL_MAX = 80 };

static enum err is_ours(struct turn *t, struct eth_addr a, bool *out)
{
	struct wallet w;
	enum err e = wallet_by_addr(t, a, &w);

	*out = e == OK;
	return e == ERR_MISSING ? OK : e;
}

/* Only the very first address of a chain counts at once. One that was removed is still an entry:
 * who removes the last one must not thereby set the next. */
static enum err is_first(struct turn *t, bool *out)
{
	struct safe_address *s;
	size_t n;

	TRY(safe_list(t, policy()->chain_id, 1, &s, &n));
	*out = n == 0;
	return OK;
}

static enum err check_new(struct turn *t, struct eth_addr a, const char *label)
{
	struct safe_address there;
	bool ours;
	enum err e = safe_get(t, policy()->chain_id, a, &there);

	if (strlen(label) > LABEL_MAX)
		return fail(t, ERR_INVALID, "label: longer than %d letters", LABEL_MAX);
	if (addr_eq(a, (struct eth_addr){ 0 }))
		return fail(t, ERR_INVALID, "address: nobody holds the zero address");
	TRY(is_ours(t, a, &ours));
	if (ours)
		return fail(t, ERR_INVALID,
			    "address: %s is a wallet of this fleet, not a safe "
			    "place for its money",
			    addr_str(t, a));
	if (e == OK && there.state != SAFE_REMOVED)
		return fail(t, ERR_EXISTS, "%s is on the safe list already", addr_str(t, a));
	return e == ERR_MISSING ? OK : e;
}

static enum err put(struct turn *t, struct eth_addr a, const char *label, bool at_once,
		    struct safe_address *out)
{
	struct safe_address s = {
		.chain_id = policy()->chain_id,
		.addr = a,
		.label = label,
		.state = at_once ? SAFE_ACTIVE : SAFE_PENDING,
		.created_ms = t->now_ms,
		.active_ms = at_once ? t->now_ms : t->now_ms + policy()->safe_delay_ms,
		.actor = t->actor,
	};
	const char *text = at_once ? turn_printf(t, "%s is ACTIVE", addr_str(t, a))
				   : turn_printf(t, "%s is PENDING for %s", addr_str(t, a),
						 duration_str(t, policy()->safe_delay_ms));

	TRY(safe_put(t, &s));
	TRY(event_add(t, TOPIC_FLEET, turn_printf(t, "safeAddresses/%s", addr_str(t, a)),
		      "safe.added", text));
	TRY(audit_add(t, "safe.added", addr_str(t, a), text));
	return safe_get(t, s.chain_id, a, out);
}

enum err safe_add(struct turn *t, struct eth_addr a, const char *label, struct safe_address *out)
{
	bool first;

	assert(t->in_lane);
	TRY(check_new(t, a, label));
	TRY(is_first(t, &first));
	return put(t, a, label, first, out);
}

enum err safe_remove(struct turn *t, struct eth_addr a, struct safe_address *out)
{
	enum err e = safe_get(t, policy()->chain_id, a, out);

	assert(t->in_lane);
	if (e == ERR_MISSING || (e == OK && out->state == SAFE_REMOVED))
		return fail(t, ERR_MISSING, "%s is not on the safe list", addr_str(t, a));
	if (e != OK)
		return e;
	out->state = SAFE_REMOVED;
	TRY(safe_put(t, out));
	TRY(event_add(t, TOPIC_FLEET, turn_printf(t, "safeAddresses/%s", addr_str(t, a)),
		      "safe.removed", addr_str(t, a)));
	return audit_add(t, "safe.removed", addr_str(t, a), "");
}

enum err safe_propose(struct turn *t, const struct eth_addr *list, size_t n)
{
	struct safe_address *have, s;
	size_t n_have;

	assert(t->in_lane);
	TRY(safe_list(t, policy()->chain_id, LIST_READ, &have, &n_have));
	for (size_t i = 0; i < n; i++) {
		enum err e = safe_get(t, policy()->chain_id, list[i], &s);

		if (e == OK) /* also a removed one: the file does not bring it back */
			continue;
		if (e != ERR_MISSING)
			return e;
		TRY(check_new(t, list[i], ""));
		TRY(put(t, list[i], "from the configuration", n_have == 0, &s));
	}
	return OK;
}
