#!/usr/bin/env bash
# dev.sh - `ghost-fleet dev` as a CI job uses it: ready at once, told in one line, and gone without
# a trace however it ends: by a signal, with its parent, by kill -9, by the end of what it ran.
set -euo pipefail
fleet=$(realpath "$GF_BUILD/ghost-fleet") ctl=$(realpath "$GF_BUILD/ghostctl")
dir=$(mktemp -d)
export TMPDIR=$dir/tmp
mkdir "$TMPDIR"
unset GHOST_FLEET_CONFIG RPC_URL CHAIN_ID GHOST_FLEET_TOKEN_FILE GHOST_FLEET_ADDRESS GF_ANVIL
pids=''
finish() {
	local pid
	for pid in $pids; do kill -KILL "$pid" 2>/dev/null || true; done
	rm -rf "$dir"
}
trap finish EXIT

die() {
	echo "$*" >&2
	tail -n 40 "$dir/log" >&2 2>/dev/null || true
	exit 1
}

# wait_for SECONDS WHAT COMMAND...
wait_for() {
	local give_up=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt "$give_up" ] || die "waited in vain for $what"
		sleep 0.05
	done
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

# The folder is the only trace there ever was.
no_trace() {
	[ -z "$(ls -A "$TMPDIR")" ] || { ls -la "$TMPDIR"; return 1; }
}

# Says how long that took. On a machine of its own it is below two seconds; the limit here leaves room
# for one that is shared.
ready_within() {
	local ms
	ms=$(jq .ready_ms "$dir/ready.json")
	echo "$1: ready after $ms ms"
	[ "$ms" -lt "$2" ] || die "$1: ready after $ms ms, not within $2"
}

# begin ARGS...: in the background; sets pid.
begin() {
	rm -f "$dir/ready.json"
	"$fleet" dev --ready-file "$dir/ready.json" --ports-file "$dir/ports.json" "$@" \
		>"$dir/out" 2>>"$dir/log" &
	pid=$!
	pids="$pids $pid"
	wait_for 30 "dev to be ready" test -s "$dir/ready.json"
}

told() {
	jq -r "$1" "$dir/ready.json"
}

ask() {
	"$ctl" --address "$(told .grpc)" --token-file "$(told .token_file)" "$@"
}

# The fixtures are the same at every start, and everything that needs no node works.
begin --stub --wallets 12
ready_within stub 8000
cmp "$dir/out" "$dir/ready.json" || die "stdout and the ready file differ"
[ "$(jq .grpc "$dir/ports.json")" = "$(told .grpc_port)" ] || die "the ports file differs"
[ "$(jq .pid "$dir/ports.json")" = "$pid" ] || die "the ports file names another process"
[ "$(told .chain.kind)" = stub ] || die "no stub"
[ "$(told .funder)" = 0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 ] || die "another funder"
[ "$(ask wallets list -o jsonl | wc -l)" = 13 ] || die "not 12 wallets and the funder"
ask wallets list -o jsonl | jq -r .address >"$dir/first"
ask pause --reason "a test" >/dev/null
[ "$(curl -fsS --noproxy '*' "$(told .http)/admin/status" | jq -r .state)" = paused ] || die "not paused"
ask resume >/dev/null
ask fund --target 0.01ether --dry-run | grep -q '12' || die "no plan"
[ "$(stat -c %a "$(told .folder)")" = 700 ] || die "others may look into the folder"
kill -TERM "$pid"
wait "$pid" || die "SIGTERM: it ended with $?"
no_trace || die "SIGTERM left a folder"
[ ! -e "$dir/ready.json" ] || die "SIGTERM left the ready file"
[ ! -e "$dir/ports.json" ] || die "SIGTERM left the ports file"

begin --stub --wallets 12
ask wallets list -o jsonl | jq -r .address | cmp - "$dir/first" || die "other wallets than before"
# Killed: nobody of it is left to clean up but its keeper.
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
wait_for 10 "the folder to go after kill -9" no_trace
[ ! -e "$dir/ready.json" ] || die "kill -9 left the ready file"

# The parent dies, and with it all of its group but the keeper.
setsid sh -c "'$fleet' dev --stub --ready-file '$dir/ready.json' >/dev/null 2>>'$dir/log' & echo \$\$; wait" >"$dir/parent" &
wait_for 30 "dev to be ready" test -s "$dir/ready.json"
child=$(told .pid)
kill -KILL "$(cat "$dir/parent")"
wait $! 2>/dev/null || true
wait_for 15 "dev to end with its parent" gone "$child"
wait_for 10 "the folder to go with the parent" no_trace

setsid sh -c "'$fleet' dev --stub --ready-file '$dir/ready.json' >/dev/null 2>>'$dir/log' & echo \$\$; wait" >"$dir/parent" &
wait_for 30 "dev to be ready" test -s "$dir/ready.json"
child=$(told .pid)
kill -KILL -- "-$(cat "$dir/parent")"
wait $! 2>/dev/null || true
wait_for 10 "dev to end with its group" gone "$child"
wait_for 10 "the folder to go with the group" no_trace

# Its keeper is killed: it says so and ends.
begin --stub
keeper=$(pgrep -P "$pid")
kill -KILL "$keeper"
rc=0
wait "$pid" || rc=$?
[ $rc = 3 ] || die "without its keeper it ended with $rc"
no_trace || die "the keeper's end left a folder"

# One line of a CI job: the command is told where, and its exit code is ours.
rc=0
# shellcheck disable=SC2016
"$fleet" dev --stub -- sh -c '"$0" wallets list -o jsonl | wc -l; exit 7' "$ctl" >"$dir/out" 2>>"$dir/log" || rc=$?
[ $rc = 7 ] || die "the command's exit code is lost: $rc"
[ "$(cat "$dir/out")" = 11 ] || die "the command did not find the fleet"
rc=0
"$fleet" dev --stub -- /does/not/exist 2>>"$dir/log" || rc=$?
[ $rc = 127 ] || die "a missing command: $rc"
grep -q '/does/not/exist: not found' "$dir/log" || die "it does not say which command is missing"
# Without a node nothing is sent; that is said, and an operation ends instead of going on for ever.
rc=0
PATH=/usr/bin:/bin "$fleet" dev -- "$ctl" fund --target 0.01ether --yes --timeout 30s >"$dir/out" 2>"$dir/said" || rc=$?
if grep -q 'warning: .*stub chain' "$dir/said"; then
	[ $rc = 1 ] || { cat "$dir/out" "$dir/said" >&2; die "funding on the stub ended with $rc"; }
	grep -q 'takes no transactions' "$dir/out" || { cat "$dir/out" >&2; die "no reason of the stub"; }
fi
# shellcheck disable=SC2016
"$fleet" dev --stub -- sh -c 'sleep 60 & echo $! >"$0"; wait' "$dir/sleeper" 2>>"$dir/log" &
pid=$!
wait_for 30 "the command to run" test -s "$dir/sleeper"
kill -TERM "$pid"
rc=0
wait "$pid" || rc=$?
[ $rc = 143 ] || die "SIGTERM to dev and its command: $rc"
kill "$(cat "$dir/sleeper")" 2>/dev/null || true
"$fleet" dev --stub --print-env >"$dir/env" 2>>"$dir/log" &
pid=$!
wait_for 30 "shell lines" grep -q CHAIN_ID "$dir/env"
(
	. "$dir/env"
	[ "$("$ctl" wallets list -o jsonl | wc -l)" = 11 ] || die "--print-env does not lead there"
)
kill -INT "$pid"
wait "$pid" || die "SIGINT: it ended with $?"
wait_for 15 "all folders to go" no_trace

# A real node: wallets are funded on it, and only watched by another.
anvil=$(deploy/scripts/node-tools.sh deploy/tools)/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil
begin --anvil "$anvil" --wallets 3
ready_within anvil 15000
[ "$(told .chain.kind)" = anvil ] || die "no anvil"
ask fund --target 0.01ether --yes >/dev/null || die "anvil: not funded"
node=$(pgrep -P "$pid" anvil)
cp "$dir/ready.json" "$dir/anvil.json"
anvil_pid=$pid

ask wallets list -o jsonl | jq -r 'select(.name != "wallets/funder") | .address + "," + (.name | sub("wallets/"; "mine-"))' >"$dir/wallets.csv"
begin --addresses "$dir/wallets.csv" --rpc "$(jq -r .chain.url "$dir/anvil.json")"
ready_within "watch only" 15000
[ "$(told .watch_only)" = true ] || die "not watch only"
seen() {
	[ "$(ask wallets list -o jsonl | jq -r .balance | sort -u)" = 10000000000000000 ]
}
wait_for 20 "the balances of watched wallets" seen
ask wallets get mine-wallet-002 >/dev/null
! ask fund --target 0.02ether --yes >/dev/null 2>&1 || die "it paid without a key"
kill -TERM "$pid"
wait "$pid" || die "the watcher ended with $?"

kill -KILL "$anvil_pid"
wait "$anvil_pid" 2>/dev/null || true
wait_for 10 "the node to go" gone "$node"
wait_for 10 "the folder to go after kill -9" no_trace

# What it does not do.
expect() {
	local want=$1 word=$2 rc=0
	shift 2
	"$@" >"$dir/out" 2>&1 || rc=$?
	[ $rc = "$want" ] || { cat "$dir/out" >&2; die "exit $rc, not $want: $*"; }
	grep -q -- "$word" "$dir/out" || { cat "$dir/out" >&2; die "does not say $word"; }
}
expect 2 'needs --rpc' "$fleet" dev --addresses "$dir/wallets.csv"
expect 2 'one of --rpc' "$fleet" dev --stub --rpc http://127.0.0.1:1
expect 3 'does not answer' "$fleet" dev --rpc http://127.0.0.1:1
expect 1 'cannot be run' "$fleet" dev --anvil /does/not/exist
expect 1 'ended at its start' "$fleet" dev --anvil /bin/true
printf 'address,private_key\n0x70997970C51812dc3A010C7d01b50e0d17dc79C8,0x%064d\n' 1 >"$dir/keys.csv"
expect 1 'keys.csv:2: a private key' "$fleet" dev --addresses "$dir/keys.csv" --rpc http://127.0.0.1:1
no_trace || die "a refusal left a folder"
if grep -E 'msg="?broken' "$dir/log"; then die "it logged broken"; fi
