# shellcheck shell=bash
# lib.sh - to be sourced by the measurements here: what tests/e2e/lib.sh has (a daemon of our own
# in a folder of its own), a node with any block time, and the list of figures. FIGURES is the
# file they go to, ROUNDS how often the cheap ones are repeated.
export GF_BUILD=${GF_BUILD:-build/bench}
ROUNDS=${ROUNDS:-3}
mkdir -p .run/bench
# On the disk, wherever /tmp may be.
TMPDIR=$(realpath .run/bench)
export TMPDIR
. tests/e2e/lib.sh
# shellcheck disable=SC2034 # for those who source this
bench=$build/tests/bench
figures=${FIGURES:-$dir/figures.jsonl}
pids=()

end_all() {
	local rc=$? p
	for p in "${pids[@]}"; do kill -KILL "$p" 2>/dev/null || true; done
	(exit $rc)
	cleanup
}
trap end_all EXIT

node_ready() {
	kill -0 "$node_pid" 2>/dev/null || die "the node ended: $(tail -n 3 "$dir/node.log")"
	grep -q '^Listening on ' "$dir/node.log"
}

# start_node SECONDS: a fresh chain with blocks of that time, and a funder with money.
start_node() {
	local tools exe key
	# shellcheck disable=SC2034 # for write_config
	block_time=$1
	tools=$(deploy/scripts/node-tools.sh deploy/tools)
	exe=${GF_ANVIL:-$tools/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil}
	# The node's memory has no bound of its own; it need not keep the states of old blocks.
	(
		ulimit -v 8000000
		exec "$exe" --host 127.0.0.1 --port 0 --accounts 1 --block-time "$1" --prune-history 64 \
			>"$dir/node.log" 2>&1 </dev/null
	) &
	node_pid=$!
	pids+=("$node_pid")
	wait_for 20 "the node" node_ready
	RPC_URL=http://$(sed -n 's/^Listening on //p' "$dir/node.log")
	CHAIN_ID=31337
	SAFE_ADDRESS=$(node deploy/scripts/keys.js "$tools" new 1 | cut -d, -f1)
	IFS=, read -r FUNDER_ADDRESS key < <(node deploy/scripts/keys.js "$tools" new 1)
	FUNDER_KEY=$dir/funder.key
	echo "$key" >"$FUNDER_KEY"
	rpc anvil_setBalance "[\"$FUNDER_ADDRESS\",\"0x3635c9adc5dea00000\"]" >/dev/null
}

# figure NAME VALUE...: one line of a table. section, what, and as far as there is one: ours,
# peer (its name), theirs, ratio, aim (as "<= 0.65"), note.
figure() {
	local args=()
	while [ $# -gt 0 ]; do
		args+=(--arg "$1" "$2")
		shift 2
	done
	jq -cn "${args[@]}" '$ARGS.named' >>"$figures"
	tail -n 1 "$figures" | jq -r '[.what, .ours, .peer, .theirs, .ratio, .aim] | map(select(.)) | join(" | ")'
}

# ratio A B: A / B.
ratio() {
	python3 -c 'import sys; r = float(sys.argv[1]) / float(sys.argv[2]); print("%.3f" % r if r < 1 else "%.2f" % r)' "$1" "$2"
}

median() {
	printf '%s\n' "$@" | sort -g | sed -n "$((($# + 1) / 2))p"
}

least() {
	printf '%s\n' "$@" | sort -g | head -n 1
}

# wallets N: so many, generated; their addresses are in $dir/wallets.csv.
wallets() {
	ctl wallets generate --count "$1" --profile degen -o json >"$dir/wallets.json"
	{
		echo address
		jq -r '.wallets[].address' "$dir/wallets.json"
	} >"$dir/wallets.csv"
}

# seconds FILE: from run to end of the operation that a command of ghostctl printed as JSON.
seconds() {
	python3 - "$1" <<-'EOF'
		import datetime, json, sys
		o = json.load(open(sys.argv[1]))
		o = o.get("operation", o)
		if o["state"] != "OPERATION_STATE_DONE":
		    sys.exit("it ended " + o["state"] + ": " + o.get("text", ""))
		at = lambda k: datetime.datetime.fromisoformat(o[k].replace("Z", "+00:00"))
		print("%.3f" % (at("endTime") - at("runTime")).total_seconds())
	EOF
}

# cpu_us PID: microseconds of CPU that its threads have had.
cpu_us() {
	cat "/proc/$1"/task/*/schedstat | awk '{ s += $1 } END { printf "%d\n", s / 1000 }'
}
