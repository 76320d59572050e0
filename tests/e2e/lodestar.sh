#!/usr/bin/env bash
# lodestar.sh - real validators: a real consensus client with 64 of them, a quarter never started.
# Those are seen down and the others up; participation falls below 95 %; a validator client that is
# killed is down within two epochs and what it takes to see them, and up again when it is started.
. tests/e2e/lib.sh
tools=$(tests/support/lodestar/install.sh)
beacon_pid='' client_pid=''

stop_lodestar() {
	local pid
	for pid in $beacon_pid $client_pid; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	beacon_pid='' client_pid=''
}

# at_end CODE: what lib.sh does, and ours; what a failure looked like, first.
at_end() {
	if [ "$1" != 0 ] && [ -n "$daemon_pid" ]; then
		ctl validators status >&2 || true
		ctl validators list --limit 3 >&2 || true
		tail -n 3 "$dir/beacon.log" >&2 || true
	fi
	stop_lodestar
	if [ "$1" = 0 ]; then cleanup; else false || cleanup; fi
}
trap 'at_end $?' EXIT

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

seconds=3 slots=8
epoch=$((seconds * slots))
rest=$(free_port)
beacon=http://127.0.0.1:$rest
common=(--params.SECONDS_PER_SLOT "$seconds" --params.ALTAIR_FORK_EPOCH 0
	--suggestedFeeRecipient 0xf97e180c050e5ab072211ad2c213eb5aee4df134)

# exec: the process id is Lodestar's own. It writes its genesis where it stands.
lodestar() {
	local promises=$PWD/tests/support/lodestar/promises.cjs
	cd "$dir"
	exec env NODE_OPTIONS="--require=$promises" NODE_BACKEND=js \
		LODESTAR_PRESET=minimal "$tools/node_modules/.bin/lodestar" "$@"
}

# start_beacon SECONDS: until its genesis. One that is not up by then never makes a block.
start_beacon() {
	(lodestar dev --genesisValidators 64 --startValidators 0..39 --reset --dataDir "$dir/beacon" \
		--genesisTime $(($(date +%s) + $1)) \
		--genesisEth1Hash 0x4242424242424242424242424242424242424242424242424242424242424242 \
		--eth1 false --discv5 false --listenAddress 127.0.0.1 --port "$(free_port)" \
		--rest.address 127.0.0.1 --rest.port "$rest" --server "$beacon" --rest.namespace '*' \
		"${common[@]}") >"$dir/beacon.log" 2>&1 &
	beacon_pid=$!
}

start_client() {
	(lodestar validator --network dev --dataDir "$dir/client" --interopIndexes 40..47 \
		--server "$beacon" "${common[@]}") >>"$dir/client.log" 2>&1 &
	client_pid=$!
}

kill_client() {
	kill -KILL "$client_pid"
	wait "$client_pid" 2>/dev/null || true
	client_pid=''
}

ask() {
	curl -fsS --noproxy '*' "$beacon$1"
}

answers() {
	ask /eth/v1/node/syncing >/dev/null 2>&1
}

# health INDEX
health() {
	ctl validators get "$1" -o json | jq -r '.validator.health // "VALIDATOR_HEALTH_UNSPECIFIED"' |
		sed 's/VALIDATOR_HEALTH_//' | tr '[:upper:]' '[:lower:]'
}

# all WORD FROM TO: every validator from index to index has that health
all() {
	local i
	ctl validators list -o json >"$dir/list.json"
	for ((i = $2; i <= $3; i++)); do
		jq -e --arg h "VALIDATOR_HEALTH_${1^^}" --arg i "$i" \
			'any(.validators[]; .index == $i and .health == $h)' "$dir/list.json" >/dev/null || return 1
	done
}

# at_least N WORD FROM TO: so many of them have
at_least() {
	ctl validators list -o json | jq -e --arg h "VALIDATOR_HEALTH_${2^^}" --argjson n "$1" \
		--argjson from "$3" --argjson to "$4" '[.validators[]
		| select((.index // "-1" | tonumber) as $i | $i >= $from and $i <= $to and .health == $h)]
		| length >= $n' >/dev/null
}

event() {
	ctl watch --after 1 --timeout 3s -o jsonl >"$dir/events" 2>/dev/null || true
	grep -q "\"$1\"" "$dir/events"
}

blocks_come() {
	answers && [ "$(ask /eth/v1/node/syncing | jq -r .data.head_slot)" -ge 2 ]
}

start_chain
for until_genesis in 12 45; do
	start_beacon $until_genesis
	for ((i = 0; i < until_genesis + 12; i++)); do
		! blocks_come || break 2
		sleep 1
	done
	echo "Lodestar missed its own genesis; once more"
	stop_lodestar
	rm -rf "$dir/beacon"
done
blocks_come || die "Lodestar makes no blocks: $(tail -n 3 "$dir/beacon.log")"
start_client
ask /eth/v1/beacon/states/head/validators | jq -r '.data[].validator.pubkey' >"$dir/keys.txt"
expect "$(wc -l <"$dir/keys.txt")" 64 "the validators at genesis"
write_config '[beacon]' "urls = [\"$beacon\"]" 'warm_up = "1s"' \
	'[validators]' "keys_file = \"$dir/keys.txt\""
start_daemon

echo "the first epochs: who attests is up, who was never started is down"
wait_for $((8 * epoch)) "most of the started ones to be up" at_least 38 up 0 47
wait_for $((8 * epoch)) "those never started to be down" all down 48 63
ctl validators status >"$dir/status" && die "all is well, says validators status"
grep -Eq '[0-9]+ of 64 validators are down' "$dir/status" || die "the status does not name them: $(cat "$dir/status")"
grep -q 'participation' "$dir/status"
part=$(ctl validators status -o json | jq '.participationPercent // 100' || true)
jq -en "$part < 95" >/dev/null || die "participation is $part"

echo "a client is killed"
killed=$SECONDS
kill_client
wait_for $((8 * epoch)) "its validators to be down" all down 40 47
echo "down after $((SECONDS - killed)) s; two epochs are $((2 * epoch)) s"
event validator.down || die "no event told it"

echo "and started again"
started=$SECONDS
start_client
wait_for $((8 * epoch)) "its validators to be up" at_least 6 up 40 47
echo "up after $((SECONDS - started)) s"
event validator.up || die "no event told it"
expect "$(health 50)" down "one that was never started"
ctl validators get 40 | grep -q '^down' || die "the spell is not kept: $(ctl validators get 40)"
no_broken_lines
echo "the real client's validators were seen as they were"
