#!/usr/bin/env bash
# node.sh - clients in Node: @grpc/grpc-js with the messages of protoc-gen-es, and with
# @grpc/proto-loader, which reads the .proto files as they are.
. tests/interop/lib.sh
. tests/interop/node-lib.sh
node_setup
client() {
	timeout 100 node "$dir/node/$1.mjs" "$at" "$dir/data/admin.token" "${@:2}"
}
start
client rows "$table" >"$rows"
rows_are "$rows" node
anew
client fleet proto /usr/include >"$dir/out"
saw "$dir/out" node
stop_daemon
