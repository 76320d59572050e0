/* `ghostctl ledger`: values and fees of what is final, as lines or sums. */
#include <inttypes.h>

#include "client/commands.h"
#include "client/list.h"
#include "client/when.h"
#include "ghostfleet/v1/transaction.pb-c.h"
#include "store/base/clock.h"
#include "store/base/turn.h"

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__transaction_service__descriptor;

static const char *const heads[] = { "TX",     "WALLET", "OPERATION", "FOR",  "STATE", ">NONCE",
				     ">ETHER", ">FEE",   ">BLOCK",    "WHEN", "HASH",  NULL };

static const char *state_text(struct turn *t, const Ghostfleet__V1__LedgerLine *l)
{
	return enum_text(t, &ghostfleet__v1__transaction_state__descriptor, (int)l->state);
}

static void line_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__LedgerLine *l = item;

	table_row(tb, short_name(l->transaction), short_name(l->wallet), short_name(l->operation),
		  l->purpose, state_text(t, l), turn_printf(t, "%" PRIu64, l->nonce),
		  ether_short(t, l->value), ether_short(t, l->fee),
		  l->block ? turn_printf(t, "%" PRIu64, l->block) : "", age(t, l->final_time),
		  l->hash, NULL);
}

static const char *stamp(struct turn *t, const Google__Protobuf__Timestamp *at)
{
	char text[CLOCK_TEXT];

	clock_text(at ? at->seconds * 1000 : 0, text);
	return turn_strdup(t, text);
}

static void csv_lines(struct turn *t, const Ghostfleet__V1__ListLedgerResponse *r)
{
	for (size_t i = 0; i < r->n_lines; i++) {
		const Ghostfleet__V1__LedgerLine *l = r->lines[i];

		(void)printf("%s,%s,%s,%s,%s,%s,%" PRIu64 ",%" PRIu64 ",%s,%" PRIu64 ",%s,%s,%s\n",
			     stamp(t, l->final_time), clean(t, short_name(l->transaction)),
			     clean(t, short_name(l->wallet)), clean(t, short_name(l->operation)),
			     clean(t, l->purpose), state_text(t, l), l->chain_id, l->nonce,
			     clean(t, l->hash), l->block, clean(t, l->to), clean(t, l->value),
			     clean(t, l->fee));
	}
}

static enum err csv(struct turn *t, struct cli *c, Ghostfleet__V1__ListLedgerRequest *q)
{
	const Ghostfleet__V1__ListLedgerResponse *r;
	void *answer;

	q->page_size = 1000;
	(void)puts("final_time,transaction,wallet,operation,purpose,state,chain_id,nonce,hash,"
		   "block,to,value_wei,fee_wei");
	do {
		TRY(cli_call(t, c, service, "ListLedger", q, &answer));
		r = answer;
		csv_lines(t, r);
		q->page_token = r->next_page_token;
	} while (*q->page_token);
	return OK;
}

static enum err lines(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ListLedgerRequest q = GHOSTFLEET__V1__LIST_LEDGER_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "ListLedger",
		.request = &q,
		.page_token = &q.page_token,
		.page_size = &q.page_size,
		.heads = heads,
		.row = line_row,
		.none = "the ledger has no such lines",
	};

	if (cli_has(c, OPT_WALLET))
		q.wallet = resource(t, "wallets", c->args.opt[OPT_WALLET]);
	if (cli_has(c, OPT_OPERATION))
		q.operation = resource(t, "operations", c->args.opt[OPT_OPERATION]);
	TRY(when_past(t, c, OPT_SINCE, &q.start_time));
	TRY(when_past(t, c, OPT_UNTIL, &q.end_time));
	return cli_has(c, OPT_CSV) ? csv(t, c, &q) : list_show(t, c, &l);
}

static void show(struct turn *t, const struct cli *c, const Ghostfleet__V1__GetLedgerResponse *r)
{
	static const char *const sum_heads[] = { "",       ">TRANSACTIONS", ">CONFIRMED",
						 ">ETHER", ">FEE",          NULL };
	struct table tb = table_new(t, sum_heads);
	bool plain = cli_has(c, OPT_CSV);

	if (plain)
		(void)puts("key,transactions,confirmed,value_wei,fee_wei");
	for (size_t i = 0; i <= r->n_sums; i++) {
		const Ghostfleet__V1__LedgerSum *s = i < r->n_sums ? r->sums[i] : r->total;
		const char *key = i < r->n_sums ? short_name(s->key) : "total";

		if (!s)
			continue;
		if (plain)
			(void)printf("%s,%" PRId64 ",%" PRId64 ",%s,%s\n", clean(t, key),
				     s->transactions, s->confirmed, clean(t, s->value),
				     clean(t, s->fee));
		else
			table_row(&tb, *key ? key : "(none)",
				  turn_printf(t, "%" PRId64, s->transactions),
				  turn_printf(t, "%" PRId64, s->confirmed),
				  ether_short(t, s->value), ether_short(t, s->fee), NULL);
	}
	if (!plain)
		table_print(&tb, stdout, "");
	if (r->truncated)
		(void)fprintf(stderr, "there is more than was summed: ask for less with --since\n");
}

static enum err sums(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__GetLedgerRequest q = GHOSTFLEET__V1__GET_LEDGER_REQUEST__INIT;
	void *answer;
	enum err e;
	int by;

	if (enum_read(t, &ghostfleet__v1__ledger_grouping__descriptor, c->args.opt[OPT_BY], &by) !=
	    OK)
		return usage(t, c, "%s", t->why);
	q.grouping = (Ghostfleet__V1__LedgerGrouping)by;
	if (cli_has(c, OPT_WALLET))
		q.wallet = resource(t, "wallets", c->args.opt[OPT_WALLET]);
	if (cli_has(c, OPT_OPERATION))
		q.operation = resource(t, "operations", c->args.opt[OPT_OPERATION]);
	TRY(when_past(t, c, OPT_SINCE, &q.start_time));
	TRY(when_past(t, c, OPT_UNTIL, &q.end_time));
	TRY(cli_call(t, c, service, "GetLedger", &q, &answer));
	const Ghostfleet__V1__GetLedgerResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	show(t, c, r);
	return OK;
}

enum err cmd_ledger(struct turn *t, struct cli *c)
{
	return cli_has(c, OPT_BY) ? sums(t, c) : lines(t, c);
}
