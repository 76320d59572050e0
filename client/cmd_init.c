/* ghostctl init: a fleet from nothing, by questions. It writes files, starts the daemon for a
 * moment, and makes the calls a person would make. The conversation is on stderr, what was made on
 * stdout. */
#include <jansson.h>
#include <string.h>

#include "client/ask.h"
#include "client/commands.h"
#include "client/file.h"
#include "client/kit.h"
#include "client/out.h"
#include "client/passphrase.h"
#include "client/setup.h"
#include "client/stop.h"
#include "ghostfleet/v1/funding.pb-c.h"
#include "store/base/turn.h"

enum { PROOF_FILE_MAX = 64 << 10, TRIES = 3 };

struct init {
	struct setup s;
	bool asks;        /* there is somebody to ask */
	const char *home; /* the safe address; NULL: not said yet */
	const Ghostfleet__V1__SafeAddress *safe;
	const char *kit_holds;
	bool kit_passphrase; /* it is in a file beside the kit */
	unsigned n_tries;
};

static const ProtobufCServiceDescriptor *const funding =
	&ghostfleet__v1__funding_service__descriptor;

/* ---- what was said ---- */

static enum err read_said(struct turn *t, struct cli *c, struct init *in)
{
	const char *missing = !cli_has(c, OPT_RPC)  ? "--rpc URL"
			      : !cli_has(c, OPT_TO) ? "--to ADDRESS"
			      : !cli_has(c, OPT_POLICY) && !cli_has(c, OPT_YES)
				      ? "--policy solo or "
					"team"
				      : NULL;

	in->asks = c->tty_in && c->tty_err && !cli_has(c, OPT_YES);
	in->s.dir = c->args.opt[OPT_DIR];
	in->s.rpc = c->args.opt[OPT_RPC];
	in->s.policy = c->args.opt[OPT_POLICY];
	in->s.funder = c->args.opt[OPT_FUNDER];
	in->home = c->args.opt[OPT_TO];
	if (in->s.policy && strcmp(in->s.policy, "solo") != 0 && strcmp(in->s.policy, "team") != 0)
		return usage(t, c, "--policy is solo or team, not '%s'", in->s.policy);
	if (!in->asks && missing)
		return usage(t, c, "nobody is asked here: say %s", missing);
	if (in->asks)
		return OK;
	in->s.dir = in->s.dir ? in->s.dir : "fleet";
	in->s.policy = in->s.policy ? in->s.policy : "solo";
	return OK;
}

/* ---- the questions before there is a daemon ---- */

static enum err ask_dir(struct turn *t, struct init *in)
{
	char *said;

	while (!in->s.dir) {
		TRY(ask_line(t, "Configuration, keys and history of the fleet go into one folder.",
			     "Folder", "fleet", &said));
		in->s.dir = said;
		if (setup_open(t, &in->s) == OK)
			return OK;
		ask_again(t);
		in->s.dir = NULL;
	}
	return setup_open(t, &in->s);
}

static enum err ask_chain(struct turn *t, struct init *in)
{
	char *said;

	for (;;) {
		if (!in->s.rpc) {
			TRY(ask_line(t,
				     "A JSON-RPC endpoint says which chain this is; money moves on "
				     "that one only.",
				     "Endpoint", "http://127.0.0.1:8545", &said));
			in->s.rpc = said;
		}
		enum err e = setup_find_chain(t, &in->s);

		if (e == OK || !in->asks || stop_asked())
			return e;
		ask_again(t);
		in->s.rpc = NULL;
	}
}

static enum err ask_policy(struct turn *t, struct init *in)
{
	char *said;

	while (!in->s.policy) {
		TRY(ask_line(t,
			     "One operator, or several? A further safe address counts after a day "
			     "(solo), or after three (team).",
			     "solo or team", "solo", &said));
		if (strcmp(said, "solo") == 0 || strcmp(said, "team") == 0)
			in->s.policy = said;
	}
	return OK;
}

static enum err ask_funder(struct turn *t, const struct cli *c, struct init *in)
{
	char *said;

	if (!in->asks || cli_has(c, OPT_FUNDER))
		return OK;
	TRY(ask_line(t,
		     "Who pays for the wallets: a file with its private key (0x and 64 hex "
		     "digits). Later is fine.",
		     "The funder's key file, or nothing", "", &said));
	in->s.funder = *said ? said : NULL;
	return OK;
}

/* ---- the safe address ---- */

static enum err ask_text(struct turn *t, struct cli *c, const struct init *in, const char **out)
{
	Ghostfleet__V1__GetSafeAddressChallengeRequest q =
		GHOSTFLEET__V1__GET_SAFE_ADDRESS_CHALLENGE_REQUEST__INIT;
	void *answer;

	q.address = turn_strdup(t, in->home);
	TRY(cli_call(t, c, funding, "GetSafeAddressChallenge", &q, &answer));
	*out = ((const Ghostfleet__V1__GetSafeAddressChallengeResponse *)answer)->text;
	return OK;
}

static void put_lines(struct turn *t, const char *text)
{
	for (const char *s = text; *s;) {
		size_t n = strcspn(s, "\n");

		(void)fprintf(stderr, "%s\n", clean(t, turn_printf(t, "%.*s", (int)n, s)));
		s += n + (s[n] != 0);
	}
	(void)fflush(stderr);
}

/* The signature; "": it stays unproven. */
static enum err ask_proof(struct turn *t, const struct cli *c, const struct init *in,
			  const char *text, char **out)
{
	const char *path = c->args.opt[OPT_PROOF];
	struct file f;

	*out = turn_strdup(t, "");
	if (!path && !in->asks)
		return OK;
	(void)fprintf(stderr,
		      "\nIts owner signs this text, as a message (personal_sign), to show that the "
		      "key is held:\n\n");
	put_lines(t, text);
	if (!path)
		return ask_line(
			t,
			"In a wallet, or with: cast wallet sign --ledger \"TEXT\". Without "
			"it the address counts, but nobody knows whether it was typed well.",
			"Signature (0x...), or nothing", "", out);
	TRY(file_read(t, path, PROOF_FILE_MAX, &f));
	char *from = f.text + strspn(f.text, " \t\r\n");

	from[strcspn(from, " \t\r\n")] = 0;
	if (!*from)
		return fail(t, ERR_INVALID, "--proof: the file is empty; it holds 0x and hex");
	*out = from;
	return OK;
}

static enum err add_home(struct turn *t, struct cli *c, struct init *in)
{
	Ghostfleet__V1__AddSafeAddressRequest q = GHOSTFLEET__V1__ADD_SAFE_ADDRESS_REQUEST__INIT;
	const char *text;
	void *answer;

	TRY(ask_text(t, c, in, &text));
	TRY(ask_proof(t, c, in, text, &q.proof));
	q.address = turn_strdup(t, in->home);
	q.label = turn_strdup(t, "home");
	q.contract = cli_has(c, OPT_CONTRACT);
	q.request_id = turn_printf(t, "%s.safe-%u", cli_request_id(t, c), ++in->n_tries);
	TRY(cli_call(t, c, funding, "AddSafeAddress", &q, &answer));
	in->safe = ((const Ghostfleet__V1__AddSafeAddressResponse *)answer)->safe_address;
	return in->safe ? OK : fail(t, ERR_BROKEN, "the server's answer holds no safe address");
}

/* A slip of the keyboard is no reason to begin again. */
static enum err ask_home(struct turn *t, struct cli *c, struct init *in)
{
	char *said;

	for (;;) {
		while (!in->home || !*in->home) {
			TRY(ask_line(t,
				     "Money leaves the fleet for one place only: an address whose "
				     "key is not on this machine.",
				     "Safe address (0x...)", "", &said));
			in->home = said;
		}
		enum err e = add_home(t, c, in);

		if (e == OK || !in->asks || e == ERR_GONE || e == ERR_AWAY || e == ERR_LATE)
			return e;
		ask_again(t);
		if (cli_has(c, OPT_PROOF))
			return fail(t, ERR_INVALID, "the address and its proof do not fit");
		in->home = NULL;
	}
}

/* ---- the kit ---- */

static enum err kit_passphrase(struct turn *t, struct cli *c, struct init *in, char **out)
{
	in->kit_passphrase = !in->asks && !cli_has(c, OPT_PASSPHRASE_FILE);
	if (in->kit_passphrase)
		return setup_secret(t, &in->s, "kit.passphrase", out);
	if (in->asks)
		(void)fprintf(
			stderr,
			"\nThe recovery kit holds every key of this fleet, also of wallets to "
			"come, in one sealed file.\n");
	return passphrase_get(t, c, "A passphrase for the kit", true, out);
}

static enum err make_kit(struct turn *t, struct cli *c, struct init *in)
{
	struct kit_written written;
	char *passphrase;
	enum err e = kit_passphrase(t, c, in, &passphrase);

	for (int i = 1; i < TRIES && e == ERR_INVALID && in->asks; i++) {
		ask_again(t);
		e = kit_passphrase(t, c, in, &passphrase);
	}
	TRY(e);
	TRY(kit_write(t, c, turn_printf(t, "%s/fleet.kit", in->s.part), passphrase, &written));
	in->kit_holds = written.holds;
	return OK;
}

/* ---- what was made ---- */

static bool proven(const struct init *in)
{
	return in->safe->proof > GHOSTFLEET__V1__SAFE_ADDRESS_PROOF__SAFE_ADDRESS_PROOF_UNPROVEN;
}

static void show_next(const struct init *in, bool context, const char *name, const char *text)
{
	const char *dir = in->s.dir;

	if (context)
		(void)printf("ghostctl   finds it as context '%s' of ~/.config/ghostctl/config\n",
			     name);
	else
		(void)printf(
			"ghostctl   has a configuration of its own already, or no home; add to "
			"~/.config/ghostctl/config\n%s",
			text);
	(void)printf("\nnext:\n  ghost-fleet --config %s/config.toml\n"
		     "  ghostctl %s%s%swallets generate --count 5\n  ghostctl %s%s%s%s\n",
		     dir, context ? "" : "--context ", context ? "" : name, context ? "" : " ",
		     context ? "" : "--context ", context ? "" : name, context ? "" : " ",
		     in->s.funder ? "fund --target 0.05ether --dry-run" : "now");
}

static void show(struct turn *t, const struct init *in, bool context, const char *name,
		 const char *text)
{
	const char *dir = in->s.dir, *address = clean(t, in->safe->address);

	(void)printf("%s   a fleet on chain %s, policy %s\n", dir, in->s.chain_id, in->s.policy);
	(void)printf("config.toml, passphrase   what the daemon needs; keep a copy elsewhere\n"
		     "data/admin.token          the token: who has it may do everything\n"
		     "fleet.kit                 %s: carry it away from this machine\n",
		     in->kit_holds);
	if (in->kit_passphrase)
		(void)printf(
			"kit.passphrase            opens fleet.kit: MOVE IT ELSEWHERE, and not "
			"to where the kit goes\n");
	if (!in->s.funder)
		(void)printf("No funder yet: [funding] of config.toml, then a new kit.\n");
	if (proven(in))
		(void)printf("Money goes home to %s: %s\n", address,
			     clean(t, in->safe->proof_text));
	else
		(void)printf(
			"Money goes home to %s, UNPROVEN: nobody showed that its key is held.\n"
			"  Before money moves: ghostctl safe text %s\n"
			"                      ghostctl safe prove %s --proof FILE\n",
			address, address, address);
	show_next(in, context, name, text);
}

static enum err show_json(struct turn *t, const struct init *in, bool context, const char *name)
{
	const char *dir = in->s.dir;
	json_t *all =
		json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s?, s:s?}", "dir", dir,
			  "config", turn_printf(t, "%s/config.toml", dir), "tokenFile",
			  turn_printf(t, "%s/data/admin.token", dir), "kit",
			  turn_printf(t, "%s/fleet.kit", dir), "chainId", in->s.chain_id, "policy",
			  in->s.policy, "safeAddress", in->safe->address, "proven", proven(in),
			  "kitPassphraseFile",
			  in->kit_passphrase ? turn_printf(t, "%s/kit.passphrase", dir) : NULL,
			  "context", context ? name : NULL);
	bool fine = all && json_dumpf(all, stdout, JSON_INDENT(2)) == 0;

	json_decref(all);
	(void)putchar('\n');
	return fine ? OK : fail(t, ERR_INVALID, "a path here is no UTF-8");
}

/* ---- all of it ---- */

static enum err make(struct turn *t, struct cli *c, struct init *in)
{
	TRY(ask_dir(t, in));
	TRY(ask_chain(t, in));
	if (in->asks)
		(void)fprintf(stderr, "  it is chain %s\n", in->s.chain_id);
	TRY(ask_policy(t, in));
	TRY(ask_funder(t, c, in));
	TRY(setup_configure(t, &in->s));
	TRY(setup_serve(t, c, &in->s));
	TRY(ask_home(t, c, in));
	TRY(make_kit(t, c, in));
	TRY(setup_stop(t, &in->s));
	return setup_keep(t, &in->s);
}

enum err cmd_init(struct turn *t, struct cli *c)
{
	struct init in = { 0 };
	const char *name, *text;

	TRY(read_said(t, c, &in));
	enum err e = make(t, c, &in);

	setup_close(&in.s);
	c->changes = false; /* nothing of it is left that could be repeated */
	if (e != OK)
		return e;
	bool context = setup_context(t, c, &in.s, &name, &text);

	if (c->format != FORMAT_TABLE)
		return show_json(t, &in, context, name);
	show(t, &in, context, name, text);
	return OK;
}
