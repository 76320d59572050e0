#!/usr/bin/env bash
# build.sh [OUT] - compile the contracts into OUT (default: build/ beside this file), with the
# compiler that package-lock.json pins. The compiler itself goes to .run/tools, not here.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-$here/build}
tools=$("$here/../scripts/node-tools.sh" "$here")
exec node "$here/compile.js" "$tools" "$out"
