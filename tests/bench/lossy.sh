#!/usr/bin/env bash
# lossy.sh [PAYMENTS] - writes docs/LOSSY.md: so many payments (1,000) in each mode of the proxy that spoils
# answers, by us with kills and by cast, viem and ethers without, all at once on chains of their own; and
# beside them what tests/e2e/kills_long.sh came to last. Takes a quarter of an hour on two quiet cores. With
# MODES or a number of payments the page is left alone, but with WRITE=1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
payments=${1:-1000} campaigns=.run/bench/campaigns.jsonl
modes=(drop 502 timeout duplicate reorder truncated html)
write=${WRITE:-1}
[ $# = 0 ] || write=${WRITE:-}
if [ -n "${MODES:-}" ]; then read -ra modes <<<"$MODES" && write=; fi
export GF_BUILD=${GF_BUILD:-build/dev} RATE=0.1
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
load=$(cut -d' ' -f1 /proc/loadavg) started=$SECONDS failed=0

deploy/scripts/apt-packages.sh deploy/packages.txt tests/packages.txt
for dir in deploy/tools tests/bench; do deploy/scripts/node-tools.sh $dir >/dev/null; done

# finish NAME: what a run printed last is its figure; one that failed is said, not hidden.
finish() {
	if wait "${running[$1]}"; then
		grep '^{' "$out/$1" >>"$out/figures" || true
	else
		echo "$1 failed:" >&2
		tail -n 5 "$out/$1" >&2
		failed=1
	fi
}

declare -A running
for mode in "${modes[@]}"; do
	for tool in cast viem ethers; do
		tests/bench/lossy_peer.sh $tool "$mode" "$payments" >"$out/$tool-$mode" 2>&1 &
		running[$tool-$mode]=$!
	done
done
# Ours in a row beside them: it takes as long as one of them.
KILLS=10 tests/e2e/lossy.sh "$payments" "${modes[@]}" >"$out/ours" 2>&1 &
running[ours]=$!
for name in "${!running[@]}"; do finish "$name"; done
cat "$out/figures"

[ $failed = 0 ] || exit 1
[ -s $campaigns ] || [ -z "$write" ] || tests/e2e/kills_long.sh
[ -z "$write" ] || python3 tests/bench/lossy_page.py "$out/figures" $campaigns "$load" $((SECONDS - started)) >docs/LOSSY.md
