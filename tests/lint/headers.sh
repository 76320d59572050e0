#!/usr/bin/env bash
# headers.sh - every header compiles alone. GF_BUILD names the build tree (generated headers).
. "$(dirname "$0")/lib.sh"
build=${GF_BUILD:-build/dev}
bad=0
for h in $(files 'store/*.h' 'server/*.h' 'client/*.h' 'proto/*.h' 'tests/support/*.h'); do
	echo "#include \"$h\"" | gcc -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only \
		-I. -I"$build/gen" -x c - || { echo "$h does not compile alone"; bad=1; }
done
exit $bad
