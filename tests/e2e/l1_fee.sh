#!/usr/bin/env bash
# l1_fee.sh - a real node with the OP stack's GasPriceOracle where that stands: plans count what it
# says, and a sweep leaves enough for it, to the wei. The node itself takes no such fee, so all that
# was kept back is still there.
. "$(dirname "$0")/lib.sh"
wallets=5 milli=1000000000000000
# getL1FeeUpperBound(uint256) alone: a gwei for each byte that it is asked about; 192 are.
oracle=0x420000000000000000000000000000000000000F
code=0x5f3560e01c63f1c7a58b146011575f5ffd5b600435633b9aca00025f5260205ff3
kept=$((192 * 1000000000 * 5 / 4))

start_chain 1
write_config
rpc anvil_setCode "[\"$oracle\",\"$code\"]" >/dev/null
start_daemon
ctl wallets generate --count $wallets -o json >"$dir/wallets.json"
ctl fund --target $((10 * milli))wei --yes -o json >"$dir/fund.json"
grep -q 'L1 fee on top of gas: .* part of the fees' "$dir/fund.json" || die "the plan to fund says nothing: $(cat "$dir/fund.json")"

ctl extract --yes -o json >"$dir/extract.json"
grep -q "L1 fee on top of gas: .* stays in its wallet" "$dir/extract.json" || die "the plan to extract says nothing: $(cat "$dir/extract.json")"
while read -r address; do
	expect "$(balance "$address")" $kept "what $address keeps"
done < <(jq -r '.wallets[].address' "$dir/wallets.json")

# What would stay is dust, and the next time nothing is to be done.
ctl extract --yes -o json >"$dir/again.json"
grep -q "OPERATION_STATE_DONE" "$dir/again.json" || die "again: $(cat "$dir/again.json")"
expect "$(rpc eth_getTransactionCount "[\"$(jq -r '.wallets[0].address' "$dir/wallets.json")\",\"latest\"]")" 0x1 "transactions"
no_broken_lines
echo "$wallets wallets came home and keep $kept wei each"
