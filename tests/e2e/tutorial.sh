#!/usr/bin/env bash
# tutorial.sh - docs/TUTORIAL.md as it is written: its ```sh blocks, one after another in one shell, in
# a home and on ports of its own. A line `<!-- check: COMMAND -->` of it is run there, too.
set -euo pipefail
umask 077
build=$(realpath "${GF_BUILD:-build/dev}")
dir=$(mktemp -d)
unset RPC_URL CHAIN_ID FUNDER_KEY GHOST_CORE DATA_TOKEN BACKUP_RPC_URLS "${!GHOST_FLEET_@}"
cleanup() {
	local rc=$?
	if [ $rc != 0 ]; then
		echo "--- the daemon's last lines" >&2
		tail -n 20 "$dir/fleet/daemon.log" >&2 2>/dev/null || true
	fi
	[ ! -d "$dir/fleet/chain" ] || deploy/dev-chain.sh stop --dir "$dir/fleet/chain" >/dev/null 2>&1 || true
	rm -rf "$dir"
}
trap cleanup EXIT

# What a reader's shell would do: stop at the first thing that fails, and leave no daemon behind.
{
	echo 'set -eu'
	# shellcheck disable=SC2016
	echo 'trap '\''rc=$?; [ -z "$(jobs -p)" ] || kill -KILL $(jobs -p) 2>/dev/null; exit $rc'\'' EXIT'
	awk '
		/^```sh$/ { inside = 1; next }
		/^```/ { inside = 0; next }
		inside { print; next }
		/^<!-- check: .* -->$/ {
			sub(/^<!-- check: /, "")
			sub(/ -->$/, "")
			print
		}' docs/TUTORIAL.md
	echo 'trap - EXIT'
} >"$dir/script"
[ "$(grep -c '^ghostctl' "$dir/script")" -gt 15 ] || { echo "the blocks were not found" >&2; exit 1; }

# Two free ports; the daemon and the client are told by the environment, not by the text.
read -r grpc http < <(python3 -c '
import socket
taken = [socket.socket(), socket.socket()]
for s in taken: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in taken))')
HOME=$dir PATH=$build:$PATH GHOST_FLEET_GRPC_PORT=$grpc GHOST_FLEET_HTTP_PORT=$http \
	GHOST_FLEET_ADDRESS=127.0.0.1:$grpc timeout 240 bash -v "$dir/script"
