/* ghostfleet.v1.FundingService */
#include "ghostfleet/v1/funding.pb-c.h"

#include <string.h>

#include "server/api/convert.h"
#include "server/api/rows.h"
#include "server/core/fleet.h"
#include "server/core/journal.h"
#include "server/core/operation.h"
#include "server/core/safe.h"
#include "server/core/shared.h"
#include "server/eth/addr.h"
#include "store/base/hex.h"
#include "store/base/wei.h"

enum { PAGE = 50, PAGE_MOST = 500, SAFE_READ = 256 };

static enum err selection_of(struct turn *t, const Ghostfleet__V1__WalletSelector *m,
			     struct selection *out)
{
	*out = (struct selection){ .profile = "" };
	if (!m)
		return OK;
	const char **names = turn_array(t, m->n_names + 1, sizeof(*names));

	for (size_t i = 0; i < m->n_names; i++)
		TRY(name_of(t, "wallets.names", "wallets", m->names[i], &names[i]));
	*out = (struct selection){ .names = names, .n_names = m->n_names, .profile = m->profile };
	return OK;
}

static enum err plan_fund(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__PlanFundRequest *in = vin;
	Ghostfleet__V1__PlanFundResponse *out = vout;
	const char *source = NULL;
	struct selection sel;
	struct operation o;
	struct wei target;

	TRY(selection_of(t, in->wallets, &sel));
	target = policy()->target;
	if (*in->target || wei_is_zero(target))
		TRY(amount_of(t, "target", in->target, &target));
	if (*in->source)
		TRY(name_of(t, "source", "wallets", in->source, &source));
	TRY(operation_plan_fund(t, &sel, target, source, &o));
	out->operation = msg_operation(t, &o);
	return OK;
}

static enum err plan_extract(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__PlanExtractRequest *in = vin;
	Ghostfleet__V1__PlanExtractResponse *out = vout;
	struct eth_addr to, *dest = NULL;
	struct selection sel;
	struct operation o;

	TRY(selection_of(t, in->wallets, &sel));
	if (*in->destination) {
		TRY(addr_of(t, "destination", in->destination, &to));
		dest = &to;
	}
	TRY(operation_plan_extract(t, &sel, dest, in->native_only, &o));
	out->operation = msg_operation(t, &o);
	return OK;
}

static enum err evacuate(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__EvacuateRequest *in = vin;
	Ghostfleet__V1__EvacuateResponse *out = vout;
	struct eth_addr to, *dest = NULL;
	struct operation o;

	if (*in->destination) {
		TRY(addr_of(t, "destination", in->destination, &to));
		dest = &to;
	}
	TRY(operation_evacuate(t, dest, in->reason, &o));
	out->operation = msg_operation(t, &o);
	return OK;
}

static enum err transaction_filter(struct turn *t,
				   const Ghostfleet__V1__ListTransactionsRequest *in,
				   struct intent_filter *out)
{
	const char *name;
	struct wallet w;

	*out = (struct intent_filter){ 0 };
	TRY(bits_of(t, "states", in->states, in->n_states, TX_REVIEW, &out->states));
	if (*in->operation)
		TRY(id_of(t, "operation", "operations", in->operation, &out->operation));
	if (!*in->wallet)
		return OK;
	TRY(name_of(t, "wallet", "wallets", in->wallet, &name));
	TRY(wallet_get(t, name, &w));
	out->wallet = w.id;
	return OK;
}

static enum err list_transactions(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListTransactionsRequest *in = vin;
	Ghostfleet__V1__ListTransactionsResponse *out = vout;
	struct intent_filter f;
	struct intent *i;
	size_t limit, n;
	int64_t before;

	TRY(page_of(t, in->page_size, in->page_token, PAGE, PAGE_MOST, &limit, &before));
	TRY(transaction_filter(t, in, &f));
	TRY(intent_list(t, &f, before, limit, &i, &n));
	out->transactions = turn_array(t, n + 1, sizeof(*out->transactions));
	for (size_t k = 0; k < n; k++)
		TRY(msg_transaction(t, &i[k], &out->transactions[out->n_transactions++]));
	if (n == limit && n > 0)
		out->next_page_token = page_next(t, i[n - 1].id);
	return OK;
}

static enum err explain_transaction(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ExplainTransactionRequest *in = vin;
	Ghostfleet__V1__ExplainTransactionResponse *out = vout;
	const char **lines;
	struct intent i;

	TRY(transaction_named(t, in->name, &i));
	TRY(msg_transaction(t, &i, &out->transaction));
	TRY(journal_explain(t, &i, &lines, &out->n_lines));
	out->lines = turn_array(t, out->n_lines + 1, sizeof(*out->lines));
	for (size_t k = 0; k < out->n_lines; k++)
		out->lines[k] = msg_text(t, lines[k]);
	return OK;
}

static enum err list_safe(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListSafeAddressesRequest *in = vin;
	Ghostfleet__V1__ListSafeAddressesResponse *out = vout;
	struct safe_address *s;
	size_t n;

	TRY(safe_list(t, in->chain_id ? in->chain_id : policy()->chain_id, SAFE_READ, &s, &n));
	out->safe_addresses = turn_array(t, n + 1, sizeof(*out->safe_addresses));
	for (size_t i = 0; i < n; i++)
		if (in->show_removed || s[i].state != SAFE_REMOVED)
			out->safe_addresses[out->n_safe_addresses++] = msg_safe(t, &s[i]);
	return OK;
}

static enum err proof_of(struct turn *t, const char *text, struct bytes *out)
{
	uint8_t *p = turn_alloc(t, SAFE_SIGNATURE_MAX);

	*out = (struct bytes){ .p = p };
	if (!hex_get_any(text, p, SAFE_SIGNATURE_MAX, &out->n))
		return fail(t, ERR_INVALID, "proof: not 0x and at most %d bytes of hex",
			    SAFE_SIGNATURE_MAX);
	return OK;
}

static enum err add_safe(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__AddSafeAddressRequest *in = vin;
	Ghostfleet__V1__AddSafeAddressResponse *out = vout;
	struct safe_ask ask = { .label = in->label, .contract = in->contract };
	struct safe_address s;

	TRY(addr_of(t, "address", in->address, &ask.addr));
	if (*in->proof)
		TRY(proof_of(t, in->proof, &ask.proof));
	TRY(safe_add(t, &ask, &s));
	out->safe_address = msg_safe(t, &s);
	return OK;
}

static enum err get_safe_challenge(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GetSafeAddressChallengeRequest *in = vin;
	Ghostfleet__V1__GetSafeAddressChallengeResponse *out = vout;
	char id[FLEET_ID_TEXT];
	struct eth_addr a;
	const char *text, *typed;

	TRY(addr_of(t, "address", in->address, &a));
	TRY(fleet_id(t, id));
	TRY(safe_proof_text(t, a, &text));
	TRY(safe_proof_typed(t, a, &typed));
	out->text = msg_text(t, text);
	out->typed_data = msg_text(t, typed);
	out->address = msg_text(t, addr_str(t, a));
	out->chain_id = policy()->chain_id;
	out->fleet_id = msg_text(t, id);
	return OK;
}

static enum err prove_safe(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ProveSafeAddressRequest *in = vin;
	Ghostfleet__V1__ProveSafeAddressResponse *out = vout;
	struct safe_address s;
	struct bytes proof;
	struct eth_addr a;
	const char *name;

	TRY(name_of(t, "name", "safeAddresses", in->name, &name));
	TRY(addr_of(t, "name", name, &a));
	TRY(proof_of(t, in->proof, &proof));
	TRY(safe_prove(t, a, proof, &s));
	out->safe_address = msg_safe(t, &s);
	return OK;
}

static enum err remove_safe(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__RemoveSafeAddressRequest *in = vin;
	Ghostfleet__V1__RemoveSafeAddressResponse *out = vout;
	struct safe_address s;
	struct eth_addr a;
	const char *name;

	TRY(name_of(t, "name", "safeAddresses", in->name, &name));
	TRY(addr_of(t, "name", name, &a));
	TRY(safe_remove(t, a, &s));
	out->safe_address = msg_safe(t, &s);
	return OK;
}

#define S "ghostfleet.v1.FundingService"
const struct method funding_rows[] = {
	{ S, "PlanFund", METHOD_WRITE, ROLE_TREASURER, METHOD_NEEDS_ID, 0, plan_fund, NULL },
	{ S, "PlanExtract", METHOD_WRITE, ROLE_TREASURER, METHOD_NEEDS_ID, 0, plan_extract, NULL },
	{ S, "Evacuate", METHOD_WRITE, ROLE_OPERATOR | ROLE_TREASURER,
	  METHOD_URGENT | METHOD_EMERGENCY | METHOD_NEEDS_ID, 0, evacuate, NULL },
	{ S, "ExplainTransaction", METHOD_READ, ANY_READER, 0, 0, explain_transaction, NULL },
	{ S, "ListTransactions", METHOD_READ, ANY_READER, 0, 0, list_transactions, NULL },
	{ S, "ListSafeAddresses", METHOD_READ, ANY_READER, 0, 0, list_safe, NULL },
	{ S, "AddSafeAddress", METHOD_WRITE, ROLE_ADMIN, 0, 0, add_safe, NULL },
	{ S, "GetSafeAddressChallenge", METHOD_READ, ANY_READER, 0, 0, get_safe_challenge, NULL },
	{ S, "ProveSafeAddress", METHOD_WRITE, ROLE_ADMIN, 0, 0, prove_safe, NULL },
	{ S, "RemoveSafeAddress", METHOD_WRITE, ROLE_ADMIN, METHOD_URGENT, 0, remove_safe, NULL },
};
const size_t n_funding_rows = sizeof(funding_rows) / sizeof(funding_rows[0]);
