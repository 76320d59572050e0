#!/usr/bin/env bash
# runbook.sh - the lines of the fleet's runbook, as they stand there, against the running daemon.
. "$(dirname "$0")/lib.sh"
start_chain
write_config "$(stake_config)"
"$build/ghost-fleet" --config "$dir/config.toml" validate
start_daemon

# Health check, readiness, metrics
expect "$(curl -s "$http/health" | jq -r .status)" healthy "GET /health"
curl -s "$http/health" | jq -e '.uptime_secs >= 0' >/dev/null || die "no uptime_secs"
curl -fsS "$http/health/ready" >/dev/null
curl -s "$http/metrics" | grep '^ghost_fleet_' >/dev/null || die "no ghost_fleet_ metric"
"$build/ghost-fleet" --config "$dir/config.toml" --ports-file "$dir/ports.json" health

# MP-001: generate, read the CSV, append the TOML, validate
(
	cd deploy
	cat >"$dir/ctl" <<-EOF
		#!/bin/sh
		exec "$build/ghostctl" --address 127.0.0.1:$GHOST_FLEET_GRPC_PORT --token-file "$dir/data/admin.token" "\$@"
	EOF
	chmod +x "$dir/ctl"
	GHOSTCTL=$dir/ctl ./scripts/generate-wallets.sh 3 "$dir/new-wallets" degen
	if GHOSTCTL=$dir/ctl ./scripts/generate-wallets.sh 3 "$dir/new-wallets" degen 2>/dev/null; then
		die "a second batch overwrote the first"
	fi
	GHOSTCTL=$dir/ctl ./scripts/generate-wallets.sh --plaintext 2 "$dir/open-wallets" degen
)
expect "$(head -n 1 "$dir/new-wallets/wallets.csv")" address,private_key,profile
expect "$(tail -n +2 "$dir/new-wallets/wallets.csv" | cut -d, -f2 | sort -u)" sealed "column 2"
expect "$(tail -n +2 "$dir/open-wallets/wallets.csv" | cut -d, -f2 | grep -cE '^0x[0-9a-f]{64}$')" 2 "keys in the open"
expect "$(stat -c %a "$dir/new-wallets/wallets.csv")" 600 "the mode of wallets.csv"
expect "$(ctl wallets list -o json | jq '[.wallets[] | select(.role == "WALLET_ROLE_FLEET")] | length')" 5 "wallets"
for addr in $(cut -d',' -f1 "$dir/new-wallets/wallets.csv" | tail -n +2); do
	expect "$(balance "$addr")" 0 "the balance of $addr"
done
cat "$dir/new-wallets/wallets.toml" >>"$dir/config.toml"
"$build/ghost-fleet" --config "$dir/config.toml" validate

# Pause, status, resume, reset
expect "$(curl -s "$http/admin/status" | jq -r .state)" running
curl -fsS -X POST "$http/admin/pause" >/dev/null
expect "$(curl -s "$http/admin/status" | jq -r .state)" paused
expect "$(curl -s "$http/health" | jq -r .status)" healthy "GET /health while paused"
curl -fsS -X POST "$http/admin/resume" >/dev/null
expect "$(curl -s "$http/admin/status" | jq -r .state)" running
name=$(sed -n '0,/^id/s/^id = "\(.*\)"$/\1/p' "$dir/new-wallets/wallets.toml")
curl -fsS -X POST "$http/admin/reset/$name" >/dev/null
expect "$(curl -s -o /dev/null -w '%{http_code}' -X POST "$http/admin/reset/wallet-999")" 404 "reset of a stranger"
expect "$(curl -s -o /dev/null -w '%{http_code}' -X POST -H 'Origin: http://evil.example' "$http/admin/pause")" 401 "a browser's pause"

# Restart: with the wallets in the configuration too, and they are the same wallets
stop_daemon
start_daemon
expect "$(ctl wallets list -o json | jq '[.wallets[] | select(.role == "WALLET_ROLE_FLEET")] | length')" 5 "wallets after the restart"
expect "$(ctl wallets get "$name" -o json | jq .wallet.enabled)" true "whether $name acts, now that it is configured"
if ctl wallets list -o json | grep -qiE '[0-9a-f]{64}'; then die "a key in an answer"; fi
no_broken_lines
stop_daemon
