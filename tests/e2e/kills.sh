#!/usr/bin/env bash
# kills.sh [KILLS] [SEED] [anvil|geth] - eight clients use a fleet while its daemon is killed, at each
# point of store/base/crash.def and anywhere, and say everything again until it is answered; then store,
# chain and a model of what was asked agree to the wei (tests/support/campaign.py). Case 1, 2, 3, 43.
. "$(dirname "$0")/lib.sh"
kills=${1:-100} seed=${2:-1} node=${3:-anvil} clients=8 each=3

case $node in
anvil) start_chain 1 ;;
geth) start_geth 1 ;;
*) die "no such node: $node" ;;
esac
receiver=$(free_port)
write_config '[profiles.degen]' 'action_interval_secs = 3600' '[notifications]' 'allow_private = true'
sed -i "s|^rpc_url = .*|&\nraise_after = \"1s\"|" "$dir/config.toml"
start_daemon
ctl wallets generate --count $((clients * each)) --profile degen -o json >"$dir/wallets.json"
echo "whsec_$(head -c 32 /dev/urandom | base64 -w0)" >"$dir/secret"
ctl notify channels add campaign --kind webhook --url "http://127.0.0.1:$receiver/" --secret-file "$dir/secret" --events "operation.*,transaction.*" >/dev/null
stop_daemon
python3 tests/support/campaign.py --kills "$kills" --seed "$seed" --clients $clients --rpc "$RPC_URL" \
	--wallets "$dir/wallets.json" --token-file "$dir/data/admin.token" --funder "$FUNDER_ADDRESS" \
	--safe "$SAFE_ADDRESS" --receiver "$receiver" --log "$dir/daemon.log" \
	-- "$build/ghost-fleet" --config "$dir/config.toml" serve
no_broken_lines
