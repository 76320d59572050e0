/* server/api/msg_incident.h - incidents as messages. */
#ifndef SERVER_API_MSG_INCIDENT_H
#define SERVER_API_MSG_INCIDENT_H

#include "ghostfleet/v1/incident.pb-c.h"

#include "server/api/convert.h"
#include "server/core/incident.h"

/* By number, "incidents/12", or by its key: the newest of that key. */
enum err incident_named(struct turn *t, const char *field, const char *name, int64_t *out) MUST_USE;
Ghostfleet__V1__Incident *msg_incident(struct turn *t, const struct incident *i);
Ghostfleet__V1__TimelineRow *msg_row(struct turn *t, const struct incident_row *r);
Ghostfleet__V1__IncidentNote *msg_note(struct turn *t, const struct note *n);
Ghostfleet__V1__ActionItem *msg_action(struct turn *t, const struct action_item *a);
Ghostfleet__V1__Announcement *msg_announcement(struct turn *t, const struct announcement *a);
/* Its template, with what was answered. */
enum err msg_fields(struct turn *t, const struct incident *i, Ghostfleet__V1__TemplateField ***out,
		    size_t *n_out) MUST_USE;

/* The incident with all that belongs to it; the timeline after `after`, at most `rows`. */
enum err msg_whole_incident(struct turn *t, int64_t id, int64_t after, size_t rows,
			    Ghostfleet__V1__GetIncidentResponse *out) MUST_USE;

#endif
