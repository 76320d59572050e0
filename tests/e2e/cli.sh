#!/usr/bin/env bash
# cli.sh - every command of ghostctl at least once against the real daemon and a real chain, with
# its exit code. What the client does when things go wrong is in client.sh.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export HOME=$dir/home
mkdir -p "$HOME"

fails() {
	echo "cli.sh: $1" >&2
	cat "$dir/out" "$dir/err" >&2 2>/dev/null || true
	exit 1
}
# run CODE ARGS...: the output is in $dir/out and $dir/err.
run() {
	local want=$1 got=0
	shift
	ctl "$@" >"$dir/out" 2>"$dir/err" </dev/null || got=$?
	[ "$got" = "$want" ] || fails "'$*' ended with $got, not $want"
	[ "$(wc -l <"$dir/err")" -le 1 ] || fails "'$*' says more than one line on stderr"
}
says() { grep -qE -- "$1" "$dir/out" || fails "stdout lacks: $1"; }
complains() { grep -qF -- "$1" "$dir/err" || fails "stderr lacks: $1"; }
holds() { [ "$(jq -r "$1" "$dir/out")" = "$2" ] || fails "$1 is not $2"; }
# The number of the operation that $dir/out begins with.
operation() { sed -n 's,^operations/\([0-9]*\):.*,\1,p' "$dir/out" | head -n 1; }

# This script keeps its word: a row of the command table that is not run here fails it.
while read -r command; do
	grep -qE "(run [0-9]|ctl) $command( |\$)" "${BASH_SOURCE[0]}" || fails "nobody runs '$command' here"
done < <("$build/ghostctl" help | sed -n 's/^  \([a-z][a-z -]*\).*/\1/p' | cut -c 1-22 | sed 's/ *$//; s/  .*//')

start_chain
write_config '[profiles.degen]' 'action_interval_secs = 3600' '[notifications]' 'allow_private = true'
start_daemon
run 0 wait ready --timeout 30s
run 0 health && says serving
run 2 init && complains '--rpc URL' # the rest of it is in init.sh
run 0 info && says 'you are    .*admin'
run 0 info -o json && holds .version "$("$build/ghostctl" info --address "127.0.0.1:$GHOST_FLEET_GRPC_PORT" --token-file "$dir/data/admin.token" -o json | jq -r .version)"
"$build/ghostctl" status --address "127.0.0.1:$GHOST_FLEET_GRPC_PORT" >"$dir/out" 2>"$dir/err" &&
	fails "a stranger saw the fleet"
complains '[UNAUTHENTICATED]'

# Wallets.
run 0 wallets generate --count 4 --profile degen --dry-run && says 'nothing was changed'
run 0 wallets list && says 'no such wallets|funder'
run 0 wallets generate --count 4 --profile degen --request-id four && says '^4 made'
run 0 wallets generate --count 4 --profile degen --request-id four && says '^4 made'
run 0 wallets list --profile degen -o json && holds '.wallets | length' 4
run 1 wallets generate --count 5 --profile degen --request-id four && complains '[REQUEST_ID_REUSED]'
run 0 wallets get wallet-001 && says "m/44'/60'/0'/0/"
run 1 wallets get wallet-999 && complains '[NOT_FOUND]'
run 0 wallets update wallet-004 --enable && says enabled
run 0 wallets update wallet-004 --disable && says disabled
run 0 wallets retire wallet-004 --reason test
run 0 wallets list --all -o jsonl && says WALLET_STATE_RETIRED
key=4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318
printf 'address,private_key,profile\n0x2c7536E3605D9C16a7a3D7b1898e529396a65c23,%s,degen\n' $key >"$dir/in.csv"
run 0 wallets import "$dir/in.csv" && says '^1 imported, 1 with a key'
run 1 wallets import "$dir/in.csv" && complains '[ALREADY_EXISTS]'
echo 'a passphrase of the test' >"$dir/pass"
run 0 kit create --out "$dir/fleet.kit" --passphrase-file "$dir/pass" && says 'ghost-fleet kit verify'
run 0 kit list -o json && holds '.kits[0].importedKeys' 2
run 0 wallets export wallet-001 --light --out "$dir" --passphrase-file "$dir/pass" && says 'UTC--'
run 1 wallets destroy-key wallet-005 0x2c7536E3605D9C16a7a3D7b1898e529396a65c23 --yes && complains 'is not retired'
printf '0x70997970C51812dc3A010C7d01b50e0d17dc79C8,%s,\n' $key >"$dir/bad.csv"
run 1 wallets import "$dir/bad.csv" && complains '[ADDRESS_MISMATCH]'
if grep -q $key "$dir/out" "$dir/err" "$dir/daemon.log"; then fails "a key was shown"; fi

# Money, while paused as the runbook does it.
run 0 pause --reason "funding first" && says 'is paused'
run 0 status && says 'PAUSED .*funding first'
run 2 fund --target 0.05ether && complains 'add --yes'
run 0 fund --target 0.05ether --wallets wallet-001,wallet-002,wallet-003 --dry-run && says 'nothing was run'
planned=$(operation)
run 0 operations list --state planned && says "^$planned "
run 0 operations get "$planned" && says 'moves  '
run 0 operations steps "$planned" && says wallet-003
run 0 operations cancel "$planned" --reason "too much"
run 0 fund --target 0.05ether --wallets wallet-001,wallet-002,wallet-003 --yes
says '^3 done · 0 skipped · 0 failed · moved 0.15 ether · fees 0\.'
done_one=$(operation)
run 0 operations watch "$done_one" && says '^3 done'
run 0 wait operation "$done_one" --timeout 5s
run 0 fund --target 0.05ether --wallets wallet-001,wallet-002,wallet-003 --yes
says '^0 done · 3 skipped' && says '^  wallet-003 .*0\.05'
run 0 fund --target 0.06ether --wallets wallet-001 --dry-run
run 0 operations run "$(operation)" --yes && says '^1 done · 0 skipped · 0 failed · moved 0.01 ether'
run 0 tx list --operation "$done_one" -o json && holds '.transactions | length' 3
run 0 tx list --wallet wallet-001 --state confirmed
run 0 tx list --state review && says 'no such'
run 0 tx explain "$(jq -r '.transactions[0].name' <<<"$(ctl tx list --operation "$done_one" -o json)")"
says '^confirmed: it is final'
run 2 tx explain wallet-001 && complains '--nonce N'
run 1 tx explain 999999 && complains '[NOT_FOUND]'
run 1 tx replace 999999 && complains '[NOT_FOUND]'
first_one=$(ctl tx list --operation "$done_one" -o json | jq -r '.transactions[0].name')
run 1 tx replace "$first_one" && complains 'is confirmed: nothing can be changed'
run 0 tx cancel --wallet wallet-001 && says 'nothing of it is open'
run 1 tx cancel && complains 'exactly one of them'
run 1 tx resolve "$first_one" give-up --reason test && complains 'needs no review'
run 2 tx resolve "$first_one" hope --reason test && complains 'give-up'
run 0 tx nonces funder && says '0 open'
run 0 tx resync funder --reason test && says '^funder: the chain expects nonce [0-9]+'
run 0 resume && says 'the pause is lifted'
run 0 resume && says 'was not paused'

# Who may call.
run 0 access whoami && says '^you are    admin'
run 0 access add ci --role viewer --expires 90d --out "$dir/ci.token" && says 'nowhere else'
grep -q '^gf_' "$dir/ci.token" || fails "no token in its file"
if grep -qf "$dir/ci.token" "$dir/out" "$dir/err" "$dir/daemon.log"; then fails "a token was shown"; fi
run 1 access add ci --role viewer --out "$dir/again.token" && complains '[ALREADY_EXISTS]'
[ ! -e "$dir/again.token" ] || fails "an empty token file is left"
run 1 access add other --role viewer --out "$dir/ci.token" && complains 'not overwritten'
run 2 access add other && complains '--role viewer'
run 0 access list && says '^ci +active +viewer +token'
run 0 access revoke ci --reason test && says 'is revoked'
run 0 access list --all -o json && holds '.identities[] | select(.name == "identities/ci") | .state' IDENTITY_STATE_REVOKED
run 0 access issue alice --dir "$dir/pki" && says 'access add alice --role ROLE --uri spiffe://ghost-fleet/alice'

# The daemon dies half way and comes back: the client stays with the operation to its end.
runs() { [ "$(ctl operations list --state running -o json | jq '.operations | length')" = 1 ]; }
ctl fund --target 0.07ether --wallets wallet-001,wallet-002,wallet-003 --yes >"$dir/out" 2>"$dir/err" &
fund=$!
wait_for 10 "the operation to run" runs
kill_daemon
sleep 2
start_daemon
wait $fund || fails "the client did not outlive the daemon"
says '^3 done · 0 skipped · 0 failed · moved 0\.05 ether'

# Safe addresses, endpoints, breakers, events, gate.
run 0 safe list && says active
run 0 safe add 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --label second && says 'is pending'
owned=0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266 # the node's own
run 0 safe add $owned
run 0 safe text $owned && says "^Chain: $CHAIN_ID\$" && says "^Address: $owned\$"
run 0 safe text $owned --typed && holds .message.address $owned && holds .domain.chainId "$CHAIN_ID"
cp "$dir/out" "$dir/typed.json"
run 0 safe text $owned
# sign ADDRESS: as a wallet signs a message; the text is in $dir/out.
sign() { rpc personal_sign "[\"0x$(printf %s "$(cat "$dir/out")" | od -An -v -tx1 | tr -d ' \n')\",\"$1\"]"; }
sign $owned >"$dir/proof.txt"
echo "Another text" >"$dir/out"
sign $owned >"$dir/wrong.txt"
run 2 safe prove $owned
run 1 safe prove $owned --proof "$dir/wrong.txt" && complains '[ADDRESS_MISMATCH]'
run 0 safe prove $owned --proof "$dir/proof.txt" && says '^proof: proven'
run 0 safe list && says "$owned .*proven"
rpc eth_signTypedData_v4 "[\"$owned\",$(cat "$dir/typed.json")]" >"$dir/typed.txt"
run 0 safe prove $owned --proof "$dir/typed.txt" && says 'typed data'
# A contract is asked, and one that has no code gets nothing.
contract=0x00000000000000000000000000000000000000c1
code=0x7f1626ba7e0000000000000000000000000000000000000000000000000000000060005260206000f3
run 0 safe add $contract --contract --proof "$dir/wrong.txt" && says '^proof: checking'
seen() { ctl safe list -o json | jq -e --arg a "$contract" ".safeAddresses[] | select((.address | ascii_downcase) == \$a) | $1" >/dev/null; }
wait_for 20 "the chain's word on the contract" seen '.code == "SAFE_ADDRESS_CODE_NONE"'
run 0 safe list && says '^0x0{38}[cC]1 .*MISSING'
run 0 safe remove $contract
rpc anvil_setCode "[\"$contract\",\"$code\"]" >"$dir/out"
run 0 safe add $contract --contract --proof "$dir/wrong.txt"
wait_for 20 "the contract's yes" seen '.proof == "SAFE_ADDRESS_PROOF_PROVEN"'
run 0 safe remove $contract
run 0 safe remove $owned
run 0 safe remove 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
run 0 safe list --all -o json && holds '.safeAddresses | length' 4
run 1 extract --to 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC --yes && complains '[NOT_SAFE_LISTED]'
run 0 endpoints list && says "$CHAIN_ID"
run 0 endpoints check
run 0 endpoints list -o json
run 0 endpoints use "$(jq -r '.endpoints[0].name' "$dir/out")"
run 0 reset wallet-001 && says 'was closed already'
run 1 reset wallet-999 && complains '[NOT_FOUND]'
run 0 watch --after 1 --timeout 1s -o jsonl && says '"kind"'
ctl gate >"$dir/out" 2>"$dir/err" || [ $? = 4 ] || fails "the gate answers 0 or 4"
run 0 now && says '^NEXT '
[ "$(wc -l <"$dir/out")" -le 24 ] || fails "now is more than a screen"

# Validators: what the fleet watches, while no Beacon node is asked. Real ones are in lodestar.sh.
validator=0x$(printf 'ab%.0s' {1..48})
run 0 validators add "$validator" --label first --dry-run && says 'nothing was changed'
run 0 validators add "$validator" --label first && says '^1 '
run 1 validators add 0x12 && complains 'has 48'
run 0 validators list && says first
run 0 validators get first && says "$validator"
run 1 validators get 7 && complains '[NOT_FOUND]'
run 4 validators status && says 'no Beacon node is configured'
run 0 validators performance --days 2 && says '^epochs with duties +0 '
run 0 validators sla --csv && says '^validator,kind,start'
run 0 validators remove first --reason test && says 'no longer watched'
run 0 validators list --all -o json && holds '.validators | length' 1

# Nothing says here how the validator client is started; what happens where something does is unit.control.
run 1 validators restart && complains 'control.unit'
run 1 validators stop && complains 'control.unit'
run 1 validators start && complains 'control.unit'

# What pages nobody: by a person for a while, by planned work.
run 1 silences add --rule 'host.*' --for 2h && complains 'reason'
run 2 silences add --rule 'host.*' && complains '--for'
run 0 silences add --rule 'host.*' --for 2h --reason "load test" && says 'pages nobody'
run 0 silences list && says 'load test'
run 0 silences end 1 && says 'has ended'
run 0 silences end 1 && says 'was at its end'
run 0 maintenance plan "kernel update" --subject 'validators/*' --for 1h --at 2h --task 'stop it; reboot' && says 'window 1 is planned'
run 2 maintenance plan "kernel update" --subject 'validators/*' && complains '--for'
run 1 maintenance plan "kernel update" --for 1h && complains 'one of them'
run 0 maintenance notice 1 && says 'were told'
run 0 maintenance get 1 && says 'shut .*72' && says '2 \[ \] reboot'
run 1 maintenance start 1 && complains 'not yet'
run 0 maintenance start 1 --force --reason "the provider pulls the plug" && says 'is active'
run 0 maintenance tick 1 2 && says 'task 2 of window 1 is done' && run 0 maintenance get 1 -o json && holds '.tasks[1].doneBy != ""' true
run 0 maintenance extend 1 --for 2h && says 'window 1 ends in'
run 0 maintenance end 1 --reason "all back" && says 'not done: stop it'
run 0 maintenance plan weekly --subject 'validators/*' --for 1h --at 2026-01-04T02:00 --zone Europe/Berlin --repeat 'FREQ=WEEKLY;BYDAY=SU' && says 'routine 1 is planned'
run 0 maintenance routines && says 'FREQ=WEEKLY'
run 0 maintenance cancel routines/1 && says 'has ended'
run 0 maintenance plan later --subject 'validators/*' --for 1h --at 3h
run 0 maintenance list -o json && last=$(jq -r '[.windows[] | select(.title == "later")][0].name' "$dir/out")
run 0 maintenance cancel "$last" --reason postponed && says 'is cancelled'

# What is watched for. That rules fire is held by rules.sh.
run 0 rules list && says '^HighCpu '
run 0 rules get HighCpu && says 'host.cpu > 80 percent'
run 0 rules set HighCpu threshold=90 for=15m --reason busy && says 'is at version 2'
run 2 rules set HighCpu for=soon && complains "for: 'soon'"
run 0 rules history HighCpu && says 'busy'
run 0 rules test HighCpu threshold=70 && says 'incidents'
run 0 rules restore HighCpu 1
run 0 rules disable HighCpu
run 0 rules enable HighCpu
run 0 rules reset HighCpu && says 'begins anew'
run 0 rules signals && says '^host.cpu '
run 0 rules add MyDisk signal=host.disk 'op=>' threshold=99 severity=low page=no
run 0 ledger --wallet funder && says ' fund '

run 0 heartbeats add backup --period 1d --grace 1h && says '/hb/hb_'
run 0 heartbeats list && says '^backup '
run 0 heartbeats remove backup

# Who is called. That somebody is, and by what, is held by oncall.sh.
run 0 oncall people set anna --zone Europe/Berlin
run 0 oncall people set ben
run 0 oncall people && says '^ben '
run 1 oncall schedule set first --people anna,ben && complains 'is missing'
run 0 oncall schedule set first --zone Europe/Berlin --people anna,ben --start 2026-01-05T09:00
run 0 oncall schedules && says '^first '
run 0 oncall schedule first && says 'layer rotation'
run 0 oncall policy set primary schedules/first
run 0 oncall policy && says '^primary '
run 0 oncall take first ben --until 4h
run 0 oncall who && says '^primary +ben '
run 0 oncall override first anna --until 2h
run 0 oncall overrides && says ' take '
run 0 oncall override end 1
run 0 oncall gaps --days 7
run 0 oncall policy set primary
run 0 oncall schedule remove first
run 0 oncall people remove ben

one=$(ctl incidents open 'no blocks' --severity high -o json | jq -r '.. | .name? // empty' | head -n 1)
run 0 incidents open 'a disk is loud' --severity low
run 0 incidents list && says 'no blocks'
run 0 now && says 'incidents are open|incidents/'
run 0 incidents get "${one##*/}" && says '^severity +high'
run 0 incidents ack "${one##*/}" on my way && says 'is yours'
run 0 incidents unack "${one##*/}"
run 0 incidents escalate "${one##*/}"
run 0 incidents severity "${one##*/}" critical
run 0 incidents note "${one##*/}" seen by the proxy
run 0 incidents note edit "incidents/${one##*/}/notes/1" seen by the load balancer
run 1 incidents answer "${one##*/}" no_such_field text && complains 'has no field'
run 0 incidents action add "${one##*/}" a second node
run 0 incidents actions && says 'a second node'
# shellcheck disable=SC1010 # a verb
run 0 incidents action done 1
run 0 incidents rate noise "${one##*/}"
run 0 incidents announce "${one##*/}" --title 'Missed blocks' we look into it && says 'the status page'
run 0 incidents link "${one##*/}" "$(ctl incidents list -o json | jq -r '[.. | .name? // empty] | map(select(startswith("incidents/"))) | map(select(. != "'"$one"'")) | .[0]')"
run 0 incidents resolve "${one##*/}" a node was replaced && says 'is resolved'
run 0 incidents export "${one##*/}" && says '^# Incident '
run 0 incidents report && says '^critical '
run 0 incidents watch --timeout 1s

# Who is told: nobody listens there. What arrives where somebody does is in webhooks.sh, channels.sh.
echo "whsec_$(head -c 32 /dev/urandom | base64 -w0)" >"$dir/secret"
run 0 notify channels add ops --kind webhook --url http://127.0.0.1:1/ops --secret-file "$dir/secret"
run 1 notify channels add ops --kind webhook --url http://127.0.0.1:1/ops --secret-file "$dir/secret" && complains '[ALREADY_EXISTS]'
run 0 notify channels list && says '^ops '
run 0 notify channels update ops --events 'fleet.*' && says 'is changed'
run 4 notify channels test ops && says '^channels/ops retrying: TCP'
run 0 notify deliveries && says '^ +[0-9]+  ops +retrying .*channel\.test'
run 0 notify replay --channel ops --since 1h --all --dry-run && says 'nothing was changed'
run 0 notify channels remove ops && says 'told no more'
run 0 notify channels list -o json && holds '.channels | length' 0

for shell in bash zsh fish; do
	run 0 completion $shell && says ghostctl
done
run 0 fleet && says '^wallet-001 '

# Home, in lockdown.
run 0 pause --lockdown --reason drill
run 0 now && says 'ghostctl extract'
run 0 extract --wallets wallet-001,wallet-002,wallet-003 --yes
says '^3 done · 0 skipped · 0 failed · moved 0.2'
expect "$(balance "$SAFE_ADDRESS" | cut -c1-3)" 209 "what came home, in its first digits"
run 0 resume

# The emergency door: one command pauses and brings everything home.
run 0 fund --target 0.01ether --wallets wallet-001,wallet-002,wallet-003 --yes
run 0 evacuate --dry-run && says 'nothing was done'
run 1 evacuate --to 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC --yes && complains '[NOT_SAFE_LISTED]'
run 0 status && says 'RUNNING'
run 0 evacuate --yes --reason drill && says '4 done · .* · 0 failed · moved' # the funder too
expect "$(balance "$FUNDER_ADDRESS")" 0 "what the funder keeps"
run 0 status && says 'PAUSED .* evacuation: drill'
run 0 resume
no_broken_lines
stop_daemon
run 3 status && complains 'Connection refused'
echo "cli.sh: all as expected"
