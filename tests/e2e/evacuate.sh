#!/usr/bin/env bash
# evacuate.sh - one command brings everything home: the fleet is paused, the most valuable wallets go
# first, the first raw transaction is at the node within two seconds of the command, and the funder
# follows when nobody needs it any more. WALLETS says how many; without it 100.
. "$(dirname "$0")/lib.sh"
n=${WALLETS:-100}
milli=1000000000000000
rich=$(printf 'wallet-%03d,wallet-%03d' $((n / 2)) $((n - 1))) # who holds more than the others

start_chain 1
start_proxy pass 0 1
batch_size=100 write_config
start_daemon
for ((i = 0; i < n; i += 100)); do
	ctl wallets generate --count $((n - i < 100 ? n - i : 100)) >/dev/null
done
ctl fund --target $((10 * milli))wei --yes >/dev/null
ctl fund --target $((50 * milli))wei --wallets "$rich" --yes >/dev/null

planned() { # the plan has seen all wallets, and who holds more
	ctl evacuate --dry-run | grep -q ": $n wallets with about $(jq -n "($n * 10 + 80) / 1000") ether"
}
wait_for 60 "the standing plan" planned

lines=$(wc -l <"$dir/witness.jsonl")
began=$(date +%s%3N)
ctl evacuate --yes --reason drill -o json >"$dir/evacuate.json" || die "evacuate: $(cat "$dir/evacuate.json")"
read -r first last sends < <(tail -n +$((lines + 1)) "$dir/witness.jsonl" |
	jq -s -r "sort_by(.ms) | \"\(.[0].ms - $began) \(.[$n - 1].ms - $began) \(length)\"")
echo "evacuate.sh: $n wallets: first raw transaction $first ms after the command, the last wallet's $last ms, $sends sends"
[ "$first" -lt 2000 ] || die "the first broadcast came after $first ms"

ctl status | grep -q 'PAUSED .* evacuation: drill' || die "the fleet is not paused"
expect "$(jq -r .operation.state "$dir/evacuate.json")" OPERATION_STATE_DONE "the evacuation"
# The two that held the most were signed first.
op=$(jq -r .operation.name "$dir/evacuate.json" | cut -d/ -f2)
ctl tx list --operation "$op" --limit 2000 -o json |
	jq -r '[.transactions[]] | sort_by(.name | split("/")[1] | tonumber) | .[0:2] | map(.wallet[8:]) | sort | join(",")' \
		>"$dir/first"
expect "$(cat "$dir/first")" "$rich" "who went first"
# Nothing is left, of the funder either.
for a in $(ctl wallets list --limit 2000 -o json | jq -r '.wallets[].address') "$FUNDER_ADDRESS"; do
	printf '{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["%s","latest"]}\n' "$a"
done | jq -s . | curl -sS --noproxy '*' -H 'Content-Type: application/json' -d @- "$RPC_URL" |
	jq -r '.[].result' | sort -u >"$dir/left"
expect "$(cat "$dir/left")" 0x0 "what stays behind"
no_broken_lines
