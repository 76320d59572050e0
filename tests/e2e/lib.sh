# shellcheck shell=bash
# lib.sh - to be sourced by the scripts here: a chain, an answer-losing proxy, a daemon, all in a
# folder of their own on free ports, all ended with the script. They run from the project's root.
set -euo pipefail
umask 077
. deploy/scripts/rpc.sh
build=$(realpath "${GF_BUILD:-build/dev}")
dir=$(mktemp -d)
daemon_pid='' proxy_pid='' geth_pid='' proxy_url='' disk=''
# What the environment says wins over the configuration file: here only the file shall speak.
unset RPC_URL CHAIN_ID FUNDER_KEY GHOST_CORE DATA_TOKEN BACKUP_RPC_URLS "${!GHOST_FLEET_@}"

cleanup() {
	local rc=$? pid
	for pid in $daemon_pid $proxy_pid $geth_pid; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	[ ! -d "$dir/chain" ] || deploy/dev-chain.sh stop --dir "$dir/chain" >/dev/null
	[ -z "$disk" ] || umount -l "$disk" 2>/dev/null || true
	if [ $rc != 0 ]; then
		echo "--- the daemon's last lines" >&2
		tail -n 30 "$dir/daemon.log" >&2 2>/dev/null || true
	fi
	rm -rf "$dir"
}
trap cleanup EXIT

die() {
	echo "$*" >&2
	exit 1
}

expect() {
	[ "$1" = "$2" ] || die "${3:-it}: expected '$2', got '$1'"
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
	local give_up=$((SECONDS + $1)) what=$2
	shift 2
	until "$@"; do
		[ $SECONDS -lt "$give_up" ] || die "waited in vain for $what"
		sleep 0.1
	done
}

# start_chain [SECONDS]: with blocks of so many seconds, 1 if not said.
start_chain() {
	block_time=${1:-1}
	deploy/dev-chain.sh start --dir "$dir/chain" --port 0 --block-time "$block_time"
	. "$dir/chain/chain.env"
	SAFE_ADDRESS=$(node deploy/scripts/keys.js .run/tools/deploy-tools new 1 | cut -d, -f1)
}

# start_geth SECONDS: the same with geth, built by Go where there is one; 77: it cannot be had. The
# contracts of the demonstration are not there.
start_geth() {
	local tools exe pair port
	tools=$(deploy/scripts/go-tools.sh github.com/ethereum/go-ethereum/cmd/geth@v1.16.9) || exit $?
	exe=$tools/geth block_time=$1 CHAIN_ID=1337
	port=$(free_port)
	RPC_URL=http://127.0.0.1:$port
	"$exe" --dev --dev.period "$1" --datadir "$dir/geth" --nodiscover --maxpeers 0 --port 0 --ipcdisable \
		--authrpc.port 0 --http --http.addr 127.0.0.1 --http.port "$port" --http.api eth,web3,net,txpool \
		--rpc.batch-request-limit 1000 --cache 64 >"$dir/geth.log" 2>&1 </dev/null &
	geth_pid=$!
	wait_for 30 "geth" geth_answers
	pair=$(node deploy/scripts/keys.js "$(deploy/scripts/node-tools.sh deploy/tools)" new 2)
	FUNDER_ADDRESS=$(head -n 1 <<<"$pair" | cut -d, -f1) FUNDER_KEY=$dir/funder.key
	head -n 1 <<<"$pair" | cut -d, -f2 >"$FUNDER_KEY"
	SAFE_ADDRESS=$(tail -n 1 <<<"$pair" | cut -d, -f1)
	rpc eth_sendTransaction "[{\"from\":\"$(rpc eth_accounts | jq -r '.[0]')\",\"to\":\"$FUNDER_ADDRESS\",\"value\":\"0x56bc75e2d63100000\"}]" >/dev/null
	wait_for 30 "the funder's money" geth_paid
}

geth_answers() {
	kill -0 "$geth_pid" 2>/dev/null || die "geth ended: $(tail -n 3 "$dir/geth.log")"
	rpc eth_blockNumber >/dev/null 2>&1
}

geth_paid() {
	[ "$(balance_hex "$FUNDER_ADDRESS")" != 0x0 ]
}

# free_port: one that nobody listens on now.
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_proxy MODE RATE SEED [OPTIONS]
start_proxy() {
	python3 tests/support/proxy.py --upstream "$RPC_URL" --mode "$1" --rate "$2" --seed "$3" \
		--ports-file "$dir/proxy.url" --witness "$dir/witness.jsonl" "${@:4}" &
	proxy_pid=$!
	wait_for 20 "the proxy" test -s "$dir/proxy.url"
	proxy_url=$(cat "$dir/proxy.url")
}

# proxy_set MODE RATE [SCOPE]
proxy_set() {
	curl -fsS --noproxy '*' -d "{\"mode\":\"$1\",\"rate\":$2,\"scope\":\"${3:-all}\"}" "$proxy_url/_proxy" >/dev/null
}

# proxy_count NAME: how often that happened
proxy_count() {
	curl -fsS --noproxy '*' "$proxy_url/_proxy" | jq ".\"$1\" // 0"
}

# write_config [TOML...]: chain, funder, safe address; further lines at its end. Keys need no kit
# unless require_backup=true, as most tests are about other things.
write_config() {
	mkdir -p "$dir/data"
	[ -s "$dir/passphrase" ] || echo "correct horse battery staple" >"$dir/passphrase"
	cat >"$dir/config.toml" <<-EOF
		[doors]
		grpc_port = 0
		http_port = 0
		[store]
		path = "$dir/data/ghost-fleet.db"
		reserve = "1MiB"
		[keys]
		passphrase_file = "$dir/passphrase"
		require_backup = ${require_backup:-false}
		[chain]
		chain_id = $CHAIN_ID
		rpc_url = "${proxy_url:-$RPC_URL}"
		batch_size = ${batch_size:-20}
		block_time = "$(jq -n "$block_time * 1000 | round")ms"
		safe_list = ["$SAFE_ADDRESS"]
		[funding]
		key_file = "$FUNDER_KEY"
	EOF
	printf '%s\n' "$@" >>"$dir/config.toml"
}

# The action of the demonstration: stake 10 DATA.
stake_config() {
	cat <<-EOF
		[plugins]
		enabled = ["ghostnet"]
		[plugins.ghostnet]
		ghost_core = "$GHOST_CORE"
		data_token = "$DATA_TOKEN"
		[profiles.degen]
		action_interval_secs = 3600
		[profiles.degen.action]
		contract = "ghost_core"
		call = "function jackIn(uint256 amount, uint8 level)"
		args = ["10ether", "1"]
		[profiles.degen.action.spends]
		token = "data_token"
		amount = "10"
	EOF
}

daemon_ready() {
	kill -0 "$daemon_pid" 2>/dev/null || die "the daemon ended"
	[ -s "$dir/ports.json" ] || return 1
	curl -fsS --noproxy '*' "$http/health/ready" >/dev/null 2>&1
}

ports_known() {
	kill -0 "$daemon_pid" 2>/dev/null || die "the daemon ended"
	[ -s "$dir/ports.json" ]
}

start_daemon() {
	rm -f "$dir/ports.json"
	"$build/ghost-fleet" --config "$dir/config.toml" --ports-file "$dir/ports.json" serve "$@" \
		>>"$dir/daemon.log" 2>&1 &
	daemon_pid=$!
	wait_for 30 "the daemon's ports" ports_known
	# The same ports after a restart: clients find it again.
	GHOST_FLEET_GRPC_PORT=$(jq .grpc "$dir/ports.json") GHOST_FLEET_HTTP_PORT=$(jq .http "$dir/ports.json")
	export GHOST_FLEET_GRPC_PORT GHOST_FLEET_HTTP_PORT
	http=http://127.0.0.1:$GHOST_FLEET_HTTP_PORT
	wait_for 30 "the daemon to be ready" daemon_ready
}

kill_daemon() {
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null || true
	daemon_pid=''
}

# SIGTERM: it must end by itself, and well.
stop_daemon() {
	local rc=0
	kill -TERM "$daemon_pid"
	wait "$daemon_pid" || rc=$?
	daemon_pid=''
	expect $rc 0 "the daemon's exit code after SIGTERM"
}

ctl() {
	"$build/ghostctl" --address "127.0.0.1:$GHOST_FLEET_GRPC_PORT" \
		--token-file "$dir/data/admin.token" "$@"
}

block() {
	echo $(($(rpc eth_blockNumber)))
}

# Nothing may have gone wrong that was not announced.
no_broken_lines() {
	if grep -nE 'msg="?broken' "$dir/daemon.log"; then die "the daemon logged broken"; fi
}
