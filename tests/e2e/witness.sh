#!/usr/bin/env bash
# witness.sh - the count that the demonstration ends with comes from the chain: who was paid
# once, twice, not at all; failed transactions do not count.
set -euo pipefail
dir=$(mktemp -d)
trap 'deploy/dev-chain.sh stop --dir "$dir" >/dev/null; rm -rf "$dir"' EXIT
. deploy/scripts/rpc.sh
deploy/dev-chain.sh start --dir "$dir" --port 0
. "$dir/chain.env"
owner=$(rpc eth_accounts | jq -r '.[0]')
a=0x00000000000000000000000000000000000a11ce b=0x0000000000000000000000000000000000000b0b
c=0x00000000000000000000000000000000000ca201

# pay TO [DATA]: an explicit gas limit, so that what will fail is sent all the same.
pay() {
	rpc eth_sendTransaction \
		"[{\"from\":\"$owner\",\"to\":\"$1\",\"value\":\"0x1\",\"gas\":\"0x30d40\",\"data\":\"${2:-0x}\"}]" >/dev/null
}

expect() {
	[ "$1" = "$2" ] || { echo "expected $2, got $1" >&2; exit 1; }
}

first=$(($(rpc eth_blockNumber) + 1))
pay "$a"
pay "$b"
pay "$b"
pay "$GHOST_CORE" # refuses ether
rpc anvil_mine >/dev/null
last=$(($(rpc eth_blockNumber)))
expect "$(node deploy/scripts/witness.js "$RPC_URL" $first $last "$owner" "$a,$b,$c")" \
	'{"asked":3,"on_chain":2,"twice":1,"missing":1}'
printf 'address,private_key,profile\n%s,sealed,degen\n' "$a" >"$dir/wallets.csv"
expect "$(node deploy/scripts/witness.js "$RPC_URL" $first $last "$owner" "$dir/wallets.csv")" \
	'{"asked":1,"on_chain":1,"twice":0,"missing":0}'
expect "$(node deploy/scripts/witness.js "$RPC_URL" $first $last "$owner" "$GHOST_CORE")" \
	'{"asked":1,"on_chain":0,"twice":0,"missing":1}'
expect "$(node deploy/scripts/witness.js "$RPC_URL" $((last + 1)) $last "$owner" "$a")" \
	'{"asked":1,"on_chain":0,"twice":0,"missing":1}'
