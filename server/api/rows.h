/* server/api/rows.h - the method rows of each service, gathered by api.c. */
#ifndef SERVER_API_ROWS_H
#define SERVER_API_ROWS_H

#include "server/door/method.h"

enum {
	ANY_READER = ROLE_VIEWER | ROLE_CHECKER | ROLE_OPERATOR | ROLE_TREASURER | ROLE_APPROVER |
		     ROLE_AUDITOR,
};

extern const struct method fleet_rows[], wallet_rows[], funding_rows[], operation_rows[],
	endpoint_rows[], server_rows[], access_rows[], validator_rows[], notification_rows[],
	kit_rows[];
extern const size_t n_fleet_rows, n_wallet_rows, n_funding_rows, n_operation_rows, n_endpoint_rows,
	n_server_rows, n_access_rows, n_validator_rows, n_notification_rows, n_kit_rows;

#endif
