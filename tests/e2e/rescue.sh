#!/usr/bin/env bash
# rescue.sh - from a recovery kit and an RPC URL alone: 100 wallets with stakes are emptied on a
# machine without a store, within 60 s; then again while answers are lost and it is killed half way.
. tests/e2e/lib.sh
start_chain
require_backup=true
write_config "$(stake_config)"
start_daemon

head -c 24 /dev/urandom | base64 >"$dir/kit.pass"
node deploy/scripts/keys.js .run/tools/deploy-tools new 3 >"$dir/imported.csv"
ctl wallets generate --count 92 >/dev/null
ctl wallets import "$dir/imported.csv" >/dev/null
ctl kit create --out "$dir/fleet.kit" --passphrase-file "$dir/kit.pass" >/dev/null
# Made after the kit: its seed covers them. The first three of them are never used.
ctl wallets generate --count 8 >/dev/null
ctl wallets list -o json | jq -r '.wallets[] | select(.role == "WALLET_ROLE_FLEET") | "\(.name) \(.address)"' >"$dir/all"
# shellcheck disable=SC2043
for unused in 096 097 098; do sed -i "/wallet-$unused /d" "$dir/all"; done
{
	echo address
	cut -d' ' -f2 "$dir/all"
} >"$dir/wallets.csv"
expect "$(wc -l <"$dir/wallets.csv")" 101 "wallets and a head line"
kill_daemon
mv "$dir/data" "$dir/lost"

give_stakes() {
	python3 tests/bench/stake.py "$RPC_URL" "$DATA_TOKEN" "$GHOST_CORE" "$dir/wallets.csv"
	# A third has nothing left for gas: the kit's funder lends it.
	sed -n '2,34p' "$dir/wallets.csv" >"$dir/poor"
	node tests/support/endow.js "$RPC_URL" "$dir/poor" 0
}

# rescue URL [FLAGS]: with nothing of ours in the environment. in_place: as this very process.
in_place() {
	exec env -i PATH="$PATH" "$build/ghost-fleet" rescue --kit "$dir/fleet.kit" \
		--passphrase-file "$dir/kit.pass" --rpc "$@"
}
rescue() {
	(in_place "$@")
}

# refused EXIT WORD COMMAND...
refused() {
	local rc=0 want=$1 word=$2
	shift 2
	"$@" >"$dir/out" 2>&1 </dev/null || rc=$?
	[ $rc = "$want" ] || die "$*: exit code $rc, want $want: $(cat "$dir/out")"
	grep -qE -- "$word" "$dir/out" || die "$*: does not say '$word': $(cat "$dir/out")"
}

# empty: what the chain itself says. The dust of 100 wallets is what moving it would cost.
empty() {
	local left staked
	read -r left staked < <(python3 tests/bench/residue.py "$RPC_URL" "$DATA_TOKEN" "$dir/wallets.csv")
	expect "$staked" 0 "DATA left in the wallets"
	[ "${#left}" -le 14 ] || die "$left wei left in a wallet"
}

give_stakes
refused 1 'not on the kit.s safe list' rescue "$RPC_URL" --to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --yes
refused 1 'passphrase does not open' env -i "$build/ghost-fleet" rescue --kit "$dir/fleet.kit" --passphrase-file "$dir/passphrase" --rpc "$RPC_URL" --to "$SAFE_ADDRESS"
refused 3 'rpc' rescue http://127.0.0.1:1 --to "$SAFE_ADDRESS" --yes
refused 1 'add --yes' rescue "$RPC_URL" --to "$SAFE_ADDRESS"
refused 2 'which chain' env -i "$build/ghost-fleet" rescue --kit "$dir/fleet.kit"
grep -q 'to do' <(rescue "$RPC_URL" </dev/null 2>/dev/null || true) || die "it shows no plan before it asks"

home_before=$(balance "$SAFE_ADDRESS")
began=$(date +%s%N)
rescue "$RPC_URL" --to "$SAFE_ADDRESS" --yes </dev/null | tee "$dir/out"
took=$((($(date +%s%N) - began) / 1000000))
empty
[ $took -lt 60000 ] || die "it took $took ms"
grep -q ', 5 of them made after it' "$dir/out" || die "it did not find the five that were used after the kit"
echo "rescue: 100 wallets with stakes in $((took / 1000)).$((took % 1000 / 100)) s; $(grep residue "$dir/out")"
echo "home: $home_before before, $(balance "$SAFE_ADDRESS") after"
rescue "$RPC_URL" --to "$SAFE_ADDRESS" --yes </dev/null >"$dir/out"
grep -q 'hold nothing' "$dir/out" || die "the second run moved something: $(cat "$dir/out")"

# Again, through a proxy that loses one answer in five, and killed half way.
echo "$FUNDER_ADDRESS" >"$dir/funder"
node tests/support/endow.js "$RPC_URL" "$dir/funder" 1000000000000000000
give_stakes
start_proxy drop 0.2 11
in_place "$proxy_url" --to "$SAFE_ADDRESS" --yes </dev/null >"$dir/out" 2>&1 &
pid=$!
half_way() {
	kill -0 $pid 2>/dev/null || die "it ended too soon: $(cat "$dir/out")"
	[ "$(proxy_count told)" -ge 120 ]
}
wait_for 60 "half of the transactions" half_way
kill -KILL $pid
wait $pid 2>/dev/null || true
echo "killed after $(proxy_count told) transactions"
began=$SECONDS rc=0
rescue "$proxy_url" --to "$SAFE_ADDRESS" --yes </dev/null >"$dir/out" 2>&1 || rc=$?
# Something may be left: it says so, and the next run brings it home.
for _ in 1 2 3; do
	[ $rc = 5 ] || break
	rc=0
	rescue "$proxy_url" --to "$SAFE_ADDRESS" --yes </dev/null >>"$dir/out" 2>&1 || rc=$?
done
expect $rc 0 "the exit code of the run after the kill: $(cat "$dir/out")"
empty
echo "after the kill: $((SECONDS - began)) s, $(proxy_count drop) answers lost; $(grep residue "$dir/out" | tail -n 1)"
[ -z "$(find /dev/shm -maxdepth 1 -name 'ghost-fleet-rescue-*')" ] || die "it left a store in /dev/shm"
