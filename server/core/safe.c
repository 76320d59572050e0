#include "server/core/safe.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "server/core/fleet.h"
#include "server/core/shared.h"
#include "server/eth/addr.h"
#include "server/eth/signed_text.h"
#include "server/eth/typed_data.h"
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

#define STATEMENT "I hold the keys of this address, and the money of this fleet may be sent to it."

enum err safe_proof_text(struct turn *t, struct eth_addr a, const char **out)
{
	char id[FLEET_ID_TEXT];

	TRY(fleet_id(t, id));
	*out = turn_printf(t,
			   "Ghost Fleet: proof of a safe address\n"
			   "\n" STATEMENT "\n"
			   "\n"
			   "Fleet: %s\n"
			   "Chain: %llu\n"
			   "Address: %s",
			   id, (unsigned long long)policy()->chain_id, addr_str(t, a));
	return OK;
}

enum err safe_proof_typed(struct turn *t, struct eth_addr a, const char **out)
{
	char id[FLEET_ID_TEXT];

	TRY(fleet_id(t, id));
	*out = turn_printf(t,
			   "{\"types\":{\"EIP712Domain\":[{\"name\":\"name\",\"type\":\"string\"},"
			   "{\"name\":\"chainId\",\"type\":\"uint256\"}],"
			   "\"SafeAddress\":[{\"name\":\"statement\",\"type\":\"string\"},"
			   "{\"name\":\"fleet\",\"type\":\"string\"},"
			   "{\"name\":\"address\",\"type\":\"address\"}]},"
			   "\"primaryType\":\"SafeAddress\","
			   "\"domain\":{\"name\":\"Ghost Fleet\",\"chainId\":%llu},"
			   "\"message\":{\"statement\":\"" STATEMENT "\",\"fleet\":\"%s\","
			   "\"address\":\"%s\"}}",
			   (unsigned long long)policy()->chain_id, id, addr_str(t, a));
	return OK;
}

enum err safe_proof_hashes(struct turn *t, struct eth_addr a, struct eth_hash out[SAFE_PROOF_FORMS])
{
	const char *text, *typed;

	TRY(safe_proof_text(t, a, &text));
	TRY(safe_proof_typed(t, a, &typed));
	signed_text_hash(text, strlen(text), &out[0]);
	return typed_data_hash(t, (struct bytes){ (const uint8_t *)typed, strlen(typed) }, &out[1]);
}

static void set_proof(struct turn *t, struct safe_address *s, enum safe_proof state,
		      const char *text)
{
	s->proof_state = state;
	s->proof_ms = t->now_ms;
	s->proof_text = text;
}

/* A key's address proves itself here and now; a contract is asked later, by a job. */
static enum err take_proof(struct turn *t, struct safe_address *s, struct bytes proof)
{
	struct eth_hash h[SAFE_PROOF_FORMS];
	struct eth_addr owner, other;

	if (proof.n > SAFE_SIGNATURE_MAX)
		return fail(t, ERR_INVALID, "proof: %zu bytes, at most %d", proof.n,
			    SAFE_SIGNATURE_MAX);
	TRY(safe_proof_hashes(t, s->addr, h));
	s->proof = proof;
	if (s->contract || s->code == SAFE_CODE_CONTRACT) {
		set_proof(t, s, SAFE_PROOF_CHECKING, "the contract is being asked");
		return OK;
	}
	if (signed_hash_owner(&h[1], proof, &other) && addr_eq(other, s->addr)) {
		set_proof(t, s, SAFE_PROOF_PROVEN, "its key signed typed data (EIP-712)");
		return OK;
	}
	if (!signed_hash_owner(&h[0], proof, &owner))
		return fail(t, ERR_INVALID,
			    "proof: not a signature (65 bytes r, s, v in hex, s in the lower "
			    "half); of a contract say that it is one");
	if (!addr_eq(owner, s->addr))
		return fail_reason(t, REASON_ADDRESS_MISMATCH,
				   "proof: signed by %s, or over another text than this fleet's "
				   "for %s; if the address is a contract, say so",
				   addr_str(t, owner), addr_str(t, s->addr));
	set_proof(t, s, SAFE_PROOF_PROVEN, "its key signed the text (EIP-191)");
	return OK;
}

/* An event and an audit record of one thing that became of an address. */
static enum err tell(struct turn *t, struct eth_addr a, const char *kind, const char *text)
{
	const char *name = addr_str(t, a);

	TRY(event_add(t, TOPIC_FLEET, turn_printf(t, "safeAddresses/%s", name), kind, text));
	return audit_add(t, kind, name, text);
}

static enum err put(struct turn *t, const struct safe_ask *ask, bool at_once,
		    struct safe_address *out)
{
	struct safe_address s = {
		.chain_id = policy()->chain_id,
		.addr = ask->addr,
		.label = ask->label,
		.state = at_once ? SAFE_ACTIVE : SAFE_PENDING,
		.created_ms = t->now_ms,
		.active_ms = at_once ? t->now_ms : t->now_ms + policy()->safe_delay_ms,
		.actor = t->actor,
		.contract = ask->contract,
		.proof_state = SAFE_PROOF_NONE,
	};

	if (ask->proof.n)
		TRY(take_proof(t, &s, ask->proof));
	const char *text = turn_printf(
		t, "%s is %s%s%s", addr_str(t, s.addr), at_once ? "ACTIVE" : "PENDING for ",
		at_once ? "" : duration_str(t, policy()->safe_delay_ms),
		s.proof_state == SAFE_PROOF_PROVEN ? ", its owner signed" : "");

	TRY(safe_put(t, &s));
	TRY(tell(t, s.addr, "safe.added", text));
	return safe_get(t, s.chain_id, s.addr, out);
}

enum err safe_add(struct turn *t, const struct safe_ask *ask, struct safe_address *out)
{
	bool first;

	assert(t->in_lane);
	TRY(check_new(t, ask->addr, ask->label));
	TRY(is_first(t, &first));
	return put(t, ask, first, out);
}

/* One that is there and not removed. */
static enum err get_listed(struct turn *t, struct eth_addr a, struct safe_address *out)
{
	enum err e = safe_get(t, policy()->chain_id, a, out);

	if (e == ERR_MISSING || (e == OK && out->state == SAFE_REMOVED))
		return fail(t, ERR_MISSING, "%s is not on the safe list", addr_str(t, a));
	return e;
}

enum err safe_prove(struct turn *t, struct eth_addr a, struct bytes proof, struct safe_address *out)
{
	assert(t->in_lane);
	TRY(get_listed(t, a, out));
	TRY(take_proof(t, out, proof));
	TRY(safe_put(t, out));
	return tell(t, a, out->proof_state == SAFE_PROOF_PROVEN ? "safe.proven" : "safe.proof",
		    out->proof_text);
}

enum err safe_remove(struct turn *t, struct eth_addr a, struct safe_address *out)
{
	assert(t->in_lane);
	TRY(get_listed(t, a, out));
	out->state = SAFE_REMOVED;
	TRY(safe_put(t, out));
	return tell(t, a, "safe.removed", addr_str(t, a));
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
		struct safe_ask ask = { .addr = list[i], .label = "from the configuration" };

		TRY(check_new(t, ask.addr, ask.label));
		TRY(put(t, &ask, n_have == 0, &s));
	}
	return OK;
}

bool safe_takes(const struct safe_address *s)
{
	return s->state == SAFE_ACTIVE && !(s->contract && s->code == SAFE_CODE_NONE);
}

static bool same(struct bytes a, struct bytes b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static enum err hear_code(struct turn *t, struct safe_address *s, enum safe_code code)
{
	const char *text = addr_str(t, s->addr);

	if (code == s->code)
		return OK;
	s->code = code;
	switch (code) {
	case SAFE_CODE_UNKNOWN:
		return OK;
	case SAFE_CODE_NONE:
		if (!s->contract)
			return OK;
		text = turn_printf(t,
				   "%s is declared a contract, and chain %llu has no code there: "
				   "no money goes there",
				   text, (unsigned long long)s->chain_id);
		return tell(t, s->addr, "safe.no_code", text);
	case SAFE_CODE_CONTRACT:
		return tell(t, s->addr, "safe.code", turn_printf(t, "%s is a contract", text));
	case SAFE_CODE_DELEGATED:
		return tell(t, s->addr, "safe.code",
			    turn_printf(t, "%s is a key with delegated code (EIP-7702)", text));
	}
	abort();
}

enum err safe_hear(struct turn *t, const struct safe_heard *h)
{
	struct safe_address s;

	assert(t->in_lane);
	TRY(safe_get(t, h->asked.chain_id, h->asked.addr, &s));
	if (s.state == SAFE_REMOVED || h->code == SAFE_CODE_UNKNOWN)
		return OK;
	TRY(hear_code(t, &s, h->code));
	s.seen_ms = t->now_ms;
	if (h->answered && s.proof_state == SAFE_PROOF_CHECKING && same(s.proof, h->asked.proof)) {
		set_proof(t, &s, h->yes ? SAFE_PROOF_PROVEN : SAFE_PROOF_REFUSED, h->said);
		TRY(tell(t, s.addr, h->yes ? "safe.proven" : "safe.proof_refused", h->said));
	}
	return safe_put(t, &s);
}
