/* server/core/incident_template.h - what must be known before an incident of a kind is closed.
 *
 * From the runbook's emergency procedures. Pure.
 */
#ifndef SERVER_CORE_INCIDENT_TEMPLATE_H
#define SERVER_CORE_INCIDENT_TEMPLATE_H

#include "store/incident_work.h"
#include "store/incidents.h"

struct template_field {
	const char *name, *question;
};

/* In order; *n_out 0: the kind asks nothing. */
const struct template_field *incident_template(enum incident_kind k, size_t *n_out);
/* The names of those that lack an answer, "a, b"; "" when none does. */
const char *template_lacks(struct turn *t, enum incident_kind k, const struct incident_answer *a,
			   size_t n);

#endif
