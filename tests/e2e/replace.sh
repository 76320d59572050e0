#!/usr/bin/env bash
# replace.sh - on a real node: a base fee that jumps above what was offered is answered by a raised
# attempt, one above the ceiling is parked, a cancel spends the nonce; each is paid once or never.
. "$(dirname "$0")/lib.sh"
milli=1000000000000000 gwei=1000000000

start_chain 1
write_config
sed -i "s|^rpc_url = .*|&\nraise_after = \"2s\"\nmax_fee = \"60gwei\"|" "$dir/config.toml"
start_daemon
ctl wallets generate --count 3 -o json >"$dir/wallets.json"
mapfile -t address < <(jq -r '.wallets[].address' "$dir/wallets.json")

base_fee() { # GWEI: of the next block, and of those after it until the chain lets it fall
	rpc anvil_setNextBlockBaseFeePerGas "[\"0x$(printf %x $(($1 * gwei)))\"]" >/dev/null
}

balance() {
	rpc eth_getBalance "[\"$1\",\"latest\"]"
}

# in_pool N: blocks stand still, wallet N is paid a milli, and its transaction waits in the pool.
in_pool() {
	rpc anvil_setIntervalMining '[0]' >/dev/null
	ctl fund --target ${milli}wei --wallets "wallet-00$1" --yes -o json >"$dir/fund.json" 2>"$dir/fund.err" &
	fund=$!
	wait_for 20 "a transaction in the pool" newest IN_POOL
	tx=$(ctl tx list --limit 1 -o json | jq -r '.transactions[0].name' | cut -d/ -f2)
}

newest() { # STATE
	[ "$(ctl tx list --limit 1 -o json | jq -r '.transactions[0].state')" = "TRANSACTION_STATE_$1" ]
}

attempts() { # KIND
	ctl tx list --limit 1 -o json | jq "[.transactions[0].attempts[] | select(.kind == \"ATTEMPT_KIND_$1\")] | length"
}

go_on() { # GWEI: blocks come again, the first with this base fee
	base_fee "$1"
	rpc anvil_setIntervalMining '[1]' >/dev/null
}

# Raised: 20 gwei is above twice what the quiet chain asked.
in_pool 1
go_on 20
wait $fund || die "fund: $(cat "$dir/fund.err" "$dir/fund.json")"
expect "$(balance "${address[0]}")" 0x38d7ea4c68000 "wallet 1"
[ "$(attempts RAISED)" -ge 1 ] || die "nothing was raised"
newest CONFIRMED || die "the raised one is not confirmed"

# Parked above the ceiling of 60 gwei, visible, and through when the fees fall.
in_pool 2
go_on 200
wait_for 30 "the transaction to be parked" newest FEE_WAIT
ctl tx explain "$tx" | grep -q "chain.max_fee" || die "explain does not say what it waits for"
wait $fund || die "fund: $(cat "$dir/fund.err" "$dir/fund.json")"
expect "$(balance "${address[1]}")" 0x38d7ea4c68000 "wallet 2"

# Cancelled: its nonce is spent, the money stays, and the next payment goes through.
in_pool 3
ctl tx cancel "$tx" --reason "wrong target" >/dev/null
cancelling() {
	[ "$(attempts CANCEL)" = 1 ]
}
wait_for 20 "the cancel to be signed" cancelling
rpc anvil_setIntervalMining '[1]' >/dev/null
wait_for 30 "the end of it" newest CANCELLED
wait $fund && die "a cancelled payment counts as done"
expect "$(balance "${address[2]}")" 0x0 "wallet 3"
ctl tx nonces funder | grep -q "0 open" || die "nonces: $(ctl tx nonces funder)"
ctl fund --target ${milli}wei --wallets wallet-003 --yes >/dev/null
expect "$(balance "${address[2]}")" 0x38d7ea4c68000 "wallet 3"
no_broken_lines
