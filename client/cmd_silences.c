/* What a person wants to hear nothing of for a while: list, add, end. */
#include <inttypes.h>

#include "client/commands.h"
#include "client/list.h"
#include "ghostfleet/v1/silence.pb-c.h"
#include "store/base/turn.h"
#include "store/base/units.h"

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__silence_service__descriptor;

static void silence_row(struct turn *t, struct table *tb, const void *item)
{
	const Ghostfleet__V1__Silence *s = item;

	table_row(tb, short_name(s->name),
		  enum_text(t, &ghostfleet__v1__silence_state__descriptor, (int)s->state), s->rule,
		  s->subject,
		  s->state == GHOSTFLEET__V1__SILENCE_STATE__SILENCE_STATE_ENDED
			  ? age(t, s->end_time)
			  : until(t, s->end_time),
		  turn_printf(t, "%" PRId64, s->matched_count), s->author, clip(t, s->reason, 60),
		  NULL);
}

enum err cmd_silences_list(struct turn *t, struct cli *c)
{
	static const char *const heads[] = { ">SILENCE", "STATE", "RULE",   "SUBJECT", "ENDS",
					     ">KEPT",    "BY",    "REASON", NULL };
	Ghostfleet__V1__ListSilencesRequest q = GHOSTFLEET__V1__LIST_SILENCES_REQUEST__INIT;

	q.show_ended = cli_has(c, OPT_ALL);
	struct list l = {
		.service = service,
		.method = "ListSilences",
		.request = &q,
		.page_token = &q.page_token,
		.page_size = &q.page_size,
		.heads = heads,
		.row = silence_row,
		.none = "nothing is silenced",
	};

	return list_show(t, c, &l);
}

enum err cmd_silences_add(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__CreateSilenceRequest q = GHOSTFLEET__V1__CREATE_SILENCE_REQUEST__INIT;
	Google__Protobuf__Timestamp end = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	int64_t ms;
	void *answer;
	enum err e;

	if (!cli_has(c, OPT_FOR))
		return usage(t, c, "say for how long: --for 2h, at most 7d");
	if (!duration_parse(c->args.opt[OPT_FOR], &ms) || ms == 0)
		return usage(t, c, "--for %s: write 30m, 2h or 7d", c->args.opt[OPT_FOR]);
	end.seconds = (t->now_ms + ms) / 1000;
	q.rule = cli_opt(t, c, OPT_RULE);
	q.subject = cli_opt(t, c, OPT_SUBJECT);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.end_time = &end;
	q.until_resolved = cli_has(c, OPT_UNTIL_RESOLVED);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "CreateSilence", &q, &answer));
	const Ghostfleet__V1__CreateSilenceResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	if (q.validate_only)
		(void)printf("it would be silenced; nothing was changed\n");
	else
		(void)printf("silence %s: %s of %s pages nobody; it ends %s\n",
			     short_name(r->silence->name), clean(t, r->silence->rule),
			     clean(t, r->silence->subject), until(t, r->silence->end_time));
	return OK;
}

enum err cmd_silences_end(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__EndSilenceRequest q = GHOSTFLEET__V1__END_SILENCE_REQUEST__INIT;
	void *answer;
	enum err e;

	q.name = resource(t, "silences", c->args.word[0]);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "EndSilence", &q, &answer));
	const Ghostfleet__V1__EndSilenceResponse *r = answer;

	if (out_json(t, c, &r->base, &e))
		return e;
	(void)printf("silence %s %s\n", short_name(q.name),
		     !r->changed       ? "was at its end"
		     : q.validate_only ? "would end; nothing was changed"
				       : "has ended");
	return OK;
}
