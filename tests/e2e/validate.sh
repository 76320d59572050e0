#!/usr/bin/env bash
# validate.sh - `ghost-fleet validate`, `show` and `health` as people and scripts call them: the
# runbook's line works as written, offline and without secrets, with its exit codes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fleet=$GF_BUILD/ghost-fleet
unset GHOST_FLEET_CONFIG GHOST_FLEET_PASSPHRASE RPC_URL BACKUP_RPC_URLS CHAIN_ID FUNDER_KEY GHOST_CORE DATA_TOKEN

# run WANTED_EXIT COMMAND...: its output in $said.
run() {
	local want=$1 rc=0
	shift
	said=$("$@" 2>&1) || rc=$?
	[ $rc = "$want" ] || { echo "exit $rc, not $want: $*" >&2; echo "$said" >&2; exit 1; }
}

says() {
	case $said in *"$1"*) ;; *) echo "does not say: $1" >&2; echo "$said" >&2; exit 1 ;; esac
}

cp tests/data/config/runbook.toml "$dir/config.toml"
chmod 644 "$dir/config.toml"
cd "$dir"

# The runbook's line, and flags after the command.
run 0 "$fleet" --config config.toml validate
says "config.toml: ok: 0 errors, 0 warnings, 1 wallet, 1 profile"
run 0 "$fleet" validate -o json --config=config.toml
[ "$(jq -r .ok <<<"$said")" = true ]
run 0 env GHOST_FLEET_CONFIG=config.toml "$fleet" validate

# Every error at its place, and what to write.
sed -e 's/^cooldown_secs.*/cooldown_sec = 3600/' -e 's/^chain_id.*/chain_id = 4326/' \
	-e 's/^profile = .*/profile = "degn"/' config.toml >bad.toml
run 1 "$fleet" --config bad.toml validate
says 'bad.toml:8:11: error: chain.rpc_url: is carrot.megaeth.com, which serves chain 6343'
says 'bad.toml:25:1: error: safety.cooldown_sec: is no setting we know; did you mean safety.cooldown_secs?'
says 'bad.toml:51:11: error: wallets.wallet-001.profile: is "degn", which there is not; did you mean "degen"?'
says 'bad.toml: not usable: 3 errors, 0 warnings, 1 wallet, 1 profile'
run 1 "$fleet" --config bad.toml validate -o json
[ "$(jq '.errors' <<<"$said")" = 3 ]
[ "$(jq -r '.problems[] | select(.key == "safety.cooldown_sec") | "\(.line):\(.column)"' <<<"$said")" = 25:1 ]
run 1 "$fleet" --config bad.toml serve
says 'bad.toml:8:11: chain.rpc_url'
run 1 "$fleet" --config nowhere.toml validate
says 'nowhere.toml: error: config: cannot be opened: No such file or directory'

# A CI machine: no network, no secrets. What that leaves open is said, and is no failure.
sed -e 's/^\[chain\]/[keys]\npassphrase_file = "elsewhere\/passphrase"\n[chain]/' config.toml >ci.toml
run 1 "$fleet" --config ci.toml validate
says 'error: keys.passphrase_file: is elsewhere/passphrase, which cannot be read here'
says 'ci.toml: not usable: 1 error, 0 warnings'
run 1 "$fleet" --config ci.toml serve
says 'keys.passphrase_file'
run 0 "$fleet" --config ci.toml show
run 1 "$fleet" --config ci.toml validate --strict -o json
[ "$(jq -c '[.ok, .strict, .errors, .warnings]' <<<"$said")" = '[false,true,1,0]' ]
[ "$(jq -r '.problems[] | select(.severity == "error") | "\(.file):\(.line):\(.column) \(.key)"' <<<"$said")" = \
	'ci.toml:7:19 keys.passphrase_file' ]
sed -e 's/^\[chain\]/[funding]\nkey_file = "elsewhere\/key"\n[chain]/' config.toml >strict.toml
run 0 "$fleet" --config strict.toml validate
run 1 "$fleet" --config strict.toml validate --strict
says 'strict.toml: not usable: 0 errors, 1 warning'
run 0 "$fleet" --config ci.toml validate --strict --offline
says 'not checked: keys.passphrase_file: is elsewhere/passphrase, which is not on this machine'
says 'not checked: chain.rpc_url: whether the endpoint answers and serves chain'
says 'ci.toml: ok: 0 errors, 0 warnings'
run 0 "$fleet" --config ci.toml validate --strict --offline -o json
[ "$(jq -r '.ok, (.not_checked | length > 1), (.not_checked[] | select(.key == "keys.passphrase_file") | .line)' <<<"$said" |
	paste -sd' ')" = 'true true 7' ]
run 2 "$fleet" --config ci.toml show --strict

# A key in the open.
{
	cat config.toml
	echo 'private_key = "0x0000000000000000000000000000000000000000000000000000000000000001"'
} >key.toml
run 1 "$fleet" --config key.toml validate
says 'run: chmod 600 key.toml'
says 'private_key: belongs to another address'

# Where values come from; secrets stay where they are.
printf 'RPC_URL="https://rpc.example/v2/abcdefghijklmnopqrstuvwxyz"  # ours\n' >.env
key=0000000000000000000000000000000000000000000000000000000000000001
run 0 env FUNDER_KEY=$key GHOST_FLEET_LOG_LEVEL=debug "$fleet" --config config.toml --env-file .env show --sources
says '# .env:1 RPC_URL'
says '# environment GHOST_FLEET_LOG_LEVEL'
says '# config.toml:7:12'
says '(set)'
case $said in *$key* | *abcdefghijklm*) echo "a secret is shown" >&2; exit 1 ;; esac

# The environment alone: the validators' .env has no TOML beside it.
printf 'RPC_URL=http://127.0.0.1:1\nCHAIN_ID=31337\n' >only.env
run 0 "$fleet" --env-file only.env validate
says "environment: ok"

# Usage is 2, an unreachable daemon 3.
run 2 "$fleet" validate
says 'which configuration?'
run 2 "$fleet" --config config.toml valdate
says 'there is no command valdate'
run 2 "$fleet" --config config.toml validate -o xml
run 0 "$fleet" --help
says 'ghost-fleet --config config.toml validate'
run 0 "$fleet" --version
says 'ghost-fleet '
printf '[doors]\nhttp_port = 1\n' >>only.toml
run 3 "$fleet" --config only.toml health
says 'the daemon at http://127.0.0.1:1 does not answer'
