#!/usr/bin/env bash
# lossy.sh [PAYMENTS [MODE...]] - so many payments in each mode through a proxy that spoils every tenth
# answer to a send (tests/support/proxy.py), with kills in between: each is paid once. The chain is the
# witness, and so is what the proxy passed on. Prints a line of JSON a mode. RATE=0.1 KILLS=3
. "$(dirname "$0")/lib.sh"
wallets=${1:-100} rate=${RATE:-0.1} kills=${KILLS:-3} from=$SECONDS
shift $(($# > 0))
modes=("$@")
[ $# -gt 0 ] || modes=(drop duplicate reorder)
batch_size=1 # so that each send is a lot of its own

start_chain
start_proxy pass 0 11 --hold 4
write_config '[profiles.degen]' 'action_interval_secs = 3600'
sed -i "s|^rpc_url = .*|&\ntimeout = \"3s\"|" "$dir/config.toml"
start_daemon
ctl wallets generate --count "$wallets" --profile degen -o json >"$dir/wallets.json"
{
	echo address
	jq -r '.wallets[].address' "$dir/wallets.json"
} >"$dir/wallets.csv"
expect "$(tail -n +2 "$dir/wallets.csv" | sort -u | wc -l)" "$wallets" "distinct addresses"

told() {
	[ "$(proxy_count told)" -ge "$1" ]
}

round=0
for mode in "${modes[@]}"; do
	round=$((round + 1)) from=$SECONDS first=$(($(block) + 1)) before=$(proxy_count told)
	: >"$dir/witness.jsonl"
	proxy_set "$mode" "$rate" sends
	ctl fund --target "$((round * 10**15))wei" --yes -o json >"$dir/fund.json" 2>"$dir/fund.err" &
	fund=$!
	# Kills spread over all of them, the first and the last included.
	for ((i = 0; i < kills; i++)); do
		wait_for 600 "transaction $((1 + i * (wallets - 2) / (kills - 1)))" told $((before + 1 + i * (wallets - 2) / (kills - 1)))
		kill_daemon
		start_daemon
	done
	wait $fund || die "fund: $(cat "$dir/fund.err")"
	said=$(node deploy/scripts/witness.js "$RPC_URL" "$first" "$(block)" "$FUNDER_ADDRESS" "$dir/wallets.csv")
	expect "$said" "{\"asked\":$wallets,\"on_chain\":$wallets,\"twice\":0,\"missing\":0}" "$mode: payments"
	expect "$(node tests/support/residue.js "$RPC_URL" "$dir/wallets.csv")" $((round * wallets * 10**15)) "$mode: the wallets' balances"
	spoilt=$(proxy_count "$mode")
	[ "$spoilt" -gt 0 ] || die "$mode: no answer was spoilt: nothing was shown"
	# No intent was signed twice under two nonces: every raw transaction the node was told of,
	# however often, is one of as many as there are wallets.
	expect "$(jq -r .raw "$dir/witness.jsonl" | sort -u | wc -l)" "$wallets" "$mode: distinct transactions the node was told of"
	jq -cn --arg mode "$mode" --argjson said "$said" --argjson spoilt "$spoilt" --argjson kills "$kills" \
		--argjson seconds $((SECONDS - from)) \
		'{tool: "ghost-fleet", mode: $mode, spoilt: $spoilt, kills: $kills, seconds: $seconds} + $said'
done
no_broken_lines
stop_daemon
