/* What others are told of an event. */
#include <string.h>

#include "ghostfleet/v1/notification.pb-c.h"
#include "proto/json.h"
#include "server/api/api.h"
#include "server/api/convert.h"
#include "server/core/event_kinds.h"

/* "operations/12": the operation as it is now. What is not there is left out. */
static enum err add_operation(struct turn *t, const char *subject, Ghostfleet__V1__EventData *m)
{
	struct operation o;
	int64_t id;

	if (id_of(t, "subject", "operations", subject, &id) != OK)
		return OK;
	enum err e = operation_get(t, id, &o);

	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	m->resource_case = GHOSTFLEET__V1__EVENT_DATA__RESOURCE_OPERATION;
	m->operation = msg_operation(t, &o);
	return OK;
}

static enum err add_wallet(struct turn *t, const char *name, Ghostfleet__V1__EventData *m)
{
	struct wallet w;
	enum err e = wallet_get(t, name, &w);

	if (e != OK)
		return e == ERR_MISSING ? OK : e;
	m->resource_case = GHOSTFLEET__V1__EVENT_DATA__RESOURCE_WALLET;
	m->wallet = msg_wallet(t, &w);
	return OK;
}

static enum err resource(struct turn *t, const struct event *e, Ghostfleet__V1__EventData *m)
{
	if (strncmp(e->subject, "operations/", 11) == 0)
		return add_operation(t, e->subject, m);
	if (strncmp(e->subject, "wallets/", 8) == 0)
		return add_wallet(t, e->subject + 8, m);
	return OK;
}

static enum err print(struct turn *t, const Ghostfleet__V1__EventData *m, const char **out,
		      size_t *n_out)
{
	char *text;

	if (!json_print(&m->base, 0, &text, n_out))
		return fail(t, ERR_BROKEN, "event %lld cannot be written as JSON",
			    (long long)m->event->id);
	*out = turn_strdup(t, text);
	json_text_free(text);
	return OK;
}

enum err api_event_data(struct turn *t, const struct event *e, const char **json_out)
{
	Ghostfleet__V1__EventData *m = msg_new(t, &ghostfleet__v1__event_data__descriptor);
	size_t n;

	m->event = msg_event(t, e);
	m->severity = (Ghostfleet__V1__Severity)event_kind(e->kind).severity;
	TRY(resource(t, e, m));
	TRY(print(t, m, json_out, &n));
	if (n <= NOTICE_DATA_MAX)
		return OK;
	m->resource_case = GHOSTFLEET__V1__EVENT_DATA__RESOURCE__NOT_SET;
	return print(t, m, json_out, &n);
}
