#!/usr/bin/env bash
# proto.sh - buf lint, and buf breaking against the descriptor set of the last release.
. "$(dirname "$0")/lib.sh"
tools=$(deploy/scripts/node-tools.sh tests/tools)
buf=$(realpath "$(find "$tools/node_modules/@bufbuild" -path '*/bin/buf')")
"$buf" lint proto
(cd proto && "$buf" breaking . --path ghostfleet --against released.binpb)
