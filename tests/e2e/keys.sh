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

# A plan that was made before the key came is looked at again when it is run: nothing slips in.
says 0 'kits? *|KIT' kit list

# GenerateWallets says what was wrong with what was said.
says 2 "count" wallets generate --count -1

no_broken_lines
