#include "server/api/api.h"

#include <assert.h>
#include <string.h>

#include "server/api/about.h"
#include "server/api/rows.h"

enum { METHODS_MAX = 256 };

static const struct api_about *told;
static struct method all[METHODS_MAX];
static size_t n_all;

void api_about(const struct api_about *a)
{
	told = a;
}

const struct api_about *about(void)
{
	assert(told);
	return told;
}

static void gather(const struct method *rows, size_t n)
{
	assert(n_all + n <= METHODS_MAX);
	memcpy(all + n_all, rows, n * sizeof(*rows));
	n_all += n;
}

const struct method *api_methods(size_t *n_out)
{
	if (n_all == 0) { /* once, by main, before any thread */
		gather(fleet_rows, n_fleet_rows);
		gather(wallet_rows, n_wallet_rows);
		gather(funding_rows, n_funding_rows);
		gather(operation_rows, n_operation_rows);
		gather(endpoint_rows, n_endpoint_rows);
		gather(validator_rows, n_validator_rows);
		gather(rule_rows, n_rule_rows);
		gather(server_rows, n_server_rows);
		gather(kit_rows, n_kit_rows);
		gather(access_rows, n_access_rows);
		gather(transaction_rows, n_transaction_rows);
		gather(notification_rows, n_notification_rows);
		gather(incident_rows, n_incident_rows);
		gather(oncall_rows, n_oncall_rows);
		gather(heartbeat_rows, n_heartbeat_rows);
		gather(silence_rows, n_silence_rows);
		gather(maintenance_rows, n_maintenance_rows);
	}
	*n_out = n_all;
	return all;
}
