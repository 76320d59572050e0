/* Who may call: whoami, list, add, revoke. */
#include <inttypes.h>
#include <string.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/list.h"
#include "ghostfleet/v1/access.pb-c.h"
#include "store/base/turn.h"
#include "store/base/units.h"

enum { ROLES_MAX = 16 };

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__access_service__descriptor;

static const char *roles_text(struct turn *t, const Ghostfleet__V1__Role *roles, size_t n)
{
	const char *all = "";

	for (size_t i = 0; i < n; i++)
		all = turn_printf(t, "%s%s%s", all, i ? "," : "",
				  enum_text(t, &ghostfleet__v1__role__descriptor, (int)roles[i]));
	return all;
}

enum err cmd_access_whoami(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__WhoAmIRequest q = GHOSTFLEET__V1__WHO_AM_IREQUEST__INIT;
	void *answer;
	enum err e;

	TRY(cli_call(t, c, service, "WhoAmI", &q, &answer));
	const Ghostfleet__V1__WhoAmIResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("you are    %s\nroles      %s\nby         %s\n", clean(t, r->actor),
		     roles_text(t, r->roles, r->n_roles), clean(t, r->proof));
	if (r->expire_time)
		(void)printf("expires    %s\n", until(t, r->expire_time));
	return OK;
}

static void identity_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Identity *i = item;

	table_row(tb, short_name(i->name),
		  enum_text(t, &ghostfleet__v1__identity_state__descriptor, (int)i->state),
		  roles_text(t, i->roles, i->n_roles), i->has_token ? "token" : i->certificate_uri,
		  age(t, i->create_time), i->expire_time ? until(t, i->expire_time) : "never",
		  NULL);
}

enum err cmd_access_list(struct turn *t, struct cli *c)
{
	static const char *const heads[] = {
		"NAME", "STATE", "ROLES", "BY", "MADE", "EXPIRES", NULL
	};
	Ghostfleet__V1__ListIdentitiesRequest q = GHOSTFLEET__V1__LIST_IDENTITIES_REQUEST__INIT;

	q.show_revoked = cli_has(c, OPT_ALL);
	struct list l = {
		.service = service,
		.method = "ListIdentities",
		.request = &q,
		.page_token = &q.page_token,
		.page_size = &q.page_size,
		.heads = heads,
		.row = identity_row,
		.none = "nobody",
	};

	return list_show(t, c, &l);
}

static enum err read_roles(struct turn *t, struct cli *c, Ghostfleet__V1__CreateIdentityRequest *q)
{
	size_t n;
	char **words = args_split(t, cli_opt(t, c, OPT_ROLE), &n);

	if (n == 0 || n > ROLES_MAX)
		return usage(t, c, "say what it may: --role viewer, or --role operator,treasurer");
	q->roles = turn_array(t, n, sizeof(*q->roles));
	for (size_t i = 0; i < n; i++) {
		int role;

		if (enum_read(t, &ghostfleet__v1__role__descriptor, words[i], &role) != OK)
			return usage(t, c, "--role: %s", t->why);
		q->roles[q->n_roles++] = (Ghostfleet__V1__Role)role;
	}
	return OK;
}

static enum err read_expiry(struct turn *t, struct cli *c, Google__Protobuf__Timestamp *at,
			    Ghostfleet__V1__CreateIdentityRequest *q)
{
	const char *said = c->args.opt[OPT_EXPIRES];
	int64_t ms;

	if (!said)
		return OK;
	if (!duration_parse(said, &ms) || ms == 0)
		return usage(t, c, "--expires %s: write 12h or 90d", said);
	at->seconds = (t->now_ms + ms) / 1000;
	q->expire_time = at;
	return OK;
}

static enum err ask_add(struct turn *t, struct cli *c, Ghostfleet__V1__CreateIdentityRequest *q,
			struct new_file *file)
{
	void *answer;
	enum err e;

	TRY(cli_call(t, c, service, "CreateIdentity", q, &answer));
	Ghostfleet__V1__CreateIdentityResponse *r = answer;
	size_t n = strlen(r->token);

	if (file->fd >= 0) {
		TRY(file_fill(t, file, turn_printf(t, "%s\n", r->token), n + 1));
		wipe(r->token, n);
		r->token = turn_strdup(t, "");
	}
	if (out_json(t, c, &r->base, &e))
		return e;
	const char *name = short_name(q->name);

	if (q->validate_only)
		(void)printf("%s would be added; nothing was changed\n", name);
	else if (file->path)
		(void)printf("%s is added; its token is in %s, and nowhere else\n", name,
			     file->path);
	else
		(void)printf("%s is added, and comes with a certificate of %s\n", name,
			     q->certificate_uri);
	return OK;
}

enum err cmd_access_add(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__CreateIdentityRequest q = GHOSTFLEET__V1__CREATE_IDENTITY_REQUEST__INIT;
	Google__Protobuf__Timestamp at = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	struct new_file file = { .fd = -1 };

	TRY(read_roles(t, c, &q));
	TRY(read_expiry(t, c, &at, &q));
	q.name = resource(t, "identities", c->args.word[0]);
	q.certificate_uri = cli_opt(t, c, OPT_URI);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	const char *out = cli_has(c, OPT_OUT) ? c->args.opt[OPT_OUT]
					      : turn_printf(t, "%s.token", short_name(q.name));

	/* Before the server makes the token: told once, it must have a place to go. */
	if (!*q.certificate_uri && !q.validate_only)
		TRY(file_claim(t, out, 0600, &file));
	enum err e = ask_add(t, c, &q, &file);

	file_give_up(&file);
	return e;
}

enum err cmd_access_revoke(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__RevokeIdentityRequest q = GHOSTFLEET__V1__REVOKE_IDENTITY_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "identities", c->args.word[0]);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "RevokeIdentity", &q, &answer));
	const Ghostfleet__V1__RevokeIdentityResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("%s %s\n", short_name(q.name),
		     !r->changed       ? "was revoked before"
		     : q.validate_only ? "would be revoked; nothing was changed"
				       : "is revoked");
	return OK;
}
