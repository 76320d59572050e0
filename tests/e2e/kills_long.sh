#!/usr/bin/env bash
# kills_long.sh [KILLS] - kills.sh with a thousand kills on anvil, and a fifth of them on geth, which wants
# a tenth more of a replacement (case 9) and speaks its own words; without Go geth is left out. What they
# came to is kept for tests/bench/lossy.sh, which writes docs/LOSSY.md.
set -euo pipefail
kills=${1:-1000} kept=.run/bench/campaigns.jsonl
mkdir -p .run/bench
: >$kept.new

# campaign NODE KILLS
campaign() {
	local rc=0 out
	out=$(tests/e2e/kills.sh "$2" "${SEED:-7}" "$1") || rc=$?
	echo "$out"
	[ $rc = 0 ] || return $rc
	grep '^{' <<<"$out" | jq -c --arg node "$1" --arg at "$(date -u '+%Y-%m-%d %H:%M')" '{node: $node, at: $at} + .' >>$kept.new
}

campaign anvil "$kills"
rc=0
campaign geth $((kills / 5)) || rc=$?
[ $rc = 77 ] || [ $rc = 0 ] || exit $rc
mv $kept.new $kept
