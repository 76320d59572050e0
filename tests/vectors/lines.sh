#!/usr/bin/env bash
# lines.sh - the public vectors as lines of text, in .run/tools/vectors/lines.txt. Does nothing when
# they are there already.
set -euo pipefail
place=$(deploy/scripts/node-tools.sh tests/vectors)

exec 9>"$place/.lock"
flock 9
sum=$(cat tests/vectors/convert.js tests/vectors/package-lock.json | sha256sum)
[ "$(cat "$place/lines.sum" 2>/dev/null)" != "$sum" ] || exit 0
node tests/vectors/convert.js "$place/node_modules/@ethersproject/testcases" >"$place/lines.txt"
echo "$sum" >"$place/lines.sum"
