/* server/api/performance.h - the methods of ValidatorService that look back over days. */
#ifndef SERVER_API_PERFORMANCE_H
#define SERVER_API_PERFORMANCE_H

#include "server/door/method.h"

method_fn get_performance, list_sla_entries;

#endif
