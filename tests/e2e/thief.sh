#!/usr/bin/env bash
# thief.sh - on a real node somebody holds the same keys: he takes one wallet after the other, he
# outbids in the pool, he waits for gas. What comes home, what he gets, and that a gas loan does not
# feed him. Prints the table of docs/OPERATIONS.md.
. "$(dirname "$0")/lib.sh"
n=20 milli=1000000000000000
HIS=0x7e1ef00000000000000000000000000000000001

start_chain 1
write_config "$(stake_config)"
sed -i "s|^rpc_url = .*|&\nmax_fee_urgent = \"500gwei\"|" "$dir/config.toml"
start_daemon
his_pid=''
his_end() {
	[ -z "$his_pid" ] || kill "$his_pid" 2>/dev/null || true
	his_pid=''
}
trap 'his_end; cleanup' EXIT

# new_wallets: $n more of them; their addresses are in $fresh
new_wallets() {
	ctl wallets generate --count $n -o json >"$dir/new.json"
	mapfile -t fresh < <(jq -r '.wallets[].address' "$dir/new.json")
	names=$(jq -r '[.wallets[].name | split("/")[1]] | join(",")' "$dir/new.json")
}

# he MODE [OPTIONS]: from now on
he() {
	python3 tests/support/thief.py "$RPC_URL" $HIS "$1" "${fresh[@]}" "${@:2}" >"$dir/his.log" 2>&1 &
	his_pid=$!
}

# shares WHAT HIS_BEFORE: the line of the table, of 0.2 ether. The funder is not in it.
shares() {
	local home his
	home=$(ctl tx list --operation "$(jq -r .operation.name "$dir/evacuate.json" | cut -d/ -f2)" --limit 500 -o json |
		jq '[.transactions[] | select(.wallet != "wallets/funder" and .state == "TRANSACTION_STATE_CONFIRMED")
			| .value | tonumber] | (add // 0) / 1e18')
	his=$(node -p "Number(BigInt('$(balance $HIS)') - BigInt('$2')) / 1e18")
	python3 -c '
import sys
what, home, his = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
print("| %s | %s | %.1f %% | %.1f %% | %.1f %% |" % (what, sys.argv[4], home * 500, his * 500, 100 - (home + his) * 500))' \
		"$1" "$home" "$his" "$(grep -c ^taken "$dir/his.log" || true)"
	last_home=$(jq -n "$home * 500 | round")
}

# race WHAT MODE SECONDS [OPTIONS]: he begins, and so many seconds later somebody notices.
race() {
	local what=$1 mode=$2 head=$3 his
	new_wallets
	ctl fund --target $((10 * milli))wei --wallets "$names" --yes >/dev/null
	his=$(balance $HIS)
	[ "$mode" = takes ] || rpc anvil_setIntervalMining '[10]' >/dev/null # a main net's pace
	he "$mode" "${@:4}"
	sleep "$head"
	ctl pause --reason "a thief" >/dev/null
	evacuate
	his_end
	shares "$what" "$his"
	rpc anvil_setBalance "[\"$FUNDER_ADDRESS\",\"0x3635c9adc5dea00000\"]" >/dev/null
	rpc anvil_setIntervalMining '[1]' >/dev/null
	ctl resume >/dev/null
}

# evacuate: to its end, whatever that is; he may have left something that cannot come home.
evacuate() {
	timeout 100 "$build/ghostctl" --address "127.0.0.1:$GHOST_FLEET_GRPC_PORT" --token-file "$dir/data/admin.token" \
		evacuate --yes --reason "a thief" -o json >"$dir/evacuate.json" 2>"$dir/evacuate.err" || true
	jq -e .operation.state "$dir/evacuate.json" >/dev/null || die "the evacuation does not end: $(cat "$dir/evacuate.err")"
}

echo "| he | transactions of his that a node took | comes home | he gets | fees |"
race "takes a wallet every 0.5 s; noticed after 3 s" takes 3 --every 500
[ "$last_home" -ge 40 ] || die "only $last_home % came home"
race "outbids in the pool, up to 50 gwei" outbids 2 --most 50
[ "$last_home" -ge 50 ] || die "only $last_home % came home"

# Who waits for gas gets none: the wallets hold DATA and no ether, and their nonces are his.
new_wallets
rpc anvil_autoImpersonateAccount '[true]' >/dev/null
owner=$(rpc eth_accounts | jq -r '.[0]')
for a in "${fresh[@]}"; do
	rpc eth_sendTransaction "[{\"from\":\"$owner\",\"to\":\"$DATA_TOKEN\",\"data\":\"0x40c10f19$(word "$a")$(word $milli)\"}]" >/dev/null
done
sleep 2
rpc anvil_setBalance "[\"${fresh[0]}\",\"0x71afd498d0000\"]" >/dev/null # what he has had already
his=$(balance $HIS)
he waits
used() {
	ctl wallets list --tripped -o json | jq -e '.wallets | length >= 1' >/dev/null
}
wait_for 60 "the alarm" used
evacuate
his_end
fed=$(node -p "Number(BigInt('$(balance $HIS)') - BigInt('$his')) / 1e18")
tokens=$(node -p "Number(BigInt('$(token_balance "$DATA_TOKEN" "$SAFE_ADDRESS")')) / 1e15")
echo "he waits for gas at $n wallets with tokens and no ether: he got $fed ether; of $n parts of the tokens $tokens came home"
no_broken_lines
