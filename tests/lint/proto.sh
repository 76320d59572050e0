#!/usr/bin/env bash
# proto.sh - buf lint, and buf breaking against the descriptor set of the last release.
. "$(dirname "$0")/lib.sh"
tools=$(deploy/scripts/node-tools.sh tests/tools)
buf=$(find "$tools/node_modules/@bufbuild" -path '*/bin/buf')
"$buf" lint proto
"$buf" breaking proto --against proto/released.binpb \
	--exclude-path proto/google --exclude-path proto/grpc
