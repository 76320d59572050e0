#include "server/core/ledger.h"

#include <string.h>

#include "server/core/journal.h"
#include "store/base/clock.h"
#include "store/base/wei.h"

enum { PAGE = 1000, DAY_CHARS = 10, DAY_MS = 86400000, SLOTS = 4096 };

/* One number for each group: lines are many, groups few. */
static int64_t group_of(const struct ledger_line *l, enum ledger_grouping by)
{
	switch (by) {
	case BY_PURPOSE:
		return l->purpose;
	case BY_DAY:
		return l->at_ms / DAY_MS;
	case BY_WALLET:
		return l->wallet;
	case BY_OPERATION:
		return l->operation;
	}
	return 0;
}

static const char *key_of(struct turn *t, const struct ledger_line *l, enum ledger_grouping by)
{
	char text[CLOCK_TEXT];

	switch (by) {
	case BY_PURPOSE:
		return purpose_name(l->purpose);
	case BY_DAY:
		clock_text(l->at_ms, text);
		return turn_printf(t, "%.*s", DAY_CHARS, text);
	case BY_WALLET:
		return turn_printf(t, "wallets/%s", l->wallet_name);
	case BY_OPERATION:
		return l->operation ? turn_printf(t, "operations/%lld", (long long)l->operation)
				    : "";
	}
	return "";
}

static void add(struct ledger_sum *s, const struct ledger_line *l)
{
	s->lines++;
	s->confirmed += l->state == TX_CONFIRMED;
	s->value = wei_add_sat(s->value, l->value);
	s->fee = wei_add_sat(s->fee, l->fee);
}

/* Open addressing: a slot holds a group's place and one. */
struct index {
	uint16_t slot[SLOTS];
	int64_t group[LEDGER_GROUPS];
};

static struct ledger_sum *find(struct turn *t, struct ledger_sums *all, struct index *x,
			       const struct ledger_line *l, enum ledger_grouping by)
{
	int64_t group = group_of(l, by);
	size_t at = (size_t)((uint64_t)group * UINT64_C(0x9e3779b97f4a7c15) >> 52);

	while (x->slot[at] && x->group[x->slot[at] - 1] != group)
		at = (at + 1) % SLOTS;
	if (x->slot[at])
		return &all->groups[x->slot[at] - 1];
	if (all->n == LEDGER_GROUPS) {
		all->truncated = true;
		return NULL;
	}
	x->group[all->n] = group;
	all->groups[all->n].key = key_of(t, l, by);
	x->slot[at] = (uint16_t)++all->n;
	return &all->groups[all->n - 1];
}

enum err ledger_add_up(struct turn *t, const struct ledger_filter *f, enum ledger_grouping by,
		       struct ledger_sums *out)
{
	struct index *x = turn_alloc(t, sizeof(*x));
	struct ledger_line *l;
	int64_t before = 0;
	size_t n = PAGE;

	memset(x, 0, sizeof(*x));
	*out = (struct ledger_sums){ .groups = turn_array(t, LEDGER_GROUPS, sizeof(*out->groups)),
				     .total = { .key = "" } };
	while (n == PAGE) {
		if (out->total.lines == LEDGER_LINES) {
			out->truncated = true;
			return OK;
		}
		TRY(ledger_list(t, f, before, PAGE, &l, &n));
		for (size_t k = 0; k < n; k++) {
			struct ledger_sum *s = find(t, out, x, &l[k], by);

			if (s)
				add(s, &l[k]);
			add(&out->total, &l[k]);
		}
		before = n ? l[n - 1].intent : 0;
	}
	return OK;
}
