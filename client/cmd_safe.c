#include <inttypes.h>
#include <string.h>

#include "client/commands.h"
#include "client/list.h"
#include "ghostfleet/v1/funding.pb-c.h"
#include "store/base/turn.h"

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__funding_service__descriptor;

static void safe_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__SafeAddress *s = item;
	bool pending = s->state == GHOSTFLEET__V1__SAFE_ADDRESS_STATE__SAFE_ADDRESS_STATE_PENDING;

	table_row(tb, s->address,
		  enum_text(t, &ghostfleet__v1__safe_address_state__descriptor, (int)s->state),
		  pending ? until(t, s->active_time) : "", turn_printf(t, "%" PRIu64, s->chain_id),
		  s->label, age(t, s->create_time), s->actor, NULL);
}

enum err cmd_safe_list(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "ADDRESS", "STATE", "ACTIVE", "CHAIN",
					     "LABEL",   "ADDED", "BY",     NULL };
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

enum err cmd_safe_add(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__AddSafeAddressRequest q = GHOSTFLEET__V1__ADD_SAFE_ADDRESS_REQUEST__INIT;
	void *answer;
	enum err e;

	q.address = turn_strdup(t, c->args.word[0]);
	q.label = cli_opt(t, c, OPT_LABEL);
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
