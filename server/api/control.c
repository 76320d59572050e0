/* The calls of ghostfleet.v1.ValidatorService that start and stop the client. */
#include "server/api/control.h"

#include "ghostfleet/v1/validator.pb-c.h"

#include "server/api/convert.h"
#include "server/core/control.h"
#include "server/core/validator.h"

/* "validators", or the one that was named; it must be there. */
static enum err subject_of(struct turn *t, const char *name, const char **out)
{
	struct validator v;
	const char *one;

	*out = "validators";
	if (!*name)
		return OK;
	TRY(name_of(t, "name", "validators", name, &one));
	TRY(validator_named(t, one, &v));
	*out = turn_printf(t, "validators/%lld", (long long)v.id);
	return OK;
}

static enum err ask(struct turn *t, enum op_kind kind, const char *name, bool force,
		    const char *reason, Ghostfleet__V1__Operation **out)
{
	struct operation o;
	const char *subject;

	TRY(subject_of(t, name, &subject));
	TRY(control_ask(t, kind, subject, force, reason, &o));
	*out = msg_operation(t, &o);
	return OK;
}

enum err start_validator(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__StartValidatorRequest *in = vin;
	Ghostfleet__V1__StartValidatorResponse *out = vout;

	return ask(t, OP_START, in->name, in->force, in->reason, &out->operation);
}

enum err stop_validator(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__StopValidatorRequest *in = vin;
	Ghostfleet__V1__StopValidatorResponse *out = vout;

	return ask(t, OP_STOP, in->name, false, in->reason, &out->operation);
}

enum err restart_validator(struct turn *t, const void *vin, void *vout)
{
	const Ghostfleet__V1__RestartValidatorRequest *in = vin;
	Ghostfleet__V1__RestartValidatorResponse *out = vout;

	return ask(t, OP_RESTART, in->name, false, in->reason, &out->operation);
}
