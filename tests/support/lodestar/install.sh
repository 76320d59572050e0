#!/usr/bin/env bash
# install.sh - Lodestar under .run/tools/lodestar, and print where. Does nothing when it is there.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
place=$("$here/../../../deploy/scripts/node-tools.sh" "$here")
addon=$place/node_modules/snappy
exec 9>"$place/.addon-lock"
flock 9
if [ -z "$(find "$addon" -name '*.node' -path '*Release*' 2>/dev/null)" ]; then
	gyp=$(find /usr/lib/node_modules /usr/share/nodejs /usr/local/lib/node_modules -path '*node-gyp/bin/node-gyp.js' 2>/dev/null | head -n 1 || true)
	[ -n "$gyp" ] || { echo "node-gyp is missing: it comes with npm" >&2; exit 1; }
	(cd "$addon" && node "$gyp" rebuild --nodedir=/usr) >"$place/addon.log" 2>&1 || {
		tail -n 20 "$place/addon.log" >&2
		exit 1
	}
fi
echo "$place"
