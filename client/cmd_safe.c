#include <inttypes.h>
#include <string.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/list.h"
#include "ghostfleet/v1/funding.pb-c.h"
#include "store/base/turn.h"

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__funding_service__descriptor;

enum { PROOF_FILE_MAX = 64 << 10 };

/* "proven 3d ago"; what was never more than unproven has no time worth telling. */
static const char *proof_cell(struct turn *t, const Ghostfleet__V1__SafeAddress *s)
{
	const char *state =
		enum_text(t, &ghostfleet__v1__safe_address_proof__descriptor, (int)s->proof);

	return s->proof_time ? turn_printf(t, "%s %s", state, age(t, s->proof_time)) : state;
}

static const char *code_cell(struct turn *t, const Ghostfleet__V1__SafeAddress *s)
{
	if (s->code == GHOSTFLEET__V1__SAFE_ADDRESS_CODE__SAFE_ADDRESS_CODE_UNSPECIFIED)
		return s->contract ? "contract?" : "?";
	if (s->contract && s->code == GHOSTFLEET__V1__SAFE_ADDRESS_CODE__SAFE_ADDRESS_CODE_NONE)
		return "MISSING";
	return enum_text(t, &ghostfleet__v1__safe_address_code__descriptor, (int)s->code);
}

static void safe_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__SafeAddress *s = item;
	bool pending = s->state == GHOSTFLEET__V1__SAFE_ADDRESS_STATE__SAFE_ADDRESS_STATE_PENDING;

	table_row(tb, s->address,
		  enum_text(t, &ghostfleet__v1__safe_address_state__descriptor, (int)s->state),
		  pending ? until(t, s->active_time) : "", code_cell(t, s), proof_cell(t, s),
		  turn_printf(t, "%" PRIu64, s->chain_id), s->label, age(t, s->create_time),
		  s->actor, NULL);
}

enum err cmd_safe_list(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "ADDRESS", "STATE", "ACTIVE", "CODE", "PROOF",
					     "CHAIN",   "LABEL", "ADDED",  "BY",   NULL };
	Ghostfleet__V1__ListSafeAddressesRequest q =
		GHOSTFLEET__V1__LIST_SAFE_ADDRESSES_REQUEST__INIT;

	q.show_removed = cli_has(c, OPT_ALL);
	struct list l = {
		.service = service,
		.method = "ListSafeAddresses",
		.request = &q,
		.heads = heads,
		.row = safe_row,
		.none = "no safe address yet; add one: ghostctl safe add 0x…",
	};

	return list_show(t, c, &l);
}

/* The signature in --proof's file, without the white space around it; "" when none was given. */
static enum err read_proof(struct turn *t, const struct cli *c, char **out)
{
	struct file f;

	*out = turn_strdup(t, "");
	if (!cli_has(c, OPT_PROOF))
		return OK;
	TRY(file_read(t, cli_opt(t, c, OPT_PROOF), PROOF_FILE_MAX, &f));
	char *from = f.text + strspn(f.text, " \t\r\n");

	from[strcspn(from, " \t\r\n")] = 0;
	if (!*from)
		return fail(t, ERR_INVALID, "--proof: the file is empty; it holds 0x and hex");
	*out = from;
	return OK;
}

static void say_proof(struct turn *t, const Ghostfleet__V1__SafeAddress *s)
{
	if (s && s->proof > GHOSTFLEET__V1__SAFE_ADDRESS_PROOF__SAFE_ADDRESS_PROOF_UNPROVEN)
		(void)printf("proof: %s: %s\n",
			     enum_text(t, &ghostfleet__v1__safe_address_proof__descriptor,
				       (int)s->proof),
			     clean(t, s->proof_text));
}

enum err cmd_safe_add(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__AddSafeAddressRequest q = GHOSTFLEET__V1__ADD_SAFE_ADDRESS_REQUEST__INIT;
	void *answer;
	enum err e;

	q.address = turn_strdup(t, c->args.word[0]);
	q.label = cli_opt(t, c, OPT_LABEL);
	q.contract = cli_has(c, OPT_CONTRACT);
	TRY(read_proof(t, c, &q.proof));
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "AddSafeAddress", &q, &answer));
	const Ghostfleet__V1__AddSafeAddressResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	const Ghostfleet__V1__SafeAddress *s = r->safe_address;

	if (s && s->state == GHOSTFLEET__V1__SAFE_ADDRESS_STATE__SAFE_ADDRESS_STATE_PENDING)
		(void)printf("%s is pending; money may go there %s\n", clean(t, s->address),
			     until(t, s->active_time));
	else
		(void)printf("%s %s\n", s ? clean(t, s->address) : q.address,
			     q.validate_only ? "would be added; nothing was changed" : "is active");
	say_proof(t, s);
	return OK;
}

enum err cmd_safe_text(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__GetSafeAddressChallengeRequest q =
		GHOSTFLEET__V1__GET_SAFE_ADDRESS_CHALLENGE_REQUEST__INIT;
	void *answer;
	enum err e;

	q.address = turn_strdup(t, c->args.word[0]);
	TRY(cli_call(t, c, service, "GetSafeAddressChallenge", &q, &answer));
	const Ghostfleet__V1__GetSafeAddressChallengeResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	/* As it is, but for a line end that the shell's $(...) takes off again. */
	(void)printf("%s\n", cli_has(c, OPT_TYPED) ? r->typed_data : r->text);
	return OK;
}

enum err cmd_safe_prove(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__ProveSafeAddressRequest q =
		GHOSTFLEET__V1__PROVE_SAFE_ADDRESS_REQUEST__INIT;
	void *answer;
	enum err e;

	if (!cli_has(c, OPT_PROOF))
		return usage(t, c,
			     "--proof FILE is needed: the owner's signature of `ghostctl "
			     "safe text ADDRESS`");
	TRY(read_proof(t, c, &q.proof));
	q.name = resource(t, "safeAddresses", c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "ProveSafeAddress", &q, &answer));
	const Ghostfleet__V1__ProveSafeAddressResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	say_proof(t, r->safe_address);
	if (q.validate_only)
		(void)printf("nothing was changed\n");
	return OK;
}

enum err cmd_safe_remove(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__RemoveSafeAddressRequest q =
		GHOSTFLEET__V1__REMOVE_SAFE_ADDRESS_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "safeAddresses", c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "RemoveSafeAddress", &q, &answer));
	const Ghostfleet__V1__RemoveSafeAddressResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s %s\n", short_name(q.name),
		     q.validate_only ? "would be removed; nothing was changed"
				     : "is removed; no money goes there any more");
	return OK;
}
