#!/usr/bin/env bash
# retry.sh - the service configs of docs/reference, given to a gRPC library that is not ours.
set -euo pipefail
unset GHOST_FLEET_CONFIG
exec "$GF_BUILD/ghost-fleet" dev --stub --wallets 2 -- timeout 100 /usr/bin/python3 tests/interop/python/retry.py \
	docs/reference/service-config.json docs/reference/service-config-ids.json
