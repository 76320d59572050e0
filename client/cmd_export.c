/* Keys that leave, and keys that are destroyed. */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/out.h"
#include "client/passphrase.h"
#include "ghostfleet/v1/wallet.pb-c.h"
#include "store/base/clock.h"
#include "store/base/turn.h"

enum { AT_ONCE = 4, EXPORT_MS = 120000, ADDRESS_DIGITS = 40 };

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__wallet_service__descriptor;

/* geth's name of a key file: "UTC--2026-11-22T04-00-00.000000000Z--ADDRESS". */
static const char *file_name(struct turn *t, const char *address)
{
	char when[CLOCK_TEXT], plain[ADDRESS_DIGITS + 1] = { 0 };

	clock_text(t->now_ms, when); /* 2026-11-22T04:00:00.000Z */
	when[13] = when[16] = '-';
	for (size_t i = 0; i < ADDRESS_DIGITS && address[2 + i]; i++)
		plain[i] = (char)tolower((unsigned char)address[2 + i]);
	return turn_printf(t, "UTC--%.23s000000Z--%s", when, plain);
}

/* The folder has a key file of this address already, of whatever time. */
static bool is_there(struct turn *t, const char *folder, const char *name, const char **found)
{
	const char *address = strrchr(name, '-');
	DIR *d = opendir(folder);
	bool there = false;

	for (struct dirent *e; d && !there && (e = readdir(d));) {
		const char *tail = strrchr(e->d_name, '-');

		there = tail && strcmp(tail, address) == 0;
		if (there)
			*found = turn_strdup(t, e->d_name);
	}
	if (d)
		(void)closedir(d);
	return there;
}

static bool plain_address(const char *a)
{
	return strncmp(a, "0x", 2) == 0 && strlen(a) == ADDRESS_DIGITS + 2 &&
	       strspn(a + 2, "0123456789abcdefABCDEF") == ADDRESS_DIGITS;
}

static enum err keep(struct turn *t, const char *folder, const Ghostfleet__V1__ExportedWallet *w)
{
	struct new_file file;
	const char *found;

	if (!plain_address(w->address)) /* it names a file here */
		return fail(t, ERR_BROKEN, "the server's answer names no address");
	const char *name = file_name(t, w->address);
	const char *path = turn_printf(t, "%s/%s", folder, name);

	if (is_there(t, folder, name, &found))
		return fail(t, ERR_EXISTS,
			    "%s/%s is there already: the key of %s was not written again", folder,
			    found, clean(t, short_name(w->name)));
	TRY(file_claim(t, path, 0600, &file));
	TRY(file_fill(t, &file, w->keystore, strlen(w->keystore)));
	TRY(file_check(t, path, w->keystore, strlen(w->keystore)));
	(void)printf("%s  %s\n", clean(t, short_name(w->name)), path);
	return OK;
}

static enum err export_some(struct turn *t, struct cli *c, char **names, size_t n, char *passphrase,
			    const char *folder)
{
	Ghostfleet__V1__ExportWalletsRequest q = GHOSTFLEET__V1__EXPORT_WALLETS_REQUEST__INIT;
	void *answer;

	q.names = names;
	q.n_names = n;
	q.passphrase = passphrase;
	q.light = cli_has(c, OPT_LIGHT);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	TRY(cli_call_long(t, c, service, "ExportWallets", &q, EXPORT_MS, &answer));
	const Ghostfleet__V1__ExportWalletsResponse *r = answer;

	for (size_t i = 0; i < r->n_wallets; i++)
		TRY(keep(t, folder, r->wallets[i]));
	return OK;
}

/* --all: those that hold a key. */
static enum err all_names(struct turn *t, struct cli *c, char ***out, size_t *n_out)
{
	Ghostfleet__V1__ListWalletsRequest q = GHOSTFLEET__V1__LIST_WALLETS_REQUEST__INIT;
	Ghostfleet__V1__WalletState all[] = {
		GHOSTFLEET__V1__WALLET_STATE__WALLET_STATE_ACTIVE,
		GHOSTFLEET__V1__WALLET_STATE__WALLET_STATE_RETIRED,
	};
	char **names = NULL;
	size_t n = 0, room = 0;

	q.states = all;
	q.n_states = 2;
	q.page_size = 1000;
	do {
		void *answer;

		TRY(cli_call(t, c, service, "ListWallets", &q, &answer));
		const Ghostfleet__V1__ListWalletsResponse *r = answer;

		for (size_t i = 0; i < r->n_wallets; i++) {
			if (r->wallets[i]->key_kind ==
			    GHOSTFLEET__V1__KEY_KIND__KEY_KIND_WATCH_ONLY)
				continue;
			names = turn_grow(t, names, n, &room, sizeof(*names));
			names[n++] = r->wallets[i]->name;
		}
		q.page_token = r->next_page_token;
	} while (*q.page_token);
	*out = names;
	*n_out = n;
	return OK;
}

static enum err named(struct turn *t, struct cli *c, char ***out, size_t *n_out)
{
	if (cli_has(c, OPT_ALL) == (c->args.n_words > 0))
		return usage(t, c, "name wallets, or --all");
	if (cli_has(c, OPT_ALL))
		return all_names(t, c, out, n_out);
	*n_out = c->args.n_words;
	*out = turn_array(t, *n_out, sizeof(**out));
	for (size_t i = 0; i < *n_out; i++)
		(*out)[i] = resource(t, "wallets", c->args.word[i]);
	return OK;
}

enum err cmd_wallets_export(struct turn *t, struct cli *c)
{
	const char *folder = cli_has(c, OPT_OUT) ? c->args.opt[OPT_OUT] : ".";
	char **names = NULL, *passphrase;
	struct stat st;
	size_t n = 0;

	if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode))
		return usage(t, c, "--out %s: there is no such folder", folder);
	TRY(named(t, c, &names, &n));
	TRY(passphrase_get(t, c, "a passphrase for the key files", true, &passphrase));
	for (size_t i = 0; i < n; i += AT_ONCE)
		TRY(export_some(t, c, names + i, n - i < AT_ONCE ? n - i : AT_ONCE, passphrase,
				folder));
	(void)printf("%zu %s\n", n,
		     cli_has(c, OPT_DRY_RUN) ? "would be exported; nothing was written"
					     : "exported, and said so in the audit");
	return OK;
}

/* The name, typed once more; without a terminal only --yes will do. */
static enum err sure(struct turn *t, struct cli *c, const char *name)
{
	char said[64];
	size_t n = 0;

	if (cli_has(c, OPT_YES) || cli_has(c, OPT_DRY_RUN))
		return OK;
	if (!c->tty_in || !c->tty_err)
		return usage(t, c, "nobody can be asked here, as this is no terminal; add --yes");
	(void)fprintf(
		stderr,
		"The key of %s will be gone for ever. Type the wallet's name to go on: ", name);
	(void)fflush(stderr);
	while (n < sizeof(said) - 1 && read(STDIN_FILENO, said + n, 1) == 1 && said[n] != '\n')
		n++;
	said[n] = 0;
	return strcmp(said, name) == 0 ? OK : fail(t, ERR_GONE, "nothing was done");
}

enum err cmd_wallets_destroy_key(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__DestroyKeyRequest q = GHOSTFLEET__V1__DESTROY_KEY_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "wallets", c->args.word[0]);
	q.address = turn_strdup(t, c->args.word[1]);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(sure(t, c, short_name(q.name)));
	TRY(cli_call(t, c, service, "DestroyKey", &q, &answer));
	const Ghostfleet__V1__DestroyKeyResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s: its key %s\n", short_name(q.name),
		     q.validate_only ? "would be destroyed; nothing was changed"
				     : "is destroyed; the address is watched");
	return OK;
}
