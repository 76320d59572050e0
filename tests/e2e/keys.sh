#!/usr/bin/env bash
# keys.sh - keys come in as key files and phrases and go out as key files; funding wants a kit.
. tests/e2e/lib.sh
start_chain
require_backup=true
write_config '[profiles.degen]' 'action_interval_secs = 3600'
start_daemon

# says EXIT WORD COMMAND...: it ends so, and says so in one line.
says() {
	local rc=0 want=$1 word=$2
	shift 2
	ctl "$@" >"$dir/out" 2>"$dir/err" || rc=$?
	expect $rc "$want" "$*: exit code"
	grep -qE -- "$word" "$dir/out" "$dir/err" || die "$*: does not say '$word': $(cat "$dir/out" "$dir/err")"
}

echo "a passphrase for the kit" >"$dir/kit.pass"

# Funding: refused by name, before and after; a kit lets it through, and later keys are refused again.
ctl wallets generate --count 2 --profile degen >/dev/null
says 1 'holds the keys of wallet-001, wallet-002: .ghostctl kit create --out FILE' fund --target 0.01ether --yes
says 0 '2 wallets are in no kit: wallet-001 wallet-002' kit list
says 0 'it would hold: seed \(2 wallets\), 1 imported' kit create --dry-run --passphrase-file "$dir/kit.pass"
says 1 'holds the keys' fund --target 0.01ether --yes
says 0 'ghost-fleet kit verify' kit create --out "$dir/a.kit" --passphrase-file "$dir/kit.pass"
expect "$(stat -c %a "$dir/a.kit")" 600 "the kit's mode"
says 1 'is there already' kit create --out "$dir/a.kit" --passphrase-file "$dir/kit.pass"
: >"$dir/empty.pass"
chmod 600 "$dir/empty.pass"
says 1 "the first line of $dir/empty.pass is empty" kit create --out "$dir/b.kit" --passphrase-file "$dir/empty.pass"
says 2 'nobody can be asked for a passphrase for the kit here' kit create --out "$dir/b.kit"
says 1 'at least 12' kit create --out "$dir/b.kit" --passphrase-file <(echo short)
[ ! -e "$dir/b.kit" ] || die "a refused kit left a file"
says 0 '2 done' fund --target 0.01ether --yes
ctl wallets generate --count 3 --profile degen >/dev/null
says 0 '3 done' fund --target 0.01ether --yes
node deploy/scripts/keys.js .run/tools/deploy-tools new 1 >"$dir/new.csv"
says 0 '1 imported, 1 with a key' wallets import "$dir/new.csv"
says 1 'holds the keys of wallet-006: ' fund --target 0.02ether --yes
says 0 'done' fund --target 0.011ether --wallets wallet-001,wallet-002 --yes
says 1 'holds the keys of wallet-006: ' fund --target 0.02ether --wallets wallet-001,wallet-006 --yes
says 0 '' extract --to "$SAFE_ADDRESS" --wallets wallet-006 --yes
ctl kit create --out "$dir/b.kit" --passphrase-file "$dir/kit.pass" >/dev/null
says 0 'done' fund --target 0.02ether --wallets wallet-006 --yes

# GenerateWallets says what was wrong with what was said.
expect "$(curl -sS --noproxy '*' -H "Authorization: Bearer $(cat "$dir/data/admin.token")" -H 'Content-Type: application/json' \
	-d '{"count":-1}' "$http/ghostfleet.v1.WalletService/GenerateWallets" | jq -r .message)" "count: -1, want 1 to 1000 at a call"
node deploy/scripts/keys.js .run/tools/deploy-tools new 1 >"$dir/acts.csv"
says 1 'line 1: profile: the configuration has no .profiles.nobody' wallets import "$dir/acts.csv" --enable --profile nobody

# Key files, both ways, with another program at the other end; one bad file stops no other.
tools=.run/tools/deploy-tools
keystore() {
	node tests/support/keystore.js $tools "$@"
}
echo "a passphrase of key files" >"$dir/file.pass"
for i in 1 2 3; do node deploy/scripts/keys.js $tools new 1 | cut -d, -f2 >"$dir/key$i"; done
keystore write "$dir/key1" "$dir/file.pass" scrypt >"$dir/one.json"
keystore write "$dir/key2" "$dir/file.pass" pbkdf2 >"$dir/two.json"
keystore write "$dir/key3" "$dir/kit.pass" scrypt >"$dir/other.json"
sed 's/"n":8192/"n":1073741824/' "$dir/one.json" >"$dir/hostile.json"
head -c 100 "$dir/one.json" >"$dir/cut.json"
says 5 'two.json|2 imported, 3 not' wallets import --passphrase-file "$dir/file.pass" \
	"$dir/one.json" "$dir/hostile.json" "$dir/cut.json" "$dir/other.json" "$dir/two.json"
grep -q 'hostile.json: key file: scrypt.s n, r and p are missing, or above the cap' "$dir/err" || die "hostile: $(cat "$dir/err")"
grep -q 'cut.json: key file: not JSON' "$dir/err" || die "cut: $(cat "$dir/err")"
grep -q 'other.json: the passphrase does not open this key file' "$dir/err" || die "other: $(cat "$dir/err")"
for i in 1 2; do
	ctl wallets get "$(node deploy/scripts/keys.js $tools address "$dir/key$i")" >"$dir/out"
	grep -q imported "$dir/out" || die "key $i did not come in"
done
echo "test test test test test test test test test test test junk" >"$dir/phrase"
says 0 '2 imported; the phrase itself is not kept' wallets import --phrase-file "$dir/phrase" --count 2 --prefix junk
says 0 '0x70997970C51812dc3A010C7d01b50e0d17dc79C8' wallets get junk-002

mkdir "$dir/out.d"
says 0 '2 exported' wallets export junk-001 wallet-001 --light --out "$dir/out.d" --passphrase-file "$dir/file.pass" --reason "moving house"
says 1 'is there already' wallets export junk-001 --light --out "$dir/out.d" --passphrase-file "$dir/file.pass"
exported=$(echo "$dir"/out.d/UTC--*--f39fd6e51aad88f6f4ce6ab8827279cfffb92266)
expect "$(stat -c %a "$exported")" 600 "the mode of a key file"
expect "$(keystore read "$exported" "$dir/file.pass")" 0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80 "the exported key"
says 1 'at least 12' wallets export junk-001 --out "$dir/out.d" --passphrase-file <(echo short)
# Who may spend within the caps, and home alone, does not get the keys themselves.
ctl access add tina --role treasurer --out "$dir/tina.token" >/dev/null
mv "$dir/data/admin.token" "$dir/admin.token" && mv "$dir/tina.token" "$dir/data/admin.token"
says 1 'admin' wallets export wallet-002 --light --out "$dir/out.d" --passphrase-file "$dir/file.pass"
mv "$dir/admin.token" "$dir/data/admin.token"

# A key is destroyed only when it is retired, imported, empty and named twice.
victim=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266
says 1 'is not retired' wallets destroy-key junk-001 $victim --yes
says 1 'comes from the fleet.s seed' wallets destroy-key wallet-001 "$(ctl wallets get wallet-001 -o json | jq -r .wallet.address)" --yes
ctl wallets retire junk-001 --reason gone >/dev/null
ctl wallets retire junk-002 --reason gone >/dev/null
says 1 'still holds' wallets destroy-key junk-001 $victim --yes
says 1 "is 0x7099" wallets destroy-key junk-002 $victim --yes
echo 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 >"$dir/empty"
node tests/support/endow.js "$RPC_URL" "$dir/empty" 0
seen_empty() {
	[ "$(ctl wallets get junk-002 -o json | jq -r .wallet.balance)" = 0 ]
}
wait_for 60 "the balance to be seen" seen_empty
says 0 'is destroyed' wallets destroy-key junk-002 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --yes --reason "not ours any more"
says 1 'no key is held' wallets export junk-002 --out "$dir/out.d" --passphrase-file "$dir/file.pass"
# By HTTP, as JSON, which the parser copies about.
hex=$(cut -c3- "$dir/key3")
printf '{"wallets":[{"privateKey":"%s","name":"by-http"}]}' "$(echo "$hex" | xxd -r -p | base64)" >"$dir/body"
curl -fsS --noproxy '*' -H "Authorization: Bearer $(cat "$dir/data/admin.token")" -H 'Content-Type: application/json' \
	-d @"$dir/body" "$http/ghostfleet.v1.WalletService/ImportWallets" >"$dir/answer"

# Nothing is revealed: not in the store, the log, the answers, nor in what the daemon leaves in memory.
for i in 1 2 3; do
	python3 tests/support/reveals.py "$daemon_pid" "$dir/key$i" "$dir/phrase" "$dir/file.pass" "$dir/kit.pass" -- \
		"$dir"/data/* "$dir/daemon.log" "$dir/answer" "$dir/out" "$dir/err" "$dir"/*.kit
done
grep -q '^Max core file size  *0 ' "/proc/$daemon_pid/limits" || die "its memory may be written to a core file"
no_broken_lines
stop_daemon
