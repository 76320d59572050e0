#!/usr/bin/env bash
# json.sh - our JSON codec against two others, on random messages and damaged texts. $SEED and
# $SECONDS_EACH repeat or prolong it.
set -euo pipefail
build=$(realpath "${GF_BUILD:-build/dev}")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tools=$(deploy/scripts/node-tools.sh tests/interop/node)
protoc -I tests/support -I /usr/include --python_out="$dir" json_kinds.proto \
	--plugin=protoc-gen-es="$tools/node_modules/.bin/protoc-gen-es" --es_out="$dir" --es_opt=target=js
cp tests/interop/json/pipe.mjs "$dir/"
echo '{"type":"module"}' >"$dir/package.json"
ln -s "$tools/node_modules" "$dir/node_modules"
timeout 600 /usr/bin/python3 tests/interop/json/differ.py "${SEED:-$RANDOM}" "${SECONDS_EACH:-5}" "$dir" \
	"$build/tests/interop/json_pipe" -- node "$dir/pipe.mjs"
