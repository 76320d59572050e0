#!/usr/bin/env bash
# metrics.sh - what Prometheus sees while a payment is made, an endpoint is dead and a contract
# reverts: the counters that the runbook reads are there from the start, and they move.
. "$(dirname "$0")/lib.sh"
export BACKUP_RPC_URLS=http://127.0.0.1:1/
start_chain
write_config "$(stake_config)" '[safety]' 'max_consecutive_errors = 1'
start_daemon

# value SERIES: of that line; of all of the family when it is a name alone.
value() {
	curl -fsS --noproxy '*' "$http/metrics" |
		awk -v s="$1" '$1 == s || index($1, s "{") == 1 { sum += $2; n++ } END { print n ? sum : "none" }'
}
at_least() {
	local v
	v=$(value "$2")
	[ "$v" != none ] && [ "$v" -ge "$1" ]
}

for s in ghost_fleet_circuit_breaker_trips ghost_fleet_circuit_breaker_trips_total \
	'ghost_fleet_errors_total{owner="fleet"}' 'ghost_fleet_errors_total{owner="wallet"}' \
	'ghost_fleet_errors_total{owner="contract"}' \
	'ghost_fleet_actions_total{action="approve",outcome="confirmed"}' \
	'ghost_fleet_broadcasts_total{outcome="accepted"}'; do
	expect "$(value "$s")" 0 "$s at the start"
done
wait_for 20 "the dead endpoint's errors" at_least 1 'ghost_fleet_errors_total{owner="endpoint"}'
expect "$(curl -s "$http/health" | jq -r .status)" healthy "GET /health with one of two endpoints"

# Paid while it is idle, then let act: it approves, and has no token to stake, so that the call
# reverts where it is simulated.
ctl wallets generate --count 1 --profile degen -o json >/dev/null
ctl fund --target 0.01ether --yes -o json >/dev/null
ctl wallets update wallet-001 --enable -o json >/dev/null
wait_for 60 "the approve" at_least 1 'ghost_fleet_actions_total{action="approve",outcome="confirmed"}'
wait_for 60 "the breaker" at_least 1 ghost_fleet_circuit_breaker_trips
at_least 1 'ghost_fleet_errors_total{owner="contract"}' || die "the contract's errors"
at_least 1 'ghost_fleet_actions_total{action="action",outcome="refused"}' || die "the refused action"
# Where a node waits with its answer for the receipt, a slow one's answer may come too late to count.
all=$(curl -fsS --noproxy '*' "$http/metrics" | awk '/^ghost_fleet_broadcasts_total\{/ { n += $2 } END { print n + 0 }')
[ "$all" -ge 2 ] || die "the payment and the approve: $all sends"
at_least 2 ghost_fleet_rpc_requests_total || die "the endpoints' requests"
at_least 2 ghost_fleet_rpc_seconds_count || die "the endpoints' times"

# The runbook's name for the breakers is a counter without _total, knowingly.
curl -fsS --noproxy '*' "$http/metrics" >"$dir/page"
said=$(promtool check metrics <"$dir/page" 2>&1 | grep -v '^ghost_fleet_circuit_breaker_trips counter' || true)
expect "$said" "" "promtool"
no_broken_lines
stop_daemon
