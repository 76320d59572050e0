#!/usr/bin/env bash
# sustained.sh [SECONDS] - 100 wallets are funded and emptied again and again for 15 minutes, blocks of one
# second: payments a second, the daemon's memory early and late, the size of its store.
. "$(dirname "$0")/lib.sh"
seconds=${1:-900} n=100 rounds=0

start_node 1
write_config '[profiles.degen]' 'action_interval_secs = 3600'
start_daemon
wallets $n

rss_kb() {
	awk '/^VmRSS/ { print $2 }' "/proc/$daemon_pid/status"
}
store_mb() {
	du -cm "$dir"/data/ghost-fleet.db* | tail -n 1 | cut -f1
}

first=$(($(block) + 1)) from=$SECONDS memory=()
while [ $((SECONDS - from)) -lt "$seconds" ]; do
	ctl fund --target 0.0005ether --yes -o json >/dev/null 2>"$dir/round.err" || die "fund: $(cat "$dir/round.err")"
	ctl extract --yes -o json >/dev/null 2>"$dir/round.err" || die "extract: $(cat "$dir/round.err")"
	rounds=$((rounds + 1))
	# At each fifth of the time.
	[ $((SECONDS - from)) -lt $(((${#memory[@]} + 1) * seconds / 5)) ] || memory+=("$(rss_kb)")
done
took=$((SECONDS - from))
paid=$(node deploy/scripts/witness.js "$RPC_URL" "$first" "$(block)" "$FUNDER_ADDRESS" "$dir/wallets.csv" | jq .on_chain)
expect "$paid" $n "wallets that were paid"
expect "$(node tests/support/residue.js "$RPC_URL" "$dir/wallets.csv")" 0 "what stays behind"
figure section sustained what "payments a second over $took s, $n wallets funded and emptied $rounds times, blocks of 1 s" \
	ours "$(python3 -c 'import sys; print("%.1f" % (int(sys.argv[1]) / int(sys.argv[2])))' $((rounds * n * 2)) $took)"
figure section sustained what "the daemon's memory (RSS, KiB) at the end" ours "${memory[4]}" \
	peer "at three fifths of the time" theirs "${memory[2]}" ratio "$(ratio "${memory[4]}" "${memory[2]}")" aim "<= 1.10"
figure section sustained what "the same at each fifth" ours "${memory[*]}"
figure section sustained what "the store at the end, MiB, WAL included" ours "$(store_mb)"
no_broken_lines
stop_daemon
