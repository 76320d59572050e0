#!/usr/bin/env bash
# kills.sh [POINT...] - a kill at each step of the journal. For every point (store/base/crash.h) a
# daemon funds 20 wallets and brings the money home, while it is killed there the first time, the
# second, the fourth … until the run passes. The chain is the witness: each wallet is paid once,
# each comes home once, nothing is left.
. "$(dirname "$0")/lib.sh"
points=(
	after-commit/FundingService/PlanFund
	before-commit/job.plan
	after-commit/job.plan
	before-commit/OperationService/RunOperation
	after-commit/OperationService/RunOperation
	ordered
	before-commit/job.drive
	after-commit/job.drive
	before-send
	after-send
	after-commit/job.send
	after-receipts
	before-commit/job.receipts
	after-commit/job.receipts
)
[ $# = 0 ] || points=("$@")
wallets=20 target=10000000000000000

# It may end before it is ready.
launch() {
	GF_CRASH_AT=$point:$nth "$build/ghost-fleet" --config "$dir/config.toml" serve >>"$dir/daemon.log" 2>&1 &
	daemon_pid=$!
}

loudly() {
	exec 2>&3
	die "$1"
}

# to_end ARGS...: the client to its good end, the daemon up again whenever it was killed.
to_end() {
	local give_up=$((SECONDS + 60)) client='' rc
	exec 3>&2 2>/dev/null # without the shell's own lines about who was killed
	while :; do
		if ! kill -0 "$daemon_pid" 2>/dev/null; then
			rc=0
			wait "$daemon_pid" || rc=$?
			[ $rc = 137 ] || loudly "$point: the daemon ended with $rc"
			kills=$((kills + 1)) nth=$((nth * 2))
			launch
		fi
		if [ -z "$client" ] && curl -fs --noproxy '*' "$http/health" >/dev/null; then
			ctl "$@" --yes -o json >"$dir/client.out" 2>"$dir/client.err" &
			client=$!
		elif [ -n "$client" ] && ! kill -0 "$client" 2>/dev/null; then
			rc=0
			wait "$client" || rc=$?
			client=''
			[ $rc != 0 ] || break
			# Not reached: said again, with the same request id.
			[ $rc = 3 ] || loudly "$point: '$*' ended with $rc: $(cat "$dir/client.err")"
		fi
		[ $SECONDS -lt $give_up ] || loudly "$point: '$*' does not end"
		sleep 0.05
	done
	exec 2>&3
}

start_chain 0.25
write_config '[profiles.degen]' 'action_interval_secs = 3600'
start_daemon
ctl wallets generate --count $wallets --profile degen -o json >"$dir/wallets.json"
{
	echo address
	jq -r '.wallets[].address' "$dir/wallets.json"
} >"$dir/wallets.csv"

all=0
for point in "${points[@]}"; do
	stop_daemon
	kills=0 nth=1 first=$(($(block) + 1))
	launch
	to_end fund --target ${target}wei --request-id "fund-${point//\//.}"
	paid=$(block)
	expect "$(node tests/support/residue.js "$RPC_URL" "$dir/wallets.csv")" $((wallets * target)) "$point: the funds"
	to_end extract --request-id "extract-${point//\//.}"
	last=$(block)
	[ $kills -gt 0 ] || die "$point: nobody was killed there"
	once="{\"asked\":$wallets,\"on_chain\":$wallets,\"twice\":0,\"missing\":0}"
	expect "$(node deploy/scripts/witness.js "$RPC_URL" $first "$paid" "$FUNDER_ADDRESS" "$dir/wallets.csv")" "$once" "$point: payments"
	expect "$(node deploy/scripts/witness.js "$RPC_URL" $first "$last" "$dir/wallets.csv" "$SAFE_ADDRESS")" "$once" "$point: home"
	expect "$(node tests/support/residue.js "$RPC_URL" "$dir/wallets.csv")" 0 "$point: the residue"
	echo "$point: $kills kills"
	all=$((all + kills))
done
echo "$all kills: each of $((${#points[@]} * wallets)) payments once, all home, nothing left"
no_broken_lines
stop_daemon
