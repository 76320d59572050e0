/* What a person does about a transaction, and about a wallet's nonces. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/commands.h"
#include "client/out.h"
#include "client/tx.h"
#include "ghostfleet/v1/transaction.pb-c.h"
#include "store/base/turn.h"

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__transaction_service__descriptor;

enum { NONCE_DIGITS = 18, OPERATION_MOST = 200 };

/* A number of `ghostctl tx list`, or a hash. */
static char *transaction(struct turn *t, const char *said)
{
	return strncmp(said, "0x", 2) == 0 ? turn_strdup(t, said)
					   : resource(t, "transactions", said);
}

static void say(struct turn *t, const struct cli *c, const Ghostfleet__V1__Transaction *x)
{
	(void)printf("transaction %s: %s%s%s%s\n", clean(t, short_name(x->name)),
		     enum_text(t, &ghostfleet__v1__transaction_state__descriptor, (int)x->state),
		     *x->text ? ", " : "", clean(t, x->text),
		     cli_has(c, OPT_DRY_RUN) ? " (nothing was changed)" : "");
}

enum err tx_chosen(struct turn *t, struct cli *c, char **name_out)
{
	const char *wallet = c->args.n_words > 0 ? c->args.word[0] : c->args.opt[OPT_WALLET];
	const char *nonce = c->args.opt[OPT_NONCE];

	if (!wallet)
		return usage(t, c, "which one? TX, WALLET --nonce N, or --operation ID");
	if (!nonce && c->args.n_words == 0)
		return usage(t, c, "--nonce: which of the wallet's?");
	if (!nonce && !strchr("0123456789", wallet[0]) && strncmp(wallet, "transactions/", 13) != 0)
		return usage(
			t, c,
			"'%s' is no transaction: write its number or its hash, or a wallet and "
			"--nonce N",
			wallet);
	*name_out = nonce ? turn_printf(t, "%s/nonces/%s", resource(t, "wallets", wallet), nonce)
			  : transaction(t, wallet);
	return OK;
}

enum err tx_of_operation(struct turn *t, struct cli *c,
			 const Ghostfleet__V1__ListTransactionsResponse **out)
{
	static Ghostfleet__V1__TransactionState open[] = {
		GHOSTFLEET__V1__TRANSACTION_STATE__TRANSACTION_STATE_SIGNED,
		GHOSTFLEET__V1__TRANSACTION_STATE__TRANSACTION_STATE_UNKNOWN,
		GHOSTFLEET__V1__TRANSACTION_STATE__TRANSACTION_STATE_IN_POOL,
		GHOSTFLEET__V1__TRANSACTION_STATE__TRANSACTION_STATE_FEE_WAIT,
		GHOSTFLEET__V1__TRANSACTION_STATE__TRANSACTION_STATE_REVIEW,
	};
	Ghostfleet__V1__ListTransactionsRequest q = GHOSTFLEET__V1__LIST_TRANSACTIONS_REQUEST__INIT;
	void *answer;

	q.operation = resource(t, "operations", c->args.opt[OPT_OPERATION]);
	q.states = open;
	q.n_states = sizeof(open) / sizeof(open[0]);
	q.page_size = OPERATION_MOST;
	TRY(cli_call(t, c, &ghostfleet__v1__funding_service__descriptor, "ListTransactions", &q,
		     &answer));
	*out = answer;
	return OK;
}

/* Each in its turn: those that need no higher fee say so, and stop no other. */
static enum err replace_operation(struct turn *t, struct cli *c)
{
	const Ghostfleet__V1__ListTransactionsResponse *all;
	const char *id = cli_request_id(t, c);
	void *answer;
	enum err e = OK;

	TRY(tx_of_operation(t, c, &all));
	for (size_t i = all->n_transactions; i > 0; i--) {
		const Ghostfleet__V1__Transaction *x = all->transactions[i - 1];
		Ghostfleet__V1__ReplaceTransactionRequest q =
			GHOSTFLEET__V1__REPLACE_TRANSACTION_REQUEST__INIT;

		q.name = x->name;
		q.urgent = cli_has(c, OPT_URGENT);
		q.reason = cli_opt(t, c, OPT_REASON);
		q.validate_only = cli_has(c, OPT_DRY_RUN);
		q.request_id = turn_printf(t, "%.100s-%s", id, short_name(x->name));
		e = cli_call(t, c, service, "ReplaceTransaction", &q, &answer);
		if (e != OK && e != ERR_REFUSED)
			return e;
		const Ghostfleet__V1__ReplaceTransactionResponse *r = e == OK ? answer : NULL;

		if (r && r->transaction)
			say(t, c, r->transaction);
		else
			(void)printf("transaction %s: %s\n", clean(t, short_name(x->name)),
				     clean(t, t->why));
	}
	if (all->n_transactions == 0)
		(void)printf("nothing of it is open\n");
	return OK;
}

enum err cmd_tx_replace(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ReplaceTransactionRequest q =
		GHOSTFLEET__V1__REPLACE_TRANSACTION_REQUEST__INIT;
	void *answer;
	enum err e;

	if (cli_has(c, OPT_OPERATION))
		return replace_operation(t, c);
	TRY(tx_chosen(t, c, &q.name));
	q.urgent = cli_has(c, OPT_URGENT);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "ReplaceTransaction", &q, &answer));
	const Ghostfleet__V1__ReplaceTransactionResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (r->transaction)
		say(t, c, r->transaction);
	return OK;
}

static enum err which(struct turn *t, struct cli *c, Ghostfleet__V1__CancelTransactionsRequest *q)
{
	bool of_nonce = c->args.n_words > 0 && cli_has(c, OPT_NONCE);

	if (of_nonce)
		q->wallet = resource(t, "wallets", c->args.word[0]);
	else if (c->args.n_words > 0)
		q->name = transaction(t, c->args.word[0]);
	if (cli_has(c, OPT_OPERATION))
		q->operation = resource(t, "operations", c->args.opt[OPT_OPERATION]);
	if (cli_has(c, OPT_WALLET) && !of_nonce)
		q->wallet = resource(t, "wallets", c->args.opt[OPT_WALLET]);
	if (!cli_has(c, OPT_NONCE))
		return OK;
	const char *said = c->args.opt[OPT_NONCE];

	if (!*said || said[strspn(said, "0123456789")] || strlen(said) > NONCE_DIGITS)
		return usage(t, c, "--nonce: '%s' is not a nonce", said);
	q->_nonce_case = GHOSTFLEET__V1__CANCEL_TRANSACTIONS_REQUEST___NONCE_NONCE;
	q->nonce = strtoull(said, NULL, 10);
	return OK;
}

enum err cmd_tx_cancel(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__CancelTransactionsRequest q =
		GHOSTFLEET__V1__CANCEL_TRANSACTIONS_REQUEST__INIT;
	void *answer;
	enum err e;

	TRY(which(t, c, &q));
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "CancelTransactions", &q, &answer));
	const Ghostfleet__V1__CancelTransactionsResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	for (size_t i = 0; i < r->n_transactions; i++)
		say(t, c, r->transactions[i]);
	if (r->n_transactions == 0)
		(void)printf("nothing of it is open\n");
	return OK;
}

enum err cmd_tx_resolve(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ResolveTransactionRequest q =
		GHOSTFLEET__V1__RESOLVE_TRANSACTION_REQUEST__INIT;
	void *answer;
	enum err e;
	int how;

	if (enum_read(t, &ghostfleet__v1__resolution__descriptor, c->args.word[1], &how) != OK)
		return usage(t, c, "%s", t->why);
	q.name = transaction(t, c->args.word[0]);
	q.resolution = (Ghostfleet__V1__Resolution)how;
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "ResolveTransaction", &q, &answer));
	const Ghostfleet__V1__ResolveTransactionResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (r->transaction)
		say(t, c, r->transaction);
	return OK;
}

static void show(struct turn *t, const struct cli *c, const Ghostfleet__V1__Nonces *n)
{
	(void)printf("%s: the chain expects nonce %" PRIu64 " (heard %s), we sign %" PRIu64
		     " next; %zu open\n",
		     clean(t, short_name(n->wallet)), n->chain_nonce, age(t, n->observe_time),
		     n->next_nonce, n->n_live);
	for (size_t i = 0; i < n->n_live; i++) {
		(void)printf("%" PRIu64 "\t", n->live[i]->nonce);
		say(t, c, n->live[i]);
	}
	for (size_t i = 0; i < n->n_problems; i++)
		(void)printf("! %s\n", clean(t, n->problems[i]));
}

enum err cmd_tx_nonces(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__GetNoncesRequest q = GHOSTFLEET__V1__GET_NONCES_REQUEST__INIT;
	void *answer;
	enum err e;

	q.wallet = resource(t, "wallets", c->args.word[0]);
	TRY(cli_call(t, c, service, "GetNonces", &q, &answer));
	const Ghostfleet__V1__GetNoncesResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (r->nonces)
		show(t, c, r->nonces);
	return OK;
}

enum err cmd_tx_resync(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ResyncNoncesRequest q = GHOSTFLEET__V1__RESYNC_NONCES_REQUEST__INIT;
	void *answer;
	enum err e;

	q.wallet = resource(t, "wallets", c->args.word[0]);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "ResyncNonces", &q, &answer));
	const Ghostfleet__V1__ResyncNoncesResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (r->nonces)
		show(t, c, r->nonces);
	return OK;
}
