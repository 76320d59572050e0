/* server/core/ledger.h - what was moved and what it cost, summed. Reading only. */
#ifndef SERVER_CORE_LEDGER_H
#define SERVER_CORE_LEDGER_H

#include "store/ledger.h"

/* The same numbers as the contract's LedgerGrouping. */
enum ledger_grouping { BY_PURPOSE = 1, BY_DAY = 2, BY_WALLET = 3, BY_OPERATION = 4 };

enum { LEDGER_GROUPS = 1000, LEDGER_LINES = 100000 };

struct ledger_sum {
	const char *key; /* "sweep", "2026-11-22", "wallets/w", "operations/17"; "" */
	int64_t lines, confirmed;
	struct wei value, fee;
};

struct ledger_sums {
	struct ledger_sum *groups; /* in the order of their newest lines */
	size_t n;
	struct ledger_sum total;
	bool truncated; /* there is more than LEDGER_LINES lines or LEDGER_GROUPS groups */
};

enum err ledger_add_up(struct turn *t, const struct ledger_filter *f, enum ledger_grouping by,
		       struct ledger_sums *out) MUST_USE;

#endif
