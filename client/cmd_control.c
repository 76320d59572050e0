/* Starting, stopping and restarting the client that runs our validators. */
#include "client/commands.h"
#include "client/follow.h"
#include "client/out.h"
#include "ghostfleet/v1/validator.pb-c.h"
#include "store/base/turn.h"

static const ProtobufCServiceDescriptor *const service =
	&ghostfleet__v1__validator_service__descriptor;

enum { FOLLOW_MS = 180000 };

static char *about(struct turn *t, const struct cli *c)
{
	return c->args.n_words ? resource(t, "validators", c->args.word[0]) : turn_strdup(t, "");
}

/* Told, and looked at again: the operation ends when that look is done. */
static enum err stay(struct turn *t, struct cli *c, Ghostfleet__V1__Operation *o)
{
	enum err e;

	if (!o)
		return fail(t, ERR_BROKEN, "the server's answer holds no operation");
	if (cli_has(c, OPT_DRY_RUN)) {
		if (out_json(t, c, &o->base, &e))
			return e;
		(void)printf("it would be told; nothing was changed\n");
		return OK;
	}
	TRY(follow(t, c, o->name, FOLLOW_END, c->timeout_ms ? c->timeout_ms : FOLLOW_MS, &o));
	if (o->state != GHOSTFLEET__V1__OPERATION_STATE__OPERATION_STATE_DONE)
		c->exit = EXIT_SAID_NO;
	if (out_json(t, c, &o->base, &e))
		return e;
	(void)printf("%s\n", clean(t, o->text));
	return OK;
}

enum err cmd_validators_start(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__StartValidatorRequest q = GHOSTFLEET__V1__START_VALIDATOR_REQUEST__INIT;
	void *answer;

	q.name = about(t, c);
	q.force = cli_has(c, OPT_FORCE);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "StartValidator", &q, &answer));
	return stay(t, c, ((Ghostfleet__V1__StartValidatorResponse *)answer)->operation);
}

enum err cmd_validators_stop(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__StopValidatorRequest q = GHOSTFLEET__V1__STOP_VALIDATOR_REQUEST__INIT;
	void *answer;

	q.name = about(t, c);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "StopValidator", &q, &answer));
	return stay(t, c, ((Ghostfleet__V1__StopValidatorResponse *)answer)->operation);
}

enum err cmd_validators_restart(struct turn *t, struct cli *c)
{
	Ghostfleet__V1__RestartValidatorRequest q = GHOSTFLEET__V1__RESTART_VALIDATOR_REQUEST__INIT;
	void *answer;

	q.name = about(t, c);
	q.reason = cli_opt(t, c, OPT_REASON);
	q.validate_only = cli_has(c, OPT_DRY_RUN);
	q.request_id = cli_request_id(t, c);
	TRY(cli_call(t, c, service, "RestartValidator", &q, &answer));
	return stay(t, c, ((Ghostfleet__V1__RestartValidatorResponse *)answer)->operation);
}
