#!/usr/bin/env bash
# node-tools.sh DIR - install what DIR/package-lock.json pins, outside the source tree, and print
# where: .run/tools/NAME, NAME being DIR's last part. Does nothing when it is there already.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: node-tools.sh DIR" >&2; exit 2; }
dir=$(cd "$1" && pwd)
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
name=$(basename "$dir")
[ "$name" = tools ] && name=$(basename "$(dirname "$dir")")-tools
place=$top/.run/tools/$name
mkdir -p "$place"

exec 9>"$place/.lock"
flock 9
sum=$(cat "$dir/package-lock.json" "$dir/.npmrc" | sha256sum)
if [ "$(cat "$place/.done" 2>/dev/null)" != "$sum" ]; then
	command -v npm >/dev/null || { echo "npm is missing: apt-get install npm" >&2; exit 1; }
	cp "$dir/package.json" "$dir/package-lock.json" "$dir/.npmrc" "$place/"
	(cd "$place" && npm ci --no-progress >npm.log 2>&1) || {
		echo "npm ci failed in $place:" >&2
		tail -n 20 "$place/npm.log" >&2
		exit 1
	}
	echo "$sum" >"$place/.done"
fi
echo "$place"
