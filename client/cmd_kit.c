#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/kit.h"
#include "client/list.h"
#include "client/passphrase.h"
#include "store/base/turn.h"

enum { KIT_MS = 120000 };

static const ProtobufCServiceDescriptor *const service = &ghostfleet__v1__kit_service__descriptor;

static const char *keys_text(struct turn *t, const Ghostfleet__V1__Kit *k)
{
	return turn_printf(t, "%s%" PRId64 " imported%s",
			   k->seed ? turn_printf(t, "seed (%" PRId64 " wallets), ", k->index_count)
				   : "",
			   k->imported_keys, k->funder ? " with the funder's" : "");
}

static void kit_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Kit *k = item;

	table_row(tb, short_name(k->name), age(t, k->create_time), k->creator,
		  k->confirm_time ? age(t, k->confirm_time) : "never: does not count",
		  keys_text(t, k), turn_printf(t, "%" PRId64, k->size), NULL);
}

/* What no kit covers, under the table, on stderr as it is no item of the list. */
static enum err show_uncovered(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ListKitsRequest q = GHOSTFLEET__V1__LIST_KITS_REQUEST__INIT;
	void *answer;

	q.page_size = 1;
	TRY(cli_call(t, c, service, "ListKits", &q, &answer));
	const Ghostfleet__V1__ListKitsResponse *r = answer;

	if (r->uncovered_count == 0)
		return OK;
	(void)fprintf(stderr, "%" PRId64 " wallets are in no kit:", r->uncovered_count);
	for (size_t i = 0; i < r->n_uncovered_wallets; i++)
		(void)fprintf(stderr, " %s", clean(t, short_name(r->uncovered_wallets[i])));
	(void)fprintf(stderr, "%s\ndo: ghostctl kit create --out FILE\n",
		      r->uncovered_count > (int64_t)r->n_uncovered_wallets ? " ..." : "");
	return OK;
}

enum err cmd_kit_list(struct turn *t, struct cli *c)
{
	static const char *const heads[] = {
		"KIT", "MADE", "BY", "WRITTEN", "HOLDS", ">BYTES", NULL
	};
	Ghostfleet__V1__ListKitsRequest q = GHOSTFLEET__V1__LIST_KITS_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "ListKits",
		.request = &q,
		.page_token = &q.page_token,
		.page_size = &q.page_size,
		.heads = heads,
		.row = kit_row,
		.none = "no recovery kit yet; make one: ghostctl kit create --out FILE",
	};

	TRY(list_show(t, c, &l));
	return c->format == FORMAT_TABLE ? show_uncovered(t, c) : OK;
}

static enum err create(struct turn *t, struct cli *c, char *passphrase,
		       Ghostfleet__V1__CreateKitResponse **out)
{
	Ghostfleet__V1__CreateKitRequest q = GHOSTFLEET__V1__CREATE_KIT_REQUEST__INIT;
	void *answer;

	q.passphrase = passphrase;
	q.without_funder = cli_has(c, OPT_WITHOUT_FUNDER);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call_long(t, c, service, "CreateKit", &q, KIT_MS, &answer));
	*out = answer;
	if (!(*out)->kit)
		return fail(t, ERR_BROKEN, "the server's answer holds no kit");
	return OK;
}

static enum err confirm(struct turn *t, struct cli *c, const Ghostfleet__V1__Kit *k,
			Ghostfleet__V1__ConfirmKitResponse **out)
{
	Ghostfleet__V1__ConfirmKitRequest q = GHOSTFLEET__V1__CONFIRM_KIT_REQUEST__INIT;
	void *answer;

	q.name = k->name;
	q.sha256 = k->sha256;
	q.request_id = turn_printf(t, "%s.written", cli_request_id(t, c));
	TRY(cli_call(t, c, service, "ConfirmKit", &q, &answer));
	*out = answer;
	return OK;
}

static enum err ask_passphrase(struct turn *t, struct cli *c, char **out)
{
	return passphrase_get(t, c, "a passphrase for the kit", true, out);
}

static enum err dry_run(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__CreateKitResponse *made;
	char *passphrase;
	enum err e;

	TRY(ask_passphrase(t, c, &passphrase));
	TRY(create(t, c, passphrase, &made));
	if (out_json(t, c, &made->base, &e))
		return e;
	(void)printf("it would hold: %s; nothing was made\n", keys_text(t, made->kit));
	return OK;
}

/* It counts only once the file, which is claimed, is there and reads back. */
static enum err fill(struct turn *t, struct cli *c, struct new_file *file, char *passphrase,
		     struct kit_written *out)
{
	Ghostfleet__V1__CreateKitResponse *made;

	TRY(create(t, c, passphrase, &made));
	TRY(file_fill(t, file, made->sealed.data, made->sealed.len));
	TRY(file_check(t, file->path, made->sealed.data, made->sealed.len));
	TRY(confirm(t, c, made->kit, &out->confirmed));
	out->holds = keys_text(t, made->kit);
	out->n = made->sealed.len;
	return OK;
}

enum err kit_write(struct turn *t, struct cli *c, const char *path, char *passphrase,
		   struct kit_written *out)
{
	struct new_file file;

	TRY(file_claim(t, path, 0600, &file));
	enum err e = fill(t, c, &file, passphrase, out);

	file_give_up(&file);
	return e;
}

enum err cmd_kit_create(struct turn *t, struct cli *c)
{
	const char *path = c->args.opt[OPT_OUT];
	struct kit_written written = { 0 };
	struct new_file file;
	char *passphrase;
	enum err e;

	if (!path && !cli_has(c, OPT_DRY_RUN))
		return usage(t, c, "where to? --out FILE");
	if (cli_has(c, OPT_DRY_RUN))
		return dry_run(t, c);
	/* Before anybody is asked: is there a place for it? */
	TRY(file_claim(t, path, 0600, &file));
	e = ask_passphrase(t, c, &passphrase);
	if (e == OK)
		e = fill(t, c, &file, passphrase, &written);
	file_give_up(&file);
	if (e != OK)
		return e;
	if (out_json(t, c, &written.confirmed->base, &e))
		return e;
	(void)printf("%s: %s, %zu bytes\n"
		     "keep it away from this machine, and its passphrase away from it; try them:\n"
		     "  ghost-fleet kit verify --kit %s\n",
		     path, written.holds, written.n, path);
	return OK;
}
