#!/usr/bin/env bash
# trace.sh - which call caused this send? A traceparent that came by either door is found again in
# the log, with the operation, and in the audit record of every transaction that was signed for it.
set -euo pipefail
fleet=$(realpath "$GF_BUILD/ghost-fleet")
dir=$(mktemp -d)
export TMPDIR=$dir
unset GHOST_FLEET_CONFIG GHOST_FLEET_TOKEN_FILE GHOST_FLEET_ADDRESS RPC_URL CHAIN_ID
pid=''
finish() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	wait
	rm -rf "$dir"
}
trap finish EXIT

die() {
	echo "$*" >&2
	tail -n 20 "$dir/log" >&2
	exit 1
}

anvil=$(deploy/scripts/node-tools.sh deploy/tools)/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil
GHOST_FLEET_LOG_LEVEL=info "$fleet" dev --anvil "$anvil" --wallets 2 --ready-file "$dir/ready.json" \
	>/dev/null 2>"$dir/log" &
pid=$!
while [ ! -s "$dir/ready.json" ]; do
	kill -0 $pid || die "dev ended"
	sleep 0.05
done
told() {
	jq -r "$1" "$dir/ready.json"
}
token=$(cat "$(told .token_file)")

# call METHOD BODY [HEADERS...]
call() {
	local method=$1 body=$2 headers=()
	shift 2
	for header in "$@"; do headers+=(-H "$header"); done
	curl -fsS --noproxy '*' -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
		"${headers[@]}" -d "$body" "$(told .http)/ghostfleet.v1.$method"
}

# audit SQL: one column of the audit, a line each.
audit() {
	python3 -c '
import sqlite3, sys
for row in sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True).execute(sys.argv[2]): print(row[0])
' "$(told .folder)/data/fleet.db" "SELECT $1"
}

plan=00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-1111111111111111-01
run=00-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-2222222222222222-00
call FundingService/PlanFund '{"target":"1000000000000000","requestId":"plan"}' "traceparent: $plan" >/dev/null
planned=$(call OperationService/WaitOperation '{"name":"operations/1","timeout":"20s","untilPlanned":true}')
[ "$(jq -r .operation.traceParent <<<"$planned")" = $plan ] || die "the plan has no trace: $planned"
call OperationService/RunOperation "$(jq -c '{name: .operation.name, planHash: .operation.planHash, requestId: "run"}' <<<"$planned")" \
	"traceparent: $run" >/dev/null
done=$(call OperationService/WaitOperation '{"name":"operations/1","timeout":"50s"}')
[ "$(jq -r '.done, .operation.state, .operation.traceParent' <<<"$done" | paste -sd' ')" = "true OPERATION_STATE_DONE $run" ] ||
	die "the run has another trace: $done"
[ "$(audit "trace FROM audit WHERE action = 'operation.planning'")" = $plan ] || die "operation.planning"
[ "$(audit "trace FROM audit WHERE action = 'operation.running'")" = $run ] || die "operation.running"
[ "$(audit "trace FROM audit WHERE action = 'operation.done'")" = $run ] || die "operation.done"
[ "$(audit "count(*) FROM audit WHERE action = 'transaction.signed' AND trace = '$run'")" = 2 ] || die "transaction.signed"
[ "$(audit "count(*) FROM audit WHERE action = 'transaction.signed' AND trace != '$run'")" = 0 ] || die "transaction.signed, another"

# By gRPC; and what is not well formed, or comes twice, is nothing.
/usr/bin/python3 - "$(told .grpc)" "$token" <<'PY'
import sys
import grpc
with grpc.insecure_channel(sys.argv[1]) as channel:
    def pause(*traces):
        reply, call = channel.unary_unary("/ghostfleet.v1.FleetService/PauseFleet").with_call(
            b"", timeout=10, metadata=[("authorization", "Bearer " + sys.argv[2])] + [("traceparent", t) for t in traces])
        told = list(call.initial_metadata()) + list(call.trailing_metadata())
        assert not any("trace" in k for k, _ in told), told
    one = "00-cccccccccccccccccccccccccccccccc-3333333333333333-01"
    pause(one)
    pause(one.upper())
    pause(one, one)
    pause()
PY
[ "$(audit "trace FROM audit WHERE action = 'fleet.paused' ORDER BY id" | paste -sd' ')" = \
	"00-cccccccccccccccccccccccccccccccc-3333333333333333-01   " ] || die "fleet.paused by gRPC"
call FleetService/ResumeFleet '{}' 'traceparent: nonsense' >/dev/null
call FleetService/ResumeFleet '{}' "traceparent: $plan" "traceparent: $run" >/dev/null
[ "$(audit "count(*) FROM audit WHERE action = 'fleet.resumed' AND trace != ''")" = 0 ] || die "fleet.resumed"
grep -q "turn=FundingService/PlanFund .*trace=$plan" "$dir/log" || grep -q "trace=$plan" "$dir/log" || die "no trace in the log"
grep -q 'turn=FleetService/PauseFleet.*trace=00-cccccccccccccccccccccccccccccccc-3333333333333333-01' "$dir/log" || die "no trace in the log, by gRPC"
