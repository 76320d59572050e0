/* server/api/incidents.h - the rows of IncidentService that stand in files of their own. */
#ifndef SERVER_API_INCIDENTS_H
#define SERVER_API_INCIDENTS_H

#include "server/door/method.h"

method_fn export_incidents, incident_report;
watch_fn watch_incidents;

#endif
