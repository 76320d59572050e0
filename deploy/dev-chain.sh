#!/usr/bin/env bash
# dev-chain.sh start|stop|status|mint [--dir DIR] [--port N] [--block-time S] [WEI ADDRESS...]
#
#   start   a local chain of one-second blocks on 127.0.0.1, with the demonstration contracts and
#           a funder key of its own; writes DIR/chain.env
#   stop    ends it; the chain is kept in DIR/chain.json and goes on at the next start
#   status  says whether it runs
#   mint    so much DATA for each address, from nothing (the token is worth nothing)
#
# DIR is .run/chain unless said otherwise. Port 0 takes any free one. S may be below a second.
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/rpc.sh
. "$here/scripts/rpc.sh"

usage() {
	sed -n '2,11s/^# \?//p' "$0" >&2
	exit 2
}

[ $# -ge 1 ] || usage
verb=$1
shift
dir=$here/../.run/chain
port=8545
block_time=1
rest=()
while [ $# -gt 0 ]; do
	case $1 in
	--dir) dir=${2:?--dir needs a folder}; shift 2 ;;
	--port) port=${2:?--port needs a number}; shift 2 ;;
	--block-time) block_time=${2:?--block-time needs seconds}; shift 2 ;;
	-*) usage ;;
	*) rest+=("$1"); shift ;;
	esac
done
[ "$verb" != start ] || mkdir -p "$dir"
[ ! -d "$dir" ] || dir=$(cd "$dir" && pwd)

# The node's process id, if it is still our node.
pid() {
	local p
	p=$(cat "$dir/anvil.pid" 2>/dev/null) || return 1
	[ "$(readlink "/proc/$p/exe" 2>/dev/null)" = "$(cat "$dir/anvil.exe" 2>/dev/null)" ] || return 1
	echo "$p"
}

anvil_binary() {
	local tools
	if [ -n "${GF_ANVIL:-}" ]; then
		readlink -f "$GF_ANVIL"
	else
		tools=$("$here/scripts/node-tools.sh" "$here/tools")
		readlink -f "$tools/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
	fi
}

# Waits for the line that says where it listens: port 0 is known only then.
listening_port() {
	local log=$1 p=$2 i
	for ((i = 0; i < 200; i++)); do
		sed -n 's/^Listening on 127\.0\.0\.1:\([0-9]*\)$/\1/p' "$log" | grep . && return 0
		kill -0 "$p" 2>/dev/null || break
		sleep 0.05
	done
	tail -n 5 "$log" >&2
	return 1
}

make_funder() {
	local tools
	tools=$("$here/scripts/node-tools.sh" "$here/tools")
	node "$here/scripts/keys.js" "$tools" new 1 | {
		IFS=, read -r address key
		echo "$address" >"$dir/funder.address"
		echo "$key" >"$dir/funder.key"
	}
}

# order FROM TO DATA: into the pool; prints the hash. TO may be empty.
order() {
	rpc eth_sendTransaction "[{\"from\":\"$1\",${2:+\"to\":\"$2\",}\"data\":\"$3\"}]"
}

# mined HASH: a block now, if it needs one; prints the receipt.
mined() {
	local receipt i
	rpc anvil_mine >/dev/null
	for ((i = 0; i < 100; i++)); do
		receipt=$(rpc eth_getTransactionReceipt "[\"$1\"]")
		[ -z "$receipt" ] || break
		sleep 0.1
	done
	[ "$(jq -r .status <<<"$receipt")" = 0x1 ] || { echo "transaction $1 failed" >&2; return 1; }
	echo "$receipt"
}

send() {
	mined "$(order "$@")"
}

deploy() {
	local owner=$1 name=$2 argument=$3
	send "$owner" '' "$(jq -r .bytecode "$here/contracts/build/$name.json")$(word "$argument")" |
		jq -r .contractAddress
}

start() {
	local exe p owner token='' core=''
	if p=$(pid); then
		echo "already running, process $p; see $dir/chain.env"
		return
	fi
	exe=$(anvil_binary)
	[ -s "$dir/funder.key" ] || make_funder
	[ ! -e "$dir/anvil.log" ] || mv "$dir/anvil.log" "$dir/anvil.log.1"

	: >"$dir/anvil.log"
	# Block 0 is made anew at each start: only with the same time in it is it the same chain.
	[ -s "$dir/genesis.time" ] || date +%s >"$dir/genesis.time"
	: >"$dir/anvil.log"
	# The node's memory has no bound of its own.
	(
		ulimit -v 8000000
		exec setsid "$exe" --host 127.0.0.1 --port "$port" --accounts 1 --block-time "$block_time" \
			--timestamp "$(cat "$dir/genesis.time")" --state "$dir/chain.json" --state-interval 30 >"$dir/anvil.log" 2>&1 </dev/null
	) &
	p=$!
	echo $p >"$dir/anvil.pid"
	echo "$exe" >"$dir/anvil.exe"
	port=$(listening_port "$dir/anvil.log" $p) || {
		rm -f "$dir/anvil.pid"
		echo "the chain did not start; see $dir/anvil.log" >&2
		return 1
	}
	RPC_URL=http://127.0.0.1:$port
	# And time goes on from now, not from block 0.
	rpc evm_setTime "[$(date +%s)]" >/dev/null
	owner=$(rpc eth_accounts | jq -r '.[0]')
	[ ! -s "$dir/contracts.env" ] || . "$dir/contracts.env"
	token=${DATA_TOKEN:-} core=${GHOST_CORE:-}
	if [ -z "$core" ] || [ "$(rpc eth_getCode "[\"$core\",\"latest\"]")" = 0x ]; then
		token=$(deploy "$owner" DataToken "$owner")
		core=$(deploy "$owner" GhostCore "$token")
		# The contract itself pays no transfer tax: setExcluded(core, true).
		send "$owner" "$token" "0x2836be24$(word "$core")$(word 1)" >/dev/null
		rpc anvil_setBalance "[\"$(cat "$dir/funder.address")\",\"0x56bc75e2d63100000\"]" >/dev/null
		printf 'DATA_TOKEN=%s\nGHOST_CORE=%s\n' "$token" "$core" >"$dir/contracts.env"
	fi
	cat >"$dir/chain.env.new" <<-EOF
		RPC_URL=$RPC_URL
		CHAIN_ID=$(($(rpc eth_chainId)))
		DATA_TOKEN=$token
		GHOST_CORE=$core
		FUNDER_KEY=$dir/funder.key
		FUNDER_ADDRESS=$(cat "$dir/funder.address")
	EOF
	mv "$dir/chain.env.new" "$dir/chain.env"
	echo "chain at $RPC_URL, process $p; its addresses are in $dir/chain.env"
}

stop() {
	local p i
	p=$(pid) || { echo "not running"; return; }
	kill -INT "$p"
	for ((i = 0; i < 100; i++)); do
		kill -0 "$p" 2>/dev/null || break
		sleep 0.1
	done
	if kill -0 "$p" 2>/dev/null; then
		echo "process $p does not end; it is killed, and what it had not saved is lost" >&2
		kill -KILL "$p"
	fi
	rm -f "$dir/anvil.pid"
	echo "stopped; the chain is kept in $dir/chain.json"
}

status() {
	local p
	p=$(pid) || { echo "not running"; return 1; }
	. "$dir/chain.env"
	echo "running, process $p, $RPC_URL, block $(($(rpc eth_blockNumber)))"
}

mint() {
	local owner amount address hash=''
	[ ${#rest[@]} -ge 2 ] || usage
	. "$dir/chain.env"
	owner=$(rpc eth_accounts | jq -r '.[0]')
	amount=$(word "${rest[0]}")
	for address in "${rest[@]:1}"; do
		hash=$(order "$owner" "$DATA_TOKEN" "0x40c10f19$(word "$address")$amount")
	done
	# Nonces are in order: with the last one all are mined.
	mined "$hash" >/dev/null
}

case $verb in
start | stop | status | mint) $verb ;;
*) usage ;;
esac
