#!/usr/bin/env bash
# endpoints.sh - two endpoints, and what befalls the first: it dies, closes, hangs, limits, lags.
# Payments go on over the second, each once, and no wallet's breaker counts anything. Then sends to
# both at once, and sends that wait for their receipt at a gateway as MegaETH's.
. "$(dirname "$0")/lib.sh"
wallets=5 milli=1000000000000000 target=0

start_chain 0.1
rpc anvil_mine '["0x40"]' >/dev/null
start_proxy pass 0 2 --hold 30 --scope all
backup=$proxy_url backup_pid=$proxy_pid
rm "$dir/proxy.url"
end_both() {
	local rc=$?
	kill "$backup_pid" 2>/dev/null || true
	(exit $rc)
	cleanup
}
trap end_both EXIT
start_proxy pass 0 1 --hold 30 --scope all
main=$proxy_url

# at URL COMMAND...: of that proxy
at() {
	proxy_url=$1 "${@:2}"
}

# configure [LINE...]: the chain's further settings
configure() {
	write_config '[profiles.degen]' 'action_interval_secs = 3600'
	sed -i "s|^rpc_url = .*|&\nrpc_urls = [\"$backup\"]|" "$dir/config.toml"
	for line in "$@"; do sed -i "s|^rpc_url = .*|&\n$line|" "$dir/config.toml"; done
}

both_known() {
	[ "$(ctl endpoints list -o json | jq '[.endpoints[] | select(.state == "ENDPOINT_STATE_OK")] | length')" = 2 ]
}

# pay WHAT: everybody gets more, each once.
pay() {
	local first from
	target=$((target + 1)) first=$(($(block) + 1)) from=$(date +%s%N)
	ctl fund --target $((target * milli))wei --yes -o json >"$dir/fund.json" 2>"$dir/fund.err" ||
		die "$1: fund: $(cat "$dir/fund.err" "$dir/fund.json")"
	echo "$1: $((($(date +%s%N) - from) / 1000000)) ms"
	expect "$(node deploy/scripts/witness.js "$RPC_URL" $first "$(block)" "$FUNDER_ADDRESS" "$dir/wallets.csv")" \
		"{\"asked\":$wallets,\"on_chain\":$wallets,\"twice\":0,\"missing\":0}" "$1: payments"
	expect "$(ctl wallets list --all -o json | jq -c '[.wallets[].breaker | select(.state != "BREAKER_STATE_CLOSED" or (.consecutiveFailures // 0) != 0)]')" \
		'[]' "$1: the breakers"
}

# more COUNT BEFORE WHAT
more() {
	[ "$1" -gt "$2" ] || die "$3: $1, and $2 before"
}

configure
start_daemon
ctl wallets generate --count $wallets --profile degen -o json >"$dir/wallets.json"
{
	echo address
	jq -r '.wallets[].address' "$dir/wallets.json"
} >"$dir/wallets.csv"

wait_for 20 "both endpoints" both_known
pay "both fine"
expect "$(at "$backup" proxy_count told)" 0 "sends to the second while the first is fine"

# Without a pause in between: the first is good again, and the next misfortune meets it.
for trouble in lost timeout 429 lag; do
	wait_for 20 "both endpoints" both_known
	ctl endpoints use "$(ctl endpoints list -o json | jq -r '.endpoints[] | select(.name | endswith("'"${main##*:}"'")) | .name')" >/dev/null
	before=$(at "$backup" proxy_count requests)
	at "$main" proxy_set $trouble 1
	pay "the first: $trouble"
	more "$(at "$backup" proxy_count requests)" "$before" "$trouble: questions to the second"
	at "$main" proxy_set pass 0
done
kill -KILL "$proxy_pid"
pay "the first is dead"
proxy_pid=''
stop_daemon

# Both at once.
rm "$dir/proxy.url"
start_proxy pass 0 1 --scope all
main=$proxy_url
configure 'broadcast = "all"'
start_daemon
wait_for 20 "both endpoints" both_known
before=$(at "$backup" proxy_count told)
pay "to all"
[ "$(at "$main" proxy_count told)" -ge $wallets ] || die "not all of it went to the first"
[ "$(at "$backup" proxy_count told)" -ge $((before + wallets)) ] || die "not all of it went to the second"
stop_daemon

# One transaction at a time at a gateway that waits.
at "$main" proxy_set realtime 1
configure
start_daemon
wait_for 20 "both endpoints" both_known
target=$((target + 1))
for name in $(jq -r '.wallets[].name' "$dir/wallets.json"); do
	ctl fund --wallets "${name#wallets/}" --target $((target * milli))wei --yes >/dev/null
done
[ "$(at "$main" proxy_count waited)" -gt 0 ] || die "no send waited for its receipt"
for a in $(tail -n +2 "$dir/wallets.csv"); do
	expect "$(rpc eth_getBalance "[\"$a\",\"latest\"]")" "$(printf '0x%x' $((target * milli)))" "the balance of $a"
done
expect "$(curl -fsS --noproxy '*' "$http/metrics" | sed -n 's/^ghost_fleet_circuit_breaker_trips_total //p')" 0 "trips"
no_broken_lines
stop_daemon
echo "endpoints.sh: $(at "$main" proxy_count waited) sends waited for their receipt"
