#!/usr/bin/env bash
# python.sh - a client that protoc makes from our contract, with Debian's grpcio (client.py).
. tests/interop/lib.sh
mkdir "$dir/py"
(cd proto && find ghostfleet google/rpc -name '*.proto') |
	xargs protoc -I proto -I /usr/include --python_out="$dir/py" --grpc_out="$dir/py" \
		--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin
PYTHONPATH=$dir/py timeout 100 /usr/bin/python3 tests/interop/client.py "$at" "$dir/data/admin.token"
stop_daemon
