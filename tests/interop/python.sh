#!/usr/bin/env bash
# python.sh - a client that protoc makes from our contract, with Debian's grpcio.
. tests/interop/lib.sh
mkdir "$dir/py"
protos | xargs protoc -I proto -I /usr/include --python_out="$dir/py" --grpc_out="$dir/py" \
	--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin
python() {
	PYTHONPATH=$dir/py timeout 100 /usr/bin/python3 "tests/interop/python/$1.py" "$at" \
		"$dir/data/admin.token" "${@:2}"
}
start
python rows "$table" >"$rows"
rows_are "$rows" python
anew
python fleet >"$dir/out"
saw "$dir/out" python
stop_daemon
