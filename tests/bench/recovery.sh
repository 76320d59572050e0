#!/usr/bin/env bash
# recovery.sh - the daemon is killed with 1,000 transactions in flight, twice: in the middle of sending
# them, and with all of them mined while it is away. From "ready" after the start until each is known to
# be in the pool, and until each is confirmed.
. "$(dirname "$0")/lib.sh"
n=1000 pool=() mined=()

start_node 1
write_config '[profiles.degen]' 'action_interval_secs = 3600'
start_daemon
wallets $n

in_pool() {
	[ $(($(rpc txpool_status | jq -r .pending))) -ge "$1" ]
}

# back STATE...: up again; the seconds from ready until no transaction is in one of these states are in
# $dir/seconds.
back() {
	rm -f "$dir/ports.json"
	"$build/ghost-fleet" --config "$dir/config.toml" --ports-file "$dir/ports.json" serve >>"$dir/daemon.log" 2>&1 &
	daemon_pid=$!
	python3 tests/bench/classified.py "$GHOST_FLEET_HTTP_PORT" "$dir/data/admin.token" "$@" >"$dir/seconds"
}

for ((round = 1; round <= ROUNDS; round++)); do
	rpc anvil_setIntervalMining '[0]' >/dev/null
	ctl fund --target "0.00${round}ether" --yes -o json >"$dir/fund.json" 2>"$dir/fund.err" &
	fund=$!
	wait_for 60 "half of them in the pool" in_pool $((n / 2))
	kill_daemon
	back SIGNED UNKNOWN
	pool+=("$(cat "$dir/seconds")")
	wait_for 60 "all of them in the pool" in_pool $n
	kill_daemon
	rpc anvil_mine '["0x2"]' >/dev/null
	back SIGNED UNKNOWN IN_POOL MINED
	mined+=("$(cat "$dir/seconds")")
	rpc anvil_setIntervalMining '[1]' >/dev/null
	wait $fund || die "fund: $(cat "$dir/fund.err")"
done
expect "$(node tests/support/residue.js "$RPC_URL" "$dir/wallets.csv")" $((ROUNDS * n * 10**15)) "what the wallets hold"
figure section recovery what "killed while it sends $n: seconds from ready until all are in the pool, median of $ROUNDS" \
	ours "$(median "${pool[@]}")"
figure section recovery what "killed with $n in flight, mined meanwhile: seconds from ready until all are confirmed, median of $ROUNDS" \
	ours "$(median "${mined[@]}")" peer "what is asked for" theirs 2 ratio "$(ratio "$(median "${mined[@]}")" 2)" aim "<= 1"
no_broken_lines
stop_daemon
