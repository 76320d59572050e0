#!/usr/bin/env bash
# lossy.sh [WALLETS] [MODE] [RATE] - so many payments through a proxy that loses answers (or
# another mode of tests/support/proxy.py), with kills in between: each is paid once. The chain is
# the witness, and so is what the proxy passed on.
. "$(dirname "$0")/lib.sh"
wallets=${1:-100} mode=${2:-drop} rate=${3:-0.1}
batch_size=1 # so that each send is a lot of its own

start_chain
start_proxy "$mode" "$rate" 11
write_config '[profiles.degen]' 'action_interval_secs = 3600'
start_daemon
ctl wallets generate --count "$wallets" --profile degen -o json >"$dir/wallets.json"
{
	echo address
	jq -r '.wallets[].address' "$dir/wallets.json"
} >"$dir/wallets.csv"
expect "$(tail -n +2 "$dir/wallets.csv" | sort -u | wc -l)" "$wallets" "distinct addresses"

first=$(($(block) + 1))
ctl fund --target 0.01ether --yes -o json >"$dir/fund.json" 2>"$dir/fund.err" &
fund=$!
told() {
	[ "$(proxy_count told)" -ge "$1" ]
}
# A kill after the first, the middle and the last of them was heard by the node.
for share in 1 $((wallets / 2)) $((wallets - 1)); do
	wait_for 60 "transaction $share" told "$share"
	kill_daemon
	start_daemon
done
wait $fund || die "fund: $(cat "$dir/fund.err")"
expect "$(node deploy/scripts/witness.js "$RPC_URL" "$first" "$(block)" "$FUNDER_ADDRESS" "$dir/wallets.csv")" \
	"{\"asked\":$wallets,\"on_chain\":$wallets,\"twice\":0,\"missing\":0}" "payments"
for a in $(tail -n +2 "$dir/wallets.csv"); do
	expect "$(rpc eth_getBalance "[\"$a\",\"latest\"]")" 0x2386f26fc10000 "the balance of $a"
done
spoilt=$(($(proxy_count sends) - $(proxy_count pass)))
[ $spoilt -gt 0 ] || die "no answer was spoilt: nothing was shown"
# No intent was signed twice under two nonces: every raw transaction the node was told of,
# however often, is one of as many as there are wallets.
distinct=$(jq -r .raw "$dir/witness.jsonl" | sort -u | wc -l)
expect "$distinct" "$wallets" "distinct transactions the node was told of"
echo "$(proxy_count told) sends of $distinct transactions, $spoilt answers spoilt ($mode)"
no_broken_lines
stop_daemon
