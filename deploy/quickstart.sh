#!/usr/bin/env bash
# quickstart.sh [--check|--stop|--purge] [--once] [--yes] [--yes-real-money]
#
# From a fresh Debian 12 to a fleet that was generated, funded, staked, paused, resumed and brought
# home, on a local chain, while the node's answers are being lost and the daemon is killed half
# way. Run it again at will.
#
#   --check            say which packages, ports and paths it will use, and stop there
#   --once             stop everything at the end (otherwise it is left running to play with)
#   --stop             stop what an earlier run left running
#   --purge            stop, and remove everything that it made
#   --yes              do not ask
#   --yes-real-money   RPC_URL is a chain whose ether is worth something
#
# On a chain of yours: RPC_URL=https://... FUNDER_KEY=file SAFE_ADDRESS=0x... deploy/quickstart.sh
# (at most 2 wallets and a hard total, shown first).
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."
. deploy/scripts/rpc.sh
# What the environment says wins over the configuration file: here only the file shall speak.
export -n RPC_URL CHAIN_ID FUNDER_KEY GHOST_CORE DATA_TOKEN BACKUP_RPC_URLS
unset "${!GHOST_FLEET_@}"

check='' once='' stop='' purge='' yes='' real=''
for word in "$@"; do
	case $word in
	--check) check=1 ;;
	--once) once=1 ;;
	--stop) stop=1 ;;
	--purge) purge=1 ;;
	--yes) yes=1 ;;
	--yes-real-money) real=1 ;;
	*) sed -n '2,18s/^# \?//p' "$0" >&2; exit 2 ;;
	esac
done

top=$PWD
bin=$top/build/release
run=${GF_RUN:-$top/.run} # tests keep theirs apart
place=$run/quickstart
local_chain=1
[ -z "${RPC_URL:-}" ] || local_chain=
wallets=10 target=0.05ether

# --- what it says and how it waits ---------------------------------------------------------------

n=0 steps=12 started=$SECONDS
bold='' plain=''
[ ! -t 1 ] || { bold=$(printf '\033[1m') plain=$(printf '\033[0m'); }
step() {
	n=$((n + 1))
	printf '\n%s[%d of %d, %d s] %s%s\n' "$bold" $n $steps $((SECONDS - started)) "$*" "$plain"
}

die() {
	printf 'quickstart: %s\n' "$*" >&2
	exit 1
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
	local give_up=$((SECONDS + $1)) what=$2
	shift 2
	until "$@"; do
		[ $SECONDS -lt $give_up ] || die "waited in vain: $what; see $place/daemon.log"
		sleep 0.2
	done
}

ask() {
	local word
	[ -z "$yes" ] || return 0
	[ -t 0 ] || die "$1: nobody is there to say yes; run it with --yes"
	read -r -p "$1 [y/N] " word
	[ "$word" = y ] || [ "$word" = Y ] || die "nothing was done"
}

ether() {
	# shellcheck disable=SC2016
	node -e 'const w = BigInt(process.argv[1]), e = 10n ** 18n;
		console.log(`${w / e}.${(w % e).toString().padStart(18, "0")}`.replace(/\.?0+$/, "") + " ETH")' "$1"
}

# --- ports ---------------------------------------------------------------------------------------

port_taken() {
	(exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Who listens there, from /proc; another user's process is not told to us.
port_holder() {
	local inode link
	inode=$(awk -v port="$(printf ':%04X' "$1")" \
		'index($2, port) == length($2) - 4 && $4 == "0A" { print $10 }' /proc/net/tcp /proc/net/tcp6 | head -n 1)
	for link in /proc/[0-9]*/fd/*; do
		if [ "$(readlink "$link" 2>/dev/null)" = "socket:[$inode]" ]; then
			link=${link#/proc/}
			echo "$(cat "/proc/${link%%/*}/comm") (process ${link%%/*})"
			return
		fi
	done
	echo "another user's process"
}

# choose_port NAME WANTED: sets port_NAME to it, or to the next free one, and says why.
choose_port() {
	local port=$2
	if port_taken "$port"; then
		while port_taken "$port"; do port=$((port + 1)); done
		echo "port $2 is taken by $(port_holder "$2"): $1 uses $port" >&2
	fi
	printf -v "port_$1" %s "$port"
}

# --- processes: each known by its id and the moment it started -----------------------------------

born() {
	sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

running() {
	local pid moment
	read -r pid moment 2>/dev/null <"$place/$1.pid" || return 1
	[ -n "$moment" ] && [ "$(born "$pid")" = "$moment" ] || return 1
	echo "$pid"
}

# launch NAME COMMAND...: in a session of its own, its output in NAME.log.
launch() {
	local name=$1 pid
	shift
	setsid "$@" >>"$place/$name.log" 2>&1 </dev/null &
	pid=$!
	disown $pid
	echo "$pid $(born $pid)" >"$place/$name.pid"
}

# end NAME [SIGNAL]
end() {
	local pid i
	pid=$(running "$1") || return 0
	kill "-${2:-TERM}" "$pid"
	for ((i = 0; i < 150; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$pid" 2>/dev/null || true
	rm -f "$place/$1.pid"
}

stop_all() {
	local place
	for place in "$run/quickstart" "$run/quickstart-real"; do
		end daemon
		end proxy
	done
	[ ! -d "$run/chain" ] || deploy/dev-chain.sh stop --dir "$run/chain" >/dev/null
}

if [ -n "$stop" ]; then
	stop_all
	echo "stopped; everything is kept under $run"
	exit 0
fi
if [ -n "$purge" ]; then
	if [ -d "$run/quickstart-real" ]; then
		ask "$run/quickstart-real holds the keys of wallets on a real chain; remove it"
	fi
	stop_all
	gone=("$run/quickstart" "$run/quickstart-real" "$run/chain")
	[ -n "${GF_RUN:-}" ] || gone+=("$run/tools" "$bin")
	rm -rf "${gone[@]}"
	printf 'removed %s\n' "${gone[@]}"
	echo "Debian packages that it installed stay."
	exit 0
fi

# --- what it will use ----------------------------------------------------------------------------

[ -n "$local_chain" ] || { place=$run/quickstart-real; wallets=2 target=0.002ether; }

[ -n "$check" ] || { end daemon; end proxy; }
port_grpc='' port_http='' port_chain=''
choose_port grpc "${GRPC_PORT:-50051}"
choose_port http "${HTTP_PORT:-8080}"
if [ -n "$local_chain" ] && ! deploy/dev-chain.sh status --dir "$run/chain" >/dev/null 2>&1; then
	choose_port chain "${CHAIN_PORT:-8545}"
fi
missing=$(deploy/scripts/apt-packages.sh --list deploy/packages.txt | tr '\n' ' ')
cat <<EOF
This will use
  packages  ${missing:-none that is not there already}$([ -z "${missing// /}" ] || echo ' (by apt-get, as root)')
  npm       anvil (a local chain node), js-sha3, into $top/.run/tools
  ports     127.0.0.1:$port_grpc gRPC, 127.0.0.1:$port_http HTTP${port_chain:+, 127.0.0.1:$port_chain chain}
  paths     $top/build/release (programs), $place (keys, store, logs)${port_chain:+, $run/chain}
  chain     ${RPC_URL:-a local one, made for this}
EOF
[ -z "$check" ] || exit 0

# --- on a chain of somebody's --------------------------------------------------------------------

test_networks=' 1337 31337 5611 6343 11155111 17000 560048 84532 421614 11155420 80002 97 '
look_at_real_chain() {
	local tools id held
	[ -r "${FUNDER_KEY:-}" ] || die "with RPC_URL, FUNDER_KEY names a file that holds the funder's private key"
	[ "$(($(stat -c 0%a "$FUNDER_KEY") & 077))" = 0 ] || die "others can read $FUNDER_KEY; run: chmod 600 $FUNDER_KEY"
	FUNDER_KEY=$(readlink -f "$FUNDER_KEY")
	id=$(rpc eth_chainId) || die "$RPC_URL does not answer"
	CHAIN_ID=$((id))
	if [[ $test_networks != *" $CHAIN_ID "* ]] && [ -z "$real" ]; then
		die "chain $CHAIN_ID is no test network that we know: its ether may be worth something. If you mean it, add --yes-real-money"
	fi
	tools=$(deploy/scripts/node-tools.sh deploy/tools)
	FUNDER_ADDRESS=$(node deploy/scripts/keys.js "$tools" address "$FUNDER_KEY")
	[[ ${SAFE_ADDRESS:-} =~ ^0x[0-9a-fA-F]{40}$ ]] ||
		die "SAFE_ADDRESS names the address that everything goes to at the end"
	[ "${SAFE_ADDRESS,,}" != "${FUNDER_ADDRESS,,}" ] ||
		die "SAFE_ADDRESS is the funder: its key lies here, so it is no safe place; name another"
	held=$(balance "$FUNDER_ADDRESS")
	cat <<-EOF

		On chain $CHAIN_ID:
		  the funder $FUNDER_ADDRESS holds $(ether "$held")
		  $wallets new wallets are topped up to $target each
		  no more than 0.005 ETH leaves the funder in all, fees included: the daemon refuses beyond
		  everything but fees goes to $SAFE_ADDRESS at the end
		  the wallets' keys stay in $place, sealed
	EOF
	ask "Go on?"
}

# --- the steps -----------------------------------------------------------------------------------

write_config() {
	local stake=''
	[ -s "$place/passphrase" ] || head -c 24 /dev/urandom | base64 >"$place/passphrase"
	if [ -n "${GHOST_CORE:-}" ] && [ -n "${DATA_TOKEN:-}" ]; then
		stake=1
	fi
	cat >"$place/config.toml" <<-EOF
		# Written by quickstart.sh. Check it with: ghost-fleet --config FILE validate
		[service]
		name = "quickstart"

		[doors]
		grpc_port = $port_grpc
		http_port = $port_http

		[store]
		path = "$place/data/ghost-fleet.db"

		[keys]
		passphrase_file = "$place/passphrase"

		[chain]
		chain_id = $CHAIN_ID
		rpc_url = "$proxy_url"
		block_time = "1s"
		safe_list = ["$SAFE_ADDRESS"]

		[funding]
		key_file = "$FUNDER_KEY"
		target = "$target"
		$([ -n "$local_chain" ] || printf '%s\n' 'cap_per_transaction = "0.002ether"' \
			'cap_per_operation = "0.005ether"' 'cap_per_day = "0.005ether"')

		[safety]
		max_consecutive_errors = 5
		cooldown_secs = 3600

		[profiles.degen]
		action_interval_secs = 3600
	EOF
	[ -z "$stake" ] || cat >>"$place/config.toml" <<-EOF

		[profiles.degen.action]
		contract = "ghost_core"
		call = "jackIn(uint256,uint8)"
		args = ["10ether", "1"]

		[profiles.degen.action.spends]
		token = "data_token"
		amount = "10"

		[plugins]
		enabled = ["ghostnet"]

		[plugins.ghostnet]
		ghost_core = "$GHOST_CORE"
		data_token = "$DATA_TOKEN"
	EOF
	"$bin/ghost-fleet" --config "$place/config.toml" validate
}

ready() {
	[ -n "$(running daemon)" ] || die "the daemon ended; see $place/daemon.log"
	curl -fsS --noproxy '*' "http://127.0.0.1:$port_http/health/ready" >/dev/null 2>&1
}

start_daemon() {
	launch daemon "$bin/ghost-fleet" --config "$place/config.toml" serve
	wait_for 30 "the daemon to be ready" ready
}

ctl() {
	"$place/ghostctl" "$@"
}

proxy() {
	curl -fsS --noproxy '*' ${1:+-d "$1"} "$proxy_url/_proxy"
}

# Addresses of the wallets of this run, from what generate-wallets.sh wrote.
addresses() {
	tail -n +2 "$csv" | cut -d, -f1
}

staked() {
	local a count=0 position
	for a in $(addresses); do
		position=$(rpc eth_call "[{\"to\":\"$GHOST_CORE\",\"data\":\"0x16c19739$(word "$a")\"},\"latest\"]")
		[[ $position =~ ^0x0{64} ]] || count=$((count + 1))
	done
	echo $count
}

all_staked() {
	[ "$(staked)" = "$wallets" ]
}

# sum FUNCTION [ARGUMENT]: of the wallets of this run, their address last.
sum() {
	local a
	for a in $(addresses); do "$@" "$a"; done | node -e '
		const words = require("fs").readFileSync(0, "utf8").trim().split("\n");
		console.log(words.reduce((total, w) => total + BigInt(w), 0n).toString())'
}

[ -z "$once" ] || trap stop_all EXIT

step "Debian packages"
deploy/scripts/apt-packages.sh deploy/packages.txt
mkdir -p "$place/data"

step "Node tools"
deploy/scripts/node-tools.sh deploy/tools >/dev/null
[ -n "$local_chain" ] || look_at_real_chain

step "Building ghost-fleet and ghostctl"
mkdir -p build
{ cmake --preset release && cmake --build --preset release; } >"$place/build.log" 2>&1 || {
	tail -n 30 "$place/build.log" >&2
	die "the build failed; all of it is in $place/build.log"
}
echo "$("$bin/ghost-fleet" --version), $(du -h "$bin/ghost-fleet" | cut -f1)B"

step "The chain, and in front of it a proxy that can lose answers"
if [ -n "$local_chain" ]; then
	deploy/dev-chain.sh start --dir "$run/chain" ${port_chain:+--port "$port_chain"}
	. "$run/chain/chain.env"
	if [ ! -s "$place/safe.address" ]; then
		# A home of its own, so that what comes home can be seen.
		node deploy/scripts/keys.js "$top/.run/tools/deploy-tools" new 1 >"$place/safe.key"
		cut -d, -f1 "$place/safe.key" >"$place/safe.address"
	fi
	SAFE_ADDRESS=$(cat "$place/safe.address")
fi
end proxy
rm -f "$place/proxy.url" "$place/witness.jsonl"
launch proxy "$(command -v python3)" tests/support/proxy.py --upstream "$RPC_URL" --mode pass --seed 7 \
	--ports-file "$place/proxy.url" --witness "$place/witness.jsonl"
wait_for 10 "the proxy" test -s "$place/proxy.url"
proxy_url=$(cat "$place/proxy.url")
echo "proxy at $proxy_url, in front of $RPC_URL"

step "The daemon"
write_config
cat >"$place/ghostctl" <<EOF
#!/bin/sh
exec "$bin/ghostctl" --address 127.0.0.1:$port_grpc --token-file "$place/data/admin.token" "\$@"
EOF
chmod +x "$place/ghostctl"
start_daemon
curl -sS --noproxy '*' "http://127.0.0.1:$port_http/health"
echo

step "$wallets wallets"
ctl pause --reason "funding first" >/dev/null
# The wallets of an earlier run are empty and have done their part.
for name in $(ctl wallets list -o json | jq -r '.wallets[] | select(.role == "WALLET_ROLE_FLEET" and .balance == "0") | .name'); do
	ctl wallets retire "${name#wallets/}" --reason "of an earlier run" >/dev/null
done
folder=$place/wallets-$(date -u +%Y%m%dT%H%M%S)
GHOSTCTL=$place/ghostctl deploy/scripts/generate-wallets.sh --enable "$wallets" "$folder" degen
csv=$folder/wallets.csv
names=$(sed -n 's/^id = "\(.*\)"$/\1/p' "$folder/wallets.toml" | paste -sd,)

step "A recovery kit: every key, sealed, in one file (without one nothing is funded)"
[ -s "$place/kit.passphrase" ] || head -c 24 /dev/urandom | base64 >"$place/kit.passphrase"
ctl kit create --out "$folder/fleet.kit" --passphrase-file "$place/kit.passphrase"
"$bin/ghost-fleet" kit verify --kit "$folder/fleet.kit" --passphrase-file "$place/kit.passphrase"

step "Funding each with $target (while paused, as the runbook does)"
funder_before=$(balance "$FUNDER_ADDRESS")
first_block=$(($(rpc eth_blockNumber) + 1))
ctl fund --target "$target" --wallets "$names" --yes
fund_count=$(node deploy/scripts/witness.js "$RPC_URL" "$first_block" "$(($(rpc eth_blockNumber)))" "$FUNDER_ADDRESS" "$csv")
echo "the chain says: $fund_count"

if [ -n "${GHOST_CORE:-}" ]; then
	step "Letting each stake 10 DATA"
	if [ -n "$local_chain" ]; then
		addresses | xargs deploy/dev-chain.sh mint --dir "$run/chain" 12000000000000000000
	fi
	ctl resume >/dev/null
	wait_for 90 "every wallet to stake" all_staked
	echo "$(staked) of $wallets have staked"
else
	step "No GHOST_CORE on this chain: nothing to stake"
	ctl resume >/dev/null
fi

step "The fleet; pause and resume"
ctl status
ctl extract --to "$SAFE_ADDRESS" --dry-run
ctl wallets list --limit $((wallets + 1))
ctl pause --reason "quickstart shows it"
ctl resume

step "Bringing everything home, with answers lost and the daemon killed half way"
home_before=$(balance "$SAFE_ADDRESS")
eth_before=$(sum balance_hex)
[ -z "${GHOST_CORE:-}" ] || data_home_before=$(token_balance "$DATA_TOKEN" "$SAFE_ADDRESS")
first_block=$(($(rpc eth_blockNumber) + 1))
told_before=$(proxy | jq .told)
proxy '{"mode":"drop","rate":0.4}' >/dev/null
ctl extract --to "$SAFE_ADDRESS" --accept-token-tax --yes -o json >"$place/extract.json" 2>"$place/extract.err" &
extract=$!
half_way() {
	[ "$(proxy | jq .told)" -ge $((told_before + wallets)) ]
}
wait_for 60 "the first half of the transactions" half_way
killed=$(running daemon) || die "the daemon is gone; see $place/daemon.log"
kill -KILL "$killed"
echo "killed process $killed with kill -9 after $(($(proxy | jq .told) - told_before)) transactions; $(proxy | jq '.drop // 0') answers were lost"
while kill -0 "$killed" 2>/dev/null; do sleep 0.05; done
start_daemon
# The client waited for it meanwhile, as it would through a restart.
wait $extract || { cat "$place/extract.err" >&2; echo "ghostctl extract ended with $?" >&2; }
jq -r '.operation // . | "\(.name) \(.state), \(.stepsDone) of \(.stepsTotal) steps done"' "$place/extract.json"
lost=$(proxy | jq '.drop // 0')
proxy '{"mode":"pass"}' >/dev/null

step "What the chain says"
last_block=$(($(rpc eth_blockNumber)))
home_count=$(node deploy/scripts/witness.js "$RPC_URL" "$first_block" "$last_block" "$csv" "$SAFE_ADDRESS")
residue=$(sum balance_hex)
{
	echo "the funder  $(ether "$funder_before") before, $(ether "$(balance "$FUNDER_ADDRESS")") after"
	echo "the wallets $(ether "$eth_before") before, $(ether "$residue") after"
	echo "home        $(ether "$home_before") before, $(ether "$(balance "$SAFE_ADDRESS")") after"
	if [ -n "${GHOST_CORE:-}" ]; then
		echo "staked      $wallets before, $(staked) after"
		echo "DATA        $(ether "$data_home_before" | sed 's/ETH/DATA/') at home before, $(ether "$(token_balance "$DATA_TOKEN" "$SAFE_ADDRESS")" | sed 's/ETH/DATA/') after (its contract keeps a tenth)"
		echo "DATA left   $(sum token_balance_hex "$DATA_TOKEN") in the wallets"
	fi
	echo "answers     $lost lost on the way"
	jq -r --arg residue "$residue" '"asked \(.asked) · on chain \(.on_chain) · twice \(.twice) · missing \(.missing) · residue \($residue) wei"' <<<"$home_count"
} | tee "$place/report.txt"

# shellcheck disable=SC2016
printf '%-62s %s\n' '' '' \
	'you typed' 'you type' \
	'for a in $(cut -d, -f1 wallets.csv); do cast balance $a; done' 'ghostctl wallets list' \
	'for a in ...; do cast send $a --value 0.01ether ...; done' 'ghostctl fund --target 0.01ether' \
	"curl -X POST http://localhost:$port_http/admin/pause" 'the same, or: ghostctl pause' \
	'docker logs ghost-fleet | grep "circuit breaker"' 'ghostctl wallets list --tripped' \
	'for w in ...; do cast send $GHOST_CORE "extract()" ...; done' 'ghostctl extract --to 0xSAFE'
cat <<EOF

keys      sealed in $place/data/ghost-fleet.db; $place/passphrase opens them
kit       $folder/fleet.kit; $place/kit.passphrase opens it
client    $place/ghostctl (knows the address and the token)
doors     gRPC 127.0.0.1:$port_grpc, HTTP http://127.0.0.1:$port_http/health /metrics /admin/status
stop      deploy/quickstart.sh --stop
remove    deploy/quickstart.sh --purge
took      $((SECONDS - started)) s
EOF
[ -z "$once" ] || echo "now everything is stopped (--once)"
jq -e '.twice == 0 and .missing == 0' <<<"$home_count" >/dev/null
