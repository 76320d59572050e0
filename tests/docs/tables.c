/* docs/reference/errors.md, metrics.md and states.md. */
#include <string.h>

#include "client/cli.h"
#include "server/core/classify.h"
#include "server/core/journal.h"
#include "server/door/http_inside.h"
#include "server/door/http_rpc.h"
#include "server/ops/metrics.h"
#include "tests/docs/pages.h"
#include "tests/support/page.h"

static const char *grpc_name(int code)
{
	static const char *const names[] = {
		"OK",
		"CANCELLED",
		"UNKNOWN",
		"INVALID_ARGUMENT",
		"DEADLINE_EXCEEDED",
		"NOT_FOUND",
		"ALREADY_EXISTS",
		"PERMISSION_DENIED",
		"RESOURCE_EXHAUSTED",
		"FAILED_PRECONDITION",
		"ABORTED",
		"OUT_OF_RANGE",
		"UNIMPLEMENTED",
		"INTERNAL",
		"UNAVAILABLE",
		"DATA_LOSS",
		"UNAUTHENTICATED",
	};

	return names[code];
}

static void put_errors(struct buf *out)
{
	buf_str(out, "## Codes\n\n| gRPC | by HTTP | `ghostctl` exits | in the log | |\n"
		     "|---|---|---|---|---|\n");
	for (int e = ERR_INVALID; e < ERR_COUNT; e++) {
		buf_printf(out, "| `%s` | %d `%s` | %d | `%s` | ", grpc_name(err_grpc((enum err)e)),
			   rpc_status((enum err)e), http_code((enum err)e), err_exit((enum err)e),
			   err_name((enum err)e));
		page_cell(out, err_meaning((enum err)e));
		buf_str(out, " |\n");
	}
}

static void put_reasons(struct buf *out)
{
	buf_str(out, "\n## Reasons\n\n| reason | gRPC | what it tells a program | a retry |\n"
		     "|---|---|---|---|\n");
	for (int r = REASON_NONE + 1; r < REASON_COUNT; r++) {
		buf_printf(out, "| `%s` | `%s` | ", reason_name((enum reason)r),
			   grpc_name(err_grpc(reason_err((enum reason)r))));
		page_cell(out, reason_meaning((enum reason)r));
		buf_str(out, " | ");
		page_cell(out, retry_meaning(reason_retry((enum reason)r)));
		buf_str(out, " |\n");
	}
}

void page_errors(struct turn *t, struct buf *out)
{
	static const struct {
		int code;
		const char *means;
	} exits[] = {
#define X(name, code, means) { code, means },
		CLI_EXIT_TABLE(X)
#undef X
	};

	(void)t;
	buf_str(out, "# Errors\n"
		     "\n"
		     "Every error is one line for a person and, for a program, a code and a "
		     "reason: by gRPC as\n"
		     "`google.rpc.Status` with `google.rpc.ErrorInfo` (domain `ghostfleet.v1`), by "
		     "HTTP in the error\n"
		     "object of the Connect protocol with the same details, from `ghostctl` as its "
		     "exit code and\n"
		     "`[REASON]` at the end of the line. Where waiting helps, "
		     "`google.rpc.RetryInfo` says how long.\n"
		     "A reason is never renamed.\n"
		     "\n"
		     "Made from `store/base/err.h` and `client/cli.h`; a test compares.\n"
		     "\n");
	put_errors(out);
	put_reasons(out);
	buf_str(out, "\n## Exit codes of ghostctl\n\n| code | |\n|---|---|\n");
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		buf_printf(out, "| %d | ", exits[i].code);
		page_cell(out, exits[i].means);
		buf_str(out, " |\n");
	}
}

void page_metrics(struct turn *t, struct buf *out)
{
	static const struct {
		const char *name, *kind, *label1, *label2, *also, *help;
	} families[] = {
#define M(id, name, kind, source, label1, label2, also, help)                                      \
	{ name, #kind, label1, label2, also, help },
#include "server/ops/metrics.def"
#undef M
	};

	(void)t;
	buf_str(out, "# Metrics\n"
		     "\n"
		     "`GET /metrics` on the HTTP door, in Prometheus' text format. A name in the "
		     "last column is\n"
		     "the same family under the name that the runbooks use.\n"
		     "\n"
		     "Made from `server/ops/metrics.def`; a test compares.\n"
		     "\n"
		     "| name | kind | labels | | also |\n|---|---|---|---|---|\n");
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		buf_printf(out, "| `%s` | ", families[i].name);
		for (const char *s = families[i].kind; *s; s++)
			buf_char(out, (char)(*s - 'A' + 'a'));
		buf_printf(out, " | %s%s%s | ", families[i].label1 ? families[i].label1 : "",
			   families[i].label2 ? ", " : "",
			   families[i].label2 ? families[i].label2 : "");
		page_cell(out, families[i].help);
		buf_printf(out, " | %s |\n", families[i].also ? families[i].also : "");
	}
}

static const char *word(const char *name)
{
	static char words[8][40];
	static unsigned next;
	char *w = words[next++ % 8];
	size_t n = 0;

	for (; name[n] && n < sizeof(words[0]) - 1; n++)
		w[n] = name[n] == '-' ? '_' : name[n];
	w[n] = 0;
	return w;
}

void page_states(struct turn *t, struct buf *out)
{
	(void)t;
	buf_str(out, "# The states of a transaction\n"
		     "\n"
		     "What one intent goes through, from its plan to what cannot change any more. "
		     "The number is\n"
		     "what the store keeps. `ghostctl tx explain` says where one is, and why.\n"
		     "\n"
		     "Made from `server/core/journal_states.c`; a test compares.\n"
		     "\n"
		     "```mermaid\nstateDiagram-v2\n");
	for (int s = TX_PLANNED; s <= TX_STATE_LAST; s++)
		for (int to = TX_PLANNED; to <= TX_STATE_LAST; to++)
			if (tx_may_move((enum tx_state)s, (enum tx_state)to))
				buf_printf(out, "  %s --> %s\n",
					   word(tx_state_name((enum tx_state)s)),
					   word(tx_state_name((enum tx_state)to)));
	for (int s = TX_PLANNED; s <= TX_STATE_LAST; s++) {
		if (tx_is_final((enum tx_state)s))
			buf_printf(out, "  %s --> [*]\n", word(tx_state_name((enum tx_state)s)));
		if (tx_may_go_back((enum tx_state)s))
			buf_printf(out, "  %s --> unknown: undone\n",
				   word(tx_state_name((enum tx_state)s)));
	}
	buf_str(out,
		"```\n\n"
		"`undone`: the chain took back what was deep enough, or what was given up "
		"can happen, or has:\n"
		"the books are corrected, and the truth is waited for. `planned` and `prepared` "
		"are passed in the\n"
		"commit that signs, `blocked` and `skipped-dust` are states of a step "
		"(`docs/decisions/0012-a-transaction-begins-with-its-signature.md`).\n"
		"\n| state | on disk | goes to |\n|---|---|---|\n");
	for (int s = TX_PLANNED; s <= TX_STATE_LAST; s++) {
		bool any = false;

		buf_printf(out, "| `%s` | %d | ", tx_state_name((enum tx_state)s), s);
		for (int to = TX_PLANNED; to <= TX_STATE_LAST; to++)
			if (tx_may_move((enum tx_state)s, (enum tx_state)to)) {
				buf_printf(out, "%s`%s`", any ? ", " : "",
					   tx_state_name((enum tx_state)to));
				any = true;
			}
		buf_printf(out, "%s |\n", any ? "" : "final");
	}
	buf_str(out, "\nA transaction may be signed more than once on its nonce, with a higher fee "
		     "or as a cancel; of these\n"
		     "attempts one happens. Each has a state of its own:\n"
		     "\n| attempt | goes to |\n|---|---|\n");
	for (int s = TX_SIGNED; s <= TX_STATE_LAST; s++) {
		bool any = false;

		for (int to = TX_PLANNED; to <= TX_STATE_LAST; to++)
			if (attempt_may_move((enum tx_state)s, (enum tx_state)to)) {
				if (!any)
					buf_printf(out, "| `%s` | ",
						   tx_state_name((enum tx_state)s));
				buf_printf(out, "%s`%s`", any ? ", " : "",
					   tx_state_name((enum tx_state)to));
				any = true;
			}
		if (any)
			buf_str(out, " |\n");
	}
	buf_str(out, "| `confirmed`, `reverted`, `superseded` | final |\n");
}

void page_node_answers(struct turn *t, struct buf *out)
{
	size_t n;
	const struct node_answer *a = node_answers(&n);

	(void)t;
	buf_str(out,
		"# What nodes say when they refuse a transaction\n"
		"\n"
		"And what it is taken to mean: the first row whose words are contained in the "
		"message counts,\n"
		"whatever their case. A revert (code 3, or a message that begins with \"execution "
		"reverted\") is told\n"
		"before, as a contract may write into it what it likes. The same bytes are sent "
		"again after each of\n"
		"these, but `known`, which is a success, and `invalid` on a first send, which a "
		"person must look at.\n"
		"\n"
		"A node of yours says it otherwise? `[chain] answers = [\"nonce-low: slot is "
		"taken\"]` is asked before\n"
		"this table; `ghost-fleet validate` checks it.\n"
		"\n"
		"Made from `server/core/node_answers.def`; a test compares.\n"
		"\n| words | meaning | whose matter | who says it |\n|---|---|---|---|\n");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "| %s | `%s` | %s | %s |\n", a[i].words, said_name(a[i].said),
			   owner_name(a[i].owner), a[i].who);
}
