/* client/incident_view.h - an incident in few columns, for a phone at three in the night. */
#ifndef CLIENT_INCIDENT_VIEW_H
#define CLIENT_INCIDENT_VIEW_H

#include "client/cli.h"
#include "ghostfleet/v1/incident.pb-c.h"

enum { NARROW = 40 };

/* Lines of at most NARROW characters, broken at spaces, each with `indent` before it. */
void narrow_text(struct turn *t, const char *indent, const char *text);
/* "#12 CRITICAL, nobody has it", then its title; what is due next. */
void narrow_incident(struct turn *t, const Ghostfleet__V1__Incident *i);
/* All about one, at the terminal's width. */
void show_incident(struct turn *t, const Ghostfleet__V1__GetIncidentResponse *r);

/* "critical", "triggered"; who has it. */
const char *severity_text(struct turn *t, const Ghostfleet__V1__Incident *i);
const char *holder_text(struct turn *t, const Ghostfleet__V1__Incident *i);
/* What runs out first: "ack in 3m", "resolve in 12m", "". */
const char *due_text(struct turn *t, const Ghostfleet__V1__Incident *i);

#endif
