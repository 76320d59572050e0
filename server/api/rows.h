/* server/api/rows.h - the method rows of each service, gathered by api.c. */
#ifndef SERVER_API_ROWS_H
#define SERVER_API_ROWS_H

#include "server/door/method.h"

enum {
	ANY_READER = ROLE_VIEWER | ROLE_CHECKER | ROLE_OPERATOR | ROLE_TREASURER | ROLE_APPROVER |
		     ROLE_AUDITOR,
};

/* clang-format off */
extern const struct method
	access_rows[],
	endpoint_rows[],
	fleet_rows[],
	funding_rows[],
	heartbeat_rows[],
	incident_rows[],
	kit_rows[],
	maintenance_rows[],
	notification_rows[],
	oncall_rows[],
	operation_rows[],
	rule_rows[],
	server_rows[],
	silence_rows[],
	transaction_rows[],
	validator_rows[],
	wallet_rows[];
extern const size_t
	n_access_rows,
	n_endpoint_rows,
	n_fleet_rows,
	n_funding_rows,
	n_heartbeat_rows,
	n_incident_rows,
	n_kit_rows,
	n_maintenance_rows,
	n_notification_rows,
	n_oncall_rows,
	n_operation_rows,
	n_rule_rows,
	n_server_rows,
	n_silence_rows,
	n_transaction_rows,
	n_validator_rows,
	n_wallet_rows;
/* clang-format on */

#endif
