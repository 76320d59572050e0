#!/usr/bin/env bash
# lossy_peer.sh TOOL MODE [PAYMENTS] - the payments of tests/e2e/lossy.sh as TOOL makes them (cast, viem or
# ethers), through the same proxy in the same mode, on a chain of its own; nobody is killed. A payment
# that fails is asked for again a second later, up to four times. Prints a line of JSON.
. tests/bench/lib.sh
tool=$1 mode=$2 n=${3:-1000} from=$SECONDS
tools=$(deploy/scripts/node-tools.sh tests/bench)
cast=$tools/node_modules/@foundry-rs/cast-linux-amd64/bin/cast

start_node 0.25
start_proxy pass 0 11 --hold 4
node deploy/scripts/keys.js "$(deploy/scripts/node-tools.sh deploy/tools)" new "$n" | sed '1i address,key' >"$dir/payees.csv"
first=$(($(block) + 1))
proxy_set "$mode" "${RATE:-0.1}" sends

# The runbook's loop, with the loop around it that an operator adds.
pay_by_cast() {
	local to tries gave_up=0
	while IFS=, read -r to _; do
		for ((tries = 0; tries < 5; tries++)); do
			"$cast" send --rpc-url "$proxy_url" --rpc-timeout 3 --timeout 20 --private-key "$(cat "$FUNDER_KEY")" \
				--value 0.001ether "$to" >/dev/null 2>>"${ERRORS:-$dir/tool.err}" </dev/null && break
			sleep 1
		done
		[ $tries -lt 5 ] || gave_up=$((gave_up + 1))
	done < <(tail -n +2 "$dir/payees.csv")
	echo "$gave_up"
}

case $tool in
cast) gave_up=$(pay_by_cast) ;;
viem | ethers) gave_up=$(node tests/bench/lossy_peer.mjs "$tool" "$tools" "$proxy_url" "$CHAIN_ID" "$FUNDER_KEY" "$dir/payees.csv" 2>"${ERRORS:-$dir/tool.err}") ||
	die "$tool: $(tail -n 5 "$dir/tool.err")" ;;
*) die "no such tool: $tool" ;;
esac
# What is under way still comes.
settled() {
	[ "$(rpc txpool_status | jq -r .pending)" = 0x0 ]
}
sleep 2
wait_for 60 "an empty pool" settled
said=$(node deploy/scripts/witness.js "$RPC_URL" "$first" "$(block)" "$FUNDER_ADDRESS" "$dir/payees.csv")
held=$(node tests/support/residue.js "$RPC_URL" "$dir/payees.csv")
jq -cn --arg tool "$tool" --arg mode "$mode" --argjson said "$said" --argjson spoilt "$(proxy_count "$mode")" \
	--argjson gave_up "$gave_up" --argjson seconds $((SECONDS - from)) --arg held "$held" \
	'{tool: $tool, mode: $mode, spoilt: $spoilt, gave_up: $gave_up, seconds: $seconds,
		extra: (($held | tonumber) / 1e15 - $said.on_chain | round)} + $said'
