#include <stdio.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/import.h"
#include "client/list.h"
#include "client/progress.h"
#include "client/wallet_row.h"
#include "store/base/turn.h"

enum { AT_ONCE = 1000, IMPORT_MS = 120000 };

static enum err send_part(struct turn *t, struct cli *c, const struct imports *all, size_t from,
			  size_t part, Ghostfleet__V1__ImportWalletsResponse **out)
{
	Ghostfleet__V1__ImportWalletsRequest q = GHOSTFLEET__V1__IMPORT_WALLETS_REQUEST__INIT;
	void *answer;

	q.wallets = all->wallet + from;
	q.n_wallets = all->n - from < AT_ONCE ? all->n - from : AT_ONCE;
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	/* One id for the run, one for each of its calls. */
	if (part > 0)
		q.request_id = turn_printf(t, "%s.%zu", q.request_id, part);
	TRY(cli_call_long(t, c, &ghostfleet__v1__wallet_service__descriptor, "ImportWallets", &q,
			  IMPORT_MS, &answer));
	*out = answer;
	return OK;
}

static enum err show_part(struct turn *t, struct cli *c, struct table *tb,
			  const Ghostfleet__V1__ImportWalletsResponse *r)
{
	enum err e;

	if (out_json(t, c, &r->base, &e))
		return e;
	for (size_t i = 0; i < r->n_wallets; i++)
		wallet_row(t, tb, r->wallets[i]);
	table_print(tb, stdout, "");
	return OK;
}

/* The error of a later call, and how far it came. */
static enum err broke_off(struct turn *t, enum err e, size_t done, size_t all)
{
	enum reason why = t->reason;

	e = fail(t, e, "the first %zu of %zu wallets are imported; then: %s", done, all,
		 turn_strdup(t, t->why));
	t->reason = why;
	return e;
}

enum err cmd_wallets_import(struct turn *t, struct cli *c)
{
	const char *path = c->args.word[0];
	struct progress bar = { .on = c->tty_err && c->format == FORMAT_TABLE };
	struct imports all;
	struct file f;

	TRY(file_read(t, path, IMPORT_FILE_MAX, &f));
	if (import_read(t, f.text, cli_has(c, OPT_ENABLE), &all) != OK)
		return usage(t, c, "%s: %s", path, t->why);
	if (all.keys > 0 && f.world_readable)
		return fail(t, ERR_REFUSED,
			    "everyone on this machine can read the keys in %s; do: chmod 600 %s",
			    path, path);
	struct table tb = table_new(t, wallet_heads);

	for (size_t from = 0, part = 0; from < all.n; from += AT_ONCE, part++) {
		Ghostfleet__V1__ImportWalletsResponse *r;

		progress_draw(t, &bar, (int64_t)from, (int64_t)all.n, "imported");
		enum err e = send_part(t, c, &all, from, part, &r);

		progress_clear(&bar);
		if (e != OK)
			return from ? broke_off(t, e, from, all.n) : e;
		TRY(show_part(t, c, &tb, r));
	}
	if (c->format == FORMAT_TABLE)
		(void)printf("%zu %s, %zu with a key\n", all.n,
			     cli_has(c, OPT_DRY_RUN) ? "would be imported; nothing was changed"
						     : "imported",
			     all.keys);
	return OK;
}
