#!/usr/bin/env bash
# client.sh - ghostctl against a fleet that misbehaves on request (tests/support/fake_fleet.py):
# lost connections, refusals, hostile texts, and every exit code. The real daemon is in cli.sh.
set -euo pipefail
ghostctl=${GF_BUILD:-build/dev}/ghostctl
terminal=tests/support/at_terminal.py
dir=$(mktemp -d)
servers=()
stop() {
	for server in "${servers[@]}"; do
		kill "$server" 2>/dev/null || true
	done
	rm -rf "$dir"
}
trap stop EXIT
export HOME=$dir/home
unset GHOST_FLEET_TOKEN_FILE
mkdir -p "$HOME/.config/ghostctl"
token=$HOME/.config/ghostctl/token
(umask 077 && echo the-token >"$token")

# serve [OPTIONS]: a new fleet; its address is in $at, its log in $log.
serve() {
	log=$dir/log.${#servers[@]}
	: >"$log"
	tests/support/fake_fleet.py --log "$log" "$@" >"$dir/port" 2>"$dir/fake.err" &
	servers+=($!)
	for _ in $(seq 100); do
		[ -s "$dir/port" ] && break
		sleep 0.1
	done
	[ -s "$dir/port" ] || { cat "$dir/fake.err" >&2; exit 1; }
	at=127.0.0.1:$(cat "$dir/port")
	rm "$dir/port"
}

fails() {
	echo "client.sh: $1" >&2
	echo "--- stdout" >&2
	cat "$dir/out" >&2
	echo "--- stderr" >&2
	cat "$dir/err" >&2
	exit 1
}

# expect CODE ARGS...: runs ghostctl; the output is in $dir/out and $dir/err.
expect() {
	local want=$1 got=0
	shift
	"$ghostctl" --address "$at" "$@" >"$dir/out" 2>"$dir/err" </dev/null || got=$?
	[ "$got" = "$want" ] || fails "'$*' ended with $got, not $want"
	[ "$(wc -l <"$dir/err")" -le 1 ] || fails "'$*' says more than one line on stderr"
	if [ "$want" -eq 0 ] && [ -s "$dir/err" ]; then fails "'$*' complains although it is done"; fi
}
says() { grep -qF -- "$1" "$dir/out" || fails "stdout lacks: $1"; }
complains() { grep -qF -- "$1" "$dir/err" || fails "stderr lacks: $1"; }
logged() { grep -qE -- "$1" "$log" || { cat "$log" >&2; fails "the fleet did not see: $1"; }; }

serve --drop
# Nobody has to be known to ask for health; everyone else brings the token.
expect 0 health && says serving
expect 0 wait ready --timeout 5s
expect 0 status && says "endpoint backup does not answer"
logged '^GetFleet - the-token$'
expect 0 now && says "NEXT        ghostctl watch"
[ "$(wc -l <"$dir/out")" -le 24 ] || fails "more than 24 lines"
awk 'length > 80 { exit 1 }' "$dir/out" || fails "wider than 80"

# The table, and what is untrusted in it.
expect 0 wallets list && says "wallet-002"
expect 0 wallets get wallet-002 && says "contract reverts?[31m"
expect 0 tx list --state review && says "nonce 3 was used by someone else"
expect 0 tx list --state mined && says "no such transactions"
expect 2 tx list --state lost && complains "there is no state 'lost'; there are: planned"

# Changes carry an id, which is ours to choose.
expect 0 wallets generate -n 2 --request-id my-id && says "2 made"
logged '^GenerateWallets my-id the-token$'
expect 0 wallets update wallet-001 --disable
expect 2 wallets update wallet-001 && complains "say what to change"
expect 0 wallets retire wallet-001
expect 0 reset wallet-001 && says "its breaker is closed"
expect 1 reset holds && complains "--force --reason TEXT [BREAKER_CAUSE_HOLDS]"
expect 2 reset holds --force && complains "--force needs --reason"
expect 0 reset holds --force --reason tested
expect 0 pause --reason full && says "latch file"
expect 0 status && says "PAUSED"
expect 0 resume && says "the pause is lifted"
expect 2 pause --lockdown --wallet wallet-001
expect 0 pause --lockdown && expect 0 now && says "NEXT        ghostctl extract"
expect 0 resume
expect 0 safe list && expect 0 safe add 0xabc --label cold && says "is pending"
expect 0 safe remove 0xabc
expect 0 endpoints list && expect 0 endpoints check && expect 0 endpoints use main
expect 0 info && says "you are    admin"
expect 0 gate
expect 2 operations get abc && complains "'abc' is no operation: say the number of one"
expect 1 wallets get nobody && complains "there is no 'wallets/nobody' [NOT_FOUND]"

# Money: shown, asked about, run over a lost connection, summed up.
expect 2 fund --target 0.05ether && complains "no terminal; add --yes"
expect 2 fund --target 0.05 && complains "a unit is missing"
expect 2 fund --yes && complains "--target 0.05ether"
expect 2 access add eve --role operater && complains "there is no role 'operater'; there are: "
expect 2 notify channels add x --kind webhok && complains "there is no kind 'webhok'; there are: webhook"
expect 2 notify channels add x && complains "say how: --kind webhook"
expect 2 fund --target 0.05 --yes && complains "a unit is missing"
expect 0 fund --target 0.05ether --yes
says "3 done · 1 skipped · 0 failed · moved 0.15 ether · fees 0.00003 ether"
says "holds 0.06 ether already"
first=$(sed -n 's/^operations\/\([0-9]*\):.*/\1/p' "$dir/out" | head -1)
id=$(awk '/^PlanFund/ { print $2; exit }' "$log")
expect 0 fund --target 0.05ether --yes --request-id "$id" && says "3 done"
logged "^RunOperation $id "
[ "$(grep -c '^RunOperation' "$log")" = 1 ] || fails "a repeated request ran twice"
expect 0 operations watch "$first"
expect 0 wait operation "$first" --timeout 5s
expect 0 operations list --state "done" && says "fund"
expect 0 operations get "$first" && expect 0 operations steps "$first" --state skipped && says "wallet-003"
expect 5 fund --target 0.05ether --profile partly --yes && says "reverted: locked"
expect 1 extract --profile failing --yes
expect 1 extract --profile unplannable --yes && complains "could not be planned: the funder holds"
expect 0 extract --profile taxed --dry-run && says "nothing was run"
name=$(sed -n 's/.*ghostctl operations run //p' "$dir/out")
expect 1 operations run "$name" --yes && complains "--accept-token-tax"
expect 0 operations run "$name" --yes --accept-token-tax
expect 0 extract --profile taxed --dry-run
name=$(sed -n 's/.*ghostctl operations run //p' "$dir/out")
expect 0 operations cancel "$name" --reason test && says cancelled
expect 1 operations watch "$name" && says "cancelled · "
expect 0 extract --profile slow --dry-run
name=$(sed -n 's/.*ghostctl operations run //p' "$dir/out")
expect 3 wait operation "$name" --timeout 500ms && complains "goes on in the server"
expect 3 extract --profile slow --yes --timeout 500ms && complains "goes on in the server"

# At a terminal: y runs it, anything else does not, Ctrl-C leaves it running.
at_terminal() {
	local want=$1 got=0
	shift
	"$terminal" "$1" "$2" "$ghostctl" --address "$at" "${@:3}" >"$dir/out" 2>"$dir/err" || got=$?
	[ "$got" = "$want" ] || fails "at a terminal '${*:3}' ended with $got, not $want"
}
at_terminal 0 'y\n' 0 fund --target 0.05ether && says "3 done" && says "[########"
at_terminal 1 'n\n' 0 fund --target 0.05ether && says "not run; the plan runs out in"
at_terminal 1 '\n' 0 extract && says "not run"
at_terminal 3 '' 1 extract --profile slow --yes && says "goes on in the server; look: ghostctl"
at_terminal 0 '' 1 status --watch && says "fleet       RUNNING"

# Events go on over the end of a stream, and know when they are gone.
expect 0 watch --timeout 1500ms --after 10 && says "paused"
[ "$(wc -l <"$dir/out")" -ge 6 ] || fails "the second stream did not go on"
expect 1 watch --after 1 && complains "[EVENTS_PRUNED]"

# Import: from a file that is ours, never showing a key.
key=4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318
printf 'address,private_key,profile\n0x2c7536E3605D9C16a7a3D7b1898e529396a65c23,%s,degen\n' $key \
	>"$dir/wallets.csv"
chmod 644 "$dir/wallets.csv"
expect 1 wallets import "$dir/wallets.csv" && complains "chmod 600"
chmod 600 "$dir/wallets.csv"
expect 0 wallets import "$dir/wallets.csv" && says "1 imported, 1 with a key"
logged '^import 1 /5c23/32/False'
"$ghostctl" --address "$at" wallets import - <"$dir/wallets.csv" >"$dir/out" && says "1 imported"
printf '[[wallets]]\nid = "w1"\nprivate_key = "%s"\nenabled = true\n' $key >"$dir/w.toml"
chmod 600 "$dir/w.toml"
expect 0 wallets import "$dir/w.toml" && logged '^import 1 w1//32/True'
expect 2 wallets import <(echo "0x12,$key,") && complains "line 1: address is not"
if grep -q $key "$dir/out" "$dir/err" "$log"; then fails "a key was shown"; fi
for i in $(seq 1500); do printf '0x%040x,,\n' "$i"; done >"$dir/many.csv"
expect 0 wallets import "$dir/many.csv" && says "1500 imported, 0 with a key"
logged '^import 1000 ' && logged '^import 500 '

# Tokens and addresses.
chmod 644 "$token"
expect 1 status && complains "everyone on this machine can read the token"
rm "$token"
expect 1 status && complains "[UNAUTHENTICATED]"
(umask 077 && echo other >"$dir/t")
expect 0 status --token-file "$dir/t" && logged '^GetFleet - other$'
GHOST_FLEET_TOKEN_FILE=$dir/t expect 0 status
printf 'current = a\n[a]\naddress = %s\ntoken_file = %s\n' "$at" "$dir/t" >"$HOME/.config/ghostctl/config"
"$ghostctl" status >"$dir/out" && says RUNNING
expect 2 status --context b && complains "no context 'b'"
expect 2 status -o yaml && complains "table, json, jsonl or junit"
expect 2 status --timeout never && complains "write 30s"
"$ghostctl" status --address 10.255.255.1:1 >"$dir/out" 2>"$dir/err" && fails "a token went out"
complains "unencrypted"

# JSON: the answer as it came, also when it is an error.
# holds FILTER WANTED: what jq makes of stdout.
holds() { [ "$(jq -r "$1" "$dir/out")" = "$2" ] || fails "$1 is not $2"; }
expect 0 wallets list -o json && holds '.wallets | length' 3
expect 0 wallets list -o jsonl && holds 'has("address")' $'true\ntrue\ntrue'
expect 0 wallets list -o json --limit 2 && holds '.wallets | length' 2
expect 0 tx list --state mined -o json && holds '.transactions | length' 0
expect 0 status -o json && holds .fleet.state FLEET_STATE_RUNNING
expect 5 fund --target 1gwei --profile partly --yes -o json
holds .operation.state OPERATION_STATE_PARTLY
expect 1 wallets get nobody -o json && holds .error.reason NOT_FOUND
holds .error.code not_found
expect 0 watch --timeout 500ms --after 10 -o jsonl && holds 'select(.id == "11") | .kind' paused

# A server that is busy at first is asked again, with the same id; not for ever.
serve --busy 4
expect 0 pause --token-file "$dir/t"
[ "$(awk '/^PauseFleet/ { print $2 }' "$log" | uniq -c | awk '{ print $1 }')" = 5 ] ||
	fails "not asked five times with one id"
serve --busy 5
expect 3 pause --token-file "$dir/t" && complains "repeat it with --request-id ghostctl-"

# Pages; a sick server; none at all.
serve --wallets 2500 --sick
expect 0 wallets list --token-file "$dir/t"
[ "$(wc -l <"$dir/out")" = 2501 ] || fails "not all pages"
expect 0 wallets list --token-file "$dir/t" --limit 1200
[ "$(wc -l <"$dir/out")" = 1201 ] || fails "not 1200"
expect 4 health && says "not serving"
expect 4 gate --token-file "$dir/t" && says "money moves"
expect 3 wait ready --timeout 1s && complains "not ready within 1s"
at=127.0.0.1:1
expect 3 health && complains "Connection refused"
expect 3 fund --target 1gwei --yes --token-file "$dir/t" &&
	complains "is it running? to wait for it: ghostctl wait ready; repeat it with --request-id"
expect 2 stauts && complains "did you mean 'status'?"
expect 0 help && says "ghostctl now"
expect 0 help fund && says "ghostctl fund --target 0.05ether"
echo "client.sh: all as expected"
