#include <string.h>

#include "server/config_read.h"
#include "server/eth/abi_item.h"
#include "server/eth/addr.h"
#include "store/base/turn.h"
#include "store/base/units.h"
#include "store/base/wei.h"

struct one {
	size_t i;
	struct config_profile *p;
};

static const char *name_of(struct reader *r, struct one o, const char *path)
{
	return note(r, "profiles.%s.%s", o.p->name, path);
}

/* Of the setting; of the profile where it has none. */
static struct config_origin place(struct reader *r, struct one o, const char *path)
{
	size_t setting = (size_t)(setting_find(PROFILE, path) - settings);
	struct config_origin at = r->profile_origins[o.i * n_settings + setting];

	return at.from == FROM_DEFAULT ? r->profile_at[o.i] : at;
}

static void wrong(struct reader *r, struct one o, const char *path, const char *write,
		  const char *what)
{
	problem(r, PROBLEM_ERROR, place(r, o, path), name_of(r, o, path), write, "%s", what);
}

/* An address, or the name of one in [plugins.ghostnet]. */
static void resolve(struct reader *r, struct one o, const char *path, const char *text,
		    struct eth_addr *out)
{
	const struct {
		const char *name;
		const struct eth_addr *addr;
	} names[] = { { "ghost_core", &r->c->ghostnet.ghost_core },
		      { "data_token", &r->c->ghostnet.data_token },
		      { "hash_crash", &r->c->ghostnet.hash_crash },
		      { "arcade_core", &r->c->ghostnet.arcade_core } };
	const char *why;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(text, names[i].name) != 0)
			continue;
		*out = *names[i].addr;
		if (addr_eq(*out, (struct eth_addr){ 0 }))
			wrong(r, o, path,
			      say(r, "write %s = \"0x...\" below [plugins.ghostnet]", text),
			      say(r, "names %s, whose address is missing", text));
		return;
	}
	if (!addr_parse(text, out, &why))
		wrong(r, o, path,
		      "write an address, or ghost_core, data_token, hash_crash or arcade_core",
		      say(r, "is \"%.60s\": %s", text, why));
	else if (addr_eq(*out, (struct eth_addr){ 0 }))
		wrong(r, o, path, "write the contract's address", "is the zero address");
}

/* Signature and arguments as they will be encoded, now and not at the first action. */
static void check_call(struct reader *r, struct one o)
{
	const struct config_action *a = &o.p->action;
	struct abi_item item;
	struct bytes data;

	if (abi_item_parse(r->t, a->call, &item) != OK || item.kind != ABI_FUNCTION)
		wrong(r, o, "action.call",
		      "write the function as the contract has it: \"jackIn(uint256,uint8)\"",
		      *r->t->why ? r->t->why : "is not a function");
	else if (abi_encode_text(r->t, item.signature, a->args.v, a->args.n, &data) != OK)
		wrong(r, o, "action.args", "write one argument for each type of the call",
		      r->t->why);
	r->t->why[0] = 0;
	r->t->reason = REASON_NONE;
}

static void check_spends(struct reader *r, struct one o)
{
	struct config_action *a = &o.p->action;
	const char *why;

	if (!a->token_text && !a->amount_text)
		return;
	if (!a->token_text) {
		wrong(r, o, "action.spends.token",
		      "write spends = { token = \"data_token\", amount = \"10\" }", "is missing");
		return;
	}
	if (!a->amount_text) {
		wrong(r, o, "action.spends.amount",
		      "write spends = { token = \"data_token\", amount = \"10\" }", "is missing");
		return;
	}
	resolve(r, o, "action.spends.token", a->token_text, &a->spend_token);
	if (!decimal_parse(a->amount_text, (unsigned)a->decimals, &a->spend_amount, &why))
		wrong(r, o, "action.spends.amount", "write whole tokens: \"10\" or \"12.5\"",
		      say(r, "is \"%.40s\": %s", a->amount_text, why));
	else if (wei_is_zero(a->spend_amount))
		wrong(r, o, "action.spends.amount", "write more, or remove spends", "is 0");
}

static void check_action(struct reader *r, struct one o)
{
	struct config_action *a = &o.p->action;

	a->given = a->contract_text || a->call || a->args.n || a->token_text || a->amount_text ||
		   !wei_is_zero(a->value);
	if (!a->given)
		return;
	if (a->contract_text)
		resolve(r, o, "action.contract", a->contract_text, &a->contract);
	else
		wrong(r, o, "action.contract", "write contract = \"ghost_core\", or an address",
		      "is missing");
	if (a->call)
		check_call(r, o);
	else
		wrong(r, o, "action.call", "write call = \"jackIn(uint256,uint8)\"", "is missing");
	check_spends(r, o);
	if (wei_cmp(a->value, r->c->funding.cap_per_transaction) > 0)
		wrong(r, o, "action.value", "write at most what funding.cap_per_transaction says",
		      "is above funding.cap_per_transaction");
}

void config_check_profiles(struct reader *r)
{
	for (size_t i = 0; i < r->c->n_profiles; i++)
		check_action(r, (struct one){ i, &r->c->profiles[i] });
}
