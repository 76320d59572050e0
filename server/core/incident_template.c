#include "server/core/incident_template.h"

#include <string.h>

#include "store/base/buf.h"

enum { LACKS_MAX = 200 };

static const struct template_field slashing[] = {
	{ "root_cause", "downtime above 60 minutes, a bug of the client, a partition, or two "
			"machines with one key?" },
	{ "prevention", "what keeps it from happening again?" },
	{ "report", "where is the incident report?" },
	{ "informed", "which stakers were informed, and when?" },
};
static const struct template_field compromise[] = {
	{ "isolated", "what was stopped, and when?" },
	{ "exposed", "which keys or machines may be known to others?" },
	{ "notified", "who of security was told, and when?" },
	{ "all_clear", "who gave the all-clear? Nothing is restarted without it." },
	{ "recovery", "which keys were replaced, where does it run now?" },
};
static const struct template_field partition[] = {
	{ "cause", "the gateway, the provider, or our own machine?" },
	{ "catch_up", "how long did it take to be in step again?" },
};

#define FIELDS(f) (*n_out = sizeof(f) / sizeof((f)[0]), (f))
const struct template_field *incident_template(enum incident_kind k, size_t *n_out)
{
	switch (k) {
	case KIND_SLASHING:
		return FIELDS(slashing);
	case KIND_COMPROMISE:
		return FIELDS(compromise);
	case KIND_PARTITION:
		return FIELDS(partition);
	case KIND_PLAIN:
	case KIND_RPC_LOSS:
		break;
	}
	*n_out = 0;
	return NULL;
}
#undef FIELDS

static bool answered(const char *field, const struct incident_answer *a, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(a[i].field, field) == 0)
			return true;
	return false;
}

const char *template_lacks(struct turn *t, enum incident_kind k, const struct incident_answer *a,
			   size_t n)
{
	struct buf b = buf_in(t->mem, LACKS_MAX);
	size_t n_fields;
	const struct template_field *f = incident_template(k, &n_fields);

	for (size_t i = 0; i < n_fields; i++)
		if (!answered(f[i].name, a, n))
			buf_printf(&b, "%s%s", b.n ? ", " : "", f[i].name);
	return buf_text(&b);
}
