#!/usr/bin/env bash
# fund.sh BLOCK_SECONDS - 1,000 wallets are funded: from RunOperation to DONE here; beside it, in
# turns, what the node can take at most (transfers of one sender signed beforehand, in several
# shapes, the best counts), the runbook's loop of `cast send` (a few, extrapolated), and viem.
. "$(dirname "$0")/lib.sh"
block_time=${1:?usage: fund.sh BLOCK_SECONDS} n=1000 loop=${LOOP:-20}
shapes=("1 1" "10 1" "20 1" "100 1" "100 4")
tools=$(deploy/scripts/node-tools.sh tests/bench)
cast=$tools/node_modules/@foundry-rs/cast-linux-amd64/bin/cast

start_node "$1"
port=${RPC_URL##*:}
write_config '[profiles.degen]' 'action_interval_secs = 3600'
start_daemon
wallets $n

ceiling='' shape_best='' ours=() viem=() cpu=() node_cpu=()
for ((round = 1; round <= ROUNDS; round++)); do
	for shape in "${shapes[@]}"; do
		# shellcheck disable=SC2086
		read -r s _ < <("$bench/bench_ceiling" "$port" $n $shape)
		if [ -z "$ceiling" ] || [ "$(least "$s" "$ceiling")" = "$s" ]; then
			ceiling=$s shape_best=$shape
		fi
	done
	cpu_before=$(cpu_us "$daemon_pid") node_before=$(cpu_us "$node_pid")
	ctl fund --target "0.0${round}ether" --yes -o json >"$dir/fund.json" 2>"$dir/fund.err" ||
		die "fund: $(cat "$dir/fund.err")"
	ours+=("$(seconds "$dir/fund.json")")
	cpu+=("$((($(cpu_us "$daemon_pid") - cpu_before) / 1000))")
	node_cpu+=("$((($(cpu_us "$node_pid") - node_before) / 1000))")
done
no_broken_lines
stop_daemon

# A fresh node: with blocks of 0.05 s an old one comes to its bound of memory.
kill -KILL "$node_pid"
start_node "$1"
for ((round = 1; round <= 2; round++)); do
	viem+=("$(node tests/bench/viem.mjs "$tools" "$RPC_URL" $n)")
done

cast_loop() {
	local a from
	from=$(date +%s%N)
	while read -r a; do
		"$cast" send --rpc-url "$RPC_URL" --private-key "$(cat "$dir/loop.key")" --value 0.01ether "$a" \
			>/dev/null </dev/null
	done < <(sed -n "2,$((loop + 1))p" "$dir/wallets.csv")
	python3 -c 'import sys; a, b, n, k = map(int, sys.argv[1:]); print("%.1f" % ((b - a) / 1e9 * n / k))' \
		"$from" "$(date +%s%N)" $n "$loop"
}
IFS=, read -r address key < <(node deploy/scripts/keys.js "$(deploy/scripts/node-tools.sh deploy/tools)" new 1)
echo "$key" >"$dir/loop.key"
rpc anvil_setBalance "[\"$address\",\"0x3635c9adc5dea00000\"]" >/dev/null
cast_s=$(cast_loop)

best=$(least "${ours[@]}")
what="seconds for $n, blocks of $block_time s, best of $ROUNDS"
read -r batch connections <<<"$shape_best"
if [ "$block_time" = 1 ]; then
	figure section fund what "$what" ours "$best" peer "ceiling (batch $batch, $connections connection(s))" \
		theirs "$ceiling" ratio "$(python3 -c 'import sys; print("%+.2f blocks" % (float(sys.argv[1]) - float(sys.argv[2])))' "$best" "$ceiling")" \
		aim "<= +1 block"
else
	figure section fund what "$what" ours "$best" peer "ceiling (batch $batch, $connections connection(s))" \
		theirs "$ceiling" ratio "$(ratio "$ceiling" "$best")" aim ">= 0.80"
fi
figure section fund what "CPU ms of it, plan included, blocks of $block_time s, least" ours "$(least "${cpu[@]}")" \
	peer "the node's, meanwhile" theirs "$(least "${node_cpu[@]}")"
figure section fund what "the same, median" ours "$(median "${ours[@]}")" peer "viem, local nonces, batch 100 (best of 2)" \
	theirs "$(least "${viem[@]}")" ratio "$(ratio "$(least "${viem[@]}")" "$(median "${ours[@]}")")" note "ratio: times faster"
figure section fund what "the same, median" ours "$(median "${ours[@]}")" peer "\`cast send\` loop, extrapolated from $loop" \
	theirs "$cast_s" ratio "$(ratio "$cast_s" "$(median "${ours[@]}")")" note "ratio: times faster"
