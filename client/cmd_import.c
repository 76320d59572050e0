#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/import.h"
#include "client/list.h"
#include "client/passphrase.h"
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

static enum err readable_by_all(struct turn *t, const char *path)
{
	return fail(t, ERR_REFUSED,
		    "everyone on this machine can read the keys in %s; do: chmod 600 %s", path,
		    path);
}

static enum err import_table(struct turn *t, struct cli *c, const char *path, struct file *f)
{
	struct progress bar = { .on = c->tty_err && c->format == FORMAT_TABLE };
	struct imports all;

	if (import_read(t, f->text, cli_has(c, OPT_ENABLE), &all) != OK)
		return usage(t, c, "%s: %s", path, t->why);
	if (all.keys > 0 && f->world_readable)
		return readable_by_all(t, path);
	for (size_t i = 0; i < all.n; i++)
		if (!*all.wallet[i]->profile)
			all.wallet[i]->profile = cli_opt(t, c, OPT_PROFILE);
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

/* ---- key files, one call each ---- */

struct key_files {
	char *passphrase; /* asked for once */
	struct table table;
	size_t done, failed;
};

static enum err send_key_file(struct turn *t, struct cli *c, const char *path, struct key_files *k,
			      const struct file *f)
{
	Ghostfleet__V1__ImportWalletsRequest q = GHOSTFLEET__V1__IMPORT_WALLETS_REQUEST__INIT;
	Ghostfleet__V1__ImportedWallet w = GHOSTFLEET__V1__IMPORTED_WALLET__INIT, *list[] = { &w };
	void *answer;

	w.keystore = f->text;
	w.passphrase = k->passphrase;
	w.source = turn_strdup(t, path);
	w.profile = cli_opt(t, c, OPT_PROFILE);
	w.enabled = cli_has(c, OPT_ENABLE);
	q.wallets = list;
	q.n_wallets = 1;
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	/* One id for the run, one for each of its calls. */
	q.request_id = turn_printf(t, "%s.%zu", cli_request_id(t, c), k->done + k->failed);
	TRY(cli_call_long(t, c, &ghostfleet__v1__wallet_service__descriptor, "ImportWallets", &q,
			  IMPORT_MS, &answer));
	return show_part(t, c, &k->table, answer);
}

static enum err one_key_file(struct turn *t, struct cli *c, const char *path, struct key_files *k)
{
	struct file f;

	TRY(file_read(t, path, IMPORT_FILE_MAX, &f));
	if (f.world_readable)
		return readable_by_all(t, path);
	if (*f.text != '{')
		return fail(t, ERR_INVALID,
			    "%s: not a key file (it does not begin with {); a CSV or TOML file is "
			    "imported alone",
			    path);
	if (!k->passphrase)
		TRY(passphrase_get(t, c, "the passphrase of the key files", false, &k->passphrase));
	return send_key_file(t, c, path, k, &f);
}

/* What is wrong with one file is its own: it is said, and the others come in. */
static enum err import_key_files(struct turn *t, struct cli *c)
{
	struct key_files k = { .table = table_new(t, wallet_heads) };

	for (size_t i = 0; i < c->args.n_words; i++) {
		enum err e = one_key_file(t, c, c->args.word[i], &k);

		/* Nobody there, nobody who may: it is not the file's fault. */
		if (e == ERR_AWAY || e == ERR_NOBODY || e == ERR_DENIED || e == ERR_GONE ||
		    c->exit == EXIT_USAGE)
			return e;
		if (e != OK)
			(void)fprintf(stderr, "ghostctl: %s\n", t->why);
		k.done += e == OK;
		k.failed += e != OK;
	}
	if (c->format == FORMAT_TABLE)
		(void)printf("%zu %s, %zu not\n", k.done,
			     cli_has(c, OPT_DRY_RUN) ? "would be imported; nothing was changed"
						     : "imported",
			     k.failed);
	if (k.failed)
		c->exit = k.done ? EXIT_PARTLY : EXIT_SAID_NO;
	return OK;
}

/* ---- a phrase ---- */

static enum err phrase_ask(struct turn *t, struct cli *c, Ghostfleet__V1__ImportedPhrase *p)
{
	uint64_t count = 1, first = 0;
	const char *path = c->args.opt[OPT_PHRASE_FILE];
	struct file f;

	if (cli_has(c, OPT_COUNT) &&
	    args_count(t, c->args.opt[OPT_COUNT], OPT_COUNT, AT_ONCE, &count) != OK)
		return usage(t, c, "%s", t->why);
	if (cli_has(c, OPT_FIRST) && strcmp(c->args.opt[OPT_FIRST], "0") != 0 &&
	    args_count(t, c->args.opt[OPT_FIRST], OPT_FIRST, INT32_MAX, &first) != OK)
		return usage(t, c, "%s", t->why);
	TRY(file_read(t, path, IMPORT_FILE_MAX, &f));
	if (f.world_readable)
		return readable_by_all(t, path);
	p->words = f.text;
	if (cli_has(c, OPT_PASSPHRASE_FILE))
		TRY(passphrase_get(t, c, "the phrase's passphrase", false, &p->passphrase));
	p->path = cli_opt(t, c, OPT_PATH);
	p->first_index = (uint32_t)first;
	p->count = (uint32_t)count;
	p->name_prefix = cli_opt(t, c, OPT_PREFIX);
	p->profile = cli_opt(t, c, OPT_PROFILE);
	p->enabled = cli_has(c, OPT_ENABLE);
	return OK;
}

static enum err import_phrase(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ImportWalletsRequest q = GHOSTFLEET__V1__IMPORT_WALLETS_REQUEST__INIT;
	Ghostfleet__V1__ImportedPhrase p = GHOSTFLEET__V1__IMPORTED_PHRASE__INIT;
	struct table tb = table_new(t, wallet_heads);
	void *answer;

	TRY(phrase_ask(t, c, &p));
	q.phrase = &p;
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call_long(t, c, &ghostfleet__v1__wallet_service__descriptor, "ImportWallets", &q,
			  IMPORT_MS, &answer));
	TRY(show_part(t, c, &tb, answer));
	if (c->format == FORMAT_TABLE)
		(void)printf("%u %s; the phrase itself is not kept\n", p.count,
			     q.validate_only ? "would be imported; nothing was changed"
					     : "imported");
	return OK;
}

enum err cmd_wallets_import(struct turn *t, struct cli *c)
{
	struct file f;

	if (cli_has(c, OPT_PHRASE_FILE) == (c->args.n_words > 0))
		return usage(t, c, "name files, or --phrase-file FILE");
	if (cli_has(c, OPT_PHRASE_FILE))
		return import_phrase(t, c);
	if (c->args.n_words > 1)
		return import_key_files(t, c);
	TRY(file_read(t, c->args.word[0], IMPORT_FILE_MAX, &f));
	return *f.text == '{' ? import_key_files(t, c) : import_table(t, c, c->args.word[0], &f);
}
