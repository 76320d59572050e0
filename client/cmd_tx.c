#include <inttypes.h>
#include <string.h>

#include "client/commands.h"
#include "client/list.h"
#include "client/tx.h"
#include "ghostfleet/v1/funding.pb-c.h"
#include "store/base/turn.h"

static void tx_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Transaction *x = item;
	const Ghostfleet__V1__Attempt *last =
		x->n_attempts > 0 ? x->attempts[x->n_attempts - 1] : NULL;
	const char *text = *x->text || !last ? x->text : last->said;

	table_row(tb, short_name(x->name), short_name(x->wallet), x->purpose,
		  enum_text(t, &ghostfleet__v1__transaction_state__descriptor, (int)x->state),
		  turn_printf(t, "%" PRIu64, x->nonce), ether_short(t, x->value),
		  *x->fee_paid ? ether_short(t, x->fee_paid) : "",
		  x->block ? turn_printf(t, "%" PRIu64, x->block) : "", age(t, x->create_time),
		  last ? last->hash : "", text, NULL);
}

enum err cmd_tx_list(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "TX",   "WALLET", "FOR", "STATE", ">NONCE", ">ETHER",
					     ">FEE", ">BLOCK", "AGE", "HASH",  "TEXT",   NULL };
	Ghostfleet__V1__ListTransactionsRequest q = GHOSTFLEET__V1__LIST_TRANSACTIONS_REQUEST__INIT;
	size_t n = 0;

	if (cli_has(c, OPT_WALLET))
		q.wallet = resource(t, "wallets", c->args.opt[OPT_WALLET]);
	if (cli_has(c, OPT_OPERATION))
		q.operation = resource(t, "operations", c->args.opt[OPT_OPERATION]);
	if (cli_has(c, OPT_STATE)) {
		char **said = args_split(t, c->args.opt[OPT_STATE], &n);

		q.states = turn_array(t, n + 1, sizeof(*q.states));
		for (size_t i = 0; i < n; i++) {
			int v;

			if (enum_read(t, &ghostfleet__v1__transaction_state__descriptor, said[i],
				      &v) != OK)
				return usage(t, c, "%s", t->why);
			q.states[i] = (Ghostfleet__V1__TransactionState)v;
		}
		q.n_states = n;
	}
	struct list l = {
		.service = &ghostfleet__v1__funding_service__descriptor,
		.method = "ListTransactions",
		.request = &q,
		.page_token = &q.page_token,
		.page_size = &q.page_size,
		.heads = heads,
		.row = tx_row,
		.none = "no such transactions",
	};

	return list_show(t, c, &l);
}

static enum err explain(struct turn *t, struct cli *c, char *name)
{
	Ghostfleet__V1__ExplainTransactionRequest q =
		GHOSTFLEET__V1__EXPLAIN_TRANSACTION_REQUEST__INIT;
	const Ghostfleet__V1__ExplainTransactionResponse *r;
	void *answer;
	enum err e;

	q.name = name;
	TRY(cli_call(t, c, &ghostfleet__v1__funding_service__descriptor, "ExplainTransaction", &q,
		     &answer));
	if (out_json(t, c, (const ProtobufCMessage *)answer, &e))
		return e;
	r = answer;
	for (size_t i = 0; i < r->n_lines; i++)
		(void)printf("%s\n", clean(t, r->lines[i]));
	return OK;
}

enum err cmd_tx_explain(struct turn *t, struct cli *c)
{
	const Ghostfleet__V1__ListTransactionsResponse *all;
	char *name;

	if (!cli_has(c, OPT_OPERATION)) {
		TRY(tx_chosen(t, c, &name));
		return explain(t, c, name);
	}
	TRY(tx_of_operation(t, c, &all));
	for (size_t i = all->n_transactions; i > 0; i--) {
		TRY(explain(t, c, all->transactions[i - 1]->name));
		(void)printf("%s", i > 1 ? "\n" : "");
	}
	if (all->n_transactions == 0)
		(void)printf("nothing of it is open: see `ghostctl tx list --operation`\n");
	return OK;
}
