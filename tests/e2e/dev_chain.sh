#!/usr/bin/env bash
# dev_chain.sh - the local chain starts with its contracts and a funder, and goes on where it was
# after a stop.
set -euo pipefail
dir=$(mktemp -d)
trap 'deploy/dev-chain.sh stop --dir "$dir" >/dev/null; rm -rf "$dir"' EXIT
. deploy/scripts/rpc.sh

die() {
	echo "$1" >&2
	exit 1
}

deploy/dev-chain.sh start --dir "$dir" --port 0
. "$dir/chain.env"
first=$GHOST_CORE
genesis=$(rpc eth_getBlockByNumber '["0x0",false]' | jq -r .hash)
[ "$(rpc eth_getCode "[\"$GHOST_CORE\",\"latest\"]")" != 0x ] || die "no code at $GHOST_CORE"
[ "$(balance "$FUNDER_ADDRESS")" = 100000000000000000000 ] || die "the funder does not hold 100 ether"
[ "$(stat -c %a "$FUNDER_KEY")" = 600 ] || die "the funder's key is readable by others"
[ "$(wc -c <"$FUNDER_KEY")" = 67 ] || die "the funder's key is no key"
[ "$(rpc eth_call "[{\"to\":\"$DATA_TOKEN\",\"data\":\"0xcb4ca631$(word "$GHOST_CORE")\"},\"latest\"]")" = "0x$(word 1)" ] ||
	die "GhostCore pays the transfer tax"
deploy/dev-chain.sh mint --dir "$dir" 5000000000000000000 "$FUNDER_ADDRESS"
deploy/dev-chain.sh start --dir "$dir" | grep -q 'already running' || die "a second start started"

deploy/dev-chain.sh stop --dir "$dir"
if deploy/dev-chain.sh status --dir "$dir" >/dev/null; then die "still running"; fi
deploy/dev-chain.sh start --dir "$dir" --port 0
. "$dir/chain.env"
[ "$(rpc eth_getBlockByNumber '["0x0",false]' | jq -r .hash)" = "$genesis" ] || die "another chain came back"
late=$(($(date +%s) - $(rpc eth_getBlockByNumber '["latest",false]' | jq -r .timestamp)))
[ ${late#-} -le 5 ] || die "the chain is $late seconds late"
[ "$GHOST_CORE" = "$first" ] || die "the contracts moved"
[ "$(token_balance "$DATA_TOKEN" "$FUNDER_ADDRESS")" = 5000000000000000000 ] || die "the DATA is gone"
