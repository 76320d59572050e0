#!/usr/bin/env bash
# go-stubs.sh MODULE OUT - the contract as Go packages of that module, below OUT, which is the
# module's root: MODULE/ghostfleet/v1. The messages of google.rpc and grpc.health are those that
# everyone's Go has. 77: no Go here.
set -euo pipefail
module=$1 out=$2
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tools=$(deploy/scripts/go-tools.sh google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12 \
	google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2) || exit $?
rpc=google.golang.org/genproto/googleapis/rpc
args=("Mgoogle/rpc/status.proto=$rpc/status" "Mgoogle/rpc/error_details.proto=$rpc/errdetails"
	"Mgoogle/rpc/code.proto=$rpc/code")
cd proto
for file in ghostfleet/v1/*.proto; do
	args+=("M$file=$module/ghostfleet/v1;ghostfleetv1")
done
options=()
for arg in "module=$module" "${args[@]}"; do
	options+=("--go_opt=$arg" "--go-grpc_opt=$arg")
done
mkdir -p "$out"
protoc -I . -I /usr/include --plugin=protoc-gen-go="$tools/protoc-gen-go" \
	--plugin=protoc-gen-go-grpc="$tools/protoc-gen-go-grpc" --go_out="$out" --go-grpc_out="$out" \
	"${options[@]}" ghostfleet/v1/*.proto
