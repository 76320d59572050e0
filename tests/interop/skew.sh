#!/usr/bin/env bash
# skew.sh - one release apart. A client made from the last release's contract (proto/released.binpb)
# against today's daemon; today's client and today's ghostctl against a server that knows that contract
# and no more (older.py).
. tests/interop/lib.sh
released=proto/released.binpb
mkdir "$dir/old" "$dir/new"
# stubs OUT PROTOC-ARGUMENTS...
stubs() {
	protoc --python_out="$1" --grpc_out="$1" --plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin "${@:2}"
}
released_files() {
	protoc --decode=google.protobuf.FileDescriptorSet -I /usr/include google/protobuf/descriptor.proto <$released |
		sed -n 's/^  name: "\(ghostfleet.*\)"/\1/p'
}
# shellcheck disable=SC2046
stubs "$dir/old" --descriptor_set_in=$released $(released_files)
stubs "$dir/old" -I proto -I /usr/include google/rpc/{status,error_details}.proto
protos | xargs protoc -I proto -I /usr/include --python_out="$dir/new" --grpc_out="$dir/new" \
	--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin
python() {
	PYTHONPATH=$dir/$1 timeout 100 /usr/bin/python3 "tests/interop/python/$2.py" "$3" \
		"$dir/data/admin.token" "${@:4}"
}
older=''
end_all() {
	local rc=$?
	[ -z "$older" ] || kill -KILL "$older" 2>/dev/null || true
	(exit $rc)
	cleanup
}
trap end_all EXIT
# The rows that the older client can say: its methods, its fields.
PYTHONPATH=$dir/old /usr/bin/python3 tests/interop/python/rows.py --known "$table" >"$dir/older.tsv"
grep '^ghostfleet' "$dir/older.tsv" >"$dir/table"
[ "$(wc -l <"$dir/table")" -gt 30 ] || die "the older client can say only $(wc -l <"$dir/table") rows"

start
table=$dir/table
python old rows "$at" "$table" >"$rows"
rows_are "$rows" python-older
anew
python old fleet "$at" >"$dir/out"
saw "$dir/out" python-older

# Today's against an older server.
anew
/usr/bin/python3 tests/interop/python/older.py "$at" $released "$dir/older.port" &
older=$!
wait_for 20 "the older server" test -s "$dir/older.port"
old=127.0.0.1:$(cat "$dir/older.port")
python new rows "$old" "$table" >"$rows"
rows_are "$rows" older-python
anew
python new fleet "$old" >"$dir/out"
saw "$dir/out" older-python

octl() {
	"$build/ghostctl" --address "$old" --token-file "$dir/data/admin.token" "$@"
}
# by_ghostctl STEP WHAT COMMAND...: the exit code and a word of what it says
by_ghostctl() {
	local rc=0
	octl "${@:4}" >"$dir/said" 2>&1 || rc=$?
	expect $rc "$3" "ghostctl ${*:4}: $(cat "$dir/said")"
	grep -q -- "$2" "$dir/said" || die "ghostctl ${*:4}: no '$2' in $(cat "$dir/said")"
	printf '%s\t%s\n' "$1" "exit $3" >>"$dir/steps"
}
by_ghostctl "ghostctl status" "" 0 status
by_ghostctl "ghostctl now" "" 0 now
by_ghostctl "ghostctl wallets list" wallet-001 0 wallets list
by_ghostctl "ghostctl fund" "" 0 fund --target 0.002ether --yes
by_ghostctl "ghostctl tx list" "" 0 tx list
by_ghostctl "ghostctl pause" "" 0 pause
by_ghostctl "ghostctl extract" "" 0 extract --yes
by_ghostctl "ghostctl health" "" 0 health
by_ghostctl "ghostctl access list (newer than that server)" UNIMPLEMENTED 1 access list
: >"$seen/older-ghostctl.tsv"
saw "$dir/steps" older-ghostctl
stop_daemon
no_broken_lines
