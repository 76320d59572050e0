#!/usr/bin/env bash
# liars.sh - endpoints that lie. Whatever comes back from one, to reads and to sends, nothing is
# paid twice, nothing is lost, no wallet's breaker counts it, and who waits says for what in one line.
. "$(dirname "$0")/lib.sh"
wallets=20 milli=1000000000000000 target=0

start_chain 0.25
start_proxy pass 0 23 --hold 1
rpc_urls='[]'
# The wallets act, so that their breakers would have something to count.
configure() {
	write_config "" '[profiles.degen]' 'action_interval_secs = 2' \
		'[profiles.degen.action]' "contract = \"$DATA_TOKEN\"" \
		'call = "approve(address,uint256)"' "args = [\"$SAFE_ADDRESS\", \"1\"]" \
		'[safety]' 'max_consecutive_errors = 1' 'max_actions_per_hour = 1000'
	sed -i "s|^rpc_url = .*|&\nrpc_urls = $rpc_urls\ntimeout = \"2s\"|" "$dir/config.toml"
}
configure
start_daemon
ctl wallets generate --count $wallets --profile degen -o json >"$dir/wallets.json"
{
	echo address
	jq -r '.wallets[].address' "$dir/wallets.json"
} >"$dir/wallets.csv"

# begin: the next fund, each time to more, in the background.
begin() {
	target=$((target + 1))
	first=$(($(block) + 1))
	ctl fund --target $((target * milli))wei --yes -o json >"$dir/fund.json" 2>"$dir/fund.err" &
	fund=$!
}

# paid WHAT: it ends well, and the chain says that each was paid once.
paid() {
	wait $fund || die "$1: fund: $(cat "$dir/fund.err" "$dir/fund.json")"
	proxy_set pass 0
	expect "$(node deploy/scripts/witness.js "$RPC_URL" $first "$(block)" "$FUNDER_ADDRESS" "$dir/wallets.csv")" \
		"{\"asked\":$wallets,\"on_chain\":$wallets,\"twice\":0,\"missing\":0}" "$1: payments"
	expect "$(ctl wallets list --all -o json | jq -c '[.wallets[].breaker | select(.state != "BREAKER_STATE_CLOSED" or (.consecutiveFailures // 0) != 0)]')" \
		'[]' "$1: the breakers"
	expect "$(ctl tx list --state review -o json | jq '.transactions | length')" 0 "$1: in review"
}

# says PATTERN: the operation that waits says why.
says() {
	ctl operations list -o json | jq -r '.operations[0].text' | grep -E "$1" >/dev/null
}

# Funded honestly, they begin to act.
begin
paid "no lie"
jq -r '.wallets[].name' "$dir/wallets.json" | while read -r name; do
	ctl wallets update "${name#wallets/}" --enable >/dev/null
done

# Now and then, to reads and sends.
for lie in html:0.3 truncated:0.3 wrong-id:0.3 502:0.3 drop:0.3 duplicate:0.3; do
	mode=${lie%:*}
	proxy_set "$mode" "${lie#*:}"
	begin
	paid "$mode"
	[ "$(proxy_count "$mode")" -gt 0 ] || die "$mode did not come about"
done
# Every send is held until the proxy gives up, or refused for a second: read on meanwhile.
met() { [ "$(proxy_count "$mode")" -ge 1 ]; }
for mode in timeout 429; do
	proxy_set $mode 1 sends
	begin
	wait_for 20 "a send that meets $mode" met
	[ $mode = timeout ] || proxy_set pass 0
	paid $mode
done

# Nothing but lies: it waits and says so, and goes on when they end.
for mode in html wrong-id 429 502; do
	proxy_set $mode 1
	begin
	wait_for 20 "the operation to say that it waits for a $mode" says 'no endpoint answers: .*127\.0\.0\.1'
	proxy_set pass 0
	paid "$mode always"
done

# Another chain, or another genesis under the same id: disabled by name, until a person restarts.
disabled() { [ "$(ctl endpoints list -o json | jq -r '.endpoints[0].state')" = ENDPOINT_STATE_DISABLED ]; }
for mode in chain genesis; do
	proxy_set $mode 1
	wait_for 20 "the endpoint to be disabled" disabled
	begin
	wait_for 20 "the operation to say which chain" says 'serves (chain 1337, expected 31337|another chain under the id 31337)'
	sent=$(proxy_count told)
	kill_daemon
	start_daemon
	wait_for 20 "the operation to say which chain" says 'serves (chain 1337, expected 31337|another chain under the id 31337)'
	expect "$(proxy_count told)" "$sent" "sends to another chain"
	proxy_set pass 0
	kill_daemon
	start_daemon
	paid "another $mode"
done

# Two endpoints: the first is dead, or dies half way; the other serves.
stop_daemon
rpc_urls="[\"$RPC_URL\"]"
proxy=$proxy_url proxy_url=http://127.0.0.1:1
configure
start_daemon
proxy_url=$proxy
begin
paid "one endpoint dead"
stop_daemon
configure
start_daemon
proxy_set lost 1
begin
paid "one endpoint dies"

# One line a trouble, not one a question.
acted=$(ctl tx list --state confirmed -o json | jq '[.transactions[] | select(.purpose == "action")] | length')
[ "$acted" -gt 0 ] || die "no wallet acted meanwhile"
lines=$(grep -cE 'level=(WARN|ERROR)' "$dir/daemon.log") || true
[ "$lines" -le 60 ] || die "$lines warnings"
no_broken_lines
stop_daemon
echo "liars.sh: $target rounds of $wallets payments, each once; $lines warnings"
