/* server/core/incident_export.h - an incident as a postmortem, and incidents as a list for
 * auditors.
 *
 * Texts of people and machines are quoted as Markdown and CSV want it: nothing in them becomes a
 * heading, a link, or a formula.
 */
#ifndef SERVER_CORE_INCIDENT_EXPORT_H
#define SERVER_CORE_INCIDENT_EXPORT_H

#include "store/base/buf.h"
#include "store/incidents.h"

enum { EXPORT_MAX = 3 << 20, EXPORT_ROWS = 5000 };

/* Overview, impact, responders, template, timeline, notes, action items, what to think about. */
enum err incident_markdown(struct turn *t, int64_t id, struct buf *out) MUST_USE;
/* The heads, then a line each. audit_first, audit_last: where its timeline stands in the audit. */
void incidents_csv_head(struct buf *out);
enum err incident_csv(struct turn *t, const struct incident *i, struct buf *out) MUST_USE;

#endif
