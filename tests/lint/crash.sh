#!/usr/bin/env bash
# crash.sh - the points of store/base/crash.def are all in the code, and none of them is in a release:
# what has such points is compiled without GF_FAULTS, and neither their names nor a way to wish for
# them is left.
. "$(dirname "$0")/lib.sh"
bad=0
while IFS=, read -r id name; do
	files 'store/*.c' 'server/*.c' | xargs grep -qE "crash_points?\(CRASH_$id\b" || {
		echo "store/base/crash.def: '$name' is a point that nothing passes"
		bad=1
	}
done < <(sed -nE 's/^P\(([A-Z_]+), "([a-z-]+)".*/\1,\2/p' store/base/crash.def)
jq -e '.configurePresets[] | select(.name == "release") | .cacheVariables.GF_FAULTS == "OFF"' CMakePresets.json >/dev/null || {
	echo "CMakePresets.json: a release has GF_FAULTS"
	bad=1
}

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for file in $(files 'store/*.c' 'server/*.c' | xargs grep -lF 'store/base/crash.h'); do
	line=$(jq -r --arg file "$PWD/$file" '.[] | select(.file == $file) | .command' "$GF_BUILD/compile_commands.json" |
		sed -E 's/ -DGF_FAULTS / /; s/ -o .*//; s/ -fsanitize=[^ ]*//g')
	[ -n "$line" ] || { echo "$file is not in $GF_BUILD/compile_commands.json" && exit 1; }
	(cd "$GF_BUILD" && eval "$line -O2 -o $out/object.o -c $OLDPWD/$file")
	if nm "$out/object.o" | grep -E ' [TtUDdR] crash_'; then
		echo "$file: a release would have crash points"
		bad=1
	fi
	if strings "$out/object.o" | grep -E "GF_CRASH|before-commit|after-send"; then
		echo "$file: a release would know the names of crash points"
		bad=1
	fi
done
# A release that was built here is looked at itself.
for release in build/release/ghost-fleet build/bench/ghost-fleet; do
	[ ! -x $release ] || [ $release -ot store/base/crash.def ] || ! grep -qaF GF_CRASH_AT $release || {
		echo "$release: it has crash points"
		bad=1
	}
done
exit $bad
