#!/usr/bin/env bash
# pure.sh - signing beside bare libsecp256k1; 1,000 balances beside the runbook's loop of
# `cast balance` (a few, extrapolated); hashes and encodings beside viem.
. "$(dirname "$0")/lib.sh"
loop=${LOOP:-50}

for ((round = 0; round < ROUNDS; round++)); do
	"$bench/bench_sign" >"$dir/sign.$round"
done
column() {
	# shellcheck disable=SC2046
	median $(cat "$dir"/sign.* | sed -n "s/^$1 *\([0-9.]*\).*/\1/p")
}
figure section pure what "signatures a second of CPU (sealed key opened, grant checked)" ours "$(column signer_sign)" \
	peer "bare libsecp256k1" theirs "$(column 'libsecp256k1 sign_recoverable')" ratio "$(column ratio)" aim ">= 0.90"

tools=$(deploy/scripts/node-tools.sh tests/bench)
"$bench/bench_codec" >"$dir/codec.ours"
node tests/bench/codec.mjs "$tools" >"$dir/codec.viem"
while read -r what ours; do
	theirs=$(sed -n "s/^$what //p" "$dir/codec.viem")
	figure section pure what "$what, a second" ours "$ours" peer "viem" theirs "$theirs" \
		ratio "$(ratio "$ours" "$theirs")" note "one thread each"
done <"$dir/codec.ours"

start_node 600
ms=$("$bench/bench_balances" 1000 10 | sed -n 's/^1000 accounts, 4 connections: median \([0-9.]*\) ms.*/\1/p')
cast=$tools/node_modules/@foundry-rs/cast-linux-amd64/bin/cast
from=$(date +%s%N)
for ((i = 1; i <= loop; i++)); do
	"$cast" balance --rpc-url "$RPC_URL" "0x$(printf '%040x' $i)" >/dev/null
done
cast_ms=$(python3 -c 'import sys; a, b, n = map(int, sys.argv[1:]); print("%.0f" % ((b - a) / 1e6 * 1000 / n))' \
	"$from" "$(date +%s%N)" "$loop")
figure section pure what "ms for 1,000 balances (and nonces), 4 connections" ours "$ms" \
	peer "\`cast balance\` loop, extrapolated from $loop" theirs "$cast_ms" ratio "$(ratio "$cast_ms" "$ms")" \
	note "ratio: times faster"
