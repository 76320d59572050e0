#!/usr/bin/env bash
# serve.sh - the daemon's life as an operator and a container see it: ready, asked how it is,
# refused a second time, stopped. Its chain does not answer, which is no reason not to run.
set -euo pipefail
dir=$(mktemp -d)
finish() {
	local pid
	for pid in $(jobs -p); do kill -9 "$pid" 2>/dev/null || true; done
	rm -rf "$dir"
}
trap finish EXIT
fleet=$GF_BUILD/ghost-fleet
unset GHOST_FLEET_CONFIG RPC_URL BACKUP_RPC_URLS CHAIN_ID FUNDER_KEY GHOST_CORE DATA_TOKEN
export GHOST_FLEET_PASSPHRASE='a passphrase of the test'

die() {
	echo "$1" >&2
	cat "$dir/log" >&2
	exit 1
}

# wait_for WHAT COMMAND...: true within 10 s.
wait_for() {
	local what=$1 i
	shift
	for ((i = 0; i < 200; i++)); do
		if "$@" >/dev/null 2>&1; then return; fi
		sleep 0.05
	done
	die "$what did not come about"
}

# expect EXIT COMMAND...
expect() {
	local want=$1 rc=0
	shift
	"$@" >"$dir/out" 2>&1 || rc=$?
	[ $rc = "$want" ] || { cat "$dir/out" >&2; die "exit $rc, not $want: $*"; }
}

serve() {
	"$fleet" --config "$dir/config.toml" --ports-file "$dir/ports.json" "$@" 2>>"$dir/log" &
	pid=$!
	wait_for "a ports file" test -f "$dir/ports.json"
	http=$(jq .http "$dir/ports.json")
}

ask() {
	curl -fsS --noproxy '*' "$@"
}

cat >"$dir/config.toml" <<-TOML
	[doors]
	grpc_port = 0
	http_port = 0
	[store]
	path = "data/fleet.db"
	reserve = "1MiB"
	[chain]
	chain_id = 31337
	rpc_url = "http://127.0.0.1:1"
TOML

serve
expect 0 "$fleet" --config "$dir/config.toml" --ports-file "$dir/ports.json" health
degraded() {
	[ "$(ask "http://127.0.0.1:$http/health" | jq -r .status)" = degraded ]
}
wait_for "a chain that is away to degrade it" degraded
expect 0 "$fleet" --config "$dir/config.toml" --ports-file "$dir/ports.json" health
[ "$(ask "http://127.0.0.1:$http/admin/status" | jq -r .state)" = running ] || die "not running"

# The store is one daemon's; the second says whose.
expect 1 "$fleet" --config "$dir/config.toml"
grep -q "$pid" "$dir/out" || die "the second daemon does not name the first"

# SIGHUP is no end; SIGTERM is, without an error, and the ports file goes.
kill -HUP "$pid"
wait_for "a line about SIGHUP" grep -q 'restart to apply' "$dir/log"
ask "http://127.0.0.1:$http/health" >/dev/null
kill -TERM "$pid"
wait "$pid" || die "it did not end well"
[ ! -e "$dir/ports.json" ] || die "the ports file is still there"
expect 3 "$fleet" --config "$dir/config.toml" --ports-file "$dir/ports.json" health

# Started paused, and after a kill still so.
serve --start-paused
[ "$(ask "http://127.0.0.1:$http/admin/status" | jq -r .state)" = paused ] || die "not paused"
kill -9 "$pid"
wait "$pid" || true
rm -f "$dir/ports.json"
serve
[ "$(ask "http://127.0.0.1:$http/admin/status" | jq -r .state)" = paused ] || die "not paused any more"
kill -TERM "$pid"
wait "$pid" || die "it did not end well"

# What answers 503, or is no HTTP door.
answer() {
	python3 -c '
import socket, sys
s = socket.create_server(("127.0.0.1", 0))
open(sys.argv[1], "w").write("{\"grpc\":1,\"http\":%d}" % s.getsockname()[1])
c, _ = s.accept()
c.recv(4096)
c.sendall(sys.argv[2].encode().decode("unicode_escape").encode())
c.close()' "$dir/ports.json" "$1" &
	wait_for "a ports file" test -s "$dir/ports.json"
	expect "$2" "$fleet" --config "$dir/config.toml" --ports-file "$dir/ports.json" health
	wait "$!"
	rm -f "$dir/ports.json"
}
answer 'HTTP/1.1 503 Service Unavailable\r\n\r\n{"status":"unhealthy"}' 4
grep -q unhealthy "$dir/out" || die "the answer is not shown"
answer 'SSH-2.0-OpenSSH\r\n' 3
if grep -q 'level=ERROR\|broken' "$dir/log"; then die "the log has an error"; fi
