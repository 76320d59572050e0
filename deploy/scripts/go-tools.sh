#!/usr/bin/env bash
# go-tools.sh MODULE/COMMAND@VERSION... - build these commands by Go, once, outside the source tree,
# and print where: .run/tools/go. 77: there is no Go here, or its modules cannot be had.
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
place=$top/.run/tools/go
mkdir -p "$place"

exec 9>"$place/.lock"
flock 9
for what in "$@"; do
	name=$(basename "${what%@*}")
	[ "$(cat "$place/.$name" 2>/dev/null)" != "$what" ] || continue
	command -v go >/dev/null || { echo "skipped: no Go here to build $name" >&2; exit 77; }
	GOBIN=$place GOFLAGS=-modcacherw timeout 250 go install "$what" >"$place/$name.log" 2>&1 || {
		tail -n 3 "$place/$name.log" >&2
		echo "skipped: $name could not be built" >&2
		exit 77
	}
	echo "$what" >"$place/.$name"
done
echo "$place"
