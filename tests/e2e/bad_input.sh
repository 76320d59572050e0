#!/usr/bin/env bash
# bad_input.sh - what is wrong is refused: one clear line that says what to do, the right exit code
# or status, and nothing changed. Configurations and starts first, then a running daemon.
. "$(dirname "$0")/lib.sh"
fleet=$build/ghost-fleet
export HOME=$dir/home
mkdir -p "$HOME"

start_chain
changes=''
lines=('[profiles.degen]' 'action_interval_secs = 3600')
write_config "${lines[@]}"
good=$dir/good.toml
cp "$dir/config.toml" "$good"
key=4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318
address=0x2c7536E3605D9C16a7a3D7b1898e529396a65c23

# all_files: what stands in the store's folder, byte by byte. The lock file notes who tried last,
# SQLite's index of its log is made anew by each reader.
all_files() {
	find "$dir/data" -type f -size +0 ! -name lock ! -name '*-shm' -exec sha256sum {} + | sort
}

# refused PATTERN...: the daemon does not start: exit 1, one line, which says all that; the store
# is as it was. The configuration is $dir/config.toml.
refused() {
	local rc=0 before pattern
	before=$(all_files)
	timeout 20 "$fleet" --config "$dir/config.toml" serve >"$dir/out" 2>"$dir/err" || rc=$?
	# What it says about itself in its log is not what stopped it.
	grep -v '^ts=' "$dir/err" >"$dir/said" || true
	expect $rc 1 "the exit code ($(cat "$dir/err"))"
	expect "$(wc -l <"$dir/said")" 1 "lines in: $(cat "$dir/said")"
	for pattern in "$@"; do
		grep -qE -- "$pattern" "$dir/said" || die "no '$pattern' in: $(cat "$dir/said")"
	done
	[ -n "$changes" ] || expect "$(all_files)" "$before" "the store's folder after: $(cat "$dir/said")"
	cp "$good" "$dir/config.toml"
}
# config SED-EXPRESSION: the configuration with one thing wrong.
config() {
	sed -e "$1" "$good" >"$dir/config.toml"
	if cmp -s "$good" "$dir/config.toml"; then die "'$1' changed nothing"; fi
}
# wallet ID ADDRESS PROFILE [MORE]: one more wallet in the configuration.
wallet() {
	printf '[[wallets]]\nid = "%s"\naddress = "%s"\nprofile = "%s"\n%s\n' "$1" "$2" "$3" "${4:-}" >>"$dir/config.toml"
}

# ---- configurations; `validate` says the same at the same place
config 's/^reserve = .*/reserv = "1MiB"/'
refused 'config.toml:[0-9]+:1: store.reserv ' 'did you mean store.reserve'
config 's/^key_file = .*/&\ntarget = "0.05"/'
refused 'funding.target' 'unit'
config 's/^key_file = .*/&\ntarget = "-1ether"/'
refused 'funding.target' 'write an amount'
config 's/^chain_id = .*/chain_id = "zero"/'
refused 'chain.chain_id' 'whole number'
config 's/^safe_list = .*/safe_list = ["0x12345"]/'
refused 'chain.safe_list' '40'
config "s/^safe_list = .*/safe_list = [\"${address/E36/e36}\"]/"
refused 'chain.safe_list' 'checksum'
config 's,^rpc_url = .*,rpc_url = "ftp://127.0.0.1",'
refused 'chain.rpc_url' 'http://'
config 's/^\[chain\]/[chain/'
refused 'config.toml:[0-9]+:[0-9]+: '
wallet wallet-001 "$address" degen
wallet wallet-001 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 degen
refused 'wallets.*wallet-001' 'id'
wallet wallet-001 "$address" degen
wallet wallet-002 "$address" degen
refused "$address|wallet-001"
wallet wallet-001 "$address" degn
refused 'profile' 'did you mean "degen"'
wallet wallet-001 "${address}00" degen
refused 'address' '40'
wallet wallet-001 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 degen "private_key = \"0x$key\""
chmod 600 "$dir/config.toml"
refused 'private_key' "$address|another address"
wallet wallet-001 "$address" degen 'private_key = "0xnothex"'
refused 'private_key' '64 hex'
printf '\377\376' >>"$dir/config.toml"
refused 'utf-8'
echo "configurations: done"

# ---- files that others can read
cp "$FUNDER_KEY" "$dir/funder.key"
config "s,^key_file = .*,key_file = \"$dir/funder.key\","
chmod 644 "$dir/funder.key"
refused 'funder.key' 'chmod 600'
chmod 644 "$dir/passphrase"
refused 'passphrase' 'chmod 600'
chmod 600 "$dir/passphrase"
wallet wallet-001 "$address" degen "private_key = \"0x$key\""
chmod 644 "$dir/config.toml"
refused 'config.toml' 'chmod 600'
chmod 600 "$dir/config.toml" "$good"

# ---- starts, on a store that is there
start_daemon
ctl wallets generate --count 3 --profile degen >/dev/null
rc=0
timeout 20 "$fleet" --config "$dir/config.toml" serve >"$dir/out" 2>"$dir/err" || rc=$?
expect $rc 1 "the second daemon"
expect "$(wc -l <"$dir/err")" 1 "lines of the second daemon: $(cat "$dir/err")"
grep -q "in use by process $daemon_pid; stop it first" "$dir/err" || die "$(cat "$dir/err")"
stop_daemon

config 's/^key_file = .*/key_file = "nowhere.key"/'
refused 'funding.key_file: ' 'nowhere.key' 'No such file'
echo "wrong horse" >"$dir/other"
config "s,^passphrase_file = .*,passphrase_file = \"$dir/other\","
refused 'passphrase' 'does not open'
: >"$dir/other"
config "s,^passphrase_file = .*,passphrase_file = \"$dir/other\","
refused 'keys.passphrase_file' 'empty'
config 's/^chain_id = .*/chain_id = 1337/'
refused 'belongs to chain 31337' 'store.path of its own'
for door in grpc http; do
	rm -f "$dir/taken"
	python3 -c 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print(s.getsockname()[1], flush=True); time.sleep(60)' >"$dir/taken" &
	taken=$!
	wait_for 10 "a port that is taken" test -s "$dir/taken"
	held=$(cat "$dir/taken")
	name=GHOST_FLEET_${door^^}_PORT free=${!name}
	export "$name=$held"
	changes="the file" # which this configuration is: it is applied, then the port is asked for
	refused "127.0.0.1( port |:)$held" "pid $taken " 'another port'
	export "$name=$free"
	changes=''
	kill $taken
	wait $taken 2>/dev/null || true
done
cp -r "$dir/data" "$dir/kept"
python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1]); db.execute("PRAGMA user_version = 9999"); db.commit(); db.execute("PRAGMA wal_checkpoint(TRUNCATE)"); db.close()' \
	"$dir/data/ghost-fleet.db"
refused 'newer' '9999'
rm -r "$dir/data"
cp -r "$dir/kept" "$dir/data"
dd if=/dev/urandom of="$dir/data/ghost-fleet.db" bs=100 count=1 conv=notrunc 2>/dev/null
refused 'ghost-fleet.db' 'not a|damaged|malformed'
rm -r "$dir/data"
cp -r "$dir/kept" "$dir/data"
echo "starts: done"

# ---- a running daemon
start_daemon
fleet_is() {
	ctl status -o json | jq -c '[.fleet.lastEventId, .fleet.wallets, .fleet.operations, .fleet.transactions]'
}
was=$(fleet_is)
# bad EXIT PATTERN ARGS...: ghostctl says no in one line, and nothing changed.
bad() {
	local want=$1 pattern=$2 rc=0
	shift 2
	ctl "$@" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
	expect $rc "$want" "the exit of '$*' ($(cat "$dir/err"))"
	expect "$(wc -l <"$dir/err")" 1 "lines of '$*': $(cat "$dir/err")"
	grep -qE -- "$pattern" "$dir/err" || die "'$*': no '$pattern' in: $(cat "$dir/err")"
	expect "$(fleet_is)" "$was" "the fleet after '$*'"
}
bad 2 'unit' fund --target 0.05 --yes
bad 2 'target' fund --target 1e18wei --yes
bad 2 'target' fund --target -1ether --yes
bad 1 'target' fund --target 0ether --yes
bad 1 'wallet-999.*NOT_FOUND' fund --target 1ether --wallets wallet-999 --yes
bad 1 'INVALID_ARGUMENT' extract --to 0x1234 --yes
bad 1 'checksum.*INVALID_ARGUMENT' extract --to "${address/E36/e36}" --yes
bad 1 'NOT_SAFE_LISTED' extract --to "$address" --yes
bad 1 'checksum.*INVALID_ARGUMENT' safe add "${address/E36/e36}"
bad 1 'INVALID_ARGUMENT' safe add 0xzz7536E3605D9C16a7a3D7b1898e529396a65c23
bad 2 'count' wallets generate --count 100000 --profile degen
bad 1 'degn.*FAILED_PRECONDITION' wallets generate --count 1 --profile degn --enable
bad 1 'request_id' wallets generate --count 1 --profile degen --request-id 'a b'
bad 1 'NOT_FOUND' reset wallet-999
bad 2 'is no operation' operations get ../../etc/passwd
printf 'address,private_key,profile\n0x70997970C51812dc3A010C7d01b50e0d17dc79C8,%s,degen\n' $key >"$dir/bad.csv"
bad 1 'ADDRESS_MISMATCH' wallets import "$dir/bad.csv"
printf 'address,private_key,profile\n%s,%s,degen\n' $address ${key%8} >"$dir/bad.csv"
bad 2 'line 2: private_key is not 64 hex' wallets import "$dir/bad.csv"
printf 'address,private_key,profile\n%s,%s,degen\n%s,%s,degen\n' $address $key $address $key >"$dir/bad.csv"
bad 1 'twice|ALREADY_EXISTS|same' wallets import "$dir/bad.csv"
cp "$dir/data/admin.token" "$dir/token"
chmod 644 "$dir/token"
rc=0
"$build/ghostctl" --address "127.0.0.1:$GHOST_FLEET_GRPC_PORT" --token-file "$dir/token" status >"$dir/out" 2>"$dir/err" || rc=$?
expect $rc 1 "a token that others can read"
grep -q 'chmod 600' "$dir/err" || die "$(cat "$dir/err")"
echo "ghostctl: done"

# hostile STATUS PATTERN METHOD HEX [REPEAT]: bytes that no client of ours sends.
hostile() {
	local said
	said=$(/usr/bin/python3 tests/support/raw_call.py "127.0.0.1:$GHOST_FLEET_GRPC_PORT" "$dir/data/admin.token" \
		"/ghostfleet.v1.$3" "$4" "${5:-1}")
	[ "${said%% *}" = "$1" ] || die "$3: expected $1, got $said"
	grep -qE -- "$2" <<<"$said" || die "$3: no '$2' in: $said"
	[ ${#said} -le 400 ] || die "$3: a long line: $said"
	expect "$(fleet_is)" "$was" "the fleet after $3 $4"
}
hostile INVALID_ARGUMENT . WalletService/GetWallet ffffffff
hostile INVALID_ARGUMENT . WalletService/GetWallet 0aff01
hostile INVALID_ARGUMENT 'UTF-8' WalletService/GetWallet 0a02c328
hostile INVALID_ARGUMENT 'cut short' WalletService/GetWallet 0a0361
hostile INVALID_ARGUMENT 'NUL' WalletService/GetWallet 0a03610062
hostile INVALID_ARGUMENT 'unknown fields' WalletService/GetWallet 9a0600 300
hostile INVALID_ARGUMENT . WalletService/ImportWallets 0a00 70000
hostile RESOURCE_EXHAUSTED 'larger|max|size' WalletService/GetWallet 0a0161 3000000
hostile INVALID_ARGUMENT 'name' WalletService/GetWallet -
hostile INVALID_ARGUMENT 'page_size' WalletService/ListWallets 08ffffffffffffffffff01
hostile INVALID_ARGUMENT 'page_token' WalletService/ListWallets 120378797a
hostile INVALID_ARGUMENT 'kind' FleetService/PauseFleet 1063
hostile UNIMPLEMENTED . FleetService/NoSuchCall -

# http STATUS PATTERN CURL-ARGS...: the same at the other door.
http_is() {
	local want=$1 pattern=$2 got
	shift 2
	got=$(curl -s --noproxy '*' -o "$dir/out" -w '%{http_code}' "$@" || true)
	expect "$got" "$want" "the status of: $* ($(head -c 300 "$dir/out"))"
	grep -qaE -- "$pattern" "$dir/out" || die "$*: no '$pattern' in: $(head -c 300 "$dir/out")"
	expect "$(fleet_is)" "$was" "the fleet after $*"
}
token=$(cat "$dir/data/admin.token")
get=$http/ghostfleet.v1.WalletService/GetWallet
json=(-H 'Content-Type: application/json' -H "Authorization: Bearer $token")
http_is 400 'invalid_argument' "${json[@]}" -d '{"name":' "$get"
http_is 400 'nme' "${json[@]}" -d '{"nme":"wallets/a"}' "$get"
http_is 400 'name' "${json[@]}" -d '{"name":"a","name":"b"}' "$get"
http_is 400 'invalid_argument' "${json[@]}" -d '{"name":7}' "$get"
http_is 400 'invalid_argument' "${json[@]}" --data-binary $'{"name":"\xc3\x28"}' "$get"
http_is 400 'invalid_argument' "${json[@]}" -d "$(printf '[%.0s' {1..2000})" "$get"
http_is 415 '' -H 'Content-Type: text/html' -H "Authorization: Bearer $token" -d '{}' "$get"
http_is 401 'unauthenticated' -H 'Content-Type: application/json' -H 'Authorization: Bearer x' -d '{}' "$get"
http_is 404 '' -H "Authorization: Bearer $token" "$http/etc/passwd"
http_is 404 '' -X POST "$http/admin/reset/wallet-999"
http_is 401 'Origin' -X POST -H 'Origin: http://evil.example' "$http/admin/pause"
http_is 403 '' -X POST -H 'Host: evil.example' "$http/admin/pause"
head -c 9000000 /dev/zero | tr '\0' a >"$dir/big"
http_is 413 '' "${json[@]}" --data-binary @"$dir/big" "$get"
echo "doors: done"

if grep -qE "$key|$token" "$dir/daemon.log"; then die "a secret in the log"; fi
no_broken_lines
stop_daemon
