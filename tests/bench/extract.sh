#!/usr/bin/env bash
# extract.sh - 1,000 wallets with 10 DATA at stake and some ether each are brought home to the
# safe address, blocks of one second: wall time, what stays behind, and the questions it took.
. "$(dirname "$0")/lib.sh"
n=${WALLETS:-1000}

start_chain
write_config "$(stake_config)"
start_daemon
wallets "$n"
python3 tests/bench/stake.py "$RPC_URL" "$DATA_TOKEN" "$GHOST_CORE" "$dir/wallets.csv"

asked() {
	grep -c '^eth_' "$dir/chain/anvil.log"
}
before=$(asked)
ctl extract --accept-token-tax --yes -o json >"$dir/extract.json" 2>"$dir/extract.err" ||
	die "extract: $(cat "$dir/extract.err")"
questions=$(($(asked) - before))
read -r left staked < <(python3 tests/bench/residue.py "$RPC_URL" "$DATA_TOKEN" "$dir/wallets.csv")
figure section extract what "seconds for $n wallets with stakes, blocks of 1 s" ours "$(seconds "$dir/extract.json")"
figure section extract what "wei left behind, a wallet (the dearest)" ours "$left"
figure section extract what "DATA left behind, all wallets" ours "$staked"
figure section extract what "questions to the node, a wallet (from plan to end)" ours "$(ratio $questions "$n")"
no_broken_lines
stop_daemon
