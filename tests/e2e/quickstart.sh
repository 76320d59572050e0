#!/usr/bin/env bash
# quickstart.sh - the README's first command, twice, beside a stranger who has its port; then on
# "a chain of somebody's", which is another local node.
set -euo pipefail
umask 077
GF_RUN=$(mktemp -d)
export GF_RUN GRPC_PORT=51051 HTTP_PORT=18080 CHAIN_PORT=18545
stranger=''
cleanup() {
	[ -z "$stranger" ] || kill "$stranger"
	deploy/quickstart.sh --purge --yes >/dev/null
	deploy/dev-chain.sh stop --dir "$GF_RUN/other" >/dev/null
	rm -rf "$GF_RUN"
}
trap cleanup EXIT

die() {
	echo "$*" >&2
	cat "$GF_RUN/log" >&2
	exit 1
}
log() {
	"$@" >"$GF_RUN/log" 2>&1 </dev/null
}
says() {
	grep -qE -- "$1" "$GF_RUN/log" || die "it does not say: $1"
}

python3 -m http.server --bind 127.0.0.1 $HTTP_PORT >/dev/null 2>&1 &
stranger=$!
until (exec 3<>"/dev/tcp/127.0.0.1/$HTTP_PORT") 2>/dev/null; do sleep 0.05; done

log deploy/quickstart.sh --check || die "--check failed"
says "port $HTTP_PORT is taken by python3.* \(process $stranger\): http uses"
says 'packages'
[ "$(ls "$GF_RUN")" = log ] || die "--check left something: $(ls "$GF_RUN")"

for round in first second; do
	log deploy/quickstart.sh --once || die "the $round run failed"
	says '^asked 10 · on chain 10 · twice 0 · missing 0 · residue [0-9]+ wei$'
	says 'killed process [0-9]+ with kill -9 after [0-9]+ transactions; [1-9][0-9]* answers were lost'
	says '^staked +10 before, 0 after$'
	if pgrep -f "$GF_RUN/" >/dev/null; then die "--once left something running"; fi
done

deploy/dev-chain.sh start --dir "$GF_RUN/other" --port 0 >/dev/null
. "$GF_RUN/other/chain.env"
export RPC_URL FUNDER_KEY
if log deploy/quickstart.sh --once; then die "it spent without asking"; fi
says 'SAFE_ADDRESS names'
export SAFE_ADDRESS=0x70997970C51812dc3A010C7d01b50e0d17dc79C8
if log deploy/quickstart.sh --once; then die "it spent without asking"; fi
says 'nobody is there to say yes'
says 'no more than 0.005 ETH leaves the funder'
log deploy/quickstart.sh --once --yes || die "it failed on a chain of somebody's"
says '^asked 2 · on chain 2 · twice 0 · missing 0 · residue [0-9]+ wei$'
