#!/usr/bin/env bash
# kills_long.sh - kills.sh with a thousand kills on anvil, and with two hundred on geth, which wants a
# tenth more of a replacement (case 9) and speaks its own words; without Go geth is left out.
set -euo pipefail
tests/e2e/kills.sh 1000 "${SEED:-7}" anvil
rc=0
tests/e2e/kills.sh 200 "${SEED:-7}" geth || rc=$?
[ $rc = 77 ] || exit $rc
