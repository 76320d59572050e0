/* ghostfleet.v1.TransactionService */
#include "ghostfleet/v1/transaction.pb-c.h"

#include "server/api/convert.h"
#include "server/api/rows.h"
#include "server/core/journal.h"
#include "server/core/nonces.h"
#include "server/core/shared.h"

enum { CANCEL_MOST = 1000 };

static enum err replace_transaction(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ReplaceTransactionRequest *in = vin;
	Ghostfleet__V1__ReplaceTransactionResponse *out = vout;
	struct intent i;

	TRY(transaction_named(t, in->name, &i));
	TRY(journal_wish(t, i.id, WISH_RAISE, in->urgent, in->reason, &i));
	return msg_transaction(t, &i, &out->transaction);
}

static bool has_nonce(const Ghostfleet__V1__CancelTransactionsRequest *in)
{
	return in->_nonce_case == GHOSTFLEET__V1__CANCEL_TRANSACTIONS_REQUEST___NONCE_NONCE;
}

/* Which of a wallet or an operation: those that are not final, the highest nonce first, so that
 * what never left is withdrawn from the top. */
static enum err chosen(struct turn *t, const Ghostfleet__V1__CancelTransactionsRequest *in,
		       struct intent **out, size_t *n_out)
{
	struct intent_filter f = { .states = 1u << TX_SIGNED | 1u << TX_UNKNOWN | 1u << TX_IN_POOL |
					     1u << TX_FEE_WAIT | 1u << TX_REVIEW };
	const char *name;
	struct wallet w;

	if (*in->operation)
		TRY(id_of(t, "operation", "operations", in->operation, &f.operation));
	if (*in->wallet) {
		TRY(name_of(t, "wallet", "wallets", in->wallet, &name));
		TRY(wallet_get(t, name, &w));
		f.wallet = w.id;
	}
	if (!has_nonce(in))
		return intent_list(t, &f, 0, CANCEL_MOST, out, n_out);
	*out = turn_array(t, 1, sizeof(**out));
	*n_out = 1;
	return intent_at_nonce(t, w.id, policy()->chain_id, in->nonce, *out);
}

static enum err check_choice(struct turn *t, const Ghostfleet__V1__CancelTransactionsRequest *in)
{
	if (!!*in->name + !!*in->operation + !!*in->wallet != 1)
		return fail(t, ERR_INVALID,
			    "name, operation, wallet: exactly one of them says "
			    "which transactions");
	if (has_nonce(in) && !*in->wallet)
		return fail(t, ERR_INVALID, "nonce: of which wallet?");
	return OK;
}

static enum err cancel_transactions(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__CancelTransactionsRequest *in = vin;
	Ghostfleet__V1__CancelTransactionsResponse *out = vout;
	struct intent *i;
	size_t n = 1;

	TRY(check_choice(t, in));
	if (*in->name) {
		i = turn_array(t, 1, sizeof(*i));
		TRY(transaction_named(t, in->name, i));
	} else {
		TRY(chosen(t, in, &i, &n));
	}
	out->transactions = turn_array(t, n + 1, sizeof(*out->transactions));
	for (size_t k = 0; k < n; k++) {
		TRY(journal_wish(t, i[k].id, WISH_CANCEL, false, in->reason, &i[k]));
		TRY(msg_transaction(t, &i[k], &out->transactions[out->n_transactions++]));
	}
	return OK;
}

static enum err resolve_transaction(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ResolveTransactionRequest *in = vin;
	Ghostfleet__V1__ResolveTransactionResponse *out = vout;
	enum resolution how = (enum resolution)in->resolution;
	struct intent i;

	if (how < RESOLVE_RESEND || how > RESOLVE_GIVE_UP)
		return fail(t, ERR_INVALID, "resolution: RESEND, CANCEL or GIVE_UP");
	TRY(transaction_named(t, in->name, &i));
	TRY(journal_resolve(t, i.id, how, in->reason, &i));
	return msg_transaction(t, &i, &out->transaction);
}

static enum err msg_nonces(struct turn *t, const struct nonces *n, Ghostfleet__V1__Nonces **out)
{
	Ghostfleet__V1__Nonces *m = msg_new(t, &ghostfleet__v1__nonces__descriptor);

	m->wallet = turn_printf(t, "wallets/%s", n->wallet.name);
	m->chain_nonce = n->wallet.account.nonce;
	m->next_nonce = n->next;
	m->observe_time = msg_time(t, n->wallet.account.seen_ms);
	m->live = turn_array(t, n->n_live + 1, sizeof(*m->live));
	for (size_t k = 0; k < n->n_live; k++)
		TRY(msg_transaction(t, &n->live[k], &m->live[m->n_live++]));
	m->problems = turn_array(t, n->n_problems + 1, sizeof(*m->problems));
	for (size_t k = 0; k < n->n_problems; k++)
		m->problems[m->n_problems++] = msg_text(t, n->problems[k]);
	*out = m;
	return OK;
}

static enum err get_nonces(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GetNoncesRequest *in = vin;
	Ghostfleet__V1__GetNoncesResponse *out = vout;
	struct nonces n;
	const char *name;

	TRY(name_of(t, "wallet", "wallets", in->wallet, &name));
	TRY(nonces_look(t, name, &n));
	return msg_nonces(t, &n, &out->nonces);
}

static enum err resync_nonces(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ResyncNoncesRequest *in = vin;
	Ghostfleet__V1__ResyncNoncesResponse *out = vout;
	struct nonces n;
	const char *name;

	TRY(name_of(t, "wallet", "wallets", in->wallet, &name));
	TRY(nonces_resync(t, name, in->reason, &n));
	return msg_nonces(t, &n, &out->nonces);
}

#define S "ghostfleet.v1.TransactionService"
const struct method transaction_rows[] = {
	{ S, "ReplaceTransaction", METHOD_WRITE, ROLE_TREASURER, METHOD_NEEDS_ID, 0,
	  replace_transaction, NULL },
	{ S, "CancelTransactions", METHOD_WRITE, ROLE_OPERATOR | ROLE_TREASURER, METHOD_URGENT, 0,
	  cancel_transactions, NULL },
	{ S, "ResolveTransaction", METHOD_WRITE, ROLE_TREASURER, METHOD_NEEDS_ID, 0,
	  resolve_transaction, NULL },
	{ S, "GetNonces", METHOD_READ, ANY_READER, 0, 0, get_nonces, NULL },
	{ S, "ResyncNonces", METHOD_WRITE, ROLE_OPERATOR | ROLE_TREASURER, 0, 0, resync_nonces,
	  NULL },
};
const size_t n_transaction_rows = sizeof(transaction_rows) / sizeof(transaction_rows[0]);
