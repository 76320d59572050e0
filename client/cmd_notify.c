/* Who is told what happens: channels. */
#include <inttypes.h>
#include <string.h>

#include "client/commands.h"
#include "client/file.h"
#include "client/list.h"
#include "client/stop.h"
#include "ghostfleet/v1/notification.pb-c.h"
#include "store/base/clock.h"
#include "store/base/turn.h"
#include "store/base/units.h"

enum { SECRET_FILE_MAX = 4096, TEST_MS = 30000, LOOK_MS = 200 };

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__notification_service__descriptor;

static const char *target_text(struct turn *t, const Ghostfleet__V1__Channel *c)
{
	switch (c->target_case) {
	case GHOSTFLEET__V1__CHANNEL__TARGET_WEBHOOK:
		return c->webhook->url;
	case GHOSTFLEET__V1__CHANNEL__TARGET_EMAIL:
		return turn_printf(t, "%s%s", c->email->n_recipients ? c->email->recipients[0] : "",
				   c->email->n_recipients > 1 ? ", ..." : "");
	case GHOSTFLEET__V1__CHANNEL__TARGET_PAGERDUTY:
		return c->pagerduty->url;
	case GHOSTFLEET__V1__CHANNEL__TARGET_SLACK:
		return c->slack->url;
	case GHOSTFLEET__V1__CHANNEL__TARGET_DISCORD:
		return c->discord->url;
	case GHOSTFLEET__V1__CHANNEL__TARGET_COMMAND:
		return c->command->n_arguments ? c->command->arguments[0] : "";
	case GHOSTFLEET__V1__CHANNEL__TARGET__NOT_SET:
	default: /* a kind that is newer than this client */
		return "?";
	}
}

/* One word, the worst that is true. */
static const char *state_text(struct turn *t, const Ghostfleet__V1__Channel *c)
{
	if (!c->enabled && c->state == GHOSTFLEET__V1__CHANNEL_STATE__CHANNEL_STATE_OK)
		return "off";
	return enum_text(t, &ghostfleet__v1__channel_state__descriptor, (int)c->state);
}

static void channel_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Channel *c = item;

	table_row(tb, short_name(c->name),
		  enum_text(t, &ghostfleet__v1__channel_kind__descriptor, (int)c->kind),
		  state_text(t, c), turn_printf(t, "%" PRId64, c->waiting),
		  turn_printf(t, "%" PRId64, c->sent),
		  turn_printf(t, "%" PRId64, c->dead + c->dropped), age(t, c->success_time),
		  c->failures ? until(t, c->hold_time) : "", clip(t, target_text(t, c), 40),
		  c->text, NULL);
}

enum err cmd_channels_list(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { "CHANNEL", "KIND",  "STATE", ">WAITING",
					     ">SENT",   ">LOST", "LAST",  "NEXT",
					     "WHERE",   "TEXT",  NULL };
	Ghostfleet__V1__ListChannelsRequest q = GHOSTFLEET__V1__LIST_CHANNELS_REQUEST__INIT;
	struct list l = {
		.service = service,
		.method = "ListChannels",
		.request = &q,
		.heads = heads,
		.row = channel_row,
		.none = "nobody is told; add a channel: ghostctl help notify channels add",
	};

	return list_show(t, c, &l);
}

/* The first line of --secret-file; "" without it. */
static enum err read_secret(struct turn *t, struct cli *c, char **out)
{
	struct file f;

	*out = turn_strdup(t, "");
	if (!cli_has(c, OPT_SECRET_FILE))
		return OK;
	TRY(file_read(t, c->args.opt[OPT_SECRET_FILE], SECRET_FILE_MAX, &f));
	f.text[strcspn(f.text, "\r\n")] = 0;
	if (f.world_readable)
		(void)fprintf(stderr, "ghostctl: others may read %s: chmod 600 it\n",
			      c->args.opt[OPT_SECRET_FILE]);
	if (!*f.text)
		return usage(t, c, "--secret-file %s: its first line is empty",
			     c->args.opt[OPT_SECRET_FILE]);
	*out = f.text;
	return OK;
}

static void email(struct turn *t, struct cli *c, Ghostfleet__V1__EmailTarget *m)
{
	ghostfleet__v1__email_target__init(m);
	m->url = cli_opt(t, c, OPT_URL);
	m->username = cli_opt(t, c, OPT_USER);
	m->sender = cli_opt(t, c, OPT_FROM);
	m->recipients = args_split(t, cli_opt(t, c, OPT_RECIPIENTS), &m->n_recipients);
}

static void webhook(struct turn *t, struct cli *c, Ghostfleet__V1__Channel *m)
{
	m->target_case = GHOSTFLEET__V1__CHANNEL__TARGET_WEBHOOK;
	m->webhook = turn_alloc(t, sizeof(*m->webhook));
	ghostfleet__v1__webhook_target__init(m->webhook);
	m->webhook->url = cli_opt(t, c, OPT_URL);
}

static void command(struct turn *t, struct cli *c, Ghostfleet__V1__Channel *m)
{
	m->target_case = GHOSTFLEET__V1__CHANNEL__TARGET_COMMAND;
	m->command = turn_alloc(t, sizeof(*m->command));
	ghostfleet__v1__command_target__init(m->command);
	m->command->n_arguments = c->args.n_words - 1;
	m->command->arguments = turn_array(t, c->args.n_words, sizeof(char *));
	for (size_t i = 1; i < c->args.n_words; i++)
		m->command->arguments[i - 1] = turn_strdup(t, c->args.word[i]);
}

static enum err read_target(struct turn *t, struct cli *c, Ghostfleet__V1__Channel *m)
{
	const char *said = cli_opt(t, c, OPT_KIND);
	int kind;

	if (!*said)
		return usage(t, c,
			     "say how: --kind webhook, email, pagerduty, slack, discord, "
			     "command");
	if (enum_read(t, &ghostfleet__v1__channel_kind__descriptor, said, &kind) != OK)
		return usage(t, c, "--kind: %s", t->why);
	switch ((Ghostfleet__V1__ChannelKind)kind) {
	case GHOSTFLEET__V1__CHANNEL_KIND__CHANNEL_KIND_WEBHOOK:
		webhook(t, c, m);
		return OK;
	case GHOSTFLEET__V1__CHANNEL_KIND__CHANNEL_KIND_EMAIL:
		m->target_case = GHOSTFLEET__V1__CHANNEL__TARGET_EMAIL;
		m->email = turn_alloc(t, sizeof(*m->email));
		email(t, c, m->email);
		return OK;
	case GHOSTFLEET__V1__CHANNEL_KIND__CHANNEL_KIND_PAGERDUTY:
		m->target_case = GHOSTFLEET__V1__CHANNEL__TARGET_PAGERDUTY;
		m->pagerduty = turn_alloc(t, sizeof(*m->pagerduty));
		ghostfleet__v1__pager_duty_target__init(m->pagerduty);
		m->pagerduty->url = cli_opt(t, c, OPT_URL);
		return OK;
	case GHOSTFLEET__V1__CHANNEL_KIND__CHANNEL_KIND_SLACK:
		m->target_case = GHOSTFLEET__V1__CHANNEL__TARGET_SLACK;
		m->slack = turn_alloc(t, sizeof(*m->slack));
		ghostfleet__v1__slack_target__init(m->slack);
		return OK;
	case GHOSTFLEET__V1__CHANNEL_KIND__CHANNEL_KIND_DISCORD:
		m->target_case = GHOSTFLEET__V1__CHANNEL__TARGET_DISCORD;
		m->discord = turn_alloc(t, sizeof(*m->discord));
		ghostfleet__v1__discord_target__init(m->discord);
		return OK;
	case GHOSTFLEET__V1__CHANNEL_KIND__CHANNEL_KIND_COMMAND:
		command(t, c, m);
		return OK;
	case GHOSTFLEET__V1__CHANNEL_KIND__CHANNEL_KIND_UNSPECIFIED:
	default:
		return usage(t, c,
			     "say how: --kind webhook, email, pagerduty, slack, discord, "
			     "command");
	}
}

/* What was done, in a line, with its state. */
static enum err show(struct turn *t, struct cli *c, const ProtobufCMessage *answer,
		     const Ghostfleet__V1__Channel *m, bool dry, const char *done)
{
	enum err e;

	if (out_json(t, c, answer, &e))
		return e;
	if (m)
		(void)printf("%s %s\n", clean(t, m->name),
			     dry ? "would be so; nothing was changed" : done);
	return OK;
}

enum err cmd_channels_add(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__CreateChannelRequest q = GHOSTFLEET__V1__CREATE_CHANNEL_REQUEST__INIT;
	Ghostfleet__V1__Channel m = GHOSTFLEET__V1__CHANNEL__INIT;
	void *answer;

	TRY(read_target(t, c, &m));
	if (c->args.n_words > 1 && m.target_case != GHOSTFLEET__V1__CHANNEL__TARGET_COMMAND)
		return usage(t, c, "'%s': only --kind command takes arguments", c->args.word[1]);
	m.name = resource(t, "channels", c->args.word[0]);
	m.enabled = true;
	m.event_types = args_split(t, cli_opt(t, c, OPT_EVENTS), &m.n_event_types);
	q.channel = &m;
	TRY(read_secret(t, c, &q.secret));
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "CreateChannel", &q, &answer));
	const Ghostfleet__V1__CreateChannelResponse *r = answer;

	return show(t, c, &r->base, r->channel, q.validate_only,
		    turn_printf(t,
				"hears of what happens from now on; try it: ghostctl notify "
				"channels test %s",
				clean(t, short_name(m.name))));
}

static enum err read_change(struct turn *t, struct cli *c, Ghostfleet__V1__Channel *m,
			    Google__Protobuf__FieldMask *mask)
{
	if (cli_has(c, OPT_ENABLE) && cli_has(c, OPT_DISABLE))
		return usage(t, c, "--enable and --disable exclude each other");
	if (cli_has(c, OPT_ENABLE) || cli_has(c, OPT_DISABLE)) {
		m->enabled = cli_has(c, OPT_ENABLE);
		mask->paths[mask->n_paths++] = turn_strdup(t, "enabled");
	}
	if (cli_has(c, OPT_EVENTS)) {
		m->event_types = args_split(t, cli_opt(t, c, OPT_EVENTS), &m->n_event_types);
		mask->paths[mask->n_paths++] = turn_strdup(t, "event_types");
	}
	if (cli_has(c, OPT_URL)) {
		webhook(t, c, m);
		mask->paths[mask->n_paths++] = turn_strdup(t, "target");
	}
	if (cli_has(c, OPT_SECRET_FILE))
		mask->paths[mask->n_paths++] = turn_strdup(t, "secret");
	if (mask->n_paths == 0)
		return usage(t, c,
			     "say what to change: --events, --url, --secret-file, --enable or "
			     "--disable");
	return OK;
}

enum err cmd_channels_update(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__UpdateChannelRequest q = GHOSTFLEET__V1__UPDATE_CHANNEL_REQUEST__INIT;
	Ghostfleet__V1__Channel m = GHOSTFLEET__V1__CHANNEL__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Google__Protobuf__Duration keep = GOOGLE__PROTOBUF__DURATION__INIT;
	char *paths[4];
	int64_t ms;
	void *answer;

	mask.paths = paths;
	TRY(read_change(t, c, &m, &mask));
	if (cli_has(c, OPT_KEEP_OLD)) {
		if (!duration_parse(c->args.opt[OPT_KEEP_OLD], &ms))
			return usage(t, c, "--keep-old %s: write 24h or 7d",
				     c->args.opt[OPT_KEEP_OLD]);
		keep.seconds = ms / 1000;
		q.keep_old_secret = &keep;
	}
	m.name = resource(t, "channels", c->args.word[0]);
	q.channel = &m;
	q.update_mask = &mask;
	TRY(read_secret(t, c, &q.secret));
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "UpdateChannel", &q, &answer));
	const Ghostfleet__V1__UpdateChannelResponse *r = answer;

	return show(t, c, &r->base, r->channel, q.validate_only, "is changed");
}

enum err cmd_channels_remove(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__DeleteChannelRequest q = GHOSTFLEET__V1__DELETE_CHANNEL_REQUEST__INIT;
	void *answer;

	q.name = resource(t, "channels", c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "DeleteChannel", &q, &answer));
	const Ghostfleet__V1__DeleteChannelResponse *r = answer;

	return show(t, c, &r->base, r->channel, q.validate_only, "is told no more");
}

static bool is_over(const Ghostfleet__V1__Delivery *d)
{
	switch (d->state) {
	case GHOSTFLEET__V1__DELIVERY_STATE__DELIVERY_STATE_QUEUED:
	case GHOSTFLEET__V1__DELIVERY_STATE__DELIVERY_STATE_SENDING:
		return false;
	default: /* one attempt is enough for a test */
		return true;
	}
}

/* Until the first attempt has ended. */
static enum err wait_for_it(struct turn *t, struct cli *c, const char *name,
			    const Ghostfleet__V1__GetDeliveryResponse **out)
{
	int64_t give_up = clock_mono_ms() + (c->timeout_ms ? c->timeout_ms : TEST_MS);
	Ghostfleet__V1__GetDeliveryRequest q = GHOSTFLEET__V1__GET_DELIVERY_REQUEST__INIT;
	void *answer;

	q.name = turn_strdup(t, name);
	for (;;) {
		TRY(cli_call(t, c, service, "GetDelivery", &q, &answer));
		*out = answer;
		if (!(*out)->delivery)
			return fail(t, ERR_BROKEN, "the server's answer holds no delivery");
		if (is_over((*out)->delivery) || clock_mono_ms() > give_up)
			return OK;
		if (!stop_sleep(LOOK_MS))
			return fail(t, ERR_GONE,
				    "stopped; it is still sent, see: ghostctl notify "
				    "deliveries %s",
				    short_name(name));
	}
}

enum err cmd_channels_test(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__TestChannelRequest q = GHOSTFLEET__V1__TEST_CHANNEL_REQUEST__INIT;
	const Ghostfleet__V1__GetDeliveryResponse *r;
	void *answer;
	enum err e;

	q.name = resource(t, "channels", c->args.word[0]);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "TestChannel", &q, &answer));
	const Ghostfleet__V1__TestChannelResponse *asked = answer;

	if (!asked->delivery)
		return fail(t, ERR_BROKEN, "the server's answer holds no delivery");
	TRY(wait_for_it(t, c, asked->delivery->name, &r));
	if (r->delivery->state != GHOSTFLEET__V1__DELIVERY_STATE__DELIVERY_STATE_SENT)
		c->exit = EXIT_UNHEALTHY;
	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf(
		"%s %s: %s\n", q.name,
		enum_text(t, &ghostfleet__v1__delivery_state__descriptor, (int)r->delivery->state),
		*r->delivery->said ? clean(t, r->delivery->said) : "no answer yet");
	return OK;
}
