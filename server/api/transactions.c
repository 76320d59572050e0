/* ghostfleet.v1.TransactionService */
#include "ghostfleet/v1/transaction.pb-c.h"

#include "server/api/convert.h"
#include "server/api/rows.h"
#include "server/core/journal.h"
#include "server/core/ledger.h"
#include "server/core/nonces.h"
#include "server/core/shared.h"
#include "server/eth/addr.h"

enum { CANCEL_MOST = 1000, PAGE = 100, PAGE_MOST = 1000 };

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

/* ---- the ledger ---- */

static enum err ledger_filter_of(struct turn *t, const char *wallet, const char *operation,
				 const Google__Protobuf__Timestamp *from,
				 const Google__Protobuf__Timestamp *to, struct ledger_filter *out)
{
	const char *name;
	struct wallet w;

	*out = (struct ledger_filter){ 0 };
	TRY(time_of(t, "start_time", from, &out->from_ms));
	TRY(time_of(t, "end_time", to, &out->to_ms));
	if (*operation)
		TRY(id_of(t, "operation", "operations", operation, &out->operation));
	if (!*wallet)
		return OK;
	TRY(name_of(t, "wallet", "wallets", wallet, &name));
	TRY(wallet_get(t, name, &w));
	out->wallet = w.id;
	return OK;
}

static const char *operation_text(struct turn *t, int64_t id)
{
	return id ? turn_printf(t, "operations/%lld", (long long)id) : "";
}

static Ghostfleet__V1__LedgerLine *msg_line(struct turn *t, const struct ledger_line *l)
{
	Ghostfleet__V1__LedgerLine *m = msg_new(t, &ghostfleet__v1__ledger_line__descriptor);

	m->transaction = turn_printf(t, "transactions/%lld", (long long)l->intent);
	m->wallet = turn_printf(t, "wallets/%s", l->wallet_name);
	m->operation = msg_text(t, operation_text(t, l->operation));
	m->purpose = msg_text(t, purpose_name(l->purpose));
	m->state = (Ghostfleet__V1__TransactionState)l->state;
	m->chain_id = l->chain_id;
	m->nonce = l->nonce;
	if (l->has_hash)
		m->hash = msg_text(t, hash_str(t, l->hash));
	m->block = l->block;
	m->to = msg_text(t, addr_str(t, l->dest));
	m->value = msg_wei(t, l->value);
	m->fee = msg_wei(t, l->fee);
	m->final_time = msg_time(t, l->at_ms);
	return m;
}

static enum err list_ledger(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__ListLedgerRequest *in = vin;
	Ghostfleet__V1__ListLedgerResponse *out = vout;
	struct ledger_filter f;
	struct ledger_line *l;
	size_t limit, n;
	int64_t before;

	TRY(page_of(t, in->page_size, in->page_token, PAGE, PAGE_MOST, &limit, &before));
	TRY(ledger_filter_of(t, in->wallet, in->operation, in->start_time, in->end_time, &f));
	TRY(ledger_list(t, &f, before, limit, &l, &n));
	out->lines = turn_array(t, n + 1, sizeof(*out->lines));
	for (size_t k = 0; k < n; k++)
		out->lines[out->n_lines++] = msg_line(t, &l[k]);
	if (n == limit && n > 0)
		out->next_page_token = page_next(t, l[n - 1].intent);
	return OK;
}

static Ghostfleet__V1__LedgerSum *msg_sum(struct turn *t, const struct ledger_sum *s)
{
	Ghostfleet__V1__LedgerSum *m = msg_new(t, &ghostfleet__v1__ledger_sum__descriptor);

	m->key = msg_text(t, s->key);
	m->transactions = s->lines;
	m->confirmed = s->confirmed;
	m->value = msg_wei(t, s->value);
	m->fee = msg_wei(t, s->fee);
	return m;
}

static enum err get_ledger(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__GetLedgerRequest *in = vin;
	Ghostfleet__V1__GetLedgerResponse *out = vout;
	enum ledger_grouping by = in->grouping ? (enum ledger_grouping)in->grouping : BY_PURPOSE;
	struct ledger_filter f;
	struct ledger_sums all;

	if (by < BY_PURPOSE || by > BY_OPERATION)
		return fail(t, ERR_INVALID, "grouping: PURPOSE, DAY, WALLET or OPERATION");
	TRY(ledger_filter_of(t, in->wallet, in->operation, in->start_time, in->end_time, &f));
	TRY(ledger_add_up(t, &f, by, &all));
	out->sums = turn_array(t, all.n + 1, sizeof(*out->sums));
	for (size_t k = 0; k < all.n; k++)
		out->sums[out->n_sums++] = msg_sum(t, &all.groups[k]);
	out->total = msg_sum(t, &all.total);
	out->truncated = all.truncated;
	return OK;
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
	{ S, "ListLedger", METHOD_READ, ANY_READER, 0, 0, list_ledger, NULL },
	{ S, "GetLedger", METHOD_READ, ANY_READER, 0, 0, get_ledger, NULL },
};
const size_t n_transaction_rows = sizeof(transaction_rows) / sizeof(transaction_rows[0]);
