#!/usr/bin/env bash
# ci.sh - ghostctl as a CI job uses it: waits for what is not there yet, says its checks as JUnit
# XML that a parser takes, and answers JSON also when it fails, whatever the command.
set -euo pipefail
fleet=$(realpath "$GF_BUILD/ghost-fleet") ctl=$(realpath "$GF_BUILD/ghostctl")
dir=$(mktemp -d)
export HOME=$dir TMPDIR=$dir
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
	cat "$dir/out" "$dir/err" "$dir/log" >&2 2>/dev/null || true
	exit 1
}

# run EXIT ARGS...
run() {
	local want=$1 rc=0
	shift
	"$ctl" "$@" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	[ $rc = "$want" ] || die "exit $rc, not $want: ghostctl $*"
}

# junit SUITE TESTS FAILURES ERRORS SKIPPED: what was printed last, read by a parser.
junit() {
	python3 - "$dir/out" "$@" <<-'PY' || die "that is not the JUnit XML we want"
		import sys, xml.etree.ElementTree as tree
		root = tree.parse(sys.argv[1]).getroot()
		suite = root.find("testsuite")
		got = [suite.get(k) for k in ("name", "tests", "failures", "errors", "skipped")]
		count = lambda what: str(len(suite.findall("testcase/" + what)))
		assert root.tag == "testsuites" and got == sys.argv[2:], got
		assert got[1] == str(len(suite.findall("testcase"))), "tests"
		assert got[2:] == [count("failure"), count("error"), count("skipped")], "counts"
		assert all(c.get("name") and c.get("classname") for c in suite.findall("testcase"))
		float(suite.get("time"))
	PY
}

says() {
	grep -qF -- "$1" "$dir/out" || die "does not say: $1"
}

"$fleet" dev --stub --wallets 3 --ready-file "$dir/ready.json" >/dev/null 2>"$dir/log" &
pid=$!
"$ctl" wait ready --address 127.0.0.1:1 --timeout 300ms -o json >"$dir/out" 2>"$dir/err" && die "nobody is ready there"
[ "$(jq -r .error.reason "$dir/out")" = DEADLINE_EXCEEDED ] || die "no error in JSON"
while [ ! -s "$dir/ready.json" ]; do kill -0 $pid; sleep 0.05; done
GHOST_FLEET_ADDRESS=$(jq -r .grpc "$dir/ready.json")
token=$(jq -r .token_file "$dir/ready.json")
export GHOST_FLEET_ADDRESS

# The file with the token comes later, and is empty first.
(
	sleep 0.4
	umask 077
	: >"$dir/token"
	sleep 0.4
	cp "$token" "$dir/token.part"
	mv "$dir/token.part" "$dir/token"
) &
run 3 wait ready --token-file "$dir/never" --timeout 200ms
grep -q never "$dir/err" || die "does not say which file is missing"
run 0 wait ready --token-file "$dir/token" --timeout 20s
says ready
wait $!
export GHOST_FLEET_TOKEN_FILE=$dir/token

# Checks, well and not.
run 0 health -o junit && junit ghostctl.health 1 0 0 0
run 0 wait ready -o junit && junit ghostctl.wait.ready 1 0 0 0
run 0 endpoints check -o junit && junit ghostctl.endpoints.check 2 0 0 0
run 0 fund --target 0.01ether --dry-run -o junit && junit ghostctl.fund 4 0 0 3
run 0 gate -o junit && junit ghostctl.gate 1 0 0 0
run 0 pause --lockdown --reason 'a "quoted" <word> & more' -o json
run 4 gate -o junit && junit ghostctl.gate 1 1 0 0
says 'type="closed"'
run 0 resume
run 3 wait operation 2 --timeout 300ms -o junit && junit ghostctl.wait.operation 1 0 1 0
says DEADLINE_EXCEEDED
(
	sleep 0.5
	"$ctl" operations cancel 2 >/dev/null
) &
run 1 wait operation 2 --timeout 20s -o junit && junit ghostctl.wait.operation 4 4 0 0
run 1 operations watch 2 -o junit && junit ghostctl.operations.watch 4 4 0 0
run 1 operations watch 99 -o junit && junit ghostctl.operations.watch 1 0 1 0
says 'type="NOT_FOUND"'
run 3 health -o junit --address 127.0.0.1:1 && junit ghostctl.health 1 0 1 0
run 2 wallets list -o junit
run 2 no such command -o json
[ "$(jq -r .error.code "$dir/out")" = invalid_argument ] || die "usage is no JSON"

# Every command of the table, as its help shows it, against nobody: one object of JSON on stdout,
# one line on stderr, and an exit code that says so.
n=0
while read -r command; do
	# shellcheck disable=SC2086
	example=$("$ctl" help $command | sed -n '/^Example:/{n;s/^  ghostctl //p;}')
	case $command in completion | "access issue") continue ;; esac # they ask nobody
	[ -n "$example" ] || die "'$command' has no example"
	words=()
	eval "words=(${example% -w})"
	rc=0
	timeout 20 "$ctl" "${words[@]}" -o json --timeout 300ms --address 127.0.0.1:1 \
		>"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	case $rc in 1 | 2 | 3 | 4) ;; *) die "'$example' ended with $rc" ;; esac
	[ "$(jq -rs 'length == 1 and (.[0].error.message | length > 0)' "$dir/out")" = true ] ||
		die "'$example' failed without an error in JSON"
	[ "$(wc -l <"$dir/err")" = 1 ] || die "'$example' says more than one line"
	n=$((n + 1))
done < <("$ctl" help | sed -n 's/^  \([a-z][a-z -]*\).*/\1/p' | sed 's/ *$//; s/  .*//')
echo "$n commands fail in JSON"
[ "$n" -gt 25 ] || die "only $n commands were looked at"
