#!/usr/bin/env bash
# mutants.sh [NAME...] - does the simulation see what it is there for? Puts each deliberate fault of
# mutants.txt into a copy of the sources, builds the simulation and lets it live until it fails.
# Prints a row of a table for each: what, after how many steps, how it was seen. Fails when one is
# not seen within GF_SECONDS (120) of lives.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${GF_SECONDS:-120}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

if command -v ccache >/dev/null; then
	export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi

git ls-files -z | xargs -0 tar c --ignore-failed-read 2>/dev/null | tar x -C "$copy"
cmake -S "$copy" -B "$copy/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS="-Og -g" >"$copy/log" ||
	{ cat "$copy/log"; exit 1; }

# put FILE OLD NEW: OLD stands in FILE once, else the mutant is out of date.
put() {
	python3 - "$copy/$1" "$2" "$3" <<'PY'
import sys
path, old, new = sys.argv[1], *(x.replace("\\n", "\n").replace("\\t", "\t").replace("\\|", "|") for x in sys.argv[2:4])
text = open(path).read()
if text.count(old) != 1:
    sys.exit(f"{path}: the text of the fault is there {text.count(old)} times: {old}")
open(path, "w").write(text.replace(old, new))
PY
}

build() {
	cmake --build "$copy/build" --target sim_fleet >"$copy/log" 2>&1 || { tail -20 "$copy/log"; exit 1; }
}

# live NAME WHAT: the row.
live() {
	local said=$copy/said steps how
	if (GF_SEED=1 GF_SECONDS=$seconds GF_STEPS=3000 timeout $((seconds * 3)) \
		"$copy/build/tests/sim/sim_fleet") >"$said" 2>&1; then
		echo "| $1 | $2 | **not seen** | |"
		return 1
	fi
	steps=$(sed -n 's/^\([0-9]*\) steps were lived$/\1/p' "$said" | head -1)
	how=$(grep -aE '[a-z]' "$said" | grep -aB1 -m1 'steps were lived' | head -1 |
		sed -E 's/^ +[0-9]+ +[0-9.]+ +//')
	echo "| $1 | $2 | ${steps:-?} | ${how:-it ended otherwise} |"
}

failed=0
build
echo "| fault | what | seen after steps | by |"
echo "|---|---|---|---|"
while IFS= read -r line; do
	case $line in '#'* | '') continue ;; esac
	# Fields are parted by |, and \| is one of the text.
	IFS=$'\001' read -r name what file old new <<<"$(sed -E 's/([^\\])\|/\1\x01/g; s/\x01\|/\x01\x01/g' <<<"$line")"
	if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then continue; fi
	cp "$copy/$file" "$copy/as-it-was"
	put "$file" "$old" "$new"
	build
	live "$name" "$what" || failed=1
	cp "$copy/as-it-was" "$copy/$file"
done <tests/sim/mutants.txt
exit $failed
