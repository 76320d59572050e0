#!/usr/bin/env bash
# shell.sh - the scripts, read by shellcheck.
. "$(dirname "$0")/lib.sh"
need shellcheck shellcheck
files '*.sh' '.ci/run' | xargs -r shellcheck -x -P SCRIPTDIR -e SC1091,SC2119,SC2317
