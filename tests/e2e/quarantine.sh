#!/usr/bin/env bash
# quarantine.sh - a store of before is put back under a chain that went on: the fleet locks itself
# down, signs nothing again, finds by receipts what became of what it thought unfinished, and a
# person lifts it; nobody is paid twice. Case 13, from the other side: a journal that runs behind.
. "$(dirname "$0")/lib.sh"
milli=1000000000000000

start_chain 1
write_config
# Started to look at first: nothing moves until somebody resumes.
start_daemon --start-paused
[[ $(ctl status) == *"--start-paused"* ]] || die "it does not say why it stands: $(ctl status)"
ctl wallets generate --count 4 -o json >"$dir/wallets.json"
mapfile -t address < <(jq -r '.wallets[].address' "$dir/wallets.json")
ctl resume --reason "looked" >/dev/null

state_of() { # TX
	ctl tx list -o json | jq -r ".transactions[] | select(.name == \"transactions/$1\").state"
}

in_state() {
	[ "$(state_of "$1")" = "TRANSACTION_STATE_$2" ]
}

# One payment waits in the pool while the copy is made.
rpc anvil_setIntervalMining '[0]' >/dev/null
ctl fund --target ${milli}wei --wallets wallet-001 --yes >/dev/null 2>&1 &
fund=$!
wait_for 20 "a transaction in the pool" in_state 1 IN_POOL
kill "$fund" # it would follow the operation through any restart
wait "$fund" || true
stop_daemon
cp -a "$dir/data" "$dir/yesterday"
start_daemon
rpc anvil_setIntervalMining '[1]' >/dev/null
wait_for 30 "the first payment" in_state 1 CONFIRMED
# What the copy will not know: three more nonces of the funder.
ctl fund --target ${milli}wei --wallets wallet-002,wallet-003,wallet-004 --yes >/dev/null
stop_daemon
spent=$(rpc eth_getTransactionCount "[\"$FUNDER_ADDRESS\",\"latest\"]" | tr -d '"')
expect $((spent)) 4 "nonces that the funder spent"
paid() {
	for a in "${address[@]}"; do
		expect "$(balance_hex "$a")" "0x$(printf %x $milli)" "what $a holds"
	done
}
paid

# The copy is put back, and looks older than anybody would leave a fleet alone.
rm -rf "$dir/data"
mv "$dir/yesterday" "$dir/data"
python3 -c 'import sqlite3, sys; s = sqlite3.connect(sys.argv[1]); s.execute("UPDATE accounts SET seen_ms = seen_ms - 600000"); s.commit()' \
	"$dir/data/ghost-fleet.db"
start_daemon
locked() {
	[[ $(ctl status) == *quarantine* ]]
}
wait_for 30 "the quarantine" locked
# Its own payment is found by its receipt and needs nobody.
wait_for 30 "the receipt of what was in the pool" in_state 1 CONFIRMED
# Funding is refused while nobody has looked.
if ctl fund --target $((2 * milli))wei --wallets wallet-002 --yes >"$dir/fund.out" 2>&1; then
	die "funding went on in quarantine"
fi
grep -q "locked down" "$dir/fund.out" || die "not refused by the lockdown: $(cat "$dir/fund.out")"
expect "$(rpc eth_getTransactionCount "[\"$FUNDER_ADDRESS\",\"latest\"]" | tr -d '"')" "$spent" "the funder's nonce"
paid
# A person looks and lifts it; a top-up to the same target finds all of it there.
ctl resume --reason "compared with the chain" >/dev/null
ctl breakers reset funder --reason "compared with the chain" >/dev/null 2>&1 || true
ctl fund --target ${milli}wei --yes >/dev/null
paid
expect "$(rpc eth_getTransactionCount "[\"$FUNDER_ADDRESS\",\"latest\"]" | tr -d '"')" "$spent" "the funder's nonce"
echo "an older store signed nothing again, and nobody was paid twice"
